package marketplace

import (
	"fmt"
	"slices"

	"vadium/oracle"
)

// checkFeeds: invariant 11, a feed's seats are keys that their reporters have registered, of which nobody has too many; the rounds
// that are kept of it go up, in number and in time; and no two feeds hold the price of an asset.
func (s *State) checkFeeds() error {
	for account, keys := range s.keysOf {
		if keys > MaxReporterKeys {
			return fmt.Errorf("invariant 11: %v has %d keys", account, keys)
		}
	}
	for id, f := range s.proven.all() {
		for _, in := range []*oracle.Feed{&f.Feed, f.Next, f.Former} {
			if in == nil {
				continue
			}
			for _, seat := range in.Seats {
				if r := s.reporters.get(seat.Key); r == nil || r.Account != seat.Reporter {
					return fmt.Errorf("invariant 11: a key on the committee of feed %s is not %v's", oracle.NameOf(id), seat.Reporter)
				}
			}
			for other, of := range s.proven.all() {
				if now := s.clockAt(s.market.At); other != id && in != f.Former && s.prices(in, in.Asset) &&
					f.holds(s, in.Asset, now) && of.holds(s, in.Asset, now) {
					return fmt.Errorf("invariant 11: feeds %s and %s both price asset %v", oracle.NameOf(id), oracle.NameOf(other), in.Asset)
				}
			}
		}
		if n := len(f.Recent); n > MaxRecent || n == 0 != (f.LastSeq == 0) || n > 0 && f.Recent[n-1] != f.Last {
			return fmt.Errorf("invariant 11: feed %s keeps %d rounds, which do not end with the last one", oracle.NameOf(id), n)
		}
		follows := func(a, b oracle.Round) int {
			if a.Report.Round < b.Report.Round && a.Report.Oldest < b.Report.Oldest && a.Published <= b.Published {
				return -1
			}
			return 1
		}
		if !slices.IsSortedFunc(f.Recent, follows) {
			return fmt.Errorf("invariant 11: the rounds of feed %s are out of order", oracle.NameOf(id))
		}
	}
	return nil
}

// checkRounds: invariant 11 again, a round follows the last one, and is of a quorum of the committee in force whose vaults stand
// for it; the price of an asset that a feed holds comes with a round of that feed, and with nothing else.
func (w *Watcher) checkRounds(s *State, record Record) error {
	last := w.last
	w.last = record.Event
	switch e := record.Event.(type) {
	case *RoundPublished:
		row, r := s.proven.get(e.Feed), e.Report
		backed := s.Backed(&row.Feed) & r.Present
		if before := w.rounds[e.Feed].Report; r.Round <= before.Round || r.Oldest <= before.Oldest || r.Committee != row.Feed.Committee ||
			backed.Count() < int(row.Feed.Quorum) || row.Last.Report != r || row.LastSeq != record.Seq {
			return fmt.Errorf("invariant 11: round %d of feed %s follows round %d, with %d seats that are backed", r.Round, oracle.NameOf(e.Feed), before.Round, backed.Count())
		}
		w.rounds[e.Feed] = row.Last
	case *PricePublished:
		round, proven := last.(*RoundPublished)
		for id, f := range s.proven.all() {
			if f.holds(s, e.Asset, s.clockAt(record.At)) && (!proven || round.Feed != id) {
				return fmt.Errorf("invariant 11: a price of asset %v, which feed %s holds, without a round of it", e.Asset, oracle.NameOf(id))
			}
		}
	}
	return nil
}
