package risk

import (
	"math"
	"math/bits"

	"vadium"
)

// Variance is a mean of squared returns, in squared parts per million.
type Variance uint64

// Volatility remembers how much one asset's price has moved: two exponential averages of its squared returns, one that
// forgets soon and one that does not.
type Volatility struct {
	// Last is the price of Epoch, which the next return is measured from.
	Last       Price
	Epoch      Epoch
	Fast, Slow Variance
}

// Return returns (to-from)/from in parts per million, truncated toward zero, and whether there was a price to move from.
// A rise of more than 2^32 ppm counts as that much, so that its square fits.
func Return(from, to Price) (ppm int64, ok bool) {
	const one = uint64(vadium.PpmOne)
	switch {
	case from == 0:
		return 0, false
	case to >= from:
		return int64(min(mulDivDown(uint64(to-from), one, uint64(from)), math.MaxUint32)), true
	}
	return -int64(mulDivDown(uint64(from-to), one, uint64(from))), true
}

// Next returns floor((λv + (1e6-λ)r²)/1e6), the average after one more return (economics.md §4.3). It rounds down, as the
// formula has it; what that favours the prover by is far below what the floor of [Averages.Used] gives back.
func (v Variance) Next(ppm int64, lambda vadium.Ppm) Variance {
	const one = uint64(vadium.PpmOne)
	lambda = min(lambda, vadium.PpmOne)
	size := min(uint64(max(ppm, -ppm)), math.MaxUint32) // as Return has it
	oldHigh, oldLow := bits.Mul64(uint64(v), uint64(lambda))
	newHigh, newLow := bits.Mul64(size*size, one-uint64(lambda))
	low, carry := bits.Add64(oldLow, newLow, 0)
	mean, _ := bits.Div64(oldHigh+newHigh+carry, low, one) // both are below 2^64 times their weight, so the mean fits
	return Variance(mean)
}

// Sigma returns floor(sqrt(v)), the volatility of one epoch.
func (v Variance) Sigma() vadium.Ppm { return vadium.Ppm(isqrt(uint64(v))) }

// Observe returns the volatility after epoch e ended at price p. The first price is only somewhere to move from. An
// epoch without a fresh price is not observed at all: its move is part of the next return, as one large move, because
// counting it as calm would lower the margins in the very hours in which nobody knows the price.
func (v Volatility) Observe(e Epoch, p Price, s Averages) Volatility {
	if p == 0 || v.Last != 0 && e <= v.Epoch {
		return v
	}
	if r, ok := Return(v.Last, p); ok {
		v.Fast, v.Slow = v.Fast.Next(r, s.Fast), v.Slow.Next(r, s.Slow)
	}
	v.Last, v.Epoch = p, e
	return v
}

// Averages says how volatility is averaged, and below what it is never believed.
type Averages struct {
	// Fast and Slow are λ of the two averages, in parts per million an epoch.
	Fast, Slow vadium.Ppm
	// Floor is the least volatility of an epoch, and Stressed the one of the worst times on record.
	Floor, Stressed vadium.Ppm
}

// Used returns max(floor, ceil((3·σ + σ_stress)/4)) with σ of the larger average: a quarter of the weight is on
// the worst times, so that margins are not low before a storm and rise into it. Rounded up in favour of whoever the
// margin protects (economics.md §4.3, after Article 28 of EMIR's technical standards).
func (s Averages) Used(v Volatility) vadium.Ppm {
	sum := 3*uint64(max(v.Fast, v.Slow).Sigma()) + uint64(s.Stressed)
	return max(s.Floor, vadium.Ppm(mulDivUp(sum, 1, 4)))
}
