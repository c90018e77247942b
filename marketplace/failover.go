package marketplace

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
)

// What a requester arranges against a prover that fails: copies (copies.go), hedges (hedge.go), a prover that the request is
// reserved for, and a schedule by which its reserve rises while nobody takes it (schedule.go).

// Refusals about what a requester arranges.
const (
	// ErrTooManyHedges: the request asks for more hedges than one may have, or than backups are ranked.
	ErrTooManyHedges = vadium.Kind("too-many-hedges")
	// ErrReservation: the reservation is none that anybody could use.
	ErrReservation = vadium.Kind("reservation-malformed")
	// ErrSchedule: the schedule of the reserve does not rise step by step, within the maximal fee and the deadline.
	ErrSchedule = vadium.Kind("schedule-malformed")
)

// Bounds of what is arranged.
const (
	// MaxCopies bounds the owners that one submission has a request proven by.
	MaxCopies = 4
	// MaxHedges bounds the hedges of a request.
	MaxHedges = 2
	// MaxRaises bounds the steps of a schedule.
	MaxRaises = 8
)

// Bars of what is arranged.
const (
	BarSibling  Bar = "the prover was assigned another copy of the request"
	BarReserved Bar = "the request is reserved for another prover"
)

// escrow returns the most that one copy of a request may cost: the maximal fee, for the request and for each hedge.
func (b *SubmitRequest) escrow() vadium.Amount {
	return multiple(b.MaxFee, 1+uint64(b.Arrangement.Hedges))
}

// escrowOfAll returns what all copies together take into escrow.
func (b *SubmitRequest) escrowOfAll() vadium.Amount {
	return multiple(b.escrow(), uint64(b.Redundancy))
}

// multiple multiplies; more than there can be of anything is the most there is.
func multiple(amount vadium.Amount, n uint64) vadium.Amount {
	if product, ok := amount.Mul(vadium.NewAmount(n)); ok || n == 0 {
		return product
	}
	return unbounded()
}

// unbounded returns the most that there is.
func unbounded() vadium.Amount {
	return vadium.AmountFromBytes32([32]byte(bytes.Repeat([]byte{0xff}, 32)))
}

// checkFailover checks what a request says about copies, hedges, reservation and its schedule; which of them a mechanism allows,
// checkMode says.
func (d *draft) checkFailover(by vadium.Account, b *SubmitRequest) error {
	a := &b.Arrangement
	if most := min(MaxHedges, d.params().Backups); a.Hedges > most {
		return fmt.Errorf("%d hedges, at most %d are allowed: %w", a.Hedges, most, ErrTooManyHedges)
	}
	if err := d.checkReservation(by, b); err != nil {
		return err
	}
	return d.checkSchedule(b)
}

// barArranged returns why what its requester arranged keeps a prover out.
func (s *State) barArranged(r *demand, prover vadium.Account) Bar {
	switch {
	case slices.Contains(r.siblings, prover):
		return BarSibling
	case r.reserved() && prover != r.Arranged.ReservedFor:
		return BarReserved
	}
	return BarNone
}

// failoverLast is the last instant at which nothing is due on an open request by its requester's arrangement.
func (r *Request) failoverLast() vadium.Time {
	if r.Arranged == nil {
		return vadium.Forever
	}
	last := vadium.Forever
	if r.reserved() {
		last = r.reservedUntil()
	}
	if _, due, more := r.nextRaise(); more {
		last = last.Earliest(due.Add(-vadium.Millisecond))
	}
	return last
}

// advanceFailover does what is due by a request's arrangement, and reports whether there was anything.
func (d *draft) advanceFailover(r *Request) bool {
	if r.Arranged == nil {
		return false
	}
	_, due, more := r.nextRaise()
	switch {
	case r.reserved() && d.now.After(r.reservedUntil()):
		d.emit(&ReservationEnded{r.ID})
	case more && !d.now.Before(due):
		d.raise(r)
	default:
		return false
	}
	d.assignNext(r.ID)
	return true
}
