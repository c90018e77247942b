package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/circuits"
)

// What travels between the market and a child. Parent and child are the same binary, so nothing here is persisted.
const (
	// maxRequest fits a verifying key (1 MiB) and a full batch: 64 proofs of 64 KiB with 1,024 public inputs each.
	maxRequest = 8 << 20
	// maxAnswer fits a full batch of reasons.
	maxAnswer = 128 << 10
	// maxReason bounds what is said about one proof, in bytes.
	maxReason = 512
)

// task is what a child is asked for.
type task uint8

const (
	taskCheck task = 1
	taskAdmit task = 2
)

type request struct {
	Task    task
	Program vadium.Program
	Key     []byte
	Claims  []circuits.Claim
}

type response struct {
	Findings []finding // one for each claim; for taskAdmit one
	Class    vadium.KeyClass
}

// finding is an error as it travels. The zero value is none.
type finding struct {
	Kind vadium.Kind
	Text string
}

// found are the kinds that a child may find. What else it says is no finding: it could not find out.
var found = []vadium.Kind{
	circuits.ErrMalformedProof, circuits.ErrInvalidProof, circuits.ErrMalformedInput, circuits.ErrMalformedKey,
}

func findingOf(err error) finding {
	if err == nil {
		return finding{}
	}
	f := finding{Kind: ErrUndecided, Text: err.Error()}
	for _, kind := range found {
		if errors.Is(err, kind) {
			f.Kind = kind
			break
		}
	}
	f.Text = f.Text[:min(len(f.Text), maxReason)]
	return f
}

// reason is an error that came from a child. A child that crafted bytes took over may say anything, so its text is quoted
// where it could deceive whoever reads a log.
type reason struct{ finding }

// Error implements error.
func (r reason) Error() string {
	if quoted := strconv.Quote(r.Text); quoted[1:len(quoted)-1] != r.Text {
		return string(r.Kind) + ": " + quoted
	}
	return r.Text
}

// Unwrap returns the kind.
func (r reason) Unwrap() error { return r.Kind }

// err returns the error that f was made of, as far as it is one that a child may find.
func (f finding) err() error {
	if f == (finding{}) {
		return nil
	}
	f.Text = f.Text[:min(len(f.Text), maxReason)]
	if !slices.Contains(found, f.Kind) {
		f.Kind = ErrUndecided
	}
	return reason{f}
}

func encode(message any) []byte {
	b, err := rlp.EncodeToBytes(message)
	if err != nil {
		panic(fmt.Sprintf("invariant: messages of the verifier always encode: %v", err))
	}
	return b
}

// decodeResponse reads what a child answered to a request with so many claims.
func decodeResponse(b []byte, claims int) (r response, err error) {
	if err := rlp.DecodeBytes(b, &r); err != nil {
		return response{}, fmt.Errorf("malformed answer: %w", err)
	}
	if len(r.Findings) != claims {
		return response{}, fmt.Errorf("malformed answer: %d findings on %d claims", len(r.Findings), claims)
	}
	return r, nil
}

func decodeRequest(b []byte) (r request, err error) {
	if err := rlp.DecodeBytes(b, &r); err != nil {
		return request{}, fmt.Errorf("malformed request: %w", err)
	}
	return r, nil
}

// answer is what a child does with a request.
func answer(checker *InProcess, b []byte) ([]byte, error) {
	r, err := decodeRequest(b)
	if err != nil {
		return nil, err
	}
	var made response
	switch {
	case r.Task == taskCheck && len(r.Claims) <= circuits.MaxBatch:
		for _, err := range checker.Check(context.Background(), r.Program, r.Key, r.Claims) {
			made.Findings = append(made.Findings, findingOf(err))
		}
	case r.Task == taskAdmit && len(r.Claims) == 1:
		class, err := checker.Admit(context.Background(), r.Program, r.Key, r.Claims[0])
		made.Findings, made.Class = []finding{findingOf(err)}, class
	default:
		return nil, fmt.Errorf("malformed request: task %d with %d claims", r.Task, len(r.Claims))
	}
	return encode(made), nil
}
