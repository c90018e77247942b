package circuits

import (
	"fmt"
	"strings"

	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits/clearing"
	"vadium/circuits/membership"
	"vadium/circuits/pricemedian"
	"vadium/circuits/provenance"
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
		medianEntry(7),
		medianEntry(16),
		medianEntry(31),
		clearingEntry(64),
		clearingEntry(256),
	}
}

func medianEntry(slots int) Entry {
	return Entry{
		Name: pricemedian.ProgramName(slots),
		Says: fmt.Sprintf("a quorum of this committee of at most %d signed observations of this feed for this round; this is their "+
			"median, and these are off it", slots),
		System: vadium.Groth16,
		Curve:  vadium.BN254,
		Statement: []string{"scope", "round", "committee", "median", "oldest", "newest", "present", "quorum",
			"outlier in bps", "flags"},
		Circuit: func() frontend.Circuit { return pricemedian.New(slots) },
		Sample:  func() ([]byte, error) { return sampleMedian(slots) },
	}
}

func clearingEntry(size int) Entry {
	return Entry{
		Name: clearing.ProgramName(size),
		Says: fmt.Sprintf("this committed book of at most %d orders and %d slots was cleared by the market's rule: these requests are served, "+
			"these provers serve them and are paid this", size/2, size/2),
		System:    vadium.Groth16,
		Curve:     vadium.BN254,
		Statement: []string{"clearing", "book", "served", "requests", "winners", "paid"},
		Circuit:   func() frontend.Circuit { return clearing.New(size) },
		Sample:    func() ([]byte, error) { return sampleClearing(size) },
	}
}

// Optional lists programs that are built only where somebody asks for them by name: [Lookup] finds them, and nothing that
// goes through the catalogue makes their keys, which takes minutes and gigabytes.
func Optional() []Entry {
	return []Entry{clearingEntry(1024), provenanceEntry(1), provenanceEntry(provenance.MaxPackages)}
}

func provenanceEntry(packages int) Entry {
	says := "a known signer of RedStone signed this value of this feed, at a time within these bounds"
	if packages > 1 {
		says = fmt.Sprintf("%d different known signers of RedStone signed values of this feed, this is their median, and their times are within these bounds",
			packages)
	}
	return Entry{
		Name:      provenance.ProgramName(packages),
		Says:      says,
		System:    vadium.Groth16,
		Curve:     vadium.BN254,
		Statement: []string{"feed's first 16 bytes", "feed's last 16 bytes", "signers", "value", "oldest", "newest"},
		Circuit:   func() frontend.Circuit { return provenance.New(packages) },
		Sample:    func() ([]byte, error) { return sampleProvenance(packages) },
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

// Lookup returns the entry called name, of the catalogue or of the optional ones; the error lists the names there are.
func Lookup(name string) (Entry, error) {
	var names []string
	for _, e := range append(Catalogue(), Optional()...) {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return Entry{}, fmt.Errorf("no program called %q in the catalogue (it has %s)", name, strings.Join(names, ", "))
}
