package verifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/sandbox"
)

// Limits bound what children may use. The zero value of a field is its default.
type Limits struct {
	// Processes is how many children verify at once, each on one processor. Default the number of processors. While a
	// program is admitted there is one more, and while the proofs of a dead child are verified again up to twice as many, of
	// which half are idle.
	Processes int
	// Memory is what each child may allocate, in bytes; one that needs more dies. Default 1 GiB: a batch takes some 20 MB.
	Memory uint64
	// Time bounds one batch, or one admission; a child that takes longer is killed. Default 30 s, where a full batch takes
	// some 20 ms of an idle machine.
	Time time.Duration
	// Require lists what must confine a child; where the system cannot, children do not start.
	Require []sandbox.Layer
	// Confined is told what confines each child that starts; default nobody.
	Confined func(sandbox.Confinement)
	// Metrics counts deaths; default nothing.
	Metrics *Metrics
	// Log receives deaths of children (warnings) and failures to start them (errors); default nothing.
	Log *slog.Logger
}

// Pauses between a death and the next start, so that something that kills every child at once does not keep the machine
// busy with starting them. A child that answers ends the row.
const (
	firstPause = 50 * time.Millisecond
	maxPause   = 10 * time.Second
)

// verifying is the role of the children.
var verifying = sandbox.Define("verifier", func([]byte) (sandbox.Handler, error) {
	checker := NewInProcess()
	return func(request []byte, _ []*os.File) ([]byte, error) { return answer(checker, request) }, nil
})

// Children is a [Checker] of child processes, which may compute and nothing else (see [sandbox]). What kills a child kills
// nothing else: a batch whose child dies is taken apart, and each of its proofs is verified again alone, in a child that
// sees no other. A proof whose second child dies as well is undecided.
type Children struct {
	limits Limits
	role   atomic.Pointer[sandbox.Role] // tests change it
	idle   chan *slot
	counts childCounts

	mu sync.Mutex // guards pause and notBefore
	// pause grows with each death in a row; no child starts before notBefore.
	pause     *backoff.ExponentialBackOff
	notBefore time.Time
}

// slot is the place of one child: empty at first, and after a death.
type slot struct{ child *sandbox.Child }

// ChildStats counts what happened to children since [StartChildren].
type ChildStats struct {
	// Starts and Deaths are of children. A child that took too long and was killed is a death. StartFailures are attempts
	// that did not lead to a child.
	Starts, Deaths, StartFailures uint64
	// Retries are proofs verified again, alone, after a death.
	Retries uint64
	// SecondDeaths are proofs and keys that nothing could be found out about, because both their children died. Each is an
	// alarm: somebody sends what kills a verifier, or children have too little memory.
	SecondDeaths uint64
}

type childCounts struct{ starts, deaths, startFailures, retries, secondDeaths atomic.Uint64 }

// Stats returns the counts.
func (c *Children) Stats() ChildStats {
	return ChildStats{
		Starts: c.counts.starts.Load(), Deaths: c.counts.deaths.Load(), StartFailures: c.counts.startFailures.Load(),
		Retries: c.counts.retries.Load(), SecondDeaths: c.counts.secondDeaths.Load(),
	}
}

// StartChildren starts the first child, to find out whether children start here, and returns the pool. The others start
// when they are needed. Close ends them.
func StartChildren(ctx context.Context, l Limits) (*Children, error) {
	return startChildren(ctx, verifying, l)
}

func startChildren(ctx context.Context, role *sandbox.Role, l Limits) (*Children, error) {
	if l.Processes == 0 {
		l.Processes = runtime.GOMAXPROCS(0)
	}
	if l.Memory == 0 {
		l.Memory = 1 << 30
	}
	if l.Time == 0 {
		l.Time = 30 * time.Second
	}
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	c := &Children{limits: l, idle: make(chan *slot, l.Processes), pause: backoff.NewExponentialBackOff()}
	c.role.Store(role)
	c.pause.InitialInterval, c.pause.MaxInterval = firstPause, maxPause
	first, err := c.launch(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify in child processes: %w", err)
	}
	l.Log.Info("proofs are verified in child processes", "processes", l.Processes, "confinement", first.Confinement().String())
	c.idle <- &slot{first}
	for range l.Processes - 1 {
		c.idle <- new(slot)
	}
	return c, nil
}

// Close ends all children, once the calls under way have ended. Nothing may be called after it.
func (c *Children) Close() error {
	var err error
	for range cap(c.idle) {
		s := <-c.idle
		err = errors.Join(err, s.end())
	}
	return err
}

func (s *slot) end() error {
	if s.child == nil {
		return nil
	}
	defer func() { s.child = nil }()
	return s.child.Close()
}

// Check implements [Checker].
func (c *Children) Check(ctx context.Context, program vadium.Program, key []byte, claims []circuits.Claim) []error {
	reasons := make([]error, len(claims))
	found, err := c.inSlot(ctx, func(s *slot) (response, error) {
		return c.ask(ctx, s, request{taskCheck, program, key, claims})
	})
	switch {
	case err == nil:
		for i, f := range found.Findings {
			reasons[i] = f.err()
		}
		return reasons
	case !errors.Is(err, errDied):
		return fill(reasons, err)
	}
	c.limits.Log.Warn("a verifier child died; each of its proofs is verified again, alone", "program", program.ID(), "proofs", len(claims), "error", err)
	// Over all slots: starting a child takes a hundred times as long as a proof. Slots go to whoever has waited longest,
	// so other batches come in between.
	var again errgroup.Group
	again.SetLimit(cap(c.idle))
	for i, claim := range claims {
		again.Go(func() error {
			found, err := c.inSlot(ctx, func(*slot) (response, error) {
				c.counts.retries.Add(1)
				return c.askAlone(ctx, request{taskCheck, program, key, []circuits.Claim{claim}})
			})
			if reasons[i] = err; err == nil {
				reasons[i] = found.Findings[0].err()
			}
			return nil
		})
	}
	_ = again.Wait() // the errors are reasons
	return reasons
}

// inSlot does something when a slot is idle.
func (c *Children) inSlot(ctx context.Context, do func(*slot) (response, error)) (response, error) {
	select {
	case s := <-c.idle:
		defer func() { c.idle <- s }()
		return do(s)
	case <-ctx.Done():
		return response{}, ctx.Err()
	}
}

// Admit implements [Checker]. A key is looked at in a child that sees nothing else, before or after.
func (c *Children) Admit(ctx context.Context, program vadium.Program, key []byte, sample circuits.Claim) (vadium.KeyClass, error) {
	r := request{taskAdmit, program, key, []circuits.Claim{sample}}
	found, err := c.askFresh(ctx, r)
	if errors.Is(err, errDied) {
		c.limits.Log.Warn("a child died of admitting a program; it is tried again", "program", program.ID(), "error", err)
		found, err = c.askAlone(ctx, r)
	}
	if err != nil {
		return 0, err
	}
	return found.Class, found.Findings[0].err()
}

// askAlone asks a fresh child after another has died of the same. When this one dies too, nothing was found out.
func (c *Children) askAlone(ctx context.Context, r request) (response, error) {
	found, err := c.askFresh(ctx, r)
	if errors.Is(err, errDied) {
		c.counts.secondDeaths.Add(1)
		return response{}, fmt.Errorf("%w: %w: %v", ErrUndecided, ErrKills, err)
	}
	return found, err
}

// askFresh asks a child that is started for it and ended after it.
func (c *Children) askFresh(ctx context.Context, r request) (response, error) {
	var fresh slot
	defer func() { _ = fresh.end() }()
	return c.ask(ctx, &fresh, r)
}

// errDied: the child did not survive the question.
var errDied = errors.New("the child died")

// ask asks the child of a slot, which it starts if there is none. It returns errDied when the child died of the question, as
// far as anyone can tell; the slot is empty then.
func (c *Children) ask(ctx context.Context, s *slot, r request) (response, error) {
	message := encode(r)
	for {
		if s.child == nil {
			var err error
			if s.child, err = c.start(ctx); err != nil {
				return response{}, err
			}
		}
		limited, cancel := context.WithTimeout(ctx, c.limits.Time)
		answered, err := s.child.Call(limited, message)
		cancel()
		var failure *sandbox.Failure
		switch {
		case err == nil:
			var found response
			if found, err = decodeResponse(answered, len(r.Claims)); err == nil {
				c.rested()
				return found, nil
			}
			err = fmt.Errorf("%w (%w)", sandbox.ErrDied, err) // nonsense is as good as silence: something has taken it over
		case errors.As(err, &failure), errors.Is(err, sandbox.ErrTooLarge):
			return response{}, fmt.Errorf("%w: %v", ErrUndecided, err) // it lives, and cannot: a bug of ours
		}
		_ = s.end()
		switch {
		case ctx.Err() != nil:
			return response{}, ctx.Err()
		case errors.Is(err, sandbox.ErrGone): // it ended before it was asked, so not of that
			c.died()
		case errors.Is(err, sandbox.ErrDied), errors.Is(err, context.DeadlineExceeded):
			c.died()
			return response{}, fmt.Errorf("%w: %v", errDied, err)
		default:
			return response{}, fmt.Errorf("%w: %v", ErrUndecided, err)
		}
	}
}

// start starts a child as soon as the pause after the last death is over, and tries until it succeeds or ctx ends: while
// children do not start, deliveries wait, and nobody is late for it.
func (c *Children) start(ctx context.Context) (*sandbox.Child, error) {
	for {
		if err := c.rest(ctx); err != nil {
			return nil, err
		}
		child, err := c.launch(ctx)
		if err == nil || ctx.Err() != nil {
			return child, err
		}
		pause := c.grow()
		c.limits.Log.Error("a verifier child does not start; deliveries wait for it", "error", err, "again_in", pause)
	}
}

func (c *Children) launch(ctx context.Context) (*sandbox.Child, error) {
	child, err := sandbox.Start(ctx, sandbox.Config{
		Role: c.role.Load(), Memory: c.limits.Memory, Threads: 1, Request: maxRequest, Answer: maxAnswer, Require: c.limits.Require,
	})
	if err != nil {
		c.counts.startFailures.Add(1)
		return nil, err
	}
	c.counts.starts.Add(1)
	if c.limits.Confined != nil {
		c.limits.Confined(child.Confinement())
	}
	return child, nil
}

func (c *Children) died() {
	c.counts.deaths.Add(1)
	c.limits.Metrics.died()
	c.grow()
}

// grow sets the pause before the next start and returns it.
func (c *Children) grow() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	pause := c.pause.NextBackOff()
	c.notBefore = time.Now().Add(pause)
	return pause
}

// rested ends the row of deaths.
func (c *Children) rested() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause.Reset()
	c.notBefore = time.Time{}
}

// rest waits until a child may be started.
func (c *Children) rest(ctx context.Context) error {
	c.mu.Lock()
	pause := time.Until(c.notBefore)
	c.mu.Unlock()
	if pause <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
