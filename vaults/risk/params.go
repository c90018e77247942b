package risk

import (
	"fmt"

	"vadium"
)

// Params are the numbers of this package that may be changed, within the bounds that [Params.Check] sets.
type Params struct {
	// Averages says how volatility is averaged.
	Averages Averages
	// ZMilli is how many thousandths of a standard deviation a margin covers, and Latency how many epochs pass until a
	// move of the price is noticed. Both are pinned by each assignment.
	ZMilli, Latency uint16
	// StaleAfter is the age from which a price is not relied on.
	StaleAfter vadium.Duration
	// CallGrace is how long a call may take without consequence; twice that, and the prover is suspended. ExcludeAfter
	// is when it is excluded. A call keeps those under which it was made.
	CallGrace, ExcludeAfter vadium.Duration
	// Entry are the numbers of the entry minimum.
	Entry Controls
}

// Bounds that no configuration leaves (economics.md §5.5).
const (
	// MinCallGrace is the least time to answer a call, also for what a call is widened by.
	MinCallGrace = vadium.Day
	// MostFactor is the largest factor of the entry minimum.
	MostFactor vadium.Bps = 40_000
)

// ErrParams: a parameter is outside its range; the message names it.
const ErrParams = vadium.Kind("risk-parameter-out-of-range")

// Default returns the parameters of economics.md §4, for epochs of an hour.
func Default() Params {
	return Params{
		Averages:   Averages{Fast: 995_000, Slow: 999_200, Floor: 5_000, Stressed: 30_000},
		ZMilli:     3_000,
		Latency:    1,
		StaleAfter: 15 * vadium.Minute,
		CallGrace:  48 * vadium.Hour, ExcludeAfter: 7 * vadium.Day,
		Entry: Controls{
			Base: vadium.Tokens(10), Cover: 30_000, Load: 500,
			Band: 1_000, Gain: 8, Up: 500, Down: 100, Most: MostFactor, Exodus: 2_000,
		},
	}
}

// bound is the range of one parameter, ends included.
type bound struct {
	name             string
	got, least, most uint64
}

// bounds lists every parameter with its range.
func (p Params) bounds() []bound {
	const one, hour, day = uint64(vadium.BpsOne), uint64(vadium.Hour), uint64(vadium.Day)
	return []bound{
		{"fast λ", uint64(p.Averages.Fast), 900_000, 999_999},
		{"slow λ", uint64(p.Averages.Slow), uint64(p.Averages.Fast), 999_999},
		{"volatility floor", uint64(p.Averages.Floor), 1_000, 1_000_000},
		{"stressed volatility", uint64(p.Averages.Stressed), uint64(p.Averages.Floor), 1_000_000},
		{"z", uint64(p.ZMilli), 2_326, 10_000},
		{"latency", uint64(p.Latency), 0, EpochsPerDay},
		{"age of a stale price", uint64(p.StaleAfter), uint64(vadium.Second), hour},
		{"grace of a call", uint64(p.CallGrace), uint64(MinCallGrace), 3 * day},
		{"time to exclusion", uint64(p.ExcludeAfter), 2*uint64(p.CallGrace) + day, 28 * day},
		{"cover of the target", uint64(p.Entry.Cover), one, 10 * one},
		{"load of the target", uint64(p.Entry.Load), 0, one},
		{"band", uint64(p.Entry.Band), 100, 5_000},
		{"gain", uint64(p.Entry.Gain), 1, 100},
		{"rise", uint64(p.Entry.Up), 1, 500},
		{"fall", uint64(p.Entry.Down), 1, 100},
		{"largest factor", uint64(p.Entry.Most), one, uint64(MostFactor)},
		{"exodus", uint64(p.Entry.Exodus), 0, 3_300},
	}
}

// Check refuses with [ErrParams] the first parameter outside its range. The entry minimum itself is the market's to bound.
func (p Params) Check() error {
	for _, b := range p.bounds() {
		if b.got < b.least || b.got > b.most {
			return fmt.Errorf("%s is %d, the range is %d to %d: %w", b.name, b.got, b.least, b.most, ErrParams)
		}
	}
	return nil
}
