package observer

import (
	"math/big"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults/slashing"
)

// metrics are what records count towards.
type metrics struct {
	records               prometheus.Counter
	submitted             prometheus.Counter
	closed                *prometheus.CounterVec
	assignments           *prometheus.CounterVec
	ended                 *prometheus.CounterVec
	accepted, heartbeats  prometheus.Counter
	silences, resignation prometheus.Counter
	deliveries, late      prometheus.Counter
	rounds                prometheus.Counter
	clearings             *prometheus.CounterVec
	cleared, rolled       *prometheus.CounterVec
	batched               map[vadium.RequestID]bool // served by a batch whose assignments follow
	verdicts              *prometheus.CounterVec
	faults                *prometheus.CounterVec
	slashed               *prometheus.CounterVec
	fees                  *prometheus.CounterVec
	moves                 *prometheus.CounterVec
	outage                prometheus.Counter
	outages               prometheus.Counter
	money                 *prometheus.GaugeVec
	imbalance             prometheus.Gauge
	audited               prometheus.Gauge
	audit                 prometheus.Histogram
}

func newMetrics(registry prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		registry.MustRegister(c)
		return c
	}
	counters := func(name, label, help string, values ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
		registry.MustRegister(v)
		for _, value := range values { // so that a rate is 0 and not missing until it first happens
			v.WithLabelValues(value)
		}
		return v
	}
	byRule := func(name, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"tier", "mechanism"})
		registry.MustRegister(v)
		for tier := auction.Immediate; tier.Known(); tier++ {
			for mechanism := auction.Vickrey; mechanism.Known(); mechanism++ {
				v.WithLabelValues(tier.String(), mechanism.String())
			}
		}
		return v
	}
	m := &metrics{
		records:     counter("vadium_records_total", "Records of the journal, counted as they were followed."),
		submitted:   counter("vadium_requests_submitted_total", "Requests submitted."),
		closed:      counters("vadium_requests_closed_total", "phase", "Requests that ended, by the phase they ended in.", finalPhases()...),
		assignments: counters("vadium_assignments_total", "role", "Requests given to a prover: as primary, or as backup beside one.", "primary", "backup"),
		ended:       counters("vadium_assignments_ended_total", "stage", "Assignments that ended before a delivery counted: declined, silent, disputed, released.", endStages()...),
		accepted:    counter("vadium_assignments_accepted_total", "Assignments that the prover accepted; liability starts there."),
		heartbeats:  counter("vadium_heartbeats_total", "Signs of work from provers."),
		silences:    counter("vadium_heartbeats_missed_total", "Provers that fell silent."),
		resignation: counter("vadium_resignations_total", "Provers that gave up after accepting."),
		deliveries:  counter("vadium_deliveries_total", "Proofs that arrived."),
		rounds:      counter("vadium_feed_rounds_total", "Rounds of feeds published, with a proof each."),
		clearings:   byRule("vadium_clearings_total", "Clearings that gave requests a primary: batches, and those of one request, by latency tier and rule."),
		cleared:     byRule("vadium_requests_cleared_total", "Requests that a clearing gave a primary, by latency tier and rule."),
		rolled:      byRule("vadium_requests_rolled_total", "Times that a tick left a request to wait for another, by latency tier and rule."),
		late:        counter("vadium_grace_started_total", "Requests whose deadline passed without a proof."),
		verdicts:    counters("vadium_verdicts_total", "verdict", "What verification found; undecided means that verification itself failed.", "valid", "invalid", "undecided"),
		faults:      counters("vadium_faults_total", "offence", "Faults recorded against provers.", offences()...),
		slashed:     counters("vadium_slashed_tokens_total", "to", "Stake slashed, by who received it; in tokens, for display.", "requester", "reporter", "rescuer", "insurance", "burnt"),
		fees:        counters("vadium_fees_tokens_total", "to", "Fees paid for proofs, by who received them; in tokens, for display.", "prover", "protocol"),
		moves:       counters("vadium_prover_moves_total", "to", "Moves of provers from one state to another, by where they came to stand.", proverStates()...),
		outage:      counter("vadium_outage_seconds_total", "Time by which open deadlines moved because the market was away or paused."),
		outages:     counter("vadium_outages_total", "Times that open deadlines moved because the market was away or paused."),
		money: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "vadium_money_tokens", Help: "Where the money is, as of the last audit; in tokens, for display.",
		}, []string{"where"}),
		imbalance: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "vadium_books_imbalance_tokens", Help: "What came in minus what is accounted for, as of the last audit. 0, or the books do not balance.",
		}),
		audited: prometheus.NewGauge(prometheus.GaugeOpts{Name: "vadium_books_audited_timestamp_seconds", Help: "When the books were last added up, as Unix time."}),
		audit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vadium_books_audit_seconds", Help: "How long adding the books up took; the market waits meanwhile.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9),
		}),
	}
	registry.MustRegister(m.money, m.imbalance, m.audited, m.audit)
	return m
}

// count takes one event into account. Events that concern one account's money or a vault's inside are nobody's metric.
func (m *metrics) count(event marketplace.Event) {
	m.records.Inc()
	switch e := event.(type) {
	case *marketplace.RequestSubmitted:
		m.submitted.Inc()
	case *marketplace.RequestClosed:
		m.closed.WithLabelValues(e.Phase.String()).Inc()
	case *marketplace.RequestAssigned:
		m.assignments.WithLabelValues("primary").Inc()
	case *marketplace.BackupActivated:
		m.assignments.WithLabelValues("backup").Inc()
	case *marketplace.RequestAccepted:
		m.accepted.Inc()
	case *marketplace.AssignmentEnded:
		m.ended.WithLabelValues(e.Stage.String()).Inc()
	case *marketplace.HeartbeatReceived:
		m.heartbeats.Inc()
	case *marketplace.HeartbeatMissed:
		m.silences.Inc()
	case *marketplace.Resigned:
		m.resignation.Inc()
	case *marketplace.DeliveryReceived:
		m.deliveries.Inc()
	case *marketplace.DeliveryAccepted:
		m.verdicts.WithLabelValues(marketplace.VerdictValid.String()).Inc()
	case *marketplace.DeliveryRejected:
		m.verdicts.WithLabelValues(e.Verdict.String()).Inc()
	case *marketplace.RoundPublished:
		m.rounds.Inc()
	case *marketplace.GraceStarted:
		m.late.Inc()
	case *marketplace.FaultRecorded:
		m.faults.WithLabelValues(e.Offence.String()).Inc()
	case *marketplace.Slashed:
		m.countSlash(e.Shares)
	case *marketplace.VaultSlashed:
		m.countSlash(e.Shares)
	case *marketplace.DeferredSlashed:
		m.countSlash(e.Shares)
	case *marketplace.ProverMoved:
		m.moves.WithLabelValues(e.To.String()).Inc()
	case *marketplace.FeeSettled:
		m.fees.WithLabelValues("prover").Add(tokens(e.Fee.SubFloor(e.Protocol)))
		m.fees.WithLabelValues("protocol").Add(tokens(e.Protocol))
	case *marketplace.Resumed:
		m.outages.Inc()
		m.outage.Add(float64(e.Gap) / 1000)
	}
}

// countClearing counts what an event says of clearings; the state is at least as new as the event. What a batch was cleared by is what its
// record says, which is the market's own rule where one price was asked for and too few provers offered.
func (m *metrics) countClearing(event marketplace.Event, s *marketplace.State) {
	switch e := event.(type) {
	case *marketplace.BatchCleared:
		m.clearings.WithLabelValues(e.Product.Tier.String(), e.Mechanism.String()).Inc()
		m.cleared.WithLabelValues(e.Product.Tier.String(), e.Mechanism.String()).Add(float64(len(e.Served)))
		m.batched = make(map[vadium.RequestID]bool, len(e.Served))
		for i := range e.Served {
			m.batched[e.Served[i].Request] = true
		}
	case *marketplace.RequestsRolled: // all of one pool
		if r := s.Request(e.Requests[0]); r != nil {
			m.rolled.WithLabelValues(e.Product.Tier.String(), mechanismOf(r).String()).Add(float64(len(e.Requests)))
		}
	case *marketplace.RequestAssigned:
		if m.batched[e.Request] {
			delete(m.batched, e.Request)
			return // its batch has counted
		}
		if r := s.Request(e.Request); r != nil && e.Cleared {
			m.clearings.WithLabelValues(r.Product.Tier.String(), mechanismOf(r).String()).Inc()
			m.cleared.WithLabelValues(r.Product.Tier.String(), mechanismOf(r).String()).Inc()
		}
	}
}

func mechanismOf(r *marketplace.Request) auction.Mechanism {
	if r.Arranged == nil {
		return auction.Vickrey
	}
	return r.Arranged.Mechanism
}

func (m *metrics) countSlash(d slashing.Distribution) {
	for to, amount := range map[string]vadium.Amount{
		"requester": d.Requester, "reporter": d.Reporter, "rescuer": d.Rescuer, "insurance": d.Insurance, "burnt": d.Burn,
	} {
		m.slashed.WithLabelValues(to).Add(tokens(amount))
	}
}

func (m *metrics) showTotals(t marketplace.Totals) {
	for where, amount := range map[string]vadium.Amount{
		"deposited": t.In, "balances": t.Balances, "escrow": t.Escrow, "bonds": t.Bonds, "stake": t.Stake, "commission": t.Commission,
		"insurance": t.Insurance, "protocol": t.Protocol, "burnt": t.Burnt, "withdrawn": t.Withdrawn,
	} {
		m.money.WithLabelValues(where).Set(tokens(amount))
	}
	difference := new(big.Int).Sub(t.In.Uint256().ToBig(), t.Accounted().Uint256().ToBig())
	f, _ := new(big.Rat).SetFrac(difference, vadium.Tokens(1).Uint256().ToBig()).Float64()
	m.imbalance.Set(f)
}

func finalPhases() []string {
	return names(marketplace.PhaseSettled, marketplace.PhaseFailed, marketplace.PhaseCancelled, marketplace.PhaseUnserved, marketplace.PhaseUnsatisfiable)
}

func openPhases() []marketplace.Phase {
	return []marketplace.Phase{
		marketplace.PhaseOpen, marketplace.PhaseAssigned, marketplace.PhaseAccepted, marketplace.PhaseGrace, marketplace.PhaseProved,
	}
}

func proverStates() (all []string) {
	for s := marketplace.StateNull; s <= marketplace.StateTombstoned; s++ {
		all = append(all, s.String())
	}
	return all
}

func offences() (all []string) {
	for o := slashing.Offence(1); ; o++ {
		entry, known := o.Entry()
		if !known {
			return all
		}
		all = append(all, entry.Name)
	}
}

func names[N interface{ String() string }](nouns ...N) []string {
	all := make([]string, len(nouns))
	for i, n := range nouns {
		all[i] = n.String()
	}
	return all
}

// standing is what stands open now, gathered when somebody asks.
type standing struct{ o *Observer }

var (
	openDesc    = prometheus.NewDesc("vadium_requests_open", "Requests that have not ended, by phase.", []string{"phase"}, nil)
	behindDesc  = prometheus.NewDesc("vadium_observer_behind_records", "Records that the metrics of the market have not counted yet.", nil, nil)
	pausedDesc  = prometheus.NewDesc("vadium_paused", "1 while the operator has paused the market.", nil, nil)
	asksDesc    = prometheus.NewDesc("vadium_asks_standing", "Asks in the books of all products, expired ones included until they are cleared out.", nil, nil)
	proversDesc = prometheus.NewDesc("vadium_program_servers", "Provers that have opted in, summed over all programs.", nil, nil)
	feedsDesc   = prometheus.NewDesc("vadium_feeds", "Feeds that have not been retired.", nil, nil)
	lateDesc    = prometheus.NewDesc("vadium_feeds_late", "Feeds that have fallen silent: a round should have been published since, even if every seat that may be faulty had led.", nil, nil)
	roundAge    = prometheus.NewDesc("vadium_feed_round_age_seconds", "How long ago the last round was published, of the feed where that is longest; 0 without a feed or a round.", nil, nil)
	programs    = prometheus.NewDesc("vadium_programs_listed", "Programs that the market lists.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s standing) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{openDesc, behindDesc, pausedDesc, asksDesc, proversDesc, feedsDesc, lateDesc, roundAge, programs} {
		to <- d
	}
}

// Collect implements prometheus.Collector. Books and programs are few; requests are not looked through.
func (s standing) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	s.o.mu.Lock()
	byPhase, cursor := map[marketplace.Phase]int{}, s.o.cursor
	for _, p := range s.o.open {
		byPhase[p]++
	}
	s.o.mu.Unlock()
	for _, p := range openPhases() {
		gauge(openDesc, float64(byPhase[p]), p.String())
	}
	var position uint64
	var paused bool
	var asks, listed, servers, feeds, silent int
	var age vadium.Duration
	now := vadium.Time(time.Now().UnixMilli())
	s.o.Market.View(func(state *marketplace.State) {
		now = max(now, state.Now())
		position, paused = state.NextSeq()-1, state.Market().Paused
		for _, b := range state.Books() {
			asks += len(b.Asks)
		}
		for _, l := range state.Listings() {
			listed++
			servers += len(l.Servers)
		}
		for _, f := range state.ProvenFeeds() {
			in := state.InForce(f, now)
			if f.Retired {
				continue
			}
			feeds++
			if f.LastSeq > 0 {
				age = max(age, now.Sub(f.Last.Published))
			}
			if in.Late(f.Last, now) {
				silent++
			}
		}
	})
	gauge(feedsDesc, float64(feeds))
	gauge(lateDesc, float64(silent))
	gauge(roundAge, float64(age)/1000)
	gauge(behindDesc, float64(position-min(cursor, position)))
	gauge(pausedDesc, map[bool]float64{true: 1}[paused])
	gauge(asksDesc, float64(asks))
	gauge(programs, float64(listed))
	gauge(proversDesc, float64(servers))
}

func endStages() []string {
	return names(marketplace.StageDeclined, marketplace.StageSilent, marketplace.StageDisputed, marketplace.StageReleased,
		marketplace.StageExcused)
}
