package vaultstest

import (
	"testing"

	"vadium"
	"vadium/vaults"
)

// Promises holds a machine against V1 to V14 of economics.md §3.7, each in a scene of its own. Those that speak of every
// operation (V1 to V4, V11) are held again after each step of a [Life].
func Promises(t *testing.T, fresh Make, cast Cast) {
	t.Helper()
	for name, test := range map[string]func(*scene){
		"V1 what comes in is what is held, paid and slashed":              promiseConservation,
		"V2 claims never exceed the pool":                                 promiseClaims,
		"V3 shares never exceed the assets":                               promiseShares,
		"V4 deposits, requests and claims lower no price":                 promisePrices,
		"V5 who stays and who leaves lose the same percentage":            promiseSamePercentage,
		"V6 the junior is gone before the senior pays":                    promiseJuniorFirst,
		"V7 a slash raises nobody's claim":                                promiseNobodyGains,
		"V9 a slash takes what it says, or all there is":                  promiseExact,
		"V10 leaving before an offence pays for it, having left does not": promiseUnbondingPays,
		"V11 nobody sandwiches a reward":                                  promiseNoSandwich,
		"V12 rewards drip":                                                promiseDrip,
		"V13 a pool that was emptied stays empty for its old claims":      promiseGenerations,
		"V13 a pool that is diluted without end begins anew":              promiseDilution,
		"V14 frozen shares neither change hands nor leave":                promiseFrozen,
		"V2 what a claim of assets rounds away goes to those who stay":    promiseRoundings,
		"a vault is closed below a billionth of par, and not at it":       promiseFloor,
		"the prover has sixteen redemptions at most, of either tranche":   promiseSixteen,
		"senior money reaches nobody but insurance and burn":              promiseSeniorMoney,
		"locks outlast redemptions and transfers":                         promiseLocks,
		"only the market and the prover do what is theirs":                promiseRoles,
	} {
		play(t, name, fresh, cast, test)
	}
	t.Run("V8 a slash of one vault leaves the other as it was", func(t *testing.T) { promiseIsolation(t, fresh, cast) })
}

func (s *scene) slash(tokens uint64) []vadium.Amount {
	s.Helper()
	return s.must(s.market, Slash{Punitive: vadium.Tokens(tokens), Severity: 50, Requester: s.carol})
}

func promiseConservation(s *scene) {
	s.must(s.market, Reward{vadium.Tokens(120), 1_000})
	s.Wait(3 * vadium.Day)
	s.must(s.alice, RequestRedeem{s.shares(s.alice).BpsDown(3_333), s.alice, s.alice})
	s.must(s.market, Slash{Damages: vadium.Tokens(33), Punitive: vadium.Tokens(2_000), Severity: 50, Requester: s.bob, Reporter: s.carol, Rescuer: s.bob})
	s.Wait(vaults.Unbonding)
	s.must(s.alice, Claim{1, s.alice})
	s.must(s.prover, ClaimCommission{vadium.Tokens(12)})
	s.refused(s.prover, ClaimCommission{unit}, ErrCommission)
	for _, who := range s.cast.All() {
		s.must(s.alice, Collect{who})
	}
	v := s.Look()
	var outside vadium.Amount
	for _, a := range v.Accounts {
		outside = outside.MustAdd(a.Assets)
	}
	s.equal("all there is", outside.MustAdd(v.Balance), vadium.Sum(Purse, Purse, Purse, Purse, Purse))
	s.equal("the balance", v.Balance, v.Held)
	s.equal("the parts", v.Held, vadium.Sum(v.Junior, v.JuniorUnbonding.Assets, v.Senior, v.Dripping.Locked, v.SeniorUnbonding.Assets, v.Commission))
}

func promiseClaims(s *scene) {
	for _, part := range []vadium.Bps{1_111, 777, 3_333} {
		s.must(s.alice, RequestRedeem{s.shares(s.alice).BpsDown(part), s.alice, s.alice})
		s.must(s.bob, RequestRedeem{s.shares(s.bob).BpsDown(part), s.bob, s.bob})
		s.slash(701)
	}
	s.Wait(vaults.Unbonding)
	pool := s.Look().SeniorUnbonding.Assets
	var paid vadium.Amount
	for id := uint64(1); id <= 6; id++ {
		paid = paid.MustAdd(s.must(s.Look().Redemptions[id].Owner, Claim{id, s.carol})[0])
	}
	s.equal("all claims", paid, pool) // the last takes what roundings left
}

// A share that is worth more than a unit of assets cannot be split into units: whoever leaves a unit of it, leaves it to those
// who stay, and an empty pool holds nothing.
func promiseRoundings(s *scene) {
	token := vadium.Tokens(1_000_000) // of shares
	s.must(s.bob, RequestRedeem{s.shares(s.bob), s.bob, s.bob})
	s.must(s.alice, RequestRedeem{s.shares(s.alice).MustSub(token), s.alice, s.alice})
	s.slash(999)
	s.Wait(vaults.Unbonding)
	s.must(s.bob, Claim{1, s.bob})
	s.must(s.alice, Claim{2, s.alice})
	s.must(s.market, Reward{vadium.Tokens(100_000_000), 0})
	s.Wait(vaults.Unbonding)
	s.must(s.alice, RequestRedeem{token, s.alice, s.alice})
	s.Wait(vaults.Unbonding)
	before := s.Look()
	all := before.Accounts[s.alice].MaxWithdraw
	s.equal("the shares that all but a unit costs", s.must(s.alice, Withdraw{all.MustSub(unit), s.alice, s.alice})[0], token)
	after := s.Look()
	s.equal("what is left of the pool", vadium.Sum(after.SeniorUnbonding.Assets, after.SeniorUnbonding.Shares), vadium.Amount{})
	s.equal("the senior", after.Senior, before.Senior.MustAdd(unit))
}

func promiseShares(s *scene) {
	s.slash(1_777)
	s.must(s.market, Reward{vadium.Tokens(99), 0})
	s.Wait(5 * vadium.Day)
	v := s.Look()
	worth := s.Quote(s.alice, s.shares(s.alice)).ToAssets.MustAdd(s.Quote(s.bob, s.shares(s.bob)).ToAssets)
	if v.TotalAssets.Less(worth) {
		s.Errorf("shares are worth %v, assets are %v", worth, v.TotalAssets)
	}
}

func promisePrices(s *scene) {
	s.slash(2_345)
	for i, step := range []struct {
		by vadium.Account
		op Op
	}{
		{s.carol, Deposit{Assets: vadium.Tokens(7).MustAdd(vadium.NewAmount(13)), Receiver: s.carol}},
		{s.carol, Mint{vadium.NewAmount(1e18 + 7).MustAdd(vadium.Tokens(2_000_000)), s.carol}},
		{s.alice, RequestRedeem{s.shares(s.alice).BpsDown(777), s.alice, s.alice}},
		{s.bob, RequestRedeem{s.shares(s.bob).BpsDown(333), s.bob, s.bob}},
	} {
		before := sharePrice(s.Look())
		s.must(step.by, step.op)
		if after := sharePrice(s.Look()); after.Cmp(before) < 0 {
			s.Errorf("step %d lowers the price from %s to %s", i, before.FloatString(30), after.FloatString(30))
		}
	}
	s.slash(100)
	s.Wait(vaults.Unbonding)
	before := s.Look().SeniorUnbonding
	s.must(s.alice, Redeem{s.Look().Accounts[s.alice].MaxRedeem.BpsDown(3_333), s.alice, s.alice})
	after := s.Look().SeniorUnbonding
	if fraction(after.Assets, after.Shares).Cmp(fraction(before.Assets, before.Shares)) < 0 {
		s.Errorf("a claim makes a pool of %+v one of %+v", before, after)
	}
}

func promiseSamePercentage(s *scene) {
	s.must(s.bob, RequestRedeem{s.shares(s.bob), s.bob, s.bob})
	s.must(s.prover, LeaveJunior{vadium.Tokens(250)})
	s.slash(500) // half of the junior
	v := s.Look()
	s.equal("the junior that is leaving", v.JuniorUnbonding.Assets, vadium.Tokens(125))
	s.equal("the junior that stays", v.Junior, vadium.Tokens(375))
	s.slash(1_500) // all of it, and a fifth of the senior
	v = s.Look()
	s.equal("the senior that is leaving", v.SeniorUnbonding.Assets, vadium.Tokens(800))
	s.equal("the senior that stays", v.Senior, vadium.Tokens(3_200))
}

func promiseJuniorFirst(s *scene) {
	s.slash(999)
	s.equal("the senior", s.Look().Senior, vadium.Tokens(5_000))
	// Other requests' damage caps keep their junior.
	s.must(s.prover, StakeJunior{vadium.Tokens(99)})
	took := s.must(s.market, Slash{Punitive: vadium.Tokens(60), ReservedJunior: vadium.Tokens(50), Severity: 50, Requester: s.carol})
	s.equal("what the junior pays", took[0], vadium.Tokens(50))
	s.equal("what the senior pays", took[1], vadium.Tokens(10))
	s.refused(s.market, Slash{Punitive: unit, Severity: 101, Requester: s.carol}, ErrSeverity)
}

func promiseNobodyGains(s *scene) {
	s.must(s.market, Reward{vadium.Tokens(120), 0})
	s.must(s.alice, RequestRedeem{s.shares(s.alice).BpsDown(3_000), s.alice, s.alice})
	before := s.Look()
	worth := s.Quote(s.alice, s.shares(s.alice)).ToAssets
	s.slash(1_500)
	if after := s.Quote(s.alice, s.shares(s.alice)).ToAssets; worth.Less(after) {
		s.Errorf("a slash raises shares worth %v to %v", worth, after)
	}
	if after := s.Look(); before.SeniorUnbonding.Assets.Less(after.SeniorUnbonding.Assets) || before.Price.Less(after.Price) {
		s.Errorf("a slash raises the pool to %v or the price to %v", after.SeniorUnbonding.Assets, after.Price)
	}
}

func promiseExact(s *scene) {
	for _, x := range []vadium.Amount{unit, vadium.NewAmount(100), vadium.Tokens(1_777).MustAdd(vadium.NewAmount(3))} {
		took := s.must(s.market, Slash{Punitive: x, Severity: 20, Requester: s.carol})
		s.equal("what a slash takes", vadium.Sum(took...), x)
	}
	v := s.Look()
	all := vadium.Sum(v.Junior, v.Senior)
	took := s.must(s.market, Slash{Punitive: most, Severity: 100, Requester: s.carol})
	s.equal("what a slash of everything takes", vadium.Sum(took...), all.MustSub(vadium.NewAmount(1_000_000)))
}

func promiseUnbondingPays(s *scene) {
	s.must(s.alice, RequestRedeem{s.shares(s.alice).BpsDown(5_000), s.alice, s.alice})
	s.must(s.bob, RequestRedeem{s.shares(s.bob), s.bob, s.bob})
	s.Wait(vaults.Unbonding)
	s.equal("what bob has claimed", s.must(s.bob, Claim{2, s.bob})[0], vadium.Tokens(1_000))
	s.slash(3_000) // all of the junior, and half of the senior that is left
	s.equal("what alice claims", s.must(s.alice, Claim{1, s.alice})[0], vadium.Tokens(1_000))
	s.equal("what bob has", s.assets(s.bob), Purse)
}

func promiseNoSandwich(s *scene) {
	in := vadium.Tokens(5_000)
	shares := s.must(s.carol, Deposit{Assets: in, Receiver: s.carol})[0]
	before := s.Look()
	s.must(s.market, Reward{vadium.Tokens(700), 0})
	s.must(s.carol, RequestRedeem{shares, s.carol, s.carol})
	out := s.Look().SeniorUnbonding.Assets
	// A machine whose operations take a second pays a second's part of the reward.
	part, _ := vadium.Tokens(700).MulDivUp(unit, vadium.NewAmount(7*24*3_600))
	if in.MustAdd(part).Less(out) {
		s.Errorf("in %v, out %v, at a price of %v", in, out, before.Price)
	}
}

func promiseDrip(s *scene) {
	s.must(s.market, Reward{vadium.Tokens(6_000), 0}) // 5,000 of it for the senior
	before := s.Look()
	s.equal("what drips", before.Dripping.Locked, vadium.Tokens(5_000))
	s.equal("the total at once", before.TotalAssets, vadium.Tokens(5_000))
	for day := uint64(1); day <= 9; day++ {
		s.Wait(vadium.Day)
		part, _ := vadium.Tokens(5_000).MulDivDown(vadium.NewAmount(min(day, 7)), vadium.NewAmount(7))
		s.equal("the total after some days", s.Look().TotalAssets, vadium.Tokens(5_000).MustAdd(part))
	}
	s.refused(s.market, Reward{vadium.Tokens(1), vaults.MaxCommission + 1}, ErrCommission)
	split := s.must(s.market, Reward{vadium.Tokens(100), vaults.MaxCommission})
	s.equal("the commission", split[0], vadium.Tokens(95))
}

func promiseGenerations(s *scene) {
	s.must(s.prover, LeaveJunior{vadium.Tokens(1_000)})
	s.slash(1_000)
	s.must(s.prover, StakeJunior{vadium.Tokens(6)})
	s.must(s.prover, LeaveJunior{vadium.Tokens(6)})
	s.Wait(vaults.Unbonding)
	s.equal("the old claim", s.must(s.prover, Claim{1, s.prover})[0], vadium.Amount{})
	s.equal("the new claim", s.must(s.prover, Claim{2, s.prover})[0], vadium.Tokens(6))
}

// Slashes that leave a unit of a pool, again and again, would multiply its shares until they no longer fit.
func promiseDilution(s *scene) {
	for range 8 {
		s.must(s.prover, StakeJunior{vadium.Tokens(1_000_000)})
		s.must(s.prover, LeaveJunior{s.Look().Junior})
		v := s.Look()
		all := v.Junior.MustAdd(v.JuniorUnbonding.Assets)
		s.must(s.market, Slash{Damages: all.MustSub(unit), Severity: 1, Requester: s.carol})
	}
	v := s.Look()
	if v.JuniorUnbonding.Generation == 0 || v.JuniorUnbonding.Shares.BitLen() > 200 {
		s.Errorf("the pool is %+v", v.JuniorUnbonding)
	}
	s.Wait(vaults.Unbonding)
	for id := uint64(1); id <= v.LastRedemption; id++ {
		s.must(s.prover, Claim{id, s.prover})
	}
}

func promiseFrozen(s *scene) {
	all := s.shares(s.alice)
	frozen := all.BpsDown(6_000)
	free := all.MustSub(frozen)
	s.must(s.market, Freeze{s.alice, frozen})
	s.must(s.alice, Approve{s.carol, vaults.Unlimited})
	s.refused(s.alice, Transfer{s.bob, free.MustAdd(unit)}, vaults.ErrSharesFrozen)
	s.refused(s.carol, TransferFrom{s.alice, s.bob, free.MustAdd(unit)}, vaults.ErrSharesFrozen)
	s.refused(s.alice, RequestRedeem{free.MustAdd(unit), s.alice, s.alice}, vaults.ErrSharesFrozen)
	s.must(s.alice, Transfer{s.bob, free})
	s.must(s.alice, Transfer{s.bob, vadium.Amount{}})
	s.must(s.bob, Transfer{s.alice, unit}) // what arrives stays free while what is frozen is there
	s.must(s.alice, Transfer{s.bob, unit})
	s.must(s.market, Freeze{s.alice, vadium.Amount{}})
	s.must(s.alice, RequestRedeem{frozen, s.alice, s.alice})
}

func promiseSixteen(s *scene) {
	s.must(s.carol, Deposit{Assets: vadium.Tokens(1), Receiver: s.prover})
	s.must(s.prover, RequestRedeem{vadium.NewAmount(1_000_000), s.prover, s.prover})
	for range vaults.MaxRedemptions - 1 {
		s.must(s.prover, LeaveJunior{unit})
	}
	s.refused(s.prover, LeaveJunior{unit}, vaults.ErrTooManyRedemptions)
	s.refused(s.prover, RequestRedeem{vadium.NewAmount(1_000_000), s.prover, s.prover}, vaults.ErrTooManyRedemptions)
	s.Wait(vaults.Unbonding)
	s.must(s.prover, Claim{2, s.prover})
	s.must(s.prover, LeaveJunior{unit})
}

func promiseFloor(s *scene) {
	least := vadium.NewAmount(5_000_000_000_000) // a billionth of 5,000 tokens
	s.must(s.market, Slash{Punitive: vadium.Tokens(6_000).MustSub(least), Severity: 100, Requester: s.carol})
	s.equal("the price", s.Look().Price, vadium.NewAmount(1_000_000_000))
	if s.Look().Accounts[s.carol].MaxDeposit.IsZero() {
		s.Error("the vault is closed at a billionth of par")
	}
	s.must(s.market, Slash{Punitive: vadium.NewAmount(2), Severity: 1, Requester: s.carol})
	s.equal("what may be deposited below it", s.Look().Accounts[s.carol].MaxDeposit, vadium.Amount{})
	s.refused(s.carol, Deposit{Assets: vadium.Tokens(1), Receiver: s.carol}, vaults.ErrVaultClosed)
}

func promiseSeniorMoney(s *scene) {
	s.must(s.market, Slash{Damages: vadium.Tokens(2_000), Punitive: vadium.Tokens(500), Severity: 100, Requester: s.alice, Reporter: s.bob, Rescuer: s.carol})
	v := s.Look()
	s.equal("the requester's", v.Accounts[s.alice].Credit, vadium.Tokens(1_000)) // all of the junior, and no more
	s.equal("the reporter's", v.Accounts[s.bob].Credit, vadium.Amount{})
	s.equal("the rescuer's", v.Accounts[s.carol].Credit, vadium.Amount{})
	s.equal("insurance's", v.Accounts[s.cast.Insurance].Credit, vadium.Tokens(750))
	s.equal("what is burnt", v.Accounts[s.cast.Burn].Credit, vadium.Tokens(750))
	s.refused(s.market, Slash{Damages: unit, Punitive: unit, Severity: 101, Requester: s.alice}, ErrSeverity)
	before := s.assets(s.alice)
	s.must(s.bob, Collect{s.alice}) // anyone may ask; it goes to her
	s.equal("what alice received", s.assets(s.alice).MustSub(before), vadium.Tokens(1_000))
}

func promiseLocks(s *scene) {
	s.refused(s.market, AddLock{1, vadium.Tokens(6_000).MustAdd(unit), unit}, vaults.ErrStakeLocked)
	s.refused(s.market, AddLock{1, vadium.Tokens(2_000), vadium.Tokens(1_000).MustAdd(unit)}, vaults.ErrDamageCapsExceedJunior)
	s.must(s.market, AddLock{1, vadium.Tokens(6_000), vadium.Tokens(1_000)})
	s.refused(s.market, AddLock{1, unit, unit}, ErrLockExists)
	s.refused(s.market, AddLock{2, unit, vadium.Amount{}}, vaults.ErrStakeLocked)
	s.must(s.alice, Transfer{s.carol, s.shares(s.alice)})
	s.must(s.carol, RequestRedeem{s.shares(s.carol), s.carol, s.carol})
	s.must(s.prover, LeaveJunior{vadium.Tokens(1)})
	s.Wait(vaults.Unbonding)
	s.refused(s.carol, Claim{1, s.carol}, vaults.ErrStakeLocked)
	s.refused(s.prover, Claim{2, s.prover}, vaults.ErrStakeLocked)
	s.must(s.market, Release{1})
	s.refused(s.market, Release{1}, ErrNoLock)
	s.must(s.market, OpenCase{})
	s.refused(s.market, AddLock{3, unit, unit}, vaults.ErrCaseOpen)
	s.refused(s.carol, Claim{1, s.carol}, vaults.ErrCaseOpen)
	s.must(s.market, CloseCase{})
	s.must(s.carol, Claim{1, s.carol})
	s.must(s.prover, Claim{2, s.prover})
	// The junior that damage caps need stays, however much senior there is.
	s.must(s.bob, Deposit{Assets: vadium.Tokens(5_000), Receiver: s.bob})
	s.must(s.market, AddLock{4, vadium.Tokens(999), vadium.Tokens(999)})
	s.must(s.prover, LeaveJunior{unit})
	s.Wait(vaults.Unbonding)
	s.refused(s.prover, Claim{3, s.prover}, vaults.ErrStakeLocked)
	s.must(s.market, Release{4})
	s.must(s.prover, Claim{3, s.prover})
}

func promiseRoles(s *scene) {
	for _, op := range []Op{Reward{}, Slash{Punitive: unit}, AddLock{1, unit, unit}, Release{1}, OpenCase{}, CloseCase{}, Freeze{s.bob, unit}} {
		s.refused(s.prover, op, ErrNotAuthorised)
		s.refused(s.alice, op, ErrNotAuthorised)
	}
	for _, op := range []Op{StakeJunior{unit}, LeaveJunior{unit}, ClaimCommission{}} {
		s.refused(s.market, op, ErrNotAuthorised)
		s.refused(s.alice, op, ErrNotAuthorised)
	}
}

func promiseIsolation(t *testing.T, fresh Make, cast Cast) {
	one, other := fresh(t), fresh(t)
	for _, m := range []Machine{one, other} {
		for _, step := range []struct {
			by vadium.Account
			op Op
		}{
			{cast.Prover, StakeJunior{vadium.Tokens(1_000)}},
			{cast.Stakers[0], Deposit{Assets: vadium.Tokens(4_000), Receiver: cast.Stakers[0]}},
			{cast.Stakers[0], RequestRedeem{vadium.Tokens(1_000_000), cast.Stakers[0], cast.Stakers[0]}},
		} {
			if _, err := m.Do(step.by, step.op); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := other.Look()
	if _, err := one.Do(cast.Market, Slash{Punitive: vadium.Tokens(3_000), Severity: 90, Requester: cast.Stakers[1]}); err != nil {
		t.Fatal(err)
	}
	if lines := diff(other.Look(), before); len(lines) > 0 {
		t.Errorf("a slash of one vault changes another: %v", lines)
	}
}
