package risk

import (
	"fmt"
	"math"

	"github.com/holiman/uint256"

	"vadium"
)

// Term is the lock of one assignment, in the numeraire. It is fixed when the assignment is made, its z and its horizon
// included, so no later rule makes a prover's old promise dearer; the stake it takes is marked to market.
type Term struct {
	// Value is what the lock covers (vaults.LockFor, priced with [Price.Owed]), and Cap the damage cap in it.
	Value, Cap Value
	// Epochs is h+latency, and ZMilli the deviations covered, as in [PriceRisk].
	Epochs, ZMilli uint16
}

// NewTerm returns the term of an assignment whose request is final within horizon, or refuses with [ErrValue] what does
// not fit.
func NewTerm(value, damageCap Value, horizon vadium.Duration, p Params) (Term, error) {
	epochs := Epochs(horizon) + uint64(p.Latency)
	if value < damageCap || epochs > math.MaxUint16 {
		return Term{}, fmt.Errorf("a value of %d with a damage cap of %d for %d epochs: %w", value, damageCap, epochs, ErrValue)
	}
	return Term{Value: value, Cap: damageCap, Epochs: uint16(epochs), ZMilli: p.ZMilli}, nil
}

// Lock returns the stake that the assignment takes at a mark, exactly as economics.md §4.2 has it.
func (t Term) Lock(m Mark) (vadium.Amount, error) {
	risk := PriceRisk{Sigma: m.Sigma, Horizon: uint64(t.Epochs), ZMilli: uint64(t.ZMilli), Confidence: m.Confidence}
	return LockAcross(t.Value, risk.Margin(), m.Price)
}

// weight returns z*ceil(1e6*sqrt(epochs)): the margin of volatility one, in units of 1e-9, without the part that changes.
func (t Term) weight() uint64 {
	const micro = 1_000_000
	square := uint64(t.Epochs) * micro * micro // 16 and 40 bits
	root := isqrt(square)
	if root*root < square {
		root++
	}
	return root * uint64(t.ZMilli)
}

// Leg sums values, and values times weights, so that what they need at any mark follows without a look at each.
type Leg struct {
	Value    Value
	Weighted uint256.Int
}

// Book sums the terms of one vault's locks across assets. What they need at a new price is computed from the sums, so
// marking a vault costs the same whether it backs ten assignments or ten thousand.
type Book struct {
	Locks uint32
	// Stake is of the values, Junior of the damage caps in them, which the junior alone pays.
	Stake, Junior Leg
}

// Add returns the book with one more term, and whether its sums fit.
func (b Book) Add(t Term) (Book, bool) {
	var ok bool
	if b.Locks == math.MaxUint32 {
		return b, false
	}
	b.Locks++
	if b.Stake, ok = b.Stake.add(t.Value, t.weight()); !ok {
		return b, false
	}
	b.Junior, ok = b.Junior.add(t.Cap, t.weight())
	return b, ok
}

// Remove returns the book without a term that was added. It panics when it cannot have been.
func (b Book) Remove(t Term) Book {
	if b.Locks == 0 {
		panic("invariant: only a term that was added is removed, yet the book is empty")
	}
	b.Locks--
	b.Stake = b.Stake.remove(t.Value, t.weight())
	b.Junior = b.Junior.remove(t.Cap, t.weight())
	return b
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
		panic(fmt.Sprintf("invariant: only a term that was added is removed, yet a value of %d is more than all", v))
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

// Need returns what a vault must hold at a mark so that every lock of the book has so much of its margin; ok is false
// when there are locks and no price. It is never less than the locks would need one by one, each rounded up, and more by
// some millionths of their value and a base unit or two each, in favour of whoever is covered: that is the price of not
// looking at each.
func (b Book) Need(m Mark, margin vadium.Bps) (need Cover, ok bool) {
	if b.Locks == 0 {
		return Cover{}, true
	}
	if m.Price == 0 {
		return Cover{}, false
	}
	return Cover{Stake: b.Stake.need(m, margin, b.Locks), Junior: b.Junior.need(m, margin, b.Locks)}, true
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
func (l *Leg) need(m Mark, share vadium.Bps, locks uint32) vadium.Amount {
	if l.Value == 0 {
		return vadium.Amount{}
	}
	var value, margin, x uint256.Int
	value.SetUint64(uint64(l.Value))
	margin.Mul(&value, x.SetUint64(uint64(m.Confidence)))
	margin.Mul(&margin, &giga)
	margin.Add(&margin, x.Mul(&l.Weighted, x.SetUint64(uint64(m.Sigma))))
	if share != Initial {
		margin.Mul(&margin, x.SetUint64(uint64(share)))
		margin.Div(margin.Add(&margin, &less), &ones)
	}
	covered := value.Mul(&value, &full)
	covered.Add(covered, &margin)
	covered.Mul(covered, &unit)
	price := x.SetUint64(uint64(m.Price))
	covered.Add(covered, price)
	covered.SubUint64(covered, 1)
	covered.Div(covered, price)
	covered.AddUint64(covered, uint64(locks))
	return vadium.AmountFromUint256(covered)
}
