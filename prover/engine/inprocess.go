package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"vadium"
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
		return solve(e.keys, w, fromFiles(w.Keys))
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
		proof, err := prove(e.keys, w, fromFiles(w.Keys), (*circuits.ProvingKeys).Prove)
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
	return e.detached(ctx, func() error {
		ccs, err := os.Open(k.ConstraintSystem)
		if err != nil {
			return loadError(err)
		}
		defer ccs.Close()
		vk, err := os.Open(k.VerifyingKey)
		if err != nil {
			return loadError(err)
		}
		defer vk.Close()
		return checkUniversal(k.Program, circuits.Files{ConstraintSystem: ccs, VerifyingKey: vk})
	})
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

// loader loads the keys that a cache lacks.
type loader func() (*circuits.ProvingKeys, error)

func fromFiles(k Keys) loader {
	return func() (*circuits.ProvingKeys, error) {
		return circuits.LoadProvingKeys(k.Program, k.ConstraintSystem, k.ProvingKey, k.VerifyingKey)
	}
}

func solve(keys *cache, w Work, from loader) error {
	k, _, err := keys.timed(w.Keys.Program, from)
	if err != nil {
		return err
	}
	return aboutInput(k.Solve(w.Input, w.Request, w.Prover))
}

// prover is how a proof is made.
type prover func(*circuits.ProvingKeys, []byte, vadium.RequestID, vadium.Account) ([]byte, error)

func prove(keys *cache, w Work, from loader, how prover) (Proof, error) {
	k, load, err := keys.timed(w.Keys.Program, from)
	if err != nil {
		return Proof{}, err
	}
	cost := Cost{Load: load}
	begun, cpu := time.Now(), cpuTime()
	proof, err := how(k, w.Input, w.Request, w.Prover)
	if err != nil {
		return Proof{}, aboutInput(err)
	}
	cost.Wall, cost.CPU, cost.Peak = time.Since(begun), cpuTime()-cpu, peakMemory()
	return Proof{proof, cost}, nil
}

func checkUniversal(p vadium.Program, files circuits.Files) error {
	ccs, err := exactly(files.ConstraintSystem, p.ConstraintSystemBytes)
	if err != nil {
		return loadError(err)
	}
	vk, err := exactly(files.VerifyingKey, p.VerifyingKeyBytes)
	if err != nil {
		return loadError(err)
	}
	if err := circuits.CheckUniversal(p, ccs, vk); err != nil {
		return fmt.Errorf("%w: %v", ErrFailed, err) // about keys only, which are public
	}
	return nil
}

// exactly reads a file that has the length its manifest states.
func exactly(f *os.File, size uint64) ([]byte, error) {
	content, err := io.ReadAll(io.NewSectionReader(f, 0, int64(min(size, 1<<62))+1))
	if err == nil && uint64(len(content)) != size {
		err = fmt.Errorf("%s does not have the %d bytes its manifest states (fetch it again)", f.Name(), size)
	}
	return content, err
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
