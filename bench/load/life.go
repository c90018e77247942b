package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

// life is what happens to requests while somebody watches the market's stream: when a prover was assigned, and when the
// request ended.
type life struct {
	mu       sync.Mutex
	assigned map[vadium.RequestID]time.Time              // guarded by mu
	ended    map[vadium.RequestID]chan marketplace.Phase // guarded by mu; for those somebody waits for
}

func newLife() *life {
	return &life{assigned: map[vadium.RequestID]time.Time{}, ended: map[vadium.RequestID]chan marketplace.Phase{}}
}

// await returns what will say how a request ended. Ask before submitting it.
func (l *life) await(id vadium.RequestID) <-chan marketplace.Phase {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended[id] = make(chan marketplace.Phase, 1)
	return l.ended[id]
}

// see notes an event, and returns the prover it assigns, if it does.
func (l *life) see(record marketplace.Record, at time.Time) (vadium.RequestID, vadium.Account, bool) {
	switch e := record.Event.(type) {
	case *marketplace.RequestAssigned:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.assigned[e.Request] = at
		return e.Request, e.Attempt.Prover, true
	case *marketplace.RequestClosed:
		l.mu.Lock()
		defer l.mu.Unlock()
		if waiting, ok := l.ended[e.Request]; ok {
			waiting <- e.Phase
			delete(l.ended, e.Request)
		}
	}
	return vadium.RequestID{}, vadium.Account{}, false
}

// startWatching follows the market's stream, with a filter or without, and hands every assignment to assigned, if that is
// not nil. It returns when the stream is open; the stream ends with what it returns.
func (m *market) startWatching(ctx context.Context, l *life, filter client.EventFilter, assigned func(vadium.RequestID, vadium.Account)) (stop func() error, err error) {
	watcher := client.New(m.url, client.Options{})
	about, err := watcher.Market(ctx)
	if err != nil {
		return nil, err
	}
	watching, cancel := context.WithCancel(ctx)
	var watched sync.WaitGroup
	var failed error
	watched.Go(func() {
		for record, err := range watcher.Watch(watching, about.Seq+1, filter) { // nothing that happens from here is missed
			if err != nil {
				if watching.Err() == nil {
					failed = fmt.Errorf("watch the market: %w", err)
				}
				return
			}
			if id, prover, ok := l.see(record, time.Now()); ok && assigned != nil {
				assigned(id, prover)
			}
		}
	})
	return func() error {
		cancel()
		watched.Wait()
		return failed
	}, nil
}

// assignments submits requests at a fixed rate, and returns beside the figures of the calls how long after a request was
// due its assignment arrived on the stream.
func (t *trial) assignments(ctx context.Context, clients int, perSecond float64, duration time.Duration) (figures, *hdrhistogram.Histogram, []*call, error) {
	m := t.market
	calls, watched, err := m.watchedSubmissions(int(perSecond * duration.Seconds()))
	if err != nil {
		return figures{}, nil, nil, err
	}
	l := newLife()
	unwatch, err := m.startWatching(ctx, l, client.EventFilter{Account: m.requesters[0].Account()}, nil)
	if err != nil {
		return figures{}, nil, nil, err
	}
	f, err := t.open(ctx, clients, calls, perSecond)
	due := map[vadium.RequestID]time.Time{}
	for n, id := range watched {
		due[id] = f.begun.Add(dueAfter(n, perSecond))
	}
	err = errors.Join(err, l.arrived(len(due)), unwatch())
	if err != nil {
		return f, nil, nil, err
	}
	h, err := l.latencies(due)
	return f, h, calls, err
}

// arrived waits until so many assignments have, or no longer.
func (l *life) arrived(want int) error {
	for begun := time.Now(); time.Since(begun) < lifeTimeout; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		have := len(l.assigned)
		l.mu.Unlock()
		if have >= want {
			return nil
		}
	}
	return fmt.Errorf("fewer than %d assignments have arrived on the stream within %v", want, lifeTimeout)
}

// answering bounds the requests that simulated provers answer at a time.
const answering = 128

// lives runs whole requests in a closed loop: clients submit a request and wait until it has ended; simulated provers see
// their assignment on the stream, accept, and deliver the one proof that serves all; the market verifies it. The figures
// are of lives; the second histogram is from submission to the assignment's arrival on the stream.
func (t *trial) lives(ctx context.Context, clients int, duration time.Duration) (figures, *hdrhistogram.Histogram, error) {
	m := t.market
	keyOf := map[vadium.Account]signing.Key{}
	for _, key := range m.provers {
		keyOf[key.Account()] = key
	}
	l, provers := newLife(), new(errgroup.Group)
	provers.SetLimit(answering)
	acting := map[vadium.Account]*client.Client{}
	for account, key := range keyOf {
		acting[account] = m.as(key)
	}
	unwatch, err := m.startWatching(ctx, l, client.EventFilter{}, func(id vadium.RequestID, prover vadium.Account) {
		provers.Go(func() error { return answerAssignment(ctx, acting[prover], id, m.program.proof) })
	})
	if err != nil {
		return figures{}, nil, err
	}
	d := openDoor(m.url, clients, m.server)
	defer d.close()
	begun := time.Now()
	var mu sync.Mutex
	due := map[vadium.RequestID]time.Time{}
	whole := newHistogram()
	f, told, err := together(clients, d, begun, func(w *worker) error {
		for n := 0; time.Since(begun) < duration; n++ {
			c, id, err := m.signedSubmission(m.requesters[(n*7+int(w.calls))%len(m.requesters)])
			if err != nil {
				return err
			}
			end, submitted := l.await(id), time.Now()
			mu.Lock()
			due[id] = submitted
			if len(due) <= againAtMost {
				t.sent = append(t.sent, c)
			}
			mu.Unlock()
			if err := w.send(ctx, c, submitted); err != nil {
				return err
			}
			select {
			case phase := <-end:
				if phase != marketplace.PhaseSettled {
					return fmt.Errorf("request %v ended %v, want it settled", id, phase)
				}
				mu.Lock()
				err := whole.RecordValue(time.Since(submitted).Microseconds())
				mu.Unlock()
				if err != nil {
					return err
				}
			case <-time.After(lifeTimeout):
				return fmt.Errorf("request %v has not ended after %v", id, lifeTimeout)
			}
		}
		return nil
	})
	t.ledger.add(told)
	if err := errors.Join(err, provers.Wait(), unwatch()); err != nil {
		return f, nil, err
	}
	f.latency = whole
	assigned, err := l.latencies(due)
	return f, assigned, err
}

// lifeTimeout is far beyond what a request takes whose prover answers at once.
const lifeTimeout = 30 * time.Second

func answerAssignment(ctx context.Context, prover *client.Client, id vadium.RequestID, proof []byte) error {
	if _, err := prover.AcceptRequest(ctx, id); err != nil {
		return fmt.Errorf("accept %v: %w", id, err)
	}
	if _, _, err := prover.Deliver(ctx, id, proof); err != nil {
		return fmt.Errorf("deliver %v: %w", id, err)
	}
	return nil
}

// latencies returns how long after it was due each request's assignment arrived. One that never arrived is a failure: a
// slow market must not look fast because what was too slow was not seen.
func (l *life) latencies(due map[vadium.RequestID]time.Time) (*hdrhistogram.Histogram, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := newHistogram()
	for id, since := range due {
		at, seen := l.assigned[id]
		if !seen {
			return nil, fmt.Errorf("the assignment of request %v never arrived on the stream", id)
		}
		if err := h.RecordValue(max(shortest, at.Sub(since).Microseconds())); err != nil {
			return nil, err
		}
	}
	return h, nil
}
