package pricing_test

import (
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/prover/pricing"
)

func TestAPriceRisesOnlyWhenLessThanHalfOfTheCapacityIsFree(t *testing.T) {
	c := pricing.Costs{Surge: 2_500, SurgeStep: 10_000}
	for _, row := range []struct {
		running, capacity uint32
		want              vadium.Bps
	}{
		{0, 8, 0}, {4, 8, 0}, {5, 8, 625}, {6, 8, 1_250}, {7, 8, 1_875}, {8, 8, 2_500}, {9, 8, 2_500}, // capacity fell
		{0, 1, 0}, {1, 1, 2_500}, {1, 3, 0}, {2, 3, 833}, {0, 0, 0}, {3, 0, 0}, {1 << 31, 1 << 31, 2_500},
	} {
		if got := pricing.Surge(pricing.Load{Running: row.running, Capacity: row.capacity}, c, 0); got != row.want {
			t.Errorf("Surge with %d of %d taken = %d, want %d", row.running, row.capacity, got, row.want)
		}
	}
}

func TestASurgeMovesInBoundedSteps(t *testing.T) {
	c := pricing.Costs{Surge: 2_500, SurgeStep: 500}
	full, idle := pricing.Load{Running: 4, Capacity: 4}, pricing.Load{Capacity: 4}
	for _, row := range []struct {
		load         pricing.Load
		before, want vadium.Bps
	}{
		{full, 0, 500}, {full, 1_999, 2_499}, {full, 2_000, 2_500}, {full, 2_001, 2_500}, {full, 2_500, 2_500}, {full, 4_000, 3_500},
		{idle, 2_500, 2_000}, {idle, 501, 1}, {idle, 500, 0}, {idle, 499, 0}, {idle, 0, 0},
	} {
		if got := pricing.Surge(row.load, c, row.before); got != row.want {
			t.Errorf("Surge with %d of %d taken after %d = %d, want %d", row.load.Running, row.load.Capacity, row.before, got, row.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := pricing.Costs{Surge: vadium.Bps(rapid.Uint32Range(0, 20_000).Draw(t, "surge")), SurgeStep: vadium.Bps(rapid.Uint32Range(1, 5_000).Draw(t, "step"))}
		l := pricing.Load{Running: rapid.Uint32Range(0, 20).Draw(t, "running"), Capacity: rapid.Uint32Range(0, 20).Draw(t, "capacity")}
		before := vadium.Bps(rapid.Uint32Range(0, 20_000).Draw(t, "before"))
		after := pricing.Surge(l, c, before)
		if after > before+c.SurgeStep || before > after+c.SurgeStep {
			t.Fatalf("Surge moves from %d to %d, by more than %d", before, after, c.SurgeStep)
		}
		if before <= c.Surge && after > c.Surge {
			t.Fatalf("Surge = %d, more than %d", after, c.Surge)
		}
		more := l
		more.Running++
		if pricing.Surge(more, c, before) < after {
			t.Fatal("a fuller prover asks for less")
		}
	})
}

func TestLoadIsOnTopOfCosts(t *testing.T) {
	in := inputs()
	idle, _ := pricing.Quote(in)
	in.Costs.Surge, in.Costs.SurgeStep = 2_500, 500
	if free, _ := pricing.Quote(in); free != idle {
		t.Errorf("Quote of an idle prover = %+v, want %+v", free, idle)
	}
	in.Load.Running = 2
	full, _ := pricing.Quote(in)
	if low, high := idle.Price.BpsDown(10_499), idle.Price.BpsUp(10_501); full.Surge != 500 || full.Price.Less(low) || high.Less(full.Price) {
		t.Errorf("Quote of a full prover = %v with a surge of %d, want a twentieth more than %v", full.Price, full.Surge, idle.Price)
	}
	in.Standing = full
	if fuller, _ := pricing.Quote(in); fuller.Surge != 1_000 {
		t.Errorf("the next surge = %d, want 1000", fuller.Surge)
	}
}

func TestSlotsAtMostDoubleAndFallAtOnce(t *testing.T) {
	for _, row := range []struct{ standing, wanted, want uint32 }{
		{0, 100, 100}, {1, 2, 2}, {1, 3, 2}, {4, 8, 8}, {4, 9, 8}, {8, 1, 1}, {8, 0, 0}, {1 << 31, 1<<32 - 1, 1<<32 - 1},
	} {
		if got := pricing.Grow(row.standing, row.wanted); got != row.want {
			t.Errorf("Grow from %d to %d = %d, want %d", row.standing, row.wanted, got, row.want)
		}
	}
}
