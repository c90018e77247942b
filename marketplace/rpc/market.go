package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// marketService implements vadium.marketplace.v1.MarketService.
type marketService struct{ *Server }

// GetMarket implements the service.
func (m marketService) GetMarket(context.Context, *connect.Request[v1.GetMarketRequest]) (*connect.Response[v1.GetMarketResponse], error) {
	var market wire.Market
	m.Market.View(func(s *marketplace.State) { market = marketView(s) })
	market.Signer = m.Key.Account()
	answered := &v1.GetMarketResponse{Market: new(v1.Market)}
	wire.Write(answered.Market, market)
	return answer(answered, nil)
}

// ListBooks implements the service.
func (m marketService) ListBooks(_ context.Context, req *connect.Request[v1.ListBooksRequest]) (*connect.Response[v1.ListBooksResponse], error) {
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	var views []wire.Book
	m.Market.View(func(s *marketplace.State) {
		for product, book := range s.Books() {
			if page.take() {
				views = append(views, bookView(s, product, book))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListBooksResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Book)
		wire.Write(message, view)
		answered.Books = append(answered.Books, message)
	}
	return answer(answered, nil)
}

// SubmitRequest implements the service.
func (m marketService) SubmitRequest(ctx context.Context, req *connect.Request[v1.SubmitRequestRequest]) (*connect.Response[v1.SubmitRequestResponse], error) {
	command, body, err := open[marketplace.SubmitRequest](m.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	if body.InputHeld, err = m.checkInput(ctx, command.Author, body, nil); err != nil {
		return nil, err
	}
	if body.QuoteSignature, err = wire.ReadBytes(req.Msg.GetQuoteSignature()); err != nil {
		return nil, malformed(fmt.Errorf("quote_signature: %w", err))
	}
	body.QuoteHeld = m.quoteHeld(&body)
	command.Body = body
	accepted, err := m.do(ctx, command)
	if err != nil {
		return nil, err
	}
	request, err := m.request(vadium.NewRequestID(command.Author, body.ClientID))
	if err != nil {
		return nil, err
	}
	answered := &v1.SubmitRequestResponse{Accepted: writeAccepted(accepted), Receipt: new(v1.RequestReceipt), Request: new(v1.Request)}
	receipted := signing.RequestReceipt{
		Request: request.ID, Requester: request.Requester, Reserve: request.Reserve, At: accepted.At, Seq: request.Position,
	}
	wire.Write(answered.Receipt, receipted)
	wire.Write(answered.Request, request)
	answered.Receipt.Signature, answered.Receipt.Place, err = receipt(m.Server, receipted)
	return answer(answered, err)
}

// CancelRequest implements the service.
func (m marketService) CancelRequest(ctx context.Context, req *connect.Request[v1.CancelRequestRequest]) (*connect.Response[v1.CancelRequestResponse], error) {
	accepted, err := carryOut[marketplace.CancelRequest](ctx, m.Server, req.Msg)
	return answer(&v1.CancelRequestResponse{Accepted: accepted}, err)
}

// GetRequest implements the service.
func (m marketService) GetRequest(_ context.Context, req *connect.Request[v1.GetRequestRequest]) (*connect.Response[v1.GetRequestResponse], error) {
	id, err := vadium.ParseRequestID(req.Msg.GetRequest())
	if err != nil {
		return nil, malformed(err)
	}
	request, err := m.request(id)
	if err != nil {
		return nil, err
	}
	answered := &v1.GetRequestResponse{Request: new(v1.Request)}
	wire.Write(answered.Request, request)
	return answer(answered, nil)
}

// request returns a copy of a request, because writing one takes longer than the market should wait.
func (s *Server) request(id vadium.RequestID) (found *marketplace.Request, err error) {
	s.Market.View(func(state *marketplace.State) {
		if r := state.Request(id); r != nil {
			found = marketplace.PublicRequest(r)
		}
	})
	if found == nil {
		return nil, marketplace.ErrRequestUnknown
	}
	return found, nil
}

// ListRequests implements the service.
func (m marketService) ListRequests(_ context.Context, req *connect.Request[v1.ListRequestsRequest]) (*connect.Response[v1.ListRequestsResponse], error) {
	requester, byRequester, err := account(req.Msg.GetRequester())
	if err != nil {
		return nil, err
	}
	prover, byProver, err := account(req.Msg.GetProver())
	if err != nil {
		return nil, err
	}
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	wanted := func(r *marketplace.Request) bool {
		return (!byRequester || r.Requester == requester) && (!byProver || attemptedBy(r, prover)) && (!req.Msg.GetForTakers() || r.ForTakers()) &&
			(req.Msg.GetPhase() == "" || r.Phase.String() == req.Msg.GetPhase())
	}
	var found []*marketplace.Request
	m.Market.View(func(s *marketplace.State) {
		for _, r := range s.Requests() {
			if wanted(r) && page.take() {
				found = append(found, marketplace.PublicRequest(r))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListRequestsResponse{NextPageToken: page.next()}
	for _, r := range found {
		message := new(v1.Request)
		wire.Write(message, r)
		answered.Requests = append(answered.Requests, message)
	}
	return answer(answered, nil)
}

func attemptedBy(r *marketplace.Request, prover vadium.Account) bool {
	for i := range r.Attempts {
		if r.Attempts[i].Prover == prover {
			return true
		}
	}
	return false
}
