package risk_test

import (
	"errors"
	"math"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

func TestLevelsBeginWhereTheyAreSaidTo(t *testing.T) {
	for lsr, want := range map[vadium.Bps]risk.Level{
		math.MaxUint32: risk.Green, 15_000: risk.Green, 14_999: risk.Amber, 12_000: risk.Amber, 11_999: risk.Red,
		10_000: risk.Red, 9_999: risk.Halt, 0: risk.Halt,
	} {
		if got := risk.LevelOf(lsr); got != want {
			t.Errorf("LevelOf(%d) = %v, want %v", lsr, got, want)
		}
	}
}

func TestTheRatioRoundsAgainstSecurity(t *testing.T) {
	for _, c := range []struct {
		secured, exposure risk.Value
		want              vadium.Bps
	}{
		{0, 0, math.MaxUint32}, {1, 0, math.MaxUint32}, {0, 1, 0},
		{14_999, 10_000, 14_999}, {44_999, 30_000, 14_999}, {45_000, 30_000, 15_000},
		{math.MaxUint64, 1, math.MaxUint32},
	} {
		if got := risk.LSR(c.secured, c.exposure); got != c.want {
			t.Errorf("LSR(%d, %d) = %d, want %d", c.secured, c.exposure, got, c.want)
		}
	}
}

// From Halt back to Green takes three times twelve epochs at the least, each with a tenth to spare.
func TestTheBreakerEasesALevelAfterTwelveCalmEpochs(t *testing.T) {
	b := risk.Breaker{}.Tighten(9_999)
	for _, level := range []struct {
		from  risk.Level
		spare vadium.Bps
	}{{risk.Halt, 11_000}, {risk.Red, 13_200}, {risk.Amber, 16_500}} {
		for range 100 { // just short of a tenth more
			if b = b.Next(level.spare-1, true); b != (risk.Breaker{Level: level.from}) {
				t.Fatalf("at %d the breaker is %+v, want %v and not calm", level.spare-1, b, level.from)
			}
		}
		for i := range risk.CalmEpochs {
			if b.Level != level.from {
				t.Fatalf("after %d calm epochs the level is %v, want %v", i, b.Level, level.from)
			}
			b = b.Next(level.spare, true)
		}
		if want := (risk.Breaker{Level: level.from - 1}); b != want {
			t.Fatalf("after twelve calm epochs the breaker is %+v, want %+v", b, want)
		}
	}
}

// Self-healing (economics.md §1, D22): nobody has to reset it.
func TestOneBadEpochStartsTheCountAgain(t *testing.T) {
	b := risk.Breaker{Level: risk.Red}
	for range risk.CalmEpochs - 1 {
		b = b.Next(20_000, true)
	}
	for name, after := range map[string]risk.Breaker{"a bad epoch": b.Next(13_199, true), "an epoch without a price": b.Next(20_000, false)} {
		if after != (risk.Breaker{Level: risk.Red}) {
			t.Errorf("after %s the breaker is %+v, want red and not calm", name, after)
		}
	}
	if worse := b.Next(9_000, false); worse != (risk.Breaker{Level: risk.Halt}) {
		t.Errorf("with more at risk it is %+v, want halt, with a price or without", worse)
	}
}

func TestWhatEachLevelAllows(t *testing.T) {
	effective := vadium.Tokens(1_000)
	unit := vadium.NewAmount(1)
	exposure := risk.Exposure{Value: 101, Cap: 50, Epochs: 9, ZMilli: 3_000}
	for _, c := range []struct {
		level    risk.Level
		value    risk.Value
		leverage uint32
		ten      error // a lock of a hundredth
		more     error // and of a unit more
	}{
		{risk.Green, 101, 9, nil, nil},
		{risk.Amber, 127, 5, nil, nil}, // 126.25
		{risk.Red, 127, 5, nil, risk.ErrTooLargeForRed},
		{risk.Halt, 127, 5, risk.ErrHalted, risk.ErrHalted},
	} {
		larger, ok := c.level.Enlarge(exposure)
		if want := (risk.Exposure{Value: c.value, Cap: 50, Epochs: 9, ZMilli: 3_000}); !ok || larger != want {
			t.Errorf("%v: a new lock is %+v, %v, want %+v", c.level, larger, ok, want)
		}
		if got := c.level.Leverage(9); got != c.leverage {
			t.Errorf("%v: leverage %d, want %d", c.level, got, c.leverage)
		}
		if got := c.level.Leverage(3); got != 3 {
			t.Errorf("%v: a leverage of 3 becomes %d", c.level, got)
		}
		if got := c.level.CheckLock(vadium.Tokens(10), effective); !errors.Is(got, c.ten) {
			t.Errorf("%v: a hundredth: %v, want %v", c.level, got, c.ten)
		}
		if got := c.level.CheckLock(vadium.Tokens(10).MustAdd(unit), effective); !errors.Is(got, c.more) {
			t.Errorf("%v: a unit more than a hundredth: %v, want %v", c.level, got, c.more)
		}
	}
	if _, ok := risk.Amber.Enlarge(risk.Exposure{Value: math.MaxUint64}); ok {
		t.Error("a quarter more than the largest value fits")
	}
}
