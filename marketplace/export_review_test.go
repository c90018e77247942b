package marketplace

import (
	"slices"

	"vadium"
)

// Restand returns what follows for a prover after its calls, or what is held back, have changed.
func Restand(s *State, prover vadium.Account) []Event {
	d := s.draft(s.Now())
	d.restand(prover)
	return slices.Clone(d.events)
}
