package risk_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vadium/vaults/risk"
)

func TestMoreThanATenthSlashedInADayTripsTheBreaker(t *testing.T) {
	s, _ := risk.Slashed{}.Add(10, 60)
	s, _ = s.Add(33, 40)
	for _, c := range []struct {
		name  string
		at    risk.Epoch
		stake risk.Value
		want  bool
	}{
		{"a tenth of what there was", 33, 900, false},
		{"one unit more", 33, 899, true},
		{"all of it", 33, 0, true},
		{"the first has left the day", 34, 899, false},
		{"and it alone would do", 34, 359, true},
		{"nothing in a day", 57, 0, false},
		{"long ago", 1_000_000, 0, false},
	} {
		if got := s.Tripped(c.at, c.stake); got != c.want {
			t.Errorf("%s: Tripped = %v, want %v", c.name, got, c.want)
		}
	}
	if _, ok := s.Add(33, math.MaxUint64); ok {
		t.Error("a sum that does not fit goes unnoticed")
	}
	huge, _ := s.Add(34, math.MaxUint64)
	if !huge.Tripped(34, math.MaxUint64) {
		t.Error("more than can be counted does not trip it")
	}
}

func TestADayIsTheLastTwentyFourEpochs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s risk.Slashed
		var at risk.Epoch
		history := map[risk.Epoch]risk.Value{}
		for range rapid.IntRange(1, 60).Draw(t, "slashes") {
			at += risk.Epoch(rapid.SampledFrom([]int{0, 1, 2, 23, 24, 25, 60}).Draw(t, "passed"))
			slashed := risk.Value(rapid.Uint64Range(0, 100).Draw(t, "slashed"))
			history[at] += slashed
			s, _ = s.Add(at, slashed)
			var day risk.Value
			for e, v := range history {
				if e+24 > at {
					day += v
				}
			}
			stake := risk.Value(rapid.Uint64Range(0, 2_000).Draw(t, "stake"))
			if got, want := s.Tripped(at, stake), 10*day > day+stake; got != want {
				t.Fatalf("at %d with %d slashed of %d: Tripped = %v, want %v", at, day, day+stake, got, want)
			}
		}
	})
}
