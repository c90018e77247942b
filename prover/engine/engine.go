// Package engine computes: it solves witnesses and makes proofs, in worker processes whose memory and time are bounded,
// with keys kept in memory between proofs.
//
// A program's constraint system and proving key come from whoever registered it. gnark reads them on trust, and a
// crafted one can make it allocate or loop without end, which no recover catches. So [Workers] runs them in children of
// its own binary, one proof at a time each (see circuits/sandbox: no network, no files but the three that are passed to
// it open, limits on memory and time): a child that exceeds its limits or dies takes one proof with it and nothing else. [InProcess] does the same work without children, for tests and for `vadium prover bench` of one's own programs.
//
//	w := engine.NewWorkers(engine.Limits{Provers: 2, KeyBytes: 1 << 30})
//	defer w.Close()
//	err := w.Solve(ctx, work)          // nil: the input satisfies the program
//	proof, err := w.Prove(ctx, work)
//
// An input is its requester's secret: it travels over a socket pair, never on a command line, and neither it nor what gnark
// says about it (its errors quote values) reaches a log or an error.
//
// What the package does not do: it knows no market, fetches nothing and keeps nothing on disk.
package engine

import (
	"context"
	"errors"
	"time"

	"vadium"
)

// Engine solves and proves. All methods may be called concurrently; those that find every worker busy wait their turn.
// When ctx ends, the call returns its error and the computation is abandoned. An engine that has been closed returns
// [ErrClosed].
type Engine interface {
	// Solve returns nil when the input satisfies the program for this request and prover, circuits.ErrUnsatisfied when
	// it does not, circuits.ErrMalformedInput when it is no input at all. Any other error says nothing about the input.
	// Solving waits for no proof: the market wants an answer within seconds.
	Solve(ctx context.Context, w Work) error
	// Prove returns a proof that has been verified. The errors are those of Solve.
	Prove(ctx context.Context, w Work) (Proof, error)
	// CheckUniversal returns nil when the keys are what circuits.SetupUniversal makes of the constraint system.
	CheckUniversal(ctx context.Context, k Keys) error
	// Close ends all workers and waits for them.
	Close() error
}

// Keys are a program and the paths of its three blobs, in canonical form.
type Keys struct {
	Program                                    vadium.Program
	ConstraintSystem, ProvingKey, VerifyingKey string
}

// Work is one input of one request.
type Work struct {
	Keys    Keys
	Input   []byte // secret
	Request vadium.RequestID
	Prover  vadium.Account
	// Solved, if set, is closed when the input is known to have a solution: it is being solved meanwhile, and that no proof can
	// be made of it may be nobody's fault but the requester's.
	Solved <-chan struct{} `rlp:"-"`
	// Due is when a proof is wanted; zero: there is no hurry. Who proves alone has no use for it.
	Due time.Time `rlp:"-"`
}

// Proof is a proof with what it cost.
type Proof struct {
	Bytes []byte
	Cost  Cost
}

// Cost is what one proof took.
type Cost struct {
	Wall time.Duration // without loading keys
	CPU  time.Duration // of all cores together, without loading keys
	Load time.Duration // of keys that were not in memory; 0 otherwise
	Peak uint64        // bytes of memory the worker has occupied at most so far; 0 where the system does not say
}

// Errors of an engine.
var (
	// ErrClosed: the engine has been closed.
	ErrClosed = errors.New("the engine is closed")
	// ErrWorkerDied: the worker ended in the middle of this computation: it ran out of memory, was killed, or crashed.
	ErrWorkerDied = errors.New("the worker died")
	// ErrTimeLimit: the computation took longer than the limit and was stopped.
	ErrTimeLimit = errors.New("the computation exceeded its time limit")
	// ErrKeysTooLarge: the keys alone exceed the memory for keys.
	ErrKeysTooLarge = errors.New("the keys exceed the memory for keys")
	// ErrFailed: the keys could not be loaded, or no proof could be made of a satisfying input.
	ErrFailed = errors.New("the computation failed")
)
