package marketplace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// commit blinds an ask until its epoch ends: the hash of the ask with its salt.
func (a Ask) commit() vadium.Digest {
	domain := "vadium/ask/v1"
	if a.PriceCommitment != (vadium.Digest{}) {
		domain, a = "vadium/ask/v2", a.withheld()
	}
	a.Commitment, a.Unopened = vadium.Digest{}, false
	encoded, err := rlp.EncodeToBytes(&a)
	if err != nil {
		panic(fmt.Sprintf("invariant: an ask always encodes: %v", err))
	}
	return vadium.HashParts(domain, encoded)
}

// withheld returns an ask without its price. Instead of the salt it has what the commitment binds price and salt by: so it can be
// checked without either, and nobody finds one of them by trying.
func (a Ask) withheld() Ask {
	if !a.Price.IsZero() {
		a.Price, a.Salt = vadium.Amount{}, withheldSalt(a.Price, a.Salt)
	}
	return a
}

func withheldSalt(price vadium.Amount, salt vadium.Salt) vadium.Salt {
	number := price.Bytes32()
	return vadium.Salt(vadium.HashParts("vadium/ask/withheld/v1", salt[:], number[:]))
}

// Standing is one ask of a clearing with everything that decides whether it may win.
type Standing struct {
	Ask        Ask           `json:"ask"`
	Multiplier vadium.Bps    `json:"multiplierBps"`
	Running    uint32        `json:"running"` // assignments of this product that have not ended, and bids that have not been cleared
	Busy       uint32        `json:"busy"`    // the same over all products
	Free       vadium.Amount `json:"free"`    // in the asset of the prover's vault
	Bar        Bar           `json:"bar,omitempty"`
}

// Bar is why an ask may not win. The zero value is no bar.
type Bar string

// Bars, in the order they are looked at.
const (
	BarNone   Bar = ""
	BarState  Bar = "the prover is not active: suspended, jailed, excluded, leaving or out"
	BarTooNew Bar = "the ask came after the request, and its epoch has not ended"
	BarLapsed Bar = "the ask has lapsed"
	// BarUnopened concerns asks whose prices are never opened.
	BarUnopened Bar = "the ask's price is never opened, so it counts only where clearings are proven"
	// BarUncommitted concerns asks from before there were commitments to prices.
	BarUncommitted Bar = "the ask has no commitment to its price, so no clearing with it could be proven: place it again"
	BarNotServed   Bar = "the prover does not serve the program"
	BarExcluded    Bar = "the requester excludes the prover"
	BarOwn         Bar = "the requester cannot prove for itself"
	BarTried       Bar = "the prover was assigned this request before"
	BarPrice       Bar = "the ask is above the reserve"
	BarBusy        Bar = "all of the prover's slots are busy"
	BarStake       Bar = "the prover's free stake does not back the request"
	// BarUnpriced and BarSecurity concern vaults in another asset than fees are in.
	BarUnpriced Bar = "the prover stakes another asset, and its price or the fee's is not known well enough now"
	BarSecurity Bar = "the prover stakes another asset, and all such stake is worth too little beside what is at risk"
	BarCalled   Bar = "stake that is called for from the prover is missing"
	// BarCorruptible keeps cheating from paying (economics.md §4.1, I1): see [soundWith].
	BarCorruptible Bar = "cheating in all of the prover's requests would gain almost what it costs"
	// BarConcentrated keeps one wrong verifier from draining a vault.
	BarConcentrated Bar = "too much of the prover's stake would be in one place"
	// BarTooSlow comes last, because in the end it holds for every ask: what kept the prover out before tells more.
	BarTooSlow Bar = "the prover would need longer than there is"
	// BarHidden concerns bids only.
	BarHidden Bar = "the bid was not shown"
	// BarSealed is all that the public is told of an ask of the open epoch which nothing public keeps out: see [State.Explain].
	BarSealed Bar = "the ask is sealed"
)

// Standings returns every ask of the request's product as a clearing at now sees it: none where asks do not decide. A backup has
// until the end of grace.
func (s *State) Standings(r *Request, now vadium.Time, backup bool) []Standing {
	book := s.books.get(r.soughtIn())
	if book == nil || !r.byAsks() {
		return nil
	}
	asks := s.demandOf(r, now, backup)
	standings := make([]Standing, 0, len(book.Asks))
	for _, ask := range book.Asks {
		standings = append(standings, s.standingOf(&asks, ask))
	}
	return standings
}

// demand is a request with what it wants of every ask in its clearing, worked out once for all of them.
type demand struct {
	*Request
	now       vadium.Time
	last      vadium.Time // the last instant at which a proof is in time
	listing   *Listing
	lock      vaults.Lock   // what a vault has to lock
	worth     vadium.Amount // the same in the market's own asset
	minJunior vadium.Amount
	promises  map[risk.Asset]*promise // the same of vaults in other assets, as far as one was met
	load      classLoad
	siblings  []vadium.Account // provers of its other copies
	proven    bool             // the clearing will be, so that asks count whose prices are never opened
	bids      *Bids            // for it, nil if it takes none
}

func (s *State) demandOf(r *Request, now vadium.Time, backup bool) demand {
	d := demand{Request: r, now: now, last: r.Deadline, listing: s.programs.get(r.Program), minJunior: s.terms(r).MinJunior}
	if backup {
		d.last = r.GraceEnd
	}
	d.lock.Amount, d.lock.DamageCap = lockFor(r, backup)
	d.worth = d.lock.Amount
	if r.Copy > 0 {
		d.siblings = s.siblingsOf(r)
	}
	if r.mechanism() == auction.Revealing {
		d.bids = s.bids.get(r.ID)
	}
	return d
}

// bar returns why an ask of a prover with this vault, nil if it has none, may not win.
func (s *State) bar(r *demand, ask *Ask, p *Prover, v *vaults.Vault) Bar {
	_, serves := r.listing.server(ask.Prover)
	switch {
	case p.State() != StateActive:
		return BarState
	case ask.Position > r.Position && ask.Epoch >= s.market.Epoch:
		return BarTooNew
	case r.now.After(ask.StandUntil):
		return BarLapsed
	case ask.Unopened && !r.proven:
		return BarUnopened
	case r.proven && ask.PriceCommitment == (vadium.Digest{}):
		return BarUncommitted
	case !serves:
		return BarNotServed
	case ask.Prover == r.Requester:
		return BarOwn
	case s.barArranged(r, ask.Prover) != BarNone:
		return s.barArranged(r, ask.Prover)
	case slices.Contains(r.Deny, ask.Prover), len(r.Allow) > 0 && !slices.Contains(r.Allow, ask.Prover):
		return BarExcluded
	case slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.Prover == ask.Prover }):
		return BarTried
	case r.Reserve.Less(ask.Price):
		return BarPrice
	case !p.freeBeside(ask, r.holds(ask.Prover)):
		return BarBusy
	case v == nil:
		return BarStake
	}
	if bar := s.barStake(r, p, v); bar != BarNone {
		return bar
	}
	if r.now.Add(ask.ETA).After(r.last) {
		return BarTooSlow
	}
	return BarNone
}

// barStake returns why a prover may not win for what stands behind it: its vault, beside what that holds for bids.
func (s *State) barStake(r *demand, p *Prover, v *vaults.Vault) Bar {
	all := s.beside(r, p, v, false)
	switch {
	case v.Asset != ownAsset && s.barAcross(all, v) != BarNone:
		return s.barAcross(all, v)
	case v.Asset == ownAsset && (s.juniorShort(v, r.minJunior, r.now) || !v.CanLock(r.now, all.lock)):
		return BarStake
	case !s.mayTake(v, r.now):
		return BarCalled
	case v.Asset == ownAsset && !soundWith(v, all.lock.DamageCap):
		return BarCorruptible
	case !s.spread(s.beside(r, p, v, true), p, v):
		return BarConcentrated
	}
	return BarNone
}

// multiplier returns what a prover's asks for a product are multiplied with when they are compared: its history, never its
// price.
func (p *Prover) multiplier(product auction.Product, now vadium.Time) vadium.Bps {
	worst := uint64(auction.WorstMultiplier - auction.BestMultiplier)
	return auction.BestMultiplier + vadium.Bps(min(p.marksAt(now)+uint64(p.surchargeOf(product)), worst))
}

// Multiplier returns the factor a prover's asks for a product are compared with at now: 10,000 to 15,000.
func (s *State) Multiplier(prover vadium.Account, product auction.Product, now vadium.Time) vadium.Bps {
	if p := s.provers.get(prover); p != nil {
		return p.multiplier(product, now)
	}
	return auction.BestMultiplier
}

// clear runs the auction for a request. position is the journal position of the event that will record the outcome. The
// outcome is that of [auction.Clear] over every ask without a bar; only those are looked at that can matter to it.
func (s *State) clear(best *auction.Shortlist, r *Request, now vadium.Time, position uint64, backup bool) (auction.Clearing, bool) {
	asks := s.demandOf(r, now, backup)
	several, position := s.lot(r, position, backup)
	best.BeginSeveral(r.Reserve, several, int(s.terms(r).Backups))
	for ask, ordered := range s.offersFor(r.soughtIn()) {
		switch {
		case r.Reserve.Less(ask.Price) && ordered:
			return best.Clear() // and so are all that follow
		case r.Reserve.Less(ask.Price):
			continue
		case best.Beyond(ask.Price) && ordered:
			return best.Clear()
		}
		p := s.provers.get(ask.Prover)
		c := auction.Candidate{Prover: ask.Prover, Price: ask.Price, Multiplier: s.multiplierFor(&asks, p)}
		if !best.Behind(c) && s.eligible(&asks, ask, p) {
			c.Rank = auction.Rank(s.market.Seed, position, ask.Prover)
			best.Add(c)
		}
	}
	return best.Clear()
}

// first returns the outcome for the first of several requests.
func first(winners, ranked []auction.Award) (auction.Clearing, bool) {
	if len(winners) == 0 {
		return auction.Clearing{}, false
	}
	return auction.Clearing{Winner: winners[0], Backups: ranked}, true
}

// lot returns how many requests a clearing is for, and the position that ranks equal scores in it: copies that wait are cleared
// together, and ranked alike, by where their lead was submitted.
func (s *State) lot(r *Request, position uint64, backup bool) (several int, ranks uint64) {
	if r.Copy == 0 || backup {
		return 1, position
	}
	return len(s.lotOf(r)), s.requests.get(r.Lead).Position
}

// eligible reports whether an ask has no bar.
func (s *State) eligible(r *demand, ask *Ask, p *Prover) bool {
	if r.Reserve.Less(ask.Price) || !p.offers(ask) {
		return false // the most common bars, and the cheapest to see
	}
	var v *vaults.Vault
	if p.Vault != 0 {
		v = s.vaults.get(p.Vault)
	}
	return s.bar(r, ask, p, v) == BarNone
}

// clearAll is clear the obvious way.
func (s *State) clearAll(r *Request, now vadium.Time, position uint64, backup bool) (auction.Clearing, bool) {
	several, position := s.lot(r, position, backup)
	var candidates []auction.Candidate
	for _, st := range s.Standings(r, now, backup) {
		if st.Bar == BarNone {
			candidates = append(candidates, auction.Candidate{
				Prover: st.Ask.Prover, Price: st.Ask.Price, Multiplier: st.Multiplier,
				Rank: auction.Rank(s.market.Seed, position, st.Ask.Prover),
			})
		}
	}
	return first(auction.ClearSeveral(r.Reserve, candidates, several, int(s.terms(r).Backups)))
}

// Recheck re-runs the clearing that record reports, on the state just before the record, and returns every ask with
// what decided its fate. The error says how the record differs from the rule; nil means that the clearing was right.
// With public records replayed up to here (asks are public once their epoch has ended), anyone can do it.
func (s *State) Recheck(record Record) ([]Standing, auction.Clearing, error) {
	var id vadium.RequestID
	var attempt Attempt
	var ranked []auction.Award
	var cleared, backup, unopened bool
	switch e := record.Event.(type) {
	case *RequestAssigned:
		id, attempt, ranked, cleared, unopened = e.Request, e.Attempt, e.Ranked, e.Cleared, e.Unopened
	case *BackupActivated:
		id, attempt, ranked, cleared, backup = e.Request, e.Attempt, e.Ranked, e.Cleared, true
	case *BatchCleared:
		standings, err := s.recheckBatch(record, e)
		return standings, auction.Clearing{}, err
	default:
		return nil, auction.Clearing{}, fmt.Errorf("record %d is no clearing but %s", record.Seq, KindOf(record.Event))
	}
	r := s.requests.get(id)
	if r == nil {
		return nil, auction.Clearing{}, fmt.Errorf("record %d assigns request %v, which does not exist there", record.Seq, id)
	}
	if batch := s.lastBatch; unopened != (cleared && r.waitsForTick() && batch != nil && batch.Unopened) {
		return nil, auction.Clearing{}, fmt.Errorf("record %d says that request %v was cleared over prices that are never opened: %v; that is not so", record.Seq, id, unopened)
	}
	if !cleared {
		return nil, auction.Clearing{}, s.recheckRanked(r, attempt, record.At, backup)
	}
	if r.waitsForTick() {
		clearing, err := s.recheckServed(record, r, attempt, ranked)
		return nil, clearing, err
	}
	standings, clearing, err := s.recheckCleared(record, r, attempt, backup)
	if err != nil {
		return standings, clearing, err
	}
	if w := clearing.Winner; w.Prover != attempt.Prover || w.Payment.Cmp(attempt.Price) != 0 {
		return standings, clearing, fmt.Errorf("record %d pays %v %s tokens, the rule pays %v %s", record.Seq, attempt.Prover,
			attempt.Price.Tokens(), w.Prover, w.Payment.Tokens())
	}
	if !slices.Equal(clearing.Backups, ranked) {
		return standings, clearing, fmt.Errorf("record %d ranks other backups than the rule does", record.Seq)
	}
	return standings, clearing, nil
}

// recheckCleared re-runs the clearing of a request, and checks that somebody could win.
func (s *State) recheckCleared(record Record, r *Request, attempt Attempt, backup bool) ([]Standing, auction.Clearing, error) {
	if !r.byAsks() {
		return s.recheckMode(record, r, attempt, backup)
	}
	standings := s.Standings(r, record.At, backup)
	for _, st := range standings {
		if st.Ask.commit() != st.Ask.Commitment {
			return standings, auction.Clearing{}, fmt.Errorf("the published ask of %v is not the one it was committed to", st.Ask.Prover)
		}
	}
	clearing, won := s.clearAll(r, record.At, record.Seq, backup)
	if !won {
		return standings, clearing, fmt.Errorf("record %d assigns %v to %v, yet no ask was eligible", record.Seq, r.ID, attempt.Prover)
	}
	return standings, clearing, nil
}

// RecheckRecord checks what else a public record says against the rules, on the state just before it: that a request's
// reserve follows from the price index, or from its quote, that an ask is the one it was committed to and its price withheld only
// where none is opened, and that an epoch's tie seed is the one it was committed to. Other records pass. What the quote rests on, [Rechecker] checks.
func (s *State) RecheckRecord(record Record) error {
	switch e := record.Event.(type) {
	case *RequestSubmitted:
		r := e.Request
		want := s.ReserveFor(r.Product, r.MaxFee, record.At)
		if r.Quote != nil {
			if err := r.Quote.check(r.Product, record.At, record.Seq-1); err != nil {
				return fmt.Errorf("record %d takes a quote as request %v's reserve that does not hold: %w", record.Seq, r.ID, err)
			}
			want = vadium.Min(r.MaxFee, r.Quote.Reserve)
		}
		if r.Reserve.Cmp(want) != 0 {
			return fmt.Errorf("record %d gives request %v a reserve of %s tokens, the rule gives %s", record.Seq, r.ID, r.Reserve.Tokens(), want.Tokens())
		}
		if r.Copy > 0 && r.ID != CopyOf(r.Requester, r.Lead, r.Copy) {
			return fmt.Errorf("record %d calls request %v copy %d of %v, which has another id", record.Seq, r.ID, r.Copy, r.Lead)
		}
	case *ReserveRaised:
		if r := s.requests.get(e.Request); r == nil {
			return fmt.Errorf("record %d raises the reserve of request %v, which does not exist there", record.Seq, e.Request)
		} else if err := r.checkRaise(e, record.At); err != nil {
			return fmt.Errorf("record %d: %w", record.Seq, err)
		}
	case *AskPlaced:
		switch ask := e.Ask; {
		case e.Sealed:
		case ask.Unopened != s.params().Unopened(ask.Product.Tier):
			return fmt.Errorf("record %d places an ask whose price is opened: %v; the market's parameters say the opposite of %v", record.Seq, !ask.Unopened, ask.Product)
		case ask.Price.IsZero() && !ask.Unopened:
			return fmt.Errorf("record %d withholds the price of an ask for %v, whose prices are opened", record.Seq, ask.Product)
		case ask.commit() != ask.Commitment:
			return fmt.Errorf("the ask in record %d is not the one it was committed to", record.Seq)
		}
	case *AskEpochClosed:
		// The seed that clearings used is the one the opening record carries; both have to be what was committed to.
		if auction.SeedCommitment(e.Seed) != s.market.Commitments[0] || e.Seed != s.market.Seed {
			return fmt.Errorf("record %d reveals another tie seed than was committed to or used", record.Seq)
		}
	}
	return nil
}

// recheckRanked checks that the first ranked backup that still can was assigned, at what it was promised.
func (s *State) recheckRanked(r *Request, attempt Attempt, at vadium.Time, backup bool) error {
	asks := s.demandOf(r, at, backup)
	for _, award := range r.Ranked {
		if award.Prover == attempt.Prover {
			if award.Payment.Cmp(attempt.Price) != 0 {
				return fmt.Errorf("backup %v was promised %s tokens and is assigned at %s", attempt.Prover, award.Payment.Tokens(), attempt.Price.Tokens())
			}
			return nil
		}
		if ask := s.askOf(r, award); ask != nil && s.barOf(&asks, ask) == BarNone {
			return fmt.Errorf("backup %v was passed over for %v, which was ranked behind it", award.Prover, attempt.Prover)
		}
	}
	return fmt.Errorf("%v was assigned without having been ranked", attempt.Prover)
}

// root returns the index of the primary whose place a backup takes: the last that was not itself a backup.
func (r *Request) root() uint32 {
	for i, v := range slices.Backward(r.Attempts) {
		if v.Behind == 0 && v.Stage.Liable() {
			return uint32(i)
		}
	}
	for i, v := range slices.Backward(r.Attempts) {
		if v.Behind == 0 {
			return uint32(i)
		}
	}
	return 0
}

// choose finds who takes a request next: a ranked backup that still can, else a fresh clearing.
func (d *draft) choose(r *Request, backup bool) (award auction.Award, ranked []auction.Award, cleared, found bool) {
	if award, found := d.promised(r, backup); found {
		return award, nil, false, true
	}
	if !r.clearsAlone() {
		return auction.Award{}, nil, false, false
	}
	clearing, won := d.clear(&d.shortlist, r, d.now, d.market.Seq+1, backup)
	return clearing.Winner, clearing.Backups, true, won
}

// promised finds the first ranked backup of a request that still can take it.
func (d *draft) promised(r *Request, backup bool) (auction.Award, bool) {
	if len(r.Ranked) > 0 {
		asks := d.demandOf(r, d.now, backup)
		for _, award := range r.Ranked {
			if ask := d.askOf(r, award); ask != nil && d.barOf(&asks, ask) == BarNone {
				return award, true
			}
		}
	}
	return auction.Award{}, false
}

// attemptFor fixes the terms of an assignment.
func (d *draft) attemptFor(r *Request, award auction.Award, behind uint32) (Attempt, risk.Exposure) {
	v := d.VaultOf(award.Prover)
	backup := behind > 0
	var lock vaults.Lock
	if v.Asset == ownAsset {
		lock.Amount, lock.DamageCap = lockFor(r, backup)
	} else {
		asks := d.demandOf(r, d.now, backup)
		lock = d.promise(&asks, v.Asset).lock
	}
	a := Attempt{
		Prover: award.Prover, Vault: v.ID, Price: award.Payment, Commission: v.CommissionAt(d.now),
		Lock: lock.Amount, DamageCap: lock.DamageCap, Behind: behind, Stage: StageOffered, Policy: d.policyInForce(),
		AcceptBy: d.now.Add(d.terms(r).AcceptWindow).Earliest(r.Deadline), HeartbeatBy: vadium.Forever,
		Deadline: r.Deadline, GraceEnd: r.GraceEnd,
	}
	declared := d.etaOf(award.Prover, r.soughtIn())
	if r.Punishable && declared > 0 {
		a.ETA, a.At = declared, d.now
	}
	if r.mechanism() == auction.Climbing {
		a.At = d.now // how long it was held is given back if it is not kept
	}
	if backup {
		own := d.now.Add(d.terms(r).AcceptWindow).Add(d.askOf(r, award).ETA)
		a.Deadline = max(r.Deadline, own.Earliest(r.GraceEnd))
		a.AcceptBy = d.now.Add(d.terms(r).AcceptWindow).Earliest(r.GraceEnd)
	}
	a.Floor = d.terms(r).floorFor(a.GraceEnd.Sub(d.now))
	if r.scheduled() {
		a.Reserve = r.Reserve
	}
	return a, lock.Across
}

// etaOf returns what a prover's ask for a product declares, and 0 when it has none.
func (s *State) etaOf(prover vadium.Account, product auction.Product) vadium.Duration {
	if book := s.Book(product); book != nil {
		if i, stands := book.ask(prover); stands {
			return book.Asks[i].ETA
		}
	}
	return 0
}

func (d *draft) lockStake(r *Request, a Attempt, index uint32, across risk.Exposure) {
	d.emit(stakeLocked(r.ID, &a, index, across))
}

func stakeLocked(id vadium.RequestID, a *Attempt, index uint32, across risk.Exposure) *StakeLocked {
	return &StakeLocked{a.Vault, vaults.Lock{Request: id, Attempt: index, Amount: a.Lock, DamageCap: a.DamageCap, Across: across}}
}

// assignNext assigns an open request and reports whether someone could be found.
func (d *draft) assignNext(id vadium.RequestID) bool {
	if d.market.Paused {
		return false // it waits, and is looked at when the pause ends
	}
	r := d.Request(id)
	if r.Copy > 0 {
		return d.assignCopies(r)
	}
	award, ranked, cleared, found := d.choose(r, false)
	if found {
		d.assignTo(id, award, ranked, cleared)
	}
	return found
}

// assignTo assigns an open request.
func (d *draft) assignTo(id vadium.RequestID, award auction.Award, ranked []auction.Award, cleared bool) {
	d.emit(d.assignUnlocked(d.Request(id), award, ranked, cleared))
}

// assignUnlocked assigns an open request and returns the event that locks the stake for it, which has to follow.
func (d *draft) assignUnlocked(r *Request, award auction.Award, ranked []auction.Award, cleared bool) *StakeLocked {
	id, index := r.ID, uint32(len(r.Attempts))
	a, across := d.attemptFor(r, award, 0)
	a.Tells = d.tells(r, award, cleared)
	d.emit(&RequestAssigned{Request: id, Index: index, Attempt: a, Cleared: cleared, Ranked: ranked})
	return stakeLocked(id, &a, index, across)
}

// tells reports whether an award's price, once the prover has earned it, says what the market pays. Wash trading: only
// clearings of asks that anyone could win, of a program that the operator lists, whose price a rival's ask set. Nor does it where
// the price is not that of one request that anybody could have had at once: of several copies, of what was reserved, or of who
// waited.
func (d *draft) tells(r *Request, award auction.Award, cleared bool) bool {
	return cleared && !award.Alone && r.byAsks() && len(r.Allow) == 0 && len(r.Deny) == 0 && r.Copy == 0 && !r.scheduled() && !r.Unopened &&
		(r.Arranged == nil || r.Arranged.ReservedUntil == 0) && award.PriceSetter != r.Requester &&
		d.programs.get(r.Program).Class == vadium.KeysOperator
}

// activateBackup lets a backup run beside the primary at index root, at its expense, if someone can.
func (d *draft) activateBackup(id vadium.RequestID, root uint32) { d.callBackup(id, root, false) }

// callBackup lets a backup run beside the primary at index root, at its expense or as a hedge, and reports whether someone can.
func (d *draft) callBackup(id vadium.RequestID, root uint32, hedge bool) bool {
	if d.market.Paused {
		return false // it waits, and is looked at when the pause ends
	}
	award, ranked, cleared, found := d.choose(d.Request(id), true)
	if found {
		d.activate(id, root, hedge, award, ranked, cleared)
	}
	return found
}

// activate lets a backup run beside the primary at index root.
func (d *draft) activate(id vadium.RequestID, root uint32, hedge bool, award auction.Award, ranked []auction.Award, cleared bool) {
	r := d.Request(id)
	index := uint32(len(r.Attempts))
	a, across := d.attemptFor(r, award, root+1)
	a.Hedge = hedge
	d.emit(&BackupActivated{Request: id, Index: index, Attempt: a, Cleared: cleared, Ranked: ranked})
	d.lockStake(d.Request(id), a, index, across)
}

// Explain says in one sentence why nobody takes a request now, from how many asks each bar kept out, and what such
// requests cost: the median of recent clearing prices, or the cheapest published ask that could take it but for its
// price; zero if neither is known. It is public, so of asks that are still sealed it says nothing that they would be opened for.
func (s *State) Explain(r *Request, now vadium.Time) (reason string, marketPrice vadium.Amount) {
	marketPrice, _ = s.MarketPrice(r.Product, now)
	if !r.byAsks() {
		return s.explainMode(r, now), marketPrice
	}
	bars, of := s.publicBars(r, now)
	if of == 0 {
		return fmt.Sprintf("no prover asks for %v requests now%s", r.soughtIn(), r.explainSchedule()), marketPrice
	}
	var counts []string
	for _, bar := range []Bar{BarPrice, BarStake, BarUnpriced, BarSecurity, BarCalled, BarCorruptible, BarConcentrated, BarBusy, BarState, BarTooSlow, BarTooNew, BarLapsed, BarUnopened, BarUncommitted, BarNotServed, BarExcluded, BarOwn, BarTried, BarSibling, BarReserved} {
		if bars[bar] > 0 {
			counts = append(counts, fmt.Sprintf("%d of %d: %s", bars[bar], of, bar))
		}
	}
	if sealed := bars[BarSealed]; sealed > 0 {
		counts = append(counts, fmt.Sprintf("%d of %d: %s, until %d", sealed, of, BarSealed, s.market.EpochEnds))
	}
	return strings.Join(counts, "; ") + r.explainSchedule(), marketPrice
}

// publicBars counts, by what everyone may know keeps them out, the asks that a request is cleared over.
func (s *State) publicBars(r *Request, now vadium.Time) (bars map[Bar]int, of int) {
	book := s.books.get(r.soughtIn())
	if book == nil {
		return nil, 0
	}
	asks := s.demandOf(r, now, false)
	bars = map[Bar]int{}
	for _, ask := range book.Asks {
		bars[s.publicBar(&asks, ask)]++
	}
	return bars, len(book.Asks)
}

// publicBar returns why an ask may not win a request as far as everyone may know. One that is still sealed counts as the best that
// it could say, so that what keeps it out nevertheless is public; if that is nothing, it tells no more. Whoever could read more,
// such as that it is too dear, would submit requests of many maximal fees and read its price.
func (s *State) publicBar(asks *demand, ask *Ask) Bar {
	if _, opened := s.PublicAsk(*ask); opened {
		return s.barOf(asks, ask)
	}
	best := Ask{
		Prover: ask.Prover, Product: ask.Product, Position: ask.Position, Epoch: ask.Epoch, Unopened: ask.Unopened,
		Slots: maxSlots, Capacity: maxSlots, StandUntil: vadium.Forever,
	}
	if bar := s.barOf(asks, &best); bar != BarNone {
		return bar
	}
	return BarSealed
}

// MarketPrice returns what requests of a product cost now: the median of recent clearing prices, else the cheapest ask
// already published.
func (s *State) MarketPrice(product auction.Product, now vadium.Time) (vadium.Amount, bool) {
	book := s.books.get(product)
	if book == nil {
		return vadium.Amount{}, false
	}
	if median, ok := book.Index.Recent(now, s.params().IndexAge).Quantile(vadium.BpsOne / 2); ok {
		return median, true
	}
	cheapest, known := vadium.Amount{}, false
	for _, ask := range book.Asks {
		if ask.Epoch < s.market.Epoch && !ask.Unopened && !now.After(ask.StandUntil) && (!known || ask.Price.Less(cheapest)) {
			cheapest, known = ask.Price, true
		}
	}
	return cheapest, known
}
