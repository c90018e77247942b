package keys_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace/client"
	"vadium/prover/engine/enginetest"
	"vadium/prover/keys"
)

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
		"too long":  {with(append(append([]byte(nil), toy.ProvingKey...), 0)), keys.ErrWrongLength},
		"too short": {with(toy.ProvingKey[1:]), keys.ErrWrongLength},
		"missing":   {with(nil), keys.ErrWrongLength},
		"flipped":   {with(flipped), client.ErrWrongBytes},
	} {
		dir := t.TempDir()
		folder := keys.Folder{Dir: filepath.Join(dir, "keys"), Most: 1 << 20}
		m := &files{content: row.content}
		got, err := folder.Fetch(t.Context(), m, p.ID(), p)
		if !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("fetch, %s = %v, want %v", name, err, row.want)
		}
		if _, have := folder.Have(p); have != (row.want == nil) {
			t.Errorf("have after %s = %v", name, have)
		}
		left, _ := os.ReadDir(folder.Dir)
		for _, f := range left {
			if strings.HasPrefix(f.Name(), ".") {
				t.Errorf("fetch, %s leaves %s behind", name, f.Name())
			}
		}
		if row.want != nil {
			continue
		}
		asked := m.asked
		if again, err := folder.Fetch(t.Context(), m, p.ID(), p); err != nil || again != got || m.asked != asked {
			t.Errorf("fetching again = %v after %d downloads, want the same files and none", err, m.asked-asked)
		}
	}
}

func TestAProgramBeyondTheLimitIsNotFetched(t *testing.T) {
	toy := enginetest.Groth16(t)
	p := toy.Program
	total := p.ConstraintSystemBytes + p.ProvingKeyBytes + p.VerifyingKeyBytes + uint64(p.InputBytes())
	m := &files{content: map[vadium.Digest][]byte{p.ConstraintSystem: toy.ConstraintSystem, p.ProvingKey: toy.ProvingKey, p.VerifyingKey: toy.VerifyingKey, p.Sample: toy.Sample}}
	if _, err := (keys.Folder{Dir: t.TempDir(), Most: total}).Fetch(t.Context(), m, p.ID(), p); err != nil {
		t.Errorf("fetch of exactly the limit = %v, want nil", err)
	}
	m.asked = 0
	if _, err := (keys.Folder{Dir: t.TempDir(), Most: total - 1}).Fetch(t.Context(), m, p.ID(), p); !errors.Is(err, keys.ErrProgramTooLarge) || m.asked != 0 {
		t.Errorf("fetch of one byte more = %v after %d downloads, want %v and none", err, m.asked, keys.ErrProgramTooLarge)
	}
	other := p
	other.ProvingKeyBytes = 1 << 63
	other.ConstraintSystemBytes = 1 << 63
	if _, err := (keys.Folder{Dir: t.TempDir(), Most: total}).Fetch(t.Context(), m, other.ID(), other); !errors.Is(err, keys.ErrProgramTooLarge) {
		t.Errorf("fetch of sizes that overflow = %v, want %v", err, keys.ErrProgramTooLarge)
	}
	if _, err := (keys.Folder{Dir: t.TempDir(), Most: total}).Fetch(t.Context(), m, other.ID(), p); err == nil {
		t.Error("fetch of a manifest under another id = nil, want an error")
	}
}
