package verifier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/blob"
)

// maxProof bounds what is read of a proof; rpc takes no more.
const maxProof blob.Limit = 64 << 10

// Reading may fail for a moment; verifying gives the same answer every time.
const (
	readTries = 3
	readPause = 200 * time.Millisecond
)

// judge verifies deliveries of one program. The error at position i says why delivery i is not valid.
func (v *Verifier) judge(ctx context.Context, jobs []job) []error {
	reasons := make([]error, len(jobs))
	program := jobs[0].program
	var key []byte
	if err := v.patiently(ctx, func() (err error) {
		key, err = blob.ReadAll(ctx, v.Blobs, program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
		return err
	}); err != nil {
		return fill(reasons, fmt.Errorf("verifying key of program %s: %w", program.Name, err))
	}
	claims := make([]circuits.Claim, len(jobs))
	var reading sync.WaitGroup
	for i, j := range jobs {
		reading.Go(func() {
			claims[i].PublicInputs = circuits.PublicInputs(program, j.statement, j.request, j.prover)
			reasons[i] = v.patiently(ctx, func() (err error) {
				claims[i].Proof, err = blob.ReadAll(ctx, v.Blobs, j.proof, maxProof)
				return err
			})
		})
	}
	reading.Wait()
	var readable []int // a proof that we lost does not keep the others waiting
	var held []circuits.Claim
	for i, err := range reasons {
		if err == nil {
			readable, held = append(readable, i), append(held, claims[i])
		}
	}
	if len(held) == 0 {
		return reasons
	}
	for n, err := range v.Checker.Check(ctx, program, key, held) {
		reasons[readable[n]] = err
	}
	return reasons
}

func fill(reasons []error, err error) []error {
	for i := range reasons {
		reasons[i] = err
	}
	return reasons
}

// verdictOf says what a reason means: only a finding about the proof itself makes it invalid.
func verdictOf(reason error) marketplace.Verdict {
	switch {
	case reason == nil:
		return marketplace.VerdictValid
	case errors.Is(reason, circuits.ErrMalformedProof), errors.Is(reason, circuits.ErrInvalidProof):
		return marketplace.VerdictInvalid
	}
	return marketplace.VerdictUndecided
}

func (v *Verifier) patiently(ctx context.Context, read func() error) (err error) {
	for range readTries {
		if err = read(); err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(readPause):
		case <-ctx.Done():
		}
	}
	return err
}
