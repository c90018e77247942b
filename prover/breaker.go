package prover

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"vadium"
	"vadium/prover/durable"
	"vadium/prover/engine"
)

// breaker stops an agent that fails again and again: a broken disk or a bad key would otherwise lose stake as fast as
// requests arrive.
//
//	closed ── failures in a row ──► open ── cool-down, then a benchmark proof ──► trial ── one request delivered ──► closed
//	                                 ▲ └── the benchmark fails: open for longer ──┘ └── it fails: open for longer
//
// Open, nothing is asked for and nothing accepted; on trial, one request at a time. It is on disk before the failure
// that changes it is forgotten, so a restart does not give an agent a fresh start.
//
// It is our own and not sony/gobreaker: what it counts are assignments that end hours after they were let in, some of
// them in another process; that library forgets results of an earlier generation and cannot be restored.
type breaker struct {
	path string
	now  func() vadium.Time
	tell func(breakerState) // called after each change of phase, without mu

	mu      sync.Mutex // guards what follows
	after   int
	rest    vadium.Duration
	state   breakerState
	changed chan struct{} // has room for one reminder
}

// breakerPhase is stored by its name.
type breakerPhase string

const (
	breakerClosed breakerPhase = "closed"
	breakerOpen   breakerPhase = "open"
	breakerTrial  breakerPhase = "trial"
)

// breakerState is what is on disk.
type breakerState struct {
	Phase  breakerPhase `json:"phase"`
	InARow int          `json:"inARow"` // failures
	// Counted are the last requests counted, so that none is counted twice after a crash.
	Counted  []vadium.RequestID `json:"counted,omitempty"`
	Until    vadium.Time        `json:"until,omitempty"`  // of the cool-down
	Openings int                `json:"openings"`         // since it was last closed: each rest is longer
	Reason   string             `json:"reason,omitempty"` // of the last opening
}

// maxCounted is as many assignments as can be under way at once.
const maxCounted = maxCapacity

// maxDoublings bounds the cool-down: eight times the first one.
const maxDoublings = 3

func newBreaker(path string, now func() vadium.Time) *breaker {
	return &breaker{path: path, now: now, state: breakerState{Phase: breakerClosed}, changed: make(chan struct{}, 1), tell: func(breakerState) {}}
}

// open reads the state. One that cannot be read counts as open: what it hid may be why.
func (b *breaker) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	content, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read breaker: %w", err)
	}
	if err := json.Unmarshal(content, &b.state); err != nil || b.state.Phase == "" {
		b.state = breakerState{Phase: breakerOpen, Until: b.now().Add(b.rest), Openings: 1, Reason: "the breaker's file is unreadable"}
	}
	return nil
}

// set changes the limits. A cool-down that has begun keeps its end.
func (b *breaker) set(after int, rest vadium.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.after, b.rest = after, rest
}

// change lets do change the state, and makes that durable. A state that cannot be written still holds in this process.
func (b *breaker) change(do func(s *breakerState)) {
	b.mu.Lock()
	before := b.state.Phase
	do(&b.state)
	state := b.state
	state.Counted = slices.Clone(state.Counted)
	content, err := json.Marshal(state)
	if err == nil {
		err = durable.Write(b.path, append(content, '\n'))
	}
	b.mu.Unlock()
	if err != nil {
		state.Reason += fmt.Sprintf(" (not saved: %v)", err)
	}
	if state.Phase != before || err != nil {
		b.tell(state)
	}
	signal(b.changed)
}

func (b *breaker) failed(id vadium.RequestID, reason string) {
	b.change(func(s *breakerState) {
		if slices.Contains(s.Counted, id) {
			return
		}
		s.Counted = append(s.Counted, id)
		if over := len(s.Counted) - maxCounted; over > 0 {
			s.Counted = slices.Delete(s.Counted, 0, over)
		}
		s.InARow++
		if s.Phase == breakerTrial || s.Phase == breakerClosed && s.InARow >= b.after {
			b.trip(s, reason)
		}
	})
}

// trip opens the breaker. Called with mu held.
func (b *breaker) trip(s *breakerState, reason string) {
	s.Phase, s.Reason = breakerOpen, fmt.Sprintf("%d failures in a row, the last one: %s", max(s.InARow, 1), reason)
	s.Until = b.now().Add(b.rest << min(s.Openings, maxDoublings))
	s.Openings++
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	nothing := b.state.Phase == breakerOpen || b.state.Phase == breakerClosed && b.state.InARow == 0
	b.mu.Unlock()
	if nothing { // a success that was under way does not end a cool-down
		return
	}
	b.change(func(s *breakerState) {
		if s.Phase != breakerOpen {
			s.Phase, s.InARow, s.Openings = breakerClosed, 0, 0
		}
	})
}

// probed notes how the benchmark after a cool-down went.
func (b *breaker) probed(err error) {
	b.change(func(s *breakerState) {
		switch {
		case s.Phase != breakerOpen:
		case err != nil:
			b.trip(s, fmt.Sprintf("the benchmark after the rest: %v", err))
		default:
			s.Phase = breakerTrial
		}
	})
}

func (b *breaker) phase() breakerPhase { return b.snapshot().Phase }

func (b *breaker) snapshot() breakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// tellBreaker says what became of the breaker, and has the asks looked at.
func (a *Agent) tellBreaker(s breakerState) {
	switch s.Phase {
	case breakerOpen:
		a.log.Error("too many failures in a row: the asks are withdrawn", "reason", s.Reason, "until", s.Until)
		a.events.add(a.now(), "breaker open", s.Reason)
	case breakerTrial:
		a.log.Info("after failures in a row one request is tried", "reason", s.Reason)
		a.events.add(a.now(), "breaker on trial", "a benchmark proof succeeded")
	case breakerClosed:
		a.log.Info("proofs succeed again")
		a.events.add(a.now(), "breaker closed", "")
	}
	a.lookAtAsks()
}

// mend makes a benchmark proof when a cool-down is over.
func (a *Agent) mend(ctx context.Context) {
	for {
		wait := time.Hour // until something changes
		if s := a.breaker.snapshot(); s.Phase == breakerOpen {
			wait = max(time.Duration(s.Until.Sub(a.now()))*time.Millisecond, 0)
			if wait == 0 {
				if err := a.probe(ctx); ctx.Err() == nil {
					a.breaker.probed(err)
				}
				continue
			}
		}
		select {
		case <-a.breaker.changed:
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// probe proves the sample of the smallest program that is served. With none there is nothing to try, and nothing to ask
// for either.
func (a *Agent) probe(ctx context.Context) error {
	a.mu.Lock()
	var smallest *program
	for _, p := range a.programs {
		if smallest == nil || cmp.Or(cmp.Compare(p.listing.Program.Constraints, smallest.listing.Program.Constraints),
			slices.Compare(p.listing.ID[:], smallest.listing.ID[:])) < 0 {
			smallest = p
		}
	}
	a.mu.Unlock()
	if smallest == nil {
		return nil
	}
	input, err := a.keys.Sample(smallest.listing.Program)
	if err != nil {
		return err
	}
	_, err = a.engine.Prove(ctx, engine.Work{Keys: smallest.keys, Input: input})
	return err
}
