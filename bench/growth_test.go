package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"vadium"
	"vadium/marketplace"
)

// openCounts are how many requests are open while a command is timed. VADIUM_BENCH_QUICK leaves the largest out, which
// takes a minute and some gigabytes to set up.
func openCounts() []int {
	if os.Getenv("VADIUM_BENCH_QUICK") != "" {
		return []int{1_000, 10_000}
	}
	return []int{1_000, 10_000, 100_000, 1_000_000}
}

// What a command costs when so many requests are open already, and what they occupy. Random requests are meant, so that
// the processor's caches hold none of them at the larger sizes.
//
//	heartbeat  of one of the open requests, all of them accepted
//	life       one more request, from submission to settlement, over a book of ten asks, among accepted ones
//	waiting    one more request that nobody takes, and its cancellation, among others that wait
//
// Beside it a Go map with as many rows of about the size of a request, one of them found and changed at random: what
// memory alone makes of the growth.
func BenchmarkGrowth(b *testing.B) {
	for _, open := range openCounts() {
		name := func(command, by string) string { return fmt.Sprintf("command=%s/open=%d/by=%s", command, open, by) }
		measureAccepted(b, open, name)
		measureWaiting(b, open, name)
		growingMap(b, open, name)
	}
}

func measureAccepted(b *testing.B, open int, name func(command, by string) string) {
	b.Helper()
	before := heap()
	m := &market{state: marketplace.NewState()}
	openWide(b, m)
	requests := m.accepted(b, open)
	each := perOpen(m.state, before, open)
	random := rand.New(rand.NewPCG(1, uint64(open)))
	b.Run(name("heartbeat", "vadium"), func(b *testing.B) {
		for b.Loop() {
			r := requests[random.IntN(open)]
			m.do(b, r.prover, marketplace.SendHeartbeat{Request: r.id, Progress: vadium.Bps(random.IntN(10_000))})
		}
		perSecond(b, 1, "commands")
		each.report(b)
	})
	n := uint64(1) << 40
	b.Run(name("life", "vadium"), func(b *testing.B) {
		for b.Loop() {
			n++
			m.finish(b, m.submit(b, n))
		}
		perSecond(b, 4, "commands")
		each.report(b)
	})
	m.check(b)
}

func measureWaiting(b *testing.B, open int, name func(command, by string) string) {
	b.Helper()
	before := heap()
	m := &market{state: marketplace.NewState()}
	openWide(b, m)
	for i := range 10 { // so that nobody takes anything
		m.do(b, proverAt(i), marketplace.WithdrawAsk{Product: product})
	}
	m.wait(b, open)
	each := perOpen(m.state, before, open)
	n := uint64(1) << 40
	b.Run(name("waiting", "vadium"), func(b *testing.B) {
		for b.Loop() {
			n++
			m.do(b, alice, marketplace.CancelRequest{Request: m.submit(b, n)})
		}
		perSecond(b, 2, "commands")
		each.report(b)
	})
	m.check(b)
}

func growingMap(b *testing.B, open int, name func(command, by string) string) {
	b.Helper()
	type row [512]byte
	rows := make(map[vadium.RequestID]*row, open)
	ids := make([]vadium.RequestID, open)
	for i := range ids {
		ids[i] = vadium.NewRequestID(alice, salt(uint64(i)))
		rows[ids[i]] = new(row)
	}
	random := rand.New(rand.NewPCG(1, uint64(open)))
	for _, command := range []string{"heartbeat", "life", "waiting"} {
		b.Run(name(command, "map"), func(b *testing.B) {
			for b.Loop() {
				rows[ids[random.IntN(open)]][7]++
			}
			perSecond(b, 1, "commands")
		})
	}
}

// openWide opens a market of ten provers with room for one request each, in which a requester may have many open.
func openWide(b *testing.B, m *market) {
	b.Helper()
	terms := opening()
	terms.Params.MaxOpenRequests = 100_000
	m.do(b, vadium.Account{}, terms)
	m.do(b, operator, deposit(alice, 1_000_000_000, 0))
	m.do(b, operator, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysUniversal})
	for i := range 10 {
		m.stake(b, proverAt(i), 1_000)
		m.do(b, proverAt(i), standing(askPrice(i, 10), 1))
	}
}

// stake makes somebody a prover of the program.
func (m *market) stake(b *testing.B, prover vadium.Account, tokens uint64) {
	b.Helper()
	m.do(b, operator, deposit(prover, tokens, m.commands<<32))
	m.do(b, prover, marketplace.OpenVault{Junior: vadium.Tokens(tokens), Commission: 8_000})
	m.do(b, prover, marketplace.ServeProgram{Program: programID, Benchmark: provingTime})
}

func standing(price vadium.Amount, slots uint32) marketplace.PlaceAsk {
	return marketplace.PlaceAsk{
		Product: product, Price: price, Slots: slots, Capacity: slots, ETA: 15 * vadium.Second, StandUntil: start.Add(vadium.Day),
	}
}

// slotsOfOne is as many requests as one ask may take.
const slotsOfOne = 4_096

// perRequester is how many of the open requests one account has.
const perRequester = 50_000

// accepted is a request in work.
type accepted struct {
	id     vadium.RequestID
	prover vadium.Account
}

// accepted makes so many requests that provers have accepted. One prover after the other takes all it can, cheaper than
// the ten that stand, and withdraws, so that a clearing has never more than eleven asks to look at.
func (m *market) accepted(b *testing.B, open int) []accepted {
	b.Helper()
	requests := make([]accepted, 0, open)
	var requester, prover vadium.Account
	for n := range open {
		if n%perRequester == 0 {
			requester = vadium.Account{0: 0xa2, 19: byte(n / perRequester)}
			m.do(b, operator, deposit(requester, perRequester*20, 1<<50+uint64(n)))
		}
		if n%slotsOfOne == 0 {
			if n > 0 {
				m.do(b, prover, marketplace.WithdrawAsk{Product: product})
			}
			prover = proverAt(1_000 + n/slotsOfOne)
			m.stake(b, prover, 1_000_000)
			m.do(b, prover, standing(vadium.Tokens(1), slotsOfOne))
		}
		m.do(b, requester, submission(uint64(n)))
		r := accepted{vadium.NewRequestID(requester, salt(uint64(n))), prover}
		m.do(b, prover, marketplace.AcceptRequest{Request: r.id})
		requests = append(requests, r)
	}
	m.do(b, prover, marketplace.WithdrawAsk{Product: product})
	return requests
}

// wait makes so many requests that wait for a prover. Only the first is decided; the others repeat its events under other
// names, because what is measured is one command among many, not how the many came about.
func (m *market) wait(b *testing.B, open int) {
	b.Helper()
	var requester vadium.Account
	var template []marketplace.Record
	for n := range open {
		if n%perRequester == 0 {
			requester = vadium.Account{0: 0xa3, 19: byte(n / perRequester)}
			m.do(b, operator, deposit(requester, perRequester*20, 1<<51+uint64(n)))
		}
		if n == 0 {
			template = m.do(b, requester, submission(0))
			continue
		}
		m.commands++
		id := vadium.NewRequestID(requester, salt(uint64(n)))
		for _, r := range template {
			m.state.Apply(marketplace.Record{Seq: m.state.NextSeq(), At: start, Event: renamed(b, r.Event, requester, id, m.commands)})
		}
	}
}

// renamed returns an event of a submission that waits, as it would be for another request.
func renamed(b *testing.B, event marketplace.Event, requester vadium.Account, id vadium.RequestID, command uint64) marketplace.Event {
	b.Helper()
	switch e := event.(type) {
	case *marketplace.CommandAccepted:
		other := *e
		other.ID, other.Author = commandID(command), requester
		return &other
	case *marketplace.RequestSubmitted:
		other := *e
		other.Request.ID, other.Request.Requester = id, requester
		return &other
	case *marketplace.EscrowLocked:
		other := *e
		other.Request = id
		return &other
	}
	b.Fatalf("a submission that waits has made a %T", event)
	return nil
}

// occupied is what one open request takes, beside nothing.
type occupied struct{ heap, snapshot float64 }

func (o occupied) report(b *testing.B) {
	b.ReportMetric(o.heap, "heap-bytes/open")
	b.ReportMetric(o.snapshot, "snapshot-bytes/open")
}

func perOpen(s *marketplace.State, before uint64, open int) occupied {
	held := float64(heap()-before) / float64(open)
	return occupied{held, float64(len(s.Snapshot())) / float64(open)}
}

// heap returns the bytes that are in use.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
