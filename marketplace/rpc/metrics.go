package rpc

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"

	"vadium/marketplace/sequencer"
)

// Metrics is how calls go, for Prometheus. A nil *Metrics measures nothing.
type Metrics struct {
	calls   *prometheus.HistogramVec
	streams *prometheus.GaugeVec
	ended   *prometheus.CounterVec
	turned  *prometheus.CounterVec
}

// Why a call was turned away before it was read, or a stream ended by us.
const (
	turnedBusyCalls   = "calls"    // MaxCalls are in hand
	turnedBusyStreams = "streams"  // MaxStreams are open
	turnedDraining    = "draining" // the market is stopping
	turnedRate        = "rate"     // the signer sends too fast
	turnedLine        = "line"     // the signer has too many calls waiting
	turnedAddress     = "address"  // the address calls too often, or has too many streams
)

// NewMetrics registers the server's metrics. Register them once per registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vadium_rpc_seconds", Help: "Calls that are not streams, by method and outcome.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 11), // 0.5 ms to 4.8 s
		}, []string{"method", "code"}),
		streams: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "vadium_streams_open", Help: "Streams open now, by method."}, []string{"method"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vadium_streams_ended_total", Help: "Streams that ended, by method and how; cut_off means by us, because the reader was too slow or we are stopping.",
		}, []string{"method", "how"}),
		turned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vadium_rpc_turned_away_total", Help: "Calls refused before they were carried out, by the limit they met.",
		}, []string{"limit"}),
	}
	registry.MustRegister(m.calls, m.streams, m.ended, m.turned)
	for _, limit := range []string{turnedBusyCalls, turnedBusyStreams, turnedDraining, turnedRate, turnedLine, turnedAddress} {
		m.turned.WithLabelValues(limit)
	}
	for procedure := range streaming {
		m.streams.WithLabelValues(method(procedure))
		for _, how := range []string{endedDone, endedGone, endedCutOff, endedFailed} {
			m.ended.WithLabelValues(method(procedure), how)
		}
	}
	return m
}

func (m *Metrics) turnAway(limit string) {
	if m != nil {
		m.turned.WithLabelValues(limit).Inc()
	}
}

// measures observes calls. It is outside of refusals, so that it sees what travels.
type measures struct{ metrics *Metrics }

// WrapUnary implements connect.Interceptor.
func (m measures) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	if m.metrics == nil {
		return next
	}
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		began := time.Now()
		response, err := next(ctx, req)
		m.metrics.calls.WithLabelValues(method(req.Spec().Procedure), code(err)).Observe(time.Since(began).Seconds())
		return response, err
	}
}

// WrapStreamingClient implements connect.Interceptor.
func (m measures) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler implements connect.Interceptor.
func (m measures) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	if m.metrics == nil {
		return next
	}
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		name := method(conn.Spec().Procedure)
		m.metrics.streams.WithLabelValues(name).Inc()
		defer m.metrics.streams.WithLabelValues(name).Dec()
		err := next(ctx, conn)
		m.metrics.ended.WithLabelValues(name, how(ctx, err)).Inc()
		return err
	}
}

// How a stream ended.
const (
	endedDone   = "done"    // everything was sent
	endedGone   = "gone"    // the reader went away
	endedCutOff = "cut_off" // by us: too slow a reader, or we are stopping
	endedFailed = "failed"
)

func how(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return endedDone
	case errors.Is(context.Cause(ctx), sequencer.ErrStopped):
		return endedCutOff
	}
	switch connect.CodeOf(err) {
	case connect.CodeCanceled:
		return endedGone
	case connect.CodeDeadlineExceeded, connect.CodeUnavailable, connect.CodeResourceExhausted, connect.CodeAborted:
		return endedCutOff
	default:
		return endedFailed
	}
}

// method is a procedure without the package in front: MarketService/GetMarket. Connect routes only the procedures there
// are, so the label has as many values as the protos have methods.
func method(procedure string) string {
	for i, slashes := len(procedure)-1, 0; i >= 0; i-- {
		if procedure[i] == '/' {
			slashes++
		}
		if slashes == 2 || procedure[i] == '.' {
			return procedure[i+1:]
		}
	}
	return procedure
}

func code(err error) string {
	if err == nil {
		return "ok"
	}
	return connect.CodeOf(err).String()
}
