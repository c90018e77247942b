package transparency_test

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
)

// history is a log of records in memory, with every hash kept.
type history struct {
	records []marketplace.Record
	stored  []tlog.Hash
}

func (h *history) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		all[i] = h.stored[index]
	}
	return all, nil
}

func (h *history) add(t *testing.T, reason string) {
	t.Helper()
	r := marketplace.Record{Seq: uint64(len(h.records) + 1), At: 7, Event: &marketplace.MarketPaused{Reason: reason}}
	more, err := tlog.StoredHashes(int64(len(h.records)), marketplace.Leaf(r), h)
	if err != nil {
		t.Fatal(err)
	}
	h.records, h.stored = append(h.records, r), append(h.stored, more...)
}

func (h *history) head(t *testing.T, size int) signing.TreeHead {
	t.Helper()
	root, err := tlog.TreeHash(int64(size), h)
	if err != nil {
		t.Fatal(err)
	}
	return signing.TreeHead{Size: uint64(size), Root: vadium.Digest(root), At: 7}
}

func newHistory(t *testing.T, reasons ...string) *history {
	t.Helper()
	h := new(history)
	for _, reason := range reasons {
		h.add(t, reason)
	}
	return h
}

func letters(n int) (all []string) {
	for i := range n {
		all = append(all, string(rune('a'+i)))
	}
	return all
}

const sizes = 20

func TestEveryRecordIsProvenToBeInEveryTreeThatHasIt(t *testing.T) {
	h, other := newHistory(t, letters(sizes)...), newHistory(t, "z")
	for size := 1; size <= sizes; size++ {
		head := h.head(t, size)
		for n := range size {
			proof, err := tlog.ProveRecord(int64(size), int64(n), h)
			if err != nil {
				t.Fatal(err)
			}
			digests := transparency.Digests(proof)
			if err := transparency.CheckIncluded(head, h.records[n], digests); err != nil {
				t.Errorf("record %d of %d: %v", n+1, size, err)
			}
			forged := h.records[n]
			forged.Event = other.records[0].Event
			if err := transparency.CheckIncluded(head, forged, digests); !errors.Is(err, transparency.ErrNotIncluded) {
				t.Errorf("another record %d of %d: %v, want %v", n+1, size, err, transparency.ErrNotIncluded)
			}
			moved := h.records[n]
			if moved.Seq++; int(moved.Seq) <= size {
				if err := transparency.CheckIncluded(head, moved, digests); !errors.Is(err, transparency.ErrNotIncluded) {
					t.Errorf("record %d of %d, a place later: %v, want %v", n+1, size, err, transparency.ErrNotIncluded)
				}
			}
			if len(digests) > 0 {
				if err := transparency.CheckIncluded(head, h.records[n], digests[1:]); !errors.Is(err, transparency.ErrNotIncluded) {
					t.Errorf("record %d of %d with a hash less: %v, want %v", n+1, size, err, transparency.ErrNotIncluded)
				}
			}
		}
	}
	beyond := h.records[sizes-1]
	if err := transparency.CheckIncluded(h.head(t, sizes-1), beyond, nil); !errors.Is(err, transparency.ErrNotIncluded) {
		t.Errorf("a record beyond the head: %v", err)
	}
}

func TestAHistoryThatHasOnlyGrownIsConsistentAndNoOther(t *testing.T) {
	h := newHistory(t, letters(sizes)...)
	for from := 1; from <= sizes; from++ {
		rewritten := newHistory(t, letters(sizes)...)
		rewritten.records, rewritten.stored = nil, nil
		for i, reason := range letters(sizes) {
			if i == from-1 {
				reason = "another"
			}
			rewritten.add(t, reason)
		}
		for to := from; to <= sizes; to++ {
			prove := func(h *history) []vadium.Digest {
				proof, err := tlog.ProveTree(int64(to), int64(from), h)
				if err != nil {
					t.Fatal(err)
				}
				return transparency.Digests(proof)
			}
			if err := transparency.CheckConsistent(h.head(t, from), h.head(t, to), prove(h)); err != nil {
				t.Errorf("%d to %d: %v", from, to, err)
			}
			if err := transparency.CheckConsistent(h.head(t, from), rewritten.head(t, to), prove(rewritten)); !errors.Is(err, transparency.ErrInconsistent) {
				t.Errorf("%d to %d, with record %d rewritten: %v, want %v", from, to, from, err, transparency.ErrInconsistent)
			}
		}
	}
	if err := transparency.CheckConsistent(h.head(t, 5), h.head(t, 4), nil); !errors.Is(err, transparency.ErrInconsistent) {
		t.Errorf("a shorter history: %v, want %v", err, transparency.ErrInconsistent)
	}
	later := h.head(t, 5)
	later.At++
	if err := transparency.CheckConsistent(h.head(t, 5), later, nil); !errors.Is(err, transparency.ErrInconsistent) {
		t.Errorf("another head of the same size: %v, want %v", err, transparency.ErrInconsistent)
	}
}

func TestAGrowingTreeHasTheRootThatTheLogHas(t *testing.T) {
	h, tree := newHistory(t, letters(sizes)...), new(transparency.Tree)
	if got, want := tree.Root(), h.head(t, 0).Root; got != want {
		t.Errorf("the root of nothing is %v, want %v", got, want)
	}
	for i, r := range h.records {
		if err := tree.Add(r); err != nil {
			t.Fatal(err)
		}
		if got, want := tree.Root(), h.head(t, i+1).Root; got != want {
			t.Errorf("%d records have the root %v, want %v", i+1, got, want)
		}
	}
	if err := tree.Add(h.records[0]); err == nil {
		t.Error("a record is added out of its place")
	}
}
