package slashing_test

import (
	"testing"

	"vadium"
	"vadium/vaults/slashing"
)

// everythingBad returns inputs in which every factor does something.
func everythingBad() slashing.Inputs {
	return slashing.Inputs{
		Severity: 40, Class: slashing.Liveness, Impact: 8_000, History: 3_000, Correlation: 4_334, Baseline: 1_000,
		Uptime: 7_000, Health: 5_000, PriceReference: 100, PriceNow: 60,
	}
}

func BenchmarkFraction(b *testing.B) {
	b.ReportAllocs()
	in := everythingBad()
	var sum vadium.Ppm
	for b.Loop() {
		f, err := slashing.Fraction(in)
		if err != nil {
			b.Fatal(err)
		}
		sum += f
	}
	if sum == 0 {
		b.Fatal("no fraction")
	}
}
