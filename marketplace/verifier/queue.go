package verifier

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"vadium/circuits"
)

// maxWaiting bounds the deliveries in memory, about 16 kB each at most. What arrives beyond it waits in the journal, where
// it has its time of arrival already: reading on is all that stops. Deliveries of suspects do not count, or a few suspects
// could stop everybody else: of theirs there is at most one for each assignment they have accepted, with stake locked for
// it, and what makes it large is in the market's state anyway.
const maxWaiting = 1024

// queue hands out deliveries in batches. It does not wait for a batch to fill: a batch is what arrived for one program while
// all workers were busy, so an idle market verifies each delivery at once and a busy one the more cheaply the busier it is.
type queue struct {
	arrive   chan job
	batches  chan []job
	finished chan judged
	waiting  atomic.Int64
}

// judged is a batch that has been judged, with those of it that killed children.
type judged struct{ batch, killers []job }

func newQueue() *queue {
	return &queue{arrive: make(chan job), batches: make(chan []job), finished: make(chan judged)}
}

// put adds a delivery; it waits while the queue is full.
func (q *queue) put(ctx context.Context, j job) error {
	select {
	case q.arrive <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish takes note of how a batch went. Whoever receives one must call it, before anybody hears of a verdict: afterwards a
// prover may deliver again.
func (q *queue) finish(ctx context.Context, j judged) {
	select {
	case q.finished <- j:
	case <-ctx.Done():
	}
}

// run serves the queue until ctx ends, then closes batches.
func (q *queue) run(ctx context.Context) {
	defer close(q.batches)
	var waiting []job // in order of arrival
	known := newSuspects()
	for {
		q.waiting.Store(int64(len(waiting)))
		next, others, wake := nextBatch(waiting, known, time.Now())
		arrive, batches := q.arrive, q.batches
		if others >= maxWaiting {
			arrive = nil
		}
		if next == nil {
			batches = nil
		}
		var later <-chan time.Time // a suspect's pause ends
		if !wake.IsZero() {
			later = time.After(time.Until(wake))
		}
		select {
		case j := <-arrive:
			waiting = append(waiting, j)
		case batches <- next:
			waiting = without(waiting, next)
			known.handedOut(next, time.Now())
		case j := <-q.finished:
			known.finished(j, time.Now())
		case <-later:
		case <-ctx.Done():
			return
		}
	}
}

// nextBatch returns the delivery that has waited longest and those of the same program that wait behind it. Within a program
// and between programs the order is that of arrival, so no program can hold up another for longer than one batch. A
// suspect's delivery is a batch of its own, and nothing while another suspect's is judged or its pause lasts.
//
// It returns as well how many deliveries of others than suspects wait, and when the first pause ends that keeps back
// a delivery; zero if none does.
func nextBatch(waiting []job, known *suspects, now time.Time) (batch []job, others int, wake time.Time) {
	alone := false
	for _, j := range waiting {
		notBefore, suspected := known.suspected(j.prover, now)
		switch {
		case !suspected:
			others++
			if !alone && len(batch) < circuits.MaxBatch && (batch == nil || j.programID == batch[0].programID) {
				batch = append(batch, j)
			}
		case known.judging != nil: // until it is finished
		case now.Before(notBefore):
			if wake.IsZero() || notBefore.Before(wake) {
				wake = notBefore
			}
		case batch == nil:
			batch, alone = []job{j}, true
		}
	}
	return batch, others, wake
}

// without removes a batch that nextBatch returned.
func without(waiting, batch []job) []job {
	taken := 0
	return slices.DeleteFunc(waiting, func(j job) bool {
		if taken < len(batch) && j.delivery == batch[taken].delivery {
			taken++
			return true
		}
		return false
	})
}
