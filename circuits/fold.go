package circuits

import (
	"io"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc"
	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	bls12381fr "github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	bn254fr "github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bls12381 "github.com/consensys/gnark/backend/groth16/bls12-381"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"

	"vadium"
)

// folder checks many proofs under one key in one equation.
type folder interface {
	// fold reports whether all claims hold together. It reads a power of [powerBytes] for each equation from random.
	fold(random io.Reader, claims []opened) (bool, error)
}

// folderOf returns the folder of a key, or nil when its proofs cannot be folded.
func folderOf(key gnarkKey) folder {
	switch key := key.(type) {
	case *groth16bn254.VerifyingKey:
		return foldBN254(key)
	case *groth16bls12381.VerifyingKey:
		return foldBLS12381(key)
	}
	return nil
}

// groth16Fold is a Groth16 key taken apart, in the letters of the paper (https://eprint.iacr.org/2016/260). A proof (A, B, C)
// of the public inputs x verifies when
//
//	e(A, B) · e(alpha, -beta) · e(L, -gamma) · e(C, -delta) = 1    L = k[0] + Σ x[j]·k[j+1]
//
// With BSB22 commitments D (https://eprint.iacr.org/2022/1072) a proof also carries K, which shows that its prover knows
// what it committed to. The commitments' hashes are further public inputs, the commitments themselves are added to L, and
// with c the hash of those hashes
//
//	Π e(c^n·D[n], sigma[n]) · e(K, generator) = 1
//
// fold raises each equation to a random power of its own and multiplies them all. What is paired with the same point of G2
// is summed first, so n proofs take n + 3 Miller loops, and with commitments one more and one for each commitment.
type groth16Fold[G1, G2, S any, PG1 g1[G1, S], PS scalar[S]] struct {
	alpha                             G1
	minusBeta, minusGamma, minusDelta G2
	k                                 []G1
	committed                         [][]int // which public inputs, from 1, each commitment's hash covers
	sigma                             []G2    // for each commitment
	generator                         G2      // of the commitments

	parts func(proof gnarkKey) groth16Parts[G1, G2]
	hash  func(message, domain []byte, count int) ([]S, error)
	isOne func([]G1, []G2) (bool, error) // whether the product of the pairings is one
}

// groth16Parts are a proof's points: A, B, C, D, K.
type groth16Parts[G1, G2 any] struct {
	a           G1
	b           G2
	c           G1
	commitments []G1
	knowledge   G1
}

// g1 is what fold needs of points of G1, scalar what it needs of scalars.
type g1[P, S any] interface {
	*P
	ScalarMultiplication(a *P, s *big.Int) *P
	MultiExp(points []P, scalars []S, config ecc.MultiExpConfig) (*P, error)
	Marshal() []byte
}

type scalar[S any] interface {
	*S
	SetBytes(b []byte) *S
	Add(a, b *S) *S
	Mul(a, b *S) *S
	Marshal() []byte
}

// Domains of the hashes in gnark's Groth16 verifier.
var (
	commitmentDomain = []byte(constraint.CommitmentDst)
	challengeDomain  = []byte("G16-BSB22")
)

// fold implements [folder].
func (f *groth16Fold[G1, G2, S, PG1, PS]) fold(random io.Reader, claims []opened) (bool, error) {
	e := equations[G1, G2, S, PG1, PS]{groth16Fold: f}
	e.l = sum[G1, S, PG1]{points: slices.Clone(f.k), scalars: make([]S, len(f.k))}
	e.d = make([]sum[G1, S, PG1], len(f.sigma))
	for _, claim := range claims {
		proof := f.parts(claim.proof)
		inputs, err := f.inputs(claim.publicInputs, proof.commitments)
		if err != nil {
			return false, err
		}
		if err := e.addProof(random, proof, inputs); err != nil {
			return false, err
		}
		if len(f.sigma) == 0 {
			continue
		}
		if err := e.addKnowledge(random, proof, inputs[len(inputs)-len(f.sigma):]); err != nil {
			return false, err
		}
	}
	return e.hold()
}

// inputs returns what k is weighted with after its first point: the public inputs, then the commitments' hashes.
func (f *groth16Fold[G1, G2, S, PG1, PS]) inputs(publicInputs []byte, commitments []G1) ([]S, error) {
	inputs := make([]S, 0, len(f.k)-1)
	for b := publicInputs; len(b) > 0; b = b[vadium.ScalarBytes:] {
		var x S
		inputs = append(inputs, *PS(&x).SetBytes(b[:vadium.ScalarBytes]))
	}
	for n := range commitments {
		message := PG1(&commitments[n]).Marshal()
		for _, i := range f.committed[n] {
			message = append(message, PS(&inputs[i-1]).Marshal()...)
		}
		hash, err := f.hash(message, commitmentDomain, 1)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, hash[0])
	}
	return inputs, nil
}

// equations are the equations of many proofs, each raised to its power and multiplied with the others.
type equations[G1, G2, S any, PG1 g1[G1, S], PS scalar[S]] struct {
	*groth16Fold[G1, G2, S, PG1, PS]

	a      []G1 // power·A, each paired with its B
	b      []G2
	powers S // Σ power: how often alpha is paired with beta

	l, c, knowledge sum[G1, S, PG1]
	d               []sum[G1, S, PG1] // by the key's commitment
}

func (e *equations[G1, G2, S, PG1, PS]) addProof(random io.Reader, proof groth16Parts[G1, G2], inputs []S) error {
	drawn, err := power(random)
	if err != nil {
		return err
	}
	var by S
	PS(&by).SetBytes(drawn[:])
	PS(&e.powers).Add(&e.powers, &by)
	var a G1
	PG1(&a).ScalarMultiplication(&proof.a, new(big.Int).SetBytes(drawn[:]))
	e.a, e.b = append(e.a, a), append(e.b, proof.b)
	e.c.add(proof.c, by)
	PS(&e.l.scalars[0]).Add(&e.l.scalars[0], &by)
	for i := range inputs {
		var weighted S
		PS(&weighted).Mul(&inputs[i], &by)
		PS(&e.l.scalars[i+1]).Add(&e.l.scalars[i+1], &weighted)
	}
	for _, d := range proof.commitments {
		e.l.add(d, by)
	}
	return nil
}

// addKnowledge adds the equation of a proof's commitments, whose hashes are given. Its power is not that of the proof's
// first equation: what is wrong with one could make up for what is wrong with the other.
func (e *equations[G1, G2, S, PG1, PS]) addKnowledge(random io.Reader, proof groth16Parts[G1, G2], hashes []S) error {
	drawn, err := power(random)
	if err != nil {
		return err
	}
	var by S
	PS(&by).SetBytes(drawn[:])
	e.knowledge.add(proof.knowledge, by)
	var message []byte
	for i := range hashes {
		message = append(message, PS(&hashes[i]).Marshal()...)
	}
	challenge, err := e.hash(message, challengeDomain, 1)
	if err != nil {
		return err
	}
	for n, d := range proof.commitments {
		e.d[n].add(d, by)
		PS(&by).Mul(&by, &challenge[0])
	}
	return nil
}

// hold reports whether the product of the equations holds.
func (e *equations[G1, G2, S, PG1, PS]) hold() (bool, error) {
	sums := []sum[G1, S, PG1]{{points: []G1{e.alpha}, scalars: []S{e.powers}}, e.l, e.c}
	with := []G2{e.minusBeta, e.minusGamma, e.minusDelta}
	if len(e.sigma) > 0 {
		sums, with = append(append(sums, e.d...), e.knowledge), append(append(with, e.sigma...), e.generator)
	}
	left, right := e.a, append(e.b, with...)
	for _, s := range sums {
		total, err := s.total()
		if err != nil {
			return false, err
		}
		left = append(left, total)
	}
	return e.isOne(left, right)
}

// sum is Σ scalars[i]·points[i].
type sum[P, S any, PP g1[P, S]] struct {
	points  []P
	scalars []S
}

func (s *sum[P, S, PP]) add(point P, by S) {
	s.points, s.scalars = append(s.points, point), append(s.scalars, by)
}

// total computes the sum on one processor: how many are used is for those to say who verify batches side by side.
func (s *sum[P, S, PP]) total() (total P, err error) {
	_, err = PP(&total).MultiExp(s.points, s.scalars, ecc.MultiExpConfig{NbTasks: 1})
	return total, err
}

func foldBN254(vk *groth16bn254.VerifyingKey) folder {
	f := groth16Fold[bn254.G1Affine, bn254.G2Affine, bn254fr.Element, *bn254.G1Affine, *bn254fr.Element]{
		alpha: vk.G1.Alpha, k: vk.G1.K, committed: vk.PublicAndCommitmentCommitted,
		hash: bn254fr.Hash, isOne: bn254.PairingCheck,
		parts: func(proof gnarkKey) groth16Parts[bn254.G1Affine, bn254.G2Affine] {
			p := proof.(*groth16bn254.Proof)
			return groth16Parts[bn254.G1Affine, bn254.G2Affine]{p.Ar, p.Bs, p.Krs, p.Commitments, p.CommitmentPok}
		},
	}
	f.minusBeta.Neg(&vk.G2.Beta)
	f.minusGamma.Neg(&vk.G2.Gamma)
	f.minusDelta.Neg(&vk.G2.Delta)
	for _, c := range vk.CommitmentKeys {
		if c.G != vk.CommitmentKeys[0].G {
			return nil
		}
		f.sigma, f.generator = append(f.sigma, c.GSigmaNeg), c.G
	}
	return &f
}

func foldBLS12381(vk *groth16bls12381.VerifyingKey) folder {
	f := groth16Fold[bls12381.G1Affine, bls12381.G2Affine, bls12381fr.Element, *bls12381.G1Affine, *bls12381fr.Element]{
		alpha: vk.G1.Alpha, k: vk.G1.K, committed: vk.PublicAndCommitmentCommitted,
		hash: bls12381fr.Hash, isOne: bls12381.PairingCheck,
		parts: func(proof gnarkKey) groth16Parts[bls12381.G1Affine, bls12381.G2Affine] {
			p := proof.(*groth16bls12381.Proof)
			return groth16Parts[bls12381.G1Affine, bls12381.G2Affine]{p.Ar, p.Bs, p.Krs, p.Commitments, p.CommitmentPok}
		},
	}
	f.minusBeta.Neg(&vk.G2.Beta)
	f.minusGamma.Neg(&vk.G2.Gamma)
	f.minusDelta.Neg(&vk.G2.Delta)
	for _, c := range vk.CommitmentKeys {
		if c.G != vk.CommitmentKeys[0].G {
			return nil
		}
		f.sigma, f.generator = append(f.sigma, c.GSigmaNeg), c.G
	}
	return &f
}
