package clearing

import (
	"fmt"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium"
	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// PriceCommitment returns what is published of a price that a prover asks, long before it is cleared. It binds to the price and to
// the prover, who alone can use it, and hides the price from whoever does not know the blinding. It refuses a price of more than
// 96 bits.
func PriceCommitment(prover vadium.Account, price vadium.Amount, blinding Blinding) ([32]byte, error) {
	if err := checkPrice(prover, price); err != nil {
		return [32]byte{}, err
	}
	b, err := blinding.element()
	if err != nil {
		return [32]byte{}, fmt.Errorf("prover %s: %w", prover, err)
	}
	c := priceCommitment(accountOf(prover), pack(priceField(price)), b)
	return c.Bytes(), nil
}

func priceCommitment(prover, price, blinding fr.Element) fr.Element {
	return poseidon.Compress(poseidon.Compress(*prover.Add(&prover, &tagPrice), price), blinding)
}

// Commit returns the digest of a book for the circuit of a size. It refuses a book that [Build] refuses.
func Commit(size int, book Book) ([32]byte, error) {
	if err := checkSize(size); err != nil {
		return [32]byte{}, err
	}
	p, err := fill(size, book)
	if err != nil {
		return [32]byte{}, err
	}
	return p.commitment(), nil
}

// CommittedOffer is what everybody may know of an offer.
type CommittedOffer struct {
	Prover vadium.Account
	// Commitment is to its price, see [PriceCommitment].
	Commitment [32]byte
	Slots      uint32
	Rank       [32]byte
}

// CommitPublic returns what [Commit] does, from what is public of the offers. They are given in the same order. It refuses what
// Commit refuses, but for what depends on prices: one of more than 96 bits, and equal ones whose ranks do not tell them apart.
func CommitPublic(size int, clearing [32]byte, orders []Order, offers []CommittedOffer) ([32]byte, error) {
	if err := checkSize(size); err != nil {
		return [32]byte{}, err
	}
	return commitPublic(size, clearing, orders, offers)
}

func commitPublic(size int, clearing [32]byte, orders []Order, offers []CommittedOffer) ([32]byte, error) {
	p := &places{size: size}
	if err := p.name(clearing); err != nil {
		return [32]byte{}, err
	}
	if err := p.addOrders(orders); err != nil {
		return [32]byte{}, err
	}
	var leaves []fr.Element
	provers := map[vadium.Account]bool{}
	for _, o := range offers {
		if err := checkOffer(o.Prover, o.Slots, provers); err != nil {
			return [32]byte{}, err
		}
		if err := p.checkRoom(len(leaves) + int(o.Slots)); err != nil {
			return [32]byte{}, err
		}
		slots, err := committedLeaves(o)
		if err != nil {
			return [32]byte{}, err
		}
		leaves = append(leaves, slots...)
	}
	return p.digest(leaves), nil
}

// OrderLeaf returns the leaf of an order.
func OrderLeaf(o Order) ([32]byte, error) {
	p, err := orderPlace(o)
	if err != nil {
		return [32]byte{}, err
	}
	leaf := p.orderLeaf()
	return leaf.Bytes(), nil
}

// OfferLeaves returns the leaves of an offer, one for each slot.
func OfferLeaves(o Offer) ([][32]byte, error) {
	c, err := PriceCommitment(o.Prover, o.Price, o.Blinding)
	if err != nil {
		return nil, err
	}
	return CommittedLeaves(CommittedOffer{Prover: o.Prover, Commitment: c, Slots: o.Slots, Rank: o.Rank})
}

// CommittedLeaves returns the leaves of an offer, one for each slot, without its price.
func CommittedLeaves(o CommittedOffer) ([][32]byte, error) {
	slots, err := committedLeaves(o)
	if err != nil {
		return nil, err
	}
	leaves := make([][32]byte, len(slots))
	for i := range slots {
		leaves[i] = slots[i].Bytes()
	}
	return leaves, nil
}

func committedLeaves(o CommittedOffer) ([]fr.Element, error) {
	if err := checkSlots(o.Prover, o.Slots); err != nil {
		return nil, err
	}
	var commitment fr.Element
	if err := commitment.SetBytesCanonical(o.Commitment[:]); err != nil {
		return nil, fmt.Errorf("%w: the price commitment of prover %s is not a scalar of bn254", ErrBook, o.Prover)
	}
	leaves := make([]fr.Element, o.Slots)
	for i := range leaves {
		leaves[i] = slotLeaf(commitment, pack(rankAndNumber(o.Rank, i)...))
	}
	return leaves, nil
}

// slotLeaf returns the leaf of a slot from the commitment to its price, and its rank and number in one scalar.
//
// The depth of a book is fixed, and orders and slots stand in trees of their own, so what stands in a place is opened in one way
// only, whatever inputs hashes share. Beside that, a slot's leaf shares its input with no other hash that a book, a statement or a
// commitment is made of. Its right half is one of the 2^100 numbers from tagSlot on:
//
//   - keys, prices, accounts and the terms of winners are below 2^236, and tagSlot is not;
//   - where the right half is a hash (nodes, roots, the list of requests), it would have to be one of those few;
//   - where it is anybody's choice (blindings, the clearing's name), the left half is a hash or a constant, which would have to be
//     tagSlot more than a commitment: no easier to find than two inputs of one hash. That is what the tag on the left is for.
//     Without it both would have to be one hash, and an order's can be made to be any commitment: a request's id is as wide as
//     a hash.
func slotLeaf(commitment, rankAndNumber fr.Element) fr.Element {
	return poseidon.Compress(*commitment.Add(&commitment, &tagSlot), *rankAndNumber.Add(&rankAndNumber, &tagSlot))
}

func (p *places) commitment() [32]byte {
	slots := make([]fr.Element, len(p.slots))
	for i := range slots {
		slots[i] = p.slots[i].slotLeaf()
	}
	return p.digest(slots)
}

// digest returns the digest of the book with the places' orders and these leaves of slots.
func (p *places) digest(slots []fr.Element) [32]byte {
	orders := make([]fr.Element, len(p.orders))
	for i := range orders {
		orders[i] = p.orders[i].orderLeaf()
	}
	depth := bits.Len(uint(p.size)) - 2
	return bookOf(p.size, p.clearing, merkle.New(depth, orders).Root(), merkle.New(depth, slots).Root())
}

func bookOf(size int, clearing, orders, slots fr.Element) [32]byte {
	digest := poseidon.Compress(poseidon.Compress(tagOfSize(size), clearing), poseidon.Compress(orders, slots))
	return digest.Bytes()
}
