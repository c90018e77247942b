package prover

import (
	"errors"
	"testing"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace/client"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

func listing(name string, number byte, class vadium.KeyClass) client.Listing {
	return client.Listing{ID: vadium.ProgramID{number}, Program: vadium.Program{Name: name}, Class: class}
}

// Anyone can register a program under a name that others know.
func TestAStrangersProgramOfTheSameNameIsNotServed(t *testing.T) {
	ours := listing("membership", 1, vadium.KeysOperator)
	squatter := listing("membership", 2, vadium.KeysRegistrant)
	public := listing("public", 3, vadium.KeysUniversal)
	theirs, again := listing("theirs", 4, vadium.KeysRegistrant), listing("theirs", 5, vadium.KeysRegistrant)
	all := []client.Listing{squatter, ours, public, theirs, again}
	for _, row := range []struct {
		names    []string
		want     []byte
		problems int
	}{
		{[]string{"membership"}, []byte{1}, 0},
		{[]string{"*"}, []byte{1, 3}, 0},
		{[]string{"*", "membership"}, []byte{1, 3}, 0},
		{[]string{"theirs"}, nil, 1},
		{[]string{theirs.ID.String()}, []byte{4}, 0},
		{[]string{squatter.ID.String(), "membership"}, []byte{2, 1}, 0},
		{[]string{"nobody's"}, nil, 1},
	} {
		chosen, problems := wanted(all, row.names)
		var got []byte
		for _, l := range chosen {
			got = append(got, l.ID[0])
		}
		if string(got) != string(row.want) || len(problems) != row.problems {
			t.Errorf("wanted(%v) = %v with problems %v, want %v and %d", row.names, got, problems, row.want, row.problems)
		}
	}
}

// The demonstration needs a proof that is refused for being wrong, not for being malformed.
func TestACorruptedProofIsWellFormedAndInvalid(t *testing.T) {
	for _, toy := range []enginetest.Blobs{enginetest.Groth16(t), enginetest.Universal(t)} {
		keys := toy.Write(t, t.TempDir())
		e := engine.NewInProcess(1, 1<<30)
		defer e.Close()
		made, err := e.Prove(t.Context(), engine.Work{Keys: keys, Input: enginetest.Input(3), Request: one, Prover: alice})
		if err != nil {
			t.Fatal(err)
		}
		key, err := circuits.LoadVerifyingKey(toy.Program, toy.VerifyingKey)
		if err != nil {
			t.Fatal(err)
		}
		publics := circuits.PublicInputs(toy.Program, enginetest.Statement(), one, alice)
		if err := key.Verify(publics, made.Bytes); err != nil {
			t.Fatalf("%s: the proof itself: %v", toy.Program.Name, err)
		}
		if err := key.Verify(publics, corrupted(toy.Program, made.Bytes)); !errors.Is(err, circuits.ErrInvalidProof) {
			t.Errorf("%s: corrupted proof: %v, want %v", toy.Program.Name, err, circuits.ErrInvalidProof)
		}
	}
}
