package risk_test

import (
	"errors"
	"math"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

func TestCoverageRoundsDown(t *testing.T) {
	for _, c := range []struct {
		effective, locked uint64
		want              vadium.Bps
	}{{0, 0, math.MaxUint32}, {5, 0, math.MaxUint32}, {0, 5, 0}, {29_999, 30_000, 9_999}, {30_000, 30_000, 10_000}} {
		if got := risk.Coverage(vadium.NewAmount(c.effective), vadium.NewAmount(c.locked)); got != c.want {
			t.Errorf("Coverage(%d, %d) = %d, want %d", c.effective, c.locked, got, c.want)
		}
	}
}

func TestSlotsAreWhatFreeStakeBacks(t *testing.T) {
	for _, c := range []struct {
		declared   uint32
		free, lock uint64
		want       uint32
	}{{9, 100, 0, 9}, {9, 29, 10, 2}, {9, 30, 10, 3}, {2, 30, 10, 2}, {9, 0, 10, 0}, {9, math.MaxUint64, 1, 9}} {
		if got := risk.Slots(c.declared, vadium.NewAmount(c.free), vadium.NewAmount(c.lock)); got != c.want {
			t.Errorf("Slots(%d, %d, %d) = %d, want %d", c.declared, c.free, c.lock, got, c.want)
		}
	}
}

// Z3, D2: cheating in everything at once costs a tenth more than it gains, to the unit.
func TestCorruptionMustCostATenthMoreThanItGains(t *testing.T) {
	for _, c := range []struct {
		cost, profit risk.Value
		sound        bool
		ratio        vadium.Bps
	}{
		{0, 0, true, math.MaxUint32}, {0, 1, false, 0}, {11, 10, true, 11_000}, {10, 10, false, 10_000},
		{1_100, 1_000, true, 11_000}, {1_099, 1_000, false, 10_990}, {1_100, 1_001, false, 10_989},
		{math.MaxUint64, math.MaxUint64, false, 10_000}, {math.MaxUint64, math.MaxUint64 / 11 * 10, true, 11_000},
	} {
		got := risk.Corruption{Cost: c.cost, Profit: c.profit}
		if got.Sound(risk.Gamma) != c.sound || got.Ratio() != c.ratio {
			t.Errorf("%+v is sound %v at %d bps, want %v, %d", got, got.Sound(risk.Gamma), got.Ratio(), c.sound, c.ratio)
		}
	}
	prover := risk.Corruption{Cost: 1_100, Profit: 900, Fees: 3}
	if err := prover.CheckProfit(100, risk.Gamma); err != nil {
		t.Errorf("up to the limit: %v", err)
	}
	for _, more := range []risk.Value{101, math.MaxUint64} {
		if err := prover.CheckProfit(more, risk.Gamma); !errors.Is(err, risk.ErrCorruptible) {
			t.Errorf("%d more: %v, want %v", more, err, risk.ErrCorruptible)
		}
	}
	if all, ok := prover.Add(prover); !ok || all != (risk.Corruption{Cost: 2_200, Profit: 1_800, Fees: 6}) {
		t.Errorf("two of them are %+v, %v", all, ok)
	}
	if _, ok := prover.Add(risk.Corruption{Fees: math.MaxUint64}); ok {
		t.Error("a sum that does not fit goes unnoticed")
	}
}

func TestAVaultPutsFourTenthsIntoOneProduct(t *testing.T) {
	effective := vadium.NewAmount(1_002) // 400.8: rounded down
	for locked, want := range map[uint64]error{300: nil, 301: risk.ErrVaultConcentrated} {
		if got := risk.CheckVaultShare(effective, vadium.NewAmount(locked), vadium.NewAmount(100)); !errors.Is(got, want) {
			t.Errorf("100 more than %d of 1002: %v, want %v", locked, got, want)
		}
	}
}

func TestAProverHoldsAThirdOfAProduct(t *testing.T) {
	for _, c := range []struct {
		name string
		load risk.ProductLoad
		more risk.Value
		want error
	}{
		{"at the limit", risk.ProductLoad{Provers: 4, All: 900, Own: 230}, 100, nil},
		{"one above", risk.ProductLoad{Provers: 4, All: 900, Own: 231}, 100, risk.ErrProductConcentrated},
		{"the first assignment, free", risk.ProductLoad{Provers: 4, Free: 100}, 100, nil},
		{"the first, larger than is free", risk.ProductLoad{Provers: 4, Free: 99}, 100, risk.ErrProductConcentrated},
		{"three provers can keep no limit", risk.ProductLoad{Provers: 3, All: 900, Own: 800}, 100, nil},
		{"sums that do not fit", risk.ProductLoad{Provers: 3, All: math.MaxUint64}, 1, risk.ErrValue},
	} {
		if got := c.load.Check(c.more); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
