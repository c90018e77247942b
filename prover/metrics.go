package prover

import (
	"math/big"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/auction"
)

// Metrics shows an agent's [Status] to Prometheus. Money is in tokens, as a float, for display; labels are the programs
// and products that the agent serves, which its operator chose.
//
//	registry.MustRegister(prover.Metrics{Status: agent.Status})
type Metrics struct{ Status func() Status }

var (
	byProgram = []string{"program", "id"}

	proofsDesc = prometheus.NewDesc("vadium_prover_proofs_total",
		"Proofs by outcome since the vault was opened: valid in time, valid but late, and failed: faults other than being late.", []string{"program", "id", "outcome"}, nil)
	cpuDesc    = prometheus.NewDesc("vadium_prover_cpu_seconds_total", "CPU that proofs took since the vault was opened.", byProgram, nil)
	earnedDesc = prometheus.NewDesc("vadium_prover_earned_tokens_total",
		"What came in since the vault was opened: fees, stand-down and solving fees, rescues; in tokens, for display.", byProgram, nil)
	lostDesc = prometheus.NewDesc("vadium_prover_lost_tokens_total",
		"What junior stake lost since the vault was opened; in tokens, for display.", byProgram, nil)
	costDesc = prometheus.NewDesc("vadium_prover_cost_tokens_total",
		"What the CPU of proofs cost since the vault was opened; in tokens, for display.", byProgram, nil)
	breakerDesc = prometheus.NewDesc("vadium_prover_breaker",
		"1 for the phase the circuit breaker is in: closed (asks stand), open (no asks) or trial (one request at a time).", []string{"phase"}, nil)
	failuresDesc = prometheus.NewDesc("vadium_prover_breaker_failures", "Failures in a row that the circuit breaker has counted.", nil, nil)
	freeDesc     = prometheus.NewDesc("vadium_prover_free_stake_tokens", "Stake that no lock needs; in tokens, for display.", nil, nil)
	slotsDesc    = prometheus.NewDesc("vadium_prover_proofs_at_once", "Proofs it can make at once now, those of workers elsewhere included.", nil, nil)
	provingDesc  = prometheus.NewDesc("vadium_prover_proving", "Proofs being made.", nil, nil)
	capacityDesc = prometheus.NewDesc("vadium_prover_capacity", "Assignments it takes at once, waiting ones included.", nil, nil)
	workDesc     = prometheus.NewDesc("vadium_prover_assignments", "Assignments under way.", nil, nil)
	cursorDesc   = prometheus.NewDesc("vadium_prover_cursor", "Position in the market's journal that the prover has handled.", nil, nil)
	priceDesc    = prometheus.NewDesc("vadium_prover_ask_price_tokens", "Price of a standing ask; in tokens, for display.", []string{"product"}, nil)
	pursuitsDesc = prometheus.NewDesc("vadium_prover_pursuits",
		"Requests that it comes to by itself, by mechanism: whose price it waits for, or that it bids for.", []string{"mechanism"}, nil)
	outcomesDesc = prometheus.NewDesc("vadium_prover_pursuits_ended_total",
		"Requests that it came to by itself, by mechanism and outcome, since it was started: won, or lost to another or refused.", []string{"mechanism", "outcome"}, nil)
	askSlotsDesc = prometheus.NewDesc("vadium_prover_ask_slots", "Slots of a standing ask.", []string{"product"}, nil)
	measuredDesc = prometheus.NewDesc("vadium_prover_benchmark_seconds", "How long one proof takes here, as the market was told; 0: not told yet.", byProgram, nil)
)

// Describe implements prometheus.Collector.
func (m Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		proofsDesc, cpuDesc, earnedDesc, lostDesc, costDesc, breakerDesc, failuresDesc, freeDesc, slotsDesc, provingDesc,
		capacityDesc, workDesc, cursorDesc, priceDesc, askSlotsDesc, measuredDesc,
		pursuitsDesc, outcomesDesc,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m Metrics) Collect(to chan<- prometheus.Metric) {
	s := m.Status()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	for _, phase := range []breakerPhase{breakerClosed, breakerOpen, breakerTrial} {
		in := 0.0
		if s.Breaker.Phase == string(phase) {
			in = 1
		}
		gauge(breakerDesc, in, string(phase))
	}
	gauge(failuresDesc, float64(s.Breaker.Failures))
	gauge(freeDesc, shown(s.Free))
	gauge(slotsDesc, float64(s.Provers))
	gauge(provingDesc, float64(s.Proving))
	gauge(capacityDesc, float64(s.Capacity))
	gauge(workDesc, float64(len(s.Assignments)))
	gauge(cursorDesc, float64(s.Cursor))
	pursued := map[auction.Mechanism]int{}
	for _, p := range s.Pursuits {
		pursued[p.Mechanism]++
	}
	for _, o := range s.Outcomes {
		gauge(pursuitsDesc, float64(pursued[o.Mechanism]), o.Mechanism.String())
		counter(outcomesDesc, float64(o.Won), o.Mechanism.String(), string(won))
		counter(outcomesDesc, float64(o.Lost), o.Mechanism.String(), string(lost))
	}
	for _, p := range s.Programs {
		gauge(measuredDesc, float64(p.Benchmark)/1000, p.Name, p.Program.String())
	}
	for _, a := range s.Asks {
		product := a.Product.String()
		gauge(priceDesc, shown(a.Price), product)
		gauge(askSlotsDesc, float64(a.Slots), product)
	}
	for _, p := range s.Profit {
		name, id := p.Name, p.Program.String()
		for outcome, n := range map[string]uint64{"valid": p.Made - min(p.Late, p.Made), "late": p.Late, "failed": p.Failed} {
			counter(proofsDesc, float64(n), name, id, outcome)
		}
		counter(cpuDesc, float64(p.CPU)/1000, name, id)
		counter(earnedDesc, shown(p.In()), name, id)
		counter(lostDesc, shown(p.Out()), name, id)
		counter(costDesc, shown(p.Cost), name, id)
	}
}

// shown is an amount in tokens, for display.
func shown(a vadium.Amount) float64 {
	f, _ := new(big.Rat).SetFrac(a.Uint256().ToBig(), vadium.Tokens(1).Uint256().ToBig()).Float64()
	return f
}
