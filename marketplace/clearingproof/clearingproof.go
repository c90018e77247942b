// Package clearingproof says what a proof of clearing proves of a batch of the market: it makes the book of circuits/clearing
// from a record of the journal, and the statement from what everybody sees of one.
//
//	book, err := clearingproof.BookOf(deployment, seq, record, seed) // the operator, or whoever is shown the prices
//	size, err := clearingproof.SizeOf(book, clearing.Sizes())
//	work, err := clearingproof.Build(deployment, seq, record, seed, size) // what to prove
//
//	statement, err := clearingproof.Statement(deployment, seq, record, committed) // from the public record, by whoever verifies
//	err := clearingproof.CheckDeal(record)                                       // who proves what and is charged what
//
// A book is made of what was committed to before: the prices by their asks' own commitments, which stand in the journal and in the
// log from the moment an ask is placed ([Committed]), the orders by their requests. With the tie seed of the ask epoch, which is
// public once it has ended, anybody makes its digest again ([Commitment]), and needs no price for it.
package clearingproof

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/circuits/clearing"
	"vadium/marketplace"
)

// Refusals of this package.
var (
	// ErrSealed: orders and offers of the batch are not in the record, because its ask epoch has not ended.
	ErrSealed = errors.New("the batch's orders and offers are sealed until its ask epoch has ended")
	// ErrOtherRule: the batch was cleared by a rule that no circuit proves.
	ErrOtherRule = errors.New("only clearings by the multi-unit Vickrey rule are proven")
	// ErrUnopened: prices of the batch are never shown, so only the operator has the book.
	ErrUnopened = errors.New("prices of the batch are never opened")
	// ErrUncommitted: an ask of the batch has no commitment to its price. It is from before there were any, or its price is
	// one that no circuit can carry.
	ErrUncommitted = errors.New("an ask of the batch has no commitment to its price that a clearing could be proven with")
	// ErrTooLarge: no circuit of the catalogue has places for all orders and slots of the batch.
	ErrTooLarge = errors.New("no circuit has places for the whole batch")
	// ErrOtherBook: what was published as the commitment to the book is not that of the record.
	ErrOtherBook = errors.New("the commitment is that of another book")
	// ErrAgainstRule: what the record says of the clearing does not follow from its own orders and offers.
	ErrAgainstRule = errors.New("the record does not follow from its own orders and offers")
)

// ID returns the name of a clearing in a proof: a scalar that is of one record of one market.
func ID(deployment vadium.Salt, seq uint64, e *marketplace.BatchCleared) [32]byte {
	var tick, at [8]byte
	binary.BigEndian.PutUint64(tick[:], uint64(e.Tick))
	binary.BigEndian.PutUint64(at[:], seq)
	product := []byte{e.Product.Size, byte(e.Product.Tier), byte(e.Product.Stake)}
	return scalar(vadium.HashParts("vadium/clearing/id/v1", deployment[:], product, tick[:], at[:]))
}

// scalar makes a hash a scalar of BN254: 253 bits of it.
func scalar(hash [32]byte) [32]byte {
	hash[0] &= 0x1f
	return hash
}

// blindingOf hides an order's leaf in one book from whoever does not know the epoch's seed.
func blindingOf(request vadium.RequestID, seed, id [32]byte) clearing.Blinding {
	return scalar(vadium.HashParts("vadium/clearing/blinding/order/v1", seed[:], id[:], request[:]))
}

// Blinding returns what hides an ask's price in its commitment: whoever made the ask knows its salt, and so what it has been
// committed to.
func Blinding(salt vadium.Salt) clearing.Blinding {
	return scalar(vadium.HashParts("vadium/ask/blinding/v1", salt[:]))
}

// Committed returns an ask of an account with the commitment to its price, if it is of a batch tier. It has none if the price is one
// that no circuit can carry.
func Committed(by vadium.Account, ask marketplace.PlaceAsk) marketplace.PlaceAsk {
	ask.PriceCommitment = vadium.Digest{}
	if ask.Product.Tier.Batch() {
		if commitment, err := clearing.PriceCommitment(by, ask.Price, Blinding(ask.Salt)); err == nil {
			ask.PriceCommitment = commitment
		}
	}
	return ask
}

// BookOf returns the book that a batch was cleared from. seed is the tie seed of the ask epoch that was open then.
func BookOf(deployment vadium.Salt, seq uint64, e *marketplace.BatchCleared, seed [32]byte) (clearing.Book, error) {
	if err := provable(e); err != nil {
		return clearing.Book{}, err
	}
	if e.Sealed {
		return clearing.Book{}, ErrSealed
	}
	book := clearing.Book{Clearing: ID(deployment, seq, e)}
	book.Orders = ordersOf(e, seed, book.Clearing)
	for _, o := range byProver(e) {
		switch {
		case o.Price.IsZero():
			return clearing.Book{}, ErrUnopened
		case !committed(o):
			return clearing.Book{}, fmt.Errorf("prover %v: %w", o.Prover, ErrUncommitted)
		}
		book.Offers = append(book.Offers, clearing.Offer{
			Offer:    auction.Offer{Prover: o.Prover, Price: o.Price, Slots: o.Slots, Rank: auction.OfferRank(seed, e.Tick, e.Product, o.Prover)},
			Blinding: Blinding(o.Salt),
		})
	}
	return book, nil
}

func ordersOf(e *marketplace.BatchCleared, seed, id [32]byte) (orders []clearing.Order) {
	for _, o := range e.Orders {
		orders = append(orders, clearing.Order{
			Order:    auction.Order{Request: o.Request, Value: o.Value, Deadline: o.Before, Rank: auction.OrderRank(seed, o.Position)},
			Blinding: blindingOf(o.Request, seed, id),
		})
	}
	return orders
}

// byProver returns the offers in the order in which the book has them: by price would tell too much.
func byProver(e *marketplace.BatchCleared) []marketplace.BatchOffer {
	return slices.SortedFunc(slices.Values(e.Offers), func(x, y marketplace.BatchOffer) int { return x.Prover.Cmp(y.Prover) })
}

// committed reports whether an offer's commitment to its price is what price and salt open.
func committed(o marketplace.BatchOffer) bool {
	made, err := clearing.PriceCommitment(o.Prover, o.Price, Blinding(o.Salt))
	return err == nil && made == o.PriceCommitment
}

// Earlier reports whether a batch is from before asks committed to their prices, when books were made of other leaves, so that
// those of its proof cannot be made again. The orders and offers have to be shown.
func Earlier(e *marketplace.BatchCleared) bool {
	return !e.Sealed && !e.Unopened && !slices.ContainsFunc(e.Offers, func(o marketplace.BatchOffer) bool { return o.PriceCommitment != (vadium.Digest{}) })
}

// Commitment returns the digest of the book that a batch was cleared from, for the circuit of a size, from what everybody sees
// of it once its ask epoch has ended, whose tie seed is seed: from the commitments to prices, and no price.
func Commitment(deployment vadium.Salt, seq uint64, e *marketplace.BatchCleared, seed [32]byte, size int) ([32]byte, error) {
	if err := provable(e); err != nil {
		return [32]byte{}, err
	}
	if e.Sealed {
		return [32]byte{}, ErrSealed
	}
	id := ID(deployment, seq, e)
	var offers []clearing.CommittedOffer
	for _, o := range byProver(e) {
		if o.PriceCommitment == (vadium.Digest{}) {
			return [32]byte{}, fmt.Errorf("prover %v: %w", o.Prover, ErrUncommitted)
		}
		if !o.Price.IsZero() && !committed(o) {
			return [32]byte{}, fmt.Errorf("the price of %v is not the one that was committed to: %w", o.Prover, ErrAgainstRule)
		}
		offers = append(offers, clearing.CommittedOffer{
			Prover: o.Prover, Commitment: o.PriceCommitment, Slots: o.Slots, Rank: auction.OfferRank(seed, e.Tick, e.Product, o.Prover),
		})
	}
	return clearing.CommitPublic(size, id, ordersOf(e, seed, id), offers)
}

func provable(e *marketplace.BatchCleared) error {
	if e.Mechanism != auction.Vickrey {
		return fmt.Errorf("the batch was cleared by the rule %v: %w", e.Mechanism, ErrOtherRule)
	}
	return nil
}

// SizeOf returns the smallest of some circuits that has places for a book's orders and slots.
func SizeOf(book clearing.Book, among []int) (int, error) {
	slots := 0
	for _, o := range book.Offers {
		slots += int(o.Slots)
	}
	fits, largest := 0, 0
	for _, size := range among {
		if largest = max(largest, size); max(len(book.Orders), slots) <= size/2 && (fits == 0 || size < fits) {
			fits = size
		}
	}
	if fits == 0 {
		return 0, fmt.Errorf("%d orders and %d slots, the largest has places for %d of each: %w", len(book.Orders), slots, largest/2, ErrTooLarge)
	}
	return fits, nil
}

// Work is a clearing to be proven.
type Work struct {
	// Size is of the circuit, see [clearing.ProgramName].
	Size int
	// Book is its commitment, which is published with the proof.
	Book [32]byte
	// Input is what the program proves, and Request what the proof is bound to; no prover is: nobody earns by it.
	Input   []byte
	Request vadium.RequestID
	Served  uint32
	Paid    vadium.Amount
}

// Build returns what is to be proven of a batch in the circuit of a size. It clears the book again and refuses a record that says
// anything else than the rule.
func Build(deployment vadium.Salt, seq uint64, e *marketplace.BatchCleared, seed [32]byte, size int) (Work, error) {
	book, err := BookOf(deployment, seq, e, seed)
	if err != nil {
		return Work{}, err
	}
	cleared, input, err := clearing.Build(size, book)
	if err != nil {
		return Work{}, err
	}
	stated, err := Statement(deployment, seq, e, cleared.Statement.Book)
	if err != nil {
		return Work{}, err
	}
	if stated != cleared.Statement {
		return Work{}, fmt.Errorf("record %d says %d served for %s, the rule gives %d for %s, or other ones: %w",
			seq, stated.Served, stated.Paid.Tokens(), cleared.Statement.Served, cleared.Statement.Paid.Tokens(), ErrAgainstRule)
	}
	return Work{Size: size, Book: stated.Book, Input: input, Request: stated.Clearing, Served: stated.Served, Paid: stated.Paid}, nil
}

// CheckRule clears a batch again whose prices are shown, and compares who is served, who wins and what each is paid.
func CheckRule(e *marketplace.BatchCleared, seed [32]byte) error {
	if err := provable(e); err != nil {
		return err
	}
	var orders []auction.Order
	for _, o := range e.Orders {
		orders = append(orders, auction.Order{Request: o.Request, Value: o.Value, Deadline: o.Before, Rank: auction.OrderRank(seed, o.Position)})
	}
	var offers []auction.Offer
	for _, o := range e.Offers {
		if o.Price.IsZero() {
			return ErrUnopened
		}
		offers = append(offers, auction.Offer{Prover: o.Prover, Price: o.Price, Slots: o.Slots, Rank: auction.OfferRank(seed, e.Tick, e.Product, o.Prover)})
	}
	var again auction.Batch
	again.Clear(orders, offers)
	requests, winners := lists(e)
	same := len(again.Matches) == len(requests) && len(again.Wins) == len(winners)
	for i := 0; same && i < len(requests); i++ {
		same = orders[again.Matches[i].Order] == requests[i]
	}
	for i := 0; same && i < len(winners); i++ {
		w := again.Wins[i]
		o := offers[w.Offer]
		same = winners[i] == clearing.Winner{Prover: o.Prover, Slots: w.Slots, Payment: w.Payment, Rank: o.Rank}
	}
	if !same {
		return fmt.Errorf("cleared again, the batch serves other requests or pays other winners: %w", ErrAgainstRule)
	}
	return nil
}

// lists returns what a record shows everybody of a clearing.
func lists(e *marketplace.BatchCleared) (requests []auction.Order, winners []clearing.Winner) {
	for _, s := range e.Served {
		requests = append(requests, auction.Order{Request: s.Request, Value: s.Value, Deadline: s.Before, Rank: s.Rank})
	}
	for _, w := range e.Wins {
		winners = append(winners, clearing.Winner{Prover: w.Prover, Slots: w.Slots, Payment: w.Payment, Rank: w.Rank})
	}
	return requests, winners
}

// Statement returns what a proof has to prove of a batch: that the clearing in the record is the one that the rule gives for the
// committed book. The record may be sealed.
func Statement(deployment vadium.Salt, seq uint64, e *marketplace.BatchCleared, committed [32]byte) (clearing.Statement, error) {
	if err := provable(e); err != nil {
		return clearing.Statement{}, err
	}
	requests, winners := lists(e)
	return clearing.StatementOf(ID(deployment, seq, e), committed, requests, winners)
}

// PublicInputs returns what a proof of a clearing is verified against. It is bound to the clearing and to no prover.
func PublicInputs(p vadium.Program, s clearing.Statement) []byte {
	return circuits.PublicInputs(p, s.Bytes(), s.Clearing, vadium.Account{})
}

// CheckBook compares a published commitment, for the circuit of a size, with that of the book of a record.
func CheckBook(deployment vadium.Salt, seq uint64, e *marketplace.BatchCleared, seed [32]byte, size int, committed [32]byte) error {
	want, err := Commitment(deployment, seq, e, seed, size)
	if err != nil {
		return err
	}
	if want != committed {
		return fmt.Errorf("the book 0x%x is not the one of the record, which is 0x%x: %w", committed, want, ErrOtherBook)
	}
	return nil
}

// CheckRanks compares the ranks that a record shows with those that follow from the seed of its ask epoch.
func CheckRanks(e *marketplace.BatchCleared, seed [32]byte) error {
	positions := map[vadium.RequestID]uint64{}
	for _, o := range e.Orders {
		positions[o.Request] = o.Position
	}
	for _, s := range e.Served {
		if at, known := positions[s.Request]; !known || s.Rank != auction.OrderRank(seed, at) {
			return fmt.Errorf("request %v was served at a rank that is not its own: %w", s.Request, ErrAgainstRule)
		}
	}
	for _, w := range e.Wins {
		if w.Rank != auction.OfferRank(seed, e.Tick, e.Product, w.Prover) {
			return fmt.Errorf("prover %v won at a rank that is not its own: %w", w.Prover, ErrAgainstRule)
		}
	}
	return nil
}

// CheckDeal compares what a record says of who proves which request and what each is charged with what follows from its lists,
// which a proof leaves to whoever reads it.
func CheckDeal(e *marketplace.BatchCleared) error {
	requests, winners := lists(e)
	matches, err := clearing.Deal(requests, winners)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAgainstRule, err)
	}
	for i, m := range matches {
		if s := e.Served[i]; s.Prover != m.Prover || s.Charge != m.Charge {
			return fmt.Errorf("request %v is proven by %v for %s, by the rule by %v for %s: %w", s.Request, s.Prover, s.Charge.Tokens(), m.Prover, m.Charge.Tokens(), ErrAgainstRule)
		}
	}
	return nil
}

// CheckProgram refuses a program that is not the one whose proofs are about clearings of a size. That its circuit is this one only
// the operator can say, who made its keys, or who compiles it: see circuits.Lookup.
func CheckProgram(p vadium.Program, size int) error {
	if name := clearing.ProgramName(size); p.Name != name || p.Public != clearing.StatementScalars || !p.Bound {
		return fmt.Errorf("program %s with %d public scalars proves no clearing of %d places, that is %s with %d", p.Name, p.Public, size, name, clearing.StatementScalars)
	}
	return nil
}
