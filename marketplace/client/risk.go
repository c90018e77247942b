package client

import (
	"context"
	"iter"

	"vadium"
	"vadium/marketplace"
	v1 "vadium/marketplace/v1"
	"vadium/vaults/risk"
)

// Risk returns how all stake compares with all that is at risk, what assets cost, and what is called for.
func (c *Client) Risk(ctx context.Context) (Risk, error) {
	a, err := call(ctx, c, c.risks.GetRisk, &v1.GetRiskRequest{})
	if err != nil {
		return Risk{}, err
	}
	return read[Risk](a.GetRisk())
}

// PublishPrice publishes the price of an asset. Operator only, until a feed does it.
func (c *Client) PublishPrice(ctx context.Context, body marketplace.PublishPrice) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.PublishPrice, body)
	return accepted, err
}

// SetCollateral replaces the list of assets that vaults may hold. Operator only.
func (c *Client) SetCollateral(ctx context.Context, collateral risk.Registry) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.SetCollateral, marketplace.SetCollateral{Collateral: collateral})
	return accepted, err
}

// RaiseAlert enlarges the locks of new requests until a time. Operator only.
func (c *Client) RaiseAlert(ctx context.Context, body marketplace.RaiseAlert) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.RaiseAlert, body)
	return accepted, err
}

// DeclareIncident excuses liveness offences until a time. Operator only.
func (c *Client) DeclareIncident(ctx context.Context, body marketplace.DeclareIncident) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.DeclareIncident, body)
	return accepted, err
}

// ReleaseProver lets a jailed prover go on, or one whose vault became insolvent begin anew. Operator only.
func (c *Client) ReleaseProver(ctx context.Context, body marketplace.ReleaseProver) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.ReleaseProver, body)
	return accepted, err
}

// CommitEvidence announces evidence of an offence without showing it.
func (c *Client) CommitEvidence(ctx context.Context, commitment vadium.Digest) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.CommitEvidence, marketplace.CommitEvidence{Commitment: commitment})
	return accepted, err
}

// RevealEvidence shows evidence that the account has committed to before, and returns the case it opened.
func (c *Client) RevealEvidence(ctx context.Context, body marketplace.RevealEvidence) (Case, error) {
	a, _, err := command(ctx, c, c.risks.RevealEvidence, body)
	if err != nil {
		return Case{}, err
	}
	return read[Case](a.GetCase())
}

// VetoCase ends a case without a slash. Operator only, within the veto time.
func (c *Client) VetoCase(ctx context.Context, body marketplace.VetoCase) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.risks.VetoCase, body)
	return accepted, err
}

// Case returns a case.
func (c *Client) Case(ctx context.Context, id marketplace.CaseID) (Case, error) {
	a, err := call(ctx, c, c.risks.GetCase, &v1.GetCaseRequest{Case: uint64(id)})
	if err != nil {
		return Case{}, err
	}
	return read[Case](a.GetCase())
}

// Cases yields cases in order of opening: against one vault, or all for zero. It stops after the first error.
func (c *Client) Cases(ctx context.Context, vault vadium.VaultID, open bool) iter.Seq2[Case, error] {
	return pages[Case](func(token string) ([]*v1.Case, string, error) {
		a, err := call(ctx, c, c.risks.ListCases, &v1.ListCasesRequest{Vault: uint64(vault), Open: open, PageSize: pageSize, PageToken: token})
		return a.GetCases(), a.GetNextPageToken(), err
	})
}
