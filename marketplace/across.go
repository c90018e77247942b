package marketplace

import (
	"fmt"
	"math"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// Locks of vaults in another asset than fees and damage caps are in (economics.md §4.2). What a request asks of a stake is
// worked out in the market's own asset first, as for everybody; then it has a value in the numeraire, and the stake that
// covers the value, with a margin for what the price may do until the request is final, is the lock. All of it is fixed
// when the assignment is made: penalties, too, are computed in the vault's asset at that ratio.

// promise is what a request asks of vaults in one other asset.
type promise struct {
	lock vaults.Lock
	// minJunior is the least junior stake that is assigned anything, in the asset.
	minJunior vadium.Amount
	feed      *Feed
	level     risk.Level
	// bar keeps every vault in the asset out.
	bar Bar
}

// priced returns the feeds of the market's own asset and of another, or refuses when one of them has no price that may be
// relied on.
func (s *State) priced(asset risk.Asset, now vadium.Time) (own, other *Feed, err error) {
	fresh := func(a risk.Asset) (*Feed, error) {
		feed := s.feeds.get(a)
		if feed == nil {
			return nil, risk.ErrNoPrice
		}
		return feed, feed.Gauge.Quote.CheckFresh(now, s.RiskParams().StaleAfter)
	}
	if own, err = fresh(ownAsset); err != nil {
		return nil, nil, fmt.Errorf("the market's own asset: %w", err)
	}
	if other, err = fresh(asset); err != nil {
		return nil, nil, fmt.Errorf("asset %v: %w", asset, err)
	}
	return own, other, nil
}

// minJuniorIn returns what a minimum of the market's own asset is in another one at the current prices, rounded up in favour
// of whoever the stake is to cover: the minimum at its high price over the asset's low one. It refuses with
// [risk.ErrNoPrice], [risk.ErrStalePrice] or [risk.ErrValue].
func (s *State) minJuniorIn(asset risk.Asset, minimum vadium.Amount, now vadium.Time) (vadium.Amount, error) {
	if asset == ownAsset {
		return minimum, nil
	}
	own, other, err := s.priced(asset, now)
	if err != nil {
		return vadium.Amount{}, err
	}
	value, fits := own.Gauge.Quote.High().Owed(minimum)
	if !fits {
		return vadium.Amount{}, risk.ErrValue
	}
	in, _ := other.Gauge.Quote.Low().Tokens(value) // a fresh price is not zero
	return in, nil
}

// inOwn returns what stake in a vault's asset is worth in the market's own, rounded down in favour of whoever it is to
// cover; ok is false without current prices.
func (s *State) inOwn(asset risk.Asset, stake vadium.Amount, now vadium.Time) (worth vadium.Amount, ok bool) {
	if asset == ownAsset {
		return stake, true
	}
	rate, ok := s.ownPer(asset, now)
	if !ok {
		return vadium.Amount{}, false
	}
	return rate.own(stake), true
}

// promise works out what a demand asks of vaults in an asset. It is kept for the next ask: most of those that matter to one
// clearing are in few assets.
func (s *State) promise(r *demand, asset risk.Asset) *promise {
	if r.promises == nil {
		r.promises = map[risk.Asset]*promise{}
	}
	p := r.promises[asset]
	if p == nil {
		p = new(promise)
		*p = s.promiseIn(r, asset)
		r.promises[asset] = p
	}
	return p
}

func (s *State) promiseIn(r *demand, asset risk.Asset) promise {
	own, other, err := s.priced(asset, r.now)
	if err != nil {
		return promise{bar: BarUnpriced}
	}
	p := promise{feed: other, level: s.market.network().Measures.Breaker.Level}
	if p.minJunior, err = s.minJuniorIn(asset, r.minJunior, r.now); err != nil {
		return promise{bar: BarStake}
	}
	if r.lock.Amount.IsZero() {
		return p // nobody is punished for it, so no stake is needed
	}
	if p.level >= risk.Halt {
		return promise{bar: BarSecurity}
	}
	exposure, fits := s.expose(r, own)
	enlarged, alsoFits := p.level.Enlarge(exposure)
	if !fits || !alsoFits {
		return promise{bar: BarStake}
	}
	if p.lock, err = lockAcross(enlarged, other.Gauge.Held); err != nil {
		return promise{bar: BarStake}
	}
	return p
}

// expose returns what the request's lock is worth, from now to the end of its grace and of the time to challenge it; ok is
// false when it does not fit.
func (s *State) expose(r *demand, own *Feed) (exposure risk.Exposure, ok bool) {
	high := own.Gauge.Quote.High()
	value, fits := high.Owed(r.lock.Amount)
	damageCap, alsoFits := high.Owed(r.lock.DamageCap)
	exposure, err := risk.NewExposure(value, damageCap, r.GraceEnd.Sub(r.now)+ChallengeTime, s.RiskParams())
	return exposure, fits && alsoFits && err == nil
}

// lockAcross returns the lock of an exposure at a reading. The damage cap has the whole margin, too: the requester is
// covered to the last unit whatever the price does within it.
func lockAcross(x risk.Exposure, at risk.Reading) (vaults.Lock, error) {
	amount, err := x.Lock(at)
	if err != nil {
		return vaults.Lock{}, err
	}
	caps := x
	caps.Value = x.Cap
	damageCap, err := caps.Lock(at)
	return vaults.Lock{Amount: amount, DamageCap: damageCap, Across: x}, err
}

// barAcross returns why an ask of a prover whose vault is in another asset may not win, for reasons of its stake.
func (s *State) barAcross(r *demand, v *vaults.Vault) Bar {
	p := s.promise(r, v.Asset)
	switch {
	case p.bar != BarNone:
		return p.bar
	case s.juniorShort(v, p.minJunior, r.now) || !v.CanLock(r.now, p.lock):
		return BarStake
	case p.lock.Across == risk.Exposure{}:
		return BarNone
	case p.level.CheckLock(p.lock.Amount, v.Effective(r.now)) != nil:
		return BarSecurity
	case !s.backs(v, p, r.now):
		return BarStake
	}
	return BarNone
}

// backs reports whether a vault's stake covers one more lock with all that its locks need now, margins included (I2 and I3
// of economics.md §4.1), and whether cheating in all of them would still cost more than it gains (I1).
func (s *State) backs(v *vaults.Vault, p *promise, now vadium.Time) bool {
	before := positionOf(v, s.backings.get(v.ID))
	position, fits := before.With(p.lock.Across)
	if !fits {
		return false
	}
	posted := risk.Cover{Stake: risk.Effective(v.Junior, v.TotalAssets(now), p.level.Leverage(vaults.Leverage)), Junior: v.Junior}
	reserved, ok := position.Reserved(p.feed.Gauge)
	if !ok || !posted.Meets(reserved) {
		return false
	}
	cost, fits := p.feed.Gauge.Held.Price.Worth(v.Slashable())
	if !fits {
		cost = math.MaxUint64 // at least that
	}
	return risk.Corruption{Cost: cost, Profit: before.Across.Stake.Value}.CheckProfit(p.lock.Across.Value, risk.Gamma) == nil
}

// FreeIn returns the effective stake of a vault that no lock needs, in its asset. In another asset than the market's own,
// locks need what they need at the held price, or what they were made for if that is more; without a price nothing is free.
func (s *State) FreeIn(v *vaults.Vault, now vadium.Time) vadium.Amount {
	free := v.Free(now)
	if v.Asset == ownAsset {
		return free
	}
	feed := s.feeds.get(v.Asset)
	if feed == nil || !feed.Gauge.Fresh(now, s.RiskParams()) {
		return vadium.Amount{}
	}
	reserved, ok := positionOf(v, s.backings.get(v.ID)).Reserved(feed.Gauge)
	if !ok {
		return vadium.Amount{}
	}
	return vadium.Min(free, v.Effective(now).SubFloor(reserved.Stake))
}

// FreeWorth returns what a vault's free stake is worth in the market's own asset, rounded down; nothing while the price of
// another asset is not known.
func (s *State) FreeWorth(v *vaults.Vault, now vadium.Time) vadium.Amount {
	worth, _ := s.inOwn(v.Asset, s.FreeIn(v, now), now)
	return worth
}

// CheckCover refuses a lock, given in the market's own asset, that a vault's stake would not back now beside what is held for bids,
// for a request whose grace ends then: as [vaults.Vault.CheckLock] does, and for a vault in another asset with [risk.ErrStalePrice],
// [risk.ErrHalted] or [vaults.ErrStakeLocked].
func (s *State) CheckCover(v *vaults.Vault, lock vaults.Lock, graceEnd, now vadium.Time) error {
	asked := &demand{Request: &Request{GraceEnd: graceEnd}, now: now, lock: lock}
	if p := s.provers.get(v.Prover); p != nil && p.Vault == v.ID {
		asked = s.beside(asked, p, v, false)
	}
	if v.Asset == ownAsset {
		return v.CheckLock(now, asked.lock)
	}
	refusals := map[Bar]error{BarNone: nil, BarUnpriced: risk.ErrStalePrice, BarSecurity: risk.ErrHalted, BarStake: vaults.ErrStakeLocked}
	return refusals[s.barAcross(asked, v)]
}

// CheckLeaving refuses what would leave a vault in another asset while its locks need it at the held price, with
// [vaults.ErrStakeLocked]; and while locks are open and the price cannot be relied on, everything, with
// [risk.ErrStalePrice] or [risk.ErrNoPrice]: what is needed is not known then, so nothing is given back (economics.md
// §4.3). What locks need in the asset of the stake the vault itself says.
func (s *State) CheckLeaving(v *vaults.Vault, junior bool, assets vadium.Amount, now vadium.Time) error {
	position := positionOf(v, s.backings.get(v.ID))
	if v.Asset == ownAsset || position.Across.Locks == 0 || assets.IsZero() {
		return nil
	}
	feed := s.feeds.get(v.Asset)
	if feed == nil {
		return risk.ErrNoPrice
	}
	if err := feed.Gauge.Quote.CheckFresh(now, s.RiskParams().StaleAfter); err != nil {
		return fmt.Errorf("asset %v: %w", v.Asset, err)
	}
	left := risk.Cover{Stake: v.Slashable().SubFloor(assets), Junior: v.Junior.MustAdd(v.JuniorUnbonding.Assets)}
	if junior {
		left.Junior = left.Junior.SubFloor(assets)
	}
	if reserved, ok := position.Reserved(feed.Gauge); !ok || !left.Meets(reserved) {
		return fmt.Errorf("vault %d keeps %s tokens for its locks: %w", v.ID, reserved.Stake.Tokens(), vaults.ErrStakeLocked)
	}
	return nil
}

// inStake converts an amount of the market's own asset into the asset of the stake behind an assignment, at the ratio at
// which its lock was made, rounded up in favour of who is owed.
func (d *draft) inStake(r *Request, a *Attempt, amount vadium.Amount) vadium.Amount {
	if d.Vault(a.Vault).Asset == ownAsset {
		return amount
	}
	own, _ := lockOf(r, a)
	if own.IsZero() {
		return vadium.Amount{} // nobody is punished for the request
	}
	converted, ok := amount.MulDivUp(a.Lock, own)
	must(ok, "prices and locks stay below 2^128")
	return converted
}

// addAcross and removeAcross keep what the locks of a vault in another asset need together.
func (s *State) addAcross(vault vadium.VaultID, x risk.Exposure) {
	if x == (risk.Exposure{}) {
		return
	}
	b := s.backing(vault)
	sums, fits := b.Across.Add(x)
	must(fits, "locks are made only if their sums fit")
	b.Across = sums
}

func (s *State) removeAcross(vault vadium.VaultID, x risk.Exposure) {
	if x == (risk.Exposure{}) {
		return
	}
	b := s.backing(vault)
	b.Across = b.Across.Remove(x)
}
