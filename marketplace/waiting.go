package marketplace

import (
	"slices"

	"vadium"
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
	case *ProgramServed:
		c.freed(e.Prover)
	case *VaultOpened:
		c.freed(e.Prover)
	case *JuniorDeposited:
		c.freed(s.Vault(e.Vault).Prover)
	case *SeniorDeposited:
		c.freed(s.Vault(e.Vault).Prover)
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
	case *AskEpochOpened, *Resumed, *MarketHeartbeat:
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
	if len(d.chances.provers) == 0 {
		return
	}
	cleared := 0
	for _, w := range d.queue(scanLimit) {
		if d.canServe(d.chances.provers, d.Request(w.request)) {
			d.serve(w.request)
			if cleared++; cleared == serveLimit {
				return
			}
		}
	}
}

// queue returns up to limit waiting requests: the oldest half of that, and as many of the others, at a place that moves
// with the journal so that requests nobody will ever take cannot keep the rest from being looked at.
func (d *draft) queue(limit int) []waiting {
	if len(d.waiting) <= limit {
		return slices.Clone(d.waiting)
	}
	oldest, others := d.waiting[:limit/2], d.waiting[limit/2:]
	queue := slices.Clone(oldest)
	start := d.market.Seq % uint64(len(others))
	for i := range uint64(limit / 2) {
		queue = append(queue, others[(start+i)%uint64(len(others))])
	}
	return queue
}

// canServe reports whether one of the provers could be assigned the request.
func (d *draft) canServe(provers []vadium.Account, r *Request) bool {
	book := d.Book(r.Product)
	return book != nil && slices.ContainsFunc(provers, func(prover vadium.Account) bool {
		i, stands := book.ask(prover)
		return stands && d.standing(r, book.Asks[i], d.now, r.Phase != PhaseOpen).Bar == BarNone
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
