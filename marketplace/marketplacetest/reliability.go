package marketplacetest

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

func init() {
	words["scores"] = (*scenario).showScores
	words["rest"] = (*scenario).showPrices
	submitOptions = append(submitOptions, (*scenario).quoted)
}

// showScores prints what is published of a prover's scores.
func (s *scenario) showScores(c *call) error {
	account := s.names.account(c.word())
	shown := 0
	for id, score := range s.State.Scores() {
		if id.Prover != account {
			continue
		}
		r := s.State.Reliability(id, score)
		s.printf("%v success=%dppm inTime=%d late=%d failed=%d silent=%d p50=%d p95=%d penalties=%d lost=%s surcharge=%d multiplier=%d", id.Product,
			r.Success, r.InTime, r.Late, r.Failed, r.Silent, r.WaitP50, r.WaitP95, r.Penalties, r.Lost.Tokens(), r.Surcharge, r.Multiplier)
		shown++
	}
	if shown == 0 {
		s.printf("none")
	}
	return c.done()
}

// showPrices prints what reserves of a product rest on now, and how soon its proofs come: "rest none".
func (s *scenario) showPrices(c *call) error {
	product := s.product(c, c.word())
	text := "prices unknown"
	if median, upper, known := s.State.Prices(product, s.Now); known {
		text = fmt.Sprintf("p50=%s p90=%s", median.Tokens(), upper.Tokens())
	}
	if book := s.State.Book(product); book != nil {
		if p50, known := book.Pace.Quantile(vadium.BpsOne / 2); known {
			p95, _ := book.Pace.Quantile(9_500)
			text += fmt.Sprintf(" times p50=%s p95=%s", Length(p50), Length(p95))
		}
		if inTime, of := book.Pace.Odds(); of > 0 {
			text += fmt.Sprintf(" odds=%d/%d", inTime, of)
		}
	}
	s.printf("%s", text)
	return c.done()
}

// quoted reads what a scenario says of a request's quote: quote=RESERVE, from=AGE ago, of the record before the last or of one
// that is to come (position=later), for another product (for=high), signed by somebody else (by=alice).
func (s *scenario) quoted(c *call, body *marketplace.SubmitRequest) error {
	reserve := c.get("quote", "")
	age, position, tier, by := c.get("age", "0s"), c.get("position", "now"), c.get("for", "none"), c.get("quoted-by", "market")
	if reserve == "" {
		return nil
	}
	product := auction.Product{Tier: body.Tier}
	if err := product.Stake.UnmarshalText([]byte(tier)); err != nil {
		return err
	}
	if l := s.State.Listing(body.Program); l != nil {
		of, _ := l.Product(body.Tier, vadium.Amount{}, vadium.Amount{})
		product.Size = of.Size
	}
	body.Quote = marketplace.Quote{Product: product, Reserve: c.tokens(reserve), At: s.Now.Add(-c.length(age)), Position: s.State.NextSeq() - 1}
	if position == "later" {
		body.Quote.Position++
	}
	body.QuoteHeld = by == "market"
	return nil
}

// quote lets a request rest on what the market quotes now, or, now and then, on what it never signed or signed long ago.
func (s *Simulation) quote(r *marketplace.SubmitRequest) {
	l := s.State.Listing(r.Program)
	if l == nil {
		return
	}
	product, served := l.Product(r.Tier, r.DamageCap, r.MaxFee)
	if !served {
		return
	}
	r.Quote, r.QuoteHeld = s.State.QuoteFor(product, r.MaxFee, s.Now), !s.chance(8)
	if s.chance(8) {
		r.Quote.At = r.Quote.At.Add(-s.within(0, vadium.Minute))
	}
}
