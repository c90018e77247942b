package prover

import (
	"sync"

	"vadium"
)

// breaker stops an agent that fails again and again: a broken disk or a bad key would otherwise lose stake as fast as
// requests arrive.
type breaker struct {
	after int
	rest  vadium.Duration
	now   func() vadium.Time

	mu     sync.Mutex // guards what follows
	inARow int
	until  vadium.Time
}

func (b *breaker) failed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inARow++; b.inARow >= b.after {
		b.until = b.now().Add(b.rest)
		b.inARow = 0
	}
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow = 0
}

// openUntil returns until when the agent takes nothing new on, and whether that lies ahead.
func (b *breaker) openUntil() (vadium.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until, b.now().Before(b.until)
}
