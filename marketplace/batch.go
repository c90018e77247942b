package marketplace

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
)

// MaxBatch bounds the requests that are cleared together; what else waits for the same tick is cleared right after.
const MaxBatch = 4_096

// keptClearings bounds the [ClearedBatch] rows: the newest stay. Those of which the proof is owed, because prices are never opened,
// come on top of that, up to keptUnproven: who pays for many batches must not make the market owe what it can no longer publish.
const (
	keptClearings = 1_024
	keptUnproven  = 8_192
)

// BatchOrder is a request in a batch.
type BatchOrder struct {
	Request vadium.RequestID `json:"request"`
	Value   vadium.Amount    `json:"value"`
	// Before orders requests of equal value, the earliest first: when it first waited in vain, or else its deadline.
	Before vadium.Time `json:"before"`
	// Position is the request's: its rank follows from it.
	Position uint64 `json:"position"`
}

// BatchOffer is an ask in a batch, with the slots that it could fill.
type BatchOffer struct {
	Prover vadium.Account `json:"prover"`
	Price  vadium.Amount  `json:"price"`
	Slots  uint32         `json:"slots"`
	// Commitment is the ask's, and PriceCommitment the one to its price, which Price and Salt open. Of asks from before there were
	// any, PriceCommitment and Salt are zero. Where Price is withheld, so is Salt: see [Public].
	Commitment      vadium.Digest `json:"commitment"`
	PriceCommitment vadium.Digest `json:"priceCommitment,omitzero" rlp:"optional"`
	Salt            vadium.Salt   `json:"blinding,omitzero" rlp:"optional"`
}

// withheld returns the offers as everyone sees those whose prices are never opened.
func (e *BatchCleared) withheld() []BatchOffer {
	offers := slices.Clone(e.Offers)
	for i := range offers {
		if o := &offers[i]; !o.Price.IsZero() {
			o.Price, o.Salt = vadium.Amount{}, withheldSalt(o.Price, o.Salt)
		}
	}
	return offers
}

// BatchServed is a request that a batch served, and what it is charged.
type BatchServed struct {
	Request vadium.RequestID `json:"request"`
	Prover  vadium.Account   `json:"prover"`
	Charge  vadium.Amount    `json:"charge"`
	// Value, Before and Rank are those of its order, by which anyone can check a proof of the clearing before the epoch ends.
	Value  vadium.Amount `json:"value"`
	Before vadium.Time   `json:"before"`
	Rank   [32]byte      `json:"rank"`
}

// BatchWin is an offer that serves, and what its prover is promised for all of its slots together.
type BatchWin struct {
	Prover  vadium.Account `json:"prover"`
	Slots   uint32         `json:"slots"`
	Payment vadium.Amount  `json:"payment"`
	Rank    [32]byte       `json:"rank"`
}

// ClearedBatch is what the market keeps of each of its latest batches, by the position of the record that reports it.
type ClearedBatch struct {
	Product auction.Product `json:"product"`
	Tick    vadium.Time     `json:"tick"`
	Root    vadium.Digest   `json:"root"`

	Mechanism auction.Mechanism `json:"mechanism"`
	// Seed is the tie seed of its ask epoch, from which ranks and the blindings of its book follow: secret until that has ended.
	Seed [32]byte `json:"-"`
	// Served is how many requests were served, and Paid what for.
	Served uint32        `json:"served"`
	Paid   vadium.Amount `json:"paid"`
	// Proven is the position of the record with the proof of the clearing; 0: there is none yet.
	Proven uint64 `json:"proven"`
	// Unopened says that prices are never opened, so that the proof is owed.
	Unopened bool `json:"unopened,omitempty" rlp:"optional"`
}

// Leaves are what Root is the Merkle root of: each order, then each offer, in the order of the record, encoded as in it behind
// a byte that says which it is.
func (e *BatchCleared) Leaves() [][]byte {
	leaves := make([][]byte, 0, len(e.Orders)+len(e.Offers))
	add := func(kind byte, part any) {
		encoded, err := rlp.EncodeToBytes(part)
		if err != nil {
			panic(fmt.Sprintf("invariant: orders and offers always encode: %v", err))
		}
		leaves = append(leaves, append([]byte{kind}, encoded...))
	}
	for i := range e.Orders {
		add(1, &e.Orders[i])
	}
	offers := e.Offers
	if e.Unopened {
		offers = e.withheld()
	}
	for i := range offers {
		add(2, &offers[i])
	}
	return leaves
}

// tickFor returns the tick at which a request is to be cleared first, 0 when it is cleared by itself, and its product: that of
// the immediate tier when waiting for the tick would leave too little time. It is cleared by itself, too, when not every ask
// that is good for others is good for it, or the other way round: with lists, several provers, a reservation or a schedule,
// with another rule, or when its requester quotes in the product.
func (d *draft) tickFor(by vadium.Account, b *SubmitRequest, product auction.Product, fastest vadium.Duration) (vadium.Time, auction.Product) {
	if !product.Tier.Batch() {
		return 0, product
	}
	r := Request{Product: product, MinProving: fastest, Deadline: b.Deadline}
	tick, inTime := d.nextTick(&r, d.now)
	if !inTime {
		product.Tier = auction.Immediate
		return 0, product
	}
	a := &b.Arrangement
	alone := len(b.Allow) > 0 || len(b.Deny) > 0 || b.Redundancy != 1 || a.Mechanism != auction.Vickrey && a.Mechanism != auction.OnePrice ||
		a.Hedges > 0 || a.ReservedFor != (vadium.Account{}) || len(a.Raises) > 0
	if !alone {
		if book := d.Book(product); book != nil {
			_, alone = book.ask(by)
		}
	}
	if alone {
		if d.params().Unopened(product.Tier) { // of whose asks none counts where a request is cleared by itself
			product.Tier = auction.Immediate
		}
		return 0, product
	}
	return tick, product
}

// nextTick returns the first tick from a time on, now or later, or the last one that a request can wait for if that is before; ok is
// false when even the next one leaves too little time.
func (d *draft) nextTick(r *Request, from vadium.Time) (tick vadium.Time, ok bool) {
	length := d.params().tick(r.Product.Tier)
	begins := r.Deadline.Add(-max(r.MinProving, vadium.Duration(1)<<r.Product.Size)) // the last instant that is early enough
	tick = tickAfter(d.now, length)
	if from.After(d.now) {
		last := tickAfter(begins, length).Add(-length)
		tick = max(tick, tickAfter(from, length).Earliest(last))
	}
	return tick, !tick.After(begins)
}

// tickAfter returns the first multiple of a length after now.
func tickAfter(now vadium.Time, length vadium.Duration) vadium.Time {
	return vadium.Time((int64(now)/int64(length) + 1) * int64(length))
}

// clearsAlone reports whether a request that wants a prover is cleared by itself, over the asks in force: not one that waits for
// a tick or is taken by another rule.
func (r *Request) clearsAlone() bool {
	return r.Tick == 0 && r.mechanism() != auction.Climbing && r.mechanism() != auction.Revealing
}

// batchLast is the last instant at which a request waits for its tick.
func (r *Request) batchLast() vadium.Time {
	if r.Tick == 0 {
		return vadium.Forever
	}
	return r.Tick.Add(-vadium.Millisecond)
}

// advanceBatch clears a batch if the tick that a request waits for has come, and reports whether it had. It is that of the pool
// whose turn it is, which need not be the request's: the next ticks clear the others.
func (d *draft) advanceBatch(r *Request) bool {
	if r.Tick == 0 || r.Tick.After(d.now) {
		return false
	}
	id, tick, due := d.State.base.duePool(d.now)
	must(due, "requests that wait for ticks are in pools")
	d.clearBatch(id, tick)
	return true
}

// clearBatch clears what is due of a pool: those that take part together, then, each by itself, those that are unlike them. Who
// is not served waits for another tick, or is cleared by itself from now on when that would be too late. No more than
// [serveLimit] are cleared by themselves: others that cannot wait have their turns without another look at the pool, see
// [draft.clearCrowd], but for those unlike the others that nobody looked at, which stay due, and the tick goes on with the next command.
func (d *draft) clearBatch(id poolID, tick vadium.Time) {
	if !id.Product.Tier.Batch() {
		d.clearCrowd(id)
		return
	}
	b := d.gather(id, tick, d.State.base.dueOf(id, d.now), d.now)
	b.clear(&d.batch)
	if b.reported() {
		d.assignBatch(b)
	}
	left := serveLimit
	others, unseen := d.serveApart(b, &left)
	rest := append(b.unserved(), others...)
	slices.SortFunc(rest, func(x, y *Request) int { return cmp.Compare(x.Position, y.Position) })
	d.roll(b, rest, unseen, left)
}

// reported reports whether a batch is on record: one that serves somebody; and where prices are never opened each that anybody took
// part in, since nobody else can tell that it serves nobody, and that can be proven.
func (b *batch) reported() bool {
	if b.unopened {
		return len(b.orders) > 0 && len(b.offers) > 0
	}
	return len(b.matches) > 0
}

// clearCrowd clears by themselves the oldest of those that could not wait for another tick, when they were more than their tick could
// clear so. They are of the immediate product by now, and wait in its pool for no others: nobody looks at more than those whose turn
// it is, so that a thousand that nobody will take cost as much as they would one by one.
func (d *draft) clearCrowd(id poolID) {
	for _, r := range d.State.base.dueOf(id, d.now) {
		d.emit(&RequestHastened{r.ID, r.Product})
		d.assignNext(r.ID)
	}
}

// serveApart clears those that take no part by themselves, as far as somebody can be found and as many as are left to be
// cleared so, from a place on that moves with the journal; it looks at [serveLimit] at most. It returns the others, and which of
// them it did not look at: those keep their product until it has.
func (d *draft) serveApart(b *batch, left *int) (rest []*Request, unseen map[*Request]bool) {
	n := len(b.apart)
	if n == 0 {
		return nil, nil
	}
	first := int(d.market.Seq % uint64(n))
	for i := range n {
		r := b.apart[(first+i)%n]
		if *left == 0 || i >= serveLimit {
			if unseen == nil {
				unseen = map[*Request]bool{}
			}
			rest, unseen[r] = append(rest, r), true
			continue
		}
		alone := *r
		alone.Product = b.alone()
		if _, found := d.clear(&d.shortlist, &alone, d.now, d.market.Seq+2, false); !found {
			rest = append(rest, r)
			continue
		}
		*left-- // only who is assigned counts, so that the tick always does something
		d.emit(&RequestHastened{r.ID, alone.Product})
		d.assignNext(r.ID)
	}
	return rest, unseen
}

// alone returns the product in which a request of the batch is cleared that is cleared by itself.
func (b *batch) alone() auction.Product {
	product := b.pool.Product
	if b.unopened {
		product.Tier = auction.Immediate
	}
	return product
}

// roll lets requests that a tick has not served wait for another, or be cleared by themselves when that would be too late: as many as
// are left to be cleared so right now, the others from the next instant on. Which are which depends on no price that is sealed.
func (d *draft) roll(b *batch, rest []*Request, unseen map[*Request]bool, left int) {
	rolled := map[vadium.Time][]vadium.RequestID{}
	var crowd []vadium.RequestID
	from := d.waits(b.pool.Product, d.now)
	alone := b.pool.Product
	alone.Tier = auction.Immediate
	for _, r := range rest {
		next, inTime := d.nextTick(r, from(r))
		switch {
		case inTime:
			rolled[next] = append(rolled[next], r.ID)
		case unseen[r]: // stays due
		case left > 0:
			left--
			d.emit(&RequestHastened{r.ID, alone})
			d.assignNext(r.ID)
		default:
			crowd = append(crowd, r.ID)
		}
	}
	for _, next := range slices.Sorted(maps.Keys(rolled)) {
		d.emit(&RequestsRolled{Product: b.pool.Product, Tick: next, Requests: rolled[next]})
	}
	if len(crowd) > 0 {
		d.emit(&RequestsRolled{Product: alone, Tick: d.now.Add(vadium.Millisecond), Requests: crowd})
	}
}

// waits returns from when on a request that a tick has not served waits for the next. Without hope it waits for the end of the ask
// epoch, as far as it has the time: before, no other ask can come to count for it. So what nobody will ever take costs the market a
// record in an epoch, and not one at every tick. Where prices are never opened, nobody may see from its waiting what others ask: so it
// waits again as long as it has waited in vain, whatever the prices are.
func (s *State) waits(product auction.Product, now vadium.Time) func(*Request) vadium.Time {
	if s.params().Unopened(product.Tier) {
		return func(r *Request) vadium.Time {
			if r.Waited == 0 {
				return now
			}
			return now.Add(now.Sub(r.Waited))
		}
	}
	hope := s.hope(s.books.get(product), now)
	return func(r *Request) vadium.Time {
		if hope(r) {
			return now
		}
		return s.market.EpochEnds
	}
}

// assignBatch records a batch and assigns what it serves. Who takes part can take any of the requests, and as many as it offers,
// so none of its assignments has a bar; if one has all the same, because locks across assets are rounded one by one, its request is
// cleared by itself.
func (d *draft) assignBatch(b *batch) {
	e := b.event(int(d.params().Backups))
	d.emit(e)
	backed := !b.unopened // what backups would be paid would tell what others ask, for ever
	var barred []vadium.RequestID
	class := d.programs.get(b.pool.Program).Class
	for i := range e.Served { // as the matches are
		served, r := &e.Served[i], d.Request(e.Served[i].Request)
		asks, p := d.demandOf(r, d.now, false), d.Prover(served.Prover)
		asks.proven = b.unopened
		if ask, stands := d.Book(r.Product).ask(served.Prover); !stands || !d.eligible(&asks, d.Book(r.Product).Asks[ask], p) {
			barred = append(barred, r.ID)
			continue
		}
		var ranked []auction.Award
		if backed {
			ranked = d.rankBehind(&d.shortlist, e, r, served.Prover, d.now, d.market.Seq+1)
		}
		a, across := d.attemptFor(r, auction.Award{Prover: served.Prover, Payment: served.Charge}, 0)
		a.Tells = class == vadium.KeysOperator && b.setByRivals(b.matches[i])
		d.emit(&RequestAssigned{Request: r.ID, Attempt: a, Cleared: true, Ranked: ranked, Unopened: b.unopened})
		d.lockStake(d.Request(r.ID), a, 0, across)
	}
	for _, id := range barred {
		d.emit(&RequestHastened{id, b.alone()})
		d.assignNext(id)
	}
}

func (e *BatchCleared) apply(s *State, _ vadium.Time, seq uint64) {
	if s.base != nil {
		return // nothing in the rest of the tick asks
	}
	s.lastBatch = e
	s.clearings = append(s.clearings, clearingID(seq))
	s.cleared.insert(clearingID(seq), s.keptBatch(e))
	s.forgetClearings()
}

// forgetClearings drops the oldest batches that are more than are kept.
func (s *State) forgetClearings() {
	if len(s.clearings) <= keptClearings {
		return
	}
	owed := func(id clearingID) bool { row := s.cleared.get(id); return row.Unopened && row.Proven == 0 }
	unproven := 0
	for _, id := range s.clearings {
		if owed(id) {
			unproven++
		}
	}
	others, tooMany := len(s.clearings)-unproven-keptClearings, unproven-keptUnproven
	s.clearings = slices.DeleteFunc(slices.Clone(s.clearings), func(id clearingID) bool {
		left := &others
		if owed(id) {
			left = &tooMany
		}
		*left--
		if *left < 0 {
			return false
		}
		s.cleared.remove(id)
		return true
	})
}

func (e *RequestsRolled) apply(s *State, _ vadium.Time, _ uint64) {
	for _, id := range e.Requests {
		s.editRequest(id, func(r *Request) {
			must(r.waitsForTick(), "requests that roll wait for ticks")
			if r.Waited == 0 {
				r.Waited = r.Tick
			}
			if e.Product.Tier == auction.Immediate {
				s.leavePool(r)
				r.Product.Tier = auction.Immediate
			}
			r.Tick = e.Tick
		})
	}
}

func (e *RequestHastened) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		must(r.waitsForTick(), "requests that are hastened wait for ticks")
		s.leavePool(r)
		r.Product = e.Product
	})
}

// leavePool takes a request out of its pool while it is still known by its product. Only the state itself has pools.
func (s *State) leavePool(r *Request) {
	r.Tick = 0
	if s.base == nil {
		s.watchTick(r)
	}
}
