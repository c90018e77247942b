package vaults

import (
	"fmt"

	"vadium"
)

// Refusals of a deposit.
const (
	// ErrDepositTooSmall: a senior deposit is at least [MinDeposit].
	ErrDepositTooSmall = vadium.Kind("deposit-too-small")
	// ErrDepositTooLarge: the amount cannot exist; deposits stay below 2^128 base units.
	ErrDepositTooLarge = vadium.Kind("deposit-too-large")
	// ErrNoJunior: delegators would stand in the first line, because the prover has no stake of its own in the vault
	// (at the beginning), or none left (while assignments are open).
	ErrNoJunior = vadium.Kind("vault-has-no-junior")
)

// MinDeposit is the least senior deposit: one token, far above any rounding.
var MinDeposit = vadium.Tokens(1)

// DepositJunior adds the prover's own stake.
func (v *Vault) DepositJunior(amount vadium.Amount) { v.Junior = v.Junior.MustAdd(amount) }

// PreviewDeposit returns the shares that a senior deposit of assets buys now. It refuses with [ErrCaseOpen],
// [ErrVaultClosed], [ErrNoJunior], [ErrDepositTooSmall] or [ErrDepositTooLarge].
func (v *Vault) PreviewDeposit(now vadium.Time, assets vadium.Amount) (vadium.Amount, error) {
	if err := v.checkOpen(now); err != nil {
		return vadium.Amount{}, err
	}
	if assets.BitLen() > 128 {
		return vadium.Amount{}, ErrDepositTooLarge
	}
	shares := v.Rate(now).SharesDown(assets)
	return shares, checkSize(assets, shares)
}

// PreviewMint returns the assets that a senior deposit for exactly these shares costs now. It refuses as
// [Vault.PreviewDeposit] does.
func (v *Vault) PreviewMint(now vadium.Time, shares vadium.Amount) (vadium.Amount, error) {
	if shares.BitLen() > 200 { // before anything is multiplied: no deposit buys so many
		return vadium.Amount{}, ErrDepositTooLarge
	}
	if err := v.checkOpen(now); err != nil {
		return vadium.Amount{}, err
	}
	assets := v.Rate(now).AssetsUp(shares)
	if assets.BitLen() > 128 {
		return vadium.Amount{}, ErrDepositTooLarge
	}
	return assets, checkSize(assets, shares)
}

func (v *Vault) checkOpen(now vadium.Time) error {
	switch {
	case v.Cases > 0:
		return ErrCaseOpen
	case v.Insolvent(now):
		return ErrVaultClosed
	case v.Junior.IsZero() && (v.Shares.IsZero() || v.LockCount > 0):
		return ErrNoJunior
	}
	return nil
}

func checkSize(assets, shares vadium.Amount) error {
	switch {
	case assets.Less(MinDeposit):
		return fmt.Errorf("deposit of %s tokens, the least is %s: %w", assets.Tokens(), MinDeposit.Tokens(), ErrDepositTooSmall)
	case shares.IsZero():
		return fmt.Errorf("deposit of %s tokens buys no share: %w", assets.Tokens(), ErrDepositTooSmall)
	}
	return nil
}

// DepositSenior adds owner's assets for the shares that [Vault.PreviewDeposit] or [Vault.PreviewMint] promised, after settling the drip.
func (v *Vault) DepositSenior(now vadium.Time, owner vadium.Account, assets, shares vadium.Amount) {
	v.settle(now)
	v.Senior = v.Senior.MustAdd(assets)
	v.Shares = v.Shares.MustAdd(shares)
	v.setShares(owner, v.SharesOf(owner).MustAdd(shares))
}
