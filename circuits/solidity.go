package circuits

import (
	"fmt"
	"io"

	bn254 "github.com/consensys/gnark/backend/groth16/bn254"

	"vadium"
)

// ExportSolidity writes a contract called Verifier, as gnark makes it, whose function verifyProof(bytes,uint256[n])
// returns for a proof in the form of [VerifyingKey.SolidityProof] of n public inputs, and reverts for any other. Only
// Groth16 over BN254 without commitments has one: chains have no other curve's pairing at this price, and a circuit
// with commitments would have to be proven with another hash.
func (vk *VerifyingKey) ExportSolidity(to io.Writer) error {
	key, err := vk.onChain()
	if err != nil {
		return err
	}
	own := *key // gnark negates points of the key while it writes, and others may be verifying under it
	return own.ExportSolidity(to)
}

// SolidityProof returns a proof as the contract of [VerifyingKey.ExportSolidity] takes it: A, B and C, uncompressed, 256
// bytes. A proof that is not well-formed is an [ErrMalformedProof]; it is not verified here.
func (vk *VerifyingKey) SolidityProof(proof []byte) ([]byte, error) {
	if _, err := vk.onChain(); err != nil {
		return nil, err
	}
	if err := vk.guardProof(proof); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedProof, err)
	}
	parsed, err := vk.decodeProof(proof)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedProof, err)
	}
	return parsed.(*bn254.Proof).MarshalSolidity(), nil
}

func (vk *VerifyingKey) onChain() (*bn254.VerifyingKey, error) {
	key, ok := vk.key.(*bn254.VerifyingKey)
	if !ok || vk.commitments > 0 {
		return nil, fmt.Errorf("a contract verifies Groth16 over %s without commitments; this key is of %s over %s with %d",
			vadium.BN254, vk.system, vk.curve, vk.commitments)
	}
	return key, nil
}
