package prover

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
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

// files serves blobs, right or wrong.
type files struct {
	content map[vadium.Digest][]byte
	asked   int
}

func (f *files) Get(_ context.Context, _ client.Source, digest vadium.Digest, to io.Writer, _ client.Progress) error {
	f.asked++
	_, err := to.Write(f.content[digest])
	return err
}

func TestKeysAppearOnlyWholeAndChecked(t *testing.T) {
	toy := enginetest.Groth16(t)
	p := toy.Program
	right := map[vadium.Digest][]byte{p.ConstraintSystem: toy.ConstraintSystem, p.ProvingKey: toy.ProvingKey, p.VerifyingKey: toy.VerifyingKey, p.Sample: toy.Sample}
	with := func(proving []byte) map[vadium.Digest][]byte {
		return map[vadium.Digest][]byte{p.ConstraintSystem: toy.ConstraintSystem, p.ProvingKey: proving, p.VerifyingKey: toy.VerifyingKey, p.Sample: toy.Sample}
	}
	flipped := append([]byte(nil), toy.ProvingKey...)
	flipped[10] ^= 1
	for name, row := range map[string]struct {
		content map[vadium.Digest][]byte
		want    error
	}{
		"right":     {right, nil},
		"too long":  {with(append(append([]byte(nil), toy.ProvingKey...), 0)), errWrongLength},
		"too short": {with(toy.ProvingKey[1:]), errWrongLength},
		"missing":   {with(nil), errWrongLength},
		"flipped":   {with(flipped), client.ErrWrongBytes},
	} {
		dir := t.TempDir()
		folder := keyFolder{filepath.Join(dir, "keys"), 1 << 20}
		m := &files{content: row.content}
		keys, err := folder.fetch(t.Context(), m, p.ID(), p)
		if !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("fetch, %s = %v, want %v", name, err, row.want)
		}
		if _, have := folder.have(p); have != (row.want == nil) {
			t.Errorf("have after %s = %v", name, have)
		}
		left, _ := os.ReadDir(folder.dir)
		for _, f := range left {
			if strings.HasPrefix(f.Name(), ".") {
				t.Errorf("fetch, %s leaves %s behind", name, f.Name())
			}
		}
		if row.want != nil {
			continue
		}
		asked := m.asked
		if again, err := folder.fetch(t.Context(), m, p.ID(), p); err != nil || again != keys || m.asked != asked {
			t.Errorf("fetching again = %v after %d downloads, want the same files and none", err, m.asked-asked)
		}
	}
}

func TestAProgramBeyondTheLimitIsNotFetched(t *testing.T) {
	toy := enginetest.Groth16(t)
	p := toy.Program
	total := p.ConstraintSystemBytes + p.ProvingKeyBytes + p.VerifyingKeyBytes + uint64(p.InputBytes())
	m := &files{content: map[vadium.Digest][]byte{p.ConstraintSystem: toy.ConstraintSystem, p.ProvingKey: toy.ProvingKey, p.VerifyingKey: toy.VerifyingKey, p.Sample: toy.Sample}}
	if _, err := (keyFolder{t.TempDir(), total}).fetch(t.Context(), m, p.ID(), p); err != nil {
		t.Errorf("fetch of exactly the limit = %v, want nil", err)
	}
	m.asked = 0
	if _, err := (keyFolder{t.TempDir(), total - 1}).fetch(t.Context(), m, p.ID(), p); !errors.Is(err, errProgramTooLarge) || m.asked != 0 {
		t.Errorf("fetch of one byte more = %v after %d downloads, want %v and none", err, m.asked, errProgramTooLarge)
	}
	other := p
	other.ProvingKeyBytes = 1 << 63
	other.ConstraintSystemBytes = 1 << 63
	if _, err := (keyFolder{t.TempDir(), total}).fetch(t.Context(), m, other.ID(), other); !errors.Is(err, errProgramTooLarge) {
		t.Errorf("fetch of sizes that overflow = %v, want %v", err, errProgramTooLarge)
	}
	if _, err := (keyFolder{t.TempDir(), total}).fetch(t.Context(), m, other.ID(), p); err == nil {
		t.Error("fetch of a manifest under another id = nil, want an error")
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
