package marketplace

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vadium"
	"vadium/auction"
	"vadium/vaults/risk"
)

// Phase is where a request stands. The numbers are persisted and never reused.
//
//	from        event               to           when
//	-           RequestSubmitted    Open         escrow covers the maximal fee
//	Open        RequestAssigned     Assigned     a prover won the clearing; its stake is locked
//	Open        RequestClosed       Cancelled    the requester took it back
//	Open        RequestClosed       Unserved     too late for anyone to begin
//	Assigned    RequestAccepted     Accepted     the prover solved the witness; liability starts
//	Assigned    AssignmentEnded     Open         declined, silent or disputed; a backup may be assigned next
//	Open        RequestClosed       Unsatisfiable  enough vaults found the input unsatisfiable
//	Accepted    GraceStarted        Grace        the deadline passed without a delivery under verification
//	Accepted    DeliveryAccepted    Proved       a valid proof arrived in time
//	Grace       DeliveryAccepted    Proved       a valid proof arrived late; the fee shrank, damages grew
//	Grace       RequestClosed       Failed       grace ended without a proof; escrow and damages to the requester
//	Proved      RequestClosed       Settled      the last assignment is finished
//
// Backups of a silent or failing primary run beside it and do not change the phase.
type Phase uint8

// Phases. Those from PhaseSettled on are final.
const (
	PhaseOpen          Phase = 1
	PhaseAssigned      Phase = 2
	PhaseAccepted      Phase = 3
	PhaseGrace         Phase = 4
	PhaseProved        Phase = 5
	PhaseSettled       Phase = 16
	PhaseFailed        Phase = 17
	PhaseCancelled     Phase = 18
	PhaseUnserved      Phase = 19
	PhaseUnsatisfiable Phase = 20
)

var phaseNames = map[Phase]string{
	PhaseOpen: "open", PhaseAssigned: "assigned", PhaseAccepted: "accepted", PhaseGrace: "grace", PhaseProved: "proved",
	PhaseSettled: "settled", PhaseFailed: "failed", PhaseCancelled: "cancelled", PhaseUnserved: "unserved",
	PhaseUnsatisfiable: "unsatisfiable",
}

// transitions is the table above as data; Apply refuses to leave it.
var transitions = [PhaseUnsatisfiable + 1][]Phase{
	0:             {PhaseOpen},
	PhaseOpen:     {PhaseAssigned, PhaseCancelled, PhaseUnserved, PhaseUnsatisfiable},
	PhaseAssigned: {PhaseAccepted, PhaseOpen},
	PhaseAccepted: {PhaseGrace, PhaseProved},
	PhaseGrace:    {PhaseProved, PhaseFailed},
	PhaseProved:   {PhaseSettled},
}

// String returns the phase as a word.
func (p Phase) String() string {
	if name, ok := phaseNames[p]; ok {
		return name
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// MarshalText writes [Phase.String].
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ParsePhase reads what [Phase.String] writes.
func ParsePhase(text string) (Phase, error) {
	for phase, name := range phaseNames {
		if name == text {
			return phase, nil
		}
	}
	names := slices.Sorted(maps.Values(phaseNames))
	return 0, fmt.Errorf("phase %q is unknown (known: %s)", text, strings.Join(names, ", "))
}

// Final reports whether a request in this phase is over.
func (p Phase) Final() bool { return p >= PhaseSettled }

// Stage is where one assignment stands. The numbers are persisted and never reused.
type Stage uint8

// Stages. Those from StageDelivered on are over.
const (
	StageOffered   Stage = 1 // waiting for accept or decline
	StageAccepted  Stage = 2 // liable
	StageResigned  Stage = 3 // gave up after accepting; still liable until the request ends
	StageFailed    Stage = 4 // used up its deliveries; still liable until the request ends
	StageDisputed  Stage = 5 // says the input does not satisfy; its lock stays until the request ends
	StageDelivered Stage = 16
	StageDeclined  Stage = 17
	StageSilent    Stage = 18 // did not answer within the accept window
	StageFaulted   Stage = 19 // never delivered, and was punished for it
	StageReleased  Stage = 20 // no longer needed
	StageExcused   Stage = 21 // nobody could decide on its deliveries: over, and no fault of the prover's
)

var stageNames = map[Stage]string{
	StageOffered: "offered", StageAccepted: "accepted", StageResigned: "resigned", StageFailed: "failed",
	StageDisputed: "disputed", StageDelivered: "delivered", StageDeclined: "declined", StageSilent: "silent",
	StageFaulted: "faulted", StageReleased: "released", StageExcused: "excused",
}

// String returns the stage as a word.
func (s Stage) String() string {
	if name, ok := stageNames[s]; ok {
		return name
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// MarshalText writes [Stage.String].
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Over reports whether the assignment has ended.
func (s Stage) Over() bool { return s >= StageDelivered }

// Liable reports whether the prover has accepted and not yet finished.
func (s Stage) Liable() bool { return s == StageAccepted || s == StageResigned || s == StageFailed }

// Delivery is a proof under verification.
type Delivery struct {
	Proof vadium.Digest `json:"proof"`
	// At is its arrival on the clock of the deadlines, which outages and pauses move too: it fixes punctuality whatever
	// verification takes.
	At vadium.Time `json:"at"`
}

// Attempt is one assignment of a request to a prover. Its terms are fixed when it is assigned.
type Attempt struct {
	Prover vadium.Account `json:"prover"`
	Vault  vadium.VaultID `json:"vault"`
	Price  vadium.Amount  `json:"price"`
	// Commission is the vault's rate, pinned at assignment.
	Commission vadium.Bps `json:"commissionBps"`
	// Lock and DamageCap are what the vault locked, before slashes, in its asset.
	Lock      vadium.Amount `json:"lock"`
	DamageCap vadium.Amount `json:"damageCap"`
	// Behind is one more than the index of the attempt this one backs up at that attempt's expense; 0 for a primary.
	Behind      uint32      `json:"behind"`
	Stage       Stage       `json:"stage"`
	AcceptBy    vadium.Time `json:"acceptBy"`
	HeartbeatBy vadium.Time `json:"heartbeatBy"` // Forever once it has been missed or the attempt is over
	Deadline    vadium.Time `json:"deadline"`
	GraceEnd    vadium.Time `json:"graceEnd"`
	Progress    vadium.Bps  `json:"progressBps"`
	Deliveries  uint32      `json:"deliveries"`
	// Pending holds at most one delivery under verification; it is never changed in place.
	Pending []Delivery `json:"pending,omitempty"`
	// Tells says that its price enters the price index when it is earned.
	Tells bool `json:"tells"`
	// Slashed is what the attempt has lost so far, never more than Lock, in the vault's asset.
	Slashed vadium.Amount `json:"slashed"`
	// Paid is the fee it earned.
	Paid        vadium.Amount `json:"paid"`
	DeliveredAt vadium.Time   `json:"deliveredAt,omitempty"`
	// Undecided counts the deliveries on which verification could not decide; they are not among Deliveries.
	Undecided uint32 `json:"undecided,omitempty" rlp:"optional"` // journals from before it was counted have none
	// Policy is the slashing policy it was assigned under: an index into the policies there ever were.
	Policy uint32 `json:"policy,omitempty" rlp:"optional"`
	// Compensated is what the requester received out of the vault when that is in another asset than fees are: in the vault's
	// asset, and no part of the request's.
	Compensated vadium.Amount `json:"compensated,omitzero" rlp:"optional"`
	// Floor is the least that never delivering costs, as a share of the price before the context, where that is more than a
	// tenth: walking away when proving becomes dearer is an option, and the longer there is for it the more it is worth.
	Floor vadium.Bps `json:"floorBps,omitempty" rlp:"optional"`
	// ETA is what its prover's ask declared, and At when it was assigned: what a score counts. 0 for those that no score counts.
	ETA vadium.Duration `json:"etaMs,omitempty" rlp:"optional"`
	At  vadium.Time     `json:"at,omitempty" rlp:"optional"`
	// Hedge says that it is a backup at the requester's expense.
	Hedge bool `json:"hedge,omitempty" rlp:"optional"`
	// Reserve is the request's when it was assigned, where a schedule may have raised that since; zero elsewhere.
	Reserve vadium.Amount `json:"reserve,omitzero" rlp:"optional"`
}

// silent reports whether an accepted prover has missed its heartbeats and nothing is heard of it.
func (a *Attempt) silent() bool { return a.HeartbeatBy == vadium.Forever && len(a.Pending) == 0 }

// soughtIn returns the product whose asks decide who proves the request next: its own, but where a batch has served it over asks
// whose prices are never opened. Nobody could check anything else that was decided over those, so who comes in for its prover is found
// over the asks of the immediate tier.
func (r *Request) soughtIn() auction.Product {
	product := r.Product
	if r.Unopened {
		product.Tier = auction.Immediate
	}
	return product
}

// countedIn returns the product in which an assignment fills a slot: that of the ask by which it was won.
func (r *Request) countedIn(attempt int) auction.Product {
	if attempt == 0 {
		return r.Product // the batch's
	}
	return r.soughtIn()
}

// Request is one job from submission to its end.
type Request struct {
	ID         vadium.RequestID `json:"id"`
	Requester  vadium.Account   `json:"requester"`
	Program    vadium.ProgramID `json:"program"`
	Statement  []byte           `json:"statement"`
	Input      vadium.Digest    `json:"input"`
	MaxFee     vadium.Amount    `json:"maxFee"`
	DamageCap  vadium.Amount    `json:"damageCap"`
	Submitted  vadium.Time      `json:"submitted"`
	Deadline   vadium.Time      `json:"deadline"`
	GraceEnd   vadium.Time      `json:"graceEnd"`
	Product    auction.Product  `json:"product"`
	Redundancy uint32           `json:"redundancy"`
	Allow      []vadium.Account `json:"allow,omitempty"`
	Deny       []vadium.Account `json:"deny,omitempty"`

	// Terms is the index of the parameters the request was submitted under.
	Terms uint32 `json:"terms"`
	// Reserve is the most the market pays for this request, fixed at submission: at most MaxFee.
	Reserve vadium.Amount `json:"reserve"`
	// Position is the journal position of the submission: asks placed later count only once published.
	Position uint64 `json:"position"`
	// MinProving is the fastest benchmark of the program's provers at submission.
	MinProving vadium.Duration `json:"minProvingMs"`
	// Punishable says whether the program's keys are vouched for by more than their registrant: only then is there a
	// lock, a penalty, or a mark on anyone's score.
	Punishable bool `json:"punishable"`

	Phase  Phase         `json:"phase"`
	Escrow vadium.Amount `json:"escrow"`
	// Attempts in order of assignment.
	Attempts []Attempt `json:"attempts"`
	// Ranked are the backups fixed at the last clearing that have not been used, in order.
	Ranked []auction.Award `json:"ranked,omitempty"`
	// Proof is the accepted proof, once Phase is Proved or Settled.
	Proof    vadium.Digest `json:"proof"`
	ProvedBy uint32        `json:"provedBy"` // one more than the index of the attempt that proved it
	// GraceBegun says that the deadline passed unproven.
	GraceBegun bool `json:"graceBegun"`
	// Closed and Reason say when and why it ended; Paid is what it cost the requester and Compensated what the requester received in the
	// market's own asset (see [Attempt.Compensated] for others).
	Closed      vadium.Time   `json:"closed,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	MarketPrice vadium.Amount `json:"marketPrice"`
	Paid        vadium.Amount `json:"paid"`
	Compensated vadium.Amount `json:"compensated"`
	// Alert is the one it was submitted under: its locks are larger by it.
	Alert risk.Alert `json:"alert,omitempty" rlp:"optional"`
	// Tick is when it is cleared together with the others of its product; 0 when it is cleared by itself. Waited is the first
	// tick that did not serve it.
	Tick   vadium.Time `json:"tick,omitempty" rlp:"optional"`
	Waited vadium.Time `json:"waitedSince,omitempty" rlp:"optional"`
	// Copy is its number, from 1, among those that one submission made to have it proven by several owners; 0 when there is no
	// other. Lead is the first of them.
	Copy uint32           `json:"copy,omitempty" rlp:"optional"`
	Lead vadium.RequestID `json:"lead,omitzero" rlp:"optional"`
	// Raised is how many steps of its schedule have been taken.
	Raised uint32 `json:"raised,omitempty" rlp:"optional"`
	// Quote is the quote that its reserve is, and Arranged what is not ordinary about it; nil if there is none. Neither is ever
	// changed in place.
	Quote    *Quote       `json:"quote,omitempty" rlp:"optional,nil"`
	Arranged *Arrangement `json:"arranged,omitempty" rlp:"optional,nil"`
	// OpenToAll says that its reservation has ended untaken.
	OpenToAll bool `json:"openToAll,omitempty" rlp:"optional"`
	// Moved is by how much outages and pauses have moved what is arranged from its submission on; 0 where nothing is arranged.
	Moved vadium.Duration `json:"movedMs,omitempty" rlp:"optional"`
	// Unopened says that a batch served it over asks whose prices are never opened: see [Request.soughtIn].
	Unopened bool `json:"unopened,omitempty" rlp:"optional"`

	// Derived, of the state itself only.
	listedDue vadium.Time // of its entry in the heap of what is due; 0 if it has none
	inLine    bool        // of those that want a prover and are cleared by themselves
	pooled    vadium.Time // the tick that it waits for in its pool; 0 if it is in none
}

// copy makes r equal to from. They share what is never changed in place: the statement, the lists, the ranked backups.
func (r *Request) copy(from *Request) {
	attempts := append(r.Attempts[:0], from.Attempts...)
	if attempts == nil {
		attempts = []Attempt{} // to people, a request that nobody has been assigned has no attempts, and not none to speak of
	}
	*r = *from
	r.Attempts = attempts
}

// ServedBy returns the attempt that may fetch the input now: the account must be assigned and not finished.
func (r *Request) ServedBy(prover vadium.Account) (attempt uint32, ok bool) {
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Prover == prover && !a.Stage.Over() {
			return uint32(i), true
		}
	}
	return 0, false
}

// expires is when it becomes impossible for anyone to prove an unassigned request in time.
func (r *Request) expires() vadium.Time { return r.Deadline.Add(-r.MinProving) }

// due is the first instant at which the market has to act on the request by itself.
func (r *Request) due() vadium.Time {
	if r.Phase.Final() {
		return vadium.Forever
	}
	last := vadium.Forever // the last instant in time of what comes first
	switch r.Phase {
	case PhaseOpen:
		last = r.expires().Earliest(r.batchLast()).Earliest(r.modeLast()).Earliest(r.failoverLast())
	case PhaseAssigned, PhaseAccepted, PhaseGrace, PhaseProved:
		for i := range r.Attempts {
			last = last.Earliest(r.attemptLast(&r.Attempts[i]))
		}
		if !r.running() {
			last = last.Earliest(r.GraceEnd)
		}
		if r.Phase == PhaseAccepted && !r.GraceBegun && !r.pending() {
			last = last.Earliest(r.Deadline)
		}
	default: // it has ended
	}
	if last == vadium.Forever {
		return vadium.Forever
	}
	return last.Add(vadium.Millisecond)
}

// attemptLast is the last instant at which an attempt is in time with what is asked of it next.
func (r *Request) attemptLast(a *Attempt) vadium.Time {
	if a.Stage.Over() || len(a.Pending) > 0 {
		return vadium.Forever
	}
	switch a.Stage {
	case StageOffered:
		return a.AcceptBy
	case StageAccepted:
		return a.HeartbeatBy.Earliest(r.lastDelivery(a))
	case StageResigned, StageFailed:
		return a.GraceEnd
	default: // disputed: its lock waits for the request
		return vadium.Forever
	}
}

// pending reports whether a delivery is under verification.
func (r *Request) pending() bool {
	for i := range r.Attempts {
		if len(r.Attempts[i].Pending) > 0 {
			return true
		}
	}
	return false
}

// running reports whether some attempt has not ended.
func (r *Request) running() bool {
	for i := range r.Attempts {
		if stage := r.Attempts[i].Stage; !stage.Over() && stage != StageDisputed {
			return true
		}
	}
	return false
}

// wantsProver reports whether the request waits for a prover: nobody is assigned, or everyone who was has given up or
// fallen silent.
func (r *Request) wantsProver() bool {
	switch r.Phase {
	case PhaseOpen:
		return true
	case PhaseAccepted, PhaseGrace:
		for i := range r.Attempts {
			if a := &r.Attempts[i]; a.Stage == StageOffered || len(a.Pending) > 0 || a.Stage == StageAccepted && !a.silent() {
				return false
			}
		}
		return true
	default:
		return false
	}
}
