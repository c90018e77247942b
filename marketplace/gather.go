package marketplace

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
)

// Who takes part in a batch. The rule of a batch needs every prover to be as good for one of its requests as for another, so
// that only prices and values decide. An ask that takes part has no bar for whatever any of the requests wants: it locks the
// largest lock, counts for the oldest, is quick enough for the one with the least time. Then one request that is unlike the
// others could keep everybody out, and who wants to do harm would send one. So it is the other way round: requests that are
// unlike the others take no part, and are cleared by themselves. A request is like the others when
//
//   - it locks at most [alikeLocks] times what the median request does;
//   - of the asks that are quick enough for the median request nine in ten are quick enough for it;
//   - of the asks that count for the median request, because they are older or their epoch has ended, nine in ten count for it;
//   - its requester does not quote.
//
// So an ask that was placed after a request counts for nothing in its clearing until the ask epoch ends, as everywhere; and asks
// that are renewed leave old requests aside rather than young ones without provers.
//
// A request that is below every ask is no measure of the others: money that is given back anyway would buy as many of those as it
// takes to be the median. Nobody can serve it, together with others or by itself, so it is left out before anything is compared.
const (
	alikeLocks            = 8
	alikeAsks  vadium.Bps = 9_000
)

// batch is what a tick finds in a pool, and what its clearing comes to.
type batch struct {
	pool poolID
	tick vadium.Time
	// orders take part, oldest first; apart are the requests that do not, and below those that nobody can serve.
	orders, apart, below []*Request
	// unopened says that prices of its asks are never opened, so that the clearing has to be proven.
	unopened bool
	offers   []auction.Offer // of the asks that take part, cheapest first
	book     *Book
	ranks    [][32]byte // of the orders

	// What the clearing comes to; good until the next one in the same memory.
	mechanism auction.Mechanism
	matches   []auction.Match
	wins      []auction.Win
	price     vadium.Amount // of [auction.OnePrice]
}

// gather finds who takes part.
func (s *State) gather(id poolID, tick vadium.Time, due []*Request, now vadium.Time) *batch {
	book := s.books.get(id.Product)
	if book == nil || s.programs.get(id.Program) == nil || s.params().Unopened(id.Product.Tier) {
		return s.gatherFrom(id, tick, due, now) // where prices are never opened, who is left out would tell the cheapest
	}
	within, below := s.withinReach(due, book, now)
	b := s.gatherFrom(id, tick, within, now)
	b.below = below
	return b
}

// gatherFrom finds who takes part of requests that none of the asks is too dear for, as far as anybody may know.
func (s *State) gatherFrom(id poolID, tick vadium.Time, due []*Request, now vadium.Time) *batch {
	b := &batch{pool: id, tick: tick, orders: due, book: s.books.get(id.Product), unopened: s.params().Unopened(id.Product.Tier)}
	if b.book == nil || s.programs.get(id.Program) == nil || len(due) == 0 {
		return b
	}
	stay := func(alike func(*Request) bool) {
		var stays []*Request
		for _, r := range b.orders {
			if alike(r) {
				stays = append(stays, r)
			} else {
				b.apart = append(b.apart, r)
			}
		}
		b.orders = stays
	}
	if b.unopened {
		stay(func(r *Request) bool { return r.Reserve.BitLen() <= MaxProvenBits })
		if len(b.orders) == 0 {
			return b
		}
	}
	if most, some := unlikeLocks(b.orders); some {
		stay(func(r *Request) bool { lock, _ := lockFor(r, false); return !most.Less(lock) })
	}
	asks := s.asksFor(b, now)
	if len(asks) == 0 {
		return b
	}
	quotes := quoting(asks)
	if slices.ContainsFunc(b.orders, quotes) {
		stay(func(r *Request) bool { return !quotes(r) })
	}
	if least, some := unlikeTime(b.orders, asks, now); some {
		stay(func(r *Request) bool { return !r.Deadline.Before(least) })
	}
	if oldest, some := s.unlikeAge(b.orders, asks); some {
		stay(func(r *Request) bool { return r.Position >= oldest })
	}
	if len(b.orders) > 0 {
		s.offer(b, asks, now)
	}
	return b
}

// withinReach tells the requests that are not below every ask from those that are. An ask counts that has no bar for the least that
// any of the requests wants. One that has a bar even for that, because its prover lacks a free slot, stake or time, does not serve the
// program or asked too late, could serve none of them: as the cheapest it would only keep the others' measure false. This comes
// before locks are compared, for whose median the requests below every ask may be the majority; so it cannot ask which asks back the
// largest lock, which would be theirs too. And what asks back the least lock leaves nobody out that could be served.
func (s *State) withinReach(due []*Request, book *Book, now vadium.Time) (within, below []*Request) {
	if len(due) == 0 {
		return nil, nil
	}
	want, lowest := s.inCommon(due, now)
	var cheapest *Ask
	for _, ask := range book.Asks {
		if (cheapest == nil || ask.Price.Less(cheapest.Price)) && s.eligible(&want, ask, s.provers.get(ask.Prover)) {
			if cheapest = ask; !lowest.Less(ask.Price) {
				return due, nil // the usual case
			}
		}
	}
	for _, r := range due {
		if cheapest == nil || r.Reserve.Less(cheapest.Price) {
			below = append(below, r)
		} else {
			within = append(within, r)
		}
	}
	return within, below
}

// inCommon returns a demand for no more than any of the requests wants, at the highest of their reserves, and the lowest of those: who
// is no good for it is no good for any of them.
func (s *State) inCommon(requests []*Request, now vadium.Time) (want demand, lowest vadium.Amount) {
	first, last := requests[0], requests[len(requests)-1] // the oldest and the youngest
	all := &Request{Program: first.Program, Product: first.Product, Position: last.Position, GraceEnd: first.GraceEnd}
	want = demand{Request: all, now: now, listing: s.programs.get(first.Program), minJunior: s.terms(first).MinJunior}
	least := Request{Reserve: first.Reserve, DamageCap: first.DamageCap, Alert: first.Alert, Punishable: true} // its lock is
	for _, r := range requests {
		least.Reserve, least.DamageCap = vadium.Min(least.Reserve, r.Reserve), vadium.Min(least.DamageCap, r.DamageCap)
		least.Alert, least.Punishable = min(least.Alert, r.Alert), least.Punishable && r.Punishable
		want.minJunior = vadium.Min(want.minJunior, s.terms(r).MinJunior)
		all.Reserve, all.Deadline, all.GraceEnd = vadium.Max(all.Reserve, r.Reserve), max(all.Deadline, r.Deadline), min(all.GraceEnd, r.GraceEnd)
	}
	want.lock.Amount, want.lock.DamageCap = lockFor(&least, false)
	want.worth, want.last = want.lock.Amount, all.Deadline
	return want, least.Reserve
}

// unlikeLocks returns the most that a request locks which is like the others, and whether any locks more.
func unlikeLocks(orders []*Request) (most vadium.Amount, some bool) {
	locks := make([]vadium.Amount, len(orders))
	least, largest := 0, 0
	for i, r := range orders {
		locks[i], _ = lockFor(r, false)
		if locks[i].Less(locks[least]) {
			least = i
		}
		if locks[largest].Less(locks[i]) {
			largest = i
		}
	}
	if multiple(locks[least], alikeLocks).Less(locks[largest]) {
		slices.SortFunc(locks, vadium.Amount.Cmp)
		most = multiple(locks[(len(locks)-1)/2], alikeLocks)
		return most, most.Less(locks[len(locks)-1])
	}
	return most, false
}

// asksFor returns the asks that have no bar for any of the orders but for their age and the time that they need.
func (s *State) asksFor(b *batch, now vadium.Time) (asks []*Ask) {
	want := s.together(b, now)
	want.Position, want.last = math.MaxUint64, vadium.Forever
	for _, ask := range b.book.Asks {
		if s.eligible(&want, ask, s.provers.get(ask.Prover)) {
			asks = append(asks, ask)
		}
	}
	return asks
}

// together returns a demand for what any of the orders wants: who is good for it is good for each of them. Where prices are never
// opened, none of them is too high to take part: everybody can tell who did.
func (s *State) together(b *batch, now vadium.Time) demand {
	first := b.orders[0] // and the oldest
	all := &Request{Program: first.Program, Product: first.Product, Position: first.Position, Deadline: vadium.Forever}
	want := demand{Request: all, now: now, listing: s.programs.get(first.Program), proven: b.unopened}
	for _, r := range b.orders {
		lock, damageCap := lockFor(r, false)
		want.lock.Amount, want.lock.DamageCap = vadium.Max(want.lock.Amount, lock), vadium.Max(want.lock.DamageCap, damageCap)
		want.minJunior = vadium.Max(want.minJunior, s.terms(r).MinJunior)
		all.Reserve, all.Deadline, all.GraceEnd = vadium.Max(all.Reserve, r.Reserve), all.Deadline.Earliest(r.Deadline), max(all.GraceEnd, r.GraceEnd)
	}
	want.worth, want.last = want.lock.Amount, all.Deadline
	if b.unopened {
		all.Reserve = unbounded()
	}
	return want
}

// quoting returns whether a request's requester is one of those who ask.
func quoting(asks []*Ask) func(*Request) bool {
	provers := make(map[vadium.Account]bool, len(asks))
	for _, ask := range asks {
		provers[ask.Prover] = true
	}
	return func(r *Request) bool { return provers[r.Requester] }
}

// enough reports whether so many asks are nine in ten of the median request's.
func enough(asks, median int) bool { return asks*int(vadium.BpsOne) >= median*int(alikeAsks) }

// unlikeTime returns the least deadline of a request that has time for about as many asks as the median one, and whether
// any has less.
func unlikeTime(orders []*Request, asks []*Ask, now vadium.Time) (least vadium.Time, some bool) {
	if len(orders) == 0 {
		return 0, false
	}
	needs := make([]vadium.Duration, len(asks))
	for i, ask := range asks {
		needs[i] = ask.ETA
	}
	slices.Sort(needs)
	inTime := func(deadline vadium.Time) int {
		return sort.Search(len(needs), func(i int) bool { return now.Add(needs[i]).After(deadline) })
	}
	first := vadium.Forever
	for _, r := range orders {
		first = first.Earliest(r.Deadline)
	}
	if enough(inTime(first), len(asks)) {
		return 0, false // the usual case
	}
	deadlines := make([]vadium.Time, len(orders))
	for i, r := range orders {
		deadlines[i] = r.Deadline
	}
	slices.Sort(deadlines)
	median := inTime(deadlines[len(deadlines)/2])
	at := sort.Search(len(deadlines), func(i int) bool { return enough(inTime(deadlines[i]), median) })
	return deadlines[at], at > 0
}

// unlikeAge returns the oldest position of a request that about as many asks count for as for the median one, and whether any
// is older.
func (s *State) unlikeAge(orders []*Request, asks []*Ask) (oldest uint64, some bool) {
	if len(orders) == 0 {
		return 0, false
	}
	var placed []uint64 // in the ask epoch that has not ended
	for _, ask := range asks {
		if ask.Epoch >= s.market.Epoch {
			placed = append(placed, ask.Position)
		}
	}
	slices.Sort(placed)
	count := func(r *Request) int {
		before, _ := slices.BinarySearch(placed, r.Position+1)
		return len(asks) - len(placed) + before
	}
	median := count(orders[len(orders)/2])
	at := sort.Search(len(orders), func(i int) bool { return enough(count(orders[i]), median) })
	return orders[at].Position, at > 0
}

// offer lists what the asks that are good for all orders offer, cheapest first.
func (s *State) offer(b *batch, asks []*Ask, now vadium.Time) {
	want := s.together(b, now)
	total := uint64(0)
	for _, ask := range asks {
		p := s.provers.get(ask.Prover)
		if !s.eligible(&want, ask, p) || !s.quickEnough(&want, ask.Prover) {
			continue
		}
		slots := s.slotsFor(&want, ask, p, s.vaults.get(p.Vault))
		total += uint64(slots)
		b.offers = append(b.offers, auction.Offer{
			Prover: ask.Prover, Price: ask.Price, Slots: slots, Rank: auction.OfferRank(s.market.Seed, b.tick, b.pool.Product, ask.Prover),
		})
	}
	if len(b.offers) > minRivals {
		for i := range b.offers {
			o := &b.offers[i]
			o.Slots = uint32(min(uint64(o.Slots), max((total-uint64(o.Slots))/2, 1)))
		}
	}
	if b.unopened {
		b.offers = provable(b.offers)
	}
	slices.SortFunc(b.offers, func(x, y auction.Offer) int {
		if c := x.Price.Cmp(y.Price); c != 0 {
			return c
		}
		return cmp.Or(bytes.Compare(x.Rank[:], y.Rank[:]), x.Prover.Cmp(y.Prover))
	})
	b.ranks = make([][32]byte, len(b.orders))
	for i, r := range b.orders {
		b.ranks[i] = auction.OrderRank(s.market.Seed, r.Position)
	}
}

// Limits of what is proven of one clearing, by the largest circuit of the catalogue: see circuits/clearing.
const (
	// MaxProven bounds the orders of a batch whose clearing has to be proven, and its slots.
	MaxProven = 512
	// MaxProvenSlots bounds the slots of one offer.
	MaxProvenSlots = 16
	// MaxProvenBits bounds values and prices.
	MaxProvenBits = 96
)

// provable cuts offers down to what a proof has places for, whatever they cost: each to as many slots as all can have alike, and if
// there are too many offers for one slot of each, to some by lot.
func provable(offers []auction.Offer) []auction.Offer {
	if len(offers) > MaxProven {
		slices.SortFunc(offers, func(x, y auction.Offer) int { return bytes.Compare(x.Rank[:], y.Rank[:]) })
		offers = offers[:MaxProven]
	}
	alike := func(most uint32) (total uint32) {
		for _, o := range offers {
			total += min(o.Slots, most)
		}
		return total
	}
	most := uint32(MaxProvenSlots)
	for most > 1 && alike(most) > MaxProven {
		most--
	}
	for i := range offers {
		offers[i].Slots = min(offers[i].Slots, most)
	}
	return offers
}

// minRivals is how many others there have to be before a prover's slots count only up to half of theirs, which is a third of
// all: with fewer, somebody has to prove the rest. One slot always counts.
const minRivals = 3

// quickEnough reports whether a prover's benchmark leaves it time to prove each request of a batch: its slots run side by side,
// so each can begin at once.
func (s *State) quickEnough(want *demand, prover vadium.Account) bool {
	i, serves := want.listing.server(prover)
	return serves && !want.now.Add(want.listing.Servers[i].Benchmark).After(want.last)
}

// slotsFor returns how many requests a prover without a bar could take at once: as many as it has free slots for and its stake
// backs if each of them locked the largest lock. It depends on nobody's price.
func (s *State) slotsFor(want *demand, ask *Ask, p *Prover, v *vaults.Vault) uint32 {
	running, busy := p.running(ask.Product)
	most := min(ask.Slots-running, ask.Capacity-busy)
	if want.lock.Amount.IsZero() || most == 1 || s.backsMany(want, p, v, most) {
		return most
	}
	// It backs one, since it has no bar, and not all of them.
	return 1 + uint32(sort.Search(int(most)-2, func(i int) bool { return !s.backsMany(want, p, v, uint32(i)+2) }))
}

// backsMany reports whether a vault backs several locks at once. Across assets each of them is rounded by itself, so they are
// taken to be a thousandth larger.
func (s *State) backsMany(want *demand, p *Prover, v *vaults.Vault, n uint32) bool {
	many := *want
	many.promises = nil
	many.lock.Amount, many.lock.DamageCap = multiple(want.lock.Amount, uint64(n)), multiple(want.lock.DamageCap, uint64(n))
	if v.Asset != ownAsset {
		many.lock.Amount, many.lock.DamageCap = many.lock.Amount.BpsUp(larger), many.lock.DamageCap.BpsUp(larger)
	}
	all, ofClass := s.beside(&many, p, v, false), s.beside(&many, p, v, true)
	if v.Asset == ownAsset {
		return v.CanLock(many.now, all.lock) && soundWith(v, all.lock.DamageCap) && s.spread(ofClass, p, v)
	}
	return s.barAcross(all, v) == BarNone && s.spread(ofClass, p, v)
}

// clear runs the rule over who takes part.
func (b *batch) clear(a *auction.Batch) {
	b.mechanism = auction.Vickrey
	if len(b.offers) == 0 {
		return
	}
	orders := make([]auction.Order, len(b.orders))
	for i, r := range b.orders {
		orders[i] = auction.Order{Request: r.ID, Value: r.Reserve, Deadline: r.before(), Rank: b.ranks[i]}
	}
	a.Clear(orders, b.offers)
	b.matches, b.wins = a.Matches, a.Wins
	if price, ok := a.Uniform(b.offers); ok && b.pool.Mechanism == auction.OnePrice && !b.unopened && len(b.offers) >= auction.MinUniformProvers {
		b.mechanism, b.price = auction.OnePrice, price
		for i := range b.matches {
			b.matches[i].Charge = price
		}
		for i := range b.wins {
			b.wins[i].Payment = multiple(price, uint64(b.wins[i].Slots))
		}
	}
}

// before orders requests of equal value: those that have waited in vain come first, the longest first, then those with the least
// time.
func (r *Request) before() vadium.Time {
	if r.Waited != 0 {
		return r.Waited
	}
	return r.Deadline
}

// unserved returns the orders that nobody proves, and the requests that nobody can: when a request waits until is published, and does
// not say which it is.
func (b *batch) unserved() []*Request {
	served := make([]bool, len(b.orders))
	for _, m := range b.matches {
		served[m.Order] = true
	}
	rest := b.below
	for i, r := range b.orders {
		if !served[i] {
			rest = append(rest, r)
		}
	}
	return rest
}

// hope returns whether an ask may count for a request that is within its value, whoever made it and however busy. Of asks that are
// still sealed neither price nor end is looked at: when a request waits until is published, and would tell it.
func (s *State) hope(book *Book, now vadium.Time) func(*Request) bool {
	if book == nil {
		return func(*Request) bool { return false }
	}
	oldest := uint64(math.MaxUint64) // of the asks of the epoch that has not ended
	var settled *Ask                 // the cheapest of the others
	for _, ask := range book.Asks {
		switch {
		case ask.Unopened:
		case ask.Epoch >= s.market.Epoch:
			oldest = min(oldest, ask.Position)
		case now.After(ask.StandUntil):
		case settled == nil || ask.Price.Less(settled.Price):
			settled = ask
		}
	}
	return func(r *Request) bool {
		return r.Position > oldest || settled != nil && !r.Reserve.Less(settled.Price)
	}
}

// event tells of the batch. Of the offers it names the cheapest, as far as they can matter: those that serve, then as many slots
// as the largest winner's payment may look at, and enough provers to rank so many backups from.
func (b *batch) event(backups int) *BatchCleared {
	e := &BatchCleared{
		Product: b.pool.Product, Mechanism: b.mechanism, Tick: b.tick, Unopened: b.unopened,
		Orders: make([]BatchOrder, len(b.orders)), Served: make([]BatchServed, len(b.matches)), Wins: make([]BatchWin, len(b.wins)),
	}
	for i, r := range b.orders {
		e.Orders[i] = BatchOrder{r.ID, r.Reserve, r.before(), r.Position}
	}
	most := uint32(0)
	for i, w := range b.wins {
		o := &b.offers[w.Offer]
		e.Wins[i] = BatchWin{o.Prover, w.Slots, w.Payment, o.Rank}
		most = max(most, w.Slots)
	}
	for i, m := range b.matches {
		r := b.orders[m.Order]
		e.Served[i] = BatchServed{r.ID, b.offers[m.Offer].Prover, m.Charge, r.Reserve, r.before(), b.ranks[m.Order]}
	}
	beyond := uint32(0)
	for i, o := range b.offers {
		if i >= len(b.wins) && !b.unopened {
			if beyond >= most && i-len(b.wins) >= backups+2 {
				break
			}
			beyond += o.Slots
		}
		at, _ := b.book.ask(o.Prover)
		ask := b.book.Asks[at]
		offer := BatchOffer{Prover: o.Prover, Price: o.Price, Slots: o.Slots, Commitment: ask.Commitment, PriceCommitment: ask.PriceCommitment}
		if offer.PriceCommitment != (vadium.Digest{}) {
			offer.Salt = ask.Salt
		}
		e.Offers = append(e.Offers, offer)
	}
	if b.unopened {
		slices.SortFunc(e.Offers, func(x, y BatchOffer) int { return x.Prover.Cmp(y.Prover) }) // their order by price tells too much
	}
	e.Root = auction.Root(e.Leaves())
	return e
}

// setByRivals reports whether it was rivals' asks that set what a request is charged: no part of what its prover is paid is what
// somebody would have paid at most, and the request is charged less than its own value.
func (b *batch) setByRivals(m auction.Match) bool {
	r := b.orders[m.Order]
	if !m.Charge.Less(r.Reserve) {
		return false
	}
	last := len(b.wins) - 1
	if b.mechanism == auction.Vickrey {
		w := b.wins[m.Offer] // offers that serve are the cheapest, in the same order
		return w.Rivals == w.Slots
	}
	if w := b.wins[last]; w.Slots < b.offers[last].Slots {
		return m.Offer != last && b.price.Cmp(b.offers[last].Price) == 0
	}
	return last+1 < len(b.offers) && b.price.Cmp(b.offers[last+1].Price) == 0
}

// rankBehind ranks the backups of a request that a batch serves: by the rule for one request, over the offers of the record that
// have slots left, its winner's aside.
func (s *State) rankBehind(best *auction.Shortlist, e *BatchCleared, r *Request, winner vadium.Account, now vadium.Time, position uint64) []auction.Award {
	backups := int(s.terms(r).Backups)
	if backups == 0 {
		return nil
	}
	best.Begin(r.Reserve, backups-1)
	for i := len(e.Wins) - 1; i < len(e.Offers); i++ { // those before have won all that they offer
		o := &e.Offers[i]
		if best.Beyond(o.Price) {
			break
		}
		if o.Prover == winner || i < len(e.Wins) && e.Wins[i].Slots == o.Slots {
			continue
		}
		c := auction.Candidate{Prover: o.Prover, Price: o.Price, Multiplier: s.Multiplier(o.Prover, e.Product, now)}
		if !best.Behind(c) {
			c.Rank = auction.Rank(s.market.Seed, position, o.Prover)
			best.Add(c)
		}
	}
	ranked, some := best.Clear()
	if !some {
		return nil
	}
	return append([]auction.Award{ranked.Winner}, ranked.Backups...)
}
