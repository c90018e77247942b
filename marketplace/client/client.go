package client

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
	"github.com/cenkalti/backoff/v5"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
	"vadium/vaults/v1/vaultsv1connect"
)

// Options say how to talk to a market. The zero value reads and does not sign.
type Options struct {
	// Key signs commands and tokens; without it, calls that need one return [ErrNoKey].
	Key signing.Signer
	// Session signs commands and tokens instead of Key, for its owner, as far as its scope reaches. The owner's key has opened
	// it before ([Client.OpenSession]); a client with a Session needs no Key.
	Session *signing.Session
	// HTTP is the transport; default a client of its own without a timeout (contexts have them).
	HTTP *http.Client
	// Interceptors stand around every call, such as a tracer's.
	Interceptors []connect.Interceptor
	// GRPC speaks gRPC instead of Connect. HTTP must then speak HTTP/2.
	GRPC bool
	// Validity is how long a signed command may be accepted; default 5 min, at most 10.
	Validity vadium.Duration
	// Patience is how long a call is repeated while the market cannot be reached; default 1 min. Less than Validity.
	Patience time.Duration
	// Silence is how long an event stream may say nothing before it counts as dead; default 15 s, which is three of the
	// market's heartbeats.
	Silence time.Duration
	// Clock returns the time of day; default the system's.
	Clock func() vadium.Time
	// Log receives reconnects and repeats (debug); default nothing.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.HTTP == nil {
		o.HTTP = NewHTTP(nil)
	}
	if o.Validity == 0 {
		o.Validity = 5 * vadium.Minute
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	if o.Silence == 0 {
		o.Silence = 15 * time.Second
	}
	if o.Clock == nil {
		o.Clock = func() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// NewHTTP returns a transport for one market. settings say whom to trust at an https address; nil trusts what the system
// does.
func NewHTTP(settings *tls.Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns // all of them go to one market
	transport.TLSClientConfig = settings
	return &http.Client{Transport: transport}
}

// Client talks to one market for one account. It is safe for concurrent use.
type Client struct {
	options  Options
	market   marketplacev1connect.MarketServiceClient
	provers  marketplacev1connect.ProverServiceClient
	programs marketplacev1connect.ProgramServiceClient
	blobs    marketplacev1connect.BlobServiceClient
	accounts marketplacev1connect.AccountServiceClient
	sessions marketplacev1connect.SessionServiceClient
	risks    marketplacev1connect.RiskServiceClient
	oracles  marketplacev1connect.OracleServiceClient
	log      marketplacev1connect.LogServiceClient
	sealed   marketplacev1connect.SealedServiceClient
	clearing marketplacev1connect.ClearingServiceClient
	vaults   vaultsv1connect.VaultServiceClient

	mu    sync.Mutex
	known *identity                         // guarded by mu; nil until the market has been asked
	keys  map[vadium.ProgramID]verifyingKey // guarded by mu; those that rounds were verified with
	// sealing is what asks are sealed to; guarded by mu; nil until the market has been asked
	sealing *signing.SealingKey
}

// identity is what never changes about a market.
type identity struct {
	domain signing.Domain
	signer vadium.Account
}

// ErrNoKey: the call has to be signed and the client has no key.
var ErrNoKey = errors.New("this call is signed, and the client has no key (set Options.Key or Options.Session)")

// New returns a client of the market at url, such as "http://127.0.0.1:8420". It does not connect yet.
func New(url string, options Options) *Client {
	o := options.withDefaults()
	url = strings.TrimSuffix(url, "/")
	var with []connect.ClientOption
	if len(o.Interceptors) > 0 {
		with = append(with, connect.WithInterceptors(o.Interceptors...))
	}
	if o.GRPC {
		with = append(with, connect.WithGRPC())
	}
	return &Client{
		options:  o,
		keys:     map[vadium.ProgramID]verifyingKey{},
		market:   marketplacev1connect.NewMarketServiceClient(o.HTTP, url, with...),
		provers:  marketplacev1connect.NewProverServiceClient(o.HTTP, url, with...),
		programs: marketplacev1connect.NewProgramServiceClient(o.HTTP, url, with...),
		blobs:    marketplacev1connect.NewBlobServiceClient(o.HTTP, url, with...),
		accounts: marketplacev1connect.NewAccountServiceClient(o.HTTP, url, with...),
		sessions: marketplacev1connect.NewSessionServiceClient(o.HTTP, url, with...),
		risks:    marketplacev1connect.NewRiskServiceClient(o.HTTP, url, with...),
		oracles:  marketplacev1connect.NewOracleServiceClient(o.HTTP, url, with...),
		log:      marketplacev1connect.NewLogServiceClient(o.HTTP, url, with...),
		sealed:   marketplacev1connect.NewSealedServiceClient(o.HTTP, url, with...),
		clearing: marketplacev1connect.NewClearingServiceClient(o.HTTP, url, with...),
		vaults:   vaultsv1connect.NewVaultServiceClient(o.HTTP, url, with...),
	}
}

// Account returns whose commands the client signs, or the zero account.
func (c *Client) Account() vadium.Account {
	switch {
	case c.options.Session != nil:
		return c.options.Session.Owner
	case c.options.Key != nil:
		return c.options.Key.Account()
	}
	return vadium.Account{}
}

// identify returns what never changes about the market, asking once.
func (c *Client) identify(ctx context.Context) (identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil {
		return *c.known, nil
	}
	m, err := c.Market(ctx)
	if err != nil {
		return identity{}, err
	}
	c.known = &identity{m.Domain(), m.Signer}
	return *c.known, nil
}

// tryTimeout is how long one try may take: longer than the market allows itself (rpc.CallTimeout), so that a market that
// is alive answers first.
const tryTimeout = 40 * time.Second

// call repeats a call until the market answers, or patience or ctx ends. The message is the same every time.
func call[Q, A any](ctx context.Context, c *Client, do func(context.Context, *connect.Request[Q]) (*connect.Response[A], error), message *Q) (*A, error) {
	answer, err := backoff.Retry(ctx, func() (*A, error) {
		try, cancel := context.WithTimeout(ctx, tryTimeout)
		defer cancel()
		response, err := do(try, connect.NewRequest(message))
		switch {
		case err == nil:
			return response.Msg, nil
		case ctx.Err() == nil && worthRepeating(err):
			c.options.Log.Debug("call is repeated", "error", err)
			if after := retryAfter(err); after > 0 { // the market says when
				return nil, errors.Join(err, &backoff.RetryAfterError{Duration: after})
			}
			return nil, err
		}
		return nil, backoff.Permanent(err)
	}, backoff.WithBackOff(pauses()), backoff.WithMaxElapsedTime(c.options.Patience))
	if err != nil {
		return nil, decode(err)
	}
	return answer, nil
}

// pauses grow from 50 ms to 2 s, each randomised by half.
func pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.RandomizationFactor, b.Multiplier = 50*time.Millisecond, 2*time.Second, 0.5, 2
	return b
}

// worthRepeating reports whether an error says nothing about the call: the market could not be reached, was stopping, had
// too much to do, or the connection broke (which net/http may call a cancellation, so whoever asks looks at its own
// context first). Commands have an id, so repeating one never makes two.
func worthRepeating(err error) bool {
	code := connect.CodeOf(err)
	if connect.IsWireError(err) { // the market's own words
		return code == connect.CodeUnavailable || code == connect.CodeDeadlineExceeded || retryAfter(err) > 0
	}
	switch code {
	case connect.CodeUnimplemented, connect.CodeNotFound, connect.CodePermissionDenied, connect.CodeUnauthenticated,
		connect.CodeResourceExhausted:
		return false // there is no market, or a limit of ours was met
	default:
		return true
	}
}

// retryAfter returns when the market says that it is worth trying again; 0: it does not.
func retryAfter(err error) time.Duration {
	var coded *connect.Error
	if !errors.As(err, &coded) {
		return 0
	}
	for _, d := range coded.Details() {
		if value, err := d.Value(); err == nil {
			if detail, ok := value.(*v1.ErrorDetail); ok {
				return time.Duration(detail.GetRetryAfterMs()) * time.Millisecond
			}
		}
	}
	return 0
}

// read turns a message into the noun it carries.
func read[N any](message wireMessage) (noun N, err error) {
	err = wire.Read(message, &noun)
	return noun, err
}

// Market returns what there is one of.
func (c *Client) Market(ctx context.Context) (Market, error) {
	a, err := call(ctx, c, c.market.GetMarket, &v1.GetMarketRequest{})
	if err != nil {
		return Market{}, err
	}
	return read[Market](a.GetMarket())
}
