package rpc_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/signing"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// staker and heir hold shares, reporter has evidence.
const (
	staker   = 20
	heir     = 21
	reporter = 22
)

// stakeholder returns a market with a prover's vault of 1000 tokens, to which the staker has delegated 10.
func stakeholder(t *testing.T) (*rpctest.Market, *client.Client) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	m.Fund(t, staker, 100)
	m.Fund(t, heir, 1)
	delegating := m.Client(t, staker)
	if _, err := delegating.DepositSenior(t.Context(), marketplace.DepositSenior{Vault: 1, Assets: vadium.Tokens(10)}); err != nil {
		t.Fatal(err)
	}
	return m, delegating
}

// shares returns so many tokens' worth of shares at par.
func shares(tokens uint64) vadium.Amount {
	n, _ := vadium.Tokens(tokens).Mul(vadium.NewAmount(1_000_000))
	return n
}

func TestStakeThatLeavesIsShownUntilItIsClaimed(t *testing.T) {
	m, c := stakeholder(t)
	began, err := c.RedeemShares(t.Context(), marketplace.RedeemShares{Vault: 1, Shares: shares(4)})
	if err != nil {
		t.Fatal(err)
	}
	if began.ID != 1 || began.Vault != 1 || began.Owner != c.Account() || began.Junior || began.Assets != vadium.Tokens(4) || began.Worth != vadium.Tokens(4) || began.Matures.Before(now(m).Add(7*vadium.Day)) {
		t.Errorf("RedeemShares = %+v, want 4 tokens that mature in a week at the earliest", began)
	}
	own, err := m.Client(t, prover).RedeemJunior(t.Context(), vadium.Tokens(5))
	if err != nil || !own.Junior || own.Assets != vadium.Tokens(5) {
		t.Fatalf("RedeemJunior = %+v, %v, want 5 tokens of the prover's own", own, err)
	}
	var listed []client.Redemption
	for r, err := range m.Client(t, stranger).Redemptions(t.Context(), c.Account(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, r)
	}
	if len(listed) != 1 || listed[0] != began {
		t.Errorf("Redemptions of the staker = %+v, want %+v", listed, began)
	}
	v, err := c.Vault(t.Context(), 1)
	if err != nil || len(v.Redemptions) != 2 || v.SeniorUnbonding != vadium.Tokens(4) {
		t.Errorf("Vault = %+v, %v, want both redemptions in it", v.Redemptions, err)
	}
	if _, err := c.ClaimRedemption(t.Context(), marketplace.ClaimRedemption{Vault: 1, Redemption: 1}); !errors.Is(err, vaults.ErrRedemptionPending) {
		t.Errorf("ClaimRedemption before it has matured = %v, want %v", err, vaults.ErrRedemptionPending)
	}
	if _, err := c.ClaimRedemption(t.Context(), marketplace.ClaimRedemption{Vault: 1, Redemption: 9}); !errors.Is(err, vaults.ErrNoRedemption) {
		t.Errorf("ClaimRedemption of none = %v, want %v", err, vaults.ErrNoRedemption)
	}
	if _, err := c.RedeemShares(t.Context(), marketplace.RedeemShares{Vault: 1, Shares: shares(7)}); !errors.Is(err, vaults.ErrNotEnoughShares) {
		t.Errorf("RedeemShares of more than is held = %v, want %v", err, vaults.ErrNotEnoughShares)
	}
}

func TestSharesAreGivenAndLent(t *testing.T) {
	m, c := stakeholder(t)
	receiving := m.Client(t, heir)
	if _, err := c.TransferShares(t.Context(), marketplace.TransferShares{Vault: 1, To: receiving.Account(), Shares: shares(3)}); err != nil {
		t.Fatal(err)
	}
	lent := marketplace.TransferSharesFrom{Vault: 1, From: c.Account(), To: receiving.Account(), Shares: shares(2)}
	if _, err := receiving.TransferSharesFrom(t.Context(), lent); !errors.Is(err, vaults.ErrAllowanceTooLow) {
		t.Errorf("TransferSharesFrom without leave = %v, want %v", err, vaults.ErrAllowanceTooLow)
	}
	if _, err := c.ApproveShares(t.Context(), marketplace.ApproveShares{Vault: 1, Spender: receiving.Account(), Shares: vaults.Unlimited}); err != nil {
		t.Fatal(err)
	}
	if _, err := receiving.TransferSharesFrom(t.Context(), lent); err != nil {
		t.Fatal(err)
	}
	for a, err := range c.Allowances(t.Context(), 1, c.Account()) {
		if want := (client.Allowance{Owner: c.Account(), Spender: receiving.Account(), Shares: vaults.Unlimited}); err != nil || a != want {
			t.Errorf("Allowances = %+v, %v, want %+v", a, err, want)
		}
	}
	v, err := c.Vault(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range v.Holdings {
		if want := map[vadium.Account]vadium.Amount{c.Account(): shares(5), receiving.Account(): shares(5)}[h.Owner]; h.Shares != want {
			t.Errorf("%v holds %v shares, want %v", h.Owner, h.Shares, want)
		}
	}
}

func TestACommissionAndAnExitAreSeen(t *testing.T) {
	m, c := stakeholder(t)
	proving := m.Client(t, prover)
	v, err := c.Vault(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	was := v.Commission
	effective, err := proving.SetCommission(t.Context(), was-1_000)
	if err != nil || effective.After(now(m)) {
		t.Errorf("SetCommission to less = %v, %v, want it at once", effective, err)
	}
	if effective, err = proving.SetCommission(t.Context(), was-950); err != nil || effective.Before(now(m).Add(6*vadium.Day)) {
		t.Errorf("SetCommission to more = %v, %v, want it a week ahead", effective, err)
	}
	if v, err = c.Vault(t.Context(), 1); err != nil || v.Commission != was-1_000 || len(v.CommissionSteps) != 1 || v.CommissionSteps[0].Commission != was-950 || v.CommissionSteps[0].Effective != effective {
		t.Errorf("Vault = %d bps, steps %+v, %v, want %d and a step to %d", v.Commission, v.CommissionSteps, err, was-1_000, was-950)
	}
	if _, err := proving.ExitMarket(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen, err := c.Prover(t.Context(), proving.Account())
	if err != nil || seen.State != marketplace.StateExiting || seen.Cause != marketplace.CauseLeft.String() || seen.Since == 0 {
		t.Errorf("Prover = %+v, %v, want it exiting by its own wish", seen, err)
	}
	if _, err := m.Client(t, rpctest.OperatorKey).ReleaseProver(t.Context(), marketplace.ReleaseProver{Prover: proving.Account(), Reason: "no"}); err == nil {
		t.Error("a prover that leaves was released")
	}
}

func TestCollateralIsCreditedPricedAndStaked(t *testing.T) {
	m, _ := stakeholder(t)
	operator, owner := m.Client(t, rpctest.OperatorKey), m.Client(t, heir)
	asset := risk.Asset{1}
	list := risk.Registry{{Asset: asset, Haircut: 2_000, Cap: vadium.Tokens(1_000), Feed: risk.FeedID{1}}}
	if _, err := owner.SetCollateral(t.Context(), list); !errors.Is(err, marketplace.ErrNotOperator) {
		t.Errorf("SetCollateral by anybody = %v, want %v", err, marketplace.ErrNotOperator)
	}
	if _, err := operator.SetCollateral(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for _, a := range []risk.Asset{{}, asset} {
		body := marketplace.PublishPrice{Asset: a, Spot: 2_000_000, Average: 2_000_000, Confidence: 1_000, At: now(m), Quorum: true, Depth: 1_000_000_000}
		if _, err := operator.PublishPrice(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := operator.CreditCollateral(t.Context(), marketplace.CreditCollateral{Account: owner.Account(), Asset: asset, Amount: vadium.Tokens(50), Reference: client.NewSalt()}); err != nil {
		t.Fatal(err)
	}
	id, err := owner.OpenVault(t.Context(), marketplace.OpenVault{Junior: vadium.Tokens(40), Asset: asset})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := owner.Vault(t.Context(), id); err != nil || v.Asset != asset || v.Junior != vadium.Tokens(40) {
		t.Errorf("Vault = %+v, %v, want 40 tokens of the asset", v, err)
	}
	a, err := owner.AccountOf(t.Context(), owner.Account())
	if want := (marketplace.AssetBalance{Asset: asset, Amount: vadium.Tokens(10)}); err != nil || len(a.Other) != 1 || a.Other[0] != want {
		t.Errorf("Account = %+v, %v, want %+v left", a, err, want)
	}
	r, err := owner.Risk(t.Context())
	if err != nil || len(r.Prices) != 2 {
		t.Fatalf("Risk = %+v, %v, want two prices", r.Prices, err)
	}
	if p := r.Prices[1]; p.Asset != asset || p.Spot != 2_000_000 || !p.Fresh || p.Haircut != 2_000 || p.Staked != vadium.Tokens(40) {
		t.Errorf("price = %+v, want a fresh one of 2 with 40 tokens staked", p)
	}
	if _, err := owner.WithdrawCollateral(t.Context(), asset, vadium.Tokens(10)); err != nil {
		t.Error(err)
	}
	if _, err := owner.WithdrawCollateral(t.Context(), asset, vadium.Tokens(1)); err == nil {
		t.Error("more was withdrawn than there was")
	}
}

func TestAReportOpensACaseThatTheOperatorMayEnd(t *testing.T) {
	m, _ := stakeholder(t)
	m.Fund(t, reporter, 1)
	p := rpctest.NewProgram(t)
	first := m.AskFor(p)
	second := first
	second.Price = vadium.Tokens(3)
	var e signing.Equivocation
	for into, ask := range map[*signing.SignedAsk]marketplace.PlaceAsk{&e.First: first, &e.Second: second} {
		_, signature, err := signing.Sign(m.Domain, rpctest.Key(t, prover), ask, vadium.Salt{1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if *into, err = signing.AskSigned(ask, vadium.Salt{1}, 1, signature); err != nil {
			t.Fatal(err)
		}
	}
	evidence, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	c := m.Client(t, reporter)
	body := marketplace.RevealEvidence{Offender: rpctest.Key(t, prover).Account(), Offence: slashing.BidEquivocation, Evidence: evidence, Salt: client.NewSalt()}
	if _, err := c.RevealEvidence(t.Context(), body); !errors.Is(err, marketplace.ErrNotCommitted) {
		t.Errorf("RevealEvidence without a commitment = %v, want %v", err, marketplace.ErrNotCommitted)
	}
	if _, err := c.CommitEvidence(t.Context(), marketplace.EvidenceCommitment(c.Account(), body)); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, m, now(m).Add(marketplace.CommitmentAge+1))
	opened, err := c.RevealEvidence(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Vault != 1 || opened.Reporter != c.Account() || opened.Outcome != "open" || opened.Evidence != vadium.DigestOf(evidence) {
		t.Errorf("RevealEvidence = %+v, want an open case against vault 1", opened)
	}
	if again, err := c.Case(t.Context(), opened.ID); err != nil || again != opened {
		t.Errorf("Case = %+v, %v, want %+v", again, err, opened)
	}
	for _, open := range []bool{true, false} {
		if got := listedCases(t, c, open); len(got) != 1 || got[0] != opened {
			t.Errorf("cases (open: %v) = %+v, want %+v", open, got, opened)
		}
	}
	if r, err := c.Risk(t.Context()); err != nil || r.CasesOpen != 1 {
		t.Errorf("Risk = %d open cases, %v, want one", r.CasesOpen, err)
	}
	if v, err := c.Vault(t.Context(), 1); err != nil || v.Cases != 1 {
		t.Errorf("Vault = %d cases, %v, want one", v.Cases, err)
	}
	if _, err := c.VetoCase(t.Context(), marketplace.VetoCase{Case: opened.ID, Reason: "mine"}); !errors.Is(err, marketplace.ErrNotOperator) {
		t.Errorf("VetoCase by the reporter = %v, want %v", err, marketplace.ErrNotOperator)
	}
	if _, err := m.Client(t, rpctest.OperatorKey).VetoCase(t.Context(), marketplace.VetoCase{Case: opened.ID, Reason: "a test"}); err != nil {
		t.Fatal(err)
	}
	if open := listedCases(t, c, true); len(open) != 0 {
		t.Errorf("open cases = %+v, want none", open)
	}
	if all := listedCases(t, c, false); len(all) != 1 || all[0].Outcome != "vetoed" {
		t.Errorf("cases = %+v, want one that was vetoed", all)
	}
}

func listedCases(t *testing.T, c *client.Client, open bool) (cases []client.Case) {
	t.Helper()
	for one, err := range c.Cases(t.Context(), 0, open) {
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, one)
	}
	return cases
}

// waitUntil lets the market's clock pass an instant: whatever is sent moves it.
func waitUntil(t *testing.T, m *rpctest.Market, at vadium.Time) {
	t.Helper()
	for now(m).Before(at) {
		m.Fund(t, stranger, 1)
	}
}
