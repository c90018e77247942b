package marketplacetest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/journal/disktest"
	"vadium/marketplace/marketplacetest"
	"vadium/marketplace/sequencer"
)

// A market on the real sequencer and a disk that fails at every append: once with the batch lost and once with it kept,
// at random. After each crash the market replays, and whoever was not answered asks again with the same command, as
// clients do. What was acknowledged is never lost, what was asked twice is carried out once, and however the state is
// rebuilt it is the same.
func TestSimulatedMarketCrashesAtEveryAppend(t *testing.T) {
	sum := newTally(t)
	eachSeed(t, func(t *testing.T, seed uint64) {
		s := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Cheating)
		s.Run(20 + int(seed%40))
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t, seed, sum)
			m.start()
			due := crashPlan(m.random, len(s.Sent))
			for i, sending := range s.Sent {
				m.send(sending, due(i) > m.crashes)
			}
			m.stop()
			m.check()
			if want := min(*crashes, m.writes); m.crashes < want || len(m.acked) < 40 {
				t.Errorf("seed %d: %d crashes for %d commands in %d messages, want %d", seed, m.crashes, len(m.acked), m.writes, want)
			}
		})
	})
}

// tally sums up what the machines of a test did.
type tally struct{ machines, crashes, commands, bySessions, batches atomic.Int64 }

// newTally returns a tally that the test reports when all of its machines are done. Many machines whose people never used
// a session or a batch tested less than they say.
func newTally(t *testing.T) *tally {
	s := new(tally)
	t.Cleanup(func() {
		disktest.Count(t, "%d seeds, %d crashes: %d commands acknowledged, %d of them signed by sessions, %d batches; lost or repeated ones would have failed the test",
			s.machines.Load(), s.crashes.Load(), s.commands.Load(), s.bySessions.Load(), s.batches.Load())
		if s.machines.Load() >= 20 && (s.bySessions.Load() == 0 || s.batches.Load() == 0) {
			t.Error("nobody used a session or a batch: they were not tested")
		}
	})
	return s
}

func (s *tally) add(crashes, commands, bySessions, batches int) {
	s.machines.Add(1)
	s.crashes.Add(int64(crashes))
	s.commands.Add(int64(commands))
	s.bySessions.Add(int64(bySessions))
	s.batches.Add(int64(batches))
}

// crashPlan says how many times the machine should have crashed by the i-th of n messages: always once more, or so many
// times as were asked for. A message that writes nothing does not crash it, so the next one will.
func crashPlan(random *rand.Rand, n int) func(i int) int {
	if *crashes == everyAppend {
		return func(int) int { return everyAppend }
	}
	from := make([]int, *crashes)
	for i := range from {
		from[i] = random.IntN(n * 3 / 4)
	}
	return func(i int) (due int) {
		for _, at := range from {
			if at <= i {
				due++
			}
		}
		return due
	}
}

// machine is one imaginary computer that runs the market and crashes.
type machine struct {
	*testing.T
	sum    *tally
	seed   uint64
	disk   *journal.Memory
	blobs  *blob.Memory
	random *rand.Rand
	begun  time.Time
	// step is how far the machine's clock is from the right time.
	step vadium.Duration

	journal *journal.Embedded
	market  *sequencer.Market
	ended   chan error
	cancel  context.CancelFunc
	crashes int
	batches int // that were answered
	writes  int // messages that had something acknowledged for the first time: each took an append, a batch as well
	acked   map[vadium.CommandID]sequencer.Result
	// unknown are the commands whose outcome somebody was not told at first.
	unknown map[vadium.CommandID]bool
	// troubles counts what happened, by name.
	troubles map[string]int
}

func newMachine(t *testing.T, seed uint64, sum *tally) *machine {
	return &machine{
		T: t, sum: sum, seed: seed, disk: journal.NewMemory(), blobs: blob.NewMemory(), random: rand.New(rand.NewPCG(seed, 1)), begun: time.Now(),
		acked: map[vadium.CommandID]sequencer.Result{}, unknown: map[vadium.CommandID]bool{}, troubles: map[string]int{},
	}
}

func (m *machine) now() vadium.Time {
	return marketplacetest.Start.Add(vadium.Duration(time.Since(m.begun).Milliseconds()))
}

// clock is what the machine believes the time to be.
func (m *machine) clock() vadium.Time { return m.now().Add(m.step) }

func (m *machine) start() {
	m.Helper()
	if err := m.boot(); err != nil {
		m.Fatalf("seed %d: after %d crashes: %v", m.seed, m.crashes, err)
	}
}

// boot opens the market and lets it run.
func (m *machine) boot() (err error) {
	if m.journal, err = m.disk.Open(journal.Options{Blobs: m.blobs}); err != nil {
		return err
	}
	cfg := sequencer.Config{
		Journal: m.journal, Blobs: m.blobs, DigestEvery: 11, Clock: m.clock,
		Seed: func() (seed [32]byte) { seed[0] = byte(m.random.Uint32()); return seed },
	}
	if m.seed%2 == 0 {
		cfg.SnapshotEvery, cfg.KeepBatches, cfg.TruncateEvery = 40, 20, 1
	}
	market, err := sequencer.Open(m.Context(), sequencer.MarketCore(), cfg)
	if err != nil {
		return errors.Join(err, m.journal.Close())
	}
	m.market = market
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(context.Background())
	ended := make(chan error, 1)
	m.ended = ended
	go func() { ended <- market.Run(ctx) }()
	synctest.Wait() // it has resumed, unless the disk takes its time
	return nil
}

// restart follows a crash.
func (m *machine) restart() {
	m.Helper()
	if err := <-m.ended; !errors.Is(err, sequencer.ErrDurabilityUnknown) {
		m.Fatalf("Run = %v, want %v", err, sequencer.ErrDurabilityUnknown)
	}
	m.cancel()
	m.crashes++
	m.disk.Crash()
	m.start()
}

// arm makes the next append fail.
func (m *machine) arm() { m.disk.FailAppend(1, journal.Failure(1+m.random.IntN(2))) }

// send waits until the command was sent in the simulation, and sends it until it is answered. With crash, the next append
// fails, be it this command's or one of the market's own before.
func (m *machine) send(sending marketplacetest.Sending, crash bool) {
	m.Helper()
	if crash {
		m.arm()
	}
	if wait := sending.At.Sub(m.now()); wait > 0 {
		time.Sleep(time.Duration(wait) * time.Millisecond)
		synctest.Wait()
	}
	select {
	case err := <-m.ended: // a tick met the failure
		m.ended <- err
		m.restart()
		if crash && *crashes == everyAppend {
			m.arm()
		}
	default:
	}
	before := len(m.acked)
	for range 3 {
		if m.heard(sending, ask(m.market, sending.Commands)) {
			if len(m.acked) > before {
				m.writes++
			}
			return
		}
		m.restart()
	}
	m.Fatalf("seed %d: %T was not answered in three attempts", m.seed, sending.Commands[0].Body)
}

// ask sends a message and returns what became of each of its commands.
func ask(market *sequencer.Market, commands []marketplace.Command) []sequencer.Outcome {
	if len(commands) == 1 {
		result, err := market.Do(context.Background(), commands[0])
		return []sequencer.Outcome{{Result: result, Err: err}}
	}
	outcomes, err := market.DoAll(context.Background(), commands)
	if err != nil {
		outcomes = slices.Repeat([]sequencer.Outcome{{Err: err}}, len(commands))
	}
	return outcomes
}

// heard notes the answer to a message and reports whether it is whole. Where a command of a batch was not answered the
// client knows nothing of the others either (the server says so for the batch), but what the sequencer said of them binds.
func (m *machine) heard(sending marketplacetest.Sending, outcomes []sequencer.Outcome) (whole bool) {
	m.Helper()
	whole = true
	for i, c := range sending.Commands {
		if unanswered(outcomes[i].Err) {
			m.unknown[c.ID] = true
			whole = false
			continue
		}
		m.answered(c, outcomes[i].Result, outcomes[i].Err)
	}
	if whole && len(sending.Commands) > 1 {
		m.batches++
	}
	return whole
}

// unanswered reports whether a client has to ask again.
func unanswered(err error) bool {
	return errors.Is(err, sequencer.ErrUnknown) || errors.Is(err, sequencer.ErrStopped)
}

// answered notes what was acknowledged, and holds later answers against it.
func (m *machine) answered(c marketplace.Command, result sequencer.Result, err error) {
	m.Helper()
	var repeated *marketplace.Repeated
	var kind vadium.Kind
	before, known := m.acked[c.ID]
	switch {
	case err == nil && known:
		m.Errorf("seed %d: %T was carried out at %d and again at %d", m.seed, c.Body, before.FirstSeq, result.FirstSeq)
	case err == nil && c.ID != (vadium.CommandID{}):
		m.acked[c.ID] = result
	case errors.As(err, &repeated):
		first := sequencer.Result{FirstSeq: repeated.First, LastSeq: repeated.Last(), At: repeated.At}
		if known && first != before {
			m.Errorf("seed %d: %T was answered %+v, now %+v", m.seed, c.Body, before, first)
		}
		m.acked[c.ID] = first
	case err != nil && !errors.As(err, &kind):
		m.Errorf("seed %d: %T is answered %v", m.seed, c.Body, err)
	}
}

func (m *machine) stop() {
	m.Helper()
	m.disk.FailAppend(1<<30, journal.Lost)
	m.cancel()
	if err := <-m.ended; err != nil && !errors.Is(err, sequencer.ErrDurabilityUnknown) {
		m.Fatal(err)
	}
	m.disk.Crash()
	m.start()
}

// rests reports whether a record takes a quote as a reserve. Quotes are of the simulation's history, in which another record is at
// their position.
func rests(record marketplace.Record) bool {
	e, submits := record.Event.(*marketplace.RequestSubmitted)
	return submits && e.Request.Quote != nil
}

// check replays the journal in every way and looks for what was acknowledged.
func (m *machine) check() {
	m.Helper()
	var live vadium.Digest
	m.market.View(func(s *marketplace.State) { live = s.Digest() })
	accepted := map[vadium.CommandID][]uint64{}
	bySessions := 0
	watcher := marketplace.NewWatcher()
	state, rechecker := marketplace.NewState(), new(marketplace.Rechecker)
	full, err := sequencer.Replay(m.Context(), sequencer.MarketCore(), m.journal, func(_ journal.Batch, records []marketplace.Record, _ *marketplace.State) error {
		for _, record := range records {
			switch e := record.Event.(type) {
			case *marketplace.CommandAccepted:
				accepted[e.ID] = append(accepted[e.ID], record.Seq)
			case *marketplace.SessionCommandAccepted:
				accepted[e.ID] = append(accepted[e.ID], record.Seq)
				bySessions++
			}
			if err := rechecker.Check(state, record); err != nil && !rests(record) {
				return err
			}
			watcher.Before(state)
			state.Apply(record)
			if err := errors.Join(watcher.After(state, record), state.CheckInvariants()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || full.Digest() != live || state.Digest() != live {
		m.Errorf("seed %d: replayed from genesis the state is %v, %v; want %v", m.seed, full.Digest(), err, live)
	}
	for id, result := range m.acked {
		if !slices.Equal(accepted[id], []uint64{result.FirstSeq}) {
			m.Errorf("seed %d: a command was acknowledged at record %d, the journal carries it out at %v", m.seed, result.FirstSeq, accepted[id])
		}
	}
	for id, at := range accepted {
		if _, acked := m.acked[id]; len(at) != 1 || !acked && !m.unknown[id] {
			m.Errorf("seed %d: the journal carries a command out at %v (acknowledged: %t)", m.seed, at, acked)
		}
	}
	m.Logf("%d crashes, %d commands acknowledged, %d of them signed by sessions, %d batches, %d records, %v", m.crashes, len(m.acked),
		bySessions, m.batches, full.NextSeq()-1, m.troubles)
	m.sum.add(m.crashes, len(m.acked), bySessions, m.batches)
	m.cancel()
	if err := <-m.ended; err != nil {
		m.Error(err)
	}
	if err := m.journal.Close(); err != nil {
		m.Error(err)
	}
}
