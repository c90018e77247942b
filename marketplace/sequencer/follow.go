package sequencer

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"
)

const (
	// tailRecords is how many recent records are kept in memory for followers, all of them together, and the rest of the
	// batch they begin in: some seconds of a busy market. Whoever is further behind reads the journal.
	tailRecords = 16_384
	// historyRecords is about how many records one Next takes from the journal, or copies together from memory, so that a
	// follower who is a year behind does not need a year's memory.
	historyRecords = 4096
)

// tail is the end of the journal in memory, and wakes followers when it grows. Followers take from it at their own pace:
// nobody waits for a slow one. It is kept by batch, so that nothing is copied when it grows, nor for a follower that keeps up.
type tail[R any] struct {
	mu sync.Mutex
	// guarded by mu
	batches []stretch[R]  // in order, without gaps
	held    int           // records in batches
	next    uint64        // position of the next record
	grown   chan struct{} // closed and replaced when records are added
}

// stretch is the records of a durable batch.
type stretch[R any] struct {
	first   uint64 // position of records[0]
	records []R
}

func (t *tail[R]) start(next uint64) { t.next, t.grown = next, make(chan struct{}) }

// end returns the position after the last durable record.
func (t *tail[R]) end() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

func (t *tail[R]) extend(first uint64, records []R) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if first != t.next {
		panic(fmt.Sprintf("invariant: records are published without gaps, yet %d comes after %d", first, t.next-1))
	}
	t.batches = append(t.batches, stretch[R]{first, records})
	t.next, t.held = t.next+uint64(len(records)), t.held+len(records)
	for t.held-len(t.batches[0].records) >= tailRecords {
		t.held -= len(t.batches[0].records)
		t.batches[0] = stretch[R]{} // followers hold slices of it
		t.batches = t.batches[1:]
	}
	close(t.grown)
	t.grown = make(chan struct{})
}

// from returns records from position next on: the rest of a batch, or, for a follower that is further behind, several. When
// there are none it returns what to wait for, or, when next is before the tail, the position up to which the journal has to
// be read.
func (t *tail[R]) from(next uint64) (records []R, grown <-chan struct{}, readTo uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if next >= t.next {
		return nil, t.grown, 0
	}
	if len(t.batches) == 0 || next < t.batches[0].first {
		return nil, nil, t.next - uint64(t.held)
	}
	i := sort.Search(len(t.batches), func(i int) bool { return t.batches[i].first > next }) - 1
	records = t.batches[i].records[next-t.batches[i].first:]
	records = slices.Clip(records) // so that appending copies
	for _, b := range t.batches[i+1:] {
		if len(records) >= historyRecords {
			break
		}
		records = append(records, b.records...)
	}
	return records, nil, 0
}

// Follower reads all durable records from a position on, in order, each once. It belongs to one goroutine.
type Follower[R any] struct {
	next    uint64
	tail    *tail[R]
	history func(ctx context.Context, from, to uint64) ([]R, error)
	stopped <-chan struct{}
}

// Follow returns a follower whose first record is the one at position from (1 is the first there is). A client that
// comes back passes the position after the last record it has seen. A position beyond the next record is ErrAhead.
func (s *Sequencer[S, C, E, R]) Follow(from uint64) (*Follower[R], error) {
	if from == 0 {
		return nil, fmt.Errorf("follow from record 0: records begin with 1")
	}
	if end := max(s.tail.end(), s.seen()); from > end {
		return nil, fmt.Errorf("%w: follow from record %d, the next one is %d", ErrAhead, from, end)
	}
	return &Follower[R]{next: from, tail: &s.tail, history: s.history, stopped: s.stopped}, nil
}

// seen returns the position after the last record that readers of the state can see. They see a batch a moment before
// followers do, and whoever follows from what it just read must not be told that it is ahead of the journal.
func (s *Sequencer[S, C, E, R]) seen() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.published.NextSeq()
}

// Cursor returns the position of the record that Next returns first.
func (f *Follower[R]) Cursor() uint64 { return f.next }

// Next waits for records and returns at least one. The records are shared: do not change them. When ctx ends first it
// returns ctx's error and may be called again, which is how a stream sends heartbeats. After the sequencer has stopped it
// returns what is left, then ErrStopped.
func (f *Follower[R]) Next(ctx context.Context) ([]R, error) {
	for {
		// Look at stopped before the tail: nothing is added after it is closed.
		ended := isClosed(f.stopped)
		records, grown, readTo := f.tail.from(f.next)
		if grown == nil && records == nil {
			var err error
			if records, err = f.history(ctx, f.next, readTo); err != nil {
				return nil, fmt.Errorf("follow from record %d: %w", f.next, err)
			}
		}
		if len(records) > 0 {
			f.next += uint64(len(records))
			return records, nil
		}
		if ended {
			return nil, ErrStopped
		}
		select {
		case <-grown:
		case <-f.stopped:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// history returns about historyRecords records from position from on, but none at or after to, from the journal.
func (s *Sequencer[S, C, E, R]) history(ctx context.Context, from, to uint64) ([]R, error) {
	slot, err := s.cfg.Journal.Find(ctx, from)
	if err != nil {
		return nil, err
	}
	var found []R
	for b, err := range s.cfg.Journal.Read(ctx, slot) {
		if err != nil {
			return nil, err
		}
		records, err := DecodeRecords[R](b)
		if err != nil {
			return nil, err
		}
		begin := max(from, b.FirstSeq)
		end := min(to, b.LastSeq()+1)
		found = append(found, records[begin-b.FirstSeq:end-b.FirstSeq]...)
		if len(found) >= historyRecords || end == to {
			break
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the journal does not hold record %d", from)
	}
	return found, nil
}
