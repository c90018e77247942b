package circuits

import (
	"crypto/rand"
	"fmt"
	"io"
)

// MaxBatch is how many proofs are checked in one equation. Beyond it a proof gets hardly cheaper (0.21 ms at 256 where it
// is 0.23 ms at 64), and one bad proof makes more good ones be checked again.
const MaxBatch = 64

// Claim is a proof and the public inputs it is said to prove, see [PublicInputs].
type Claim struct {
	PublicInputs, Proof []byte
}

// VerifyBatch verifies proofs under one key. The error at position i is what [VerifyingKey.Verify] says of claim i: every
// proof gets its own verdict, whatever stands beside it.
//
// Groth16 proofs are checked together: each one's equation is raised to a random power of 128 bits, and the product of all
// is checked with one final exponentiation. So a proof costs about a fifth of what it costs alone, and a wrong one passes
// with probability below 2^-127, however the proofs were made to fit each other. A product that does not hold only says
// where to look: it is halved, and a proof is refused only when it does not verify alone. PLONK proofs are verified one by
// one, as are Groth16 proofs under keys whose commitment keys have different generators; gnark's setup makes none.
//
// The powers are read from random; nil means crypto/rand. Whoever can predict them can pass wrong proofs. When they cannot
// be read, proofs are verified one by one. VerifyBatch may be called concurrently and uses one processor.
func (vk *VerifyingKey) VerifyBatch(random io.Reader, claims []Claim) []error {
	if random == nil {
		random = rand.Reader
	}
	b := batch{key: vk, random: random, folder: folderOf(vk.key)}
	verdicts := make([]error, len(claims))
	for first := 0; first < len(claims); first += MaxBatch {
		last := min(first+MaxBatch, len(claims))
		b.verify(claims[first:last], verdicts[first:last])
	}
	return verdicts
}

// opened is a claim whose bytes have passed every guard: its scalars are canonical, its points on the curve and in their
// subgroup. The equations below are about the group of prime order; outside it wrong proofs could cancel each other.
type opened struct {
	publicInputs []byte
	proof        gnarkKey
	verdict      *error
}

// batch is one run of [VerifyingKey.VerifyBatch].
type batch struct {
	key    *VerifyingKey
	random io.Reader
	folder folder // nil: proofs of this key are verified one by one
}

func (b *batch) verify(claims []Claim, verdicts []error) {
	var all []opened
	for i, c := range claims {
		proof, err := b.key.open(c.PublicInputs, c.Proof)
		if err != nil {
			verdicts[i] = err
			continue
		}
		all = append(all, opened{c.PublicInputs, proof, &verdicts[i]})
	}
	if b.folder == nil || len(all) <= fewProofs {
		b.oneByOne(all)
		return
	}
	if !b.hold(all) {
		b.search(all)
	}
}

// fewProofs are as cheap to verify one by one as to look for the wrong one among them.
const fewProofs = 1

// search gives verdicts on claims that do not hold together. It halves them as long as one half holds, which finds a single
// wrong one among 64 in six steps. Where neither does there are several, and looking at each is cheaper: whoever sends only
// wrong proofs makes us work twice as much as one by one, not seven times.
func (b *batch) search(claims []opened) {
	for len(claims) > fewProofs {
		left, right := claims[:len(claims)/2], claims[len(claims)/2:]
		if b.hold(left) {
			claims = right // where the wrong one must be
		} else if b.hold(right) {
			claims = left
		} else {
			break
		}
	}
	b.oneByOne(claims)
}

func (b *batch) oneByOne(claims []opened) {
	for _, c := range claims {
		*c.verdict = b.key.conclude(c.publicInputs, c.proof)
	}
}

// hold reports whether the claims verify together. False may also mean that it could not be found out.
func (b *batch) hold(claims []opened) bool {
	holds, err := b.fold(claims)
	return err == nil && holds
}

func (b *batch) fold(claims []opened) (holds bool, err error) {
	defer recovered("verify together", &err)
	return b.folder.fold(b.random, claims)
}

// powerBytes is the length of a random power: a wrong proof passes if the one power that hides it is drawn.
const powerBytes = 16

// power reads a random power. Zero would leave a proof unchecked; it is as likely as any other and drawn by nobody.
func power(random io.Reader) (p [powerBytes]byte, err error) {
	if _, err := io.ReadFull(random, p[:]); err != nil {
		return p, fmt.Errorf("draw a random power: %w", err)
	}
	if allZero(p[:]) {
		return p, fmt.Errorf("draw a random power: it is zero (is the source of randomness broken?)")
	}
	return p, nil
}
