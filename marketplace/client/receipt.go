package client

import (
	"context"
	"errors"
	"fmt"

	"vadium"
	"vadium/marketplace/signing"
)

// Kept is an ask's receipt as it is kept in a file, with what it takes to check it when the market denies it: whose market it
// is, and who signs for it. One that is kept before anything is wrong says who the market was then.
type Kept struct {
	ChainID    uint64                        `json:"chainId"`
	Deployment vadium.Salt                   `json:"deployment"`
	Signer     vadium.Account                `json:"signer"`
	Ask        Receipted[signing.AskReceipt] `json:"ask"`
}

// Keep returns an ask's receipt as it is kept.
func (c *Client) Keep(ctx context.Context, ask Receipted[signing.AskReceipt]) (Kept, error) {
	market, err := c.identify(ctx)
	return Kept{ChainID: market.domain.ChainID, Deployment: market.domain.Deployment, Signer: market.signer, Ask: ask}, err
}

// Domain is that of the market that signed.
func (k Kept) Domain() signing.Domain {
	return signing.Domain{ChainID: k.ChainID, Deployment: k.Deployment}
}

// Check returns nil if the market signed the receipt.
func (k Kept) Check() error {
	if k.Signer == (vadium.Account{}) || k.Ask.Receipt.Seq == 0 {
		return errors.New("it names no market and no ask")
	}
	if err := signing.CheckReceipt(k.Domain(), k.Signer, k.Ask.Receipt, k.Ask.Place, k.Ask.Signature); err != nil {
		return fmt.Errorf("the receipt is not signed by the market's key %v: %w", k.Signer, err)
	}
	return nil
}
