package risk

import (
	"fmt"
	"math"

	"github.com/holiman/uint256"

	"vadium"
)

// Leg sums values, and values times weights, so that what they need at any reading follows without a look at each.
type Leg struct {
	Value    Value
	Weighted uint256.Int
}

// Sums are those of one vault's exposures. What they need at a new price is computed from them, so marking a vault costs
// the same whether it backs ten assignments or ten thousand.
type Sums struct {
	Locks uint32
	// Stake is of the values, Junior of the damage caps in them, which the junior alone pays.
	Stake, Junior Leg
}

// Add returns the sums with one more exposure, and whether they fit; when they do not, the first result is meaningless.
func (s Sums) Add(x Exposure) (Sums, bool) {
	var ok bool
	if s.Locks == math.MaxUint32 {
		return s, false
	}
	s.Locks++
	if s.Stake, ok = s.Stake.add(x.Value, x.weight()); !ok {
		return s, false
	}
	s.Junior, ok = s.Junior.add(x.Cap, x.weight())
	return s, ok
}

// Remove returns the sums without an exposure that was added. It panics when it cannot have been.
func (s Sums) Remove(x Exposure) Sums {
	if s.Locks == 0 {
		panic("invariant: only an exposure that was added is removed, yet there is none")
	}
	s.Locks--
	s.Stake = s.Stake.remove(x.Value, x.weight())
	s.Junior = s.Junior.remove(x.Cap, x.weight())
	return s
}

func (l Leg) add(v Value, weight uint64) (Leg, bool) {
	sum, ok := l.Value.Add(v)
	l.Value = sum
	l.Weighted.Add(&l.Weighted, product(v, weight)) // below 2^140: a value, a weight of 44 bits, 2^32 of them
	return l, ok
}

func (l Leg) remove(v Value, weight uint64) Leg {
	rest, ok := l.Value.Sub(v)
	_, underflow := l.Weighted.SubOverflow(&l.Weighted, product(v, weight))
	if !ok || underflow {
		panic(fmt.Sprintf("invariant: only an exposure that was added is removed, yet a value of %d is more than all", v))
	}
	l.Value = rest
	return l
}

func product(v Value, weight uint64) *uint256.Int {
	a := uint256.NewInt(uint64(v))
	return a.Mul(a, uint256.NewInt(weight))
}

// Margins, in parts of the initial margin.
const (
	// Initial is what a new lock takes, and what a vault must get back to once it was called.
	Initial = vadium.BpsOne
	// Maintenance is how low the margin may fall before a call: the fifth between the two is a buffer that may be used
	// up, so that an ordinary move of the price calls nobody (economics.md §4.3, §4.4).
	Maintenance vadium.Bps = 8_000
)

// Need returns what a vault must hold at a reading so that every lock in the sums has so much of its margin; ok is false
// when there are locks and no price. It is never less than the locks would need one by one, each rounded up, and more by
// some millionths of their value and a base unit or two each, in favour of whoever is covered: that is the price of not
// looking at each.
func (s Sums) Need(at Reading, margin vadium.Bps) (need Cover, ok bool) {
	if s.Locks == 0 {
		return Cover{}, true
	}
	if at.Price == 0 {
		return Cover{}, false
	}
	return Cover{Stake: s.Stake.need(at, margin, s.Locks), Junior: s.Junior.need(at, margin, s.Locks)}, true
}

var (
	giga = *uint256.NewInt(1_000_000_000)             // weights are in units of 1e-9 ppm
	full = *uint256.NewInt(1_000_002_000_000_000)     // one, in the same units, and two ppm for what margins round up by
	unit = *uint256.NewInt(1_000)                     // 1e18 base units a token over full
	ones = *uint256.NewInt(uint64(vadium.BpsOne))     // of margins
	less = *uint256.NewInt(uint64(vadium.BpsOne) - 1) // added before a division rounds up
)

// need returns ceil(value*(1+margin)*1e18/price) + locks. Nothing overflows: sums of weights have 140 bits, volatility 32
// and the scales 50.
func (l *Leg) need(at Reading, share vadium.Bps, locks uint32) vadium.Amount {
	if l.Value == 0 {
		return vadium.Amount{}
	}
	var value, margin, x uint256.Int
	value.SetUint64(uint64(l.Value))
	margin.Mul(&value, x.SetUint64(uint64(at.Confidence)))
	margin.Mul(&margin, &giga)
	margin.Add(&margin, x.Mul(&l.Weighted, x.SetUint64(uint64(at.Sigma))))
	if share != Initial {
		margin.Mul(&margin, x.SetUint64(uint64(share)))
		margin.Div(margin.Add(&margin, &less), &ones)
	}
	covered := value.Mul(&value, &full)
	covered.Add(covered, &margin)
	covered.Mul(covered, &unit)
	price := x.SetUint64(uint64(at.Price))
	covered.Add(covered, price)
	covered.SubUint64(covered, 1)
	covered.Div(covered, price)
	covered.AddUint64(covered, uint64(locks))
	return vadium.AmountFromUint256(covered)
}
