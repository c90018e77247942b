package sequencer

import (
	"context"
	"fmt"
	"sync"
)

const (
	// tailRecords is how many recent records are kept in memory for followers, all of them together: some seconds of a
	// busy market. Whoever is further behind reads the journal.
	tailRecords = 16_384
	// historyRecords is about how many records one Next takes from the journal, so that a follower who is a year behind
	// does not need a year's memory.
	historyRecords = 4096
)

// tail is the end of the journal in memory, and wakes followers when it grows. Followers take from it at their own pace:
// nobody waits for a slow one.
type tail[R any] struct {
	mu sync.Mutex
	// guarded by mu
	first   uint64 // position of records[0]
	records []R
	grown   chan struct{} // closed and replaced when records are added
}

func (t *tail[R]) start(next uint64) { t.first, t.grown = next, make(chan struct{}) }

// end returns the position after the last durable record.
func (t *tail[R]) end() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first + uint64(len(t.records))
}

func (t *tail[R]) extend(first uint64, records []R) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if want := t.first + uint64(len(t.records)); first != want {
		panic(fmt.Sprintf("invariant: records are published without gaps, yet %d comes after %d", first, want-1))
	}
	t.records = append(t.records, records...)
	if surplus := len(t.records) - tailRecords; surplus > 0 {
		clear(t.records[:surplus]) // followers hold copies
		t.first, t.records = t.first+uint64(surplus), t.records[surplus:]
	}
	close(t.grown)
	t.grown = make(chan struct{})
}

// from returns a copy of the records from position next on. When there are none it returns what to wait for, or, when
// next is before the tail, the position up to which the journal has to be read.
func (t *tail[R]) from(next uint64) (records []R, grown <-chan struct{}, readTo uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if next < t.first {
		return nil, nil, t.first
	}
	if skip := next - t.first; skip < uint64(len(t.records)) {
		return append([]R(nil), t.records[skip:]...), nil, 0
	}
	return nil, t.grown, 0
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
