package client

import (
	"context"
	"iter"

	"vadium"
	"vadium/marketplace"
	v1 "vadium/marketplace/v1"
	vaultsv1 "vadium/vaults/v1"
)

// AccountOf returns what someone has outside vaults. Every account exists; most have nothing.
func (c *Client) AccountOf(ctx context.Context, who vadium.Account) (Account, error) {
	a, err := call(ctx, c, c.accounts.GetAccount, &v1.GetAccountRequest{Account: who.Hex()})
	if err != nil {
		return Account{}, err
	}
	return read[Account](a.GetAccount())
}

// WithdrawBalance takes money out of the market. The operator pays it out.
func (c *Client) WithdrawBalance(ctx context.Context, amount vadium.Amount) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.WithdrawBalance, marketplace.WithdrawBalance{Amount: amount})
	return accepted, err
}

// CreditDeposit credits money that arrived. Operator only; each reference is credited once.
func (c *Client) CreditDeposit(ctx context.Context, body marketplace.CreditDeposit) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.CreditDeposit, body)
	return accepted, err
}

// SetParams changes the parameters of later requests. Operator only.
func (c *Client) SetParams(ctx context.Context, params marketplace.Params) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.SetParams, marketplace.SetParams{Params: params})
	return accepted, err
}

// Pause stops the market; deadlines freeze. Operator only.
func (c *Client) Pause(ctx context.Context, reason string) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.Pause, marketplace.Pause{Reason: reason})
	return accepted, err
}

// Unpause starts the market again. Operator only.
func (c *Client) Unpause(ctx context.Context) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.Unpause, marketplace.Unpause{})
	return accepted, err
}

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
