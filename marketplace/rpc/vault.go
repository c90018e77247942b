package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/vaults/v1"
)

// vaultService implements vadium.vaults.v1.VaultService.
type vaultService struct{ *Server }

// OpenVault implements the service.
func (v vaultService) OpenVault(ctx context.Context, req *connect.Request[v1.OpenVaultRequest]) (*connect.Response[v1.OpenVaultResponse], error) {
	command, _, err := open[marketplace.OpenVault](v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	accepted, err := v.do(ctx, command)
	if err != nil {
		return nil, err
	}
	event, _, err := find[*marketplace.VaultOpened](ctx, v.Server, accepted)
	if err != nil {
		return nil, err
	}
	return answer(&v1.OpenVaultResponse{Accepted: writeAccepted(accepted), Vault: uint64(event.Vault)}, nil)
}

// DepositSenior implements the service.
func (v vaultService) DepositSenior(ctx context.Context, req *connect.Request[v1.DepositSeniorRequest]) (*connect.Response[v1.DepositSeniorResponse], error) {
	command, _, err := open[marketplace.DepositSenior](v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	accepted, err := v.do(ctx, command)
	if err != nil {
		return nil, err
	}
	event, _, err := find[*marketplace.SeniorDeposited](ctx, v.Server, accepted)
	if err != nil {
		return nil, err
	}
	return answer(&v1.DepositSeniorResponse{Accepted: writeAccepted(accepted), Shares: event.Shares.String()}, nil)
}

// DepositJunior implements the service.
func (v vaultService) DepositJunior(ctx context.Context, req *connect.Request[v1.DepositJuniorRequest]) (*connect.Response[v1.DepositJuniorResponse], error) {
	accepted, err := carryOut[marketplace.DepositJunior](ctx, v.Server, req.Msg)
	return answer(&v1.DepositJuniorResponse{Accepted: accepted}, err)
}

// ClaimCommission implements the service.
func (v vaultService) ClaimCommission(ctx context.Context, req *connect.Request[v1.ClaimCommissionRequest]) (*connect.Response[v1.ClaimCommissionResponse], error) {
	accepted, err := carryOut[marketplace.ClaimCommission](ctx, v.Server, req.Msg)
	return answer(&v1.ClaimCommissionResponse{Accepted: accepted}, err)
}

// GetVault implements the service.
func (v vaultService) GetVault(_ context.Context, req *connect.Request[v1.GetVaultRequest]) (*connect.Response[v1.GetVaultResponse], error) {
	var view *wire.Vault
	v.Market.View(func(s *marketplace.State) {
		if found := s.Vault(vadium.VaultID(req.Msg.GetVault())); found != nil {
			seen := vaultView(s, found)
			view = &seen
		}
	})
	if view == nil {
		return nil, marketplace.ErrNoVault
	}
	answered := &v1.GetVaultResponse{Vault: new(v1.Vault)}
	wire.Write(answered.Vault, *view)
	return answer(answered, nil)
}

// ListVaults implements the service.
func (v vaultService) ListVaults(_ context.Context, req *connect.Request[v1.ListVaultsRequest]) (*connect.Response[v1.ListVaultsResponse], error) {
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	var views []wire.Vault
	v.Market.View(func(s *marketplace.State) {
		for _, found := range s.Vaults() {
			if page.take() {
				views = append(views, vaultView(s, found))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListVaultsResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Vault)
		wire.Write(message, view)
		answered.Vaults = append(answered.Vaults, message)
	}
	return answer(answered, nil)
}
