// Package poseidon is the hash of the BN254 circuits: Poseidon2 (ePrint 2023/323) of width two with gnark's default
// parameters, as a compression of two field elements into one, natively and inside a circuit. One definition, two
// executions; a differential test keeps them equal.
//
// A compression of fixed arity says nothing about what it hashes, so every use names its purpose with a [Tag].
package poseidon

import (
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	native "github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/permutation/poseidon2"
)

var permutation = native.NewDefaultPermutation()

// Compress returns the right lane of the permutation of (left, right) plus right.
func Compress(left, right fr.Element) fr.Element {
	lanes := [2]fr.Element{left, right}
	if err := permutation.Permutation(lanes[:]); err != nil {
		panic(fmt.Sprintf("invariant: the default permutation has width two: %v", err))
	}
	lanes[1].Add(&lanes[1], &right)
	return lanes[1]
}

// Tag returns the constant that separates one purpose of the hash from all others: [Digest] of the purpose.
func Tag(purpose string) fr.Element { return Digest("vadium/tag/v1", []byte(purpose)) }

// Digest maps bytes into the field: SHA-256(domain || 0 || content) with its top three bits cleared, so that it is
// canonical in either curve's field. It is computed outside circuits only.
func Digest(domain string, content []byte) fr.Element {
	h := sha256.New()
	h.Write([]byte(domain))
	h.Write([]byte{0})
	h.Write(content)
	sum := h.Sum(nil)
	sum[0] &= 0x1f
	var e fr.Element
	e.SetBytes(sum)
	return e
}

// Hasher compresses inside a circuit.
type Hasher struct{ permutation *poseidon2.Permutation }

// New returns a hasher for api, which must be over BN254's scalar field.
func New(api frontend.API) (Hasher, error) {
	if api.Compiler().Field().Cmp(fr.Modulus()) != 0 {
		return Hasher{}, fmt.Errorf("poseidon is defined over BN254's scalar field only, this is %s", api.Compiler().Field())
	}
	p, err := poseidon2.NewPoseidon2(api)
	if err != nil {
		return Hasher{}, fmt.Errorf("poseidon: %w", err)
	}
	return Hasher{p}, nil
}

// Compress is the package's Compress as constraints: 186 rows of an R1CS.
func (h Hasher) Compress(left, right frontend.Variable) frontend.Variable {
	return h.permutation.Compress(left, right)
}

// Constant returns e as a circuit constant.
func Constant(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }
