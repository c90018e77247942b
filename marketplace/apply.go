package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// must panics when an invariant does not hold. Where the text has to be made up, the caller checks first.
func must(held bool, invariant string) {
	if !held {
		panic("invariant: " + invariant)
	}
}

func (s *State) holder(account vadium.Account) *Holder {
	return s.accounts.editOrInsert(account, func() *Holder { return new(Holder) })
}

func (s *State) prover(account vadium.Account) *Prover {
	return s.provers.editOrInsert(account, func() *Prover { return new(Prover) })
}

func (s *State) book(product auction.Product) *Book {
	return s.books.editOrInsert(product, func() *Book { return new(Book) })
}

func (s *State) editVault(id vadium.VaultID) *vaults.Vault {
	v := s.vaults.edit(id)
	must(v != nil, "events name vaults that exist")
	return v
}

// editRequest hands the request to change and watches it afterwards.
func (s *State) editRequest(id vadium.RequestID, change func(*Request)) {
	r := s.requests.edit(id)
	must(r != nil, "events name requests that exist")
	change(r)
	s.watch(r)
}

func (s *State) editAttempt(id vadium.RequestID, index uint32, change func(*Request, *Attempt)) {
	s.editRequest(id, func(r *Request) {
		must(int(index) < len(r.Attempts), "events name assignments that exist")
		change(r, &r.Attempts[index])
	})
}

func (r *Request) enter(to Phase) {
	if !slices.Contains(transitions[r.Phase], to) {
		panic(fmt.Sprintf("invariant: a request does not go from %v to %v", r.Phase, to))
	}
	r.Phase = to
}

// indexOf returns which of the request's assignments a points to.
func (r *Request) indexOf(a *Attempt) int {
	for i := range r.Attempts {
		if &r.Attempts[i] == a {
			return i
		}
	}
	panic("invariant: assignments are changed in their requests")
}

// enterStage moves an attempt on and keeps the prover's count of running assignments.
func (s *State) enterStage(r *Request, a *Attempt, to Stage) {
	busy := func(stage Stage) bool { return stage == StageOffered || stage == StageAccepted }
	if busy(a.Stage) && !busy(to) {
		s.countRunning(a.Prover, r.countedIn(r.indexOf(a)), -1)
	}
	a.Stage = to
	if to != StageOffered && to != StageAccepted {
		a.HeartbeatBy = vadium.Forever
	}
	if to.Over() {
		a.Pending = nil
	}
}

func (s *State) countRunning(prover vadium.Account, product auction.Product, change int) {
	s.prover(prover).count(product, change)
	if s.base == nil {
		s.refreshOffers(prover)
	}
}

func (p *Prover) count(product auction.Product, change int) {
	i := slices.IndexFunc(p.Running, func(c ProductCount) bool { return c.Product == product })
	if i < 0 {
		p.Running = append(p.Running, ProductCount{Product: product})
		i = len(p.Running) - 1
	}
	must(change > 0 || p.Running[i].Count > 0, "assignments that end had begun")
	p.Running[i].Count = uint32(int(p.Running[i].Count) + change)
}

func (p *Prover) mark(at vadium.Time, marks uint64) {
	p.Marks = p.marksAt(at) + marks
	p.MarksAt = at
}

// marksAt returns the prover's marks after the decay of whole days: they halve every 30 days.
func (p *Prover) marksAt(at vadium.Time) uint64 {
	return uint64(slashing.DecayHistory(slashing.MilliPoints(p.Marks), uint64(at.Sub(p.MarksAt)/vadium.Day)))
}

func (e *MarketOpened) apply(s *State, _ vadium.Time, seq uint64) {
	s.market.Operator, s.market.Deployment, s.market.ChainID, s.market.Opened = e.Operator, e.Deployment, e.ChainID, true
	s.market.Params = []Params{e.Params}
	s.market.Epoch, s.market.EpochFrom, s.market.EpochEnds = 1, seq, e.EpochEnds
	s.market.Seed, s.market.NextSeed = e.Seed, e.NextSeed
	s.market.Commitments = [2][32]byte{e.Commitment, e.Commitment2}
	s.market.NextVault = 1
}

func (e *CommandAccepted) apply(s *State, at vadium.Time, seq uint64) {
	s.remember(seenCommand{e.ID, e.Author, e.ValidUntil, seq, e.Events, at})
}

// remember keeps the id of a command until it expires.
func (s *State) remember(c seenCommand) {
	if s.base != nil {
		return // nothing in the rest of the command asks whether it has been seen
	}
	s.seen.forget(c.At)
	s.seen.put(&c)
}

func (e *ParamsSet) apply(s *State, at vadium.Time, _ uint64) {
	s.noteRaise(at, e.Params)
	s.market.Params = append(slices.Clip(s.market.Params), e.Params)
}

func (e *MarketPaused) apply(s *State, at vadium.Time, _ uint64) {
	s.market.Paused, s.market.PausedAt, s.market.PauseReason = true, at, e.Reason
}

func (e *MarketHeartbeat) apply(*State, vadium.Time, uint64) {}

func (e *Resumed) apply(s *State, at vadium.Time, seq uint64) {
	s.market.begin(seq, e.Lineage)
	if e.Unpaused {
		s.market.Paused, s.market.PausedAt, s.market.PauseReason = false, 0, ""
	} else if s.market.Paused {
		// The pause goes on and will move every deadline by its whole length, this outage included.
		return
	}
	s.market.EpochEnds = s.market.EpochEnds.Add(e.Gap)
	s.postponeRisk(e.Gap, at)
	s.postponeCases(at, e.Gap)
	s.postponeFeeds(at, e.Gap)
	for id, r := range s.requests.all() {
		if !r.Phase.Final() {
			s.editRequest(id, func(r *Request) { r.postpone(e.Gap) })
		}
	}
}

// postpone moves every open deadline.
func (r *Request) postpone(by vadium.Duration) {
	r.Deadline, r.GraceEnd = r.Deadline.Add(by), r.GraceEnd.Add(by)
	if r.Arranged != nil {
		r.Moved += by
	}
	for i := range r.Attempts {
		if a := &r.Attempts[i]; !a.Stage.Over() {
			a.postpone(by)
		}
	}
}

// postpone moves an assignment's beginning, its deadlines, and the arrival that is measured against them: a delivery under
// verification stays as punctual, or as late, as it was.
func (a *Attempt) postpone(by vadium.Duration) {
	a.AcceptBy, a.HeartbeatBy = a.AcceptBy.Add(by), a.HeartbeatBy.Add(by)
	a.Deadline, a.GraceEnd = a.Deadline.Add(by), a.GraceEnd.Add(by)
	if a.At > 0 {
		a.At = a.At.Add(by)
	}
	a.Pending = slices.Clone(a.Pending)
	for i := range a.Pending {
		a.Pending[i].At = a.Pending[i].At.Add(by)
	}
}

func (e *Deposited) apply(s *State, _ vadium.Time, _ uint64) {
	h := s.holder(e.Account)
	h.Balance = h.Balance.MustAdd(e.Amount)
	s.market.Deposited = s.market.Deposited.MustAdd(e.Amount)
	if s.base == nil {
		s.references.add(e.Reference)
	}
}

func (e *Withdrawn) apply(s *State, _ vadium.Time, _ uint64) {
	h := s.holder(e.Account)
	h.Balance = h.Balance.MustSub(e.Amount)
	s.market.Withdrawn = s.market.Withdrawn.MustAdd(e.Amount)
}

func (e *ProgramListed) apply(s *State, at vadium.Time, _ uint64) {
	s.programs.insert(e.Program.ID(), &Listing{Program: e.Program, Class: e.Class, Registrant: e.Registrant, ListedAt: at})
}

func (l *Listing) server(prover vadium.Account) (int, bool) {
	return slices.BinarySearchFunc(l.Servers, prover, func(s Server, p vadium.Account) int { return s.Prover.Cmp(p) })
}

func (e *ProgramServed) apply(s *State, _ vadium.Time, _ uint64) {
	l := s.programs.edit(e.Program)
	i, serves := l.server(e.Prover)
	if !serves {
		l.Servers = slices.Insert(l.Servers, i, Server{Prover: e.Prover})
	}
	l.Servers[i].Benchmark = e.Benchmark
	l.resize()
	s.prover(e.Prover)
}

// measure works out the proving times of the program, after its servers have changed.
func (l *Listing) measure() (reference vadium.Duration, served bool) {
	l.fastest, l.reference = 0, 0
	l.fastest, l.reference, served = l.MinProving()
	return l.reference, served
}

// resize moves the program to another size class when its median benchmark has left the neighbourhood of this one.
func (l *Listing) resize() {
	reference, served := l.measure()
	if !served {
		return
	}
	if size := auction.SizeOf(reference); l.Size == 0 || size > l.Size+1 || size+1 < l.Size {
		l.Size = size
	}
}

func (e *ProgramDropped) apply(s *State, _ vadium.Time, _ uint64) {
	l := s.programs.edit(e.Program)
	if i, serves := l.server(e.Prover); serves {
		l.Servers = slices.Delete(l.Servers, i, i+1)
		l.measure()
	}
}

func (e *AskEpochOpened) apply(s *State, at vadium.Time, seq uint64) {
	s.market.Epoch, s.market.EpochEnds = e.Epoch, e.Ends
	s.market.Seed, s.market.NextSeed = s.market.NextSeed, e.NextSeed
	s.market.Commitments = [2][32]byte{s.market.Commitments[1], e.NextCommitment}
	s.market.EpochFrom = seq
	if s.base == nil {
		s.forgetSessions(at)
	}
}

func (e *AskEpochClosed) apply(*State, vadium.Time, uint64) {}

func (b *Book) ask(prover vadium.Account) (int, bool) {
	return slices.BinarySearchFunc(b.Asks, prover, func(a *Ask, p vadium.Account) int { return a.Prover.Cmp(p) })
}

func (e *AskPlaced) apply(s *State, _ vadium.Time, seq uint64) {
	placed := e.Ask
	placed.Position = seq
	ask := &placed
	b := s.book(ask.Product)
	i, stands := b.ask(ask.Prover)
	asks := make([]*Ask, 0, len(b.Asks)+1)
	asks = append(append(asks, b.Asks[:i]...), ask)
	if stands {
		i++
	} else {
		s.countAsk(ask.Prover, ask.Product, 1)
	}
	b.Asks = append(asks, b.Asks[i:]...)
	s.prover(ask.Prover)
	if s.base == nil {
		s.offerAsk(ask)
	}
}

func (e *AskWithdrawn) apply(s *State, _ vadium.Time, _ uint64) {
	b := s.book(e.Product)
	if i, stands := b.ask(e.Prover); stands {
		b.Asks = slices.Concat(b.Asks[:i], b.Asks[i+1:])
		s.countAsk(e.Prover, e.Product, -1)
	}
	s.prover(e.Prover)
	if s.base == nil {
		s.dropOffer(e.Prover, e.Product)
	}
}

func (e *PriceSampled) apply(s *State, at vadium.Time, _ uint64) {
	b := s.book(e.Product)
	b.Index = b.Index.Add(e.Sample).Follow(at, s.params().index())
}

func (e *VaultOpened) apply(s *State, at vadium.Time, _ uint64) {
	s.take(e.Prover, e.Asset, e.Junior)
	v := vaults.New(e.Vault, e.Prover, e.Commission, at)
	v.Asset = e.Asset
	v.DepositJunior(e.Junior)
	s.vaults.insert(e.Vault, v)
	p := s.prover(e.Prover)
	before := p.State()
	p.Vault = e.Vault
	s.restate(p, before)
	if s.base == nil && e.Asset != ownAsset {
		s.inCollateral = append(s.inCollateral, e.Vault)
	}
	s.market.NextVault = e.Vault + 1
	if s.base == nil {
		s.refreshOffers(e.Prover) // it may have asked before, when it had another vault
	}
}

func (e *JuniorDeposited) apply(s *State, _ vadium.Time, _ uint64) {
	v := s.editVault(e.Vault)
	s.take(v.Prover, v.Asset, e.Amount)
	v.DepositJunior(e.Amount)
}

func (e *SeniorDeposited) apply(s *State, at vadium.Time, _ uint64) {
	h := s.holder(e.Owner)
	h.Balance = h.Balance.MustSub(e.Assets)
	s.editHoldings(e.Vault, func(v *vaults.Vault) { v.DepositSenior(at, e.Owner, e.Assets, e.Shares) }, e.Owner)
}

func (e *CommissionClaimed) apply(s *State, _ vadium.Time, _ uint64) {
	v := s.editVault(e.Vault)
	v.ClaimCommission(e.Amount)
	h := s.holder(v.Prover)
	h.Balance = h.Balance.MustAdd(e.Amount)
}

func (e *StakeLocked) apply(s *State, _ vadium.Time, _ uint64) {
	id := lockID{e.Lock.Request, e.Lock.Attempt}
	must(s.locks.get(id) == nil, "an assignment locks once")
	v := s.editVault(e.Vault)
	v.AddLock(e.Lock)
	s.addAcross(e.Vault, e.Lock.Across)
	lock := s.locks.fresh()
	*lock = e.Lock
	s.locks.insert(id, lock)
	s.countLoad(v, id, true)
	if s.base == nil {
		s.holdLock(e.Vault, id)
	}
}

func (s *State) holdLock(vault vadium.VaultID, id lockID) {
	held := s.locksHeld[vault]
	if held == nil {
		held = map[lockID]struct{}{}
		s.locksHeld[vault] = held
	}
	held[id] = struct{}{}
}

func (e *StakeReleased) apply(s *State, _ vadium.Time, _ uint64) {
	id := lockID{e.Request, e.Attempt}
	lock := s.locks.get(id)
	must(lock != nil, "only what is locked is released")
	v := s.editVault(e.Vault)
	v.Release(*lock)
	s.removeAcross(e.Vault, lock.Across)
	s.locks.remove(id)
	s.countLoad(v, id, false)
	if s.base == nil {
		delete(s.locksHeld[e.Vault], id)
	}
}

func (e *RequestSubmitted) apply(s *State, _ vadium.Time, seq uint64) {
	r := s.requests.fresh()
	r.copy(&e.Request)
	r.Position = seq
	r.enter(PhaseOpen)
	s.requests.insert(r.ID, r)
	s.holder(r.Requester).Open++
	s.watch(r)
}

func (e *EscrowLocked) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		h := s.holder(r.Requester)
		h.Balance = h.Balance.MustSub(e.Amount)
		r.Escrow = r.Escrow.MustAdd(e.Amount)
	})
}

func (e *EscrowRefunded) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		r.Escrow = r.Escrow.MustSub(e.Amount)
		h := s.holder(r.Requester)
		h.Balance = h.Balance.MustAdd(e.Amount)
	})
}

func (s *State) assign(r *Request, index uint32, attempt *Attempt, cleared bool, ranked []auction.Award) {
	must(int(index) == len(r.Attempts), "assignments are numbered in order")
	r.Attempts = append(r.Attempts, *attempt)
	if cleared {
		r.Ranked = ranked
	} else {
		r.Ranked = slices.DeleteFunc(slices.Clone(r.Ranked), func(a auction.Award) bool { return a.Prover == attempt.Prover })
	}
	s.countRunning(attempt.Prover, r.countedIn(int(index)), 1)
}

func (e *RequestAssigned) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		s.assign(r, e.Index, &e.Attempt, e.Cleared, e.Ranked)
		r.Unopened = r.Unopened || e.Unopened
		r.enter(PhaseAssigned)
		r.Tick = 0 // whatever becomes of it, it is cleared by itself from now on
	})
}

func (e *BackupActivated) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) { s.assign(r, e.Index, &e.Attempt, e.Cleared, e.Ranked) })
}

func (e *RequestAccepted) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		s.enterStage(r, a, StageAccepted)
		a.HeartbeatBy = e.HeartbeatBy
		if r.Phase == PhaseAssigned {
			r.enter(PhaseAccepted)
		}
	})
}

// Marks for leaving an assignment before liability, beyond the free quota.
const (
	marksDeclined = 250
	marksSilent   = 500
)

func (e *AssignmentEnded) apply(s *State, at vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		s.enterStage(r, a, e.Stage)
		if r.Phase == PhaseAssigned && !r.running() {
			r.enter(PhaseOpen)
			if r.mechanism() == auction.Climbing { // the price stood still while somebody held it for nothing
				r.Moved += max(at.Sub(a.At), 0)
			}
		}
		if e.Stage != StageDeclined && e.Stage != StageSilent || !r.Punishable {
			return
		}
		if e.Stage == StageSilent {
			s.listen(r, a.Prover, true)
			if !s.market.network().excuses(at) {
				s.scoreOutcome(r, a, outcomeSilent)
			}
		}
		p := s.prover(a.Prover)
		if day := uint64(at) / uint64(vadium.Day); day != p.Day {
			p.Day, p.Declines = day, 0
		}
		p.Declines++
		if e.Charged {
			p.mark(at, map[Stage]uint64{StageDeclined: marksDeclined, StageSilent: marksSilent}[e.Stage])
		}
	})
}

func (e *HeartbeatReceived) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(_ *Request, a *Attempt) { a.HeartbeatBy, a.Progress = e.HeartbeatBy, e.Progress })
}

func (e *HeartbeatMissed) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(_ *Request, a *Attempt) { a.HeartbeatBy = vadium.Forever })
}

func (e *Resigned) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) { s.enterStage(r, a, StageResigned) })
}

func (e *DeliveryReceived) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(_ *Request, a *Attempt) {
		a.Pending = []Delivery{{e.Proof, e.Arrived}}
		a.Deliveries++
	})
}

func (e *DeliveryAccepted) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		s.listen(r, a.Prover, a.HeartbeatBy == vadium.Forever)
		s.enterStage(r, a, StageDelivered)
		a.DeliveredAt, a.Progress = e.Arrived, vadium.BpsOne
		if e.First {
			r.enter(PhaseProved)
			r.Proof, r.ProvedBy = e.Proof, e.Attempt+1
			s.paceDelivery(r, a)
		}
		if r.Punishable { // keys that only their registrant vouches for count for nobody's record
			s.prover(a.Prover).Proved++
		}
		inTime := !e.Arrived.After(a.Deadline)
		s.countEnd(r, a, inTime)
		if inTime && a.Tells {
			s.scoreOutcome(r, a, outcomeInTime)
		}
	})
}

func (e *DeliveryRejected) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		a.Pending = nil
		if e.Verdict == VerdictUndecided {
			a.Deliveries--
			a.Undecided = e.Undecided
			a.postpone(e.Excused)
			r.GraceEnd = max(r.GraceEnd, a.GraceEnd)
			if a.Behind == 0 { // a backup's deadline is its own
				r.Deadline = max(r.Deadline, a.Deadline)
			}
		}
		if e.Exhausted {
			s.enterStage(r, a, StageFailed)
		}
	})
}

func (e *GraceStarted) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		r.enter(PhaseGrace)
		r.GraceBegun = true
	})
}

func (e *FeeSettled) apply(s *State, _ vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		r.Escrow = r.Escrow.MustSub(e.Fee)
		r.Paid = r.Paid.MustAdd(e.Fee)
		a.Paid = a.Paid.MustAdd(e.Fee)
		s.market.Protocol = s.market.Protocol.MustAdd(e.Protocol)
		s.market.InTransit = s.market.InTransit.MustAdd(e.Fee.MustSub(e.Protocol))
		p := s.prover(a.Prover)
		p.Earned = p.Earned.MustAdd(e.Fee.MustSub(e.Protocol))
	})
}

func (e *RewardsAccrued) apply(s *State, at vadium.Time, _ uint64) {
	s.market.InTransit = s.market.InTransit.MustSub(e.Reward.Total())
	s.accrue(s.editVault(e.Vault), at, e.Reward)
}

func (e *SolvingFeePaid) apply(s *State, _ vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		r.Escrow = r.Escrow.MustSub(e.Amount)
		r.Paid = r.Paid.MustAdd(e.Amount)
		h := s.holder(e.Prover)
		h.Balance = h.Balance.MustAdd(e.Amount)
		p := s.prover(e.Prover)
		p.Earned = p.Earned.MustAdd(e.Amount)
	})
}

func (e *FaultRecorded) apply(s *State, at vadium.Time, _ uint64) {
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		if p := s.prover(a.Prover); r.Punishable && !e.excused() {
			p.Faults++
			if e.Offence == slashing.Late {
				p.Late++
			}
			p.mark(at, uint64(e.Offence.Points()))
		}
		s.scoreFault(r, a, e)
		// An invalid proof may be followed by a valid one; a late proof has been delivered; the rest ends the assignment.
		if e.Offence != slashing.InvalidProof && e.Offence != slashing.Late {
			if a.Stage.Liable() && !e.excused() {
				s.countEnd(r, a, false)
			}
			if a.Stage != StageDisputed && !e.excused() {
				s.listen(r, a.Prover, a.Stage == StageAccepted && a.silent())
			}
			s.enterStage(r, a, StageFaulted)
		}
	})
	e.note(s, at)
}

// takeLock shrinks a lock by what was taken from it.
func (s *State) takeLock(v *vaults.Vault, request vadium.RequestID, attempt uint32, damages, total vadium.Amount) {
	lock := s.locks.edit(lockID{request, attempt})
	must(lock != nil, "penalties are taken from locks")
	v.Release(*lock)
	s.removeAcross(v.ID, lock.Across)
	*lock = lock.Reduced(damages, total)
	v.AddLock(*lock)
	s.addAcross(v.ID, lock.Across)
}

func (e *Slashed) apply(s *State, at vadium.Time, _ uint64) {
	total := e.Damages.Total().MustAdd(e.Punitive.Total())
	v := s.editVault(e.Vault)
	v.ApplyLoss(at, e.Damages)
	v.ApplyLoss(at, e.Punitive)
	s.paidBySenior(e)
	s.takeLock(v, e.Request, e.Attempt, e.Damages.Total(), total)
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		a.Slashed = a.Slashed.MustAdd(total)
		s.scoreSlash(r, a, v.Asset, total)
		s.compensate(r, a, v.Asset, e.Shares.Requester)
		s.lost(a.Prover, v.Asset, total)
	})
	s.reward(e.Rescuer, v.Asset, e.Shares.Rescuer)
	s.keep(v.Asset, e.Shares.Insurance, e.Shares.Burn)
	s.noteSlashed(at, v.Asset, total)
}

func (e *ActivationCharged) apply(s *State, at vadium.Time, _ uint64) {
	v := s.editVault(e.Vault)
	v.ApplyLoss(at, e.Loss)
	s.takeLock(v, e.Request, e.Attempt, vadium.Amount{}, e.Loss.Total())
	s.editAttempt(e.Request, e.Attempt, func(r *Request, a *Attempt) {
		a.Slashed = a.Slashed.MustAdd(e.Loss.Total())
		s.lost(a.Prover, v.Asset, e.Loss.Total())
		if e.To == r.Requester {
			s.compensated(r, a, v.Asset, e.Loss.Total())
		}
	})
	s.pay(e.To, v.Asset, e.Loss.Total())
}

func (e *RequestClosed) apply(s *State, at vadium.Time, _ uint64) {
	s.editRequest(e.Request, func(r *Request) {
		r.enter(e.Phase)
		r.Closed, r.Reason, r.MarketPrice, r.Ranked = at, e.Reason, e.MarketPrice, nil
		for i := range r.Attempts {
			if a := &r.Attempts[i]; !a.Stage.Over() {
				s.enterStage(r, a, StageReleased)
			}
		}
		s.paceEnd(r)
		h := s.holder(r.Requester)
		must(h.Open > 0, "requests that close were open")
		h.Open--
	})
}
