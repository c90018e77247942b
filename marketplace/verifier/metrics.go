package verifier

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium/marketplace"
)

// Metrics is how verification goes, for Prometheus. A nil *Metrics measures nothing.
type Metrics struct {
	seconds *prometheus.HistogramVec
	pending prometheus.Gauge
	deaths  prometheus.Counter
}

// NewMetrics registers the verifier's metrics. Register them once per registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vadium_verification_seconds", Help: "From a delivery's turn to its verdict, by verdict; reading key and proof included.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14), // 0.5 ms to 4 s
		}, []string{"verdict"}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{Name: "vadium_verifications_pending", Help: "Deliveries that wait for a verdict or are being verified."}),
		deaths: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vadium_verifier_deaths_total", Help: "Verifying processes that died; one that a proof kills again ends that delivery without a strike.",
		}),
	}
	registry.MustRegister(m.seconds, m.pending, m.deaths)
	for _, v := range []marketplace.Verdict{marketplace.VerdictValid, marketplace.VerdictInvalid, marketplace.VerdictUndecided} {
		m.seconds.WithLabelValues(v.String())
	}
	return m
}

// queued and left count deliveries between arrival and verdict.
func (m *Metrics) queued() {
	if m != nil {
		m.pending.Inc()
	}
}

func (m *Metrics) left() {
	if m != nil {
		m.pending.Dec()
	}
}

func (m *Metrics) judged(began time.Time, verdict marketplace.Verdict) {
	if m != nil {
		m.seconds.WithLabelValues(verdict.String()).Observe(time.Since(began).Seconds())
	}
}

// died counts a verifying process that ended by itself.
func (m *Metrics) died() {
	if m != nil {
		m.deaths.Inc()
	}
}
