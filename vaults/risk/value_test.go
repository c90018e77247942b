package risk_test

import (
	"math"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

func TestWhatSecuresRoundsDownAndWhatIsOwedUp(t *testing.T) {
	amount := vadium.NewAmount(1_500_000_000_000) // 1.5 millionths of a token
	if worth, ok := risk.Price(1_000_000).Worth(amount); !ok || worth != 1 {
		t.Errorf("Worth = %d, %v, want 1", worth, ok)
	}
	if owed, ok := risk.Price(1_000_000).Owed(amount); !ok || owed != 2 {
		t.Errorf("Owed = %d, %v, want 2", owed, ok)
	}
	if got, ok := risk.Price(3_000_000).Tokens(1); !ok || got != vadium.NewAmount(333_333_333_334) {
		t.Errorf("Tokens = %v, %v, want a third of a millionth, rounded up", got, ok)
	}
	if _, ok := risk.Price(0).Tokens(1); ok {
		t.Error("something is bought at no price")
	}
	largest := vadium.Tokens(math.MaxUint64)
	if got, ok := risk.Price(1).Worth(largest); !ok || got != math.MaxUint64 {
		t.Errorf("the largest value is %d, %v", got, ok)
	}
	if _, ok := risk.Price(2).Worth(largest); ok {
		t.Error("a value of 65 bits fits")
	}
	if _, ok := risk.Price(1).Owed(largest.MustAdd(vadium.NewAmount(1))); ok {
		t.Error("a value of a unit too much fits")
	}
}

func TestEpochsAreHoursAndPartsCountInFull(t *testing.T) {
	for d, want := range map[vadium.Duration]uint64{0: 0, 1: 1, vadium.Hour: 1, vadium.Hour + 1: 2, 9 * vadium.Day: 216} {
		if got := risk.Epochs(d); got != want {
			t.Errorf("Epochs(%d ms) = %d, want %d", d, got, want)
		}
	}
	for at, want := range map[vadium.Time]risk.Epoch{0: 0, hour(1) - 1: 0, hour(1): 1} {
		if got := risk.EpochAt(at); got != want {
			t.Errorf("EpochAt(%d) = %d, want %d", at, got, want)
		}
	}
}

func TestEffectiveStakeIsLimitedByTheJunior(t *testing.T) {
	for _, c := range []struct{ junior, senior, want uint64 }{{10, 89, 99}, {10, 90, 100}, {10, 91, 100}, {0, 5, 0}} {
		if got := risk.Effective(vadium.NewAmount(c.junior), vadium.NewAmount(c.senior), 9); got != vadium.NewAmount(c.want) {
			t.Errorf("Effective(%d, %d) = %v, want %d", c.junior, c.senior, got, c.want)
		}
	}
}

func TestAReturnNeedsAPriceToMoveFrom(t *testing.T) {
	if _, ok := risk.Return(0, 5); ok {
		t.Error("there is a return from no price")
	}
	if got, ok := risk.Return(1, math.MaxUint64); !ok || got != math.MaxUint32 {
		t.Errorf("the largest rise is %d, %v, want %d", got, ok, uint64(math.MaxUint32))
	}
	if got, ok := risk.Return(math.MaxUint64, 0); !ok || got != -1_000_000 {
		t.Errorf("a fall to nothing is %d, %v, want -1000000", got, ok)
	}
	if got := risk.Variance(math.MaxUint64).Next(math.MaxUint32, 500_000); got < math.MaxUint64/2 {
		t.Errorf("the largest average is %d", got)
	}
	if got, want := risk.Variance(0).Next(math.MinInt64+1, 0), risk.Variance(0).Next(math.MaxUint32, 0); got != want {
		t.Errorf("a return beyond all returns makes %d, want %d", got, want)
	}
}

// D9, at a yearly volatility of 60 %, 6,411 ppm an hour, and one default in a hundred: a tenth of the fee is right for
// nearly two days. (economics.md §4.2 has 7.6 % and 13.5 % where this is 7.3 % and 12.7 %: it took e^x-1 of them.)
func TestTheDefaultFloorGrowsWithTheRootOfTime(t *testing.T) {
	at := func(hours uint64) vadium.Bps {
		return risk.DefaultFloor(risk.PriceRisk{Sigma: 6_411, Horizon: hours, ZMilli: 2_326})
	}
	for hours, want := range map[uint64]vadium.Bps{2: 1_000, 24: 1_000, 45: 1_001, 72: 1_266} {
		if got := at(hours); got != want {
			t.Errorf("for %d hours the floor is %d bps, want %d", hours, got, want)
		}
	}
	unsure := risk.PriceRisk{Confidence: 100_001}
	if got := risk.DefaultFloor(unsure); got != 1_001 {
		t.Errorf("with a confidence of 100001 ppm it is %d, want 1001: rounded up", got)
	}
}
