package circuits

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"
	"github.com/consensys/gnark/std/rangecheck"
	"github.com/consensys/gnark/test/unsafekzg"

	"vadium"
)

// toy states: I know X with X^3 + X + 5 = Y; with committed also that X is below 2^20, through gnark's range checker,
// which makes a BSB22 commitment.
type toy struct {
	Y       frontend.Variable `gnark:",public"`
	Request frontend.Variable `gnark:",public"`
	Prover  frontend.Variable `gnark:",public"`
	X       frontend.Variable

	committed bool
}

func (c *toy) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Add(api.Mul(c.X, c.X, c.X), c.X, 5))
	api.Mul(c.Request, c.Request)
	api.Mul(c.Prover, c.Prover)
	if c.committed {
		rangecheck.New(api).Check(c.X, 20)
	}
	return nil
}

// variant is one of the shapes of program the market verifies.
type variant struct {
	system    vadium.ProofSystem
	curve     vadium.Curve
	committed bool
}

func (v variant) String() string {
	if v.committed {
		return fmt.Sprintf("%s-%s-committed", v.system, v.curve)
	}
	return fmt.Sprintf("%s-%s", v.system, v.curve)
}

var variants = []variant{
	{vadium.Groth16, vadium.BN254, false},
	{vadium.Groth16, vadium.BLS12381, false},
	{vadium.PLONK, vadium.BN254, false},
	{vadium.PLONK, vadium.BLS12381, false},
	{vadium.Groth16, vadium.BN254, true},
	{vadium.Groth16, vadium.BLS12381, true},
	{vadium.PLONK, vadium.BN254, true},
	{vadium.PLONK, vadium.BLS12381, true},
}

// fixture is a toy program with keys and one proof of 3^3 + 3 + 5 = 35.
type fixture struct {
	program          vadium.Program
	ccs, pk, vk      []byte
	key              *VerifyingKey
	statement, input []byte
	publics, proof   []byte
}

var (
	toyRequest = vadium.RequestID{0: 0xff, 31: 1}
	toyProver  = vadium.Account{0: 0xaa, 19: 2}
	fixtures   sync.Map // variant -> func() *fixture
)

// fixtureOf returns the variant's fixture, made once per test run. It must not be modified.
func fixtureOf(t testing.TB, v variant) *fixture {
	t.Helper()
	once, _ := fixtures.LoadOrStore(v, sync.OnceValue(func() *fixture { return makeFixture(t, v) }))
	return once.(func() *fixture)()
}

func makeFixture(t testing.TB, v variant) *fixture {
	t.Helper()
	ccs := compileToy(t, v)
	pk, vk := setupToy(t, v, ccs)
	f := &fixture{statement: scalars(35), input: scalars(35, 3)}
	var toCCS, toPK, toVK bytes.Buffer
	program, err := WriteProgram(Sinks{&toCCS, &toPK, &toVK},
		vadium.Program{Name: "toy", System: v.system, Curve: v.curve, Bound: true}, ccs, pk, vk)
	must(t, err)
	f.program, f.ccs, f.pk, f.vk = program, toCCS.Bytes(), toPK.Bytes(), toVK.Bytes()
	f.key, err = LoadVerifyingKey(program, f.vk)
	must(t, err)
	f.publics = PublicInputs(program, f.statement, toyRequest, toyProver)
	f.proof, err = loadKeys(t, f).Prove(f.input, toyRequest, toyProver)
	must(t, err)
	return f
}

func compileToy(t testing.TB, v variant) constraint.ConstraintSystem {
	t.Helper()
	id, err := curveID(v.curve)
	must(t, err)
	builder := r1cs.NewBuilder[constraint.U64]
	if v.system == vadium.PLONK {
		builder = scs.NewBuilder[constraint.U64]
	}
	ccs, err := frontend.Compile(id.ScalarField(), builder, &toy{committed: v.committed})
	must(t, err)
	return ccs
}

func setupToy(t testing.TB, v variant, ccs constraint.ConstraintSystem) (pk any, vk gnarkKey) {
	t.Helper()
	if v.system == vadium.Groth16 {
		pk, vk, err := groth16.Setup(ccs)
		must(t, err)
		return pk, vk
	}
	srs, lagrange, err := unsafekzg.NewSRS(ccs)
	must(t, err)
	plonkPK, plonkVK, err := plonk.Setup(ccs, srs, lagrange)
	must(t, err)
	return plonkPK, plonkVK
}

// loadKeys loads the fixture's blobs through files, as a prover does.
func loadKeys(t testing.TB, f *fixture) *ProvingKeys {
	t.Helper()
	ccs, pk, vk := writeBlobs(t, f)
	keys, err := LoadProvingKeys(f.program, ccs, pk, vk)
	must(t, err)
	return keys
}

func writeBlobs(t testing.TB, f *fixture) (ccs, pk, vk string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, content, 0o600))
		return path
	}
	return write("ccs", f.ccs), write("pk", f.pk), write("vk", f.vk)
}

// scalars encodes small numbers canonically.
func scalars(values ...int64) []byte {
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

type stringWriter string

func (w *stringWriter) Write(b []byte) (int, error) {
	*w += stringWriter(b)
	return len(b), nil
}
