package sequencer

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/marketplace"
)

// Metrics is how the one writer is doing, for Prometheus. A nil *Metrics measures nothing.
type Metrics struct {
	commit, sync     prometheus.Histogram
	commands, bytes  prometheus.Histogram
	decided, refused prometheus.Counter
	refusals         *prometheus.CounterVec
	position         prometheus.Gauge
	replay, replayed prometheus.Gauge
	snapshot         prometheus.Gauge
	snapshotBytes    prometheus.Gauge
	snapshotFailures prometheus.Counter
	turned           atomic.Int64 // when the writer last came round, in milliseconds since 1970
	queued           atomic.Pointer[func() float64]
	replayBegan      time.Time // owned by Open
}

// NewMetrics registers the sequencer's metrics. Register them once per registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	latency := prometheus.ExponentialBuckets(0.0001, 2, 16) // 0.1 ms to 3.3 s
	m := &Metrics{
		commit:   histogram("vadium_commit_seconds", "From the first command of a batch being taken up to the batch being durable and published.", latency),
		sync:     histogram("vadium_journal_append_seconds", "What the journal takes to make one batch durable: mostly the disk's sync.", latency),
		commands: histogram("vadium_batch_commands", "Commands, ticks included, that travelled in one batch.", prometheus.ExponentialBuckets(1, 2, 12)),
		bytes:    histogram("vadium_batch_bytes", "Encoded records of one batch.", prometheus.ExponentialBuckets(128, 4, 10)),
		decided:  counter("vadium_commands_total", "Commands decided, ticks included, refused ones too."),
		refused:  counter("vadium_commands_refused_total", "Commands that the rules refused."),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vadium_refusals_total", Help: "Commands that the rules refused, by the kind of refusal.",
		}, []string{"kind"}),
		position:         gauge("vadium_journal_position", "Position of the last durable record."),
		replay:           gauge("vadium_replay_seconds", "How long the last start took to replay the journal."),
		replayed:         gauge("vadium_replayed_batches", "Batches that the last start replayed after its snapshot."),
		snapshot:         gauge("vadium_snapshot_timestamp_seconds", "When this process last stored a snapshot, as Unix time; 0: not yet."),
		snapshotBytes:    gauge("vadium_snapshot_bytes", "Size of the last snapshot that this process stored."),
		snapshotFailures: counter("vadium_snapshot_failures_total", "Snapshots that could not be stored; the journal has everything, but starts take longer."),
	}
	registry.MustRegister(m.commit, m.sync, m.commands, m.bytes, m.decided, m.refused, m.refusals, m.position, m.replay, m.replayed,
		m.snapshot, m.snapshotBytes, m.snapshotFailures,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "vadium_queue_commands", Help: "Commands that wait for the writer."}, func() float64 {
			if queued := m.queued.Load(); queued != nil {
				return (*queued)()
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vadium_queue_limit_commands", Help: "Commands that may wait; whoever comes then is told that the market is busy.",
		}, func() float64 { return QueueLimit }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vadium_writer_idle_seconds", Help: "Since the writer last came round; it does so every second even when nothing happens.",
		}, func() float64 { return m.Idle().Seconds() }),
	)
	return m
}

// Idle returns how long ago the writer last came round: about a second at most in a market that lives. It is 0 before the
// first round.
func (m *Metrics) Idle() time.Duration {
	if m == nil {
		return 0
	}
	at := m.turned.Load()
	if at == 0 {
		return 0
	}
	return max(time.Since(time.UnixMilli(at)), 0)
}

func (m *Metrics) watch(queued func() float64) {
	if m != nil {
		m.queued.Store(&queued)
	}
}

func (m *Metrics) round() {
	if m != nil {
		m.turned.Store(time.Now().UnixMilli())
	}
}

func (m *Metrics) replays() {
	if m != nil {
		m.replayBegan = time.Now()
	}
}

func (m *Metrics) replayDone(batches, position uint64) {
	if m != nil {
		m.replay.Set(time.Since(m.replayBegan).Seconds())
		m.replayed.Set(float64(batches))
		m.position.Set(float64(position))
	}
}

// refusal counts a refusal by its kind. Kinds are constants of the rules, so the label has as many values as there are
// rules.
func (m *Metrics) refusal(err error) {
	if m == nil {
		return
	}
	m.refused.Inc()
	var kind vadium.Kind
	var repeated *marketplace.Repeated
	switch {
	case errors.As(err, &kind):
		m.refusals.WithLabelValues(string(kind)).Inc()
	case errors.As(err, &repeated):
		m.refusals.WithLabelValues("repeated").Inc()
	default:
		m.refusals.WithLabelValues("other").Inc()
	}
}

// begin notes that the first command of a batch has been taken up.
func (m *Metrics) begin() (began time.Time) {
	if m == nil {
		return time.Time{}
	}
	return time.Now()
}

func (m *Metrics) synced(began time.Time) {
	if m != nil {
		m.sync.Observe(time.Since(began).Seconds())
	}
}

func (m *Metrics) committed(began time.Time, commands, bytes int, position uint64) {
	if m == nil {
		return
	}
	m.decided.Add(float64(commands))
	if bytes == 0 {
		return // nothing changed, so nothing was stored
	}
	if !began.IsZero() { // the first batch, which reports the outage, has not been waited for
		m.commit.Observe(time.Since(began).Seconds())
	}
	m.commands.Observe(float64(commands))
	m.bytes.Observe(float64(bytes))
	m.position.Set(float64(position))
}

func (m *Metrics) snapshotted(bytes int, err error) {
	switch {
	case m == nil:
	case err != nil:
		m.snapshotFailures.Inc()
	default:
		m.snapshot.SetToCurrentTime()
		m.snapshotBytes.Set(float64(bytes))
	}
}
