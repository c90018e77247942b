package circuits

import (
	"bytes"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/constraint"

	"vadium"
)

// CheckUniversal recomputes a PLONK program's keys from its constraint system over the pinned ceremony and returns nil
// when they are the manifest's. A prover runs it before it serves a program of class universal: after that, the keys
// are as good as if it had made them, and an input that solves can be proven. ccs and vk are the blobs the manifest
// names; ccs is foreign, so call this in a worker process.
func CheckUniversal(p vadium.Program, ccs, vk []byte) error {
	if KeyClassOf(p.System, p.Curve, vk) != vadium.KeysUniversal {
		return fmt.Errorf("program %s: its verifying key is not over the pinned ceremony", p.Name)
	}
	if vadium.DigestOf(ccs) != p.ConstraintSystem || vadium.DigestOf(vk) != p.VerifyingKey {
		return fmt.Errorf("program %s: constraint system or verifying key are not the manifest's", p.Name)
	}
	system, err := readConstraintSystem(bytes.NewReader(ccs), p.System, p.Curve)
	if err != nil {
		return fmt.Errorf("program %s: %w", p.Name, err)
	}
	pk, key, err := SetupUniversal(system)
	if err != nil {
		return fmt.Errorf("program %s: %w", p.Name, err)
	}
	made, err := WriteProgram(Sinks{io.Discard, io.Discard, io.Discard}, p, system, pk, key)
	if err != nil {
		return fmt.Errorf("program %s: %w", p.Name, err)
	}
	if made != p {
		return fmt.Errorf("program %s: its keys are not those of its constraint system (made %+v, want %+v)", p.Name, made, p)
	}
	return nil
}

// SetupUniversal makes PLONK keys over the pinned ceremony. It is deterministic: everybody gets the same keys.
func SetupUniversal(ccs constraint.ConstraintSystem) (plonk.ProvingKey, plonk.VerifyingKey, error) {
	rows := ccs.GetNbConstraints() + ccs.GetNbPublicVariables()
	canonical, lagrange, err := EthereumSRS(int(ecc.NextPowerOfTwo(uint64(rows))))
	if err != nil {
		return nil, nil, fmt.Errorf("circuit of %d rows: %w", rows, err)
	}
	pk, vk, err := plonk.Setup(ccs, canonical, lagrange)
	if err != nil {
		return nil, nil, fmt.Errorf("universal setup: %w", err)
	}
	return pk, vk, nil
}
