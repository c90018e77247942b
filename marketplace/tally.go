package marketplace

import (
	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// tally is what all vaults together hold and back, in one walk over them. Amounts are in the market's own asset: vaults in
// others are converted at the prices of now where both are fresh, and left out where they are not.
type tally struct {
	stake     vadium.Amount // all that a slash could reach
	effective vadium.Amount
	locked    vadium.Amount
	promised  vadium.Amount // damage caps
	thin      vadium.Amount // effective stake of provers that would be below the entry minimum if it rose now

	// Of vaults in other assets, in the numeraire.
	exposure risk.Value
	secured  risk.Value
	fresh    bool // the price of every asset that something was promised across is known
}

// tally walks over all vaults.
func (s *State) tally(now vadium.Time) tally {
	t := tally{fresh: true}
	risen := s.risenMinimum()
	for id, v := range s.vaults.all() {
		if v.Asset != ownAsset || s.provers.get(v.Prover).Vault != id {
			continue // no fault reaches a vault whose prover has left it
		}
		effective := v.Effective(now)
		t.stake = t.stake.MustAdd(v.Slashable())
		t.effective = t.effective.MustAdd(effective)
		t.locked = t.locked.MustAdd(v.LockTotal)
		t.promised = t.promised.MustAdd(v.DamageCapTotal)
		if v.Junior.Less(risen) {
			t.thin = t.thin.MustAdd(effective)
		}
	}
	s.tallyAcross(&t, now, risen)
	return t
}

// tallyAcross adds the vaults in other assets, which are few.
func (s *State) tallyAcross(t *tally, now vadium.Time, risen vadium.Amount) {
	held := map[risk.Asset]vadium.Amount{}
	// Of the asset that the last vault was in: vaults in one asset mostly follow each other.
	var last risk.Asset
	var ratio exchange
	var ok, fresh bool
	for _, id := range s.collateralVaults() {
		v, effective := s.vaults.get(id), s.vaults.get(id).Effective(now)
		if s.provers.get(v.Prover).Vault != id {
			continue
		}
		held[v.Asset] = held[v.Asset].MustAdd(effective)
		if v.Asset != last {
			last = v.Asset
			ratio, ok = s.ownPer(last, now)
			fresh = s.gaugeOf(last).Fresh(now, s.RiskParams())
		}
		if b := s.Backing(id); b != nil && b.Across.Locks > 0 {
			t.exposure = sumOrMost(t.exposure, b.Across.Stake.Value)
			t.fresh = t.fresh && fresh
		}
		if !ok {
			continue
		}
		t.stake = t.stake.MustAdd(ratio.own(v.Slashable()))
		t.effective = t.effective.MustAdd(ratio.own(effective))
		t.locked = t.locked.MustAdd(ratio.own(v.LockTotal))
		t.promised = t.promised.MustAdd(ratio.own(v.DamageCapTotal))
		if ratio.own(v.Junior).Less(risen) {
			t.thin = t.thin.MustAdd(ratio.own(effective))
		}
	}
	t.secured = s.securedBy(held)
}

// securedBy returns what stake in other assets would fetch if it had to be sold. An asset that is collateral no longer
// secures nothing.
func (s *State) securedBy(held map[risk.Asset]vadium.Amount) (secured risk.Value) {
	for _, c := range s.market.network().Collateral {
		f := s.Feed(c.Asset)
		if f == nil {
			continue
		}
		if worth, ok := c.Secures(held[c.Asset], f.Gauge.Now.Price, f.Depth); ok {
			secured = sumOrMost(secured, worth)
		}
	}
	return secured
}

func sumOrMost(a, b risk.Value) risk.Value {
	sum, ok := a.Add(b)
	if !ok {
		return ^risk.Value(0)
	}
	return sum
}

// collateralVaults returns the vaults that hold another asset than the market's own, in order of opening.
func (s *State) collateralVaults() []vadium.VaultID {
	if s.base != nil {
		return s.base.inCollateral // none is opened by a command that asks for them
	}
	return s.inCollateral
}

// exchange is what one token of another asset is worth, and one of the market's own.
type exchange struct{ price, ownPrice vadium.Amount }

// ownPer returns the exchange rate of an asset to the market's own, if both prices are fresh. The other asset counts at its
// low price and the own at its high one, in favour of whoever stake in another asset is to secure.
func (s *State) ownPer(a risk.Asset, now vadium.Time) (exchange, bool) {
	own, other, err := s.priced(a, now)
	if err != nil {
		return exchange{}, false
	}
	return exchange{vadium.NewAmount(uint64(other.Gauge.Quote.Low())), vadium.NewAmount(uint64(own.Gauge.Quote.High()))}, true
}

// own converts an amount of the other asset, rounded down.
func (x exchange) own(amount vadium.Amount) vadium.Amount {
	converted, ok := amount.MulDivDown(x.price, x.ownPrice)
	must(ok, "stake has 127 bits and prices 64, so their product fits")
	return converted
}

// gaugeOf returns the gauge of an asset, of which nothing is known if no price was published.
func (s *State) gaugeOf(a risk.Asset) risk.Gauge {
	if f := s.Feed(a); f != nil {
		return f.Gauge
	}
	return risk.Gauge{}
}

// positionOf returns what a vault's locks need. All locks of a vault in the market's own asset are in that asset, and all of
// one in another asset are across.
func positionOf(v *vaults.Vault, b *Backing) (p risk.Position) {
	if v.Asset == ownAsset {
		p.Same = risk.Cover{Stake: v.LockTotal, Junior: v.DamageCapTotal}
	}
	if b != nil {
		p.Across = b.Across
	}
	return p
}

// postedBy is what a vault holds to take on more.
func postedBy(v *vaults.Vault, now vadium.Time) risk.Cover {
	return risk.Cover{Stake: v.Effective(now), Junior: v.Junior}
}

// backedBy is what stands behind the locks there are. What is on its way out goes on backing them until it is claimed, and a
// claim waits for them: so nobody brings a call upon a prover by leaving.
func backedBy(v *vaults.Vault, now vadium.Time) risk.Cover {
	junior := v.Junior.MustAdd(v.JuniorUnbonding.Assets)
	return risk.Cover{Stake: risk.Effective(junior, v.TotalAssets(now).MustAdd(v.SeniorUnbonding.Assets), vaults.Leverage), Junior: junior}
}
