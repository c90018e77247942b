package marketplace_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// undecided delivers n times what verification cannot decide, a minute each.
func undecided(w *marketplacetest.World, prover string, n int) {
	for range n {
		w.Run("deliver "+prover+" r", "wait 1m", "verdict "+prover+" r undecided")
	}
}

// unharmed fails the test if an assignment was punished or still holds stake.
func unharmed(t *testing.T, w *marketplacetest.World, prover string, attempt uint32) {
	t.Helper()
	a := w.Request("r").Attempts[attempt]
	if a.Stage != marketplace.StageExcused {
		t.Errorf("assignment %d is %v, want excused", attempt, a.Stage)
	}
	if _, locked := w.State.LockOf(w.Request("r").ID, attempt); locked || !a.Slashed.IsZero() {
		t.Errorf("assignment %d is locked: %t, and lost %s tokens; want neither", attempt, locked, a.Slashed.Tokens())
	}
	p := w.State.Prover(marketplacetest.Account(prover))
	if p.Marks != 0 || p.Faults != 0 || p.Declines != 0 {
		t.Errorf("%s has %d marks, %d faults and %d declines, want none: the failure was the market's", prover, p.Marks, p.Faults, p.Declines)
	}
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.FaultRecorded); ok && e.Prover == marketplacetest.Account(prover) {
			t.Errorf("%s", w.Describe(record))
		}
	}
}

// A proof that passes the guards and kills whoever looks at it could be delivered for ever, and hold its requester's
// escrow. The last of a bounded number of undecided verdicts ends the assignment, without a fault, and the backup begins.
func TestTheLastUndecidedVerdictEndsTheAssignmentAndTheBackupBegins(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("submit alice r fee=10 cap=4 in=30m", "accept prover1 r")
	undecided(w, "prover1", int(marketplace.DefaultParams().MaxUndecided)-1)
	if a := w.Request("r").Attempts[0]; a.Stage != marketplace.StageAccepted || a.Undecided != 2 {
		t.Fatalf("after two undecided verdicts the assignment is %v and counts %d, want accepted and 2", a.Stage, a.Undecided)
	}
	undecided(w, "prover1", 1)
	unharmed(t, w, "prover1", 0)
	if err := w.Try("deliver prover1 r"); kindOf(t, err) != marketplace.ErrNotAssigned {
		t.Errorf("delivering once more = %v, want %v", err, marketplace.ErrNotAssigned)
	}
	r := w.Request("r")
	if len(r.Attempts) != 2 || r.Attempts[1].Prover != marketplacetest.Account("prover2") || r.Attempts[1].Stage != marketplace.StageOffered {
		t.Fatalf("assignments are %+v, want the backup's as well", r.Attempts)
	}
	w.Run("accept prover2 r", "deliver prover2 r", "verdict prover2 r valid")
	r = w.Request("r")
	if r.Phase != marketplace.PhaseSettled || r.Paid != r.Attempts[1].Price || !r.Compensated.IsZero() {
		t.Errorf("the request is %v, paid %s tokens and got %s of damages; want settled at the backup's price, and none", r.Phase, r.Paid.Tokens(), r.Compensated.Tokens())
	}
	unharmed(t, w, "prover1", 0)
	w.CheckReplay()
}

// Where there is no backup the request ends with its grace, at the latest, and everything goes back. What verification
// took is given back to the request too, so that a backup that turns up has the time that was promised.
func TestARequestWhoseProofsNobodyCanDecideIsRefundedInBoundedTime(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("submit alice r fee=10 cap=4 in=30m", "accept prover1 r")
	before := w.Request("r").GraceEnd
	undecided(w, "prover1", 3)
	r := w.Request("r")
	if got, want := r.GraceEnd.Sub(before), 3*vadium.Minute; got != want {
		t.Errorf("grace moved by %s, want by the %s that verification took", marketplacetest.Length(got), marketplacetest.Length(want))
	}
	w.Run("at r.grace-end+1ms")
	r = w.Request("r")
	if r.Phase != marketplace.PhaseFailed || !r.Escrow.IsZero() || !r.Paid.IsZero() {
		t.Errorf("the request is %v, with %s tokens in escrow and %s paid; want failed, and neither", r.Phase, r.Escrow.Tokens(), r.Paid.Tokens())
	}
	unharmed(t, w, "prover1", 0)
	w.CheckReplay()
}

// The verdicts that count are the assignment's own: its backup has as many, and when all who can have had theirs the
// request waits for its end and nothing else.
func TestUndecidedVerdictsAreCountedForEachAssignment(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("params maxUndecided=1", "submit alice r fee=10 cap=4 in=30m", "accept prover1 r")
	undecided(w, "prover1", 1)
	w.Run("accept prover2 r")
	undecided(w, "prover2", 1)
	unharmed(t, w, "prover1", 0)
	unharmed(t, w, "prover2", 1)
	w.Run("at r.grace-end+1ms")
	if got := w.Request("r").Phase; got != marketplace.PhaseFailed {
		t.Errorf("the request is %v, want failed", got)
	}
	w.CheckReplay()
}

// An overtaken primary that can still be punctual keeps the request open. It may not do so for ever either.
func TestAnOvertakenPrimaryWithUndecidableProofsLetsTheRequestSettle(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("params maxUndecided=2", "submit alice r fee=10 cap=4 in=30m", "accept prover1 r", "at r.heartbeat-by+1ms", "accept prover2 r",
		"deliver prover2 r", "verdict prover2 r valid")
	undecided(w, "prover1", 1)
	if got := w.Request("r").Phase; got != marketplace.PhaseProved {
		t.Fatalf("the request is %v, want proved", got)
	}
	undecided(w, "prover1", 1)
	if got := w.Request("r").Phase; got != marketplace.PhaseSettled {
		t.Errorf("the request is %v, want settled", got)
	}
	unharmed(t, w, "prover1", 0)
	w.CheckReplay()
}

// Somebody has accepted the request, and so said that the input satisfies. That nobody could decide on its proof is no
// reason to believe others who say that it does not.
func TestDisputesAfterAnUndecidedProofWaitForTheRequestsEnd(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("params maxUndecided=1", "submit alice r fee=10 cap=4 in=30m", "accept prover1 r")
	undecided(w, "prover1", 1)
	w.Run("dispute prover2 r", "dispute prover3 r")
	if got := w.Request("r").Phase; got != marketplace.PhaseAccepted {
		t.Errorf("the request is %v, want accepted", got)
	}
	w.Run("at r.grace-end+1ms")
	if r := w.Request("r"); r.Phase != marketplace.PhaseFailed || !r.Paid.IsZero() {
		t.Errorf("the request is %v and paid %s tokens, want failed and nothing", r.Phase, r.Paid.Tokens())
	}
	w.CheckReplay()
}

// In a pause the backup waits for the pause's end.
func TestTheLastUndecidedVerdictInAPause(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("params maxUndecided=1", "submit alice r fee=10 cap=4 in=30m", "accept prover1 r", "deliver prover1 r", "pause", "wait 5m",
		"verdict prover1 r undecided")
	unharmed(t, w, "prover1", 0)
	if n := len(w.Request("r").Attempts); n != 1 {
		t.Errorf("%d assignments in the pause, want none more", n)
	}
	w.Run("unpause")
	if n := len(w.Request("r").Attempts); n != 2 {
		t.Errorf("%d assignments after the pause, want the backup's as well", n)
	}
	w.CheckReplay()
}

// A journal from before there was the parameter, and the count, reads as it always did, and what it says is encoded as it
// was: the parameter's default holds.
func TestJournalsWithoutACountOfUndecidedVerdictsGoOn(t *testing.T) {
	params := marketplace.DefaultParams()
	params.MaxUndecided, params.Unbonding, params.CallGrace, params.StaleAfter, params.FeedNotice, params.OracleVeto, params.CostVolatility = 0, 0, 0, 0, 0, 0, 0
	params.StandardTick, params.BulkTick, params.IndexStep = 0, 0, 0
	encoded, err := rlp.EncodeToBytes(params)
	if err != nil {
		t.Fatal(err)
	}
	var fields []rlp.RawValue
	if err := rlp.DecodeBytes(encoded, &fields); err != nil || len(fields) != 22 {
		t.Errorf("parameters without the new one have %d fields (%v), want the 22 they had", len(fields), err)
	}
	if encoded, err = rlp.EncodeToBytes(marketplace.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if err := rlp.DecodeBytes(encoded, &fields); err != nil || len(fields) != 19 {
		t.Errorf("an assignment without undecided verdicts has %d fields (%v), want the 19 it had", len(fields), err)
	}
	w := marketplacetest.Ready(t, 1)
	w.Run("submit alice r fee=10 cap=4 in=30m", "accept prover1 r")
	id := w.Request("r").ID
	old := marketplace.NewState()
	for _, record := range w.Journal() {
		if opened, is := record.Event.(*marketplace.MarketOpened); is {
			p := &opened.Params
			p.MaxUndecided, p.Unbonding, p.CallGrace, p.StaleAfter, p.FeedNotice, p.OracleVeto, p.CostVolatility = 0, 0, 0, 0, 0, 0, 0
		}
		old.Apply(reread(t, record))
	}
	now := w.Now
	carryOut := func(c marketplace.Command) {
		events, err := old.Decide(now, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range events {
			old.Apply(reread(t, marketplace.Record{Seq: old.NextSeq(), At: now, Event: event}))
		}
	}
	proof := marketplacetest.Proof("killer")
	for n := range marketplace.DefaultParams().MaxUndecided {
		if got := old.Request(id).Attempts[0].Stage; got != marketplace.StageAccepted {
			t.Fatalf("after %d undecided verdicts the assignment is %v, want accepted", n, got)
		}
		carryOut(w.Command("prover1", marketplace.Deliver{Request: id, Proof: proof}))
		carryOut(marketplace.Command{Body: marketplace.Conclude{Request: id, Proof: proof, Verdict: marketplace.VerdictUndecided}})
	}
	if got := old.Request(id).Attempts[0].Stage; got != marketplace.StageExcused {
		t.Errorf("after as many undecided verdicts as the default allows the assignment is %v, want excused", got)
	}
}

// reread returns a record as a journal gives it back.
func reread(t *testing.T, record marketplace.Record) (read marketplace.Record) {
	t.Helper()
	encoded, err := rlp.EncodeToBytes(record)
	if err == nil {
		err = rlp.DecodeBytes(encoded, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read
}
