package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1market "vadium/marketplace/v1"
	v1 "vadium/vaults/v1"
)

// vaultService implements vadium.vaults.v1.VaultService.
type vaultService struct{ *Server }

// OpenVault implements the service.
func (v vaultService) OpenVault(ctx context.Context, req *connect.Request[v1.OpenVaultRequest]) (*connect.Response[v1.OpenVaultResponse], error) {
	accepted, event, err := carryOutAs[marketplace.OpenVault, *marketplace.VaultOpened](ctx, v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	return answer(&v1.OpenVaultResponse{Accepted: accepted, Vault: uint64(event.Vault)}, nil)
}

// DepositSenior implements the service.
func (v vaultService) DepositSenior(ctx context.Context, req *connect.Request[v1.DepositSeniorRequest]) (*connect.Response[v1.DepositSeniorResponse], error) {
	accepted, event, err := carryOutAs[marketplace.DepositSenior, *marketplace.SeniorDeposited](ctx, v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	return answer(&v1.DepositSeniorResponse{Accepted: accepted, Shares: event.Shares.String()}, nil)
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

// RedeemShares implements the service.
func (v vaultService) RedeemShares(ctx context.Context, req *connect.Request[v1.RedeemSharesRequest]) (*connect.Response[v1.RedeemSharesResponse], error) {
	accepted, redemption, err := redeem[marketplace.RedeemShares](ctx, v.Server, req.Msg)
	return answer(&v1.RedeemSharesResponse{Accepted: accepted, Redemption: redemption}, err)
}

// RedeemJunior implements the service.
func (v vaultService) RedeemJunior(ctx context.Context, req *connect.Request[v1.RedeemJuniorRequest]) (*connect.Response[v1.RedeemJuniorResponse], error) {
	accepted, redemption, err := redeem[marketplace.RedeemJunior](ctx, v.Server, req.Msg)
	return answer(&v1.RedeemJuniorResponse{Accepted: accepted, Redemption: redemption}, err)
}

// redeem carries a redemption out and returns it as it began.
func redeem[B marketplace.Body](ctx context.Context, s *Server, message signed) (*v1market.Accepted, *v1.Redemption, error) {
	accepted, event, err := carryOutAs[B, *marketplace.RedemptionRequested](ctx, s, message)
	if err != nil {
		return nil, nil, err
	}
	r := event.Redemption
	view := wire.Redemption{Vault: event.Vault, ID: r.ID, Owner: r.Owner, Junior: r.Junior, Shares: r.Shares, Assets: r.Assets, Worth: r.Assets, Matures: r.Matures}
	s.Market.View(func(state *marketplace.State) {
		if vault := state.Vault(event.Vault); vault != nil {
			view.Asset, view.Worth = vault.Asset, vault.Worth(r)
		}
	})
	began := new(v1.Redemption)
	wire.Write(began, view)
	return accepted, began, nil
}

// ClaimRedemption implements the service.
func (v vaultService) ClaimRedemption(ctx context.Context, req *connect.Request[v1.ClaimRedemptionRequest]) (*connect.Response[v1.ClaimRedemptionResponse], error) {
	accepted, event, err := carryOutAs[marketplace.ClaimRedemption, *marketplace.RedemptionClaimed](ctx, v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	return answer(&v1.ClaimRedemptionResponse{Accepted: accepted, Assets: event.Assets.String()}, nil)
}

// TransferShares implements the service.
func (v vaultService) TransferShares(ctx context.Context, req *connect.Request[v1.TransferSharesRequest]) (*connect.Response[v1.TransferSharesResponse], error) {
	accepted, err := carryOut[marketplace.TransferShares](ctx, v.Server, req.Msg)
	return answer(&v1.TransferSharesResponse{Accepted: accepted}, err)
}

// ApproveShares implements the service.
func (v vaultService) ApproveShares(ctx context.Context, req *connect.Request[v1.ApproveSharesRequest]) (*connect.Response[v1.ApproveSharesResponse], error) {
	accepted, err := carryOut[marketplace.ApproveShares](ctx, v.Server, req.Msg)
	return answer(&v1.ApproveSharesResponse{Accepted: accepted}, err)
}

// TransferSharesFrom implements the service.
func (v vaultService) TransferSharesFrom(ctx context.Context, req *connect.Request[v1.TransferSharesFromRequest]) (*connect.Response[v1.TransferSharesFromResponse], error) {
	accepted, err := carryOut[marketplace.TransferSharesFrom](ctx, v.Server, req.Msg)
	return answer(&v1.TransferSharesFromResponse{Accepted: accepted}, err)
}

// SetCommission implements the service.
func (v vaultService) SetCommission(ctx context.Context, req *connect.Request[v1.SetCommissionRequest]) (*connect.Response[v1.SetCommissionResponse], error) {
	accepted, event, err := carryOutAs[marketplace.SetCommission, *marketplace.CommissionChanged](ctx, v.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	return answer(&v1.SetCommissionResponse{Accepted: accepted, EffectiveMs: int64(event.Effective)}, nil)
}

// ExitMarket implements the service.
func (v vaultService) ExitMarket(ctx context.Context, req *connect.Request[v1.ExitMarketRequest]) (*connect.Response[v1.ExitMarketResponse], error) {
	accepted, err := carryOut[marketplace.ExitMarket](ctx, v.Server, req.Msg)
	return answer(&v1.ExitMarketResponse{Accepted: accepted}, err)
}

// ListRedemptions implements the service.
func (v vaultService) ListRedemptions(_ context.Context, req *connect.Request[v1.ListRedemptionsRequest]) (*connect.Response[v1.ListRedemptionsResponse], error) {
	owner, byOwner, err := account(req.Msg.GetOwner())
	if err != nil {
		return nil, err
	}
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	of := vadium.VaultID(req.Msg.GetVault())
	var views []wire.Redemption
	v.Market.View(func(s *marketplace.State) {
		for _, vault := range s.Vaults() {
			if of != 0 && vault.ID != of {
				continue
			}
			for _, r := range vault.Redemptions {
				if (!byOwner || r.Owner == owner) && page.take() {
					views = append(views, redemptionView(vault, r))
				}
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListRedemptionsResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Redemption)
		wire.Write(message, view)
		answered.Redemptions = append(answered.Redemptions, message)
	}
	return answer(answered, nil)
}

// ListAllowances implements the service.
func (v vaultService) ListAllowances(_ context.Context, req *connect.Request[v1.ListAllowancesRequest]) (*connect.Response[v1.ListAllowancesResponse], error) {
	owner, byOwner, err := account(req.Msg.GetOwner())
	if err != nil {
		return nil, err
	}
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	known := false
	var views []wire.Allowance
	v.Market.View(func(s *marketplace.State) {
		vault := s.Vault(vadium.VaultID(req.Msg.GetVault()))
		if known = vault != nil; !known {
			return
		}
		for _, a := range vault.Allowances {
			if (!byOwner || a.Owner == owner) && page.take() {
				views = append(views, wire.Allowance(a))
			}
		}
	})
	if !known {
		return nil, marketplace.ErrNoVault
	}
	answered := &v1.ListAllowancesResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Allowance)
		wire.Write(message, view)
		answered.Allowances = append(answered.Allowances, message)
	}
	return answer(answered, nil)
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
