package main

import (
	"crypto/sha256"
	"time"

	"vadium"
	"vadium/marketplace"
)

// patience is how long the demo's market and its requesters wait, by how busy the machine is. On an idle one it changes
// nothing.
type patience struct {
	factor int           // for the market's windows; 1 on an idle machine
	within time.Duration // for a request
}

// Bounds of patience: beyond them the machine is at fault, and the demo says so.
const (
	leastDeadline = 15 * time.Second
	mostDeadline  = 3 * time.Minute
	mostFactor    = 6
	// mostRetries is how often somebody asks again whom nobody could serve, with twice the time and twice the fee each time.
	mostRetries = 2
)

// newPatience takes how much longer things take than they would alone, rounded up.
func newPatience(hindered float64) patience {
	factor := 1
	for factor < mostFactor && float64(factor)+0.5 < hindered {
		factor++
	}
	return patience{factor: factor, within: leastDeadline}
}

// measured gives requests three times what all their proofs together have taken.
func (p *patience) measured(all time.Duration) {
	p.within = min(max(3*all, time.Duration(p.factor)*leastDeadline/2, leastDeadline), mostDeadline)
}

// deadline returns how long a request has, when it is asked for once more.
func (p *patience) deadline(tries int) time.Duration { return p.within << tries }

// trading returns how long everything may take: each time somebody asks again, with as much grace on top.
func (p *patience) trading() time.Duration {
	all := 2 * time.Minute
	for tries := range mostRetries + 1 {
		all += 2 * p.deadline(tries)
	}
	return all
}

// window returns how long something takes that takes so long on an idle machine.
func (p *patience) window(d vadium.Duration) vadium.Duration { return d * vadium.Duration(p.factor) }

// params widens the windows in which somebody has to answer, and the time in which requests are collected.
func (p *patience) params(m marketplace.Params) marketplace.Params {
	for _, window := range []*vadium.Duration{&m.AcceptWindow, &m.HeartbeatWithin, &m.GraceMin, &m.OutageAfter, &m.StandardTick} {
		*window *= vadium.Duration(p.factor)
	}
	m.GraceMax, m.BulkTick = max(m.GraceMax, m.GraceMin), max(m.BulkTick, m.StandardTick)
	return m
}

// hindrance measures how busy the machine is, in a fifth of a second where it is idle: how much longer small pieces of work
// take on the whole than the fastest of them.
func hindrance(now func() time.Time) float64 {
	const pieces, rounds = 200, 1_000
	var sum [32]byte
	fastest := time.Hour
	began := now()
	for range pieces {
		start := now()
		for range rounds {
			sum = sha256.Sum256(append(sum[:], make([]byte, 256)...))
		}
		fastest = min(fastest, max(now().Sub(start), 1))
	}
	return float64(now().Sub(began)) / float64(pieces*fastest)
}
