package vaults

import (
	"fmt"

	"vadium"
)

// Refusals of a claim.
const (
	// ErrNoRedemption: there is no such redemption, or it has been claimed.
	ErrNoRedemption = vadium.Kind("no-such-redemption")
	// ErrRedemptionPending: the redemption has not matured yet.
	ErrRedemptionPending = vadium.Kind("redemption-pending")
	// ErrExceedsClaimable: fewer shares, or less in assets, have matured than are to be claimed.
	ErrExceedsClaimable = vadium.Kind("exceeds-claimable")
)

// PlanClaim returns what redemption id pays now: its part of the unbonding pool, after every slash since. It refuses
// with [ErrNoRedemption], [ErrRedemptionPending], [ErrCaseOpen], or [ErrStakeLocked] when open assignments still need
// the stake, which cannot outlast the requests that were open when the redemption began.
func (v *Vault) PlanClaim(now vadium.Time, id uint64) (vadium.Amount, error) {
	i, found := v.findRedemption(id)
	if !found {
		return vadium.Amount{}, ErrNoRedemption
	}
	r := v.Redemptions[i]
	if now < r.Matures {
		return vadium.Amount{}, ErrRedemptionPending
	}
	if v.Cases > 0 {
		return vadium.Amount{}, ErrCaseOpen
	}
	assets := v.pool(r.Junior).worth(r.PoolShares, r.Generation)
	if v.needed(r.Junior, assets, v.Slashable()) {
		return vadium.Amount{}, ErrStakeLocked
	}
	return assets, nil
}

// needed reports whether locks still need assets that are leaving a vault of slashable stake.
func (v *Vault) needed(junior bool, assets, slashable vadium.Amount) bool {
	switch {
	case assets.IsZero():
		return false
	case slashable.MustSub(assets).Less(v.LockTotal):
		return true
	}
	return junior && v.Junior.MustAdd(v.JuniorUnbonding.Assets).MustSub(assets).Less(v.DamageCapTotal)
}

// ApplyClaim pays redemption id out and forgets it. It panics when assets are not what the pool owes for it.
func (v *Vault) ApplyClaim(id uint64, assets vadium.Amount) {
	i, found := v.findRedemption(id)
	if !found {
		panic(fmt.Sprintf("invariant: only an open redemption is claimed, yet %d is not open", id))
	}
	v.applyPart(i, Part{ID: id, Shares: v.Redemptions[i].Shares, PoolShares: v.Redemptions[i].PoolShares, Assets: assets})
}

// Part is what a claim takes of one redemption.
type Part struct {
	ID     uint64        `json:"id"`
	Shares vadium.Amount `json:"shares"` // of those that were burnt
	// PoolShares leave the unbonding pool; when they are all of the redemption's, it is forgotten.
	PoolShares vadium.Amount `json:"poolShares"`
	Assets     vadium.Amount `json:"assets"` // what is paid
}

// PlanClaimOfShares returns what claiming shares takes from owner's senior redemptions that have matured, the oldest
// first. A part of a redemption is rounded down: those still leaving keep the rest. It refuses with [ErrCaseOpen],
// [ErrStakeLocked] or [ErrExceedsClaimable].
func (v *Vault) PlanClaimOfShares(now vadium.Time, owner vadium.Account, shares vadium.Amount) ([]Part, error) {
	left := shares
	parts, err := v.planParts(now, owner, func(r Redemption, pool Pool) (Part, bool) {
		if left.IsZero() {
			return Part{}, false
		}
		part := Part{ID: r.ID, Shares: r.Shares, PoolShares: r.PoolShares}
		if left.Less(r.Shares) {
			part.Shares, part.PoolShares = left, must(left.MulDivDown(r.PoolShares, r.Shares))
		}
		part.Assets = pool.worth(part.PoolShares, r.Generation)
		left = left.MustSub(part.Shares)
		return part, true
	})
	if err == nil && !left.IsZero() {
		return nil, fmt.Errorf("%v shares are claimed, %v of them have not matured or never were: %w", shares, left, ErrExceedsClaimable)
	}
	return parts, err
}

// PlanClaimOfAssets is [Vault.PlanClaimOfShares] for an amount of assets. A part of a redemption is rounded up: whoever
// claims it pays for the rounding.
func (v *Vault) PlanClaimOfAssets(now vadium.Time, owner vadium.Account, assets vadium.Amount) ([]Part, error) {
	left := assets
	parts, err := v.planParts(now, owner, func(r Redemption, pool Pool) (Part, bool) {
		if left.IsZero() {
			return Part{}, false
		}
		part := Part{ID: r.ID, Shares: r.Shares, PoolShares: r.PoolShares, Assets: pool.worth(r.PoolShares, r.Generation)}
		if left.Less(part.Assets) {
			part.Assets = left
			part.PoolShares = must(left.MulDivUp(pool.Shares, pool.Assets))
			part.Shares = must(part.PoolShares.MulDivUp(r.Shares, r.PoolShares))
			if part.Shares == r.Shares {
				part.PoolShares = r.PoolShares
			}
		}
		left = left.MustSub(part.Assets)
		return part, !part.Assets.IsZero()
	})
	if err == nil && !left.IsZero() {
		return nil, fmt.Errorf("%s tokens are claimed, %s of them have not matured or never were: %w", assets.Tokens(), left.Tokens(), ErrExceedsClaimable)
	}
	return parts, err
}

// planParts offers owner's matured senior redemptions to take, by age, each with the pool as the parts before left it.
func (v *Vault) planParts(now vadium.Time, owner vadium.Account, take func(Redemption, Pool) (Part, bool)) ([]Part, error) {
	if v.Cases > 0 {
		return nil, ErrCaseOpen
	}
	var parts []Part
	pool, slashable := v.SeniorUnbonding, v.Slashable()
	for _, r := range v.Redemptions {
		if r.Owner != owner || r.Junior || now < r.Matures {
			continue
		}
		part, taken := take(r, pool)
		if !taken {
			continue
		}
		if v.needed(false, part.Assets, slashable) {
			return nil, ErrStakeLocked
		}
		slashable = slashable.MustSub(part.Assets)
		if r.Generation == pool.Generation {
			pool.Assets = pool.Assets.MustSub(part.Assets)
			pool.Shares = pool.Shares.MustSub(part.PoolShares)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// ApplyClaims pays planned parts out and forgets what is claimed whole.
func (v *Vault) ApplyClaims(parts []Part) {
	for _, part := range parts {
		i, found := v.findRedemption(part.ID)
		if !found {
			panic(fmt.Sprintf("invariant: only an open redemption is claimed, yet %d is not open", part.ID))
		}
		v.applyPart(i, part)
	}
}

func (v *Vault) applyPart(i int, part Part) {
	r := v.Redemptions[i]
	pool := v.pool(r.Junior)
	if r.Generation == pool.Generation {
		pool.Assets = pool.Assets.MustSub(part.Assets)
		pool.Shares = pool.Shares.MustSub(part.PoolShares)
		if pool.Shares.IsZero() {
			v.sweep(r.Junior) // what a claim of assets rounded away, and otherwise nothing
		}
	} else if !part.Assets.IsZero() {
		panic(fmt.Sprintf("invariant: shares of an old generation are worth nothing, yet redemption %d is paid %v", r.ID, part.Assets))
	}
	if part.PoolShares == r.PoolShares {
		v.Redemptions = without(v.Redemptions, i)
		return
	}
	r.Shares, r.PoolShares = r.Shares.MustSub(part.Shares), r.PoolShares.MustSub(part.PoolShares)
	v.Redemptions = replaced(v.Redemptions, i, r)
}

// Claimable returns what [Vault.PlanClaimOfShares] and [Vault.PlanClaimOfAssets] do not refuse owner now: the shares of
// whole redemptions, and the assets of the last one as far as no lock needs them.
func (v *Vault) Claimable(now vadium.Time, owner vadium.Account) (shares, assets vadium.Amount) {
	if v.Cases > 0 {
		return shares, assets
	}
	pool, room := v.SeniorUnbonding, v.Slashable().SubFloor(v.LockTotal)
	for _, r := range v.Redemptions {
		if r.Owner != owner || r.Junior || now < r.Matures {
			continue
		}
		worth := pool.worth(r.PoolShares, r.Generation)
		if room.Less(worth) {
			return shares, assets.MustAdd(room)
		}
		room = room.MustSub(worth)
		shares, assets = shares.MustAdd(r.Shares), assets.MustAdd(worth)
		if r.Generation == pool.Generation {
			pool.Assets = pool.Assets.MustSub(worth)
			pool.Shares = pool.Shares.MustSub(r.PoolShares)
		}
	}
	return shares, assets
}
