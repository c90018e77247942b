package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
	"vadium/vaults/risk"
)

// Bounds of a feed's configuration.
const (
	// LeastSeats is the smallest committee: with four, one may be faulty. MostSeats is the largest circuit.
	LeastSeats, MostSeats = 4, 31
	// MaxDecimals bounds decimals: a token has no more.
	MaxDecimals = vadium.Decimals
	// LeastPeriod bounds heartbeat, window and lasting: within a second no committee agrees, proves and publishes.
	LeastPeriod = vadium.Second
	// MostHeartbeat, MostWindow and MostLasting bound them from above: a price of yesterday is none, and the market keeps
	// no rounds for longer than that to judge evidence by.
	MostHeartbeat, MostWindow, MostLasting = vadium.Day, vadium.Hour, vadium.Hour
	// LastingRounds bounds lasting by heartbeats, too: a quarter of the rounds that the market keeps, so that those of a deviation
	// are still kept when it has lasted, even of a feed that publishes before its heartbeat now and then.
	LastingRounds = 64
	// LeastTimeout bounds the time-out of a round from below. A window is at least two time-outs: one to gather
	// observations in, one to prove.
	LeastTimeout = 500 * vadium.Millisecond
	// MostShare bounds the deviation and the outlier share: what is half off is off.
	MostShare vadium.Bps = 5_000
	// MostSources and MostSigners bound what evidence may rest on.
	MostSources, MostSigners = 8, 31
)

// Refusals of a feed's configuration.
const (
	// ErrFeedID: the id is not printable ASCII without spaces, padded with zeros.
	ErrFeedID = vadium.Kind("feed-id-invalid")
	// ErrSlots: there is no circuit with so many slots.
	ErrSlots = vadium.Kind("feed-slots-unknown")
	// ErrSeats: too few or too many seats, or a reporter or a key is zero or on two of them.
	ErrSeats = vadium.Kind("feed-seats-invalid")
	// ErrFeedKeys: the committee's digest is missing, so its keys are no keys.
	ErrFeedKeys = vadium.Kind("feed-keys-invalid")
	// ErrFeedProgram: no program is named that verifies the proofs.
	ErrFeedProgram = vadium.Kind("feed-program-missing")
	// ErrFeedQuorum: the quorum is more than all seats or less than all but a third of them, so liars could outvote.
	ErrFeedQuorum = vadium.Kind("feed-quorum-out-of-range")
	// ErrDecimals: more decimals than a token has.
	ErrDecimals = vadium.Kind("feed-decimals-out-of-range")
	// ErrFeedBounds: the least value is zero, above the most, or the most needs more than 96 bits or is no price.
	ErrFeedBounds = vadium.Kind("feed-bounds-invalid")
	// ErrPeriods: heartbeat, window, time-out or lasting are out of range.
	ErrPeriods = vadium.Kind("feed-periods-out-of-range")
	// ErrShares: deviation or outlier are zero or above the most.
	ErrShares = vadium.Kind("feed-shares-out-of-range")
	// ErrFeedBond: reporters would have nothing to lose.
	ErrFeedBond = vadium.Kind("feed-bond-missing")
	// ErrSources: too many sources, one twice, or one of no known kind or with signers out of order or out of range.
	ErrSources = vadium.Kind("feed-sources-invalid")
	// ErrFeedPrices: a feed that prices nothing names an asset or a depth.
	ErrFeedPrices = vadium.Kind("feed-prices-nothing")
)

// Slots returns how many slots the circuits have, ascending.
func Slots() []uint8 { return []uint8{7, 16, 31} }

// Faulty returns how many of n seats may be wrong or silent: floor((n-1)/3).
func Faulty(n int) int { return (n - 1) / 3 }

// Faulty returns how many of the feed's seats may be wrong or silent.
func (f Feed) Faulty() int { return Faulty(len(f.Seats)) }

// LeastQuorum returns the smallest quorum of n seats: all but the faulty. Then the honest are the majority of every
// quorum, and a median lies between two honest values.
func LeastQuorum(n int) int { return n - Faulty(n) }

// Slot returns the place of a key on the committee, and whether it has one.
func (f Feed) Slot(key Key) (slot int, ok bool) {
	slot = slices.IndexFunc(f.Seats, func(s Seat) bool { return s.Key == key })
	return slot, slot >= 0
}

// ParseFeed returns the feed of a name such as "ETH/USD", or refuses it with [ErrFeedID].
func ParseFeed(name string) (id FeedID, err error) {
	if copied := copy(id[:], name); copied < len(name) || NameOf(id) != name || name == "" {
		return FeedID{}, fmt.Errorf("feed %q (a name has 1 to %d printable ASCII characters and no space): %w", name, len(id), ErrFeedID)
	}
	return id, nil
}

// NameOf returns the name of a feed, or nothing if the id is not one of a name.
func NameOf(id FeedID) string {
	name := bytes.TrimRight(id[:], "\x00")
	if bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return string(name)
}

// Check refuses a configuration that is not one of a feed, with the kind of its first fault.
func (f Feed) Check() error {
	if NameOf(f.ID) == "" {
		return fmt.Errorf("feed %v: %w", f.ID, ErrFeedID)
	}
	checks := []func() error{f.checkSeats, f.checkValues, f.checkPeriods, f.checkSources}
	for _, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("feed %s: %w", NameOf(f.ID), err)
		}
	}
	return nil
}

func (f Feed) checkSeats() error {
	n := len(f.Seats)
	switch {
	case !slices.Contains(Slots(), f.Slots):
		return fmt.Errorf("%d slots, there are circuits of %d: %w", f.Slots, Slots(), ErrSlots)
	case n < LeastSeats || n > int(f.Slots):
		return fmt.Errorf("%d seats, the range is %d to %d: %w", n, LeastSeats, f.Slots, ErrSeats)
	case int(f.Quorum) < LeastQuorum(n) || int(f.Quorum) > n:
		return fmt.Errorf("a quorum of %d, the range for %d seats is %d to %d: %w", f.Quorum, n, LeastQuorum(n), n, ErrFeedQuorum)
	case f.Committee == [32]byte{}:
		return ErrFeedKeys
	case f.Program == vadium.ProgramID{}:
		return ErrFeedProgram
	case f.Bond.IsZero():
		return ErrFeedBond
	}
	for i, seat := range f.Seats {
		twice := slices.ContainsFunc(f.Seats[:i], func(s Seat) bool { return s.Reporter == seat.Reporter || s.Key == seat.Key })
		if twice || seat.Reporter == (vadium.Account{}) || seat.Key == (Key{}) {
			return fmt.Errorf("seat %d of reporter %v: %w", i, seat.Reporter, ErrSeats)
		}
	}
	return nil
}

func (f Feed) checkValues() error {
	switch {
	case f.Decimals > MaxDecimals:
		return fmt.Errorf("%d decimals, at most %d are taken: %w", f.Decimals, MaxDecimals, ErrDecimals)
	case f.Least.IsZero() || f.Most.Less(f.Least) || f.Most.BitLen() > MaxValueBits:
		return fmt.Errorf("values from %v to %v: %w", f.Least, f.Most, ErrFeedBounds)
	case f.Deviation == 0 || f.Deviation > MostShare || f.Outlier == 0 || f.Outlier > MostShare:
		return fmt.Errorf("deviation %d and outlier %d, the range is 1 to %d: %w", f.Deviation, f.Outlier, MostShare, ErrShares)
	case !f.Prices && (f.Asset != risk.Asset{} || f.Depth != 0):
		return ErrFeedPrices
	case !f.Prices:
		return nil
	}
	if least, ok := f.Price(f.Least); !ok || least == 0 {
		return fmt.Errorf("the least value %v is less than a millionth: %w", f.Least, ErrFeedBounds)
	}
	if _, ok := f.Price(f.Most); !ok {
		return fmt.Errorf("the most %v does not fit a price: %w", f.Most, ErrFeedBounds)
	}
	return nil
}

func (f Feed) checkPeriods() error {
	for _, p := range []struct {
		name              string
		is, least, atMost vadium.Duration
	}{
		{"heartbeat", f.Heartbeat, LeastPeriod, MostHeartbeat},
		{"window", f.Window, LeastPeriod, MostWindow},
		{"time-out", f.Timeout, LeastTimeout, f.Window / 2},
		{"lasting", f.Lasting, LeastPeriod, min(MostLasting, LastingRounds*f.Heartbeat)},
	} {
		if p.is < p.least || p.is > p.atMost {
			return fmt.Errorf("a %s of %d ms, the range is %d to %d: %w", p.name, p.is, p.least, p.atMost, ErrPeriods)
		}
	}
	return nil
}

func (f Feed) checkSources() error {
	if len(f.Sources) > MostSources {
		return fmt.Errorf("%d sources, at most %d are taken: %w", len(f.Sources), MostSources, ErrSources)
	}
	for i, s := range f.Sources {
		if err := s.check(); err != nil {
			return fmt.Errorf("source %d: %w", i, err)
		}
		if slices.ContainsFunc(f.Sources[:i], func(o Source) bool { return o.Kind == s.Kind && o.ID == s.ID }) {
			return fmt.Errorf("source %d is listed twice: %w", i, ErrSources)
		}
	}
	return nil
}

func (s Source) check() error {
	switch {
	case s.Kind < RedStone || s.Kind > Chainlink:
		return fmt.Errorf("kind %d: %w", s.Kind, ErrSources)
	case s.ID == [32]byte{}:
		return fmt.Errorf("it has no id: %w", ErrSources)
	case len(s.Signers) > MostSigners || s.Threshold == 0 || int(s.Threshold) > len(s.Signers):
		return fmt.Errorf("%d of %d signers have to sign, at most %d are taken: %w", s.Threshold, len(s.Signers), MostSigners, ErrSources)
	case s.Decimals > MaxDecimals:
		return fmt.Errorf("%d decimals, at most %d are taken: %w", s.Decimals, MaxDecimals, ErrSources)
	}
	last := [20]byte{} // no signer is the zero address: failed recoveries are sometimes written so
	for _, signer := range s.Signers {
		if bytes.Compare(last[:], signer[:]) >= 0 {
			return fmt.Errorf("signer %x is zero, listed twice or out of order: %w", signer, ErrSources)
		}
		last = signer
	}
	return nil
}
