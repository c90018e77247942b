package vaults_test

import (
	"testing"

	"vadium"
	"vadium/vaults"
)

func TestDamagesAreNeverPaidByDelegators(t *testing.T) {
	v := staked(t, 10, 90)
	for _, c := range []struct{ amount, want uint64 }{{4, 4}, {10, 10}, {11, 10}, {1_000, 10}} {
		loss := v.PlanDamages(0, vadium.Tokens(c.amount))
		if loss.JuniorTotal() != vadium.Tokens(c.want) || !loss.SeniorTotal().IsZero() {
			t.Errorf("PlanDamages(%d) = %s junior and %s senior, want %d and 0",
				c.amount, loss.JuniorTotal().Tokens(), loss.SeniorTotal().Tokens(), c.want)
		}
	}
}

func TestALossThatDoesNotDivideFallsOnTheJuniorThatIsLeavingAndTheSeniorThatStays(t *testing.T) {
	v := vaults.New(1, prover, 0, 0)
	v.DepositJunior(amount(3))
	r, err := v.PlanJuniorRedemption(amount(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	v.ApplyRedemption(0, r)
	if got, want := v.PlanDamages(0, amount(1)), (vaults.Loss{JuniorUnbonding: amount(1)}); got != want {
		t.Errorf("PlanDamages = %+v, want %+v", got, want)
	}
	v = staked(t, 0, 0)
	v.DepositSenior(0, alice, vadium.Tokens(3), vadium.Tokens(3_000_000))
	redeem(t, v, 0, alice, vadium.Tokens(1_000_000))
	if got, want := v.PlanPunitive(0, amount(1), amount(0)), (vaults.Loss{Senior: amount(1)}); got != want {
		t.Errorf("PlanPunitive = %+v, want %+v", got, want)
	}
}

func TestPunitiveLeavesTheJuniorThatOtherDamageCapsNeed(t *testing.T) {
	v := staked(t, 10, 90)
	for _, c := range []struct{ amount, reserved, junior, senior uint64 }{
		{5, 0, 5, 0}, {5, 5, 5, 0}, {5, 6, 4, 1}, {5, 10, 0, 5}, {5, 99, 0, 5}, {15, 0, 10, 5},
	} {
		loss := v.PlanPunitive(0, vadium.Tokens(c.amount), vadium.Tokens(c.reserved))
		if loss.JuniorTotal() != vadium.Tokens(c.junior) || loss.SeniorTotal() != vadium.Tokens(c.senior) {
			t.Errorf("PlanPunitive(%d, reserved %d) = %s junior, %s senior, want %d, %d", c.amount, c.reserved,
				loss.JuniorTotal().Tokens(), loss.SeniorTotal().Tokens(), c.junior, c.senior)
		}
	}
}

func TestASlashLeavesAMillionUnitsOfSenior(t *testing.T) {
	v := staked(t, 10, 90)
	left := amount(1_000_000)
	for _, short := range []uint64{1, 0} {
		want := vadium.Tokens(90).MustSub(left).MustSub(amount(short))
		if got := v.PlanPunitive(0, vadium.Tokens(10).MustAdd(want), amount(0)).SeniorTotal(); got != want {
			t.Errorf("senior pays %v, want %v", got, want)
		}
	}
	most := v.PlanPunitive(0, vadium.AmountFromUint256(power(200)), amount(0))
	if got, want := v.Held(0).MustSub(most.Total()), left; got != want {
		t.Errorf("a slash of everything leaves %v, want %v", got, want)
	}
}

func TestLosingWhatIsNotThereIsABrokenInvariant(t *testing.T) {
	panics(t, "a loss above the junior", func() { staked(t, 1, 0).ApplyLoss(0, vaults.Loss{Junior: vadium.Tokens(2)}) })
	panics(t, "claiming commission that is not due", func() { staked(t, 1, 0).ClaimCommission(amount(1)) })
}

// economics.md §5.5: the senior may be told to pay so much and no more. The junior pays as if nobody had said so, and what is
// beyond both nobody pays.
func TestSeniorPaysWithinItsMost(t *testing.T) {
	v := vaults.New(1, vadium.Account{1}, 0, 0)
	v.DepositJunior(vadium.Tokens(100))
	v.DepositSenior(0, vadium.Account{2}, vadium.Tokens(900), vadium.Tokens(900))
	for _, c := range []struct{ damages, punitive, reserved, most, wantRequester, wantJunior, wantSenior uint64 }{
		{40, 100, 0, 450, 40, 60, 40},
		{40, 510, 0, 450, 40, 60, 450}, // exactly the most
		{40, 511, 0, 450, 40, 60, 450},
		{0, 900, 95, 450, 0, 5, 450},
		{150, 900, 0, 450, 100, 0, 450}, // unpaid damages count, too
		{0, 100, 0, 0, 0, 100, 0},
		{0, 101, 0, 0, 0, 100, 0},
		{0, 500, 0, 900, 0, 100, 400},
	} {
		forRequester, forOthers := v.PlanPenaltyWithin(0, vadium.Tokens(c.damages), vadium.Tokens(c.punitive), vadium.Tokens(c.reserved), vadium.Tokens(c.most))
		if forRequester.Total() != vadium.Tokens(c.wantRequester) || forOthers.JuniorTotal() != vadium.Tokens(c.wantJunior) || forOthers.SeniorTotal() != vadium.Tokens(c.wantSenior) {
			t.Errorf("%+v: %s to the requester, %s of the junior and %s of the senior", c, forRequester.Total().Tokens(), forOthers.JuniorTotal().Tokens(), forOthers.SeniorTotal().Tokens())
		}
		if c.damages == 0 {
			if got := v.PlanPunitiveWithin(0, vadium.Tokens(c.punitive), vadium.Tokens(c.reserved), vadium.Tokens(c.most)); got != forOthers {
				t.Errorf("%+v: PlanPunitiveWithin = %+v, want %+v", c, got, forOthers)
			}
		}
	}
}
