package marketplace_test

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
	"vadium/vaults/slashing"
)

// A pause freezes deadlines: a verdict that falls into it finds no primary late that was not late before.
func TestAVerdictInAPauseMakesNobodyLate(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("submit alice r fee=10 cap=4 in=5m", "accept prover1 r", "at r.heartbeat-by+1ms", "accept prover2 r", "deliver prover2 r")
	w.Must(w.Do("operator", marketplace.Pause{Reason: "maintenance"}))
	w.Wait(10 * vadium.Minute)
	w.Run("verdict prover2 r valid")
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.FaultRecorded); ok && e.Offence == slashing.NoShow {
			t.Errorf("%v of %v while deadlines are frozen", e.Offence, e.Prover)
		}
	}
	w.Must(w.Do("operator", marketplace.Unpause{}))
	if err := w.Try("deliver prover1 r"); err != nil {
		t.Errorf("the primary's punctual proof after the pause: %v, want it taken", err)
	}
}

// sybils opens two vaults that ask next to nothing for requests of a program, and returns their names.
func sybils(w *mt.World, program string) []string {
	names := []string{"sybil0", "sybil1"}
	for i, name := range names {
		w.Run("fund "+name+" 10", "vault "+name+" 10", "serve "+name+" "+program+" 10s")
		product := auction.Product{Size: w.State.Listing(mt.Program(program).ID()).Size, Tier: auction.Immediate}
		w.Must(w.Do(name, marketplace.PlaceAsk{
			Product: product, Price: vadium.NewAmount(uint64(1 + i)), Slots: 100, Capacity: 100, ETA: vadium.Second, StandUntil: vadium.Forever,
		}))
	}
	return names
}

// What somebody pays for a program of their own, to provers of their own, says nothing about what others should pay.
func TestPricesOfAStrangersProgramSetNobodysReserve(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("fund mallory 1", "program evil keys=universal by=mallory")
	names := sybils(w, "evil")
	for i := range 6 {
		id := fmt.Sprintf("m%d", i)
		w.Run("submit mallory " + id + " program=evil fee=0.001 in=10m")
		for _, name := range names {
			if w.Try("accept "+name+" "+id) == nil {
				w.Run("deliver "+name+" "+id, "verdict "+name+" "+id+" valid")
			}
		}
	}
	w.Run("submit alice r fee=10 in=10m")
	if r := w.Request("r"); r.Phase == marketplace.PhaseOpen {
		t.Errorf("a request of 10 tokens waits with a reserve of %v base units", r.Reserve)
	}
}

// A deny list keeps rivals out as an allow list does, and a price nobody has earned is no price.
func TestPricesUnderADenyListOrNeverEarnedSetNobodysReserve(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("fund mallory 1")
	names := sybils(w, "membership")
	product := auction.Product{Size: w.State.Listing(mt.Program("membership").ID()).Size, Tier: auction.Immediate}
	for i := range 12 {
		s := w.Submission(fmt.Sprintf("m%d", i))
		s.MaxFee, _ = vadium.ParseTokens("0.001")
		if i%2 == 0 {
			s.Deny = []vadium.Account{mt.Account("prover1"), mt.Account("prover2"), mt.Account("prover3")}
		}
		w.Must(w.Do("mallory", s))
	}
	for _, name := range names {
		w.Must(w.Do(name, marketplace.WithdrawAsk{Product: product}))
	}
	w.Run("submit alice r fee=10 in=10m")
	if r := w.Request("r"); r.Phase == marketplace.PhaseOpen {
		t.Errorf("a request of 10 tokens waits with a reserve of %v base units", r.Reserve)
	}
}

// One stranger's benchmark neither moves a program to a product nobody asks for nor makes a trap of the deadline.
func TestOneStrangersBenchmarkMovesNoProduct(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("fund evil 10", "vault evil 10", "serve evil membership 1ms", "submit alice r fee=10 in=10m")
	if r := w.Request("r"); r.Phase == marketplace.PhaseOpen {
		t.Errorf("the request waits in product %v, which nobody asks for", r.Product)
	}
	if err := w.Try("submit alice r2 fee=10 in=2ms"); err == nil {
		t.Error("a deadline 2 ms away is accepted")
	}
}

// Programs whose keys only their registrant vouches for count for nobody's record.
func TestFaultsUnderRegistrantKeysAreOnNobodysRecord(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("program homemade keys=registrant by=alice", "serve prover1 homemade 10s", "submit alice r program=homemade in=1m",
		"accept prover1 r", "at r.grace-end+1ms")
	if p := w.State.Prover(mt.Account("prover1")); p.Faults != 0 || p.Marks != 0 || p.Late != 0 {
		t.Errorf("the record says %d faults, %d late, %d marks; want none", p.Faults, p.Late, p.Marks)
	}
}

// A journal in which a ranked backup was passed over for one behind it does not survive a recheck.
func TestRecheckNoticesAPassedOverBackup(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("submit alice r fee=10 in=10m", "decline prover1 r")
	s, tried := marketplace.NewState(), false
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.RequestAssigned); ok && !e.Cleared {
			r, cheat := s.Request(e.Request), *e
			cheat.Attempt.Prover, cheat.Attempt.Price = r.Ranked[1].Prover, r.Ranked[1].Payment
			if _, _, err := s.Recheck(record); err != nil {
				t.Errorf("Recheck of the honest choice = %v, want nil", err)
			}
			if _, _, err := s.Recheck(marketplace.Record{Seq: record.Seq, At: record.At, Event: &cheat}); err == nil {
				t.Error("Recheck = nil although the first backup was passed over")
			}
			tried = true
		}
		s.Apply(record)
	}
	if !tried {
		t.Fatal("no ranked backup was assigned")
	}
}

// A queue of ours makes nobody late: what counts is when the shell had the proof, never later than now.
func TestAProofThatWaitedForItsTurnArrivedWhenItCame(t *testing.T) {
	for _, c := range []struct {
		name     string
		received vadium.Duration // relative to the deadline
		late     bool
	}{
		{"received at the deadline", 0, false},
		{"received a millisecond late", 1, true},
		{"received in the future counts as now", vadium.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := mt.Ready(t, 1)
			w.Run("submit alice r fee=10 in=5m", "accept prover1 r")
			w.Run("heartbeat prover1 r")
			deadline := w.Request("r").Deadline
			w.Wait(deadline.Sub(w.Now) + 2*vadium.Second)
			w.Must(w.Do("prover1", marketplace.Deliver{Request: w.Request("r").ID, Proof: mt.Proof("r"), Received: deadline.Add(c.received)}))
			at := w.Request("r").Attempts[0].Pending[0].At
			if got := at.After(deadline); got != c.late {
				t.Errorf("arrived %d ms after the deadline, late = %v, want %v", at.Sub(deadline), got, c.late)
			}
		})
	}
}

// A reserve that does not follow from the index, and a tie seed that is not the committed one, do not survive a recheck.
func TestRecheckNoticesAnInventedReserveOrSeed(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("submit alice r fee=10 in=10m", "at epoch-end", "at epoch-end")
	s, reserves, seeds := marketplace.NewState(), 0, 0
	for _, record := range w.Journal() {
		if err := s.RecheckRecord(record); err != nil {
			t.Fatalf("RecheckRecord of an honest record = %v, want nil", err)
		}
		cheat := record
		switch e := record.Event.(type) {
		case *marketplace.RequestSubmitted:
			reserves++
			invented := *e
			invented.Request.Reserve = vadium.Tokens(9)
			cheat.Event = &invented
		case *marketplace.AskEpochClosed:
			seeds++
			invented := *e
			invented.Seed[0]++
			cheat.Event = &invented
		}
		if cheat.Event != record.Event && s.RecheckRecord(cheat) == nil {
			t.Errorf("RecheckRecord = nil for an invented %s", marketplace.KindOf(record.Event))
		}
		s.Apply(record)
	}
	if reserves == 0 || seeds == 0 {
		t.Fatalf("%d reserves and %d seeds were tried, want some of both", reserves, seeds)
	}
}

// In a bound circuit, whether an input satisfies it may depend on who proves it. Only the operator's word makes anyone
// liable under such a program, whatever ceremony its keys come from.
func TestAStrangersBoundProgramMakesNobodyLiable(t *testing.T) {
	for _, c := range []struct {
		by   string
		want vadium.KeyClass
	}{{"mallory", vadium.KeysRegistrant}, {"operator", vadium.KeysUniversal}} {
		w := mt.Ready(t, 1)
		program := mt.Program("bound")
		program.Bound = true
		w.Run("fund mallory 1")
		w.Must(w.Do(c.by, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysUniversal}))
		if got := w.State.Listing(program.ID()).Class; got != c.want {
			t.Errorf("registered by %s: class %v, want %v", c.by, got, c.want)
		}
	}
}

// Anybody can have a request wait for a product that nobody ever asked for. That a clearing elsewhere changes a prover
// first must not bring the writer down when that request's turn comes.
func TestARequestForAProductWithoutABookWaits(t *testing.T) {
	w := mt.Ready(t, 1)
	w.Run("unask prover1 none", "submit alice w1 fee=10 in=48h", "submit alice w2 fee=5 cap=20 in=48h", "ask prover1 none 6")
	if product := w.Request("w2").Product; w.State.Book(product) != nil {
		t.Fatalf("somebody asked for %v: the test has no point", product)
	}
	w.Run("at epoch-end")
	if got := w.Request("w1").Phase; got != marketplace.PhaseAssigned {
		t.Errorf("the request that has an ask is %v, want it assigned", got)
	}
	if got := w.Request("w2").Phase; got != marketplace.PhaseOpen {
		t.Errorf("the request that nobody asks for is %v, want it open", got)
	}
}

// A prover that expects a case against it lets a friend request something with a damage cap, defaults, and has the damages out of
// the case's reach: docs/decisions/damages-are-paid-at-once.md. This is how much that is worth today, and what it cannot touch.
func TestWhatAFriendsDamageCapSheltersFromACase(t *testing.T) {
	type outcome struct{ coalition, carol, alice vadium.Amount }
	run := func(shelters bool) outcome {
		w := mt.Ready(t, 1)
		w.Run("fund carol 900", "delegate carol prover1 900", "fund friend 900", "fund reporter 1", "ask prover1 high 6 slots=9", "at epoch-end",
			"submit alice honest fee=10 cap=20 in=71h", "accept prover1 honest")
		if shelters {
			if err := w.Try("submit friend more fee=10 cap=80.000000000000000001"); err == nil && len(w.Request("more").Attempts) > 0 {
				t.Error("a friend is assigned a damage cap that the junior no longer covers beside alice's")
			}
			w.Run("submit friend r fee=10 cap=80 in=10m", "accept prover1 r", "at r.grace-end+1ms")
			if got := w.Request("r").Compensated; got != vadium.Tokens(80) {
				t.Fatalf("the friend got %s tokens, want 80", got.Tokens())
			}
		}
		reported(w, "reporter")
		executed(w)
		if err := w.Try("submit friend after cap=1"); err == nil && len(w.Request("after").Attempts) > 0 {
			t.Error("a prover that was reported is assigned another request of its friend's")
		}
		w.Run("at honest.grace-end+1ms")
		v := w.State.Vault(1)
		return outcome{
			coalition: vadium.Sum(v.Junior, v.JuniorUnbonding.Assets, balance(w, "prover1"), balance(w, "friend")), carol: v.Slashable().MustSub(v.Junior),
			alice: w.Request("honest").Compensated,
		}
	}
	open, sheltered := run(false), run(true)
	if open.alice != vadium.Tokens(20) || sheltered.alice != vadium.Tokens(20) {
		t.Errorf("of its damage cap of 20 tokens another requester got %s, and %s when the prover shelters its stake", open.alice.Tokens(), sheltered.alice.Tokens())
	}
	if open.coalition != vadium.Tokens(900) || sheltered.coalition != vadium.Tokens(980) {
		t.Errorf("of 1,000 tokens the coalition has %s after the case, and %s when it shelters what it can, want 900 and 980", open.coalition.Tokens(), sheltered.coalition.Tokens())
	}
	// Its delegators pay what the prover does not, and what the fault makes the case dearer by: in a case, at most half.
	lost, most := open.carol.MustSub(sheltered.carol), vadium.Tokens(450)
	if lost.Less(vadium.Tokens(80)) || most.Less(lost) {
		t.Errorf("sheltering 80 tokens costs the delegators of 900 %s more, want between 80 and 450", lost.Tokens())
	}
}
