package fleet

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/validate"

	"vadium"
	proverv1 "vadium/prover/v1"
	"vadium/prover/v1/proverv1connect"
)

// Door is how remote workers come in.
type Door struct {
	// Token is what every call must carry; see [CreateToken].
	Token string
	// TLS is required when the listener is not on loopback.
	TLS *tls.Config
}

// Limits of the door.
const (
	// maxCalls is how many calls are in hand at once: every worker pulls, renews, completes and fetches.
	maxCalls = 4 * maxWorkers
	// callTimeout bounds reading and answering a call; pulls wait, and files are long.
	callTimeout = 30 * time.Second
	pullMargin  = 10 * time.Second
	longestPull = time.Minute
	// fetchTimeout bounds a file: 8 GiB at 20 MB/s take seven minutes.
	fetchTimeout = 30 * time.Minute
)

// ErrNeedsTLS: the door would open to other machines without encryption.
var ErrNeedsTLS = errors.New("workers on other machines need TLS (give --tls-cert and --tls-key, or listen on 127.0.0.1)")

// Loopback reports whether only this machine can reach an address.
func Loopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// Serve answers workers on the listener until ctx ends.
func (f *Fleet) Serve(ctx context.Context, listener net.Listener, d Door) error {
	if d.TLS == nil && !Loopback(listener.Addr()) {
		return errors.Join(fmt.Errorf("serve workers at %v: %w", listener.Addr(), ErrNeedsTLS), listener.Close())
	}
	if d.TLS != nil {
		listener = tls.NewListener(listener, d.TLS)
	}
	server := &http.Server{
		Handler: f.Handler(d.Token), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: callTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) || ctx.Err() == nil {
		return fmt.Errorf("serve workers at %v: %w", listener.Addr(), err)
	}
	return nil
}

// Handler returns the workers' service behind the token.
func (f *Fleet) Handler(token string) http.Handler {
	path, service := proverv1connect.NewWorkerServiceHandler(door{f},
		connect.WithInterceptors(validate.NewInterceptor()), connect.WithReadMaxBytes(maxMessage))
	want := sha256.Sum256([]byte(token))
	calls := make(chan struct{}, maxCalls)
	mux := http.NewServeMux()
	mux.Handle(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Before anything is read: the digests are of one length, so comparing them tells nothing about the token.
		given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(given))
		refuse := connect.NewErrorWriter()
		if !bearer || token == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			_ = refuse.Write(w, r, toWire(ErrUnauthorised)) // whoever it was may have gone
			return
		}
		select {
		case calls <- struct{}{}:
			defer func() { <-calls }()
		default:
			_ = refuse.Write(w, r, connect.NewError(connect.CodeResourceExhausted, errors.New("too many calls at once")))
			return
		}
		limit := callTimeout
		switch r.URL.Path {
		case proverv1connect.WorkerServicePullProcedure:
			limit = longestPull + pullMargin
		case proverv1connect.WorkerServiceFetchProcedure:
			limit = fetchTimeout
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit)) // where the server supports it
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxMessage+maxMessage/8) // room for envelopes
		service.ServeHTTP(w, r)
	}))
	return mux
}

// door answers calls with what the fleet says.
type door struct{ *Fleet }

var _ proverv1connect.WorkerServiceHandler = door{}

// Join implements the service.
func (d door) Join(ctx context.Context, r *connect.Request[proverv1.JoinRequest]) (*connect.Response[proverv1.JoinResponse], error) {
	joined, err := d.Fleet.Join(ctx, decodeOffer(r.Msg))
	if err != nil {
		return nil, toWire(err)
	}
	return connect.NewResponse(&proverv1.JoinResponse{Worker: joined.Worker[:], LeaseMs: joined.LeaseFor.Milliseconds()}), nil
}

// Prepare implements the service.
func (d door) Prepare(ctx context.Context, r *connect.Request[proverv1.PrepareRequest]) (*connect.Response[proverv1.PrepareResponse], error) {
	has := make([]Possession, 0, len(r.Msg.GetPrograms()))
	for _, p := range r.Msg.GetPrograms() {
		has = append(has, Possession{vadium.ProgramID(p.GetProgram()), vadium.Digest(p.GetEvidence())})
	}
	wanted, err := d.Fleet.Prepare(ctx, WorkerID(r.Msg.GetWorker()), has)
	if err != nil {
		return nil, toWire(err)
	}
	answer := &proverv1.PrepareResponse{}
	for _, p := range wanted {
		answer.Programs = append(answer.Programs, encodeProgram(p))
	}
	return connect.NewResponse(answer), nil
}

// Pull implements the service.
func (d door) Pull(ctx context.Context, r *connect.Request[proverv1.PullRequest]) (*connect.Response[proverv1.PullResponse], error) {
	wait := min(time.Duration(r.Msg.GetWaitMs())*time.Millisecond, longestPull)
	lease, ok, err := d.Fleet.Pull(ctx, WorkerID(r.Msg.GetWorker()), wait)
	if err != nil {
		return nil, toWire(err)
	}
	answer := &proverv1.PullResponse{}
	if ok {
		answer.Lease = encodeLease(lease)
	}
	return connect.NewResponse(answer), nil
}

// Renew implements the service.
func (d door) Renew(ctx context.Context, r *connect.Request[proverv1.RenewRequest]) (*connect.Response[proverv1.RenewResponse], error) {
	held := make([]Held, 0, len(r.Msg.GetLeases()))
	for _, h := range r.Msg.GetLeases() {
		held = append(held, Held{LeaseID(h.GetId()), WorkID(h.GetWork())})
	}
	lost, err := d.Fleet.Renew(ctx, WorkerID(r.Msg.GetWorker()), held)
	if err != nil {
		return nil, toWire(err)
	}
	answer := &proverv1.RenewResponse{}
	for _, id := range lost {
		answer.Lost = append(answer.Lost, id[:])
	}
	return connect.NewResponse(answer), nil
}

// Complete implements the service.
func (d door) Complete(ctx context.Context, r *connect.Request[proverv1.CompleteRequest]) (*connect.Response[proverv1.CompleteResponse], error) {
	held := Held{LeaseID(r.Msg.GetLease()), WorkID(r.Msg.GetWork())}
	used, err := d.Fleet.Complete(ctx, WorkerID(r.Msg.GetWorker()), held, decodeOutcome(r.Msg))
	if err != nil {
		return nil, toWire(err)
	}
	answer := &proverv1.CompleteResponse{Used: used}
	if !used {
		answer.Reason = "the work is over, or the result is no proof of it"
	}
	return connect.NewResponse(answer), nil
}

// Fetch implements the service.
func (d door) Fetch(ctx context.Context, r *connect.Request[proverv1.FetchRequest], stream *connect.ServerStream[proverv1.FetchResponse]) error {
	err := d.Fleet.Fetch(ctx, WorkerID(r.Msg.GetWorker()), LeaseID(r.Msg.GetLease()), vadium.Digest(r.Msg.GetDigest()), chunks{stream})
	if err != nil {
		return toWire(err)
	}
	return nil
}

// chunks writes to a stream in parts.
type chunks struct {
	*connect.ServerStream[proverv1.FetchResponse]
}

// Write implements [io.Writer].
func (c chunks) Write(b []byte) (int, error) {
	for at := 0; at < len(b); at += maxChunk {
		if err := c.Send(&proverv1.FetchResponse{Chunk: b[at:min(at+maxChunk, len(b))]}); err != nil {
			return at, err
		}
	}
	return len(b), nil
}
