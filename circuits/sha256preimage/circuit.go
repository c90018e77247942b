package sha256preimage

import (
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"

	"vadium/circuits/binding"
)

// MaxBytes is the longest message: with its padding it fills two blocks.
const MaxBytes = 119

// oneBlock is the longest message that fits one block with its padding.
const oneBlock = 55

// Circuit states: I know the bytes, at most 119 of them, whose SHA-256 is Hi·2^128 + Lo.
//
// Public inputs: Hi, Lo, then request and prover.
//
// Bytes beyond Length must be zero, so each message has one witness.
//
// Not constrained here: anything about the bytes. A digest of few possible messages hides nothing, with or without a
// proof; and whoever was told the bytes knows them as well as whoever wrote them.
type Circuit struct {
	Hi      frontend.Variable `gnark:",public"`
	Lo      frontend.Variable `gnark:",public"`
	Binding binding.Inputs

	Length  frontend.Variable
	Message [MaxBytes]frontend.Variable
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	c.Binding.Bind(api, c.Hi, c.Lo)
	p := pad(api, c.Length, c.Message)
	sha := compression{api}
	var start [8]word
	for i, v := range initial {
		start[i] = constant(v)
	}
	first := sha.block(start, p.block(0))
	second := sha.block(first, p.block(1))
	var digest [8]frontend.Variable
	for i := range digest {
		one, two := sha.value(first[i]), sha.value(second[i])
		digest[i] = api.Add(one, api.Mul(p.twoBlocks, api.Sub(two, one)))
	}
	api.AssertIsEqual(c.Hi, join(api, digest[:4]))
	api.AssertIsEqual(c.Lo, join(api, digest[4:]))
	return nil
}

// join returns four words as one number, the first one highest.
func join(api frontend.API, words []frontend.Variable) frontend.Variable {
	sum := frontend.Variable(0)
	for _, w := range words {
		sum = api.Add(api.Mul(sum, 1<<32), w)
	}
	return sum
}

// padded is a message with its padding: 128 bytes as bits, lowest first.
type padded struct {
	bits      [128][8]frontend.Variable
	twoBlocks frontend.Variable // 1 when the padding needs the second block, else 0
}

// pad lays out FIPS 180-4, 5.1.1: the message, a one bit, zeros, and the length in bits at the end of the last block.
func pad(api frontend.API, length frontend.Variable, message [MaxBytes]frontend.Variable) (p padded) {
	for j := range p.bits {
		for k := range p.bits[j] {
			p.bits[j][k] = 0
		}
	}
	ended := frontend.Variable(0) // 1 from the position of the one bit on
	for j := range MaxBytes + 1 {
		here := api.IsZero(api.Sub(length, j))
		ended = api.Add(ended, here)
		if j < MaxBytes {
			copy(p.bits[j][:], bits.ToBinary(api, message[j], bits.WithNbDigits(8)))
			api.AssertIsEqual(api.Mul(message[j], ended), 0)
		}
		p.bits[j][7] = api.Add(p.bits[j][7], here) // the byte is zero there, so this stays a bit
		if j == oneBlock {
			p.twoBlocks = api.Sub(1, ended)
		}
	}
	api.AssertIsEqual(ended, 1) // the length is one of 0..119

	// The length in bits, 8 * length, has ten bits of which the lowest three are zero. It stands in the last two bytes
	// of the second block, where nobody looks if there is only one, and of the first block if there is only one.
	single := api.Sub(1, p.twoBlocks)
	for k, bit := range bits.ToBinary(api, length, bits.WithNbDigits(7)) {
		position := k + 3
		second, first := &p.bits[127-position/8][position%8], &p.bits[63-position/8][position%8]
		*second = bit
		*first = api.Add(*first, api.Mul(single, bit)) // with one block these bytes of the message are zero
	}
	return p
}

// block returns one of the two blocks as words; bytes come highest first.
func (p *padded) block(n int) (words [16]word) {
	for i := range words {
		for j := range 4 {
			copy(words[i][8*(3-j):], p.bits[64*n+4*i+j][:])
		}
	}
	return words
}
