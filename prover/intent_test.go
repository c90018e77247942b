package prover

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vadium"
)

func logWith(t *testing.T, entries ...entry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "intents.log")
	l, err := openIntents(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := l.append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	one   = vadium.RequestID{1}
	two   = vadium.RequestID{2}
	proof = vadium.Digest{3}
)

func TestIntentsAreReadBack(t *testing.T) {
	path := logWith(t,
		entry{Request: one, Step: stepSeen, Attempt: 4},
		entry{Request: two, Step: stepSeen},
		entry{Request: one, Step: stepAccept},
		entry{Request: one, Step: stepProve},
		entry{Request: one, Step: stepFailed},
		entry{Request: one, Step: stepProve},
		entry{Request: one, Step: stepStopped},
		entry{Request: one, Step: stepProve},
		entry{Request: one, Step: stepProved, Proof: proof},
		entry{Request: two, Step: stepDecline},
		entry{Request: two, Step: stepDone},
		entry{Request: one, Step: stepDeliver, Proof: proof, Before: 1},
	)
	for range 2 { // reading rewrites the log: the second reader sees the same
		l, err := openIntents(path)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := l.of(one)
		want := intent{Request: one, Attempt: 4, Answer: stepAccept, Starts: 2, Failures: 1, Proof: proof, Delivering: true, Before: 1}
		if !ok || got != want {
			t.Errorf("intent = %+v, want %+v", got, want)
		}
		if _, ok := l.of(two); ok {
			t.Error("what is done is still open")
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARejectedProofIsNotDeliveredAgain(t *testing.T) {
	var i intent
	for _, e := range []entry{{Step: stepProved, Proof: proof}, {Step: stepDeliver, Proof: proof}, {Step: stepDelivered}, {Step: stepRejected, Proof: proof}} {
		i.fold(e)
	}
	if i.Proof != (vadium.Digest{}) || i.Delivering || i.Failures != 1 {
		t.Errorf("intent = %+v, want no proof and one failure", i)
	}
}

// A crash can cut the log anywhere: what was synced before stays, the torn line says nothing.
func TestALogCutAnywhereOpens(t *testing.T) {
	path := logWith(t, entry{Request: one, Step: stepSeen}, entry{Request: one, Step: stepAccept}, entry{Request: one, Step: stepProve})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		torn := filepath.Join(t.TempDir(), "intents.log")
		if err := os.WriteFile(torn, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := openIntents(torn)
		if err != nil {
			t.Fatalf("log cut at %d of %d: %v", cut, len(whole), err)
		}
		lines := bytes.Count(whole[:cut], []byte("\n"))
		got, known := l.of(one)
		if known != (lines > 0) || (got.Answer == stepAccept) != (lines > 1) || (got.Starts == 1) != (lines > 2) {
			t.Errorf("log cut at %d, after %d lines: intent = %+v, %v", cut, lines, got, known)
		}
		// And goes on.
		if err := l.append(entry{Request: two, Step: stepSeen}); err != nil {
			t.Fatal(err)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		again, err := openIntents(torn)
		if err != nil {
			t.Fatalf("log cut at %d, appended to: %v", cut, err)
		}
		if _, ok := again.of(two); !ok {
			t.Errorf("log cut at %d: what was appended is lost", cut)
		}
		_ = again.close()
	}
}

// What is meant together is on disk together: two lines could come back the second without the first, which is damage.
func TestEntriesThatAreAppendedTogetherAreThereOrNot(t *testing.T) {
	path := logWith(t, entry{Request: one, Step: stepSeen})
	l, err := openIntents(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.append(entry{Request: one, Step: stepAccept}, entry{Request: one, Step: stepProve}); err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		torn := filepath.Join(t.TempDir(), "intents.log")
		if err := os.WriteFile(torn, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := openIntents(torn)
		if err != nil {
			t.Fatalf("log cut at %d of %d: %v", cut, len(whole), err)
		}
		got, _ := l.of(one)
		if all := cut == len(whole); (got.Answer == stepAccept) != all || (got.Starts == 1) != all {
			t.Errorf("log cut at %d of %d: intent = %+v", cut, len(whole), got)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADamagedLogIsNotActedUpon(t *testing.T) {
	path := logWith(t, entry{Request: one, Step: stepSeen}, entry{Request: one, Step: stepAccept})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(whole, '\n')
	for at := range first {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		if damaged[at] == '\n' {
			continue
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := openIntents(path); !errors.Is(err, errLogDamaged) {
			t.Errorf("bit flipped at %d: openIntents = %v, want %v", at, err, errLogDamaged)
			if err == nil {
				_ = l.close()
			}
		}
	}
}

func TestAClosedLogTakesNothing(t *testing.T) {
	l, err := openIntents(filepath.Join(t.TempDir(), "intents.log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	if err := l.append(entry{Request: one, Step: stepSeen}); err == nil {
		t.Error("append to a closed log = nil, want an error")
	}
}
