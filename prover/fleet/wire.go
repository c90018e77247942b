package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/prover/engine"
	proverv1 "vadium/prover/v1"
)

// Limits of what travels between agent and worker, in bytes.
const (
	// maxMessage bounds every message but a file's part: the largest proof (64 KiB), a failure, 256 leases.
	maxMessage = 128 << 10
	// maxChunk is one part of a file, maxChunkMessage the message around it.
	maxChunk        = 256 << 10
	maxChunkMessage = maxChunk + 4<<10
	// maxInput is the largest input a market takes.
	maxInput = 16 << 20
	// maxManifest bounds a program's manifest.
	maxManifest = 4 << 10
	// maxFailure is what a worker may tell about a failure.
	maxFailure = 2 << 10
)

// backendNames maps names as they travel.
var backendNames = func() map[string]Backend {
	names := map[string]Backend{}
	for _, b := range Backends() {
		names[b.String()] = b
	}
	return names
}()

func encodeOffer(o Offer) *proverv1.JoinRequest {
	m := &proverv1.JoinRequest{Name: o.Name, KeyBytes: o.KeyBytes, Slots: uint32(o.Slots)}
	for _, b := range o.Backends {
		m.Backends = append(m.Backends, b.String())
	}
	return m
}

// decodeOffer leaves out what this version does not know: a newer worker may prove more.
func decodeOffer(m *proverv1.JoinRequest) Offer {
	o := Offer{Name: m.GetName(), KeyBytes: m.GetKeyBytes(), Slots: int(m.GetSlots())}
	for _, name := range m.GetBackends() {
		if b, known := backendNames[name]; known {
			o.Backends = append(o.Backends, b)
		}
	}
	return o
}

func encodeLease(l Lease) *proverv1.Lease {
	return &proverv1.Lease{
		Id: l.ID[:], Work: l.Work[:], Program: encodeProgram(l.Program), Request: l.Request[:], Prover: l.Prover[:],
		Input: l.Input[:], InputBytes: l.InputBytes, TimeLeftMs: l.TimeLeft.Milliseconds(),
	}
}

func encodeProgram(p vadium.Program) []byte {
	manifest, err := rlp.EncodeToBytes(&p)
	if err != nil {
		panic(fmt.Sprintf("invariant: a manifest always encodes: %v", err))
	}
	return manifest
}

func decodeProgram(manifest []byte) (p vadium.Program, err error) {
	if len(manifest) > maxManifest {
		return p, errMalformed
	}
	if err := rlp.DecodeBytes(manifest, &p); err != nil {
		return p, fmt.Errorf("%w: manifest: %v", errMalformed, err)
	}
	return p, nil
}

var errMalformed = errors.New("malformed message")

func decodeLease(m *proverv1.Lease) (l Lease, err error) {
	fixed := func(into, from []byte) {
		if len(into) != len(from) {
			err = errMalformed
		}
		copy(into, from)
	}
	fixed(l.ID[:], m.GetId())
	fixed(l.Work[:], m.GetWork())
	fixed(l.Request[:], m.GetRequest())
	fixed(l.Prover[:], m.GetProver())
	fixed(l.Input[:], m.GetInput())
	if err != nil || m.GetInputBytes() > maxInput || m.GetTimeLeftMs() < 0 {
		return l, errMalformed
	}
	if l.Program, err = decodeProgram(m.GetProgram()); err != nil {
		return l, err
	}
	l.InputBytes, l.TimeLeft = m.GetInputBytes(), min(time.Duration(m.GetTimeLeftMs())*time.Millisecond, 30*24*time.Hour)
	return l, nil
}

func encodeOutcome(w WorkerID, h Held, o Outcome) *proverv1.CompleteRequest {
	m := &proverv1.CompleteRequest{Worker: w[:], Lease: h.ID[:], Work: h.Work[:]}
	if o.Failure == nil {
		c := o.Proof.Cost
		m.Proof = o.Proof.Bytes
		m.Cost = &proverv1.Cost{WallNs: int64(c.Wall), CpuNs: int64(c.CPU), LoadNs: int64(c.Load), PeakBytes: c.Peak}
		return m
	}
	kind, message := proverv1.Failure_KIND_FAILED, o.Failure.Error()
	switch {
	case errors.Is(o.Failure, engine.ErrKeysTooLarge):
		kind = proverv1.Failure_KIND_KEYS_TOO_LARGE
	case errors.Is(o.Failure, ErrStopped):
		kind = proverv1.Failure_KIND_STOPPED
	}
	m.Failure = &proverv1.Failure{Kind: kind, Message: message[:min(len(message), maxFailure/2)]} // cut early: %q may double it
	return m
}

// decodeOutcome never fails: a message without a proof is a failure.
func decodeOutcome(m *proverv1.CompleteRequest) Outcome {
	if f := m.GetFailure(); f != nil || len(m.GetProof()) == 0 {
		switch f.GetKind() {
		case proverv1.Failure_KIND_KEYS_TOO_LARGE:
			return Outcome{Failure: fmt.Errorf("%w: %q", engine.ErrKeysTooLarge, f.GetMessage())}
		case proverv1.Failure_KIND_STOPPED:
			return Outcome{Failure: ErrStopped}
		default: // quoted: a worker that a program took over may say anything
			return Outcome{Failure: fmt.Errorf("%w: %q", engine.ErrFailed, f.GetMessage())}
		}
	}
	c := m.GetCost()
	return Outcome{Proof: engine.Proof{Bytes: m.GetProof(), Cost: engine.Cost{
		Wall: reported(c.GetWallNs()), CPU: reported(c.GetCpuNs()), Load: reported(c.GetLoadNs()), Peak: c.GetPeakBytes(),
	}}}
}

// reported reads a duration that a worker tells: no proof takes a month.
func reported(ns int64) time.Duration { return min(max(time.Duration(ns), 0), 30*24*time.Hour) }

// codes maps errors of an agent to the wire and back; whatever else goes wrong is worth another try.
var codes = []struct {
	err  error
	code connect.Code
}{
	{ErrUnknownWorker, connect.CodeNotFound},
	{ErrUnauthorised, connect.CodeUnauthenticated},
	{ErrNotLeased, connect.CodeFailedPrecondition},
	{ErrTooManyWorkers, connect.CodeResourceExhausted},
	{engine.ErrClosed, connect.CodeUnavailable},
}

func toWire(err error) error {
	for _, row := range codes {
		if errors.Is(err, row.err) {
			return connect.NewError(row.code, row.err)
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return connect.NewError(connect.CodeCanceled, err)
	}
	return connect.NewError(connect.CodeInternal, errors.New("the agent failed (its log says how)"))
}

func fromWire(err error) error {
	if err == nil {
		return nil
	}
	for _, row := range codes {
		if connect.CodeOf(err) == row.code && row.code != connect.CodeUnavailable {
			return fmt.Errorf("%w: %v", row.err, err)
		}
	}
	return err
}
