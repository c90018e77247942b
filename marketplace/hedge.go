package marketplace

import "vadium"

// A hedge is a backup that begins as soon as its primary has accepted, and not when that one fails: whoever cannot wait for the
// failure pays for it. What it costs comes from escrow, which holds another maximal fee for it, and never from the primary: its
// price if it delivers first, or else the stand-down fee. Whatever a hedge earns, a punctual primary earns its whole price, and a late
// one keeps its grace.

// hedges counts the hedges of a primary that may cost something: all but those that ended before they were liable, or by a
// failure of ours. There is none for one that was liable and failed, so that escrow suffices whatever they do.
func (r *Request) hedges(root uint32) (n uint32) {
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Hedge && a.Behind == root+1 {
			switch a.Stage {
			case StageDeclined, StageSilent, StageDisputed, StageExcused:
			default:
				n++
			}
		}
	}
	return n
}

// hedge lets backups begin beside a primary that is at work, as many as its requester pays for, as far as there are any.
func (d *draft) hedge(id vadium.RequestID, root uint32) {
	for {
		r := d.Request(id)
		primary := &r.Attempts[root]
		if r.Arranged == nil || r.Phase == PhaseProved || primary.Stage != StageAccepted || primary.silent() ||
			r.hedges(root) >= r.Arranged.Hedges || !d.callBackup(id, root, true) {
			return
		}
	}
}

// provedByHedge reports whether the proof that the requester has is a hedge's: then the primary was not overtaken through any
// fault of its own.
func (r *Request) provedByHedge() bool { return r.ProvedBy > 0 && r.Attempts[r.ProvedBy-1].Hedge }

// lastDelivery is the last instant at which an accepted assignment may deliver: once the request is proved, a primary that its
// own backup overtook has no grace.
func (r *Request) lastDelivery(a *Attempt) vadium.Time {
	if r.Phase == PhaseProved && !r.provedByHedge() {
		return a.Deadline
	}
	return a.GraceEnd
}

// paidToHedges returns what of a request's cost its hedges have earned.
func (r *Request) paidToHedges() (paid vadium.Amount) {
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Hedge {
			paid = paid.MustAdd(a.Paid)
		}
	}
	return paid
}

// paidForProof returns what the request has cost its hedges aside.
func (r *Request) paidForProof() vadium.Amount { return r.Paid.MustSub(r.paidToHedges()) }

// standHedgeDown pays a hedge that was not needed, from escrow.
func (d *draft) standHedgeDown(id vadium.RequestID, i uint32, fee vadium.Amount) {
	r := d.Request(id)
	if fee = vadium.Min(fee, r.Escrow); !fee.IsZero() {
		d.emit(&HedgePaid{Request: id, Attempt: i, Prover: r.Attempts[i].Prover, Fee: fee})
	}
}

func (e *HedgePaid) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		r.Escrow, r.Paid, a.Paid = r.Escrow.MustSub(e.Fee), r.Paid.MustAdd(e.Fee), a.Paid.MustAdd(e.Fee)
		h := s.holder(e.Prover)
		h.Balance = h.Balance.MustAdd(e.Fee)
		p := s.prover(e.Prover)
		p.Earned = p.Earned.MustAdd(e.Fee)
	})
}
