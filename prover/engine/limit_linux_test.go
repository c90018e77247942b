package engine_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"vadium/prover/engine"
)

// A greedy worker asks for eight gigabytes as soon as it has limited itself, as gnark does over a crafted length.
func init() {
	if os.Getenv(asWorker) != "greedy" {
		return
	}
	go func() {
		for {
			var l syscall.Rlimit
			if syscall.Getrlimit(syscall.RLIMIT_AS, &l) == nil && l.Cur < 8<<30 {
				greed = make([]byte, 8<<30)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
}

var greed []byte

func TestAllocationBeyondTheLimitKillsTheWorkerOnly(t *testing.T) {
	l := workers("greedy", 1)
	l.MemoryBytes = 512 << 20
	w := open(t, l)
	died := false
	for range 20 { // the first proofs may be faster than the greed
		_, err := w.Prove(t.Context(), toyWork(t))
		if err == nil {
			continue
		}
		if !errors.Is(err, engine.ErrWorkerDied) && !strings.Contains(err.Error(), "out of memory") {
			t.Fatalf("Prove = %v, want %v", err, engine.ErrWorkerDied)
		}
		died = true
		break
	}
	if !died {
		t.Error("the worker got eight gigabytes, its limit is 512 MiB")
	}
}
