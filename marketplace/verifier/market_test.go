package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/verifier"
)

// work is a market with a program that the operator vouches for, so that faults cost something, and a verifier that runs.
type work struct {
	*rpctest.Market
	program  rpctest.Program
	verifier *verifier.Verifier
	alarms   *alarms
}

func startWork(t *testing.T, params marketplace.Params, checker verifier.Checker) *work {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{Params: params, Serve: func(c *rpc.Config) {
		if admitter, ok := checker.(*verifier.Children); ok {
			c.Programs = admitter
		}
	}})
	w := &work{Market: m, program: rpctest.NewProgram(t), alarms: new(alarms)}
	m.Fund(t, requester, 1_000)
	m.List(t, rpctest.OperatorKey, w.program)
	w.verifier = verifier.New(verifier.Config{
		Market: m.Sequencer, Blobs: m.Blobs, Checker: checker, Workers: 2, Log: slog.New(w.alarms),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.verifier.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the verifier ended: %v", err)
		}
	})
	return w
}

// alarms counts log records that wake a person.
type alarms struct{ n atomic.Int64 }

func (a *alarms) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (a *alarms) Handle(context.Context, slog.Record) error    { a.n.Add(1); return nil }
func (a *alarms) WithAttrs([]slog.Attr) slog.Handler           { return a }
func (a *alarms) WithGroup(string) slog.Handler                { return a }

// requestFor submits a request that only one prover may serve, and has it accepted.
func (w *work) requestFor(t *testing.T, proving *client.Client, x int64, due vadium.Duration) vadium.RequestID {
	t.Helper()
	c := w.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, w.program.Input(x)); err != nil {
		t.Fatal(err)
	}
	r := w.RequestFor(w.program, x)
	r.Allow = []vadium.Account{proving.Account()}
	w.Sequencer.View(func(s *marketplace.State) { r.Deadline = s.Now().Add(due) })
	submitted, err := c.SubmitRequest(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proving.AcceptRequest(t.Context(), submitted.Request.ID); err != nil {
		t.Fatal(err)
	}
	return submitted.Request.ID
}

// deliver delivers a proof and returns the verdict.
func (w *work) deliver(t *testing.T, proving *client.Client, id vadium.RequestID, proof []byte) marketplace.Verdict {
	t.Helper()
	accepted, _, err := proving.Deliver(t.Context(), id, proof)
	if err != nil {
		t.Fatal(err)
	}
	for record, err := range proving.Watch(t.Context(), accepted.LastSeq, client.EventFilter{Request: id}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := record.Event.(type) {
		case *marketplace.DeliveryAccepted:
			return marketplace.VerdictValid
		case *marketplace.DeliveryRejected:
			return e.Verdict
		}
	}
	return 0
}

// faults lists what anybody was blamed for.
func (w *work) faults(t *testing.T) (faults []marketplace.Event) {
	t.Helper()
	follower, err := w.Sequencer.Follow(1)
	if err != nil {
		t.Fatal(err)
	}
	var end uint64
	w.Sequencer.View(func(s *marketplace.State) { end = s.NextSeq() })
	for follower.Cursor() < end {
		records, err := follower.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			switch r.Event.(type) {
			case *marketplace.FaultRecorded, *marketplace.Slashed:
				faults = append(faults, r.Event)
			}
		}
	}
	return faults
}

// patient are parameters under which nobody is late in this test on the slowest of machines.
func patient() marketplace.Params {
	params := marketplace.DemoParams()
	params.HeartbeatWithin = vadium.Hour
	params.AcceptWindow = 5 * vadium.Minute
	params.OutageAfter = vadium.Minute
	params.MaxDeliveries = 3
	return params
}

// A proof that kills whoever verifies it is nobody's fault that could be proven, so it costs its prover nothing; but it
// wakes the operator, and it harms neither the deliveries beside it nor anybody else.
func TestAProofThatKillsItsVerifiersIsUndecidedAndHarmsNobody(t *testing.T) {
	children := start(t, verifier.Limits{Processes: 2})
	w := startWork(t, patient(), children)
	attacking, honest := w.Stake(t, prover, w.program), w.Stake(t, rival, w.program)

	// A client that wants answers all the time.
	serving, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var answers atomic.Int64
	clients.Go(func() {
		for serving.Err() == nil {
			if _, err := w.Client(t, requester).Market(serving); err != nil && serving.Err() == nil {
				t.Errorf("the server does not answer: %v", err)
				return
			}
			answers.Add(1)
		}
	})

	attacked := w.requestFor(t, attacking, 3, 10*vadium.Minute)
	good := w.program.Prove(t, w.program.Input(3), attacked, attacking.Account())
	for n, deed := range []string{verifier.Kill, verifier.Allocate} {
		var beside sync.WaitGroup
		beside.Go(func() {
			id := w.requestFor(t, honest, int64(10+n), 10*vadium.Minute)
			proof := w.program.Prove(t, w.program.Input(int64(10+n)), id, honest.Account())
			if verdict := w.deliver(t, honest, id, proof); verdict != marketplace.VerdictValid {
				t.Errorf("beside %s an honest delivery is %v", deed, verdict)
			}
		})
		if verdict := w.deliver(t, attacking, attacked, append([]byte(deed), good[4:]...)); verdict != marketplace.VerdictUndecided {
			t.Errorf("%s: verdict = %v, want undecided", deed, verdict)
		}
		beside.Wait()
		w.Sequencer.View(func(s *marketplace.State) {
			if a := s.Request(attacked).Attempts[0]; a.Deliveries != 0 || len(a.Pending) != 0 {
				t.Errorf("%s: it counts as %d deliveries, %d pending, want none", deed, a.Deliveries, len(a.Pending))
			}
		})
		if got, want := w.alarms.n.Load(), int64(n+1); got != want {
			t.Errorf("%s: %d alarms, want %d", deed, got, want)
		}
	}
	if faults := w.faults(t); len(faults) > 0 {
		t.Errorf("somebody was blamed: %+v", faults)
	}
	if s := children.Stats(); s.SecondDeaths != 2 || s.Deaths < 4 || s.Retries < 2 {
		t.Errorf("Stats = %+v, want two second deaths after two first ones, each retried", s)
	}
	// The next delivery of the very same prover is judged like any other: by what is wrong with it, or not.
	wrong := w.program.Prove(t, w.program.Input(3), attacked, honest.Account())
	if verdict := w.deliver(t, attacking, attacked, wrong); verdict != marketplace.VerdictInvalid {
		t.Errorf("a wrong proof: verdict = %v, want invalid", verdict)
	}
	if faults := w.faults(t); len(faults) == 0 {
		t.Error("a wrong proof blames nobody: this test could not have found a strike")
	}
	if verdict := w.deliver(t, attacking, attacked, good); verdict != marketplace.VerdictValid {
		t.Errorf("the right proof at last: verdict = %v, want valid", verdict)
	}
	stop()
	clients.Wait()
	if answers.Load() == 0 {
		t.Error("no client was answered")
	}
	if s := w.verifier.Stats(); s.Undecided != 2 || s.Invalid != 1 || s.Valid != 3 || s.Waiting != 0 || s.Verifying != 0 {
		t.Errorf("Stats = %+v, want 3 valid, 1 invalid, 2 undecided, nothing in hand", s)
	}
}

// gate is a checker that answers when it is opened.
type gate struct {
	verifier.Checker
	opened  chan struct{}
	mu      sync.Mutex
	batches []int // guarded by mu: claims of each call
}

func (g *gate) Check(ctx context.Context, p vadium.Program, key []byte, claims []circuits.Claim) []error {
	g.mu.Lock()
	g.batches = append(g.batches, len(claims))
	g.mu.Unlock()
	select {
	case <-g.opened:
	case <-ctx.Done():
	}
	return g.Checker.Check(ctx, p, key, claims)
}

// Arrival fixes punctuality. A verifier that is stuck until long after deadline and grace makes nobody late, neither those
// it holds nor those that wait, and judges all of them afterwards.
func TestAStuckVerifierMakesNobodyLate(t *testing.T) {
	params := patient()
	params.GraceMin, params.GraceMax = vadium.Second, vadium.Second
	g := &gate{Checker: verifier.NewInProcess(), opened: make(chan struct{})}
	w := startWork(t, params, g)
	proving := w.Stake(t, prover, w.program)
	const requests = 4 // as many slots as the ask has
	var ids []vadium.RequestID
	var over vadium.Time
	for n := range requests {
		id := w.requestFor(t, proving, int64(n+2), 8*vadium.Second)
		if _, _, err := proving.Deliver(t.Context(), id, w.program.Prove(t, w.program.Input(int64(n+2)), id, proving.Account())); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		w.Sequencer.View(func(s *marketplace.State) {
			r := s.Request(id)
			if late := r.Attempts[0].Pending[0].At.After(r.Deadline); late {
				t.Fatalf("this machine took more than 8 s to submit, accept, prove and deliver (request %d)", n)
			}
			over = r.Attempts[0].GraceEnd
		})
	}
	for now := vadium.Time(0); !now.After(over.Add(vadium.Second)); time.Sleep(50 * time.Millisecond) {
		w.Sequencer.View(func(s *marketplace.State) { now = s.Now() })
	}
	if faults := w.faults(t); len(faults) > 0 {
		t.Errorf("after deadline and grace, with every proof delivered: %+v", faults)
	}
	if s := w.verifier.Stats(); s.Verifying+s.Waiting != requests || s.Valid != 0 {
		t.Errorf("Stats = %+v, want all %d deliveries in hand", s, requests)
	}
	close(g.opened)
	for n, id := range ids {
		r, err := w.Client(t, requester).Wait(t.Context(), id)
		if err != nil || r.Phase != marketplace.PhaseSettled {
			t.Errorf("request %d: %v, %v, want settled", n, r.Phase, err)
		}
	}
	if faults := w.faults(t); len(faults) > 0 {
		t.Errorf("after the verdicts: %+v", faults)
	}
	// What waited while both workers were stuck was verified together.
	if got := fmt.Sprint(g.batches); got != "[1 1 2]" {
		t.Errorf("batches of %s, want one for each worker and then all that waited", got)
	}
}

// A verifier that is stopped in the middle tells nobody anything, and the next one finds everything.
func TestAVerifierStoppedInTheMiddleLeavesEverythingPending(t *testing.T) {
	g := &gate{Checker: verifier.NewInProcess(), opened: make(chan struct{})}
	m, p, proving, id := accepted(t)
	v := verifier.New(verifier.Config{Market: m.Sequencer, Blobs: m.Blobs, Checker: g})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	if _, _, err := proving.Deliver(t.Context(), id, p.Prove(t, p.Input(3), id, proving.Account())); err != nil {
		t.Fatal(err)
	}
	for v.Stats().Verifying == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	if s := v.Stats(); s.Valid+s.Invalid+s.Undecided != 0 {
		t.Errorf("Stats = %+v, want no verdict", s)
	}
	verify(t, m)
	if r, err := m.Client(t, requester).Wait(t.Context(), id); err != nil || r.Phase != marketplace.PhaseSettled {
		t.Errorf("Wait = %v, %v, want settled", r.Phase, err)
	}
}

func TestAVerifierWithoutACheckerSaysWhatIsMissing(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	if err := verifier.New(verifier.Config{Market: m.Sequencer, Blobs: m.Blobs}).Run(t.Context()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want an error that names what to give it", err)
	}
}

// A prover that delivers what kills children as fast as the market takes it costs itself time and the market two children
// for each try; the proofs of others are judged by children that live, and not one of them twice once the first has died.
func TestHonestProversKeepTheirVerifiersWhileAnAttackerKeepsKilling(t *testing.T) {
	children := start(t, verifier.Limits{Processes: 2})
	w := startWork(t, patient(), children)
	attacking, honest := w.Stake(t, prover, w.program), w.Stake(t, rival, w.program)
	attacked := w.requestFor(t, attacking, 3, 10*vadium.Minute)
	killer := w.program.Prove(t, w.program.Input(3), attacked, attacking.Account())
	copy(killer, verifier.Kill)
	if verdict := w.deliver(t, attacking, attacked, killer); verdict != marketplace.VerdictUndecided {
		t.Fatalf("the first verdict = %v, want undecided", verdict)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var redelivering sync.WaitGroup
	redelivering.Go(func() {
		for ctx.Err() == nil {
			_, _, _ = attacking.Deliver(ctx, attacked, killer) // refused while one is under verification
		}
	})
	const requests = 6
	for n := range requests {
		x := int64(10 + n)
		id := w.requestFor(t, honest, x, 10*vadium.Minute)
		if verdict := w.deliver(t, honest, id, w.program.Prove(t, w.program.Input(x), id, honest.Account())); verdict != marketplace.VerdictValid {
			t.Errorf("honest delivery %d is %v, want valid", n, verdict)
		}
	}
	for children.Stats().SecondDeaths < 2 { // the attacker's next turn comes
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	redelivering.Wait()
	s := children.Stats()
	tries := s.SecondDeaths + 1 // one may be under way
	if s.Retries > tries {
		t.Errorf("%d proofs were judged again for %d that kill, so honest ones were among them: %+v", s.Retries, tries, s)
	}
	if most := 2 + 2*tries; s.Starts > most {
		t.Errorf("%d children started, want at most %d: two to begin with, two for each killing delivery", s.Starts, most)
	}
	if faults := w.faults(t); len(faults) > 0 {
		t.Errorf("somebody was blamed: %+v", faults)
	}
}
