package rpc

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"vadium"
	"vadium/marketplace/rpc/wire"
)

// lines are where signers wait for the sequencer: one line each, and the lines take turns. However much one signer sends,
// it takes at most half of the places, waits in its own line for more, and is turned away when its line is full; whoever
// comes with little finds a place at once, or has one after each other signer has had its turn once.
type lines struct {
	places, perSigner, perLine int

	mu   sync.Mutex
	free int                      // guarded by mu
	of   map[vadium.Account]*line // guarded by mu; signers who hold places or wait
	turn []*line                  // guarded by mu; lines in which somebody waits, the next first
}

// line is one signer's.
type line struct {
	signer  vadium.Account
	held    int // places
	waiting []*waiter
}

// waiter is one call.
type waiter struct {
	places  int
	granted chan struct{}
}

// newLines returns lines for a number of places, which is at least two batches'.
func newLines(places, perLine int) *lines {
	return &lines{places: places, perSigner: places / 2, perLine: perLine, free: places, of: map[vadium.Account]*line{}}
}

// enter waits for n places, at most half of all. The caller gives them back by release.
func (l *lines) enter(ctx context.Context, signer vadium.Account, n int) (release func(), err error) {
	w := &waiter{places: n, granted: make(chan struct{})}
	l.mu.Lock()
	mine := l.of[signer]
	if mine == nil {
		mine = &line{signer: signer}
		l.of[signer] = mine
	}
	if len(mine.waiting) >= l.perLine {
		l.mu.Unlock()
		return nil, &limited{wire.ErrTooManyCalls, fmt.Sprintf("%d calls of account %v wait already", l.perLine, signer), retryBusy}
	}
	if len(mine.waiting) == 0 {
		l.turn = append(l.turn, mine)
	}
	mine.waiting = append(mine.waiting, w)
	l.grant()
	l.mu.Unlock()
	select {
	case <-w.granted:
	case <-ctx.Done():
		if l.leave(mine, w) {
			return nil, ctx.Err()
		}
	}
	return sync.OnceFunc(func() { l.release(mine, n) }), nil
}

// leave takes a waiter out of its line, unless it has been granted its places meanwhile.
func (l *lines) leave(mine *line, w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(mine.waiting, w)
	if i < 0 {
		return false
	}
	mine.waiting = slices.Delete(mine.waiting, i, i+1)
	if len(mine.waiting) == 0 {
		l.turn = slices.DeleteFunc(l.turn, func(other *line) bool { return other == mine })
	}
	l.forget(mine)
	l.grant() // the next in line may need fewer places
	return true
}

func (l *lines) release(mine *line, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free += n
	mine.held -= n
	l.forget(mine)
	l.grant()
}

func (l *lines) forget(mine *line) {
	if mine.held == 0 && len(mine.waiting) == 0 {
		delete(l.of, mine.signer)
	}
}

// grant gives free places to who waits, line by line. A signer who holds half of the places is passed over until some are
// given back; whoever else is next and needs more than are free keeps the others from overtaking. The caller holds mu.
func (l *lines) grant() {
	for passed := 0; passed < len(l.turn); {
		next := l.turn[0]
		w := next.waiting[0]
		if next.held > 0 && next.held+w.places > l.perSigner {
			l.turn = append(l.turn[1:], next)
			passed++
			continue
		}
		if w.places > l.free {
			return
		}
		passed = 0
		l.free -= w.places
		next.held += w.places
		next.waiting = next.waiting[1:]
		l.turn = l.turn[1:]
		if len(next.waiting) > 0 {
			l.turn = append(l.turn, next)
		}
		close(w.granted)
	}
}
