package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
)

// errTruncated: the slot is no longer on the disk; the archive has it.
var errTruncated = errors.New("truncated")

// Read implements [Journal].
func (e *Embedded) Read(ctx context.Context, from uint64) iter.Seq2[Batch, error] {
	return e.batches(ctx, from, false)
}

// Follow implements [Journal].
func (e *Embedded) Follow(ctx context.Context, from uint64) iter.Seq2[Batch, error] {
	return e.batches(ctx, from, true)
}

func (e *Embedded) batches(ctx context.Context, from uint64, wait bool) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		r := reader{journal: e, next: from}
		for {
			more, err := r.await(ctx, wait)
			if err == nil && !more {
				return
			}
			var b Batch
			if err == nil {
				b, err = r.read(ctx)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// reader walks the journal and checks that it is one chain. It belongs to one goroutine.
type reader struct {
	journal *Embedded
	next    uint64
	// before is the batch before next, once known.
	before Head
	// segment is the archived segment read last, and content its batches.
	segment Segment
	content [][]byte
}

// await reports whether there is a next batch, waiting for it if asked to.
func (r *reader) await(ctx context.Context, wait bool) (bool, error) {
	if r.next == 0 {
		return false, errors.New("read journal: slots begin with 1")
	}
	for {
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("read journal at slot %d: %w", r.next, err)
		}
		r.journal.mu.RLock()
		closed, head, grown := r.journal.closed, r.journal.head, r.journal.grown
		r.journal.mu.RUnlock()
		switch {
		case closed:
			return false, fmt.Errorf("read journal at slot %d: %w", r.next, ErrClosed)
		case r.next <= head.Slot:
			return true, nil
		case !wait:
			return false, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
		}
	}
}

// read returns the next batch, checked against the one before it.
func (r *reader) read(ctx context.Context) (Batch, error) {
	if r.next > 1 && r.before.Slot == 0 {
		b, hash, err := r.load(ctx, r.next-1)
		if err != nil {
			return Batch{}, err
		}
		r.before = after(b, hash)
	}
	b, hash, err := r.load(ctx, r.next)
	if err != nil {
		return Batch{}, err
	}
	if err := r.before.Check(b); err != nil {
		return Batch{}, corrupt(r.next, "%v", err)
	}
	r.before = after(b, hash)
	r.next++
	return b, nil
}

// load returns the batch at slot, wherever it is.
func (r *reader) load(ctx context.Context, slot uint64) (Batch, Hash, error) {
	raw, err := r.journal.raw(slot)
	if errors.Is(err, errTruncated) {
		raw, err = r.archived(ctx, slot)
	}
	if err != nil {
		return Batch{}, Hash{}, err
	}
	b, hash, err := decode(raw)
	if err != nil {
		return Batch{}, Hash{}, corrupt(slot, "%v", err)
	}
	if b.Slot != slot {
		return Batch{}, Hash{}, corrupt(slot, "holds the batch of slot %d", b.Slot)
	}
	return b, hash, nil
}

// archived returns the bytes of a batch from the archive. It keeps the segment, because the next slot follows.
func (r *reader) archived(ctx context.Context, slot uint64) ([]byte, error) {
	if r.content == nil || slot < r.segment.First || slot > r.segment.Last {
		segment, err := r.journal.segmentOf(slot)
		if err != nil {
			return nil, err
		}
		content, err := readSegment(ctx, r.journal.blobs, segment)
		if err != nil {
			return nil, err
		}
		r.segment, r.content = segment, content
	}
	return r.content[slot-r.segment.First], nil
}

// raw returns the bytes of a batch from the disk, or errTruncated.
func (e *Embedded) raw(slot uint64) ([]byte, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, ErrClosed
	}
	if slot < e.first {
		return nil, errTruncated
	}
	i, found := slices.BinarySearchFunc(e.generations, slot, func(g generation, slot uint64) int {
		switch {
		case g.last < slot:
			return -1
		case g.first > slot:
			return 1
		}
		return 0
	})
	if !found {
		return nil, corrupt(slot, "missing")
	}
	raw, err := e.disk.get(batchKey(e.generations[i].number, slot))
	if errors.Is(err, errNoKey) {
		return nil, corrupt(slot, "missing")
	}
	if err != nil {
		return nil, corrupt(slot, "cannot be read: %v", err)
	}
	return raw, nil
}

func (e *Embedded) segmentOf(slot uint64) (Segment, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	i := sort.Search(len(e.segments), func(i int) bool { return e.segments[i].Last >= slot })
	if i == len(e.segments) {
		return Segment{}, corrupt(slot, "missing: neither in the journal nor archived")
	}
	return e.segments[i], nil
}

// Find implements [Journal].
func (e *Embedded) Find(ctx context.Context, seq uint64) (uint64, error) {
	e.mu.RLock()
	head, first, segments := e.head, e.first, e.segments
	e.mu.RUnlock()
	if seq > head.LastSeq {
		return head.Slot + 1, nil
	}
	low, high := first, head.Slot
	if i := sort.Search(len(segments), func(i int) bool { return segments[i].LastSeq >= seq }); i < len(segments) {
		low, high = segments[i].First, segments[i].Last
	}
	r := reader{journal: e}
	var failed error
	found := sort.Search(int(high-low), func(i int) bool {
		b, _, err := r.load(ctx, low+uint64(i))
		if err != nil && failed == nil {
			failed = err
		}
		return err != nil || b.LastSeq() >= seq
	})
	if failed != nil {
		return 0, fmt.Errorf("find record %d: %w", seq, failed)
	}
	return low + uint64(found), nil
}
