package marketplace

import (
	"vadium"
	"vadium/vaults/risk"
)

// SetBreaker sets the security breaker, which only a mark of the market moves otherwise.
func (s *State) SetBreaker(level risk.Level) { s.editNetwork().Measures.Breaker.Level = level }

// Spoil breaks the state where tests say, to see that it is found.
func (s *State) Spoil(asset risk.Asset, vault vadium.VaultID, holder vadium.Account) map[string]func() {
	unit := vadium.NewAmount(1)
	return map[string]func(){
		"a unit appears in a balance": func() { h := s.holder(holder); h.Other[0].Amount = h.Other[0].Amount.MustAdd(unit) },
		"a unit leaves a vault":       func() { v := s.editVault(vault); v.Junior = v.Junior.MustSub(unit) },
		"a unit of insurance appears": func() { s.keep(asset, unit, vadium.Amount{}) },
		"a balance is noted wrongly":  func() { t := s.editNetwork().treasury(asset); t.Balances = t.Balances.MustAdd(unit) },
		"a deposit is noted wrongly":  func() { t := s.editNetwork().treasury(asset); t.Deposited = t.Deposited.MustAdd(unit) },
		"an empty balance":            func() { h := s.holder(holder); h.Other = append(h.Other, AssetBalance{Asset: risk.Asset{255}}) },
		"a treasury twice":            func() { n := s.editNetwork(); n.Treasuries = append(n.Treasuries, Treasury{Asset: asset}) },
		"a fee in the vault":          func() { v := s.editVault(vault); v.CommissionDue = unit; v.Junior = v.Junior.MustSub(unit) },
		"a sum of exposures is off":   func() { b := s.backing(vault); b.Across.Stake.Value++ },
		"a lock covers more than is kept": func() {
			for id := range s.locksHeld[vault] {
				s.locks.edit(id).Across.Cap++
			}
		},
		"a lock covers nothing": func() {
			for id := range s.locksHeld[vault] {
				s.locks.edit(id).Across = risk.Exposure{}
			}
			s.backing(vault).Across = risk.Sums{}
		},
		"a vault turns to another asset": func() { s.editVault(vault).Asset = risk.Asset{254} },
		"a vault turns to the market's":  func() { s.editVault(vault).Asset = ownAsset },
		"a backing of no vault":          func() { s.backing(1 << 40) },
		"more to the requester than was lost": func() {
			for id, r := range s.requests.all() {
				if len(r.Attempts) > 0 {
					s.editRequest(id, func(r *Request) { r.Attempts[0].Compensated = vadium.Tokens(1_000) })
				}
			}
		},
	}
}
