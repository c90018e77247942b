package marketplace_test

import (
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
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

// A case is judged by the history of when it was opened: neither faults that come while it waits nor the days that pass then
// change what it takes.
func TestCaseIsJudgedByTheHistoryOfItsOpening(t *testing.T) {
	history := func(lines ...string) slashing.MilliPoints {
		w := marketplacetest.Ready(t, 2)
		w.Run("ask prover1 none 6 slots=4", "submit alice r0 fee=10 allow=prover1", "accept prover1 r0")
		w.Run(lines...)
		reported(w, "prover2")
		opened := w.State.Case(1)
		want := w.State.Prover(marketplacetest.Account("prover1")).Conduct.History
		w.Run("deliver prover1 r0", "verdict prover1 r0 invalid")
		if after := w.State.Prover(marketplacetest.Account("prover1")).Conduct.History; after <= want {
			t.Fatalf("the fault during the case left a history of %v, before it was %v", after, want)
		}
		slash, found := find[*marketplace.VaultSlashed](executed(w))
		if !found || slash.Context.History != want || opened.History != want {
			t.Errorf("after %v the case keeps a history of %v and is judged by %v, want %v", lines, opened.History, slash.Context.History, want)
		}
		w.CheckReplay()
		return want
	}
	if got := history(); got != 0 {
		t.Errorf("a clean prover has a history of %v", got)
	}
	if got := history("submit alice r1 fee=10 allow=prover1", "accept prover1 r1", "deliver prover1 r1", "verdict prover1 r1 invalid"); got == 0 {
		t.Error("a prover with a fault has no history")
	}
}
