package circuits

import (
	"fmt"
	"strings"

	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits/membership"
	"vadium/circuits/sha256preimage"
	"vadium/circuits/solvency"
)

// Entry is a program of the catalogue before it has keys.
type Entry struct {
	// Name is how people call the program, on the command line too.
	Name string
	// Says is the statement in plain words, as the one who knows the secrets would say it.
	Says   string
	System vadium.ProofSystem
	Curve  vadium.Curve
	// Statement names the public scalars in order, without the request and the prover that every entry adds.
	Statement []string
	// Circuit returns an empty circuit to compile.
	Circuit func() frontend.Circuit
	// Sample returns the program's public sample input, the same every time: see [vadium.Program].
	Sample func() ([]byte, error)
}

// Catalogue lists the programs every Vadium binary can build, prove and explain. All are bound to request and prover.
func Catalogue() []Entry {
	return []Entry{
		{
			Name:      "membership",
			Says:      "one of the identity commitments in this list is mine",
			System:    vadium.Groth16,
			Curve:     vadium.BN254,
			Statement: []string{"root", "scope", "nullifier"},
			Circuit:   func() frontend.Circuit { return new(membership.Circuit) },
			Sample:    sampleMembership,
		},
		solvencyEntry("solvency-64", solvency.Depth64),
		solvencyEntry("solvency-256", solvency.Depth256),
		{
			Name:      "sha256-preimage",
			Says:      "I know the bytes behind this SHA-256",
			System:    vadium.Groth16,
			Curve:     vadium.BN254,
			Statement: []string{"digest's first 16 bytes", "digest's last 16 bytes"},
			Circuit:   func() frontend.Circuit { return new(sha256preimage.Circuit) },
			Sample:    samplePreimage,
		},
	}
}

func solvencyEntry(name string, depth int) Entry {
	return Entry{
		Name:      name,
		Says:      fmt.Sprintf("the balances of these at most %d accounts sum to no more than these reserves, and none is negative", 1<<depth),
		System:    vadium.Groth16,
		Curve:     vadium.BN254,
		Statement: []string{"root", "reserves"},
		Circuit:   func() frontend.Circuit { return solvency.New(depth) },
		Sample:    func() ([]byte, error) { return sampleSolvency(depth) },
	}
}

// Lookup returns the entry called name; the error lists the names there are.
func Lookup(name string) (Entry, error) {
	var names []string
	for _, e := range Catalogue() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return Entry{}, fmt.Errorf("no program called %q in the catalogue (it has %s)", name, strings.Join(names, ", "))
}
