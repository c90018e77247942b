package vaults

import (
	"fmt"

	"vadium"
	"vadium/vaults/risk"
)

// Reward is how a fee is split within a vault.
type Reward struct {
	Commission vadium.Amount `json:"commission"` // the prover's, claimable at once
	Junior     vadium.Amount `json:"junior"`     // the prover's, as stake
	Senior     vadium.Amount `json:"senior"`     // the delegators', dripping in
}

// Total returns the fee that was split.
func (r Reward) Total() vadium.Amount { return vadium.Sum(r.Commission, r.Junior, r.Senior) }

// PlanReward splits amount at the commission that was pinned when the request was assigned. Commission rounds down. The
// rest is divided between junior and senior by size, the junior's part rounded down; a senior tranche of less than one
// token of shares gets nothing, because its holders could not be told from the virtual shares.
//
// A fee is in the market's own asset. A vault of another could not hold it, so all of it is commission there, whatever the
// rate, and the market pays it to the prover: nobody else has stake in such a vault.
func (v *Vault) PlanReward(now vadium.Time, amount vadium.Amount, commission vadium.Bps) Reward {
	if commission > MaxCommission {
		panic(fmt.Sprintf("invariant: commission is at most %d bps, yet this is %d", MaxCommission, commission))
	}
	if v.Asset != (risk.Asset{}) {
		return Reward{Commission: amount}
	}
	r := Reward{Commission: amount.BpsDown(commission)}
	rest := amount.MustSub(r.Commission)
	assets := v.TotalAssets(now)
	both := v.Junior.MustAdd(assets)
	if v.Shares.Less(shareToken) || both.IsZero() {
		r.Junior = rest
		return r
	}
	r.Junior = must(rest.MulDivDown(v.Junior, both))
	r.Senior = rest.MustSub(r.Junior)
	return r
}

// ApplyReward credits a planned reward. It panics when the vault is in another asset than fees are.
func (v *Vault) ApplyReward(now vadium.Time, r Reward) {
	if v.Asset != (risk.Asset{}) {
		panic(fmt.Sprintf("invariant: a vault holds one asset, yet vault %d is to hold a fee", v.ID))
	}
	v.settle(now)
	v.CommissionDue = v.CommissionDue.MustAdd(r.Commission)
	v.Junior = v.Junior.MustAdd(r.Junior)
	v.drip(now, r.Senior)
}

// ClaimCommission pays commission out. It panics when less is due.
func (v *Vault) ClaimCommission(amount vadium.Amount) {
	v.CommissionDue = v.CommissionDue.MustSub(amount)
}
