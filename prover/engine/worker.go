package engine

import (
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/rlp"
)

// WorkerMain is the whole life of a worker process: it reads requests from stdin and answers each on stdout, one at a
// time, until stdin ends. It returns at once when stdin ends, even in the middle of a proof: then its parent is gone or
// has lost interest, and the caller should exit.
func WorkerMain(stdin io.Reader, stdout io.Writer) error {
	requests, ended := make(chan request), make(chan error, 1)
	go func() { ended <- readRequests(stdin, requests) }()
	failed := make(chan error, 1)
	go func() { failed <- answerRequests(requests, stdout) }()
	select {
	case err := <-ended:
		return err
	case err := <-failed:
		return err
	}
}

func readRequests(stdin io.Reader, requests chan<- request) error {
	for {
		payload, err := readFrame(stdin, maxRequest)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker: read request: %w", err)
		}
		var r request
		if err := rlp.DecodeBytes(payload, &r); err != nil {
			return fmt.Errorf("worker: read request: %w", err)
		}
		requests <- r
	}
}

func answerRequests(requests <-chan request, stdout io.Writer) error {
	keys := newCache(0)
	for r := range requests {
		if err := writeFrame(stdout, encode(answer(keys, r)), maxResponse); err != nil {
			return fmt.Errorf("worker: answer: %w", err)
		}
	}
	return nil
}

func answer(keys *cache, r request) response {
	var made response
	var err error
	switch r.Task {
	case taskLimit:
		keys.limit = int64(min(r.Limits.KeyBytes, 1<<62))
		err = limitAddressSpace(r.Limits.AddressSpace)
	case taskSolve:
		_, err = solve(keys, r.Work)
	case taskProve:
		var proof Proof
		proof, err = prove(keys, r.Work)
		made = proof.response()
	case taskCheck:
		err = checkUniversal(r.Work.Keys)
	default:
		err = fmt.Errorf("%w: task %d is unknown", ErrFailed, r.Task)
	}
	made.Outcome, made.Message = outcomeOf(err)
	return made
}
