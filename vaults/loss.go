package vaults

import "vadium"

// Loss is what a slash takes from each part of a vault.
type Loss struct {
	Junior          vadium.Amount `json:"junior"`
	JuniorUnbonding vadium.Amount `json:"juniorUnbonding"`
	SeniorUnvested  vadium.Amount `json:"seniorUnvested"` // rewards that have not dripped in yet
	Senior          vadium.Amount `json:"senior"`
	SeniorUnbonding vadium.Amount `json:"seniorUnbonding"`
}

// JuniorTotal returns what the prover loses.
func (l Loss) JuniorTotal() vadium.Amount { return l.Junior.MustAdd(l.JuniorUnbonding) }

// SeniorTotal returns what the delegators lose.
func (l Loss) SeniorTotal() vadium.Amount {
	return vadium.Sum(l.SeniorUnvested, l.Senior, l.SeniorUnbonding)
}

// Total returns what the vault loses.
func (l Loss) Total() vadium.Amount { return l.JuniorTotal().MustAdd(l.SeniorTotal()) }

// seniorDust is what a slash leaves of the senior tranche, so that the price of a share never becomes zero.
var seniorDust = vadium.NewAmount(1_000_000)

// PlanDamages returns how the vault pays amount to a requester: from the junior, active and unbonding by size, and
// nothing from the senior. When the junior is smaller than amount, the plan is all of it.
func (v *Vault) PlanDamages(now vadium.Time, amount vadium.Amount) Loss {
	return v.stakeAt(now).takeJunior(amount, vadium.Amount{})
}

// PlanPunitive returns how the vault pays a punitive amount: from the junior, except for the reservedJunior that other
// requests' damage caps need, then from the senior. It is exact to the unit while the stake lasts.
func (v *Vault) PlanPunitive(now vadium.Time, amount, reservedJunior vadium.Amount) Loss {
	return v.PlanPunitiveWithin(now, amount, reservedJunior, v.Slashable())
}

// PlanPunitiveWithin is [Vault.PlanPunitive] of which the senior pays mostSenior at most: what is beyond that nobody pays.
func (v *Vault) PlanPunitiveWithin(now vadium.Time, amount, reservedJunior, mostSenior vadium.Amount) Loss {
	stake := v.stakeAt(now)
	loss := stake.takeJunior(amount, reservedJunior)
	return loss.with(stake.takeSenior(vadium.Min(amount.MustSub(loss.JuniorTotal()), mostSenior)))
}

// PlanPenalty returns how the vault pays damages and a punitive amount together. Damages that the junior cannot pay
// are no gain of the requester's but still the vault's loss: they join the punitive part, which the senior pays to
// insurance and burn. Apply both, in either order.
func (v *Vault) PlanPenalty(now vadium.Time, damages, punitive, reservedJunior vadium.Amount) (forRequester, forOthers Loss) {
	return v.PlanPenaltyWithin(now, damages, punitive, reservedJunior, v.Slashable())
}

// PlanPenaltyWithin is [Vault.PlanPenalty] of which the senior pays mostSenior at most (economics.md §5.5: half of it for
// one event below severity 100): what is beyond that nobody pays.
func (v *Vault) PlanPenaltyWithin(now vadium.Time, damages, punitive, reservedJunior, mostSenior vadium.Amount) (forRequester, forOthers Loss) {
	stake := v.stakeAt(now)
	forRequester = stake.takeJunior(damages, vadium.Amount{})
	unpaid := damages.MustSub(forRequester.Total())
	amount := punitive.MustAdd(unpaid)

	stake.Junior = stake.Junior.MustSub(forRequester.Junior)
	stake.JuniorUnbonding = stake.JuniorUnbonding.MustSub(forRequester.JuniorUnbonding)
	forOthers = stake.takeJunior(amount, reservedJunior)
	return forRequester, forOthers.with(stake.takeSenior(vadium.Min(amount.MustSub(forOthers.JuniorTotal()), mostSenior)))
}

// ApplyLoss takes a planned loss. It panics when the vault does not have it.
func (v *Vault) ApplyLoss(now vadium.Time, l Loss) {
	v.settle(now)
	v.Junior = v.Junior.MustSub(l.Junior)
	v.JuniorUnbonding.Assets = v.JuniorUnbonding.Assets.MustSub(l.JuniorUnbonding)
	v.Dripping.Locked = v.Dripping.Locked.MustSub(l.SeniorUnvested)
	v.Senior = v.Senior.MustSub(l.Senior)
	v.SeniorUnbonding.Assets = v.SeniorUnbonding.Assets.MustSub(l.SeniorUnbonding)
	v.tidyDrip()
}

// stakeAt returns what a slash now could reach, part by part.
func (v *Vault) stakeAt(now vadium.Time) Loss {
	vested := v.Dripping.vested(now)
	return Loss{
		Junior:          v.Junior,
		JuniorUnbonding: v.JuniorUnbonding.Assets,
		SeniorUnvested:  v.Dripping.Locked.MustSub(vested),
		Senior:          v.Senior.MustAdd(vested),
		SeniorUnbonding: v.SeniorUnbonding.Assets,
	}
}

// takeJunior takes amount from the junior of stake, or what there is beyond reserved. Active stake pays its part
// rounded down and unbonding stake the rest, so leaving is never the better side of a rounding.
func (stake Loss) takeJunior(amount, reserved vadium.Amount) Loss {
	all := stake.JuniorTotal()
	taken := vadium.Min(amount, all.SubFloor(reserved))
	if taken.IsZero() {
		return Loss{}
	}
	active := must(taken.MulDivDown(stake.Junior, all))
	return Loss{Junior: active, JuniorUnbonding: taken.MustSub(active)}
}

// takeSenior takes amount from the senior of stake, or all but the dust. Unbonding stake pays its part rounded down and
// active stake the rest, unvested rewards first.
func (stake Loss) takeSenior(amount vadium.Amount) Loss {
	all := stake.SeniorTotal()
	taken := vadium.Min(amount, all.SubFloor(seniorDust))
	if taken.IsZero() {
		return Loss{}
	}
	unbonding := must(taken.MulDivDown(stake.SeniorUnbonding, all))
	active := taken.MustSub(unbonding)
	unvested := vadium.Min(active, stake.SeniorUnvested)
	return Loss{SeniorUnvested: unvested, Senior: active.MustSub(unvested), SeniorUnbonding: unbonding}
}

// with returns the junior part of l and the senior part of senior.
func (l Loss) with(senior Loss) Loss {
	senior.Junior, senior.JuniorUnbonding = l.Junior, l.JuniorUnbonding
	return senior
}
