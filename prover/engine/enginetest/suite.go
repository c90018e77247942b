package enginetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
)

// Request and Prover are whom the suite proves for.
var (
	Request = vadium.RequestID{0: 0xff, 31: 1}
	Prover  = vadium.Account{0: 0xaa, 19: 2}
)

// Suite holds an engine to the promises of [engine.Engine]. open returns a fresh one that makes two proofs at once;
// valid says whether a proof of the toy is one.
func Suite(t *testing.T, open func(t *testing.T) engine.Engine, valid func(t *testing.T, w engine.Work, proof []byte) bool) {
	keys := Groth16(t).Write(t, t.TempDir())
	work := func(input []byte) engine.Work {
		return engine.Work{Keys: keys, Input: input, Request: Request, Prover: Prover}
	}
	good := work(Input(3))

	t.Run("SatisfyingInputIsSolvedAndProven", func(t *testing.T) {
		e := opened(t, open)
		if err := e.Solve(t.Context(), good); err != nil {
			t.Fatalf("Solve = %v, want nil", err)
		}
		proof, err := e.Prove(t.Context(), good)
		if err != nil {
			t.Fatalf("Prove = %v, want a proof", err)
		}
		if !valid(t, good, proof.Bytes) {
			t.Error("the proof is not valid")
		}
		if proof.Cost.Wall <= 0 {
			t.Errorf("the proof took %v, want more than nothing", proof.Cost.Wall)
		}
	})

	t.Run("InputThatDoesNotSatisfyIsToldFromFailure", func(t *testing.T) {
		e := opened(t, open)
		for name, row := range map[string]struct {
			input []byte
			want  error
		}{
			"wrong secret":  {Input(4), circuits.ErrUnsatisfied},
			"short":         {Input(3)[1:], circuits.ErrMalformedInput},
			"long":          {append(Input(3), 0), circuits.ErrMalformedInput},
			"not canonical": {append(Statement(), bytes.Repeat([]byte{0xff}, vadium.ScalarBytes)...), circuits.ErrMalformedInput},
			"empty":         {nil, circuits.ErrMalformedInput},
		} {
			if err := e.Solve(t.Context(), work(row.input)); !errors.Is(err, row.want) {
				t.Errorf("Solve, %s = %v, want %v", name, err, row.want)
			}
			if _, err := e.Prove(t.Context(), work(row.input)); !errors.Is(err, row.want) {
				t.Errorf("Prove, %s = %v, want %v", name, err, row.want)
			}
		}
	})

	t.Run("ErrorsDoNotTellSecrets", func(t *testing.T) {
		e := opened(t, open)
		const secret = 123_456_789
		for _, err := range []error{e.Solve(t.Context(), work(Input(secret))), errorOf(e.Prove(t.Context(), work(Input(secret))))} {
			if err == nil || bytes.Contains([]byte(err.Error()), []byte("123456789")) {
				t.Errorf("error = %v, want one without the secret", err)
			}
		}
	})

	t.Run("ManyAtOnce", func(t *testing.T) {
		e := opened(t, open)
		var wait sync.WaitGroup
		for i := range 6 {
			w := good
			w.Request[30] = byte(i)
			wait.Go(func() {
				proof, err := e.Prove(t.Context(), w)
				if err != nil || !valid(t, w, proof.Bytes) {
					t.Errorf("proof %d: %v, want a valid one", i, err)
				}
			})
			wait.Go(func() {
				if err := e.Solve(t.Context(), w); err != nil {
					t.Errorf("Solve %d = %v, want nil", i, err)
				}
			})
		}
		wait.Wait()
	})

	t.Run("AnEndedContextEndsTheCall", func(t *testing.T) {
		e := opened(t, open)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := e.Solve(ctx, good); !errors.Is(err, context.Canceled) {
			t.Errorf("Solve = %v, want canceled", err)
		}
		if _, err := e.Prove(ctx, good); !errors.Is(err, context.Canceled) {
			t.Errorf("Prove = %v, want canceled", err)
		}
		if err := e.Solve(t.Context(), good); err != nil {
			t.Errorf("Solve afterwards = %v, want nil", err)
		}
	})

	t.Run("AClosedEngineSaysSo", func(t *testing.T) {
		e := open(t)
		for range 2 {
			if err := e.Close(); err != nil {
				t.Fatalf("Close = %v", err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := e.Solve(ctx, good); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("Solve = %v, want %v", err, engine.ErrClosed)
		}
		if _, err := e.Prove(ctx, good); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("Prove = %v, want %v", err, engine.ErrClosed)
		}
	})
}

func opened(t *testing.T, open func(t *testing.T) engine.Engine) engine.Engine {
	e := open(t)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return e
}

func errorOf(_ engine.Proof, err error) error { return err }
