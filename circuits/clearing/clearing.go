// Package clearing proves that a batch was cleared by its rule, without showing what the losers asked.
//
// A prover's price is committed to when it is asked: [PriceCommitment] is published at once, and hides the price behind a
// blinding. The book of a batch is a digest of two trees, of orders and of slots in the order of arrival. A slot's leaf is made
// from its offer's commitment, so nobody needs a price to make the digest. auction.Batch clears the book, and whoever has
// the prices and their blindings proves that this was done right:
//
//	c, err := clearing.PriceCommitment(prover, price, blinding) // published with the ask, before any clearing
//
//	book := clearing.Book{Clearing: id, Orders: orders, Offers: offers}
//	cleared, input, err := clearing.Build(64, book) // what to prove
//
//	committed, err := clearing.CommitPublic(64, id, orders, commitments) // by anybody; it is cleared.Statement.Book
//
// Who reads a proof is shown the requests that are served and the winners with their payments, and makes the [Statement] from
// them: [StatementOf]. Its scalars are the public inputs of the program called [ProgramName]; [Circuit] says what a proof
// of it proves, and what it leaves to whoever reads it.
package clearing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium"
	"vadium/auction"
	"vadium/circuits/poseidon"
)

// Scalars of a statement, and of each place beside it.
const (
	// StatementScalars is how many public scalars a clearing has.
	StatementScalars = 6
	secretsPerPlace  = 4
)

// MaxSlots is how many slots an offer may have: a payment is looked up among as many sums.
const MaxSlots = 1 << numberBits

// MaxBits is how many bits a value or a price may have.
const MaxBits = valueBits

// sizes are how many orders and slots the circuits of the catalogue have places for, half of them for orders.
var sizes = []int{64, 256, 1024}

// Sizes returns how many places the circuits of the catalogue have for orders and slots together, ascending.
func Sizes() []int { return slices.Clone(sizes) }

// ProgramName returns the name in the catalogue of the program whose circuit has places for so many orders and slots.
func ProgramName(size int) string { return fmt.Sprintf("clearing-%d", size) }

// ErrBook refuses a book that no circuit can carry.
var ErrBook = errors.New("not a book whose clearing can be proven")

var (
	tagBook     = poseidon.Tag("clearing/book")
	tagOrder    = poseidon.Tag("clearing/order")
	tagPrice    = poseidon.Tag("clearing/price")
	tagSlot     = poseidon.Tag("clearing/slot")
	tagRequests = poseidon.Tag("clearing/requests")
	tagWinners  = poseidon.Tag("clearing/winners")
)

// tagOfSize separates the books of circuits of different size.
func tagOfSize(size int) (e fr.Element) {
	e.SetUint64(uint64(size))
	return *e.Add(&e, &tagBook)
}

// Blinding hides an order behind its leaf of the book, or a price behind its commitment: a number below the order of the field, of
// which 250 bits or more are secret, known to the order's or the ask's owner and to whoever runs the batch. One that hides a price
// is the same in every batch that the ask takes part in, since its commitment is public anyway; another price needs another
// one, or whoever sees that a commitment stays, or comes back, knows that the price does.
type Blinding [32]byte

// NewBlinding draws a blinding from random, which is crypto/rand.Reader everywhere but in tests.
func NewBlinding(random io.Reader) (b Blinding, err error) {
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return Blinding{}, fmt.Errorf("draw a blinding: %w", err)
	}
	b[0] &= 0x1f // below the order of the field
	return b, nil
}

// Order is an order of a book.
type Order struct {
	auction.Order

	Blinding Blinding
}

// Offer is an offer of a book. Each of its slots has a leaf of its own.
type Offer struct {
	auction.Offer

	// Blinding is that of the offer's price commitment.
	Blinding Blinding
}

// Book is what is cleared, in the order of arrival: the one in which orders and offers are given. Nothing is sorted, so offers must
// not come in an order that says something of their prices, or [CommitPublic] asks for what nobody may know. Ranks are in the
// leaves, so they follow from a beacon that is fixed before orders are taken, as auctions.md §2 has it: then nobody chooses them.
type Book struct {
	// Clearing names the product and the time, for which there is one book: a scalar of BN254.
	Clearing [32]byte
	Orders   []Order
	Offers   []Offer
}

// Winner is what the world learns of an offer that serves.
type Winner struct {
	Prover  vadium.Account
	Slots   uint32
	Payment vadium.Amount
	// Rank is the offer's, of whose 32 bytes the first 12 are proven.
	Rank [32]byte
}

// Statement are the public scalars of a proof.
type Statement struct {
	Clearing [32]byte
	Book     [32]byte
	Served   uint32
	Requests [32]byte
	Winners  [32]byte
	Paid     vadium.Amount
}

// Cleared is a clearing as it is shown to the world.
type Cleared struct {
	// Requests are those served, the highest value first.
	Requests []auction.Order
	// Winners are the offers that serve them, the lowest price first.
	Winners   []Winner
	Statement Statement
}

// StatementOf returns the statement of a clearing of a committed book in which these requests were served, the highest value
// first, by these winners, the lowest price first. It refuses what no circuit can carry and does not look whether the clearing
// makes sense: no proof exists of one that does not.
func StatementOf(clearing, book [32]byte, requests []auction.Order, winners []Winner) (Statement, error) {
	s := Statement{Clearing: clearing, Book: book, Served: uint32(len(requests))}
	var err error
	if s.Requests, err = RequestsDigest(requests); err != nil {
		return Statement{}, err
	}
	if s.Winners, err = WinnersDigest(winners); err != nil {
		return Statement{}, err
	}
	for _, w := range winners {
		s.Paid = s.Paid.MustAdd(w.Payment) // each has 100 bits
	}
	return s, nil
}

// Bytes returns the statement's scalars, in the order of its fields.
func (s Statement) Bytes() []byte {
	served, paid := vadium.NewAmount(uint64(s.Served)).Bytes32(), s.Paid.Bytes32()
	return slices.Concat(s.Clearing[:], s.Book[:], served[:], s.Requests[:], s.Winners[:], paid[:])
}

// RequestsDigest returns the digest of the served requests: a chain over what the book holds of each, unblinded.
func RequestsDigest(requests []auction.Order) ([32]byte, error) {
	digest := tagRequests
	for i := range requests {
		p, err := orderPlace(Order{Order: requests[i]})
		if err != nil {
			return [32]byte{}, err
		}
		digest = poseidon.Compress(digest, p.orderHash())
	}
	return digest.Bytes(), nil
}

// WinnersDigest returns the digest of the winners: a chain over their accounts, ranks, numbers of slots and payments.
func WinnersDigest(winners []Winner) ([32]byte, error) {
	digest := tagWinners
	for _, w := range winners {
		if w.Slots == 0 || w.Slots > MaxSlots {
			return [32]byte{}, fmt.Errorf("%w: prover %s wins %d slots, 1 to %d can be proven", ErrBook, w.Prover, w.Slots, MaxSlots)
		}
		if n := w.Payment.BitLen(); n > sumBits {
			return [32]byte{}, fmt.Errorf("%w: prover %s is paid a number of %d bits, at most %d can be proven", ErrBook, w.Prover, n, sumBits)
		}
		terms := pack(
			field{rankOf(w.Rank), rankBits}, field{big.NewInt(int64(w.Slots)), slotsBits}, field{w.Payment.Uint256().ToBig(), sumBits})
		digest = poseidon.Compress(poseidon.Compress(digest, accountOf(w.Prover)), terms)
	}
	return digest.Bytes(), nil
}

// Build clears a book and returns the clearing, and the input that proves it in the circuit of a size: the statement and the
// secrets. It refuses what no circuit can carry, as an [ErrBook]: what does not fit its places, values of more than 96 bits
// and deadlines of more than 44, offers of no slots or more than 16, an order or a prover twice, and orders or offers whose
// place only rank decides, when its first 12 bytes do not.
func Build(size int, book Book) (Cleared, []byte, error) {
	if err := checkSize(size); err != nil {
		return Cleared{}, nil, err
	}
	p, err := fill(size, book)
	if err != nil {
		return Cleared{}, nil, err
	}
	cleared, err := clear(book, p.commitment())
	if err != nil {
		return Cleared{}, nil, err
	}
	return cleared, append(cleared.Statement.Bytes(), p.secrets()...), nil
}

// clear runs the market's rule.
func clear(book Book, committed [32]byte) (c Cleared, err error) {
	orders, offers := book.parts()
	var batch auction.Batch
	batch.Clear(orders, offers)
	for _, m := range batch.Matches {
		c.Requests = append(c.Requests, orders[m.Order])
	}
	for _, w := range batch.Wins {
		o := offers[w.Offer]
		c.Winners = append(c.Winners, Winner{Prover: o.Prover, Slots: w.Slots, Payment: w.Payment, Rank: o.Rank})
	}
	c.Statement, err = StatementOf(book.Clearing, committed, c.Requests, c.Winners)
	return c, err
}

// parts returns the orders and offers as the market's rule takes them.
func (b Book) parts() ([]auction.Order, []auction.Offer) {
	orders, offers := make([]auction.Order, len(b.Orders)), make([]auction.Offer, len(b.Offers))
	for i, o := range b.Orders {
		orders[i] = o.Order
	}
	for i, o := range b.Offers {
		offers[i] = o.Offer
	}
	return orders, offers
}

// place is a full [Place], outside the circuit.
type place struct{ id, key, blinding fr.Element }

// orderHash is of an order without its blinding, as it is in the list of those served.
func (p place) orderHash() fr.Element {
	named := tagOrder
	return poseidon.Compress(*named.Add(&named, &p.id), p.key)
}

func (p place) orderLeaf() fr.Element { return poseidon.Compress(p.orderHash(), p.blinding) }

func (p place) slotLeaf() fr.Element {
	var price, rest fr.Element
	key := p.key.BigInt(new(big.Int))
	price.SetBigInt(new(big.Int).Rsh(key, rankBits+numberBits))
	rest.SetBigInt(key.Mod(key, power(rankBits+numberBits)))
	return slotLeaf(priceCommitment(p.id, price, p.blinding), rest)
}

// places are what a book takes of a circuit, in the order of arrival.
type places struct {
	size          int
	clearing      fr.Element
	orders, slots []place
}

func checkSize(size int) error {
	if !slices.Contains(sizes, size) {
		return fmt.Errorf("no circuit has %d places (there are %v)", size, sizes)
	}
	return nil
}

func fill(size int, book Book) (*places, error) {
	p := &places{size: size}
	if err := p.name(book.Clearing); err != nil {
		return nil, err
	}
	if err := p.addOrders(book.Orders); err != nil {
		return nil, err
	}
	provers := map[vadium.Account]bool{}
	for _, o := range book.Offers {
		if err := checkOffer(o.Prover, o.Slots, provers); err != nil {
			return nil, err
		}
		slots, err := slotPlaces(o)
		if err != nil {
			return nil, err
		}
		p.slots = append(p.slots, slots...)
		if err := p.checkRoom(len(p.slots)); err != nil {
			return nil, err
		}
	}
	return p, checkRanks("offers", p.slots)
}

func (p *places) name(clearing [32]byte) error {
	if err := p.clearing.SetBytesCanonical(clearing[:]); err != nil {
		return fmt.Errorf("%w: the clearing's name is not a scalar of bn254", ErrBook)
	}
	return nil
}

func (p *places) addOrders(orders []Order) error {
	requests := map[fr.Element]bool{}
	for _, o := range orders {
		order, err := orderPlace(o)
		if err != nil {
			return err
		}
		if requests[order.id] {
			return fmt.Errorf("%w: two orders of request %s", ErrBook, o.Request)
		}
		requests[order.id] = true
		p.orders = append(p.orders, order)
	}
	if err := p.checkRoom(0); err != nil {
		return err
	}
	return checkRanks("orders", p.orders)
}

func (p *places) checkRoom(slots int) error {
	if most := p.size / 2; len(p.orders) > most || slots > most {
		return fmt.Errorf("%w: %d orders, and %d slots or more: there are places for %d of each", ErrBook, len(p.orders), slots, most)
	}
	return nil
}

// checkRanks refuses what the circuit's strict order refuses.
func checkRanks(what string, of []place) error {
	sorted := arrival(of)
	for i := 1; i < len(sorted); i++ {
		if of[sorted[i]].key == of[sorted[i-1]].key {
			return fmt.Errorf("%w: the first %d bytes of rank do not tell two %s apart", ErrBook, rankBits/8, what)
		}
	}
	return nil
}

// checkOffer refuses what the market's rule takes for granted, or no circuit carries, apart from prices.
func checkOffer(prover vadium.Account, slots uint32, others map[vadium.Account]bool) error {
	if others[prover] {
		return fmt.Errorf("%w: two offers of prover %s", ErrBook, prover)
	}
	others[prover] = true
	return checkSlots(prover, slots)
}

func checkSlots(prover vadium.Account, slots uint32) error {
	if slots == 0 || slots > MaxSlots {
		return fmt.Errorf("%w: prover %s offers %d slots, 1 to %d can be proven", ErrBook, prover, slots, MaxSlots)
	}
	return nil
}

func checkPrice(prover vadium.Account, price vadium.Amount) error {
	if n := price.BitLen(); n > valueBits {
		return fmt.Errorf("%w: prover %s asks a price of %d bits, at most %d can be proven", ErrBook, prover, n, valueBits)
	}
	return nil
}

// arrival returns the places' numbers in the order of their keys.
func arrival(of []place) []int {
	order := make([]int, len(of))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return of[x].key.Cmp(&of[y].key) })
	return order
}

// secrets returns the secret scalars in the order of [Circuit]'s fields.
func (p *places) secrets() []byte {
	var secrets bytes.Buffer
	write := func(elements ...fr.Element) {
		for _, e := range elements {
			scalar := e.Bytes()
			secrets.Write(scalar[:])
		}
	}
	most := p.size / 2
	for _, of := range [][]place{p.orders, p.slots} {
		for _, at := range arrival(of) {
			write(fr.One(), of[at].id, of[at].key, of[at].blinding)
		}
		write(make([]fr.Element, secretsPerPlace*(most-len(of)))...)
	}
	for _, of := range [][]place{p.orders, p.slots} {
		from := make([]int, most)
		for sorted, at := range arrival(of) {
			from[at] = sorted
		}
		for empty := len(of); empty < most; empty++ {
			from[empty] = empty
		}
		for _, crosses := range routed(from) {
			if crosses {
				write(fr.One())
			} else {
				write(fr.Element{})
			}
		}
	}
	return secrets.Bytes()
}

func orderPlace(o Order) (p place, err error) {
	if n := o.Value.BitLen(); n > valueBits {
		return p, fmt.Errorf("%w: request %s has a value of %d bits, at most %d can be proven", ErrBook, o.Request, n, valueBits)
	}
	if o.Deadline < 0 || o.Deadline >= 1<<deadlineBits {
		return p, fmt.Errorf("%w: request %s has the deadline %d, which is not within 0 and 2^%d ms", ErrBook, o.Request, o.Deadline, deadlineBits)
	}
	if p.blinding, err = o.Blinding.element(); err != nil {
		return p, fmt.Errorf("request %s: %w", o.Request, err)
	}
	id := o.Request
	id[0] &= 0x1f // as proofs are bound to it: see circuits/binding
	p.id.SetBytes(id[:])
	p.key = orderKey(o.Order)
	return p, nil
}

// orderKey is what orders are sorted by, lowest first: 2^96 - 1 - value, deadline and the first 12 bytes of rank.
func orderKey(o auction.Order) fr.Element {
	below := new(big.Int).Sub(maxValue, o.Value.Uint256().ToBig())
	return pack(field{below, valueBits}, field{big.NewInt(int64(o.Deadline)), deadlineBits}, field{rankOf(o.Rank), rankBits})
}

// slotPlaces returns the places of an offer's slots.
func slotPlaces(o Offer) ([]place, error) {
	if err := checkPrice(o.Prover, o.Price); err != nil {
		return nil, err
	}
	blinding, err := o.Blinding.element()
	if err != nil {
		return nil, fmt.Errorf("prover %s: %w", o.Prover, err)
	}
	slots := make([]place, o.Slots)
	for i := range slots {
		slots[i] = place{id: accountOf(o.Prover), key: slotKey(o.Offer, i), blinding: blinding}
	}
	return slots, nil
}

// slotKey is what slots are sorted by, lowest first: price, the first 12 bytes of rank, and their number in the offer.
func slotKey(o auction.Offer, slot int) fr.Element {
	return pack(append([]field{priceField(o.Price)}, rankAndNumber(o.Rank, slot)...)...)
}

func priceField(price vadium.Amount) field { return field{price.Uint256().ToBig(), valueBits} }

func rankAndNumber(rank [32]byte, slot int) []field {
	return []field{{rankOf(rank), rankBits}, {big.NewInt(int64(slot)), numberBits}}
}

func (b Blinding) element() (e fr.Element, err error) {
	if err := e.SetBytesCanonical(b[:]); err != nil {
		return e, fmt.Errorf("%w: a blinding is not a scalar of bn254", ErrBook)
	}
	return e, nil
}

func rankOf(rank [32]byte) *big.Int { return new(big.Int).SetBytes(rank[:rankBits/8]) }

func accountOf(a vadium.Account) (e fr.Element) {
	e.SetBytes(a[:])
	return e
}

// field is a number of a width.
type field struct {
	value *big.Int
	bits  uint
}

// pack writes fields into one element, the first the highest.
func pack(fields ...field) (e fr.Element) {
	packed := new(big.Int)
	for _, f := range fields {
		packed.Add(packed.Lsh(packed, f.bits), f.value)
	}
	return *e.SetBigInt(packed)
}
