package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium/circuits"
)

// Limits of what travels between a worker and its parent, in bytes.
const (
	// maxRequest fits the largest input a market takes (16 MiB), three paths and a manifest.
	maxRequest = 17 << 20
	// maxResponse fits the largest proof a market takes (64 KiB) and a message.
	maxResponse = 128 << 10
	// maxMessage bounds what a worker may tell an operator.
	maxMessage = 2 << 10
)

// task is what a request asks of a worker. Parent and child are the same binary, so the numbers are not persisted.
type task uint8

const (
	taskSolve task = 1
	taskProve task = 2
	taskCheck task = 3 // check universal keys
	taskLoad  task = 4 // have the keys in memory
)

// String says what a worker was doing.
func (t task) String() string {
	return map[task]string{taskSolve: "solving", taskProve: "proving", taskCheck: "checking keys", taskLoad: "loading keys"}[t]
}

// request is one of a parent to its worker. The program's files travel beside it, in the order of Keys: the paths are
// of no use to the worker.
type request struct {
	Task task
	Work Work
}

// settings are what a worker is told when it starts.
type settings struct {
	KeyBytes uint64
}

// outcome is how a request went.
type outcome uint8

const (
	outcomeDone        outcome = 1
	outcomeUnsatisfied outcome = 2
	outcomeMalformed   outcome = 3
	outcomeTooLarge    outcome = 4
	outcomeFailed      outcome = 5
)

type response struct {
	Outcome         outcome
	Message         string // never about an input
	Proof           []byte
	Wall, CPU, Load uint64 // nanoseconds
	Peak            uint64 // bytes
}

func encode(message any) []byte {
	b, err := rlp.EncodeToBytes(message)
	if err != nil {
		panic(fmt.Sprintf("invariant: worker messages always encode: %v", err))
	}
	return b
}

func outcomeOf(err error) (outcome, string) {
	switch {
	case err == nil:
		return outcomeDone, ""
	case errors.Is(err, circuits.ErrUnsatisfied):
		return outcomeUnsatisfied, ""
	case errors.Is(err, circuits.ErrMalformedInput):
		return outcomeMalformed, ""
	}
	message := err.Error()
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	if errors.Is(err, ErrKeysTooLarge) {
		return outcomeTooLarge, message
	}
	return outcomeFailed, message
}

func (r response) err() error {
	switch r.Outcome {
	case outcomeDone:
		return nil
	case outcomeUnsatisfied:
		return circuits.ErrUnsatisfied
	case outcomeMalformed:
		return circuits.ErrMalformedInput
	case outcomeTooLarge:
		return fmt.Errorf("%w: %q", ErrKeysTooLarge, r.Message)
	default:
		return fmt.Errorf("%w: %q", ErrFailed, r.Message) // quoted: a worker that a program took over may say anything
	}
}

func (p Proof) response() response {
	return response{
		Proof: p.Bytes, Wall: uint64(p.Cost.Wall), CPU: uint64(p.Cost.CPU), Load: uint64(p.Cost.Load), Peak: p.Cost.Peak,
	}
}

func (r response) proof() Proof {
	return Proof{r.Proof, Cost{
		Wall: nanoseconds(r.Wall), CPU: nanoseconds(r.CPU), Load: nanoseconds(r.Load), Peak: r.Peak,
	}}
}

// nanoseconds reads a duration that a worker reports, at most what any request may take.
func nanoseconds(n uint64) time.Duration {
	const longest = uint64(30 * 24 * time.Hour)
	return time.Duration(min(n, longest))
}

// verifyOwn checks a proof once more outside the worker, which a program may have taken over.
func verifyOwn(key *circuits.VerifyingKey, w Work, proof []byte) error {
	statement := w.Input[:w.Keys.Program.StatementBytes()]
	publics := circuits.PublicInputs(w.Keys.Program, statement, w.Request, w.Prover)
	if err := key.Verify(publics, proof); err != nil {
		return fmt.Errorf("%w: the worker's proof does not verify", ErrFailed)
	}
	return nil
}
