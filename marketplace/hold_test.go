package marketplace_test

import (
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults"
)

// Stake in another asset is held, too: at the price of when something else is to take it, and what fits beside it is assigned.
func TestStakeInOtherAssetsIsHeldForBids(t *testing.T) {
	w := golden(t)
	w.Run("fund carol 20", "fund alice 900")
	const sealed = " in=10m allow=carol mechanism=sealed bidding=20s revealing=10s bond=2"
	w.Run("submit alice r fee=60 cap=40"+sealed, "bid carol r 5")
	assigned := 0
	for i := range 40 {
		w.Run(fmt.Sprintf("submit alice beside%d fee=10 cap=5 in=5m allow=carol", i))
		assigned += len(w.Request(fmt.Sprint("beside", i)).Attempts)
	}
	if assigned == 0 || assigned == 40 {
		t.Errorf("of 40 requests carol was assigned %d beside its bid, want some", assigned)
	}
	w.Run("submit alice r2 fee=60 cap=40" + sealed)
	if err := w.Try("bid carol r2 5"); !errors.Is(err, marketplace.ErrProverBarred) {
		t.Errorf("a bid that nothing is left for: %v, want %v", err, marketplace.ErrProverBarred)
	}
	w.Run("at r.bidding-end+1ms", "show carol r 5", "at r.revealing-end+1ms")
	if a := w.Request("r").Attempts; len(a) != 1 || balanceOf(w, "carol") != "20" {
		t.Errorf("%d assignments and carol has %s tokens, want one and 20", len(a), balanceOf(w, "carol"))
	}
	w.CheckReplay()
}

// The stake that is held is free for the request itself and for what locks none; for anything else what is left counts, to the
// unit, and quotes say so. What waited is assigned when the bid is gone.
func TestHeldStakeIsKeptToTheUnit(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 10", "fund alice 900", "ask prover1 standard 6 slots=9", "ask prover1 none 6 slots=9", "at epoch-end")
	w.Run("submit alice r fee=100 cap=30 in=10m mechanism=sealed bidding=1m revealing=30s bond=2", "bid prover1 r 5") // locks 80
	cover := func(lock string) error {
		amount, err := vadium.ParseTokens(lock)
		if err != nil {
			t.Fatal(err)
		}
		return w.State.CheckCover(vaultOf(w, "prover1"), vaults.Lock{Amount: amount}, w.Now, w.Now)
	}
	if err := cover("20"); err != nil {
		t.Errorf("a lock of all that is left: %v", err)
	}
	if err := cover("20.000000000000000001"); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of a unit more: %v, want %v", err, vaults.ErrStakeLocked)
	}
	w.Run("submit alice more fee=40.000000000000000001 in=1m", "submit alice all fee=40 in=1m") // half of the fee
	if len(w.Request("more").Attempts) != 0 || len(w.Request("all").Attempts) != 1 {
		t.Errorf("%d and %d assignments, want none of a unit more than is left, and one of all of it", len(w.Request("more").Attempts), len(w.Request("all").Attempts))
	}
	if free := vaultOf(w, "prover1").Free(w.Now); free != vadium.Tokens(80) {
		t.Errorf("%s tokens are free, want the 80 that no lock takes", free.Tokens())
	}
	w.Run("cancel alice r")
	if len(w.Request("more").Attempts) != 1 {
		t.Error("what waited for what was held is not assigned when the bid is gone")
	}
}

// A bid of an earlier build holds nothing, so that the clearings of its journal are what they were.
func TestBidsOfEarlierBuildsHoldNothing(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 10", "submit alice r fee=10 in=10m mechanism=sealed bidding=1m revealing=30s bond=2")
	w.Record(&marketplace.BidCommitted{
		Request: w.Request("r").ID, Prover: marketplacetest.Account("prover1"), Bond: vadium.Tokens(2),
		Commitment: marketplace.BidCommitment(w.Request("r").ID, marketplacetest.Account("prover1"), vadium.Tokens(5), marketplacetest.Salt("bid of prover1")),
	})
	w.Run("submit alice other fee=10 in=10m")
	if n := len(w.Request("other").Attempts); n != 1 {
		t.Errorf("%d assignments beside a bid that holds nothing, want one", n)
	}
	w.Run("accept prover1 other", "at r.bidding-end+1ms", "show prover1 r 5", "at r.revealing-end+1ms")
	if w.State.Market().Insurance != vadium.Tokens(2) {
		t.Errorf("the insurance has %s tokens, want the bond", w.State.Market().Insurance.Tokens())
	}
	w.CheckReplay()
}
