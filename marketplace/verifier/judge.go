package verifier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vadium"
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

// judge verifies a delivery. Only a finding about the proof itself makes it invalid.
func (v *Verifier) judge(ctx context.Context, j job) (marketplace.Verdict, error) {
	var key *circuits.VerifyingKey
	var proof []byte
	err := v.patiently(ctx, func() (err error) {
		if key, err = v.keys.load(ctx, v.Blobs, j.program); err != nil {
			return err
		}
		proof, err = blob.ReadAll(ctx, v.Blobs, j.proof, maxProof)
		return err
	})
	if err != nil {
		return marketplace.VerdictUndecided, err
	}
	err = verify(key, circuits.PublicInputs(j.program, j.statement, j.request, j.prover), proof)
	switch {
	case err == nil:
		return marketplace.VerdictValid, nil
	case errors.Is(err, circuits.ErrMalformedProof), errors.Is(err, circuits.ErrInvalidProof):
		return marketplace.VerdictInvalid, err
	}
	return marketplace.VerdictUndecided, err
}

// verify turns a panic outside circuits' own guards into an error: it is our fault, not the prover's.
func verify(key *circuits.VerifyingKey, publicInputs, proof []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("verification panicked: %v", r)
		}
	}()
	return key.Verify(publicInputs, proof)
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

// maxKeys bounds the parsed keys in memory, about 100 kB each. There is no order of use: when it is full it is emptied,
// and what is needed is parsed again, in milliseconds.
const maxKeys = 256

// keyCache keeps parsed verifying keys.
type keyCache struct {
	mu   sync.Mutex
	keys map[vadium.ProgramID]*circuits.VerifyingKey // guarded by mu
}

func (c *keyCache) load(ctx context.Context, blobs blob.Store, program vadium.Program) (*circuits.VerifyingKey, error) {
	id := program.ID()
	c.mu.Lock()
	key := c.keys[id]
	c.mu.Unlock()
	if key != nil {
		return key, nil
	}
	content, err := blob.ReadAll(ctx, blobs, program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("verifying key of program %s: %w", program.Name, err)
	}
	if key, err = circuits.LoadVerifyingKey(program, content); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxKeys {
		c.keys = map[vadium.ProgramID]*circuits.VerifyingKey{}
	}
	c.keys[id] = key
	return key, nil
}
