package marketplace

import (
	"fmt"

	"vadium"
)

// Refusals of commands that change where a prover stands.
const (
	// ErrProverState: the prover does not stand where this leads on.
	ErrProverState = vadium.Kind("prover-state")
	// ErrJailTerm: the prover's jail term is not over.
	ErrJailTerm = vadium.Kind("jail-term-runs")
	// ErrVaultInUse: the vault still has stake of the prover's own, active or unbonding, or an assignment, a case or a penalty
	// that is held back.
	ErrVaultInUse = vadium.Kind("vault-in-use")
)

// exitMarket ends a prover's time. It goes on delivering what it was assigned, and is paid and punished for it.
func (d *draft) exitMarket(by vadium.Account) error {
	if d.VaultOf(by) == nil {
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	}
	if !d.moveProver(by, StateExiting, CauseLeft, 0, "") {
		return fmt.Errorf("prover %v is %v: %w", by, d.Prover(by).State(), ErrProverState)
	}
	return nil
}

// releaseProver is the operator's word that a jailed prover may go on, or that one whose vault became insolvent may begin
// anew. Who cheated never returns.
func (d *draft) releaseProver(b ReleaseProver) error {
	p := d.Prover(b.Prover)
	switch state := p.State(); {
	case state == StateJailed:
		if until := p.Status.Until; d.now.Before(until) {
			return fmt.Errorf("prover %v is jailed until %d: %w", b.Prover, until, ErrJailTerm)
		}
		to := StateActive
		if p.Status.Left {
			to = StateExiting
		}
		d.moveProver(b.Prover, to, CauseReleased, 0, b.Reason)
		d.restand(b.Prover)
		return nil
	case state == StateTombstoned && p.Status.Cause == CauseInsolvent:
		if err := d.leaveVault(b.Prover); err != nil {
			return err
		}
		d.moveProver(b.Prover, StateNull, CauseReleased, 0, b.Reason)
		return nil
	default:
		return fmt.Errorf("prover %v is %v: %w", b.Prover, state, ErrProverState)
	}
}

// leaveVault pays what a prover's vault still owes it, if nothing else of the vault concerns it any more: from then on the
// vault is its delegators' alone, who redeem and claim as before. Nothing that comes later can reach the prover there: it
// earns and owes through assignments, cases and what is held back, and there are none.
func (d *draft) leaveVault(prover vadium.Account) error {
	v := d.VaultOf(prover)
	inUse := func(by string) error {
		return fmt.Errorf("vault %d of prover %v has %s: %w", v.ID, prover, by, ErrVaultInUse)
	}
	switch b := d.Backing(v.ID); {
	case !v.Junior.IsZero():
		return inUse(fmt.Sprintf("junior stake of %s tokens (redeem it)", v.Junior.Tokens()))
	case !v.JuniorUnbonding.Assets.IsZero():
		return inUse(fmt.Sprintf("%s tokens of junior stake on their way out (claim them)", v.JuniorUnbonding.Assets.Tokens()))
	case v.LockCount > 0:
		return inUse(fmt.Sprintf("%d assignments that are not over", v.LockCount))
	case v.Cases > 0:
		return inUse(fmt.Sprintf("%d open cases", v.Cases))
	case b != nil && len(b.Deferred) > 0:
		return inUse("penalties that are held back")
	}
	if !v.CommissionDue.IsZero() {
		d.emit(&CommissionClaimed{v.ID, v.CommissionDue})
	}
	return nil
}

// reopen takes a prover that left out of its old vault, if it has one, so that it can open another.
func (d *draft) reopen(prover vadium.Account) error {
	p := d.Prover(prover)
	switch p.State() {
	case StateNull:
		return nil
	case StateExiting:
		if err := d.leaveVault(prover); err != nil {
			return err
		}
		d.moveProver(prover, StateNull, CauseReopened, 0, "")
		return nil
	default:
		return fmt.Errorf("%v has vault %d: %w", prover, p.Vault, ErrVaultExists)
	}
}
