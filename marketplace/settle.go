package marketplace

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// conclude takes the verdict on a delivery.
func (d *draft) conclude(b Conclude) error {
	r := d.Request(b.Request)
	if r == nil || int(b.Attempt) >= len(r.Attempts) {
		return fmt.Errorf("request %v: %w", b.Request, ErrRequestUnknown)
	}
	a := &r.Attempts[b.Attempt]
	if len(a.Pending) == 0 || a.Pending[0].Proof != b.Proof {
		return fmt.Errorf("request %v, delivery %v: %w", b.Request, b.Proof, ErrNoDeliveryPending)
	}
	switch b.Verdict {
	case VerdictValid:
		d.acceptDelivery(r, b.Attempt)
	case VerdictInvalid:
		d.rejectDelivery(r, b.Attempt)
	default:
		d.excuseDelivery(r, b.Attempt)
	}
	return nil
}

// excuseDelivery follows a verification that failed, which is our own fault: what it took is given back, and the delivery
// does not count. It is counted how often that happens to an assignment, because a delivery that makes us fail could be
// repeated for ever: after the last one the assignment ends as if it had never been, and the request goes on without it.
func (d *draft) excuseDelivery(r *Request, i uint32) {
	a := r.Attempts[i]
	d.emit(&DeliveryRejected{
		Request: r.ID, Attempt: i, Proof: a.Pending[0].Proof, Verdict: VerdictUndecided,
		Excused: d.clock().Sub(a.Pending[0].At), Undecided: a.Undecided + 1,
	})
	if a.Undecided+1 < d.terms(r).maxUndecided() {
		return
	}
	d.end(r, i, StageExcused)
	d.hedge(r.ID, r.rootOf(i)) // in its place, if it was one
	if d.Request(r.ID).wantsProver() {
		d.activateBackup(r.ID, r.rootOf(i))
	}
	d.settleIfDone(r.ID)
}

func (d *draft) rejectDelivery(r *Request, i uint32) {
	a := r.Attempts[i]
	d.emit(&DeliveryRejected{
		Request: r.ID, Attempt: i, Proof: a.Pending[0].Proof, Verdict: VerdictInvalid,
		Exhausted: a.Deliveries >= d.terms(r).MaxDeliveries,
	})
	d.punish(r.ID, i, slashing.InvalidProof, fault{})
	if d.Request(r.ID).Attempts[i].Stage == StageFailed {
		d.afterFailure(r.ID, i)
	}
}

func (d *draft) acceptDelivery(r *Request, i uint32) {
	a := r.Attempts[i]
	arrived := a.Pending[0].At
	late := slashing.Lateness(a.Deadline, arrived, a.GraceEnd.Sub(a.Deadline))
	first := r.Phase != PhaseProved
	uptime := d.Prover(a.Prover).Uptime()
	d.emit(&DeliveryAccepted{Request: r.ID, Attempt: i, Proof: a.Pending[0].Proof, Arrived: arrived, First: first})
	if first {
		d.payFee(r.ID, i, a.Price.BpsDown(slashing.LateFeeBps(late))) // down: the requester keeps the rest
	} else {
		d.payOvertaken(r.ID, i, late)
	}
	if late > 0 {
		f := fault{late: late, damages: late, uptime: uptime}
		if !first {
			f.damages = d.proofLateness(d.Request(r.ID)) // the backup's proof is what the requester got
		}
		d.punish(r.ID, i, slashing.Late, f)
	}
	if first && a.Tells {
		d.emit(&PriceSampled{r.Product, auction.Sample{Price: a.Price, Winner: a.Vault, At: d.now}})
	}
	if first {
		d.standDown(r.ID, i)
	}
	d.emit(&StakeReleased{a.Vault, r.ID, i})
	d.settleIfDone(r.ID)
}

// payFee pays an assignment from escrow and divides the fee within its vault.
func (d *draft) payFee(id vadium.RequestID, i uint32, fee vadium.Amount) {
	r := d.Request(id)
	if fee = vadium.Min(fee, r.Escrow); fee.IsZero() {
		return
	}
	a := r.Attempts[i]
	protocol := fee.BpsDown(d.terms(r).ProtocolFee) // down: the prover keeps the rest
	d.emit(&FeeSettled{Request: id, Attempt: i, Vault: a.Vault, Fee: fee, Protocol: protocol})
	reward := d.Vault(a.Vault).PlanReward(d.now, fee.MustSub(protocol), a.Commission)
	d.emit(&RewardsAccrued{a.Vault, reward})
	d.divert(a.Vault, reward.Commission)
}

// payOvertaken pays a primary that delivered after its backup did. A punctual primary is paid all the same, less what
// its backup, activated through its own silence, has cost.
func (d *draft) payOvertaken(id vadium.RequestID, i uint32, late vadium.Bps) {
	r := d.Request(id)
	if late == 0 {
		d.payFee(id, i, r.Attempts[i].Price.SubFloor(r.paidForProof()))
	}
	d.chargePremium(id, i)
}

// chargePremium makes a primary pay the requester what its backup's proof cost more than its own would have.
func (d *draft) chargePremium(id vadium.RequestID, i uint32) {
	r := d.Request(id)
	if r.ProvedBy == 0 || r.ProvedBy-1 == i {
		return
	}
	winner := r.Attempts[r.ProvedBy-1]
	if winner.Behind != i+1 || winner.Hedge {
		return
	}
	d.charge(id, i, winner.Paid.SubFloor(r.Attempts[i].Price), r.Requester)
}

// charge takes amount from the junior stake behind an assignment and hands it over: at most what its lock still holds,
// and nothing that damage caps need.
func (d *draft) charge(id vadium.RequestID, i uint32, amount vadium.Amount, to vadium.Account) {
	a, v := d.Request(id).Attempts[i], d.Vault(d.Request(id).Attempts[i].Vault)
	amount = d.inStake(d.Request(id), &a, amount)
	planned := v.PlanPunitive(d.now, vadium.Min(amount, d.leftOf(id, i, &a)), v.DamageCaps())
	loss := vaults.Loss{Junior: planned.Junior, JuniorUnbonding: planned.JuniorUnbonding} // never delegators' money
	if _, locked := d.LockOf(id, i); !locked || loss.Total().IsZero() {
		return
	}
	d.emit(&ActivationCharged{Request: id, Attempt: i, Vault: a.Vault, Loss: loss, To: to})
	d.afterSlash(a.Vault)
}

// standDown follows the first valid proof: every other assignment of the request ends, now or at its own deadline.
func (d *draft) standDown(id vadium.RequestID, winner uint32) {
	for i := range d.Request(id).Attempts {
		r := d.Request(id)
		a, index := r.Attempts[i], uint32(i)
		switch {
		case index == winner || a.Stage.Over():
		case a.Stage == StageOffered:
			d.end(r, index, StageReleased)
		case a.Stage == StageDisputed:
			d.punish(id, index, slashing.FalseClaim, fault{})
			d.emit(&StakeReleased{a.Vault, id, index})
		case a.Behind > 0:
			// A backup that worked for nothing is paid for standing by, by the primary that made it necessary, or by the requester that
			// wanted it.
			if fee := a.Price.BpsUp(d.terms(r).StandDownFee); a.Stage == StageAccepted && !a.silent() && a.Hedge { // up: favours who is owed
				d.standHedgeDown(id, index, fee)
			} else if a.Stage == StageAccepted && !a.silent() {
				d.charge(id, a.Behind-1, fee, a.Prover)
			}
			if a.Stage == StageAccepted {
				d.end(r, index, StageReleased)
			} else {
				d.faultUndelivered(id, index)
			}
		case a.Stage == StageAccepted && (len(a.Pending) > 0 || !d.clock().After(r.lastDelivery(&a))):
			// A primary overtaken by its backup may still be punctual.
		default:
			d.faultUndelivered(id, index)
		}
	}
}

// end releases an assignment that is no longer needed, or that nobody can decide on.
func (d *draft) end(r *Request, index uint32, stage Stage) {
	a := r.Attempts[index]
	d.emit(&AssignmentEnded{Request: r.ID, Attempt: index, Prover: a.Prover, Stage: stage})
	d.emit(&StakeReleased{a.Vault, r.ID, index})
}

// proofLateness returns how late the proof was that the requester got: 10,000 if there is none.
func (d *draft) proofLateness(r *Request) vadium.Bps {
	if r.ProvedBy == 0 {
		return vadium.BpsOne
	}
	return slashing.Lateness(r.Deadline, r.Attempts[r.ProvedBy-1].DeliveredAt, r.GraceEnd.Sub(r.Deadline))
}

// faultUndelivered punishes an accepted assignment that ended without a delivery.
func (d *draft) faultUndelivered(id vadium.RequestID, i uint32) {
	r := d.Request(id)
	a := r.Attempts[i]
	offence := slashing.NoShow
	if a.Stage == StageResigned {
		offence = slashing.Resigned
	}
	f := fault{damages: d.proofLateness(r)}
	if r.ProvedBy > 0 && r.Attempts[r.ProvedBy-1].Behind == i+1 && !r.provedByHedge() { // a hedge is paid for being there already
		f.rescuer = r.Attempts[r.ProvedBy-1].Prover
	}
	d.chargePremium(id, i)
	d.punish(id, i, offence, f)
	d.emit(&StakeReleased{a.Vault, id, i})
}

// fault is what a penalty depends on besides the offence.
type fault struct {
	late    vadium.Bps     // of the offender's own delivery
	damages vadium.Bps     // how late what the requester got was
	rescuer vadium.Account // who proved the request in the offender's place
	uptime  vadium.Bps     // before this assignment, where the delivery has counted already
}

// punish records one offence and takes its penalty: damages to the requester first, both from junior money first. What
// the vault's bucket holds back is taken later.
func (d *draft) punish(id vadium.RequestID, i uint32, offence slashing.Offence, f fault) {
	r := d.Request(id)
	a := r.Attempts[i]
	as := d.assess(r, i, offence, f)
	held := d.holdBack(&a, as.context.Class, as.penalty.Punitive)
	recorded := &FaultRecorded{
		Request: id, Attempt: i, Prover: a.Prover, Vault: a.Vault, Offence: offence, Lateness: max(f.late, f.damages), Penalty: as.penalty,
		Context: as.context, Deferred: held,
	}
	if !held.IsZero() {
		recorded.Rescuer = f.rescuer
	}
	d.emit(recorded)
	if through := as.penalty.Punitive.MustSub(held); !through.MustAdd(as.penalty.Damages).IsZero() {
		d.slash(id, i, offence, as, through, f.rescuer)
	}
	if as.context != (slashing.Inputs{}) && !recorded.excused() {
		d.afterFault(a.Prover, as.penalty.Severity)
	}
	if !held.IsZero() {
		d.restand(a.Prover)
	}
}

// slash takes damages and a punitive amount for an offence.
func (d *draft) slash(id vadium.RequestID, i uint32, offence slashing.Offence, as assessment, punitiveDue vadium.Amount, rescuer vadium.Account) {
	vault := d.Request(id).Attempts[i].Vault
	v := d.Vault(vault)
	lock, _ := d.LockOf(id, i)
	reserved := v.DamageCaps() // junior stake that open damage caps need, this one's too if the assignment goes on
	if offence != slashing.InvalidProof {
		reserved = reserved.MustSub(lock.DamageCap)
	}
	damages, punitive := v.PlanPenaltyWithin(d.now, as.penalty.Damages, punitiveDue, reserved, stakeOf(v).MostOfSenior(as.penalty.Severity))
	shares := slashing.DivideAt(slashing.Taken{
		Damages: damages.Total(), PunitiveJunior: punitive.JuniorTotal(), PunitiveSenior: punitive.SeniorTotal(),
		Severity: as.penalty.Severity, Rescued: rescuer != (vadium.Account{}),
	}, as.reporter)
	d.emit(&Slashed{Request: id, Attempt: i, Vault: vault, Damages: damages, Punitive: punitive, Shares: shares, Rescuer: rescuer})
	d.afterSlash(vault)
}

// assessment is a penalty, and what it rests on: nothing, for requests nobody is punished for.
type assessment struct {
	penalty  slashing.Penalty
	context  slashing.Inputs
	reporter vadium.Bps
}

// assess returns the penalty by the policy that the assignment was made under. All penalties of an assignment together stay
// within its lock.
func (d *draft) assess(r *Request, i uint32, offence slashing.Offence, f fault) assessment {
	a := &r.Attempts[i]
	entry, known := offence.Entry()
	must(known, "offences are in the catalogue")
	severity := entry.Least
	if offence == slashing.Late {
		severity = slashing.LateSeverity(f.late)
	}
	if !r.Punishable {
		return assessment{penalty: slashing.Penalty{Severity: severity}}
	}
	in := d.contextOf(d.now, d.Prover(a.Prover), d.Vault(a.Vault), entry.Class)
	_, damageCap := lockOf(r, a) // as the requester declared it, whatever asset the stake is in
	in.Severity, in.Impact = severity, max(entry.Impact, impactOf(damageCap, r.reserveOf(a)))
	if f.uptime > 0 {
		in.Uptime = f.uptime
	}
	facts := slashing.Facts{Inputs: in, Fee: d.inStake(r, a, a.Price), Lock: a.Lock}
	if offence == slashing.Late || entry.Undelivered {
		facts.Lateness = f.damages
	}
	judged, fellBack, err := slashing.Judge(d.policy(a.Policy), facts)
	must(err == nil, "the catalogue's offences can be judged")
	penalty := judged.OfRequest(in, slashing.Terms{Lock: a.Lock, DamageCap: a.DamageCap, Fee: facts.Fee, Floor: a.Floor}, entry.Undelivered)
	penalty.Fallback = fellBack
	left := d.leftOf(r.ID, i, a)
	if offence == slashing.InvalidProof {
		left = left.SubFloor(a.DamageCap) // the assignment goes on, and may come to owe all its damages
	}
	penalty.Damages = vadium.Min(penalty.Damages, left)
	penalty.Punitive = vadium.Min(penalty.Punitive, left.MustSub(penalty.Damages))
	return assessment{penalty, in, judged.Reporter}
}

// settleIfDone ends a request when none of its assignments runs any more.
func (d *draft) settleIfDone(id vadium.RequestID) {
	r := d.Request(id)
	if r.running() {
		if r.Phase == PhaseProved {
			d.refund(id, r.Escrow.SubFloor(d.stillOwed(r)))
		}
		return
	}
	switch r.Phase {
	case PhaseProved:
		d.close(id, PhaseSettled, "proved")
	case PhaseAccepted, PhaseGrace:
		if !d.clock().After(r.GraceEnd) {
			return // someone else may still take it
		}
		if r.Phase == PhaseAccepted {
			d.emit(&GraceStarted{id})
		}
		d.close(id, PhaseFailed, "no valid proof arrived before grace ended")
	default: // waiting for a prover, or over
	}
}

// stillOwed returns the most that the escrow of a proved request may still have to pay: what a primary that can yet be
// punctual would earn beyond what its backup was paid.
func (d *draft) stillOwed(r *Request) vadium.Amount {
	var owed vadium.Amount
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Behind == 0 && a.Stage == StageAccepted {
			owed = vadium.Max(owed, a.Price.SubFloor(r.paidForProof()))
		}
	}
	return owed
}

func (d *draft) refund(id vadium.RequestID, amount vadium.Amount) {
	if !amount.IsZero() {
		d.emit(&EscrowRefunded{id, amount})
	}
}

// close ends a request: what is left in escrow goes back, what is still locked is released.
func (d *draft) close(id vadium.RequestID, phase Phase, reason string) {
	price, _ := d.MarketPrice(d.Request(id).Product, d.now)
	d.closeAt(id, phase, reason, price)
}

func (d *draft) closeAt(id vadium.RequestID, phase Phase, reason string, marketPrice vadium.Amount) {
	r := d.Request(id)
	d.refund(id, r.Escrow)
	d.returnBonds(r)
	d.emit(&RequestClosed{Request: id, Phase: phase, Reason: reason, MarketPrice: marketPrice})
	for i := range r.Attempts {
		a := r.Attempts[i]
		if _, locked := d.LockOf(id, uint32(i)); locked {
			d.emit(&StakeReleased{a.Vault, id, uint32(i)})
		}
	}
}
