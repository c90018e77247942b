package circuits

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits/circuittest"
)

// registrant writes the variant's files the way a user of gnark would, in the given form.
func registrant(t *testing.T, v variant, form string) Source {
	t.Helper()
	ccs := compileToy(t, v)
	pk, vk := setupToy(t, v, ccs)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	put := func(name string, write func(*bytes.Buffer) error) string {
		var b bytes.Buffer
		must(t, write(&b))
		must(t, os.WriteFile(path(name), b.Bytes(), 0o600))
		return path(name)
	}
	source := Source{Name: "toy", System: v.system, Curve: v.curve}
	source.ConstraintSystem = put("ccs", func(b *bytes.Buffer) error { _, err := ccs.WriteTo(b); return err })
	source.VerifyingKey = put("vk", func(b *bytes.Buffer) error { _, err := vk.WriteTo(b); return err })
	source.ProvingKey = put("pk", func(b *bytes.Buffer) error {
		switch form {
		case "raw":
			return WriteProvingKey(b, pk)
		case "dump":
			return pk.(groth16.ProvingKey).WriteDump(b)
		}
		_, err := pk.(gnarkKey).WriteTo(b)
		return err
	})
	w := circuittest.New(v.system, v.curve, ccs, scalars(35, 7, 9, 3)).Witness(t)
	source.Sample = put("witness", func(b *bytes.Buffer) error { _, err := w.WriteTo(b); return err })
	return source
}

func TestRegistrantsFilesAreImportedInWhateverFormAndProve(t *testing.T) {
	for _, v := range variants {
		forms := []string{"compressed", "raw"}
		if v.system == vadium.Groth16 {
			forms = append(forms, "dump")
		}
		for _, form := range forms {
			t.Run(fmt.Sprintf("%s-%s", v, form), func(t *testing.T) {
				im, err := Import(registrant(t, v, form))
				must(t, err)
				p := im.Program
				if p.Bound || p.Public != 3 || p.Secret != 1 || im.KeyClass() != vadium.KeysRegistrant {
					t.Errorf("imported %+v of class %s, want 3 public, 1 secret, unbound, registrant", p, im.KeyClass())
				}
				proof, err := im.ProveSample()
				must(t, err)
				// What the market and another prover do with the uploaded blobs.
				vk, err := LoadVerifyingKey(p, im.VerifyingKey)
				must(t, err)
				if err := vk.Verify(im.Sample[:p.StatementBytes()], proof); err != nil {
					t.Errorf("the market refuses the sample proof: %v", err)
				}
				f := &fixture{program: p, ccs: im.ConstraintSystem, pk: im.ProvingKey, vk: im.VerifyingKey}
				if _, err := loadKeys(t, f).Prove(im.Sample, toyRequest, toyProver); err != nil {
					t.Errorf("another prover: %v", err)
				}
			})
		}
	}
}

func TestPartsThatDoNotBelongTogetherAreFound(t *testing.T) {
	v := variant{vadium.Groth16, vadium.BN254, false}
	source, other := registrant(t, v, "raw"), registrant(t, v, "raw")
	mixed := source
	mixed.VerifyingKey = other.VerifyingKey
	im, err := Import(mixed)
	must(t, err) // nothing but a proof can tell
	if _, err := im.ProveSample(); err == nil {
		t.Error("the sample is proven under another setup's verifying key")
	}
	for name, change := range map[string]func(*Source){
		"another curve":          func(s *Source) { s.Curve = vadium.BLS12381 },
		"another system":         func(s *Source) { s.System = vadium.PLONK },
		"proving key is the ccs": func(s *Source) { s.ProvingKey = s.ConstraintSystem },
		"absent sample":          func(s *Source) { s.Sample += ".absent" },
		"another circuit's key": func(s *Source) {
			s.VerifyingKey = registrant(t, variant{vadium.PLONK, vadium.BN254, false}, "raw").VerifyingKey
		},
		"trailing byte in the key": func(s *Source) {
			b, err := os.ReadFile(s.ProvingKey)
			must(t, err)
			s.ProvingKey += ".longer"
			must(t, os.WriteFile(s.ProvingKey, append(b, 0), 0o600))
		},
		"unsatisfied sample": func(s *Source) {
			s.Sample += ".json"
			must(t, os.WriteFile(s.Sample, []byte(`{"public":["36","7","9"],"secret":["3"]}`), 0o600))
		},
	} {
		s := source
		change(&s)
		if _, err := Import(s); err == nil {
			t.Errorf("%s: imported", name)
		}
	}
}

// hinted computes a square root outside the circuit, with a hint that only the registrant's binary has.
type hinted struct {
	Y frontend.Variable `gnark:",public"`
	X frontend.Variable
}

func (c *hinted) Define(api frontend.API) error {
	root, err := api.Compiler().NewHint(registrantsOwnHint, 1, c.Y)
	if err != nil {
		return err
	}
	api.AssertIsEqual(api.Mul(root[0], root[0]), c.Y)
	api.AssertIsEqual(root[0], c.X)
	return nil
}

func registrantsOwnHint(_ *big.Int, in, out []*big.Int) error { out[0].Sqrt(in[0]); return nil }

func TestHintsOnlyTheRegistrantHasAreRefusedByName(t *testing.T) {
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, &hinted{})
	if solver.GetRegisteredHint(solver.GetHintID(registrantsOwnHint)) != nil {
		t.Fatal("compiling registered the hint: the test shows nothing")
	}
	var b bytes.Buffer
	must(t, WriteConstraintSystem(&b, ccs))
	_, err := readConstraintSystem(&b, vadium.Groth16, vadium.BN254)
	if err == nil || !strings.Contains(err.Error(), "registrantsOwnHint") {
		t.Errorf("a foreign hint: %v, want an error that names it", err)
	}
}

func TestWitnessesAreConvertedExactlyOrRefused(t *testing.T) {
	p := vadium.Program{System: vadium.Groth16, Curve: vadium.BN254, Public: 1, Secret: 2}
	want := scalars(35, 3, 255)
	order := mustID(t, vadium.BN254).ScalarField()
	header := func(counts ...byte) []byte {
		var b []byte
		for _, c := range counts {
			b = append(b, 0, 0, 0, c)
		}
		return b
	}
	good := map[string][]byte{
		"json":   []byte(` {"public":["35"],"secret":["0x3","0xFf"]}` + "\n"),
		"zeros":  []byte(`{"public":["0035"],"secret":["3","255"]}`),
		"binary": append(header(1, 2, 3), want...),
	}
	for name, w := range good {
		got, err := WitnessInput(p, w)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x, %v, want %x", name, got, err, want)
		}
	}
	bad := map[string][]byte{
		"empty":               nil,
		"negative":            []byte(`{"public":["-1"],"secret":["3","255"]}`),
		"float":               []byte(`{"public":["1.5"],"secret":["3","255"]}`),
		"bare number":         []byte(`{"public":[35],"secret":["3","255"]}`),
		"empty string":        []byte(`{"public":[""],"secret":["3","255"]}`),
		"0x":                  []byte(`{"public":["0x"],"secret":["3","255"]}`),
		"the order":           []byte(fmt.Sprintf(`{"public":["%s"],"secret":["3","255"]}`, order)),
		"one secret short":    []byte(`{"public":["35"],"secret":["3"]}`),
		"one public more":     []byte(`{"public":["35","1"],"secret":["3","255"]}`),
		"unknown field":       []byte(`{"public":["35"],"secret":["3","255"],"x":1}`),
		"two objects":         []byte(`{"public":["35"],"secret":["3","255"]}{}`),
		"wrong counts":        append(header(2, 1, 3), want...),
		"public part only":    append(header(1, 0, 1), want[:32]...),
		"truncated":           append(header(1, 2, 3), want[:95]...),
		"length 2^32-1":       append([]byte{0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff}, want...),
		"binary not in field": append(header(1, 2, 3), append(order.FillBytes(make([]byte, 32)), want[32:]...)...),
	}
	for name, w := range bad {
		_, err := WitnessInput(p, w)
		wantKind(t, err, ErrMalformedInput, name)
	}
	_, err := WitnessInput(p, []byte(`{"public":["35"],"secret":["3","hunter2"]}`))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("malformed secret: %v, want an error that does not print it", err)
	}
}
