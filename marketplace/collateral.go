package marketplace

import (
	"bytes"
	"slices"

	"vadium"
	"vadium/vaults/risk"
)

// pay credits an account's balance in an asset.
func (s *State) pay(to vadium.Account, asset risk.Asset, amount vadium.Amount) {
	if amount.IsZero() {
		return
	}
	h := s.holder(to)
	if asset == (risk.Asset{}) {
		h.Balance = h.Balance.MustAdd(amount)
		return
	}
	i, found := h.other(asset)
	h.Other = slices.Clone(h.Other)
	if !found {
		h.Other = slices.Insert(h.Other, i, AssetBalance{Asset: asset})
	}
	h.Other[i].Amount = h.Other[i].Amount.MustAdd(amount)
}

// take debits it. It panics when there is less.
func (s *State) take(from vadium.Account, asset risk.Asset, amount vadium.Amount) {
	h := s.holder(from)
	if asset == (risk.Asset{}) {
		h.Balance = h.Balance.MustSub(amount)
		return
	}
	i, found := h.other(asset)
	must(found, "what is taken is there")
	h.Other = slices.Clone(h.Other)
	if h.Other[i].Amount = h.Other[i].Amount.MustSub(amount); h.Other[i].Amount.IsZero() {
		if h.Other = slices.Delete(h.Other, i, i+1); len(h.Other) == 0 {
			h.Other = nil
		}
	}
}

// keep books what a slash left to nobody: insurance, and what is burnt.
func (s *State) keep(asset risk.Asset, insurance, burnt vadium.Amount) {
	if asset == (risk.Asset{}) {
		s.market.Insurance = s.market.Insurance.MustAdd(insurance)
		s.market.Burnt = s.market.Burnt.MustAdd(burnt)
		return
	}
	t := s.editNetwork().treasury(asset)
	t.Insurance = t.Insurance.MustAdd(insurance)
	t.Burnt = t.Burnt.MustAdd(burnt)
}

func (h *Holder) other(asset risk.Asset) (int, bool) {
	return slices.BinarySearchFunc(h.Other, asset, func(b AssetBalance, a risk.Asset) int { return bytes.Compare(b.Asset[:], a[:]) })
}

// BalanceIn returns an account's free money in an asset; zero is the market's own.
func (s *State) BalanceIn(account vadium.Account, asset risk.Asset) vadium.Amount {
	h := s.accounts.get(account)
	if h == nil {
		return vadium.Amount{}
	}
	if asset == (risk.Asset{}) {
		return h.Balance
	}
	if i, found := h.other(asset); found {
		return h.Other[i].Amount
	}
	return vadium.Amount{}
}

func (d *draft) withdrawCollateral(vadium.Account, WithdrawCollateral) error {
	return ErrUnknownCommand
}
func (d *draft) creditCollateral(CreditCollateral) error { return ErrUnknownCommand }
func (d *draft) setCollateral(risk.Registry) error       { return ErrUnknownCommand }
func (d *draft) publishPrice(PublishPrice) error         { return ErrUnknownCommand }

func (e *CollateralSet) apply(*State, vadium.Time, uint64)       {}
func (e *CollateralDeposited) apply(*State, vadium.Time, uint64) {}
func (e *CollateralWithdrawn) apply(*State, vadium.Time, uint64) {}
func (e *PricePublished) apply(*State, vadium.Time, uint64)      {}
