package auction

import (
	"encoding/binary"

	"vadium"
)

// Rank returns a prover's place among equal scores: SHA-256 over the seed, the journal position at which the request
// is cleared, and the prover. The seed is secret until the ask epoch ends and its commitment was published before the
// epoch began; the position is not anyone's to choose.
func Rank(seed [32]byte, position uint64, prover vadium.Account) [32]byte {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], position)
	return vadium.HashParts("vadium/auction/rank/v1", seed[:], at[:], prover[:])
}

// SeedCommitment returns what is published before an ask epoch, and opened with the seed after it.
func SeedCommitment(seed [32]byte) [32]byte {
	return vadium.HashParts("vadium/auction/seed/v1", seed[:])
}

// OrderRank returns the place of a request among those of a batch with its value and priority: a hash of the seed and of the
// journal position at which it was submitted, so that it is known before the batch closes and chosen by nobody.
func OrderRank(seed [32]byte, position uint64) [32]byte {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], position)
	return vadium.HashParts("vadium/auction/order/v1", seed[:], at[:])
}

// OfferRank returns a prover's place among offers of equal price in the batch of a product at a tick.
func OfferRank(seed [32]byte, tick vadium.Time, product Product, prover vadium.Account) [32]byte {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(tick))
	return vadium.HashParts("vadium/auction/offer/v1", seed[:], at[:], []byte{product.Size, byte(product.Tier), byte(product.Stake)}, prover[:])
}

// Turn returns when the batch of a program and product, cleared by a mechanism, has its turn among those of one tick, lowest
// first: a hash that nobody chooses, because whoever is cleared first finds the most capacity.
func Turn(seed [32]byte, tick vadium.Time, product Product, program vadium.ProgramID, mechanism Mechanism) [32]byte {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(tick))
	return vadium.HashParts("vadium/auction/turn/v1", seed[:], at[:], []byte{product.Size, byte(product.Tier), byte(product.Stake), byte(mechanism)}, program[:])
}
