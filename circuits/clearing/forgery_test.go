package clearing

import (
	"bytes"
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium"
	"vadium/auction"
	"vadium/circuits/circuittest"
	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// claim is a statement with the secrets that are to prove it, of scalars that obey no bounds: what a forger hands in, who may
// be the one that runs the batch and so makes the book.
type claim struct {
	clearing, book, served, requests, winners, paid fr.Element

	orders, slots               [forgedPlaces]forgedPlace
	orderSwitches, slotSwitches []fr.Element
	// lies are what the forger's solver says of numbers that it is asked to decompose into so many bits.
	lies map[lie]fr.Element
}

type forgedPlace struct {
	full fr.Element
	place
}

type lie struct {
	digits int
	number string
}

const forgedPlaces = tiny / 2

func integer(n int64) (e fr.Element)   { return *e.SetInt64(n) }
func plus(a, b fr.Element) fr.Element  { return *a.Add(&a, &b) }
func minus(a, b fr.Element) fr.Element { return *a.Sub(&a, &b) }
func over(a, b fr.Element) fr.Element  { return *a.Div(&a, &b) }

// honest returns the true claim of a book.
func honest(t testing.TB, book Book) *claim {
	t.Helper()
	_, input := build(t, tiny, book)
	next := func() (e fr.Element) {
		e.SetBytes(input[:fr.Bytes])
		input = input[fr.Bytes:]
		return e
	}
	c := &claim{lies: map[lie]fr.Element{}}
	for _, public := range []*fr.Element{&c.clearing, &c.book, &c.served, &c.requests, &c.winners, &c.paid} {
		*public = next()
	}
	for _, places := range []*[forgedPlaces]forgedPlace{&c.orders, &c.slots} {
		for i := range places {
			places[i] = forgedPlace{next(), place{next(), next(), next()}}
		}
	}
	for range switchesFor(forgedPlaces) {
		c.orderSwitches = append(c.orderSwitches, next())
	}
	for range switchesFor(forgedPlaces) {
		c.slotSwitches = append(c.slotSwitches, next())
	}
	if len(input) != 0 {
		t.Fatalf("an input has %d bytes more than a claim", len(input))
	}
	return c
}

// payee is a winner as a forger puts it.
type payee struct {
	place          int // whose prover and rank it has, of the slots
	slots, payment int64
}

// state puts into the statement that the first so many orders are served by these winners, and that what they are paid is paid.
func (c *claim) state(served int, winners ...payee) {
	c.served = integer(int64(served))
	c.requests = tagRequests
	for _, p := range c.orders[:min(served, forgedPlaces)] {
		c.requests = poseidon.Compress(c.requests, p.orderHash())
	}
	c.list(winners...)
	c.paid = fr.Element{}
	for _, w := range winners {
		c.paid = plus(c.paid, integer(w.payment))
	}
}

// list puts the digest of winners into the statement, and leaves what is paid.
func (c *claim) list(winners ...payee) {
	c.winners = tagWinners
	for _, w := range winners {
		p := c.slots[w.place]
		key := p.key.BigInt(new(big.Int))
		rank := new(big.Int).Rsh(key, numberBits)
		rank.Mod(rank, power(rankBits))
		terms := plus(integer(w.payment), pack(field{rank, rankBits}, field{big.NewInt(w.slots), slotsBits}, field{new(big.Int), sumBits}))
		c.winners = poseidon.Compress(poseidon.Compress(c.winners, p.id), terms)
	}
}

// leaves returns what the forger's places have for the book, as they are sorted.
func leaves(places [forgedPlaces]forgedPlace, of func(place) fr.Element) (all []fr.Element) {
	for _, p := range places {
		leaf := merkle.EmptyLeaf()
		if !p.full.IsZero() {
			leaf = of(p.place)
		}
		all = append(all, leaf)
	}
	return all
}

func (c *claim) orderLeaves() []fr.Element { return leaves(c.orders, place.orderLeaf) }
func (c *claim) slotLeaves() []fr.Element  { return leaves(c.slots, place.slotLeaf) }

func commitmentOf(p forgedPlace) fr.Element {
	price := p.key.BigInt(new(big.Int))
	price.Rsh(price, rankBits+numberBits)
	return priceCommitment(p.id, *new(fr.Element).SetBigInt(price), p.blinding)
}

// commit makes the book anew of what is in the places, in their order.
func (c *claim) commit() { c.rebook(c.orderLeaves(), c.slotLeaves()) }

// rebook makes the book anew of leaves, in their order.
func (c *claim) rebook(orders, slots []fr.Element) {
	c.commitTo(orders, slots)
	c.orderSwitches, c.slotSwitches = make([]fr.Element, len(c.orderSwitches)), make([]fr.Element, len(c.slotSwitches))
}

func (c *claim) commitTo(orders, slots []fr.Element) {
	depth := 2
	book := bookOf(tiny, c.clearing, merkle.New(depth, orders).Root(), merkle.New(depth, slots).Root())
	c.book.SetBytes(book[:])
}

// sortOrders and sortSlots put the places into another order, from place to place, and switch so that the book stays.
func (c *claim) sortOrders(from ...int) { c.orderSwitches = resort(&c.orders, c.orderSwitches, from) }
func (c *claim) sortSlots(from ...int)  { c.slotSwitches = resort(&c.slots, c.slotSwitches, from) }

func resort(places *[forgedPlaces]forgedPlace, switches []fr.Element, from []int) []fr.Element {
	crossing := make([]bool, len(switches))
	for i := range switches {
		crossing[i] = switches[i].IsOne()
	}
	arrived, _ := passed([]int{0, 1, 2, 3}, crossing)
	before := *places
	for to, at := range from {
		places[to] = before[at]
	}
	for i := range arrived {
		arrived[i] = slices.Index(from, arrived[i])
	}
	switches = nil
	for _, crosses := range routed(arrived) {
		if crosses {
			switches = append(switches, fr.One())
		} else {
			switches = append(switches, fr.Element{})
		}
	}
	return switches
}

// lie makes the forger's solver answer with the bits of another number when it decomposes n into so many.
func (c *claim) lie(n fr.Element, digits int, other fr.Element) {
	c.lies[lie{digits, n.String()}] = other
}

// scalars returns the claim as public and secret scalars, with a request and a prover.
func (c *claim) scalars() []byte {
	statement := encode(c.clearing, c.book, c.served, c.requests, c.winners, c.paid)
	var secrets []byte
	for _, places := range [][forgedPlaces]forgedPlace{c.orders, c.slots} {
		for _, p := range places {
			secrets = append(secrets, encode(p.full, p.id, p.key, p.blinding)...)
		}
	}
	return circuittest.Bound(statement, slices.Concat(statement, secrets, encode(c.orderSwitches...), encode(c.slotSwitches...)))
}

func encode(elements ...fr.Element) []byte {
	var b bytes.Buffer
	for _, e := range elements {
		scalar := e.Bytes()
		b.Write(scalar[:])
	}
	return b.Bytes()
}

// orderKeyOf and slotKeyOf return the keys that the books' orders and slots would have with other numbers.
func orderKeyOf(value uint64, rank byte) fr.Element {
	return orderKey(auction.Order{Value: vadium.NewAmount(value), Deadline: 1_764_000_000_000, Rank: [32]byte{rank}})
}

func slotKeyOf(price uint64, rank byte, slot int) fr.Element {
	return slotKey(auction.Offer{Price: vadium.NewAmount(price), Rank: [32]byte{rank}}, slot)
}

// The books that are forged. Orders and slots of all are sorted as they are written.
var (
	// three are served: the first prover is paid 40, the second 40 + 50 for two slots.
	three = bookOfNumbers([]uint64{90, 70, 50, 20}, [2]uint64{10, 1}, [2]uint64{30, 2}, [2]uint64{40, 1})
	// two are served, and the second prover has a rejected slot: it is paid 40 and the first 30.
	marginal = bookOfNumbers([]uint64{90, 70, 20, 15}, [2]uint64{10, 1}, [2]uint64{30, 2}, [2]uint64{40, 1})
	// Of two equal orders one is served, for 50; of two equal slots one serves, for 40.
	tiedOrders = bookOfNumbers([]uint64{90, 50, 50, 20}, [2]uint64{30, 1}, [2]uint64{40, 1}, [2]uint64{60, 1})
	tiedSlots  = bookOfNumbers([]uint64{90, 50, 20, 10}, [2]uint64{30, 1}, [2]uint64{40, 1}, [2]uint64{40, 1})
	// roomy has an empty place of each: two are served, for 40.
	roomy = bookOfNumbers([]uint64{90, 70, 15}, [2]uint64{10, 1}, [2]uint64{20, 1}, [2]uint64{40, 1})
)

// forgery is a claim that must not be provable. It names the rule that alone stands in its way.
type forgery struct {
	name  string
	stops rule
	from  Book
	forge func(c *claim)
}

var forgeries = []forgery{
	// What the book holds.
	{"a losing order is changed after the commitment", bookIsStated, three, func(c *claim) {
		c.orders[3].key = orderKeyOf(25, 4)
	}},
	{"a served order is changed after the commitment", bookIsStated, three, func(c *claim) {
		c.orders[2].key = orderKeyOf(45, 3)
		c.state(3, payee{0, 1, 40}, payee{2, 2, 85})
	}},
	{"an ask is changed after the commitment", bookIsStated, three, func(c *claim) {
		c.slots[3].key = slotKeyOf(45, 3, 0)
		c.state(3, payee{0, 1, 45}, payee{2, 2, 95})
	}},
	{"an order's rank is changed after the commitment", bookIsStated, tiedOrders, func(c *claim) {
		one, other := &c.orders[1], &c.orders[2]
		one.id, one.blinding, other.id, other.blinding = other.id, other.blinding, one.id, one.blinding
		c.state(2, payee{0, 1, 50}, payee{1, 1, 50})
	}},
	{"an order's owner is changed after the commitment", bookIsStated, three, func(c *claim) {
		c.orders[0].id = integer(7)
		c.state(3, payee{0, 1, 40}, payee{2, 2, 90})
	}},
	{"an ask's prover is changed after the commitment", bookIsStated, three, func(c *claim) {
		c.slots[0].id = integer(7)
		c.state(3, payee{0, 1, 40}, payee{2, 2, 90})
	}},
	{"a losing prover is changed after the commitment", bookIsStated, three, func(c *claim) { c.slots[3].id = integer(7) }},
	{"a losing ask is one dearer than its commitment", bookIsStated, three, func(c *claim) {
		c.slots[3].key = slotKeyOf(41, 3, 0)
		c.state(3, payee{0, 1, 41}, payee{2, 2, 91})
	}},
	{"a losing ask is one cheaper than its commitment", bookIsStated, three, func(c *claim) {
		c.slots[3].key = slotKeyOf(39, 3, 0)
		c.state(3, payee{0, 1, 39}, payee{2, 2, 89})
	}},
	{"a winning ask is one dearer than its commitment", bookIsStated, three, func(c *claim) { c.slots[0].key = slotKeyOf(11, 1, 0) }},
	{"a winning ask is one cheaper than its commitment", bookIsStated, three, func(c *claim) { c.slots[0].key = slotKeyOf(9, 1, 0) }},
	{"an offer is one dearer than its commitment", bookIsStated, marginal, func(c *claim) {
		c.slots[1].key, c.slots[2].key = slotKeyOf(31, 2, 0), slotKeyOf(31, 2, 1)
		c.state(2, payee{0, 1, 31}, payee{1, 1, 40})
	}},
	{"an offer is one cheaper than its commitment", bookIsStated, marginal, func(c *claim) {
		c.slots[1].key, c.slots[2].key = slotKeyOf(29, 2, 0), slotKeyOf(29, 2, 1)
		c.state(2, payee{0, 1, 29}, payee{1, 1, 40})
	}},
	{"a price is opened with another blinding", bookIsStated, three, func(c *claim) {
		c.slots[3].blinding = plus(c.slots[3].blinding, fr.One())
	}},
	{"the second slot of an offer is opened with another blinding", bookIsStated, three, func(c *claim) {
		c.slots[2].blinding = plus(c.slots[2].blinding, fr.One())
	}},
	{"an offer of another prover's commitment", bookIsStated, roomy, func(c *claim) {
		// It knows all that the victim does, and has a rank of its own.
		copied := commitmentOf(c.slots[2])
		c.slots[3] = forgedPlace{fr.One(), place{id: integer(7), key: slotKeyOf(40, 9, 0), blinding: c.slots[2].blinding}}
		slots := c.slotLeaves()
		slots[3] = slotLeaf(copied, slotKeyOf(0, 9, 0))
		c.rebook(c.orderLeaves(), slots)
	}},
	{"a slot's rank is not its leaf's", bookIsStated, tiedSlots, func(c *claim) {
		one, other := &c.slots[1], &c.slots[2]
		one.id, one.blinding, other.id, other.blinding = other.id, other.blinding, one.id, one.blinding
		c.state(2, payee{0, 1, 40}, payee{1, 1, 40})
	}},
	{"a slot's number is not its leaf's", bookIsStated, three, func(c *claim) {
		slots := c.slotLeaves()
		slots[2] = slotLeaf(commitmentOf(c.slots[2]), slotKeyOf(0, 2, 2))
		c.rebook(c.orderLeaves(), slots)
	}},
	{"the leaf of one offer stands for another", bookIsStated, three, func(c *claim) {
		slots := c.slotLeaves()
		slots[3] = slots[0]
		c.rebook(c.orderLeaves(), slots)
	}},
	{"the leaf of an order stands for a slot", bookIsStated, three, func(c *claim) {
		slots := c.slotLeaves()
		slots[3] = c.orders[3].orderLeaf()
		c.rebook(c.orderLeaves(), slots)
	}},
	{"a bare commitment stands for a slot", bookIsStated, three, func(c *claim) {
		slots := c.slotLeaves()
		slots[3] = commitmentOf(c.slots[3])
		c.rebook(c.orderLeaves(), slots)
	}},
	{"orders and slots change trees", bookIsStated, three, func(c *claim) { c.rebook(c.slotLeaves(), c.orderLeaves()) }},
	{"an ask is dropped", bookIsStated, three, func(c *claim) {
		c.slots[3] = forgedPlace{}
		c.state(3, payee{0, 1, 50}, payee{2, 2, 120})
	}},
	{"an order is dropped", bookIsStated, three, func(c *claim) { c.orders[3] = forgedPlace{} }},
	{"an ask is added in an empty place", bookIsStated, roomy, func(c *claim) {
		c.slots[3] = c.slots[2]
		c.slots[2] = forgedPlace{fr.One(), place{id: integer(7), key: slotKeyOf(35, 9, 0)}}
		c.state(2, payee{0, 1, 35}, payee{1, 1, 35})
	}},
	{"an order is added in an empty place", bookIsStated, roomy, func(c *claim) {
		c.orders[3] = c.orders[2]
		c.orders[2] = forgedPlace{fr.One(), place{id: integer(7), key: orderKeyOf(60, 9)}}
		c.state(3, payee{0, 1, 60}, payee{1, 1, 60}, payee{2, 1, 60})
	}},
	{"one ask stands in two places", bookIsStated, three, func(c *claim) {
		c.slots[3] = c.slots[2]
		c.slots[3].key = plus(c.slots[3].key, fr.One())
		c.state(3, payee{0, 1, 30}, payee{2, 2, 120})
	}},
	{"the book of another clearing", bookIsStated, three, func(c *claim) { c.clearing = plus(c.clearing, fr.One()) }},
	{"the book in another order of arrival", bookIsStated, three, func(c *claim) { c.orderSwitches[0] = fr.One() }},
	{"a switch passes half of a leaf", switchesAreBits, three, func(c *claim) {
		// The book holds the victim's order, and beside it what no order has as its leaf. In its place the forger opens its own.
		all := c.orderLeaves()
		victim := all[3]
		c.orders[3].key = orderKeyOf(25, 4)
		own := c.orderLeaves()[3]
		c.commitTo([]fr.Element{all[0], all[1], victim, minus(plus(all[2], own), victim)}, c.slotLeaves())
		c.orderSwitches = make([]fr.Element, len(c.orderSwitches))
		c.orderSwitches[1] = over(minus(victim, all[2]), minus(own, all[2]))
	}},

	// Empty places.
	{"a place is full in part", fullOrEmpty, marginal, func(c *claim) {
		empty := merkle.EmptyLeaf()
		committed := c.orders[3].orderLeaf()
		c.orders[3].key = plus(c.orders[2].key, fr.One())
		c.orders[3].full = over(minus(committed, empty), minus(c.orders[3].orderLeaf(), empty))
	}},
	{"an ask hides behind an empty place", fullComeFirst, roomy, func(c *claim) {
		c.sortSlots(0, 2, 3, 1)
		c.state(2, payee{0, 1, 70}, payee{1, 1, 70})
	}},
	{"an order hides behind an empty place", fullComeFirst, roomy, func(c *claim) {
		c.sortOrders(0, 3, 1, 2)
		c.state(1, payee{0, 1, 20})
	}},
	{"an empty place is served as a request", lastServedIsWorthIt, roomy, func(c *claim) {
		c.slots[3] = forgedPlace{fr.One(), place{id: integer(7), key: slotKeyOf(45, 9, 0)}}
		c.commit()
		c.state(4, payee{0, 1, -1}, payee{1, 1, -1}, payee{2, 1, -1}, payee{3, 1, -1})
	}},

	// Keys. The solver can be told bits that are not the key's.
	{"an order's value is said to be higher", orderKeysHaveBits, three, func(c *claim) {
		c.lie(c.orders[3].key, orderKeyBits, orderKeyOf(45, 4))
		c.state(4, payee{0, 1, 45}, payee{2, 2, 95}, payee{3, 1, 45})
	}},
	{"a dearer slot is sorted by a key that is not its own", slotKeysHaveBits, roomy, func(c *claim) {
		c.sortSlots(0, 2, 1, 3)
		c.slots[1].key = slotKeyOf(15, 3, 0)
		c.lie(c.slots[1].key, slotKeyBits, slotKeyOf(40, 3, 0))
		c.state(2, payee{0, 1, 20}, payee{1, 1, 20})
	}},
	{"a slot is counted by a number that is not its key's", slotKeysHaveBits, three, func(c *claim) {
		slots := c.slotLeaves()
		slots[2] = slotLeaf(commitmentOf(c.slots[2]), slotKeyOf(0, 2, 2))
		c.rebook(c.orderLeaves(), slots)
		c.lie(c.slots[2].key, slotKeyBits, slotKeyOf(30, 2, 2))
		c.state(3, payee{0, 1, 40}, payee{2, 3, 160})
	}},
	{"a slot's key has a bit more", slotKeysHaveBits, three, func(c *claim) {
		c.slots[3].key = slotKeyOf(5, 3, 0)
		c.commit()
		c.slots[3].key = plus(c.slots[3].key, *new(fr.Element).SetBigInt(power(slotKeyBits)))
		c.state(4, payee{0, 1, 20}, payee{2, 2, 70}, payee{3, 1, 20})
	}},
	{"an order's key has a bit more", orderKeysHaveBits, three, func(c *claim) {
		c.orders[3].key = plus(orderKeyOf(80, 4), *new(fr.Element).SetBigInt(power(orderKeyBits)))
		c.commit()
		c.state(4, payee{0, 1, 80}, payee{2, 2, 130}, payee{3, 1, 80})
	}},

	// The order of places.
	{"tied orders change places", ordersAreSorted, tiedOrders, func(c *claim) {
		c.sortOrders(0, 2, 1, 3)
		c.state(2, payee{0, 1, 50}, payee{1, 1, 50})
	}},
	{"a lower value is served before a higher", ordersAreSorted, three, func(c *claim) {
		c.sortOrders(0, 2, 1, 3)
		c.state(3, payee{0, 1, 40}, payee{2, 2, 110})
	}},
	{"one order arrives twice", ordersAreSorted, three, func(c *claim) {
		c.orders[3] = c.orders[2]
		c.commit()
		c.state(4, payee{0, 1, 50}, payee{2, 2, 100}, payee{3, 1, 50})
	}},
	{"a later deadline is served before an earlier", ordersAreSorted, tiedOrders, func(c *claim) {
		c.orders[1].key = plus(c.orders[1].key, *new(fr.Element).SetBigInt(power(rankBits)))
		c.commit()
		c.state(2, payee{0, 1, 50}, payee{1, 1, 50})
	}},
	{"tied slots change places", slotsAreSorted, tiedSlots, func(c *claim) {
		c.sortSlots(0, 2, 1, 3)
		c.state(2, payee{0, 1, 40}, payee{1, 1, 40})
	}},
	{"a dearer prover wins", slotsAreSorted, roomy, func(c *claim) {
		c.sortSlots(0, 2, 1, 3)
		c.state(2, payee{0, 1, 20}, payee{1, 1, 20})
	}},

	// Offers of several slots.
	{"a lone slot is numbered as a second one", offersBeginAtZero, three, func(c *claim) {
		c.slots[0].key = slotKeyOf(10, 1, 1)
		c.commit()
		c.state(3, payee{0, 2, 90}, payee{2, 2, 90})
	}},
	{"a slot is numbered as another prover's second one", offersAreOfOne, three, func(c *claim) {
		c.slots[2].id = integer(7)
		c.commit()
		c.state(3, payee{0, 1, 40}, payee{2, 2, 90})
	}},
	{"the second slot of an offer is dearer", offersAreWhole, three, func(c *claim) {
		c.slots[2].key = slotKeyOf(35, 2, 1)
		c.commit()
	}},
	{"an offer leaves out a number", offersAreWhole, three, func(c *claim) {
		c.slots[2].key = slotKeyOf(30, 2, 2)
		c.commit()
		c.state(3, payee{0, 1, 40}, payee{2, 3, 160})
	}},

	// How many are served.
	{"one more is served than values and prices allow", lastServedIsWorthIt, three, func(c *claim) {
		c.state(4, payee{0, 1, 20}, payee{2, 2, 70}, payee{3, 1, 20})
	}},
	{"more are served than there are places", lastServedIsWorthIt, three, func(c *claim) {
		c.state(5)
		c.requests, c.winners = tagRequests, tagWinners
	}},
	{"one less is served than values and prices allow", nextIsNotWorthIt, three, func(c *claim) {
		c.state(2, payee{0, 1, 30}, payee{1, 1, 40})
	}},
	{"nobody is served", nextIsNotWorthIt, three, func(c *claim) { c.state(0) }},

	// Payments.
	{"a value is said to be below a rejected price that it is above", cheaperIsCompared, three, func(c *claim) {
		offset := *new(fr.Element).SetBigInt(power(valueBits + 1))
		c.lie(plus(integer(50-40), offset), valueBits+2, fr.Element{})
		c.state(3, payee{0, 1, 50}, payee{2, 2, 90})
	}},
	{"another request is said to be served", requestsAreStated, three, func(c *claim) {
		c.requests = digestOf(c.orders[0], c.orders[1], c.orders[3])
	}},
	{"the served requests in another order", requestsAreStated, three, func(c *claim) {
		c.requests = digestOf(c.orders[1], c.orders[0], c.orders[2])
	}},
	{"a served request is kept from the list", requestsAreStated, three, func(c *claim) {
		c.requests = digestOf(c.orders[0], c.orders[1])
	}},
	{"a payment is one more", winnersAreStated, three, func(c *claim) { c.list(payee{0, 1, 41}, payee{2, 2, 90}) }},
	{"a payment is one less", winnersAreStated, three, func(c *claim) { c.list(payee{0, 1, 39}, payee{2, 2, 90}) }},
	{"the last winner's payment is one more", winnersAreStated, three, func(c *claim) { c.list(payee{0, 1, 40}, payee{2, 2, 91}) }},
	{"the last winner's payment is one less", winnersAreStated, three, func(c *claim) { c.list(payee{0, 1, 40}, payee{2, 2, 89}) }},
	{"one winner's unit goes to the other", winnersAreStated, three, func(c *claim) { c.list(payee{0, 1, 41}, payee{2, 2, 89}) }},
	{"a loser is paid for nothing", winnersAreStated, three, func(c *claim) {
		c.list(payee{0, 1, 40}, payee{2, 2, 89}, payee{3, 1, 1})
	}},
	{"a loser is paid in a winner's place", winnersAreStated, three, func(c *claim) { c.list(payee{3, 1, 40}, payee{2, 2, 90}) }},
	{"a winner is kept from the list", winnersAreStated, three, func(c *claim) { c.list(payee{2, 2, 90}) }},
	{"a winner's slots are one more", winnersAreStated, three, func(c *claim) { c.list(payee{0, 2, 40}, payee{2, 2, 90}) }},
	{"the last winner is paid by its own rejected slot", winnersAreStated, marginal, func(c *claim) { c.list(payee{0, 1, 30}, payee{1, 1, 30}) }},
	{"a winner is paid past the last one's rejected slot", winnersAreStated, marginal, func(c *claim) { c.list(payee{0, 1, 40}, payee{1, 1, 40}) }},
	{"a winner is paid what it asks", winnersAreStated, three, func(c *claim) { c.list(payee{0, 1, 10}, payee{2, 2, 90}) }},
	{"one more is said to be paid", paidIsStated, three, func(c *claim) { c.paid = plus(c.paid, fr.One()) }},
	{"one less is said to be paid", paidIsStated, three, func(c *claim) { c.paid = minus(c.paid, fr.One()) }},
}

func digestOf(places ...forgedPlace) fr.Element {
	digest := tagRequests
	for _, p := range places {
		digest = poseidon.Compress(digest, p.orderHash())
	}
	return digest
}
