package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium/marketplace/blob"
)

// Options of an embedded journal.
type Options struct {
	// Blobs holds archived segments and snapshots. Without it the journal can be neither archived nor truncated.
	Blobs blob.Store
	// Floor is how many bytes have to be free on the disk for anything to be written; 0 does not look. Below it a write
	// fails before it is tried: an engine that maps its files would be killed by the page that finds no room.
	Floor uint64
	// Log receives what the engine has to say; nil discards it.
	Log *slog.Logger
}

// Embedded is a [Journal] on a disk of this machine, for one process at a time. [OpenBadger] and [Memory.Open] make it.
//
// Batches are filed by generation. A new generation begins with each take-over and each snapshot, and Truncate forgets
// whole generations, which is the only way to make Badger give space back at once.
type Embedded struct {
	disk  disk
	blobs blob.Store

	// writing is a lock, held by whoever changes the disk. It is a channel because testing/synctest lets time pass while a
	// goroutine waits for a channel, not while it waits for a mutex.
	writing chan struct{}
	// broken is set by the first write that failed; guarded by writing.
	broken error

	mu sync.RWMutex
	// guarded by mu
	closed      bool
	epoch       uint64
	head        Head
	first       uint64       // oldest slot that is read from the disk; head.Slot+1 when there is none
	generations []generation // oldest first
	current     uint64       // generation of the next batch
	segments    []Segment
	snapshot    *Snapshot
	grown       chan struct{} // closed and replaced when head moves, closed for good by Close
}

// generation is a run of slots filed together.
type generation struct{ number, first, last uint64 }

var _ Journal = (*Embedded)(nil)

// open loads what a disk holds. It finds every missing batch and checks the newest; the rest is checked when read.
func open(d disk, o Options) (*Embedded, error) {
	e := &Embedded{disk: d, blobs: o.Blobs, writing: make(chan struct{}, 1), grown: make(chan struct{})}
	for _, load := range []func() error{e.loadSegments, e.loadSnapshot, e.loadBatches, e.loadEpoch, e.checkWitness} {
		if err := load(); err != nil {
			return nil, fmt.Errorf("open journal: %w", err)
		}
	}
	return e, nil
}

func (e *Embedded) loadSegments() error {
	return e.disk.keys([]byte{prefixSegment}, func(key []byte) error {
		var s Segment
		if _, err := e.load(string(key), &s); err != nil {
			return err
		}
		if s.First != e.archivedTo()+1 {
			return corrupt(e.archivedTo()+1, "missing from the index of the archive, which continues with slot %d", s.First)
		}
		e.segments = append(e.segments, s)
		return nil
	})
}

func (e *Embedded) loadSnapshot() error {
	var s Snapshot
	found, err := e.load(keySnapshot, &s)
	if found {
		e.snapshot = &s
	}
	return err
}

func (e *Embedded) loadBatches() error {
	e.first = 1
	var last uint64
	err := e.disk.keys([]byte{prefixBatch}, func(key []byte) error {
		number, slot, err := parseBatchKey(key)
		if err != nil {
			return err
		}
		if slot != last+1 {
			// Truncate forgets generations one by one: a crash on the way leaves a gap, which the archive fills.
			if slot <= last || slot > e.archivedTo()+1 {
				return corrupt(max(last, e.archivedTo())+1, "missing, the journal continues with slot %d", slot)
			}
			e.first = slot
		}
		last = slot
		e.file(number, slot)
		return nil
	})
	if err != nil {
		return err
	}
	if last == 0 {
		if len(e.segments) > 0 || e.snapshot != nil {
			return corrupt(e.archivedTo()+1, "missing, though the newest batch is never truncated")
		}
		return nil
	}
	newest := e.generations[len(e.generations)-1]
	e.current = newest.number + 1
	raw, err := e.disk.get(batchKey(newest.number, last))
	if err != nil {
		return corrupt(last, "cannot be read: %v", err)
	}
	b, hash, err := decode(raw)
	if err != nil {
		return corrupt(last, "%v", err)
	}
	if b.Slot != last {
		return corrupt(last, "holds the batch of slot %d", b.Slot)
	}
	e.head = after(b, hash)
	if e.snapshot != nil && e.snapshot.Slot > last {
		return corrupt(last+1, "missing, though there is a snapshot of the state after slot %d", e.snapshot.Slot)
	}
	return nil
}

// file records that slot is in a generation.
func (e *Embedded) file(number, slot uint64) {
	if n := len(e.generations); n > 0 && e.generations[n-1].number == number {
		e.generations[n-1].last = slot
		return
	}
	e.generations = append(e.generations, generation{number: number, first: slot, last: slot})
}

func (e *Embedded) loadEpoch() error {
	if _, err := e.load(keyEpoch, &e.epoch); err != nil {
		return err
	}
	if e.epoch < e.head.Epoch {
		return corrupt(e.head.Slot, "written in epoch %d, yet the latest take-over was %d", e.head.Epoch, e.epoch)
	}
	return nil
}

func (e *Embedded) checkWitness() error {
	slot, err := e.disk.witness()
	if err != nil {
		return err
	}
	if slot > e.head.Slot {
		return corrupt(e.head.Slot+1, "missing, though slot %d was acknowledged: the engine lost its tail", slot)
	}
	return nil
}

// load decodes a small sealed value and reports whether it is there.
func (e *Embedded) load(key string, into any) (found bool, err error) {
	sealed, err := e.disk.get([]byte(key))
	if errors.Is(err, errNoKey) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %q: %w", key, err)
	}
	encoded, err := unseal(sealed)
	if err == nil {
		err = rlp.DecodeBytes(encoded, into)
	}
	if err != nil {
		return false, fmt.Errorf("%w: entry %q: %v (restore the journal from a backup)", ErrCorrupt, key, err)
	}
	return true, nil
}

// write makes a value durable. After a failure nothing more is written: the handle no longer knows what the disk holds.
// The caller holds writing.
func (e *Embedded) write(key, value []byte) error {
	if err := e.disk.put(key, value); err != nil {
		e.broken = fmt.Errorf("%w: %w (open the journal again to see what it holds)", ErrUnknown, err)
		return e.broken
	}
	return nil
}

// usable says why nothing can be written. The caller holds writing.
func (e *Embedded) usable() error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return ErrClosed
	}
	return e.broken
}

// TakeOver implements [Journal].
func (e *Embedded) TakeOver(context.Context) (uint64, error) {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	if err := e.usable(); err != nil {
		return 0, fmt.Errorf("take over journal: %w", err)
	}
	epoch := e.epoch + 1
	if err := e.write([]byte(keyEpoch), seal(mustEncode(epoch))); err != nil {
		return 0, fmt.Errorf("take over journal: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.epoch = epoch
	e.nextGeneration()
	return epoch, nil
}

// nextGeneration files what comes next apart from what came before. The caller holds mu.
func (e *Embedded) nextGeneration() {
	if n := len(e.generations); n > 0 {
		e.current = e.generations[n-1].number + 1
	}
}

// Head implements [Journal].
func (e *Embedded) Head(context.Context) (Head, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return Head{}, ErrClosed
	}
	return e.head, nil
}

// Append implements [Journal]. It does not heed ctx: a local write cannot be taken back halfway.
func (e *Embedded) Append(ctx context.Context, b Batch) error {
	if err := e.append(context.WithoutCancel(ctx), b); err != nil {
		return fmt.Errorf("append slot %d in epoch %d: %w", b.Slot, b.Epoch, err)
	}
	return nil
}

func (e *Embedded) append(ctx context.Context, b Batch) error {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	if err := e.usable(); err != nil {
		return err
	}
	list := b.list()
	next := after(b, hashOf(list))
	// Only writers move these, and we are the one.
	head, epoch := e.head, e.epoch
	switch {
	case b.Slot <= head.Slot && e.holds(ctx, b.Slot, next.Hash):
		return nil
	case b.Epoch < epoch:
		return fmt.Errorf("%w: its epoch is %d", ErrFenced, epoch)
	case b.Epoch > epoch:
		return fmt.Errorf("%w: epoch %d was never taken over, the latest is %d", ErrMisplaced, b.Epoch, epoch)
	}
	if err := b.wellFormed(); err != nil {
		if errors.Is(err, ErrTooLarge) {
			return err
		}
		return fmt.Errorf("%w: %v", ErrMisplaced, err)
	}
	if err := head.Check(b); err != nil {
		return fmt.Errorf("%w: %v", ErrMisplaced, err)
	}
	if err := e.write(batchKey(e.current, b.Slot), seal(list)); err != nil {
		return err
	}
	// From here the batch is durable; a crash before the next line is recovered by open.
	e.disk.testify(b.Slot)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.file(e.current, b.Slot)
	e.head = next
	close(e.grown)
	e.grown = make(chan struct{})
	return nil
}

// holds reports whether the batch stored at slot has the hash.
func (e *Embedded) holds(ctx context.Context, slot uint64, hash Hash) bool {
	if slot == 0 {
		return false
	}
	r := reader{journal: e}
	_, stored, err := r.load(ctx, slot)
	return err == nil && stored == hash
}

// SaveSnapshot implements [Journal].
func (e *Embedded) SaveSnapshot(_ context.Context, s Snapshot) error {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	if err := e.usable(); err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	if s.Slot > e.head.Slot {
		return fmt.Errorf("save snapshot of slot %d: the journal ends with slot %d", s.Slot, e.head.Slot)
	}
	if e.snapshot != nil && s.Slot <= e.snapshot.Slot {
		return nil
	}
	if err := e.write([]byte(keySnapshot), seal(mustEncode(&s))); err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.snapshot = &s
	e.nextGeneration()
	return nil
}

// LatestSnapshot implements [Journal].
func (e *Embedded) LatestSnapshot(context.Context) (Snapshot, bool, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	switch {
	case e.closed:
		return Snapshot{}, false, ErrClosed
	case e.snapshot == nil:
		return Snapshot{}, false, nil
	}
	return *e.snapshot, true, nil
}

// Segments implements [Journal].
func (e *Embedded) Segments(context.Context) ([]Segment, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, ErrClosed
	}
	return slices.Clone(e.segments), nil
}

// Close ends every Follow with ErrClosed and releases the disk.
func (e *Embedded) Close() error {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	close(e.grown)
	if err := e.disk.close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
