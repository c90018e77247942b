package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"vadium"
	"vadium/marketplace/blob"
)

// bench is a disk that a test may damage while the journal is closed.
type bench struct {
	open   func(t *testing.T, o Options) (*Embedded, error)
	change func(t *testing.T, key []byte, value func([]byte) []byte) // nil removes the key
	count  func(t *testing.T, prefix byte) int
}

func benches(t *testing.T, test func(t *testing.T, b bench)) {
	t.Run("memory", func(t *testing.T) { test(t, memoryBench()) })
	t.Run("badger", func(t *testing.T) { test(t, badgerBench(t.TempDir())) })
}

func memoryBench() bench {
	m := NewMemory()
	return bench{
		open: func(_ *testing.T, o Options) (*Embedded, error) { return m.Open(o) },
		change: func(t *testing.T, key []byte, value func([]byte) []byte) {
			old, found := m.durable[string(key)]
			if !found {
				t.Fatalf("no key %x", key)
			}
			if m.durable[string(key)] = value(bytes.Clone(old)); m.durable[string(key)] == nil {
				delete(m.durable, string(key))
			}
		},
		count: func(_ *testing.T, prefix byte) (n int) {
			for key := range m.durable {
				if key[0] == prefix {
					n++
				}
			}
			return n
		},
	}
}

func badgerBench(dir string) bench {
	with := func(t *testing.T, use func(txn *badger.Txn) error) {
		t.Helper()
		db, err := badger.Open(badger.DefaultOptions(filepath.Join(dir, "badger")).WithLogger(nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(use), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return bench{
		open: func(_ *testing.T, o Options) (*Embedded, error) { return OpenBadger(dir, o) },
		change: func(t *testing.T, key []byte, value func([]byte) []byte) {
			with(t, func(txn *badger.Txn) error {
				item, err := txn.Get(key)
				if err != nil {
					return err
				}
				old, err := item.ValueCopy(nil)
				if err != nil {
					return err
				}
				if changed := value(old); changed != nil {
					return txn.Set(key, changed)
				}
				return txn.Delete(key)
			})
		},
		count: func(t *testing.T, prefix byte) (n int) {
			with(t, func(txn *badger.Txn) error {
				it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefix}})
				defer it.Close()
				for it.Rewind(); it.Valid(); it.Next() {
					n++
				}
				return nil
			})
			return n
		},
	}
}

// fill appends batches 1 to n, all in generation 0, and closes the journal.
func fill(t *testing.T, b bench, n int) []Batch {
	t.Helper()
	j, err := b.open(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	batches := extend(t, j, n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return batches
}

func extend(t *testing.T, j *Embedded, n int) (batches []Batch) {
	t.Helper()
	epoch, err := j.TakeOver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	head, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		b := head.Next(epoch, Records{Count: 2, At: head.At + 1, Payload: fmt.Appendf(nil, "content of slot %d", head.Slot+1)})
		if err := j.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		batches, head = append(batches, b), After(b)
	}
	return batches
}

// readThrough opens and reads everything, and returns the last good slot and the error.
func readThrough(t *testing.T, b bench, o Options) (good uint64, err error) {
	t.Helper()
	j, err := b.open(t, o)
	if err != nil {
		return 0, err
	}
	defer j.Close()
	for batch, err := range j.Read(t.Context(), 1) {
		if err != nil {
			return good, err
		}
		good = batch.Slot
	}
	return good, nil
}

// Engines have served damaged bytes without a word (engine.md, section 1.2), so finding damage is our business.
func TestDamageIsFoundAndTheSlotNamed(t *testing.T) {
	const total, hit = 6, 4
	flip := func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b }
	for _, damage := range []struct {
		name  string
		slot  uint64
		value func(batches []Batch, old []byte) []byte
	}{
		{"a flipped bit", hit, func(_ []Batch, old []byte) []byte { return flip(old) }},
		{"a truncated batch", hit, func(_ []Batch, old []byte) []byte { return old[:len(old)-1] }},
		{"an emptied batch", hit, func([]Batch, []byte) []byte { return []byte{} }},
		{"another slot's batch", hit, func(all []Batch, _ []byte) []byte { return all[hit-2].Encode() }},
		{"a missing slot", hit, func([]Batch, []byte) []byte { return nil }},
		{"the first slot missing", 1, func([]Batch, []byte) []byte { return nil }},
		{"the last slot missing", total, func([]Batch, []byte) []byte { return nil }},
		{"the last slot damaged", total, func(_ []Batch, old []byte) []byte { return flip(old) }},
		{"a well-formed batch with other content", hit, func(all []Batch, _ []byte) []byte {
			forged := all[hit-1]
			forged.Payload = []byte("pay the operator")
			return forged.Encode()
		}},
	} {
		t.Run(damage.name, func(t *testing.T) {
			benches(t, func(t *testing.T, b bench) {
				batches := fill(t, b, total)
				if good, err := readThrough(t, b, Options{}); err != nil || good != total {
					t.Fatalf("before the damage, reading = %d, %v", good, err)
				}
				b.change(t, batchKey(0, damage.slot), func(old []byte) []byte { return damage.value(batches, old) })
				good, err := readThrough(t, b, Options{})
				// A forged batch is betrayed by the one after it, whose chain no longer fits.
				named := damage.slot
				if strings.Contains(damage.name, "other content") {
					named++
				}
				var found *CorruptError
				if !errors.As(err, &found) || !errors.Is(err, ErrCorrupt) || found.Slot != named || !strings.Contains(err.Error(), fmt.Sprintf("slot %d", named)) {
					t.Errorf("reading = %v, want a corruption error that names slot %d", err, named)
				}
				if good >= named {
					t.Errorf("slot %d was served before the damage was reported", good)
				}
			})
		})
	}
}

func TestSwappedBatchesAreFound(t *testing.T) {
	benches(t, func(t *testing.T, b bench) {
		batches := fill(t, b, 5)
		b.change(t, batchKey(0, 2), func([]byte) []byte { return batches[2].Encode() })
		b.change(t, batchKey(0, 3), func([]byte) []byte { return batches[1].Encode() })
		var found *CorruptError
		if _, err := readThrough(t, b, Options{}); !errors.As(err, &found) || found.Slot != 2 {
			t.Errorf("reading = %v, want a corruption error that names slot 2", err)
		}
	})
}

func TestDamagedEntriesBesideTheBatchesAreFound(t *testing.T) {
	benches(t, func(t *testing.T, b bench) {
		fill(t, b, 2)
		b.change(t, []byte(keyEpoch), func(old []byte) []byte { old[0] ^= 1; return old })
		if _, err := readThrough(t, b, Options{}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("opening = %v, want ErrCorrupt", err)
		}
	})
}

// Badger drops everything after a damaged entry of its write-ahead log without a word.
func TestLostTailIsFound(t *testing.T) {
	dir := t.TempDir()
	b := badgerBench(dir)
	fill(t, b, 3)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	j, err := b.open(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	extend(t, j, 2)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile(filepath.Join(dir, witnessFile))
	if err != nil {
		t.Fatal(err)
	}
	old := badgerBench(copied)
	if good, err := readThrough(t, old, Options{}); err != nil || good != 3 {
		t.Fatalf("the shorter journal with its own note = %d, %v; want it to open", good, err)
	}
	if err := os.WriteFile(filepath.Join(copied, witnessFile), note, 0o600); err != nil {
		t.Fatal(err)
	}
	var found *CorruptError
	if _, err := readThrough(t, old, Options{}); !errors.As(err, &found) || found.Slot != 4 {
		t.Errorf("opening a journal that ends before what was acknowledged = %v, want a corruption error that names slot 4", err)
	}
	// A power cut may leave rubbish in a note that was never synced. That alone must not stop a market.
	if err := os.WriteFile(filepath.Join(copied, witnessFile), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if good, err := readThrough(t, old, Options{}); err != nil || good != 3 {
		t.Errorf("with an unreadable note, reading = %d, %v; want it to open", good, err)
	}
}

func openBlobs(t *testing.T) (*blob.Dir, string) {
	t.Helper()
	root := t.TempDir()
	blobs, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	return blobs, root
}

// truncated returns a journal of which slots 1 to 4 are only in the archive.
func truncated(t *testing.T, b bench, blobs blob.Store) (*Embedded, []Batch) {
	t.Helper()
	j, err := b.open(t, Options{Blobs: blobs})
	if err != nil {
		t.Fatal(err)
	}
	batches := extend(t, j, 4)
	digest, _, err := blobs.Put(t.Context(), strings.NewReader("state"), 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SaveSnapshot(t.Context(), Snapshot{Slot: 4, Blob: digest}); err != nil {
		t.Fatal(err)
	}
	batches = append(batches, extend(t, j, 2)...)
	if err := Archive(t.Context(), j, blobs, 4); err != nil {
		t.Fatal(err)
	}
	if err := j.Truncate(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	return j, batches
}

func TestTruncationRemovesTheBatchesFromTheDisk(t *testing.T) {
	benches(t, func(t *testing.T, b bench) {
		blobs, _ := openBlobs(t)
		j, _ := truncated(t, b, blobs)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if got := b.count(t, prefixBatch); got != 2 {
			t.Errorf("after truncating 4 of 6 batches the disk holds %d, want 2", got)
		}
		if good, err := readThrough(t, b, Options{Blobs: blobs}); err != nil || good != 6 {
			t.Errorf("reading = %d, %v; want all 6", good, err)
		}
		if _, err := readThrough(t, b, Options{}); err == nil || !strings.Contains(err.Error(), "blob store") {
			t.Errorf("reading without the blob store = %v, want an error that says what is missing", err)
		}
	})
}

func TestDamagedArchiveIsFound(t *testing.T) {
	benches(t, func(t *testing.T, b bench) {
		blobs, root := openBlobs(t)
		j, _ := truncated(t, b, blobs)
		defer j.Close()
		name := fmt.Sprintf("%x", j.segments[0].Blob[:])
		path := filepath.Join(root, name[:2], name)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/2] ^= 1
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var found *CorruptError
		for _, err := range j.Read(t.Context(), 2) {
			if !errors.As(err, &found) || found.Slot != 1 || !strings.Contains(err.Error(), "slots 1 to 4") {
				t.Errorf("reading a damaged segment = %v, want a corruption error that names its slots", err)
			}
		}
		for batch, err := range j.Read(t.Context(), 6) {
			if err != nil || batch.Slot != 6 {
				t.Errorf("reading beyond the damaged segment = slot %d, %v; want slot 6", batch.Slot, err)
			}
		}
	})
}

// A crash while whole generations are being dropped may leave any subset of them.
func TestGapLeftByACrashWhileTruncatingIsFilledFromTheArchive(t *testing.T) {
	for missing := range 8 {
		t.Run(fmt.Sprintf("missing=%03b", missing), func(t *testing.T) {
			m, b := memoryWithGenerations(t)
			blobs := b.blobs
			for g := range uint64(3) {
				if missing>>g&1 == 1 {
					delete(m.durable, string(batchKey(g, 2*g+1)))
					delete(m.durable, string(batchKey(g, 2*g+2)))
				}
			}
			j, err := m.Open(Options{Blobs: blobs})
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			next := uint64(1)
			for batch, err := range j.Read(t.Context(), 1) {
				if err != nil || batch.Slot != next {
					t.Fatalf("Read = slot %d, %v; want slot %d", batch.Slot, err, next)
				}
				next++
			}
			if next != 9 {
				t.Errorf("Read ended before slot %d, want 9", next)
			}
			if err := j.Truncate(t.Context(), 6); err != nil {
				t.Errorf("Truncate: %v", err)
			}
			if n := len(m.durable); n > 2+3+2 {
				t.Errorf("after truncating again the disk holds %d entries (%d batches), want the 2 newest batches", n, n-5)
			}
		})
	}
}

type filled struct{ blobs blob.Store }

// memoryWithGenerations makes slots 1 to 8, two in each of the generations 0 to 3, archived up to slot 6.
func memoryWithGenerations(t *testing.T) (*Memory, filled) {
	t.Helper()
	blobs, _ := openBlobs(t)
	m := NewMemory()
	j, err := m.Open(Options{Blobs: blobs})
	if err != nil {
		t.Fatal(err)
	}
	for g := range uint64(4) {
		extend(t, j, 2)
		if err := Archive(t.Context(), j, blobs, min(2*g+2, 6)); err != nil {
			t.Fatal(err)
		}
	}
	digest, _, err := blobs.Put(t.Context(), strings.NewReader("state"), 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SaveSnapshot(t.Context(), Snapshot{Slot: 7, Blob: digest, State: vadium.Digest{7}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return m, filled{blobs}
}

func TestLargeArchivesAreSplitIntoSegments(t *testing.T) {
	blobs, _ := openBlobs(t)
	j, err := NewMemory().Open(Options{Blobs: blobs})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	epoch, err := j.TakeOver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const total = 40
	for range total {
		head, _ := j.Head(t.Context())
		if err := j.Append(context.Background(), head.Next(epoch, Records{Count: 1, Payload: make([]byte, MaxPayload)})); err != nil {
			t.Fatal(err)
		}
	}
	if err := Archive(t.Context(), j, blobs, total); err != nil {
		t.Fatal(err)
	}
	segments, err := j.Segments(t.Context())
	if err != nil || len(segments) != 3 || segments[2].Last != total {
		t.Fatalf("Segments = %+v, %v; want three, up to slot %d", segments, err, total)
	}
	for _, s := range segments {
		if blob.Limit(s.Size) > segmentLimit {
			t.Errorf("segment from %d has %d bytes, want at most %d", s.First, s.Size, segmentLimit)
		}
		content, err := readSegment(t.Context(), blobs, s)
		if err != nil || uint64(len(content)) != s.Last-s.First+1 {
			t.Errorf("segment from %d holds %d batches, %v; want %d", s.First, len(content), err, s.Last-s.First+1)
		}
	}
}
