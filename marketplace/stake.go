package marketplace

import (
	"fmt"

	"vadium"
	"vadium/vaults"
)

// Refusals of commands that move stake.
const (
	// ErrHoldingTooSmall: what would be moved, or what would be left, is worth less than [vaults.MinDeposit]: only all of a
	// holding may be.
	ErrHoldingTooSmall = vadium.Kind("holding-too-small")
	// ErrVaultFull: the vault has as many holders, leaving ones included, or allowances as it can list.
	ErrVaultFull = vadium.Kind("vault-full")
	// ErrTooManyAllowances: the owner allows as many spenders something as it can.
	ErrTooManyAllowances = vadium.Kind("too-many-allowances")
	// ErrZeroAccount: shares are given, or allowed, to the account 0, which nobody has.
	ErrZeroAccount = vadium.Kind("account-is-zero")
	// ErrProverLeaving: the vault's prover is leaving, has been excluded or tombstoned, or has another vault by now.
	ErrProverLeaving = vadium.Kind("prover-leaving")
)

// Bounds of a vault's lists, which are in its row, so that nobody makes it large for free. Shares stay in holdings of at
// least a token, so an entry costs a token for as long as it stands, and a redemption for as long as it takes to mature.
const (
	// maxHolders bounds the holdings and redemptions of a vault together: no holder comes beyond it. It keeps nobody in who
	// is there: redemptions are always accepted, so the list grows to at most [vaults.MaxRedemptions] times that.
	maxHolders = 10_000
	// maxAllowances bounds the allowances of one vault, and maxSpenders those of one owner.
	maxAllowances = 10_000
	maxSpenders   = 16
)

// unbonding returns how long stake takes from its redemption to its claim.
//
// An outage or a pause does not prolong it, although it moves deadlines: nothing new is assigned meanwhile, and what was
// assigned before keeps the stake that its lock needs, however late its deadline has become (see [vaults.Vault.PlanClaim]).
// Nor do claims go on in a pause: the operator pauses when something is wrong, and money that has left cannot be called
// back.
func (d *draft) unbonding() vadium.Duration { return d.params().unbonding() }

// worthHolding reports whether shares are worth a token, rounded up: those that a deposit of one token buys are.
func worthHolding(v *vaults.Vault, now vadium.Time, shares vadium.Amount) bool {
	return !v.Rate(now).AssetsUp(shares).Less(vaults.MinDeposit)
}

// checkRest refuses to leave an owner shares that are worth next to nothing: holders cost the vault room.
func (d *draft) checkRest(v *vaults.Vault, owner vadium.Account, shares vadium.Amount) error {
	if left := v.SharesOf(owner).MustSub(shares); !left.IsZero() && !worthHolding(v, d.now, left) {
		return fmt.Errorf("%v would keep %v shares of vault %d, worth less than %s token (move all %v of them): %w", owner, left, v.ID,
			vaults.MinDeposit.Tokens(), v.SharesOf(owner), ErrHoldingTooSmall)
	}
	return nil
}

// checkRoom refuses a holder more than a vault can list.
func checkRoom(v *vaults.Vault) error {
	if v.Holdings.Len()+len(v.Redemptions) >= maxHolders {
		return fmt.Errorf("vault %d has %d holders and %d open redemptions: %w", v.ID, v.Holdings.Len(), len(v.Redemptions), ErrVaultFull)
	}
	return nil
}

// checkStaying refuses stake for a vault whose prover is leaving: it would earn nothing and need a fortnight to get out.
func (d *draft) checkStaying(v *vaults.Vault) error {
	p := d.Prover(v.Prover)
	switch state := p.State(); {
	case p.Vault != v.ID:
		return fmt.Errorf("vault %d is not prover %v's any more: %w", v.ID, v.Prover, ErrProverLeaving)
	case state == StateExcluded, state == StateExiting, state == StateTombstoned:
		return fmt.Errorf("prover %v is %v: %w", v.Prover, state, ErrProverLeaving)
	}
	return nil
}

func (d *draft) redeemShares(by vadium.Account, b RedeemShares) error {
	v := d.Vault(b.Vault)
	switch {
	case v == nil:
		return fmt.Errorf("vault %d: %w", b.Vault, ErrNoVault)
	case b.Shares.IsZero():
		return ErrNothing
	}
	planned, err := v.PlanRedemption(d.now, by, b.Shares, d.now.Add(d.unbonding()))
	if err != nil {
		return err
	}
	if err := d.checkRest(v, by, b.Shares); err != nil {
		return err
	}
	if b.Shares != v.SharesOf(by) && !worthHolding(v, d.now, b.Shares) {
		return fmt.Errorf("%v shares of vault %d are worth less than %s token (redeem all %v of them): %w", b.Shares, v.ID,
			vaults.MinDeposit.Tokens(), v.SharesOf(by), ErrHoldingTooSmall)
	}
	d.emit(&RedemptionRequested{Vault: v.ID, Redemption: planned})
	return nil
}

// redeemJunior is never refused for what the prover has promised: redeemed stake goes on backing it. Only nothing new is
// assigned to a vault whose active junior stake is below the minimum.
func (d *draft) redeemJunior(by vadium.Account, amount vadium.Amount) error {
	v := d.VaultOf(by)
	switch {
	case v == nil:
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	case amount.IsZero():
		return ErrNothing
	}
	planned, err := v.PlanJuniorRedemption(amount, d.now.Add(d.unbonding()))
	if err != nil {
		return err
	}
	d.emit(&RedemptionRequested{Vault: v.ID, Redemption: planned})
	return nil
}

// claimRedemption works whatever the prover's state and whether or not the vault still is its prover's.
func (d *draft) claimRedemption(by vadium.Account, b ClaimRedemption) error {
	v := d.Vault(b.Vault)
	if v == nil {
		return fmt.Errorf("vault %d: %w", b.Vault, ErrNoVault)
	}
	r, open := v.Redemption(b.Redemption)
	if !open || r.Owner != by {
		return fmt.Errorf("%v has no redemption %d open in vault %d: %w", by, b.Redemption, v.ID, vaults.ErrNoRedemption)
	}
	assets, err := v.PlanClaim(d.now, r.ID)
	if err != nil {
		return fmt.Errorf("redemption %d of vault %d, which matures at %d: %w", r.ID, v.ID, r.Matures, err)
	}
	if err := d.CheckLeaving(v, r.Junior, assets, d.now); err != nil {
		return fmt.Errorf("redemption %d of vault %d: %w", r.ID, v.ID, err)
	}
	d.emit(&RedemptionClaimed{Vault: v.ID, Redemption: r.ID, Owner: by, Assets: assets})
	return nil
}

// transferShares moves shares of from as an ERC-20 token does, except that moving none is refused, because it would be kept
// for nothing, and that whoever moves its own shares needs no allowance, whichever command it uses.
func (d *draft) transferShares(by, from vadium.Account, vault vadium.VaultID, to vadium.Account, shares vadium.Amount) error {
	v := d.Vault(vault)
	switch {
	case v == nil:
		return fmt.Errorf("vault %d: %w", vault, ErrNoVault)
	case shares.IsZero():
		return ErrNothing
	case to == (vadium.Account{}):
		return ErrZeroAccount
	}
	moved := &SharesTransferred{Vault: v.ID, From: from, To: to, Shares: shares}
	if by != from {
		if err := d.requireFunded(by); err != nil {
			return err
		}
		if err := v.CheckAllowance(from, by, shares); err != nil {
			return err
		}
		moved.Spender = by
	}
	if err := v.CheckTransfer(from, shares); err != nil {
		return err
	}
	if from != to {
		if err := d.checkSplit(v, from, to, shares); err != nil {
			return err
		}
	}
	d.emit(moved)
	return nil
}

// checkSplit refuses transfers that would let holders grow in number without stake growing.
func (d *draft) checkSplit(v *vaults.Vault, from, to vadium.Account, shares vadium.Amount) error {
	if err := d.checkRest(v, from, shares); err != nil {
		return err
	}
	if !v.SharesOf(to).IsZero() || shares == v.SharesOf(from) {
		return nil // no holder more
	}
	if !worthHolding(v, d.now, shares) {
		return fmt.Errorf("%v would hold %v shares of vault %d, worth less than %s token: %w", to, shares, v.ID, vaults.MinDeposit.Tokens(), ErrHoldingTooSmall)
	}
	return checkRoom(v)
}

// approveShares is for holders only, and an owner's allowances end with its last share: else they would cost nothing to
// leave behind.
func (d *draft) approveShares(by vadium.Account, b ApproveShares) error {
	v := d.Vault(b.Vault)
	if v == nil {
		return fmt.Errorf("vault %d: %w", b.Vault, ErrNoVault)
	}
	allowed := v.Allowed(by, b.Spender)
	switch {
	case b.Spender == (vadium.Account{}):
		return ErrZeroAccount
	case b.Shares.IsZero() && allowed.IsZero():
		return ErrNothing
	case v.SharesOf(by).IsZero():
		return fmt.Errorf("%v holds no shares of vault %d: %w", by, v.ID, vaults.ErrNotEnoughShares)
	case allowed.IsZero() && v.CountAllowances(by) >= maxSpenders:
		return fmt.Errorf("%d spenders: %w", maxSpenders, ErrTooManyAllowances)
	case allowed.IsZero() && len(v.Allowances) >= maxAllowances:
		return fmt.Errorf("vault %d has %d allowances: %w", v.ID, maxAllowances, ErrVaultFull)
	}
	d.emit(&SharesApproved{Vault: v.ID, Owner: by, Spender: b.Spender, Shares: b.Shares})
	return nil
}

func (d *draft) setCommission(by vadium.Account, commission vadium.Bps) error {
	v := d.VaultOf(by)
	if v == nil {
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	}
	planned, err := v.PlanCommission(d.now, commission)
	if err != nil {
		return err
	}
	if most := d.params().MaxCommission; commission > v.CommissionAt(d.now) && commission > most {
		return fmt.Errorf("%d bps, at most %d are allowed: %w", commission, most, ErrCommissionTooHigh)
	}
	d.emit(&CommissionChanged{Vault: v.ID, Commission: commission, Effective: planned.From})
	return nil
}

// stands counts how often an account is in a vault's lists: as a holder of shares, and with each open redemption.
func (s *State) stands(account vadium.Account, change int) {
	if s.base != nil {
		return // nothing in the rest of a command asks
	}
	if s.stakes[account] += change; s.stakes[account] == 0 {
		delete(s.stakes, account)
	}
}

// editHoldings changes a vault's shares and notes which of the owners have come or gone by it.
func (s *State) editHoldings(id vadium.VaultID, change func(*vaults.Vault), owners ...vadium.Account) {
	v := s.editVault(id)
	held := make([]bool, len(owners))
	for i, owner := range owners {
		held[i] = !v.SharesOf(owner).IsZero()
	}
	change(v)
	for i, owner := range owners {
		switch holds := !v.SharesOf(owner).IsZero(); {
		case holds && !held[i]:
			s.stands(owner, 1)
		case !holds && held[i]:
			s.stands(owner, -1)
			v.Disallow(owner)
		}
	}
}

func (e *RedemptionRequested) apply(s *State, at vadium.Time, _ uint64) {
	s.editHoldings(e.Vault, func(v *vaults.Vault) { v.ApplyRedemption(at, e.Redemption) }, e.Redemption.Owner)
	s.stands(e.Redemption.Owner, 1)
}

func (e *RedemptionClaimed) apply(s *State, _ vadium.Time, _ uint64) {
	v := s.editVault(e.Vault)
	r, open := v.Redemption(e.Redemption)
	must(open && r.Owner == e.Owner, "redemptions are claimed by their owner, once")
	v.ApplyClaim(e.Redemption, e.Assets)
	s.stands(e.Owner, -1)
	s.pay(e.Owner, v.Asset, e.Assets)
}

func (e *SharesTransferred) apply(s *State, _ vadium.Time, _ uint64) {
	owners := []vadium.Account{e.From, e.To}
	if e.From == e.To {
		owners = owners[:1]
	}
	s.editHoldings(e.Vault, func(v *vaults.Vault) {
		if e.Spender != (vadium.Account{}) {
			v.SpendAllowance(e.From, e.Spender, e.Shares)
		}
		v.Transfer(e.From, e.To, e.Shares)
	}, owners...)
}

func (e *SharesApproved) apply(s *State, _ vadium.Time, _ uint64) {
	s.editVault(e.Vault).Approve(e.Owner, e.Spender, e.Shares)
}

func (e *CommissionChanged) apply(s *State, at vadium.Time, _ uint64) {
	s.editVault(e.Vault).ApplyCommission(at, vaults.Rise{Commission: e.Commission, From: e.Effective})
}
