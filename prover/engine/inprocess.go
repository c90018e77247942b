package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"vadium/circuits"
)

// InProcess is an engine without children. Whatever a program's files do to gnark, they do to this process.
type InProcess struct {
	keys  *cache
	slots chan struct{}

	mu     sync.Mutex // guards closed
	closed bool
	busy   sync.WaitGroup
}

// NewInProcess returns an engine that keeps keyBytes of keys and makes provers proofs at once.
func NewInProcess(provers int, keyBytes int64) *InProcess {
	return &InProcess{keys: newCache(keyBytes), slots: make(chan struct{}, max(provers, 1))}
}

// Solve implements [Engine].
func (e *InProcess) Solve(ctx context.Context, w Work) error {
	return e.detached(ctx, func() error {
		_, err := solve(e.keys, w)
		return err
	})
}

// Prove implements [Engine].
func (e *InProcess) Prove(ctx context.Context, w Work) (Proof, error) {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return Proof{}, ctx.Err()
	}
	made := make(chan Proof, 1)
	err := e.detached(ctx, func() error {
		defer func() { <-e.slots }()
		proof, err := prove(e.keys, w)
		made <- proof
		return err
	})
	if err != nil {
		return Proof{}, err
	}
	return <-made, nil
}

// CheckUniversal implements [Engine].
func (e *InProcess) CheckUniversal(ctx context.Context, k Keys) error {
	return e.detached(ctx, func() error { return checkUniversal(k) })
}

// Close implements [Engine]. It waits for abandoned computations too: gnark cannot be interrupted.
func (e *InProcess) Close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.busy.Wait()
	return nil
}

// detached runs do and returns its error, or ctx's when that ends first.
func (e *InProcess) detached(ctx context.Context, do func() error) error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return ErrClosed
	}
	done := make(chan error, 1)
	e.busy.Go(func() { done <- do() })
	e.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func solve(keys *cache, w Work) (load time.Duration, err error) {
	begun := time.Now()
	k, loaded, err := keys.get(w.Keys)
	if err != nil {
		return 0, loadError(err)
	}
	if loaded {
		load = time.Since(begun)
	}
	return load, aboutInput(k.Solve(w.Input, w.Request, w.Prover))
}

func prove(keys *cache, w Work) (Proof, error) {
	begun := time.Now()
	k, loaded, err := keys.get(w.Keys)
	if err != nil {
		return Proof{}, loadError(err)
	}
	var cost Cost
	if loaded {
		cost.Load = time.Since(begun)
	}
	begun, cpu := time.Now(), cpuTime()
	proof, err := k.Prove(w.Input, w.Request, w.Prover)
	if err != nil {
		return Proof{}, aboutInput(err)
	}
	cost.Wall, cost.CPU, cost.Peak = time.Since(begun), cpuTime()-cpu, peakMemory()
	return Proof{proof, cost}, nil
}

func checkUniversal(k Keys) error {
	ccs, err := os.ReadFile(k.ConstraintSystem)
	if err != nil {
		return loadError(err)
	}
	vk, err := os.ReadFile(k.VerifyingKey)
	if err != nil {
		return loadError(err)
	}
	if err := circuits.CheckUniversal(k.Program, ccs, vk); err != nil {
		return fmt.Errorf("%w: %v", ErrFailed, err) // about keys only, which are public
	}
	return nil
}

func loadError(err error) error {
	if errors.Is(err, ErrKeysTooLarge) {
		return err
	}
	return fmt.Errorf("%w: load keys: %v", ErrFailed, err)
}

// aboutInput keeps the kind of an error and drops its text: gnark quotes the values that do not fit.
func aboutInput(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, circuits.ErrUnsatisfied):
		return circuits.ErrUnsatisfied
	case errors.Is(err, circuits.ErrMalformedInput):
		return circuits.ErrMalformedInput
	}
	return fmt.Errorf("%w: gnark made no valid proof", ErrFailed)
}
