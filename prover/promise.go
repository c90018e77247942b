package prover

import (
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/prover/pricing"
	"vadium/vaults"
)

// promise is what an assignment would take.
type promise struct {
	product         auction.Product
	slots           uint32
	lock, damageCap vadium.Amount
}

// promised returns what the pursuits that count keep free.
func (a *Agent) promised(counts func(*pursuit) bool) (all promise) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.promisedBy(counts)
}

// promisedBy is promised with mu held.
func (a *Agent) promisedBy(counts func(*pursuit) bool) (all promise) {
	for _, s := range a.pursuits {
		if counts(s) {
			all.slots, all.lock, all.damageCap = all.slots+s.held.slots, all.lock.MustAdd(s.held.lock), all.damageCap.MustAdd(s.held.damageCap)
		}
	}
	return all
}

// others says of other pursuits that they count.
func (s *pursuit) others(o *pursuit) bool { return s != o }

// lastingBar returns why the request is none for this agent whatever stake, load and prices are, if it is none: only settings and
// programs change that, and then requests are looked for anew.
func (s *pursuit) lastingBar(r *marketplace.Request) string {
	c, ready := s.settings(), s.ready(r.Program)
	switch {
	case !slices.Contains(c.Mechanisms, r.Arranged.Mechanism):
		return "not configured"
	case ready == nil || ready.retired || ready.served == 0:
		return "the program is not served here"
	case r.Requester == s.account, slices.Contains(r.Deny, s.account), len(r.Allow) > 0 && !slices.Contains(r.Allow, s.account):
		return "it is not for this prover"
	case !slices.Contains(c.Tiers, r.Product.Stake):
		return "its stake tier is not asked for here"
	}
	return ""
}

// appraise returns what an ask for just this request would be, what it would take, and why it is none for this agent, now, if it is
// none.
func (s *pursuit) appraise(r *marketplace.Request, backup bool) (ask pricing.Ask, held promise, bar string) {
	if bar := s.lastingBar(r); bar != "" {
		return ask, held, bar
	}
	s.mu.Lock()
	v, busy := s.seen, len(s.assignments)
	s.mu.Unlock()
	ready := s.ready(r.Program)
	phase := s.breaker.phase()
	switch {
	case ready == nil:
		return ask, held, "the program is not served here"
	case v == nil:
		return ask, held, "waiting for a look at the market"
	case phase == breakerOpen, phase == breakerTrial && busy > 0:
		return ask, held, "after failures in a row nothing is taken"
	case v.market.Paused, v.vault.Cases > 0, v.me.State != marketplace.StateActive:
		return ask, held, "nothing is assigned here now"
	}
	held = takes(r, backup)
	m, _ := s.bench.of(ready.listing.Program)
	in := s.inputs(*v, r.Product, offer{m, s.proversFor(ready.listing.Program)}, s.promised(s.others))
	in.Stake.Lock, in.Stake.DamageCap, in.Together = held.lock, held.damageCap, false
	in.Load.OfThis, in.MostSlots = 0, min(in.MostSlots, 1)
	if in.Load.Running >= in.Load.Capacity {
		in.MostSlots = 0
	}
	ask, backed := pricing.Quote(in)
	if !backed {
		return ask, held, "stake or slots are at work elsewhere"
	}
	return ask, held, ""
}

// takes returns what a request would take. A backup answers for no damages.
func takes(r *marketplace.Request, backup bool) promise {
	held := promise{product: r.Product, slots: 1}
	if r.Punishable {
		if !backup {
			held.damageCap = r.DamageCap
		}
		held.lock = r.Alert.Enlarge(vaults.LockFor(held.damageCap, r.Reserve))
	}
	return held
}

// claim keeps free what the request would take, unless others have it: asks and pursuits do not promise the same twice.
func (s *pursuit) claim(held promise) bool {
	capacity := s.capacity()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.slots > 0 || s.gone {
		return !s.gone
	}
	others := s.promisedBy(s.others)
	free, damages := s.stake.Free.SubFloor(others.lock), s.stake.Junior.SubFloor(s.stake.DamageCaps).SubFloor(others.damageCap)
	if len(s.assignments)+int(others.slots) >= capacity || free.Less(held.lock) || damages.Less(held.damageCap) {
		return false
	}
	s.held = held
	return true
}

// hold keeps free what a bid takes that stands already, as one of an earlier life does: whether or not it is there.
func (s *pursuit) hold(r *marketplace.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.slots > 0 {
		return
	}
	s.held = takes(r, false)
	s.lookAtAsks()
}

// release gives up what was kept free.
func (s *pursuit) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = promise{}
}
