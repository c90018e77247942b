package marketplace

import (
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/vaults/risk"
)

// chances is what the events of one command have changed that may let requests be served which wait for a prover. Most
// events concern one prover, and then only its ask has to be looked at: every other ask was no good before.
type chances struct {
	provers  []vadium.Account   // can take more than before
	requests []vadium.RequestID // may have just lost their prover
	all      bool               // time has passed, or asks of an epoch have begun to count for all
}

// note remembers what an event may make possible.
func (c *chances) note(s *State, e Event) {
	switch e := e.(type) {
	case *AskPlaced:
		c.freed(e.Ask.Prover)
	case *AskWithdrawn:
		c.freed(e.Prover) // its stake may be for fewer classes of work
	case *ProgramServed:
		c.freed(e.Prover)
	case *VaultOpened:
		c.freed(e.Prover)
	case *JuniorDeposited:
		c.freed(s.Vault(e.Vault).Prover)
	case *SeniorDeposited:
		c.freed(s.Vault(e.Vault).Prover)
	case *ProverMoved:
		if e.To == StateActive {
			c.freed(e.Prover)
		}
	case *CommissionDiverted:
		c.freed(s.Vault(e.Vault).Prover)
	case *CallMoved:
		if !c.all && e.Calls == (risk.Calls{}) {
			c.freed(s.Vault(e.Vault).Prover)
		}
	case *StakeReleased:
		c.freed(s.Vault(e.Vault).Prover)
	case *AssignmentEnded:
		c.left(e.Prover, e.Request)
	case *Resigned:
		c.left(s.Request(e.Request).Attempts[e.Attempt].Prover, e.Request)
	case *HeartbeatMissed:
		c.left(s.Request(e.Request).Attempts[e.Attempt].Prover, e.Request)
	case *DeliveryRejected:
		c.left(s.Request(e.Request).Attempts[e.Attempt].Prover, e.Request)
	case *DeliveryAccepted:
		c.freed(s.Request(e.Request).Attempts[e.Attempt].Prover)
	case *BondReturned:
		c.freed(e.Prover) // what was held for its bid
	case *BondForfeited:
		c.freed(e.Prover)
	case *CaseVetoed:
		c.freed(s.Vault(e.Vault).Prover)
	case *VaultSlashed:
		c.freed(s.Vault(e.Vault).Prover)
	case *DeferredSlashed:
		c.freed(s.Vault(e.Vault).Prover)
	case *PricePublished:
		c.all = c.all || len(s.market.network().Treasuries) > 0 // before anybody staked another asset, no price matters here
	case *AskEpochOpened, *Resumed, *MarketHeartbeat, *EpochMarked:
		c.all = true
	}
}

func (c *chances) freed(prover vadium.Account) {
	if !slices.Contains(c.provers, prover) {
		c.provers = append(c.provers, prover)
	}
}

func (c *chances) left(prover vadium.Account, id vadium.RequestID) {
	c.freed(prover)
	c.requests = append(c.requests, id)
}

// serveLimit bounds how many waiting requests one command clears, and scanLimit how many it looks at, so that no command
// takes long.
const (
	serveLimit = 64
	scanLimit  = 512
)

// serveWaiting finds provers for requests that wait for one, as far as this command may have made it possible.
func (d *draft) serveWaiting() {
	for _, id := range d.chances.requests {
		d.serve(id)
	}
	if d.chances.all {
		for _, w := range d.queue(serveLimit) {
			d.serve(w.request)
		}
		return
	}
	if len(d.chances.provers) == 0 || d.State.base.line.n == 0 {
		return
	}
	open := d.openings(nil)
	cleared := 0
	for _, w := range d.queue(scanLimit) {
		if !slices.ContainsFunc(open, func(ask *Ask) bool { return ask.Product == w.product && !w.reserve.Less(ask.Price) }) {
			continue
		}
		if r := d.Request(w.request); r.clearsAlone() && d.canServe(open, r) {
			d.serve(w.request)
			if cleared++; cleared == serveLimit {
				return
			}
			open = d.openings(open) // one slot less
		}
	}
}

// openings returns the asks of the provers that can take more than before, as far as they have a free slot.
func (d *draft) openings(reuse []*Ask) []*Ask {
	open := reuse[:0]
	for _, prover := range d.chances.provers {
		p := d.Prover(prover)
		for _, f := range d.State.base.offers.byProver[prover] {
			open = d.opening(open, prover, p, f.ask.Product)
		}
		for i := range d.books.few { // the command may have placed it
			if product := d.books.few[i].key; d.State.base.offers.find(prover, product) < 0 {
				open = d.opening(open, prover, p, product)
			}
		}
	}
	return open
}

func (d *draft) opening(open []*Ask, prover vadium.Account, p *Prover, product auction.Product) []*Ask {
	book := d.Book(product)
	if i, stands := book.ask(prover); stands && p.offers(book.Asks[i]) {
		open = append(open, book.Asks[i])
	}
	return open
}

// queue returns up to limit waiting requests: the oldest half of that, and as many of the others, at a place that moves
// with the journal so that requests nobody will ever take cannot keep the rest from being looked at. It is the line as it
// was before the command.
func (d *draft) queue(limit int) []waiting {
	line := &d.State.base.line
	queue := make([]waiting, 0, min(limit, line.n))
	take := func(from, most int) {
		for w := range line.from(from) {
			if most--; most < 0 {
				return
			}
			queue = append(queue, *w)
		}
	}
	if line.n <= limit {
		take(0, limit)
		return queue
	}
	take(0, limit/2)
	others := line.n - limit/2
	start := int(d.market.Seq % uint64(others))
	take(limit/2+start, limit/2)
	take(limit/2, limit-len(queue)) // around the end
	return queue
}

// canServe reports whether one of the asks could win the request.
func (d *draft) canServe(open []*Ask, r *Request) bool {
	asks := d.demandOf(r, d.now, r.Phase != PhaseOpen)
	return slices.ContainsFunc(open, func(ask *Ask) bool {
		return ask.Product == r.soughtIn() && d.eligible(&asks, ask, d.Prover(ask.Prover))
	})
}

// serve tries to find a prover for a request that wants one.
func (d *draft) serve(id vadium.RequestID) {
	switch r := d.Request(id); {
	case !r.wantsProver():
	case r.Phase == PhaseOpen:
		d.assignNext(id)
	default:
		d.activateBackup(id, r.root())
	}
}
