package marketplace_test

import (
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// A tick on which nobody could be served, and nothing could wait, did nothing at all, which was a panic for ever.
func TestTickOfRequestsThatNobodyTakesAndThatCannotWaitEndsThem(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run("fund alice 5000", "params maxOpenRequests=1000")
	w.Run("fund p0 400", "vault p0 100", "serve p0 membership 10s", "ask p0 standard 6 tier=2")
	w.Run("at epoch-end")
	for i := range 65 {
		w.Run(fmt.Sprintf("submit alice low%d fee=0.1 tier=2 cap=0.01 in=18500ms", i))
	}
	for i := range 64 {
		w.Run(fmt.Sprintf("submit alice high%d fee=1 tier=2 cap=1 in=18500ms", i))
	}
	w.Wait(20 * vadium.Second)
	for i := range 65 {
		if r := w.Request(fmt.Sprint("low", i)); r.Phase != marketplace.PhaseUnserved {
			t.Fatalf("request low%d is %v, want unserved", i, r.Phase)
		}
	}
}

// Whoever has two copies proven would read all bids for one by taking back the other.
func TestCopiesWhoseBidsAreShownAreNotCancelledThroughTheirLead(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("fund prover1 10", "fund prover2 10")
	w.Run("submit alice r fee=10 in=10m redundancy=2 mechanism=sealed bidding=1m revealing=30s bond=2 cap=4")
	w.Run("bid prover1 r 5", "bid prover2 r 3", "at r.bidding-end+1ms", "show prover1 r 5", "show prover2 r 3")
	if err := w.Try("cancel alice r"); !errors.Is(err, marketplace.ErrBidsShown) {
		t.Errorf("cancelling the lead: %v, want %v", err, marketplace.ErrBidsShown)
	}
}

// Whoever kept an honest bidder busy until its bid was cleared, with a request that its ask took, had its bond forfeited. Its
// slot is held for the bid, so it proves what it has won.
func TestNobodyKeepsABidderBusyUntilItLosesItsBond(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 10", "fund mallory 100")
	w.Run("submit alice r fee=10 in=10m mechanism=sealed bidding=1s revealing=1s bond=9 cap=4")
	w.Run("bid prover1 r 5", "submit mallory w fee=10 in=10m cap=4", "at r.bidding-end+1ms", "show prover1 r 5")
	w.Run("submit mallory x fee=10 in=10m cap=4", "submit mallory y fee=10 in=10m tier=2", "submit mallory z fee=10 in=10m mechanism=ramp least=2 rise=1m lock=5m")
	if err := w.Try("lock prover1 z"); !errors.Is(err, marketplace.ErrProverBarred) {
		t.Errorf("a ramp is locked with what is held for a bid: %v, want %v", err, marketplace.ErrProverBarred)
	}
	w.Run("at r.revealing-end+1ms")
	if a := w.Request("r").Attempts; len(a) != 1 || balanceOf(w, "prover1") != "10" || !w.State.Market().Insurance.IsZero() {
		t.Errorf("%d assignments, prover1 has %s tokens and the insurance %s, want 1, 10 and 0", len(a), balanceOf(w, "prover1"), w.State.Market().Insurance.Tokens())
	}
	w.CheckReplay()
}

// A requester must not gain by a bidder that loses its bond: it could be another account's of the one who brought that about.
func TestForfeitedBondIsNoGainOfTheRequester(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 10")
	w.Run("submit alice r fee=10 in=10m mechanism=sealed bidding=1s revealing=1s bond=9 cap=4")
	w.Run("bid prover1 r 5", "at r.bidding-end+1ms", "show prover1 r 5", "redeem-junior prover1 95")
	w.Run("at r.revealing-end+1ms")
	if got := balanceOf(w, "alice"); got != "100" || w.State.Market().Insurance != vadium.Tokens(9) {
		t.Errorf("alice has %s tokens and the insurance %s, want 100 and 9", got, w.State.Market().Insurance.Tokens())
	}
}

// A prover that locks a ramp and drops it neither ends it for the others nor raises the price for a friend.
func TestRampStandsStillWhileItIsHeldForNothing(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("submit alice r fee=10 in=10m mechanism=ramp least=1 rise=20s lock=20s cap=4")
	w.Run("lock prover1 r", "wait 30001ms", "lock prover2 r")
	if r := w.Request("r"); len(r.Attempts) != 2 || r.Attempts[1].Price.Cmp(vadium.Tokens(1)) != 0 {
		t.Errorf("%d assignments, the last at %s tokens, want 2 and 1", len(r.Attempts), r.Attempts[len(r.Attempts)-1].Price.Tokens())
	}
}

// A stolen key for asks could cost nothing. Bonds count against a session's limit, and it has none.
func TestSessionForAsksPutsUpNoBonds(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 100", "fund mallory 100", "session prover1 hot ask")
	w.Run("submit mallory r fee=100 in=10m mechanism=sealed bidding=1s revealing=1s bond=100 cap=4")
	if err := w.Try("bid prover1 r 5 via=hot"); !errors.Is(err, marketplace.ErrSessionLimit) {
		t.Errorf("a bid by a session for asks: %v, want %v", err, marketplace.ErrSessionLimit)
	}
}
