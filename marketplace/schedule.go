package marketplace

import (
	"fmt"
	"slices"

	"vadium"
)

// checkReservation checks for whom a request is reserved, and until when.
func (d *draft) checkReservation(by vadium.Account, b *SubmitRequest) error {
	a := &b.Arrangement
	if a.ReservedFor == (vadium.Account{}) && a.ReservedUntil == 0 {
		return nil
	}
	malformed := func(why string) error { return fmt.Errorf("%s: %w", why, ErrReservation) }
	fastest, _, _ := d.Listing(b.Program).MinProving()
	switch expires := b.Deadline.Add(-fastest); {
	case a.ReservedFor == (vadium.Account{}):
		return malformed("it names no prover")
	case a.ReservedFor == by:
		return malformed("the requester cannot prove for itself")
	case a.ReservedUntil.Before(d.now):
		return malformed("it is over already")
	case !a.ReservedUntil.Before(expires):
		return malformed(fmt.Sprintf("it ends at %d, it must end before %d so that others can still take the request", a.ReservedUntil, expires))
	case slices.Contains(b.Deny, a.ReservedFor), len(b.Allow) > 0 && !slices.Contains(b.Allow, a.ReservedFor):
		return malformed("the lists exclude the prover that it is for")
	case b.Redundancy > 1:
		return malformed("one prover cannot take several copies")
	}
	return nil
}

// reserved reports whether the request still waits for the one prover that it is reserved for. Once that prover was assigned
// it, there is nothing to wait for: who follows may be anybody.
func (r *Request) reserved() bool {
	a := r.Arranged
	return a != nil && a.ReservedUntil != 0 && !r.OpenToAll &&
		!slices.ContainsFunc(r.Attempts, func(x Attempt) bool { return x.Prover == a.ReservedFor })
}

// reservedUntil is the last instant of a reservation; outages and pauses move it.
func (r *Request) reservedUntil() vadium.Time { return r.Arranged.ReservedUntil.Add(r.Moved) }

func (e *ReservationEnded) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) { r.OpenToAll = true })
}

// checkSchedule checks the schedule by which a reserve is to rise.
func (d *draft) checkSchedule(b *SubmitRequest) error {
	raises := b.Arrangement.Raises
	if len(raises) == 0 {
		return nil
	}
	malformed := func(why string) error { return fmt.Errorf("%s: %w", why, ErrSchedule) }
	if len(raises) > MaxRaises {
		return malformed(fmt.Sprintf("%d steps, at most %d are allowed", len(raises), MaxRaises))
	}
	var before Raise
	for i, step := range raises {
		switch {
		case step.After <= before.After:
			return malformed(fmt.Sprintf("step %d comes %d ms after the submission, it must come later than %d", i+1, step.After, before.After))
		case step.After > b.Deadline.Sub(d.now):
			return malformed(fmt.Sprintf("step %d comes after the deadline", i+1))
		case !before.Reserve.Less(step.Reserve):
			return malformed(fmt.Sprintf("step %d raises the reserve to %s tokens, it must be more than %s", i+1, step.Reserve.Tokens(), before.Reserve.Tokens()))
		case b.MaxFee.Less(step.Reserve):
			return malformed(fmt.Sprintf("step %d raises the reserve to %s tokens, the maximal fee is %s", i+1, step.Reserve.Tokens(), b.MaxFee.Tokens()))
		}
		before = step
	}
	return nil
}

// scheduled reports whether the requester signed a schedule for the reserve.
func (r *Request) scheduled() bool { return r.Arranged != nil && len(r.Arranged.Raises) > 0 }

// nextRaise returns the step of its schedule that an open request takes next, and when that is due.
func (r *Request) nextRaise() (step Raise, due vadium.Time, more bool) {
	if r.Arranged == nil || int(r.Raised) >= len(r.Arranged.Raises) {
		return Raise{}, 0, false
	}
	step = r.Arranged.Raises[r.Raised]
	return step, r.begun().Add(step.After), true
}

// raised returns what the reserve is after the next step: the schedule never lowers it.
func (r *Request) raised(step Raise) vadium.Amount { return vadium.Max(r.Reserve, step.Reserve) }

// raise takes the next step of a request's schedule, and that of its copies that wait at the same reserve: they are cleared
// together.
func (d *draft) raise(r *Request) {
	step, _, _ := r.nextRaise()
	number, reserve := r.Raised, r.raised(step)
	for _, id := range d.lotOf(r) {
		if d.Request(id).Raised == number {
			d.emit(&ReserveRaised{Request: id, Step: number, Reserve: reserve})
		}
	}
}

func (e *ReserveRaised) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		if r.inLine { // and joins it again with the new reserve
			s.line.leave(r.Position)
			r.inLine = false
		}
		r.Reserve, r.Raised = e.Reserve, e.Step+1
	})
}

// reserveOf returns the reserve that an assignment was made under: a schedule may have raised it since.
func (r *Request) reserveOf(a *Attempt) vadium.Amount {
	if a.Reserve.IsZero() {
		return r.Reserve
	}
	return a.Reserve
}

// explainSchedule says what a schedule has done about a request that nobody takes.
func (r *Request) explainSchedule() string {
	if !r.scheduled() {
		return ""
	}
	return fmt.Sprintf("; the requester's schedule, which pays whoever waits, has raised the reserve %d of %d times, to %s tokens", r.Raised, len(r.Arranged.Raises), r.Reserve.Tokens())
}

// checkRaise refuses a step that is not the next of the requester's schedule, or comes early.
func (r *Request) checkRaise(e *ReserveRaised, at vadium.Time) error {
	step, due, more := r.nextRaise()
	switch {
	case r.Phase != PhaseOpen:
		return fmt.Errorf("the reserve of request %v rises while it is %v", r.ID, r.Phase)
	case !more || e.Step != r.Raised:
		return fmt.Errorf("request %v has taken %d of %d steps, not step %d next", r.ID, r.Raised, len(r.arrangement().Raises), e.Step)
	case at.Before(due):
		return fmt.Errorf("step %d of request %v is due at %d", e.Step, r.ID, due)
	case e.Reserve != r.raised(step):
		return fmt.Errorf("step %d of request %v raises the reserve to %s tokens, its requester signed %s", e.Step, r.ID, e.Reserve.Tokens(), step.Reserve.Tokens())
	}
	return nil
}
