package fleet

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"

	"vadium"
	proverv1 "vadium/prover/v1"
	"vadium/prover/v1/proverv1connect"
)

// Dial returns the agent at url, such as "http://127.0.0.1:8430". It does not connect yet. trust, if set, says whom to
// trust at an https address. around stands around every call, such as a tracer's.
func Dial(url, token string, trust *tls.Config, around ...connect.Interceptor) Agent {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	transport.Proxy = nil // an input must not pass through whatever the environment names
	url = strings.TrimSuffix(url, "/")
	client := &http.Client{Transport: bearer{token, transport}}
	return remote{
		calls: proverv1connect.NewWorkerServiceClient(client, url, connect.WithReadMaxBytes(maxMessage), connect.WithInterceptors(around...)),
		files: proverv1connect.NewWorkerServiceClient(client, url, connect.WithReadMaxBytes(maxChunkMessage), connect.WithInterceptors(around...)),
	}
}

// bearer adds the token to every call.
type bearer struct {
	token string
	to    http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.to.RoundTrip(r)
}

// remote is an agent behind a connection.
type remote struct {
	calls, files proverv1connect.WorkerServiceClient
}

// Join implements [Agent].
func (r remote) Join(ctx context.Context, o Offer) (Joined, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := r.calls.Join(ctx, connect.NewRequest(encodeOffer(o)))
	if err != nil {
		return Joined{}, fromWire(err)
	}
	if len(answer.Msg.GetWorker()) != len(WorkerID{}) || answer.Msg.GetLeaseMs() <= 0 {
		return Joined{}, errMalformed
	}
	return Joined{WorkerID(answer.Msg.GetWorker()), time.Duration(answer.Msg.GetLeaseMs()) * time.Millisecond}, nil
}

// Prepare implements [Agent].
func (r remote) Prepare(ctx context.Context, w WorkerID, has []Possession) (wanted []vadium.Program, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	m := &proverv1.PrepareRequest{Worker: w[:]}
	for _, p := range has {
		m.Programs = append(m.Programs, &proverv1.Possession{Program: p.Program[:], Evidence: p.Evidence[:]})
	}
	answer, err := r.calls.Prepare(ctx, connect.NewRequest(m))
	if err != nil {
		return nil, fromWire(err)
	}
	for _, manifest := range answer.Msg.GetPrograms() {
		p, err := decodeProgram(manifest)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, p)
	}
	return wanted, nil
}

// Pull implements [Agent].
func (r remote) Pull(ctx context.Context, w WorkerID, wait time.Duration) (Lease, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+pullMargin)
	defer cancel()
	answer, err := r.calls.Pull(ctx, connect.NewRequest(&proverv1.PullRequest{Worker: w[:], WaitMs: wait.Milliseconds()}))
	if err != nil {
		return Lease{}, false, fromWire(err)
	}
	if answer.Msg.GetLease() == nil {
		return Lease{}, false, nil
	}
	l, err := decodeLease(answer.Msg.GetLease())
	return l, err == nil, err
}

// Renew implements [Agent].
func (r remote) Renew(ctx context.Context, w WorkerID, held []Held) (lost []LeaseID, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	m := &proverv1.RenewRequest{Worker: w[:]}
	for _, h := range held {
		m.Leases = append(m.Leases, &proverv1.Held{Id: h.ID[:], Work: h.Work[:]})
	}
	answer, err := r.calls.Renew(ctx, connect.NewRequest(m))
	if err != nil {
		return nil, fromWire(err)
	}
	for _, id := range answer.Msg.GetLost() {
		if len(id) == len(LeaseID{}) {
			lost = append(lost, LeaseID(id))
		}
	}
	return lost, nil
}

// Complete implements [Agent].
func (r remote) Complete(ctx context.Context, w WorkerID, h Held, o Outcome) (used bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := r.calls.Complete(ctx, connect.NewRequest(encodeOutcome(w, h, o)))
	if err != nil {
		return false, fromWire(err)
	}
	return answer.Msg.GetUsed(), nil
}

// Fetch implements [Agent].
func (r remote) Fetch(ctx context.Context, w WorkerID, l LeaseID, digest vadium.Digest, to io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	stream, err := r.files.Fetch(ctx, connect.NewRequest(&proverv1.FetchRequest{Worker: w[:], Lease: l[:], Digest: digest[:]}))
	if err != nil {
		return fromWire(err)
	}
	defer stream.Close()
	for stream.Receive() {
		if _, err := to.Write(stream.Msg().GetChunk()); err != nil {
			return err
		}
	}
	return fromWire(stream.Err())
}
