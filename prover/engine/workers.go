package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/keyfile"
	"vadium/circuits/sandbox"
)

// Limits bound what workers may use. The zero value of a field is its default.
type Limits struct {
	// Provers is how many proofs are made at once, each in a process of its own. One more process solves witnesses.
	// Default 1.
	Provers int
	// KeyBytes is the memory for keys in each process; those used longest ago make way. Default 1 GiB.
	KeyBytes int64
	// MemoryBytes is the memory of each process, mapped keys apart: the Go runtime collects garbage ever harder below
	// it, and a little beyond it the process dies. 0: no limit, for machines with nothing else to lose.
	MemoryBytes uint64
	// LoadTime bounds loading a program's keys, and before it making a key file to map: some constraint systems never end loading, and the other programs wait
	// meanwhile. SolveTime and ProveTime bound one computation with keys that are loaded. Defaults 5 min, 1 min and 1 h.
	LoadTime, SolveTime, ProveTime time.Duration
	// Require lists what must confine a worker (see the package sandbox); a system that cannot is refused. Default: what
	// the system has.
	Require []sandbox.Layer
	// Confined is told what confines each worker that starts; default nobody.
	Confined func(sandbox.Confinement)

	// Log receives what confines each worker when it starts (info), and what goes slower than it should (warnings);
	// default nothing.
	Log *slog.Logger

	role *sandbox.Role // another in tests
	// ensure is keyfile.Ensure, except in tests.
	ensure func(ctx context.Context, blobPath string, p vadium.Program, limit time.Duration) (*os.File, error)
}

func (l Limits) withDefaults() Limits {
	l.Provers = max(l.Provers, 1)
	if l.KeyBytes == 0 {
		l.KeyBytes = 1 << 30
	}
	if l.LoadTime == 0 {
		l.LoadTime = 5 * time.Minute
	}
	if l.SolveTime == 0 {
		l.SolveTime = time.Minute
	}
	if l.ProveTime == 0 {
		l.ProveTime = time.Hour
	}
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	if l.Confined == nil {
		l.Confined = func(sandbox.Confinement) {}
	}
	if l.ensure == nil {
		l.ensure = keyfile.Ensure
	}
	if l.role == nil {
		l.role = worker
	}
	return l
}

// Workers is an [Engine] of child processes.
type Workers struct {
	limits  Limits
	solvers chan *child // idle ones
	provers chan *child
	closing context.Context //nolint:containedctx // ends every computation when the engine is closed
	cancel  context.CancelFunc
	closed  sync.Once

	unmapped sync.Map // programs whose proving key is read, not mapped

	mu   sync.Mutex // guards keys
	keys map[vadium.ProgramID]*circuits.VerifyingKey
}

// NewWorkers returns an engine. Processes start when they are first needed.
func NewWorkers(l Limits) *Workers {
	l = l.withDefaults()
	w := &Workers{
		limits: l, solvers: make(chan *child, 1), provers: make(chan *child, l.Provers),
		keys: map[vadium.ProgramID]*circuits.VerifyingKey{},
	}
	w.closing, w.cancel = context.WithCancel(context.Background())
	w.solvers <- &child{limits: l}
	for range l.Provers {
		w.provers <- &child{limits: l}
	}
	return w
}

// Solve implements [Engine].
func (w *Workers) Solve(ctx context.Context, work Work) error {
	r, err := w.use(ctx, w.solvers, w.limits.SolveTime, request{Task: taskSolve, Work: work})
	return answerError(err, r)
}

// CheckUniversal implements [Engine].
func (w *Workers) CheckUniversal(ctx context.Context, k Keys) error {
	r, err := w.use(ctx, w.provers, w.limits.ProveTime, request{Task: taskCheck, Work: Work{Keys: k}})
	return answerError(err, r)
}

// Prove implements [Engine]. The proof is verified in this process, and only here: the worker has run a foreign program, so
// its own finding would be worth nothing, and costs what the market's costs, on the way of everybody who waits.
func (w *Workers) Prove(ctx context.Context, work Work) (Proof, error) {
	r, err := w.use(ctx, w.provers, w.limits.ProveTime, request{Task: taskProve, Work: work})
	if err := answerError(err, r); err != nil {
		return Proof{}, err
	}
	key, err := w.verifyingKey(work.Keys)
	if err != nil {
		return Proof{}, loadError(err)
	}
	if err := verifyOwn(key, work, r.Proof); err != nil {
		return Proof{}, err
	}
	return r.proof(), nil
}

func answerError(err error, r response) error {
	if err != nil {
		return err
	}
	return r.err()
}

// use waits for an idle child, makes it load the keys, and asks it.
func (w *Workers) use(ctx context.Context, idle chan *child, limit time.Duration, r request) (response, error) {
	var c *child
	select {
	case <-w.closing.Done():
		return response{}, ErrClosed
	case <-ctx.Done():
		return response{}, ctx.Err()
	case c = <-idle:
	}
	defer func() { idle <- c }()
	files, err := w.open(ctx, r.Work.Keys)
	if err != nil {
		return response{}, err
	}
	defer closeAll(files)
	loaded, err := w.within(ctx, w.limits.LoadTime, c, request{Task: taskLoad, Work: Work{Keys: r.Work.Keys}}, files)
	if err != nil || loaded.err() != nil {
		return loaded, err
	}
	answer, err := w.within(ctx, limit, c, r, files)
	answer.Load += loaded.Load
	return answer, err
}

// within calls a child with a limit on its time.
func (w *Workers) within(ctx context.Context, limit time.Duration, c *child, r request, files []*os.File) (response, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(w.closing, cancel)
	defer stop()
	answer, err := c.call(limited, r, files)
	switch {
	case err == nil:
		return answer, nil
	case w.closing.Err() != nil:
		return response{}, ErrClosed
	case ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded):
		return response{}, fmt.Errorf("program %s, %s, %v: %w", r.Work.Keys.Program.Name, r.Task, limit, ErrTimeLimit)
	}
	return response{}, err
}

// verifyingKey returns the program's parsed key. circuits guards every byte of it, so it may be read here.
func (w *Workers) verifyingKey(k Keys) (*circuits.VerifyingKey, error) {
	id := k.Program.ID()
	w.mu.Lock()
	defer w.mu.Unlock()
	if key, ok := w.keys[id]; ok {
		return key, nil
	}
	blob, err := os.ReadFile(k.VerifyingKey)
	if err != nil {
		return nil, err
	}
	key, err := circuits.LoadVerifyingKey(k.Program, blob)
	if err != nil {
		return nil, err
	}
	w.keys[id] = key
	return key, nil
}

// Close implements [Engine].
func (w *Workers) Close() error {
	w.closed.Do(func() {
		w.cancel()
		for range cap(w.solvers) {
			(<-w.solvers).kill()
		}
		for range cap(w.provers) {
			(<-w.provers).kill()
		}
	})
	return nil
}
