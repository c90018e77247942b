package observer

import (
	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// security is how stake compares with what it stands behind, gathered when somebody asks. Amounts are tokens of the market's
// own asset and values units of the numeraire, for display.
type security struct{ o *Observer }

var (
	stakeDesc    = prometheus.NewDesc("vadium_stake_tokens", "Stake of all vaults: what a slash could reach, what of it may back assignments, and what locks take; in tokens, for display.", []string{"kind"}, nil)
	securedDesc  = prometheus.NewDesc("vadium_risk_secured_value", "What stake in other assets would fetch, in the numeraire.", nil, nil)
	exposureDesc = prometheus.NewDesc("vadium_risk_exposure_value", "What stake in other assets has promised, in the numeraire.", nil, nil)
	breakerDesc  = prometheus.NewDesc("vadium_security_breaker_level", "The security breaker: 0 green, 1 amber, 2 red, 3 halt.", nil, nil)
	entryDesc    = prometheus.NewDesc("vadium_entry_minimum_tokens", "The own stake without which a prover is assigned nothing; in tokens, for display.", nil, nil)
	healthDesc   = prometheus.NewDesc("vadium_health_ratio", "The share of liable assignments that ended with a valid, punctual proof, averaged.", nil, nil)
	byStateDesc  = prometheus.NewDesc("vadium_provers", "Provers by where they stand.", []string{"state"}, nil)
	callsDesc    = prometheus.NewDesc("vadium_calls_open", "Demands for missing stake, by how far they have come.", []string{"stage"}, nil)
	casesDesc    = prometheus.NewDesc("vadium_cases_open", "Open cases against vaults.", nil, nil)
	priceAgeDesc = prometheus.NewDesc("vadium_price_age_seconds", "The age of the oldest price among the assets that have one; 0 when there are none.", nil, nil)
	staleDesc    = prometheus.NewDesc("vadium_prices_stale", "Assets whose price is too old, or agreed on by too few sources, for new locks.", nil, nil)
	excusesDesc  = prometheus.NewDesc("vadium_incident_declared", "1 while an incident excuses liveness offences.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s security) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		stakeDesc, securedDesc, exposureDesc, breakerDesc, entryDesc, healthDesc, byStateDesc, callsDesc, casesDesc, priceAgeDesc, staleDesc, excusesDesc,
	} {
		to <- d
	}
}

// counted is what there are of, at one position of the journal.
type counted struct {
	network marketplace.NetworkRisk
	states  [marketplace.StateTombstoned + 1]int
	stages  [risk.Excluded + 1]int
	cases   int
}

func countSecurity(s *marketplace.State) (c counted) {
	c.network = s.NetworkRisk()
	for _, p := range s.Provers() {
		c.states[p.State()]++
	}
	for id := range s.Vaults() {
		if b := s.Backing(id); b != nil {
			c.stages[b.Calls.Locks.Stage]++
			c.stages[b.Calls.Entry.Stage]++
		}
	}
	for _, one := range s.Cases() {
		if one.Outcome == marketplace.OutcomeOpen {
			c.cases++
		}
	}
	return c
}

// Collect implements prometheus.Collector. It looks at every vault and prover, as the hourly mark does.
func (s security) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	var c counted
	s.o.Market.View(func(state *marketplace.State) { c = countSecurity(state) })
	n := c.network
	gauge(stakeDesc, tokens(n.Stake), "slashable")
	gauge(stakeDesc, tokens(n.Effective), "effective")
	gauge(stakeDesc, tokens(n.Locked), "locked")
	gauge(securedDesc, float64(n.Secured)/1e6)
	gauge(exposureDesc, float64(n.Exposure)/1e6)
	gauge(breakerDesc, float64(n.Level))
	gauge(entryDesc, tokens(n.EntryMinimum))
	gauge(healthDesc, float64(n.Health)/float64(vadium.BpsOne))
	for state, provers := range c.states {
		gauge(byStateDesc, float64(provers), marketplace.ProverState(state).String())
	}
	for stage := risk.Called; stage <= risk.Excluded; stage++ {
		gauge(callsDesc, float64(c.stages[stage]), stage.String())
	}
	gauge(casesDesc, float64(c.cases))
	var oldest vadium.Duration
	stale := 0
	for _, p := range n.Prices {
		oldest = max(oldest, p.Age)
		if !p.Fresh {
			stale++
		}
	}
	gauge(priceAgeDesc, float64(oldest)/1000)
	gauge(staleDesc, float64(stale))
	gauge(excusesDesc, map[bool]float64{true: 1}[n.Incident != ""])
}
