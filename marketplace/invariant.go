package marketplace

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// CheckInvariants returns the first of the market's invariants (numbered as in ARCHITECTURE.md) that does not hold.
// Tests call it after every event; journal fsck calls it on real data. It looks at everything, so it is slow.
// Invariants that compare two states (a terms' change, a share price's fall) are checked by [Watcher].
func (s *State) CheckInvariants() error {
	for _, check := range []func() error{s.checkConservation, s.checkLocks, s.checkAcross, s.checkRequests, s.checkVaults, s.checkPenalties, s.checkSessions, s.checkCases, s.checkFeeds, s.checkBids} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// CheckDerived returns an error when something that is derived from the rows, to find them fast, is not what the rows say.
func (s *State) CheckDerived() error {
	anew, err := Restore(s.Snapshot())
	if err != nil {
		return err
	}
	if got, want := fmt.Sprint(s.WaitingRequests()), fmt.Sprint(anew.WaitingRequests()); got != want {
		return fmt.Errorf("requests %s wait, they should be %s", got, want)
	}
	for w := range s.line.from(0) {
		if r := s.requests.get(w.request); w.reserve != r.Reserve || w.product != r.soughtIn() {
			return fmt.Errorf("request %v waits with a reserve of %v for %v, it has %v and is for %v", w.request, w.reserve, w.product, r.Reserve, r.soughtIn())
		}
	}
	if got, want := s.NextDeadline(), anew.NextDeadline(); got != want {
		return fmt.Errorf("the next deadline is %d, it should be %d", got, want)
	}
	if err := s.checkPools(anew); err != nil {
		return err
	}
	if err := s.docket.check(&anew.docket); err != nil {
		return err
	}
	earliest, _ := s.earliest()
	for id, r := range s.requests.all() {
		if due := r.due(); due < earliest {
			return fmt.Errorf("request %v is due at %d, before the earliest of all, %d", id, due, earliest)
		}
	}
	if err := s.checkPortions(anew); err != nil {
		return err
	}
	if err := s.checkHolds(anew); err != nil {
		return err
	}
	if err := s.checkSurcharges(anew); err != nil {
		return err
	}
	if len(s.offers.byProduct) < len(anew.offers.byProduct) {
		return fmt.Errorf("there are offers for %d products, there should be for %d", len(s.offers.byProduct), len(anew.offers.byProduct))
	}
	for product, offered := range s.offers.byProduct {
		var want []*Ask
		if book := s.books.get(product); book != nil {
			for _, ask := range book.Asks {
				if s.provers.get(ask.Prover).offers(ask) {
					want = append(want, ask)
				}
			}
		}
		slices.SortFunc(want, compareOffers)
		if !slices.Equal(offered, want) {
			return fmt.Errorf("offers for %v are %v, they should be %v", product, offered, want)
		}
	}
	if !maps.Equal(s.keysOf, anew.keysOf) {
		return fmt.Errorf("accounts have as many keys as %v, they should %v", s.keysOf, anew.keysOf)
	}
	if !maps.Equal(s.stakes, anew.stakes) {
		return fmt.Errorf("accounts stand in vaults' lists as often as %v, they should %v", s.stakes, anew.stakes)
	}
	for _, r := range s.requests.all() {
		if r.wantsProver() && r.byAsks() {
			for _, backup := range []bool{false, true} {
				got, won := s.clear(new(auction.Shortlist), r, s.market.At, s.NextSeq(), backup)
				want, wins := s.clearAll(r, s.market.At, s.NextSeq(), backup)
				if won != wins || fmt.Sprint(got) != fmt.Sprint(want) {
					return fmt.Errorf("request %v clears to %+v, over all asks it clears to %+v", r.ID, got, want)
				}
			}
		}
	}
	return nil
}

// Totals is where all money is; see [State.Totals].
type Totals struct {
	In         vadium.Amount `json:"in"`
	Balances   vadium.Amount `json:"balances"`
	Escrow     vadium.Amount `json:"escrow"`
	Stake      vadium.Amount `json:"stake"`
	Commission vadium.Amount `json:"commission"`
	Insurance  vadium.Amount `json:"insurance"`
	Protocol   vadium.Amount `json:"protocol"`
	Burnt      vadium.Amount `json:"burnt"`
	Withdrawn  vadium.Amount `json:"withdrawn"`
	InTransit  vadium.Amount `json:"inTransit"`
	// Bonds are those of sealed bids.
	Bonds vadium.Amount `json:"bonds"`
}

// Accounted returns the sum of where the money is: In, or the books do not balance.
func (t Totals) Accounted() vadium.Amount {
	return vadium.Sum(t.Balances, t.Escrow, t.Stake, t.Commission, t.Insurance, t.Protocol, t.Burnt, t.Withdrawn, t.InTransit, t.Bonds)
}

// Totals adds up where all money of the market's own asset is.
func (s *State) Totals() Totals { return s.TotalsIn(ownAsset) }

// checkConservation: invariant 1, deposits in = everything that is somewhere, exactly, of each asset.
func (s *State) checkConservation() error {
	for _, asset := range s.Assets() {
		if t := s.TotalsIn(asset); t.In.Cmp(t.Accounted()) != 0 {
			return fmt.Errorf("invariant 1: of asset %v, %v came in, %v is accounted for: %+v", asset, t.In, t.Accounted(), t)
		}
	}
	return s.checkTreasuries()
}

// checkLocks: invariant 2, locks match assignments, and unless a slash made a shortfall, stake covers them.
func (s *State) checkLocks() error {
	total := 0
	for id, v := range s.vaults.all() {
		var sum, caps vadium.Amount
		locks := s.LocksOf(id)
		for _, lock := range locks {
			r := s.requests.get(lock.Request)
			if r == nil || int(lock.Attempt) >= len(r.Attempts) || r.Attempts[lock.Attempt].Vault != id {
				return fmt.Errorf("invariant 2: vault %d holds a lock for %v/%d, which is not assigned to it", id, lock.Request, lock.Attempt)
			}
			sum, caps = sum.MustAdd(lock.Amount), caps.MustAdd(lock.DamageCap)
		}
		if sum.Cmp(v.Locked()) != 0 || caps.Cmp(v.DamageCaps()) != 0 {
			return fmt.Errorf("invariant 2: vault %d sums its locks to %v and %v, they are %v and %v", id, v.Locked(), v.DamageCaps(), sum, caps)
		}
		if int(v.LockCount) != len(locks) {
			return fmt.Errorf("invariant 2: vault %d counts %d locks, there are %d", id, v.LockCount, len(locks))
		}
		total += len(locks)
		if p := s.provers.get(v.Prover); v.Slashable().Less(sum) && p.Lost.IsZero() && (v.Asset == ownAsset || p.Faults == 0) {
			return fmt.Errorf("invariant 2: vault %d backs locks of %v with %v and was never slashed", id, sum, v.Slashable())
		}
	}
	if total != s.locks.len() {
		return fmt.Errorf("invariant 2: vaults hold %d locks, there are %d", total, s.locks.len())
	}
	return nil
}

// checkRequests: invariant 3, a request is paid at most once, holds no escrow once over, and always has a next instant.
func (s *State) checkRequests() error {
	open := map[vadium.Account]uint32{}
	running := map[vadium.Account]map[auction.Product]uint32{}
	for id, r := range s.requests.all() {
		if hedges := multiple(r.MaxFee, uint64(r.arrangement().Hedges)); r.MaxFee.Less(r.paidForProof()) || hedges.Less(r.paidToHedges()) {
			return fmt.Errorf("invariant 3: request %v paid %v and its hedges %v, of at most %v and %v", id, r.paidForProof(), r.paidToHedges(), r.MaxFee, hedges)
		}
		if r.MaxFee.Less(r.Reserve) {
			return fmt.Errorf("invariant 3: request %v has a reserve of %v, at most %v are paid", id, r.Reserve, r.MaxFee)
		}
		if r.Copy > 0 {
			if err := s.checkCopies(r); err != nil {
				return err
			}
		}
		if r.Phase.Final() {
			if r.running() || r.pending() {
				return fmt.Errorf("invariant 3: request %v is over and still has a running assignment", id)
			}
			if !r.Escrow.IsZero() {
				return fmt.Errorf("invariant 3: request %v is over and still holds %v", id, r.Escrow)
			}
			continue
		}
		open[r.Requester]++
		if err := s.checkTick(r); err != nil {
			return err
		}
		if r.due() == vadium.Forever && !r.pending() {
			return fmt.Errorf("invariant 3: request %v is %v and nothing will ever end it", id, r.Phase)
		}
		for i := range r.Attempts {
			if a := &r.Attempts[i]; a.Undecided > s.terms(r).maxUndecided() {
				return fmt.Errorf("invariant 3: assignment %v/%d goes on after %d undecided verdicts", id, i, a.Undecided)
			}
			if a := &r.Attempts[i]; a.Stage == StageOffered || a.Stage == StageAccepted {
				if running[a.Prover] == nil {
					running[a.Prover] = map[auction.Product]uint32{}
				}
				running[a.Prover][r.countedIn(i)]++
			}
		}
	}
	for account, h := range s.accounts.all() {
		if h.Open != open[account] {
			return fmt.Errorf("invariant 3: %v counts %d open requests, there are %d", account, h.Open, open[account])
		}
	}
	for account, p := range s.provers.all() {
		for _, c := range p.Running {
			if c.Count != running[account][c.Product] {
				return fmt.Errorf("invariant 3: %v counts %d running assignments of %v, there are %d", account, c.Count, c.Product, running[account][c.Product])
			}
		}
	}
	return nil
}

// checkTick: invariant 3 again, only a request that nobody was ever assigned waits for a tick, of a tier that has ticks, and for
// none that comes when it is too late to begin; and of the immediate tier one whose turn has come.
func (s *State) checkTick(r *Request) error {
	last := r.expires()
	if r.Product.Tier == auction.Immediate {
		last = s.market.At.Add(vadium.Millisecond)
	}
	if r.Tick != 0 && (r.Phase != PhaseOpen || len(r.Attempts) > 0 || r.Tick.After(last)) {
		return fmt.Errorf("invariant 3: request %v is %v of %v with %d assignments, expires at %d and waits for the tick at %d",
			r.ID, r.Phase, r.Product, len(r.Attempts), r.expires(), r.Tick)
	}
	return nil
}

// checkVaults: invariant 5 and the vaults' own, all holders together could redeem at most what there is; and of a vault that
// its prover has left, nothing is the prover's.
func (s *State) checkVaults() error {
	for id, v := range s.vaults.all() {
		if err := v.Check(s.market.At); err != nil {
			return fmt.Errorf("invariant 5: vault %d: %w", id, err)
		}
		own := vadium.Sum(v.Junior, v.JuniorUnbonding.Assets, v.CommissionDue)
		if p := s.provers.get(v.Prover); p.Vault != id && (!own.IsZero() || v.LockCount > 0 || v.Cases > 0) {
			return fmt.Errorf("invariant 5: prover %v has left vault %d, which has %v of its own, %d locks and %d cases", v.Prover, id, own, v.LockCount, v.Cases)
		}
	}
	return nil
}

// checkPenalties: invariant 8, what an assignment lost stays within its lock.
func (s *State) checkPenalties() error {
	for id, r := range s.requests.all() {
		for i, a := range r.Attempts {
			if a.Lock.Less(a.Slashed) {
				return fmt.Errorf("invariant 8: assignment %v/%d lost %v of a lock of %v", id, i, a.Slashed, a.Lock)
			}
			if a.Slashed.Less(a.Compensated) {
				return fmt.Errorf("invariant 8: assignment %v/%d lost %v, of which its requester received %v", id, i, a.Slashed, a.Compensated)
			}
		}
	}
	return nil
}

// Watcher checks the invariants that compare two states. Call [Watcher.Before] and [Watcher.After] around each
// [State.Apply].
type Watcher struct {
	vaultMoney map[vadium.VaultID]vadium.Amount
	price      map[vadium.VaultID]vadium.Amount
	terms      map[vadium.RequestID]fixedTerms
	attempts   map[vadium.RequestID][]fixedAttempt
	offences   map[string]bool
	delivered  map[string]bool // "request/attempt" that delivered validly in time
	excused    map[string]bool // "request/attempt" that ended because nobody could decide on its deliveries
	spending   spending
	last       Event                            // before this one
	ticks      map[vadium.RequestID]vadium.Time // that requests wait for, 0 if for none
	rounds     map[oracle.FeedID]oracle.Round
}

type fixedTerms struct {
	maxFee, damageCap, reserve vadium.Amount
	deadline                   vadium.Time
	terms                      uint32
	alert                      risk.Alert
	product                    auction.Product
	raised                     uint32
}

type fixedAttempt struct {
	price, lock vadium.Amount
	commission  vadium.Bps
	policy      uint32
	floor       vadium.Bps
}

// NewWatcher returns a watcher for one journal from its beginning.
func NewWatcher() *Watcher {
	return &Watcher{
		terms: map[vadium.RequestID]fixedTerms{}, attempts: map[vadium.RequestID][]fixedAttempt{},
		offences: map[string]bool{}, delivered: map[string]bool{}, excused: map[string]bool{},
		rounds: map[oracle.FeedID]oracle.Round{}, ticks: map[vadium.RequestID]vadium.Time{},
	}
}

// Before remembers what the next event may not change.
func (w *Watcher) Before(s *State) {
	w.vaultMoney, w.price = map[vadium.VaultID]vadium.Amount{}, map[vadium.VaultID]vadium.Amount{}
	for id, v := range s.vaults.all() {
		w.vaultMoney[id] = v.Held(s.market.At)
		w.price[id] = v.Price(s.market.At)
	}
}

// After checks that the record changed nothing it may not change.
func (w *Watcher) After(s *State, record Record) error {
	for _, check := range []func(*State, Record) error{w.checkIsolation, w.checkStake, w.checkTerms, w.checkOffences, w.checkSpending, w.checkAssigned, w.checkRounds, w.checkTicks} {
		if err := check(s, record); err != nil {
			return fmt.Errorf("record %d (%s): %w", record.Seq, KindOf(record.Event), err)
		}
	}
	return nil
}

// Glance is After for a record that nobody called Before for: it checks what follows from the record itself, in the same
// time however large the state is, and keeps track for later. Records that [Watcher.Must] names need Before and After.
func (w *Watcher) Glance(s *State, record Record) error {
	w.noteTicks(record)
	if err := errors.Join(w.checkOffences(s, record), w.checkSpending(s, record)); err != nil {
		return fmt.Errorf("record %d (%s): %w", record.Seq, KindOf(record.Event), err)
	}
	return nil
}

// Must reports whether a record has to be watched in full: it moves terms that are fixed otherwise, so whoever only
// glances at it takes the move for a breach when looking again.
func (*Watcher) Must(record Record) bool {
	switch e := record.Event.(type) {
	case *Resumed, *RequestHastened:
		return true
	case *RequestsRolled:
		return e.Product.Tier == auction.Immediate // they are of another product now
	case *DeliveryRejected:
		return e.Verdict == VerdictUndecided
	case *ReserveRaised:
		return true
	}
	return false
}

// checkIsolation: invariant 4, an event about one vault changes no other vault's money; and the second half of
// invariant 5, a share's price falls only by a slash.
func (w *Watcher) checkIsolation(s *State, record Record) error {
	about, slashed := vaultOf(record.Event)
	if e, ok := record.Event.(*RewardsAccrued); ok && s.vaults.get(e.Vault).Asset != ownAsset {
		about = 0 // a fee is no part of it
	}
	for id, v := range s.vaults.all() {
		before, existed := w.vaultMoney[id]
		if existed && id != about && v.Held(s.market.At).Cmp(before) != 0 {
			return fmt.Errorf("invariant 4: vault %d held %v, now %v", id, before, v.Held(s.market.At))
		}
		if existed && !(slashed && id == about) && v.Price(s.market.At).Less(w.price[id]) {
			return fmt.Errorf("invariant 5: a share of vault %d fell from %v to %v without a slash", id, w.price[id], v.Price(s.market.At))
		}
	}
	return nil
}

// checkStake: invariant 5 again, shares that change hands or begin to leave move no money, a claim pays its owner exactly
// what leaves the vault, and no account's money is touched by another's redemption.
func (w *Watcher) checkStake(s *State, record Record) error {
	held := func(id vadium.VaultID) vadium.Amount { return s.vaults.get(id).Held(s.market.At) }
	stays := func(id vadium.VaultID) error {
		if held(id) != w.vaultMoney[id] {
			return fmt.Errorf("invariant 5: vault %d held %v, now %v, and nothing was to leave or come", id, w.vaultMoney[id], held(id))
		}
		return nil
	}
	switch e := record.Event.(type) {
	case *RedemptionRequested:
		return stays(e.Vault)
	case *SharesTransferred:
		return stays(e.Vault)
	case *SharesApproved:
		return stays(e.Vault)
	case *CommissionChanged:
		return stays(e.Vault)
	case *RedemptionClaimed:
		if left := w.vaultMoney[e.Vault].MustSub(held(e.Vault)); left != e.Assets {
			return fmt.Errorf("invariant 5: redemption %d of vault %d pays %v, and %v left the vault", e.Redemption, e.Vault, e.Assets, left)
		}
	}
	return nil
}

func vaultOf(e Event) (id vadium.VaultID, slashed bool) {
	switch e := e.(type) {
	case *VaultOpened:
		return e.Vault, false
	case *JuniorDeposited:
		return e.Vault, false
	case *SeniorDeposited:
		return e.Vault, false
	case *CommissionClaimed:
		return e.Vault, false
	case *RewardsAccrued:
		return e.Vault, false
	case *RedemptionClaimed:
		return e.Vault, false
	case *CommissionDiverted:
		return e.Vault, false
	case *Slashed:
		return e.Vault, true
	case *ActivationCharged:
		return e.Vault, true
	case *VaultSlashed:
		return e.Vault, true
	case *DeferredSlashed:
		return e.Vault, true
	}
	return 0, false
}

// checkTerms: invariant 7, terms are fixed; only Resumed and an excused verification move deadlines, and only the schedule that
// its requester signed raises a reserve.
func (w *Watcher) checkTerms(s *State, record Record) error {
	raised, raises := record.Event.(*ReserveRaised)
	moves := w.Must(record) && !raises
	for id, r := range s.requests.all() {
		now := fixedTerms{r.MaxFee, r.DamageCap, r.Reserve, r.Deadline, r.Terms, r.Alert, r.Product, r.Raised}
		if before, known := w.terms[id]; known {
			if e, hastened := record.Event.(*RequestHastened); hastened && e.Request == id {
				before.product = e.Product
			}
			if e, rolls := record.Event.(*RequestsRolled); rolls && e.Product.Tier == auction.Immediate && slices.Contains(e.Requests, id) {
				before.product.Tier = auction.Immediate
			}
			if moves {
				before.deadline = now.deadline
			}
			if raises && id == raised.Request {
				if err := w.checkRaised(before, r, raised, record.At); err != nil {
					return err
				}
				before.reserve, before.raised = now.reserve, now.raised
			}
			if before != now {
				return fmt.Errorf("invariant 7: the terms of request %v changed from %+v to %+v", id, before, now)
			}
		}
		w.terms[id] = now
		for i, a := range r.Attempts {
			fixed := fixedAttempt{a.Price, a.Lock, a.Commission, a.Policy, a.Floor}
			if i < len(w.attempts[id]) {
				if w.attempts[id][i] != fixed {
					return fmt.Errorf("invariant 7: the terms of assignment %v/%d changed", id, i)
				}
				continue
			}
			w.attempts[id] = append(w.attempts[id], fixed)
		}
	}
	return nil
}

// checkRaised: invariant 7, a reserve rises to what the step of the schedule says whose time has come.
func (*Watcher) checkRaised(before fixedTerms, r *Request, e *ReserveRaised, at vadium.Time) error {
	was := *r
	was.Reserve, was.Raised = before.reserve, before.raised
	if err := was.checkRaise(e, at); err != nil {
		return fmt.Errorf("invariant 7: %w", err)
	}
	return nil
}

// noteTicks follows what records say of the ticks that requests wait for.
func (w *Watcher) noteTicks(record Record) {
	switch e := record.Event.(type) {
	case *RequestSubmitted:
		w.ticks[e.Request.ID] = e.Request.Tick
	case *RequestsRolled:
		for _, id := range e.Requests {
			w.ticks[id] = e.Tick
		}
	case *RequestAssigned:
		w.ticks[e.Request] = 0
	case *RequestHastened:
		w.ticks[e.Request] = 0
	case *RequestClosed:
		w.ticks[e.Request] = 0
	}
}

// checkTicks: invariant 7 again, what tick a request waits for changes only by what says so, and to a later one.
func (w *Watcher) checkTicks(s *State, record Record) error {
	if e, rolls := record.Event.(*RequestsRolled); rolls {
		for _, id := range e.Requests {
			if before, known := w.ticks[id]; known && !e.Tick.After(before) || !e.Tick.After(record.At) {
				return fmt.Errorf("invariant 7: request %v waited for the tick at %d, and waits for that at %d now", id, before, e.Tick)
			}
		}
	}
	w.noteTicks(record)
	for id, r := range s.requests.all() {
		tick := r.Tick
		if !r.waitsForTick() {
			tick = 0
		}
		if want, known := w.ticks[id]; known && tick != want {
			return fmt.Errorf("invariant 7: request %v waits for the tick at %d, it was told that at %d", id, tick, want)
		}
	}
	return nil
}

// checkOffences: invariant 3, an offence is punished once, and no liveness fault follows a valid, punctual delivery; nor
// does any fault follow deliveries on which we could not decide.
func (w *Watcher) checkOffences(s *State, record Record) error {
	switch e := record.Event.(type) {
	case *DeliveryAccepted:
		a := s.requests.get(e.Request).Attempts[e.Attempt]
		if !e.Arrived.After(a.Deadline) {
			w.delivered[fmt.Sprintf("%v/%d", e.Request, e.Attempt)] = true
		}
	case *AssignmentEnded:
		if e.Stage == StageExcused {
			w.excused[fmt.Sprintf("%v/%d", e.Request, e.Attempt)] = true
		}
	case *CaseOpened:
		key := func(s slashing.Severity) string { return fmt.Sprintf("case of %v, severity %d", e.Case.Subject, s) }
		for graver := e.Case.Severity; graver <= slashing.Total; graver++ {
			if w.offences[key(graver)] {
				return fmt.Errorf("invariant 3: %v of %v reported twice", e.Case.Offence, e.Case.Prover)
			}
		}
		w.offences[key(e.Case.Severity)] = true
	case *FaultRecorded:
		assignment := fmt.Sprintf("%v/%d", e.Request, e.Attempt)
		if w.delivered[assignment] {
			return fmt.Errorf("invariant 3: %v of %s after a punctual delivery", e.Offence, assignment)
		}
		if w.excused[assignment] {
			return fmt.Errorf("invariant 3: %v of %s, which ended because of us", e.Offence, assignment)
		}
		key := fmt.Sprintf("%s/%v", assignment, e.Offence)
		if a := s.requests.get(e.Request).Attempts[e.Attempt]; e.Penalty.Severity == 30 && a.Deliveries > 0 {
			key = fmt.Sprintf("%s/%d", key, a.Deliveries) // each invalid proof is an offence of its own
		}
		if w.offences[key] {
			return fmt.Errorf("invariant 3: %s punished twice", key)
		}
		w.offences[key] = true
	}
	return nil
}

// Quiet reports whether no money is between two events: true between commands.
func (s *State) Quiet() bool { return s.market.InTransit.IsZero() }

// WaitingRequests returns the requests that want a prover now, oldest first. Those that wait for a tick are not among them: see
// [State.PooledRequests].
func (s *State) WaitingRequests() []vadium.RequestID {
	ids := make([]vadium.RequestID, 0, s.line.n)
	for w := range s.line.from(0) {
		ids = append(ids, w.request)
	}
	return ids
}

// PooledRequests returns the requests that wait for a tick, oldest first.
func (s *State) PooledRequests() []vadium.RequestID {
	var all []waiting
	for _, p := range s.pools {
		for w := range p.line.from(0) {
			all = append(all, *w)
		}
	}
	slices.SortFunc(all, func(a, b waiting) int { return cmp.Compare(a.position, b.position) })
	ids := make([]vadium.RequestID, len(all))
	for i, w := range all {
		ids[i] = w.request
	}
	return ids
}

// CountWaiting returns how many requests want a prover, those included that wait for a tick.
func (s *State) CountWaiting() int { return s.line.n + s.inPools }
