package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// The rules of other markets that a requester may choose because it knows them: a price that climbs until a prover locks the
// request (Boundless), and sealed bids that are committed to and then revealed (Brevis). Neither looks at asks, and neither's
// prices enter the price index.

// Refusals of a request's mechanism.
const (
	// ErrMechanismUnknown: there is no such mechanism.
	ErrMechanismUnknown = vadium.Kind("mechanism-unknown")
	// ErrMechanismTier: the tier does not clear by the mechanism: a ramp and sealed bids are for one request at once, one price for all
	// is for a batch.
	ErrMechanismTier = vadium.Kind("mechanism-not-in-tier")
	// ErrMechanismTerms: the terms of the mechanism are out of range, or they are another mechanism's.
	ErrMechanismTerms = vadium.Kind("mechanism-terms")
)

// Refusals of locks and bids.
const (
	// ErrOtherMechanism: the request is not cleared by the rule that the command belongs to.
	ErrOtherMechanism = vadium.Kind("request-of-another-mechanism")
	// ErrRequestLocked: another prover has the request, or runs beside the one that had it.
	ErrRequestLocked = vadium.Kind("request-locked")
	// ErrPriceBelowLeast: the price is less than the least that the prover said it would take.
	ErrPriceBelowLeast = vadium.Kind("price-below-least")
	// ErrProverBarred: the prover may not be assigned the request; the message says why.
	ErrProverBarred = vadium.Kind("prover-barred")
	// ErrOutsideWindow: bids are not committed to, or not shown, at this time.
	ErrOutsideWindow = vadium.Kind("outside-window")
	// ErrBidExists: the prover has bid for the request before.
	ErrBidExists = vadium.Kind("bid-exists")
	// ErrBidUnknown: the prover has not committed to a bid for the request.
	ErrBidUnknown = vadium.Kind("bid-unknown")
	// ErrBidRevealed: the bid was shown before.
	ErrBidRevealed = vadium.Kind("bid-already-revealed")
	// ErrBidMismatch: fee and salt are not those that were committed to.
	ErrBidMismatch = vadium.Kind("bid-not-as-committed")
	// ErrBidTooHigh: the bid is above the request's reserve.
	ErrBidTooHigh = vadium.Kind("bid-above-reserve")
	// ErrSaltZero: the bid was committed to without a salt, so that anybody could try fees until one fits.
	ErrSaltZero = vadium.Kind("bid-salt-zero")
	// ErrTooManyBids: the request has as many bids as one may have.
	ErrTooManyBids = vadium.Kind("too-many-bids")
	// ErrBidsShown: bids for the request are being shown, so that it can no longer be cancelled.
	ErrBidsShown = vadium.Kind("bids-shown")
)

// MaxBids bounds the bids for one request; its clearing looks at each.
const MaxBids = 256

// minWindow is the least time in which bids are committed to, and revealed: less than that is a race.
const minWindow = vadium.Second

// Bid is a bid for one request.
type Bid struct {
	Prover     vadium.Account `json:"prover"`
	Commitment vadium.Digest  `json:"commitment"`
	Bond       vadium.Amount  `json:"bond"`
	Revealed   bool           `json:"revealed"`
	Fee        vadium.Amount  `json:"fee"`
}

// Bids are those for one request whose bonds are held, in the order of commitment; never changed in place.
type Bids struct {
	Bids []Bid
}

// of returns the place of a prover's bid.
func (b *Bids) of(prover vadium.Account) (int, bool) {
	if b == nil {
		return 0, false
	}
	i := slices.IndexFunc(b.Bids, func(bid Bid) bool { return bid.Prover == prover })
	return i, i >= 0
}

// BidCommitment returns what a prover sends before it shows its bid: SHA-256 over the request, the prover, the fee and a salt of
// 32 random bytes. A copy of somebody else's is worth nothing, because it opens for its prover alone; and without the salt nobody can
// tell the fee by trying.
func BidCommitment(request vadium.RequestID, prover vadium.Account, fee vadium.Amount, salt vadium.Salt) vadium.Digest {
	amount := fee.Bytes32()
	return vadium.HashParts("vadium/bid/v1", request[:], prover[:], amount[:], salt[:])
}

// checkMode checks what a request says about the rule it is cleared by.
func (d *draft) checkMode(b *SubmitRequest) error {
	a := &b.Arrangement
	if a.Mechanism == auction.Vickrey && a.Ramp == (RampTerms{}) && a.Sealed == (SealedTerms{}) {
		return nil
	}
	terms := func(format string, args ...any) error {
		return fmt.Errorf(format+": %w", append(args, ErrMechanismTerms)...)
	}
	alone := a.Mechanism == auction.Climbing || a.Mechanism == auction.Revealing
	switch {
	case !a.Mechanism.Known():
		return fmt.Errorf("%v: %w", a.Mechanism, ErrMechanismUnknown)
	case alone && b.Tier.Batch():
		return fmt.Errorf("%v requests are cleared together, choose %v for %v: %w", b.Tier, auction.Immediate, a.Mechanism, ErrMechanismTier)
	case a.Mechanism == auction.OnePrice && !b.Tier.Batch():
		return fmt.Errorf("%v requests are cleared alone, choose %v or %v for one price: %w", b.Tier, auction.Standard, auction.Bulk, ErrMechanismTier)
	case a.Mechanism != auction.Climbing && a.Ramp != (RampTerms{}):
		return terms("the mechanism is %v, leave the ramp out or choose %v", a.Mechanism, auction.Climbing)
	case a.Mechanism != auction.Revealing && a.Sealed != (SealedTerms{}):
		return terms("the mechanism is %v, leave windows and bond out or choose %v", a.Mechanism, auction.Revealing)
	case alone && len(a.Raises) > 0:
		return terms("the reserve is where a %v ends, leave its schedule out", a.Mechanism)
	case a.Mechanism == auction.Climbing && a.Hedges > 0:
		return terms("nobody is ranked behind who locks a ramp, leave hedges out")
	}
	if a.Mechanism == auction.Climbing {
		return d.checkRamp(b)
	}
	if a.Mechanism == auction.Revealing {
		return d.checkSealed(b)
	}
	return nil
}

// begins returns how long from now the fastest prover has to have begun.
func (d *draft) begins(b *SubmitRequest) vadium.Duration {
	fastest, _, _ := d.Listing(b.Program).MinProving()
	return b.Deadline.Sub(d.now) - fastest
}

func (d *draft) checkRamp(b *SubmitRequest) error {
	ramp, most := b.Arrangement.Ramp, d.begins(b)
	switch {
	case b.MaxFee.Less(ramp.Least):
		return fmt.Errorf("the ramp begins at %s tokens, above the maximal fee of %s: %w", ramp.Least.Tokens(), b.MaxFee.Tokens(), ErrMechanismTerms)
	case ramp.Rise < 0 || ramp.Lock < max(ramp.Rise, vadium.Millisecond):
		return fmt.Errorf("the price climbs for %d ms and can be locked for %d, which has to be as long and 1 at least: %w", ramp.Rise, ramp.Lock, ErrMechanismTerms)
	case ramp.Lock > most:
		return fmt.Errorf("the ramp can be locked for %d ms, the fastest prover has to begin within %d (move the deadline): %w", ramp.Lock, most, ErrMechanismTerms)
	}
	return nil
}

func (d *draft) checkSealed(b *SubmitRequest) error {
	sealed, most := b.Arrangement.Sealed, d.begins(b)
	switch floor := d.params().FeeFloor; {
	case sealed.Bidding < minWindow || sealed.Revealing < minWindow:
		return fmt.Errorf("bids are taken for %d ms and revealed for %d, %d is the least: %w", sealed.Bidding, sealed.Revealing, minWindow, ErrMechanismTerms)
	case sealed.Bidding >= most || sealed.Revealing >= most-sealed.Bidding: // it is cleared a millisecond later
		return fmt.Errorf("windows of %d and %d ms end too late, the fastest prover has to begin within %d (move the deadline): %w",
			sealed.Bidding, sealed.Revealing, most, ErrMechanismTerms)
	case sealed.Bond.Less(floor) || b.MaxFee.Less(sealed.Bond):
		return fmt.Errorf("the bond is %s tokens, it lies between %s and the maximal fee of %s: %w", sealed.Bond.Tokens(), floor.Tokens(), b.MaxFee.Tokens(), ErrMechanismTerms)
	}
	return nil
}

// checkReserve checks that a ramp does not begin above the reserve, where it ends.
func (r *Request) checkReserve() error {
	if r.Arranged != nil && r.Reserve.Less(r.Arranged.Ramp.Least) {
		return fmt.Errorf("the ramp begins at %s tokens, above the reserve of %s (begin lower, or wait until such requests cost more): %w",
			r.Arranged.Ramp.Least.Tokens(), r.Reserve.Tokens(), ErrMechanismTerms)
	}
	return nil
}

// begun is when the windows of a request begin: at its submission, or later by what outages and pauses took since.
func (r *Request) begun() vadium.Time { return r.Submitted.Add(r.Moved) }

// Ramp returns how the price of a request of [auction.Climbing] climbs.
func (r *Request) Ramp() auction.Ramp {
	terms := r.arrangement().Ramp
	return auction.Ramp{Least: terms.Least, Most: r.Reserve, From: r.begun(), Rise: terms.Rise, Lock: terms.Lock}
}

// Windows returns the last instants in which bids for a request of [auction.Revealing] are committed to, and revealed.
func (r *Request) Windows() (bidding, revealing vadium.Time) {
	terms := r.arrangement().Sealed
	bidding = r.begun().Add(terms.Bidding)
	return bidding, bidding.Add(terms.Revealing)
}

// modeLast is the last instant at which a request that is cleared by a rule of its own has nothing due.
func (r *Request) modeLast() vadium.Time {
	switch r.mechanism() {
	case auction.Climbing:
		ramp := r.Ramp()
		return ramp.From.Add(ramp.Lock)
	case auction.Revealing:
		if len(r.Ranked) > 0 {
			return vadium.Forever // they may take it for as long as it can be taken
		}
		_, revealing := r.Windows()
		return revealing
	default:
		return vadium.Forever
	}
}

// byAsks reports whether asks decide who takes the request.
func (r *Request) byAsks() bool {
	return r.Arranged == nil || r.Arranged.Mechanism != auction.Climbing && r.Arranged.Mechanism != auction.Revealing
}

// standIn returns the ask that a prover that locks or bids counts as having: its own price, as fast as it serves the program, and with
// the slots of the ask for the product that it has, if it has one.
func (s *State) standIn(r *Request, prover vadium.Account, price vadium.Amount) *Ask {
	ask := &Ask{Prover: prover, Product: r.Product, Price: price, Slots: maxSlots, Capacity: maxSlots, StandUntil: vadium.Forever}
	if l := s.programs.get(r.Program); l != nil {
		if i, serves := l.server(prover); serves {
			ask.ETA = l.Servers[i].Benchmark
		}
	}
	if book := s.books.get(r.Product); book != nil {
		if i, stands := book.ask(prover); stands {
			ask.Slots, ask.Capacity = book.Asks[i].Slots, book.Asks[i].Capacity
		}
	}
	return ask
}

// askOf returns the ask on which a prover is assigned a request, nil if there is none: the one that stands for it, where asks do not
// decide.
func (s *State) askOf(r *Request, award auction.Award) *Ask {
	if !r.byAsks() {
		return s.standIn(r, award.Prover, award.Payment)
	}
	if book := s.books.get(r.Product); book != nil {
		if i, stands := book.ask(award.Prover); stands {
			return book.Asks[i]
		}
	}
	return nil
}

// standingOf returns an ask with everything that decides whether it may win a request.
func (s *State) standingOf(asks *demand, ask *Ask) Standing {
	p, v := s.provers.get(ask.Prover), s.VaultOf(ask.Prover)
	st := Standing{Ask: *ask, Multiplier: auction.BestMultiplier, Bar: s.bar(asks, ask, p, v)}
	if p != nil {
		st.Multiplier = s.multiplierFor(asks, p)
		st.Running, st.Busy = p.running(asks.Product)
	}
	if v != nil {
		st.Free = s.FreeIn(v, asks.now)
	}
	return st
}

// barOf returns why a prover may not be assigned a request on an ask.
func (s *State) barOf(asks *demand, ask *Ask) Bar {
	return s.bar(asks, ask, s.provers.get(ask.Prover), s.VaultOf(ask.Prover))
}

func barred(prover vadium.Account, bar Bar) error {
	return fmt.Errorf("%v: %s: %w", prover, bar, ErrProverBarred)
}

// ofMechanism finds an open request that is cleared by a mechanism.
func (s *State) ofMechanism(id vadium.RequestID, m auction.Mechanism) (*Request, error) {
	r := s.Request(id)
	switch {
	case r == nil:
		return nil, fmt.Errorf("request %v: %w", id, ErrRequestUnknown)
	case r.mechanism() != m:
		return nil, fmt.Errorf("request %v is cleared by %v, this is for %v: %w", id, r.mechanism(), m, ErrOtherMechanism)
	case r.Phase.Final():
		return nil, fmt.Errorf("request %v is %v: %w", id, r.Phase, ErrRequestOver)
	}
	return r, nil
}

// lockRequest assigns a request whose price climbs to who takes it first, or a backup in its grace.
func (d *draft) lockRequest(by vadium.Account, b LockRequest) error {
	r, err := d.ofMechanism(b.Request, auction.Climbing)
	if err != nil {
		return err
	}
	price, root, backup := r.Ramp().PriceAt(d.now), uint32(0), r.Phase != PhaseOpen
	switch {
	case backup:
		if price, root, err = r.rescue(); err != nil {
			return err
		}
	case d.now.After(r.modeLast()):
		return fmt.Errorf("request %v could be locked until %d: %w", r.ID, r.modeLast(), ErrTooLate)
	}
	if price.Less(b.Least) {
		return fmt.Errorf("request %v is at %s tokens now, you said %s at least: %w", r.ID, price.Tokens(), b.Least.Tokens(), ErrPriceBelowLeast)
	}
	asks := d.demandOf(r, d.now, backup)
	if bar := d.barOf(&asks, d.standIn(r, by, price)); bar != BarNone {
		return barred(by, bar)
	}
	award := auction.Award{Prover: by, Payment: price, Alone: true}
	if backup {
		d.activate(r.ID, root, false, award, nil, true)
	} else {
		d.assignTo(r.ID, award, nil, true)
	}
	return nil
}

// rescue returns what whoever locks a ramp behind a prover that did not deliver is paid from escrow, and for whom it works: nothing
// in its grace, because the rescuer's part of what that prover loses is its pay; the price that was locked, at any time, when the prover is
// excused and loses nothing. There is one rescuer at a time.
func (r *Request) rescue() (price vadium.Amount, root uint32, err error) {
	root = r.root()
	primary := r.Attempts[root]
	switch {
	case r.Phase != PhaseGrace && !(r.Phase == PhaseAccepted && primary.Stage == StageExcused), r.rescued():
		return price, root, fmt.Errorf("request %v is %v: %w", r.ID, r.Phase, ErrRequestLocked)
	case primary.Stage == StageExcused:
		return primary.Price, root, nil
	}
	return price, root, nil
}

// rescued reports whether a backup is at work, or a proof under verification.
func (r *Request) rescued() bool {
	return r.pending() || slices.ContainsFunc(r.Attempts, func(a Attempt) bool {
		return a.Behind > 0 && (a.Stage == StageOffered || a.Stage == StageAccepted && !a.silent())
	})
}

// commitBid takes a bid that nobody can read, and its bond.
func (d *draft) commitBid(by vadium.Account, b CommitBid) error {
	r, err := d.ofMechanism(b.Request, auction.Revealing)
	if err != nil {
		return err
	}
	bidding, revealing := r.Windows()
	row := d.bids.get(r.ID)
	_, before := row.of(by)
	switch {
	case r.Phase != PhaseOpen, d.now.After(bidding):
		return fmt.Errorf("bids for request %v were taken until %d: %w", r.ID, bidding, ErrOutsideWindow)
	case before:
		return fmt.Errorf("prover %v, request %v: %w", by, r.ID, ErrBidExists)
	case row != nil && len(row.Bids) >= MaxBids:
		return fmt.Errorf("%d bids: %w", MaxBids, ErrTooManyBids)
	}
	asks := d.demandOf(r, d.now, false)
	asks.last = asks.last.Add(d.now.Sub(revealing) - vadium.Millisecond) // it has to begin when bids are cleared
	if bar := d.barOf(&asks, d.standIn(r, by, vadium.Amount{})); bar != BarNone {
		return barred(by, bar)
	}
	bond := r.arrangement().Sealed.Bond
	if err := d.requireBalance(by, bond); err != nil {
		return err
	}
	d.emit(&BidCommitted{Request: r.ID, Prover: by, Commitment: b.Commitment, Bond: bond})
	return nil
}

// revealBid takes what was committed to. The bond stays until it is known whether the bid's stake is still there.
func (d *draft) revealBid(by vadium.Account, b RevealBid) error {
	r, err := d.ofMechanism(b.Request, auction.Revealing)
	if err != nil {
		return err
	}
	bidding, revealing := r.Windows()
	row := d.bids.get(r.ID)
	i, bid := row.of(by)
	switch {
	case r.Phase != PhaseOpen, !d.now.After(bidding), d.now.After(revealing):
		return fmt.Errorf("bids for request %v are shown after %d and until %d: %w", r.ID, bidding, revealing, ErrOutsideWindow)
	case !bid:
		return fmt.Errorf("prover %v, request %v: %w", by, r.ID, ErrBidUnknown)
	case row.Bids[i].Revealed:
		return fmt.Errorf("prover %v, request %v: %w", by, r.ID, ErrBidRevealed)
	case BidCommitment(r.ID, by, b.Fee, b.Salt) != row.Bids[i].Commitment:
		return fmt.Errorf("prover %v, request %v: %w", by, r.ID, ErrBidMismatch)
	case b.Salt == (vadium.Salt{}):
		return fmt.Errorf("request %v, draw 32 random bytes for each bid: %w", r.ID, ErrSaltZero)
	case r.Reserve.Less(b.Fee):
		return fmt.Errorf("%s tokens, the reserve of request %v is %s: %w", b.Fee.Tokens(), r.ID, r.Reserve.Tokens(), ErrBidTooHigh)
	}
	d.finish(&BidRevealed{Request: r.ID, Prover: by, Fee: b.Fee, Salt: b.Salt})
	return nil
}

// advanceMode does what is due on a request by the rule that it is cleared by, and reports whether there was anything.
func (d *draft) advanceMode(r *Request) bool {
	if r.byAsks() || !d.now.After(r.modeLast()) {
		return false
	}
	reason, price := d.Explain(r, d.now)
	if d.clearBids(r) {
		return true
	}
	d.closeAt(r.ID, PhaseUnserved, reason, price)
	return true
}

// clearBids assigns a request to the lowest of the bids that were shown, gives their bonds back, or to the insurance what is
// forfeited, and reports whether anybody was assigned.
func (d *draft) clearBids(r *Request) bool {
	row := d.bids.get(r.ID)
	if row == nil {
		return false
	}
	id, bids, position := r.ID, row.Bids, d.market.Seq+1
	standings, clearing, won := d.rankBids(r, d.now, position)
	var winner auction.Revealed
	if i, bid := row.of(clearing.Winner.Prover); bid {
		winner = d.revealed(bids[i], position)
	}
	bonds := make([]Event, len(bids))
	for i, bid := range bids {
		wins := !won || d.revealed(bid, position).Compare(winner) < 0
		if !bid.Revealed || wins && d.broken(r, &standings[i]) {
			bonds[i] = &BondForfeited{Request: id, Prover: bid.Prover, Amount: bid.Bond}
		} else {
			bonds[i] = &BondReturned{Request: id, Prover: bid.Prover, Amount: bid.Bond}
		}
	}
	if won {
		d.assignTo(id, clearing.Winner, clearing.Backups, true)
	}
	for _, bond := range bonds {
		d.emit(bond)
	}
	return won
}

// revealed returns a bid as it is cleared in the record at a position.
func (s *State) revealed(bid Bid, position uint64) auction.Revealed {
	return auction.Revealed{Prover: bid.Prover, Fee: bid.Fee, Rank: auction.Rank(s.market.Seed, position, bid.Prover)}
}

// rankBids runs the auction over the bids of a request that were shown and have no bar. position is the journal position of the event
// that will record the outcome. The standings are those of all bids, in their order.
func (s *State) rankBids(r *Request, now vadium.Time, position uint64) (standings []Standing, clearing auction.Clearing, won bool) {
	row := s.bids.get(r.ID)
	if row == nil {
		return nil, auction.Clearing{}, false
	}
	asks := s.demandOf(r, now, false)
	shown := make([]auction.Revealed, 0, len(row.Bids))
	for _, bid := range row.Bids {
		st := s.standingOf(&asks, s.standIn(r, bid.Prover, bid.Fee))
		if !bid.Revealed {
			st.Bar = BarHidden
		}
		if st.Bar == BarNone {
			shown = append(shown, s.revealed(bid, position))
		}
		standings = append(standings, st)
	}
	clearing, won = auction.RankSealed(r.Reserve, shown, int(s.terms(r).Backups))
	return standings, clearing, won
}

// broken reports whether a bid's prover has not kept what it promised by bidding: to be there when the bids are cleared, with a free slot,
// the stake and the speed that the request takes. What the market or other people did is not its fault.
func (s *State) broken(r *Request, st *Standing) bool {
	switch st.Bar {
	case BarState, BarNotServed, BarBusy, BarStake, BarCalled, BarCorruptible, BarConcentrated:
		return true
	case BarTooSlow: // for when it should have been cleared
		_, revealing := r.Windows()
		return revealing.Add(vadium.Millisecond + st.Ask.ETA).After(r.Deadline)
	default:
		return false
	}
}

// returnBonds gives back the bonds of bids whose request ends before they are cleared.
func (d *draft) returnBonds(r *Request) {
	if r.mechanism() != auction.Revealing {
		return
	}
	if row := d.bids.get(r.ID); row != nil {
		for _, bid := range row.Bids {
			d.emit(&BondReturned{Request: r.ID, Prover: bid.Prover, Amount: bid.Bond})
		}
	}
}

// checkCancel refuses to cancel once bids are being shown: a requester that could would read them for nothing.
func (d *draft) checkCancel(r *Request) error {
	if r.mechanism() != auction.Revealing {
		return nil
	}
	if bidding, _ := r.Windows(); d.now.After(bidding) && d.bids.get(r.ID) != nil {
		return fmt.Errorf("request %v could be cancelled until %d: %w", r.ID, bidding, ErrBidsShown)
	}
	return nil
}

// explainMode says in one sentence why nobody has taken a request that asks do not decide.
func (s *State) explainMode(r *Request, now vadium.Time) string {
	if len(r.Attempts) > 0 && (r.mechanism() == auction.Revealing || now.After(r.modeLast())) {
		return fmt.Sprintf("of the provers it was assigned to, %d, none kept it", len(r.Attempts))
	}
	if r.mechanism() == auction.Climbing {
		ramp := r.Ramp()
		end := ramp.From.Add(ramp.Lock)
		if now.After(end) {
			return fmt.Sprintf("nobody locked it while its price climbed from %s to %s tokens", ramp.Least.Tokens(), ramp.Most.Tokens())
		}
		return fmt.Sprintf("its price has climbed to %s tokens, of %s at most, and nobody has locked it yet", ramp.PriceAt(now).Tokens(), ramp.Most.Tokens())
	}
	bids, shown := 0, 0
	if row := s.bids.get(r.ID); row != nil {
		bids = len(row.Bids)
		for _, bid := range row.Bids {
			if bid.Revealed {
				shown++
			}
		}
	}
	switch bidding, revealing := r.Windows(); {
	case !now.After(bidding):
		return fmt.Sprintf("it takes bids, %d so far", bids)
	case bids == 0:
		return "nobody bid for it"
	case !now.After(revealing):
		return fmt.Sprintf("its bids are being shown, %d of %d so far", shown, bids)
	case shown == 0:
		return fmt.Sprintf("none of its bids was shown, %d in all", bids)
	}
	return fmt.Sprintf("of its bids, %d, %d were shown, and no prover of those can be assigned it", bids, shown)
}

// recheckMode re-runs what assigned a request that asks do not decide: see [State.Recheck].
func (s *State) recheckMode(record Record, r *Request, attempt Attempt, backup bool) (standings []Standing, clearing auction.Clearing, err error) {
	if r.mechanism() == auction.Revealing {
		var won bool
		if standings, clearing, won = s.rankBids(r, record.At, record.Seq); !won || backup {
			err = fmt.Errorf("record %d assigns %v to %v, yet no bid wins it there", record.Seq, r.ID, attempt.Prover)
		}
		return standings, clearing, err
	}
	price := r.Ramp().PriceAt(record.At)
	switch {
	case backup:
		var root uint32
		if price, root, err = r.rescue(); err == nil && attempt.Behind != root+1 {
			err = fmt.Errorf("record %d puts %v behind another than who is to be replaced", record.Seq, attempt.Prover)
		}
	case r.Phase != PhaseOpen, record.At.After(r.modeLast()):
		err = fmt.Errorf("record %d locks request %v, which could not be locked then", record.Seq, r.ID)
	}
	asks := s.demandOf(r, record.At, backup)
	st := s.standingOf(&asks, s.standIn(r, attempt.Prover, price))
	if err == nil && st.Bar != BarNone {
		err = fmt.Errorf("record %d assigns %v to %v, which could not take it: %s", record.Seq, r.ID, attempt.Prover, st.Bar)
	}
	return []Standing{st}, auction.Clearing{Winner: auction.Award{Prover: attempt.Prover, Payment: price, Alone: true}}, err
}

func (e *BidCommitted) apply(s *State, _ vadium.Time, _ uint64) {
	h := s.holder(e.Prover)
	h.Balance = h.Balance.MustSub(e.Bond)
	row := s.bids.editOrInsert(e.Request, func() *Bids { return new(Bids) })
	row.Bids = append(slices.Clip(row.Bids), Bid{Prover: e.Prover, Commitment: e.Commitment, Bond: e.Bond})
}

func (e *BidRevealed) apply(s *State, _ vadium.Time, _ uint64) {
	row := s.bids.edit(e.Request)
	i, bid := row.of(e.Prover)
	must(bid, "bids that are shown were committed to")
	row.Bids = slices.Clone(row.Bids)
	row.Bids[i].Revealed, row.Bids[i].Fee = true, e.Fee
}

func (e *BondForfeited) apply(s *State, _ vadium.Time, _ uint64) {
	s.releaseBond(e.Request, e.Prover, e.Amount)
	s.market.Insurance = s.market.Insurance.MustAdd(e.Amount)
}

func (e *BondReturned) apply(s *State, _ vadium.Time, _ uint64) {
	s.releaseBond(e.Request, e.Prover, e.Amount)
	h := s.holder(e.Prover)
	h.Balance = h.Balance.MustAdd(e.Amount)
}

// releaseBond takes a bid out of its auction, and its bond with it.
func (s *State) releaseBond(request vadium.RequestID, prover vadium.Account, bond vadium.Amount) {
	row := s.bids.edit(request)
	i, bid := row.of(prover)
	must(bid && row.Bids[i].Bond == bond, "bonds that are settled are held")
	if len(row.Bids) == 1 {
		s.bids.remove(request)
	} else {
		row.Bids = slices.Concat(row.Bids[:i], row.Bids[i+1:])
	}
}

// bonds adds up what is held of bids.
func (s *State) bonds() (sum vadium.Amount) {
	for _, row := range s.bids.all() {
		for _, bid := range row.Bids {
			sum = sum.MustAdd(bid.Bond)
		}
	}
	return sum
}

// checkBids: invariant 12, bonds are held for auctions that have not been cleared, one from each bidder, of what the request says.
func (s *State) checkBids() error {
	for id, row := range s.bids.all() {
		r := s.requests.get(id)
		if r == nil || r.mechanism() != auction.Revealing || r.Phase != PhaseOpen && r.Phase != PhaseAssigned || len(r.Attempts) > 1 {
			return fmt.Errorf("invariant 12: bonds are held for request %v, which takes no bids", id)
		}
		if len(row.Bids) == 0 || len(row.Bids) > MaxBids {
			return fmt.Errorf("invariant 12: request %v has %d bids", id, len(row.Bids))
		}
		for i, bid := range row.Bids {
			if first, _ := row.of(bid.Prover); first != i {
				return fmt.Errorf("invariant 12: %v bids twice for request %v", bid.Prover, id)
			}
			if bid.Bond != r.arrangement().Sealed.Bond {
				return fmt.Errorf("invariant 12: the bond of %v for request %v is %v, want %v", bid.Prover, id, bid.Bond, r.arrangement().Sealed.Bond)
			}
			if r.Reserve.Less(bid.Fee) || !bid.Revealed && !bid.Fee.IsZero() {
				return fmt.Errorf("invariant 12: the bid of %v for request %v is %v", bid.Prover, id, bid.Fee)
			}
		}
	}
	return nil
}
