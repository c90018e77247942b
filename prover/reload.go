package prover

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotLive: a configuration changes what a running agent cannot change.
var ErrNotLive = errors.New("that cannot change while the prover runs (stop it and start it with the new configuration)")

// Reload puts another configuration into force, all of it or none: after an error the old one still holds. Programs,
// prices, capacity, tiers and the breaker change at once; proofs under way go on, and what was accepted is delivered.
// The folders, the number of local provers and the behaviour cannot change, and neither can the log. It may be called at
// any time, concurrently.
func (a *Agent) Reload(c Config) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	old := a.settings()
	var fixed []string
	for name, same := range map[string]bool{
		"folder": c.Dir == old.Dir, "key folder": c.KeyDir == old.KeyDir, "benchmark": c.BenchFile == old.BenchFile,
		"provers": c.Provers == old.Provers, "behaviour": c.Behaviour == old.Behaviour, "key bytes": c.MaxKeyBytes == old.MaxKeyBytes,
	} {
		if !same {
			fixed = append(fixed, name)
		}
	}
	if len(fixed) > 0 {
		slices.Sort(fixed)
		return fmt.Errorf("%s: %w", strings.Join(fixed, ", "), ErrNotLive)
	}
	c.Log = old.Log
	a.config.Store(&c)
	a.breaker.set(c.BreakAfter, c.BreakFor)
	a.events.add(a.now(), "configuration reloaded", "")
	a.log.Info("the configuration was reloaded")
	signal(a.relist)
	signal(a.reopen)
	a.lookAtAsks()
	return nil
}
