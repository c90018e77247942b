package circuits

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"vadium"
	"vadium/circuits/circuittest"
)

var update = flag.Bool("update", false, "write testdata/constraints.csv")

const countsFile = "testdata/constraints.csv"

// A changed number is a changed circuit, hence a new program for everybody: this test makes the change visible in a
// review. Explain the diff in the commit.
func TestConstraintCountsAreThoseCommitted(t *testing.T) {
	var got bytes.Buffer
	w := csv.NewWriter(&got)
	rows := [][]string{{"program", "system", "curve", "public", "secret", "constraints"}}
	for _, e := range Catalogue() {
		ccs := circuittest.Compile(t, e.System, e.Curve, e.Circuit())
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
		ccs := circuittest.Compile(t, e.System, e.Curve, e.Circuit())
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
