package keeper

import "github.com/prometheus/client_golang/prometheus"

// Metrics is what the keeper measures.
type Metrics struct {
	records prometheus.Gauge
	heads   prometheus.Counter
}

// NewMetrics registers the keeper's metrics. Register them once per registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		records: prometheus.NewGauge(prometheus.GaugeOpts{Name: "vadium_transparency_log_records", Help: "Records in the transparency log; the journal's, but for a moment."}),
		heads:   prometheus.NewCounter(prometheus.CounterOpts{Name: "vadium_transparency_heads_signed_total", Help: "Heads of the transparency log that were signed."}),
	}
	registry.MustRegister(m.records, m.heads)
	return m
}

func (m *Metrics) reached(records uint64) {
	if m != nil {
		m.records.Set(float64(records))
	}
}

func (m *Metrics) signed() {
	if m != nil {
		m.heads.Inc()
	}
}
