package marketplace

import (
	"slices"

	"vadium"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// MaxHeld is the longest that a punitive part is held back: then the rest of it is taken at once, so that an open case
// holds up claims for no longer than a case for cheating may.
const MaxHeld = 5 * vadium.Day

// maxDrained bounds how many penalties of a vault one command goes on with.
const maxDrained = 16

// holdBack returns the part of a punitive amount that the vault's bucket does not let through now.
func (d *draft) holdBack(a *Attempt, class slashing.Class, punitive vadium.Amount) vadium.Amount {
	if class != slashing.Liveness || punitive.IsZero() {
		return vadium.Amount{}
	}
	through, _ := d.bucketOf(a.Vault).Take(d.now, slashing.LivenessRate(d.Vault(a.Vault).Slashable()), punitive)
	return punitive.MustSub(through)
}

func (s *State) bucketOf(vault vadium.VaultID) slashing.Bucket {
	if b := s.backings.get(vault); b != nil {
		return b.Bucket
	}
	return slashing.Bucket{}
}

// hold lets a fault's punitive part through the bucket and keeps what it holds back, behind an open case: the stake stays
// where it is until it has been taken.
func (e *FaultRecorded) hold(s *State, at vadium.Time) {
	if e.Context.Class != slashing.Liveness || e.Penalty.Punitive.IsZero() {
		return
	}
	s.holdRest(at, e.Vault, e.Penalty.Punitive, Deferred{
		Request: e.Request, Attempt: e.Attempt, Severity: e.Penalty.Severity, Amount: e.Deferred, Rescuer: e.Rescuer, Since: at,
		Senior: stakeOf(s.vaults.get(e.Vault)).MostOfSenior(e.Penalty.Severity),
	})
}

// holdRest lets a punitive part through the vault's bucket and keeps the rest that it holds back.
func (s *State) holdRest(at vadium.Time, vault vadium.VaultID, punitive vadium.Amount, rest Deferred) {
	b := s.backing(vault)
	through, after := b.Bucket.Take(at, slashing.LivenessRate(s.vaults.get(vault).Slashable()), punitive)
	must(punitive.MustSub(through) == rest.Amount, "what a bucket holds back is deferred")
	b.Bucket = after
	if !rest.Amount.IsZero() {
		if len(b.Deferred) == 0 {
			s.editVault(vault).OpenCase()
		}
		b.Deferred = append(slices.Clip(b.Deferred), rest)
	}
	s.noteHeld(vault)
}

// paidBySenior counts what the senior has paid for a fault at once against what it may pay of the part that is held back.
func (s *State) paidBySenior(e *Slashed) {
	b := s.backings.get(e.Vault)
	if b == nil || len(b.Deferred) == 0 || e.Punitive.SeniorTotal().IsZero() {
		return
	}
	if last := b.Deferred[len(b.Deferred)-1]; last.Request == e.Request && last.Attempt == e.Attempt {
		b = s.backing(e.Vault)
		b.Deferred = slices.Clone(b.Deferred)
		b.Deferred[len(b.Deferred)-1].Senior = last.Senior.SubFloor(e.Punitive.SeniorTotal())
	}
}

// heldOf returns what is held back of an assignment's penalties.
func (b *Backing) heldOf(request vadium.RequestID, attempt uint32) vadium.Amount {
	var held vadium.Amount
	if b == nil {
		return held
	}
	for i := range b.Deferred {
		if f := &b.Deferred[i]; f.Request == request && f.Attempt == attempt {
			held = held.MustAdd(f.Amount)
		}
	}
	return held
}

// leftOf returns what penalties may still take of an assignment's lock: all of it together, what is held back included.
func (s *State) leftOf(request vadium.RequestID, attempt uint32, a *Attempt) vadium.Amount {
	return a.Lock.SubFloor(a.Slashed).SubFloor(s.Backing(a.Vault).heldOf(request, attempt))
}

// drainDeferred takes what a vault's bucket lets through now of what it held back, the oldest first. Ticks call it for the
// vaults that the docket names, each at its hour.
func (d *draft) drainDeferred(vault vadium.VaultID) {
	prover := d.Vault(vault).Prover
	for range maxDrained {
		b, v := d.Backing(vault), d.Vault(vault)
		if b == nil || len(b.Deferred) == 0 {
			break
		}
		first, rate := b.Deferred[0], slashing.LivenessRate(v.Slashable())
		amount := vadium.Min(first.Amount, b.Bucket.Holds(d.now, rate))
		if !d.now.Before(first.Since.Add(MaxHeld)) || rate.Trickles() {
			amount = first.Amount
		}
		if amount.IsZero() {
			break
		}
		punitive := v.PlanPunitiveWithin(d.now, amount, v.DamageCaps(), first.Senior)
		rest := first.Amount.MustSub(amount)
		if punitive.Total().Less(amount) {
			rest = vadium.Amount{} // there is nothing more that it could be taken from
		}
		taken := slashing.Taken{
			PunitiveJunior: punitive.JuniorTotal(), PunitiveSenior: punitive.SeniorTotal(),
			Severity: first.Severity, Rescued: first.Rescuer != (vadium.Account{}), Reported: first.Case != 0,
		}
		shares := slashing.Divide(taken)
		if taken.Reported {
			shares = slashing.DivideAt(taken, first.ReporterPart)
		}
		d.emit(&DeferredSlashed{
			Vault: vault, Request: first.Request, Attempt: first.Attempt, Punitive: punitive, Shares: shares, Rescuer: first.Rescuer, Rest: rest,
			Case: first.Case,
		})
	}
	d.afterSlash(vault)
	d.restand(prover)
}

func (e *DeferredSlashed) apply(s *State, at vadium.Time, _ uint64) {
	b, v, total := s.backing(e.Vault), s.editVault(e.Vault), e.Punitive.Total()
	must(len(b.Deferred) > 0 && b.Deferred[0].Request == e.Request && b.Deferred[0].Attempt == e.Attempt && b.Deferred[0].Case == e.Case, "what is held back is taken in order")
	_, b.Bucket = b.Bucket.Take(at, slashing.LivenessRate(v.Slashable()), total)
	if b.Deferred = slices.Clone(b.Deferred); e.Rest.IsZero() {
		if b.Deferred = b.Deferred[1:]; len(b.Deferred) == 0 {
			b.Deferred = nil
			v.CloseCase()
		}
	} else {
		b.Deferred[0].Amount = e.Rest
		b.Deferred[0].Senior = b.Deferred[0].Senior.SubFloor(e.Punitive.SeniorTotal())
	}
	v.ApplyLoss(at, e.Punitive)
	if s.locks.get(lockID{e.Request, e.Attempt}) != nil {
		s.takeLock(v, e.Request, e.Attempt, vadium.Amount{}, total)
	}
	if e.Case == 0 {
		s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
			a.Slashed = a.Slashed.MustAdd(total)
			s.scoreSlash(r, a, v.Asset, total)
		})
	} else {
		s.pay(s.cases.get(e.Case).Reporter, v.Asset, e.Shares.Reporter)
	}
	s.lost(v.Prover, v.Asset, total)
	s.reward(e.Rescuer, v.Asset, e.Shares.Rescuer)
	s.keep(v.Asset, e.Shares.Insurance, e.Shares.Burn)
	s.noteSlashed(at, v.Asset, total)
	s.noteHeld(e.Vault)
}

// reward pays a rescuer its share of a slash.
func (s *State) reward(rescuer vadium.Account, asset risk.Asset, share vadium.Amount) {
	if !share.IsZero() {
		s.pay(rescuer, asset, share)
		s.earned(rescuer, asset, share)
	}
}

// drainAt is when a vault's bucket is looked at next: at the first hour after it let something through.
func drainAt(b *Backing) vadium.Time {
	return vadium.Time(risk.EpochAt(b.Bucket.At)+1) * vadium.Time(risk.EpochLength)
}
