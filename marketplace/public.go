package marketplace

import (
	"slices"

	"vadium"
)

// Public returns the copy of a record that everyone may see, given the market as it is now: asks placed in the ask epoch
// that is still open show only their commitment, and tie seeds of epochs that have not ended show only theirs. Once an
// epoch has ended its records are shown whole, so anyone can replay the journal from genesis and re-run every clearing; all but the
// prices of asks that are never opened, in whose place a proof of each clearing is published.
// The journal holds no inputs and no proofs, only their digests.
func Public(r Record, s *State) Record {
	ended := func(epoch uint64) bool { return epoch < s.market.Epoch }
	switch e := r.Event.(type) {
	case *RequestAssigned:
		if r.Seq >= s.market.EpochFrom { // what backups would be paid tells what others ask
			hidden := *e
			hidden.Ranked = nil
			r.Event = &hidden
		}
	case *BackupActivated:
		if r.Seq >= s.market.EpochFrom {
			hidden := *e
			hidden.Ranked = nil
			r.Event = &hidden
		}
	case *BatchCleared:
		if r.Seq >= s.market.EpochFrom {
			hidden := *e
			hidden.Orders, hidden.Offers, hidden.Sealed = nil, nil, true
			r.Event = &hidden
		} else if e.Unopened {
			shown := *e
			shown.Offers = e.withheld()
			r.Event = &shown
		}
	case *AskPlaced:
		switch {
		case !ended(e.Ask.Epoch):
			r.Event = &AskPlaced{Sealed: true, Ask: e.Ask.sealed()}
		case e.Ask.Unopened:
			r.Event = &AskPlaced{Ask: e.Ask.withheld()}
		}
	case *AskEpochOpened:
		if !ended(e.Epoch + 1) { // NextSeed belongs to the epoch after the one that opened
			hidden := *e
			hidden.NextSeed = [32]byte{}
			r.Event = &hidden
		}
	case *MarketOpened:
		hidden := *e
		if !ended(1) {
			hidden.Seed = [32]byte{}
		}
		if !ended(2) {
			hidden.NextSeed = [32]byte{}
		}
		r.Event = &hidden
	}
	return r
}

// PublicRequest returns a request as everyone may see it: without its ranked backups, whose payments tell what others
// ask. They are in the public records once the epoch has ended.
func PublicRequest(r *Request) *Request {
	var c Request
	c.copy(r)
	c.Ranked = nil
	return &c
}

// PublicAsk returns an ask as everyone may see it now, and whether its price is among that.
func (s *State) PublicAsk(ask Ask) (Ask, bool) {
	switch {
	case ask.Epoch >= s.market.Epoch:
		return ask.sealed(), false
	case ask.Unopened:
		return ask.withheld(), false
	}
	return ask, true
}

// sealed returns what everyone may see of an ask whose epoch has not ended.
func (a Ask) sealed() Ask {
	return Ask{
		Prover: a.Prover, Product: a.Product, Position: a.Position, Epoch: a.Epoch, Commitment: a.Commitment,
		PriceCommitment: a.PriceCommitment, Unopened: a.Unopened,
	}
}

// StreamedTo reports whether a record concerns a request, for filtered streams: it is about the request, or about several
// of which it is one.
func StreamedTo(e Event, id vadium.RequestID) bool {
	switch e := e.(type) {
	case *BatchCleared:
		return slices.ContainsFunc(e.Served, func(served BatchServed) bool { return served.Request == id })
	case *RequestsRolled:
		return slices.Contains(e.Requests, id)
	}
	about, ok := RequestOf(e)
	return ok && about == id
}

// RequestOf returns the request an event is about, if it is about one.
func RequestOf(e Event) (vadium.RequestID, bool) {
	switch e := e.(type) {
	case *RequestSubmitted:
		return e.Request.ID, true
	case *EscrowLocked:
		return e.Request, true
	case *EscrowRefunded:
		return e.Request, true
	case *RequestAssigned:
		return e.Request, true
	case *BackupActivated:
		return e.Request, true
	case *RequestAccepted:
		return e.Request, true
	case *AssignmentEnded:
		return e.Request, true
	case *HeartbeatReceived:
		return e.Request, true
	case *HeartbeatMissed:
		return e.Request, true
	case *Resigned:
		return e.Request, true
	case *DeliveryReceived:
		return e.Request, true
	case *DeliveryAccepted:
		return e.Request, true
	case *DeliveryRejected:
		return e.Request, true
	case *GraceStarted:
		return e.Request, true
	case *FeeSettled:
		return e.Request, true
	case *SolvingFeePaid:
		return e.Request, true
	case *FaultRecorded:
		return e.Request, true
	case *Slashed:
		return e.Request, true
	case *ActivationCharged:
		return e.Request, true
	case *DeferredSlashed:
		return e.Request, e.Case == 0
	case *RequestClosed:
		return e.Request, true
	case *RequestHastened:
		return e.Request, true
	case *ReserveRaised:
		return e.Request, true
	case *BidCommitted:
		return e.Request, true
	case *BidRevealed:
		return e.Request, true
	case *BondForfeited:
		return e.Request, true
	case *BondReturned:
		return e.Request, true
	case *HedgePaid:
		return e.Request, true
	case *ReservationEnded:
		return e.Request, true
	case *StakeLocked:
		return e.Lock.Request, true
	case *StakeReleased:
		return e.Request, true
	}
	return vadium.RequestID{}, false
}
