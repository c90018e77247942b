package setup

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/clearing"
	"vadium/circuits/membership"
	"vadium/circuits/pricemedian"
	"vadium/circuits/sha256preimage"
	"vadium/circuits/solvency"
)

// inputOf returns an honest input of each program in the catalogue, at full size where there is one.
func inputOf(t testing.TB, name string) (statement, input []byte) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch name {
	case "membership":
		id, err := membership.NewIdentity(rand.NewChaCha8([32]byte{3}))
		check(err)
		statement, input, err = membership.Build(strings.NewReader(id.Commitment()), id, "vote")
		check(err)
	case "solvency-64", "solvency-256":
		depth := map[string]int{"solvency-64": solvency.Depth64, "solvency-256": solvency.Depth256}[name]
		var list strings.Builder
		for i := range 1 << depth {
			fmt.Fprintf(&list, "account-%d,%d\n", i, 1_000_003*i)
		}
		book, err := solvency.Build(strings.NewReader(list.String()), "1000000000000", solvency.Options{Depth: depth})
		check(err)
		statement, input = book.Statement, book.Input
	case "sha256-preimage":
		var err error
		statement, input, err = sha256preimage.Build([]byte(strings.Repeat("vadium ", 17)))
		check(err)
	case pricemedian.ProgramName(7), pricemedian.ProgramName(16), pricemedian.ProgramName(31),
		clearing.ProgramName(64), clearing.ProgramName(256):
		entry, err := circuits.Lookup(name)
		check(err)
		input, err = entry.Sample() // every place is taken
		check(err)
		statement = input[:len(entry.Statement)*vadium.ScalarBytes]
	default:
		t.Fatalf("no example input for %s: add one here", name)
	}
	return statement, input
}

var keyCache = flag.String("keys", "", "folder to keep keys in between runs")

// keysFor returns the entry's keys, from the folder that -keys names if it does.
func keysFor(t testing.TB, entry circuits.Entry) Keys {
	t.Helper()
	dir := *keyCache
	if dir == "" {
		dir = t.TempDir()
	}
	keys, err := Ensure(t.Context(), dir, entry, nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func load(t testing.TB, keys Keys) *circuits.ProvingKeys {
	t.Helper()
	k, err := circuits.LoadProvingKeys(keys.Program, keys.ConstraintSystem, keys.ProvingKey, keys.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// From the list to a verified proof, as the market and a prover do it. The larger programs take a minute of setup and
// run with the tag prover_checks. The packages of medians and of clearings make keys for the smallest of theirs; the larger
// ones, whose keys take minutes, are proven in bench.
func TestCatalogueProgramsProveEndToEnd(t *testing.T) {
	for _, entry := range circuits.Catalogue() {
		if strings.HasPrefix(entry.Name, "price-median-") || strings.HasPrefix(entry.Name, "clearing-") {
			continue
		}
		t.Run(entry.Name, func(t *testing.T) {
			if !proverChecks && entry.Name != "membership" {
				t.Skip("run with -tags=prover_checks")
			}
			keys := load(t, keysFor(t, entry))
			statement, input := inputOf(t, entry.Name)
			request, prover := vadium.RequestID{0: 0xee, 5: 1}, vadium.Account{7}
			proof, err := keys.Prove(input, request, prover)
			if err != nil {
				t.Fatal(err)
			}
			p, vk := keys.Program(), keys.VerifyingKey()
			if err := vk.Verify(circuits.PublicInputs(p, statement, request, prover), proof); err != nil {
				t.Errorf("honest proof: %v", err)
			}
			if vk.Verify(circuits.PublicInputs(p, statement, vadium.RequestID{}, prover), proof) == nil {
				t.Error("the proof serves another request")
			}
			if vk.Verify(circuits.PublicInputs(p, statement, request, vadium.Account{8}), proof) == nil {
				t.Error("the proof serves another prover")
			}
			if got := keys.Program().Secret; int(got)*vadium.ScalarBytes != len(input)-len(statement) {
				t.Errorf("the manifest counts %d secrets, the input has %d bytes of them", got, len(input)-len(statement))
			}
		})
	}
}

func BenchmarkCatalogue(b *testing.B) {
	for _, entry := range circuits.Catalogue() {
		var made Keys
		var keys *circuits.ProvingKeys
		prepare := func(b *testing.B) {
			if keys == nil {
				made = keysFor(b, entry)
				keys = load(b, made)
			}
			b.ReportAllocs()
			b.ResetTimer()
		}
		statement, input := inputOf(b, entry.Name)
		b.Run("prove/"+entry.Name, func(b *testing.B) {
			prepare(b)
			for b.Loop() {
				if _, err := keys.Prove(input, vadium.RequestID{}, vadium.Account{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("solve/"+entry.Name, func(b *testing.B) {
			prepare(b)
			for b.Loop() {
				if err := keys.Solve(input, vadium.RequestID{}, vadium.Account{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("load/"+entry.Name, func(b *testing.B) {
			prepare(b)
			for b.Loop() {
				load(b, made)
			}
		})
		b.Run("verify/"+entry.Name, func(b *testing.B) {
			prepare(b)
			proof, err := keys.Prove(input, vadium.RequestID{}, vadium.Account{})
			if err != nil {
				b.Fatal(err)
			}
			publics := circuits.PublicInputs(keys.Program(), statement, vadium.RequestID{}, vadium.Account{})
			b.ResetTimer()
			for b.Loop() {
				if err := keys.VerifyingKey().Verify(publics, proof); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
