package prover

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
	"vadium/prover/fleet"
)

// A worker that always fails costs a bounded number of stakes: after the last one that is allowed nothing is asked for
// and nothing accepted, however long it lasts and however often the agent is started again.
func TestAWorkerThatAlwaysFailsCostsABoundedNumberOfStakes(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.config.BreakAfter, s.config.BreakFor = 2, 5*vadium.Minute
		a, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		s.engine.Before = func(_ context.Context, what string, _ engine.Work) error {
			if what == "prove" {
				return engine.ErrFailed // benchmarks too
			}
			return nil
		}
		var opened vadium.Time
		for range 40 {
			s.submit(s.toy, enginetest.Input(3), 20*vadium.Second)
			time.Sleep(5 * time.Second)
			if at := a.Status().Breaker; at.Phase == "open" && opened == 0 {
				opened = now()
				time.Sleep(time.Second) // one look at the asks
				if asks := s.asksOf(alice); len(asks) != 0 {
					t.Errorf("%d asks stand a second after the breaker opened, want none", len(asks))
				}
			}
		}
		if opened == 0 {
			t.Fatal("the breaker never opened")
		}
		accepted, faults := countKind[*marketplace.RequestAccepted](s.testMarket), countKind[*marketplace.FaultRecorded](s.testMarket)
		if accepted != 2 || faults > 2*2 {
			t.Errorf("%d accepted and %d faults, want 2 and at most a resignation and a no-show for each", accepted, faults)
		}
		if events := a.Status().Events; !slices.ContainsFunc(events, func(e Happening) bool {
			return e.What == "breaker open" && strings.Contains(e.Why, "2 failures in a row")
		}) {
			t.Errorf("events = %+v, want one that says why nothing is asked for", events)
		}
		// A restart is no fresh start.
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		a, stop = s.start(t, alice, nil)
		for range 60 { // two rests whose benchmarks fail
			s.submit(s.toy, enginetest.Input(3), 20*vadium.Second)
			time.Sleep(20 * time.Second)
		}
		if got := countKind[*marketplace.RequestAccepted](s.testMarket); got != accepted {
			t.Errorf("accepted %d requests after a restart and two failed benchmarks, want none", got-accepted)
		}
		if b := a.Status().Breaker; b.Phase != "open" || !strings.Contains(b.Reason, "benchmark") {
			t.Errorf("breaker = %+v, want it open for the benchmark's sake", b)
		}
		// Repaired: one request at a time, and with the first success all of it again.
		s.engine.Before = nil
		s.await("asks on trial", 3*time.Hour, func(m *marketplace.State) bool {
			for _, b := range m.Books() {
				if len(b.Asks) > 0 {
					if ask := b.Asks[0]; ask.Slots != 1 || ask.Capacity != 1 {
						t.Errorf("an ask on trial has %d slots of %d, want 1", ask.Slots, ask.Capacity)
					}
					return true
				}
			}
			return false
		})
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 20*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		time.Sleep(time.Second)
		if b := a.Status().Breaker; b.Phase != "closed" || b.Failures != 0 {
			t.Errorf("breaker = %+v after a delivery, want it closed", b)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func breakerAt(t *testing.T, path string, clock *vadium.Time) *breaker {
	t.Helper()
	b := newBreaker(path, func() vadium.Time { return *clock })
	b.set(3, vadium.Minute)
	if err := b.open(); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABreakerOpensAtItsLimitAndRemembersWhat(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "breaker.json"), vadium.Time(1_000)
	b := breakerAt(t, path, &clock)
	for _, id := range []byte{1, 2} {
		b.failed(vadium.RequestID{id}, "test")
	}
	b.succeeded()
	for _, id := range []byte{3, 4, 4, 3} { // again after a crash: counted once
		b.failed(vadium.RequestID{id}, "test")
	}
	b = breakerAt(t, path, &clock)
	b.failed(vadium.RequestID{4}, "test")
	if got := b.phase(); got != breakerClosed {
		t.Fatalf("phase after two failures in a row = %v, want closed", got)
	}
	b.failed(vadium.RequestID{5}, "test")
	b = breakerAt(t, path, &clock)
	if s := b.snapshot(); s.Phase != breakerOpen || s.Until != clock.Add(vadium.Minute) {
		t.Fatalf("state after the third, read back = %+v, want open for a minute", s)
	}
	b.succeeded() // of what was under way
	if got := b.phase(); got != breakerOpen {
		t.Errorf("phase after a success under way = %v, want open", got)
	}
	// Each rest in a row is twice as long, up to eight times.
	for _, want := range []vadium.Duration{2, 4, 8, 8} {
		b.probed(nil)
		if got := b.phase(); got != breakerTrial {
			t.Fatalf("phase after a benchmark = %v, want trial", got)
		}
		b.failed(vadium.RequestID{byte(want), byte(b.snapshot().Openings)}, "test")
		if s := b.snapshot(); s.Phase != breakerOpen || s.Until != clock.Add(want*vadium.Minute) {
			t.Errorf("state after one failure on trial = %v until %d, want open for %d minutes", s.Phase, s.Until, want)
		}
	}
	b.probed(nil)
	b.succeeded()
	if s := breakerAt(t, path, &clock).snapshot(); s.Phase != breakerClosed || s.Openings != 0 || s.InARow != 0 {
		t.Errorf("state after a success on trial = %+v, want a fresh start", s)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := breakerAt(t, path, &clock).phase(); got != breakerOpen {
		t.Errorf("phase of an unreadable file = %v, want open", got)
	}
}

// own is everything a prover has at the market.
func (m *testMarket) own(who vadium.Account) vadium.Amount {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.state.VaultOf(who)
	return vadium.Sum(m.state.Balance(who), v.Junior, v.CommissionDue)
}

// The ledger is the market's books by another way: what it says came in and went out is what the market says the prover
// has more or less, to the last unit, over restarts and without the file.
func TestProfitAndLossIsWhatTheMarketSays(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.openVault(bob, 1_000)
		s.must(s.by(s.operator, marketplace.CreditDeposit{Account: requester, Amount: vadium.Tokens(50), Reference: vadium.Salt{0: 5}}))
		other := s.list(enginetest.Universal(t))
		s.config.Programs = []string{"toy", other.String()}
		before := map[vadium.Account]vadium.Amount{alice: s.own(alice), bob: s.own(bob)}
		theirs := s.config
		theirs.Dir, theirs.KeyDir = t.TempDir(), filepath.Join(s.config.Dir, "keys")

		agents := map[vadium.Account]*Agent{}
		with := func(mine, bobs Behaviour, do func()) {
			dir := s.config
			s.config.Behaviour = mine
			a, stop := s.start(t, alice, nil)
			s.config = theirs
			s.config.Behaviour = bobs
			b, stopBob := s.start(t, bob, nil)
			s.config = dir
			agents[alice], agents[bob] = a, b
			s.awaitAsks(alice)
			s.awaitAsks(bob)
			time.Sleep(11 * time.Second) // an epoch: the asks count
			do()
			time.Sleep(2 * time.Second)
			if err := errors.Join(stop(), stopBob()); err != nil {
				t.Fatal(err)
			}
		}
		capped := func(b *marketplace.SubmitRequest) { b.DamageCap = vadium.Tokens(5) }
		only := func(who vadium.Account) func(*marketplace.SubmitRequest) {
			return func(b *marketplace.SubmitRequest) { b.Allow = []vadium.Account{who} }
		}
		end := func(ids ...vadium.RequestID) {
			for _, id := range ids {
				s.await("an end", 3*time.Minute, func(m *marketplace.State) bool { return m.Request(id).Phase.Final() })
			}
		}
		with(Honest, Honest, func() {
			end(s.submit(s.toy, enginetest.Input(3), 30*vadium.Second, capped), s.submit(other, enginetest.Input(3), 30*vadium.Second, capped, only(alice)))
			end(s.submit(s.toy, enginetest.Input(4), 40*vadium.Second)) // disputed by both: solving fees
		})
		with(Slow, Honest, func() { end(s.submit(s.toy, enginetest.Input(3), 20*vadium.Second, capped, only(alice))) })
		with(Vanish, Honest, func() {
			end(s.submit(s.toy, enginetest.Input(3), 30*vadium.Second, capped), s.submit(s.toy, enginetest.Input(3), 30*vadium.Second, capped))
		})
		with(Corrupt, Vanish, func() {
			end(s.submit(other, enginetest.Input(3), 30*vadium.Second, capped), s.submit(s.toy, enginetest.Input(3), 30*vadium.Second, capped))
		})

		for who, a := range agents {
			lines := a.ledger.lines(a.programName)
			sum := Total(lines)
			change, booked := Difference(s.own(who), before[who]), Difference(sum.In(), sum.Out())
			if change != booked {
				t.Errorf("%v has %v more, its ledger says %v: %+v", who, change, booked, lines)
			}
			var made, late, failed uint64
			s.count(func(e marketplace.Event) bool {
				switch e := e.(type) {
				case *marketplace.DeliveryAccepted:
					if s.state.Request(e.Request).Attempts[e.Attempt].Prover == who {
						made++
					}
				case *marketplace.FaultRecorded:
					if e.Prover == who && e.Offence.String() == "late" {
						late++
					} else if e.Prover == who {
						failed++
					}
				}
				return false
			})
			if sum.Made != made || sum.Late != late || sum.Failed != failed {
				t.Errorf("%v: %d made, %d late, %d failed, the market counts %d, %d, %d", who, sum.Made, sum.Late, sum.Failed, made, late, failed)
			}
			// Its own proofs cost a second each here.
			if sum.CPU < vadium.Duration(made)*vadium.Second || sum.Cost.IsZero() {
				t.Errorf("%v: %d ms of processor, %s tokens for %d proofs", who, sum.CPU, sum.Cost.Tokens(), made)
			}
			if sum.Net != Difference(sum.In(), sum.Out().MustAdd(sum.Cost)) {
				t.Errorf("net = %v", sum.Net)
			}
		}
		alices := Total(agents[alice].ledger.lines(agents[alice].programName))
		if alices.Late == 0 || alices.Failed == 0 || alices.SolvingFees.IsZero() || alices.Penalties.IsZero() || alices.Earned.IsZero() {
			t.Errorf("alice's ledger = %+v, want every kind of entry, or the test shows nothing", alices)
		}
		// Without the file, the market's part is counted again from the beginning.
		if err := os.Remove(filepath.Join(s.config.Dir, "ledger.json")); err != nil {
			t.Fatal(err)
		}
		with(Honest, Honest, func() {})
		again := Total(agents[alice].ledger.lines(agents[alice].programName))
		if again.In() != alices.In() || again.Out() != alices.Out() || again.Made != alices.Made {
			t.Errorf("counted again: in %v and out %v, want %v and %v", again.In(), again.Out(), alices.In(), alices.Out())
		}
	})
}

func TestACostIsNotedOnceHoweverOftenItIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	open := func() *ledger {
		l, err := openLedger(path, client.Market{Deployment: vadium.Salt{7}})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	perSecond := vadium.NewAmount(3)
	for range 3 { // a crash between noting the cost and forgetting the intent
		l := open()
		if err := l.spent(one, vadium.ProgramID{1}, 1_001, perSecond); err != nil {
			t.Fatal(err)
		}
	}
	l := open()
	if err := l.spent(two, vadium.ProgramID{1}, 1_000, perSecond); err != nil {
		t.Fatal(err)
	}
	got := Total(open().lines(func(vadium.ProgramID) string { return "" }))
	if got.CPU != 2_001 || got.Cost != vadium.NewAmount(4+3) || got.Net.String() == "" || !got.Net.Loss {
		t.Errorf("total = %d ms for %v, want 2001 ms for 7 units, rounded up each", got.CPU, got.Cost)
	}
	if l, err := openLedger(path, client.Market{Deployment: vadium.Salt{8}}); err != nil || len(l.file.Programs) != 0 {
		t.Errorf("another market's ledger is taken over (%v)", err)
	}
}

func TestAConfigurationIsReloadedWholeOrNotAtAll(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		other := s.list(enginetest.Universal(t))
		s.config.Capacity = 2
		a := s.run(t)
		price := s.asksOf(alice)[0].Price
		s.engine.ProveTime = 5 * time.Second
		under := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second)
		s.awaitPhase(under, marketplace.PhaseAccepted, time.Minute)
		proofs := len(s.engine.Proofs())

		moved := s.config
		moved.Dir, moved.Programs = t.TempDir(), []string{other.String()}
		if err := a.Reload(moved); !errors.Is(err, ErrNotLive) || !strings.Contains(err.Error(), "folder") {
			t.Errorf("Reload into another folder = %v, want %v that names it", err, ErrNotLive)
		}
		if got := a.settings().Programs; !slices.Equal(got, s.config.Programs) {
			t.Errorf("programs = %v after a refused reload, want the old ones", got)
		}
		if err := a.Reload(Config{Dir: s.config.Dir}); err == nil {
			t.Error("Reload without any program = nil, want an error")
		}

		next := s.config
		next.Programs = []string{other.String()}
		next.Costs = DefaultCosts()
		next.Costs.PerCPUSecond = next.Costs.PerCPUSecond.BpsUp(30_000)
		if err := a.Reload(next); err != nil {
			t.Fatalf("Reload = %v", err)
		}
		s.await("the new program to be served and the old one not", 30*time.Second, func(m *marketplace.State) bool {
			return len(m.Listing(other).Servers) == 1 && len(m.Listing(s.toy).Servers) == 0
		})
		s.await("dearer asks", 30*time.Second, func(m *marketplace.State) bool {
			dearer := 0
			for _, b := range m.Books() {
				for _, ask := range b.Asks {
					if price.BpsUp(20_000).Less(ask.Price) {
						dearer++
					}
				}
			}
			return dearer > 0
		})
		s.awaitPhase(under, marketplace.PhaseSettled, time.Minute)
		made := 0
		for _, id := range s.engine.Proofs()[proofs:] {
			if id == under {
				made++
			}
		}
		if made != 1 {
			t.Errorf("the proof under way was made %d times, want once, untouched by the reload", made)
		}
	})
}

// line is a worker's connection to whichever fleet lives now.
type line struct {
	mu sync.Mutex
	to fleet.Agent
}

var errCut = errors.New("connection refused")

func (l *line) connect(to fleet.Agent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
}

func (l *line) agent() fleet.Agent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to
}

func (l *line) Join(ctx context.Context, o fleet.Offer) (fleet.Joined, error) {
	if to := l.agent(); to != nil {
		return to.Join(ctx, o)
	}
	return fleet.Joined{}, errCut
}

func (l *line) Pull(ctx context.Context, w fleet.WorkerID, wait time.Duration) (fleet.Lease, bool, error) {
	if to := l.agent(); to != nil {
		return to.Pull(ctx, w, wait)
	}
	return fleet.Lease{}, false, errCut
}

func (l *line) Prepare(ctx context.Context, w fleet.WorkerID, has []fleet.Possession) ([]vadium.Program, error) {
	if to := l.agent(); to != nil {
		return to.Prepare(ctx, w, has)
	}
	return nil, errCut
}

func (l *line) Renew(ctx context.Context, w fleet.WorkerID, held []fleet.Held) ([]fleet.LeaseID, error) {
	if to := l.agent(); to != nil {
		return to.Renew(ctx, w, held)
	}
	return nil, errCut
}

func (l *line) Complete(ctx context.Context, w fleet.WorkerID, h fleet.Held, o fleet.Outcome) (bool, error) {
	if to := l.agent(); to != nil {
		return to.Complete(ctx, w, h, o)
	}
	return false, errCut
}

func (l *line) Fetch(ctx context.Context, w fleet.WorkerID, lease fleet.LeaseID, digest vadium.Digest, to io.Writer) error {
	if agent := l.agent(); agent != nil {
		return agent.Fetch(ctx, w, lease, digest, to)
	}
	return errCut
}

// mortalFleet is a fleet whose agent may die before and after each computation.
type mortalFleet struct {
	*fleet.Fleet
	f *faults
}

func (m mortalFleet) Solve(ctx context.Context, w engine.Work) error {
	if err := m.f.point("before solve"); err != nil {
		return err
	}
	if err := m.Fleet.Solve(ctx, w); err != nil {
		return err
	}
	return m.f.point("after solve")
}

func (m mortalFleet) Prove(ctx context.Context, w engine.Work) (engine.Proof, error) {
	if measures(w) {
		return m.Fleet.Prove(ctx, w)
	}
	if err := m.f.point("before prove"); err != nil {
		return engine.Proof{}, err
	}
	proof, err := m.Fleet.Prove(ctx, w)
	if err != nil {
		return engine.Proof{}, err
	}
	return proof, m.f.point("after prove")
}

// field is a stage whose proofs are all made by workers elsewhere.
type field struct {
	*stage
	line *line
}

// inField runs do with remote workers attached; their engines are the stage's.
func inField(t *testing.T, workers int, do func(t *testing.T, f *field)) {
	play(t, func(t *testing.T, s *stage) {
		f := &field{s, &line{}}
		for i := range workers {
			f.worker(t, string(rune('a'+i)), s.engine)
		}
		do(t, f)
	})
}

// worker starts one, and returns how to stop it without a word: what it says afterwards reaches nobody.
func (f *field) worker(t *testing.T, name string, e engine.Engine) (vanish func()) {
	t.Helper()
	own := &line{}
	own.connect(f.line)
	w := fleet.NewWorker(fleet.WorkerConfig{
		Offer: fleet.Offer{Name: name, KeyBytes: 1 << 30, Slots: 1}, Dir: filepath.Join(f.config.Dir, "..", "worker-keys"),
	}, own, e)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("worker: %v", err)
		}
	})
	return func() {
		own.connect(nil)
		cancel()
	}
}

// begin starts an agent with a fleet of its own.
func (f *field) begin(t *testing.T, at *faults) (*Agent, func() error) {
	t.Helper()
	workers := fleet.New(fleet.Config{Local: &enginetest.Pretend{}, LeaseFor: 2 * time.Second, Verify: func(w engine.Work, proof []byte) error {
		if want := enginetest.PretendProof(w.Keys.Program, w.Input[:w.Keys.Program.StatementBytes()], w.Request, w.Prover); !slices.Equal(proof, want) {
			return circuits.ErrInvalidProof
		}
		return nil
	}})
	ctx, cancel := context.WithCancel(t.Context())
	die := func() {
		f.line.connect(nil)
		cancel()
	}
	if at != nil {
		at.kill = die
	}
	a, err := New(f.config, seat{f.testMarket, alice, at}, mortalFleet{workers, at})
	if err != nil {
		t.Fatal(err)
	}
	f.line.connect(workers)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	var once sync.Once
	var result error
	return a, func() error {
		once.Do(func() {
			die()
			result = errors.Join(<-ended, workers.Close())
		})
		return result
	}
}

// The agent is killed at every step while a worker elsewhere proves for it, and goes on proving.
func TestACrashOfTheAgentWithRemoteWorkersLosesNothingAndDoublesNothing(t *testing.T) {
	for point := 1; ; point++ {
		crashed := false
		inField(t, 2, func(t *testing.T, s *field) {
			dead := filepath.Join(t.TempDir(), "dead")
			f := &faults{at: point, dying: func() { copyFolder(t, s.config.Dir, dead) }}
			_, stop := s.begin(t, f)
			s.awaitAsks(alice)
			s.engine.ProveTime = 3 * time.Second
			id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second)
			synctest.Wait()
			time.Sleep(5 * time.Second)
			if err := stop(); err != nil {
				t.Fatalf("Run = %v, want nil", err)
			}
			crashed = f.isDead()
			if crashed {
				s.config.Dir = dead
			}
			name := f.names[len(f.names)-1]
			time.Sleep(time.Second)
			_, stop = s.begin(t, nil)
			s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
			time.Sleep(time.Second)
			if err := stop(); err != nil {
				t.Fatalf("Run = %v, want nil", err)
			}
			if got := countKind[*marketplace.RequestAccepted](s.testMarket); got != 1 {
				t.Errorf("killed %s: accepted %d times, want once", name, got)
			}
			if got := countKind[*marketplace.DeliveryReceived](s.testMarket); got != 1 {
				t.Errorf("killed %s: delivered %d times, want once", name, got)
			}
			if got := countKind[*marketplace.FaultRecorded](s.testMarket); got != 0 {
				t.Errorf("killed %s: %d faults, want none", name, got)
			}
		})
		if !crashed {
			if point-1 != 10 { // fetch, solve, accept, prove, deliver
				t.Errorf("the agent passed %d points, want 10", point-1)
			}
			return
		}
	}
}

// A worker vanishes in the middle of a proof. Capacity and asks follow the live ones, and the work goes to another in
// time.
func TestWhenAWorkerVanishesAnotherProvesInTime(t *testing.T) {
	inField(t, 0, func(t *testing.T, s *field) {
		a, stop := s.begin(t, nil)
		defer func() {
			if err := stop(); err != nil {
				t.Errorf("Run = %v, want nil", err)
			}
		}()
		time.Sleep(5 * time.Second)
		if asks := s.asksOf(alice); len(asks) != 0 {
			t.Errorf("%d asks stand without any worker, want none", len(asks))
		}
		stuck := &enginetest.Pretend{ProveTime: 10 * time.Millisecond}
		vanish := s.worker(t, "stuck", stuck)
		s.awaitAsks(alice)
		slots := func() (most uint32) {
			for _, ask := range s.asksOf(alice) {
				most = max(most, ask.Slots)
			}
			return most
		}
		if got := slots(); got != 1 {
			t.Errorf("%d slots with one worker, want 1", got)
		}
		time.Sleep(11 * time.Second) // an epoch: from here slots grow step by step
		stuck.ProveTime = time.Hour
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseAccepted, time.Minute)
		time.Sleep(time.Second) // it has the lease
		for _, name := range []string{"good", "better"} {
			s.worker(t, name, s.engine)
		}
		time.Sleep(time.Second)
		if got := slots(); got != 2 {
			t.Errorf("%d slots with three workers after one, want twice as many as stood", got)
		}
		if got := a.Status(); got.Provers != 3 || got.Capacity != 3 {
			t.Errorf("%d provers and a capacity of %d, want 3", got.Provers, got.Capacity)
		}
		vanish()
		s.awaitPhase(id, marketplace.PhaseSettled, 10*time.Second)
		if at := s.request(id).Attempts[0]; at.DeliveredAt.After(at.Deadline) || !at.Slashed.IsZero() {
			t.Errorf("attempt = %+v, want it delivered in time", at)
		}
		time.Sleep(3 * time.Second)
		if got := a.Status().Provers; got != 2 {
			t.Errorf("%d provers after one vanished, want 2", got)
		}
	})
}

var _ Elastic = (*fleet.Fleet)(nil)
