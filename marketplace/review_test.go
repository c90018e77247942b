package marketplace_test

import (
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults/risk"
)

// setParams changes the parameters in force.
func setParams(t *testing.T, w *marketplacetest.World, change func(*marketplace.Params)) {
	t.Helper()
	p := w.State.Params()
	change(&p)
	w.Must(w.Do("operator", marketplace.SetParams{Params: p}))
}

// Invariant 7 of Brevis's review: no later parameter moves the deadline of a call that stands.
func TestOpenCallsKeepTheirGrace(t *testing.T) {
	w := short(t)
	w.Wait(vadium.Hour)
	opened := locksOf(w).Opened
	setParams(t, w, func(p *marketplace.Params) { p.CallGrace = vadium.Day })
	for _, s := range []struct {
		after vadium.Duration
		last  risk.Stage // in whose last instant
	}{{2 * vadium.Day, risk.Called}, {4 * vadium.Day, risk.Reduced}, {7 * vadium.Day, risk.Suspended}} {
		w.Until(opened.Add(s.after))
		if got := locksOf(w); got.Stage != s.last || got.Deadline() != w.Now {
			t.Fatalf("%d ms after the call was made it is %v until %d, want %v until %d", s.after, got.Stage, got.Deadline(), s.last, w.Now)
		}
		if r := riskOf(t, w, "prover1"); r.Calls[0].Deadline != w.Now {
			t.Errorf("the view says until %d, want %d", r.Calls[0].Deadline, w.Now)
		}
		w.Wait(vadium.Hour)
		if got := locksOf(w).Stage; got != s.last+1 {
			t.Errorf("a mark later it is %v, want %v", got, s.last+1)
		}
	}
	w.CheckReplay()
}
