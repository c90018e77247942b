// Package circuittest is the test kit of the circuits: what every circuit of the catalogue has to pass.
//
// A case is a compiled circuit and one satisfying assignment, as scalars in gnark's order: public inputs, then secret
// ones. The kit changes one wire at a time ([Case.AcceptedMutations]), looks for inputs no constraint mentions
// ([Unconstrained]), counts ways the solver could have answered differently ([Case.FreeWires]) and makes real proofs
// ([Case.Prove]): gnark's own test kit makes none unless a build tag is set, and its scan for unconstrained wires is
// an empty function.
package circuittest

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"

	"vadium"
)

// Case is a circuit with one assignment.
type Case struct {
	System vadium.ProofSystem
	Field  ecc.ID
	CCS    constraint.ConstraintSystem
	// Scalars are the public inputs, then the secret ones.
	Scalars []*big.Int
	Publics int
}

// FieldOf returns gnark's id of a curve.
func FieldOf(curve vadium.Curve) ecc.ID {
	if curve == vadium.BLS12381 {
		return ecc.BLS12_381
	}
	return ecc.BN254
}

// Compile compiles circuit for a proof system and curve.
func Compile(t testing.TB, system vadium.ProofSystem, curve vadium.Curve, circuit frontend.Circuit) constraint.ConstraintSystem {
	t.Helper()
	builder := r1cs.NewBuilder[constraint.U64]
	if system == vadium.PLONK {
		builder = scs.NewBuilder[constraint.U64]
	}
	ccs, err := frontend.Compile(FieldOf(curve).ScalarField(), builder, circuit)
	if err != nil {
		t.Fatalf("compile %T: %v", circuit, err)
	}
	return ccs
}

// New returns a case from canonical scalars of 32 bytes.
func New(system vadium.ProofSystem, curve vadium.Curve, ccs constraint.ConstraintSystem, scalars []byte) *Case {
	c := &Case{System: system, Field: FieldOf(curve), CCS: ccs, Publics: ccs.GetNbPublicVariables()}
	if system == vadium.Groth16 {
		c.Publics-- // an R1CS counts its constant wire
	}
	for ; len(scalars) > 0; scalars = scalars[vadium.ScalarBytes:] {
		c.Scalars = append(c.Scalars, new(big.Int).SetBytes(scalars[:vadium.ScalarBytes]))
	}
	return c
}

// With returns a copy of the case with one scalar replaced.
func (c *Case) With(index int, value *big.Int) *Case {
	other := *c
	other.Scalars = append([]*big.Int(nil), c.Scalars...)
	other.Scalars[index] = value
	return &other
}

// Witness returns the assignment as gnark's witness.
func (c *Case) Witness(t testing.TB) witness.Witness {
	t.Helper()
	w, err := witness.New(c.Field.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	values := make(chan any, len(c.Scalars))
	for _, s := range c.Scalars {
		values <- s
	}
	close(values)
	if err := w.Fill(c.Publics, len(c.Scalars)-c.Publics, values); err != nil {
		t.Fatalf("%d scalars, %d of them public: %v", len(c.Scalars), c.Publics, err)
	}
	return w
}

// Solve returns nil when the assignment satisfies the circuit.
func (c *Case) Solve(t testing.TB) error {
	t.Helper()
	_, err := c.CCS.Solve(c.Witness(t))
	return err
}

// AcceptedMutations changes every scalar from index from on, one at a time, by each of a few amounts, and returns the
// indices of those whose change went unnoticed. The honest assignment itself must be satisfied.
func (c *Case) AcceptedMutations(t testing.TB, from, to int) []int {
	t.Helper()
	if err := c.Solve(t); err != nil {
		t.Fatalf("the honest assignment is not satisfied: %v", err)
	}
	order := c.Field.ScalarField()
	var accepted []int
	for i := from; i < to; i++ {
		for _, delta := range []int64{1, -1} {
			changed := new(big.Int).Add(c.Scalars[i], big.NewInt(delta))
			if c.With(i, changed.Mod(changed, order)).Solve(t) == nil {
				accepted = append(accepted, i)
				break
			}
		}
	}
	return accepted
}

// Bound returns the scalars of a bound circuit: the statement, a request and a prover for tests, and the secrets of
// input, which begins with the statement.
func Bound(statement, input []byte) []byte {
	request, prover := make([]byte, vadium.ScalarBytes), make([]byte, vadium.ScalarBytes)
	request[0], request[31] = 0x1f, 7
	prover[12], prover[31] = 0xab, 9
	scalars := append([]byte(nil), statement...)
	scalars = append(append(scalars, request...), prover...)
	return append(scalars, input[len(statement):]...)
}

// CheckBound runs what every circuit of the catalogue must pass on one honest assignment: every input is constrained,
// no single public statement scalar and no single secret may change, and request and prover may (they are bound by the
// proof, not by the witness: see [CheckReplay]). Indices in free may change by nature of the statement.
func CheckBound(t *testing.T, c *Case, statement int, free ...int) {
	t.Helper()
	if names := c.Unconstrained(); names != nil {
		t.Errorf("in no constraint: %v", names)
	}
	isFree := map[int]bool{}
	for _, i := range free {
		isFree[i] = true
	}
	for _, i := range append(c.AcceptedMutations(t, 0, statement), c.AcceptedMutations(t, statement+2, len(c.Scalars))...) {
		if !isFree[i] {
			t.Errorf("scalar %d of %d may change unnoticed", i, len(c.Scalars))
		}
	}
}

// CheckReplay makes a real proof and tries it for another value of every public input, request and prover included.
func CheckReplay(t *testing.T, c *Case, keys Keys) {
	t.Helper()
	proof := c.Prove(t, keys)
	if err := c.Verify(t, keys, proof); err != nil {
		t.Fatalf("an honest proof does not verify: %v", err)
	}
	for i := range c.Publics {
		changed := new(big.Int).Add(c.Scalars[i], big.NewInt(1))
		if c.With(i, changed).Verify(t, keys, proof) == nil {
			t.Errorf("the proof also verifies for another public input %d", i)
		}
	}
}
