package blob_test

import (
	"errors"
	"strings"
	"testing"

	"vadium/marketplace/blob"
	"vadium/marketplace/blob/blobtest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	blobtest.Test(t, func(*testing.T) blob.Store { return blob.NewMemory() })
}

// A simulation is only as good as its faults: they must be seen.
func TestMemoryCanBeFullAndDamaged(t *testing.T) {
	m := blob.NewMemory()
	digest, _, err := m.Put(t.Context(), strings.NewReader("a snapshot"), limit)
	if err != nil {
		t.Fatal(err)
	}
	m.Fill(true)
	if _, _, err := m.Put(t.Context(), strings.NewReader("another"), limit); err == nil {
		t.Error("a full disk took a blob")
	}
	if got, err := blob.ReadAll(t.Context(), m, digest, limit); err != nil || string(got) != "a snapshot" {
		t.Errorf("reading from a full disk = %q, %v", got, err)
	}
	m.Fill(false)
	if !m.Damage(digest, func(b []byte) []byte { return b[:3] }) {
		t.Error("there was nothing to damage")
	}
	if _, err := blob.ReadAll(t.Context(), m, digest, limit); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("reading a torn blob = %v, want ErrCorrupt", err)
	}
	m.Damage(digest, func([]byte) []byte { return nil })
	if _, err := blob.ReadAll(t.Context(), m, digest, limit); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("reading a lost blob = %v, want ErrNotFound", err)
	}
}
