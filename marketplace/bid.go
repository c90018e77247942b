package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// Refusals of bids.
const (
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
	Holds      bool           `json:"holds" rlp:"optional"`
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

// Windows returns the last instants in which bids for a request of [auction.Revealing] are committed to, and revealed.
func (r *Request) Windows() (bidding, revealing vadium.Time) {
	terms := r.arrangement().Sealed
	bidding = r.begun().Add(terms.Bidding)
	return bidding, bidding.Add(terms.Revealing)
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
	d.emit(&BidCommitted{Request: r.ID, Prover: by, Commitment: b.Commitment, Bond: bond, Holds: true})
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

func (e *BidCommitted) apply(s *State, _ vadium.Time, _ uint64) {
	h := s.holder(e.Prover)
	h.Balance = h.Balance.MustSub(e.Bond)
	row := s.bids.editOrInsert(e.Request, func() *Bids { return new(Bids) })
	row.Bids = append(slices.Clip(row.Bids), Bid{Prover: e.Prover, Commitment: e.Commitment, Bond: e.Bond, Holds: e.Holds})
	if e.Holds {
		s.holdFor(s.requests.get(e.Request), e.Prover, true)
	}
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

// releaseBond takes a bid out of its auction, and its bond and what was held for it with it.
func (s *State) releaseBond(request vadium.RequestID, prover vadium.Account, bond vadium.Amount) {
	row := s.bids.edit(request)
	i, bid := row.of(prover)
	must(bid && row.Bids[i].Bond == bond, "bonds that are settled are held")
	if row.Bids[i].Holds {
		s.holdFor(s.requests.get(request), prover, false)
	}
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
