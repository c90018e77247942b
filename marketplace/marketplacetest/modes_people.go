package marketplacetest

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// What the people of a simulation do about requests that asks do not decide: requesters choose ramps and sealed bids now and then, provers
// lock, bid, show their bids, forget to, and take what others did not deliver.

// chooseRule lets one immediate request in five be cleared by another rule.
func (s *Simulation) chooseRule(r *marketplace.SubmitRequest) {
	if a := &r.Arrangement; r.Tier.Batch() || a.Hedges > 0 || len(a.Raises) > 0 || !s.chance(5) {
		return
	}
	left := r.Deadline.Sub(s.Now)
	if s.chance(2) || s.outsiders != nil { // an outsider's forfeited bond is no earning by a valid proof
		lock := s.within(vadium.Millisecond, left)
		r.Arrangement.Mechanism = auction.Climbing
		r.Arrangement.Ramp = marketplace.RampTerms{Least: s.some(r.MaxFee), Rise: s.within(0, lock), Lock: lock}
		return
	}
	r.Arrangement.Mechanism = auction.Revealing
	r.Arrangement.Sealed = marketplace.SealedTerms{
		Bidding: s.within(vadium.Second, left/2), Revealing: s.within(vadium.Second, left/2), Bond: vadium.Max(s.State.Params().FeeFloor, s.some(r.MaxFee)),
	}
}

// competeFor lets provers plan what they do about a request that waits for no ask.
func (s *Simulation) competeFor(id vadium.RequestID) {
	r := s.State.Request(id)
	if r == nil || r.Arranged == nil || r.Phase.Final() {
		return
	}
	switch r.Arranged.Mechanism {
	case auction.Climbing:
		ramp := r.Ramp()
		last := ramp.From.Add(ramp.Lock)
		if r.Phase != marketplace.PhaseOpen {
			last = r.GraceEnd
		}
		for _, prover := range s.provers {
			if s.chance(3) {
				s.plan(s.instant(last).Add(s.within(0, 1)), func() { s.lock(prover, id) })
			}
		}
	case auction.Revealing:
		bidding, _ := r.Windows()
		for _, prover := range s.provers {
			if len(r.Attempts) == 0 && s.chance(2) {
				s.plan(s.instant(bidding).Add(s.within(0, 1)), func() { s.bid(prover, id) })
			}
		}
	case auction.Vickrey, auction.OnePrice:
	}
}

func (s *Simulation) lock(prover string, id vadium.RequestID) {
	body := marketplace.LockRequest{Request: id}
	if s.chance(3) {
		body.Least = s.some(s.State.Request(id).MaxFee)
	}
	_, _ = s.do(prover, body)
}

// bid commits to a fee and plans to show it, which honest provers do.
func (s *Simulation) bid(prover string, id vadium.RequestID) {
	fee, salt := s.tokens(0, 12), Salt(fmt.Sprint("bid of ", prover, " for ", id))
	if s.Habits[prover] == Honest {
		fee = s.some(s.State.Request(id).Reserve)
	}
	if _, err := s.do(prover, marketplace.CommitBid{Request: id, Commitment: marketplace.BidCommitment(id, Account(prover), fee, salt)}); err != nil {
		return
	}
	if s.Habits[prover] != Honest && s.chance(3) {
		return
	}
	bidding, revealing := s.State.Request(id).Windows()
	s.plan(bidding.Add(s.within(vadium.Millisecond, revealing.Sub(bidding))), func() {
		_, err := s.do(prover, marketplace.RevealBid{Request: id, Fee: fee, Salt: salt})
		if r := s.State.Request(id); err != nil && s.Habits[prover] == Honest && r.Phase == marketplace.PhaseOpen && !s.State.Market().Paused {
			s.t.Errorf("%s could not show its bid for %s: %s", prover, s.names.of(id), s.Say(err))
		}
	})
}

// CountModes returns how often a ramp was locked, in grace too, how many sealed auctions found a prover, and how many bonds were
// forfeited.
func (s *Simulation) CountModes() (locked, rescued, sealed, forfeited int) {
	for _, r := range s.State.Requests() {
		if r.Arranged == nil || len(r.Attempts) == 0 {
			continue
		}
		switch r.Arranged.Mechanism {
		case auction.Climbing:
			locked++
			for _, a := range r.Attempts {
				if a.Behind > 0 {
					rescued++
				}
			}
		case auction.Revealing:
			sealed++
		case auction.Vickrey, auction.OnePrice:
		}
	}
	for _, record := range s.Journal() {
		if _, ok := record.Event.(*marketplace.BondForfeited); ok {
			forfeited++
		}
	}
	return locked, rescued, sealed, forfeited
}
