package marketplace

import (
	"fmt"

	"vadium"
	"vadium/vaults/risk"
)

// ProverState is where a prover stands. The numbers are persisted and never reused.
//
// A prover in any state answers for what it was assigned before: it may still accept what it was offered, deliver, resign or
// dispute, is paid for it and pays for its faults, and its stake is redeemed and claimed. Only an active one is assigned
// anything new.
type ProverState uint8

// Prover states (economics.md §1 B1, Z11, §6.1).
const (
	// StateNull: no vault yet, or none any more.
	StateNull ProverState = 0
	// StateActive: may be assigned requests.
	StateActive ProverState = 1
	// StateSuspended: stake that was called for is missing, or a penalty is still held back. It ends when that does.
	StateSuspended ProverState = 2
	// StateJailed: too many faults, one that was too grave, or too little stake of its own after a slash.
	StateJailed ProverState = 3
	// StateExcluded: stake that was called for never came. The prover must leave, and may begin again.
	StateExcluded ProverState = 4
	// StateExiting: the prover is leaving.
	StateExiting ProverState = 5
	// StateTombstoned: the prover cheated, or its vault became insolvent. It never returns.
	StateTombstoned ProverState = 6
)

var proverStates = [...]string{"null", "active", "suspended", "jailed", "excluded", "exiting", "tombstoned"}

// String returns the name as people write it.
func (s ProverState) String() string {
	if int(s) < len(proverStates) {
		return proverStates[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// MarshalText writes [ProverState.String].
func (s ProverState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Cause is why a prover moved from one state to another. The numbers are persisted and never reused.
type Cause uint8

// Causes.
const (
	CauseOpened      Cause = 1  // opened a vault
	CauseCalled      Cause = 2  // did not post what was called for
	CausePosted      Cause = 3  // posted it
	CauseHeldBack    Cause = 4  // the bucket holds a penalty back
	CauseSettled     Cause = 5  // and does so no longer
	CauseStrikes     Cause = 6  // too many faults in too little time
	CauseGrave       Cause = 7  // one fault that was too grave
	CauseJuniorSpent Cause = 8  // a slash left less of its own stake than the minimum
	CauseCheated     Cause = 9  // an offence of severity 90 and more
	CauseInsolvent   Cause = 10 // its vault is worth next to nothing
	CauseReleased    Cause = 11 // the operator let it go on
	CauseLeft        Cause = 12 // its own wish
	CauseReopened    Cause = 13 // left, and opens another vault
)

var causes = [...]string{"", "opened a vault", "did not post what was called for", "posted what was called for", "a penalty is held back",
	"the penalty was taken", "too many faults", "too grave a fault", "too little stake of its own", "cheated", "the vault is insolvent",
	"released by the operator", "left", "begins anew"}

// String returns the cause as words.
func (c Cause) String() string {
	if c > 0 && int(c) < len(causes) {
		return causes[c]
	}
	return fmt.Sprintf("cause %d", uint8(c))
}

// MarshalText writes [Cause.String].
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// move is one way from a state to another.
type move struct {
	From, To ProverState
	Cause    Cause
	// Own says that the prover can bring it about by itself.
	Own bool
}

// moves is every way a prover can go; there are no others. None that leaves Jailed or Tombstoned is the prover's own.
var moves = [...]move{
	{StateNull, StateActive, CauseOpened, true},

	{StateActive, StateSuspended, CauseCalled, false},
	{StateActive, StateSuspended, CauseHeldBack, false},
	{StateSuspended, StateActive, CausePosted, true},
	{StateSuspended, StateActive, CauseSettled, false},
	{StateSuspended, StateSuspended, CauseCalled, false},   // for a call besides, or now for that alone
	{StateSuspended, StateSuspended, CauseHeldBack, false}, // the call was met, a penalty is still held back
	{StateSuspended, StateExcluded, CauseCalled, false},

	{StateActive, StateJailed, CauseStrikes, false},
	{StateActive, StateJailed, CauseGrave, false},
	{StateActive, StateJailed, CauseJuniorSpent, false},
	{StateSuspended, StateJailed, CauseStrikes, false},
	{StateSuspended, StateJailed, CauseGrave, false},
	{StateSuspended, StateJailed, CauseJuniorSpent, false},
	{StateExcluded, StateJailed, CauseStrikes, false},
	{StateExcluded, StateJailed, CauseGrave, false},
	{StateExcluded, StateJailed, CauseJuniorSpent, false},
	{StateExiting, StateJailed, CauseStrikes, false},
	{StateExiting, StateJailed, CauseGrave, false},
	{StateJailed, StateActive, CauseReleased, false},
	{StateJailed, StateExiting, CauseReleased, false}, // had left before

	{StateActive, StateExiting, CauseLeft, true},
	{StateSuspended, StateExiting, CauseLeft, true},
	{StateExcluded, StateExiting, CauseLeft, true},
	{StateExiting, StateNull, CauseReopened, true},

	{StateActive, StateTombstoned, CauseCheated, false},
	{StateSuspended, StateTombstoned, CauseCheated, false},
	{StateJailed, StateTombstoned, CauseCheated, false},
	{StateExcluded, StateTombstoned, CauseCheated, false},
	{StateExiting, StateTombstoned, CauseCheated, false},
	{StateActive, StateTombstoned, CauseInsolvent, false},
	{StateSuspended, StateTombstoned, CauseInsolvent, false},
	{StateJailed, StateTombstoned, CauseInsolvent, false},
	{StateExcluded, StateTombstoned, CauseInsolvent, false},
	{StateExiting, StateTombstoned, CauseInsolvent, false},
	{StateTombstoned, StateTombstoned, CauseCheated, false}, // found out later: then it is never released
	{StateTombstoned, StateNull, CauseReleased, false},      // only after an insolvency
}

func allowed(from, to ProverState, why Cause) bool {
	for _, m := range moves {
		if m.From == from && m.To == to && m.Cause == why {
			return true
		}
	}
	return false
}

// Status is where a prover stands, and what that rests on.
type Status struct {
	// Moved is the state it was moved to last; zero until it is moved for the first time after it opened a vault: see
	// [Prover.State].
	Moved ProverState
	Since vadium.Time
	Cause Cause
	Until vadium.Time // a jail term's end
	// Strikes are the times of its latest faults that count as one, oldest first; never changed in place.
	Strikes []vadium.Time
	// Left says of a jailed prover that it was leaving before: it goes on leaving when it is released.
	Left bool `rlp:"optional"`
}

// State returns where the prover stands.
func (p *Prover) State() ProverState {
	if p == nil || p.Vault == 0 {
		return StateNull
	}
	if p.Status.Moved == StateNull {
		return StateActive
	}
	return p.Status.Moved
}

// moveProver emits a move from where the prover stands, if there is one for this cause that leads anywhere, and reports
// whether there was.
func (d *draft) moveProver(prover vadium.Account, to ProverState, why Cause, until vadium.Time, reason string) bool {
	p := d.Prover(prover)
	from := p.State()
	if !allowed(from, to, why) || from == to && p.Status.Cause == why {
		return false
	}
	d.emit(&ProverMoved{Prover: prover, Vault: p.Vault, From: from, To: to, Cause: why, Until: until, Reason: reason})
	return true
}

func (e *ProverMoved) apply(s *State, at vadium.Time, _ uint64) {
	must(allowed(e.From, e.To, e.Cause), "provers move along the table")
	p := s.prover(e.Prover)
	must(p.State() == e.From, "provers move from where they stand")
	p.thaw(at)
	p.Status.Moved, p.Status.Since, p.Status.Cause, p.Status.Until = e.To, at, e.Cause, e.Until
	p.Status.Left = e.From == StateExiting && e.To == StateJailed
	if e.To == StateNull {
		p.Vault = 0
	}
	s.restate(p, e.From)
	if s.base == nil {
		s.refreshOffers(e.Prover)
	}
}

// suspends reports whether a vault's situation keeps its prover from taking anything new, and why.
func (b *Backing) suspends() (Cause, bool) {
	switch {
	case b == nil:
		return 0, false
	case b.Calls.Stage() >= risk.Suspended:
		return CauseCalled, true
	case len(b.Deferred) > 0:
		return CauseHeldBack, true
	}
	return 0, false
}

// restand moves a prover between Active, Suspended and Excluded after its calls, or what is held back, have changed.
func (d *draft) restand(prover vadium.Account) {
	p := d.Prover(prover)
	b := d.Backing(p.Vault)
	why, suspended := b.suspends()
	switch state := p.State(); {
	case suspended && (state == StateActive || state == StateSuspended && why != p.Status.Cause):
		d.moveProver(prover, StateSuspended, why, 0, "")
	case !suspended && state == StateSuspended:
		if p.Status.Cause == CauseHeldBack {
			why = CauseSettled
		} else {
			why = CausePosted
		}
		d.moveProver(prover, StateActive, why, 0, "")
	}
	if b != nil && b.Calls.Stage() == risk.Excluded {
		d.moveProver(prover, StateExcluded, CauseCalled, 0, "")
	}
}
