package vaults_test

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/vaults"
)

func TestSharesChangeHandsAndNothingElseChanges(t *testing.T) {
	v := staked(t, 10, 90)
	all := v.SharesOf(alice)
	if err := v.CheckTransfer(alice, all.MustAdd(amount(1))); !errors.Is(err, vaults.ErrNotEnoughShares) {
		t.Errorf("CheckTransfer of a share too many = %v, want %v", err, vaults.ErrNotEnoughShares)
	}
	price := v.Price(0)
	for _, c := range []struct {
		from, to vadium.Account
		shares   vadium.Amount
	}{{alice, alice, all}, {alice, bob, vadium.Amount{}}, {alice, bob, all}} {
		if err := v.CheckTransfer(c.from, c.shares); err != nil {
			t.Fatal(err)
		}
		v.Transfer(c.from, c.to, c.shares)
		checked(t, v, 0)
	}
	if v.SharesOf(bob) != all || !v.SharesOf(alice).IsZero() || v.Price(0) != price {
		t.Errorf("bob has %v shares, alice %v, at %v", v.SharesOf(bob), v.SharesOf(alice), v.Price(0))
	}
	panics(t, "a transfer of more than there is", func() { v.Transfer(alice, bob, amount(1)) })
}

func TestAnAllowanceIsUsedUpUnlessItIsUnlimited(t *testing.T) {
	v := staked(t, 10, 90)
	v.Approve(alice, bob, amount(7))
	if err := v.CheckAllowance(alice, bob, amount(8)); !errors.Is(err, vaults.ErrAllowanceTooLow) {
		t.Errorf("CheckAllowance of a share too many = %v, want %v", err, vaults.ErrAllowanceTooLow)
	}
	if err := v.CheckAllowance(alice, bob, amount(7)); err != nil {
		t.Error(err)
	}
	v.SpendAllowance(alice, bob, amount(3))
	if got := v.Allowed(alice, bob); got != amount(4) {
		t.Errorf("Allowed = %v, want 4", got)
	}
	panics(t, "spending more than is allowed", func() { v.SpendAllowance(alice, bob, amount(5)) })
	v.SpendAllowance(alice, bob, amount(4))
	if v.Allowances != nil {
		t.Errorf("allowances that are used up stay as %v", v.Allowances)
	}
	v.Approve(alice, bob, vaults.Unlimited)
	v.SpendAllowance(alice, bob, vadium.Tokens(1))
	if got := v.Allowed(alice, bob); got != vaults.Unlimited {
		t.Errorf("an unlimited allowance becomes %v", got)
	}
	v.Approve(alice, carol, amount(1))
	v.Approve(dave, alice, amount(1))
	v.Approve(bob, alice, amount(1))
	checked(t, v, 0)
}

func TestFrozenSharesNeitherChangeHandsNorLeave(t *testing.T) {
	v := staked(t, 10, 90)
	all := v.SharesOf(alice)
	v.Freeze(alice, all.BpsDown(6_000))
	free := all.BpsDown(4_000)
	tooMany := free.MustAdd(amount(1))
	if err := v.CheckTransfer(alice, tooMany); !errors.Is(err, vaults.ErrSharesFrozen) {
		t.Errorf("CheckTransfer = %v, want %v", err, vaults.ErrSharesFrozen)
	}
	if _, err := v.PlanRedemption(0, alice, tooMany, 1); !errors.Is(err, vaults.ErrSharesFrozen) {
		t.Errorf("PlanRedemption = %v, want %v", err, vaults.ErrSharesFrozen)
	}
	if err := v.CheckTransfer(alice, free); err != nil {
		t.Error(err)
	}
	redeem(t, v, 0, alice, free)
	v.Freeze(alice, vadium.Amount{})
	redeem(t, v, 0, alice, v.SharesOf(alice))
	if v.Frozen != nil {
		t.Errorf("what is no longer frozen stays as %v", v.Frozen)
	}
}

// Journals and digests of markets whose vaults have neither allowances nor frozen shares must stay what they were.
func TestAVaultWithoutAllowancesEncodesAsItDidBefore(t *testing.T) {
	v := staked(t, 10, 90)
	fields := func() int {
		content, _, err := rlp.SplitList(encoded(t, v))
		if err != nil {
			t.Fatal(err)
		}
		n, err := rlp.CountValues(content)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const before = 18
	if got := fields(); got != before {
		t.Errorf("a vault has %d fields, want %d", got, before)
	}
	v.Approve(alice, bob, amount(1))
	if got := fields(); got != before+1 {
		t.Errorf("with an allowance %d fields, want %d", got, before+1)
	}
	v.Approve(alice, bob, vadium.Amount{})
	v.Freeze(alice, amount(1))
	if got := fields(); got != before+2 {
		t.Errorf("with frozen shares %d fields, want %d", got, before+2)
	}
	v.Freeze(alice, vadium.Amount{})
	if got := fields(); got != before {
		t.Errorf("with both gone %d fields, want %d", got, before)
	}
}
