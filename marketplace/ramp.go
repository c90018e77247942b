package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// Refusals of locks.
const (
	// ErrRequestLocked: another prover has the request, or runs beside the one that had it.
	ErrRequestLocked = vadium.Kind("request-locked")
	// ErrPriceBelowLeast: the price is less than the least that the prover said it would take.
	ErrPriceBelowLeast = vadium.Kind("price-below-least")
)

func (d *draft) checkRamp(b *SubmitRequest) error {
	ramp, most := b.Arrangement.Ramp, d.begins(b)
	switch {
	case b.MaxFee.Less(ramp.Least):
		return fmt.Errorf("the ramp begins at %s tokens, above the maximal fee of %s: %w", ramp.Least.Tokens(), b.MaxFee.Tokens(), ErrMechanismTerms)
	case ramp.Rise < 0 || ramp.Lock < max(ramp.Rise, vadium.Millisecond):
		return fmt.Errorf("the price climbs for %d ms and can be locked for %d, which has to be as long and 1 at least: %w", ramp.Rise, ramp.Lock, ErrMechanismTerms)
	case ramp.Lock > most:
		return fmt.Errorf("the ramp can be locked for %d ms, the fastest prover has to begin within %d (move the deadline): %w", ramp.Lock, most, ErrMechanismTerms)
	}
	return nil
}

// checkReserve checks that a ramp does not begin above the reserve, where it ends.
func (r *Request) checkReserve() error {
	if r.Arranged != nil && r.Reserve.Less(r.Arranged.Ramp.Least) {
		return fmt.Errorf("the ramp begins at %s tokens, above the reserve of %s (begin lower, or wait until such requests cost more): %w",
			r.Arranged.Ramp.Least.Tokens(), r.Reserve.Tokens(), ErrMechanismTerms)
	}
	return nil
}

// Ramp returns how the price of a request of [auction.Climbing] climbs.
func (r *Request) Ramp() auction.Ramp {
	terms := r.arrangement().Ramp
	return auction.Ramp{Least: terms.Least, Most: r.Reserve, From: r.begun(), Rise: terms.Rise, Lock: terms.Lock}
}

// lockRequest assigns a request whose price climbs to who takes it first, or a backup in its grace.
func (d *draft) lockRequest(by vadium.Account, b LockRequest) error {
	r, err := d.ofMechanism(b.Request, auction.Climbing)
	if err != nil {
		return err
	}
	price, root, backup := r.Ramp().PriceAt(d.now), uint32(0), r.Phase != PhaseOpen
	switch {
	case backup:
		if price, root, err = r.rescue(); err != nil {
			return err
		}
	case d.now.After(r.modeLast()):
		return fmt.Errorf("request %v could be locked until %d: %w", r.ID, r.modeLast(), ErrTooLate)
	}
	if price.Less(b.Least) {
		return fmt.Errorf("request %v is at %s tokens now, you said %s at least: %w", r.ID, price.Tokens(), b.Least.Tokens(), ErrPriceBelowLeast)
	}
	asks := d.demandOf(r, d.now, backup)
	if bar := d.barOf(&asks, d.standIn(r, by, price)); bar != BarNone {
		return barred(by, bar)
	}
	award := auction.Award{Prover: by, Payment: price, Alone: true}
	if backup {
		d.activate(r.ID, root, false, award, nil, true)
	} else {
		d.assignTo(r.ID, award, nil, true)
	}
	return nil
}

// rescue returns what whoever locks a ramp behind a prover that did not deliver is paid from escrow, and for whom it works: nothing
// in its grace, because the rescuer's part of what that prover loses is its pay; the price that was locked, at any time, when the prover is
// excused and loses nothing. There is one rescuer at a time.
func (r *Request) rescue() (price vadium.Amount, root uint32, err error) {
	root = r.root()
	primary := r.Attempts[root]
	switch {
	case r.Phase != PhaseGrace && !(r.Phase == PhaseAccepted && primary.Stage == StageExcused), r.rescued():
		return price, root, fmt.Errorf("request %v is %v: %w", r.ID, r.Phase, ErrRequestLocked)
	case primary.Stage == StageExcused:
		return primary.Price, root, nil
	}
	return price, root, nil
}

// rescued reports whether a backup is at work, or a proof under verification.
func (r *Request) rescued() bool {
	return r.pending() || slices.ContainsFunc(r.Attempts, func(a Attempt) bool {
		return a.Behind > 0 && (a.Stage == StageOffered || a.Stage == StageAccepted && !a.silent())
	})
}
