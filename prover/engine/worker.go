package engine

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium/circuits"
	"vadium/circuits/sandbox"
)

// worker is what a child process does: it keeps keys and answers requests, one at a time.
var worker = sandbox.Define("prover-worker", func(setup []byte) (sandbox.Handler, error) {
	var s settings
	if err := rlp.DecodeBytes(setup, &s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	keys := newCache(int64(min(s.KeyBytes, 1<<62)))
	return func(payload []byte, files []*os.File) ([]byte, error) {
		var r request
		if err := rlp.DecodeBytes(payload, &r); err != nil {
			return nil, fmt.Errorf("request: %w", err)
		}
		blobs, err := passed(files)
		if err != nil {
			return nil, err
		}
		return encode(answer(keys, r, blobs)), nil
	}, nil
})

// roomForGarbage is how much garbage may lie in a worker's heap before it is collected. With mapped keys a heap holds so
// little that at Go's default, as much garbage as there is in use, a proof of 2^16 constraints is interrupted four or five
// times: it allocates 100 MB and keeps 20.
const roomForGarbage = 256 << 20

// collectLater gives a small heap room for garbage, from now on and after every collection anew: a heap that comes to hold
// more than the room, in the middle of a proof for instance, is collected as ever from then on, and so is any near the limit on
// its memory.
var collectLater = sync.OnceFunc(afterCollection)

func afterCollection() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // at the end of the last collection
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return
	}
	debug.SetGCPercent(garbagePercent(live[0].Value.Uint64()))
	// The next collection finds that nobody holds this, which is how Go says that there was one.
	runtime.AddCleanup(new([64]byte), func(struct{}) { afterCollection() }, struct{}{})
}

// garbagePercent is room for garbage in hundredths of what is in use, at least Go's default.
func garbagePercent(live uint64) int {
	const smallest = 4 << 20 // what Go takes for in use when it is less
	return int(max(100, 100*roomForGarbage/max(live, smallest)))
}

func answer(keys *cache, r request, files circuits.Files) response {
	var made response
	var err error
	load := func() (*circuits.ProvingKeys, error) { return circuits.LoadProvingKeysFrom(r.Work.Keys.Program, files) }
	switch r.Task {
	case taskLoad:
		var took time.Duration
		_, took, err = keys.timed(r.Work.Keys.Program, load)
		made.Load = uint64(took)
	case taskSolve:
		err = solve(keys, r.Work, load)
	case taskProve:
		collectLater()
		var proof Proof
		proof, err = prove(keys, r.Work, load, (*circuits.ProvingKeys).ProveUnverified) // the parent verifies
		made = proof.response()
	case taskCheck:
		err = checkUniversal(r.Work.Keys.Program, files)
	default:
		err = fmt.Errorf("%w: task %d is unknown", ErrFailed, r.Task)
	}
	made.Outcome, made.Message = outcomeOf(err)
	return made
}
