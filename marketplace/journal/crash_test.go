package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vadium/marketplace/journal"
)

func TestCrashDropsWhatWasNotYetDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		machine := journal.NewMemory()
		machine.SyncTime = 10 * time.Millisecond
		j, epoch := openMemory(t, machine)
		first := append1(t, j, epoch, "durable")
		head, err := j.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error)
		go func() {
			failed <- j.Append(t.Context(), head.Next(epoch, journal.Records{Count: 1, Payload: []byte("in flight")}))
		}()
		time.Sleep(9 * time.Millisecond)
		machine.Crash()
		if err := <-failed; !errors.Is(err, journal.ErrUnknown) || !errors.Is(err, journal.ErrCrashed) {
			t.Errorf("an append in flight during a crash = %v, want ErrUnknown", err)
		}
		if err := j.Append(t.Context(), head.Next(epoch, journal.Records{Count: 1})); !errors.Is(err, journal.ErrUnknown) {
			t.Errorf("an append after an unknown one = %v, want ErrUnknown", err)
		}
		again, _ := openMemory(t, machine)
		if got, err := again.Head(t.Context()); err != nil || got != journal.After(first) {
			t.Errorf("after the crash Head = %+v, %v; want the durable batch", got, err)
		}
	})
}

func TestFailedAppendMayOrMayNotBeOnTheDisk(t *testing.T) {
	for failure, wantSlot := range map[journal.Failure]uint64{journal.Lost: 2, journal.Kept: 3} {
		machine := journal.NewMemory()
		j, epoch := openMemory(t, machine)
		machine.FailAppend(3, failure)
		append1(t, j, epoch, "1")
		append1(t, j, epoch, "2")
		head, _ := j.Head(t.Context())
		third := head.Next(epoch, journal.Records{Count: 1, Payload: []byte("3")})
		if err := j.Append(t.Context(), third); !errors.Is(err, journal.ErrUnknown) {
			t.Fatalf("the failing append = %v, want ErrUnknown", err)
		}
		for b, err := range j.Read(t.Context(), 3) {
			t.Errorf("a batch of unknown durability is visible: slot %d, %v", b.Slot, err)
		}
		if _, err := j.TakeOver(t.Context()); !errors.Is(err, journal.ErrUnknown) {
			t.Errorf("TakeOver on a handle that no longer knows the disk = %v, want ErrUnknown", err)
		}
		machine.Crash()
		again, _ := openMemory(t, machine)
		if head, err := again.Head(t.Context()); err != nil || head.Slot != wantSlot {
			t.Errorf("failure %d: after reopening the head is slot %d, %v; want %d", failure, head.Slot, err, wantSlot)
		}
	}
}

func TestJournalServesOneProcessAtATime(t *testing.T) {
	machine := journal.NewMemory()
	openMemory(t, machine)
	if _, err := machine.Open(journal.Options{}); err == nil {
		t.Error("a journal in memory was opened twice")
	}
	dir := t.TempDir()
	j, err := journal.OpenBadger(dir, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.OpenBadger(dir, journal.Options{}); err == nil || !strings.Contains(err.Error(), "another one running") {
		t.Errorf("opening a journal twice = %v, want an error that says what to look for", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err = journal.OpenBadger(dir, journal.Options{}); err != nil {
		t.Errorf("opening after Close: %v", err)
	} else if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func openMemory(t *testing.T, machine *journal.Memory) (journal.Journal, uint64) {
	t.Helper()
	j, err := machine.Open(journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	epoch, err := j.TakeOver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return j, epoch
}

func append1(t *testing.T, j journal.Journal, epoch uint64, payload string) journal.Batch {
	t.Helper()
	head, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := head.Next(epoch, journal.Records{Count: 1, Payload: []byte(payload)})
	if err := j.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

// victimDir says where a victim appends; victimUnsynced, if it is set, that it does not sync.
const (
	victimDir      = "VADIUM_TEST_JOURNAL_DIR"
	victimUnsynced = "VADIUM_TEST_JOURNAL_UNSYNCED"
)

// TestMain turns the test binary into a victim when the environment says so.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, appendForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// appendForever prints every slot once it is durable, and when that was, until it is killed.
func appendForever(dir string) error {
	open := func() (*journal.Embedded, error) { return journal.OpenBadger(dir, journal.Options{}) }
	if os.Getenv(victimUnsynced) != "" {
		open = func() (*journal.Embedded, error) { return journal.OpenUnsynced(dir) }
	}
	j, err := open()
	if err != nil {
		return err
	}
	ctx := context.Background()
	epoch, err := j.TakeOver(ctx)
	if err != nil {
		return err
	}
	for {
		head, err := j.Head(ctx)
		if err != nil {
			return err
		}
		slot := head.Slot + 1
		if err := j.Append(ctx, head.Next(epoch, journal.Records{Count: 1, Payload: victimPayload(slot)})); err != nil {
			return err
		}
		if _, err := fmt.Println(slot, time.Now().UnixNano()); err != nil {
			return err
		}
	}
}

// victimPayload is up to 128 KiB, so that a few rounds write more than Badger keeps in memory.
func victimPayload(slot uint64) []byte {
	return bytes.Repeat([]byte{byte(slot)}, int(slot*7919%(128<<10)))
}

// An acknowledged batch that is lost is money that is lost.
func TestNothingAcknowledgedIsLostByKill9(t *testing.T) {
	dir := t.TempDir()
	acked := uint64(0)
	for round := range 10 {
		last := runVictim(t, dir, time.Duration(20+37*round%150)*time.Millisecond)
		if last != 0 && last <= acked {
			t.Fatalf("round %d: the victim went back to slot %d after %d", round, last, acked)
		}
		acked = max(acked, last)
		j, err := journal.OpenBadger(dir, journal.Options{})
		if err != nil {
			t.Fatalf("round %d: after kill -9: %v", round, err)
		}
		next := uint64(1)
		for b, err := range j.Read(t.Context(), 1) {
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if b.Slot != next || !bytes.Equal(b.Payload, victimPayload(next)) {
				t.Fatalf("round %d: read slot %d with %d bytes, want slot %d as it was appended", round, b.Slot, len(b.Payload), next)
			}
			next++
		}
		if next <= acked {
			t.Fatalf("round %d: slot %d was acknowledged, the journal ends with %d", round, acked, next-1)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if acked < 10 {
		t.Errorf("the victims acknowledged %d batches in all, too few to mean anything", acked)
	}
	t.Logf("%d batches acknowledged, none lost", acked)
}

// runVictim lets a child append for a while, kills it, and returns the last slot it acknowledged.
func runVictim(t *testing.T, dir string, life time.Duration) (last uint64) {
	t.Helper()
	return endVictim(t, []string{victimDir + "=" + dir}, life, func() time.Time { return time.Now().Add(time.Hour) })
}

// endVictim does that with end happening just before the victim is killed. What the victim acknowledged after the time
// that end returns does not count.
func endVictim(t *testing.T, environment []string, life time.Duration, end func() time.Time) (last uint64) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), environment...)
	victim.Stderr = os.Stderr
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	type acknowledgement struct {
		slot uint64
		at   int64
	}
	var said []acknowledgement
	ended := make(chan time.Time, 1)
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if len(said) == 0 { // its life begins with the first acknowledgement: opening takes a while
			time.AfterFunc(life, func() { ended <- end(); _ = victim.Process.Kill() })
		}
		var a acknowledgement
		// A line goes into the pipe whole: it is one short write.
		if _, err := fmt.Sscan(lines.Text(), &a.slot, &a.at); err != nil {
			t.Fatalf("the victim said %q", lines.Text())
		}
		said = append(said, a)
	}
	_ = victim.Wait() // killed: its status says so
	if len(said) == 0 {
		return 0
	}
	deadline := (<-ended).UnixNano()
	for _, a := range said {
		if a.at < deadline {
			last = a.slot
		}
	}
	return last
}
