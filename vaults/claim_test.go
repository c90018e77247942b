package vaults_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/vaults"
)

// leaving is a vault whose alice has asked for 10, 20 and 30 tokens, which have matured at 1.
func leaving(t *testing.T) *vaults.Vault {
	t.Helper()
	v := staked(t, 10, 90)
	for _, tokens := range []uint64{10, 20, 30} {
		r, err := v.PlanRedemption(0, alice, v.Rate(0).SharesDown(vadium.Tokens(tokens)), 1)
		if err != nil {
			t.Fatal(err)
		}
		v.ApplyRedemption(0, r)
	}
	return v
}

func TestClaimsOfSharesTakeTheOldestFirst(t *testing.T) {
	v := leaving(t)
	shares := v.Redemptions[0].Shares
	for _, c := range []struct {
		claimed vadium.Amount
		assets  []uint64
		open    int
	}{
		{shares.BpsDown(5_000), []uint64{5}, 3},
		{shares, []uint64{5, 5}, 2},
		{shares.BpsDown(45_000), []uint64{15, 30}, 0},
	} {
		parts, err := v.PlanClaimOfShares(1, alice, c.claimed)
		if err != nil || len(parts) != len(c.assets) {
			t.Fatalf("PlanClaimOfShares(%v) = %+v, %v, want %v tokens", c.claimed, parts, err, c.assets)
		}
		for i, want := range c.assets {
			if parts[i].Assets != vadium.Tokens(want) {
				t.Errorf("part %d pays %s, want %d", i, parts[i].Assets.Tokens(), want)
			}
		}
		v.ApplyClaims(parts)
		checked(t, v, 1)
		if len(v.Redemptions) != c.open {
			t.Errorf("%d redemptions are open, want %d", len(v.Redemptions), c.open)
		}
	}
}

func TestClaimsOfAssetsPayForTheirRounding(t *testing.T) {
	v := leaving(t)
	slash(v, 0, vadium.Tokens(37)) // 27 of 90 from the senior: seven tenths are left
	parts, err := v.PlanClaimOfAssets(1, alice, vadium.Tokens(8).MustAdd(amount(1)))
	if err != nil || len(parts) != 2 {
		t.Fatalf("PlanClaimOfAssets = %+v, %v", parts, err)
	}
	if got := vadium.Sum(parts[0].Assets, parts[1].Assets); got != vadium.Tokens(8).MustAdd(amount(1)) {
		t.Errorf("claimed %v", got)
	}
	before := v.SeniorUnbonding
	v.ApplyClaims(parts)
	checked(t, v, 1)
	after := v.SeniorUnbonding
	left, _ := before.Assets.MulDivUp(after.Shares, before.Shares)
	if after.Assets.MustAdd(amount(1)).Less(left) {
		t.Errorf("a pool of %+v became %+v: those who stay lost", before, after)
	}
}

func TestClaimsInPartsAreRefusedForTheRightReason(t *testing.T) {
	v := leaving(t)
	shares, assets := v.Claimable(1, alice)
	if assets != vadium.Tokens(60) {
		t.Errorf("claimable %s, want 60", assets.Tokens())
	}
	both := func(name string, now vadium.Time, shares, assets vadium.Amount, want error) {
		t.Helper()
		if _, err := v.PlanClaimOfShares(now, alice, shares); !errors.Is(err, want) {
			t.Errorf("%s: PlanClaimOfShares = %v, want %v", name, err, want)
		}
		if _, err := v.PlanClaimOfAssets(now, alice, assets); !errors.Is(err, want) {
			t.Errorf("%s: PlanClaimOfAssets = %v, want %v", name, err, want)
		}
	}
	both("all", 1, shares, assets, nil)
	both("a moment early", 0, amount(1), amount(1), vaults.ErrExceedsClaimable)
	both("a unit more", 1, shares.MustAdd(amount(1)), assets.MustAdd(amount(1)), vaults.ErrExceedsClaimable)
	v.OpenCase()
	both("a case is open", 1, shares, assets, vaults.ErrCaseOpen)
	if s, a := v.Claimable(1, alice); !s.IsZero() || !a.IsZero() {
		t.Errorf("while a case is open %v and %v are claimable", s, a)
	}
	v.CloseCase()
	v.AddLock(lock(1, 85, 0)) // 100 are there: 15 may leave
	both("locks need it", 1, shares, assets, vaults.ErrStakeLocked)
	if s, a := v.Claimable(1, alice); s != v.Redemptions[0].Shares || a != vadium.Tokens(15) {
		t.Errorf("with locks %v and %v are claimable", s, a)
	}
	both("what locks leave", 1, v.Redemptions[0].Shares, vadium.Tokens(15), nil)
}

func TestWhatRoundingsLeaveOfAPoolGoesToThoseWhoStay(t *testing.T) {
	v := staked(t, 10, 90)
	redeem(t, v, 0, alice, vadium.Tokens(1_000_000))
	v.SeniorUnbonding.Assets = v.SeniorUnbonding.Assets.MustAdd(vadium.Tokens(1)) // two units of assets a share
	parts, err := v.PlanClaimOfAssets(vadium.Forever, alice, vadium.Tokens(2).MustSub(amount(1)))
	if err != nil {
		t.Fatal(err)
	}
	v.ApplyClaims(parts)
	checked(t, v, 0)
	if want := vadium.Tokens(89).MustAdd(amount(1)); v.Senior != want || !v.SeniorUnbonding.Assets.IsZero() {
		t.Errorf("the senior is %v, want %v; the pool %v", v.Senior, want, v.SeniorUnbonding)
	}
}
