package vaults

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"vadium"
)

// Refusals of a lock.
const (
	// ErrStakeLocked: the stake that would be needed is already locked for other assignments.
	ErrStakeLocked = vadium.Kind("stake-locked")
	// ErrDamageCapsExceedJunior: the prover's own stake does not cover the damages it would owe if all its
	// assignments failed.
	ErrDamageCapsExceedJunior = vadium.Kind("damage-caps-exceed-junior")
)

// Lock is the stake reserved for one assignment, until its request is final.
type Lock struct {
	Request vadium.RequestID `json:"request"`
	// Attempt tells the assignments of one request to this vault apart.
	Attempt uint32 `json:"attempt"`
	// Amount is the most that all penalties of the assignment may take.
	Amount vadium.Amount `json:"amount"`
	// DamageCap is the part of it that the requester may get, from the junior.
	DamageCap vadium.Amount `json:"damageCap"`
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
	if v.Cases > 0 {
		return ErrCaseOpen
	}
	// Not by what is free: when a slash left less than the locks, even a lock of nothing is one too many.
	if locked, fits := v.LockTotal.Add(l.Amount); !fits || v.Effective(now).Less(locked) {
		return fmt.Errorf("vault %d has %s tokens free, %s are needed: %w", v.ID, v.Free(now).Tokens(), l.Amount.Tokens(), ErrStakeLocked)
	}
	if caps, fits := v.DamageCapTotal.Add(l.DamageCap); !fits || v.Junior.Less(caps) {
		return fmt.Errorf("vault %d can promise %s tokens of damages more, %s are asked: %w",
			v.ID, v.Junior.SubFloor(v.DamageCapTotal).Tokens(), l.DamageCap.Tokens(), ErrDamageCapsExceedJunior)
	}
	return nil
}

// AddLock reserves stake. It panics when the attempt already has a lock.
func (v *Vault) AddLock(l Lock) {
	i, found := v.findLock(l.Request, l.Attempt)
	if found {
		panic(fmt.Sprintf("invariant: an assignment locks once, yet attempt %d of %v is locked", l.Attempt, l.Request))
	}
	v.Locks = slices.Insert(v.Locks, i, l)
	v.LockTotal = v.LockTotal.MustAdd(l.Amount)
	v.DamageCapTotal = v.DamageCapTotal.MustAdd(l.DamageCap)
}

// Release ends a reservation and returns it. It panics when there is none.
func (v *Vault) Release(request vadium.RequestID, attempt uint32) Lock {
	i, found := v.findLock(request, attempt)
	if !found {
		panic(fmt.Sprintf("invariant: only what is locked is released, yet attempt %d of %v is not", attempt, request))
	}
	l := v.Locks[i]
	v.Locks = slices.Delete(v.Locks, i, i+1)
	v.LockTotal = v.LockTotal.MustSub(l.Amount)
	v.DamageCapTotal = v.DamageCapTotal.MustSub(l.DamageCap)
	return l
}

// LockOf returns the lock of an assignment and whether there is one.
func (v *Vault) LockOf(request vadium.RequestID, attempt uint32) (Lock, bool) {
	i, found := v.findLock(request, attempt)
	if !found {
		return Lock{}, false
	}
	return v.Locks[i], true
}

func (v *Vault) findLock(request vadium.RequestID, attempt uint32) (int, bool) {
	return slices.BinarySearchFunc(v.Locks, Lock{Request: request, Attempt: attempt}, compareLocks)
}

func compareLocks(a, b Lock) int {
	return cmp.Or(bytes.Compare(a.Request[:], b.Request[:]), cmp.Compare(a.Attempt, b.Attempt))
}
