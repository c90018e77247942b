package oracle

import "vadium"

// MaxValueBits bounds values: circuits carry them as 96 bits.
const MaxValueBits = 96

// Observation is what one reporter saw.
type Observation struct {
	Scope Scope
	Round uint64
	Value vadium.Amount // of at most MaxValueBits bits, with the feed's decimals
	At    vadium.Time   // of at most MaxTimeBits bits
}

// MaxTimeBits bounds times in proofs: 2^44 ms is in the year 2527.
const MaxTimeBits = 44

// Signed is an observation with its signature by a seat's key.
type Signed struct {
	Observation Observation
	Key         Key
	Signature   Signature
}
