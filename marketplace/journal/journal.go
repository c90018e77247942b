// Package journal is the market's memory: the one durable, ordered record of what happened.
//
// Its unit is the [Batch]: everything one group commit made durable, addressed by (epoch, slot). The epoch says which
// writer wrote it, the slot is its place, without gaps, from 1. Every batch carries the hash of the batch before it and
// a checksum, and now and then the digest of the state it led to, so that damage is found wherever the bytes were kept.
//
//	epoch, err := j.TakeOver(ctx)                   // from here every older writer is refused
//	head, err := j.Head(ctx)
//	err = j.Append(ctx, head.Next(epoch, records))  // durable when err is nil
//	for batch, err := range j.Read(ctx, 1) { ... }  // from genesis, wherever the bytes are by now
//
// A journal does not know what its payload means. It is kept short by saving a snapshot, copying what came before into
// the blob store ([Archive]) and then calling Truncate; reading goes on as if nothing had happened.
//
// [OpenBadger] keeps a journal in a local folder, [Memory] keeps one that can crash on demand. Both pass the suite in
// journaltest, and so must every other engine.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"vadium"
)

// Findings of a journal; compare with errors.Is.
var (
	// ErrFenced: another writer has taken over since. Nothing was stored, and nothing of this writer ever will be.
	ErrFenced = errors.New("another writer has taken over the journal")
	// ErrMisplaced: the batch does not follow the head of the journal. Nothing was stored.
	ErrMisplaced = errors.New("batch does not follow the head of the journal")
	// ErrTooLarge: the batch exceeds MaxPayload. Nothing was stored.
	ErrTooLarge = errors.New("batch exceeds its size limit")
	// ErrUnknown: the engine failed while storing, so nobody knows whether the batch is durable. Fatal: open the journal
	// again and read what it holds.
	ErrUnknown = errors.New("durability unknown")
	// ErrCorrupt: what is stored is not what was appended. See [CorruptError].
	ErrCorrupt = errors.New("journal is corrupt")
	// ErrNotArchived: what Truncate was to forget is not both archived and covered by a snapshot.
	ErrNotArchived = errors.New("not archived yet")
	// ErrNoRoom: the disk has less room than Options.Floor. Nothing was stored, and nothing will be until the journal is
	// opened again.
	ErrNoRoom = errors.New("the disk is full")
	// ErrClosed: the journal was closed.
	ErrClosed = errors.New("journal is closed")
)

// CorruptError says which batch is damaged and how. It matches [ErrCorrupt].
type CorruptError struct {
	Slot uint64
	// Reason is a sentence for the operator.
	Reason string
}

// Error names the slot.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("journal slot %d: %s (restore the journal from a backup; nothing from this slot on was used)", e.Slot, e.Reason)
}

// Is makes errors.Is(err, ErrCorrupt) hold.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

func corrupt(slot uint64, format string, args ...any) error {
	return &CorruptError{Slot: slot, Reason: fmt.Sprintf(format, args...)}
}

// Snapshot says that the state after a slot is stored as a blob.
type Snapshot struct {
	// Slot is the last batch the snapshot contains; 0 is the empty state.
	Slot uint64
	// Blob is the digest of the encoded state.
	Blob vadium.Digest
	// State is the digest the restored state must have.
	State vadium.Digest
}

// Journal is the contract between the sequencer and an engine that stores batches.
//
// Promises every implementation keeps:
//
//   - Order: slots are 1, 2, 3, ... without gaps; each batch carries the hash of the one before. Every reader sees the
//     same batches in the same order.
//   - Durability: when Append, TakeOver, SaveSnapshot or AddSegment returned nil, its effect survives a power cut. An
//     error that is none of ErrFenced, ErrMisplaced, ErrTooLarge and ErrClosed means that nobody knows: the caller must stop.
//   - Visibility: Read and Follow return durable batches only.
//   - Fencing: once TakeOver(n) returned, Append refuses every epoch below n, whatever was in flight.
//   - Idempotence: appending again the very batch that is stored at its slot succeeds and changes nothing, so a writer
//     may resolve an unknown outcome by asking again. So do SaveSnapshot, AddSegment and Truncate.
//   - Integrity: Read and Follow return the bytes that were appended or a CorruptError that names the slot, never
//     anything else.
//   - Concurrency: all methods may be called at once. Appends of one writer come one at a time.
type Journal interface {
	// TakeOver makes the caller the only writer and returns its epoch, which is greater than every epoch before.
	TakeOver(ctx context.Context) (epoch uint64, err error)
	// Head returns the end of the journal. After TakeOver only the caller moves it.
	Head(ctx context.Context) (Head, error)
	// Append stores a batch that follows the head; see [Head.Next]. It keeps no reference to the payload.
	Append(ctx context.Context, batch Batch) error
	// Read returns the batches from slot from (at least 1) to the head as it is when the loop gets there. An error ends
	// the loop.
	Read(ctx context.Context, from uint64) iter.Seq2[Batch, error]
	// Follow is Read that waits for more at the head. It ends with ctx's error when ctx is done.
	Follow(ctx context.Context, from uint64) iter.Seq2[Batch, error]
	// Find returns the slot of the batch that holds record seq. A seq beyond the head gives the slot after the head.
	Find(ctx context.Context, seq uint64) (slot uint64, err error)

	// SaveSnapshot remembers the snapshot unless a later one is already known.
	SaveSnapshot(ctx context.Context, snapshot Snapshot) error
	// LatestSnapshot returns the latest snapshot, and false when there is none.
	LatestSnapshot(ctx context.Context) (Snapshot, bool, error)
	// AddSegment extends the index of the archive; see [Archive], which makes segments.
	AddSegment(ctx context.Context, segment Segment) error
	// Segments returns the index of the archive, oldest first.
	Segments(ctx context.Context) ([]Segment, error)
	// Truncate gives back the space of batches up to slot to. It may keep some of them, and keeps the newest batch
	// always. It refuses with ErrNotArchived unless to is archived and not beyond the latest snapshot.
	Truncate(ctx context.Context, to uint64) error

	io.Closer
}
