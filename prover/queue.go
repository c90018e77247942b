package prover

import (
	"context"
	"slices"
	"sync"

	"vadium"
)

// queue hands a bounded number of provers to assignments, the earliest deadline first. An assignment takes its place
// when it begins to decide, so that two that decide at once see each other.
type queue struct {
	now func() vadium.Time
	// room, if set, is how many proofs of one program can be made at once. Called with mu held.
	room func(vadium.ProgramID) int

	mu      sync.Mutex // guards what follows
	provers int
	lines   []*ticket // by deadline, then arrival
}

// ticket is an assignment's place.
type ticket struct {
	deadline vadium.Time
	expected vadium.Duration // of its proof
	program  vadium.ProgramID

	waits bool          // it wants a prover now
	began vadium.Time   // 0 until it has one
	turn  chan struct{} // closed when it gets one
}

func newQueue(provers int, now func() vadium.Time) *queue { return &queue{provers: provers, now: now} }

// resize changes how many provers there are. What is being proven goes on.
func (q *queue) resize(provers int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.provers = provers
	q.dispatch()
}

// join takes a place.
func (q *queue) join(deadline vadium.Time, expected vadium.Duration) *ticket {
	return q.joinFor(vadium.ProgramID{}, deadline, expected)
}

// joinFor is join for a proof that not every prover may be able to make.
func (q *queue) joinFor(program vadium.ProgramID, deadline vadium.Time, expected vadium.Duration) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &ticket{deadline: deadline, expected: max(expected, vadium.Millisecond), program: program, turn: make(chan struct{})}
	at := len(q.lines)
	for at > 0 && q.lines[at-1].deadline.After(deadline) {
		at--
	}
	q.lines = slices.Insert(q.lines, at, t)
	return t
}

// leave gives the place up, and the prover with it.
func (q *queue) leave(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if at := slices.Index(q.lines, t); at >= 0 {
		q.lines = slices.Delete(q.lines, at, at+1)
	}
	q.dispatch()
}

// wait returns when it is t's turn to be proven.
func (q *queue) wait(ctx context.Context, t *ticket) error {
	q.mu.Lock()
	t.waits = true
	q.dispatch()
	q.mu.Unlock()
	select {
	case <-t.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin gives t a prover if one is free for it now, and reports whether t has one.
func (q *queue) begin(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.waits = true
	q.dispatch()
	t.waits = t.began != 0
	return t.waits
}

// dispatch gives free provers to those who wait. Called with mu held.
func (q *queue) dispatch() {
	free := q.provers
	proving := map[vadium.ProgramID]int{}
	for _, t := range q.lines {
		if t.began != 0 {
			free--
			proving[t.program]++
		}
	}
	for _, t := range q.lines {
		if free <= 0 {
			return
		}
		if t.waits && t.began == 0 && (q.room == nil || proving[t.program] < q.room(t.program)) {
			proving[t.program]++
			t.began = max(q.now(), 1)
			close(t.turn)
			free--
		}
	}
}

// ready returns when t's proof should be done, if everything takes as long as expected: what is being proven, and
// whatever has an earlier deadline, comes first.
func (q *queue) ready(t *ticket) vadium.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	var before vadium.Duration
	others, reached := 0, false
	for _, o := range q.lines {
		switch {
		case o == t:
			reached = true
		case o.began != 0:
			before += max(o.expected-now.Sub(o.began), 0)
			others++
		case !reached:
			before += o.expected
			others++
		}
	}
	provers := q.provers
	if q.room != nil {
		provers = min(provers, q.room(t.program))
	}
	if provers <= 0 {
		return vadium.Forever // nobody is there to prove it
	}
	if others < provers {
		return now.Add(t.expected)
	}
	return now.Add(before / vadium.Duration(provers)).Add(t.expected) // rounds down by less than a millisecond
}

// counts returns how many places are taken and how many of them have a prover.
func (q *queue) counts() (taken, proving int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range q.lines {
		if t.began != 0 {
			proving++
		}
	}
	return len(q.lines), proving
}
