package rpc

import (
	"context"
	"fmt"
	"slices"

	"connectrpc.com/connect"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// Quote implements the service.
func (m marketService) Quote(_ context.Context, req *connect.Request[v1.QuoteRequest]) (*connect.Response[v1.QuoteResponse], error) {
	asked, err := readQuote(req.Msg)
	if err != nil {
		return nil, malformed(err)
	}
	var quote wire.Quote
	now := m.Clock()
	m.Market.View(func(s *marketplace.State) { quote = asked.on(s, max(now, s.Now())) })
	for i := range quote.Tiers {
		tier := &quote.Tiers[i]
		if tier.Signature, err = signing.SignQuote(m.domain, m.Key, tier.Quote); err != nil {
			return nil, fmt.Errorf("sign quote: %w", err)
		}
	}
	answered := &v1.QuoteResponse{Quote: new(v1.Quote)}
	wire.Write(answered.Quote, quote)
	return answer(answered, nil)
}

// asked is a request that somebody considers.
type asked struct {
	program   vadium.ProgramID
	maxFee    vadium.Amount
	damageCap vadium.Amount
	deadline  vadium.Time // 0: as soon as possible
}

func readQuote(m *v1.QuoteRequest) (a asked, err error) {
	if a.program, err = vadium.ParseProgramID(m.GetProgram()); err != nil {
		return a, err
	}
	if a.maxFee, err = vadium.ParseAmount(m.GetMaxFee()); err != nil {
		return a, err
	}
	if m.GetDamageCap() != "" {
		if a.damageCap, err = vadium.ParseAmount(m.GetDamageCap()); err != nil {
			return a, err
		}
	}
	a.deadline = vadium.Time(m.GetDeadlineMs())
	return a, nil
}

// on quotes from public data only: sealed asks would otherwise be no secret.
func (a asked) on(s *marketplace.State, now vadium.Time) wire.Quote {
	var q wire.Quote
	listing := s.Listing(a.program)
	if listing != nil {
		q.Provers = uint32(len(listing.Servers))
		q.MinProving, _, _ = listing.MinProving()
		q.StakeAvailable = stakeOf(s, listing, now)
	}
	if listing != nil && q.Provers > 0 {
		q.Product, _ = listing.Product(auction.Immediate, a.damageCap, a.maxFee)
		q.Reserve = s.ReserveFor(q.Product, a.maxFee, now)
		q.MarketPrice, _ = s.MarketPrice(q.Product, now)
		if book := s.Book(q.Product); book != nil {
			quoteBook(&q, s, book, listing, now)
		}
		for tier := auction.Immediate; tier <= auction.Bulk; tier++ {
			q.Tiers = append(q.Tiers, a.inTier(s, listing, tier, now))
		}
	}
	if err := a.refusal(s, listing, now); err != nil {
		q.Kind, q.Reason = describe(err)
	}
	q.Servable = q.Kind == ""
	return q
}

// inTier quotes for one latency tier.
func (a asked) inTier(s *marketplace.State, listing *marketplace.Listing, tier auction.Tier, now vadium.Time) wire.TierQuote {
	product, _ := listing.Product(tier, a.damageCap, a.maxFee)
	q := wire.TierQuote{Quote: s.QuoteFor(product, a.maxFee, now)}
	q.Reserve = vadium.Min(a.maxFee, q.Quote.Reserve)
	q.PriceP50, q.PriceP90, _ = s.Prices(product, now)
	if book := s.Book(product); book != nil {
		q.TimeP50, _ = book.Pace.Quantile(5_000)
		q.TimeP95, _ = book.Pace.Quantile(9_500)
		q.Deliveries = book.Pace.Latest()
		q.InTime, q.Ended = book.Pace.Odds()
		for _, ask := range book.Asks {
			if _, _, stands := publicAsk(s, ask, now); stands && serves(listing, ask.Prover) {
				q.Asks++
				q.Covered = q.Covered || a.coveredBy(s, listing, ask.Prover, now) == nil
			}
		}
	}
	if own := s.Feed(risk.Asset{}); own != nil && own.Gauge.Fresh(now, s.RiskParams()) {
		spot := own.Gauge.Quote.Spot // values round up: nobody pays more than they say
		q.ValueP50, _ = spot.Owed(q.PriceP50)
		q.ValueP90, _ = spot.Owed(q.PriceP90)
		q.ValueReserve, _ = spot.Owed(q.Reserve)
	}
	return q
}

// quoteBook adds prices and times: of clearings, and of published asks by provers of the program.
func quoteBook(q *wire.Quote, s *marketplace.State, book *marketplace.Book, listing *marketplace.Listing, now vadium.Time) {
	recent := book.Index.Recent(now, s.Params().IndexAge)
	q.IndexP50, _ = recent.Quantile(5_000)
	q.IndexP90, _ = recent.Quantile(auction.ReserveQuantile)
	var etas []vadium.Duration
	for _, ask := range book.Asks {
		ask, published, stands := publicAsk(s, ask, now)
		if !stands || !serves(listing, ask.Prover) {
			continue
		}
		q.Asks++
		if !published {
			continue
		}
		if q.CheapestAsk.IsZero() || ask.Price.Less(q.CheapestAsk) {
			q.CheapestAsk = ask.Price
		}
		etas = append(etas, ask.ETA)
	}
	if len(etas) > 0 {
		slices.Sort(etas)
		q.ETAMin, q.ETAMedian = etas[0], etas[(len(etas)-1)/2]
	}
}

// publicAsk returns an ask as everyone may see it, whether that is whole, and whether it stands: until when is among what is sealed.
func publicAsk(s *marketplace.State, ask *marketplace.Ask, now vadium.Time) (public marketplace.Ask, published, stands bool) {
	public, published = s.PublicAsk(*ask)
	return public, published, !published || !public.StandUntil.Before(now)
}

func serves(l *marketplace.Listing, prover vadium.Account) bool {
	return slices.ContainsFunc(l.Servers, func(server marketplace.Server) bool { return server.Prover == prover })
}

func stakeOf(s *marketplace.State, l *marketplace.Listing, now vadium.Time) vadium.Amount {
	var free vadium.Amount
	for _, server := range l.Servers {
		if v := s.VaultOf(server.Prover); v != nil {
			free = free.MustAdd(s.FreeWorth(v, now))
		}
	}
	return free
}

// refusal says why the request would be refused, or wait, as things stand.
func (a asked) refusal(s *marketplace.State, l *marketplace.Listing, now vadium.Time) error {
	params := s.Params()
	switch {
	case s.Market().Paused:
		return fmt.Errorf("%s: %w", s.Market().PauseReason, marketplace.ErrPaused)
	case l == nil:
		return marketplace.ErrProgramUnknown
	case len(l.Servers) == 0:
		return marketplace.ErrProgramUnserved
	case a.maxFee.Less(params.FeeFloor):
		return fmt.Errorf("the floor is %s tokens: %w", params.FeeFloor.Tokens(), marketplace.ErrFeeTooLow)
	case l.Class == vadium.KeysRegistrant && !a.damageCap.IsZero():
		return marketplace.ErrNoDamageCap
	}
	if a.deadline != 0 {
		fastest, _, _ := l.MinProving()
		if left := a.deadline.Sub(now); left < fastest {
			return fmt.Errorf("the deadline is %d ms away, the fastest prover needs %d: %w", left, fastest, marketplace.ErrDeadlineTooNear)
		} else if left > params.MaxDuration {
			return fmt.Errorf("the deadline is %d ms away, at most %d are allowed: %w", left, params.MaxDuration, marketplace.ErrDeadlineTooFar)
		}
	}
	return a.uncovered(s, l, now)
}

// uncovered says why no serving prover's stake covers the request now.
func (a asked) uncovered(s *marketplace.State, l *marketplace.Listing, now vadium.Time) error {
	last := error(marketplace.ErrNoVault)
	for _, server := range l.Servers {
		if s.VaultOf(server.Prover) != nil {
			if last = a.coveredBy(s, l, server.Prover, now); last == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("no prover of the program has the stake free now: %w", last)
}

// coveredBy says why a prover's stake does not cover the request now.
func (a asked) coveredBy(s *marketplace.State, l *marketplace.Listing, prover vadium.Account, now vadium.Time) error {
	v := s.VaultOf(prover)
	if v == nil {
		return marketplace.ErrNoVault
	}
	lock := vaults.Lock{DamageCap: a.damageCap}
	if l.Class != vadium.KeysRegistrant {
		lock.Amount = s.Alert(now).Enlarge(vaults.LockFor(a.damageCap, a.maxFee))
	}
	return s.CheckCover(v, lock, max(a.deadline, now).Add(s.Params().GraceMax), now)
}

// quoteHeld reports whether a request's quote is one that the market signed. What is too old is the core's to refuse.
func (s *Server) quoteHeld(b *marketplace.SubmitRequest) bool {
	if b.Quote == (marketplace.Quote{}) || s.Clock().Sub(b.Quote.At) > 2*marketplace.QuoteLifetime {
		return false
	}
	if len(b.QuoteSignature) != signing.SignatureBytes {
		return false
	}
	of := checkedQuote{b.Quote, [signing.SignatureBytes]byte(b.QuoteSignature)}
	if last := s.lastQuote.Load(); last != nil && *last == of {
		return true // requests of a batch mostly share one
	}
	if signing.CheckQuote(s.domain, s.Key.Account(), b.Quote, b.QuoteSignature) != nil {
		return false
	}
	s.lastQuote.Store(&of)
	return true
}

// checkedQuote is a quote with the market's signature.
type checkedQuote struct {
	quote     marketplace.Quote
	signature [signing.SignatureBytes]byte
}

// describe returns kind and reason of a refusal, with its hint.
func describe(err error) (kind, reason string) {
	refused := refusal(err)
	for _, d := range refused.Details() {
		if value, err := d.Value(); err == nil {
			if detail, ok := value.(*v1.ErrorDetail); ok {
				return detail.GetKind(), refused.Message() + " (" + detail.GetHint() + ")"
			}
		}
	}
	return "", refused.Message()
}
