package prover

import (
	"context"
	"time"

	"vadium"
	"vadium/prover/engine"
)

// Elastic is an engine whose provers come and go, such as prover/fleet.Fleet. Capacity, queue and asks follow them.
type Elastic interface {
	engine.Engine
	// Provers is how many proofs it can make at once now; ProversFor, how many of one program.
	Provers() int
	ProversFor(p vadium.Program) int
	// Announce tells it which programs it is to prove, so that everybody has their files before there is work.
	Announce(programs []engine.Keys)
	// Changed returns a channel that is closed at the next change of these.
	Changed() <-chan struct{}
}

// announce tells the engine which programs are served.
func (a *Agent) announce() {
	e, ok := a.engine.(Elastic)
	if !ok {
		return
	}
	a.mu.Lock()
	served := make([]engine.Keys, 0, len(a.programs))
	for _, p := range a.programs {
		if !p.retired {
			served = append(served, p.keys)
		}
	}
	a.mu.Unlock()
	e.Announce(served)
}

// provers returns how many proofs can be made at once now.
func (a *Agent) provers() int {
	if e, ok := a.engine.(Elastic); ok {
		return e.Provers()
	}
	return a.settings().Provers
}

func (a *Agent) proversFor(p vadium.Program) int {
	if e, ok := a.engine.(Elastic); ok {
		return e.ProversFor(p)
	}
	return a.settings().Provers
}

// room is proversFor a program by its name. One that is not ready takes no prover from others anyway.
func (a *Agent) room(id vadium.ProgramID) int {
	p := a.ready(id)
	if p == nil {
		return a.provers()
	}
	return a.proversFor(p.listing.Program)
}

// capacity returns how many assignments may be under way at once now: one for each prover, and the queue's length.
// Without any prover there is nothing to wait for.
func (a *Agent) capacity() int {
	provers, c := a.provers(), a.settings()
	if provers == 0 {
		return 0
	}
	return min(provers+c.Capacity-c.Provers, maxCapacity)
}

// followEngine lets queue and asks follow the engine's provers.
func (a *Agent) followEngine(ctx context.Context) {
	e, ok := a.engine.(Elastic)
	if !ok {
		return
	}
	for {
		changed := e.Changed() // before looking: a change in between is seen again
		a.queue.resize(e.Provers())
		a.lookAtAsks()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// awaitProvers waits for somebody who can prove a program, half of the time there is to answer: after the agent was
// started again its workers need a moment to come back, and a request that was won should not be lost for that.
func (a *Agent) awaitProvers(ctx context.Context, p vadium.Program, answerBy vadium.Time) {
	e, ok := a.engine.(Elastic)
	if !ok {
		return
	}
	limited, cancel := context.WithTimeout(ctx, time.Duration(answerBy.Sub(a.now())/2)*time.Millisecond)
	defer cancel()
	for {
		changed := e.Changed()
		if e.ProversFor(p) > 0 {
			a.queue.resize(e.Provers()) // whoever follows the engine may come second
			return
		}
		select {
		case <-changed:
		case <-limited.Done():
			return
		}
	}
}
