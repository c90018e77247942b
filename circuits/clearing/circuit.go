package clearing

import (
	"math/big"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"

	"vadium/circuits/binding"
	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// Circuit states: the book that was committed to for this clearing was cleared by the rule of auction.Batch: so many
// requests are served, the most for which the t-th highest value is no less than the t-th lowest price; the served
// requests are these; the winners, with their numbers of slots and what each is paid, are these; and together they are
// paid this much. Equal values and equal prices were put in order by deadline and rank.
//
// Public inputs: Clearing, Book, Served, Requests, Winners, Paid, then request and prover. Requests and Winners are digests
// of lists ([RequestsDigest], [WinnersDigest]) that whoever reads a proof has to be shown; of losers it learns nothing that
// the payments do not say.
//
// Not constrained here, but for everybody to check without a price: with the orders, their blindings, and of every offer its prover,
// price commitment, rank and number of slots, anybody makes Book again ([CommitPublic]). That shows
//
//   - that Book holds every order and every offer and no other, each as it was published, in the order of arrival. So what a
//     prover asked in a proof is what it had committed to, though nobody sees it;
//   - that the slots of an offer have one commitment: the circuit takes slots of one prover, price and rank for one offer, whatever
//     their blindings, but a book in which those differ is made of nothing that was published;
//   - that ranks are the hashes that they should be, of which the circuit knows the first 12 bytes;
//   - that no prover has two offers in the book and no request two orders.
//
// Not constrained here, and so left to whoever reads a proof:
//
//   - that commitments were published before the clearing, and none was left out: the log and receipts show that;
//   - that offers' slots were backed by stake, and who was eligible;
//   - who proves which request and what each is charged: [Deal] works out both from the two lists, and what is charged is
//     Paid;
//   - anything about orders of values or prices above 2^96 - 1, deadlines above 2^44 - 1 or more than 16 slots: no book holds
//     them.
//
// A circuit has as many places for orders as for slots. An offer of several slots takes a place for each, numbered from
// zero, rather than one place with a count: what is looked at then always stands in a place, so that no list has to be
// spread out inside the circuit, which costs the square of its length. That takes a leaf and a commitment for each slot.
//
// Orders and slots come sorted, and a network of switches (Waksman, "A Permutation Network", J. ACM 15, 1968) permutes their
// leaves into the order of arrival. For 32, 128 and 512 leaves it takes 258, 1,538 and 8,194 constraints and no challenge: a
// grand product would have to draw its challenge from a hash over both orders, 186 constraints for each leaf, or from a
// commitment, which costs verifiers a pairing more.
//
// A winner of q slots is paid r[1] + .. + r[s] + v[1] + .. + v[q-s], with the rejected prices of others and the served values
// ascending and s the largest number for which r[s] <= v[q-s+1]. That is the sum of the q smallest of both lists together,
// since s is how many of those are prices. So payments are sums of the beginning of one merged list, which is the same for
// all winners but the last: only that one can have rejected slots of its own, which its list leaves out.
type Circuit struct {
	Clearing frontend.Variable `gnark:",public"`
	Book     frontend.Variable `gnark:",public"`
	Served   frontend.Variable `gnark:",public"`
	Requests frontend.Variable `gnark:",public"`
	Winners  frontend.Variable `gnark:",public"`
	Paid     frontend.Variable `gnark:",public"`
	Binding  binding.Inputs

	Orders        []Place
	Slots         []Place
	OrderSwitches []frontend.Variable
	SlotSwitches  []frontend.Variable
}

// Place is the room for one order or one slot, in the order of keys, full ones first. Where a place is empty its other
// scalars are zero, though nothing depends on them but that a key has its bits.
type Place struct {
	// Full is one or zero.
	Full frontend.Variable
	// ID is the request, or the prover.
	ID frontend.Variable
	// Key is what places are sorted by: see [orderKey] and [slotKey].
	Key frontend.Variable
	// Blinding is the order's, or of the price commitment of the slot's offer.
	Blinding frontend.Variable
}

// New returns the circuit with room for so many orders and slots together, a power of two and at least four.
func New(size int) *Circuit {
	places := size / 2
	return &Circuit{
		Orders: make([]Place, places), Slots: make([]Place, places),
		OrderSwitches: make([]frontend.Variable, switchesFor(places)), SlotSwitches: make([]frontend.Variable, switchesFor(places)),
	}
}

// Bits of what keys are made of.
const (
	valueBits    = 96
	deadlineBits = 44
	rankBits     = 96
	numberBits   = 4
	orderKeyBits = valueBits + deadlineBits + rankBits
	slotKeyBits  = valueBits + rankBits + numberBits
	// sumBits and slotsBits bound a payment and a winner's number of slots beside it in an element.
	sumBits   = valueBits + numberBits
	slotsBits = numberBits + 1
)

// rule is one thing that constraints are for. Each is named before its constraints, so that a test can leave out any one
// and show which forgery then passes.
type rule string

const (
	fullOrEmpty         rule = "a place is full or empty"
	fullComeFirst       rule = "no full place comes after an empty one"
	orderKeysHaveBits   rule = "an order's value, deadline and rank are those of its key"
	slotKeysHaveBits    rule = "a slot's price, rank and number are those of its key"
	ordersAreSorted     rule = "orders are sorted by value, deadline and rank"
	slotsAreSorted      rule = "slots are sorted by price, rank and number"
	offersBeginAtZero   rule = "the first slot of all is the first of its offer"
	offersAreOfOne      rule = "the slots of an offer are of one prover"
	offersAreWhole      rule = "the slots of an offer have one price and follow one another"
	switchesAreBits     rule = "a switch crosses or does not"
	bookIsStated        rule = "the digest of the leaves in the order of arrival is the book's"
	lastServedIsWorthIt rule = "the last request served is worth the last slot's price"
	nextIsNotWorthIt    rule = "the next request is not worth the next slot's price"
	cheaperIsCompared   rule = "the smaller of a rejected price and a served value comes first"
	requestsAreStated   rule = "the digest of the served requests is the one stated"
	winnersAreStated    rule = "the digest of the winners and their payments is the one stated"
	paidIsStated        rule = "the payments add up to what is stated"
)

// forRule says which rule the constraints that follow are for. It does nothing except in tests, whose API listens.
func forRule(api frontend.API, name rule) {
	if listening, ok := api.(interface{ forRule(name rule) }); ok {
		listening.forRule(name)
	}
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	h, err := poseidon.New(api)
	if err != nil {
		return err
	}
	c.Binding.Bind(api, c.Clearing, c.Book, c.Served, c.Requests, c.Winners, c.Paid)

	checkPlaces(api, c.Orders)
	checkPlaces(api, c.Slots)
	orders := readOrders(api, h, c.Orders)
	slots := readSlots(api, h, c.Slots)
	c.checkBook(api, h, orders.leaves, slots.leaves)

	at := c.countServed(api)
	v := lowestValues(api, at, orders.worth)
	r := pricesFrom(api, at, slots.prices)
	checkCrossing(api, at, orders.worth, slots.prices, r[0])

	c.checkRequests(api, h, at, orders)
	c.checkWinners(api, h, at, slots, v, r)
	return nil
}

// checkPlaces constrains that some first places are full and the rest are empty.
func checkPlaces(api frontend.API, places []Place) {
	for i, p := range places {
		forRule(api, fullOrEmpty)
		api.AssertIsBoolean(p.Full)
		if i > 0 {
			forRule(api, fullComeFirst)
			api.AssertIsEqual(api.Mul(p.Full, api.Sub(1, places[i-1].Full)), 0)
		}
	}
}

// orders are what the places of orders say.
type orders struct {
	leaves []frontend.Variable
	// hashes are of id and key, without the blinding.
	hashes []frontend.Variable
	// worth is one more than an order's value, and nothing where there is no order.
	worth []frontend.Variable
}

func readOrders(api frontend.API, h poseidon.Hasher, places []Place) (o orders) {
	for i, p := range places {
		forRule(api, orderKeysHaveBits)
		key := bits.ToBinary(api, p.Key, bits.WithNbDigits(orderKeyBits))
		value := api.Sub(maxValue, number(api, key[deadlineBits+rankBits:]))
		forRule(api, ordersAreSorted)
		checkSorted(api, places, i, orderKeyBits)

		hash := h.Compress(api.Add(p.ID, poseidon.Constant(tagOrder)), p.Key)
		o.hashes = append(o.hashes, hash)
		o.leaves = append(o.leaves, unlessEmpty(api, p, h.Compress(hash, p.Blinding)))
		o.worth = append(o.worth, api.Mul(p.Full, api.Add(value, 1)))
	}
	return o
}

// slots are what the places of slots say.
type slots struct {
	leaves []frontend.Variable
	// prices are the lowest first, and infinite where there is no slot.
	prices []frontend.Variable
	// numbers are the slots' within their offers, in bits, lowest first, and first is whether they are zero.
	numbers [][]frontend.Variable
	first   []frontend.Variable
	// later is whether a slot is one of its offer's beside the first.
	later  []frontend.Variable
	ranks  []frontend.Variable
	ids    []frontend.Variable
	places int
}

func readSlots(api frontend.API, h poseidon.Hasher, places []Place) (s slots) {
	s.places = len(places)
	for i, p := range places {
		forRule(api, slotKeysHaveBits)
		key := bits.ToBinary(api, p.Key, bits.WithNbDigits(slotKeyBits))
		price := number(api, key[rankBits+numberBits:])
		forRule(api, slotsAreSorted)
		checkSorted(api, places, i, slotKeyBits)

		first := api.IsZero(number(api, key[:numberBits]))
		later := api.Mul(p.Full, api.Sub(1, first))
		if i == 0 {
			forRule(api, offersBeginAtZero)
			api.AssertIsEqual(later, 0)
		} else {
			before := places[i-1]
			forRule(api, offersAreOfOne)
			api.AssertIsEqual(api.Mul(later, api.Sub(p.ID, before.ID)), 0)
			// A number that would not fit its bits is a first one's, so it is the number that is one more, and nothing else.
			forRule(api, offersAreWhole)
			api.AssertIsEqual(api.Mul(later, api.Sub(p.Key, before.Key, 1)), 0)
		}

		commitment := h.Compress(h.Compress(api.Add(p.ID, poseidon.Constant(tagPrice)), price), p.Blinding)
		slot := poseidon.Constant(tagSlot)
		leaf := h.Compress(api.Add(commitment, slot), api.Add(number(api, key[:numberBits+rankBits]), slot))
		s.leaves = append(s.leaves, unlessEmpty(api, p, leaf))
		s.prices = append(s.prices, api.Add(api.Mul(p.Full, api.Sub(price, infinite)), infinite))
		s.numbers = append(s.numbers, key[:numberBits])
		s.first, s.later = append(s.first, first), append(s.later, later)
		s.ranks = append(s.ranks, number(api, key[numberBits:numberBits+rankBits]))
		s.ids = append(s.ids, p.ID)
	}
	return s
}

// checkSorted constrains that a full place's key is above the one before, so that no two are the same.
func checkSorted(api frontend.API, places []Place, i, width int) {
	if i > 0 {
		assertNotNegative(api, api.Mul(places[i].Full, api.Sub(places[i].Key, places[i-1].Key, 1)), width)
	}
}

// unlessEmpty returns what the book holds for a place: its leaf, or a constant that is nothing's hash.
func unlessEmpty(api frontend.API, p Place, leaf frontend.Variable) frontend.Variable {
	empty := poseidon.Constant(merkle.EmptyLeaf())
	return api.Add(api.Mul(p.Full, api.Sub(leaf, empty)), empty)
}

func (c *Circuit) checkBook(api frontend.API, h poseidon.Hasher, orders, slots []frontend.Variable) {
	forRule(api, switchesAreBits)
	for _, s := range append(append([]frontend.Variable(nil), c.OrderSwitches...), c.SlotSwitches...) {
		api.AssertIsBoolean(s)
	}
	orders, _ = permute(api, orders, c.OrderSwitches)
	slots, _ = permute(api, slots, c.SlotSwitches)

	forRule(api, bookIsStated)
	head := h.Compress(poseidon.Constant(tagOfSize(len(c.Orders)+len(c.Slots))), c.Clearing)
	both := h.Compress(merkle.RootIn(api, h, orders), merkle.RootIn(api, h, slots))
	api.AssertIsEqual(c.Book, h.Compress(head, both))
}

// countServed returns for every number from none to all places whether so many are served. None holds for another number,
// which [checkCrossing] refuses.
func (c *Circuit) countServed(api frontend.API) []frontend.Variable {
	at := make([]frontend.Variable, len(c.Orders)+1)
	for t := range at {
		at[t] = api.IsZero(api.Sub(c.Served, t))
	}
	return at
}

// lowestValues returns the served values from the lowest on, infinite beyond the last.
func lowestValues(api frontend.API, at, worth []frontend.Variable) []frontend.Variable {
	v := make([]frontend.Variable, listed(len(worth)))
	for u := range v {
		v[u] = api.Mul(sum(api, at[:u+1]), infinite)
		for t := u + 1; t < len(at); t++ {
			v[u] = api.Add(v[u], api.Mul(at[t], api.Sub(worth[t-1-u], 1)))
		}
	}
	return v
}

// pricesFrom returns the prices from a place on, infinite beyond the last; from has a one at that place.
func pricesFrom(api frontend.API, from, prices []frontend.Variable) []frontend.Variable {
	r := make([]frontend.Variable, listed(len(prices)))
	for u := range r {
		inside := len(prices) - u
		r[u] = api.Mul(sum(api, from[inside:]), infinite)
		for t := range inside {
			r[u] = api.Add(r[u], api.Mul(from[t], prices[t+u]))
		}
	}
	return r
}

// checkCrossing constrains that values and prices cross after so many places as are served: values fall and prices climb, so
// it is enough to look at the last place served and the next one.
func checkCrossing(api frontend.API, at, worth, prices []frontend.Variable, nextPrice frontend.Variable) {
	last, lastPrice, next := at[0], frontend.Variable(0), frontend.Variable(0)
	for t := range worth {
		last = api.Add(last, api.Mul(at[t+1], worth[t]))
		lastPrice = api.Add(lastPrice, api.Mul(at[t+1], prices[t]))
		next = api.Add(next, api.Mul(at[t], worth[t]))
	}
	forRule(api, lastServedIsWorthIt)
	assertNotNegative(api, api.Sub(last, lastPrice, 1), valueBits+1)
	forRule(api, nextIsNotWorthIt)
	assertNotNegative(api, api.Sub(nextPrice, next), valueBits+1)
}

// checkRequests constrains the digest of the served requests.
func (c *Circuit) checkRequests(api frontend.API, h poseidon.Hasher, at []frontend.Variable, o orders) {
	digest := frontend.Variable(poseidon.Constant(tagRequests))
	for t, hash := range o.hashes {
		served := sum(api, at[t+1:])
		digest = api.Add(digest, api.Mul(served, api.Sub(h.Compress(digest, hash), digest)))
	}
	forRule(api, requestsAreStated)
	api.AssertIsEqual(c.Requests, digest)
}

// checkWinners constrains the digest of the winners and their payments, and the sum of these; v are the lowest values served,
// r the prices of the first slots that are not.
func (c *Circuit) checkWinners(api frontend.API, h poseidon.Hasher, at []frontend.Variable, s slots, v, r []frontend.Variable) {
	payments := paymentsOf(api, r, v)
	marginal := s.marginalPayment(api, at, v)

	digest, paid := frontend.Variable(poseidon.Constant(tagWinners)), frontend.Variable(0)
	for t := range s.places {
		// The last served slot of its winner: the last of all, or one before another offer's first.
		ends := at[t+1]
		if t+1 < s.places {
			ends = api.Add(ends, api.Mul(sum(api, at[t+2:]), s.first[t+1]))
		}
		payment := pick(api, s.numbers[t], payments)
		payment = api.Add(payment, api.Mul(at[t+1], api.Sub(marginal, payment)))
		count := api.Add(number(api, s.numbers[t]), 1)
		terms := api.Add(payment, api.Mul(count, power(sumBits)), api.Mul(s.ranks[t], power(sumBits+slotsBits)))
		digest = api.Add(digest, api.Mul(ends, api.Sub(h.Compress(h.Compress(digest, s.ids[t]), terms), digest)))
		paid = api.Add(paid, api.Mul(ends, payment))
	}
	forRule(api, winnersAreStated)
	api.AssertIsEqual(c.Winners, digest)
	forRule(api, paidIsStated)
	api.AssertIsEqual(c.Paid, paid)
}

// marginalPayment returns what the last winner is paid: its rivals begin behind its own last slot, served or not.
func (s *slots) marginalPayment(api frontend.API, at, v []frontend.Variable) frontend.Variable {
	behind := make([]frontend.Variable, s.places+1)
	within := frontend.Variable(1) // whether all up to the place are of winners
	for t := range s.places {
		served := sum(api, at[t+1:])
		next := api.Add(served, api.Mul(s.later[t], api.Sub(within, served)))
		behind[t], within = api.Sub(within, next), next
	}
	behind[s.places] = within

	last := make([]frontend.Variable, numberBits)
	for bit := range last {
		last[bit] = 0
		for t := range s.places {
			last[bit] = api.Add(last[bit], api.Mul(at[t+1], s.numbers[t][bit]))
		}
	}
	return pick(api, last, paymentsOf(api, pricesFrom(api, behind, s.prices), v))
}

// paymentsOf returns what is paid for one slot, for two, and so on: the sums of the smallest of both lists, which ascend.
func paymentsOf(api frontend.API, r, v []frontend.Variable) []frontend.Variable {
	forRule(api, cheaperIsCompared)
	payments := make([]frontend.Variable, MaxSlots)
	total := frontend.Variable(0)
	taken := []frontend.Variable{1} // whether none, one, .. of r are taken
	for n := range payments {
		if n >= len(r) {
			payments[n] = total // there are no places for so many
			continue
		}
		price, value := frontend.Variable(0), frontend.Variable(0)
		for s := range taken {
			price = api.Add(price, api.Mul(taken[s], r[s]))
			value = api.Add(value, api.Mul(taken[s], v[n-s]))
		}
		cheaper := atLeast(api, value, price, valueBits+1)
		total = api.Add(total, value, api.Mul(cheaper, api.Sub(price, value)))
		payments[n] = total

		next := append(append([]frontend.Variable(nil), taken...), 0)
		for s := range taken {
			moved := api.Mul(cheaper, taken[s])
			next[s], next[s+1] = api.Sub(next[s], moved), api.Add(next[s+1], moved)
		}
		taken = next
	}
	return payments
}

// listed is how many entries lists of prices and values have: as many as a winner has slots.
func listed(places int) int { return min(places, MaxSlots) }

// pick returns the entry of a table of 2^n at an index of n bits, lowest first.
func pick(api frontend.API, index, table []frontend.Variable) frontend.Variable {
	for _, bit := range index {
		half := make([]frontend.Variable, len(table)/2)
		for i := range half {
			half[i] = api.Add(table[2*i], api.Mul(bit, api.Sub(table[2*i+1], table[2*i])))
		}
		table = half
	}
	return table[0]
}

// number returns what bits say, lowest first, which the caller has constrained to be bits.
func number(api frontend.API, of []frontend.Variable) frontend.Variable {
	n := frontend.Variable(0)
	for i, bit := range of {
		n = api.Add(n, api.Mul(bit, power(i)))
	}
	return n
}

// assertNotNegative constrains that 0 <= v < 2^width: a negative v is far above that in the field.
func assertNotNegative(api frontend.API, v frontend.Variable, width int) {
	bits.ToBinary(api, v, bits.WithNbDigits(width))
}

// atLeast returns 1 when a >= b, else 0, and constrains that they differ by at most 2^width.
func atLeast(api frontend.API, a, b frontend.Variable, width int) frontend.Variable {
	return bits.ToBinary(api, api.Add(api.Sub(a, b), power(width)), bits.WithNbDigits(width+1))[width]
}

func sum(api frontend.API, of []frontend.Variable) frontend.Variable {
	total := frontend.Variable(0)
	for _, v := range of {
		total = api.Add(total, v)
	}
	return total
}

func power(exponent int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(exponent)) }

var (
	// infinite is above every value, and the price of a slot that does not exist.
	infinite = power(valueBits)
	maxValue = new(big.Int).Sub(infinite, big.NewInt(1))
)
