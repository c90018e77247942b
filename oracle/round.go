package oracle

import (
	"fmt"
	"math/bits"
	"slices"

	"vadium"
)

// Present is a set of seats, by slot from the lowest bit.
type Present uint32

// Has reports whether a slot is in the set.
func (p Present) Has(slot int) bool { return p>>slot&1 == 1 }

// With returns the set with a slot.
func (p Present) With(slot int) Present { return p | 1<<slot }

// Count returns how many slots are in the set.
func (p Present) Count() int { return bits.OnesCount32(uint32(p)) }

// Report is what the proof of a round states. The order of the fields is that of the proof's public inputs
// (circuits.md §3): scope, round, committee, median, oldest, newest, present, quorum, outlier, flags.
type Report struct {
	Scope     Scope
	Round     uint64
	Committee [32]byte
	Median    vadium.Amount
	Oldest    vadium.Time
	Newest    vadium.Time
	Present   Present
	Quorum    uint8
	Outlier   vadium.Bps
	Flags     Present
}

// Round is a report that was published.
type Round struct {
	Report    Report
	Published vadium.Time
	By        vadium.Account
}

// MaxSkew is how far an honest reporter's clock may be ahead of the market's.
const MaxSkew = vadium.Second

// Refusals of rounds.
const (
	// ErrRoundScope: the report is one of another feed or another market.
	ErrRoundScope = vadium.Kind("round-of-another-feed")
	// ErrRoundNumber: a round of this or a later number has been published.
	ErrRoundNumber = vadium.Kind("round-not-next")
	// ErrRoundOlder: the oldest observation is no younger than that of the last round.
	ErrRoundOlder = vadium.Kind("round-not-younger")
	// ErrRoundStale: the oldest observation is older than the feed's window.
	ErrRoundStale = vadium.Kind("round-stale")
	// ErrRoundFuture: the newest observation is from the future, by more than clocks may be apart.
	ErrRoundFuture = vadium.Kind("round-from-future")
	// ErrRoundCommittee: the report is by another committee than the one in force, or by seats that it has not.
	ErrRoundCommittee = vadium.Kind("round-of-another-committee")
	// ErrRoundTerms: the report has another quorum or another outlier share than the feed.
	ErrRoundTerms = vadium.Kind("round-on-other-terms")
	// ErrRoundQuorum: fewer seats than the quorum are present.
	ErrRoundQuorum = vadium.Kind("round-below-quorum")
	// ErrRoundUnbacked: fewer of those present than the quorum have the stake that the feed asks for.
	ErrRoundUnbacked = vadium.Kind("round-not-backed")
	// ErrRoundBounds: the median is out of the feed's bounds.
	ErrRoundBounds = vadium.Kind("round-out-of-bounds")
)

// Accept refuses a report that may not be the round after last at a time. Scope is the feed's in this market, backed are
// the seats that have the stake which the feed asks for. That a proof states the report is the shell's to find.
func (f Feed) Accept(scope Scope, backed Present, last Round, now vadium.Time, r Report) error {
	seats := Present(1<<len(f.Seats) - 1)
	switch {
	case r.Scope != scope:
		return ErrRoundScope
	case r.Round <= last.Report.Round:
		return fmt.Errorf("round %d after round %d: %w", r.Round, last.Report.Round, ErrRoundNumber)
	case r.Committee != f.Committee || r.Present&^seats != 0 || r.Flags&^r.Present != 0:
		return fmt.Errorf("present %b, flagged %b: %w", r.Present, r.Flags, ErrRoundCommittee)
	case r.Quorum != f.Quorum || r.Outlier != f.Outlier:
		return fmt.Errorf("quorum %d and outlier share %d, the feed has %d and %d: %w", r.Quorum, r.Outlier, f.Quorum, f.Outlier, ErrRoundTerms)
	case r.Present.Count() < int(f.Quorum):
		return fmt.Errorf("%d seats are present, the quorum is %d: %w", r.Present.Count(), f.Quorum, ErrRoundQuorum)
	case (r.Present & backed).Count() < int(f.Quorum):
		return fmt.Errorf("%d seats are backed, the quorum is %d: %w", (r.Present & backed).Count(), f.Quorum, ErrRoundUnbacked)
	case r.Oldest <= last.Report.Oldest:
		return fmt.Errorf("the oldest observation is of %d, that of the last round of %d: %w", r.Oldest, last.Report.Oldest, ErrRoundOlder)
	case now.Sub(r.Oldest) > f.Window:
		return fmt.Errorf("the oldest observation is %d ms old, the window is %d: %w", now.Sub(r.Oldest), f.Window, ErrRoundStale)
	case r.Newest.After(now.Add(MaxSkew)) || r.Newest.Before(r.Oldest):
		return fmt.Errorf("the newest observation is of %d, the oldest of %d, now is %d: %w", r.Newest, r.Oldest, now, ErrRoundFuture)
	case r.Median.Less(f.Least) || f.Most.Less(r.Median):
		return fmt.Errorf("a median of %v, the range is %v to %v: %w", r.Median, f.Least, f.Most, ErrRoundBounds)
	}
	return nil
}

// Summarise returns what a proof states about observations, which are of one round, by seats of the feed, each by another:
// whoever gathered them has checked that, and it panics otherwise.
func (f Feed) Summarise(signed []Signed) Report {
	first := signed[0].Observation
	r := Report{
		Scope: first.Scope, Round: first.Round, Committee: f.Committee, Oldest: first.At, Newest: first.At,
		Quorum: f.Quorum, Outlier: f.Outlier,
	}
	values := make([]vadium.Amount, len(signed))
	for i, s := range signed {
		slot, seated := f.Slot(s.Key)
		o := s.Observation
		if !seated || r.Present.Has(slot) || o.Scope != r.Scope || o.Round != r.Round {
			panic("invariant: observations are gathered by round and seat, yet one is of another")
		}
		r.Present = r.Present.With(slot)
		r.Oldest, r.Newest = min(r.Oldest, o.At), max(r.Newest, o.At)
		values[i] = o.Value
	}
	r.Median = Median(values)
	for i, s := range signed {
		if slot, _ := f.Slot(s.Key); Off(values[i], r.Median, f.Outlier) {
			r.Flags = r.Flags.With(slot)
		}
	}
	return r
}

// Due reports whether the heartbeat asks for a round: at once when there is none yet.
func (f Feed) Due(last Round, now vadium.Time) bool {
	return last.Report.Round == 0 || now.Sub(last.Published) >= f.Heartbeat
}

// Late reports whether the feed has fallen silent: even if every seat that may be faulty had led in turn, a round should
// have been published since.
func (f Feed) Late(last Round, now vadium.Time) bool {
	turns := vadium.Duration(f.Faulty() + 2)
	return last.Report.Round == 0 || now.Sub(last.Published) > f.Heartbeat+turns*f.Timeout
}

// Leader returns the slot whose turn it is to publish a round.
func (f Feed) Leader(round uint64) int { return int(round % uint64(len(f.Seats))) }

// Find returns the published round of a number, and whether it is among those that are kept, oldest first.
func Find(recent []Round, number uint64) (Round, bool) {
	i, found := slices.BinarySearchFunc(recent, number, func(r Round, n uint64) int {
		switch {
		case r.Report.Round < n:
			return -1
		case r.Report.Round > n:
			return 1
		}
		return 0
	})
	if !found {
		return Round{}, false
	}
	return recent[i], true
}
