package slashing_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/slashing"
)

// The third of a stake colluding, a record, poor uptime and a fallen price, each by hand from economics.md §6.1.
func TestAnExplanationShowsEveryFactor(t *testing.T) {
	got, err := slashing.Explain(everythingBad())
	want := slashing.Explanation{
		Base: 30_000, Floor: 10_000, Most: 200_000, Fraction: 200_000,
		Factors: [6]slashing.Factor{
			{Symbol: 'N', Times: 8_750, After: 26_250},   // half healthy: half of the discount
			{Symbol: 'I', Times: 18_000, After: 47_250},  // impact 80 %
			{Symbol: 'R', Times: 13_000, After: 61_425},  // 3 points
			{Symbol: 'K', Times: 20_002, After: 122_863}, // 33.34 % above the usual, three times
			{Symbol: 'U', Times: 11_112, After: 136_526}, // 70 % of 90 %
			{Symbol: 'E', Times: 15_000, After: 204_789}, // fell from 100 to 60: the cap
		},
	}
	if err != nil || got != want {
		t.Errorf("Explain = %+v, %v, want %+v", got, err, want)
	}
}

func TestAnExcusedOffenceIsExplainedAsCostingNothing(t *testing.T) {
	in := everythingBad()
	in.Systemic = true
	excused, err := slashing.Explain(in)
	if err != nil || !excused.Excused || excused.Fraction != 0 || excused.Factors[5].After != 204_789 {
		t.Errorf("Explain = %+v, %v, want an excuse that leaves nothing of 204,789", excused, err)
	}
	in.Class = slashing.Malice
	if malice, err := slashing.Explain(in); err != nil || malice.Excused || malice.Factors[0].Times != vadium.BpsOne {
		t.Errorf("Explain of malice = %+v, %v, want neither excuse nor discount", malice, err)
	}
}

// Each step is the one before times its factor, rounded up, and the last one within the limits is the fraction.
func TestTheFactorsOfAnExplanationMultiplyToTheFraction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		e, err := slashing.Explain(in)
		if err != nil {
			t.Fatal(err)
		}
		before := int64(e.Base)
		for _, f := range e.Factors {
			product := new(big.Int).Mul(big.NewInt(before), big.NewInt(int64(f.Times)))
			up := new(big.Int).Div(product.Add(product, big.NewInt(9_999)), big.NewInt(10_000)).Int64()
			if before = min(1_000_000, up); int64(f.After) != before {
				t.Fatalf("after %c of %d bps the fraction is %d, want %d", f.Symbol, f.Times, f.After, before)
			}
		}
		want := min(max(vadium.Ppm(before), e.Floor), e.Most)
		if in.Severity == 0 || e.Excused {
			want = 0
		}
		if e.Fraction != want || fraction(t, in) != want {
			t.Fatalf("Explain = %d and Fraction = %d, want %d", e.Fraction, fraction(t, in), want)
		}
	})
}

// Clearings and settlements of a busy market ask for fractions all the time.
func TestAFractionAllocatesNothing(t *testing.T) {
	in := everythingBad()
	if n := testing.AllocsPerRun(100, func() { _ = fraction(t, in) }); n != 0 {
		t.Errorf("Fraction allocates %v times, want 0", n)
	}
}
