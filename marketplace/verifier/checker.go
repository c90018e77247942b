package verifier

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"vadium"
	"vadium/circuits"
)

// ErrUndecided: a proof or key could not be looked at, because every process that did died. It says nothing about whoever
// sent it.
const ErrUndecided vadium.Kind = "verification-undecided"

// ErrKills comes with an [ErrUndecided] whose reason is that the proof ended a child that looked at nothing else.
var ErrKills = errors.New("a second child died of it, which saw nothing else")

// Checker looks at what strangers send and gnark would have to read: proofs and verifying keys. [Children] does it in
// processes of its own, [InProcess] here. Its methods may be called concurrently.
type Checker interface {
	// Check verifies proofs of one program under its verifying key, whose canonical bytes are key; at most
	// [circuits.MaxBatch] of them. The error at position i is about claim i: nil if it is valid, an
	// [circuits.ErrInvalidProof] or [circuits.ErrMalformedProof] if it is not. Any other error says that this was not found
	// out, for a reason that is ours, unless it is an [ErrKills].
	Check(ctx context.Context, program vadium.Program, key []byte, claims []circuits.Claim) []error
	// Admit looks at a program for the first time. Serialised again, its key must have the manifest's digest, and sample
	// must verify under it. Admit returns who vouches for the keys. Refusals are [circuits.ErrMalformedKey] and the kinds
	// of [circuits.VerifyingKey.Verify]; an ErrUndecided says that it was not found out.
	Admit(ctx context.Context, program vadium.Program, key []byte, sample circuits.Claim) (vadium.KeyClass, error)
}

// maxKeys bounds the parsed keys in memory, about 100 kB each.
const maxKeys = 64

// InProcess is the [Checker] of tests and simulations: it looks at everything in this process, which a crafted proof might
// end. It is also what runs in each of the [Children].
type InProcess struct {
	keys *lru.Cache[vadium.ProgramID, *circuits.VerifyingKey]
}

// NewInProcess returns a checker.
func NewInProcess() *InProcess {
	keys, err := lru.New[vadium.ProgramID, *circuits.VerifyingKey](maxKeys)
	if err != nil {
		panic("invariant: a cache has room: " + err.Error())
	}
	return &InProcess{keys}
}

// Check implements [Checker].
func (c *InProcess) Check(_ context.Context, program vadium.Program, key []byte, claims []circuits.Claim) (reasons []error) {
	// circuits recovers from what it knows; a panic beyond that is our fault, not the prover's.
	defer func() {
		if r := recover(); r != nil {
			reasons = fill(make([]error, len(claims)), fmt.Errorf("verification panicked: %v", r))
		}
	}()
	vk, ok := c.keys.Get(program.ID())
	if !ok {
		var err error
		if vk, err = circuits.LoadVerifyingKey(program, key); err != nil {
			return fill(make([]error, len(claims)), err)
		}
		c.keys.Add(program.ID(), vk)
	}
	return vk.VerifyBatch(nil, claims)
}

// Admit implements [Checker].
func (c *InProcess) Admit(_ context.Context, program vadium.Program, key []byte, sample circuits.Claim) (vadium.KeyClass, error) {
	canonical, err := circuits.AdmitVerifyingKey(program.System, program.Curve, key)
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(canonical, key) {
		return 0, fmt.Errorf("serialised again, the verifying key of program %s has digest %s, the manifest says %s: %w",
			program.Name, vadium.DigestOf(canonical), program.VerifyingKey, circuits.ErrMalformedKey)
	}
	vk, err := circuits.LoadVerifyingKey(program, canonical)
	if err != nil {
		return 0, err
	}
	if err := vk.Verify(sample.PublicInputs, sample.Proof); err != nil {
		return 0, err
	}
	return circuits.KeyClassOf(program.System, program.Curve, canonical), nil
}
