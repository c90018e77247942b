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
	v1 "vadium/marketplace/v1"
	"vadium/vaults"
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
	}
	if err := a.refusal(s, listing, now); err != nil {
		q.Kind, q.Reason = describe(err)
	}
	q.Servable = q.Kind == ""
	return q
}

// quoteBook adds prices and times: of clearings, and of published asks by provers of the program.
func quoteBook(q *wire.Quote, s *marketplace.State, book *marketplace.Book, listing *marketplace.Listing, now vadium.Time) {
	recent := book.Index.Recent(now, s.Params().IndexAge)
	q.IndexP50, _ = recent.Quantile(5_000)
	q.IndexP90, _ = recent.Quantile(auction.ReserveQuantile)
	var etas []vadium.Duration
	for _, ask := range book.Asks {
		if ask.StandUntil.Before(now) || !serves(listing, ask.Prover) {
			continue
		}
		q.Asks++
		if _, published := s.PublicAsk(*ask); !published {
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
	lock := vaults.Lock{DamageCap: a.damageCap}
	if l.Class != vadium.KeysRegistrant {
		lock.Amount = s.Alert(now).Enlarge(vaults.LockFor(a.damageCap, a.maxFee))
	}
	last := error(marketplace.ErrNoVault)
	for _, server := range l.Servers {
		if v := s.VaultOf(server.Prover); v != nil {
			if last = s.CheckCover(v, lock, max(a.deadline, now).Add(s.Params().GraceMax), now); last == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("no prover of the program has the stake free now: %w", last)
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
