package marketplace

import (
	"slices"

	"vadium"
)

// NewEvent returns an empty event of the type with this number.
func NewEvent(number uint64) (Event, bool) {
	fresh, known := eventNumbers[number]
	if !known {
		return nil, false
	}
	return fresh(), true
}

// Moves are the ways a prover can go.
func Moves() []Move { return moves[:] }

// Move is one of them.
type Move = move

// Causes returns how many causes there are, from 1.
func Causes() Cause { return Cause(len(causes) - 1) }

// TryMove returns the events of a move that the market would make for a cause, if the table has it.
func TryMove(s *State, prover vadium.Account, to ProverState, why Cause) []Event {
	d := s.draft(s.Now())
	d.moveProver(prover, to, why, 0, "")
	return slices.Clone(d.events)
}

// Solvency returns what follows when a slash has left a vault as it is.
func Solvency(s *State, vault vadium.VaultID) []Event {
	d := s.draft(s.Now())
	d.tombstoneInsolvent(d.Vault(vault))
	return slices.Clone(d.events)
}
