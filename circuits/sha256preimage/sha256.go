package sha256preimage

import (
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"
)

// word is a 32-bit word as bits, lowest first. Each is constrained to be a bit where it is made.
type word [32]frontend.Variable

// FIPS 180-4: initial hash value (5.3.3) and round constants (4.2.2).
var (
	initial = [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}
	rounds = [64]uint32{
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	}
)

// compression is SHA-256's compression function as constraints, bit by bit: about 26,600 rows a block, a sixth of what
// lookup tables cost at this size, and no BSB22 commitment.
type compression struct{ api frontend.API }

func constant(v uint32) (w word) {
	for i := range w {
		w[i] = v >> i & 1
	}
	return w
}

// value returns the integer a word stands for; it costs no constraint.
func (c compression) value(w word) frontend.Variable {
	return bits.FromBinary(c.api, w[:], bits.WithUnconstrainedInputs())
}

// low returns the low 32 bits of sum, which must be below 2^n.
func (c compression) low(sum frontend.Variable, n int) (w word) {
	copy(w[:], bits.ToBinary(c.api, sum, bits.WithNbDigits(n)))
	return w
}

func rotr(w word, n int) (r word) {
	for i := range r {
		r[i] = w[(i+n)%32]
	}
	return r
}

func shr(w word, n int) (r word) {
	for i := range r {
		r[i] = 0
		if i+n < 32 {
			r[i] = w[i+n]
		}
	}
	return r
}

func (c compression) xor(a, b frontend.Variable) frontend.Variable {
	ab := c.api.Mul(a, b)
	return c.api.Sub(c.api.Add(a, b), ab, ab)
}

func (c compression) xor3(x, y, z word) (r word) {
	for i := range r {
		r[i] = c.xor(c.xor(x[i], y[i]), z[i])
	}
	return r
}

// ch chooses bits of f where e is one and bits of g elsewhere.
func (c compression) ch(e, f, g word) (r word) {
	for i := range r {
		r[i] = c.api.Add(g[i], c.api.Mul(e[i], c.api.Sub(f[i], g[i])))
	}
	return r
}

// maj takes the majority: y*z, and x where y and z differ.
func (c compression) maj(x, y, z word) (r word) {
	for i := range r {
		yz := c.api.Mul(y[i], z[i])
		differ := c.api.Sub(c.api.Add(y[i], z[i]), yz, yz)
		r[i] = c.api.Add(yz, c.api.Mul(x[i], differ))
	}
	return r
}

// schedule expands a block to 64 words (6.2.2, step 1).
func (c compression) schedule(block [16]word) (w [64]word) {
	copy(w[:], block[:])
	for t := 16; t < 64; t++ {
		s0 := c.xor3(rotr(w[t-15], 7), rotr(w[t-15], 18), shr(w[t-15], 3))
		s1 := c.xor3(rotr(w[t-2], 17), rotr(w[t-2], 19), shr(w[t-2], 10))
		sum := c.api.Add(c.value(s1), c.value(w[t-7]), c.value(s0), c.value(w[t-16]))
		w[t] = c.low(sum, 34) // four words
	}
	return w
}

// block returns the state after one block (6.2.2).
func (c compression) block(state [8]word, block [16]word) (out [8]word) {
	w := c.schedule(block)
	s := state
	for t := range rounds {
		a, e := s[0], s[4]
		t1 := c.api.Add(c.value(s[7]), c.value(c.xor3(rotr(e, 6), rotr(e, 11), rotr(e, 25))),
			c.value(c.ch(e, s[5], s[6])), rounds[t], c.value(w[t])) // five words
		t2 := c.api.Add(c.value(c.xor3(rotr(a, 2), rotr(a, 13), rotr(a, 22))), c.value(c.maj(a, s[1], s[2])))
		newE := c.low(c.api.Add(c.value(s[3]), t1), 35) // six words
		newA := c.low(c.api.Add(t1, t2), 35)            // seven words
		s = [8]word{newA, s[0], s[1], s[2], newE, s[4], s[5], s[6]}
	}
	for i := range out {
		out[i] = c.low(c.api.Add(c.value(state[i]), c.value(s[i])), 33) // two words
	}
	return out
}
