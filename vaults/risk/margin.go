package risk

import (
	"math"
	"math/bits"

	"vadium"
)

// PriceRisk is what may happen to the price of stake in one asset while it backs a value in another.
type PriceRisk struct {
	// Sigma is the volatility of one epoch.
	Sigma vadium.Ppm
	// Horizon and Latency are epochs: until the lock ends, and until a price move is noticed.
	Horizon, Latency uint64
	// ZMilli is how many thousandths of a standard deviation are covered; 3,000 by default, for fat tails.
	ZMilli uint64
	// Confidence is the uncertainty of the price itself.
	Confidence vadium.Ppm
}

// Margin returns ceil(z*isqrt(sigma^2*(h+latency))/1000) + conf, the extra fraction to lock (economics.md §4.2). The root
// rounds down and the product up, as the formula has it. A margin that does not fit is the largest there is.
func (r PriceRisk) Margin() vadium.Ppm {
	return vadium.Ppm(min(r.deviation(), math.MaxUint32-uint64(r.Confidence)) + uint64(r.Confidence))
}

// deviation returns ceil(z*isqrt(sigma^2*(h+latency))/1000), or the largest number there is.
func (r PriceRisk) deviation() uint64 {
	high, variance := bits.Mul64(uint64(r.Sigma)*uint64(r.Sigma), r.epochs())
	if high > 0 {
		return math.MaxUint64
	}
	return mulDivUp(r.ZMilli, isqrt(variance), 1_000)
}

// epochs returns h+latency, or the largest number there is.
func (r PriceRisk) epochs() uint64 {
	sum, carry := bits.Add64(r.Horizon, r.Latency, 0)
	if carry > 0 {
		return math.MaxUint64
	}
	return sum
}

// LeastDefault is the smallest punitive part of never delivering, as a share of the fee.
const LeastDefault vadium.Bps = 1_000

// DefaultFloor returns max(1000, ceil(margin/100)) bps of the fee, the least that never delivering must cost, where the
// risk is that of the cost of proving: a winner may walk away when proving has become dearer, which is an option the
// requester gives for free, and the floor is its price (economics.md §4.2, D9). Rounded up, against whoever walks away.
func DefaultFloor(cost PriceRisk) vadium.Bps {
	return max(LeastDefault, vadium.Bps(mulDivUp(uint64(cost.Margin()), 1, 100)))
}

// isqrt returns floor(sqrt(n)) by Newton's method.
func isqrt(n uint64) uint64 {
	if n < 2 {
		return n
	}
	root := uint64(1) << ((bits.Len64(n) + 1) / 2) // at least the root
	for {
		next := (root + n/root) / 2
		if next >= root {
			return root
		}
		root = next
	}
}

// LockAcross returns the stake that covers a value with the margin at a price: ceil(value*(1e6+margin)*1e18 /
// (price*1e6)). It rounds up, in the creditor's favour, and refuses a price of zero with [ErrNoPrice].
func LockAcross(value Value, margin vadium.Ppm, price Price) (vadium.Amount, error) {
	if price == 0 {
		return vadium.Amount{}, ErrNoPrice
	}
	covered := must(vadium.NewAmount(uint64(value)).Mul(vadium.NewAmount(uint64(vadium.PpmOne) + uint64(margin))))
	scaled := must(vadium.NewAmount(uint64(price)).Mul(vadium.NewAmount(uint64(vadium.PpmOne))))
	return must(covered.MulDivUp(vadium.Tokens(1), scaled)), nil
}

func must(a vadium.Amount, ok bool) vadium.Amount {
	if !ok {
		panic("invariant: values and prices have 64 bits, yet a lock overflows 256")
	}
	return a
}
