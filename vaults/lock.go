package vaults

import (
	"fmt"

	"vadium"
	"vadium/vaults/risk"
)

// Refusals of a lock.
const (
	// ErrStakeLocked: the stake that would be needed is already locked for other assignments.
	ErrStakeLocked = vadium.Kind("stake-locked")
	// ErrDamageCapsExceedJunior: the prover's own stake does not cover the damages it would owe if all its
	// assignments failed.
	ErrDamageCapsExceedJunior = vadium.Kind("damage-caps-exceed-junior")
)

// Lock is the stake reserved for one assignment, until its request is final. Amounts are in the vault's asset.
type Lock struct {
	Request vadium.RequestID `json:"request"`
	// Attempt tells the assignments of one request to this vault apart.
	Attempt uint32 `json:"attempt"`
	// Amount is the most that all penalties of the assignment may take.
	Amount vadium.Amount `json:"amount"`
	// DamageCap is the part of it that the requester may get, from the junior.
	DamageCap vadium.Amount `json:"damageCap"`
	// Across is what the lock covers in the numeraire, when the promise is in another asset than the stake; zero when both
	// are in one, and no price moves it.
	Across risk.Exposure `json:"across,omitzero" rlp:"optional"`
}

// Reduced returns the lock after penalties took so much of it, as much of that as were damages: what it covers in the
// numeraire shrinks in proportion, rounded up in favour of whoever is covered.
func (l Lock) Reduced(damages, total vadium.Amount) Lock {
	was := l
	l.Amount, l.DamageCap = l.Amount.SubFloor(total), l.DamageCap.SubFloor(damages)
	l.Across.Value = share(l.Across.Value, l.Amount, was.Amount)
	l.Across.Cap = share(l.Across.Cap, l.DamageCap, was.DamageCap)
	return l
}

// share returns ceil(v*part/whole), and nothing of nothing.
func share(v risk.Value, part, whole vadium.Amount) risk.Value {
	if v == 0 || whole.IsZero() {
		return 0
	}
	return risk.Value(must(vadium.NewAmount(uint64(v)).MulDivUp(part, whole)).Uint256().Uint64()) // no more than v
}

// LockFor returns the lock of an assignment whose fee is in the asset of the stake (economics.md §4.2): the damage cap
// and, for the punitive part, half of the fee or a tenth of the damage cap, whichever is more. Both round up: the
// requester is covered to the last unit.
func LockFor(damageCap, fee vadium.Amount) vadium.Amount {
	return damageCap.MustAdd(vadium.Max(fee.BpsUp(5_000), damageCap.BpsUp(1_000)))
}

// Locked returns the sum of all locks.
func (v *Vault) Locked() vadium.Amount { return v.LockTotal }

// DamageCaps returns the sum of all locks' damage caps.
func (v *Vault) DamageCaps() vadium.Amount { return v.DamageCapTotal }

// Free returns the effective stake that no lock needs, and zero when a slash has left less than the locks.
func (v *Vault) Free(now vadium.Time) vadium.Amount { return v.Effective(now).SubFloor(v.LockTotal) }

// CheckLock reports whether l may be added now: with it, all locks together stay within the effective stake and all
// damage caps within the junior. It refuses with [ErrCaseOpen], [ErrStakeLocked] or [ErrDamageCapsExceedJunior].
func (v *Vault) CheckLock(now vadium.Time, l Lock) error {
	switch v.refusalOf(now, l) {
	case ErrCaseOpen:
		return ErrCaseOpen
	case ErrStakeLocked:
		return fmt.Errorf("vault %d has %s tokens free, %s are needed: %w", v.ID, v.Free(now).Tokens(), l.Amount.Tokens(), ErrStakeLocked)
	case ErrDamageCapsExceedJunior:
		return fmt.Errorf("vault %d can promise %s tokens of damages more, %s are asked: %w",
			v.ID, v.Junior.SubFloor(v.DamageCapTotal).Tokens(), l.DamageCap.Tokens(), ErrDamageCapsExceedJunior)
	}
	return nil
}

// CanLock is CheckLock without the reason: clearings ask it of many vaults.
func (v *Vault) CanLock(now vadium.Time, l Lock) bool { return v.refusalOf(now, l) == "" }

func (v *Vault) refusalOf(now vadium.Time, l Lock) vadium.Kind {
	if v.Cases > 0 {
		return ErrCaseOpen
	}
	// Not by what is free: when a slash left less than the locks, even a lock of nothing is one too many.
	if locked, fits := v.LockTotal.Add(l.Amount); !fits || v.Effective(now).Less(locked) {
		return ErrStakeLocked
	}
	if caps, fits := v.DamageCapTotal.Add(l.DamageCap); !fits || v.Junior.Less(caps) {
		return ErrDamageCapsExceedJunior
	}
	return ""
}

// AddLock reserves stake. The caller keeps the lock, to release it as it then is.
func (v *Vault) AddLock(l Lock) {
	v.LockCount++
	v.LockTotal = v.LockTotal.MustAdd(l.Amount)
	v.DamageCapTotal = v.DamageCapTotal.MustAdd(l.DamageCap)
}

// Release ends a reservation. It panics when the vault has none, or not so much.
func (v *Vault) Release(l Lock) {
	if v.LockCount == 0 {
		panic(fmt.Sprintf("invariant: only what is locked is released, yet vault %d has no lock and is to release that of %v", v.ID, l.Request))
	}
	v.LockCount--
	v.LockTotal = v.LockTotal.MustSub(l.Amount)
	v.DamageCapTotal = v.DamageCapTotal.MustSub(l.DamageCap)
}
