package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
)

// What a sealed bid keeps free. A prover that has bid may win, and must be able to take the request then, or lose its bond. So from
// its commitment until the bids are cleared one of its slots, and the stake that the request would lock, are held for it:
// what its asks, ramps, other bids and places as a backup bring it meanwhile has to fit beside. Who has neither to hold cannot
// bid. Nothing is locked: nobody answers for anything yet, whoever leaves takes its stake along, and the bond is what that costs.

// hold is what the bids of a prover for requests of one product keep free, in the market's own asset.
type hold struct {
	product         auction.Product
	bids            uint32
	lock, damageCap vadium.Amount
}

// holdFor holds what a bid takes, or no longer.
func (s *State) holdFor(r *Request, prover vadium.Account, holds bool) {
	p, change := s.prover(prover), hold{product: r.Product, bids: 1}
	change.lock, change.damageCap = lockFor(r, false)
	i := slices.IndexFunc(p.holds, func(h hold) bool { return h.product == r.Product })
	switch {
	case holds && i < 0:
		p.holds = append(p.holds, change)
	case holds:
		h := &p.holds[i]
		h.bids, h.lock, h.damageCap = h.bids+1, h.lock.MustAdd(change.lock), h.damageCap.MustAdd(change.damageCap)
	default:
		must(i >= 0, "bids that are released were held for")
		h := &p.holds[i]
		h.bids, h.lock, h.damageCap = h.bids-1, h.lock.MustSub(change.lock), h.damageCap.MustSub(change.damageCap)
		if h.bids == 0 {
			p.holds = slices.Delete(p.holds, i, i+1)
		}
	}
	if s.base == nil {
		s.refreshOffers(prover)
	}
}

// holds returns how many slots are held for a prover's bid for the request itself: those are free for it.
func (r *demand) holds(prover vadium.Account) uint32 {
	if i, bid := r.bids.of(prover); bid && r.bids.Bids[i].Holds {
		return 1
	}
	return 0
}

// beside returns a demand that wants, too, what a prover's bids for other requests hold of its vault's stake: all of them, or those of the
// same class of work. What locks nothing does not compete with them. Across assets each lock is rounded by itself, so there they are
// taken to be a thousandth larger.
func (s *State) beside(r *demand, p *Prover, v *vaults.Vault, ofClass bool) *demand {
	if len(p.holds) == 0 || r.lock.Amount.IsZero() {
		return r
	}
	var held vaults.Lock
	for i := range p.holds {
		if h := &p.holds[i]; !ofClass || classOf(h.product) == classOf(r.Product) {
			held.Amount, held.DamageCap = held.Amount.MustAdd(h.lock), held.DamageCap.MustAdd(h.damageCap)
		}
	}
	if r.holds(v.Prover) > 0 {
		lock, damageCap := lockFor(r.Request, false)
		held.Amount, held.DamageCap = held.Amount.MustSub(lock), held.DamageCap.MustSub(damageCap)
	}
	if held.Amount.IsZero() {
		return r
	}
	both := *r
	both.promises = nil
	both.lock.Amount, both.lock.DamageCap = r.lock.Amount.MustAdd(held.Amount), r.lock.DamageCap.MustAdd(held.DamageCap)
	if v.Asset != ownAsset {
		both.lock.Amount, both.lock.DamageCap = both.lock.Amount.BpsUp(larger), both.lock.DamageCap.BpsUp(larger)
	}
	return &both
}

// larger is how much several locks across assets are together, at most, of the lock for their sum.
const larger = vadium.BpsOne + 10

// checkHolds compares what is held for bids with what another state holds that was made from the rows.
func (s *State) checkHolds(anew *State) error {
	for account, p := range s.provers.all() {
		got, want := p.holds, anew.provers.get(account).holds
		if len(got) != len(want) || slices.ContainsFunc(got, func(h hold) bool { return !slices.Contains(want, h) }) {
			return fmt.Errorf("%+v is held for bids of %v, it should be %+v", got, account, want)
		}
	}
	return nil
}
