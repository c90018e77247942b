package marketplace_test

import (
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// Brevis's ProverNet is the nearest relative of this market. Its staking has weaknesses that were reproduced against its
// contracts; the numbers are those of that list. A test for each that concerns stake; (4) and (5) are in states_test.go.

// (1) A slash was rounded to whole basis points of the stake, so that of a large vault it was nothing.
func TestBrevisWeakness1LargeVaultsAreSlashedExactly(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 2001000", "junior prover1 2001000", "submit alice r fee=10", "accept prover1 r", "at r.grace-end+1ms")
	if a := w.Request("r").Attempts[0]; a.Slashed != vadium.Tokens(1) { // a tenth of the fee
		t.Errorf("a vault of 2,001,100 tokens lost %s, want 1", a.Slashed.Tokens())
	}
	if got, want := w.State.Vault(1).Slashable(), vadium.Tokens(2_001_099); got != want {
		t.Errorf("the vault holds %s tokens, want %s", got.Tokens(), want.Tokens())
	}
}

// (2) Stake could leave before the deadline it was assigned for. Here it backs its assignment until that is over, redeemed or
// not, however late the deadline has become, and pays in full.
func TestBrevisWeakness2StakeDoesNotLeaveBeforeTheDeadline(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("ask prover1 standard 6 slots=9", "at epoch-end", "submit alice r fee=80 cap=50 in=168h", "accept prover1 r", "redeem-junior prover1 all")
	for range 16 { // the market is away for longer than it takes to mature
		w.Skip(vadium.Day)
		w.Must(w.Send(marketplace.Resume()))
		if err := w.Try("collect prover1 prover1 1"); err == nil {
			t.Fatalf("%s after the redemption its stake was claimed, and the request is %v", marketplacetest.Length(w.Now.Sub(w.State.Vault(1).Redemptions[0].Matures)),
				w.Request("r").Phase)
		}
	}
	w.Run("at r.grace-end+1ms")
	if r := w.Request("r"); r.Compensated != vadium.Tokens(50) {
		t.Errorf("the requester got %s tokens, want its damage cap of 50", r.Compensated.Tokens())
	}
	w.Run("collect prover1 prover1 1")
}

// (3) Beyond a floor a prover could not be slashed any more, topped its vault up and went on. Here there is no floor: a
// fault costs no less for what earlier ones took, and at every third the prover goes to jail.
func TestBrevisWeakness3NoFaultIsFreeAfterOthers(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund prover1 1000", "fund alice 900")
	prover := func() *marketplace.Prover { return w.State.Prover(marketplacetest.Account("prover1")) }
	var first vadium.Amount
	jailed := 0
	for i := range 12 {
		name := fmt.Sprint("r", i)
		w.Run("submit alice "+name+" fee=50 cap=40", "accept prover1 "+name, "at "+name+".grace-end+1ms")
		for w.State.Vault(1).Cases > 0 { // the bucket holds a part of the penalty back
			w.Wait(vadium.Hour)
		}
		took := w.Request(name).Attempts[0].Slashed
		if i == 0 {
			first = took
		}
		if took.Less(first) || took.Less(vadium.Tokens(40)) {
			t.Fatalf("fault %d took %s tokens, the first %s, want no less and the damage cap of 40 at least", i, took.Tokens(), first.Tokens())
		}
		w.Run(fmt.Sprintf("junior prover1 %s", vadium.Tokens(100).MustSub(w.State.Vault(1).Junior).Tokens()))
		if prover().State() == marketplace.StateJailed {
			jailed++
			w.Skip(prover().Status.Until.Sub(w.Now))
			w.Wait(0)
			w.Run("release prover1", "ask prover1 standard 6", "at epoch-end")
		}
	}
	if jailed != 4 {
		t.Errorf("twelve faults led to jail %d times, want 4", jailed)
	}
}

// freed lets prover1 go on when it is jailed for its strikes: its term passes, the operator releases it, and it asks again.
func freed(w *marketplacetest.World) {
	if w.State.Prover(marketplacetest.Account("prover1")).State() == marketplace.StateJailed {
		w.Skip(slashing.JailTerm)
		w.Run("wait 0s", "release prover1", "ask prover1 standard 6 slots=99", "at epoch-end")
	}
}

// (7) A pause stopped settlements and not deadlines, and the slash came after it. Here it stops deadlines, takes deliveries,
// and stops claims of stake, too.
func TestBrevisWeakness7APauseStopsDeadlinesAndStakeAlike(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("ask prover1 standard 6 slots=9", "at epoch-end", "submit alice r cap=4", "submit alice r2 cap=4", "accept prover1 r", "accept prover1 r2", "redeem-junior prover1 50",
		"pause an alarm", "skip 348h", "deliver prover1 r", "verdict prover1 r valid")
	if err := w.Try("collect prover1 prover1 1"); !errors.Is(err, marketplace.ErrPaused) {
		t.Errorf("a claim in a pause: %v, want %v", err, marketplace.ErrPaused)
	}
	w.Run("unpause", "heartbeat prover1 r2", "deliver prover1 r2", "verdict prover1 r2 valid", "collect prover1 prover1 1")
	if p := w.State.Prover(marketplacetest.Account("prover1")); p.Faults > 0 || p.Proved != 2 {
		t.Errorf("a pause of two weeks made %d faults and %d proofs, want 0 and 2", p.Faults, p.Proved)
	}
}

// (8) Windows could change under what was going on. Here a redemption keeps the maturity it began with, and an assignment
// its commission, whatever is set meanwhile.
func TestBrevisWeakness8WhatHasBegunKeepsItsTerms(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund carol 10", "delegate carol prover1 10", "submit alice r cap=4", "redeem carol prover1 all")
	matures := w.State.Vault(1).Redemptions[0].Matures
	w.Run("params graceMinMs=1000 maxCommissionBps=0 minJunior=1000", "commission prover1 0", "accept prover1 r", "deliver prover1 r", "verdict prover1 r valid")
	if got := w.State.Vault(1).Redemptions[0].Matures; got != matures {
		t.Errorf("the redemption matures at %d, want %d", got, matures)
	}
	if due := w.State.Vault(1).CommissionDue; due != vadium.Tokens(10).BpsDown(9_900).BpsDown(8_000) {
		t.Errorf("commission of %s tokens, want 80 %% of 9.9", due.Tokens())
	}
}

// (14) The same stake backed ten times what it was worth. Here locks together stay within what is effective, and what is on
// its way out backs nothing new.
func TestBrevisWeakness14LeavingStakeBacksNothingNew(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund alice 900", "fund carol 900", "ask prover1 standard 6 slots=99", "at epoch-end", "delegate carol prover1 900")
	assigned := 0
	for i := range 30 {
		name := fmt.Sprint("r", i)
		w.Run("submit alice " + name + " fee=30 cap=20 in=1h")
		assigned += len(w.Request(name).Attempts)
	}
	if v := w.State.Vault(1); assigned != 5 || v.DamageCaps() != vadium.Tokens(100) { // 20 of damages each, of a junior of 100
		t.Errorf("%d requests are assigned, with damage caps of %s tokens", assigned, v.DamageCaps().Tokens())
	}
	w.Run("redeem carol prover1 all", "submit alice small fee=90")
	if got := w.Request("small").Attempts; len(got) > 0 {
		t.Errorf("a lock of 45 tokens was taken by a vault whose effective stake is the 100 that other locks hold: %+v", got)
	}
}

// (16) The commission was raised to all of it for the moment of settlement.
func TestBrevisWeakness16CommissionCannotBeRaisedForASettlement(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund carol 100", "delegate carol prover1 100", "commission prover1 0", "submit alice r cap=4", "accept prover1 r", "deliver prover1 r")
	if err := w.Try("commission prover1 9500"); !errors.Is(err, vaults.ErrRiseTooLarge) {
		t.Errorf("from 0 to 95 %%: %v, want %v", err, vaults.ErrRiseTooLarge)
	}
	w.Run("commission prover1 100", "verdict prover1 r valid")
	if v := w.State.Vault(1); !v.CommissionDue.IsZero() || v.Dripping.Locked != vadium.Tokens(10).BpsDown(9_900).BpsDown(5_000) {
		t.Errorf("commission of %s tokens and %s for the delegators, want nothing and half of the fee", v.CommissionDue.Tokens(), v.Dripping.Locked.Tokens())
	}
}

// (17) The owner drained what was leaving, by a pause and a recovery. Here no command of the operator's moves a token of it:
// all it can do is to stop the market for a while.
func TestBrevisWeakness17OperatorCannotTouchStakeThatLeaves(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund carol 100", "delegate carol prover1 100", "redeem carol prover1 40", "redeem-junior prover1 100")
	before := w.State.Vault(1).Clone()
	one := vadium.Tokens(1)
	for _, body := range []marketplace.Body{
		marketplace.Pause{Reason: "recovery"}, marketplace.WithdrawBalance{Amount: one}, marketplace.ClaimRedemption{Vault: 1, Redemption: 1}, marketplace.Unpause{},
		marketplace.ClaimRedemption{Vault: 1, Redemption: 1}, marketplace.RedeemShares{Vault: 1, Shares: one}, marketplace.RedeemJunior{Amount: one},
		marketplace.TransferShares{Vault: 1, To: marketplacetest.Account("operator"), Shares: one}, marketplace.ClaimCommission{Amount: one},
		marketplace.TransferSharesFrom{Vault: 1, From: marketplacetest.Account("carol"), To: marketplacetest.Account("operator"), Shares: one},
		marketplace.ReleaseProver{Prover: marketplacetest.Account("prover1")}, marketplace.SetParams{Params: marketplace.DefaultParams()},
	} {
		_, _ = w.Do("operator", body)
	}
	after := w.State.Vault(1)
	if after.Held(w.Now) != before.Held(w.Now) || after.SharesOf(marketplacetest.Account("carol")) != before.SharesOf(marketplacetest.Account("carol")) {
		t.Errorf("the vault held %s tokens, now %s", before.Held(w.Now).Tokens(), after.Held(w.Now).Tokens())
	}
	w.Skip(14 * vadium.Day)
	w.Must(w.Send(marketplace.Resume()))
	w.Run("collect carol prover1 1", "collect prover1 prover1 2")
}

// (18) A delegator of one token kept a prover from retiring for ever. Here the prover leaves without it, comes back, and the
// delegator leaves when it likes.
func TestBrevisWeakness18ADelegatorKeepsNobodyFromLeaving(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund carol 1", "delegate carol prover1 1", "exit prover1", "redeem-junior prover1 all")
	w.Skip(14 * vadium.Day)
	w.Must(w.Send(marketplace.Resume()))
	w.Run("collect prover1 prover1 1", "withdraw prover1 90", "vault prover1 10", "redeem carol prover1:1 all")
	w.Skip(14 * vadium.Day)
	w.Must(w.Send(marketplace.Resume()))
	w.Run("collect carol prover1:1 2", "withdraw carol 1")
}

// (19) The wronged requester got nothing. Here it gets its damages first, and from stake that is leaving if there is no other.
func TestBrevisWeakness19RequesterIsPaidFromStakeThatLeaves(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("submit alice r cap=10", "accept prover1 r", "redeem-junior prover1 all", "at r.grace-end+1ms")
	if got := w.Request("r").Compensated; got != vadium.Tokens(10) {
		t.Errorf("the requester got %s tokens, want its damage cap of 10", got.Tokens())
	}
	if v := w.State.Vault(1); v.Worth(v.Redemptions[0]).MustAdd(vadium.Tokens(10)).Cmp(vadium.Tokens(100)) >= 0 {
		t.Errorf("what leaves is worth %s tokens, less than 90 was left to it", v.Worth(v.Redemptions[0]).Tokens())
	}
}

// Found with (4): the total was rounded down with every slash, a claim once, so that the last to leave could not be paid.
// Here all leave, after slashes of odd amounts, in any order, and the last is paid.
func TestBrevisTheLastToLeaveIsPaid(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund alice 90000", "ask prover1 standard 6 slots=99", "at epoch-end")
	names := []string{"carol", "dora", "erin", "frank"}
	for i, name := range names {
		w.Run("fund "+name+" 300", fmt.Sprintf("delegate %s prover1 %d.%d", name, 11+i*i, 333_333_333_333_333_333+i))
	}
	for i := range 6 {
		r := fmt.Sprint("r", i)
		w.Run(fmt.Sprintf("submit alice %s fee=%d.000000000000000007 cap=%d.1 in=1m", r, 11+i, 9-i), "accept prover1 "+r)
		if i < len(names) {
			w.Run("redeem " + names[i] + " prover1 all")
		}
		w.Run("at "+r+".grace-end+1ms", fmt.Sprintf("fund prover1 %d", 10+i), fmt.Sprintf("junior prover1 %d", 10+i))
		freed(w)
	}
	w.Run("redeem-junior prover1 all")
	w.Skip(14 * vadium.Day)
	w.Must(w.Send(marketplace.Resume()))
	for i := range names {
		w.Run(fmt.Sprintf("collect %s prover1 %d", names[len(names)-1-i], len(names)-i))
	}
	w.Run("collect prover1 prover1 5")
	if v := w.State.Vault(1); len(v.Redemptions) > 0 || v.Slashable().BitLen() > 4 {
		t.Errorf("when all have left, %v units of stake remain", v.Slashable())
	}
}

// Deposits that chase a reward, or shares that are redeemed just before a slash is taken, gain nothing: whoever leaves stays
// slashable for as long as anything that was assigned before can still fail.
func TestRedeemingBeforeASlashIsNoEscape(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund carol 500", "fund dora 400", "fund alice 900", "ask prover1 standard 6 slots=9", "at epoch-end", "delegate carol prover1 400", "delegate dora prover1 400",
		"submit alice r fee=400 cap=90", "accept prover1 r", "redeem carol prover1 all", "at r.grace-end+1ms")
	v := w.State.Vault(1)
	left, stayed := v.Worth(v.Redemptions[0]), v.Rate(w.Now).AssetsDown(v.SharesOf(marketplacetest.Account("dora")))
	if !left.Less(vadium.Tokens(400)) || left.MustSub(stayed).BitLen() > 8 && stayed.MustSub(left).BitLen() > 8 {
		t.Errorf("who left has %s tokens, who stayed %s, want the same part of 400", left.Tokens(), stayed.Tokens())
	}
}
