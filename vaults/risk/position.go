package risk

import "vadium"

// Position is everything one vault's locks need.
type Position struct {
	// Same is what locks in the vault's own asset need: their amounts and damage caps, which no price moves.
	Same Cover
	// Across are the locks that cover values in other assets.
	Across Sums
}

// Need returns what the vault must hold at a reading; ok is false when a lock across assets has no price.
func (p Position) Need(at Reading, margin vadium.Bps) (need Cover, ok bool) {
	need, ok = p.Across.Need(at, margin)
	return need.Add(p.Same), ok
}

// Mark returns the vault's call after the gauge's last quote; ok is false when a lock across assets has no price. It is what
// a new price costs for each vault: sums are looked at and no lock, and where nothing is called for and enough is there,
// one need is all that is computed.
func (p Position) Mark(c Call, now vadium.Time, posted Cover, g Gauge, limits Params) (marked Call, ok bool) {
	m := Marking{Now: now, Posted: posted, Fresh: p.Across.Locks == 0 || g.Fresh(now, limits)}
	if m.Maintenance, ok = p.Need(g.Now, Maintenance); !ok || c.Stage == Met && !short(c, m) {
		return c, ok
	}
	m.Initial, _ = p.Need(g.Now, Initial) // there was a price a moment ago
	return c.Next(m, limits), true
}

// Reserved returns what no new lock and no withdrawal may touch: the need at the held reading, which falls by less than a
// hundredth an epoch after the price has risen.
func (p Position) Reserved(g Gauge) (reserved Cover, ok bool) { return p.Need(g.Held, Initial) }

// With returns the position with one more lock across assets; ok is false when its sums do not fit. Whether there is stake
// for it, the vault says: what is posted must meet what is then reserved (I2 and I3 of economics.md §4.1, margins
// included).
func (p Position) With(e Exposure) (with Position, ok bool) {
	p.Across, ok = p.Across.Add(e)
	return p, ok
}

// Without returns the position after the lock ended.
func (p Position) Without(e Exposure) Position {
	p.Across = p.Across.Remove(e)
	return p
}
