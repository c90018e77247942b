package engine

import (
	"fmt"
	"os"
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
