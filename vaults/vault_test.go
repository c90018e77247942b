package vaults_test

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

// staked returns a vault with this junior and alice's senior stake, in tokens.
func staked(t testing.TB, junior, senior uint64) *vaults.Vault {
	t.Helper()
	v := vaults.New(1, prover, 1_000, 0)
	v.DepositJunior(vadium.Tokens(junior))
	if senior > 0 {
		deposit(t, v, 0, alice, vadium.Tokens(senior))
	}
	return v
}

func TestEffectiveStakeIsAtMostTenTimesTheJunior(t *testing.T) {
	for _, c := range []struct{ junior, senior, want uint64 }{{0, 0, 0}, {10, 0, 10}, {10, 89, 99}, {10, 90, 100}, {10, 91, 100}, {10, 5_000, 100}} {
		if got := staked(t, c.junior, c.senior).Effective(0); got != vadium.Tokens(c.want) {
			t.Errorf("Effective of %d junior and %d senior = %s, want %d", c.junior, c.senior, got.Tokens(), c.want)
		}
	}
}

func TestLockIsTheDamageCapAndHalfTheFeeOrATenthOfTheCap(t *testing.T) {
	for _, c := range []struct{ damageCap, fee, want uint64 }{
		{0, 0, 0}, {0, 1, 1}, {0, 100, 50}, {0, 101, 51}, {100, 0, 110}, {100, 20, 110}, {100, 21, 111}, {101, 0, 112}, {400, 500, 650},
	} {
		if got := vaults.LockFor(amount(c.damageCap), amount(c.fee)); got != amount(c.want) {
			t.Errorf("LockFor(%d, %d) = %v, want %d", c.damageCap, c.fee, got, c.want)
		}
	}
}

func lock(id byte, tokens, damageCap uint64) vaults.Lock {
	return vaults.Lock{Request: vadium.RequestID{id}, Amount: vadium.Tokens(tokens), DamageCap: vadium.Tokens(damageCap)}
}

func TestALockFitsUntilTheLastUnitOfFreeStake(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 60, 0))
	exact := lock(2, 40, 0)
	if err := v.CheckLock(0, exact); err != nil {
		t.Errorf("a lock of all that is free: %v", err)
	}
	exact.Amount = exact.Amount.MustAdd(amount(1))
	if err := v.CheckLock(0, exact); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of a unit more: %v, want %v", err, vaults.ErrStakeLocked)
	}
	if got, want := v.Free(0), vadium.Tokens(40); got != want {
		t.Errorf("Free = %v, want %v", got, want)
	}
}

func TestDamageCapsFitUntilTheLastUnitOfJunior(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 20, 7))
	exact := lock(2, 20, 3)
	if err := v.CheckLock(0, exact); err != nil {
		t.Errorf("a damage cap of all the junior: %v", err)
	}
	exact.DamageCap = exact.DamageCap.MustAdd(amount(1))
	if err := v.CheckLock(0, exact); !errors.Is(err, vaults.ErrDamageCapsExceedJunior) {
		t.Errorf("a damage cap of a unit more: %v, want %v", err, vaults.ErrDamageCapsExceedJunior)
	}
}

func TestNothingIsFreeWhenASlashLeftLessThanTheLocks(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 100, 0))
	slash(v, 0, vadium.Tokens(5))
	if got := v.Free(0); !got.IsZero() {
		t.Errorf("Free = %v, want nothing", got)
	}
	if err := v.CheckLock(0, lock(2, 0, 0)); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of nothing: %v, want %v", err, vaults.ErrStakeLocked)
	}
}

func TestLocksAreFoundReleasedAndNeverDoubled(t *testing.T) {
	v := staked(t, 10, 90)
	second := lock(1, 5, 1)
	second.Attempt = 2
	for _, l := range []vaults.Lock{second, lock(2, 3, 2), lock(1, 4, 3)} {
		v.AddLock(l)
		checked(t, v, 0)
	}
	if got, found := v.LockOf(vadium.RequestID{1}, 2); !found || got != second {
		t.Errorf("LockOf = %v, %v, want %v", got, found, second)
	}
	if _, found := v.LockOf(vadium.RequestID{1}, 1); found {
		t.Error("LockOf found an attempt that has no lock")
	}
	if got := v.Release(vadium.RequestID{1}, 0); got != lock(1, 4, 3) {
		t.Errorf("Release = %v, want %v", got, lock(1, 4, 3))
	}
	checked(t, v, 0)
	if v.Locked() != vadium.Tokens(8) || v.DamageCaps() != vadium.Tokens(3) {
		t.Errorf("locked %s, damage caps %s, want 8 and 3", v.Locked().Tokens(), v.DamageCaps().Tokens())
	}
	panics(t, "releasing twice", func() { v.Release(vadium.RequestID{1}, 0) })
	panics(t, "locking twice", func() { v.AddLock(second) })
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestDepositsAreRefusedForTheRightReason(t *testing.T) {
	least := vaults.MinDeposit
	for _, c := range []struct {
		name   string
		spoil  func(*vaults.Vault)
		assets vadium.Amount
		want   error
	}{
		{"one token", func(*vaults.Vault) {}, least, nil},
		{"a unit less", func(*vaults.Vault) {}, least.MustSub(amount(1)), vaults.ErrDepositTooSmall},
		{"more than can exist", func(*vaults.Vault) {}, vadium.AmountFromUint256(power(128)), vaults.ErrDepositTooLarge},
		{"an open case", func(v *vaults.Vault) { v.OpenCase() }, least, vaults.ErrCaseOpen},
		{"a closed case", func(v *vaults.Vault) { v.OpenCase(); v.CloseCase() }, least, nil},
		{"junior slashed away while a request is open", func(v *vaults.Vault) { v.AddLock(lock(1, 1, 0)); slash(v, 0, vadium.Tokens(10)) }, least, vaults.ErrNoJunior},
		{"junior slashed away and nothing open", func(v *vaults.Vault) { slash(v, 0, vadium.Tokens(10)) }, least, nil},
		{"all slashed away", func(v *vaults.Vault) { slash(v, 0, vadium.Tokens(100)) }, least, vaults.ErrVaultClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := staked(t, 10, 90)
			c.spoil(v)
			if _, err := v.PreviewDeposit(0, c.assets); !errors.Is(err, c.want) {
				t.Errorf("PreviewDeposit = %v, want %v", err, c.want)
			}
		})
	}
	if _, err := vaults.New(1, prover, 0, 0).PreviewDeposit(0, least); !errors.Is(err, vaults.ErrNoJunior) {
		t.Errorf("PreviewDeposit into an empty vault = %v, want %v", err, vaults.ErrNoJunior)
	}
	panics(t, "closing a case that is not open", func() { staked(t, 1, 0).CloseCase() })
}

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
	v.Release(vadium.RequestID{1}, 0)
	v.AddLock(lock(2, 10, 0))
	claim(t, v, r.Matures, r.ID)

	own, err := v.PlanJuniorRedemption(vadium.Tokens(4), 5)
	if err != nil {
		t.Fatal(err)
	}
	v.ApplyRedemption(0, own)
	v.Release(vadium.RequestID{2}, 0)
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

func TestADepositSettlesTheDripAndChangesNoPrice(t *testing.T) {
	v := staked(t, 1, 1)
	v.ApplyReward(0, vaults.Reward{Senior: vadium.Tokens(7)})
	now := vadium.Time(3 * vadium.Day)
	price := v.Price(now)
	deposit(t, v, now, bob, vadium.Tokens(8))
	if v.Senior != vadium.Tokens(12) || v.Dripping.Locked != vadium.Tokens(4) || v.Price(now) != price {
		t.Errorf("after the deposit: principal %s, dripping %s, price %v, want 12, 4, %v",
			v.Senior.Tokens(), v.Dripping.Locked.Tokens(), v.Price(now), price)
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

func TestCheckFindsBrokenBooks(t *testing.T) {
	for name, spoil := range map[string]func(*vaults.Vault){
		"shares without a holder":   func(v *vaults.Vault) { v.Shares = v.Shares.MustAdd(amount(1)) },
		"an empty holding":          func(v *vaults.Vault) { v.Holdings = append(v.Holdings, vaults.Holding{Owner: dave}) },
		"a lock that is not summed": func(v *vaults.Vault) { v.Locks = append(v.Locks, lock(9, 1, 0)) },
		"a cap that is not summed":  func(v *vaults.Vault) { v.DamageCapTotal = amount(1) },
		"a pool nobody owns":        func(v *vaults.Vault) { v.SeniorUnbonding.Shares = amount(1) },
		"money nobody owns":         func(v *vaults.Vault) { v.JuniorUnbonding.Assets = amount(1) },
		"a redemption out of order": func(v *vaults.Vault) { v.Redemptions = append(v.Redemptions, vaults.Redemption{ID: 7}) },
		"an empty drip with dates":  func(v *vaults.Vault) { v.Dripping.Until = 7 },
		"a drip that runs backward": func(v *vaults.Vault) { v.Dripping = vaults.Drip{Locked: amount(1), From: 8, Until: 7} },
	} {
		v := staked(t, 10, 90)
		checked(t, v, 0)
		spoil(v)
		if v.Check(0) == nil {
			t.Errorf("Check accepts %s", name)
		}
	}
}

func encoded(t interface{ Fatal(...any) }, v *vaults.Vault) []byte {
	raw, err := rlp.EncodeToBytes(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestACloneSharesNothing(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(2, 1, 1))
	redeem(t, v, 0, alice, vadium.Tokens(1))
	before := encoded(t, v)
	c := v.Clone()
	if !reflect.DeepEqual(c, v) {
		t.Fatalf("Clone = %+v, want %+v", c, v)
	}
	c.AddLock(lock(1, 1, 1))
	c.Release(vadium.RequestID{2}, 0)
	deposit(t, c, 0, bob, vadium.Tokens(1))
	deposit(t, c, 0, alice, vadium.Tokens(1))
	redeem(t, c, 0, alice, vadium.Tokens(1))
	claim(t, c, math.MaxInt64, 1)
	if !bytes.Equal(encoded(t, v), before) {
		t.Error("changing the clone changed the original")
	}
}

func TestHoldersAreSortedAndLeaveWithTheirLastShare(t *testing.T) {
	v := staked(t, 10, 90)
	for _, owner := range []vadium.Account{dave, bob, carol} {
		deposit(t, v, 0, owner, vadium.Tokens(1))
	}
	redeem(t, v, 0, bob, v.SharesOf(bob))
	if got, want := v.Holders(), []vadium.Account{alice, carol, dave}; !reflect.DeepEqual(got, want) {
		t.Errorf("Holders = %v, want %v", got, want)
	}
	if got := v.SharesOf(bob); !got.IsZero() {
		t.Errorf("bob has %v shares left", got)
	}
}

// The slow obvious conversions: exact fractions, rounded at the end.
func TestConversionsAreTheExactFractionRoundedTheNamedWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) vadium.Amount {
			a, _ := vadium.AmountFromBytes(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, name))
			return a
		}
		rate := vaults.Rate{Assets: draw("assets"), Shares: draw("shares"), Offset: uint8(rapid.IntRange(0, 18).Draw(t, "offset"))}
		x := draw("x")
		one := big.NewInt(1)
		assets := new(big.Int).Add(rate.Assets.Uint256().ToBig(), one)
		shares := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(rate.Offset)), nil)
		shares.Add(shares, rate.Shares.Uint256().ToBig())
		convert := func(mul, div *big.Int, up bool) string {
			n := new(big.Int).Mul(x.Uint256().ToBig(), mul)
			q, rest := new(big.Int).QuoRem(n, div, new(big.Int))
			if up && rest.Sign() > 0 {
				q.Add(q, one)
			}
			return q.String()
		}
		for _, c := range []struct {
			name string
			got  vadium.Amount
			want string
		}{
			{"SharesDown", rate.SharesDown(x), convert(shares, assets, false)},
			{"SharesUp", rate.SharesUp(x), convert(shares, assets, true)},
			{"AssetsDown", rate.AssetsDown(x), convert(assets, shares, false)},
			{"AssetsUp", rate.AssetsUp(x), convert(assets, shares, true)},
		} {
			if c.got.String() != c.want {
				t.Fatalf("%s(%v) at %+v = %v, want %s", c.name, x, rate, c.got, c.want)
			}
		}
		if back := rate.AssetsDown(rate.SharesDown(x)); x.Less(back) {
			t.Fatalf("a round trip of %v pays %v", x, back)
		}
	})
}
