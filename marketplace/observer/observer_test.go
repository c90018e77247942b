package observer_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/observer"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/sequencer"
	"vadium/vaults/slashing"
)

const (
	registrant = 10
	requester  = 11
	prover     = 12
)

// observed is an observer that runs until the test ends, with its registry.
type observed struct {
	*prometheus.Registry
	stop func()
}

func observe(t *testing.T, m *sequencer.Market) observed {
	t.Helper()
	registry := prometheus.NewRegistry()
	o := observer.New(observer.Config{Market: m}, registry)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	}
	t.Cleanup(stop)
	return observed{registry, stop}
}

// values returns every counter and gauge, by name and label value.
func (o observed) values(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := o.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += "/" + l.GetValue()
			}
			switch {
			case m.GetCounter() != nil:
				found[name] = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				found[name] = m.GetGauge().GetValue()
			}
		}
	}
	return found
}

// caughtUp returns the values once the observer has begun and counted everything.
func (o observed) caughtUp(t *testing.T) map[string]float64 {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for deadline.Err() == nil {
		if v := o.values(t); v["vadium_observer_behind_records"] == 0 && v["vadium_books_audited_timestamp_seconds"] > 0 {
			return v
		}
	}
	t.Fatal("the observer does not catch up")
	return nil
}

// wants holds some values against what they should be.
func wants(t *testing.T, when string, got, want map[string]float64) {
	t.Helper()
	for name, value := range want {
		if at, there := got[name]; !there || at != value {
			t.Errorf("%s: %s = %v (there: %v), want %v", when, name, at, there, value)
		}
	}
}

// A request's way, from the journal to the metrics; and an observer of the restarted market counts from there on, with what
// stands open looked up.
func TestTheObserverCountsWhatTheMarketDoes(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	proving := m.Stake(t, prover, p)
	before := observe(t, m.Sequencer)
	wants(t, "at the start", before.caughtUp(t), map[string]float64{
		"vadium_records_total": 0, "vadium_requests_submitted_total": 0, "vadium_programs_listed": 1, "vadium_program_servers": 1, "vadium_paused": 0,
		"vadium_stake_tokens/slashable": 1_000, "vadium_stake_tokens/locked": 0, "vadium_security_breaker_level": 0, "vadium_provers/active": 1, "vadium_provers/jailed": 0,
		"vadium_calls_open/suspended": 0, "vadium_cases_open": 0, "vadium_prices_stale": 0, "vadium_incident_declared": 0, "vadium_health_ratio": 1,
		"vadium_books_imbalance_tokens": 0, "vadium_money_tokens/deposited": 1_101, "vadium_money_tokens/stake": 1_000, "vadium_requests_open/assigned": 0,
	})
	var from uint64
	m.Sequencer.View(func(s *marketplace.State) { from = s.NextSeq() })
	first := m.Submit(t, requester, p, 3).Request.ID
	second := m.Submit(t, requester, p, 3).Request.ID
	for _, id := range []vadium.RequestID{first, second} {
		if _, err := proving.AcceptRequest(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := proving.SendHeartbeat(t.Context(), first, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := proving.Resign(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	got := before.caughtUp(t)
	var to uint64
	m.Sequencer.View(func(s *marketplace.State) { to = s.NextSeq() })
	want := map[string]float64{
		"vadium_requests_submitted_total": 2, "vadium_assignments_total/primary": 2, "vadium_assignments_total/backup": 0,
		"vadium_assignments_accepted_total": 2, "vadium_heartbeats_total": 1, "vadium_resignations_total": 1, "vadium_deliveries_total": 0,
		"vadium_verdicts_total/valid": 0, "vadium_requests_open/accepted": 2, "vadium_observer_behind_records": 0,
	}
	wants(t, "afterwards", got, want)
	if counted := got["vadium_records_total"]; counted < 8 || counted > float64(to-from) {
		t.Errorf("%v records counted, want all of the %d since the start", counted, to-from)
	}

	// The next life: counters begin anew, as Prometheus expects, and what stands open is known.
	before.stop()
	m.Restart(t)
	after := observe(t, m.Sequencer)
	wants(t, "after a restart", after.caughtUp(t), map[string]float64{
		"vadium_requests_submitted_total": 0, "vadium_assignments_accepted_total": 0, "vadium_requests_open/accepted": 2, "vadium_books_imbalance_tokens": 0,
		"vadium_programs_listed": 1,
	})
	m.Submit(t, requester, p, 3)
	wants(t, "after a restart and a request", after.caughtUp(t), map[string]float64{"vadium_requests_submitted_total": 1})
}

// Nothing an event names becomes a label: a market that goes on has as many series as one that begins.
func TestTheNumberOfSeriesDoesNotGrow(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	o := observe(t, m.Sequencer)
	names := func() map[string]bool {
		found := map[string]bool{}
		for name := range o.caughtUp(t) {
			found[name] = true
		}
		return found
	}
	begin := names()
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	m.Submit(t, requester, p, 3)
	if end := names(); !maps.Equal(begin, end) {
		t.Errorf("series at the end %v, at the beginning %v", end, begin)
	}
}

// A case is counted from the first of them on, and until it ends.
func TestTheObserverCountsOpenCases(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	offender := m.Stake(t, prover, p).Account()
	o, by := observe(t, m.Sequencer), rpctest.Key(t, requester).Account()
	at := func() (at vadium.Time) {
		m.Sequencer.View(func(s *marketplace.State) { at = s.Now() })
		return at
	}
	do := func(author vadium.Account, body marketplace.Body) {
		t.Helper()
		if _, err := m.Sequencer.Do(t.Context(), marketplace.Command{Author: author, ID: vadium.CommandID(client.NewSalt()), ValidUntil: at().Add(vadium.Minute), Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	shown := marketplace.RevealEvidence{Offender: offender, Offence: slashing.BidEquivocation, Evidence: []byte("found"), Salt: client.NewSalt(), Holds: true}
	do(by, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(by, shown)})
	for ready := at().Add(marketplace.CommitmentAge); at().Before(ready); {
		m.Fund(t, registrant, 1)
	}
	do(by, shown)
	wants(t, "with one case", o.caughtUp(t), map[string]float64{"vadium_cases_open": 1})
	do(rpctest.Key(t, rpctest.OperatorKey).Account(), marketplace.VetoCase{Case: 1, Reason: "a test"})
	wants(t, "after a veto", o.caughtUp(t), map[string]float64{"vadium_cases_open": 0})
}
