package marketplace

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
)

// inMillionths divides by itself because every clearing does it; it has to be what a price of one makes of an amount.
func TestMillionthsAreWhatAPriceOfOneMakesOfAnAmount(t *testing.T) {
	check := func(fatalf func(format string, args ...any), a vadium.Amount) {
		want, ok := risk.Price(vadium.PpmOne).Owed(a)
		if !ok {
			want = math.MaxUint64
		}
		if got := inMillionths(a); got != want {
			fatalf("%v base units are %d millionths, want %d", a, got, want)
		}
	}
	millionth := vadium.NewAmount(1_000_000_000_000)
	largest, _ := vadium.NewAmount(math.MaxUint64).Mul(millionth)
	for _, a := range []vadium.Amount{
		{}, vadium.NewAmount(1), millionth.MustSub(vadium.NewAmount(1)), millionth, millionth.MustAdd(vadium.NewAmount(1)), vadium.Tokens(1),
		largest.MustSub(vadium.NewAmount(1)), largest, largest.MustAdd(vadium.NewAmount(1)), largest.MustAdd(millionth), vadium.Tokens(math.MaxUint64),
	} {
		check(t.Errorf, a)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, _ := vadium.AmountFromBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "amount"))
		check(t.Fatalf, a)
	})
}
