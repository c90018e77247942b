package marketplace_test

import (
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// An undecided verdict on a backup's delivery gives that backup its time back. It is no reason for the silent primary
// to owe less for what the requester had to wait: the request's own deadline stays.
func TestUndecidedVerdictOnABackupDoesNotMoveTheRequestsDeadline(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("submit alice r fee=10 cap=4 in=2m", "accept prover1 r")
	deadline := w.Request("r").Deadline
	w.Run("at r.heartbeat-by+1ms", "accept prover2 r", "at r/0.deadline+30s", "deliver prover2 r", "wait 1s", "verdict prover2 r undecided")
	if got := w.Request("r").Deadline; got != deadline {
		t.Errorf("the deadline moved by %s, want it to stay", marketplacetest.Length(got.Sub(deadline)))
	}
	if got, want := w.Request("r").Attempts[1].GraceEnd, w.Request("r").GraceEnd; got != want {
		t.Errorf("the backup's grace ends at %d and the request's at %d", got, want)
	}
	w.Run("deliver prover2 r", "verdict prover2 r valid", "wait 10m")
	r := w.Request("r")
	if r.Phase != marketplace.PhaseSettled || r.Compensated.IsZero() {
		t.Errorf("request is %v and its requester was paid %s tokens of damages, want settled and some", r.Phase, r.Compensated.Tokens())
	}
	w.CheckReplay()
}

// A program whose keys only its registrant vouches for counts for no score: not even for the free quota of declines,
// which its registrant could otherwise use up for others.
func TestDecliningUnpunishableRequestsUsesNoQuota(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("program homemade keys=registrant by=alice", "serve prover1 homemade 10s")
	for i := range 4 {
		w.Run(fmt.Sprintf("submit alice r%d program=homemade in=20m", i), fmt.Sprintf("decline prover1 r%d", i))
	}
	if got := w.State.Prover(marketplacetest.Account("prover1")).Declines; got != 0 {
		t.Errorf("declines = %d after declining unpunishable requests, want 0", got)
	}
}

// A claim that the input does not satisfy is no decline: it is never charged, however many there were that day.
func TestDisputeIsNeverChargedAsADecline(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	for i := range 3 {
		w.Run(fmt.Sprintf("submit alice r%d in=20m", i), fmt.Sprintf("decline prover1 r%d", i))
	}
	w.Run("submit alice r in=20m")
	records := w.Must(w.Do("prover1", marketplace.DisputeInput{Request: w.Request("r").ID}))
	for _, record := range records {
		if e, ok := record.Event.(*marketplace.AssignmentEnded); ok && e.Charged {
			t.Errorf("%s: a dispute is charged", w.Describe(record))
		}
	}
}

// A backup is paid for standing by. One that fell silent itself did not stand by.
func TestSilentBackupEarnsNoStandDownFee(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("submit alice r in=10m", "accept prover1 r", "at r.heartbeat-by+1ms", "accept prover2 r", "at r.heartbeat-by+1ms",
		"deliver prover1 r", "verdict prover1 r valid")
	if got := w.State.Balance(marketplacetest.Account("prover2")); !got.IsZero() {
		t.Errorf("the silent backup was paid %s tokens, want nothing", got.Tokens())
	}
	if got := w.Request("r").Attempts[1].Stage; got != marketplace.StageReleased {
		t.Errorf("the silent backup is %v, want released", got)
	}
}

// Resigning is for provers that give up in time. After grace it would only dodge the no-show while the market has not
// noticed yet.
func TestResigningAfterGraceIsTooLate(t *testing.T) {
	for _, c := range []struct {
		after vadium.Duration
		want  error
	}{{0, nil}, {vadium.Millisecond, marketplace.ErrTooLate}} {
		w := marketplacetest.Ready(t, 1)
		w.Run("submit alice r in=10m", "accept prover1 r")
		r := w.Request("r")
		w.Skip(r.GraceEnd.Sub(w.Now) + c.after)
		if _, err := w.Do("prover1", marketplace.Resign{Request: r.ID}); !errors.Is(err, c.want) {
			t.Errorf("resigning %s after grace = %v, want %v", marketplacetest.Length(c.after), err, c.want)
		}
	}
}

// 64 requests that nobody will ever take must not keep the automatic re-try from those behind them.
func TestRequestsNobodyTakesDoNotStarveTheOnesBehindThem(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.DigestEvery = 0
	w.Run("submit alice first in=48h", "accept prover1 first")
	for i := range 100 {
		w.Run(fmt.Sprintf("submit alice cheap%d fee=0.01 in=48h", i))
	}
	w.Run("fund bob 10", "submit bob good in=48h")
	w.Run("deliver prover1 first", "verdict prover1 first valid")
	for range 100 { // whatever frees supply, once in a while
		if w.Request("good").Phase == marketplace.PhaseAssigned {
			return
		}
		w.Run("serve prover1 membership 10s")
	}
	t.Errorf("the request behind 100 that nobody takes is %v after 100 chances, want assigned", w.Request("good").Phase)
}

// What invalid proofs cost comes out of the punitive part of the lock. Otherwise a prover with many deliveries could burn
// the lock first, and the requester would go without the damages it was promised.
func TestInvalidProofsLeaveTheDamagesAlone(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("params maxDeliveries=16", "ask prover1 high 6", "at epoch-end", "submit alice r fee=6 cap=80 in=1m", "accept prover1 r")
	for range 16 {
		w.Run("deliver prover1 r", "verdict prover1 r invalid")
	}
	w.Run("at r.grace-end+1ms")
	if r := w.Request("r"); r.Compensated != vadium.Tokens(80) {
		t.Errorf("after 16 invalid proofs and no valid one the requester got %s tokens of damages, want its cap of 80", r.Compensated.Tokens())
	}
	if a := w.Request("r").Attempts[0]; a.Slashed != a.Lock {
		t.Errorf("the prover lost %s tokens, want its whole lock of %s", a.Slashed.Tokens(), a.Lock.Tokens())
	}
}

// A silent primary pays what its backup costs more from its own stake. What its junior stake cannot pay, the requester
// bears; delegators do not.
func TestPremiumNeverTakesDelegatorsMoney(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund thin 10", "vault thin 10", "serve thin membership 10s", "ask thin standard 1", "fund carol 90", "delegate carol thin 90", "at epoch-end",
		"submit alice r fee=60 cap=1", "accept thin r", "at r.heartbeat-by+1ms", "accept prover1 r", "deliver prover1 r", "verdict prover1 r valid")
	records := w.Must(w.Do("thin", marketplace.Resign{Request: w.Request("r").ID}))
	charged, ok := find[*marketplace.ActivationCharged](records)
	if !ok || charged.Loss.Total() != vadium.Tokens(9) || !charged.Loss.SeniorTotal().IsZero() {
		t.Errorf("the premium of 54 tokens took %+v, want the 9 tokens of junior stake that no damage cap needs", charged)
	}
}

// The solving fee is for those who found the input unsatisfiable, not for those who declined or were silent before.
func TestOnlyThoseWhoDisputedEarnSolvingFees(t *testing.T) {
	w := marketplacetest.Ready(t, 4)
	w.Run("submit alice bad", "decline prover1 bad", "wait 30.001s", "dispute prover3 bad", "dispute prover4 bad")
	for name, want := range map[string]string{"prover1": "0", "prover2": "0", "prover3": "0.5", "prover4": "0.5"} {
		if got := w.State.Balance(marketplacetest.Account(name)).Tokens(); got != want {
			t.Errorf("%s earned %s tokens, want %s", name, got, want)
		}
	}
}

// Whoever proves in a primary's place is rewarded from what that primary loses, not from what another backup loses.
func TestRescuerIsRewardedByThePrimaryAlone(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("submit alice r", "accept prover1 r", "resign prover1 r", "accept prover2 r", "resign prover2 r", "accept prover3 r", "deliver prover3 r")
	w.Run("verdict prover3 r valid")
	rescued := map[uint32]bool{}
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.Slashed); ok {
			rescued[e.Attempt] = !e.Shares.Rescuer.IsZero()
		}
	}
	if want := map[uint32]bool{0: true, 1: false}; fmt.Sprint(rescued) != fmt.Sprint(want) {
		t.Errorf("rewarded from the losses of assignments %v, want %v", rescued, want)
	}
}
