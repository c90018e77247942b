package risk

import (
	"fmt"
	"math"

	"vadium"
)

// Exposure is the lock of one assignment across assets, in the numeraire. It is fixed when the assignment is made, its z
// and its horizon included, so no later rule makes a prover's old promise dearer; the stake it takes is marked to market.
type Exposure struct {
	// Value is what the lock covers (vaults.LockFor, priced with [Price.Owed]), and Cap the damage cap in it.
	Value, Cap Value
	// Epochs is h+latency, and ZMilli the deviations covered, as in [PriceRisk].
	Epochs, ZMilli uint16
}

// NewExposure returns the exposure of an assignment whose request is final within horizon, or refuses with [ErrValue] what
// does not fit.
func NewExposure(value, damageCap Value, horizon vadium.Duration, p Params) (Exposure, error) {
	epochs := Epochs(horizon) + uint64(p.Latency)
	if value < damageCap || epochs > math.MaxUint16 {
		return Exposure{}, fmt.Errorf("a value of %d with a damage cap of %d for %d epochs: %w", value, damageCap, epochs, ErrValue)
	}
	return Exposure{Value: value, Cap: damageCap, Epochs: uint16(epochs), ZMilli: p.ZMilli}, nil
}

// Lock returns the stake that the assignment takes at a reading, exactly as economics.md §4.2 has it.
func (x Exposure) Lock(at Reading) (vadium.Amount, error) {
	risk := PriceRisk{Sigma: at.Sigma, Horizon: uint64(x.Epochs), ZMilli: uint64(x.ZMilli), Confidence: at.Confidence}
	return LockAcross(x.Value, risk.Margin(), at.Price)
}

// weight returns z*ceil(1e6*sqrt(epochs)): the margin at a volatility of one, in units of 1e-9. What changes later, the
// volatility, is a factor of it, which is why sums of weights are enough.
func (x Exposure) weight() uint64 {
	const micro = 1_000_000
	square := uint64(x.Epochs) * micro * micro // 16 and 40 bits
	root := isqrt(square)
	if root*root < square {
		root++
	}
	return root * uint64(x.ZMilli)
}
