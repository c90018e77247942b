package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium/marketplace"
	v1 "vadium/marketplace/v1"
)

// The commands of provers that need nothing but a signature.

// WithdrawAsk implements the service.
func (p proverService) WithdrawAsk(ctx context.Context, req *connect.Request[v1.WithdrawAskRequest]) (*connect.Response[v1.WithdrawAskResponse], error) {
	accepted, err := carryOut[marketplace.WithdrawAsk](ctx, p.Server, req.Msg)
	return answer(&v1.WithdrawAskResponse{Accepted: accepted}, err)
}

// ServeProgram implements the service.
func (p proverService) ServeProgram(ctx context.Context, req *connect.Request[v1.ServeProgramRequest]) (*connect.Response[v1.ServeProgramResponse], error) {
	accepted, err := carryOut[marketplace.ServeProgram](ctx, p.Server, req.Msg)
	return answer(&v1.ServeProgramResponse{Accepted: accepted}, err)
}

// DropProgram implements the service.
func (p proverService) DropProgram(ctx context.Context, req *connect.Request[v1.DropProgramRequest]) (*connect.Response[v1.DropProgramResponse], error) {
	accepted, err := carryOut[marketplace.DropProgram](ctx, p.Server, req.Msg)
	return answer(&v1.DropProgramResponse{Accepted: accepted}, err)
}

// LockRequest implements the service.
func (p proverService) LockRequest(ctx context.Context, req *connect.Request[v1.LockRequestRequest]) (*connect.Response[v1.LockRequestResponse], error) {
	accepted, err := carryOut[marketplace.LockRequest](ctx, p.Server, req.Msg)
	return answer(&v1.LockRequestResponse{Accepted: accepted}, err)
}

// CommitBid implements the service.
func (p proverService) CommitBid(ctx context.Context, req *connect.Request[v1.CommitBidRequest]) (*connect.Response[v1.CommitBidResponse], error) {
	accepted, err := carryOut[marketplace.CommitBid](ctx, p.Server, req.Msg)
	return answer(&v1.CommitBidResponse{Accepted: accepted}, err)
}

// RevealBid implements the service.
func (p proverService) RevealBid(ctx context.Context, req *connect.Request[v1.RevealBidRequest]) (*connect.Response[v1.RevealBidResponse], error) {
	accepted, err := carryOut[marketplace.RevealBid](ctx, p.Server, req.Msg)
	return answer(&v1.RevealBidResponse{Accepted: accepted}, err)
}

// AcceptRequest implements the service.
func (p proverService) AcceptRequest(ctx context.Context, req *connect.Request[v1.AcceptRequestRequest]) (*connect.Response[v1.AcceptRequestResponse], error) {
	accepted, err := carryOut[marketplace.AcceptRequest](ctx, p.Server, req.Msg)
	return answer(&v1.AcceptRequestResponse{Accepted: accepted}, err)
}

// DeclineRequest implements the service.
func (p proverService) DeclineRequest(ctx context.Context, req *connect.Request[v1.DeclineRequestRequest]) (*connect.Response[v1.DeclineRequestResponse], error) {
	accepted, err := carryOut[marketplace.DeclineRequest](ctx, p.Server, req.Msg)
	return answer(&v1.DeclineRequestResponse{Accepted: accepted}, err)
}

// DisputeInput implements the service.
func (p proverService) DisputeInput(ctx context.Context, req *connect.Request[v1.DisputeInputRequest]) (*connect.Response[v1.DisputeInputResponse], error) {
	accepted, err := carryOut[marketplace.DisputeInput](ctx, p.Server, req.Msg)
	return answer(&v1.DisputeInputResponse{Accepted: accepted}, err)
}

// SendHeartbeat implements the service.
func (p proverService) SendHeartbeat(ctx context.Context, req *connect.Request[v1.SendHeartbeatRequest]) (*connect.Response[v1.SendHeartbeatResponse], error) {
	accepted, err := carryOut[marketplace.SendHeartbeat](ctx, p.Server, req.Msg)
	return answer(&v1.SendHeartbeatResponse{Accepted: accepted}, err)
}

// Resign implements the service.
func (p proverService) Resign(ctx context.Context, req *connect.Request[v1.ResignRequest]) (*connect.Response[v1.ResignResponse], error) {
	accepted, err := carryOut[marketplace.Resign](ctx, p.Server, req.Msg)
	return answer(&v1.ResignResponse{Accepted: accepted}, err)
}
