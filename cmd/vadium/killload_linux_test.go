package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"vadium/marketplace"
	"vadium/marketplace/journal/disktest"
)

// TestMarketKilledUnderLoad kills the market's process at random moments while clients load it, and starts it again; the
// clients go on, repeating what was not answered. After every kill everything acknowledged until then is in the journal
// exactly once, and in the end `journal fsck` agrees with a replay. VADIUM_KILL_ROUNDS asks for more rounds.
func TestMarketKilledUnderLoad(t *testing.T) {
	k := &killing{T: t, s: openStage(t, marketplace.DefaultParams())}
	l := furnish(t, k.s)
	rounds := disktest.Rounds(t, "VADIUM_KILL_ROUNDS", 2)
	l.start(6)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)) // when a signal arrives cannot be repeated anyway
	for range rounds {
		l.progress(1) // the market answers
		time.Sleep(time.Duration(random.Int64N(int64(400 * time.Millisecond))))
		k.kill("market")
		l.checkFolder(k.s.market())
		k.restartMarket()
	}
	l.progress(1)
	l.finish()
	k.s.stop()
	a := l.fscked(k.s.market(), l.checkFolder(k.s.market()))
	disktest.Count(t, "%d kills: %s; %d batches, %d records, digests equal", rounds, l.summary(), a.Batches, a.Records)
}
