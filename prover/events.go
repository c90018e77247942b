package prover

import (
	"slices"
	"sync"

	"vadium"
)

// Happening is something an operator should know.
type Happening struct {
	At   vadium.Time `json:"at"`
	What string      `json:"what"`
	Why  string      `json:"why,omitempty"`
}

// events are the last happenings.
type events struct {
	mu   sync.Mutex // guards list
	list []Happening
}

// maxEvents is a screenful.
const maxEvents = 40

func (e *events) add(at vadium.Time, what, why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, Happening{at, what, why})
	if over := len(e.list) - maxEvents; over > 0 {
		e.list = slices.Delete(e.list, 0, over)
	}
}

func (e *events) all() []Happening {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.list)
}
