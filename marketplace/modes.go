package marketplace

import (
	"fmt"

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

// Refusals of locks and bids alike.
const (
	// ErrOtherMechanism: the request is not cleared by the rule that the command belongs to.
	ErrOtherMechanism = vadium.Kind("request-of-another-mechanism")
	// ErrProverBarred: the prover may not be assigned the request; the message says why.
	ErrProverBarred = vadium.Kind("prover-barred")
)

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

// begun is when the windows of a request begin: at its submission, or later by what outages and pauses took since.
func (r *Request) begun() vadium.Time { return r.Submitted.Add(r.Moved) }

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
	if book := s.books.get(r.soughtIn()); book != nil {
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
		st.Running, st.Busy = p.running(ask.Product)
		own := asks.holds(ask.Prover)
		st.Running, st.Busy = st.Running-own, st.Busy-own
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
