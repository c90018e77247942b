package bench

import (
	"runtime"
	"testing"

	"vadium"
	"vadium/marketplace"
)

// Commands decided and applied on one core, garbage collection included: what the market's one writer can do before
// signatures, disk and wire. Beside it the same events applied without deciding, as a replay does.
//
//	heartbeat  an accepted request's prover says that it works, a thousand requests in turn
//	deposit    the operator credits a deposit
//	life       a whole request over a book of ten asks: submit, accept, deliver, conclude
func BenchmarkDecide(b *testing.B) {
	for _, kind := range []struct {
		name     string
		commands int // in each round
		open     func(b *testing.B, keep func([]marketplace.Record)) (m *market, round func(n uint64))
	}{
		{"heartbeat", 1, heartbeats},
		{"deposit", 1, deposits},
		{"life", 4, lives},
	} {
		b.Run("command="+kind.name+"/by=vadium", func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			m, round := kind.open(b, nil)
			for n := uint64(1); b.Loop(); n++ {
				round(n)
			}
			perSecond(b, kind.commands, "commands")
			b.StopTimer()
			m.check(b)
		})
		b.Run("command="+kind.name+"/by=apply", func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			// Facts can be folded in only once, so every so many rounds the market starts afresh, outside the timer.
			const rounds = 2_000
			var records []marketplace.Record
			m, round := kind.open(b, func(made []marketplace.Record) { records = append(records, made...) })
			opened := len(records)
			ends := make([]int, rounds)
			for n := range rounds {
				round(uint64(n) + 1)
				ends[n] = len(records)
			}
			want := m.state.Digest()
			state, at, n := fresh(b, records[:opened]), opened, 0
			for b.Loop() {
				if n == rounds {
					b.StopTimer()
					if got := state.Digest(); got != want {
						b.Fatalf("applied again, the state is %s, want %s", got, want)
					}
					state, at, n = fresh(b, records[:opened]), opened, 0
					b.StartTimer()
				}
				for _, r := range records[at:ends[n]] {
					state.Apply(r)
				}
				at, n = ends[n], n+1
			}
			perSecond(b, kind.commands, "commands")
		})
	}
}

func heartbeats(b *testing.B, keep func([]marketplace.Record)) (*market, func(n uint64)) {
	b.Helper()
	m := &market{state: marketplace.NewState(), keep: keep}
	openWide(b, m)
	open := m.accepted(b, 1_000)
	return m, func(n uint64) {
		r := open[n%uint64(len(open))]
		m.do(b, r.prover, marketplace.SendHeartbeat{Request: r.id, Progress: vadium.Bps(n % 10_000)})
	}
}

func deposits(b *testing.B, keep func([]marketplace.Record)) (*market, func(n uint64)) {
	b.Helper()
	m := openMarket(b, 1, keep)
	return m, func(n uint64) { m.do(b, operator, deposit(alice, 1, 1_000_000+n)) }
}

func lives(b *testing.B, keep func([]marketplace.Record)) (*market, func(n uint64)) {
	b.Helper()
	m := openMarket(b, 10, keep)
	return m, func(n uint64) { m.finish(b, m.submit(b, n)) }
}
