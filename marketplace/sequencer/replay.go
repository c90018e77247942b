package sequencer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
)

// snapshotLimit is the most bytes of a snapshot: a state must fit into memory twice.
const snapshotLimit blob.Limit = 4 << 30

// DecodeRecords returns the records of a batch.
func DecodeRecords[R any](b journal.Batch) ([]R, error) {
	stream := rlp.NewStream(bytes.NewReader(b.Payload), uint64(len(b.Payload)))
	records := make([]R, 0, min(b.Count, uint64(len(b.Payload)))) // a record takes at least a byte
	for range b.Count {
		var r R
		if err := stream.Decode(&r); err != nil {
			return nil, fmt.Errorf("journal slot %d: record %d: %w", b.Slot, b.FirstSeq+uint64(len(records)), err)
		}
		records = append(records, r)
	}
	if _, _, err := stream.Kind(); err == nil {
		return nil, fmt.Errorf("journal slot %d: more than its %d records", b.Slot, b.Count)
	}
	return records, nil
}

// History is what a replay reads: a journal, or a copy of one.
type History interface {
	Read(ctx context.Context, from uint64) iter.Seq2[journal.Batch, error]
}

// Replay folds the whole journal, from genesis, into a new state and checks every digest on the way. each, if not nil,
// sees every batch with its records and the state after it; an error of each ends the replay.
func Replay[S State[C, E, R], C, E, R any](
	ctx context.Context, core Core[S, C, E, R], j History, each func(b journal.Batch, records []R, state S) error,
) (S, error) {
	state := core.New()
	return state, advance(ctx, j, 1, state, each)
}

// advance folds the journal from a slot on into state.
func advance[S State[C, E, R], C, E, R any](
	ctx context.Context, j History, from uint64, state S, each func(b journal.Batch, records []R, state S) error,
) error {
	for b, err := range j.Read(ctx, from) {
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		records, err := DecodeRecords[R](b)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if b.FirstSeq != state.NextSeq() {
			return fmt.Errorf("replay slot %d: %w: it begins with record %d, the state expects %d", b.Slot, ErrDiverged, b.FirstSeq, state.NextSeq())
		}
		for _, r := range records {
			state.Apply(r)
		}
		if err := checkDigest(b, state); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if each == nil {
			continue
		}
		if err := each(b, records, state); err != nil {
			return err
		}
	}
	return nil
}

// checkDigest compares the state after b with the digest recorded in b, if there is one.
func checkDigest(b journal.Batch, state interface{ Digest() vadium.Digest }) error {
	if b.StateDigest == (vadium.Digest{}) {
		return nil
	}
	if got := state.Digest(); got != b.StateDigest {
		return fmt.Errorf("slot %d: %w: state is %s, recorded is %s (replay with the version of vadium that wrote it)", b.Slot, ErrDiverged, got, b.StateDigest)
	}
	return nil
}

// replay returns the state at the head of the journal and the slot of the snapshot it began with.
func (s *Sequencer[S, C, E, R]) replay(ctx context.Context) (state S, snapshotted uint64, err error) {
	snapshot, found, err := s.cfg.Journal.LatestSnapshot(ctx)
	if err != nil {
		return state, 0, err
	}
	if found {
		restored, err := s.restore(ctx, snapshot)
		if err == nil {
			return restored, snapshot.Slot, advance(ctx, s.cfg.Journal, snapshot.Slot+1, restored, nil)
		}
		if ctx.Err() != nil {
			return state, 0, err
		}
		// A snapshot only saves time, and one written by another version may not be readable: the journal has it all.
		s.cfg.Log.Warn("snapshot is unusable, replaying from the beginning", "slot", snapshot.Slot, "error", err)
	}
	state = s.core.New()
	return state, 0, advance(ctx, s.cfg.Journal, 1, state, nil)
}

func (s *Sequencer[S, C, E, R]) restore(ctx context.Context, snapshot journal.Snapshot) (S, error) {
	var none S
	encoded, err := blob.ReadAll(ctx, s.cfg.Blobs, snapshot.Blob, snapshotLimit)
	if err != nil {
		return none, err
	}
	state, err := s.core.Restore(encoded)
	if err != nil {
		return none, err
	}
	if got := state.Digest(); got != snapshot.State {
		return none, fmt.Errorf("%w: snapshot restores to state %s, recorded is %s", ErrDiverged, got, snapshot.State)
	}
	return state, nil
}

// snapshot encodes and stores the state after b in the background, and gives back space in the journal. There is one at a
// time. A failure is not fatal: the journal has everything, and the next snapshot comes.
func (s *Sequencer[S, C, E, R]) snapshot(ctx context.Context, b journal.Batch, frozen func() []byte) {
	s.snapshots.Go(func() {
		defer s.saving.Store(false)
		encoded := frozen()
		err := s.keep(ctx, b, encoded)
		s.cfg.Metrics.snapshotted(len(encoded), err)
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("snapshot failed", "slot", b.Slot, "error", err)
		}
	})
}

func (s *Sequencer[S, C, E, R]) keep(ctx context.Context, b journal.Batch, encoded []byte) error {
	digest, _, err := s.cfg.Blobs.Put(ctx, bytes.NewReader(encoded), snapshotLimit)
	if err != nil {
		return err
	}
	if err := s.cfg.Journal.SaveSnapshot(ctx, journal.Snapshot{Slot: b.Slot, Blob: digest, State: b.StateDigest}); err != nil {
		return err
	}
	if b.Slot <= s.cfg.KeepBatches {
		return nil
	}
	old := b.Slot - s.cfg.KeepBatches
	if err := journal.Archive(ctx, s.cfg.Journal, s.cfg.Blobs, old); err != nil {
		return err
	}
	if s.grown.Load() < s.cfg.TruncateEvery {
		return nil
	}
	s.grown.Store(0)
	return s.cfg.Journal.Truncate(ctx, old)
}

// truncate gives back what the market put off while it ran: what is archived, but for the batches to be kept.
func (s *Sequencer[S, C, E, R]) truncate(ctx context.Context) error {
	segments, err := s.cfg.Journal.Segments(ctx)
	if err != nil || len(segments) == 0 || s.snapshotted <= s.cfg.KeepBatches {
		return err
	}
	old := min(segments[len(segments)-1].Last, s.snapshotted-s.cfg.KeepBatches)
	err = s.cfg.Journal.Truncate(ctx, old)
	if errors.Is(err, journal.ErrNotArchived) { // a blob that is missing is found by whoever needs it; here it costs only room
		s.cfg.Log.Error("the journal cannot be truncated", "slot", old, "error", err)
		return nil
	}
	return err
}

// SnapshotAtRest stores the state at the head of the journal, after Run has ended with nil, so that the next start has
// nothing to replay. It does nothing when there is nothing new. A failure costs time at the next start, nothing else.
func (s *Sequencer[S, C, E, R]) SnapshotAtRest(ctx context.Context) error {
	<-s.stopped
	if !errors.Is(s.stopErr, ErrStopped) || s.head.Slot == s.snapshotted {
		return nil
	}
	encoded := s.working.Snapshot()
	digest, _, err := s.cfg.Blobs.Put(ctx, bytes.NewReader(encoded), snapshotLimit)
	if err == nil {
		err = s.cfg.Journal.SaveSnapshot(ctx, journal.Snapshot{Slot: s.head.Slot, Blob: digest, State: s.working.Digest()})
	}
	s.cfg.Metrics.snapshotted(len(encoded), err)
	if err != nil {
		return fmt.Errorf("snapshot at rest: %w", err)
	}
	s.snapshotted = s.head.Slot
	return nil
}
