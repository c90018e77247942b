package client

import (
	"context"
	"fmt"
	"iter"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// QuoteFor is a request somebody considers.
type QuoteFor struct {
	Program   vadium.ProgramID
	MaxFee    vadium.Amount
	DamageCap vadium.Amount
	Deadline  vadium.Time // 0: as soon as possible
}

// Quote says what a proof would cost now, how soon it could be there, or why it could not. What the market signs of it, for
// each latency tier, holds as a request's reserve for [marketplace.QuoteLifetime] (SubmitRequest.Quote, with its signature),
// and is checked here.
func (c *Client) Quote(ctx context.Context, q QuoteFor) (Quote, error) {
	a, err := call(ctx, c, c.market.Quote, &v1.QuoteRequest{
		Program: q.Program.String(), MaxFee: q.MaxFee.String(), DamageCap: q.DamageCap.String(), DeadlineMs: int64(q.Deadline),
	})
	if err != nil {
		return Quote{}, err
	}
	quote, err := read[Quote](a.GetQuote())
	if err != nil || len(quote.Tiers) == 0 {
		return quote, err
	}
	market, err := c.identify(ctx)
	if err != nil {
		return quote, err
	}
	for _, tier := range quote.Tiers {
		if err := signing.CheckQuote(market.domain, market.signer, tier.Quote, tier.Signature); err != nil {
			return quote, fmt.Errorf("the market's quote for %v: %w", tier.Quote.Product, err)
		}
	}
	return quote, nil
}

// Books returns every product's price index and asks.
func (c *Client) Books(ctx context.Context) ([]Book, error) {
	books := []Book{}
	for book, err := range pages[Book](func(token string) ([]*v1.Book, string, error) {
		a, err := call(ctx, c, c.market.ListBooks, &v1.ListBooksRequest{PageToken: token})
		return a.GetBooks(), a.GetNextPageToken(), err
	}) {
		if err != nil {
			return nil, err
		}
		books = append(books, book)
	}
	return books, nil
}

// Submitted is a request that is in.
type Submitted struct {
	Accepted Accepted
	Request  marketplace.Request
	Receipt  Receipted[signing.RequestReceipt]
}

// SubmitRequest asks for a proof. The input has been uploaded before ([Client.PutBytes]). Whoever must not submit twice,
// even after a crash, chooses ClientID and writes it down first: the second is refused (marketplace.ErrRequestExists).
// A zero ClientID becomes a random one, a zero Tier immediate, a zero Redundancy one prover.
func (c *Client) SubmitRequest(ctx context.Context, body marketplace.SubmitRequest) (Submitted, error) {
	if body.ClientID == (vadium.Salt{}) {
		body.ClientID = NewSalt()
	}
	if body.Tier == 0 {
		body.Tier = auction.Immediate
	}
	if body.Redundancy == 0 {
		body.Redundancy = 1
	}
	a, accepted, err := command(ctx, c, c.market.SubmitRequest, body)
	if err != nil {
		return Submitted{}, err
	}
	s := Submitted{Accepted: accepted}
	if s.Request, err = read[marketplace.Request](a.GetRequest()); err != nil {
		return s, err
	}
	s.Receipt, err = checked[signing.RequestReceipt](c, ctx, a.GetReceipt())
	return s, err
}

// CancelRequest takes a request back that nobody has been assigned yet.
func (c *Client) CancelRequest(ctx context.Context, id vadium.RequestID) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.market.CancelRequest, marketplace.CancelRequest{Request: id})
	return accepted, err
}

// Request returns a request.
func (c *Client) Request(ctx context.Context, id vadium.RequestID) (marketplace.Request, error) {
	a, err := call(ctx, c, c.market.GetRequest, &v1.GetRequestRequest{Request: id.String()})
	if err != nil {
		return marketplace.Request{}, err
	}
	return read[marketplace.Request](a.GetRequest())
}

// RequestFilter selects requests; zero fields select all.
type RequestFilter struct {
	Requester vadium.Account
	Prover    vadium.Account // is or was assigned
	Phase     marketplace.Phase
	ForTakers bool // only those that provers come to by themselves: [marketplace.Request.ForTakers]
}

// Requests yields requests in order of submission. It stops after the first error.
func (c *Client) Requests(ctx context.Context, f RequestFilter) iter.Seq2[marketplace.Request, error] {
	message := &v1.ListRequestsRequest{Requester: optional(f.Requester), Prover: optional(f.Prover), PageSize: pageSize, ForTakers: f.ForTakers}
	if f.Phase != 0 {
		message.Phase = f.Phase.String()
	}
	return pages[marketplace.Request](func(token string) ([]*v1.Request, string, error) {
		message.PageToken = token
		a, err := call(ctx, c, c.market.ListRequests, message)
		return a.GetRequests(), a.GetNextPageToken(), err
	})
}

const pageSize = 200

// pages yields the items of all pages.
func pages[N any, M wireMessage](next func(token string) ([]M, string, error)) iter.Seq2[N, error] {
	return func(yield func(N, error) bool) {
		for token := ""; ; {
			var none N
			messages, following, err := next(token)
			if err != nil {
				yield(none, err)
				return
			}
			for _, message := range messages {
				noun, err := read[N](message)
				if !yield(noun, err) || err != nil {
					return
				}
			}
			if following == "" {
				return
			}
			token = following
		}
	}
}

func optional(a vadium.Account) string {
	if a == (vadium.Account{}) {
		return ""
	}
	return a.Hex()
}
