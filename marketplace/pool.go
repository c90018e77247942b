package marketplace

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"vadium"
	"vadium/auction"
)

// poolID names a pool: the requests that wait for a tick together. They are of one product, which costs provers about the same,
// of one program, so that whoever may prove one of them may prove them all, and are cleared by one rule.
type poolID struct {
	Product   auction.Product
	Program   vadium.ProgramID
	Mechanism auction.Mechanism
}

func poolOf(r *Request) poolID { return poolID{r.Product, r.Program, r.mechanism()} }

func (a poolID) compare(b poolID) int {
	return cmp.Or(a.Product.Compare(b.Product), bytes.Compare(a.Program[:], b.Program[:]), cmp.Compare(a.Mechanism, b.Mechanism))
}

// pool is derived from requests: those that wait for a tick, oldest first, and how many of them for which.
type pool struct {
	line  line
	ticks map[vadium.Time]int
}

// first returns the earliest tick that somebody waits for.
func (p *pool) first() vadium.Time {
	first := vadium.Forever
	for tick := range p.ticks {
		first = first.Earliest(tick)
	}
	return first
}

// waitsForTick reports whether the request is cleared at a tick, and not before.
func (r *Request) waitsForTick() bool { return r.Phase == PhaseOpen && r.Tick != 0 }

// watchTick notes which tick the request waits for. Called after every change of a request.
func (s *State) watchTick(r *Request) {
	tick := r.Tick
	if !r.waitsForTick() {
		tick = 0
	}
	if tick == r.pooled {
		return
	}
	id := poolOf(r)
	p := s.pools[id]
	if p == nil {
		p = &pool{ticks: map[vadium.Time]int{}}
		s.pools[id] = p
	}
	if r.pooled == 0 {
		p.line.join(waiting{r.Position, r.ID, r.Product, r.Reserve})
		s.inPools++
	} else if p.ticks[r.pooled]--; p.ticks[r.pooled] == 0 {
		delete(p.ticks, r.pooled)
	}
	if r.pooled = tick; tick != 0 {
		p.ticks[tick]++
		return
	}
	p.line.leave(r.Position)
	s.inPools--
	if p.line.n == 0 {
		delete(s.pools, id)
	}
}

// duePool returns the pool whose turn it is at now, if any is due: of those that have waited longest the first by a hash that
// nobody chooses.
func (s *State) duePool(now vadium.Time) (next poolID, tick vadium.Time, due bool) {
	var turn [32]byte
	for id, p := range s.pools { // in no order: the turns are all different
		first := p.first()
		if first.After(now) || due && first.After(tick) {
			continue
		}
		mine := auction.Turn(s.market.Seed, first, id.Product, id.Program, id.Mechanism)
		if !due || first.Before(tick) || cmp.Or(bytes.Compare(mine[:], turn[:]), id.compare(next)) < 0 {
			next, tick, turn, due = id, first, mine, true
		}
	}
	return next, tick, due
}

// atOnce bounds the requests of a pool that are cleared at once.
func (s *State) atOnce(id poolID) int {
	switch {
	case !id.Product.Tier.Batch():
		return serveLimit // each by itself
	case s.params().Unopened(id.Product.Tier):
		return MaxProven
	}
	return MaxBatch
}

// dueOf returns the requests of a pool whose tick has come, oldest first: as many of them as are cleared together.
func (s *State) dueOf(id poolID, now vadium.Time) []*Request {
	p := s.pools[id]
	if p == nil {
		return nil
	}
	most := s.atOnce(id)
	due := make([]*Request, 0, min(p.line.n, most))
	for w := range p.line.from(0) {
		if r := s.requests.get(w.request); !r.Tick.After(now) {
			if due = append(due, r); len(due) == most {
				break
			}
		}
	}
	return due
}

// checkPools compares the pools with those of a state that was made from the rows.
func (s *State) checkPools(anew *State) error {
	if s.inPools != anew.inPools || len(s.pools) != len(anew.pools) {
		return fmt.Errorf("%d requests wait for ticks in %d pools, it should be %d in %d", s.inPools, len(s.pools), anew.inPools, len(anew.pools))
	}
	for id, p := range s.pools {
		want := anew.pools[id]
		if want == nil || !maps.Equal(p.ticks, want.ticks) || !slices.EqualFunc(slices.Collect(p.line.from(0)), slices.Collect(want.line.from(0)), func(a, b *waiting) bool { return *a == *b }) {
			return fmt.Errorf("pool %+v is %+v, it should be %+v", id, p, want)
		}
	}
	if !slices.Equal(s.clearings, anew.clearings) {
		return fmt.Errorf("clearings %v are kept, it should be %v", s.clearings, anew.clearings)
	}
	return nil
}
