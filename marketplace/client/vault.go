package client

import (
	"context"
	"iter"

	"vadium"
	"vadium/marketplace"
	vaultsv1 "vadium/vaults/v1"
)

// OpenVault opens the account's vault with junior stake from its balance.
func (c *Client) OpenVault(ctx context.Context, body marketplace.OpenVault) (vadium.VaultID, error) {
	a, _, err := command(ctx, c, c.vaults.OpenVault, body)
	return vadium.VaultID(a.GetVault()), err
}

// DepositJunior adds the account's own stake to its vault.
func (c *Client) DepositJunior(ctx context.Context, amount vadium.Amount) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.vaults.DepositJunior, marketplace.DepositJunior{Amount: amount})
	return accepted, err
}

// DepositSenior delegates stake to a vault and returns the shares it bought.
func (c *Client) DepositSenior(ctx context.Context, body marketplace.DepositSenior) (shares vadium.Amount, err error) {
	a, _, err := command(ctx, c, c.vaults.DepositSenior, body)
	if err != nil {
		return vadium.Amount{}, err
	}
	return vadium.ParseAmount(a.GetShares())
}

// ClaimCommission moves what the account's vault holds for it to its balance.
func (c *Client) ClaimCommission(ctx context.Context, amount vadium.Amount) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.vaults.ClaimCommission, marketplace.ClaimCommission{Amount: amount})
	return accepted, err
}

// Vault returns a vault.
func (c *Client) Vault(ctx context.Context, id vadium.VaultID) (Vault, error) {
	a, err := call(ctx, c, c.vaults.GetVault, &vaultsv1.GetVaultRequest{Vault: uint64(id)})
	if err != nil {
		return Vault{}, err
	}
	return read[Vault](a.GetVault())
}

// Vaults yields vaults in order of opening. It stops after the first error.
func (c *Client) Vaults(ctx context.Context) iter.Seq2[Vault, error] {
	return pages[Vault](func(token string) ([]*vaultsv1.Vault, string, error) {
		a, err := call(ctx, c, c.vaults.ListVaults, &vaultsv1.ListVaultsRequest{PageSize: pageSize, PageToken: token})
		return a.GetVaults(), a.GetNextPageToken(), err
	})
}

// RedeemShares burns senior shares of the account: their assets can be claimed once they have matured, and pay for faults
// until they are.
func (c *Client) RedeemShares(ctx context.Context, body marketplace.RedeemShares) (Redemption, error) {
	a, _, err := command(ctx, c, c.vaults.RedeemShares, body)
	if err != nil {
		return Redemption{}, err
	}
	return read[Redemption](a.GetRedemption())
}

// RedeemJunior is [Client.RedeemShares] for the account's own stake in its vault.
func (c *Client) RedeemJunior(ctx context.Context, amount vadium.Amount) (Redemption, error) {
	a, _, err := command(ctx, c, c.vaults.RedeemJunior, marketplace.RedeemJunior{Amount: amount})
	if err != nil {
		return Redemption{}, err
	}
	return read[Redemption](a.GetRedemption())
}

// ClaimRedemption moves a matured redemption to the account's balance and returns what it paid, in the vault's asset.
func (c *Client) ClaimRedemption(ctx context.Context, body marketplace.ClaimRedemption) (assets vadium.Amount, err error) {
	a, _, err := command(ctx, c, c.vaults.ClaimRedemption, body)
	if err != nil {
		return vadium.Amount{}, err
	}
	return vadium.ParseAmount(a.GetAssets())
}

// TransferShares gives senior shares of the account to another.
func (c *Client) TransferShares(ctx context.Context, body marketplace.TransferShares) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.vaults.TransferShares, body)
	return accepted, err
}

// ApproveShares replaces how many of the account's shares another may transfer. [vaults.Unlimited] is not lowered by
// spending.
func (c *Client) ApproveShares(ctx context.Context, body marketplace.ApproveShares) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.vaults.ApproveShares, body)
	return accepted, err
}

// TransferSharesFrom transfers another's shares within what that one allowed the account.
func (c *Client) TransferSharesFrom(ctx context.Context, body marketplace.TransferSharesFrom) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.vaults.TransferSharesFrom, body)
	return accepted, err
}

// SetCommission changes the commission of the account's vault and returns from when on assignments are made at it.
func (c *Client) SetCommission(ctx context.Context, commission vadium.Bps) (effective vadium.Time, err error) {
	a, _, err := command(ctx, c, c.vaults.SetCommission, marketplace.SetCommission{Commission: commission})
	return vadium.Time(a.GetEffectiveMs()), err
}

// ExitMarket ends the account's time as a prover.
func (c *Client) ExitMarket(ctx context.Context) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.vaults.ExitMarket, marketplace.ExitMarket{})
	return accepted, err
}

// Redemptions yields stake that is leaving vaults: of one owner, from one vault, or all for the zero of either. It stops
// after the first error.
func (c *Client) Redemptions(ctx context.Context, owner vadium.Account, vault vadium.VaultID) iter.Seq2[Redemption, error] {
	return pages[Redemption](func(token string) ([]*vaultsv1.Redemption, string, error) {
		a, err := call(ctx, c, c.vaults.ListRedemptions, &vaultsv1.ListRedemptionsRequest{
			Owner: optional(owner), Vault: uint64(vault), PageSize: pageSize, PageToken: token,
		})
		return a.GetRedemptions(), a.GetNextPageToken(), err
	})
}

// Allowances yields who may transfer whose shares of a vault: of one owner, or of all for zero. It stops after the first
// error.
func (c *Client) Allowances(ctx context.Context, vault vadium.VaultID, owner vadium.Account) iter.Seq2[Allowance, error] {
	return pages[Allowance](func(token string) ([]*vaultsv1.Allowance, string, error) {
		a, err := call(ctx, c, c.vaults.ListAllowances, &vaultsv1.ListAllowancesRequest{
			Vault: uint64(vault), Owner: optional(owner), PageSize: pageSize, PageToken: token,
		})
		return a.GetAllowances(), a.GetNextPageToken(), err
	})
}
