package verifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/sequencer"
)

// Config says what is verified with what.
type Config struct {
	Market *sequencer.Market
	// Blobs holds proofs and verifying keys.
	Blobs blob.Store
	// Workers is how many proofs are verified at a time; default the number of processors. Verification takes about 2 ms.
	Workers int
	// Metrics measures; default nothing.
	Metrics *Metrics
	// Log receives verdicts (info) and our own failures (errors); default nothing.
	Log *slog.Logger
}

// Verifier checks deliveries. Create it with [New] and run it with Run.
type Verifier struct {
	Config
	keys keyCache
	jobs chan job
	busy sync.Map // delivery -> struct{}: under verification now, so that catching up and following overlap harmlessly
}

// delivery names one proof under verification. It is what the core keys verdicts on.
type delivery struct {
	request vadium.RequestID
	attempt uint32
	proof   vadium.Digest
}

// job is a delivery with what verifying it takes.
type job struct {
	delivery
	program   vadium.Program
	statement []byte
	prover    vadium.Account
}

// New returns a verifier.
func New(c Config) *Verifier {
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Verifier{Config: c, jobs: make(chan job)}
}

// Run verifies until ctx ends, then waits for the proofs in hand and returns nil. Any other end is an error: the journal
// cannot be followed, or a verdict cannot be recorded. Restarting is safe.
func (v *Verifier) Run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var workers sync.WaitGroup
	for range v.Workers {
		workers.Go(func() {
			for j := range v.jobs {
				if err := v.settle(ctx, j); err != nil && ctx.Err() == nil {
					fail(err)
				}
			}
		})
	}
	err := v.follow(ctx)
	close(v.jobs)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("verify deliveries: %w", cause)
	}
	if ctx.Err() != nil || errors.Is(err, sequencer.ErrStopped) {
		return nil
	}
	return fmt.Errorf("verify deliveries: %w", err)
}

// follow hands over what is pending, then what arrives.
func (v *Verifier) follow(ctx context.Context) error {
	var pending []job
	var next uint64
	v.Market.View(func(s *marketplace.State) {
		pending, next = pendingIn(s), s.NextSeq()
	})
	for _, j := range pending {
		if err := v.enqueue(ctx, j); err != nil {
			return err
		}
	}
	follower, err := v.Market.Follow(next)
	if err != nil {
		return err
	}
	for {
		records, err := follower.Next(ctx)
		if err != nil {
			return err
		}
		for _, r := range records {
			received, ok := r.Event.(*marketplace.DeliveryReceived)
			if !ok {
				continue
			}
			if j, open := v.jobFor(received); open {
				if err := v.enqueue(ctx, j); err != nil {
					return err
				}
			}
		}
	}
}

func (v *Verifier) enqueue(ctx context.Context, j job) error {
	if _, already := v.busy.LoadOrStore(j.delivery, struct{}{}); already {
		return nil
	}
	select {
	case v.jobs <- j:
		v.Metrics.queued()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pendingIn lists every delivery under verification.
func pendingIn(s *marketplace.State) (pending []job) {
	for id, r := range s.Requests() {
		for i := range r.Attempts {
			for _, d := range r.Attempts[i].Pending {
				pending = append(pending, jobOf(s, r, delivery{id, uint32(i), d.Proof}))
			}
		}
	}
	return pending
}

func jobOf(s *marketplace.State, r *marketplace.Request, d delivery) job {
	return job{delivery: d, program: s.Listing(r.Program).Program, statement: r.Statement, prover: r.Attempts[d.attempt].Prover}
}

// jobFor returns what verifying a delivery takes, unless its verdict is known already.
func (v *Verifier) jobFor(e *marketplace.DeliveryReceived) (j job, open bool) {
	v.Market.View(func(s *marketplace.State) {
		r := s.Request(e.Request)
		for _, d := range r.Attempts[e.Attempt].Pending {
			if d.Proof == e.Proof {
				j, open = jobOf(s, r, delivery{e.Request, e.Attempt, e.Proof}), true
			}
		}
	})
	return j, open
}

// recordRetries and recordPause bound how long a verdict waits for a busy market.
const (
	recordRetries = 50
	recordPause   = 100 * time.Millisecond
)

// settle verifies one delivery and records the verdict.
func (v *Verifier) settle(ctx context.Context, j job) error {
	began := time.Now()
	verdict, why := v.judge(ctx, j)
	v.Metrics.judged(began, verdict)
	v.Metrics.left()
	// Before the verdict is told: once it is, the same bytes may be delivered again, and that is another delivery. Two
	// verdicts on one do no harm, the second is refused.
	v.busy.Delete(j.delivery)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // stopping: after the next start it is pending still
	}
	log := v.Log.With("request", j.request, "attempt", j.attempt, "prover", j.prover, "proof", j.proof)
	if verdict == marketplace.VerdictUndecided {
		log.Error("proof could not be checked; nobody is punished", "error", why)
	} else {
		log.Info("proof checked", "verdict", verdict.String(), "reason", why)
	}
	conclude := marketplace.Command{Body: marketplace.Conclude{Request: j.request, Attempt: j.attempt, Proof: j.proof, Verdict: verdict}}
	for try := 0; ; try++ {
		_, err := v.Market.Do(ctx, conclude)
		var refused vadium.Kind
		switch {
		case err == nil, errors.Is(err, sequencer.ErrStopped):
			return nil
		case errors.As(err, &refused):
			log.Info("verdict was not needed any more", "reason", err)
			return nil
		case !errors.Is(err, sequencer.ErrBusy) || try == recordRetries:
			return fmt.Errorf("record verdict on request %v: %w", j.request, err)
		}
		select {
		case <-time.After(recordPause):
		case <-ctx.Done():
			return nil
		}
	}
}
