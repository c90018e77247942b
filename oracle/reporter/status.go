package reporter

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
)

// Status is how a reporter is doing. Counts are since it was made.
type Status struct {
	Feed string
	Slot int
	// At is the number of the round it is at, 0 if none; Heard is how many seats have signed for that.
	At    uint64
	Heard int
	// Last is the last round that was published, Late says that the feed has fallen silent.
	Last          uint64
	LastPublished vadium.Time
	Late          bool
	// Seen is what the sources said last, when.
	Seen           vadium.Amount
	SeenAt         vadium.Time
	SourceFailures uint64
	Signed         uint64
	// Proofs were made or bought, in so much time; ProofFailures were not.
	Proofs, ProofFailures uint64
	Proving               time.Duration
	// Published are its rounds that the market took, Refused those that it did not.
	Published, Refused uint64
	// Found is what others were found to have done, Accused what of it the market was told.
	Found, Accused uint64
}

// Status returns how the reporter is doing.
func (r *Reporter) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *Reporter) tell(change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.status)
}

// Metrics shows reporters' [Status] to Prometheus; labels are the feeds that they report.
//
//	registry.MustRegister(reporter.Metrics{Status: func() []reporter.Status { return []reporter.Status{r.Status()} }})
type Metrics struct{ Status func() []Status }

var (
	byFeed = []string{"feed"}

	lastDesc      = prometheus.NewDesc("vadium_reporter_last_round", "Number of the feed's last published round.", byFeed, nil)
	publishedDesc = prometheus.NewDesc("vadium_reporter_last_round_timestamp_seconds", "When the feed's last round was published.", byFeed, nil)
	lateDesc      = prometheus.NewDesc("vadium_reporter_feed_late", "1 while the feed has fallen silent.", byFeed, nil)
	heardDesc     = prometheus.NewDesc("vadium_reporter_heard", "Seats that have signed for the round the reporter is at.", byFeed, nil)
	seenDesc      = prometheus.NewDesc("vadium_reporter_seen_timestamp_seconds", "When the sources last said what the value is.", byFeed, nil)
	sourcesDesc   = prometheus.NewDesc("vadium_reporter_source_failures_total", "Looks at the sources that none answered.", byFeed, nil)
	signedDesc    = prometheus.NewDesc("vadium_reporter_signed_total", "Observations signed.", byFeed, nil)
	proofsDesc    = prometheus.NewDesc("vadium_reporter_proofs_total", "Proofs of rounds by outcome: made or bought, and failed.", []string{"feed", "outcome"}, nil)
	provingDesc   = prometheus.NewDesc("vadium_reporter_proving_seconds_total", "Time that proofs took to be made or bought.", byFeed, nil)
	roundsDesc    = prometheus.NewDesc("vadium_reporter_rounds_total", "Rounds it published by outcome: published and refused.", []string{"feed", "outcome"}, nil)
	foundDesc     = prometheus.NewDesc("vadium_reporter_misconduct_total", "Misconduct of others by outcome: found, and accused before the market.", []string{"feed", "outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (m Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		lastDesc, publishedDesc, lateDesc, heardDesc, seenDesc, sourcesDesc, signedDesc, proofsDesc, provingDesc, roundsDesc, foundDesc,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m Metrics) Collect(to chan<- prometheus.Metric) {
	for _, s := range m.Status() {
		gauge := func(d *prometheus.Desc, value float64) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, s.Feed)
		}
		counter := func(d *prometheus.Desc, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, append([]string{s.Feed}, labels...)...)
		}
		late := 0.0
		if s.Late {
			late = 1
		}
		gauge(lastDesc, float64(s.Last))
		gauge(publishedDesc, float64(s.LastPublished)/1000)
		gauge(lateDesc, late)
		gauge(heardDesc, float64(s.Heard))
		gauge(seenDesc, float64(s.SeenAt)/1000)
		counter(sourcesDesc, float64(s.SourceFailures))
		counter(signedDesc, float64(s.Signed))
		counter(proofsDesc, float64(s.Proofs), "made")
		counter(proofsDesc, float64(s.ProofFailures), "failed")
		counter(provingDesc, s.Proving.Seconds())
		counter(roundsDesc, float64(s.Published), "published")
		counter(roundsDesc, float64(s.Refused), "refused")
		counter(foundDesc, float64(s.Found), "found")
		counter(foundDesc, float64(s.Accused), "accused")
	}
}
