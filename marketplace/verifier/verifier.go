package verifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

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
	// Checker looks at the proofs: [Children] in a market, [InProcess] in tests.
	Checker Checker
	// Workers is how many batches are verified at a time; default the number of processors. More than the Checker has
	// processes is of no use.
	Workers int
	// Metrics measures; default nothing.
	Metrics *Metrics
	// Log receives verdicts (info) and our own failures (errors); default nothing.
	Log *slog.Logger
}

// Verifier checks deliveries. Create it with [New] and run it with Run.
type Verifier struct {
	Config
	queue *queue
	busy  sync.Map // delivery -> struct{}: queued or under verification, so that catching up and following overlap harmlessly
	counters
}

// Stats counts what a verifier did since it was made. They are read while it runs.
type Stats struct {
	// Waiting are deliveries in the queue; those beyond its limit wait in the journal and are not counted. Verifying are
	// under verification now.
	Waiting, Verifying int64
	// Batches were handed to the Checker; together they held Valid + Invalid + Undecided deliveries.
	Batches uint64
	// Valid, Invalid and Undecided are verdicts. Each undecided one is an alarm: a delivery that we could not check.
	Valid, Invalid, Undecided uint64
}

type counters struct {
	verifying                          atomic.Int64
	batches, valid, invalid, undecided atomic.Uint64
}

// Stats returns the counts.
func (v *Verifier) Stats() Stats {
	return Stats{
		Waiting: v.queue.waiting.Load(), Verifying: v.verifying.Load(), Batches: v.batches.Load(),
		Valid: v.valid.Load(), Invalid: v.invalid.Load(), Undecided: v.undecided.Load(),
	}
}

func (v *Verifier) count(verdict marketplace.Verdict) {
	switch verdict {
	case marketplace.VerdictValid:
		v.valid.Add(1)
	case marketplace.VerdictInvalid:
		v.invalid.Add(1)
	default:
		v.undecided.Add(1)
	}
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
	programID vadium.ProgramID
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
	return &Verifier{Config: c, queue: newQueue()}
}

// Run verifies until ctx ends and returns nil. Any other end is an error: the journal cannot be followed, or a verdict cannot
// be recorded. Restarting is safe: what has no verdict is verified then. It is called once.
func (v *Verifier) Run(ctx context.Context) error {
	if v.Checker == nil {
		return errors.New("verify deliveries: there is no checker (verifier.StartChildren makes one, verifier.NewInProcess one for tests)")
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var running sync.WaitGroup
	running.Go(func() { v.queue.run(ctx) })
	for range v.Workers {
		running.Go(func() {
			for batch := range v.queue.batches {
				if err := v.settle(ctx, batch); err != nil && ctx.Err() == nil {
					fail(err)
				}
			}
		})
	}
	err := v.follow(ctx)
	cause := context.Cause(ctx)
	fail(nil)
	running.Wait()
	if cause != nil && !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("verify deliveries: %w", cause)
	}
	if cause != nil || errors.Is(err, sequencer.ErrStopped) {
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
	err := v.queue.put(ctx, j)
	if err == nil {
		v.Metrics.queued()
	}
	return err
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
	return job{
		delivery: d, programID: r.Program, program: s.Listing(r.Program).Program,
		statement: r.Statement, prover: r.Attempts[d.attempt].Prover,
	}
}

// jobFor returns what verifying a delivery takes, unless its verdict is known already.
func (v *Verifier) jobFor(e *marketplace.DeliveryReceived) (j job, open bool) {
	v.Market.View(func(s *marketplace.State) {
		r := s.Request(e.Request)
		if r == nil || int(e.Attempt) >= len(r.Attempts) {
			return // over so long ago that the state has forgotten it
		}
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

// settle verifies a batch and records the verdicts, side by side so that one sync makes them durable.
func (v *Verifier) settle(ctx context.Context, batch []job) error {
	v.batches.Add(1)
	v.verifying.Add(int64(len(batch)))
	began := time.Now()
	reasons := v.judge(ctx, batch)
	v.verifying.Add(-int64(len(batch)))
	v.queue.finish(ctx, judged{batch, v.killers(batch, reasons)})
	var recording errgroup.Group
	for i, j := range batch {
		v.Metrics.judged(began, verdictOf(reasons[i]))
		v.Metrics.left()
		recording.Go(func() error { return v.conclude(ctx, j, reasons[i]) })
	}
	return recording.Wait()
}

// killers returns the deliveries of a batch that killed children.
func (v *Verifier) killers(batch []job, reasons []error) (killers []job) {
	for i, j := range batch {
		if errors.Is(reasons[i], ErrKills) {
			killers = append(killers, j)
			v.Log.Warn("a prover's delivery killed its verifiers; its deliveries are judged alone for a while", "prover", j.prover,
				"request", j.request, "proof", j.proof)
		}
	}
	return killers
}

// conclude records the verdict on a delivery.
func (v *Verifier) conclude(ctx context.Context, j job, reason error) error {
	verdict := verdictOf(reason)
	// Before the verdict is told: once it is, the same bytes may be delivered again, and that is another delivery. Two
	// verdicts on one do no harm, the second is refused.
	v.busy.Delete(j.delivery)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // stopping: after the next start it is pending still
	}
	v.count(verdict)
	log := v.Log.With("request", j.request, "attempt", j.attempt, "prover", j.prover, "proof", j.proof)
	if verdict == marketplace.VerdictUndecided {
		log.Error("proof could not be checked; nobody is punished", "program", j.programID, "error", reason)
	} else {
		log.Info("proof checked", "verdict", verdict.String(), "reason", reason)
	}
	command := marketplace.Command{Body: marketplace.Conclude{Request: j.request, Attempt: j.attempt, Proof: j.proof, Verdict: verdict}}
	for try := 0; ; try++ {
		_, err := v.Market.Do(ctx, command)
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
