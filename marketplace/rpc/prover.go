package rpc

import (
	"bytes"
	"context"
	"errors"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// proverService implements vadium.marketplace.v1.ProverService.
type proverService struct{ *Server }

// PlaceAsk implements the service.
func (p proverService) PlaceAsk(ctx context.Context, req *connect.Request[v1.PlaceAskRequest]) (*connect.Response[v1.PlaceAskResponse], error) {
	command, _, err := open[marketplace.PlaceAsk](p.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	answered := new(v1.PlaceAskResponse)
	answered.Accepted, answered.Receipt, err = p.placeAsk(ctx, command)
	return answer(answered, err)
}

// placeAsk carries out an ask and receipts it.
func (s *Server) placeAsk(ctx context.Context, command marketplace.Command) (*v1.Accepted, *v1.AskReceipt, error) {
	command.Body = clearingproof.Committed(command.Author, command.Body.(marketplace.PlaceAsk))
	accepted, err := s.do(ctx, command)
	if err != nil {
		return nil, nil, err
	}
	event, seq, err := find[*marketplace.AskPlaced](ctx, s, accepted)
	if err != nil {
		return nil, nil, err
	}
	receipted := signing.AskReceipt{
		Prover: event.Ask.Prover, Product: event.Ask.Product, Commitment: event.Ask.Commitment, Epoch: event.Ask.Epoch, Seq: seq,
	}
	signed := new(v1.AskReceipt)
	wire.Write(signed, receipted)
	signed.Signature, signed.Place, err = receipt(s, receipted)
	return writeAccepted(accepted), signed, err
}

// Deliver implements the service. The proof is stored before the command, so that a delivery on record always has its
// proof; only for whoever may deliver it, so that nobody else can fill the disk.
func (p proverService) Deliver(ctx context.Context, req *connect.Request[v1.DeliverRequest]) (*connect.Response[v1.DeliverResponse], error) {
	request, err := vadium.ParseRequestID(req.Msg.GetRequest())
	if err != nil {
		return nil, malformed(err)
	}
	proof := req.Msg.GetProof()
	body := marketplace.Deliver{Request: request, Proof: vadium.DigestOf(proof), Received: p.Clock()}
	command, err := p.verify(body, req.Msg.GetAuth())
	if err != nil {
		return nil, err
	}
	if err := p.keepProof(ctx, command, proof, false); err != nil {
		return nil, err
	}
	accepted, err := p.do(ctx, command)
	if err != nil {
		return nil, err
	}
	event, seq, err := find[*marketplace.DeliveryReceived](ctx, p.Server, accepted)
	if err != nil {
		return nil, err
	}
	receipted := signing.DeliveryReceipt{
		Request: event.Request, Attempt: event.Attempt, Prover: event.Prover, Proof: event.Proof, Arrived: event.Arrived, Seq: seq,
	}
	answered := &v1.DeliverResponse{Accepted: writeAccepted(accepted), Receipt: new(v1.DeliveryReceipt)}
	wire.Write(answered.Receipt, receipted)
	answered.Receipt.Signature, answered.Receipt.Place, err = receipt(p.Server, receipted)
	return answer(answered, err)
}

// MaxProof bounds a proof; the largest that circuits accepts is far smaller.
const MaxProof blob.Limit = 64 << 10

// keepProof stores the proof that a command delivers if the market may take it, and says why it would not. Looking comes
// before storing; that nothing has changed in between, and that it is in time, the core looks at again. What was carried out
// before passes: it is stored, and gets its first answer. accepting says that the author accepts the request just before.
func (s *Server) keepProof(ctx context.Context, command marketplace.Command, proof []byte, accepting bool) error {
	var refused error
	carriedOut, now := false, s.Clock()
	s.Market.View(func(state *marketplace.State) {
		if carriedOut = state.Remembered(command.ID, max(now, state.Now())); !carriedOut {
			refused = state.CheckDelivery(now, command)
		}
	})
	switch {
	case carriedOut:
		return nil
	case refused != nil && !(accepting && errors.Is(refused, marketplace.ErrNotAccepted)):
		return refused
	}
	if err := reserved(proof); err != nil {
		return err
	}
	return s.Blobs.PutExpect(ctx, vadium.DigestOf(proof), bytes.NewReader(proof), MaxProof)
}

// GetProver implements the service.
func (p proverService) GetProver(_ context.Context, req *connect.Request[v1.GetProverRequest]) (*connect.Response[v1.GetProverResponse], error) {
	who, err := vadium.ParseAccount(req.Msg.GetProver())
	if err != nil {
		return nil, malformed(err)
	}
	var view *wire.Prover
	p.Market.View(func(s *marketplace.State) {
		if found := s.Prover(who); found != nil {
			seen := proverView(s, who, found)
			view = &seen
		}
	})
	if view == nil {
		return nil, wire.ErrProverUnknown
	}
	answered := &v1.GetProverResponse{Prover: new(v1.Prover)}
	wire.Write(answered.Prover, *view)
	return answer(answered, nil)
}

// ListProvers implements the service.
func (p proverService) ListProvers(_ context.Context, req *connect.Request[v1.ListProversRequest]) (*connect.Response[v1.ListProversResponse], error) {
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	var views []wire.Prover
	p.Market.View(func(s *marketplace.State) {
		for who, found := range s.Provers() {
			if page.take() {
				views = append(views, proverView(s, who, found))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListProversResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Prover)
		wire.Write(message, view)
		answered.Provers = append(answered.Provers, message)
	}
	return answer(answered, nil)
}
