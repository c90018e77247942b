package client

import (
	"context"

	"vadium"
	"vadium/marketplace"
	v1 "vadium/marketplace/v1"
	"vadium/vaults/risk"
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

// WithdrawCollateral takes an asset of collateral out of the market. The operator pays it out.
func (c *Client) WithdrawCollateral(ctx context.Context, asset risk.Asset, amount vadium.Amount) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.WithdrawCollateral, marketplace.WithdrawCollateral{Asset: asset, Amount: amount})
	return accepted, err
}

// CreditCollateral credits an asset of collateral that arrived. Operator only; each reference is credited once.
func (c *Client) CreditCollateral(ctx context.Context, body marketplace.CreditCollateral) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.accounts.CreditCollateral, body)
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
