package risk

import (
	"math"
	"math/bits"

	"vadium"
)

// ErrNoPrice: the stake has no price, so no lock across assets can be sized.
const ErrNoPrice = vadium.Kind("stake-has-no-price")

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
	epochs, carry := bits.Add64(r.Horizon, r.Latency, 0)
	high, variance := bits.Mul64(uint64(r.Sigma)*uint64(r.Sigma), epochs)
	if carry > 0 || high > 0 {
		return math.MaxUint32
	}
	high, deviation := bits.Mul64(r.ZMilli, isqrt(variance))
	if high > 0 {
		return math.MaxUint32
	}
	margin := deviation / 1_000
	if deviation%1_000 > 0 {
		margin++
	}
	return vadium.Ppm(min(margin, math.MaxUint32-uint64(r.Confidence)) + uint64(r.Confidence))
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

// LockAcross returns the stake that covers valueMicro millionths of a currency unit with the margin, at a price of
// priceMicro millionths per token: ceil(value*(1e6+margin)*1e18 / (price*1e6)). It rounds up, in the creditor's favour,
// and refuses a price of zero with [ErrNoPrice].
func LockAcross(valueMicro uint64, margin vadium.Ppm, priceMicro uint64) (vadium.Amount, error) {
	if priceMicro == 0 {
		return vadium.Amount{}, ErrNoPrice
	}
	covered := must(vadium.NewAmount(valueMicro).Mul(vadium.NewAmount(uint64(vadium.PpmOne) + uint64(margin))))
	price := must(vadium.NewAmount(priceMicro).Mul(vadium.NewAmount(uint64(vadium.PpmOne))))
	return must(covered.MulDivUp(vadium.Tokens(1), price)), nil
}

func must(a vadium.Amount, ok bool) vadium.Amount {
	if !ok {
		panic("invariant: values and prices have 64 bits, yet a lock overflows 256")
	}
	return a
}
