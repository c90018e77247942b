package operations

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"vadium/circuits/sandbox"
)

// Confinement remembers what confines a service's child processes, and says once what does not: a system may refuse a layer
// that it has, or lose it with an upgrade, and the service goes on without. Settings that insist on a layer (confine) are
// none of its business: there the child does not start.
type Confinement struct {
	log *slog.Logger

	mu      sync.Mutex // guards what follows
	seen    bool
	missing map[sandbox.Layer]string // with the reason
}

// NewConfinement returns the confinement of a service without children.
func NewConfinement(log *slog.Logger) *Confinement {
	return &Confinement{log: log, missing: map[sandbox.Layer]string{}}
}

// Saw takes note of what confines a child that was just started.
func (c *Confinement) Saw(child sandbox.Confinement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = true
	for _, layer := range sandbox.Layers() {
		why, missing := child.Missing[layer]
		if _, known := c.missing[layer]; !missing || known {
			continue
		}
		c.missing[layer] = why
		c.log.Warn("child processes run without a layer of their confinement (to insist on it: --confine)", "layer", string(layer), "reason", why)
	}
}

// Check returns what some child has run without, or nil; it is for [Health.Note].
func (c *Confinement) Check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var without []error
	for _, layer := range sandbox.Layers() {
		if why, missing := c.missing[layer]; missing {
			without = append(without, fmt.Errorf("no %s: %s", layer, why))
		}
	}
	return errors.Join(without...)
}

var layerDesc = prometheus.NewDesc("vadium_confinement_layer",
	"1 for a layer that has confined every child process so far, 0 for one that some child ran without; nothing before the first child.", []string{"layer"}, nil)

// Describe implements prometheus.Collector.
func (c *Confinement) Describe(to chan<- *prometheus.Desc) { to <- layerDesc }

// Collect implements prometheus.Collector.
func (c *Confinement) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.seen {
		return
	}
	for _, layer := range sandbox.Layers() {
		in := 1.0
		if _, missing := c.missing[layer]; missing {
			in = 0
		}
		to <- prometheus.MustNewConstMetric(layerDesc, prometheus.GaugeValue, in, string(layer))
	}
}
