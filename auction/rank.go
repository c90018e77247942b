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
