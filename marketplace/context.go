package marketplace

import (
	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// contextOf returns what a penalty of a prover depends on beside the offence, from the market's own measures as they were
// before it: a clean prover in a healthy market gets [slashing.Neutral].
func (s *State) contextOf(now vadium.Time, p *Prover, v *vaults.Vault, class slashing.Class) slashing.Inputs {
	in := slashing.Neutral()
	in.Class = class
	in.History = p.Conduct.Span.At(now, p.historyAt(now)).History
	in.Uptime = p.Uptime()
	in.PriceReference, in.PriceNow = s.priceContext(now, v.Asset)
	in.Baseline = slashing.BaselineFor(class, 0)
	n := s.market.Network
	if n == nil {
		return in
	}
	in.Systemic = n.excuses(now)
	if n.Measures.Epoch > 0 { // it has been measured
		in.Health = min(n.Measures.Health, vadium.BpsOne)
		in.Baseline = min(slashing.BaselineFor(class, n.Measures.Usual[class-1]), vadium.BpsOne)
		in.Correlation = n.correlation(now, p, class)
	}
	return in
}

// impactOf returns how much harm beyond the fee an assignment's terms declare, from nothing without a damage cap to a
// quarter when all that is at stake is damages: floor(2500*damageCap/(damageCap+reserve)), down, in the offender's favour.
// A damage cap is the requester's declaration of what a failure costs.
func impactOf(damageCap, reserve vadium.Amount) vadium.Bps {
	if damageCap.IsZero() {
		return 0
	}
	part, ok := damageCap.MulDivDown(vadium.NewAmount(2_500), damageCap.MustAdd(reserve))
	must(ok, "damage caps stay below 2^128")
	return vadium.Bps(part.Uint256().Uint64())
}

// priceContext returns the 30-day average of an asset's price and its low price now; equal ones when no fresh price is known.
func (s *State) priceContext(now vadium.Time, asset risk.Asset) (reference, current uint64) {
	f := s.feeds.get(asset)
	if f == nil || !f.Gauge.Fresh(now, s.RiskParams()) || f.Gauge.Now.Price == 0 {
		return 1, 1
	}
	average, known := f.Month.Average(now)
	if !known {
		return 1, 1
	}
	return uint64(average), uint64(f.Gauge.Now.Price)
}

// worthInOwn returns what an amount of an asset comes to in the market's own, rounded down; nothing when one of the prices
// is not known: what cannot be compared is left out of what is measured of the network.
func (s *State) worthInOwn(now vadium.Time, asset risk.Asset, amount vadium.Amount) vadium.Amount {
	worth, _ := s.inOwn(asset, amount, now)
	return worth
}

// unit is the price by which stake and slashes are compared when only the market's own asset is known: what matters is
// their ratio, so any price would do, as long as it is the same for both.
const unit risk.Price = 1_000_000

// noteSlashed counts what was taken for the slash breaker. Journals from before there was a network are left as they are.
func (s *State) noteSlashed(at vadium.Time, asset risk.Asset, amount vadium.Amount) {
	if s.market.Network == nil || s.base != nil { // nothing in the rest of the command asks for it
		return
	}
	worth, ok := unit.Worth(s.worthInOwn(at, asset, amount))
	if !ok || worth == 0 {
		return
	}
	n := s.editNetwork()
	if slashed, fits := n.Slashed.Add(risk.EpochAt(at), worth); fits {
		n.Slashed = slashed
	}
	if unmarked, fits := n.Unmarked.Add(worth); fits {
		n.Unmarked = unmarked
	}
}

// tripped reports whether so much of the network's stake was slashed in the day that ends with an epoch that slashes of
// whole vaults wait. Before the stake has been measured nobody can say.
func (n *Network) tripped(e risk.Epoch) bool {
	stake, ok := unit.Worth(n.Measures.Stake)
	return ok && stake > 0 && n.Slashed.Tripped(e, stake-min(n.Unmarked, stake))
}

// correlatedFor is how many epochs faults count as coincident: 72 h.
const correlatedFor = 72

// correlation returns the share of all stake whose provers, this one aside, committed the same class of offence in the
// last 72 h: what it did itself is its history. It rounds down, in the offender's favour.
func (n *Network) correlation(now vadium.Time, p *Prover, class slashing.Class) vadium.Bps {
	recent, e := &n.Recent[class-1], risk.EpochAt(now)
	failing := recent.sumAt(e)
	if own := p.Conduct.LastFault[class-1]; own.counts(e) {
		failing = failing.SubFloor(own.Stake)
	}
	share, ok := failing.MulDivDown(vadium.NewAmount(uint64(vadium.BpsOne)), n.Measures.Stake)
	if !ok {
		return 0 // no stake is known
	}
	return vadium.Bps(vadium.Min(share, vadium.NewAmount(uint64(vadium.BpsOne))).Uint256().Uint64())
}

// counts reports whether the fault is among the recent ones at an epoch.
func (f CountedFault) counts(e risk.Epoch) bool { return f.Epoch > 0 && f.Epoch+correlatedFor > e }

// sumAt returns the sum of the buckets that still count at an epoch.
func (r *Recent) sumAt(e risk.Epoch) vadium.Amount {
	sum := r.Sum
	for past := range min(uint64(e-min(r.Epoch, e)), correlatedFor) {
		if len(r.Buckets) > 0 {
			sum = sum.MustSub(r.Buckets[(uint64(r.Epoch)+1+past)%correlatedFor])
		}
	}
	return sum
}

// move counts a prover's stake with the epoch of its latest fault, and no longer with that of the one before. The buckets
// are copied: states share them.
func (r Recent) move(e risk.Epoch, last CountedFault, stake vadium.Amount) Recent {
	buckets := make([]vadium.Amount, correlatedFor)
	copy(buckets, r.Buckets)
	moved := Recent{Epoch: max(r.Epoch, e), Buckets: buckets, Sum: r.sumAt(e)}
	for past := range min(uint64(moved.Epoch-r.Epoch), correlatedFor) {
		buckets[(uint64(r.Epoch)+1+past)%correlatedFor] = vadium.Amount{}
	}
	if last.counts(moved.Epoch) {
		at := &buckets[uint64(last.Epoch)%correlatedFor]
		*at, moved.Sum = at.MustSub(last.Stake), moved.Sum.MustSub(last.Stake)
	}
	at := &buckets[uint64(moved.Epoch)%correlatedFor]
	*at, moved.Sum = at.MustAdd(stake), moved.Sum.MustAdd(stake)
	return moved
}
