package risk

import "vadium"

// Position is everything one vault's locks need.
type Position struct {
	// Same is what locks in the vault's own asset need: their amounts and damage caps, which no price moves.
	Same Cover
	// Across are the locks that cover values in other assets.
	Across Book
}

// Need returns what the vault must hold at a mark; ok is false when a lock across assets has no price.
func (x Position) Need(m Mark, margin vadium.Bps) (need Cover, ok bool) {
	need, ok = x.Across.Need(m, margin)
	return need.Add(x.Same), ok
}

// Marking returns the vault's situation at the gauge's last fresh quote, by which its call moves (see [Call.Next]). This
// is what a new price costs for each vault: two needs from sums, whatever it has locked.
func (x Position) Marking(now vadium.Time, posted Cover, g Gauge, p Params) (m Marking, ok bool) {
	m = Marking{Now: now, Posted: posted, Fresh: g.Fresh(now, p)}
	if m.Maintenance, ok = x.Need(g.Now, Maintenance); !ok {
		return Marking{}, false
	}
	m.Initial, ok = x.Need(g.Now, Initial)
	return m, ok
}

// Reserved returns what no new lock and no withdrawal may touch: the need at the held mark, which falls by less than a
// hundredth an epoch after the price has risen.
func (x Position) Reserved(g Gauge) (reserved Cover, ok bool) { return x.Need(g.Held, Initial) }

// With returns the position with one more lock across assets; ok is false when its sums do not fit. Whether there is stake
// for it, the vault says: what is posted must meet what is then reserved (I2 and I3 of economics.md §4.1, margins
// included).
func (x Position) With(t Term) (with Position, ok bool) {
	x.Across, ok = x.Across.Add(t)
	return x, ok
}

// Without returns the position after the lock ended.
func (x Position) Without(t Term) Position {
	x.Across = x.Across.Remove(t)
	return x
}
