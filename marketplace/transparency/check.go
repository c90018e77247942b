package transparency

import (
	"errors"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/signing"
)

// What a check finds.
var (
	// ErrNotIncluded: the record is not the one that the head has at its position.
	ErrNotIncluded = errors.New("the record is not in the log that the market signed")
	// ErrInconsistent: the one head's history is not the beginning of the other's.
	ErrInconsistent = errors.New("the log does not continue the one that the market signed before")
)

// Refusals of a log.
const (
	// ErrShorter: the log does not have so many records, or not that one.
	ErrShorter = vadium.Kind("log-shorter")
	// ErrEpochOpen: the ask epoch has not ended, or nobody has opened it.
	ErrEpochOpen = vadium.Kind("epoch-open")
)

// MaxProof bounds a proof, in hashes: a tree as deep as sizes reach has fewer.
const MaxProof = 128

// CheckIncluded returns nil if the record, whole or sealed, is in the tree of a head at its position.
func CheckIncluded(head signing.TreeHead, r marketplace.Record, proof []vadium.Digest) error {
	if r.Seq == 0 || r.Seq > head.Size || head.Size > math.MaxInt64 || len(proof) > MaxProof {
		return fmt.Errorf("record %d, of %d: %w", r.Seq, head.Size, ErrNotIncluded)
	}
	leaf := tlog.RecordHash(marketplace.Leaf(r))
	if err := tlog.CheckRecord(hashes(proof), int64(head.Size), tlog.Hash(head.Root), int64(r.Seq-1), leaf); err != nil {
		return fmt.Errorf("record %d, of %d: %w", r.Seq, head.Size, ErrNotIncluded)
	}
	return nil
}

// CheckConsistent returns nil if the tree of the newer head begins with that of the older one.
func CheckConsistent(older, newer signing.TreeHead, proof []vadium.Digest) error {
	switch {
	case older.Size == newer.Size && older == newer:
		return nil
	case older.Size == 0 || older.Size >= newer.Size || newer.Size > math.MaxInt64 || len(proof) > MaxProof:
		return fmt.Errorf("%d records and %d: %w", older.Size, newer.Size, ErrInconsistent)
	}
	if err := tlog.CheckTree(hashes(proof), int64(newer.Size), tlog.Hash(newer.Root), int64(older.Size), tlog.Hash(older.Root)); err != nil {
		return fmt.Errorf("%d records and %d: %w", older.Size, newer.Size, ErrInconsistent)
	}
	return nil
}

func hashes(proof []vadium.Digest) []tlog.Hash {
	all := make([]tlog.Hash, len(proof))
	for i, h := range proof {
		all[i] = tlog.Hash(h)
	}
	return all
}

// Digests returns a proof's hashes as they travel.
func Digests(proof []tlog.Hash) []vadium.Digest {
	all := make([]vadium.Digest, len(proof))
	for i, h := range proof {
		all[i] = vadium.Digest(h)
	}
	return all
}

// Tree is the root of a tree that grows, and no more of it: for whoever reads all records. The zero Tree is empty.
type Tree struct {
	size uint64
	// peaks are the roots of the full subtrees, the largest first: one for each bit of size.
	peaks []tlog.Hash
}

// Add appends the next record; its position has to be the next.
func (t *Tree) Add(r marketplace.Record) error {
	if r.Seq != t.size+1 {
		return fmt.Errorf("record %d follows record %d", r.Seq, t.size)
	}
	h := tlog.RecordHash(marketplace.Leaf(r))
	for size := t.size; size&1 == 1; size >>= 1 {
		last := len(t.peaks) - 1
		h = tlog.NodeHash(t.peaks[last], h)
		t.peaks = t.peaks[:last]
	}
	t.peaks = append(t.peaks, h)
	t.size++
	return nil
}

// Size is how many records there are.
func (t *Tree) Size() uint64 { return t.size }

// Root is the root of the tree as it is.
func (t *Tree) Root() vadium.Digest {
	if t.size == 0 {
		empty, _ := tlog.TreeHash(0, nil) // SHA-256 of nothing
		return vadium.Digest(empty)
	}
	last := len(t.peaks) - 1
	root := t.peaks[last]
	for i := last - 1; i >= 0; i-- {
		root = tlog.NodeHash(t.peaks[i], root)
	}
	return vadium.Digest(root)
}
