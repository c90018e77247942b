package fleet

import (
	"fmt"
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// How a worker's work ended.
const (
	workProved = "proved" // a proof was handed in
	workFailed = "failed" // no proof could be made
	workLost   = "lost"   // it was taken back: somebody else was faster, or the lease had expired
)

// WorkerStatus is how a worker stands.
type WorkerStatus struct {
	// Joined says whether the agent has taken the worker in at all.
	Joined bool
	// Silent is how long the agent has not answered; Lease how long work stays ours without it.
	Silent, Lease time.Duration
	// Proving is how many proofs are being made, of at most Slots.
	Proving, Slots int
	// Work counts work by how it ended: proved, failed, lost.
	Work map[string]uint64
}

// Away returns what is wrong between worker and agent, or nil.
func (s WorkerStatus) Away() error {
	switch {
	case !s.Joined:
		return fmt.Errorf("the agent has not taken this worker in yet")
	case s.Silent > 2*s.Lease: // leases are renewed three times in the life of one
		return fmt.Errorf("the agent has not answered for %v", s.Silent.Round(time.Second))
	}
	return nil
}

// Status returns how the worker stands. It is safe for concurrent use.
func (w *Worker) Status() WorkerStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := WorkerStatus{Joined: w.joined > 0, Lease: w.lease, Proving: len(w.held), Slots: w.config.Slots, Work: maps.Clone(w.counts)}
	if s.Joined {
		s.Silent = time.Since(w.heard)
	}
	return s
}

// answered notes that the agent answered, unless it did not.
func (w *Worker) answered(err error) {
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = time.Now()
}

// count counts work that ended.
func (w *Worker) count(outcome string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[outcome]++
}

// Metrics shows a worker's [WorkerStatus] to Prometheus.
//
//	registry.MustRegister(fleet.Metrics{Status: worker.Status})
type Metrics struct{ Status func() WorkerStatus }

var (
	joinedDesc  = prometheus.NewDesc("vadium_worker_joined", "1 once the agent has taken the worker in.", nil, nil)
	silentDesc  = prometheus.NewDesc("vadium_worker_agent_silent_seconds", "How long the agent has not answered the worker.", nil, nil)
	provingDesc = prometheus.NewDesc("vadium_worker_proving", "Proofs the worker is making.", nil, nil)
	slotsDesc   = prometheus.NewDesc("vadium_worker_slots", "Proofs the worker makes at once at most.", nil, nil)
	workDesc    = prometheus.NewDesc("vadium_worker_work_total", "Work of the worker by how it ended: proved, failed, or lost to somebody else.", []string{"outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (m Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{joinedDesc, silentDesc, provingDesc, slotsDesc, workDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m Metrics) Collect(to chan<- prometheus.Metric) {
	s := m.Status()
	gauge := func(d *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	joined := 0.0
	if s.Joined {
		joined = 1
	}
	gauge(joinedDesc, joined)
	gauge(silentDesc, s.Silent.Seconds())
	gauge(provingDesc, float64(s.Proving))
	gauge(slotsDesc, float64(s.Slots))
	for _, outcome := range []string{workProved, workFailed, workLost} {
		to <- prometheus.MustNewConstMetric(workDesc, prometheus.CounterValue, float64(s.Work[outcome]), outcome)
	}
}
