package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"vadium/circuits"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

// asWorker is the variable under which this test binary is a worker.
const asWorker = "VADIUM_TEST_WORKER"

func TestMain(m *testing.M) {
	switch os.Getenv(asWorker) {
	case "":
		os.Exit(m.Run())
	case "silent": // answers the first request and then nothing
		answerOnce()
		select {}
	case "boasting": // announces an answer of four gigabytes
		answerOnce()
		_, _ = io.ReadFull(os.Stdin, make([]byte, 1))
		_, _ = os.Stdout.Write([]byte{0xff, 0xff, 0xff, 0xff})
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "dying": // dies over the second request
		answerOnce()
		_, _ = io.ReadFull(os.Stdin, make([]byte, 1))
		_, _ = os.Stderr.WriteString("fatal error: out of memory\n")
		os.Exit(2)
	case "lying": // answers everything with a proof of nothing
		for answerOnce() {
		}
	default:
		if err := engine.WorkerMain(os.Stdin, os.Stdout); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
	}
	os.Exit(0)
}

// answerOnce reads one request and answers "done", with the proof "no".
func answerOnce() bool {
	var length [4]byte
	if _, err := io.ReadFull(os.Stdin, length[:]); err != nil {
		return false
	}
	_, _ = io.CopyN(io.Discard, os.Stdin, int64(binary.BigEndian.Uint32(length[:])))
	answer := []byte{0xc9, 0x01, 0x80, 0x82, 'n', 'o', 0x80, 0x80, 0x80, 0x80}
	_, _ = os.Stdout.Write(append([]byte{0, 0, 0, byte(len(answer))}, answer...))
	return true
}

func workers(kind string, provers int) engine.Limits {
	return engine.Limits{
		Provers: provers, Command: []string{os.Args[0]}, Env: []string{asWorker + "=" + kind},
		MemoryBytes: 1 << 30, KeyBytes: 1 << 28,
	}
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
	enginetest.Suite(t, func(*testing.T) engine.Engine { return engine.NewWorkers(workers("honest", 2)) }, verifies)
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
	w := open(t, workers("dying", 1))
	for range 2 { // the second call finds a fresh worker, which dies too
		_, err := w.Prove(t.Context(), toyWork(t))
		if !errors.Is(err, engine.ErrWorkerDied) || !strings.Contains(err.Error(), "out of memory") {
			t.Errorf("Prove = %v, want %v with its last words", err, engine.ErrWorkerDied)
		}
	}
}

func TestAWorkerThatHangsIsStoppedAtTheTimeLimit(t *testing.T) {
	l := workers("silent", 1)
	l.ProveTime = 300 * time.Millisecond
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

func TestAnOversizeAnswerIsRefusedUnread(t *testing.T) {
	w := open(t, workers("boasting", 1))
	if _, err := w.Prove(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrWorkerDied) || !strings.Contains(err.Error(), "exceeds its limit") {
		t.Errorf("Prove = %v, want %v for its oversize frame", err, engine.ErrWorkerDied)
	}
}

func TestAnOversizeRequestIsNotSent(t *testing.T) {
	w := open(t, workers("honest", 1))
	work := toyWork(t)
	work.Input = make([]byte, 18<<20)
	if _, err := w.Prove(t.Context(), work); err == nil {
		t.Error("Prove of 18 MiB = nil, want an error")
	}
}

func TestAnOversizeRequestEndsTheWorker(t *testing.T) {
	var out bytes.Buffer
	err := engine.WorkerMain(bytes.NewReader([]byte{0x7f, 0xff, 0xff, 0xff}), &out)
	if err == nil || !strings.Contains(err.Error(), "exceeds its limit") || out.Len() != 0 {
		t.Errorf("WorkerMain = %v, %d bytes written, want a refusal and nothing", err, out.Len())
	}
	if err := engine.WorkerMain(strings.NewReader(""), &out); err != nil {
		t.Errorf("WorkerMain without a parent = %v, want nil", err)
	}
}

// A worker runs foreign programs; what it calls a proof may be anything.
func TestAWorkersWordForAProofIsNotTaken(t *testing.T) {
	w := open(t, workers("lying", 1))
	if _, err := w.Prove(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrFailed) {
		t.Errorf("Prove = %v, want %v", err, engine.ErrFailed)
	}
}

func TestUniversalKeysAreRecomputedInAWorker(t *testing.T) {
	w := open(t, workers("honest", 1))
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
	w := open(t, workers("honest", 1))
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
	l := workers("honest", 1)
	l.KeyBytes = 1 << 10
	w := open(t, l)
	if err := w.Solve(t.Context(), toyWork(t)); !errors.Is(err, engine.ErrKeysTooLarge) {
		t.Errorf("Solve = %v, want %v", err, engine.ErrKeysTooLarge)
	}
}
