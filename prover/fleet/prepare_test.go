package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
	"vadium/prover/fleet"
	"vadium/prover/keys"
)

// has says that a worker has the files of the yard's program, with the evidence that these files give.
func (y yard) has(t *testing.T, w fleet.WorkerID, k engine.Keys) []vadium.Program {
	t.Helper()
	evidence, err := keys.Evidence(k, w[:])
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := y.Prepare(t.Context(), w, []fleet.Possession{{Program: y.work.Keys.Program.ID(), Evidence: evidence}})
	if err != nil {
		t.Fatalf("Prepare = %v", err)
	}
	return wanted
}

func TestAWorkerCountsForAProgramWhenItHasShownItsFiles(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		p := y.work.Keys.Program
		y.Announce([]engine.Keys{y.work.Keys})
		w := y.join(t, "w", func(o *fleet.Offer) { o.Slots = 2 })
		counts := func(when string, want int) {
			t.Helper()
			if got := y.ProversFor(p); got != want {
				t.Errorf("ProversFor = %d %s, want %d", got, when, want)
			}
			if got := y.Provers(); got != want {
				t.Errorf("Provers = %d %s, want %d", got, when, want)
			}
		}
		counts("before it has said anything", 0)
		wanted, err := y.Prepare(t.Context(), w, nil)
		if err != nil || len(wanted) != 1 || wanted[0].ID() != p.ID() {
			t.Fatalf("wanted = %v, %v, want the program that is served", wanted, err)
		}
		other := y.join(t, "other")
		evidence, err := keys.Evidence(y.work.Keys, other[:])
		if err != nil {
			t.Fatal(err)
		}
		for name, e := range map[string]vadium.Digest{"made up": {1}, "another worker's": evidence} {
			if wanted, err := y.Prepare(t.Context(), w, []fleet.Possession{{Program: p.ID(), Evidence: e}}); err != nil || len(wanted) != 1 {
				t.Errorf("with evidence that is %s: wanted = %v, %v, want the program still", name, wanted, err)
			}
			counts("with evidence that is "+name, 0)
		}
		changed := y.Changed()
		if wanted := y.has(t, w, y.work.Keys); len(wanted) != 0 {
			t.Errorf("wanted = %v, want nothing more", wanted)
		}
		counts("with the files", 2)
		select {
		case <-changed:
		default:
			t.Error("nobody is told that capacity has changed")
		}
		if _, err := y.Prepare(t.Context(), w, nil); err != nil {
			t.Fatal(err)
		}
		counts("after it has lost them", 0)
	})
}

// A worker whose file has rotted on its disk repeats itself every few seconds; its agent does not.
func TestThatAWorkerHasOtherFilesIsSaidOnce(t *testing.T) {
	k := enginetest.Groth16(t).Write(t, t.TempDir())
	var log bytes.Buffer
	f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}, LeaseFor: leaseFor, Log: slog.New(slog.NewTextHandler(&log, nil))})
	defer f.Close()
	f.Announce([]engine.Keys{k})
	joined, err := f.Join(t.Context(), fleet.Offer{Name: "w", Backends: fleet.Backends(), KeyBytes: 1 << 28, Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := f.Prepare(t.Context(), joined.Worker, []fleet.Possession{{Program: k.Program.ID(), Evidence: vadium.Digest{1}}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(log.String(), "other files"); got != 1 {
		t.Errorf("said %d times, want once: %s", got, log.String())
	}
}

// Evidence of other files is none, be it one byte in many.
func TestEvidenceIsOfTheFilesThemselves(t *testing.T) {
	k := enginetest.Groth16(t).Write(t, t.TempDir())
	challenge := []byte("drawn by the agent")
	want, err := keys.Evidence(k, challenge)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := keys.Evidence(k, []byte("drawn again")); err != nil || other == want {
		t.Errorf("evidence for another challenge = %v, %v, want another", other, err)
	}
	content, err := os.ReadFile(k.ProvingKey)
	if err != nil {
		t.Fatal(err)
	}
	forged := k
	forged.ProvingKey = filepath.Join(t.TempDir(), "key")
	content[len(content)/2] ^= 1
	if err := os.WriteFile(forged.ProvingKey, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := keys.Evidence(forged, challenge); err != nil || got == want {
		t.Errorf("evidence of a changed file = %v, %v, want another", got, err)
	}
}

func TestFilesOfServedProgramsNeedNoLeaseAndInputsDo(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		w := y.join(t, "w")
		_ = y.prove(t.Context(), y.work)
		var b bytes.Buffer
		p := y.work.Keys.Program
		if err := y.Fetch(t.Context(), w, fleet.LeaseID{}, p.ProvingKey, &b); !errors.Is(err, fleet.ErrNotLeased) {
			t.Errorf("Fetch of a file nobody serves = %v, want %v", err, fleet.ErrNotLeased)
		}
		y.Announce([]engine.Keys{y.work.Keys})
		if err := y.Fetch(t.Context(), w, fleet.LeaseID{}, p.ProvingKey, &b); err != nil || vadium.DigestOf(b.Bytes()) != p.ProvingKey {
			t.Errorf("Fetch of a served program's file = %d bytes, %v, want it", b.Len(), err)
		}
		if err := y.Fetch(t.Context(), w, fleet.LeaseID{}, vadium.DigestOf(y.work.Input), &b); !errors.Is(err, fleet.ErrNotLeased) {
			t.Errorf("Fetch of an input without its lease = %v, want %v", err, fleet.ErrNotLeased)
		}
	})
}

// A worker fetches what is served before there is work, over the wire, and is capacity then.
func TestAWorkerFetchesWhatIsServedBeforeThereIsWork(t *testing.T) {
	k := enginetest.Groth16(t).Write(t, t.TempDir())
	f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}, LeaseFor: 300 * time.Millisecond})
	defer f.Close()
	w := fleet.NewWorker(fleet.WorkerConfig{
		Offer: fleet.Offer{Name: "w", KeyBytes: 1 << 28, Slots: 3}, Dir: filepath.Join(t.TempDir(), "keys"),
	}, fleet.Dial(serve(t, f, token), token, nil), &enginetest.Pretend{})
	run(t, w)
	f.Announce([]engine.Keys{k})
	for {
		changed := f.Changed()
		if f.ProversFor(k.Program) == 3 {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("the worker never counts")
		case <-time.After(time.Minute):
			t.Fatal("the worker does not count after a minute")
		}
	}
}

// Work goes first to who has the files, and then to anybody who could fetch them.
func TestWhoHasTheFilesIsAskedFirst(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		y.Announce([]engine.Keys{y.work.Keys})
		bare, ready := y.join(t, "a"), y.join(t, "b")
		y.has(t, ready, y.work.Keys)
		got := make(chan string, 2)
		for name, w := range map[string]fleet.WorkerID{"a": bare, "b": ready} {
			go func() {
				if _, ok, _ := y.Pull(t.Context(), w, time.Second); ok {
					got <- name
				}
			}()
		}
		synctest.Wait()
		for i, want := range []string{"b", "a"} {
			_ = y.prove(t.Context(), y.another(byte(i+1)))
			synctest.Wait()
			if name := <-got; name != want {
				t.Errorf("work %d goes to %s, want %s", i, name, want)
			}
		}
	})
}

// withholding is an agent that wants a program's files to be fetched and never sends all of one.
type withholding struct {
	*fleet.Fleet
	fetches atomic.Int64
}

// Fetch implements [fleet.Agent].
func (a *withholding) Fetch(context.Context, fleet.WorkerID, fleet.LeaseID, vadium.Digest, io.Writer) error {
	a.fetches.Add(1)
	return errors.New("interrupted")
}

// Where files cannot be had, or not be kept because the disk is full, they are not sent every minute for ever.
func TestFilesThatCannotBeFetchedAreAskedForEverMoreRarely(t *testing.T) {
	inYard(t, func(t *testing.T, y yard) {
		y.Announce([]engine.Keys{y.work.Keys})
		a := &withholding{Fleet: y.Fleet}
		w := fleet.NewWorker(fleet.WorkerConfig{
			Offer: fleet.Offer{Name: "w", KeyBytes: 1 << 28, Slots: 1}, Dir: filepath.Join(t.TempDir(), "keys"),
		}, a, &enginetest.Pretend{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		time.Sleep(time.Minute)
		once := a.fetches.Load()
		time.Sleep(6 * time.Hour)
		if most := 12 * once; once == 0 || a.fetches.Load() > most {
			t.Errorf("asked %d times in the first minute and %d times in six hours, want %d at most", once, a.fetches.Load(), most)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
}
