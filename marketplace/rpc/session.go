package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// sessionService implements vadium.marketplace.v1.SessionService.
type sessionService struct{ *Server }

// OpenSession implements the service.
func (v sessionService) OpenSession(ctx context.Context, req *connect.Request[v1.OpenSessionRequest]) (*connect.Response[v1.OpenSessionResponse], error) {
	command, body, err := open[marketplace.OpenSession](v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	if err := signing.CheckSessionKey(body.Session); err != nil {
		return nil, err
	}
	accepted, err := v.do(ctx, command)
	return answer(&v1.OpenSessionResponse{Accepted: writeAccepted(accepted)}, err)
}

// RevokeSession implements the service.
func (v sessionService) RevokeSession(ctx context.Context, req *connect.Request[v1.RevokeSessionRequest]) (*connect.Response[v1.RevokeSessionResponse], error) {
	accepted, err := carryOut[marketplace.RevokeSession](ctx, v.Server, req.Msg)
	return answer(&v1.RevokeSessionResponse{Accepted: accepted}, err)
}

// ListSessions implements the service.
func (v sessionService) ListSessions(_ context.Context, req *connect.Request[v1.ListSessionsRequest]) (*connect.Response[v1.ListSessionsResponse], error) {
	owner, err := vadium.ParseAccount(req.Msg.GetAccount())
	if err != nil {
		return nil, malformed(err)
	}
	var sessions []marketplace.Session
	now := v.Clock()
	v.Market.View(func(s *marketplace.State) { sessions = s.SessionsOf(owner, max(now, s.Now())) })
	answered := new(v1.ListSessionsResponse)
	for _, session := range sessions {
		message := new(v1.Session)
		wire.Write(message, session)
		answered.Sessions = append(answered.Sessions, message)
	}
	return answer(answered, nil)
}
