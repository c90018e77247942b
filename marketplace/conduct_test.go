package marketplace_test

import (
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
	"vadium/vaults/slashing"
)

// What punishing promises, one test each. Those that say "weakness" are named after what a peer gets wrong (Brevis
// ProverNet, numbers of its list of weaknesses); the others after a rule that closes a known attack.

// reported opens a case against prover1's vault.
func reported(w *mt.World, by string) {
	w.Run("commit "+by+" prover1 e", "skip 1s", "reveal "+by+" prover1 e")
}

// executed lets the time for a veto pass.
func executed(w *mt.World) []marketplace.Record {
	w.Skip(marketplace.VetoTime)
	return w.Wait(vadium.Millisecond)
}

// Weakness 1: a slash is floored to whole basis points of the vault, so that a small fault of a large prover costs nothing
// and is reported as paid.
func TestWeakness1LargeProversAreSlashedToTheUnit(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("fund prover1 2001000", "junior prover1 2001000", "ask prover1 none 0.001", "submit alice r fee=0.001", "accept prover1 r")
	before := w.State.VaultOf(mt.Account("prover1")).Slashable()
	w.Run("deliver prover1 r", "verdict prover1 r invalid")
	taken := before.MustSub(w.State.VaultOf(mt.Account("prover1")).Slashable())
	if want := vadium.NewAmount(10_000_000_000_000); taken != want { // 2 % of a lock of half a thousandth
		t.Errorf("a vault of two million tokens lost %v base units, want %v", taken, want)
	}
}

// Weakness 3: stake below a fifth of what it was cannot be slashed any more, and the prover goes on.
func TestWeakness3NoFloorMakesAProverUnslashable(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("fund alice 900", "ask prover1 high 6", "submit alice r1 fee=10 cap=90", "accept prover1 r1", "at r1.grace-end+1ms")
	p := w.State.Prover(mt.Account("prover1"))
	if p.State() != marketplace.StateJailed || p.Status.Cause != marketplace.CauseJuniorSpent {
		t.Errorf("a prover with %s of 100 tokens left is %v (%v), want jailed", w.State.VaultOf(mt.Account("prover1")).Junior.Tokens(), p.State(), p.Status.Cause)
	}
	before := w.State.VaultOf(mt.Account("prover1")).Slashable()
	reported(w, "alice")
	slash, found := find[*marketplace.VaultSlashed](executed(w))
	if !found || slash.Punitive.Total() != before.PpmUp(260_000) {
		t.Errorf("of the last %v tokens a case took %+v, want 20 %% and three tenths of that for its history", before.Tokens(), slash)
	}
}

// Weakness 4: another slash moves a jailed prover to a state that it can leave by itself.
func TestWeakness4NoFaultFreesAJailedProver(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("ask prover1 none 6 slots=4", "submit alice r1 fee=10", "submit alice r2 fee=10", "accept prover1 r1", "accept prover1 r2")
	for range 3 {
		w.Run("deliver prover1 r1", "verdict prover1 r1 invalid")
	}
	p := func() *marketplace.Prover { return w.State.Prover(mt.Account("prover1")) }
	if p().State() != marketplace.StateJailed {
		t.Fatalf("after three strikes prover1 is %v, want jailed", p().State())
	}
	until := p().Status.Until
	w.Run("at r2.grace-end+1ms", "fund prover1 1", "junior prover1 0.000000000000000001")
	if got := p(); got.State() != marketplace.StateJailed || got.Status.Until != until {
		t.Errorf("after another fault and a deposit prover1 is %v until %d, want jailed until %d", got.State(), got.Status.Until, until)
	}
	w.Skip(slashing.JailTerm + vadium.Day)
	w.Run("wait 0s", "submit alice r3 fee=10")
	if r := w.Request("r3"); len(r.Attempts) > 0 {
		t.Error("a jailed prover is assigned a request after its term, without having been released")
	}
}

// Weakness 5: a winner that is deactivated by a slash cannot settle a valid proof and is slashed again.
func TestWeakness5ProverSettlesWhateverStateItIsIn(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("submit alice r fee=10", "accept prover1 r")
	reported(w, "alice")
	w.Run("deliver prover1 r", "verdict prover1 r valid")
	if r := w.Request("r"); r.Phase != marketplace.PhaseSettled || r.Paid.IsZero() {
		t.Errorf("a request of a prover under a case is %v and paid %v", r.Phase, r.Paid)
	}
}

// Weaknesses 7 and 8: a pause stops settlement and not deadlines, and windows change under way.
func TestWeakness7And8PauseAndParametersMoveNoCase(t *testing.T) {
	w := mt.Ready(t, 1)
	reported(w, "alice")
	w.Run("pause x", "skip 72h")
	if records := w.Wait(0); len(records) > 1 {
		t.Errorf("in a pause %d things happened", len(records))
	}
	w.Run("unpause", "params minJunior=50")
	if c := w.State.Case(1); c.VetoUntil != c.Opened.Add(marketplace.VetoTime+72*vadium.Hour) || c.Outcome != marketplace.OutcomeOpen {
		t.Errorf("after a pause of 72 h the case is %+v", c)
	}
}

// Weakness 14: at an overcommitment of twenty, penalties exceed the stake. Here all of an assignment's together stay within its
// lock, and locks within the stake, whatever makes them dearer.
func TestWeakness14PenaltiesStayWithinTheLock(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Measure(marketplace.Measures{Epoch: 1, Stake: vadium.Tokens(101), Health: vadium.BpsOne})
	w.Run("fund alice 900", "submit alice r0 fee=10 allow=prover2", "accept prover2 r0", "at r0.grace-end+1ms",
		"submit alice r fee=100 cap=50 allow=prover1", "accept prover1 r")
	for range 3 {
		w.Run("deliver prover1 r", "verdict prover1 r invalid")
	}
	w.Run("at r.grace-end+1ms")
	a := w.Request("r").Attempts[0]
	held := w.State.Backing(a.Vault)
	if a.Lock.Less(a.Slashed) || w.Request("r").Compensated != vadium.Tokens(50) {
		t.Errorf("of a lock of %s tokens %s were lost, the requester got %s; held back: %+v", a.Lock.Tokens(), a.Slashed.Tokens(),
			w.Request("r").Compensated.Tokens(), held)
	}
}

// Weakness 17: the operator drains what leaves a vault. A veto, an incident and a pause give it nothing.
func TestWeakness17OperatorGainsNothingFromFaults(t *testing.T) {
	w := mt.Ready(t, 2)
	before := balance(w, "operator")
	w.Run("submit alice r fee=10 cap=4", "accept prover1 r", "at r.grace-end+1ms")
	reported(w, "prover2")
	w.Run("veto 1 a favour", "commit prover2 prover1 f", "skip 1s", "reveal prover2 prover1 f")
	executed(w)
	if got := balance(w, "operator"); got != before {
		t.Errorf("the operator had %v and has %v after faults and cases", before, got)
	}
}

// Weakness 18: a delegator of one token keeps a prover for ever. A removed prover's vault is free of cases, whoever holds shares.
func TestWeakness18DelegatorsHoldNobodyBack(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("delegate alice prover1 1")
	reported(w, "alice")
	executed(w)
	if v := w.State.VaultOf(mt.Account("prover1")); v.Cases != 0 {
		t.Errorf("after its case the vault counts %d cases", v.Cases)
	}
}

// Weakness 19: what is slashed goes to the owner's treasury, and the wronged requester gets nothing.
func TestWeakness19RequesterIsCompensatedFirst(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("fund alice 900", "delegate alice prover1 500", "ask prover1 high 6", "submit alice r fee=10 cap=99", "accept prover1 r", "at r.grace-end+1ms")
	slash, _ := find[*marketplace.Slashed](w.Journal())
	if slash.Shares.Requester != vadium.Tokens(99) {
		t.Errorf("of 100 tokens the requester got %s of the 99 it is owed", slash.Shares.Requester.Tokens())
	}
}

// Weakness 20: slashing is switched off. Nothing switches it off: the widest parameters change no penalty.
func TestWeakness20NoParameterSwitchesSlashingOff(t *testing.T) {
	for _, params := range []string{"protocolFeeBps=0", "maxDeliveries=16 backups=0 standDownFeeBps=0", "declineQuota=1000 solvingFeeBps=0"} {
		w := mt.Ready(t, 1)
		w.Run("params "+params, "submit alice r fee=10", "accept prover1 r", "at r.grace-end+1ms")
		if slash, found := find[*marketplace.Slashed](w.Journal()); !found || slash.Punitive.Total() != vadium.Tokens(1) {
			t.Errorf("with %s a no-show costs %+v, want 1 token", params, slash)
		}
	}
}

// Junior drained or laundered: a case takes no junior that open damage caps need; what is missing the senior pays, to burn
// and insurance only.
func TestCaseLeavesTheJuniorThatDamageCapsNeed(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund alice 1900", "delegate alice prover1 900", "ask prover1 high 6", "submit alice r fee=10 cap=95 in=71h allow=prover1", "accept prover1 r")
	reported(w, "prover2")
	slash, found := find[*marketplace.VaultSlashed](executed(w))
	switch {
	case !found:
		t.Fatal("the case was not carried out")
	case slash.Punitive.JuniorTotal() != vadium.Tokens(5) || slash.Punitive.SeniorTotal() != vadium.Tokens(195):
		t.Errorf("of 200 tokens the junior paid %s and the senior %s, want 5 and 195", slash.Punitive.JuniorTotal().Tokens(), slash.Punitive.SeniorTotal().Tokens())
	case slash.Shares.Reporter != vadium.Tokens(5).BpsDown(920):
		t.Errorf("the reporter gets %s tokens, want 9.2 %% of the junior's 5", slash.Shares.Reporter.Tokens())
	}
	w.Run("at r.grace-end+1ms")
	if got := w.Request("r").Compensated; got != vadium.Tokens(95) {
		t.Errorf("the requester of an open request got %s tokens, want its 95", got.Tokens())
	}
}

// Delegators lose at most half in one case, even when the junior is spoken for and everything makes the penalty worse.
func TestCaseTakesAtMostHalfOfTheSenior(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("fund prover2 900", "junior prover2 900", "fund alice 1900", "delegate alice prover1 100", "ask prover1 high 6", "submit alice r fee=10 cap=95 in=71h allow=prover1", "accept prover1 r",
		"commit alice prover2 x", "commit alice prover3 y", "skip 1s", "reveal alice prover2 x", "reveal alice prover3 y", "veto 2 not this one")
	reported(w, "prover3")
	w.Skip(marketplace.MaxCase)
	w.Wait(0)
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.VaultSlashed); ok && e.Vault == 1 {
			if e.Penalty.Fraction <= 500_000 || e.Punitive.SeniorTotal() != vadium.Tokens(50) {
				t.Errorf("at a fraction of %d ppm the senior of 100 tokens paid %s, want 50", e.Penalty.Fraction, e.Punitive.SeniorTotal().Tokens())
			}
			return
		}
	}
	t.Error("the case was not carried out after five days")
}

// Breakers give no free passes: what the bucket holds back is the sum that is taken in the end, and a held case is carried
// out after five days though the breaker still says otherwise.
func TestWhatIsHeldBackIsTakenWithinFiveDays(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund alice 9900", "fund prover1 900", "junior prover1 900", "fund prover2 9900", "junior prover2 9900", "ask prover1 none 6 slots=2", "wait 1h")
	w.Run("submit alice r0 fee=2000 allow=prover2", "accept prover2 r0", "at r0.grace-end+1ms",
		"submit alice r1 fee=1000 allow=prover1", "submit alice r2 fee=1000 allow=prover1", "accept prover1 r1", "accept prover1 r2", "at r2.grace-end+1ms")
	var owed, held vadium.Amount
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.FaultRecorded); ok && e.Vault == 1 {
			owed, held = owed.MustAdd(e.Penalty.Total()), held.MustAdd(e.Deferred)
		}
	}
	if held.IsZero() {
		t.Fatal("nothing was held back")
	}
	w.Skip(marketplace.MaxHeld)
	w.Wait(vadium.Hour)
	p := w.State.Prover(mt.Account("prover1"))
	if p.Lost != owed || len(w.State.Backing(1).Deferred) > 0 || w.State.Vault(1).Cases > 0 || p.State() != marketplace.StateActive {
		t.Errorf("of %s tokens %s were taken five days later; the prover is %v, %+v", owed.Tokens(), p.Lost.Tokens(), p.State(), w.State.Backing(1))
	}
}

// Many weak cases keep nobody's money for long: cases that join others end with the first of them, and none can follow while
// one is under way for a day.
func TestClaimsAreFrozenForFiveDaysAtMost(t *testing.T) {
	w := mt.Ready(t, 2)
	reported(w, "prover2")
	first := *w.State.Case(1)
	for i := range 9 {
		w.Run("skip 2h", fmt.Sprintf("commit prover2 prover1 more%d", i), "skip 1s")
		err := w.Try(fmt.Sprintf("reveal prover2 prover1 more%d", i))
		if i < marketplace.MaxCases-1 && err != nil || i >= marketplace.MaxCases-1 && !errors.Is(err, marketplace.ErrCaseUnderWay) {
			t.Errorf("case %d: %v", i+2, err)
		}
	}
	for id := marketplace.CaseID(1); w.State.Case(id) != nil; id++ {
		if c := w.State.Case(id); c.ExecuteBy != first.ExecuteBy || !c.VetoUntil.Before(c.ExecuteBy) {
			t.Errorf("case %d ends by %d, the first by %d", id, c.ExecuteBy, first.ExecuteBy)
		}
	}
	w.Skip(first.ExecuteBy.Sub(w.Now))
	w.Wait(0)
	if v := w.State.Vault(1); v.Cases != 0 {
		t.Errorf("after five days %d cases are open", v.Cases)
	}
	slashed := 0
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.VaultSlashed); ok && !e.Punitive.Total().IsZero() {
			slashed++
		}
	}
	if slashed != 1 {
		t.Errorf("eight cases of one span took stake %d times, want once", slashed)
	}
}

// Who copies evidence that it has just seen earns nothing, however fast it is.
func TestFrontRunningAReportEarnsNothing(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund thief 1", "commit alice prover1 e", "skip 1s")
	for _, line := range []string{"reveal thief prover1 e", "commit thief prover1 e", "reveal thief prover1 e"} { // before alice is heard
		if err := w.Try(line); err == nil && line != "commit thief prover1 e" {
			t.Errorf("%s was not refused", line)
		}
	}
	w.Run("reveal alice prover1 e", "skip 1s")
	if err := w.Try("reveal thief prover1 e"); !errors.Is(err, marketplace.ErrAlreadyReported) {
		t.Errorf("the copy: %v, want %v", err, marketplace.ErrAlreadyReported)
	}
	executed(w)
	if got := balance(w, "thief"); got != vadium.Tokens(1) {
		t.Errorf("the thief has %s tokens, want its 1", got.Tokens())
	}
}

// Invariant 9, P11: a prover and a friend who reports it lose together: at least four fifths of the penalty.
func TestReportingAFriendNeverPays(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("fund friend 1")
	before := w.State.Vault(1).Slashable().MustAdd(balance(w, "friend"))
	reported(w, "friend")
	slash, _ := find[*marketplace.VaultSlashed](executed(w))
	lost := before.MustSub(w.State.Vault(1).Slashable().MustAdd(balance(w, "friend")))
	if least := slash.Punitive.Total().BpsUp(8_000); lost.Less(least) {
		t.Errorf("of a penalty of %s tokens the two lost %s, want at least %s", slash.Punitive.Total().Tokens(), lost.Tokens(), least.Tokens())
	}
}

// A clean prover in a healthy market pays what the function says without any context.
func TestCleanProverPaysTheNeutralPenalty(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("submit alice r fee=10", "accept prover1 r", "at r.grace-end+1ms")
	fault, _ := find[*marketplace.FaultRecorded](w.Journal())
	want := slashing.Neutral()
	want.Severity, want.Class, want.Baseline = 40, slashing.Liveness, 1_000
	if fault.Context != want || fault.Penalty.Fraction != 30_000 || fault.Penalty.Punitive != vadium.Tokens(1) {
		t.Errorf("context %+v, penalty %+v", fault.Context, fault.Penalty)
	}
}

// A journal from before penalties had a context, in which the hour was not marked either, is replayed to what it was: nobody
// gets a record, a bucket or a network of it.
func TestFaultsFromBeforeThereWasAContextLeaveNoRecord(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("submit alice r fee=10 allow=prover1", "accept prover1 r", "deliver prover1 r", "verdict prover1 r invalid", "at r.grace-end+1ms",
		"submit alice s fee=10", "at s.accept-by+1ms")
	older := marketplace.NewState()
	for _, record := range w.Journal() {
		switch e := record.Event.(type) {
		case *marketplace.EpochMarked:
			continue
		case *marketplace.FaultRecorded:
			e.Context = slashing.Inputs{}
		}
		record.Seq = older.NextSeq()
		older.Apply(record)
	}
	for account, p := range older.Provers() {
		if fmt.Sprint(p.Conduct) != fmt.Sprint(marketplace.Conduct{}) || len(p.Status.Strikes) > 0 {
			t.Errorf("%v has a record of %+v, %+v", account, p.Conduct, p.Status)
		}
	}
	if older.Backing(1) != nil || older.Market().Network != nil {
		t.Errorf("the vault has %+v, the network is %+v", older.Backing(1), older.Market().Network)
	}
}

// In jail nothing is forgotten; afterwards the record fades on from where it was.
func TestRecordFadesAsIfThereHadBeenNoJail(t *testing.T) {
	const day = vadium.Day
	p := &marketplace.Prover{}
	at := mt.Start
	marketplace.Offend(p, at, slashing.NoShow, 40) // 3 points
	at = at.Add(10*day + vadium.Hour)
	before := marketplace.HistoryAt(p, at)
	marketplace.Jail(p, at)
	if got := marketplace.HistoryAt(p, at.Add(100*day)); got != before {
		t.Errorf("after 100 days in jail %v are left, want the %v of its first day", got, before)
	}
	marketplace.Release(p, at.Add(100*day))
	for _, c := range []struct {
		after vadium.Duration
		want  slashing.MilliPoints
	}{
		{23*vadium.Hour - 1, slashing.DecayHistory(3_000, 10)}, {23 * vadium.Hour, slashing.DecayHistory(3_000, 11)},
		{20*day - vadium.Hour, slashing.DecayHistory(3_000, 30)},
	} {
		if got := marketplace.HistoryAt(p, at.Add(100*day).Add(c.after)); got != c.want {
			t.Errorf("%d ms after jail: %v, want %v", c.after, got, c.want)
		}
	}
}

// Correlation counts each prover once, with its latest fault, for 72 hours: against a sum over all of them.
func TestCorrelationCountsEachProverOnceFor72Hours(t *testing.T) {
	marketplace.CheckRecent(t)
}

// What was slashed since the stake was measured is no stake any more: of cases that come due together the breaker holds the
// second, as it would an hour later.
func TestSlashBreakerCountsWhatWasSlashedThisHour(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund prover1 425", "junior prover1 425", "fund prover2 375", "junior prover2 375", "commit alice prover1 e", "commit alice prover2 f",
		"skip 1s", "reveal alice prover1 e", "reveal alice prover2 f")
	executed(w) // a fifth of 525 tokens of 1,000
	first, second := w.State.Case(1), w.State.Case(2)
	if first.Outcome != marketplace.OutcomeSlashed || second.Outcome != marketplace.OutcomeOpen {
		t.Fatalf("after 10.5 %% of the stake was slashed in the first case, it is %v and the second %v, want slashed and open", first.Outcome, second.Outcome)
	}
	w.Wait(vadium.Day)
	if got := w.State.Case(2).Outcome; got != marketplace.OutcomeSlashed {
		t.Errorf("a day later the second is %v, want slashed", got)
	}
}
