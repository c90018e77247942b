package marketplace

import (
	"fmt"

	"vadium"
)

// Refusals of an assigned prover's commands.
const (
	// ErrNotAssigned: the request is not assigned to the author, or no longer.
	ErrNotAssigned = vadium.Kind("not-assigned")
	// ErrAlreadyAccepted: the assignment was accepted before.
	ErrAlreadyAccepted = vadium.Kind("already-accepted")
	// ErrNotAccepted: the assignment has to be accepted first.
	ErrNotAccepted = vadium.Kind("not-accepted")
	// ErrTooLate: the time for this has passed.
	ErrTooLate = vadium.Kind("too-late")
	// ErrDeliveryPending: a delivery of this assignment is being verified.
	ErrDeliveryPending = vadium.Kind("delivery-pending")
	// ErrNoDeliveryPending: the verdict is on a delivery that is not under verification.
	ErrNoDeliveryPending = vadium.Kind("no-delivery-pending")
)

// assigned finds the author's running assignment.
func (s *State) assigned(by vadium.Account, id vadium.RequestID) (*Request, uint32, *Attempt, error) {
	r := s.Request(id)
	if r == nil {
		return nil, 0, nil, fmt.Errorf("request %v: %w", id, ErrRequestUnknown)
	}
	i, ok := r.ServedBy(by)
	if !ok {
		return nil, 0, nil, fmt.Errorf("request %v, prover %v: %w", id, by, ErrNotAssigned)
	}
	return r, i, &r.Attempts[i], nil
}

// offered finds the author's assignment that waits for an answer.
func (d *draft) offered(by vadium.Account, id vadium.RequestID) (*Request, uint32, *Attempt, error) {
	r, i, a, err := d.assigned(by, id)
	switch {
	case err != nil:
		return nil, 0, nil, err
	case a.Stage != StageOffered:
		return nil, 0, nil, fmt.Errorf("request %v is %v: %w", id, a.Stage, ErrAlreadyAccepted)
	case d.now.After(a.AcceptBy):
		return nil, 0, nil, fmt.Errorf("request %v had to be answered by %d: %w", id, a.AcceptBy, ErrTooLate)
	}
	return r, i, a, nil
}

// accepted finds the author's assignment that is being proven.
func (s *State) accepted(by vadium.Account, id vadium.RequestID) (*Request, uint32, *Attempt, error) {
	r, i, a, err := s.assigned(by, id)
	switch {
	case err != nil:
		return nil, 0, nil, err
	case a.Stage == StageOffered:
		return nil, 0, nil, fmt.Errorf("request %v: %w", id, ErrNotAccepted)
	case a.Stage != StageAccepted:
		return nil, 0, nil, fmt.Errorf("request %v is %v: %w", id, a.Stage, ErrNotAssigned)
	}
	return r, i, a, nil
}

func (d *draft) accept(by vadium.Account, id vadium.RequestID) error {
	r, i, a, err := d.offered(by, id)
	if err != nil {
		return err
	}
	accepted := &RequestAccepted{id, i, d.now.Add(d.terms(r).HeartbeatWithin)}
	if r.Arranged == nil || r.Arranged.Hedges == 0 || a.Behind > 0 {
		d.finish(accepted)
		return nil
	}
	d.emit(accepted)
	d.hedge(id, i)
	return nil
}

func (d *draft) decline(by vadium.Account, id vadium.RequestID) error {
	r, i, _, err := d.offered(by, id)
	if err != nil {
		return err
	}
	d.leave(r, i, StageDeclined)
	return nil
}

// leave ends an assignment before liability and finds the next prover.
func (d *draft) leave(r *Request, index uint32, stage Stage) {
	a := &r.Attempts[index]
	d.emit(&AssignmentEnded{Request: r.ID, Attempt: index, Prover: a.Prover, Stage: stage, Charged: stage != StageDisputed && d.overQuota(r, a.Prover)})
	if stage != StageDisputed {
		d.emit(&StakeReleased{a.Vault, r.ID, index})
	}
	if root := a.Behind; root > 0 {
		d.hedge(r.ID, root-1) // in its place, if it was one
		if d.Request(r.ID).wantsProver() {
			d.activateBackup(r.ID, root-1)
		}
		d.settleIfDone(r.ID)
		return
	}
	d.assignNext(r.ID)
}

// overQuota reports whether one more declined assignment goes beyond the prover's free quota of the day.
func (d *draft) overQuota(r *Request, prover vadium.Account) bool {
	p := d.Prover(prover)
	declines := p.Declines
	if uint64(d.now)/uint64(vadium.Day) != p.Day {
		declines = 0
	}
	return r.Punishable && declines >= d.terms(r).DeclineQuota
}

func (d *draft) dispute(by vadium.Account, id vadium.RequestID) error {
	r, i, _, err := d.offered(by, id)
	if err != nil {
		return err
	}
	terms := d.terms(r)
	claims := uint32(1)
	for j := range r.Attempts {
		if r.Attempts[j].Stage == StageDisputed {
			claims++
		}
	}
	if claims < terms.ClaimsToEnd || r.Phase != PhaseAssigned {
		// Once someone has accepted it, the dispute waits for a proof or its absence.
		d.leave(r, i, StageDisputed)
		return nil
	}
	d.emit(&AssignmentEnded{Request: id, Attempt: i, Prover: by, Stage: StageDisputed})
	for j := range d.Request(id).Attempts {
		a := d.Request(id).Attempts[j]
		fee := r.Reserve
		if !r.byAsks() {
			fee = a.Price // there was no clearing of asks to win: it locked or bid as it chose
		}
		fee = fee.BpsDown(terms.SolvingFee) // down: the requester keeps the rest
		if a.Stage == StageDisputed && !fee.IsZero() {
			d.emit(&SolvingFeePaid{id, a.Prover, fee})
		}
	}
	d.close(id, PhaseUnsatisfiable, fmt.Sprintf("%d provers found that the input does not satisfy the program", claims))
	return nil
}

func (d *draft) heartbeat(by vadium.Account, b SendHeartbeat) error {
	r, i, _, err := d.accepted(by, b.Request)
	if err != nil {
		return err
	}
	d.finish(&HeartbeatReceived{b.Request, i, min(b.Progress, vadium.BpsOne), d.now.Add(d.terms(r).HeartbeatWithin)})
	return nil
}

func (d *draft) resign(by vadium.Account, id vadium.RequestID) error {
	r, i, a, err := d.accepted(by, id)
	if err != nil {
		return err
	}
	switch {
	case len(a.Pending) > 0:
		return fmt.Errorf("request %v: %w", id, ErrDeliveryPending)
	case d.now.After(r.lastDelivery(a)):
		return fmt.Errorf("request %v: not showing up is what it is by now: %w", id, ErrTooLate)
	}
	d.emit(&Resigned{id, i})
	d.afterFailure(r.ID, i)
	return nil
}

// afterFailure follows an accepted assignment that will not deliver: if the request is proved by a backup, the fault is
// settled now; else a backup is activated.
func (d *draft) afterFailure(id vadium.RequestID, index uint32) {
	r := d.Request(id)
	if r.Phase == PhaseProved {
		d.faultUndelivered(id, index)
		d.settleIfDone(id)
		return
	}
	if r.wantsProver() {
		d.activateBackup(id, r.rootOf(index))
	}
}

// rootOf returns the primary whose work an attempt does: itself, or the one it backs up.
func (r *Request) rootOf(index uint32) uint32 {
	if behind := r.Attempts[index].Behind; behind > 0 {
		return behind - 1
	}
	return index
}

// clock returns the time that counts against deadlines. A pause freezes both.
func (d *draft) clock() vadium.Time { return d.clockAt(d.now) }

func (s *State) clockAt(now vadium.Time) vadium.Time {
	if s.market.Paused {
		return s.market.PausedAt
	}
	return now
}

// deliverable finds the author's assignment that may deliver, if it is in time.
func (s *State) deliverable(by vadium.Account, id vadium.RequestID) (*Request, uint32, *Attempt, error) {
	r, i, a, err := s.accepted(by, id)
	if err == nil && len(a.Pending) > 0 {
		err = fmt.Errorf("request %v: %w", id, ErrDeliveryPending)
	}
	return r, i, a, err
}

// CheckDelivery says why [State.Decide] would refuse the command c, which delivers; nil if it may take it. It is for the
// shell, which asks before it stores a proof, and decides nothing: a command that was carried out before is not looked
// for, and what is late is not told, since an outage that nobody has noticed yet may be about to move its deadline.
func (s *State) CheckDelivery(now vadium.Time, c Command) error {
	now = max(now, s.market.At)
	if err := checkValidity(now, c); err != nil {
		return err
	}
	if c.Session != (vadium.SessionKey{}) {
		if err := s.admitSession(now, c); err != nil {
			return err
		}
	}
	delivers, ok := c.Body.(Deliver)
	if !ok {
		return fmt.Errorf("%T delivers nothing: %w", c.Body, ErrUnknownCommand)
	}
	_, _, _, err := s.deliverable(c.Author, delivers.Request)
	return err
}

func (d *draft) deliver(by vadium.Account, b Deliver) error {
	r, i, a, err := d.deliverable(by, b.Request)
	if err != nil {
		return err
	}
	arrived := d.clock()
	if b.Received > 0 {
		arrived = arrived.Earliest(b.Received) // a queue of ours makes nobody late
	}
	switch {
	case arrived.After(a.GraceEnd):
		return fmt.Errorf("grace ended at %d: %w", a.GraceEnd, ErrTooLate)
	case arrived.After(r.lastDelivery(a)):
		return fmt.Errorf("the request is proved and the deadline was %d: %w", a.Deadline, ErrTooLate)
	}
	d.finish(&DeliveryReceived{b.Request, i, by, b.Proof, arrived})
	return nil
}

// advance does what is due on a request.
func (d *draft) advance(id vadium.RequestID) {
	r := d.Request(id)
	if r.Phase == PhaseOpen && (d.advanceMode(r) || d.advanceFailover(r) || d.advanceBatch(r)) {
		return
	}
	if r.Phase == PhaseOpen && d.now.After(r.expires()) {
		reason, price := d.Explain(r, d.now)
		d.closeAt(id, PhaseUnserved, "too late for anyone to begin: "+reason, price)
		return
	}
	for i := range r.Attempts {
		if d.advanceAttempt(r, uint32(i)) {
			return
		}
	}
	if r.Phase == PhaseAccepted && !r.GraceBegun && !r.pending() && d.now.After(r.Deadline) {
		d.emit(&GraceStarted{id})
		return
	}
	d.settleIfDone(id)
}

func (d *draft) advanceAttempt(r *Request, i uint32) bool {
	a := &r.Attempts[i]
	if a.Stage.Over() || len(a.Pending) > 0 {
		return false
	}
	last := a.GraceEnd
	if a.Stage == StageAccepted {
		last = r.lastDelivery(a)
	}
	switch {
	case a.Stage == StageOffered && d.now.After(a.AcceptBy):
		d.leave(r, i, StageSilent)
	case a.Stage.Liable() && d.now.After(last):
		d.faultUndelivered(r.ID, i)
		d.settleIfDone(r.ID)
	case a.Stage == StageAccepted && d.now.After(a.HeartbeatBy):
		d.emit(&HeartbeatMissed{r.ID, i})
		if now := d.Request(r.ID); now.Phase != PhaseProved && now.wantsProver() {
			d.activateBackup(r.ID, now.rootOf(i))
		}
	default:
		return false
	}
	return true
}
