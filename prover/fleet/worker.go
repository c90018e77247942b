package fleet

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"vadium"
	"vadium/marketplace/client"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

// WorkerConfig is what a remote worker offers.
type WorkerConfig struct {
	Offer

	// Dir holds programs' files by digest. Workers of one machine may share it.
	Dir string
	// MaxKeyBytes bounds the files of one program together. Default 8 GiB.
	MaxKeyBytes uint64
	// Log receives facts; default nothing.
	Log *slog.Logger
}

// Worker proves for an agent. Make one with [NewWorker] and run it once.
type Worker struct {
	config WorkerConfig
	agent  Agent
	engine engine.Engine
	log    *slog.Logger
	door   chan struct{} // holds a token while somebody joins
	news   chan struct{} // a reminder that there is something new to tell the agent

	mu     sync.Mutex // guards what follows
	id     WorkerID
	lease  time.Duration
	joined uint64                      // counts joins
	held   map[Held]context.CancelFunc // what is being proven
	heard  time.Time                   // when the agent last answered
	counts map[string]uint64           // work by outcome
	has    map[vadium.ProgramID]possessed
	files  map[vadium.ProgramID]chan struct{} // holds a token while a program is fetched: no file is fetched twice at once
}

// NewWorker returns a worker. The engine makes as many proofs at once as the offer says; its owner closes it after Run.
func NewWorker(c WorkerConfig, a Agent, e engine.Engine) *Worker {
	c.MaxKeyBytes = cmp.Or(c.MaxKeyBytes, 8<<30)
	c.Slots = min(max(c.Slots, 1), 256)
	if len(c.Backends) == 0 {
		c.Backends = Backends()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{
		config: c, agent: a, engine: e, log: c.Log.With("worker", c.Name), held: map[Held]context.CancelFunc{}, counts: map[string]uint64{},
		door: make(chan struct{}, 1), news: make(chan struct{}, 1), has: map[vadium.ProgramID]possessed{}, files: map[vadium.ProgramID]chan struct{}{},
	}
}

// Run works until ctx ends, and returns nil then; what is under way is given back. The only other end is a token that
// the agent refuses.
func (w *Worker) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	keys.Sweep(w.config.Dir, w.log)
	if err := w.join(ctx, 0); err != nil {
		return ended(ctx, err)
	}
	var tasks sync.WaitGroup
	tasks.Go(func() {
		if err := w.beat(ctx); err != nil {
			cancel(err)
		}
	})
	tasks.Go(func() { w.prepare(ctx) })
	free := make(chan struct{}, w.config.Slots)
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			tasks.Wait()
			return ended(ctx, context.Cause(ctx))
		}
		lease, err := w.pull(ctx)
		if err != nil {
			cancel(err)
			tasks.Wait()
			return ended(ctx, err)
		}
		tasks.Go(func() {
			defer func() { <-free }()
			w.work(ctx, lease)
		})
	}
}

func ended(ctx context.Context, err error) error {
	if errors.Is(err, ErrUnauthorised) {
		return err
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // its owner ended it: no failure
	}
	return err
}

// pullWait is how long one call waits for work; pauses between calls that fail grow up to longestPause.
const (
	pullWait     = 20 * time.Second
	longestPause = 2 * time.Second
)

// join makes the worker known, unless somebody else did since joins were counted.
func (w *Worker) join(ctx context.Context, counted uint64) error {
	select {
	case w.door <- struct{}{}:
		defer func() { <-w.door }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, longestPause) {
		if _, _, joined := w.me(); joined != counted {
			return nil
		}
		joined, err := w.agent.Join(ctx, w.config.Offer)
		switch {
		case err == nil:
			w.mu.Lock()
			w.id, w.lease = joined.Worker, joined.LeaseFor
			w.joined++
			w.heard = time.Now()
			w.mu.Unlock()
			w.tell()
			w.log.Info("joined the agent", "lease", joined.LeaseFor)
			return nil
		case errors.Is(err, ErrUnauthorised):
			return err
		}
		w.log.Warn("the agent does not take the worker in", "error", err)
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// me returns the worker's name with the agent, and how often it has joined.
func (w *Worker) me() (id WorkerID, lease time.Duration, joined uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id, w.lease, w.joined
}

// pull returns work. Its errors end the worker.
func (w *Worker) pull(ctx context.Context) (Lease, error) {
	for pause := 100 * time.Millisecond; ; {
		id, _, joined := w.me()
		lease, ok, err := w.agent.Pull(ctx, id, pullWait)
		w.answered(err)
		switch {
		case err == nil && ok:
			return lease, nil
		case ctx.Err() != nil:
			return Lease{}, ctx.Err()
		case err == nil:
			pause = 100 * time.Millisecond
			continue
		case errors.Is(err, ErrUnauthorised):
			return Lease{}, err
		case errors.Is(err, ErrUnknownWorker):
			if err := w.join(ctx, joined); err != nil {
				return Lease{}, err
			}
		default:
			w.log.Warn("the agent does not answer", "error", err)
		}
		if !sleep(ctx, pause) {
			return Lease{}, ctx.Err()
		}
		pause = min(2*pause, longestPause)
	}
}

// beat renews leases, three times in the life of one. Its errors end the worker.
func (w *Worker) beat(ctx context.Context) error {
	for {
		id, lease, joined := w.me()
		if !sleep(ctx, max(lease/3, 10*time.Millisecond)) {
			return nil
		}
		w.mu.Lock()
		held := make([]Held, 0, len(w.held))
		for h := range w.held {
			held = append(held, h)
		}
		w.mu.Unlock()
		lost, err := w.agent.Renew(ctx, id, held)
		w.answered(err)
		switch {
		case errors.Is(err, ErrUnauthorised):
			return err
		case errors.Is(err, ErrUnknownWorker):
			if err := w.join(ctx, joined); err != nil {
				return err
			}
		case err != nil:
			w.log.Warn("leases are not renewed", "error", err)
		}
		w.mu.Lock()
		for h, stop := range w.held {
			for _, l := range lost {
				if h.ID == l {
					stop()
				}
			}
		}
		w.mu.Unlock()
	}
}

// errLost: the work is over.
var errLost = errors.New("the lease's work is over")

// work sees a lease through.
func (w *Worker) work(ctx context.Context, l Lease) {
	log := w.log.With("request", l.Request)
	// The agent may be away for a while, and proves to be there again when it renews: only its word, or the time, ends work.
	work, cancel := context.WithTimeoutCause(ctx, l.TimeLeft, errLost)
	defer cancel()
	w.mu.Lock()
	w.held[l.Held] = cancel
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.held, l.Held)
		w.mu.Unlock()
	}()
	proof, err := w.prove(work, l)
	if work.Err() != nil && ctx.Err() == nil {
		log.Info("work was taken back")
		w.count(workLost)
		return
	}
	outcome := Outcome{Proof: proof, Failure: err}
	if ctx.Err() != nil {
		outcome.Failure = ErrStopped
		grace, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer done()
		id, _, _ := w.me()
		_, _ = w.agent.Complete(grace, id, l.Held, outcome) // else the lease expires
		return
	}
	if err != nil {
		log.Error("no proof could be made", "error", err)
		w.count(workFailed)
	} else {
		w.count(workProved)
	}
	w.complete(work, log, l, outcome)
}

// complete hands the outcome in, as often as it takes.
func (w *Worker) complete(ctx context.Context, log *slog.Logger, l Lease, o Outcome) {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, longestPause) {
		id, _, joined := w.me()
		used, err := w.agent.Complete(ctx, id, l.Held, o)
		switch {
		case err == nil:
			log.Info("work completed", "used", used, "proof", o.Failure == nil)
			return
		case errors.Is(err, ErrUnauthorised):
			return // whoever renews ends the worker
		case errors.Is(err, ErrUnknownWorker):
			_ = w.join(ctx, joined) // then once more
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// prove fetches what the lease names and proves it. The input is in memory only, and is wiped.
func (w *Worker) prove(ctx context.Context, l Lease) (engine.Proof, error) {
	if l.InputBytes > maxInput {
		return engine.Proof{}, fmt.Errorf("input of %d bytes, at most %d: %w", l.InputBytes, maxInput, engine.ErrFailed)
	}
	files, err := w.keysOf(ctx, l.ID, l.Program)
	if err != nil {
		return engine.Proof{}, err
	}
	var input bytes.Buffer
	defer func() { clear(input.Bytes()) }()
	err = w.insist(ctx, func() error {
		input.Reset()
		return source{w, l.ID}.Get(ctx, client.Source{}, l.Input, &exactly{&input, l.InputBytes}, nil)
	})
	if err != nil {
		return engine.Proof{}, fmt.Errorf("fetch input: %w", err)
	}
	if got := vadium.DigestOf(input.Bytes()); got != l.Input {
		return engine.Proof{}, fmt.Errorf("fetch input: got %v: %w", got, client.ErrWrongBytes)
	}
	return w.engine.Prove(ctx, engine.Work{Keys: files, Input: input.Bytes(), Request: l.Request, Prover: l.Prover})
}

// mostFetches bounds how often a file is asked for, half a minute in all: a lease must not be held by who cannot begin.
const mostFetches = 10

// insist repeats fetching while the network may be to blame.
func (w *Worker) insist(ctx context.Context, fetch func() error) error {
	pause := 100 * time.Millisecond
	for try := 1; ; try++ {
		err := fetch()
		for _, never := range []error{
			nil, ErrNotLeased, ErrUnknownWorker, ErrUnauthorised, client.ErrWrongBytes, keys.ErrWrongLength, keys.ErrProgramTooLarge,
		} {
			if errors.Is(err, never) {
				return err
			}
		}
		if try >= mostFetches || !sleep(ctx, pause) {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// exactly refuses more than it was told to expect.
type exactly struct {
	to   io.Writer
	room uint64
}

// Write implements [io.Writer].
func (e *exactly) Write(b []byte) (int, error) {
	if uint64(len(b)) > e.room {
		return 0, keys.ErrWrongLength
	}
	e.room -= uint64(len(b))
	return e.to.Write(b)
}

// source is the agent as the place that files come from.
type source struct {
	w     *Worker
	lease LeaseID // zero for files of programs that the agent serves
}

// Get implements [keys.Source].
func (s source) Get(ctx context.Context, _ client.Source, digest vadium.Digest, to io.Writer, _ client.Progress) error {
	id, _, _ := s.w.me()
	return s.w.agent.Fetch(ctx, id, s.lease, digest, to)
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
