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

// Earned and Lost are in the market's own asset, also when a case takes stake in another.
func TestRecordsCountTheOwnAssetAlone(t *testing.T) {
	w := golden(t)
	reporter := balance(w, "alice")
	w.Run("commit alice carol e", "skip 1s", "reveal alice carol e")
	slash, found := find[*marketplace.VaultSlashed](executed(w))
	if !found || slash.Punitive.Total().IsZero() {
		t.Fatalf("the case took %+v", slash)
	}
	if p := w.State.Prover(marketplacetest.Account("carol")); !p.Lost.IsZero() || p.Faults != 1 {
		t.Errorf("carol's record says that it lost %s tokens in %d faults, what it lost is gold", p.Lost.Tokens(), p.Faults)
	}
	if balance(w, "alice") != reporter {
		t.Error("a reporter of a vault in gold is paid in another asset")
	}
}

// A prover that left, is jailed for what it did before and released goes on leaving: the operator's word makes nobody take
// requests that it turned its back on.
func TestReleasedProverThatHadLeftGoesOnLeaving(t *testing.T) {
	for _, c := range []struct{ from, want marketplace.ProverState }{
		{marketplace.StateExiting, marketplace.StateExiting}, {marketplace.StateActive, marketplace.StateActive},
		{marketplace.StateSuspended, marketplace.StateActive}, {marketplace.StateExcluded, marketplace.StateActive},
	} {
		w := standing(t, c.from)
		w.Run("moved prover1 jailed grave for=1h", "skip 1h", "release prover1")
		if got := w.State.Prover(marketplacetest.Account("prover1")).State(); got != c.want {
			t.Errorf("%v, jailed and released: %v, want %v", c.from, got, c.want)
		}
		w.CheckReplay()
	}
}

// Who was suspended for a held penalty, and by the time it is taken for a call, is let go for having met the call; and the
// other way round.
func TestSuspensionEndsForTheCauseItLastHad(t *testing.T) {
	prover := marketplacetest.Account("prover1")
	w := standing(t, marketplace.StateActive)
	w.Unchecked = true
	restand := func(want marketplace.ProverState, why marketplace.Cause) {
		t.Helper()
		for _, event := range marketplace.Restand(w.State, prover) {
			w.Record(event)
		}
		if p := w.State.Prover(prover); p.State() != want || p.Status.Cause != why {
			t.Errorf("it is %v (%v), want %v (%v)", p.State(), p.Status.Cause, want, why)
		}
	}
	w.Run("moved prover1 suspended held-back")
	w.Record(&marketplace.CallMoved{Vault: 1, Calls: risk.Calls{Locks: risk.Call{Stage: risk.Suspended}}})
	restand(marketplace.StateSuspended, marketplace.CauseCalled)
	restand(marketplace.StateSuspended, marketplace.CauseCalled) // once
	w.Record(&marketplace.CallMoved{Vault: 1})
	restand(marketplace.StateActive, marketplace.CausePosted)
}

// economics.md §5.5: one fault in one request takes at most half of the senior, what the bucket holds back included.
func TestFaultTakesAtMostHalfOfTheSenior(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Measure(marketplace.Measures{Epoch: 1, Stake: vadium.Tokens(100), Health: vadium.BpsOne})
	w.Run("fund alice 5000", "delegate alice prover1 900", "ask prover1 high 6 slots=4", "ask prover1 none 6 slots=4",
		"submit alice r0 fee=10 allow=prover1", "submit alice r1 fee=10 cap=95 in=71h allow=prover1", "accept prover1 r0", "accept prover1 r1",
		"submit alice r2 fee=10 allow=prover2", "accept prover2 r2", "at r0.grace-end+1ms", "wait 25h", "submit alice r fee=1700 allow=prover1")
	before := w.State.Vault(1).Senior
	w.Run("accept prover1 r", "at r.grace-end", "measured stake=100", "at r.grace-end+1ms")
	w.Skip(marketplace.MaxHeld)
	w.Wait(vadium.Hour)
	var owed, paid vadium.Amount
	for _, record := range w.Journal() {
		switch e := record.Event.(type) {
		case *marketplace.FaultRecorded:
			if e.Request == w.Request("r").ID {
				owed = e.Penalty.Punitive
			}
		case *marketplace.Slashed:
			if e.Request == w.Request("r").ID {
				paid = paid.MustAdd(e.Punitive.SeniorTotal())
			}
		case *marketplace.DeferredSlashed:
			if e.Request == w.Request("r").ID {
				paid = paid.MustAdd(e.Punitive.SeniorTotal())
			}
		}
	}
	half := before.BpsDown(5_000)
	if !half.MustAdd(vadium.Tokens(10)).Less(owed) {
		t.Fatalf("the fault owes %s tokens, which is no more than half of the senior's %s", owed.Tokens(), before.Tokens())
	}
	if paid != half {
		t.Errorf("of %s tokens owed the senior of %s paid %s, want half", owed.Tokens(), before.Tokens(), paid.Tokens())
	}
	if b := w.State.Backing(1); len(b.Deferred) > 0 || w.State.Vault(1).Cases > 0 {
		t.Errorf("still held back: %+v", b.Deferred)
	}
	w.CheckReplay()
}

// Z10: who met the minimum when the operator raises it is neither shut out nor jailed at once, but has the whole grace to
// follow. Who takes its own stake out below it is shut out at once.
func TestRaisedMinimumGlides(t *testing.T) {
	raised := func() *marketplacetest.World {
		w := marketplacetest.Ready(t, 2)
		w.Run("ask prover1 standard 6 slots=9", "ask prover1 none 6 slots=9", "wait 2m", "params minJunior=200")
		return w
	}
	taken := func(w *marketplacetest.World, name string) bool {
		w.Run("submit alice " + name + " fee=10 allow=prover1")
		return len(w.Request(name).Attempts) > 0
	}
	p := func(w *marketplacetest.World) marketplace.ProverState {
		return w.State.Prover(marketplacetest.Account("prover1")).State()
	}
	w := raised()
	c := w.State.Backing(1).Calls.Entry
	if c.Stage != risk.Called || c.Opened != w.State.Now() || c.Glide.From.Junior != vadium.Tokens(100) || c.Glide.To.Junior != vadium.Tokens(200) {
		t.Fatalf("right after the raise the call is %+v, want one from 100 to 200 tokens", c)
	}
	if !taken(w, "at-once") {
		t.Error("who met the old minimum is assigned nothing right after the raise")
	}

	behind := w.Fork()
	behind.Wait(vadium.Hour)
	if taken(behind, "late") {
		t.Error("who is behind the glide is assigned a request")
	}

	follows := w.Fork()
	follows.Run("fund prover1 100", "junior prover1 60")
	follows.Wait(24 * vadium.Hour)
	if !taken(follows, "half-way") {
		t.Error("who keeps up with the glide is assigned nothing")
	}
	follows.Wait(24 * vadium.Hour)
	if taken(follows, "too-late") {
		t.Error("who has 160 of 200 tokens at the end of the grace is assigned a request")
	}

	// A fault right after the raise: 1 of 112 tokens goes, more than the glide requires by then stays.
	faulty := raised()
	faulty.Run("fund prover1 12", "junior prover1 12", "submit alice f fee=10 allow=prover1", "accept prover1 f", "at f.grace-end+1ms")
	if got := faulty.State.Prover(marketplacetest.Account("prover1")); got.Faults != 1 || got.State() != marketplace.StateActive {
		t.Errorf("after %d faults, one small one right after the raise, prover1 is %v, want active", got.Faults, got.State())
	}

	out := marketplacetest.Ready(t, 2)
	out.Run("ask prover1 standard 6 slots=9", "ask prover1 none 6 slots=9", "wait 2m", "redeem-junior prover1 91")
	for _, after := range []vadium.Duration{0, 2 * vadium.Hour} {
		out.Wait(after)
		if p(out) == marketplace.StateActive && taken(out, marketplacetest.Length(after)) {
			t.Errorf("%d ms after it took all but 9 of its 100 tokens out, prover1 is assigned a request", after)
		}
	}
	below := raised()
	below.Run("params minJunior=300", "redeem-junior prover1 91")
	below.Wait(2 * vadium.Hour)
	below.CheckReplay()
	if taken(below, "below") {
		t.Error("a raise lets a prover go below what was the minimum before")
	}
}
