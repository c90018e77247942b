package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"vadium"
	"vadium/circuits/keyfile"
	"vadium/circuits/sandbox"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

// Where things are in a constraint system as gnark 0.16 writes it: its length and version in four words of eight bytes,
// then the lengths of four sections. The first section, the levels, is a count and then, for each level, the number of
// its 32-bit words and the words: blocks that begin with their number of values and of words.
const (
	atLength     = 0
	atLevels     = 64
	atBlockWords = 84
)

// explosions turn a constraint system that loads into one that does not, as engine.md §5.1 found by mutation. Each has
// the form and length of the original, and a digest like any other: nothing tells it apart before it is loaded.
var explosions = []struct {
	name    string
	corrupt func(ccs []byte)
	want    error
}{
	// intcomp.UncompressUint32 adds a block's words to its position until that is past the end: no words, no end.
	{"endless loop", func(ccs []byte) { binary.LittleEndian.PutUint32(ccs[atBlockWords:], 0) }, engine.ErrTimeLimit},
	// 24 bytes for each of 2^36 levels.
	{"allocation of 1.6 TB", func(ccs []byte) { binary.LittleEndian.PutUint64(ccs[atLevels:], 1<<36) }, engine.ErrWorkerDied},
	{"length prefix of 100 GB", func(ccs []byte) { binary.LittleEndian.PutUint64(ccs[atLength:], 100<<30) }, engine.ErrWorkerDied},
}

// exploding writes a program whose constraint system explodes when it is loaded.
func exploding(t *testing.T, b enginetest.Blobs, corrupt func([]byte)) engine.Keys {
	t.Helper()
	b.ConstraintSystem = append([]byte(nil), b.ConstraintSystem...)
	corrupt(b.ConstraintSystem)
	b.Program.ConstraintSystem = vadium.DigestOf(b.ConstraintSystem)
	return b.Write(t, t.TempDir())
}

// Whoever registers a program chooses its files. A bad choice costs the worker that reads them, within its limits, and
// nobody else.
func TestConstraintSystemsThatExplodeOnLoadFailAlone(t *testing.T) {
	l := workers(1)
	l.LoadTime = 3 * time.Second
	w := open(t, l)
	good := toyWork(t)
	for _, blobs := range []enginetest.Blobs{enginetest.Groth16(t), enginetest.Universal(t)} {
		for _, e := range explosions {
			t.Run(blobs.Program.Name+"/"+e.name, func(t *testing.T) {
				bad := good
				bad.Keys = exploding(t, blobs, e.corrupt)
				if err := w.Solve(t.Context(), bad); !errors.Is(err, e.want) {
					t.Errorf("Solve = %v, want %v", err, e.want)
				}
				if _, err := w.Prove(t.Context(), bad); !errors.Is(err, e.want) {
					t.Errorf("Prove = %v, want %v", err, e.want)
				}
				if err := w.CheckUniversal(t.Context(), bad.Keys); !errors.Is(err, e.want) {
					t.Errorf("CheckUniversal = %v, want %v", err, e.want)
				}
				if err := w.Solve(t.Context(), good); err != nil {
					t.Errorf("Solve of another program afterwards = %v, want nil", err)
				}
				if _, err := w.Prove(t.Context(), good); err != nil {
					t.Errorf("Prove of another program afterwards = %v, want nil", err)
				}
			})
		}
	}
}

// A constraint system may wait with its explosion until it is solved.
func TestAConstraintSystemThatExplodesWhenItIsSolvedFailsAlone(t *testing.T) {
	w := open(t, workers(1))
	good := toyWork(t)
	bad := good
	bad.Keys = enginetest.ExplodingSolver(t).Write(t, t.TempDir())
	if err := w.CheckUniversal(t.Context(), bad.Keys); errors.Is(err, engine.ErrWorkerDied) || errors.Is(err, engine.ErrTimeLimit) {
		t.Fatalf("CheckUniversal, which loads it and does not solve = %v: it explodes too early for this test", err)
	}
	if err := w.Solve(t.Context(), bad); !errors.Is(err, engine.ErrWorkerDied) {
		t.Errorf("Solve = %v, want %v", err, engine.ErrWorkerDied)
	}
	if _, err := w.Prove(t.Context(), bad); !errors.Is(err, engine.ErrWorkerDied) {
		t.Errorf("Prove = %v, want %v", err, engine.ErrWorkerDied)
	}
	if err := w.Solve(t.Context(), good); err != nil {
		t.Errorf("Solve of another program afterwards = %v, want nil", err)
	}
	if _, err := w.Prove(t.Context(), good); err != nil {
		t.Errorf("Prove of another program afterwards = %v, want nil", err)
	}
}

func TestWorkersThatCannotBeConfinedAsRequiredDoNotStart(t *testing.T) {
	l := workers(1)
	l.Require = []sandbox.Layer{"moat"}
	if err := open(t, l).Solve(t.Context(), toyWork(t)); !errors.Is(err, sandbox.ErrUnconfined) {
		t.Errorf("Solve = %v, want %v", err, sandbox.ErrUnconfined)
	}
}

// Files are opened by the parent; what is not there is the program's failure, not the worker's.
func TestFilesThatAreGoneAreAFailure(t *testing.T) {
	w := open(t, workers(1))
	work := toyWork(t)
	if err := os.Remove(work.Keys.ConstraintSystem); err != nil {
		t.Fatal(err)
	}
	if err := w.Solve(t.Context(), work); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("Solve = %v, want %v", err, engine.ErrFailed)
	}
}

// Workers map what one of them, or another process, imported.
func TestWorkersMapTheKeyFileBesideTheBlob(t *testing.T) {
	w := open(t, workers(1))
	work := toyWork(t)
	for range 2 {
		proof, err := w.Prove(t.Context(), work)
		if err != nil || !verifies(t, work, proof.Bytes) {
			t.Fatalf("Prove = %v, want a valid proof", err)
		}
	}
	path := work.Keys.ProvingKey + keyfile.Suffix
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no key file: %v", err)
	}
	// A worker that starts later takes the file, and not the blob, which is never read again.
	content, err := os.ReadFile(work.Keys.ProvingKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(work.Keys.ProvingKey, make([]byte, len(content)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, workers(1)).Prove(t.Context(), work); err != nil {
		t.Errorf("Prove with the key file alone = %v, want a proof", err)
	}
}

// A key that is read and not mapped costs its owner memory and time, so it is said once; and so is what holds a worker.
func TestAWorkerReadsTheBlobWhereNoKeyFileCanBeMade(t *testing.T) {
	var log bytes.Buffer
	l := workers(1)
	l.Log = slog.New(slog.NewTextHandler(&log, nil))
	w := open(t, l)
	work := toyWork(t)
	if err := os.Mkdir(work.Keys.ProvingKey+keyfile.Suffix, 0o700); err != nil { // in its place
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.Prove(t.Context(), work); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
	}
	if said := log.String(); strings.Count(said, "level=WARN") != 1 || !strings.Contains(said, "no key file") {
		t.Errorf("the log says %q, want one warning about the key file", said)
	}
	if said := log.String(); strings.Count(said, "a worker process started") != 1 || !strings.Contains(said, string(sandbox.Environment)) {
		t.Errorf("the log says %q, want one start of a worker and what confines it", said)
	}
}

// Making a key file takes as long as the disk does. Whoever asked may lose patience; and when it takes longer than
// loading may, the blob is read.
func TestMakingAKeyFileEndsWithTheCallAndAtTheTimeForLoading(t *testing.T) {
	l := workers(1)
	calls := 0
	l.Ensure(func(ctx context.Context, _ string, _ vadium.Program, limit time.Duration) (*os.File, error) {
		if calls++; calls == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if limit != 5*time.Minute {
			t.Errorf("the limit is %v, want the time for loading", limit)
		}
		return nil, keyfile.ErrSlow
	})
	w := open(t, l)
	work := toyWork(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Prove(ctx, work); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Prove = %v, want the caller's deadline", err)
	}
	for range 2 {
		if _, err := w.Prove(t.Context(), work); err != nil {
			t.Errorf("Prove = %v, want a proof", err)
		}
	}
	if calls != 2 {
		t.Errorf("a key file was tried %d times, want 2: losing patience says nothing about it, being slow does", calls)
	}
	endless := workers(1)
	endless.Ensure(func(ctx context.Context, _ string, _ vadium.Program, _ time.Duration) (*os.File, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	w = engine.NewWorkers(endless)
	ended := make(chan error, 1)
	go func() { ended <- w.Solve(t.Context(), work) }()
	time.Sleep(20 * time.Millisecond)
	if err := w.Close(); err != nil {
		t.Errorf("Close = %v, want nil", err)
	}
	if err := <-ended; !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Solve of an engine that was closed meanwhile = %v, want %v", err, engine.ErrClosed)
	}
}
