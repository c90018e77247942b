package main

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
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
		began := v.CutPower()
		k.killDead("market")
		l.disregard(began)
		v.Restore()
		l.checkFolder(s.market())
		k.restartMarket()
	}
	l.progress(1)
	l.finish()
	s.stop()
	a := l.fscked(s.market(), l.checkFolder(s.market()))
	disktest.Count(t, "%d power cuts under load: %s; %d batches, %d records, digests equal", rounds, l.summary(), a.Batches, a.Records)
}

// TestPowerCutRightAfterAMarketWasMade: whoever is told that there is a market has one. Its receipt key was once written
// and not synced, so that after a power cut the market had an empty one and could not start.
func TestPowerCutRightAfterAMarketWasMade(t *testing.T) {
	if disktest.Rounds(t, "VADIUM_POWERCUT_ROUNDS", 0) == 0 {
		return
	}
	v := disktest.NewVolume(t, disktest.Ext4, filepath.Join(t.TempDir(), "disk"), 512<<20)
	dir := marketDir(filepath.Join(v.Dir, "markets", "first"))
	if err := dir.create(t.Context(), marketTerms{operator: vadium.Account{1}, chainID: 1, params: marketplace.DefaultParams()}); err != nil {
		t.Fatal(err)
	}
	v.CutPower()
	v.Restore()
	if _, err := crypto.LoadECDSA(dir.receiptKey()); err != nil {
		t.Errorf("the receipt key: %v", err)
	}
	if a, err := fsck(t.Context(), silent(), dir); err != nil || a.Records == 0 {
		t.Errorf("fsck: %d records, %v", a.Records, err)
	}
}
