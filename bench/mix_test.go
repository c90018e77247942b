package bench

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
)

// The commands of a request's life, and how often each comes. A request that takes a prover three minutes sends nine
// heartbeats (a third of the default window of 60 s apart): of thirteen commands nine are heartbeats.
const heartbeatsPerRequest = 9

// busyMarket is a market at work: so many provers with an ask each, so many requests accepted and being proven, and as
// many more as come and go while it is measured. Its clock moves a millisecond with every command.
type busyMarket struct {
	state    *marketplace.State
	now      vadium.Time
	commands uint64
	asked    uint64 // requests submitted so far
	spent    map[string]*spent
	largest  time.Duration
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
	m := &busyMarket{state: marketplace.NewState(), now: start, spent: map[string]*spent{}}
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
		m.do(b, "serve", p, marketplace.ServeProgram{Program: program.ID(), Benchmark: provingTime})
		m.do(b, "ask", p, marketplace.PlaceAsk{
			Product: product, Price: askPrice(i, busyProvers), Slots: busySlots, Capacity: busySlots, ETA: 15 * vadium.Second,
			StandUntil: start.Add(30 * vadium.Day),
		})
	}
	for range open {
		id := m.submit(b)
		m.do(b, "accept", m.winner(id), marketplace.AcceptRequest{Request: id})
	}
	m.spent, m.largest = map[string]*spent{}, 0
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

// do decides and applies a command and books the time to its kind. Half a minute passes as it does in life: what is due
// in between happens first, and is booked as ticks.
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
	begun := time.Now()
	events, err := m.state.Decide(m.now, c)
	if err != nil {
		b.Fatalf("%s: %v", kind, err)
	}
	for _, e := range events {
		m.state.Apply(marketplace.Record{Seq: m.state.NextSeq(), At: m.now, Event: e})
	}
	took := time.Since(begun)
	s := m.spent[kind]
	if s == nil {
		s = &spent{}
		m.spent[kind] = s
	}
	s.commands, s.events, s.time = s.commands+1, s.events+len(events), s.time+took
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

// What one command costs, decided and applied on one core, while so many requests are open: each kind by itself, and
// together as they come in a request's life.
func BenchmarkMix(b *testing.B) {
	for _, open := range openCounts() {
		b.Run(fmt.Sprintf("open=%d/by=vadium", open), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			m := openBusyMarket(b, open)
			runtime.GC()
			runtime.ReadMemStats(&after)
			used := cpuTime(b)
			for b.Loop() {
				m.live(b, 1_000)
			}
			b.StopTimer()
			used = cpuTime(b) - used
			var all spent
			for kind, s := range m.spent {
				b.ReportMetric(float64(s.time.Nanoseconds())/float64(s.commands), kind+"-ns")
				if kind != "tick" {
					all.commands += s.commands
				}
				all.time += s.time
			}
			b.ReportMetric(float64(all.commands)/all.time.Seconds(), "commands/s")
			b.ReportMetric(float64(all.time.Nanoseconds())/float64(all.commands), "mix-ns")
			b.ReportMetric(float64(used.Nanoseconds())/float64(all.commands), "mix-cpu-ns") // the garbage collector's included
			b.ReportMetric(float64(m.largest.Microseconds()), "largest-µs")
			b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/float64(open), "B/open-request")
			if err := m.state.CheckInvariants(); err != nil {
				b.Fatal(err)
			}
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
