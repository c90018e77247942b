package marketplace

import (
	"bytes"
	"slices"

	"vadium"
	"vadium/auction"
)

// offers is derived from books and provers: by product, the asks of active provers with a free slot for it, cheapest first. A
// clearing walks them from the front and stops when nobody further on could matter.
type offers struct {
	byProduct map[auction.Product][]*Ask
	byProver  map[vadium.Account][]*offer
}

// offer is one ask, and whether its prover is active and has a free slot for it.
type offer struct {
	ask    *Ask
	listed bool
}

func compareOffers(a, b *Ask) int {
	if c := a.Price.Cmp(b.Price); c != 0 {
		return c
	}
	return bytes.Compare(a.Prover[:], b.Prover[:])
}

func newOffers() offers {
	return offers{byProduct: map[auction.Product][]*Ask{}, byProver: map[vadium.Account][]*offer{}}
}

func (o *offers) list(f *offer) {
	book := o.byProduct[f.ask.Product]
	i, _ := slices.BinarySearchFunc(book, f.ask, compareOffers)
	o.byProduct[f.ask.Product], f.listed = slices.Insert(book, i, f.ask), true
}

func (o *offers) unlist(f *offer) {
	book := o.byProduct[f.ask.Product]
	i, found := slices.BinarySearchFunc(book, f.ask, compareOffers)
	must(found, "asks that are listed are found")
	o.byProduct[f.ask.Product], f.listed = slices.Delete(book, i, i+1), false
}

func (o *offers) find(prover vadium.Account, product auction.Product) int {
	return slices.IndexFunc(o.byProver[prover], func(f *offer) bool { return f.ask.Product == product })
}

// offerAsk notes a new ask, in place of an earlier one.
func (s *State) offerAsk(ask *Ask) {
	s.dropOffer(ask.Prover, ask.Product)
	s.offers.byProver[ask.Prover] = append(s.offers.byProver[ask.Prover], &offer{ask: ask})
	s.refreshOffers(ask.Prover)
}

func (s *State) dropOffer(prover vadium.Account, product auction.Product) {
	i := s.offers.find(prover, product)
	if i < 0 {
		return
	}
	mine := s.offers.byProver[prover]
	if mine[i].listed {
		s.offers.unlist(mine[i])
	}
	s.offers.byProver[prover] = slices.Delete(mine, i, i+1)
}

// refreshOffers lists or unlists a prover's asks after its count of running assignments, or where it stands, has changed.
func (s *State) refreshOffers(prover vadium.Account) {
	p := s.provers.get(prover)
	for _, f := range s.offers.byProver[prover] {
		switch offers := p.offers(f.ask); {
		case offers && !f.listed:
			s.offers.list(f)
		case !offers && f.listed:
			s.offers.unlist(f)
		}
	}
}

// running returns how many assignments of the prover have not ended, and bids have not been cleared: of a product, and of all.
func (p *Prover) running(product auction.Product) (of, all uint32) {
	for i := range p.Running {
		all += p.Running[i].Count
		if p.Running[i].Product == product {
			of = p.Running[i].Count
		}
	}
	for i := range p.holds {
		all += p.holds[i].bids
		if p.holds[i].product == product {
			of += p.holds[i].bids
		}
	}
	return of, all
}

// free reports whether the prover has a free slot for an ask.
func (p *Prover) free(ask *Ask) bool { return p.freeBeside(ask, 0) }

// freeBeside is free when so many of the slots that are held for bids are free for this.
func (p *Prover) freeBeside(ask *Ask, held uint32) bool {
	running, busy := p.running(ask.Product)
	return running-held < ask.Slots && busy-held < ask.Capacity
}

// offers reports whether an ask is worth looking at: its prover is active and has a free slot for it.
func (p *Prover) offers(ask *Ask) bool { return p.State() == StateActive && p.free(ask) }

// offersFor yields every ask for a product whose prover is active and has a free slot, roughly cheapest first: on an overlay, those of
// provers that this command has changed come before all others.
func (s *State) offersFor(product auction.Product) func(yield func(ask *Ask, ordered bool) bool) {
	return func(yield func(*Ask, bool) bool) {
		settled := s
		if s.base != nil {
			settled = s.base
			book := s.books.get(product) // nil when nobody ever asked for the product
			for i := 0; book != nil && i < len(s.provers.few); i++ {
				p := &s.provers.few[i]
				if j, stands := book.ask(p.key); stands && p.row.offers(book.Asks[j]) && !yield(book.Asks[j], false) {
					return
				}
			}
		}
		for _, ask := range settled.offers.byProduct[product] {
			if s.base != nil && s.provers.find(ask.Prover) != nil {
				continue // looked at above
			}
			if !yield(ask, true) {
				return
			}
		}
	}
}
