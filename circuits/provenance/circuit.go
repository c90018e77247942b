package provenance

import (
	"fmt"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/algebra/emulated/sw_emulated"
	"github.com/consensys/gnark/std/conversion"
	"github.com/consensys/gnark/std/hash/sha3"
	"github.com/consensys/gnark/std/math/bits"
	"github.com/consensys/gnark/std/math/emulated"
	"github.com/consensys/gnark/std/math/uints"
	"github.com/consensys/gnark/std/signature/ecdsa"

	"vadium/circuits/binding"
	"vadium/circuits/poseidon"
)

// What the circuit carries. A package holds a value in 32 bytes, of which all but the last twelve have to be zero, and a
// time in six.
const (
	ValueBits = 96
	TimeBits  = 48
	// Slots is how many signers a set has room for; RedStone's primary service has five.
	Slots = 8
	// MaxPackages is how many packages one proof may be about.
	MaxPackages = 3
)

// What a package of one data point signs, in bytes: the feed, the value, the time, the value's size, the number of points.
const (
	feedBytes  = 32
	valueBytes = 32
	timeBytes  = TimeBits / 8
	sizeBytes  = 4
	countBytes = 3
)

var (
	tagKey     = poseidon.Tag("provenance/key")
	tagSigners = poseidon.Tag("provenance/signers")
)

// Circuit states: so many RedStone packages of one data point each, as many as the circuit has, are for this feed and
// carry valid signatures of as many different signers of this set; the median of their values is Value; and none of them
// is of a time before Oldest or after Newest.
//
// Public inputs: FeedHigh, FeedLow, Signers, Value, Oldest, Newest, then request and prover.
//
// The feed is its 32 bytes in two halves. Signers is [Signers] of the set. A package is the 77 bytes that RedStone's
// signers sign (circuits.md, section 2): feed, value with eight decimals in 32 bytes, time in milliseconds in six, the
// value's size, 32, in four, the number of data points, one, in three; its signature is ECDSA over secp256k1 of their
// keccak256, without Ethereum's prefix. The median is the rule of all feeds: sorted[n/2], of two values the larger.
// Arithmetic on the foreign curve is gnark's complete one: what is faster leaves cases out.
//
// Not constrained here: that the set is the one you trust (compute its digest: [Signers]), that the packages are the
// newest there are, that the signers would sign no other value for the same time, that a package was ever served to
// anybody else, that Oldest and Newest are near the market's clock, and which of the two signatures of a message, with a
// low s or a high one, its prover had: both say the same of it.
type Circuit struct {
	FeedHigh frontend.Variable `gnark:",public"`
	FeedLow  frontend.Variable `gnark:",public"`
	Signers  frontend.Variable `gnark:",public"`
	Value    frontend.Variable `gnark:",public"`
	Oldest   frontend.Variable `gnark:",public"`
	Newest   frontend.Variable `gnark:",public"`
	Binding  binding.Inputs

	// Set is the identities of the signers, zero where a slot is empty.
	Set      [Slots]frontend.Variable
	Packages []signedPackage
}

type (
	base   = emulated.Secp256k1Fp
	scalar = emulated.Secp256k1Fr
)

// signedPackage is one package: what its signer said, the signer's key and the signature.
type signedPackage struct {
	Value     frontend.Variable
	At        frontend.Variable
	Key       ecdsa.PublicKey[base, scalar]
	Signature ecdsa.Signature[scalar]
}

// New returns the circuit for so many packages, of 1 to [MaxPackages].
func New(packages int) *Circuit { return &Circuit{Packages: make([]signedPackage, packages)} }

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error { return c.define(api, steps) }

// step is a part of the statement. They are a list so that a test can leave each one out and see that it is missed.
type step struct {
	name string
	add  func(s *statement)
}

var steps = []step{
	{"the inputs are bound", (*statement).bound},
	{"the set is the one named", (*statement).namesSet},
	{"no time is before the oldest", (*statement).noneBefore},
	{"no time is after the newest", (*statement).noneAfter},
	{"no more than half of the values are below the median", (*statement).fewBelow},
	{"more than half of the values are not above the median", (*statement).enoughAtMost},
	{"signers are of the set", (*statement).signersOfSet},
	{"signers differ", (*statement).signersDiffer},
	{"keys are on the curve", (*statement).keysOnCurve},
	{"signatures are valid", (*statement).signaturesValid},
}

// statement is the circuit while it is being built.
type statement struct {
	*Circuit
	api   frontend.API
	hash  poseidon.Hasher
	curve *sw_emulated.Curve[base, scalar]

	values [][]frontend.Variable // the packages' bits, lowest first
	times  [][]frontend.Variable
	ids    []frontend.Variable // the packages' signers
}

func (c *Circuit) define(api frontend.API, steps []step) error {
	if n := len(c.Packages); n < 1 || n > MaxPackages {
		return fmt.Errorf("provenance: %d packages, want 1 to %d", n, MaxPackages)
	}
	hash, err := poseidon.New(api)
	if err != nil {
		return err
	}
	curve, err := sw_emulated.New[base, scalar](api, sw_emulated.GetSecp256k1Params())
	if err != nil {
		return err
	}
	s := &statement{Circuit: c, api: api, hash: hash, curve: curve}
	s.bits(c.Value, ValueBits)
	for _, p := range c.Packages {
		s.values = append(s.values, s.bits(p.Value, ValueBits))
		s.times = append(s.times, s.bits(p.At, TimeBits))
		s.ids = append(s.ids, s.identity(p.Key))
	}
	for _, step := range steps {
		step.add(s)
	}
	return nil
}

// bits returns the bits of v, lowest first, and makes sure that it has no more than n.
func (s *statement) bits(v frontend.Variable, n int) []frontend.Variable {
	return bits.ToBinary(s.api, v, bits.WithNbDigits(n))
}

// identity is the native identity of a key. The limbs it hashes are those that the signature is checked with, whose width
// the arithmetic enforces: one key, one set of limbs, one identity.
func (s *statement) identity(key ecdsa.PublicKey[base, scalar]) frontend.Variable {
	id := frontend.Variable(poseidon.Constant(tagKey))
	for _, coordinate := range []emulated.Element[base]{key.X, key.Y} {
		limbs := coordinate.Limbs // of 64 bits, lowest first
		for _, pair := range [][2]frontend.Variable{{limbs[3], limbs[2]}, {limbs[1], limbs[0]}} {
			id = s.hash.Compress(id, s.api.Add(s.api.Mul(pair[0], shift64), pair[1]))
		}
	}
	return id
}

func (s *statement) bound() {
	s.Binding.Bind(s.api, s.FeedHigh, s.FeedLow, s.Signers, s.Value, s.Oldest, s.Newest)
}

func (s *statement) namesSet() {
	digest := frontend.Variable(poseidon.Constant(tagSigners))
	for _, id := range s.Set {
		digest = s.hash.Compress(digest, id)
	}
	s.api.AssertIsEqual(s.Circuit.Signers, digest)
}

// noneBefore: with all times below 2^48 no difference wraps around the field; noneAfter likewise.
func (s *statement) noneBefore() {
	s.bits(s.Oldest, TimeBits)
	for _, p := range s.Packages {
		s.bits(s.api.Sub(p.At, s.Oldest), TimeBits)
	}
}

func (s *statement) noneAfter() {
	s.bits(s.Newest, TimeBits)
	for _, p := range s.Packages {
		s.bits(s.api.Sub(s.Newest, p.At), TimeBits)
	}
}

// fewBelow and enoughAtMost count (circuits.md, section 3): of n values, no more than n/2 are below sorted[n/2], and more
// than n/2 are not above it. A value for which both hold is one of them, because some are at it.
func (s *statement) fewBelow() {
	below := frontend.Variable(0)
	for _, p := range s.Packages {
		below = s.api.Add(below, s.api.Sub(1, s.atLeast(p.Value, s.Value)))
	}
	s.oneOf(below, 0, len(s.Packages)/2)
}

func (s *statement) enoughAtMost() {
	atMost := frontend.Variable(0)
	for _, p := range s.Packages {
		atMost = s.api.Add(atMost, s.atLeast(s.Value, p.Value))
	}
	s.oneOf(atMost, len(s.Packages)/2+1, len(s.Packages))
}

// atLeast is 1 when a >= b, else 0, of values that have ValueBits: bit ValueBits of 2^ValueBits + a - b.
func (s *statement) atLeast(a, b frontend.Variable) frontend.Variable {
	return s.bits(s.api.Add(shiftValue, s.api.Sub(a, b)), ValueBits+1)[ValueBits]
}

// oneOf asserts that least <= v <= most.
func (s *statement) oneOf(v frontend.Variable, least, most int) {
	product := frontend.Variable(1)
	for k := least; k <= most; k++ {
		product = s.api.Mul(product, s.api.Sub(v, k))
	}
	s.api.AssertIsEqual(product, 0)
}

func (s *statement) signersOfSet() {
	for _, id := range s.ids {
		product := frontend.Variable(1)
		for _, member := range s.Set {
			product = s.api.Mul(product, s.api.Sub(id, member))
		}
		s.api.AssertIsEqual(product, 0)
	}
}

func (s *statement) signersDiffer() {
	for i := range s.ids {
		for j := range i {
			s.api.AssertIsDifferent(s.ids[i], s.ids[j])
		}
	}
}

func (s *statement) keysOnCurve() {
	for _, p := range s.Packages {
		s.curve.AssertIsOnCurve((*sw_emulated.AffinePoint[base])(&p.Key))
	}
}

func (s *statement) signaturesValid() {
	feed := append(s.bytes(s.bits(s.FeedHigh, 8*feedBytes/2)), s.bytes(s.bits(s.FeedLow, 8*feedBytes/2))...)
	for i, p := range s.Packages {
		message := append([]uints.U8(nil), feed...)
		message = append(message, uints.NewU8Array(make([]uint8, valueBytes-ValueBits/8))...)
		message = append(message, s.bytes(s.values[i])...)
		message = append(message, s.bytes(s.times[i])...)
		message = append(message, uints.NewU8Array(suffix)...)
		digest := s.keccak(message)
		p.Key.Verify(s.api, sw_emulated.GetSecp256k1Params(), digest, &p.Signature)
	}
}

// bytes returns a number's bits as bytes, the highest first.
func (s *statement) bytes(of []frontend.Variable) []uints.U8 {
	api, err := uints.NewBytes(s.api)
	if err != nil {
		panic(fmt.Sprintf("invariant: BN254 has room for tables of bytes: %v", err))
	}
	n := len(of) / 8
	b := make([]uints.U8, n)
	for i := range b {
		b[n-1-i] = api.ValueOf(bits.FromBinary(s.api, of[8*i:8*i+8], bits.WithUnconstrainedInputs()))
	}
	return b
}

// keccak returns keccak256 of a message as a scalar of secp256k1, modulo the order, as ECDSA takes it.
func (s *statement) keccak(message []uints.U8) *emulated.Element[scalar] {
	h, err := sha3.NewLegacyKeccak256(s.api)
	if err != nil {
		panic(fmt.Sprintf("invariant: BN254 has room for tables of bytes: %v", err))
	}
	h.Write(message)
	digest, err := conversion.BytesToEmulated[scalar](s.api, h.Sum(), conversion.WithAllowOverflow())
	if err != nil {
		panic(fmt.Sprintf("invariant: 32 bytes fit a scalar of secp256k1: %v", err))
	}
	return digest
}
