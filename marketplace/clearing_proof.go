package marketplace

import (
	"fmt"
	"iter"

	"vadium"
)

// Refusals of proofs of clearings.
const (
	// ErrClearingUnknown: no batch was cleared in that record, or so many since that the market does not look back for it.
	ErrClearingUnknown = vadium.Kind("clearing-unknown")
	// ErrClearingProven: a proof of the clearing has been published.
	ErrClearingProven = vadium.Kind("clearing-already-proven")
	// ErrClearingProgram: the program is not one whose keys the operator made and whose proofs can state a clearing.
	ErrClearingProgram = vadium.Kind("program-unfit-for-clearing")
	// ErrClearingUnproven: the proof is not one of the clearing for the book and under the program's key.
	ErrClearingUnproven = vadium.Kind("clearing-unproven")
)

// clearingScalars is how many public scalars a proof of a clearing has besides the request and the prover that it is bound to.
const clearingScalars = 6

// keptBatch returns what is kept of a batch for its proof.
func (s *State) keptBatch(e *BatchCleared) *ClearedBatch {
	row := &ClearedBatch{
		Product: e.Product, Tick: e.Tick, Root: e.Root, Mechanism: e.Mechanism, Seed: s.market.Seed, Served: uint32(len(e.Served)), Unopened: e.Unopened,
	}
	for i := range e.Wins {
		row.Paid = row.Paid.MustAdd(e.Wins[i].Payment)
	}
	return row
}

// Cleared returns what is kept of the batch that a record reports, or nil.
func (s *State) Cleared(seq uint64) *ClearedBatch { return s.cleared.get(clearingID(seq)) }

// ClearedBatches yields the batches that are kept by the position of their records, the oldest first.
func (s *State) ClearedBatches() iter.Seq2[uint64, *ClearedBatch] {
	return func(yield func(uint64, *ClearedBatch) bool) {
		for id, row := range s.cleared.all() {
			if !yield(uint64(id), row) {
				return
			}
		}
	}
}

// CheckClearing says why [State.Decide] would refuse a proof of a clearing, whatever it proves; nil if it may take it. It is for
// the shell, which should verify no proof that the market does not want.
func (s *State) CheckClearing(b PublishClearing) error {
	if !s.market.Opened {
		return ErrNotOpen
	}
	row := s.Cleared(b.Clearing)
	switch {
	case row == nil:
		return fmt.Errorf("record %d: %w", b.Clearing, ErrClearingUnknown)
	case row.Proven != 0:
		return fmt.Errorf("record %d, in record %d: %w", b.Clearing, row.Proven, ErrClearingProven)
	}
	return s.checkClearingProgram(b.Program)
}

// checkClearingProgram refuses programs that cannot stand behind a clearing. That the program proves one is seen by its name,
// which only the operator can give to keys that it vouches for: a universal program of anybody's may be called so too.
func (s *State) checkClearingProgram(id vadium.ProgramID) error {
	l := s.Listing(id)
	switch {
	case l == nil:
		return fmt.Errorf("program %v: %w", id, ErrProgramUnknown)
	case l.Class != vadium.KeysOperator:
		return fmt.Errorf("the keys of program %v are not the operator's: %w", id, ErrClearingProgram)
	case !l.Program.Bound || l.Program.Public != clearingScalars || l.Program.Curve != vadium.BN254:
		return fmt.Errorf("program %v states %d scalars on %v, a clearing is %d on %v, bound to a request: %w",
			id, l.Program.Public, l.Program.Curve, clearingScalars, vadium.BN254, ErrClearingProgram)
	}
	return nil
}

// publishClearing takes a proof of a clearing in. Assignments have not waited for it; who brings it does not matter.
func (d *draft) publishClearing(by vadium.Account, b PublishClearing) error {
	if err := d.requireFunded(by); err != nil {
		return err
	}
	if err := d.CheckClearing(b); err != nil {
		return err
	}
	if !b.Valid {
		return ErrClearingUnproven
	}
	d.emit(&ClearingProven{Clearing: b.Clearing, Size: b.Size, Book: b.Book, Proof: b.Proof, By: by, Program: b.Program})
	return nil
}

func (e *ClearingProven) apply(s *State, _ vadium.Time, seq uint64) {
	row := s.cleared.edit(clearingID(e.Clearing))
	must(row != nil && row.Proven == 0, "clearings that are proven have been kept, and are proven once")
	row.Proven = seq
}
