package rpc

import (
	"context"
	"errors"
	"sync"
	"testing"

	"vadium"
	"vadium/marketplace/rpc/wire"
)

var (
	greedy = vadium.Account{1}
	modest = vadium.Account{2}
	third  = vadium.Account{3}
)

// join enters and notes the order in which places are granted.
type queueing struct {
	*testing.T
	lines *lines
	order chan vadium.Account
	calls sync.WaitGroup
}

// waits lets a call of a signer wait in line, and returns once it stands there.
func (q *queueing) waits(signer vadium.Account, places int) {
	q.lines.mu.Lock()
	before := 0
	if l := q.lines.of[signer]; l != nil {
		before = len(l.waiting)
	}
	q.lines.mu.Unlock()
	q.calls.Go(func() {
		release, err := q.lines.enter(q.Context(), signer, places)
		if err != nil {
			q.Error(err)
			return
		}
		q.order <- signer
		release()
	})
	for {
		q.lines.mu.Lock()
		l := q.lines.of[signer]
		stands := l != nil && len(l.waiting) > before
		q.lines.mu.Unlock()
		if stands {
			return
		}
	}
}

func enter(t *testing.T, l *lines, signer vadium.Account, places int) (release func()) {
	t.Helper()
	release, err := l.enter(t.Context(), signer, places)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

func TestASignerTakesAtMostHalfOfThePlaces(t *testing.T) {
	l := newLines(8, 2)
	first := enter(t, l, greedy, 4)
	q := queueing{T: t, lines: l, order: make(chan vadium.Account, 2)}
	q.waits(greedy, 1)
	q.waits(greedy, 1)
	// Its line is full, and says so. Others find a place at once.
	_, err := l.enter(t.Context(), greedy, 1)
	if !errors.Is(err, wire.ErrTooManyCalls) {
		t.Errorf("a third call in a line of two: %v, want %v", err, wire.ErrTooManyCalls)
	}
	var too *limited
	if !errors.As(err, &too) || too.retry <= 0 {
		t.Errorf("a third call in a line of two: %v, want it to say when to come again", err)
	}
	enter(t, l, modest, 4)()
	first()
	q.calls.Wait()
	if l.free != 8 || len(l.of) != 0 || len(l.turn) != 0 {
		t.Errorf("in the end %d places are free, %d signers remembered, %d in turn; want 8, 0, 0", l.free, len(l.of), len(l.turn))
	}
}

// Five of one signer's calls waited first; the other signers' calls come in between all the same.
func TestLinesTakeTurns(t *testing.T) {
	l := newLines(4, 8)
	rest := enter(t, l, vadium.Account{8}, 2)
	a, b := enter(t, l, vadium.Account{9}, 1), enter(t, l, vadium.Account{9}, 1)
	q := queueing{T: t, lines: l, order: make(chan vadium.Account)}
	for range 5 {
		q.waits(greedy, 1)
	}
	q.waits(modest, 1)
	q.waits(third, 1)
	b() // one place; a second would let two go at once, in either order
	var got []vadium.Account
	for range 7 {
		got = append(got, <-q.order)
	}
	a()
	rest()
	q.calls.Wait()
	position := map[vadium.Account]int{}
	for i, who := range got {
		if _, seen := position[who]; !seen || who != greedy {
			position[who] = i
		}
	}
	if position[modest] > 2 || got[0] != greedy {
		t.Errorf("places were granted in the order %v, want the modest signer second", got)
	}
}

// A batch that needs many places is not overtaken for ever by calls that need one.
func TestALargeBatchIsNotOvertakenForEver(t *testing.T) {
	l := newLines(8, 8)
	held := enter(t, l, third, 3)
	also := enter(t, l, modest, 2)
	q := queueing{T: t, lines: l, order: make(chan vadium.Account, 2)}
	q.waits(greedy, 4) // three are free
	q.waits(modest, 1)
	if l.mu.Lock(); l.free != 3 {
		t.Errorf("%d places are free, want 3: nobody overtakes the batch", l.free)
	}
	l.mu.Unlock()
	held()
	also()
	q.calls.Wait()
}

// Whoever gives up leaves no trace, and those behind move up.
func TestWhoeverGivesUpLeavesTheLine(t *testing.T) {
	l := newLines(4, 8)
	held := enter(t, l, modest, 2)
	also := enter(t, l, third, 1)
	gone, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := l.enter(gone, greedy, 2)
		left <- err
	}()
	for waiting := false; !waiting; {
		l.mu.Lock()
		waiting = l.of[greedy] != nil && len(l.of[greedy].waiting) == 1
		l.mu.Unlock()
	}
	q := queueing{T: t, lines: l, order: make(chan vadium.Account, 1)}
	q.waits(third, 1)
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up got %v", err)
	}
	q.calls.Wait() // one place was free all the time
	held()
	also()
	if l.free != 4 || len(l.of) != 0 {
		t.Errorf("in the end %d places are free and %d signers remembered, want 4 and 0", l.free, len(l.of))
	}
}
