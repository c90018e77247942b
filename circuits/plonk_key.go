package circuits

import (
	"errors"
	"fmt"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	bls12381fr "github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	bls12381fft "github.com/consensys/gnark-crypto/ecc/bls12-381/fr/fft"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	bn254fr "github.com/consensys/gnark-crypto/ecc/bn254/fr"
	bn254fft "github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	plonkbls12381 "github.com/consensys/gnark/backend/plonk/bls12-381"
	plonkbn254 "github.com/consensys/gnark/backend/plonk/bn254"
)

// Bytes of the pairing lines in a verifying key: two points, two rows each, one line per step of the Miller loop, four
// base-field coordinates a line.
const (
	linesBytesBN254    = 2 * 2 * len(bn254.LoopCounter) * 4 * 32
	linesBytesBLS12381 = 2 * 2 * (len(bls12381.LoopCounter) - 1) * 4 * 48
)

var errForeignDomain = errors.New("domain, generator or coset shift are not gnark's")

// restorePLONKKey recomputes the pairing lines from the KZG points they belong to, and refuses a key whose evaluation
// domain is not the one gnark uses for its size: these fields are data to gnark's reader, yet its verifier relies on
// them.
func restorePLONKKey(key gnarkKey) error {
	switch vk := key.(type) {
	case *plonkbn254.VerifyingKey:
		return restoreBN254(vk)
	case *plonkbls12381.VerifyingKey:
		return restoreBLS12381(vk)
	}
	return fmt.Errorf("%T is not a PLONK verifying key", key)
}

// restorePLONKProvingKey restores the verifying key inside a PLONK proving key; other keys have none.
func restorePLONKProvingKey(key any) error {
	switch pk := key.(type) {
	case *plonkbn254.ProvingKey:
		return restoreBN254(pk.Vk)
	case *plonkbls12381.ProvingKey:
		return restoreBLS12381(pk.Vk)
	}
	return nil
}

func restoreBN254(vk *plonkbn254.VerifyingKey) error {
	if vk.Size < 2 || vk.Size&(vk.Size-1) != 0 {
		return errForeignDomain
	}
	generator, err := bn254fft.Generator(vk.Size)
	if err != nil {
		return err
	}
	var sizeInv bn254fr.Element
	sizeInv.SetUint64(vk.Size).Inverse(&sizeInv)
	shift := bn254fft.GeneratorFullMultiplicativeGroup()
	if !vk.Generator.Equal(&generator) || !vk.SizeInv.Equal(&sizeInv) || !vk.CosetShift.Equal(&shift) {
		return errForeignDomain
	}
	for i := range vk.Kzg.Lines {
		vk.Kzg.Lines[i] = bn254.PrecomputeLines(vk.Kzg.G2[i])
	}
	return nil
}

func restoreBLS12381(vk *plonkbls12381.VerifyingKey) error {
	if vk.Size < 2 || vk.Size&(vk.Size-1) != 0 {
		return errForeignDomain
	}
	generator, err := bls12381fft.Generator(vk.Size)
	if err != nil {
		return err
	}
	var sizeInv bls12381fr.Element
	sizeInv.SetUint64(vk.Size).Inverse(&sizeInv)
	shift := bls12381fft.GeneratorFullMultiplicativeGroup()
	if !vk.Generator.Equal(&generator) || !vk.SizeInv.Equal(&sizeInv) || !vk.CosetShift.Equal(&shift) {
		return errForeignDomain
	}
	for i := range vk.Kzg.Lines {
		vk.Kzg.Lines[i] = bls12381.PrecomputeLines(vk.Kzg.G2[i])
	}
	return nil
}
