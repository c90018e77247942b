// Package enginetest holds what every engine must do, a tiny program to try it on, and an engine that pretends.
package enginetest

import (
	"bytes"
	"io"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	csbls12381 "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
)

// Circuit states: I know X with X^3 + X + 5 = Y. Request and prover are bound.
type Circuit struct {
	Y       frontend.Variable `gnark:",public"`
	Request frontend.Variable `gnark:",public"`
	Prover  frontend.Variable `gnark:",public"`
	X       frontend.Variable
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Add(api.Mul(c.X, c.X, c.X), c.X, 5))
	api.Mul(c.Request, c.Request)
	api.Mul(c.Prover, c.Prover)
	return nil
}

// Blobs are a program's files.
type Blobs struct {
	Program                                    vadium.Program
	ConstraintSystem, ProvingKey, VerifyingKey []byte
	Sample                                     []byte
}

var made struct {
	mu               sync.Mutex
	groth, universal *Blobs
}

// Groth16 returns the toy over BN254, with keys made in this process.
func Groth16(t testing.TB) Blobs {
	t.Helper()
	made.mu.Lock()
	defer made.mu.Unlock()
	if made.groth == nil {
		ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder[constraint.U64], &Circuit{})
		must(t, err)
		pk, vk, err := groth16.Setup(ccs)
		must(t, err)
		made.groth = write(t, vadium.Program{Name: "toy", System: vadium.Groth16, Curve: vadium.BN254, Bound: true}, ccs, pk, vk)
	}
	return *made.groth
}

// Universal returns the toy in PLONK over BLS12-381, with keys over the pinned ceremony.
func Universal(t testing.TB) Blobs {
	t.Helper()
	made.mu.Lock()
	defer made.mu.Unlock()
	if made.universal == nil {
		ccs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), scs.NewBuilder[constraint.U64], &Circuit{})
		must(t, err)
		pk, vk, err := circuits.SetupUniversal(ccs)
		must(t, err)
		made.universal = write(t, vadium.Program{Name: "toy-universal", System: vadium.PLONK, Curve: vadium.BLS12381, Bound: true}, ccs, pk, vk)
	}
	return *made.universal
}

// Hinted is the toy with a hint, which is code that a solver runs.
type Hinted struct{ Circuit }

// Define implements frontend.Circuit.
func (c *Hinted) Define(api frontend.API) error {
	api.AssertIsEqual(api.IsZero(c.X), 0)
	return c.Circuit.Define(api)
}

// ExplodingSolver returns a program that loads, and whose first hint is said to have four thousand million outputs:
// gnark's solver allocates 137 GB for them (engine.md §5.1, bigIntOutputs).
func ExplodingSolver(t testing.TB) Blobs {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), scs.NewBuilder[constraint.U64], &Hinted{})
	must(t, err)
	pk, vk, err := circuits.SetupUniversal(ccs)
	must(t, err)
	found := false
	system := &ccs.(*csbls12381.SparseR1CS).System
	for _, packed := range system.Instructions {
		if _, hint := system.Blueprints[packed.BlueprintID].(*constraint.BlueprintGenericHint); hint {
			data := packed.Unpack(system).Calldata
			data[len(data)-1], found = math.MaxUint32, true // the end of its range of outputs
		}
	}
	if !found {
		t.Fatal("the circuit has no hint")
	}
	return *write(t, vadium.Program{Name: "toy-hinted", System: vadium.PLONK, Curve: vadium.BLS12381, Bound: true}, ccs, pk, vk)
}

func write(t testing.TB, p vadium.Program, ccs constraint.ConstraintSystem, pk any, vk io.WriterTo) *Blobs {
	t.Helper()
	var toCCS, toPK, toVK bytes.Buffer
	p, err := circuits.WriteProgram(circuits.Sinks{ConstraintSystem: &toCCS, ProvingKey: &toPK, VerifyingKey: &toVK}, p, ccs, pk, vk)
	must(t, err)
	sample := Input(3)
	p.Sample = vadium.DigestOf(sample)
	return &Blobs{p, toCCS.Bytes(), toPK.Bytes(), toVK.Bytes(), sample}
}

// Write puts the files into a folder.
func (b Blobs) Write(t testing.TB, dir string) engine.Keys {
	t.Helper()
	put := func(name string, content []byte) string {
		path := filepath.Join(dir, b.Program.Name+"."+name)
		must(t, os.WriteFile(path, content, 0o600))
		return path
	}
	return engine.Keys{
		Program: b.Program, ConstraintSystem: put("ccs", b.ConstraintSystem),
		ProvingKey: put("pk", b.ProvingKey), VerifyingKey: put("vk", b.VerifyingKey),
	}
}

// Input returns the toy's input with this secret, claiming 35: only 3 satisfies it.
func Input(secret int64) []byte { return Scalars(35, secret) }

// Statement is the toy's statement: 35.
func Statement() []byte { return Scalars(35) }

// Scalars encodes small numbers canonically.
func Scalars(values ...int64) []byte {
	b := make([]byte, 0, len(values)*vadium.ScalarBytes)
	for _, v := range values {
		b = append(b, big.NewInt(v).FillBytes(make([]byte, vadium.ScalarBytes))...)
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
