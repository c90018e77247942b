package engine_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"vadium/circuits"
	"vadium/circuits/sandbox"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// done is the answer "done", with the proof "no".
var done = []byte{0xc9, 0x01, 0x80, 0x82, 'n', 'o', 0x80, 0x80, 0x80, 0x80}

// Workers that are not what they should be.
var (
	silent = sandbox.Define("silent", always(func() ([]byte, error) { select {} }))
	lying  = sandbox.Define("lying", always(func() ([]byte, error) { return done, nil }))
	dying  = sandbox.Define("dying", always(func() ([]byte, error) {
		_, _ = os.Stderr.WriteString("fatal error: out of memory\n")
		os.Exit(2)
		return nil, nil
	}))
	boasting = sandbox.Define("boasting", always(func() ([]byte, error) { return make([]byte, 8<<20), nil }))
	// hesitant loads keys, and then never ends.
	hesitant = sandbox.Define("hesitant", func([]byte) (sandbox.Handler, error) {
		asked := 0
		return func([]byte, []*os.File) ([]byte, error) {
			if asked++; asked > 1 {
				select {}
			}
			return done, nil
		}, nil
	})
	babbling = sandbox.Define("babbling", always(func() ([]byte, error) { return []byte("no answer at all"), nil }))
)

func always(answer func() ([]byte, error)) func([]byte) (sandbox.Handler, error) {
	return func([]byte) (sandbox.Handler, error) {
		return func([]byte, []*os.File) ([]byte, error) { return answer() }, nil
	}
}

// workers are limits under which a worker is what it should be, unless a role is given.
func workers(provers int, as ...*sandbox.Role) engine.Limits {
	l := engine.Limits{Provers: provers, MemoryBytes: 1 << 30, KeyBytes: 1 << 28}
	if len(as) > 0 {
		l.Become(as[0])
	}
	return l
}

func verifies(t *testing.T, w engine.Work, proof []byte) bool {
	blob, err := os.ReadFile(w.Keys.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := circuits.LoadVerifyingKey(w.Keys.Program, blob)
	if err != nil {
		t.Fatal(err)
	}
	statement := w.Input[:w.Keys.Program.StatementBytes()]
	return key.Verify(circuits.PublicInputs(w.Keys.Program, statement, w.Request, w.Prover), proof) == nil
}

func TestWorkersKeepThePromisesOfAnEngine(t *testing.T) {
	enginetest.Suite(t, func(*testing.T) engine.Engine { return engine.NewWorkers(workers(2)) }, verifies)
}

func TestInProcessKeepsThePromisesOfAnEngine(t *testing.T) {
	enginetest.Suite(t, func(*testing.T) engine.Engine { return engine.NewInProcess(2, 1<<28) }, verifies)
}

func TestPretendKeepsThePromisesOfAnEngine(t *testing.T) {
	enginetest.Suite(t, func(*testing.T) engine.Engine { return &enginetest.Pretend{} },
		func(_ *testing.T, w engine.Work, proof []byte) bool {
			return bytes.Equal(proof, enginetest.PretendProof(w.Keys.Program, enginetest.Statement(), w.Request, w.Prover))
		})
}

func toyWork(t *testing.T) engine.Work {
	return engine.Work{
		Keys: enginetest.Groth16(t).Write(t, t.TempDir()), Input: enginetest.Input(3),
		Request: enginetest.Request, Prover: enginetest.Prover,
	}
}

func open(t *testing.T, l engine.Limits) *engine.Workers {
	w := engine.NewWorkers(l)
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestAWorkerThatDiesTakesOneProofWithIt(t *testing.T) {
	w := open(t, workers(1, dying))
	for range 2 { // the second call finds a fresh worker, which dies too
		_, err := w.Prove(t.Context(), toyWork(t))
		if !errors.Is(err, engine.ErrWorkerDied) || !strings.Contains(err.Error(), "out of memory") {
			t.Errorf("Prove = %v, want %v with its last words", err, engine.ErrWorkerDied)
		}
	}
}

// Whoever runs workers learns what confines each of them, and what does not.
func TestWhatConfinesAWorkerIsReported(t *testing.T) {
	var seen []sandbox.Confinement
	w := engine.NewWorkers(engine.Limits{Confined: func(c sandbox.Confinement) { seen = append(seen, c) }})
	defer w.Close()
	work := engine.Work{Keys: enginetest.Groth16(t).Write(t, t.TempDir()), Input: enginetest.Input(3), Request: enginetest.Request, Prover: enginetest.Prover}
	for range 2 { // the second finds the worker there
		if err := w.Solve(t.Context(), work); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 1 || !seen[0].Has(sandbox.Environment) || len(seen[0].InForce)+len(seen[0].Missing) != len(sandbox.Layers()) {
		t.Errorf("reported %v, want one worker with every layer in force or missing", seen)
	}
}

func TestAWorkerThatHangsIsStoppedAtTheTimeLimit(t *testing.T) {
	l := workers(1, silent)
	l.LoadTime = 300 * time.Millisecond // what it is asked for first
	w := open(t, l)
	if _, err := w.Prove(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrTimeLimit) {
		t.Errorf("Prove = %v, want %v", err, engine.ErrTimeLimit)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := w.Prove(ctx, toyWork(t)); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, engine.ErrTimeLimit) {
		t.Errorf("Prove with a shorter patience = %v, want the caller's deadline", err)
	}
}

func TestSolvingAndProvingHaveTimeLimitsOfTheirOwn(t *testing.T) {
	l := workers(1, hesitant)
	l.SolveTime, l.ProveTime = 100*time.Millisecond, 200*time.Millisecond
	w := open(t, l)
	work := toyWork(t)
	if _, err := w.Prove(t.Context(), work); !errors.Is(err, engine.ErrTimeLimit) || !strings.Contains(err.Error(), "proving, 200ms") {
		t.Errorf("Prove = %v, want %v for proving", err, engine.ErrTimeLimit)
	}
	if err := w.Solve(t.Context(), work); !errors.Is(err, engine.ErrTimeLimit) || !strings.Contains(err.Error(), "solving, 100ms") {
		t.Errorf("Solve = %v, want %v for solving", err, engine.ErrTimeLimit)
	}
}

func TestAnOversizeAnswerIsRefused(t *testing.T) {
	w := open(t, workers(1, boasting))
	if _, err := w.Prove(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrFailed) || !strings.Contains(err.Error(), "at most 131072") {
		t.Errorf("Prove = %v, want %v for its oversize answer", err, engine.ErrFailed)
	}
}

func TestAnAnswerThatIsNoneEndsTheWorker(t *testing.T) {
	w := open(t, workers(1, babbling))
	if _, err := w.Prove(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrWorkerDied) {
		t.Errorf("Prove = %v, want %v", err, engine.ErrWorkerDied)
	}
}

func TestAnOversizeRequestIsNotSent(t *testing.T) {
	w := open(t, workers(1))
	work := toyWork(t)
	work.Input = make([]byte, 18<<20)
	if _, err := w.Prove(t.Context(), work); err == nil {
		t.Error("Prove of 18 MiB = nil, want an error")
	}
}

// A worker runs foreign programs; what it calls a proof may be anything.
func TestAWorkersWordForAProofIsNotTaken(t *testing.T) {
	w := open(t, workers(1, lying))
	if _, err := w.Prove(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("Prove = %v, want %v", err, engine.ErrFailed)
	}
}

func TestUniversalKeysAreRecomputedInAWorker(t *testing.T) {
	w := open(t, workers(1))
	dir := t.TempDir()
	if err := w.CheckUniversal(t.Context(), enginetest.Universal(t).Write(t, dir)); err != nil {
		t.Errorf("CheckUniversal = %v, want nil", err)
	}
	if err := w.CheckUniversal(t.Context(), enginetest.Groth16(t).Write(t, dir)); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("CheckUniversal of keys somebody made = %v, want %v", err, engine.ErrFailed)
	}
	other := enginetest.Universal(t)
	other.Program.ProvingKey[0]++ // as a registrant would who hopes that nobody looks
	if err := w.CheckUniversal(t.Context(), other.Write(t, dir)); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("CheckUniversal with another proving key = %v, want %v", err, engine.ErrFailed)
	}
}

func TestFilesThatAreNotTheManifestsAreRefused(t *testing.T) {
	w := open(t, workers(1))
	work := toyWork(t)
	key, err := os.ReadFile(work.Keys.ProvingKey)
	if err != nil {
		t.Fatal(err)
	}
	key[len(key)/2] ^= 1
	if err := os.WriteFile(work.Keys.ProvingKey, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Prove(t.Context(), work); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("Prove with a flipped bit in the key = %v, want %v", err, engine.ErrFailed)
	}
	if err := w.Solve(t.Context(), work); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("Solve with a flipped bit in the key = %v, want %v", err, engine.ErrFailed)
	}
}

func TestKeysBeyondTheMemoryForKeysAreRefused(t *testing.T) {
	l := workers(1)
	l.KeyBytes = 1 << 10
	w := open(t, l)
	if err := w.Solve(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrKeysTooLarge) {
		t.Errorf("Solve = %v, want %v", err, engine.ErrKeysTooLarge)
	}
}
