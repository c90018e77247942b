package sequencer

import (
	"context"
	"fmt"
	"sort"
)

// At returns the record at a position. Of the journal it reads one batch, where following from there would read thousands of
// records. A position beyond what readers of the state can see is ErrAhead.
func (s *Sequencer[S, C, E, R]) At(ctx context.Context, seq uint64) (record R, err error) {
	if end := max(s.tail.end(), s.seen()); seq == 0 || seq >= end {
		return record, fmt.Errorf("%w: record %d, the next one is %d", ErrAhead, seq, end)
	}
	for {
		ended := isClosed(s.stopped)
		record, held, grown := s.tail.at(seq)
		switch {
		case held:
			return record, nil
		case grown == nil:
			records, err := s.history(ctx, seq, seq+1)
			if err != nil {
				return record, fmt.Errorf("read record %d: %w", seq, err)
			}
			return records[0], nil
		case ended:
			return record, ErrStopped
		}
		select { // readers of the state have it, followers are about to
		case <-grown:
		case <-s.stopped:
		case <-ctx.Done():
			return record, ctx.Err()
		}
	}
}

// at returns a record of the tail. When there is none yet it returns what to wait for; nil, when it is before the tail.
func (t *tail[R]) at(seq uint64) (record R, held bool, grown <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seq >= t.next {
		return record, false, t.grown
	}
	if len(t.batches) == 0 || seq < t.batches[0].first {
		return record, false, nil
	}
	i := sort.Search(len(t.batches), func(i int) bool { return t.batches[i].first > seq }) - 1
	return t.batches[i].records[seq-t.batches[i].first], true, nil
}
