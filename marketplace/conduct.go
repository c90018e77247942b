package marketplace

import (
	"slices"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// historyAt returns the prover's points after the decay of whole days. In jail nothing is forgotten.
func (p *Prover) historyAt(at vadium.Time) slashing.MilliPoints {
	left, _ := p.decayed(at)
	return left
}

// decayed returns the points at a time, and the time to count the next whole day from.
func (p *Prover) decayed(at vadium.Time) (slashing.MilliPoints, vadium.Time) {
	c := &p.Conduct
	if p.Status.Moved == StateJailed {
		at = at.Earliest(p.Status.Since)
	}
	days := max(at.Sub(c.HistoryAt), 0) / vadium.Day
	left := slashing.DecayHistory(c.History, uint64(days))
	if left == 0 {
		return 0, at
	}
	return left, c.HistoryAt.Add(days * vadium.Day)
}

// offend puts an offence on the prover's record: points, the span that it belongs to, and a strike if it is one.
func (p *Prover) offend(at vadium.Time, offence slashing.Offence, severity slashing.Severity) {
	left, from := p.decayed(at)
	p.Conduct.Span = p.Conduct.Span.At(at, left)
	p.Conduct.History, p.Conduct.HistoryAt = left+offence.Points(), from
	if severity > slashing.StrikeAbove {
		p.Status.Strikes = append(recentStrikes(p.Status.Strikes, at), at)
	}
}

// recentStrikes returns a copy of those that still count, at most one fewer than it takes.
func recentStrikes(strikes []vadium.Time, at vadium.Time) []vadium.Time {
	i := slices.IndexFunc(strikes, func(t vadium.Time) bool { return at.Sub(t) < slashing.StrikeWindow })
	if i < 0 {
		return nil
	}
	return slices.Clone(strikes[max(i, len(strikes)-slashing.Strikes+1):])
}

// thaw lets the record fade again when the prover leaves jail: from there on, as if the term had not been.
func (p *Prover) thaw(at vadium.Time) {
	if p.Status.Moved == StateJailed {
		p.Conduct.HistoryAt = p.Conduct.HistoryAt.Add(at.Sub(p.Status.Since))
	}
}

// silenceWeight is the part of the average that the latest assignment makes up: one in sixteen.
const silenceWeight = 16

// hear averages whether a prover fell silent in an assignment that ended. Both roundings favour the prover.
func (p *Prover) hear(silent bool) {
	s := &p.Conduct.Silence
	if silent {
		*s += (vadium.PpmOne - *s) / silenceWeight
	} else {
		*s -= (*s + silenceWeight - 1) / silenceWeight
	}
}

// Uptime returns the share of the prover's latest assignments in which it did not fall silent, rounded down.
func (p *Prover) Uptime() vadium.Bps {
	return vadium.BpsOne - vadium.Bps((p.Conduct.Silence+99)/100)
}

// listen is hear for an assignment, in markets that measure it.
func (s *State) listen(r *Request, prover vadium.Account, silent bool) {
	if s.market.network().excuses(s.market.At) {
		return // whoever falls silent in an incident may have been silenced by it
	}
	if r.Punishable && s.market.Network != nil && (silent || s.provers.get(prover).Conduct.Silence > 0) {
		s.prover(prover).hear(silent)
	}
}

// excused reports whether an incident excuses the fault: then it is on nobody's record.
func (e *FaultRecorded) excused() bool {
	return e.Context.Systemic && e.Context.Class == slashing.Liveness
}

// note puts the fault on the record of prover and market. Faults from before there was a context have none of it.
func (e *FaultRecorded) note(s *State, at vadium.Time) {
	if e.Context == (slashing.Inputs{}) || e.excused() {
		return
	}
	lock := s.requests.get(e.Request).Attempts[e.Attempt].Lock
	most, ok := lock.Mul(vadium.NewAmount(1 + vaults.Leverage))
	must(ok, "locks stay below 2^128")
	s.countFault(at, e.Prover, e.Vault, e.Context.Class, most)
	s.prover(e.Prover).offend(at, e.Offence, e.Penalty.Severity)
	e.hold(s, at)
}

// countFault counts the prover's stake among that of recent offenders. Overlays need not: faults of one command come at once,
// and do not count for each other.
//
// It counts for no more than most: of a fault in one request, what its lock would be a tenth of, which is the least that a
// prover owns of its stake. Else a millisecond too late with a request of next to nothing would count as the failure of all its
// stake, and anybody could make the penalties of others larger for nothing, or failing together the usual thing. A fault
// that counts for less does not take the place of one that counts for more.
func (s *State) countFault(at vadium.Time, prover vadium.Account, vault vadium.VaultID, class slashing.Class, most vadium.Amount) {
	if s.base != nil {
		return
	}
	v, p, n := s.vaults.get(vault), s.prover(prover), s.editNetwork()
	last := &p.Conduct.LastFault[class-1]
	e, stake := risk.EpochAt(at), s.worthInOwn(at, v.Asset, vadium.Min(v.Slashable(), most))
	if last.counts(e) && stake.Less(last.Stake) {
		return
	}
	n.Recent[class-1] = n.Recent[class-1].move(e, *last, stake)
	*last = CountedFault{Epoch: e, Stake: stake}
}

// afterFault sends a prover to where its fault leads beside the penalty.
func (d *draft) afterFault(prover vadium.Account, severity slashing.Severity) {
	switch p := d.Prover(prover); {
	case p.State() == StateTombstoned && p.Status.Cause == CauseCheated: // it cannot be moved any further
	case severity >= slashing.Tombstone:
		d.moveProver(prover, StateTombstoned, CauseCheated, 0, "")
	case severity >= slashing.Grave:
		d.moveProver(prover, StateJailed, CauseGrave, d.now.Add(slashing.JailTerm), "")
	case severity > slashing.StrikeAbove && len(p.Status.Strikes) >= slashing.Strikes:
		d.moveProver(prover, StateJailed, CauseStrikes, d.now.Add(slashing.JailTerm), "")
	}
}

// stakeOf returns what a slash of the vault could reach.
func stakeOf(v *vaults.Vault) slashing.Stake {
	junior := v.Junior.MustAdd(v.JuniorUnbonding.Assets)
	return slashing.Stake{Junior: junior, Senior: v.Slashable().MustSub(junior)}
}

// afterSlash follows everything that takes stake, of an assignment, of what was held back or of a whole vault: a prover
// whose vault is worth next to nothing is out for good, one with too little stake of its own left is jailed.
func (d *draft) afterSlash(vault vadium.VaultID) {
	v := d.Vault(vault)
	p := d.Prover(v.Prover)
	switch {
	case p.Vault != vault:
	case v.Insolvent(d.now):
		d.moveProver(v.Prover, StateTombstoned, CauseInsolvent, 0, "")
	case d.below(v):
		d.moveProver(v.Prover, StateJailed, CauseJuniorSpent, d.now.Add(slashing.JailTerm), "")
	}
}

// below reports whether a vault holds less of its prover's own stake than the base of the entry minimum, which is the least
// there is to open with, or than its glide requires after a raise. In another asset nobody can say so without a price, and
// then it is not below.
func (d *draft) below(v *vaults.Vault) bool {
	least, err := d.minJuniorIn(v.Asset, d.params().MinJunior, d.now)
	return err == nil && d.juniorShort(v, least, d.now)
}
