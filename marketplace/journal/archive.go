package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace/blob"
)

const (
	// segmentPayload is where a segment ends: large enough that ten years of a busy market are a few thousand entries of
	// index, small enough to be held in memory by a reader.
	segmentPayload = 16 << 20
	// segmentLimit is the most bytes of a segment's blob: one more batch, and framing.
	segmentLimit blob.Limit = segmentPayload + maxEncoded + 1<<20
	// segmentVersion is the first field of an encoded segment. Numbers are never reused.
	segmentVersion = 1
)

// Segment is an entry of the archive's index: a run of batches stored as one blob.
type Segment struct {
	// First and Last are the slots of its batches.
	First, Last uint64
	// FirstSeq and LastSeq are the numbers of its records.
	FirstSeq, LastSeq uint64
	// LastHash is the hash of its last batch.
	LastHash Hash
	// Blob is the digest of its content.
	Blob vadium.Digest
	// Size is the length of its content in bytes.
	Size uint64
}

// segmentContent is what the blob of a segment holds. Prev is the blob of the segment before, so that whoever has the
// newest one can find the whole archive even if the index is lost.
type segmentContent struct {
	Version uint64
	Prev    vadium.Digest
	First   uint64
	Batches [][]byte
}

// Archive copies the batches up to slot upTo that are not archived yet into blobs, and lists them in j's index. After a
// crash it continues where it was. It changes nothing about where the batches are read from; Truncate does.
func Archive(ctx context.Context, j Journal, blobs blob.Store, upTo uint64) error {
	segments, err := j.Segments(ctx)
	if err != nil {
		return fmt.Errorf("archive journal: %w", err)
	}
	next := segmentContent{Version: segmentVersion, First: 1}
	if n := len(segments); n > 0 {
		next.Prev, next.First = segments[n-1].Blob, segments[n-1].Last+1
	}
	for next.First <= upTo {
		s, err := storeSegment(ctx, j, blobs, next, upTo)
		if err != nil {
			return fmt.Errorf("archive journal from slot %d: %w", next.First, err)
		}
		if err := j.AddSegment(ctx, s); err != nil {
			return fmt.Errorf("archive journal from slot %d: %w", next.First, err)
		}
		next.Prev, next.First = s.Blob, s.Last+1
	}
	return nil
}

// storeSegment fills content with batches and stores it.
func storeSegment(ctx context.Context, j Journal, blobs blob.Store, content segmentContent, upTo uint64) (Segment, error) {
	s := Segment{First: content.First}
	size := 0
	for b, err := range j.Read(ctx, content.First) {
		if err != nil {
			return Segment{}, err
		}
		if s.FirstSeq == 0 {
			s.FirstSeq = b.FirstSeq
		}
		s.Last, s.LastSeq, s.LastHash = b.Slot, b.LastSeq(), b.Hash()
		encoded := b.Encode()
		content.Batches = append(content.Batches, encoded)
		if size += len(encoded); size >= segmentPayload || b.Slot == upTo {
			break
		}
	}
	if s.Last == 0 {
		return Segment{}, fmt.Errorf("the journal ends before slot %d", content.First)
	}
	digest, length, err := blobs.Put(ctx, bytes.NewReader(mustEncode(&content)), segmentLimit)
	if err != nil {
		return Segment{}, err
	}
	s.Blob, s.Size = digest, uint64(length)
	return s, nil
}

// readSegment returns the encoded batches of a segment.
func readSegment(ctx context.Context, blobs blob.Store, s Segment) ([][]byte, error) {
	if blobs == nil {
		return nil, fmt.Errorf("journal slot %d is archived (open the journal with its blob store)", s.First)
	}
	encoded, err := blob.ReadAll(ctx, blobs, s.Blob, segmentLimit)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrCorrupt) {
		return nil, corrupt(s.First, "archived in slots %d to %d: %v", s.First, s.Last, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read archived slots %d to %d: %w", s.First, s.Last, err)
	}
	var content segmentContent
	if err := rlp.DecodeBytes(encoded, &content); err != nil {
		return nil, corrupt(s.First, "archived in blob %s, which is not a segment: %v", s.Blob, err)
	}
	if content.Version != segmentVersion || content.First != s.First || uint64(len(content.Batches)) != s.Last-s.First+1 {
		return nil, corrupt(s.First, "archived in blob %s, which holds %d batches from slot %d in version %d; want %d to %d",
			s.Blob, len(content.Batches), content.First, content.Version, s.First, s.Last)
	}
	return content.Batches, nil
}

// CheckSegment reads an archived segment and checks that its batches are one chain and end as the index says.
func CheckSegment(ctx context.Context, blobs blob.Store, s Segment) error {
	batches, err := readSegment(ctx, blobs, s)
	if err != nil {
		return err
	}
	var head Head
	for i, encoded := range batches {
		slot := s.First + uint64(i)
		b, hash, err := decode(encoded)
		if err == nil && i > 0 {
			err = head.Check(b)
		}
		if err != nil {
			return corrupt(slot, "archived in blob %s: %v", s.Blob, err)
		}
		head = after(b, hash)
	}
	if head.Slot != s.Last || head.Hash != s.LastHash || head.LastSeq != s.LastSeq {
		return corrupt(s.Last, "archived in blob %s, which ends with slot %d and hash %x; the index says %x", s.Blob, head.Slot, head.Hash, s.LastHash)
	}
	return nil
}

// archivedTo returns the last archived slot, 0 when there is none.
func (e *Embedded) archivedTo() uint64 {
	if n := len(e.segments); n > 0 {
		return e.segments[n-1].Last
	}
	return 0
}

// AddSegment implements [Journal].
func (e *Embedded) AddSegment(_ context.Context, s Segment) error {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	if err := e.usable(); err != nil {
		return fmt.Errorf("add segment: %w", err)
	}
	if slices.Contains(e.segments, s) {
		return nil
	}
	if s.First != e.archivedTo()+1 || s.Last < s.First || s.Last > e.head.Slot {
		return fmt.Errorf("add segment of slots %d to %d: archived is %d, the journal ends with %d", s.First, s.Last, e.archivedTo(), e.head.Slot)
	}
	if err := e.write(segmentKey(s.First), seal(mustEncode(&s))); err != nil {
		return fmt.Errorf("add segment: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.segments = append(e.segments, s)
	return nil
}

// Truncate implements [Journal]. Appends wait while it works, some hundred milliseconds on Badger.
func (e *Embedded) Truncate(ctx context.Context, to uint64) error {
	if err := e.truncate(ctx, to); err != nil {
		return fmt.Errorf("truncate journal to slot %d: %w", to, err)
	}
	return nil
}

func (e *Embedded) truncate(ctx context.Context, to uint64) error {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	if err := e.usable(); err != nil {
		return err
	}
	if e.snapshot == nil || e.snapshot.Slot < to {
		return fmt.Errorf("%w: no snapshot contains it", ErrNotArchived)
	}
	if e.archivedTo() < to {
		return fmt.Errorf("%w: the archive ends with slot %d", ErrNotArchived, e.archivedTo())
	}
	dropped := 0
	for dropped < len(e.generations)-1 && e.generations[dropped].last <= to {
		dropped++
	}
	if dropped == 0 {
		return nil
	}
	if err := e.checkArchived(ctx, e.generations[dropped-1].last); err != nil {
		return err
	}
	prefixes := make([][]byte, dropped)
	for i, g := range e.generations[:dropped] {
		prefixes[i] = generationKey(g.number)
	}
	e.mu.Lock()
	e.first = max(e.first, e.generations[dropped].first) // from here readers go to the archive
	e.mu.Unlock()
	if err := e.disk.drop(prefixes...); err != nil {
		e.broken = fmt.Errorf("%w: %w (open the journal again to see what it holds)", ErrUnknown, err)
		return e.broken
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.generations = e.generations[dropped:]
	return nil
}

// checkArchived makes sure that the blobs of what is about to be forgotten, and the snapshot, are really there.
func (e *Embedded) checkArchived(ctx context.Context, to uint64) error {
	if e.blobs == nil {
		return fmt.Errorf("%w: the journal was opened without a blob store", ErrNotArchived)
	}
	if _, err := e.blobs.Size(ctx, e.snapshot.Blob); err != nil {
		return fmt.Errorf("%w: snapshot of slot %d: %w", ErrNotArchived, e.snapshot.Slot, err)
	}
	for _, s := range e.segments {
		if s.Last < e.first || s.First > to {
			continue
		}
		size, err := e.blobs.Size(ctx, s.Blob)
		if err != nil {
			return fmt.Errorf("%w: slots %d to %d: %w", ErrNotArchived, s.First, s.Last, err)
		}
		if uint64(size) != s.Size {
			return fmt.Errorf("%w: slots %d to %d: blob %s has %d bytes, want %d", ErrNotArchived, s.First, s.Last, s.Blob, size, s.Size)
		}
	}
	return nil
}
