package prover

import (
	"sync"

	"vadium"
)

// clock is how far the market's clock is from the agent's. Windows, climbing prices and the epochs of asks go by the market's.
//
// A record that has just been written is heard a little after its time, never before, so the largest difference is the best.
// Times are kept for a while only, since clocks drift and are set.
type clock struct {
	mu           sync.Mutex      // guards what follows
	latest, past vadium.Duration // the largest differences of the last clockPeriod with records, and of the one before
	since        vadium.Time     // when latest began, by the agent's clock; 0: nothing was heard
}

// clockPeriod is how long differences count, at least; asInStep is what the way of a record may take, so that a clock which
// seems ahead by less than that is not.
const (
	clockPeriod = 10 * vadium.Minute
	asInStep    = 250 * vadium.Millisecond
)

// hear takes in the time of a record that was heard at now, and reports whether that changes a good deal.
// Only a fresh record says that the agent's clock is ahead; any that it is behind.
func (c *clock) hear(at, now vadium.Time, fresh bool) (moved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := at.Sub(now)
	if !fresh && d <= 0 {
		return false
	}
	before := c.offset()
	switch {
	case c.since == 0:
		c.latest, c.past, c.since = d, d, now
	case now.Sub(c.since) >= clockPeriod || now.Before(c.since):
		c.latest, c.past, c.since = d, c.latest, now
	default:
		c.latest = max(c.latest, d)
	}
	d = c.offset() - before
	return d > asInStep || d < -asInStep
}

// offset is what the market's clock is later than the agent's, with mu held.
func (c *clock) offset() vadium.Duration {
	d := max(c.latest, c.past)
	if d < 0 && d >= -asInStep {
		return 0
	}
	return d
}

// by returns what the market's clock reads when the agent's reads now.
func (c *clock) by(now vadium.Time) vadium.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Add(c.offset())
}

// time returns what the market's clock reads, as far as the agent knows.
func (a *Agent) time() vadium.Time { return a.clock.by(a.now()) }

// hear takes in the time of something of the market's.
func (a *Agent) hear(at vadium.Time, fresh bool) {
	if a.clock.hear(at, a.now(), fresh) {
		a.lookAgain() // whatever waits for a time
		a.lookAtAsks()
	}
}
