package vaults

import (
	"cmp"
	"fmt"
	"slices"

	"vadium"
)

// Refusals of a redemption.
const (
	// ErrNotEnoughShares: the owner holds fewer shares, or the prover has less junior, than is to be redeemed.
	ErrNotEnoughShares = vadium.Kind("not-enough-shares")
	// ErrRedemptionTooSmall: what is redeemed is worth less than one base unit.
	ErrRedemptionTooSmall = vadium.Kind("redemption-too-small")
	// ErrTooManyRedemptions: the owner already has [MaxRedemptions] open.
	ErrTooManyRedemptions = vadium.Kind("too-many-redemptions")
)

// MaxRedemptions bounds the open redemptions of one owner, so that nobody makes the vault large for free.
const MaxRedemptions = 16

// Redemption is stake on its way out. It earns nothing more and still pays for faults until it is claimed.
type Redemption struct {
	ID    uint64
	Owner vadium.Account
	// Junior says that the prover withdraws its own stake; otherwise an owner's senior shares were burnt.
	Junior bool
	Shares vadium.Amount // burnt; nothing for junior
	Assets vadium.Amount // what moved to the unbonding pool; slashes since then are not deducted here
	// PoolShares is the part of the unbonding pool, in shares of its Generation.
	PoolShares vadium.Amount
	Generation uint32
	Matures    vadium.Time
}

// Pool is stake that is leaving: assets, and shares in them, so that one division makes all of it pay for a slash. A
// pool that slashes have spent begins a new generation with the next redemption, and shares of an old one stay worth
// nothing.
type Pool struct {
	Assets     vadium.Amount // UA
	Shares     vadium.Amount // US
	Generation uint32
}

// diluted is how many shares of a pool a base unit of its assets may stand for.
var diluted = units(18)

// spent reports whether slashes took all of the pool, or all but a part in 10^18: its shares would multiply without bound.
// What little is left goes to those who stay.
func (p Pool) spent() bool {
	least, ok := p.Assets.MulDivDown(diluted, vadium.NewAmount(1))
	return ok && least.Less(p.Shares)
}

// next returns the generation that a redemption now would join.
func (p Pool) next() Pool {
	if p.spent() {
		return Pool{Generation: p.Generation + 1}
	}
	return p
}

// sharesFor returns the pool shares that assets buy, rounded down: those already leaving keep the rest.
func (p Pool) sharesFor(assets vadium.Amount) vadium.Amount {
	if p.Shares.IsZero() {
		return assets
	}
	return must(assets.MulDivDown(p.Shares, p.Assets))
}

// worth returns what shares of a generation are worth, rounded down: those still leaving keep the rest.
func (p Pool) worth(shares vadium.Amount, generation uint32) vadium.Amount {
	if generation != p.Generation || p.Shares.IsZero() {
		return vadium.Amount{}
	}
	return must(shares.MulDivDown(p.Assets, p.Shares))
}

// pool returns the unbonding pool of a tranche.
func (v *Vault) pool(junior bool) *Pool {
	if junior {
		return &v.JuniorUnbonding
	}
	return &v.SeniorUnbonding
}

// PlanRedemption returns what redeeming owner's shares would do: at today's price, claimable from matures on. It is
// never refused for locks, because what is redeemed goes on backing them. It refuses with [ErrNotEnoughShares],
// [ErrSharesFrozen], [ErrTooManyRedemptions] or [ErrRedemptionTooSmall].
func (v *Vault) PlanRedemption(now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (Redemption, error) {
	if held := v.SharesOf(owner); held.Less(shares) {
		return Redemption{}, fmt.Errorf("%v holds %v shares, not %v: %w", owner, held, shares, ErrNotEnoughShares)
	}
	if err := v.checkMovable(owner, shares); err != nil {
		return Redemption{}, err
	}
	return v.planRedemption(Redemption{
		Owner: owner, Shares: shares, Assets: v.Rate(now).AssetsDown(shares), Matures: matures,
	})
}

// PlanJuniorRedemption is [Vault.PlanRedemption] for the prover's own stake, which is not in shares.
func (v *Vault) PlanJuniorRedemption(assets vadium.Amount, matures vadium.Time) (Redemption, error) {
	if v.Junior.Less(assets) {
		return Redemption{}, fmt.Errorf("the junior is %s tokens, not %s: %w", v.Junior.Tokens(), assets.Tokens(), ErrNotEnoughShares)
	}
	return v.planRedemption(Redemption{Owner: v.Prover, Junior: true, Assets: assets, Matures: matures})
}

func (v *Vault) planRedemption(r Redemption) (Redemption, error) {
	open := 0
	for _, other := range v.Redemptions {
		if other.Owner == r.Owner {
			open++
		}
	}
	if open >= MaxRedemptions {
		return Redemption{}, ErrTooManyRedemptions
	}
	pool := v.pool(r.Junior).next()
	r.ID = v.LastRedemption + 1
	r.Generation = pool.Generation
	r.PoolShares = pool.sharesFor(r.Assets)
	if r.PoolShares.IsZero() {
		return Redemption{}, ErrRedemptionTooSmall
	}
	return r, nil
}

// ApplyRedemption carries a planned redemption out: shares are burnt, assets move to the unbonding pool.
func (v *Vault) ApplyRedemption(now vadium.Time, r Redemption) {
	v.settle(now)
	if r.Junior {
		v.Junior = v.Junior.MustSub(r.Assets)
	} else {
		v.setShares(r.Owner, v.SharesOf(r.Owner).MustSub(r.Shares))
		v.Shares = v.Shares.MustSub(r.Shares)
		v.Senior = v.Senior.MustSub(r.Assets)
	}
	pool := v.pool(r.Junior)
	if pool.spent() {
		v.sweep(r.Junior)
		*pool = pool.next()
	}
	if pool.Generation != r.Generation || r.ID != v.LastRedemption+1 {
		panic(fmt.Sprintf("invariant: a redemption is applied as planned, yet %d of generation %d follows %d of %d",
			r.ID, r.Generation, v.LastRedemption, pool.Generation))
	}
	pool.Assets = pool.Assets.MustAdd(r.Assets)
	pool.Shares = pool.Shares.MustAdd(r.PoolShares)
	v.Redemptions = with(v.Redemptions, len(v.Redemptions), r)
	v.LastRedemption = r.ID
}

// sweep gives what nobody who is leaving a pool owns to those who stay.
func (v *Vault) sweep(junior bool) {
	pool := v.pool(junior)
	if junior {
		v.Junior = v.Junior.MustAdd(pool.Assets)
	} else {
		v.Senior = v.Senior.MustAdd(pool.Assets)
	}
	pool.Assets = vadium.Amount{}
}

// Redemption returns an open redemption and whether there is one of this id.
func (v *Vault) Redemption(id uint64) (Redemption, bool) {
	i, found := v.findRedemption(id)
	if !found {
		return Redemption{}, false
	}
	return v.Redemptions[i], true
}

// Worth returns what a redemption would pay now if it were claimed.
func (v *Vault) Worth(r Redemption) vadium.Amount {
	return v.pool(r.Junior).worth(r.PoolShares, r.Generation)
}

func (v *Vault) findRedemption(id uint64) (int, bool) {
	return slices.BinarySearchFunc(v.Redemptions, id, func(r Redemption, id uint64) int { return cmp.Compare(r.ID, id) })
}
