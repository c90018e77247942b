package enginetest

import (
	"context"
	"fmt"
	"math/big"
	"sync"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
)

// Pretend is an engine that knows the toy and proves nothing: its proofs are hashes. It obeys [Suite] and, with the
// fields below, takes time and fails when told to.
type Pretend struct {
	// ProveTime is how long a proof takes.
	ProveTime time.Duration
	// Before, if set, is called before each computation, with "solve", "prove" or "check"; its error is the outcome.
	Before func(ctx context.Context, what string, w engine.Work) error

	mu     sync.Mutex
	closed bool
	// Proved lists the requests that were proven, in order of completion. Guarded by mu; see [Pretend.Proofs].
	proved []vadium.RequestID
}

// PretendProof is the proof Pretend makes of a statement.
func PretendProof(p vadium.Program, statement []byte, request vadium.RequestID, prover vadium.Account) []byte {
	publics := circuits.PublicInputs(p, statement, request, prover)
	sum := vadium.HashParts("pretend proof", publics)
	return sum[:]
}

// Proofs returns the requests proven so far.
func (e *Pretend) Proofs() []vadium.RequestID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]vadium.RequestID(nil), e.proved...)
}

// Solve implements [engine.Engine].
func (e *Pretend) Solve(ctx context.Context, w engine.Work) error {
	if err := e.ready(ctx, "solve", w); err != nil {
		return err
	}
	return solves(w)
}

// Prove implements [engine.Engine].
func (e *Pretend) Prove(ctx context.Context, w engine.Work) (engine.Proof, error) {
	if err := e.ready(ctx, "prove", w); err != nil {
		return engine.Proof{}, err
	}
	if err := solves(w); err != nil {
		return engine.Proof{}, err
	}
	select {
	case <-time.After(e.ProveTime):
	case <-ctx.Done():
		return engine.Proof{}, ctx.Err()
	}
	e.mu.Lock()
	e.proved = append(e.proved, w.Request)
	e.mu.Unlock()
	wall := max(e.ProveTime, time.Millisecond)
	statement := w.Input[:w.Keys.Program.StatementBytes()]
	return engine.Proof{
		Bytes: PretendProof(w.Keys.Program, statement, w.Request, w.Prover), Cost: engine.Cost{Wall: wall, CPU: wall},
	}, nil
}

// CheckUniversal implements [engine.Engine].
func (e *Pretend) CheckUniversal(ctx context.Context, k engine.Keys) error {
	return e.ready(ctx, "check", engine.Work{Keys: k})
}

// Close implements [engine.Engine].
func (e *Pretend) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

func (e *Pretend) ready(ctx context.Context, what string, w engine.Work) error {
	e.mu.Lock()
	closed := e.closed
	e.mu.Unlock()
	switch {
	case closed:
		return engine.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case e.Before != nil:
		return e.Before(ctx, what, w)
	}
	return nil
}

// solves evaluates the toy's statement.
func solves(w engine.Work) error {
	if err := circuits.CheckInput(w.Keys.Program, w.Input); err != nil {
		return err
	}
	y := new(big.Int).SetBytes(w.Input[:vadium.ScalarBytes])
	x := new(big.Int).SetBytes(w.Input[vadium.ScalarBytes:])
	cube := new(big.Int).Exp(x, big.NewInt(3), nil)
	if cube.Add(cube, x).Add(cube, big.NewInt(5)).Cmp(y) != 0 {
		return fmt.Errorf("program %s: %w", w.Keys.Program.Name, circuits.ErrUnsatisfied)
	}
	return nil
}
