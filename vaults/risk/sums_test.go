package risk_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
)

func drawReadingOf(t *rapid.T) risk.Reading {
	return risk.Reading{
		Price:      risk.Price(rapid.Uint64Range(1, 1<<50).Draw(t, "price")),
		Sigma:      vadium.Ppm(rapid.Uint32Range(0, 200_000).Draw(t, "sigma")),
		Confidence: vadium.Ppm(rapid.Uint32Range(0, 100_000).Draw(t, "confidence")),
	}
}

// D13: what is worse never needs less, of one lock and of a sums of them.
func TestNeedGrowsWithEveryRisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exposures, sums := drawSums(t)
		m := drawReadingOf(t)
		worse := map[string]risk.Reading{"sigma": m, "price": m, "confidence": m}
		by := rapid.Uint32Range(0, 100_000).Draw(t, "by")
		for name, w := range worse {
			switch name {
			case "sigma":
				w.Sigma += vadium.Ppm(by)
			case "price":
				w.Price -= min(w.Price-1, risk.Price(by))
			case "confidence":
				w.Confidence += vadium.Ppm(by)
			}
			for _, share := range []vadium.Bps{risk.Maintenance, risk.Initial} {
				before, _ := sums.Need(m, share)
				if after, _ := sums.Need(w, share); !after.Meets(before) {
					t.Fatalf("worse %s: need %v became %v", name, before, after)
				}
			}
			before, after := lockOf(t, exposures[0], m), lockOf(t, exposures[0], w)
			if after.Less(before) {
				t.Fatalf("worse %s: a lock of %v became %v", name, before, after)
			}
		}
		longer, riskier := exposures[0], exposures[0]
		longer.Epochs += uint16(by % 1_000)
		riskier.ZMilli += uint16(by % 1_000)
		for name, exposure := range map[string]risk.Exposure{"horizon": longer, "z": riskier} {
			if before, after := lockOf(t, exposures[0], m), lockOf(t, exposure, m); after.Less(before) {
				t.Fatalf("more %s: a lock of %v became %v", name, before, after)
			}
		}
	})
}

func lockOf(t *rapid.T, exposure risk.Exposure, m risk.Reading) vadium.Amount {
	lock, err := exposure.Lock(m)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func TestTheInitialMarginIsNeverBelowMaintenance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, sums := drawSums(t)
		m := drawReadingOf(t)
		maintenance, _ := sums.Need(m, risk.Maintenance)
		initial, _ := sums.Need(m, risk.Initial)
		bare, _ := sums.Need(m, 0)
		if !initial.Meets(maintenance) || !maintenance.Meets(bare) {
			t.Fatalf("initial %v, maintenance %v, without margin %v", initial, maintenance, bare)
		}
	})
}

// A new lock fits what its need says: the exact lock of §4.2 is never more than the sums's share for it.
func TestOneLockNeedsNoMoreThanItsBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exposures, _ := drawSums(t)
		m := drawReadingOf(t)
		sums, _ := risk.Sums{}.Add(exposures[0])
		need, _ := sums.Need(m, risk.Initial)
		if lock := lockOf(t, exposures[0], m); need.Stake.Less(lock) {
			t.Fatalf("the lock is %v, its sums need %v", lock, need.Stake)
		}
	})
}

func TestRemovingUndoesAdding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exposures, sums := drawSums(t)
		for _, exposure := range rapid.Permutation(exposures).Draw(t, "order") {
			sums = sums.Remove(exposure)
		}
		if sums != (risk.Sums{}) {
			t.Fatalf("without its exposures the sums are %+v", sums)
		}
	})
}

func TestSumsThatDoNotFitAreRefused(t *testing.T) {
	huge := risk.Exposure{Value: math.MaxUint64, Cap: math.MaxUint64, Epochs: math.MaxUint16, ZMilli: math.MaxUint16}
	sums, ok := risk.Sums{}.Add(huge)
	if !ok {
		t.Fatal("the largest exposure does not fit where there is none")
	}
	if _, ok := sums.Add(risk.Exposure{Value: 1}); ok {
		t.Error("more than the largest value fits")
	}
	if _, ok := (risk.Sums{Locks: math.MaxUint32}).Add(risk.Exposure{}); ok {
		t.Error("a lock more than can be counted fits")
	}
	worst := risk.Reading{Price: 1, Sigma: math.MaxUint32, Confidence: math.MaxUint32}
	sums.Locks = math.MaxUint32
	if need, ok := sums.Need(worst, risk.Initial); !ok || need.Stake.BitLen() > 160 {
		t.Errorf("the largest need is %v, %v", need, ok)
	}
}

func TestRemovingWhatWasNeverAddedIsABrokenInvariant(t *testing.T) {
	sums, _ := risk.Sums{}.Add(risk.Exposure{Value: 5, Cap: 1, Epochs: 1, ZMilli: 3_000})
	for name, remove := range map[string]func(){
		"from nothing":  func() { risk.Sums{}.Remove(risk.Exposure{}) },
		"more than all": func() { sums.Remove(risk.Exposure{Value: 6}) },
		"a longer one":  func() { sums.Remove(risk.Exposure{Value: 5, Epochs: 9, ZMilli: 3_000}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it went unnoticed")
				}
			}()
			remove()
		})
	}
}

func TestATermNeedsAValueNoSmallerThanItsCapAndAHorizonThatFits(t *testing.T) {
	for _, c := range []struct {
		value, damageCap risk.Value
		horizon          vadium.Duration
		want             error
	}{
		{5, 5, vadium.Hour, nil},
		{5, 6, vadium.Hour, risk.ErrValue},
		{5, 5, 65_534 * vadium.Hour, nil},
		{5, 5, 65_534*vadium.Hour + 1, risk.ErrValue},
	} {
		if _, err := risk.NewExposure(c.value, c.damageCap, c.horizon, params); !errors.Is(err, c.want) {
			t.Errorf("NewExposure(%d, %d, %d h): %v, want %v", c.value, c.damageCap, c.horizon/vadium.Hour, err, c.want)
		}
	}
	exposure, _ := risk.NewExposure(5, 5, vadium.Hour+1, params)
	if exposure.Epochs != 3 || exposure.ZMilli != 3_000 {
		t.Errorf("an hour and a millisecond make %+v, want 2 epochs and 1 of latency, z 3000", exposure)
	}
}

func TestALockWithoutPriceNeedsNobodyKnowsWhat(t *testing.T) {
	x, _ := risk.Position{Same: stake(7)}.With(risk.Exposure{Value: 5, Epochs: 1})
	if _, ok := x.Need(risk.Reading{}, risk.Initial); ok {
		t.Error("a lock across assets needs something without a price")
	}
	if call, ok := x.Mark(risk.Call{}, 0, risk.Cover{}, risk.Gauge{}, params); ok || call != (risk.Call{}) {
		t.Errorf("it is marked without a price, as %+v", call)
	}
	same := x.Without(risk.Exposure{Value: 5, Epochs: 1})
	for posted, want := range map[uint64]risk.Stage{6: risk.Called, 7: risk.Met} {
		call, ok := same.Mark(risk.Call{}, 0, stake(posted), risk.Gauge{}, params)
		if !ok || call.Stage != want {
			t.Errorf("with %d of 7 for locks in its own asset, price or no price, it is %v (%v), want %v", posted, call.Stage, ok, want)
		}
	}
}

// Marking is the ladder over the needs of both margins, however little of it is computed.
func TestMarkingIsTheCallOverBothMargins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, sums := drawSums(t)
		x := risk.Position{Across: sums}
		q := quoteAt(100, risk.Price(rapid.Uint64Range(1_000, 10_000_000).Draw(t, "price")))
		q.Quorum = rapid.Bool().Draw(t, "quorum")
		g := publishIn(t, publishIn(t, risk.Gauge{}, quoteAt(1, 1_000_000)), q)
		m := risk.Marking{Now: hour(100), Fresh: q.Quorum}
		m.Maintenance, _ = x.Need(g.Now, risk.Maintenance)
		m.Initial, _ = x.Need(g.Now, risk.Initial)
		share := vadium.Bps(rapid.Uint32Range(8_000, 11_000).Draw(t, "posted"))
		m.Posted = risk.Cover{Stake: m.Initial.Stake.BpsUp(share), Junior: m.Initial.Junior.BpsUp(share)}
		call := callAt(rapid.SampledFrom([]risk.Stage{risk.Met, risk.Called, risk.Reduced, risk.Suspended, risk.Excluded}).Draw(t, "stage"))
		want := call.Next(m, params)
		if got, ok := x.Mark(call, m.Now, m.Posted, g, params); !ok || got != want {
			t.Fatalf("Mark = %+v, %v, want %+v", got, ok, want)
		}
	})
}
