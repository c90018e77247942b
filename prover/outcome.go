package prover

import (
	"sync"

	"vadium/auction"
)

// outcome is how a pursuit ended that the market was told of.
type outcome string

const (
	won  outcome = "won"
	lost outcome = "lost"
)

// outcomes counts how pursuits ended since the agent was started.
type outcomes struct {
	mu    sync.Mutex // guards count
	count map[auction.Mechanism]map[outcome]uint64
}

func (o *outcomes) add(m auction.Mechanism, how outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[auction.Mechanism]map[outcome]uint64{}
	}
	if o.count[m] == nil {
		o.count[m] = map[outcome]uint64{}
	}
	o.count[m][how]++
}

func (o *outcomes) of(m auction.Mechanism, how outcome) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count[m][how]
}
