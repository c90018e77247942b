package marketplace

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
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
	d.afterSlash(vault)
	return slices.Clone(d.events)
}

// Offend, HistoryAt, Jail and Release are what events do to a prover's record.
func Offend(p *Prover, at vadium.Time, offence slashing.Offence, severity slashing.Severity) {
	p.offend(at, offence, severity)
}

// HistoryAt returns a prover's points.
func HistoryAt(p *Prover, at vadium.Time) slashing.MilliPoints { return p.historyAt(at) }

// Jail moves a prover to jail.
func Jail(p *Prover, at vadium.Time) {
	p.thaw(at)
	p.Status.Moved, p.Status.Since = StateJailed, at
}

// Release lets it go.
func Release(p *Prover, at vadium.Time) {
	p.thaw(at)
	p.Status.Moved, p.Status.Since = StateActive, at
}

// CheckRecent holds the buckets of recent faults against the obvious way to count.
func CheckRecent(t *testing.T) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		var r Recent
		latest := map[int]CountedFault{}
		e := risk.Epoch(rapid.Uint64Range(1, 1_000_000).Draw(t, "from"))
		for range rapid.IntRange(1, 40).Draw(t, "faults") {
			e += risk.Epoch(rapid.Uint64Range(0, 90).Draw(t, "after"))
			who := rapid.IntRange(0, 4).Draw(t, "who")
			stake := vadium.NewAmount(rapid.Uint64().Draw(t, "stake"))
			before := fmt.Sprint(r)
			moved := r.move(e, latest[who], stake)
			if fmt.Sprint(r) != before {
				t.Fatal("a state that shares the buckets saw them change")
			}
			r, latest[who] = moved, CountedFault{Epoch: e, Stake: stake}
			for _, later := range []risk.Epoch{e, e + 1, e + 71, e + 72, e + 500} {
				var want vadium.Amount
				for _, f := range latest {
					if later-f.Epoch < correlatedFor {
						want = want.MustAdd(f.Stake)
					}
				}
				if got := r.sumAt(later); got != want {
					t.Fatalf("at epoch %d the sum is %v, want %v", later, got, want)
				}
			}
		}
	})
}

// SetIncident makes an incident stand, as if it had been declared.
func (s *State) SetIncident(reason string, until vadium.Time) {
	n := s.editNetwork()
	n.Incident, n.IncidentUntil = reason, until
}
