package operations

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/otelconnect"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Trace says whether and where spans of calls go.
type Trace struct {
	// Service is what the collector calls this process: vadium-market, vadium-prover.
	Service, Version string
	// Endpoint is the URL of an OTLP/HTTP collector; empty means that nothing is traced or sent.
	Endpoint string
	// Ratio is the share of calls traced that nobody has decided about yet, 0 to 1.
	Ratio float64
}

// Limits of tracing: it may never slow the market down or fill its memory. What does not fit is dropped.
const (
	traceQueue   = 2048
	traceBatch   = 512
	traceTimeout = 5 * time.Second
)

// Tracer records spans of calls. The nil Tracer records none.
type Tracer struct {
	provider    *trace.TracerProvider
	Interceptor connect.Interceptor
}

// NewTracer returns a tracer, or nil when no endpoint is named. Nothing is sent before the first span ends. Whoever made it
// calls Close.
func NewTracer(ctx context.Context, t Trace) (*Tracer, error) {
	if t.Endpoint == "" {
		return nil, nil
	}
	endpoint, err := url.Parse(t.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("trace.endpoint: %w", err)
	}
	if strings.Trim(endpoint.Path, "/") == "" {
		endpoint.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint.String()), otlptracehttp.WithTimeout(traceTimeout))
	if err != nil {
		return nil, fmt.Errorf("trace.endpoint: %w", err)
	}
	provider := trace.NewTracerProvider(
		trace.WithBatcher(exporter, trace.WithMaxQueueSize(traceQueue), trace.WithMaxExportBatchSize(traceBatch), trace.WithExportTimeout(traceTimeout)),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(t.Ratio))),
		trace.WithResource(sdk.NewSchemaless(attribute.String("service.name", t.Service), attribute.String("service.version", t.Version))),
	)
	// The caller's decision to trace is followed, whoever it is: a trace holds the names of calls and their outcomes, no
	// messages and no addresses. otelconnect would otherwise begin a new trace at every server.
	interceptor, err := otelconnect.NewInterceptor(
		otelconnect.WithTracerProvider(provider), otelconnect.WithPropagator(propagation.TraceContext{}),
		otelconnect.WithoutMetrics(), otelconnect.WithTrustRemote(), otelconnect.WithAttributeFilter(noPeers),
	)
	if err != nil {
		return nil, fmt.Errorf("trace calls: %w", err)
	}
	return &Tracer{provider, interceptor}, nil
}

// noPeers keeps callers' addresses out of traces.
func noPeers(_ connect.Spec, kv attribute.KeyValue) bool {
	key := string(kv.Key)
	return !strings.HasPrefix(key, "net.peer") && !strings.HasPrefix(key, "network.peer") && !strings.HasPrefix(key, "client.")
}

// Interceptors returns what to put around calls: nothing for the nil Tracer.
func (t *Tracer) Interceptors() []connect.Interceptor {
	if t == nil {
		return nil
	}
	return []connect.Interceptor{t.Interceptor}
}

// Close sends what is left, for at most some seconds.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceTimeout)
	defer cancel()
	return t.provider.Shutdown(ctx)
}
