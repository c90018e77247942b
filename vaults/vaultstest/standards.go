package vaultstest

import (
	"errors"
	"testing"

	"vadium"
	"vadium/vaults"
)

// Make returns a new machine for a test. Nothing has happened to it.
type Make func(TB) Machine

// scene is a machine in a test that says what must go well and what must not.
type scene struct {
	*testing.T
	Machine
	cast              Cast
	alice, bob, carol vadium.Account
	market, prover    vadium.Account
}

// play runs one test on a machine with 1,000 tokens of junior, of which Alice has 4,000 tokens of shares and Bob 1,000.
func play(t *testing.T, name string, fresh Make, cast Cast, test func(s *scene)) {
	t.Run(name, func(t *testing.T) {
		s := &scene{T: t, Machine: fresh(t), cast: cast, market: cast.Market, prover: cast.Prover,
			alice: cast.Stakers[0], bob: cast.Stakers[1], carol: cast.Stakers[2]}
		s.must(s.prover, StakeJunior{vadium.Tokens(1_000)})
		s.must(s.alice, Deposit{Assets: vadium.Tokens(4_000), Receiver: s.alice})
		s.must(s.bob, Deposit{Assets: vadium.Tokens(1_000), Receiver: s.bob})
		test(s)
	})
}

func (s *scene) must(by vadium.Account, op Op) []vadium.Amount {
	s.Helper()
	yield, err := s.Do(by, op)
	if err != nil {
		s.Fatalf("%s: %v", describe(by, op), err)
	}
	return yield
}

func (s *scene) refused(by vadium.Account, op Op, want error) {
	s.Helper()
	before := s.Look()
	if _, err := s.Do(by, op); !errors.Is(err, want) {
		s.Errorf("%s: %v, want %v", describe(by, op), err, want)
	}
	if lines := diff(untimed(s.Look()), untimed(before)); len(lines) > 0 {
		s.Errorf("%s is refused, yet changes %v", describe(by, op), lines)
	}
}

func (s *scene) equal(what string, got, want vadium.Amount) {
	s.Helper()
	if got != want {
		s.Errorf("%s = %v, want %v", what, got, want)
	}
}

func (s *scene) shares(who vadium.Account) vadium.Amount { return s.Look().Accounts[who].Shares }
func (s *scene) assets(who vadium.Account) vadium.Amount { return s.Look().Accounts[who].Assets }

var unit = vadium.NewAmount(1)

// Standards holds a machine against ERC-20, the façade of ERC-4626 and ERC-7540. What the lists of a16z and Trail of Bits
// say of synchronous vaults is in [Conversions]: here nothing leaves at once.
func Standards(t *testing.T, fresh Make, cast Cast) {
	t.Helper()
	for name, test := range map[string]func(*scene){
		"ERC20 transfers move exactly what they say, and the supply stays":       erc20Transfers,
		"ERC20 allowances are set, replaced, used up and never exceeded":         erc20Allowances,
		"ERC4626 every view answers, for everybody the same":                     erc4626Views,
		"ERC4626 deposit and mint keep what their previews promised":             erc4626Entering,
		"ERC4626 what is too small, too large or too dear is refused":            erc4626Refusals,
		"ERC4626 a donation changes no price, so inflation takes nothing (033)":  erc4626Inflation,
		"ERC7540 shares are burnt at once and claimed when they mature":          erc7540Requests,
		"ERC7540 only the controller and its operators claim":                    erc7540Operators,
		"ERC7540 another's shares are redeemed by allowance or operator only":    erc7540Foreign,
		"ERC7540 claims by shares and by assets take the oldest first, in parts": erc7540Parts,
		"ERC7540 what may be claimed is what a claim takes, also with locks":     erc7540Limits,
	} {
		play(t, name, fresh, cast, test)
	}
}

func erc20Transfers(s *scene) {
	supply := s.Look().Shares
	all := s.shares(s.bob)
	half := all.BpsDown(5_000)
	s.must(s.bob, Transfer{s.carol, half}) // 013
	s.equal("bob's shares", s.shares(s.bob), all.MustSub(half))
	s.equal("carol's shares", s.shares(s.carol), half)
	s.must(s.carol, Transfer{s.carol, half})          // 007
	s.must(s.carol, Transfer{s.bob, vadium.Amount{}}) // 011
	s.must(s.carol, Approve{s.carol, half})
	s.must(s.carol, TransferFrom{s.carol, s.carol, half})          // 008
	s.must(s.alice, TransferFrom{s.carol, s.bob, vadium.Amount{}}) // 012
	s.equal("carol's shares", s.shares(s.carol), half)
	s.refused(s.carol, Transfer{s.bob, half.MustAdd(unit)}, vaults.ErrNotEnoughShares) // 009
	s.refused(s.carol, Transfer{vadium.Account{}, unit}, ErrNobody)                    // 005
	s.must(s.carol, Approve{s.alice, vaults.Unlimited})
	s.refused(s.alice, TransferFrom{s.carol, s.bob, half.MustAdd(unit)}, vaults.ErrNotEnoughShares) // 010
	s.refused(s.alice, TransferFrom{s.carol, vadium.Account{}, unit}, ErrNobody)                    // 006
	var sum vadium.Amount
	for _, a := range s.Look().Accounts {
		sum = sum.MustAdd(a.Shares)
	}
	s.equal("all balances", sum, supply) // 001 to 003
	s.equal("the supply", s.Look().Shares, supply)
}

func erc20Allowances(s *scene) {
	allowed := func() vadium.Amount { return s.Look().Accounts[s.alice].Allowances[s.bob] }
	s.refused(s.bob, TransferFrom{s.alice, s.bob, unit}, vaults.ErrAllowanceTooLow)
	s.must(s.alice, Approve{s.bob, vadium.NewAmount(10)}) // 015
	s.must(s.alice, Approve{s.bob, vadium.NewAmount(7)})  // 016
	s.equal("the allowance", allowed(), vadium.NewAmount(7))
	s.refused(s.bob, TransferFrom{s.alice, s.bob, vadium.NewAmount(8)}, vaults.ErrAllowanceTooLow)
	s.must(s.bob, TransferFrom{s.alice, s.carol, vadium.NewAmount(4)}) // 014, 017
	s.equal("the allowance", allowed(), vadium.NewAmount(3))
	s.equal("carol's shares", s.shares(s.carol), vadium.NewAmount(4))
	s.must(s.alice, Approve{s.bob, vaults.Unlimited})
	s.must(s.bob, TransferFrom{s.alice, s.carol, vadium.NewAmount(4)})
	s.equal("an unlimited allowance", allowed(), vaults.Unlimited)
	s.must(s.alice, Approve{s.bob, vadium.Amount{}})
	s.refused(s.bob, TransferFrom{s.alice, s.bob, unit}, vaults.ErrAllowanceTooLow)
	s.refused(s.alice, Approve{vadium.Account{}, unit}, ErrNobody)
}

func erc4626Views(s *scene) {
	s.must(s.market, Reward{vadium.Tokens(77), 1_000})
	s.Wait(3 * vadium.Day)
	for _, n := range []vadium.Amount{{}, unit, vadium.Tokens(1), most} { // 001 to 008, 037: none reverts
		first := s.Quote(s.alice, n)
		for _, by := range []vadium.Account{s.carol, s.market} { // 025 to 028
			if got := s.Quote(by, n); got != first {
				s.Errorf("Quote(%v) = %+v for one, %+v for another", n, got, first)
			}
		}
		if first.Deposit != first.ToShares || first.Mint.Less(first.ToAssets) || first.ToAssets.MustAdd(unit).Less(first.Mint) {
			s.Errorf("Quote(%v) = %+v", n, first)
		}
	}
	// 023, 024: what may be deposited does not depend on what somebody has.
	view := s.Look()
	for who, a := range view.Accounts {
		if a.MaxDeposit != view.Accounts[s.alice].MaxDeposit || a.MaxMint != view.Accounts[s.alice].MaxMint || a.MaxDeposit.IsZero() {
			s.Errorf("%v may deposit %v and mint %v", who, a.MaxDeposit, a.MaxMint)
		}
	}
	s.must(s.market, OpenCase{})
	for who, a := range s.Look().Accounts {
		if sum := vadium.Sum(a.MaxDeposit, a.MaxMint, a.MaxRedeem, a.MaxWithdraw); !sum.IsZero() {
			s.Errorf("%v may still move %v while a case is open", who, sum)
		}
	}
}

func erc4626Entering(s *scene) {
	s.must(s.market, Slash{Punitive: vadium.Tokens(1_234), Severity: 1, Requester: s.carol}) // a price that does not divide
	in := vadium.Tokens(3).MustAdd(vadium.NewAmount(7))
	promised := s.Quote(s.carol, in).Deposit
	before := s.Look()
	if got := s.must(s.carol, Deposit{Assets: in, Receiver: s.bob, MinShares: promised}); got[0] != promised {
		s.Errorf("deposit = %v, previewed %v", got[0], promised)
	}
	s.equal("what carol paid", before.Accounts[s.carol].Assets.MustSub(s.assets(s.carol)), in) // 029
	s.equal("what bob got", s.shares(s.bob).MustSub(before.Accounts[s.bob].Shares), promised)
	s.equal("the total", s.Look().TotalAssets, before.TotalAssets.MustAdd(in))
	before = s.Look()
	cost := s.Quote(s.carol, promised).Mint
	if got := s.must(s.carol, Mint{promised, s.bob}); got[0] != cost { // 030
		s.Errorf("mint = %v, previewed %v", got[0], cost)
	}
	s.equal("what carol paid", before.Accounts[s.carol].Assets.MustSub(s.assets(s.carol)), cost)
	s.equal("what bob got", s.shares(s.bob).MustSub(before.Accounts[s.bob].Shares), promised)
	s.refused(s.carol, Deposit{Assets: in, Receiver: s.bob, MinShares: s.Quote(s.carol, in).Deposit.MustAdd(unit)}, ErrSlippage)
}

func erc4626Refusals(s *scene) {
	least := vaults.MinDeposit
	s.refused(s.carol, Deposit{Assets: least.MustSub(unit), Receiver: s.carol}, vaults.ErrDepositTooSmall)
	s.refused(s.carol, Mint{vadium.Amount{}, s.carol}, vaults.ErrDepositTooSmall)
	s.refused(s.carol, Deposit{Assets: most.MustAdd(unit), Receiver: s.carol}, vaults.ErrDepositTooLarge)
	s.refused(s.carol, Mint{vaults.Unlimited, s.carol}, vaults.ErrDepositTooLarge)
	s.refused(s.carol, Deposit{Assets: least, Receiver: vadium.Account{}}, ErrNobody)
	s.must(s.market, OpenCase{})
	s.refused(s.carol, Deposit{Assets: least, Receiver: s.carol}, vaults.ErrCaseOpen)
	s.refused(s.carol, Mint{s.Quote(s.carol, least).ToShares, s.carol}, vaults.ErrCaseOpen)
	s.must(s.market, CloseCase{})
	s.refused(s.market, CloseCase{}, ErrNoCase)
	s.must(s.carol, Deposit{Assets: least, Receiver: s.carol})
	// Newcomers do not stand in the first line while assignments are open.
	s.must(s.market, AddLock{1, vadium.Tokens(1), vadium.Amount{}})
	s.must(s.market, Slash{Punitive: vadium.Tokens(1_000), Severity: 90, Requester: s.carol})
	s.refused(s.carol, Deposit{Assets: least, Receiver: s.carol}, vaults.ErrNoJunior)
	s.must(s.market, Release{1})
	s.must(s.carol, Deposit{Assets: least, Receiver: s.carol})
	// Below a billionth of par nobody enters any more, and claims stay open.
	s.must(s.alice, RequestRedeem{s.shares(s.alice).BpsDown(100), s.alice, s.alice})
	s.must(s.market, Slash{Punitive: vadium.Tokens(1_000_000), Severity: 100, Requester: s.carol})
	s.refused(s.carol, Deposit{Assets: least, Receiver: s.carol}, vaults.ErrVaultClosed)
	s.Wait(vaults.Unbonding)
	s.must(s.alice, Claim{1, s.alice})
}

func erc4626Inflation(s *scene) {
	before := s.Look()
	s.must(s.carol, Donate{vadium.Tokens(1_000_000)})
	after := s.Look()
	s.equal("the price", after.Price, before.Price)
	in := vadium.Tokens(1)
	shares := s.must(s.bob, Deposit{Assets: in, Receiver: s.bob})[0]
	if worth := s.Quote(s.bob, shares).ToAssets; worth.MustAdd(unit).Less(in) {
		s.Errorf("a deposit of %v is worth %v after a donation", in, worth)
	}
	if swept := s.must(s.bob, Sweep{})[0]; swept != vadium.Tokens(1_000_000) {
		s.Errorf("swept %v", swept)
	}
	s.equal("what insurance has", s.assets(s.cast.Insurance), vadium.Tokens(1_000_000))
}

func erc7540Requests(s *scene) {
	all, supply := s.shares(s.bob), s.Look().Shares
	id := s.must(s.bob, RequestRedeem{all, s.bob, s.bob})[0].Uint256().Uint64()
	s.equal("bob's shares", s.shares(s.bob), vadium.Amount{})
	s.equal("the supply", s.Look().Shares, supply.MustSub(all))
	open := s.Look().Redemptions[id]
	s.equal("pending", open.Pending, all)
	s.equal("claimable", open.Claimable, vadium.Amount{})
	s.refused(s.bob, Claim{id, s.bob}, vaults.ErrRedemptionPending)
	s.refused(s.bob, Redeem{unit, s.bob, s.bob}, vaults.ErrExceedsClaimable)
	s.refused(s.bob, Claim{id + 1, s.bob}, vaults.ErrNoRedemption)
	s.Wait(open.Matures.Sub(s.Look().Time))
	open = s.Look().Redemptions[id]
	s.equal("pending at maturity", open.Pending, vadium.Amount{})
	s.equal("claimable at maturity", open.Claimable, all)
	before := s.assets(s.carol)
	paid := s.must(s.bob, Redeem{all, s.carol, s.bob})[0]
	s.equal("what carol received", s.assets(s.carol).MustSub(before), paid)
	s.equal("what bob's thousand is", paid, vadium.Tokens(1_000))
	if left := len(s.Look().Redemptions); left != 0 {
		s.Errorf("%d redemptions are open", left)
	}
	s.refused(s.bob, Claim{id, s.bob}, vaults.ErrNoRedemption)
}

func erc7540Operators(s *scene) {
	id := s.must(s.bob, RequestRedeem{s.shares(s.bob), s.bob, s.bob})[0].Uint256().Uint64()
	s.Wait(vaults.Unbonding)
	s.refused(s.carol, Claim{id, s.carol}, ErrNotAuthorised)
	s.refused(s.carol, Redeem{unit, s.carol, s.bob}, ErrNotAuthorised)
	s.refused(s.carol, Withdraw{unit, s.carol, s.bob}, ErrNotAuthorised)
	s.must(s.bob, SetOperator{s.carol, true})
	s.must(s.carol, Withdraw{vadium.Tokens(1), s.carol, s.bob})
	s.must(s.bob, SetOperator{s.carol, false})
	s.refused(s.carol, Withdraw{unit, s.carol, s.bob}, ErrNotAuthorised)
	s.must(s.bob, Claim{id, s.bob})
}

func erc7540Foreign(s *scene) {
	some := s.shares(s.alice).BpsDown(1_000)
	s.refused(s.carol, RequestRedeem{some, s.carol, s.alice}, vaults.ErrAllowanceTooLow)
	s.must(s.alice, Approve{s.carol, some})
	// Nobody fills another's places: whoever asks must act for the controller too.
	s.refused(s.carol, RequestRedeem{some, s.bob, s.alice}, ErrNotAuthorised)
	s.must(s.carol, RequestRedeem{some, s.carol, s.alice}) // 009 to 012, 035, 036
	s.refused(s.carol, RequestRedeem{unit, s.carol, s.alice}, vaults.ErrAllowanceTooLow)
	s.must(s.alice, SetOperator{s.carol, true})
	s.must(s.carol, RequestRedeem{some, s.alice, s.alice})
	s.refused(s.alice, RequestRedeem{s.shares(s.alice).MustAdd(unit), s.alice, s.alice}, vaults.ErrNotEnoughShares)
	s.refused(s.alice, RequestRedeem{vadium.NewAmount(999_999), s.alice, s.alice}, vaults.ErrRedemptionTooSmall)
	for range vaults.MaxRedemptions - 1 {
		s.must(s.alice, RequestRedeem{vadium.NewAmount(1_000_000), s.alice, s.alice})
	}
	s.refused(s.alice, RequestRedeem{vadium.NewAmount(1_000_000), s.alice, s.alice}, vaults.ErrTooManyRedemptions)
}

func erc7540Parts(s *scene) {
	ten := s.shares(s.alice).BpsDown(25) // ten tokens
	for range 3 {
		s.must(s.alice, RequestRedeem{ten, s.alice, s.alice})
	}
	s.must(s.market, Slash{Punitive: vadium.Tokens(2_234), Severity: 1, Requester: s.carol})
	s.Wait(vaults.Unbonding)
	all := s.Look().Accounts[s.alice].MaxWithdraw
	half := ten.BpsDown(5_000)
	first := s.must(s.alice, Redeem{half, s.alice, s.alice})[0]
	if left := s.Look().Redemptions[1].Claimable; left != ten.MustSub(half) {
		s.Errorf("of the first %v are left", left)
	}
	second := s.must(s.alice, Redeem{ten, s.alice, s.alice})[0] // the rest of the first, half of the second
	if _, open := s.Look().Redemptions[1]; open {
		s.Error("the first is still open")
	}
	some := all.BpsDown(2_500)
	burnt := s.must(s.alice, Withdraw{some, s.alice, s.alice})[0]
	rest := s.must(s.alice, Redeem{s.Look().Accounts[s.alice].MaxRedeem, s.alice, s.alice})[0]
	total := vadium.Sum(first, second, some, rest)
	if all.Less(total) || total.MustAdd(vadium.NewAmount(4)).Less(all) {
		s.Errorf("parts of %v sum to %v", all, total)
	}
	if exact, _ := ten.MulDivDown(vadium.NewAmount(3), vadium.NewAmount(2)); exact.Less(burnt) {
		s.Errorf("a quarter costs %v shares of %v", burnt, exact)
	}
	if v := s.Look(); !v.SeniorUnbonding.Shares.IsZero() || !v.SeniorUnbonding.Assets.IsZero() {
		s.Errorf("the pool still holds %+v", v.SeniorUnbonding)
	}
}

func erc7540Limits(s *scene) {
	s.must(s.market, AddLock{1, vadium.Tokens(5_500), vadium.Amount{}})
	for range 4 {
		s.must(s.alice, RequestRedeem{s.shares(s.alice).BpsDown(1_000), s.alice, s.alice})
	}
	s.Wait(vaults.Unbonding)
	limits := s.Look().Accounts[s.alice]
	s.equal("what locks leave", limits.MaxWithdraw, vadium.Tokens(500)) // 6,000 are there
	s.refused(s.alice, Withdraw{limits.MaxWithdraw.MustAdd(unit), s.alice, s.alice}, vaults.ErrStakeLocked)
	s.must(s.alice, Redeem{limits.MaxRedeem, s.alice, s.alice})
	s.must(s.alice, Withdraw{s.Look().Accounts[s.alice].MaxWithdraw, s.alice, s.alice})
	s.refused(s.alice, Withdraw{unit, s.alice, s.alice}, vaults.ErrStakeLocked)
	s.must(s.market, Release{1})
	limits = s.Look().Accounts[s.alice]
	s.refused(s.alice, Redeem{limits.MaxRedeem.MustAdd(unit), s.alice, s.alice}, vaults.ErrExceedsClaimable)
	s.refused(s.alice, Withdraw{limits.MaxWithdraw.MustAdd(unit), s.alice, s.alice}, vaults.ErrExceedsClaimable)
	s.must(s.alice, Redeem{limits.MaxRedeem, s.alice, s.alice})
	s.equal("what is left to claim", s.Look().Accounts[s.alice].MaxWithdraw, vadium.Amount{})
}
