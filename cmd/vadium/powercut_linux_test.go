package main

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"vadium/marketplace"
	"vadium/marketplace/journal/disktest"
)

// TestPowerCutUnderLoad cuts the power of the disk that the market's folder is on, while clients load it: what was not
// synced is gone. Every start succeeds, and everything acknowledged until then is in the journal exactly once.
// VADIUM_POWERCUT_ROUNDS says how often; `make powercut` asks for ten, after having found out whether this machine lends
// disks. That a missing sync would be found is shown by a test in marketplace/journal.
func TestPowerCutUnderLoad(t *testing.T) {
	rounds := disktest.Rounds(t, "VADIUM_POWERCUT_ROUNDS", 0)
	if rounds == 0 {
		return
	}
	if err := disktest.Unavailable(); err != nil {
		t.Fatalf("CANNOT RUN on this machine: %v", err)
	}
	s, err := newStage(t.Context(), silent(), t.TempDir(), sharedKeys)
	if err != nil {
		t.Fatal(err)
	}
	v := disktest.NewVolume(t, disktest.Ext4, string(s.market()), 1<<30)
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Log(s.logs())
		}
	})
	if err := s.startMarket(t.Context(), "127.0.0.1:0", marketplace.DefaultParams()); err != nil {
		t.Fatal(err)
	}
	k := &killing{T: t, s: s}
	l := furnish(t, s)
	l.start(6)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for range rounds {
		l.progress(1)
		time.Sleep(time.Duration(random.Int64N(int64(400 * time.Millisecond))))
		v.CutPower()
		k.killDead("market")
		v.Restore()
		l.checkFolder(s.market())
		k.restartMarket()
	}
	l.progress(1)
	l.finish()
	s.stop()
	a := l.fscked(s.market(), l.checkFolder(s.market()))
	t.Logf("%d power cuts, %d commands acknowledged, none lost, none carried out twice; %d batches, %d records", rounds, l.known(), a.Batches, a.Records)
	if _, err := os.Stat(s.market().receiptKey()); err != nil {
		t.Error(err)
	}
}
