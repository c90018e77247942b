package prover

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vadium"
)

func TestProversGoToTheEarliestDeadline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		provers := rapid.IntRange(1, 3).Draw(t, "provers")
		clock := vadium.Time(1)
		q := newQueue(provers, func() vadium.Time { return clock })
		var waiting, proving []*ticket
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			clock++
			if len(proving) > 0 && rapid.Bool().Draw(t, "finish") {
				at := rapid.IntRange(0, len(proving)-1).Draw(t, "which")
				q.leave(proving[at])
				proving = slices.Delete(proving, at, at+1)
			} else {
				place := q.join(vadium.Time(rapid.Int64Range(1, 20).Draw(t, "deadline")), vadium.Second)
				q.mu.Lock()
				place.waits = true
				q.dispatch()
				q.mu.Unlock()
				waiting = append(waiting, place)
			}
			// The obvious rule: while there is a free prover, the first of the earliest gets it.
			for len(proving) < provers && len(waiting) > 0 {
				first := 0
				for i, w := range waiting {
					if w.deadline < waiting[first].deadline {
						first = i
					}
				}
				proving = append(proving, waiting[first])
				waiting = slices.Delete(waiting, first, first+1)
			}
			for _, p := range proving {
				if p.began == 0 {
					t.Fatalf("the request due at %d has no prover", p.deadline)
				}
			}
			for _, w := range waiting {
				if w.began != 0 {
					t.Fatalf("the request due at %d has a prover before its turn", w.deadline)
				}
			}
		}
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, now)
		busy := q.join(1, vadium.Second)
		if err := q.wait(t.Context(), busy); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		impatient, patient := q.join(2, vadium.Second), q.join(3, vadium.Second)
		if err := q.wait(ctx, impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("wait = %v, want the deadline", err)
		}
		q.leave(impatient)
		q.leave(busy)
		if err := q.wait(t.Context(), patient); err != nil {
			t.Errorf("wait after the others left = %v, want nil", err)
		}
	})
}

func TestReadyCountsWhatComesFirst(t *testing.T) {
	clock := vadium.Time(1_000)
	q := newQueue(1, func() vadium.Time { return clock })
	alone := q.join(50_000, 4*vadium.Second)
	if got := q.ready(alone); got != 5_000 {
		t.Errorf("ready of one alone = %d, want 5000", got)
	}
	q.mu.Lock()
	alone.waits = true
	q.dispatch()
	q.mu.Unlock()
	clock = 2_000
	later, earlier := q.join(40_000, 2*vadium.Second), q.join(30_000, vadium.Second)
	if got := q.ready(earlier); got != 2_000+3_000+1_000 {
		t.Errorf("ready of the earliest = %d, want 6000: what is being proven comes first", got)
	}
	if got := q.ready(later); got != 2_000+3_000+1_000+2_000 {
		t.Errorf("ready of the later one = %d, want 8000", got)
	}
	q.provers = 4
	if got := q.ready(later); got != 4_000 {
		t.Errorf("ready with a prover to spare = %d, want 4000", got)
	}
}
