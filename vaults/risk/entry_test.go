package risk_test

import (
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
)

func drawNetwork(t *rapid.T) risk.Network {
	return risk.Network{
		Exposure:     risk.Value(rapid.Uint64Range(0, 1<<55).Draw(t, "exposure")),
		Utilisation:  vadium.Bps(rapid.Uint32Range(0, 10_000).Draw(t, "utilisation")),
		Staked:       vadium.NewAmount(rapid.Uint64().Draw(t, "staked")),
		Average:      risk.Price(rapid.Uint64Range(1, 1<<45).Draw(t, "average")),
		NonCompliant: vadium.Bps(rapid.Uint32Range(0, 4_000).Draw(t, "non-compliant")),
		Fresh:        rapid.Bool().Draw(t, "fresh"),
	}
}

func target(t interface{ Fatalf(string, ...any) }, n risk.Network) vadium.Amount {
	a, ok := controls.Target(n)
	if !ok {
		t.Fatalf("%+v has no target", n)
	}
	return a
}

// Z2, Z5: each thing the controller looks at, on its own.
func TestTheTargetFollowsEachThingItLooksAt(t *testing.T) {
	n := risk.Network{Exposure: 1_000_000_000, Average: 2_000_000} // 1,000 at risk, a price of 2
	if got := target(t, n); got != vadium.Tokens(1_500) {
		t.Errorf("the target is %s, want 1500: three times what is at risk, at a price of 2", got.Tokens())
	}
	full := n
	full.Utilisation = vadium.BpsOne
	if got := target(t, full); got != vadium.Tokens(1_575) {
		t.Errorf("with all stake locked it is %s, want 5 %% more, 1575", got.Tokens())
	}
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		base := target(t, n)
		double := n
		double.Exposure *= 2
		if got := target(t, double); base.MustAdd(base).Less(got) || got.Less(base) {
			t.Fatalf("twice the exposure makes %v of %v", got, base)
		}
		for name, change := range map[string]func(*risk.Network){
			"exposure":    func(n *risk.Network) { n.Exposure += 1_000 },
			"utilisation": func(n *risk.Network) { n.Utilisation = min(vadium.BpsOne, n.Utilisation+100) },
			"price":       func(n *risk.Network) { n.Average -= min(n.Average-1, 1_000) },
		} {
			worse := n
			change(&worse)
			if got := target(t, worse); got.Less(base) {
				t.Fatalf("worse %s lowers the target from %v to %v", name, base, got)
			}
		}
		other := n
		other.Staked, other.NonCompliant, other.Fresh = vadium.Amount{}, 0, !n.Fresh
		if got := target(t, other); got != base {
			t.Fatalf("the target follows what it must not: %v, want %v", got, base)
		}
	})
	if _, ok := controls.Target(risk.Network{Exposure: 1}); ok {
		t.Error("there is a target without a price")
	}
}

func TestTwiceTheExposureIsTwiceTheTarget(t *testing.T) {
	n := risk.Network{Exposure: 1_000_000_000, Average: 2_000_000}
	once := target(t, n)
	n.Exposure *= 2
	if got := target(t, n); got != once.MustAdd(once) {
		t.Errorf("the target is %v, want twice %v", got, once)
	}
}

func TestTheEntryFactorKeepsItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := vadium.Bps(rapid.Uint32Range(10_000, 40_000).Draw(t, "factor"))
		n := drawNetwork(t)
		want := vadium.NewAmount(rapid.Uint64().Draw(t, "target"))
		next := controls.Step(m, n.Staked, want, n.NonCompliant)
		if next < 10_000 || next > 40_000 {
			t.Fatalf("%d is outside 1x to 4x", next)
		}
		if rise := next - min(m, next); uint64(rise)*10_000 > uint64(m)*500+9_999 {
			t.Fatalf("%d rose to %d, more than 5 %%", m, next)
		}
		if fall := m - min(m, next); uint64(fall)*10_000 > uint64(m)*100 {
			t.Fatalf("%d fell to %d, more than 1 %%", m, next)
		}
		if next > m && (n.NonCompliant > 2_000 || !n.Staked.Less(want)) {
			t.Fatalf("%d rose to %d with %d bps below the minimum, %v staked of %v", m, next, n.NonCompliant, n.Staked, want)
		}
		if next < m && !want.Less(n.Staked) {
			t.Fatalf("%d fell to %d with %v staked of %v", m, next, n.Staked, want)
		}
	})
}

func TestTheBandHolds(t *testing.T) {
	want := vadium.Tokens(1_000)
	unit := vadium.NewAmount(1)
	for _, c := range []struct {
		name   string
		staked vadium.Amount
		next   vadium.Bps
	}{
		{"nothing staked", vadium.Amount{}, 21_000},
		{"a unit below the band", vadium.Tokens(900).MustSub(unit), 20_250}, // 1,001 bps over 8: 125
		{"at its lower edge", vadium.Tokens(900), 20_000},
		{"on target", want, 20_000},
		{"at its upper edge", vadium.Tokens(1_100), 20_000},
		{"a unit above it", vadium.Tokens(1_100).MustAdd(unit), 19_800},
		{"far above", vadium.Tokens(9_000), 19_800},
	} {
		if got := controls.Step(20_000, c.staked, want, 0); got != c.next {
			t.Errorf("%s: %d, want %d", c.name, got, c.next)
		}
	}
	if got := controls.Step(20_000, vadium.Amount{}, vadium.Amount{}, 0); got != 20_000 {
		t.Errorf("with nothing staked and nothing at risk it moves to %d", got)
	}
	if got := controls.Step(20_000, unit, vadium.Amount{}, 0); got != 19_800 {
		t.Errorf("with nothing at risk it is %d, want 19800", got)
	}
}

// The guard is against making provers leave; a fall makes none leave, so it is not held up (docs/decisions).
func TestTheExodusGuardStopsRisesOnly(t *testing.T) {
	if got := controls.Step(20_000, vadium.Tokens(1), vadium.Tokens(2), 2_001); got != 20_000 {
		t.Errorf("a rise with 2001 bps left behind: %d, want 20000", got)
	}
	if got := controls.Step(20_000, vadium.Tokens(2), vadium.Tokens(1), 10_000); got != 19_800 {
		t.Errorf("a fall with all left behind: %d, want 19800", got)
	}
}

func TestTheMinimumMovesOnceADay(t *testing.T) {
	n := risk.Network{Exposure: 1_000_000_000, Average: 2_000_000, Fresh: true}
	e := risk.Entry{}.Next(100, n, controls)
	if e != (risk.Entry{Factor: 10_000, Epoch: 100}) {
		t.Fatalf("it begins with %+v", e)
	}
	if got := e.Next(123, n, controls); got != e {
		t.Errorf("after 23 epochs it is %+v, want %+v", got, e)
	}
	if got := e.Next(124, n, controls); got != (risk.Entry{Factor: 10_500, Epoch: 124}) {
		t.Errorf("after 24 epochs it is %+v, want 10500", got)
	}
}

func TestWithoutAFreshPriceTheMinimumDoesNotFall(t *testing.T) {
	low, high := risk.Network{Exposure: 1_000_000, Average: 1_000_000, Staked: vadium.Tokens(100)}, risk.Network{Exposure: 1_000_000_000, Average: 1_000_000}
	e := risk.Entry{Factor: 20_000}
	for _, c := range []struct {
		name  string
		n     risk.Network
		fresh bool
		want  vadium.Bps
	}{
		{"less needed", low, true, 19_800}, {"less needed, no price", low, false, 20_000},
		{"more needed", high, true, 21_000}, {"more needed, no price", high, false, 21_000},
		{"no average at all", risk.Network{Exposure: 1}, true, 20_000},
	} {
		c.n.Fresh = c.fresh
		if got := e.Next(24, c.n, controls).Factor; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// Z10: a raised minimum is due over two days, each prover's from what it has.
func TestARaisedMinimumGlides(t *testing.T) {
	posted := risk.Cover{Junior: vadium.Tokens(10)}
	call := risk.Call{}.Next(controls.Marking(0, posted, 10_500), params)
	if got := call.Glide.At(hour(24)).Junior; call.Stage != risk.Called || got != vadium.Tokens(41).BpsUp(2_500) { // 10.25
		t.Errorf("half-way %s is required at stage %v, want 10.25 and called", got.Tokens(), call.Stage)
	}
	if got := (risk.Call{}).Next(controls.Marking(0, risk.Cover{Junior: vadium.Tokens(11)}, 10_500), params); got.Stage != risk.Met {
		t.Errorf("with enough it is %v", got.Stage)
	}
}

func TestStakeBelowTheMinimum(t *testing.T) {
	posted := []risk.Cover{
		{Stake: vadium.Tokens(70), Junior: vadium.Tokens(10)},
		{Stake: vadium.Tokens(30), Junior: vadium.Tokens(10).MustSub(vadium.NewAmount(1))},
	}
	if got := risk.Below(vadium.Tokens(10), posted); got != 3_000 {
		t.Errorf("Below = %d, want 3000", got)
	}
	if got := risk.Below(vadium.Tokens(10), nil); got != 0 {
		t.Errorf("of nothing, %d is below", got)
	}
}

func TestUtilisationIsSmoothed(t *testing.T) {
	if got := risk.Smooth(5_000, 10_000, 900_000); got != 5_500 {
		t.Errorf("Smooth = %d, want 5500", got)
	}
	if got := risk.Smooth(5_000, 5_001, 900_000); got != 5_001 {
		t.Errorf("Smooth = %d, want 5001: rounded up", got)
	}
}
