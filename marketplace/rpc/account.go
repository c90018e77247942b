package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
)

// accountService implements vadium.marketplace.v1.AccountService.
type accountService struct{ *Server }

// GetAccount implements the service. Every account exists; most have nothing.
func (a accountService) GetAccount(_ context.Context, req *connect.Request[v1.GetAccountRequest]) (*connect.Response[v1.GetAccountResponse], error) {
	who, err := vadium.ParseAccount(req.Msg.GetAccount())
	if err != nil {
		return nil, malformed(err)
	}
	var view wire.Account
	a.Market.View(func(s *marketplace.State) { view = accountView(s, who) })
	answered := &v1.GetAccountResponse{Account: new(v1.Account)}
	wire.Write(answered.Account, view)
	return answer(answered, nil)
}

// WithdrawBalance implements the service.
func (a accountService) WithdrawBalance(ctx context.Context, req *connect.Request[v1.WithdrawBalanceRequest]) (*connect.Response[v1.WithdrawBalanceResponse], error) {
	accepted, err := carryOut[marketplace.WithdrawBalance](ctx, a.Server, req.Msg)
	return answer(&v1.WithdrawBalanceResponse{Accepted: accepted}, err)
}

// WithdrawCollateral implements the service.
func (a accountService) WithdrawCollateral(ctx context.Context, req *connect.Request[v1.WithdrawCollateralRequest]) (*connect.Response[v1.WithdrawCollateralResponse], error) {
	accepted, err := carryOut[marketplace.WithdrawCollateral](ctx, a.Server, req.Msg)
	return answer(&v1.WithdrawCollateralResponse{Accepted: accepted}, err)
}

// CreditCollateral implements the service.
func (a accountService) CreditCollateral(ctx context.Context, req *connect.Request[v1.CreditCollateralRequest]) (*connect.Response[v1.CreditCollateralResponse], error) {
	accepted, err := carryOut[marketplace.CreditCollateral](ctx, a.Server, req.Msg)
	return answer(&v1.CreditCollateralResponse{Accepted: accepted}, err)
}

// CreditDeposit implements the service.
func (a accountService) CreditDeposit(ctx context.Context, req *connect.Request[v1.CreditDepositRequest]) (*connect.Response[v1.CreditDepositResponse], error) {
	accepted, err := carryOut[marketplace.CreditDeposit](ctx, a.Server, req.Msg)
	return answer(&v1.CreditDepositResponse{Accepted: accepted}, err)
}

// SetParams implements the service.
func (a accountService) SetParams(ctx context.Context, req *connect.Request[v1.SetParamsRequest]) (*connect.Response[v1.SetParamsResponse], error) {
	accepted, err := carryOut[marketplace.SetParams](ctx, a.Server, req.Msg)
	return answer(&v1.SetParamsResponse{Accepted: accepted}, err)
}

// Pause implements the service.
func (a accountService) Pause(ctx context.Context, req *connect.Request[v1.PauseRequest]) (*connect.Response[v1.PauseResponse], error) {
	accepted, err := carryOut[marketplace.Pause](ctx, a.Server, req.Msg)
	return answer(&v1.PauseResponse{Accepted: accepted}, err)
}

// Unpause implements the service.
func (a accountService) Unpause(ctx context.Context, req *connect.Request[v1.UnpauseRequest]) (*connect.Response[v1.UnpauseResponse], error) {
	accepted, err := carryOut[marketplace.Unpause](ctx, a.Server, req.Msg)
	return answer(&v1.UnpauseResponse{Accepted: accepted}, err)
}
