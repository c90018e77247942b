package vaults

import (
	"bytes"
	"errors"
	"fmt"

	"vadium"
)

// Check reports the first of the vault's own invariants that does not hold now: shares are those of the holders, locks
// add up, the pools owe no more than they have, and all holders together could not redeem more than the assets. A
// correct program never sees an error here.
func (v *Vault) Check(now vadium.Time) error {
	for _, check := range []func(vadium.Time) error{v.checkHoldings, v.checkLists, v.checkRises, v.checkLocks, v.checkRedemptions, v.checkDrip} {
		if err := check(now); err != nil {
			return fmt.Errorf("vault %d: %w", v.ID, err)
		}
	}
	return nil
}

func (v *Vault) checkHoldings(now vadium.Time) error {
	var shares, worth vadium.Amount
	rate := v.Rate(now)
	if err := v.Holdings.check(); err != nil {
		return err
	}
	for h := range v.Holdings.All() {
		shares = shares.MustAdd(h.Shares)
		worth = worth.MustAdd(rate.AssetsDown(h.Shares))
	}
	if shares != v.Shares {
		return fmt.Errorf("holders have %v shares, the vault issued %v", shares, v.Shares)
	}
	if rate.Assets.Less(worth) {
		return fmt.Errorf("shares are worth %v together, the assets are %v", worth, rate.Assets)
	}
	return nil
}

// checkLists sees that allowances and frozen shares are sorted, without empty entries, and nil when there are none: equal
// vaults encode equally.
func (v *Vault) checkLists(vadium.Time) error {
	if v.Allowances != nil && len(v.Allowances) == 0 || v.Frozen != nil && len(v.Frozen) == 0 {
		return errors.New("an empty list is not nil")
	}
	for i, a := range v.Allowances {
		if a.Shares.IsZero() || i > 0 && compareAllowances(v.Allowances[i-1], a) >= 0 {
			return fmt.Errorf("allowance %d, of %v for %v, is empty or out of order", i, a.Owner, a.Spender)
		}
	}
	for i, h := range v.Frozen {
		if h.Shares.IsZero() || i > 0 && bytes.Compare(v.Frozen[i-1].Owner[:], h.Owner[:]) >= 0 {
			return fmt.Errorf("what is frozen of %v is nothing or out of order", h.Owner)
		}
	}
	return nil
}

// maxRises is how many rises can be announced and not hold yet: one a day, each a week ahead.
const maxRises = int(RiseNotice/RiseEvery) + 1

// checkRises sees that rises are few, small, and rise.
func (v *Vault) checkRises(vadium.Time) error {
	if v.Rises != nil && len(v.Rises) == 0 || len(v.Rises) > maxRises {
		return fmt.Errorf("%d rises of the commission are announced", len(v.Rises))
	}
	last := Rise{Commission: v.Commission}
	for _, rise := range v.Rises {
		if rise.Commission <= last.Commission || rise.Commission-last.Commission > MaxRise || rise.Commission > MaxCommission ||
			rise.From.Before(last.From.Add(RiseEvery)) {
			return fmt.Errorf("a commission of %d bps from %d is to follow %d from %d", rise.Commission, rise.From, last.Commission, last.From)
		}
		last = rise
	}
	return nil
}

// checkLocks sees only what no lock at all must mean; that the sums are those of the locks is for who keeps them to say.
func (v *Vault) checkLocks(vadium.Time) error {
	if v.LockCount == 0 && !(v.LockTotal.IsZero() && v.DamageCapTotal.IsZero()) {
		return fmt.Errorf("there are no locks, yet they sum to %v and %v", v.LockTotal, v.DamageCapTotal)
	}
	return nil
}

func (v *Vault) checkRedemptions(vadium.Time) error {
	var last uint64
	var shares, owed [2]vadium.Amount // senior, junior
	for _, r := range v.Redemptions {
		if r.ID <= last || r.ID > v.LastRedemption {
			return fmt.Errorf("redemption %d is out of order", r.ID)
		}
		last = r.ID
		tranche, pool := 0, v.pool(r.Junior)
		if r.Junior {
			tranche = 1
		}
		if r.Generation == pool.Generation {
			shares[tranche] = shares[tranche].MustAdd(r.PoolShares)
		}
		owed[tranche] = owed[tranche].MustAdd(pool.worth(r.PoolShares, r.Generation))
	}
	for tranche, pool := range []Pool{v.SeniorUnbonding, v.JuniorUnbonding} {
		if shares[tranche] != pool.Shares {
			return fmt.Errorf("redemptions have %v shares of the unbonding pool, it issued %v", shares[tranche], pool.Shares)
		}
		if pool.Assets.Less(owed[tranche]) || pool.Shares.IsZero() && !pool.Assets.IsZero() {
			return fmt.Errorf("the unbonding pool holds %v and owes %v", pool.Assets, owed[tranche])
		}
	}
	return nil
}

func (v *Vault) checkDrip(vadium.Time) error {
	d := v.Dripping
	if d.Locked.IsZero() && d != (Drip{}) || d.Until < d.From {
		return fmt.Errorf("the drip of %v from %d to %d has no sense", d.Locked, d.From, d.Until)
	}
	return nil
}
