package vaults_test

import (
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

func TestRewardsOfALoneProverAreItsOwn(t *testing.T) {
	v := staked(t, 10, 0)
	want := vaults.Reward{Commission: vadium.Tokens(1), Junior: vadium.Tokens(9)}
	if got := v.PlanReward(0, vadium.Tokens(10), 1_000); got != want {
		t.Errorf("PlanReward = %v, want %v", got, want)
	}
}

func TestTheSeniorTrancheEarnsFromOneTokenOfSharesOn(t *testing.T) {
	v := staked(t, 1, 1)
	if got := v.PlanReward(0, vadium.Tokens(2), 0); got.Senior != vadium.Tokens(1) {
		t.Errorf("one token of shares earns %s of 2, want 1", got.Senior.Tokens())
	}
	redeem(t, v, 0, alice, amount(1_000_000)) // a unit of assets
	if got := v.PlanReward(0, vadium.Tokens(2), 0); !got.Senior.IsZero() || got.Junior != vadium.Tokens(2) {
		t.Errorf("a unit less earns %s of 2, want nothing", got.Senior.Tokens())
	}
}

func TestCommissionIsAtMostNinetyFivePercent(t *testing.T) {
	v := staked(t, 1, 0)
	if got := v.PlanReward(0, amount(10_000), vaults.MaxCommission).Commission; got != amount(9_500) {
		t.Errorf("commission = %v, want 9500", got)
	}
	panics(t, "a commission above the maximum", func() { v.PlanReward(0, amount(1), vaults.MaxCommission+1) })
}

func TestARewardDripsInOverSevenDays(t *testing.T) {
	v := staked(t, 1, 1)
	reward := func(now vadium.Time, tokens uint64) {
		v.ApplyReward(now, v.PlanReward(now, vadium.Tokens(2*tokens), 0))
	}
	reward(0, 7)
	day := vadium.Time(vadium.Day)
	for _, c := range []struct {
		now  vadium.Time
		want uint64
	}{{0, 1}, {day, 2}, {6 * day, 7}, {7 * day, 8}, {30 * day, 8}} {
		if got := v.TotalAssets(c.now); got != vadium.Tokens(c.want) {
			t.Errorf("total assets after %d days = %s, want %d", c.now/day, got.Tokens(), c.want)
		}
	}
}

func TestTheDripWindowIsTheWeightedAverageRoundedUp(t *testing.T) {
	v := staked(t, 1, 1)
	v.ApplyReward(0, vaults.Reward{Senior: amount(2)})
	v.ApplyReward(vadium.Time(vaults.DripWindow)/2, vaults.Reward{Senior: amount(2)}) // one left for W/2, two for W
	want := vadium.Time(vaults.DripWindow)/2 + (vadium.Time(vaults.DripWindow)/2+2*vadium.Time(vaults.DripWindow)+2)/3
	if got := v.Dripping; got.Locked != amount(3) || got.Until != want {
		t.Errorf("drip = %v until %d, want 3 until %d", got.Locked, got.Until, want)
	}
}

// A reward announced is not a reward to be had: deposit, reward and exit at the same moment gain nothing.
func TestASandwichedRewardGainsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := vaults.New(1, prover, 0, 0)
		v.DepositJunior(vadium.Tokens(10))
		shares, _ := v.PreviewDeposit(0, vadium.Tokens(50))
		v.DepositSenior(0, alice, vadium.Tokens(50), shares)
		now := vadium.Time(rapid.Int64Range(0, 1<<40).Draw(t, "now"))
		in := vaults.MinDeposit.MustAdd(amount(rapid.Uint64().Draw(t, "deposit")))
		shares, err := v.PreviewDeposit(now, in)
		if err != nil {
			t.Fatal(err)
		}
		v.DepositSenior(now, bob, in, shares)
		v.ApplyReward(now, v.PlanReward(now, amount(rapid.Uint64().Draw(t, "reward")), 0))
		r, err := v.PlanRedemption(now, bob, shares, now)
		if err != nil {
			t.Fatal(err)
		}
		if in.Less(r.Assets) {
			t.Fatalf("in %v, out %v", in, r.Assets)
		}
	})
}

// A vault holds one asset, and fees are in the market's own: a prover that stakes another gets all of its fee, and none of
// it becomes stake.
func TestFeeOfAVaultInAnotherAssetIsAllCommissionAndNeverStake(t *testing.T) {
	v := vaults.New(1, alice, 1_000, 0)
	v.Asset = risk.Asset{1}
	v.DepositJunior(vadium.Tokens(10))
	want := vaults.Reward{Commission: amount(99)}
	if got := v.PlanReward(0, amount(99), 1_000); got != want {
		t.Errorf("PlanReward = %v, want %v", got, want)
	}
	panics(t, "a fee in a vault of another asset", func() { v.ApplyReward(0, want) })
}
