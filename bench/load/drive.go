package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"vadium"
	"vadium/marketplace/rpc/wire"
)

// call is one message, ready to be sent: signing is not in the figures. It carries one command or many.
type call struct {
	commands []vadium.CommandID
	send     func(ctx context.Context, at *door) ([]answer, error)
}

// answer is what a server says about one command.
type answer struct {
	accepted wire.Accepted
	refusal  vadium.Kind // empty: accepted
}

// said is an answer and what it is about.
type said struct {
	command vadium.CommandID
	answer  answer
}

// figures are what one run measured.
type figures struct {
	calls, commands uint64
	begun           time.Time
	elapsed         time.Duration
	latency         *hdrhistogram.Histogram // of calls, in microseconds
	serverCPU       time.Duration
	busy            uint64 // calls that were told to come again, and did
}

// Bounds of what is recorded. A call that takes longer fails the run anyway.
const (
	shortest = 1 // µs
	longest  = int64(time.Minute / time.Microsecond)
	digits   = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(shortest, longest, digits) }

// callTimeout bounds one call.
const callTimeout = 30 * time.Second

// worker is one client in one run.
type worker struct {
	at      *door
	latency *hdrhistogram.Histogram
	said    []said
	calls   uint64
	busy    uint64
}

// send sends a call until it is answered. Being told to come again is an answer about the server, not about the command:
// the time goes on.
func (w *worker) send(ctx context.Context, c *call, since time.Time) error {
	for {
		try, cancel := context.WithTimeout(ctx, callTimeout)
		answers, err := c.send(try, w.at)
		cancel()
		if errors.Is(err, errBusy) && ctx.Err() == nil {
			w.busy++
			time.Sleep(busyPause)
			continue
		}
		if err != nil {
			return err
		}
		if len(answers) != len(c.commands) {
			return fmt.Errorf("a call of %d commands was answered with %d verdicts", len(c.commands), len(answers))
		}
		if err := w.latency.RecordValue(max(shortest, time.Since(since).Microseconds())); err != nil {
			return err
		}
		w.calls++
		for i, id := range c.commands {
			w.said = append(w.said, said{id, answers[i]})
		}
		return nil
	}
}

// busyPause is how long a client waits that was told to come again.
const busyPause = 2 * time.Millisecond

// closedLoop lets clients send calls, each the next one as soon as the last is answered, for so long or until none is left.
func closedLoop(ctx context.Context, at *door, clients int, calls []*call, duration time.Duration) (figures, []said, error) {
	var next atomic.Int64
	begun := time.Now()
	return together(clients, at, begun, func(w *worker) error {
		for time.Since(begun) < duration {
			n := next.Add(1) - 1
			if n >= int64(len(calls)) {
				return nil
			}
			if err := w.send(ctx, calls[n], time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// openLoop sends calls at a fixed rate, whether or not earlier ones have been answered, and counts the time of each from
// when it was due, not from when there was a client free to send it: a server that stalls cannot hide the calls it kept
// from being sent (coordinated omission).
func openLoop(ctx context.Context, at *door, clients int, calls []*call, perSecond float64) (figures, []said, error) {
	var next atomic.Int64
	begun := time.Now()
	return together(clients, at, begun, func(w *worker) error {
		for {
			n := next.Add(1) - 1
			if n >= int64(len(calls)) {
				return nil
			}
			due := begun.Add(dueAfter(int(n), perSecond))
			time.Sleep(time.Until(due))
			if err := w.send(ctx, calls[n], due); err != nil {
				return err
			}
		}
	})
}

// dueAfter is when the n-th call of an open loop is due.
func dueAfter(n int, perSecond float64) time.Duration {
	return time.Duration(float64(n) / perSecond * float64(time.Second))
}

// together runs so many clients until all have ended, and adds up what they measured.
func together(clients int, at *door, begun time.Time, each func(*worker) error) (figures, []said, error) {
	workers := make([]worker, clients)
	failed := make([]error, clients)
	cpu := at.cpu()
	var group sync.WaitGroup
	for i := range workers {
		workers[i] = worker{at: at, latency: newHistogram()}
		group.Go(func() { failed[i] = each(&workers[i]) })
	}
	group.Wait()
	f := figures{begun: begun, elapsed: time.Since(begun), latency: newHistogram(), serverCPU: at.cpu() - cpu}
	var all []said
	for i := range workers {
		f.latency.Merge(workers[i].latency)
		f.calls, f.busy = f.calls+workers[i].calls, f.busy+workers[i].busy
		f.commands += uint64(len(workers[i].said))
		all = append(all, workers[i].said...)
	}
	return f, all, errors.Join(failed...)
}
