package vaults

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/holiman/uint256"

	"vadium"
)

// Refusals of a transfer of senior shares.
const (
	// ErrAllowanceTooLow: the owner allowed the spender fewer shares.
	ErrAllowanceTooLow = vadium.Kind("allowance-too-low")
	// ErrSharesFrozen: the shares support a decision, and until it has been taken they neither change hands nor leave.
	ErrSharesFrozen = vadium.Kind("shares-frozen")
)

// Allowance is how many of an owner's shares a spender may still move.
type Allowance struct {
	Owner, Spender vadium.Account
	Shares         vadium.Amount
}

// Unlimited is the allowance that spending does not lower.
var Unlimited = vadium.AmountFromUint256(new(uint256.Int).SetAllOne())

// Allowed returns how many of owner's shares spender may still move.
func (v *Vault) Allowed(owner, spender vadium.Account) vadium.Amount {
	i, found := v.findAllowance(owner, spender)
	if !found {
		return vadium.Amount{}
	}
	return v.Allowances[i].Shares
}

// Approve replaces what owner allows spender. As with every ERC-20 token, a spender that sees a lower allowance coming can
// still use the old one first.
func (v *Vault) Approve(owner, spender vadium.Account, shares vadium.Amount) {
	i, found := v.findAllowance(owner, spender)
	switch {
	case found && shares.IsZero():
		v.Allowances = without(v.Allowances, i)
	case found:
		v.Allowances = replaced(v.Allowances, i, Allowance{owner, spender, shares})
	case !shares.IsZero():
		v.Allowances = with(v.Allowances, i, Allowance{owner, spender, shares})
	}
}

// allowancesOf returns where owner's allowances begin and end.
func (v *Vault) allowancesOf(owner vadium.Account) (from, to int) {
	from, _ = v.findAllowance(owner, vadium.Account{})
	for to = from; to < len(v.Allowances) && v.Allowances[to].Owner == owner; to++ {
	}
	return from, to
}

// CountAllowances returns how many spenders owner allows something.
func (v *Vault) CountAllowances(owner vadium.Account) int {
	from, to := v.allowancesOf(owner)
	return to - from
}

// Disallow ends all of owner's allowances.
func (v *Vault) Disallow(owner vadium.Account) {
	from, to := v.allowancesOf(owner)
	switch {
	case from == to:
	case to-from == len(v.Allowances):
		v.Allowances = nil
	default:
		v.Allowances = slices.Concat(v.Allowances[:from], v.Allowances[to:])
	}
}

func (v *Vault) findAllowance(owner, spender vadium.Account) (int, bool) {
	return slices.BinarySearchFunc(v.Allowances, Allowance{Owner: owner, Spender: spender}, compareAllowances)
}

func compareAllowances(a, b Allowance) int {
	return cmp.Or(bytes.Compare(a.Owner[:], b.Owner[:]), bytes.Compare(a.Spender[:], b.Spender[:]))
}

// CheckAllowance reports whether spender may move owner's shares. It refuses with [ErrAllowanceTooLow].
func (v *Vault) CheckAllowance(owner, spender vadium.Account, shares vadium.Amount) error {
	if allowed := v.Allowed(owner, spender); allowed.Less(shares) {
		return fmt.Errorf("%v may move %v shares of %v, not %v: %w", spender, allowed, owner, shares, ErrAllowanceTooLow)
	}
	return nil
}

// SpendAllowance uses up an allowance. It panics when there is less.
func (v *Vault) SpendAllowance(owner, spender vadium.Account, shares vadium.Amount) {
	if allowed := v.Allowed(owner, spender); allowed != Unlimited {
		v.Approve(owner, spender, allowed.MustSub(shares))
	}
}

// CheckTransfer reports whether owner may give shares away. Neither locks nor cases stand in the way: whoever receives
// shares stands where the giver stood. It refuses with [ErrNotEnoughShares] or [ErrSharesFrozen].
func (v *Vault) CheckTransfer(owner vadium.Account, shares vadium.Amount) error {
	if held := v.SharesOf(owner); held.Less(shares) {
		return fmt.Errorf("%v holds %v shares, not %v: %w", owner, held, shares, ErrNotEnoughShares)
	}
	return v.checkMovable(owner, shares)
}

func (v *Vault) checkMovable(owner vadium.Account, shares vadium.Amount) error {
	if movable := v.SharesOf(owner).SubFloor(v.FrozenOf(owner)); movable.Less(shares) {
		return fmt.Errorf("%v may move %v shares now, not %v: %w", owner, movable, shares, ErrSharesFrozen)
	}
	return nil
}

// Transfer moves shares. It panics when the giver has fewer.
func (v *Vault) Transfer(from, to vadium.Account, shares vadium.Amount) {
	v.setShares(from, v.SharesOf(from).MustSub(shares))
	v.setShares(to, v.SharesOf(to).MustAdd(shares))
}

// FrozenOf returns how many of owner's shares are frozen. It may be more than owner holds: shares that arrive are frozen
// then, too.
func (v *Vault) FrozenOf(owner vadium.Account) vadium.Amount { return sharesIn(v.Frozen, owner) }

// Freeze replaces how many of owner's shares are frozen.
func (v *Vault) Freeze(owner vadium.Account, shares vadium.Amount) {
	v.Frozen = withShares(v.Frozen, owner, shares)
}
