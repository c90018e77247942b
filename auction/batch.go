package auction

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"vadium"
)

// Order is a request of a batch.
type Order struct {
	Request vadium.RequestID
	// Value is the most that it pays: its reserve.
	Value    vadium.Amount
	Deadline vadium.Time
	// Rank orders requests of equal value and deadline, lowest first, and deals the served ones to provers: a hash that
	// nobody chooses.
	Rank [32]byte
}

// Offer is a prover's ask in a batch: up to so many requests at a price each. A prover makes one.
type Offer struct {
	Prover vadium.Account
	Price  vadium.Amount
	Slots  uint32
	// Multiplier weighs the price where the rule does; 0 is [BestMultiplier]. A batch does not: its products are of one kind.
	Multiplier vadium.Bps
	// Rank orders offers of equal price, lowest first. See [Rank].
	Rank [32]byte
}

// Match is a served request: who proves it, and what it is charged.
type Match struct {
	Order  int // its index among the orders
	Offer  int // its prover's among the offers
	Charge vadium.Amount
}

// Win is an offer that serves.
type Win struct {
	Offer int // its index among the offers
	Slots uint32
	// Payment is what the prover earns for all of them together: at least its price for each, and what its requests are
	// charged.
	Payment vadium.Amount
	// Rivals is how many rejected slots of others set the payment; served requests' values set the rest.
	Rivals uint32
}

// Batch clears books of one product, one after another, in the memory of the one before. The zero value is ready.
type Batch struct {
	// Matches are the served requests, by value from the highest; Wins the offers that serve them, by price from the lowest.
	// Both are good until the next Clear.
	Matches []Match
	Wins    []Win

	orders, offers, dealt []place
	values                []vadium.Amount // served, ascending
	upTo                  []vadium.Amount // sums of the first values
	all, others           rejected        // slots that nobody gets: of everybody, and of everybody but the last winner
}

// place is an element of a book under the key that it is sorted by: the top of what decides, so that most comparisons look no
// further.
type place struct {
	key   uint64
	index int32
}

// rejected is a list of rejected slots' prices, ascending, and the sums of the first ones.
type rejected struct{ prices, upTo []vadium.Amount }

// Clear runs the multi-unit Vickrey procurement of one book (auctions.md §1.1, MUV): the most requests are served for which
// the t-th highest value is no less than the t-th lowest price; a prover that serves q of them is paid what the others
// lose by its being there: for each slot the price of the next rejected slot of another prover, as long as a request that
// it serves is worth that much, and for the rest the lowest values served. Requests are dealt to the winners by rank, and each
// winner's are charged its payment: in equal parts, rounded down, each at most its value, what that leaves falling to those of
// the highest values.
//
// So no prover does better than to offer all its slots at its cost, whatever the others do; nobody pays more than its
// value; and what is charged is what is paid, to the unit.
//
// The order of orders and offers does not matter. The time is that of sorting both, and nothing is allocated that was
// not needed before.
func (b *Batch) Clear(orders []Order, offers []Offer) {
	b.Matches, b.Wins = b.Matches[:0], b.Wins[:0]
	b.sort(orders, offers)
	served := b.match(orders, offers)
	if served == 0 {
		return
	}
	b.value(orders, served)
	b.reject(offers)
	for i := range b.Wins {
		b.pay(i)
	}
	b.deal(orders)
	b.charge(orders)
}

// sort puts the best requests and the best offers first.
func (b *Batch) sort(orders []Order, offers []Offer) {
	b.orders, b.offers = b.orders[:0], b.offers[:0]
	bits := 0
	for i := range orders {
		bits = max(bits, orders[i].Value.BitLen())
	}
	for i := range offers {
		bits = max(bits, offers[i].Price.BitLen())
	}
	for i := range orders {
		b.orders = append(b.orders, place{^leading(orders[i].Value, bits), int32(i)})
	}
	for i := range offers {
		if offers[i].Slots > 0 { // else it would stand between the last that serves and the first that does not
			b.offers = append(b.offers, place{leading(offers[i].Price, bits), int32(i)})
		}
	}
	slices.SortFunc(b.orders, func(x, y place) int {
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		return compareOrders(&orders[x.index], &orders[y.index])
	})
	slices.SortFunc(b.offers, func(x, y place) int {
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		return compareOffers(&offers[x.index], &offers[y.index])
	})
}

// leading returns the 64 highest bits of an amount of so many bits at most.
func leading(a vadium.Amount, bits int) uint64 {
	whole := a.Bytes32()
	if bits <= 64 {
		return binary.BigEndian.Uint64(whole[24:])
	}
	first := 32 - (bits+7)/8
	return binary.BigEndian.Uint64(whole[first : first+8])
}

func compareOrders(x, y *Order) int {
	if c := y.Value.Cmp(x.Value); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Deadline, y.Deadline); c != 0 {
		return c
	}
	if c := bytes.Compare(x.Rank[:], y.Rank[:]); c != 0 {
		return c
	}
	return bytes.Compare(x.Request[:], y.Request[:])
}

func compareOffers(x, y *Offer) int {
	if c := x.Price.Cmp(y.Price); c != 0 {
		return c
	}
	if c := bytes.Compare(x.Rank[:], y.Rank[:]); c != 0 {
		return c
	}
	return bytes.Compare(x.Prover[:], y.Prover[:])
}

// match walks down the values and up the prices until they cross, and returns how many requests are served.
func (b *Batch) match(orders []Order, offers []Offer) int {
	served := 0
	for _, at := range b.offers {
		offer := &offers[at.index]
		slots := uint32(0)
		for slots < offer.Slots && served < len(b.orders) && !orders[b.orders[served].index].Value.Less(offer.Price) {
			slots, served = slots+1, served+1
		}
		if slots > 0 {
			b.Wins = append(b.Wins, Win{Offer: int(at.index), Slots: slots})
		}
		if slots < offer.Slots {
			break // nobody behind asks less, and no request behind pays more
		}
	}
	return served
}

// value lists the served values from the lowest, and their sums.
func (b *Batch) value(orders []Order, served int) {
	b.values, b.upTo = b.values[:0], append(b.upTo[:0], vadium.Amount{})
	for i := served - 1; i >= 0; i-- {
		value := orders[b.orders[i].index].Value
		b.values = append(b.values, value)
		b.upTo = append(b.upTo, b.upTo[len(b.upTo)-1].MustAdd(value))
	}
}

// reject lists as many rejected slots as any payment may look at. Only the last winner can have slots of its own among them.
func (b *Batch) reject(offers []Offer) {
	last := len(b.Wins) - 1
	most := uint32(0)
	for _, w := range b.Wins[:last] {
		most = max(most, w.Slots)
	}
	b.all.clear()
	b.others.clear()
	marginal := b.Wins[last]
	price := offers[marginal.Offer].Price
	b.all.add(price, offers[marginal.Offer].Slots-marginal.Slots, most)
	for _, at := range b.offers[len(b.Wins):] {
		offer := &offers[at.index]
		b.all.add(offer.Price, offer.Slots, most)
		b.others.add(offer.Price, offer.Slots, marginal.Slots)
		if len(b.all.prices) >= int(most) && len(b.others.prices) >= int(marginal.Slots) {
			break
		}
	}
}

func (r *rejected) clear() { r.prices, r.upTo = r.prices[:0], append(r.upTo[:0], vadium.Amount{}) }

// add appends so many slots of one price, as far as the list is not as long as most.
func (r *rejected) add(price vadium.Amount, slots, most uint32) {
	for range min(slots, most-min(most, uint32(len(r.prices)))) {
		r.prices = append(r.prices, price)
		r.upTo = append(r.upTo, r.upTo[len(r.upTo)-1].MustAdd(price))
	}
}

// rivals returns the rejected slots of others than a winner.
func (b *Batch) rivals(i int) *rejected {
	if i == len(b.Wins)-1 {
		return &b.others
	}
	return &b.all
}

// pay works out what a winner is paid.
func (b *Batch) pay(i int) {
	w, r := &b.Wins[i], b.rivals(i)
	for w.Rivals < w.Slots && int(w.Rivals) < len(r.prices) && !b.values[w.Slots-w.Rivals-1].Less(r.prices[w.Rivals]) {
		w.Rivals++
	}
	w.Payment = r.upTo[w.Rivals].MustAdd(b.upTo[w.Slots-w.Rivals])
}

// Thresholds returns what a winner is paid for each of its slots, ascending: the prices of the rivals that set it, and the
// values that do where there are none.
func (b *Batch) Thresholds(win int) []vadium.Amount {
	w := b.Wins[win]
	parts := slices.Concat(b.rivals(win).prices[:w.Rivals], b.values[:w.Slots-w.Rivals])
	slices.SortFunc(parts, vadium.Amount.Cmp)
	return parts
}

// deal gives the served requests to the winners: by rank, the first to the winner of the lowest price.
func (b *Batch) deal(orders []Order) {
	b.dealt = b.dealt[:0]
	for i := range b.values {
		index := b.orders[i].index
		b.dealt = append(b.dealt, place{binary.BigEndian.Uint64(orders[index].Rank[:8]), int32(i)})
		b.Matches = append(b.Matches, Match{Order: int(index)})
	}
	slices.SortFunc(b.dealt, func(x, y place) int {
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		if c := bytes.Compare(orders[b.orders[x.index].index].Rank[:], orders[b.orders[y.index].index].Rank[:]); c != 0 {
			return c
		}
		return cmp.Compare(x.index, y.index)
	})
	next := 0
	for _, w := range b.Wins {
		hand := b.dealt[next : next+int(w.Slots)]
		for _, at := range hand {
			b.Matches[at.index].Offer = w.Offer
		}
		// By value from the lowest, which is how they are charged.
		slices.SortFunc(hand, func(x, y place) int { return cmp.Compare(y.index, x.index) })
		next += int(w.Slots)
	}
}

// charge divides each winner's payment over its requests.
func (b *Batch) charge(orders []Order) {
	next := 0
	for _, w := range b.Wins {
		hand := b.dealt[next : next+int(w.Slots)]
		rest := w.Payment
		for i, at := range hand {
			value := orders[b.orders[at.index].index].Value
			charge := portion(rest, len(hand)-i, value)
			b.Matches[at.index].Charge = charge
			rest = rest.MustSub(charge)
		}
		if !rest.IsZero() {
			panic("invariant: a payment is no more than the lowest values served")
		}
		next += int(w.Slots)
	}
}

// portion returns what the next of so many pays of a rest: an equal part, rounded down, at most its cap.
func portion(rest vadium.Amount, among int, limit vadium.Amount) vadium.Amount {
	equal, _ := rest.MulDivDown(vadium.NewAmount(1), vadium.NewAmount(uint64(among)))
	return vadium.Min(equal, limit)
}

// Fill divides a total over caps in equal parts, each at most its cap, and returns the parts in the order of the caps and
// what is left when the caps do not hold the total. Parts are rounded down from the lowest cap on, equal caps in their order,
// so that they sum to the total exactly (auctions.md §1.1, water-fill).
func Fill(total vadium.Amount, caps []vadium.Amount) (parts []vadium.Amount, rest vadium.Amount) {
	order := make([]int, len(caps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return caps[x].Cmp(caps[y]) })
	parts, rest = make([]vadium.Amount, len(caps)), total
	for i, at := range order {
		parts[at] = portion(rest, len(order)-i, caps[at])
		rest = rest.MustSub(parts[at])
	}
	return parts, rest
}

// Uniform returns the one price at which the last clearing's requests could have been served too: that of the first slot
// that nobody got, or the lowest value served if that is less. It rewards whoever hides slots, the more so the fewer provers
// there are, so it is no rule for thin markets: see [MinUniformProvers]. ok is false when nobody is served.
func (b *Batch) Uniform(offers []Offer) (price vadium.Amount, ok bool) {
	if len(b.Wins) == 0 {
		return vadium.Amount{}, false
	}
	price = b.values[0]
	last := b.Wins[len(b.Wins)-1]
	if offer := &offers[last.Offer]; last.Slots < offer.Slots {
		return vadium.Min(price, offer.Price), true
	}
	if next := len(b.Wins); next < len(b.offers) {
		price = vadium.Min(price, offers[b.offers[next].index].Price)
	}
	return price, true
}

// MinUniformProvers is how many provers of different owners have to quote before a requester may choose the uniform price: with
// that many, the largest gains about 0.2 % of its costs by a lie (auctions.md §1.4), with five of them 5 %.
const MinUniformProvers = 20
