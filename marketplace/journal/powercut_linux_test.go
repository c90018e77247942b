package journal_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"vadium/marketplace/journal"
	"vadium/marketplace/journal/disktest"
)

// TestPowerCutLosesNothingThatWasSynced cuts the power of a disk while a child appends. And it cuts it under a child that
// does not sync, which has to lose batches that it acknowledged: else the first part would prove nothing.
func TestPowerCutLosesNothingThatWasSynced(t *testing.T) {
	rounds := disktest.Rounds(t, "VADIUM_POWERCUT_ROUNDS", 0)
	if rounds == 0 {
		return
	}
	if err := disktest.Unavailable(); err != nil {
		t.Fatalf("CANNOT RUN on this machine: %v", err)
	}
	v := disktest.NewVolume(t, disktest.Ext4, filepath.Join(t.TempDir(), "disk"), 512<<20)
	var acked uint64
	for round := range rounds {
		dir := filepath.Join(v.Dir, "journal")
		last := endVictim(t, []string{victimDir + "=" + dir}, time.Duration(20+53*round%200)*time.Millisecond, v.CutPower)
		acked = max(acked, last)
		v.Restore()
		if head := readBack(t, dir); head < acked {
			t.Fatalf("round %d: slot %d was acknowledged, after the power cut the journal ends with %d", round, acked, head)
		}
	}
	disktest.Count(t, "%d power cuts of a journal: %d batches acknowledged, none lost", rounds, acked)

	for round := range 5 {
		dir := filepath.Join(v.Dir, "unsynced", time.Now().Format("150405.000000"))
		last := endVictim(t, []string{victimDir + "=" + dir, victimUnsynced + "=1"}, 100*time.Millisecond, v.CutPower)
		v.Restore()
		head, err := tryReadBack(t, dir)
		if err != nil || head < last {
			t.Logf("without syncing, slot %d was acknowledged, after the power cut the journal ends with %d, %v (round %d)", last, head, err, round)
			return
		}
	}
	t.Error("five power cuts lost nothing of a journal that was never synced: these cuts find nothing")
}

func readBack(t *testing.T, dir string) uint64 {
	t.Helper()
	head, err := tryReadBack(t, dir)
	if err != nil {
		t.Fatalf("after a power cut: %v", err)
	}
	return head
}

// tryReadBack opens a journal, reads all of it and returns its last slot.
func tryReadBack(t *testing.T, dir string) (head uint64, err error) {
	t.Helper()
	j, err := journal.OpenBadger(dir, journal.Options{})
	if err != nil {
		return 0, err
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	for b, err := range j.Read(t.Context(), 1) {
		if err != nil {
			return head, err
		}
		if head = b.Slot; !bytes.Equal(b.Payload, victimPayload(head)) {
			t.Fatalf("slot %d has other content than was appended", head)
		}
	}
	return head, nil
}
