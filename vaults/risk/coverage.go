package risk

import (
	"fmt"
	"math"
	"math/bits"

	"vadium"
)

// Coverage returns floor(effective/locked) in basis points, in favour of whoever asks whether it is enough, and the
// largest there is when nothing is locked (economics.md §4.1, D11). It holds for one prover and for all together.
func Coverage(effective, locked vadium.Amount) vadium.Bps {
	if locked.IsZero() {
		return math.MaxUint32
	}
	down, _ := ratioOf(effective, locked)
	return down
}

// Slots returns how many more locks of one size the free stake backs, at most as many as the prover declared.
func Slots(declared uint32, free, lock vadium.Amount) uint32 {
	if lock.IsZero() {
		return declared
	}
	n, ok := free.MulDivDown(vadium.NewAmount(1), lock)
	if !ok || n.BitLen() > 32 {
		return declared
	}
	return min(declared, uint32(n.Uint256().Uint64()))
}

// Corruption compares what cheating costs with what it gains, of one prover or of the network (economics.md §4.1, D16).
type Corruption struct {
	// Cost is everything a slash could take: CoC. Profit is what could be gained in all open requests: PfC. Fees are
	// what honesty has earned in the epoch, for comparison.
	Cost, Profit, Fees Value
}

// Gamma is γ: by how much the cost must exceed the profit, for errors of price and model. A shock that destroys a share
// ψ of the stake directly then destroys less than (1+1/γ)ψ in the end (Durvasula and Roughgarden).
const Gamma vadium.Bps = 1_000

// ErrCorruptible: with this assignment, cheating in all of the prover's requests would gain almost what it costs.
const ErrCorruptible = vadium.Kind("corruption-pays")

// Add returns the sum of both, and whether it fits.
func (c Corruption) Add(d Corruption) (sum Corruption, ok bool) {
	var fits [3]bool
	sum.Cost, fits[0] = c.Cost.Add(d.Cost)
	sum.Profit, fits[1] = c.Profit.Add(d.Profit)
	sum.Fees, fits[2] = c.Fees.Add(d.Fees)
	return sum, fits[0] && fits[1] && fits[2]
}

// Sound reports whether profit*(1+γ) is at most cost, exactly. When the network is not, somebody must be woken.
func (c Corruption) Sound(gamma vadium.Bps) bool {
	costHigh, costLow := bits.Mul64(uint64(c.Cost), uint64(vadium.BpsOne))
	gainHigh, gainLow := bits.Mul64(uint64(c.Profit), uint64(vadium.BpsOne)+uint64(gamma))
	return gainHigh < costHigh || gainHigh == costHigh && gainLow <= costLow
}

// Ratio returns floor(cost/profit), in favour of whoever is to be warned, and the largest there is when nothing could be
// gained.
func (c Corruption) Ratio() vadium.Bps { return LSR(c.Cost, c.Profit) }

// CheckProfit refuses with [ErrCorruptible] an assignment whose cheating would gain so much more (I1).
func (c Corruption) CheckProfit(more Value, gamma vadium.Bps) error {
	with, ok := c.Add(Corruption{Profit: more})
	if !ok || !with.Sound(gamma) {
		return fmt.Errorf("cheating would gain %d and cost %d: %w", with.Profit, c.Cost, ErrCorruptible)
	}
	return nil
}
