package vaults

import (
	"fmt"

	"vadium"
)

// Numbers of a commission's rise (economics.md §3.6): delegators see it a week ahead, longer than a reward drips, and it is
// small.
const (
	// MaxRise is the most that one announcement adds.
	MaxRise vadium.Bps = 100
	// RiseEvery is the least time between two announcements.
	RiseEvery = vadium.Day
	// RiseNotice is the time from an announcement to the assignments that are made at it.
	RiseNotice = 7 * vadium.Day
)

// Refusals of a change of commission.
const (
	// ErrCommissionUnchanged: it is what it was, and no rise is announced that this would take back.
	ErrCommissionUnchanged = vadium.Kind("commission-unchanged")
	// ErrRiseTooLarge: one announcement adds at most [MaxRise] to what has been announced before, and a vault never takes
	// more than [MaxCommission].
	ErrRiseTooLarge = vadium.Kind("commission-rise-too-large")
	// ErrRiseTooSoon: the last rise was announced less than [RiseEvery] ago.
	ErrRiseTooSoon = vadium.Kind("commission-rise-too-soon")
)

// Rise is a commission that has been announced, and from when on assignments are made at it.
type Rise struct {
	Commission vadium.Bps
	From       vadium.Time
}

// CommissionAt returns the commission of an assignment that is made at an instant.
func (v *Vault) CommissionAt(at vadium.Time) vadium.Bps {
	commission := v.Commission
	for _, rise := range v.Rises {
		if rise.From.After(at) {
			break
		}
		commission = rise.Commission
	}
	return commission
}

// PlanCommission returns from when on a new commission would hold. A fall holds at once and takes every rise back that is
// announced; so does naming the commission that is in force. A rise is measured from the last one announced and waits for
// [RiseNotice]. It refuses with [ErrCommissionUnchanged], [ErrRiseTooLarge] or [ErrRiseTooSoon].
func (v *Vault) PlanCommission(now vadium.Time, commission vadium.Bps) (Rise, error) {
	current, pending := v.CommissionAt(now), v.pending(now)
	if commission < current || commission == current && len(pending) > 0 {
		return Rise{commission, now}, nil
	}
	last := current
	if len(pending) > 0 {
		last = pending[len(pending)-1].Commission
	}
	switch {
	case commission == current:
		return Rise{}, ErrCommissionUnchanged
	case commission <= last:
		return Rise{}, fmt.Errorf("%d bps are announced already (set %d to take that back): %w", last, current, ErrCommissionUnchanged)
	case commission > MaxCommission, commission-last > MaxRise:
		return Rise{}, fmt.Errorf("from %d to %d bps, at most %d more and %d in all: %w", last, commission, MaxRise, MaxCommission, ErrRiseTooLarge)
	}
	if len(pending) > 0 {
		if next := pending[len(pending)-1].From.Add(RiseEvery - RiseNotice); now.Before(next) {
			return Rise{}, fmt.Errorf("the next may be announced in %d ms: %w", next.Sub(now), ErrRiseTooSoon)
		}
	}
	return Rise{commission, now.Add(RiseNotice)}, nil
}

// pending returns the rises that do not hold yet.
func (v *Vault) pending(now vadium.Time) []Rise {
	for i, rise := range v.Rises {
		if rise.From.After(now) {
			return v.Rises[i:]
		}
	}
	return nil
}

// ApplyCommission carries a planned change out.
func (v *Vault) ApplyCommission(now vadium.Time, planned Rise) {
	if !planned.From.After(now) {
		v.Commission, v.Rises = planned.Commission, nil
		return
	}
	pending := v.pending(now)
	v.Commission, v.Rises = v.CommissionAt(now), with(pending, len(pending), planned)
}
