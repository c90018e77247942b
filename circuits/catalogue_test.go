package circuits

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/schema"

	"vadium"
	"vadium/circuits/circuittest"
)

var update = flag.Bool("update", false, "write testdata/constraints.csv")

const countsFile = "testdata/constraints.csv"

// compiled returns an entry's constraint system, compiled once for all tests.
func compiled(t *testing.T, e Entry) constraint.ConstraintSystem {
	t.Helper()
	if ccs, ok := systems[e.Name]; ok {
		return ccs
	}
	ccs := circuittest.Compile(t, e.System, e.Curve, e.Circuit())
	systems[e.Name] = ccs
	return ccs
}

var systems = map[string]constraint.ConstraintSystem{}

// A changed number is a changed circuit, hence a new program for everybody: this test makes the change visible in a
// review. Explain the diff in the commit.
func TestConstraintCountsAreThoseCommitted(t *testing.T) {
	var got bytes.Buffer
	w := csv.NewWriter(&got)
	rows := [][]string{{"program", "system", "curve", "public", "secret", "constraints"}}
	for _, e := range Catalogue() {
		ccs := compiled(t, e)
		rows = append(rows, []string{e.Name, e.System.String(), e.Curve.String(), fmt.Sprint(publicScalars(ccs, e.System)),
			fmt.Sprint(ccs.GetNbSecretVariables()), fmt.Sprint(ccs.GetNbConstraints())})
	}
	must(t, w.WriteAll(rows))
	if *update {
		must(t, os.WriteFile(countsFile, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(countsFile)
	must(t, err)
	if got.String() != string(want) {
		t.Errorf("constraint counts are\n%s\nbut %s has\n%s\n(run with -update and say why in the commit)", got.String(), countsFile, want)
	}
}

func TestCatalogueEntriesAreBoundNamedAndFree(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Catalogue() {
		if seen[e.Name] || e.Says == "" || strings.ToLower(e.Name) != e.Name {
			t.Errorf("entry %+v: names are unique, lower-case, and say something", e)
		}
		seen[e.Name] = true
		ccs := compiled(t, e)
		if got, want := publicScalars(ccs, e.System), len(e.Statement)+bindingScalars; got != want {
			t.Errorf("%s has %d public inputs, the entry names %d with the binding", e.Name, got, want)
		}
		c := circuittest.New(e.System, e.Curve, ccs, nil)
		if names := c.Unconstrained(); names != nil {
			t.Errorf("%s: in no constraint: %v", e.Name, names)
		}
		if len(ccs.GetCommitments().CommitmentIndexes()) != 0 {
			t.Errorf("%s makes BSB22 commitments; the catalogue's circuits do without", e.Name)
		}
		found, err := Lookup(e.Name)
		if err != nil || found.Name != e.Name {
			t.Errorf("Lookup(%q) = %q, %v", e.Name, found.Name, err)
		}
	}
	if _, err := Lookup("no such"); err == nil || !strings.Contains(err.Error(), "membership") {
		t.Errorf("Lookup of an unknown name = %v, want the known names", err)
	}
}

// Optional programs take minutes and gigabytes to set up: whoever goes through the catalogue must not meet them. What can be
// held against them without compiling them is here; circuits/clearing and circuits/provenance have the rest.
func TestOptionalProgramsAreFoundByNameOnly(t *testing.T) {
	ordinary := map[string]bool{}
	for _, e := range Catalogue() {
		ordinary[e.Name] = true
	}
	for _, e := range Optional() {
		if ordinary[e.Name] || e.Says == "" {
			t.Errorf("optional program %q is in the catalogue too, or says nothing", e.Name)
		}
		found, err := Lookup(e.Name)
		if err != nil || found.Name != e.Name {
			t.Errorf("Lookup(%q) = %q, %v", e.Name, found.Name, err)
		}
		counted, err := schema.Walk(ecc.BN254.ScalarField(), e.Circuit(), reflect.TypeFor[frontend.Variable](), nil)
		must(t, err)
		if got, want := counted.Public, len(e.Statement)+bindingScalars; got != want {
			t.Errorf("%s has %d public inputs, the entry names %d with the binding", e.Name, got, want)
		}
		sample, err := e.Sample()
		must(t, err)
		again, err := e.Sample()
		must(t, err)
		if got, want := len(sample), (counted.Public+counted.Secret-bindingScalars)*vadium.ScalarBytes; got != want || !bytes.Equal(sample, again) {
			t.Errorf("%s has a sample of %d bytes, want %d, the same every time", e.Name, got, want)
		}
	}
}

// The scan must see what it is there for, or a catalogue that passes means nothing.
func TestScanFindsAnInputInNoConstraint(t *testing.T) {
	for _, system := range []vadium.ProofSystem{vadium.Groth16, vadium.PLONK} {
		ccs := circuittest.Compile(t, system, vadium.BN254, &unbound{})
		names := circuittest.New(system, vadium.BN254, ccs, nil).Unconstrained()
		if len(names) != 1 || names[0] != "public input 1" {
			t.Errorf("%s: scan finds %v, want public input 1", system, names)
		}
	}
}
