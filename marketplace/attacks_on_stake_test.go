package marketplace_test

import (
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// A delegator who leaves brings no call upon its prover: what it redeems goes on backing the locks there are, and nothing new.
func TestADelegatorWhoLeavesCallsNothingIn(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund mallory 2000", "delegate mallory prover1 890", "fund alice 2000", "ask prover1 none 6 slots=100 eta=5d")
	w.Wait(vadium.Day + vadium.Hour)
	for i := range 9 {
		w.Run(fmt.Sprintf("submit alice q%d fee=200 allow=prover1 in=7d", i), fmt.Sprintf("accept prover1 q%d", i))
	}
	w.Run("redeem mallory prover1 all", "wait 3h")
	id := w.State.Prover(mt.Account("prover1")).Vault
	if b := w.State.Backing(id); b != nil && b.Calls.Locks.Stage != risk.Met {
		t.Errorf("with its delegator on the way out the vault is %v", b.Calls.Locks.Stage)
	}
	w.Run("submit alice more fee=200 allow=prover1")
	if got := w.Request("more").Phase; got == marketplace.PhaseAssigned {
		t.Error("stake that leaves backs something new")
	}
}

// Nobody makes the penalties of others larger, or failing together the usual thing, by failing in requests of next to nothing.
func TestAFaultOfNextToNothingCorrelatesWithNothing(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("fund alice 1000", "fund prover1 300", "ask prover1 none 0.001", "junior prover1 300")
	w.Wait(vadium.Day + vadium.Hour)
	w.Run("submit alice x fee=0.001 allow=prover1", "accept prover1 x", "at x.deadline+1ms", "deliver prover1 x", "verdict prover1 x valid")
	w.Run("submit alice r fee=10 allow=prover2", "accept prover2 r", "at r.grace-end+1ms")
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.FaultRecorded); ok && e.Context.Correlation > 0 {
			t.Errorf("%v of %v correlates by %d bps with a proof of 0.001 tokens that was a millisecond late", e.Offence, e.Prover, e.Context.Correlation)
		}
	}
	// And nobody takes a fault that counts back by one that counts for nothing.
	w.Run("submit alice y fee=0.001 allow=prover1", "accept prover1 y", "at y.deadline+1ms", "deliver prover1 y", "verdict prover1 y valid",
		"submit alice large fee=100 allow=prover1", "accept prover1 large", "at large.grace-end+1ms")
	before := w.State.Prover(mt.Account("prover1")).Conduct.LastFault[slashing.Liveness-1]
	w.Run("submit alice z fee=0.001 allow=prover1", "accept prover1 z", "at z.deadline+1ms", "deliver prover1 z", "verdict prover1 z valid")
	if after := w.State.Prover(mt.Account("prover1")).Conduct.LastFault[slashing.Liveness-1]; after.Stake.Less(before.Stake) || before.Stake.IsZero() {
		t.Errorf("after a fault of next to nothing %v counts, before it was %v", after.Stake, before.Stake)
	}
}

// The market's health follows what is locked for the work that ends, not how many requests end.
func TestRequestsOfNextToNothingSayNothingOfHealth(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund alice 1000", "ask prover1 none 0.001 slots=100", "ask prover2 none 0.001 slots=100")
	w.Wait(vadium.Day + vadium.Hour)
	w.Run("submit alice good fee=100 allow=prover2", "accept prover2 good", "deliver prover2 good", "verdict prover2 good valid")
	for i := range 24 {
		id := fmt.Sprint("d", i)
		w.Run("submit alice "+id+" fee=0.001 allow=prover1", "accept prover1 "+id, "resign prover1 "+id)
	}
	w.Run("wait 2h")
	if got := w.State.Network().Measures.Health; got < 9_990 {
		t.Errorf("after 24 faults of 0.001 tokens beside one proof of 100 the health is %d, want 9,990 at least", got)
	}
}

// Stake that no fault reaches any more is not part of the stake that measures are taken of.
func TestStakeOfVaultsWithoutAProverIsNotMeasured(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("fund mallory 1000", "delegate mallory prover1 800", "exit prover1", "redeem-junior prover1 all")
	w.Skip(14 * vadium.Day)
	w.Run("resume", "collect prover1 prover1 1", "fund prover1 100", "vault prover1 100", "wait 2h")
	if got := w.State.Network().Measures.Stake; got != vadium.Tokens(200) {
		t.Errorf("the measured stake is %s tokens, want 200", got.Tokens())
	}
}

// The operator sees every ask that is sent in: it may not earn by what it sees.
func TestTheOperatorReportsNobody(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("fund operator 1", "commit operator prover1 e", "skip 1s")
	evidence := marketplace.RevealEvidence{Offender: mt.Account("prover1"), Offence: slashing.BidEquivocation, Holds: true}
	if _, err := w.Do("operator", evidence); !errors.Is(err, marketplace.ErrNotReportable) {
		t.Errorf("a report of the operator's: %v, want %v", err, marketplace.ErrNotReportable)
	}
}
