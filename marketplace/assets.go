package marketplace

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
	"vadium/vaults/risk"
)

// Assets returns the market's own asset and every other one that somebody ever had here, sorted. It looks at everything, as
// [State.CheckInvariants] does.
func (s *State) Assets() []risk.Asset {
	assets := []risk.Asset{ownAsset}
	for _, t := range s.market.network().Treasuries {
		assets = append(assets, t.Asset)
	}
	for _, h := range s.accounts.all() {
		for _, b := range h.Other {
			assets = append(assets, b.Asset)
		}
	}
	for _, v := range s.vaults.all() {
		assets = append(assets, v.Asset)
	}
	slices.SortFunc(assets, func(a, b risk.Asset) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(assets)
}

// TotalsIn adds up where all money of an asset is; zero is the market's own.
func (s *State) TotalsIn(asset risk.Asset) Totals {
	var t Totals
	if asset == ownAsset {
		t = Totals{
			In: s.market.Deposited, Insurance: s.market.Insurance, Protocol: s.market.Protocol, Burnt: s.market.Burnt,
			Withdrawn: s.market.Withdrawn, InTransit: s.market.InTransit, Bonds: s.bonds(),
		}
		for _, r := range s.requests.all() {
			t.Escrow = t.Escrow.MustAdd(r.Escrow)
		}
	} else {
		kept := s.market.network().treasuryOf(asset)
		t = Totals{In: kept.Deposited, Insurance: kept.Insurance, Burnt: kept.Burnt, Withdrawn: kept.Withdrawn}
	}
	t.Balances = s.balancesIn(asset)
	for _, v := range s.vaults.all() {
		if v.Asset == asset {
			t.Stake = t.Stake.MustAdd(v.Held(s.market.At).MustSub(v.CommissionDue))
			t.Commission = t.Commission.MustAdd(v.CommissionDue)
		}
	}
	return t
}

func (s *State) balancesIn(asset risk.Asset) (sum vadium.Amount) {
	for account, h := range s.accounts.all() {
		if asset == ownAsset || len(h.Other) > 0 {
			sum = sum.MustAdd(s.BalanceIn(account, asset))
		}
	}
	return sum
}

// checkTreasuries: invariant 1, what all holders have of an asset is what is kept of it, so that what the vaults hold
// follows from one row; balances are sorted and none is empty; and no vault holds anything but its asset.
func (s *State) checkTreasuries() error {
	seen := map[risk.Asset]bool{ownAsset: true}
	for _, t := range s.market.network().Treasuries {
		if seen[t.Asset] {
			return fmt.Errorf("invariant 1: asset %v has two treasuries, or is the market's own", t.Asset)
		}
		seen[t.Asset] = true
		if has := s.balancesIn(t.Asset); has.Cmp(t.Balances) != 0 {
			return fmt.Errorf("invariant 1: holders have %v of asset %v, %v is noted", has, t.Asset, t.Balances)
		}
		if stake := s.TotalsIn(t.Asset).Stake; stake.Cmp(t.Vaulted()) != 0 {
			return fmt.Errorf("invariant 1: vaults hold %v of asset %v, %v is noted", stake, t.Asset, t.Vaulted())
		}
	}
	for account, h := range s.accounts.all() {
		for i, b := range h.Other {
			if b.Amount.IsZero() || b.Asset == ownAsset || i > 0 && bytes.Compare(h.Other[i-1].Asset[:], b.Asset[:]) >= 0 {
				return fmt.Errorf("invariant 1: balance %d of %v, in asset %v, is empty or out of order", i, account, b.Asset)
			}
		}
	}
	for id, v := range s.vaults.all() {
		if v.Asset != ownAsset && !(v.CommissionDue.IsZero() && v.Shares.IsZero() && v.Senior.IsZero() && v.Dripping.Locked.IsZero()) {
			return fmt.Errorf("invariant 1: vault %d is in asset %v and holds a fee or delegated stake", id, v.Asset)
		}
	}
	return nil
}

// checkAcross: invariant 2, what is kept of a vault's locks across assets is what they sum to, and only vaults in another
// asset have any.
func (s *State) checkAcross() error {
	for id, v := range s.vaults.all() {
		var sums risk.Sums
		for _, lock := range s.LocksOf(id) {
			crosses := lock.Across != risk.Exposure{}
			if crosses && v.Asset == ownAsset || !crosses && v.Asset != ownAsset && !lock.Amount.IsZero() {
				return fmt.Errorf("invariant 2: vault %d, in asset %v, has a lock of %v/%d that covers %+v", id, v.Asset, lock.Request, lock.Attempt, lock.Across)
			}
			if crosses {
				var fits bool
				if sums, fits = sums.Add(lock.Across); !fits {
					return fmt.Errorf("invariant 2: what the locks of vault %d cover does not fit", id)
				}
			}
		}
		if got := positionOf(v, s.backings.get(id)).Across; got != sums {
			return fmt.Errorf("invariant 2: vault %d sums what its locks cover to %+v, it is %+v", id, got, sums)
		}
	}
	for id := range s.backings.all() {
		if s.vaults.get(id) == nil {
			return fmt.Errorf("invariant 2: there is a backing of vault %d, which does not exist", id)
		}
	}
	return nil
}
