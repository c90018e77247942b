package vaults_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/vaults"
)

func TestARedemptionIsClaimedOnceFromTheMomentItMatures(t *testing.T) {
	v := staked(t, 10, 90)
	r := redeem(t, v, 0, alice, v.SharesOf(alice))
	if _, err := v.PlanClaim(r.Matures-1, r.ID); !errors.Is(err, vaults.ErrRedemptionPending) {
		t.Errorf("a claim a moment early: %v, want %v", err, vaults.ErrRedemptionPending)
	}
	if got, want := claim(t, v, r.Matures, r.ID), vadium.Tokens(90); got != want {
		t.Errorf("claimed %v, want %v", got, want)
	}
	if _, err := v.PlanClaim(r.Matures, r.ID); !errors.Is(err, vaults.ErrNoRedemption) {
		t.Errorf("a second claim: %v, want %v", err, vaults.ErrNoRedemption)
	}
	checked(t, v, r.Matures)
	panics(t, "applying a claim twice", func() { v.ApplyClaim(r.ID, amount(0)) })
}

func TestRedemptionsAreRefusedForTheRightReason(t *testing.T) {
	v := staked(t, 10, 90)
	all := v.SharesOf(alice)
	if _, err := v.PlanRedemption(0, alice, all.MustAdd(amount(1)), 1); !errors.Is(err, vaults.ErrNotEnoughShares) {
		t.Errorf("a share too many: %v, want %v", err, vaults.ErrNotEnoughShares)
	}
	if _, err := v.PlanRedemption(0, bob, amount(1), 1); !errors.Is(err, vaults.ErrNotEnoughShares) {
		t.Errorf("no shares: %v, want %v", err, vaults.ErrNotEnoughShares)
	}
	if _, err := v.PlanRedemption(0, alice, amount(999_999), 1); !errors.Is(err, vaults.ErrRedemptionTooSmall) {
		t.Errorf("less than a base unit: %v, want %v", err, vaults.ErrRedemptionTooSmall)
	}
	if _, err := v.PlanJuniorRedemption(vadium.Tokens(10).MustAdd(amount(1)), 1); !errors.Is(err, vaults.ErrNotEnoughShares) {
		t.Errorf("more than the junior: %v, want %v", err, vaults.ErrNotEnoughShares)
	}
	for range vaults.MaxRedemptions {
		redeem(t, v, 0, alice, amount(1_000_000))
	}
	if _, err := v.PlanRedemption(0, alice, amount(1_000_000), 1); !errors.Is(err, vaults.ErrTooManyRedemptions) {
		t.Errorf("one redemption too many: %v, want %v", err, vaults.ErrTooManyRedemptions)
	}
}

func TestAClaimIsFrozenWhileACaseIsOpen(t *testing.T) {
	v := staked(t, 10, 90)
	r := redeem(t, v, 0, alice, v.SharesOf(alice))
	v.OpenCase()
	if _, err := v.PlanClaim(r.Matures, r.ID); !errors.Is(err, vaults.ErrCaseOpen) {
		t.Errorf("PlanClaim = %v, want %v", err, vaults.ErrCaseOpen)
	}
	if err := v.CheckLock(0, lock(1, 0, 0)); !errors.Is(err, vaults.ErrCaseOpen) {
		t.Errorf("CheckLock = %v, want %v", err, vaults.ErrCaseOpen)
	}
	v.CloseCase()
	claim(t, v, r.Matures, r.ID)
}

func TestWhatIsRedeemedKeepsBackingOpenLocks(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 100, 0))
	r := redeem(t, v, 0, alice, v.SharesOf(alice))
	if _, err := v.PlanClaim(r.Matures, r.ID); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("PlanClaim = %v, want %v", err, vaults.ErrStakeLocked)
	}
	v.Release(lock(1, 100, 0))
	v.AddLock(lock(2, 10, 0))
	claim(t, v, r.Matures, r.ID)

	own, err := v.PlanJuniorRedemption(vadium.Tokens(4), 5)
	if err != nil {
		t.Fatal(err)
	}
	v.ApplyRedemption(0, own)
	v.Release(lock(2, 10, 0))
	v.AddLock(lock(3, 6, 6))
	claim(t, v.Clone(), 5, own.ID)
	v.AddLock(vaults.Lock{DamageCap: amount(1)})
	if _, err := v.PlanClaim(5, own.ID); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("PlanClaim of junior that damage caps need = %v, want %v", err, vaults.ErrStakeLocked)
	}
}

// A pool that a slash emptied must not come back to life with the next redemption's money (Succinct's pitfall).
func TestClaimsOfAnEmptiedPoolStayWorthless(t *testing.T) {
	v := staked(t, 10, 0)
	plan := func(tokens uint64) vaults.Redemption {
		r, err := v.PlanJuniorRedemption(vadium.Tokens(tokens), 5)
		if err != nil {
			t.Fatal(err)
		}
		v.ApplyRedemption(0, r)
		return r
	}
	old := plan(10)
	slash(v, 0, vadium.Tokens(10))
	v.DepositJunior(vadium.Tokens(6))
	fresh := plan(6)
	checked(t, v, 0)
	if got := claim(t, v, 5, old.ID); !got.IsZero() {
		t.Errorf("the old claim pays %s, want nothing", got.Tokens())
	}
	if got := claim(t, v, 5, fresh.ID); got != vadium.Tokens(6) {
		t.Errorf("the new claim pays %s, want 6", got.Tokens())
	}
	checked(t, v, 5)
	if held := v.Held(5); !held.IsZero() {
		t.Errorf("the empty vault holds %v", held)
	}
}

// A prover whose junior pool is slashed to a unit again and again, which it can arrange with requests of its own, would
// multiply the pool's shares until a conversion no longer fits; planning its next redemption ended the market's process.
func TestAPoolSlashedToAUnitAgainAndAgainStaysUsable(t *testing.T) {
	v := staked(t, 0, 0)
	for range 8 {
		v.DepositJunior(vadium.Tokens(1_000_000))
		r, err := v.PlanJuniorRedemption(v.Junior, 1)
		if err != nil {
			t.Fatal(err)
		}
		v.ApplyRedemption(0, r)
		v.ApplyLoss(0, v.PlanDamages(0, v.JuniorUnbonding.Assets.MustSub(amount(1))))
		checked(t, v, 0)
	}
	if pool := v.JuniorUnbonding; pool.Generation == 0 || pool.Shares.BitLen() > 200 {
		t.Errorf("the pool is %+v", pool)
	}
	for len(v.Redemptions) > 0 {
		claim(t, v, 1, v.Redemptions[0].ID)
	}
	checked(t, v, 1)
}
