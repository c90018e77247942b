package bench

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
)

// The commands of a request's life, and how often each comes. A request that takes a prover three minutes sends nine
// heartbeats (a third of the default window of 60 s apart): of thirteen commands nine are heartbeats.
const (
	heartbeatsPerRequest = 9
	commandsPerRequest   = heartbeatsPerRequest + 4
)

// busyMarket is a market at work: so many provers with an ask each, so many requests accepted and being proven, and as
// many more as come and go while it is measured. Its clock moves a millisecond with every command.
type busyMarket struct {
	state    *marketplace.State
	now      vadium.Time
	commands uint64
	asked    uint64                     // requests submitted so far
	keep     func([]marketplace.Record) // sees the records of every command; may be nil

	spent   map[string]*spent // by kind of command; nil: nobody books
	largest time.Duration
}

type spent struct {
	commands int
	events   int
	time     time.Duration
}

const (
	busyProvers = 400
	busySlots   = 4_000 // with 400 provers more than the largest book needs
)

func requesterOf(n uint64) (a vadium.Account) {
	a[0] = 0xa2
	binary.BigEndian.PutUint64(a[12:], n%1_000)
	return a
}

// openBusyMarket returns a market in which so many requests are accepted and not delivered.
func openBusyMarket(b *testing.B, open int) *busyMarket {
	b.Helper()
	m := &busyMarket{state: marketplace.NewState(), now: start}
	opened := opening()
	opened.Params.MaxOpenRequests = 100_000
	opened.Params.HeartbeatWithin = vadium.Hour
	m.do(b, "open", vadium.Account{}, opened)
	m.do(b, "list", operator, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysUniversal})
	for i := range uint64(1_000) {
		m.do(b, "deposit", operator, deposit(requesterOf(i), 1_000_000_000, i+1_000_000))
	}
	for i := range busyProvers {
		p := proverAt(i)
		m.do(b, "deposit", operator, deposit(p, 1_000_000, uint64(i)+1))
		m.do(b, "vault", p, marketplace.OpenVault{Junior: vadium.Tokens(1_000_000), Commission: 8_000})
		m.do(b, "serve", p, marketplace.ServeProgram{Program: programID, Benchmark: provingTime})
		m.do(b, "ask", p, marketplace.PlaceAsk{
			Product: product, Price: askPrice(i, busyProvers), Slots: busySlots, Capacity: busySlots, ETA: 15 * vadium.Second,
			StandUntil: start.Add(30 * vadium.Day),
		})
	}
	for range open {
		id := m.submit(b)
		m.do(b, "accept", m.winner(id), marketplace.AcceptRequest{Request: id})
	}
	return m
}

func (m *busyMarket) winner(id vadium.RequestID) vadium.Account {
	return m.state.Request(id).Attempts[0].Prover
}

func (m *busyMarket) submit(b *testing.B) vadium.RequestID {
	m.asked++
	s := submission(m.asked)
	s.Deadline = m.now.Add(6 * vadium.Day)
	by := requesterOf(m.asked)
	m.do(b, "submit", by, s)
	return vadium.NewRequestID(by, s.ClientID)
}

// do decides and applies a command. Time passes as it does in life: what is due in between happens first, as ticks.
func (m *busyMarket) do(b *testing.B, kind string, by vadium.Account, body marketplace.Body) {
	m.commands++
	if m.commands%100 == 0 {
		m.now = m.now.Add(vadium.Millisecond)
		for !m.state.NextDeadline().After(m.now) {
			m.carryOut(b, "tick", marketplace.Tick([32]byte{1}))
		}
	}
	c := marketplace.Command{Author: by, Body: body}
	if by != (vadium.Account{}) {
		c.ID, c.ValidUntil = commandID(m.commands), m.now.Add(vadium.Minute)
	}
	m.carryOut(b, kind, c)
}

func (m *busyMarket) carryOut(b *testing.B, kind string, c marketplace.Command) {
	var begun time.Time
	if m.spent != nil {
		begun = time.Now()
	}
	events, err := m.state.Decide(m.now, c)
	if err != nil {
		b.Fatalf("%s: %v", kind, err)
	}
	for _, e := range events {
		m.state.Apply(marketplace.Record{Seq: m.state.NextSeq(), At: m.now, Event: e})
	}
	if m.spent != nil {
		m.book(kind, len(events), time.Since(begun))
	}
	if m.keep != nil {
		records := make([]marketplace.Record, len(events))
		for i, e := range events {
			records[i] = marketplace.Record{Seq: m.state.NextSeq() - uint64(len(events)-i), At: m.now, Event: e}
		}
		m.keep(records)
	}
}

func (m *busyMarket) book(kind string, events int, took time.Duration) {
	s := m.spent[kind]
	if s == nil {
		s = &spent{}
		m.spent[kind] = s
	}
	s.commands, s.events, s.time = s.commands+1, s.events+events, s.time+took
	m.largest = max(m.largest, took)
}

// live lets so many more requests live, all of them at once: each phase for all before the next, so that the commands of
// one request are far apart in memory and in time, as they are in a market.
func (m *busyMarket) live(b *testing.B, requests int) {
	b.Helper()
	ids, winners := make([]vadium.RequestID, requests), make([]vadium.Account, requests)
	for i := range ids {
		ids[i] = m.submit(b)
		winners[i] = m.winner(ids[i])
	}
	for i, id := range ids {
		m.do(b, "accept", winners[i], marketplace.AcceptRequest{Request: id})
	}
	for beat := range heartbeatsPerRequest {
		for i, id := range ids {
			m.do(b, "heartbeat", winners[i], marketplace.SendHeartbeat{Request: id, Progress: vadium.Bps(beat * 1_000)})
		}
	}
	proof := vadium.Digest{1}
	for i, id := range ids {
		m.do(b, "deliver", winners[i], marketplace.Deliver{Request: id, Proof: proof})
	}
	for _, id := range ids {
		m.do(b, "conclude", vadium.Account{}, marketplace.Conclude{Request: id, Proof: proof, Verdict: marketplace.VerdictValid})
		if phase := m.state.Request(id).Phase; phase != marketplace.PhaseSettled {
			b.Fatalf("request %v is %v, want it settled", id, phase)
		}
	}
}

// mixedCounts are how many requests are open beside those that are measured.
func mixedCounts() []int {
	if os.Getenv("VADIUM_BENCH_QUICK") != "" {
		return []int{1_000}
	}
	return []int{1_000, 100_000}
}

// livesAtOnce is how many requests live side by side.
const livesAtOnce = 1_000

// What the market's one writer can do of the commands that requests consist of, as they come: a thousand requests live at
// once, beside so many that are being proven. One core, garbage collection included. Beside it the same events applied.
func BenchmarkMix(b *testing.B) {
	for _, open := range mixedCounts() {
		b.Run(fmt.Sprintf("open=%d/by=vadium", open), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			m := openBusyMarket(b, open)
			runtime.GC() // what opening it has left
			used := cpuTime(b)
			for b.Loop() {
				m.live(b, livesAtOnce)
			}
			used = cpuTime(b) - used
			perSecond(b, livesAtOnce*commandsPerRequest, "commands")
			b.ReportMetric(float64(used.Nanoseconds())/float64(b.N*livesAtOnce*commandsPerRequest), "cpu-ns/command")
			b.StopTimer()
			if err := m.state.CheckInvariants(); err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("open=%d/by=apply", open), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			// Facts can be folded in only once, so every so many rounds the market goes back to where it was, outside the timer.
			const rounds = 8
			m := openBusyMarket(b, open)
			opened := m.state.Snapshot()
			var records [rounds][]marketplace.Record
			for round := range records {
				m.keep = func(made []marketplace.Record) { records[round] = append(records[round], made...) }
				m.live(b, livesAtOnce)
			}
			want, state, round := m.state.Digest(), restored(b, opened), 0
			runtime.GC()
			for b.Loop() {
				if round == rounds {
					b.StopTimer()
					if got := state.Digest(); got != want {
						b.Fatalf("applied again, the state is %s, want %s", got, want)
					}
					state, round = restored(b, opened), 0
					b.StartTimer()
				}
				for _, r := range records[round] {
					state.Apply(r)
				}
				round++
			}
			perSecond(b, livesAtOnce*commandsPerRequest, "commands")
		})
	}
}

func restored(b *testing.B, snapshot []byte) *marketplace.State {
	b.Helper()
	state, err := marketplace.Restore(snapshot)
	if err != nil {
		b.Fatal(err)
	}
	return state
}

// The same by hand: what each kind of command takes, the longest of all, and what an open request occupies.
func BenchmarkMixByKind(b *testing.B) {
	for _, open := range openCounts() {
		b.Run(fmt.Sprintf("open=%d/by=vadium", open), func(b *testing.B) {
			before := heap()
			m := openBusyMarket(b, open)
			b.ReportMetric(float64(heap()-before)/float64(open), "B/open-request")
			m.spent = map[string]*spent{}
			for b.Loop() {
				m.live(b, livesAtOnce)
			}
			for kind, s := range m.spent {
				b.ReportMetric(float64(s.time.Nanoseconds())/float64(s.commands), kind+"-ns")
			}
			b.ReportMetric(float64(m.largest.Microseconds()), "largest-µs")
		})
	}
}

// cpuTime returns what the process has used of all cores: on a machine shared with others, clocks also count their turns.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
