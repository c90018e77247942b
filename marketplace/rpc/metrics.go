package rpc

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	"vadium/oracle"
)

// Metrics is how calls go, for Prometheus. A nil *Metrics measures nothing.
type Metrics struct {
	calls   *prometheus.HistogramVec
	streams *prometheus.GaugeVec
	ended   *prometheus.CounterVec
	turned  *prometheus.CounterVec
	refused *prometheus.CounterVec
	feeds   *feedMetrics
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
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vadium_feed_rounds_refused_total", Help: "Rounds of feeds that were not published, by the kind of the refusal. Those that came second (round-not-next) are no fault.",
	}, []string{"kind"})
	m.refused.WithLabelValues(string(marketplace.ErrRoundUnproven))
	m.refused.WithLabelValues(string(wire.ErrRoundUndecided))
	m.feeds = new(feedMetrics)
	registry.MustRegister(m.calls, m.streams, m.ended, m.turned, m.refused, m.feeds)
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

// refusedRound counts a round that is not published, and returns the reason.
func (m *Metrics) refusedRound(why error) error {
	if m == nil {
		return why
	}
	label := "other"
	if kind, is := errors.AsType[vadium.Kind](why); is {
		label = string(kind) // as many as the table of refusals has rows
	}
	m.refused.WithLabelValues(label).Inc()
	return why
}

// feedMetrics is who observes feeds, gathered when somebody asks: feeds are few.
type feedMetrics struct{ server atomic.Pointer[Server] }

var (
	seatsDesc     = prometheus.NewDesc("vadium_feed_seats", "Seats of all feeds.", nil, nil)
	observersDesc = prometheus.NewDesc("vadium_feed_observers", "Seats of all feeds whose reporters have observed within the feed's heartbeat and window.", nil, nil)
)

// Describe implements prometheus.Collector.
func (*feedMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- seatsDesc
	to <- observersDesc
}

// Collect implements prometheus.Collector.
func (f *feedMetrics) Collect(to chan<- prometheus.Metric) {
	s := f.server.Load()
	if s == nil {
		return
	}
	since, now, seats := map[oracle.FeedID]vadium.Time{}, s.Clock(), 0
	s.Market.View(func(state *marketplace.State) {
		for id, feed := range state.ProvenFeeds() {
			if in := state.InForce(feed, max(now, state.Now())); !feed.Retired {
				since[id], seats = now.Add(-in.Heartbeat-in.Window), seats+len(in.Seats)
			}
		}
	})
	observing := 0
	for id, from := range since {
		observing += s.board.observing(id, from)
	}
	to <- prometheus.MustNewConstMetric(seatsDesc, prometheus.GaugeValue, float64(seats))
	to <- prometheus.MustNewConstMetric(observersDesc, prometheus.GaugeValue, float64(observing))
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
