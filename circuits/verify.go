package circuits

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/logger"

	"vadium"
)

// gnark logs every proof and verification to standard output, where commands print their results.
func init() { logger.Disable() }

// Verify returns nil when proof proves the statement in publicInputs (see [PublicInputs]). Otherwise the error is an
// [ErrMalformedProof], an [ErrInvalidProof] or, when the caller's public inputs are not canonical, an
// [ErrMalformedInput]. It may be called concurrently.
func (vk *VerifyingKey) Verify(publicInputs, proof []byte) error {
	parsed, err := vk.open(publicInputs, proof)
	if err != nil {
		return err
	}
	return vk.conclude(publicInputs, parsed)
}

// open guards and parses public inputs and a proof, without verifying it.
func (vk *VerifyingKey) open(publicInputs, proof []byte) (gnarkKey, error) {
	if err := checkScalars(vk.curve, publicInputs, vk.publics, "list of public inputs"); err != nil {
		return nil, err
	}
	if err := vk.guardProof(proof); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedProof, err)
	}
	parsed, err := vk.decodeProof(proof)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedProof, err)
	}
	return parsed, nil
}

// conclude verifies what open has parsed.
func (vk *VerifyingKey) conclude(publicInputs []byte, parsed gnarkKey) error {
	if err := vk.verify(publicInputs, parsed); err != nil {
		return fmt.Errorf("%w: %v", ErrInvalidProof, err)
	}
	return nil
}

// decodeProof parses guarded bytes. gnark's readers check curve and subgroup of every point; serialising again must
// give the same bytes, so that a coordinate at or above the base field's order cannot slip through.
func (vk *VerifyingKey) decodeProof(proof []byte) (parsed gnarkKey, err error) {
	defer recovered("parse proof", &err)
	id, err := curveID(vk.curve)
	if err != nil {
		return nil, err
	}
	if vk.system == vadium.Groth16 {
		parsed = groth16.NewProof(id)
	} else {
		parsed = plonk.NewProof(id)
	}
	if _, err := parsed.ReadFrom(bytes.NewReader(proof)); err != nil {
		return nil, err
	}
	if again, err := serialise(parsed); err != nil || !bytes.Equal(again, proof) {
		return nil, errors.New("not in canonical serialisation")
	}
	return parsed, nil
}

func (vk *VerifyingKey) verify(publicInputs []byte, proof gnarkKey) (err error) {
	defer recovered("verify", &err)
	id, err := curveID(vk.curve)
	if err != nil {
		return err
	}
	w, err := newWitness(id, publicInputs, vk.publics)
	if err != nil {
		return err
	}
	switch proof := proof.(type) {
	case groth16.Proof:
		return groth16.Verify(proof, vk.key.(groth16.VerifyingKey), w)
	case plonk.Proof:
		return plonk.Verify(proof, vk.key.(plonk.VerifyingKey), w)
	}
	return fmt.Errorf("%T is not a proof", proof)
}
