package marketplace

import (
	"fmt"
	"slices"

	"vadium"
)

// A request that several owners are to prove is several requests, its copies, made by one submission: each has its own escrow,
// damage cap, assignments and end. What binds them is that no prover is assigned two of them, and that those that wait are
// cleared together.

// CopyOf returns the id of a copy: the first, the lead, has the id that it would have alone, and the others' follow from it.
func CopyOf(requester vadium.Account, lead vadium.RequestID, number uint32) vadium.RequestID {
	if number <= 1 {
		return lead
	}
	return vadium.NewRequestID(requester, copySalt(lead, number))
}

// copySalt takes the place of a client id in a copy's.
func copySalt(lead vadium.RequestID, number uint32) vadium.Salt {
	return vadium.HashParts("vadium/copy/v1", lead[:], []byte{byte(number)})
}

// copies yields the copies that a request is one of, itself included, in order; itself alone when there are no others.
func (s *State) copies(r *Request) func(yield func(*Request) bool) {
	return func(yield func(*Request) bool) {
		if r.Copy == 0 {
			yield(r)
			return
		}
		for number := uint32(1); number <= r.Redundancy; number++ {
			if one := s.requests.get(CopyOf(r.Requester, r.Lead, number)); one != nil && !yield(one) {
				return
			}
		}
	}
}

// siblingsOf returns the provers that were ever assigned another copy of a request.
func (s *State) siblingsOf(r *Request) (provers []vadium.Account) {
	for one := range s.copies(r) {
		for i := range one.Attempts {
			if one.ID != r.ID {
				provers = append(provers, one.Attempts[i].Prover)
			}
		}
	}
	return provers
}

// lotOf returns the copies that are cleared together with a request, itself included: those that wait likewise, at the same reserve.
func (s *State) lotOf(r *Request) []vadium.RequestID {
	if r.Copy == 0 {
		return []vadium.RequestID{r.ID}
	}
	lot := make([]vadium.RequestID, 0, MaxCopies)
	for one := range s.copies(r) {
		if one.ID == r.ID || one.Phase == PhaseOpen && one.clearsAlone() && one.Reserve == r.Reserve {
			lot = append(lot, one.ID)
		}
	}
	return lot
}

// assignCopies assigns what waits of a request's copies, as far as provers can be found, and reports whether any could. All are
// assigned before any stake is locked: a lock changes the load of the class, by which multipliers follow, and the copies are
// to be cleared as one. See [auction.ClearSeveral].
func (d *draft) assignCopies(r *Request) bool {
	found := false
	for one := range d.copies(r) { // what was promised before comes first
		if one.Phase != PhaseOpen {
			continue
		}
		if award, ranked := d.promised(one, false); ranked {
			d.assignTo(one.ID, award, nil, false)
			found = true
		}
	}
	var locks []Event
	for one := range d.copies(r) {
		if one.Phase != PhaseOpen || !one.clearsAlone() {
			continue
		}
		if clearing, won := d.clear(&d.shortlist, one, d.now, d.market.Seq+1, false); won {
			locks = append(locks, d.assignUnlocked(one, clearing.Winner, clearing.Backups, true))
		}
	}
	for _, lock := range locks {
		d.emit(lock)
	}
	return found || len(locks) > 0
}

// cancelCopies takes back all copies of a lead that nobody has been assigned, itself included, and reports whether there are any. It
// takes back none when one may not be.
func (d *draft) cancelCopies(lead *Request) (cancelled bool, err error) {
	for one := range d.copies(lead) {
		if one.Phase == PhaseOpen {
			if err := d.checkCancel(one); err != nil {
				return false, err
			}
		}
	}
	for one := range d.copies(lead) {
		if one.Phase == PhaseOpen {
			d.close(one.ID, PhaseCancelled, "the requester cancelled it")
			cancelled = true
		}
	}
	return cancelled, nil
}

// checkCopies: invariant 3, no prover is assigned two copies of a request.
func (s *State) checkCopies(r *Request) error {
	siblings := s.siblingsOf(r)
	for i := range r.Attempts {
		if prover := r.Attempts[i].Prover; slices.Contains(siblings, prover) {
			return fmt.Errorf("invariant 3: prover %v is assigned request %v and another copy of it", prover, r.ID)
		}
	}
	return nil
}
