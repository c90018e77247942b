package observer

import (
	"maps"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults/slashing"
)

func totalOf(t *testing.T, registry *prometheus.Registry) (records, others float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetType() != dto.MetricType_COUNTER {
				continue
			}
			if f.GetName() == "vadium_records_total" {
				records += m.GetCounter().GetValue()
			} else {
				others += m.GetCounter().GetValue()
			}
		}
	}
	return records, others
}

// Each kind of event counts where it says, and one that is nobody's metric counts as a record only.
func TestEachEventCountsOnceAndUnknownOnesAsRecordsOnly(t *testing.T) {
	for name, row := range map[string]struct {
		event marketplace.Event
		want  float64
	}{
		"an event of no metric": {&marketplace.SeniorDeposited{}, 0},
		"submitted":             {&marketplace.RequestSubmitted{}, 1},
		"closed":                {&marketplace.RequestClosed{Phase: marketplace.PhaseUnserved}, 1},
		"assigned":              {&marketplace.RequestAssigned{}, 1},
		"backup":                {&marketplace.BackupActivated{}, 1},
		"accepted":              {&marketplace.RequestAccepted{}, 1},
		"silent":                {&marketplace.HeartbeatMissed{}, 1},
		"resigned":              {&marketplace.Resigned{}, 1},
		"delivered":             {&marketplace.DeliveryReceived{}, 1},
		"valid":                 {&marketplace.DeliveryAccepted{}, 1},
		"invalid":               {&marketplace.DeliveryRejected{Verdict: marketplace.VerdictInvalid}, 1},
		"late":                  {&marketplace.GraceStarted{}, 1},
		"fault":                 {&marketplace.FaultRecorded{Offence: slashing.Late}, 1},
		"slashed": {&marketplace.Slashed{Shares: slashing.Distribution{
			Requester: vadium.Tokens(2), Burn: vadium.Tokens(1),
		}}, 3},
		"a case carried out": {&marketplace.VaultSlashed{Shares: slashing.Distribution{
			Reporter: vadium.Tokens(1), Insurance: vadium.Tokens(2), Burn: vadium.Tokens(4),
		}}, 7},
		"what was held back": {&marketplace.DeferredSlashed{Shares: slashing.Distribution{Burn: vadium.Tokens(2)}}, 2},
		"a prover moved":     {&marketplace.ProverMoved{To: marketplace.StateJailed}, 1},
		"fee":                {&marketplace.FeeSettled{Fee: vadium.Tokens(5), Protocol: vadium.Tokens(1)}, 5},
		"outage":             {&marketplace.Resumed{Gap: 3 * vadium.Second}, 1 + 3},
	} {
		registry := prometheus.NewRegistry()
		m := newMetrics(registry)
		m.count(row.event)
		if records, others := totalOf(t, registry); records != 1 || others != row.want {
			t.Errorf("%s: %v records and %v in all other counters, want 1 and %v", name, records, others, row.want)
		}
	}
}

// Clearings count by tier and rule: a batch by what its record says, once with all that it serves; a request that is cleared by
// itself with its assignment, and not once more when a batch has served it or a ranked backup took it.
func TestClearingsCountByTierAndRule(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("ask prover1 none 6 tier=2 slots=1", "ask prover2 none 7 tier=2 slots=1", "at epoch-end",
		"submit alice a fee=20 tier=2", "submit alice b fee=12 tier=2", "submit alice c fee=10 tier=2", "wait 2s", "submit alice one")
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	for _, r := range w.Journal() {
		m.countClearing(r.Event, w.State)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			if value := metric.GetCounter().GetValue(); value > 0 {
				name := f.GetName()
				for _, pair := range slices.Backward(metric.GetLabel()) { // by name: mechanism, tier
					name += "/" + pair.GetValue()
				}
				got[name] = value
			}
		}
	}
	want := map[string]float64{
		"vadium_clearings_total/immediate/vickrey": 1, "vadium_requests_cleared_total/immediate/vickrey": 1,
		"vadium_clearings_total/standard/vickrey": 1, "vadium_requests_cleared_total/standard/vickrey": 2, "vadium_requests_rolled_total/standard/vickrey": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}
