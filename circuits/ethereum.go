package circuits

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"sync"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	bls12381kzg "github.com/consensys/gnark-crypto/ecc/bls12-381/kzg"
	"github.com/consensys/gnark-crypto/kzg"
	plonkbls12381 "github.com/consensys/gnark/backend/plonk/bls12-381"

	"vadium"
)

// ethereumPoints is the result of Ethereum's KZG ceremony of 2023 (141,416 contributions; EIP-4844): 4096 powers of
// the secret in G1 of BLS12-381, then the first two in G2, compressed. They are those of trusted_setup_4096.json in
// ethereum/consensus-specs, taken from github.com/crate-crypto/go-eth-kzg v1.5.0; tests compare them with what
// go-ethereum commits under and check the powers with a pairing.
//
//go:embed ethereum.kzg
var ethereumPoints []byte

// ethereumDigest pins the file: the structured reference string that makes keys universal.
const ethereumDigest = "0xf7933dc8fb209cfcf6b30fd59308abcd8541410eeef8cdd387448c50847cbefd"

const (
	ethereumG1 = 4096
	// EthereumDomain is the largest PLONK domain the ceremony supports: a circuit of n rows, public inputs included,
	// needs the next power of two and three more powers.
	EthereumDomain = 2048
)

type ceremony struct {
	g1 []bls12381.G1Affine
	vk bls12381kzg.VerifyingKey
}

// ethereum parses the points once, with all checks gnark-crypto makes (curve and subgroup). It takes about 0.2 s.
var ethereum = sync.OnceValues(func() (ceremony, error) {
	if got := vadium.DigestOf(ethereumPoints).String(); got != ethereumDigest {
		return ceremony{}, fmt.Errorf("the embedded ceremony has digest %s, want %s (rebuild from a clean checkout)", got, ethereumDigest)
	}
	// gnark-crypto decodes a slice in parallel when its length stands before it.
	length := []byte{0, 0, ethereumG1 >> 8, ethereumG1 & 0xff}
	d := bls12381.NewDecoder(io.MultiReader(bytes.NewReader(length), bytes.NewReader(ethereumPoints)))
	var c ceremony
	for _, into := range []any{&c.g1, &c.vk.G2[0], &c.vk.G2[1]} {
		if err := d.Decode(into); err != nil {
			return ceremony{}, fmt.Errorf("parse the embedded ceremony: %w", err)
		}
	}
	c.vk.G1 = c.g1[0]
	for i := range c.vk.Lines {
		c.vk.Lines[i] = bls12381.PrecomputeLines(c.vk.G2[i])
	}
	return c, nil
})

// EthereumSRS returns the reference string of Ethereum's KZG ceremony for a PLONK circuit over BLS12-381 whose domain
// (rows and public inputs, rounded up to a power of two) is size, at most [EthereumDomain]: the powers, and their
// Lagrange form. They are what plonk.Setup takes; keys made with them are of class universal.
func EthereumSRS(size int) (canonical, lagrange kzg.SRS, err error) {
	if size < 2 || size > EthereumDomain || size&(size-1) != 0 {
		return nil, nil, fmt.Errorf("domain of %d rows: the ceremony supports powers of two up to %d", size, EthereumDomain)
	}
	c, err := ethereum()
	if err != nil {
		return nil, nil, err
	}
	lagrangePoints, err := bls12381kzg.ToLagrangeG1(c.g1[:size])
	if err != nil {
		return nil, nil, fmt.Errorf("lagrange form: %w", err)
	}
	canonical = &bls12381kzg.SRS{Pk: bls12381kzg.ProvingKey{G1: c.g1[:size+3]}, Vk: c.vk}
	return canonical, &bls12381kzg.SRS{Pk: bls12381kzg.ProvingKey{G1: lagrangePoints}, Vk: c.vk}, nil
}

// KeyClassOf returns [vadium.KeysUniversal] when vkBlob, in canonical form, is a PLONK key over the pinned ceremony and
// its circuit has no commitments, else [vadium.KeysRegistrant]. A universal key has no trapdoor anybody knows; that it belongs to the program's
// constraint system is what a prover checks with [CheckUniversal].
func KeyClassOf(system vadium.ProofSystem, curve vadium.Curve, vkBlob []byte) vadium.KeyClass {
	if system != vadium.PLONK || curve != vadium.BLS12381 {
		return vadium.KeysRegistrant
	}
	vk, err := parseVerifyingKey(system, curve, vkBlob, false)
	if err != nil {
		return vadium.KeysRegistrant
	}
	c, err := ethereum()
	if err != nil {
		return vadium.KeysRegistrant
	}
	// A constraint system with commitments draws a challenge when it is proven. Whether an input satisfies it is then not
	// known from solving, so a prover could accept what nobody can prove.
	if vk.commitments > 0 {
		return vadium.KeysRegistrant
	}
	key := vk.key.(*plonkbls12381.VerifyingKey).Kzg
	if key.G1 != c.vk.G1 || key.G2 != c.vk.G2 || vk.key.(*plonkbls12381.VerifyingKey).Size > EthereumDomain {
		return vadium.KeysRegistrant
	}
	return vadium.KeysUniversal
}
