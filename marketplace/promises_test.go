package marketplace_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// What the market promises to each of its users, one test each. Those that say "weakness" are named after what a peer
// gets wrong (Brevis ProverNet, numbers of its list of weaknesses).

func balance(w *marketplacetest.World, name string) vadium.Amount {
	return w.State.Balance(marketplacetest.Account(name))
}

// find returns the first event of type E among records.
func find[E marketplace.Event](records []marketplace.Record) (E, bool) {
	for _, record := range records {
		if e, ok := record.Event.(E); ok {
			return e, true
		}
	}
	var none E
	return none, false
}

// Weakness 6, first half: a deadline so near that nobody can submit a proof makes every winner slashable and the
// requester pays nothing.
func TestWeakness6RequesterTrapDeadlineTooNearIsRefused(t *testing.T) {
	w := marketplacetest.Ready(t, 2) // proving takes 10 s
	if err := w.Try("submit mallory trap in=9.999s"); !errors.Is(err, marketplace.ErrDeadlineTooNear) {
		t.Errorf("a deadline a millisecond before the fastest proof: %v, want %v", err, marketplace.ErrDeadlineTooNear)
	}
	// Nearer than a prover declares to need, and it is not assigned: provers here ask with an ETA of 20 s.
	w.Run("submit alice tight in=19.999s")
	if got := w.Request("tight"); len(got.Attempts) != 0 {
		t.Errorf("%d provers were assigned a request they said they cannot make", len(got.Attempts))
	}
}

// Weakness 6, second half: serve good data for the dry run, remove it once a prover has committed itself. Here the
// request names its input by digest, and the market holds the bytes before it assigns anyone.
func TestWeakness6RequesterTrapInputMissingIsRefused(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	trap := w.Submission("trap")
	trap.InputHeld = false
	if _, err := w.Do("alice", trap); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("an input that the market does not hold: %v, want %v", err, marketplace.ErrInputMissing)
	}
	trap.InputHeld = true
	w.Must(w.Do("alice", trap))
	if got := w.State.Request(marketplacetest.Request("alice", "trap")).Input; got != trap.Input {
		t.Errorf("the request names input %v, want %v", got, trap.Input)
	}
}

// Weakness 10: no fallback to the second bidder, no late proof, no re-auction. Here are all three.
func TestWeakness10MissingFallback(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("submit alice r", "wait 30.001s")
	if got := w.Request("r").Attempts[1].Prover; got != marketplacetest.Account("prover2") {
		t.Errorf("after the winner's silence %v is assigned, want prover2, the second", got)
	}
	w.Run("accept prover2 r", "resign prover2 r")
	if got := w.Request("r").Attempts[2].Prover; got != marketplacetest.Account("prover3") {
		t.Errorf("after prover2 resigned %v is its backup, want prover3", got)
	}
	w.Run("decline prover3 r", "fund prover4 100", "vault prover4 100", "serve prover4 membership 10s")
	w.Run("ask prover4 none 9", "submit alice late", "accept prover1 late", "at late.deadline+1s", "deliver prover1 late", "verdict prover1 late valid")
	if late := w.Request("late"); late.Phase != marketplace.PhaseSettled || late.Paid.IsZero() {
		t.Errorf("a proof one second late left the request %v and paid %s tokens, want settled and something", late.Phase, late.Paid.Tokens())
	}

	w = marketplacetest.Ready(t, 1)
	w.Run("submit alice first", "accept prover1 first", "submit alice waits", "deliver prover1 first", "verdict prover1 first valid")
	if got := w.Request("waits").Attempts; len(got) != 1 || got[0].Prover != marketplacetest.Account("prover1") {
		t.Errorf("a request that waited was not auctioned again when a prover became free: %+v", got)
	}
}

// Weakness 11: an id that is not bound to its requester can be taken by someone who sees it first.
func TestWeakness11HijackedRequestID(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("fund mallory 50")
	w.Must(w.Do("mallory", w.Submission("r")))
	w.Must(w.Do("alice", w.Submission("r")))
	stolen, own := w.State.Request(marketplacetest.Request("mallory", "r")), w.State.Request(marketplacetest.Request("alice", "r"))
	if stolen == nil || own == nil || stolen.ID == own.ID || own.Requester != marketplacetest.Account("alice") {
		t.Fatalf("mallory's request is %+v and alice's %+v, want one each", stolen, own)
	}
	if _, err := w.Do("mallory", marketplace.CancelRequest{Request: own.ID}); !errors.Is(err, marketplace.ErrNotRequester) {
		t.Errorf("mallory cancels alice's request: %v, want %v", err, marketplace.ErrNotRequester)
	}
}

// Weakness 11, second half: what was signed once is carried out once, whoever sends it again, until it has expired.
func TestWeakness11ReplayedRequestIsAnsweredNotRepeated(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	c := w.Command("alice", w.Submission("r"))
	first := w.Must(w.Send(c))
	for _, wait := range []vadium.Duration{0, vadium.Hour, c.ValidUntil.Sub(w.Now) - vadium.Hour} {
		w.Wait(wait)
		before := balance(w, "alice")
		_, err := w.Send(c)
		var repeated *marketplace.Repeated
		if !errors.As(err, &repeated) {
			t.Fatalf("repeated %s before it expires: %v, want the first answer", marketplacetest.Length(c.ValidUntil.Sub(w.Now)), err)
		}
		if repeated.First != first[0].Seq || repeated.Last() != first[len(first)-1].Seq || repeated.At != first[0].At {
			t.Errorf("the first answer is records %d to %d at %d, want %d to %d at %d",
				repeated.First, repeated.Last(), repeated.At, first[0].Seq, first[len(first)-1].Seq, first[0].At)
		}
		if got := balance(w, "alice"); got != before {
			t.Errorf("alice's balance went from %s to %s", before.Tokens(), got.Tokens())
		}
	}
	w.Wait(vadium.Millisecond)
	if _, err := w.Send(c); !errors.Is(err, marketplace.ErrExpired) {
		t.Errorf("repeated after it expired: %v, want %v", err, marketplace.ErrExpired)
	}
}

// A refused command was not carried out, so it may be tried again as it is.
func TestRefusedCommandMaySucceedLater(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	c := w.Command("bob", marketplace.WithdrawBalance{Amount: vadium.Tokens(1)})
	if _, err := w.Send(c); !errors.Is(err, marketplace.ErrBalanceTooLow) {
		t.Fatalf("withdrawing from nothing: %v, want %v", err, marketplace.ErrBalanceTooLow)
	}
	w.Run("fund bob 1")
	w.Must(w.Send(c))
}

// A prover that accepts and vanishes costs the requester nothing: the whole fee comes back, and the damages on top.
func TestProverThatVanishesMidProofCostsTheRequesterNothing(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	before := balance(w, "alice")
	w.Run("submit alice r cap=4", "accept prover1 r", "heartbeat prover1 r 5000", "at r.grace-end+1ms")
	if got, want := balance(w, "alice"), before.MustAdd(vadium.Tokens(4)); got != want {
		t.Errorf("alice has %s tokens, want the %s she had and 4 of damages", got.Tokens(), before.Tokens())
	}
	if got := w.Request("r").Phase; got != marketplace.PhaseFailed {
		t.Errorf("request is %v, want failed", got)
	}
}

// The market is down past every deadline there is. Nobody is punished when it returns, and all can go on.
func TestMarketDownPastEveryDeadlinePunishesNobody(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("submit alice offered", "submit alice accepted cap=4", "accept prover2 accepted", "submit alice silent cap=4",
		"accept prover3 silent", "wait 20s", "heartbeat prover2 accepted", "submit alice waiting fee=1")
	w.Skip(30 * vadium.Day)
	w.Must(w.Send(marketplace.Resume()))
	for w.State.NextDeadline() <= w.Now {
		for _, record := range w.Tick() {
			if kind := marketplace.KindOf(record.Event); kind != "AskEpochClosed" && kind != "AskEpochOpened" && kind != "MarketHeartbeat" {
				t.Errorf("at its return the market does: %s", w.Describe(record))
			}
		}
	}
	w.Run("accept prover1 offered", "deliver prover1 offered", "verdict prover1 offered valid", "deliver prover2 accepted",
		"verdict prover2 accepted valid", "deliver prover3 silent", "verdict prover3 silent valid", "cancel alice waiting")
	for account, p := range w.State.Provers() {
		if p.Faults != 0 || !p.Lost.IsZero() || p.Declines != 0 || p.Proved != 1 {
			t.Errorf("prover %v: %+v, want one proof and no fault", account, p)
		}
	}
	w.CheckReplay()
}

// An input that nobody can prove costs its requester the solving fees, and it gets no damages for it.
func TestUnsatisfiableInputEarnsItsRequesterNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
	}{
		{"two provers say so", []string{"dispute prover1 bad", "dispute prover2 bad"}},
		{"one says so and nobody else comes", []string{"dispute prover1 bad", "decline prover2 bad", "at bad.expires+1ms"}},
		{"everyone declines", []string{"decline prover1 bad", "decline prover2 bad", "at bad.expires+1ms"}},
		{"nobody answers", []string{"at bad.expires+1ms"}},
	} {
		w := marketplacetest.Ready(t, 2)
		before := balance(w, "alice")
		w.Run("submit alice bad fee=50 cap=50")
		w.Run(c.lines...)
		if r := w.Request("bad"); !r.Phase.Final() || !r.Compensated.IsZero() {
			t.Errorf("%s: request is %v and paid %s tokens of damages, want it over and none", c.name, r.Phase, r.Compensated.Tokens())
		}
		if got := balance(w, "alice"); before.Less(got) {
			t.Errorf("%s: alice has %s tokens, she had %s", c.name, got.Tokens(), before.Tokens())
		}
		for id, v := range w.State.Vaults() {
			if v.Junior != vadium.Tokens(100) || v.LockCount > 0 {
				t.Errorf("%s: vault %d has %s tokens and locks %v, want 100 and none", c.name, id, v.Junior.Tokens(), w.State.LocksOf(id))
			}
		}
	}
}

// A request that cannot be served says why, in words its requester can act on, and what such requests cost.
func TestRequestThatCannotBeServedSaysWhyAndTheMarketPrice(t *testing.T) {
	for _, c := range []struct {
		why, want string
		price     vadium.Amount
		setup     []string
		submit    string
	}{
		{"too cheap", "the ask is above the reserve", vadium.Tokens(6), nil, "submit alice r fee=5 in=1m"},
		{"nobody asks", "no prover asks", vadium.Amount{}, []string{"unask prover1 none"}, "submit alice r in=1m"},
		{"all busy", "slots are busy", vadium.Tokens(6), []string{"submit alice other", "accept prover1 other"}, "submit alice r in=1m"},
		{"all denied", "the requester excludes the prover", vadium.Tokens(6), nil, "submit alice r in=1m deny=prover1"},
		{"too near for all", "longer than there is", vadium.Tokens(6), nil, "submit alice r in=15s"},
		{"too much stake", "free stake does not back", vadium.Tokens(6), nil, "submit alice r cap=95 fee=95 in=1m"},
		{"its own prover", "cannot prove for itself", vadium.Tokens(6), []string{"fund prover1 10"}, "submit prover1 r in=1m"},
		{"not served", "does not serve the program", vadium.Tokens(6), []string{
			"program other", "fund prover2 10", "vault prover2 10", "serve prover2 other 10s",
		}, "submit alice r program=other in=1m"},
		{"ask too new", "its epoch has not ended", vadium.Amount{}, []string{"unask prover1 none"}, "submit alice r in=1m"},
	} {
		w := marketplacetest.Ready(t, 1)
		w.Run(c.setup...)
		w.Run(c.submit)
		if c.why == "ask too new" {
			w.Run("ask prover1 none 6")
		}
		if reason, price := w.State.Explain(w.Request("r"), w.Now); !strings.Contains(reason, c.want) || price != c.price {
			t.Errorf("%s: while it waits the market says %q and %s tokens, want %q and %s", c.why, reason, price.Tokens(), c.want, c.price.Tokens())
		}
		w.Run("at r.expires")
		closed, ok := find[*marketplace.RequestClosed](w.Wait(vadium.Millisecond))
		if !ok || closed.Phase != marketplace.PhaseUnserved || !strings.Contains(closed.Reason, c.want) || closed.MarketPrice != c.price {
			t.Errorf("%s: in the end the market says %+v, want %q and %s tokens", c.why, closed, c.want, c.price.Tokens())
		}
		if got := w.Request("r").Escrow; !got.IsZero() {
			t.Errorf("%s: %s tokens are still in escrow", c.why, got.Tokens())
		}
	}
}

// Tie seeds stay secret until their ask epoch has ended, and are what was committed to. So do ranked backups, whose
// payments tell what others ask.
func TestPublicRecordsKeepTheSecretsOfTheOpenEpoch(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("submit alice r in=48h")
	for range 3 {
		market := w.State.Market()
		for _, record := range w.Journal() {
			public := fmt.Sprintf("%+v", marketplace.Public(record, w.State).Event)
			for name, secret := range map[string][32]byte{"this epoch's seed": market.Seed, "the next epoch's seed": market.NextSeed} {
				if strings.Contains(public, fmt.Sprint(secret)) {
					t.Errorf("epoch %d: %s shows %s", market.Epoch, marketplace.KindOf(record.Event), name)
				}
			}
			if e, ok := marketplace.Public(record, w.State).Event.(*marketplace.RequestAssigned); ok && record.Seq >= market.EpochFrom && len(e.Ranked) > 0 {
				t.Errorf("epoch %d: a clearing of the open epoch shows its ranked backups", market.Epoch)
			}
		}
		w.Run("at epoch-end")
	}
	for _, record := range w.Journal() {
		if e, ok := record.Event.(*marketplace.AskEpochClosed); ok && e.Epoch < 3 {
			opening, _ := find[*marketplace.MarketOpened](w.Journal())
			want := [][32]byte{opening.Commitment, opening.Commitment2}[e.Epoch-1]
			if got := auction.SeedCommitment(e.Seed); got != want {
				t.Errorf("the seed of epoch %d does not open its commitment", e.Epoch)
			}
		}
	}
}
