package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// sealedService implements vadium.marketplace.v1.SealedService.
type sealedService struct{ *Server }

// GetSealingKey implements the service.
func (s sealedService) GetSealingKey(context.Context, *connect.Request[v1.GetSealingKeyRequest]) (*connect.Response[v1.GetSealingKeyResponse], error) {
	key := s.Opening.Public()
	return answer(&v1.GetSealingKeyResponse{Key: wire.Hex(key.Key[:]), Signature: wire.Hex(s.sealingSignature)}, nil)
}

// PlaceSealedAsk implements the service.
func (s sealedService) PlaceSealedAsk(ctx context.Context, req *connect.Request[v1.PlaceSealedAskRequest]) (*connect.Response[v1.PlaceSealedAskResponse], error) {
	body, err := s.unseal(req.Msg)
	if err != nil {
		return nil, err
	}
	command, err := s.verify(body, req.Msg.GetAuth())
	if err != nil {
		return nil, err
	}
	answered := new(v1.PlaceSealedAskResponse)
	answered.Accepted, answered.Receipt, err = s.placeAsk(ctx, command)
	return answer(answered, err)
}

// unseal opens an ask and reads it. Opening costs about as much as checking a signature, so an account that has used up what
// it may is turned away before.
func (s sealedService) unseal(m *v1.PlaceSealedAskRequest) (ask marketplace.PlaceAsk, err error) {
	var a wire.Authorization
	if err := wire.Read(m.GetAuth(), &a); err != nil {
		return ask, malformed(err)
	}
	if err := s.turned(s.door.peek(a.Author, 1)); err != nil {
		return ask, err
	}
	encoded, err := s.Opening.NewOpener(s.sealedOf(a)).Open(m.GetSealed())
	if err != nil {
		return ask, err
	}
	body, _, err := signing.Decode(encoded)
	if err == nil {
		err = checkBody(body, nil)
	}
	if err != nil {
		return ask, malformed(fmt.Errorf("sealed: %w", err))
	}
	ask, is := body.(marketplace.PlaceAsk)
	if !is {
		return ask, malformed(fmt.Errorf("sealed: it is a %T and no ask", body))
	}
	return ask, nil
}

// sealedOf says what a sealed command belongs to that is authorised so.
func (s *Server) sealedOf(a wire.Authorization) signing.Sealed {
	return signing.Sealed{Domain: s.domain, Author: a.Author, Session: a.Session, Salt: a.Salt, ValidUntil: a.ValidUntil}
}
