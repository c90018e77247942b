package prover

import (
	"context"
	"crypto/rand"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/prover/pricing"
)

// revealRetry is the longest that the agent waits before it tries again to show a bid, and mostQuickRetries how often it does so
// before it waits a second: half a minute of them, for a clock that is off or a market that is busy.
const (
	revealRetry      = 100 * time.Millisecond
	mostQuickRetries = 300
)

// leastReveal is the shortest window to show a bid in for which the agent bids: time for a clock that is a little off, a
// slow call and the next try. In less, one hiccup costs the bond, which no markup makes up for.
const leastReveal = 2 * vadium.Second

// bid commits to a bid while commitments are taken, and shows it as soon as bids are shown.
func (s *pursuit) bid(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	if r.Phase != marketplace.PhaseOpen || len(r.Attempts) > 0 {
		if s.revealed {
			s.outcomes.add(auction.Revealing, lost)
			s.log.Info("another bid was lower")
		}
		return true, s.end("another prover has it")
	}
	bidding, revealing := r.Windows()
	intent, _ := s.bids.of(s.id)
	now := s.time()
	switch made := intent.Bid != (bid{}); {
	case !made && now.After(bidding):
		return true, s.end("no more bids are taken")
	case !made:
		return s.decide(ctx, r, bidding)
	case !s.committed && !now.After(bidding):
		return s.commit(ctx, r, intent.Bid)
	case !now.After(bidding):
		s.hold(r)
		s.show("has bid", intent.Bid.Fee)
		s.await(ctx, bidding.Add(vadium.Millisecond))
		return false, nil
	case !s.revealed: // whatever the clock says: the market knows until when
		return s.reveal(ctx, r, intent)
	}
	s.hold(r)
	s.show("has shown its bid", intent.Bid.Fee)
	s.pause(ctx, min(max(time.Duration(revealing.Sub(now))*time.Millisecond, time.Second), lookEvery))
	return false, nil
}

// decide decides on a bid and writes it down: the fee at which an ask would stand, and what the operator adds for being alone.
func (s *pursuit) decide(ctx context.Context, r *marketplace.Request, bidding vadium.Time) (done bool, err error) {
	j := s.judge(r)
	if j.hopeless {
		return true, s.drop(j)
	}
	s.rate(j.prospect)
	if j.barred {
		s.show(j.bar, j.ask.Price)
		s.await(ctx, bidding.Add(vadium.Millisecond))
		return false, nil
	}
	if !s.claim(j.held) {
		s.pause(ctx, time.Second)
		return false, nil
	}
	s.lookAtAsks() // they keep off what the bid takes
	var salt vadium.Salt
	rand.Read(salt[:]) // never fails: crypto/rand ends the process instead
	// From here the bid stands: whatever happens, it is shown, because its bond is lost if it is not.
	return false, s.note(entry{Step: stepCommit, Fee: s.fee(r, j.ask), Salt: salt})
}

// fee returns what to bid where an ask would be this.
func (s *pursuit) fee(r *marketplace.Request, ask pricing.Ask) vadium.Amount {
	return vadium.Min(ask.Price.BpsUp(vadium.BpsOne+s.settings().SealedMarkup), r.Reserve)
}

// bidBar returns why nothing is bid for a request for which an ask would be this, if nothing is.
func (s *pursuit) bidBar(r *marketplace.Request, ask pricing.Ask, held promise) (bar string) {
	bidding, revealing := r.Windows()
	switch {
	case s.time().After(bidding):
		return "no more bids are taken"
	case r.Reserve.Less(ask.Price):
		return "it never pays what it costs here"
	case revealing.Sub(bidding) < leastReveal:
		return "its bids are shown in too short a time"
	case vadium.Max(held.lock, s.fee(r, ask)).Less(r.Arranged.Sealed.Bond):
		return "its bond is more than the request would put at risk"
	case revealing.Add(ask.ETA).After(r.Deadline):
		return "too late to deliver by then"
	}
	return ""
}

// commit sends the commitment, again after a crash: the market refuses one it has.
func (s *pursuit) commit(ctx context.Context, r *marketplace.Request, b bid) (done bool, err error) {
	s.hold(r)
	s.show("bidding", b.Fee)
	_, err = s.market.CommitBid(ctx, s.id, marketplace.BidCommitment(s.id, s.account, b.Fee, b.Salt))
	kind, refused := refusal(err)
	switch {
	case err == nil:
		s.log.Info("bid", "fee", b.Fee.Tokens(), "bond", r.Arranged.Sealed.Bond.Tokens())
	case !refused:
		s.pause(ctx, time.Second)
		return false, nil
	case kind != marketplace.ErrBidExists && kind != marketplace.ErrOutsideWindow: // an earlier life's
		s.outcomes.add(auction.Revealing, lost)
		s.log.Info("a bid is not taken", "fee", b.Fee.Tokens(), "reason", err)
		return true, s.end("the market does not want the bid")
	}
	s.committed = true
	return false, nil
}

// reveal shows the bid, whatever has become of stake and slots: only that brings the bond back.
func (s *pursuit) reveal(ctx context.Context, r *marketplace.Request, i intent) (done bool, err error) {
	s.hold(r)
	s.show("showing its bid", i.Bid.Fee)
	if !i.Revealing {
		if err := s.note(entry{Step: stepReveal}); err != nil {
			return true, err
		}
	}
	_, err = s.market.RevealBid(ctx, marketplace.RevealBid{Request: s.id, Fee: i.Bid.Fee, Salt: i.Bid.Salt})
	kind, _ := refusal(err)
	switch {
	case err == nil || kind == marketplace.ErrBidRevealed:
		s.revealed = true
	case kind == marketplace.ErrBidUnknown || kind == marketplace.ErrBidMismatch:
		s.outcomes.add(auction.Revealing, lost)
		s.log.Warn("a bid cannot be shown", "fee", i.Bid.Fee.Tokens(), "error", err)
		return true, s.end("the market does not have the bid")
	default: // too early, too late, or not now: whether the request is still open is in what is read next
		s.retry(ctx)
	}
	return false, nil
}

// retry waits after a call that was not answered, or not taken now. While a bid is to be shown that is never long: its bond is
// lost with the window. A market that does not get on with the request at all is asked less often.
func (s *pursuit) retry(ctx context.Context) {
	intent, _ := s.bids.of(s.id)
	bidding, _ := s.request.Windows()
	if intent.Bid == (bid{}) || s.revealed || s.retries >= mostQuickRetries || s.request.ID == s.id && !s.time().After(bidding) {
		s.pause(ctx, time.Second)
		return
	}
	s.pause(ctx, min(earlyWait<<min(s.retries, 10), revealRetry))
	s.retries++
}
