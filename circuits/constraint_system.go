package circuits

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/constraint"
	csbls12381 "github.com/consensys/gnark/constraint/bls12-381"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/debug"

	"vadium"
)

// newConstraintSystem returns an empty system to read into.
func newConstraintSystem(system vadium.ProofSystem, curve vadium.Curve) (constraint.ConstraintSystem, error) {
	id, err := curveID(curve)
	if err != nil {
		return nil, err
	}
	switch system {
	case vadium.Groth16:
		return groth16.NewCS(id), nil
	case vadium.PLONK:
		return plonk.NewCS(id), nil
	}
	return nil, fmt.Errorf("%s is not supported", system)
}

// systemOf returns the part of a constraint system that does not depend on the curve.
func systemOf(ccs constraint.ConstraintSystem) (*constraint.System, error) {
	switch cs := ccs.(type) {
	case *csbn254.R1CS: // R1CS and SparseR1CS are one type
		return &cs.System, nil
	case *csbls12381.R1CS:
		return &cs.System, nil
	}
	return nil, fmt.Errorf("%T is not a constraint system over bn254 or bls12-381", ccs)
}

// WriteConstraintSystem writes ccs in canonical form: gnark's serialisation without debug information, which would
// carry the source paths of the machine that compiled it, and without the circuit's log lines, which would print
// secrets on the prover's.
func WriteConstraintSystem(w io.Writer, ccs constraint.ConstraintSystem) error {
	s, err := systemOf(ccs)
	if err != nil {
		return err
	}
	s.SymbolTable = debug.NewSymbolTable()
	s.DebugInfo, s.MDebug, s.Logs = nil, nil, nil
	if _, err := ccs.WriteTo(w); err != nil {
		return fmt.Errorf("write constraint system: %w", err)
	}
	return nil
}

// readConstraintSystem reads what gnark wrote and checks what can be checked without solving: kind, curve, counts and
// that every hint it calls is known here. It must not be called on foreign bytes in the market's server: a crafted
// system can make gnark loop or allocate without bound.
func readConstraintSystem(r io.Reader, system vadium.ProofSystem, curve vadium.Curve) (ccs constraint.ConstraintSystem, err error) {
	defer recovered("read constraint system", &err)
	ccs, err = newConstraintSystem(system, curve)
	if err != nil {
		return nil, err
	}
	if _, err := ccs.ReadFrom(r); err != nil {
		return nil, fmt.Errorf("read constraint system: %w", err)
	}
	s, err := systemOf(ccs)
	if err != nil {
		return nil, err
	}
	if want := map[vadium.ProofSystem]constraint.SystemType{
		vadium.Groth16: constraint.SystemR1CS, vadium.PLONK: constraint.SystemSparseR1CS,
	}[system]; s.Type != want {
		return nil, fmt.Errorf("the constraint system is not one for %s", system)
	}
	id, err := curveID(curve)
	if err != nil {
		return nil, err
	}
	if ccs.Field().Cmp(id.ScalarField()) != 0 {
		return nil, fmt.Errorf("the constraint system is not over the scalar field of %s", curve)
	}
	if missing := unknownHints(s); len(missing) > 0 {
		return nil, fmt.Errorf("the circuit calls hints that provers do not have: %s (only the hints of gnark's standard "+
			"library are run; express the rest as constraints)", strings.Join(missing, ", "))
	}
	return ccs, nil
}

// unknownHints lists the hints of s that are not in this process. Foreign programs are served with gnark's own only:
// a hint is code, and no prover runs a stranger's.
func unknownHints(s *constraint.System) []string {
	var missing []string
	for id, name := range s.MHintsDependencies {
		if solver.GetRegisteredHint(id) == nil {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// publicScalars counts the public inputs of ccs; an R1CS also counts its constant wire, which is no input.
func publicScalars(ccs constraint.ConstraintSystem, system vadium.ProofSystem) int {
	if system == vadium.Groth16 {
		return ccs.GetNbPublicVariables() - 1
	}
	return ccs.GetNbPublicVariables()
}
