package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"
	"connectrpc.com/validate"
	lru "github.com/hashicorp/golang-lru/v2"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	"vadium/marketplace/v1/marketplacev1connect"
	"vadium/vaults/v1/vaultsv1connect"
)

// Server answers calls. It is safe for concurrent use.
type Server struct {
	Config
	domain  signing.Domain
	calls   chan struct{} // one token per call in hand
	streams chan struct{} // one token per stream
	samples chan struct{} // one token per sample proof under verification
	rounds  chan struct{} // one token per proof of a round or a clearing under verification
	// observations has one token per observation whose signature is being checked.
	observations chan struct{}
	board        *board
	spool        *spool
	door         *door
	notary       *notary
	held         *lru.Cache[possession, uint64] // sizes of blobs that are known to be held
	// sealingSignature is the market's, of the key that asks are sealed to.
	sealingSignature []byte
	lastQuote        atomic.Pointer[checkedQuote] // that came with a request, and was ours

	draining atomic.Bool // nothing new is taken on
}

// maxSamples bounds the sample proofs verified at a time: registering a program must not starve deliveries.
const maxSamples = 2

// New returns the server of an open market.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	var market marketplace.Market
	c.Market.View(func(s *marketplace.State) { market = s.Market() })
	if !market.Opened {
		return nil, errors.New("serve market: its journal is empty (create it with: vadium market init)")
	}
	if c.Programs == nil {
		return nil, errors.New("serve market: nothing admits programs (verifier.StartChildren, or verifier.NewInProcess in tests)")
	}
	if c.Transparency == nil {
		return nil, errors.New("serve market: nothing keeps its transparency log (keeper.Open)")
	}
	if c.Opening.IsZero() {
		var err error
		if c.Opening, err = signing.NewOpening(); err != nil {
			return nil, err
		}
	}
	spool, err := openSpool(c.Spool, c.UploadBudget)
	if err != nil {
		return nil, err
	}
	held, err := lru.New[possession, uint64](heldBlobs)
	if err != nil {
		return nil, err
	}
	door, err := newDoor(c.Limits)
	if err != nil {
		return nil, err
	}
	domain := signing.Domain{ChainID: market.ChainID, Deployment: market.Deployment}
	sealingSignature, err := signing.SignSealingKey(domain, c.Key, c.Opening.Public())
	if err != nil {
		return nil, fmt.Errorf("sign the sealing key: %w", err)
	}
	server := &Server{
		Config: c, domain: domain, notary: &notary{domain: domain, key: c.Key},
		calls: make(chan struct{}, c.MaxCalls), streams: make(chan struct{}, c.MaxStreams), samples: make(chan struct{}, maxSamples),
		rounds: make(chan struct{}, maxProofsOfRounds), observations: make(chan struct{}, runtime.GOMAXPROCS(0)), board: newBoard(),
		spool: spool, held: held, door: door, sealingSignature: sealingSignature,
	}
	if c.Metrics != nil {
		c.Metrics.feeds.server.Store(server)
	}
	return server, nil
}

// Handler returns all services, health and reflection.
func (s *Server) Handler() http.Handler {
	around := append(slices.Clone(s.Interceptors), measures{s.Metrics}, refusals{s.Log}, validate.NewInterceptor(validate.WithValidator(plain{protovalidate.GlobalValidator})))
	interceptors := connect.WithInterceptors(around...)
	compress := connect.WithCompressMinBytes(minCompressed)
	small := []connect.HandlerOption{interceptors, connect.WithReadMaxBytes(MaxMessage), compress}
	medium := []connect.HandlerOption{interceptors, connect.WithReadMaxBytes(MaxBatchMessage), compress}
	large := []connect.HandlerOption{interceptors, connect.WithReadMaxBytes(MaxChunkMessage), compress}
	mux := http.NewServeMux()
	mount := func(limit int64) func(string, http.Handler) {
		return func(path string, h http.Handler) { mux.Handle(path, s.admit(limit, h)) }
	}
	mount(MaxMessage)(marketplacev1connect.NewMarketServiceHandler(marketService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewProverServiceHandler(proverService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewProgramServiceHandler(programService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewAccountServiceHandler(accountService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewRiskServiceHandler(riskService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewOracleServiceHandler(oracleService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewLogServiceHandler(logService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewSealedServiceHandler(sealedService{s}, small...))
	mount(MaxMessage)(marketplacev1connect.NewClearingServiceHandler(clearingService{s}, small...))
	mount(MaxMessage)(vaultsv1connect.NewVaultServiceHandler(vaultService{s}, small...))
	mount(MaxBatchMessage)(marketplacev1connect.NewSessionServiceHandler(sessionService{s}, medium...))
	mount(MaxChunkMessage)(marketplacev1connect.NewBlobServiceHandler(blobService{s}, large...))

	services := []string{
		marketplacev1connect.MarketServiceName, marketplacev1connect.ProverServiceName, marketplacev1connect.ProgramServiceName,
		marketplacev1connect.AccountServiceName, marketplacev1connect.SessionServiceName, marketplacev1connect.BlobServiceName,
		marketplacev1connect.RiskServiceName, marketplacev1connect.OracleServiceName, marketplacev1connect.ClearingServiceName,
		marketplacev1connect.LogServiceName, marketplacev1connect.SealedServiceName, vaultsv1connect.VaultServiceName,
	}
	reflector := grpcreflect.NewStaticReflector(services...)
	mux.Handle(grpchealth.NewHandler(readiness{s, grpchealth.NewStaticChecker(services...)}, connect.WithReadMaxBytes(MaxMessage)))
	mux.Handle(grpcreflect.NewHandlerV1(reflector, connect.WithReadMaxBytes(MaxMessage)))
	mux.Handle(grpcreflect.NewHandlerV1Alpha(reflector, connect.WithReadMaxBytes(MaxMessage)))
	return mux
}

// readiness answers gRPC's health service. known tells the services there are from those that are not.
type readiness struct {
	s     *Server
	known grpchealth.Checker
}

// Check implements [grpchealth.Checker].
func (r readiness) Check(ctx context.Context, q *grpchealth.CheckRequest) (*grpchealth.CheckResponse, error) {
	answer, err := r.known.Check(ctx, q)
	if err == nil && (r.s.draining.Load() || r.s.Ready() != nil) {
		answer.Status = grpchealth.StatusNotServing
	}
	return answer, err
}

// streaming are the procedures that last.
var streaming = map[string]bool{
	marketplacev1connect.MarketServiceWatchEventsProcedure:       true,
	marketplacev1connect.BlobServiceGetBlobProcedure:             true,
	marketplacev1connect.OracleServiceWatchObservationsProcedure: true,
}

// admit bounds what one call may cost before anything of it is read.
func (s *Server) admit(bytes int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = promptly(w, http.MaxBytesReader(w, r.Body, bytes+bytes/8), s.BodyTimeout) // room for envelopes; the message itself is bounded by Connect
		from := s.Limits.caller(r)
		if err := s.door.knock(from); err != nil {
			s.turnAway(w, r, turnedAddress, err)
			return
		}
		if r.URL.Path == marketplacev1connect.OracleServiceObserveProcedure {
			if err := s.door.observe(from); err != nil {
				s.turnAway(w, r, turnedAddress, err)
				return
			}
		}
		places, limit := s.calls, turnedBusyCalls
		if streaming[r.URL.Path] {
			if !s.door.streams.add(from, s.Limits.StreamsPerAddress, math.MaxInt) {
				s.turnAway(w, r, turnedAddress, &limited{wire.ErrTooManyStreams, fmt.Sprintf("%v may have %d streams", from, s.Limits.StreamsPerAddress), retryStream})
				return
			}
			defer s.door.streams.remove(from)
			ctx, end := context.WithCancelCause(r.Context())
			defer end(nil)
			places, limit, r = s.streams, turnedBusyStreams, r.WithContext(ctx)
			if serving, ok := ctx.Value(serving{}).(context.Context); ok {
				defer context.AfterFunc(serving, func() { end(sequencer.ErrStopped) })()
			}
		} else {
			ctx, cancel := context.WithTimeout(r.Context(), CallTimeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		unhurried := w
		w = pace(w, s.WriteTimeout)
		defer func() { _ = http.NewResponseController(unhurried).SetWriteDeadline(time.Time{}) }()
		if s.draining.Load() {
			s.turnAway(w, r, turnedDraining, sequencer.ErrStopped)
			return
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			s.turnAway(w, r, limit, fmt.Errorf("the market has %d calls or streams of this kind in hand, as many as it takes: %w", cap(places), wire.ErrBusy))
		}
	})
}

// turnAway answers a call that is not taken on.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, limit string, why error) {
	s.Metrics.turnAway(limit)
	if err := connect.NewErrorWriter().Write(w, r, refusal(why)); err != nil {
		s.Log.Debug("answer was not taken", "limit", limit, "error", err)
	}
}

// Serve answers on the listener until ctx ends. Then it drains: streams end with "the market is stopping", new calls are
// told the same, and calls in hand have until Config.DrainWithin to finish; what is not done by then is cut off. The listener
// accepts plain connections: TLS comes from Config.TLS, above the bounds on connections.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true) // when the listener speaks TLS
	protocols.SetUnencryptedHTTP2(true)
	calls := context.WithoutCancel(ctx) // calls in hand outlive ctx; streams end with it
	server := &http.Server{
		Handler: s.Handler(), Protocols: protocols,
		ReadHeaderTimeout: HeaderTimeout, IdleTimeout: IdleTimeout, MaxHeaderBytes: MaxHeader,
		HTTP2:       &http.HTTP2Config{MaxConcurrentStreams: MaxConcurrentStreams},
		BaseContext: func(net.Listener) context.Context { return context.WithValue(calls, serving{}, ctx) },
	}
	s.draining.Store(false)
	ended := make(chan struct{})
	var stopping sync.WaitGroup
	stopping.Go(func() {
		select {
		case <-ctx.Done():
		case <-ended:
			return
		}
		s.draining.Store(true)
		drain, cancel := context.WithTimeout(calls, s.DrainWithin)
		defer cancel()
		s.finish(drain)
		if err := server.Shutdown(drain); err != nil {
			server.Close()
		}
	})
	var door net.Listener = &bounded{Listener: listener, limits: s.Limits, tls: s.TLS != nil}
	if s.TLS != nil {
		door = tls.NewListener(door, s.TLS)
	}
	err := server.Serve(door)
	close(ended)
	stopping.Wait()
	if !errors.Is(err, http.ErrServerClosed) || ctx.Err() == nil {
		return fmt.Errorf("serve %v: %w", listener.Addr(), err)
	}
	return nil
}

// finishPoll is how often finish looks whether calls are still in hand, and how long a connection that is kept open goes on
// being told that the market is stopping, rather than being closed under its next call.
const finishPoll = 50 * time.Millisecond

// finish waits until no call is in hand, or ctx ends.
func (s *Server) finish(ctx context.Context) {
	ticker := time.NewTicker(finishPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if len(s.calls) == 0 && len(s.streams) == 0 {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// serving is the key under which a stream finds the context that ends when the server is to stop.
type serving struct{}

// answer wraps what a handler found.
func answer[M any](message *M, err error) (*connect.Response[M], error) {
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(message), nil
}
