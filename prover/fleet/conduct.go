package fleet

import (
	"errors"
	"time"
)

// What a worker's failures cost it. A valid proof wipes the slate.
const (
	// mostStrikes in a row turn a worker away for firstBar: its machine is broken, and every try costs a requester time.
	// After that one more is enough, for twice as long each time, up to longestBar.
	mostStrikes = 3
	firstBar    = 10 * time.Minute
	longestBar  = 160 * time.Minute
	// maxConduct is how many names are remembered: four times as many as there can be workers.
	maxConduct = 4 * maxWorkers
)

// errVanished: a worker took work and was not heard of until its lease had run out.
var errVanished = errors.New("it took work and was not heard of again before its lease ran out")

// conduct is what a worker has done lately. It belongs to the name: one that comes back as another worker has lost
// nothing by leaving, and gained nothing either.
type conduct struct {
	strikes int           // failures in a row
	bar     time.Duration // the last pause; 0 before the first
	until   time.Time     // turned away until then
	lapsed  time.Time     // when a lease of its own last ran out
	last    time.Time     // when it last failed
}

// conductOf returns what is known of a name. Called with mu held.
func (f *Fleet) conductOf(name string) *conduct {
	if known := f.conduct[name]; known != nil {
		return known
	}
	if len(f.conduct) >= maxConduct {
		oldest := ""
		for other, c := range f.conduct {
			if oldest == "" || c.last.Before(f.conduct[oldest].last) || c.last.Equal(f.conduct[oldest].last) && other < oldest {
				oldest = other
			}
		}
		delete(f.conduct, oldest)
	}
	c := &conduct{}
	f.conduct[name] = c
	return c
}

// turnedAway reports whether a worker has failed too often lately. Called with mu held.
func (f *Fleet) turnedAway(name string) bool {
	c := f.conduct[name]
	return c != nil && time.Now().Before(c.until)
}

// vanished counts a lease that ran out as a failure of its worker. Several that run out together are one: a worker that
// loses its network loses all it holds. Called with mu held.
func (f *Fleet) vanished(w *worker) {
	c, now := f.conductOf(w.Name), time.Now()
	if !c.lapsed.IsZero() && now.Sub(c.lapsed) < f.config.LeaseFor {
		return
	}
	c.lapsed = now
	f.strike(w, errVanished)
}

// strike counts a failure of a worker. Called with mu held.
func (f *Fleet) strike(w *worker, why error) {
	c, now := f.conductOf(w.Name), time.Now()
	c.strikes++
	c.last = now
	f.log.Warn("a worker made no valid proof", "worker", w.Name, "in_a_row", c.strikes, "error", why)
	if c.strikes < mostStrikes {
		return
	}
	c.strikes = mostStrikes - 1 // when it comes back, the first failure counts
	c.bar = min(max(2*c.bar, firstBar), longestBar)
	c.until = now.Add(c.bar)
	f.log.Error("a worker is turned away for a while", "worker", w.Name, "until", c.until, "error", why)
	time.AfterFunc(c.bar, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.change()
		f.dispatch()
	})
	f.change()
}

// redeemed forgets what a worker did before its valid proof. Called with mu held.
func (f *Fleet) redeemed(w *worker) {
	if c := f.conduct[w.Name]; c != nil {
		barred := f.turnedAway(w.Name)
		delete(f.conduct, w.Name)
		if barred {
			f.change()
		}
	}
}
