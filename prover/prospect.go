package prover

import (
	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/prover/pricing"
)

// prospect is how promising a request is about which nothing has been done yet.
type prospect struct {
	barred bool          // it is not to be had now, but may be later
	at     vadium.Time   // from when on it is worth it, of one that is not barred
	gain   vadium.Amount // by how much its reserve exceeds the least it could be worth here
}

// better reports whether p is more promising than q: what may be had before what may not, what is worth it sooner before what
// waits for its price, and what could earn more. Whoever floods provers with requests in the first places has to pay for proofs.
func (p prospect) better(q prospect) bool {
	switch {
	case p.barred != q.barred:
		return q.barred
	case !p.barred && p.at != q.at:
		return p.at.Before(q.at)
	}
	return q.gain.Less(p.gain)
}

// judgement is what can be said of a request that nobody has yet.
type judgement struct {
	prospect
	ask  pricing.Ask // what one would be for just this request
	held promise
	bar  string // why it is not to be had now; empty when it is
	// hopeless says that nothing which happens to stake, load and prices makes it one for this agent: it needs no place. lasting,
	// that not even more stake or other costs do.
	hopeless, lasting bool
}

// judge says what there is in an open request.
func (s *pursuit) judge(r *marketplace.Request) (j judgement) {
	if j.bar = s.lastingBar(r); j.bar != "" {
		j.hopeless, j.lasting, j.barred = true, true, true
		return j
	}
	best, bar := s.atBest(r)
	if bar != "" {
		j.bar, j.hopeless, j.barred = bar, true, true
		return j
	}
	j.gain = r.Reserve.SubFloor(best.Price)
	if j.ask, j.held, j.bar = s.appraise(r, false); j.bar == "" {
		j.at, j.bar = s.termsBar(r, j.ask, j.held)
	}
	j.barred = j.bar != ""
	return j
}

// atBest returns what an ask for just this request would be if nothing else were under way and all stake free, as far as that
// is known, and why even that is not enough, if it is not.
func (s *pursuit) atBest(r *marketplace.Request) (best pricing.Ask, bar string) {
	s.mu.Lock()
	v := s.seen
	s.mu.Unlock()
	ready := s.ready(r.Program)
	if v == nil || ready == nil {
		return best, ""
	}
	held := takes(r, false)
	m, _ := s.bench.of(ready.listing.Program)
	in := s.inputs(*v, r.Product, offer{m, 1}, promise{})
	in.Load = pricing.Load{Provers: max(in.Load.Provers, 1), Capacity: max(in.Load.Capacity, 1)}
	in.Standing, in.MostSlots, in.Together = pricing.Ask{}, 1, false
	in.Stake = pricing.Stake{Free: v.vault.Effective, Damages: v.vault.Junior, Lock: held.lock, DamageCap: held.damageCap}
	best, backed := pricing.Quote(in)
	if !backed {
		return best, "it takes more than there is here"
	}
	_, bar = s.termsBar(r, best, held)
	return best, bar
}

// termsBar returns from when on a request is worth it for which an ask would be this, and why it never is, if it is not.
func (s *pursuit) termsBar(r *marketplace.Request, ask pricing.Ask, held promise) (at vadium.Time, bar string) {
	if r.Arranged.Mechanism == auction.Climbing {
		return s.rampBar(r, ask)
	}
	return 0, s.bidBar(r, ask, held)
}

// rate notes how promising the pursuit is.
func (s *pursuit) rate(p prospect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prospect, s.rated = p, true
}

// bar notes that the request was not to be had just now, whatever is known here.
func (s *pursuit) bar() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prospect.barred = true
}

// drop ends a pursuit about which nothing can be done.
func (s *pursuit) drop(j judgement) error {
	s.barred = true
	s.passOver(j)
	return s.end(j.bar)
}

// passOver notes that a request was left to others, so that it is looked for again if that may change by itself. Settings and
// programs that change have requests looked for anyway.
func (a *Agent) passOver(j judgement) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.passed = a.passed || !j.lasting
}

// makeRoom has the least promising pursuit give way to n, if there is one less promising, with mu held. None does that has bid, or
// that keeps something free for what the market is being told. If nothing is known of n it comes before
// those that are barred.
func (a *Agent) makeRoom(n *pursuit) bool {
	a.passed = true // this one or another
	var least *pursuit
	for _, s := range a.pursuits {
		if !s.rated || s.held.slots > 0 || least != nil && !least.prospect.better(s.prospect) {
			continue
		}
		if noted, _ := a.bids.of(s.id); noted.Bid == (bid{}) {
			least = s
		}
	}
	if least == nil || n.rated && !n.prospect.better(least.prospect) || !n.rated && !least.prospect.barred {
		return false
	}
	least.gone = true
	least.giveWay()
	delete(a.pursuits, least.id)
	return true
}

// findAgain has requests looked for again that were passed over, every now and then, and at once after the first look at the market:
// before that nothing is known of any.
func (a *Agent) findAgain(now bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := a.now().Sub(a.listed)
	if a.passed && (now || since >= findAgainEvery || since < 0) {
		a.passed = false
		signal(a.reopen)
	}
}
