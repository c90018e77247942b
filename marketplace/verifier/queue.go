package verifier

import (
	"context"
	"slices"
	"sync/atomic"

	"vadium/circuits"
)

// maxWaiting bounds the deliveries in memory, about 16 kB each at most. What arrives beyond it waits in the journal, where
// it has its time of arrival already: reading on is all that stops.
const maxWaiting = 1024

// queue hands out deliveries in batches. It does not wait for a batch to fill: a batch is what arrived for one program while
// all workers were busy, so an idle market verifies each delivery at once and a busy one the more cheaply the busier it is.
type queue struct {
	arrive  chan job
	batches chan []job
	waiting atomic.Int64
}

func newQueue() *queue { return &queue{arrive: make(chan job), batches: make(chan []job)} }

// put adds a delivery; it waits while the queue is full.
func (q *queue) put(ctx context.Context, j job) error {
	select {
	case q.arrive <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run serves the queue until ctx ends, then closes batches.
func (q *queue) run(ctx context.Context) {
	defer close(q.batches)
	var waiting []job // in order of arrival
	for {
		q.waiting.Store(int64(len(waiting)))
		arrive, batches := q.arrive, q.batches
		if len(waiting) == maxWaiting {
			arrive = nil
		}
		next := nextBatch(waiting)
		if next == nil {
			batches = nil
		}
		select {
		case j := <-arrive:
			waiting = append(waiting, j)
		case batches <- next:
			waiting = without(waiting, next)
		case <-ctx.Done():
			return
		}
	}
}

// nextBatch returns the delivery that has waited longest and those of the same program that wait behind it. Within a program
// and between programs the order is that of arrival, so no program can hold up another for longer than one batch.
func nextBatch(waiting []job) (batch []job) {
	for _, j := range waiting {
		if len(batch) == circuits.MaxBatch {
			break
		}
		if j.programID == waiting[0].programID {
			batch = append(batch, j)
		}
	}
	return batch
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
