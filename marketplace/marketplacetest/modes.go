package marketplacetest

import (
	"fmt"
	"maps"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// Words about requests that asks do not decide: ramps that provers lock, and sealed bids.
func init() {
	maps.Copy(words, map[string]func(*scenario, *call) error{
		"lock": onRequest(func(r vadium.RequestID, c *call) marketplace.Body {
			return marketplace.LockRequest{Request: r, Least: c.tokens(c.get("least", "0"))}
		}),
		"bid": (*scenario).commitBid, "show": (*scenario).showBid, "why": (*scenario).showWhy,
	})
	submitOptions = append(submitOptions, (*scenario).arrangeMode)
}

// arrangeMode reads mechanism=ramp least= rise= lock= and mechanism=sealed bidding= revealing= bond=.
func (s *scenario) arrangeMode(c *call, body *marketplace.SubmitRequest) error {
	if named := c.get("mechanism", ""); named != "" {
		c.fail(body.Arrangement.Mechanism.UnmarshalText([]byte(named)))
	}
	length := func(name string) vadium.Duration { return c.length(c.get(name, "0s")) }
	body.Arrangement.Ramp = marketplace.RampTerms{Least: c.tokens(c.get("least", "0")), Rise: length("rise"), Lock: length("lock")}
	body.Arrangement.Sealed = marketplace.SealedTerms{Bidding: length("bidding"), Revealing: length("revealing"), Bond: c.tokens(c.get("bond", "0"))}
	return nil
}

// feeAndSalt reads a fee and salt=NAME, or salt=zero.
func (s *scenario) feeAndSalt(c *call, by string) (vadium.Amount, vadium.Salt) {
	fee, name := c.tokens(c.word()), c.get("salt", "bid of "+by)
	if name == "zero" {
		return fee, vadium.Salt{}
	}
	return fee, Salt(name)
}

// commitBid commits to a fee, or with copied=PROVER to what that prover committed to.
func (s *scenario) commitBid(c *call) error {
	by, request := c.word(), s.requestID(c)
	fee, salt := s.feeAndSalt(c, by)
	of := s.names.account(c.get("copied", by))
	return s.send(c, by, marketplace.CommitBid{Request: request, Commitment: marketplace.BidCommitment(request, of, fee, salt)})
}

func (s *scenario) showBid(c *call) error {
	by, request := c.word(), s.requestID(c)
	fee, salt := s.feeAndSalt(c, by)
	return s.send(c, by, marketplace.RevealBid{Request: request, Fee: fee, Salt: salt})
}

// showWhy prints why nobody takes a request.
func (s *scenario) showWhy(c *call) error {
	r, known := s.request(c.word())
	if !known {
		return fmt.Errorf("there is no such request")
	}
	reason, _ := s.State.Explain(r, s.Now)
	s.printf("%s", reason)
	return c.done()
}

// modeInstant is an instant of a request's ramp or windows: its last, each.
func modeInstant(r *marketplace.Request, name string) (vadium.Time, bool) {
	bidding, revealing := r.Windows()
	ramp := r.Ramp()
	t, known := map[string]vadium.Time{
		"ramp": ramp.From, "rise-end": ramp.From.Add(ramp.Rise), "lock-end": ramp.From.Add(ramp.Lock), "bidding-end": bidding, "revealing-end": revealing,
	}[name]
	return t, known
}

// mode writes what a request arranges about how it is cleared.
func (l *line) mode(r *marketplace.Request) *line {
	if r.Arranged == nil {
		return l
	}
	switch a := r.Arranged; a.Mechanism {
	case auction.Climbing:
		l.say("ramp from=%s rise=%s lock=%s", a.Ramp.Least.Tokens(), Length(a.Ramp.Rise), Length(a.Ramp.Lock))
	case auction.Revealing:
		l.say("sealed bidding=%s revealing=%s bond=%s", Length(a.Sealed.Bidding), Length(a.Sealed.Revealing), a.Sealed.Bond.Tokens())
	case auction.Vickrey, auction.OnePrice:
	}
	return l
}

// describeMode writes the events of sealed bids.
func (w *World) describeMode(l *line, event marketplace.Event) bool {
	switch e := event.(type) {
	case *marketplace.BidCommitted:
		l.request(e.Request).who(e.Prover).amount("bond", e.Bond)
	case *marketplace.BidRevealed:
		l.request(e.Request).who(e.Prover).say("fee=%s", e.Fee.Tokens())
	case *marketplace.BondForfeited:
		l.request(e.Request).who(e.Prover).say("%s", e.Amount.Tokens())
	case *marketplace.BondReturned:
		l.request(e.Request).who(e.Prover).say("%s", e.Amount.Tokens())
	default:
		return false
	}
	return true
}
