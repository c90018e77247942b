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

// A friend who reports the mild ends of a gross lie shields nothing: the graver case is opened beside it, and both together cost
// what the graver does. What is as mild, or milder, was reported before.
func TestMildEndsShieldNoGrossDeviation(t *testing.T) {
	w := ofSeven(t)
	w.Run("wait 10s", "round X 2000 rep7=2055", "wait 10s",
		"rounds X 2000 rep7=3000 every=10s for=80s", "wait 10s", "round X 2000 rep7=2055")
	mild := "bob rep7 mild offence=oracle-deviation feed=X rounds=2,11 upstream=2000,2000"
	gross := "alice rep7 gross offence=oracle-deviation feed=X rounds=3,10 upstream=2000,2000"
	again := "alice rep7 again offence=oracle-deviation feed=X rounds=2,9 upstream=2000,2000"
	w.Run("commit "+mild, "commit "+gross, "commit "+again, "wait 1s", "reveal "+mild, "reveal "+gross)
	if c, d := w.State.Case(1), w.State.Case(2); c == nil || d == nil || c.Severity >= d.Severity || d.Severity != 60 {
		t.Fatalf("the cases are %+v and %+v, want the second as grave as it gets", c, d)
	}
	if err := w.Try("reveal " + again); !errors.Is(err, marketplace.ErrAlreadyReported) {
		t.Errorf("the mild one with another end: %v, want %v", err, marketplace.ErrAlreadyReported)
	}
	w.Run("wait 2h")
	total := vadium.Amount{}
	for _, s := range slashed(w) {
		total = total.MustAdd(s.Punitive.Total()).MustAdd(s.Deferred)
	}
	alone := w.State.Case(2)
	if all := slashed(w); len(all) != 2 || alone.Outcome != marketplace.OutcomeSlashed || total != all[1].Penalty.Punitive {
		t.Errorf("%d slashes took %s tokens, want two that take what the graver does", len(all), total.Tokens())
	}
	if err := w.State.CheckInvariants(); err != nil {
		t.Error(err)
	}
	w.CheckReplay()
}

// Petty cases keep no grave ones out, however many there are and however old, and of stale observations one is open at a time.
func TestPettyCasesShieldNoGraveOnes(t *testing.T) {
	w := ofSeven(t)
	w.Run("params oracleVetoMs=172800000", "rounds X 2000 rep7=3000 every=20s for=120s")
	for i := range 2 {
		w.Run(fmt.Sprintf("sign rep7 X %d 2000 ago=40s", 100+i), fmt.Sprintf("commit bob rep7 s%d offence=stale-oracle feed=X rounds=%d", i, 100+i))
	}
	deviation, equivocation := "alice rep7 d offence=oracle-deviation feed=X rounds=2,6 upstream=2000,2000", "alice rep7 e offence=report-equivocation feed=X rounds=200"
	w.Run("sign rep7 X 200 2000", "sign rep7 X 200 2001", "wait 1s", "reveal bob rep7 s0 offence=stale-oracle feed=X rounds=100")
	if err := w.Try("reveal bob rep7 s1 offence=stale-oracle feed=X rounds=101"); !errors.Is(err, marketplace.ErrCaseUnderWay) {
		t.Errorf("another stale observation: %v, want %v", err, marketplace.ErrCaseUnderWay)
	}
	w.Run("wait 25h", "commit "+deviation, "commit "+equivocation, "wait 1s", "reveal "+deviation, "reveal "+equivocation)
	for id, want := range []slashing.Offence{slashing.StaleOracle, slashing.OracleDeviation, slashing.ReportEquivocation} {
		c := w.State.Case(marketplace.CaseID(id + 1))
		if c == nil || c.Offence != want || c.ExecuteBy.Before(c.VetoUntil) {
			t.Errorf("case %d is %+v, want one of %v", id+1, c, want)
		}
	}
	w.Run("wait 72h")
	if n := len(slashed(w)); n != 3 || w.State.Prover(mt.Account("rep7")).State() != marketplace.StateTombstoned {
		t.Errorf("%d cases were carried out, want three", n)
	}
	w.CheckReplay()
}
