package marketplace

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// commit blinds an ask until its epoch ends: the hash of the ask with its salt.
func (a Ask) commit() vadium.Digest {
	a.Commitment = vadium.Digest{}
	encoded, err := rlp.EncodeToBytes(&a)
	if err != nil {
		panic(fmt.Sprintf("invariant: an ask always encodes: %v", err))
	}
	return vadium.HashParts("vadium/ask/v1", encoded)
}

// Standing is one ask of a clearing with everything that decides whether it may win.
type Standing struct {
	Ask        Ask           `json:"ask"`
	Multiplier vadium.Bps    `json:"multiplierBps"`
	Running    uint32        `json:"running"` // assignments of this product that have not ended
	Busy       uint32        `json:"busy"`    // the same over all products
	Free       vadium.Amount `json:"free"`    // in the asset of the prover's vault
	Bar        Bar           `json:"bar,omitempty"`
}

// Bar is why an ask may not win. The zero value is no bar.
type Bar string

// Bars, in the order they are looked at.
const (
	BarNone      Bar = ""
	BarState     Bar = "the prover is not active: suspended, jailed, excluded, leaving or out"
	BarTooNew    Bar = "the ask came after the request, and its epoch has not ended"
	BarLapsed    Bar = "the ask has lapsed"
	BarNotServed Bar = "the prover does not serve the program"
	BarExcluded  Bar = "the requester excludes the prover"
	BarOwn       Bar = "the requester cannot prove for itself"
	BarTried     Bar = "the prover was assigned this request before"
	BarPrice     Bar = "the ask is above the reserve"
	BarBusy      Bar = "all of the prover's slots are busy"
	BarStake     Bar = "the prover's free stake does not back the request"
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
)

// Standings returns every ask of the request's product as a clearing at now sees it. A backup has until the end of
// grace.
func (s *State) Standings(r *Request, now vadium.Time, backup bool) []Standing {
	book := s.books.get(r.Product)
	if book == nil {
		return nil
	}
	asks := s.demandOf(r, now, backup)
	standings := make([]Standing, 0, len(book.Asks))
	for _, ask := range book.Asks {
		p, v := s.provers.get(ask.Prover), s.VaultOf(ask.Prover)
		st := Standing{Ask: *ask, Multiplier: s.multiplierFor(&asks, p), Bar: s.bar(&asks, ask, p, v)}
		if v != nil {
			st.Free = s.FreeIn(v, now)
		}
		st.Running, st.Busy = p.running(r.Product)
		standings = append(standings, st)
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
}

func (s *State) demandOf(r *Request, now vadium.Time, backup bool) demand {
	d := demand{Request: r, now: now, last: r.Deadline, listing: s.programs.get(r.Program), minJunior: s.terms(r).MinJunior}
	if backup {
		d.last = r.GraceEnd
	}
	d.lock.Amount, d.lock.DamageCap = lockFor(r, backup)
	d.worth = d.lock.Amount
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
	case !serves:
		return BarNotServed
	case ask.Prover == r.Requester:
		return BarOwn
	case slices.Contains(r.Deny, ask.Prover), len(r.Allow) > 0 && !slices.Contains(r.Allow, ask.Prover):
		return BarExcluded
	case slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.Prover == ask.Prover }):
		return BarTried
	case r.Reserve.Less(ask.Price):
		return BarPrice
	case !p.free(ask):
		return BarBusy
	case v != nil && v.Asset != ownAsset && s.barAcross(r, v) != BarNone:
		return s.barAcross(r, v)
	case v == nil || v.Asset == ownAsset && (s.juniorShort(v, r.minJunior, r.now) || !v.CanLock(r.now, r.lock)):
		return BarStake
	case !s.mayTake(v, r.now):
		return BarCalled
	case v.Asset == ownAsset && !soundWith(v, r.lock.DamageCap):
		return BarCorruptible
	case !s.spread(r, p, v):
		return BarConcentrated
	case r.now.Add(ask.ETA).After(r.last):
		return BarTooSlow
	}
	return BarNone
}

// multiplier returns what a prover's asks are multiplied with when they are compared: its history, never its price.
func (p *Prover) multiplier(now vadium.Time) vadium.Bps {
	worst := uint64(auction.WorstMultiplier - auction.BestMultiplier)
	return auction.BestMultiplier + vadium.Bps(min(p.marksAt(now), worst))
}

// Multiplier returns the factor a prover's asks are compared with at now: 10,000 to 15,000.
func (s *State) Multiplier(prover vadium.Account, now vadium.Time) vadium.Bps {
	if p := s.provers.get(prover); p != nil {
		return p.multiplier(now)
	}
	return auction.BestMultiplier
}

// clear runs the auction for a request. position is the journal position of the event that will record the outcome. The
// outcome is that of [auction.Clear] over every ask without a bar; only those are looked at that can matter to it.
func (s *State) clear(best *auction.Shortlist, r *Request, now vadium.Time, position uint64, backup bool) (auction.Clearing, bool) {
	asks := s.demandOf(r, now, backup)
	best.Begin(r.Reserve, int(s.terms(r).Backups))
	for ask, ordered := range s.offersFor(r.Product) {
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
	var candidates []auction.Candidate
	for _, st := range s.Standings(r, now, backup) {
		if st.Bar == BarNone {
			candidates = append(candidates, auction.Candidate{
				Prover: st.Ask.Prover, Price: st.Ask.Price, Multiplier: st.Multiplier,
				Rank: auction.Rank(s.market.Seed, position, st.Ask.Prover),
			})
		}
	}
	return auction.Clear(r.Reserve, candidates, int(s.terms(r).Backups))
}

// Recheck re-runs the clearing that record reports, on the state just before the record, and returns every ask with
// what decided its fate. The error says how the record differs from the rule; nil means that the clearing was right.
// With public records replayed up to here (asks are public once their epoch has ended), anyone can do it.
func (s *State) Recheck(record Record) ([]Standing, auction.Clearing, error) {
	var id vadium.RequestID
	var attempt Attempt
	var ranked []auction.Award
	var cleared, backup bool
	switch e := record.Event.(type) {
	case *RequestAssigned:
		id, attempt, ranked, cleared = e.Request, e.Attempt, e.Ranked, e.Cleared
	case *BackupActivated:
		id, attempt, ranked, cleared, backup = e.Request, e.Attempt, e.Ranked, e.Cleared, true
	default:
		return nil, auction.Clearing{}, fmt.Errorf("record %d is no clearing but %s", record.Seq, KindOf(record.Event))
	}
	r := s.requests.get(id)
	if r == nil {
		return nil, auction.Clearing{}, fmt.Errorf("record %d assigns request %v, which does not exist there", record.Seq, id)
	}
	if !cleared {
		return nil, auction.Clearing{}, s.recheckRanked(r, attempt, record.At, backup)
	}
	standings := s.Standings(r, record.At, backup)
	for _, st := range standings {
		if st.Ask.commit() != st.Ask.Commitment {
			return standings, auction.Clearing{}, fmt.Errorf("the published ask of %v is not the one it was committed to", st.Ask.Prover)
		}
	}
	clearing, won := s.clearAll(r, record.At, record.Seq, backup)
	if !won {
		return standings, clearing, fmt.Errorf("record %d assigns %v to %v, yet no ask was eligible", record.Seq, id, attempt.Prover)
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

// RecheckRecord checks what else a public record says against the rules, on the state just before it: that a request's
// reserve follows from the price index, and that an epoch's tie seed is the one it was committed to. Other records pass.
func (s *State) RecheckRecord(record Record) error {
	switch e := record.Event.(type) {
	case *RequestSubmitted:
		r := e.Request
		if want := s.ReserveFor(r.Product, r.MaxFee, record.At); r.Reserve.Cmp(want) != 0 {
			return fmt.Errorf("record %d gives request %v a reserve of %s tokens, the rule gives %s", record.Seq, r.ID, r.Reserve.Tokens(), want.Tokens())
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
	book, asks := s.books.get(r.Product), s.demandOf(r, at, backup)
	for _, award := range r.Ranked {
		if award.Prover == attempt.Prover {
			if award.Payment.Cmp(attempt.Price) != 0 {
				return fmt.Errorf("backup %v was promised %s tokens and is assigned at %s", attempt.Prover, award.Payment.Tokens(), attempt.Price.Tokens())
			}
			return nil
		}
		if i, stands := book.ask(award.Prover); stands && s.eligible(&asks, book.Asks[i], s.provers.get(award.Prover)) {
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
	if len(r.Ranked) > 0 {
		book, asks := d.Book(r.Product), d.demandOf(r, d.now, backup)
		for _, award := range r.Ranked {
			if i, stands := book.ask(award.Prover); stands && d.eligible(&asks, book.Asks[i], d.provers.get(award.Prover)) {
				return award, nil, false, true
			}
		}
	}
	clearing, won := d.clear(&d.shortlist, r, d.now, d.market.Seq+1, backup)
	return clearing.Winner, clearing.Backups, true, won
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
	if backup {
		book := d.Book(r.Product)
		i, _ := book.ask(award.Prover)
		own := d.now.Add(d.terms(r).AcceptWindow).Add(book.Asks[i].ETA)
		a.Deadline = max(r.Deadline, own.Earliest(r.GraceEnd))
		a.AcceptBy = d.now.Add(d.terms(r).AcceptWindow).Earliest(r.GraceEnd)
	}
	a.Floor = d.terms(r).floorFor(a.GraceEnd.Sub(d.now))
	return a, lock.Across
}

func (d *draft) lockStake(r *Request, a Attempt, index uint32, across risk.Exposure) {
	d.emit(&StakeLocked{a.Vault, vaults.Lock{Request: r.ID, Attempt: index, Amount: a.Lock, DamageCap: a.DamageCap, Across: across}})
}

// assignNext assigns an open request and reports whether someone could be found.
func (d *draft) assignNext(id vadium.RequestID) bool {
	if d.market.Paused {
		return false // it waits, and is looked at when the pause ends
	}
	r := d.Request(id)
	award, ranked, cleared, found := d.choose(r, false)
	if !found {
		return false
	}
	index := uint32(len(r.Attempts))
	a, across := d.attemptFor(r, award, 0)
	a.Tells = d.tells(r, award, cleared)
	d.emit(&RequestAssigned{Request: id, Index: index, Attempt: a, Cleared: cleared, Ranked: ranked})
	d.lockStake(d.Request(id), a, index, across)
	return true
}

// tells reports whether an award's price, once the prover has earned it, says what the market pays. Wash trading: only
// clearings that anyone could win, of a program that the operator lists, whose price a rival's ask set.
func (d *draft) tells(r *Request, award auction.Award, cleared bool) bool {
	return cleared && !award.Alone && len(r.Allow) == 0 && len(r.Deny) == 0 && award.PriceSetter != r.Requester &&
		d.programs.get(r.Program).Class == vadium.KeysOperator
}

// activateBackup lets a backup run beside the primary at index root, if someone can.
func (d *draft) activateBackup(id vadium.RequestID, root uint32) {
	if d.market.Paused {
		return // it waits, and is looked at when the pause ends
	}
	r := d.Request(id)
	award, ranked, cleared, found := d.choose(r, true)
	if !found {
		return
	}
	index := uint32(len(r.Attempts))
	a, across := d.attemptFor(r, award, root+1)
	d.emit(&BackupActivated{Request: id, Index: index, Attempt: a, Cleared: cleared, Ranked: ranked})
	d.lockStake(d.Request(id), a, index, across)
}

// Explain says in one sentence why nobody takes a request now, from how many asks each bar kept out, and what such
// requests cost: the median of recent clearing prices, or the cheapest published ask that could take it but for its
// price; zero if neither is known.
func (s *State) Explain(r *Request, now vadium.Time) (reason string, marketPrice vadium.Amount) {
	standings := s.Standings(r, now, false)
	marketPrice, _ = s.MarketPrice(r.Product, now)
	if len(standings) == 0 {
		return fmt.Sprintf("no prover asks for %v requests now", r.Product), marketPrice
	}
	var counts []string
	for _, bar := range []Bar{BarPrice, BarStake, BarUnpriced, BarSecurity, BarCalled, BarCorruptible, BarConcentrated, BarBusy, BarState, BarTooSlow, BarTooNew, BarLapsed, BarNotServed, BarExcluded, BarOwn, BarTried} {
		n := 0
		for _, st := range standings {
			if st.Bar == bar {
				n++
			}
		}
		if n > 0 {
			counts = append(counts, fmt.Sprintf("%d of %d: %s", n, len(standings), bar))
		}
	}
	var b bytes.Buffer
	for i, c := range counts {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c)
	}
	return b.String(), marketPrice
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
		if ask.Epoch < s.market.Epoch && !now.After(ask.StandUntil) && (!known || ask.Price.Less(cheapest)) {
			cheapest, known = ask.Price, true
		}
	}
	return cheapest, known
}
