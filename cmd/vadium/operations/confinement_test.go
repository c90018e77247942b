package operations

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"vadium/circuits/sandbox"
)

// A child without its own network says so once in the log, and from then on in health and metrics; a second one adds nothing.
func TestALayerThatIsMissingIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	c := NewConfinement(slog.New(slog.NewTextHandler(&log, nil)))
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	layers := func() map[string]float64 {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				found[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
			}
		}
		return found
	}
	if got := layers(); len(got) != 0 {
		t.Errorf("before the first child %v, want nothing", got)
	}
	c.Saw(sandbox.Confinement{InForce: sandbox.Layers()})
	if got := layers(); len(got) != len(sandbox.Layers()) || got["network"] != 1 || log.Len() > 0 || c.Check() != nil {
		t.Errorf("with every layer: metrics %v, note %v, log %q; want all 1 and not a word", got, c.Check(), log.String())
	}
	without := sandbox.Confinement{Missing: map[sandbox.Layer]string{sandbox.Network: "operation not permitted"}}
	for range 2 {
		c.Saw(without)
	}
	if got := layers(); got["network"] != 0 || got["files"] != 1 {
		t.Errorf("without a network of its own: %v, want network 0 and files 1", got)
	}
	if err := c.Check(); err == nil || err.Error() != "no network: operation not permitted" {
		t.Errorf("note %v, want what is missing and why", err)
	}
	if got := strings.Count(log.String(), "layer=network"); got != 1 || !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "--confine") {
		t.Errorf("the log says it %d times, want one warning with what to do: %s", got, log.String())
	}
}
