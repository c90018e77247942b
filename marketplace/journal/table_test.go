package journal

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/dgraph-io/badger/v4/table"
)

// A power cut while Badger wrote a table left a file that nothing refers to yet, and the journal, which had lost nothing,
// refused to open: found by a soak of power cuts.
func TestATableThatAPowerCutLeftUnfinishedIsNoDamage(t *testing.T) {
	b := badgerBench(t.TempDir())
	j, err := b.open(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	epoch, err := j.TakeOver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), Head{}.Next(epoch, Records{Count: 1, Payload: []byte("acknowledged")})); err != nil {
		t.Fatal(err)
	}
	folder := j.disk.(*badgerDisk).db.Opts().Dir
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for i, content := range [][]byte{nil, make([]byte, 1<<20), bytes.Repeat([]byte("half "), 1000)} {
		if err := os.WriteFile(table.NewFilename(uint64(90+i), folder), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if j, err = b.open(t, Options{}); err != nil {
		t.Fatalf("open with unfinished tables: %v", err)
	}
	if head, err := j.Head(t.Context()); err != nil || head.Slot != 1 {
		t.Errorf("Head = slot %d, %v; want 1", head.Slot, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// A table that is listed is still held to what it was.
	if err := os.WriteFile(table.NewFilename(1, folder), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.open(t, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("open with a table of zeros = %v, want %v", err, ErrCorrupt)
	}
}

// Most of a table's bytes are batches, whose damage we find ourselves. The bytes between them are Badger's: its keys, its
// marks, and versions that nobody reads any more. A bit that flipped there went unnoticed, or made something vanish.
func TestEveryByteOfATableIsLookedAt(t *testing.T) {
	b := badgerBench(t.TempDir())
	fill(t, b, 3)
	j, err := b.open(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	folder := j.disk.(*badgerDisk).db.Opts().Dir
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	path := table.NewFilename(1, folder)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range content {
		damaged := bytes.Clone(content)
		damaged[i] ^= 0x20
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if j, err = b.open(t, Options{}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with bit 5 of byte %d of %d flipped, open = %v, want %v", i, len(content), err, ErrCorrupt)
			if j != nil {
				t.Fatal(j.Close())
			}
		}
	}
}
