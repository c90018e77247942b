package marketplace

import (
	"fmt"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// CaseID numbers the cases against vaults from 1.
type CaseID uint64

// Case is an offence that concerns a whole vault, from its evidence to its end.
type Case struct {
	ID       CaseID
	Vault    vadium.VaultID
	Prover   vadium.Account
	Offence  slashing.Offence
	Severity slashing.Severity
	Reporter vadium.Account
	// Evidence is the digest of what was shown; Subject names the offence that it proves, however it is shown.
	Evidence vadium.Digest
	Subject  vadium.Digest
	Opened   vadium.Time
	// VetoUntil is the last instant of a veto; from then on the case is due, and carried out by ExecuteBy at the latest.
	VetoUntil vadium.Time
	ExecuteBy vadium.Time
	Policy    uint32
	Outcome   Outcome
	// History is the prover's when the case was opened: what comes later, other cases and the decay of a case that waits
	// included, changes no penalty.
	History slashing.MilliPoints `rlp:"optional"`
	// Feed, Key and the rounds are those of an offence of a reporter of prices, First to Last.
	Feed  oracle.FeedID `rlp:"optional"`
	Key   oracle.Key    `rlp:"optional"`
	First uint64        `rlp:"optional"`
	Last  uint64        `rlp:"optional"`
}

// Outcome is how a case ended. The numbers are persisted and never reused.
type Outcome uint8

// Outcomes.
const (
	OutcomeOpen    Outcome = 0
	OutcomeSlashed Outcome = 1
	OutcomeVetoed  Outcome = 2
)

var outcomes = [...]string{"open", "slashed", "vetoed"}

// String returns the outcome as a word.
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return fmt.Sprintf("outcome %d", uint8(o))
}

// MarshalText writes [Outcome.String].
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Case returns a case, or nil.
func (s *State) Case(id CaseID) *Case { return s.cases.get(id) }

// committed is who announced evidence, and when.
type committed struct {
	Reporter vadium.Account
	At       vadium.Time
	Seq      uint64
}

func (c *committed) expired(now vadium.Time) bool { return now.After(c.At.Add(CommitmentLife)) }

// EvidenceCommitment is what a reporter commits to before it shows evidence: only the reporter itself can reveal it, and
// nobody can find out from it what it is of.
func EvidenceCommitment(reporter vadium.Account, b RevealEvidence) vadium.Digest {
	shown := vadium.DigestOf(b.Evidence)
	return vadium.HashParts("vadium/evidence/v1", reporter[:], b.Offender[:], []byte{byte(b.Offence)}, b.Salt[:], shown[:])
}

// commitmentKey tells the commitments of different accounts apart, so that nobody can be kept from making one by a copy.
func commitmentKey(reporter vadium.Account, commitment vadium.Digest) vadium.Digest {
	return vadium.HashParts("vadium/evidence/by/v1", reporter[:], commitment[:])
}

// Times and bounds of reports and cases (economics.md §6.1).
const (
	// CommitmentAge is how old a commitment has to be when its evidence is shown: who copies evidence that it has just seen
	// is later than whom it copied it from.
	CommitmentAge = vadium.Second
	// CommitmentLife is how long it is good for.
	CommitmentLife = 10 * vadium.Minute
	// MaxCommitments bounds an account's commitments that have not expired.
	MaxCommitments = 16
	// MaxEvidence bounds evidence, in bytes.
	MaxEvidence = 16 << 10
	// VetoTime is how long the operator may veto a case; one against a reporter of prices [Params.OracleVeto].
	VetoTime = 48 * vadium.Hour
	// MaxCase is when a case is carried out at the latest, whatever else is slashed meanwhile.
	MaxCase = 5 * vadium.Day
	// MaxCases bounds the open cases against one vault that are as grave as another one, or graver; of those below severity 90
	// there are at most twice as many, and one for stale observations.
	MaxCases = 8
	// MaxIncident is how far ahead an incident may be declared to end. It can be declared again.
	MaxIncident = 72 * vadium.Hour
	// MaxReason bounds the operator's reasons, in bytes.
	MaxReason = 256
)

// Refusals of reports and cases.
const (
	// ErrCommitmentExists: the account has committed to this before, and it has not expired.
	ErrCommitmentExists = vadium.Kind("evidence-commitment-exists")
	// ErrTooManyCommitments: the account has as many commitments as it can have at once.
	ErrTooManyCommitments = vadium.Kind("too-many-evidence-commitments")
	// ErrNotReportable: nobody reports this offence; the market sees it by itself, or cannot judge it yet.
	ErrNotReportable = vadium.Kind("offence-not-reportable")
	// ErrNotCommitted: the author has not committed to this evidence, or its commitment has expired.
	ErrNotCommitted = vadium.Kind("evidence-not-committed")
	// ErrRevealTooSoon: the commitment is not old enough.
	ErrRevealTooSoon = vadium.Kind("evidence-revealed-too-soon")
	// ErrOwnOffence: nobody reports itself: it could only be to earn a part of its own penalty back.
	ErrOwnOffence = vadium.Kind("own-offence")
	// ErrEvidenceInvalid: the evidence does not prove the offence.
	ErrEvidenceInvalid = vadium.Kind("evidence-invalid")
	// ErrAlreadyReported: the offence has been reported before.
	ErrAlreadyReported = vadium.Kind("offence-already-reported")
	// ErrBeyondReach: the offender has no vault, or has been removed for good already.
	ErrBeyondReach = vadium.Kind("offender-beyond-reach")
	// ErrCaseUnderWay: cases against the vault are under way that this one cannot join: as grave a one began more than a day
	// ago, there are too many, or one for stale observations is open already. Report it when they have ended.
	ErrCaseUnderWay = vadium.Kind("case-under-way")
	// ErrCaseUnknown: there is no case of this number.
	ErrCaseUnknown = vadium.Kind("case-unknown")
	// ErrCaseOver: the case has ended.
	ErrCaseOver = vadium.Kind("case-over")
	// ErrVetoTooLate: the time for a veto is over.
	ErrVetoTooLate = vadium.Kind("veto-too-late")
	// ErrReasonMissing: what the operator does here it does with a reason for everybody to read, of at most MaxReason bytes.
	ErrReasonMissing = vadium.Kind("reason-missing")
	// ErrIncidentTooLong: an incident ends between now and MaxIncident from now.
	ErrIncidentTooLong = vadium.Kind("incident-too-long")
)

func (d *draft) commitEvidence(by vadium.Account, commitment vadium.Digest) error {
	if err := d.requireFunded(by); err != nil {
		return err
	}
	if c := d.evidence.get(commitmentKey(by, commitment)); c != nil && !c.expired(d.now) {
		return fmt.Errorf("since %d: %w", c.At, ErrCommitmentExists)
	}
	if n := d.base.docket.live(d.base, by, d.now); n >= MaxCommitments {
		return fmt.Errorf("%d commitments: %w", n, ErrTooManyCommitments)
	}
	d.emit(&EvidenceCommitted{by, commitment})
	return nil
}

func (e *EvidenceCommitted) apply(s *State, at vadium.Time, seq uint64) {
	if s.base == nil {
		s.forgetCommitments(at)
	}
	key := commitmentKey(e.Reporter, e.Commitment)
	*s.evidence.editOrInsert(key, func() *committed { return new(committed) }) = committed{e.Reporter, at, seq}
	if s.base == nil {
		s.docket.commit(e.Reporter, key)
	}
}

// forgetCommitments drops those that have expired. They stand in the order in which they were made.
func (s *State) forgetCommitments(now vadium.Time) {
	for key, c := range s.evidence.all() {
		if !c.expired(now) {
			return
		}
		s.docket.uncommit(c.Reporter, key)
		s.evidence.remove(key)
	}
}

func (d *draft) revealEvidence(by vadium.Account, b RevealEvidence) error {
	if err := d.checkReveal(d.now, by, b); err != nil {
		return err
	}
	if !b.Holds {
		return ErrEvidenceInvalid
	}
	charged, err := d.accuse(b)
	if err != nil {
		return err
	}
	if id, known := d.base.docket.known(d.base, &charged); known {
		return fmt.Errorf("case %d: %w", id, ErrAlreadyReported)
	}
	if err := d.checkReach(b.Offender); err != nil {
		return err
	}
	v, one := d.VaultOf(b.Offender), charged
	one.ID, one.Vault, one.Prover, one.Reporter = d.market.network().NextCase+1, v.ID, b.Offender, by
	one.Evidence, one.Opened, one.Policy = vadium.DigestOf(b.Evidence), d.now, d.policyInForce()
	one.VetoUntil = d.now.Add(d.vetoTime(b.Offence))
	one.ExecuteBy = one.VetoUntil.Add(MaxCase - VetoTime)
	one.History = d.Prover(b.Offender).historyAt(d.now)
	if err := d.joinCases(&one); err != nil {
		return err
	}
	d.emit(&CaseOpened{Case: one, Evidence: b.Evidence})
	return nil
}

// joinCases lets a case end with the first of those against its vault, so that one after another cannot hold up claims for ever,
// and refuses it where it cannot join them. Petty cases keep no grave one out: only what is as grave counts, and below what
// removes an offender for good the sum of all.
func (d *draft) joinCases(one *Case) error {
	all, asGrave := 0, 0
	for _, id := range d.base.docket.cases {
		other := d.cases.get(id)
		if other.Vault != one.Vault {
			continue
		}
		grave := other.Severity >= one.Severity
		if all++; grave {
			asGrave++
		}
		switch {
		case grave && !d.now.Before(other.Opened.Add(slashing.SpanLength)),
			asGrave >= MaxCases,
			all >= 2*MaxCases && one.Severity < slashing.Tombstone,
			one.Offence == slashing.StaleOracle && other.Offence == slashing.StaleOracle:
			return fmt.Errorf("case %d: %w", id, ErrCaseUnderWay)
		}
		one.ExecuteBy = one.ExecuteBy.Earliest(other.ExecuteBy)
	}
	one.ExecuteBy = max(one.ExecuteBy, one.VetoUntil) // it may be younger than a petty one by days
	return nil
}

func (e *CaseOpened) apply(s *State, _ vadium.Time, _ uint64) {
	c := e.Case
	s.cases.insert(c.ID, &c)
	s.editVault(c.Vault).OpenCase()
	s.editNetwork().NextCase = c.ID
	if s.base == nil {
		s.docket.open(s, &c)
	}
}

// openCase finds a case that has not ended.
func (d *draft) openCase(id CaseID) (*Case, error) {
	c := d.cases.get(id)
	switch {
	case c == nil:
		return nil, fmt.Errorf("case %d: %w", id, ErrCaseUnknown)
	case c.Outcome != OutcomeOpen:
		return nil, fmt.Errorf("case %d is %v: %w", id, c.Outcome, ErrCaseOver)
	}
	return c, nil
}

func checkReason(reason string) error {
	if reason == "" || len(reason) > MaxReason {
		return fmt.Errorf("%d bytes: %w", len(reason), ErrReasonMissing)
	}
	return nil
}

func (d *draft) vetoCase(b VetoCase) error {
	if err := checkReason(b.Reason); err != nil {
		return err
	}
	c, err := d.openCase(b.Case)
	if err != nil {
		return err
	}
	if d.clock().After(c.VetoUntil) {
		return fmt.Errorf("case %d could be vetoed until %d: %w", c.ID, c.VetoUntil, ErrVetoTooLate)
	}
	d.emit(&CaseVetoed{Case: c.ID, Vault: c.Vault, Reason: b.Reason})
	return nil
}

// closeCase ends a case.
func (s *State) closeCase(id CaseID, outcome Outcome) *Case {
	c := s.cases.edit(id)
	must(c != nil && c.Outcome == OutcomeOpen, "a case ends once")
	c.Outcome = outcome
	s.editVault(c.Vault).CloseCase()
	if s.base == nil {
		s.docket.close(id)
	}
	return c
}

func (e *CaseVetoed) apply(s *State, _ vadium.Time, _ uint64) { s.closeCase(e.Case, OutcomeVetoed) }

// executeCase carries a case out: a part of all the vault's stake, by the history of when it was opened and the context as
// it is now. What earlier cases of the same span have cost counts against it, junior stake that open damage caps need is left
// alone, and of the senior at most half is taken below severity 100.
func (d *draft) executeCase(id CaseID) {
	c := *d.cases.get(id)
	p, v := d.Prover(c.Prover), d.Vault(c.Vault)
	entry, _ := c.Offence.Entry()
	span := p.Conduct.Wide.At(c.Opened, c.History)
	in := d.contextOf(d.now, p, v, entry.Class)
	in.Severity, in.Impact, in.History = c.Severity, entry.Impact, span.History
	in.Systemic = false // whether an incident excuses it was asked when the case was opened
	stake := stakeOf(v)
	judged, fellBack, err := slashing.Judge(d.policy(c.Policy), slashing.Facts{Inputs: in, Lock: v.Slashable()})
	must(err == nil, "the catalogue's offences can be judged")
	penalty := judged.OfVault(in, stake)
	penalty.Fallback = fellBack
	due, _ := span.Charge(penalty.Punitive)
	reserved := v.DamageCaps()
	due = vadium.Min(due, stake.Junior.SubFloor(reserved).MustAdd(stake.MostOfSenior(c.Severity)))
	through := due
	if entry.Class == slashing.Liveness {
		through, _ = d.bucketOf(c.Vault).Take(d.now, slashing.LivenessRate(v.Slashable()), due)
	}
	punitive := v.PlanPunitive(d.now, through, reserved)
	slashed := &VaultSlashed{
		Case: id, Vault: c.Vault, Penalty: penalty, Punitive: punitive, Reporter: c.Reporter, Context: in,
		Shares: slashing.DivideAt(slashing.Taken{
			PunitiveJunior: punitive.JuniorTotal(), PunitiveSenior: punitive.SeniorTotal(), Severity: c.Severity, Reported: true,
		}, judged.Reporter),
	}
	if held := due.MustSub(through); !held.IsZero() {
		slashed.Deferred, slashed.ReporterPart = held, judged.Reporter
	}
	d.emit(slashed)
	d.afterFault(c.Prover, c.Severity)
	d.afterSlash(c.Vault)
	if !slashed.Deferred.IsZero() {
		d.restand(c.Prover)
	}
}

func (e *VaultSlashed) apply(s *State, at vadium.Time, _ uint64) {
	c := s.closeCase(e.Case, OutcomeSlashed)
	v, total := s.editVault(e.Vault), e.Punitive.Total()
	s.countFault(at, c.Prover, e.Vault, e.Context.Class, s.vaults.get(e.Vault).Slashable())
	if e.Context.Class == slashing.Liveness {
		s.holdRest(at, e.Vault, total.MustAdd(e.Deferred), Deferred{
			Severity: c.Severity, Amount: e.Deferred, Since: at, Case: e.Case, ReporterPart: e.ReporterPart,
			Senior: stakeOf(v).MostOfSenior(c.Severity).SubFloor(e.Punitive.SeniorTotal()),
		})
	}
	v.ApplyLoss(at, e.Punitive)
	p := s.prover(c.Prover)
	_, p.Conduct.Wide = p.Conduct.Wide.At(c.Opened, c.History).Charge(e.Penalty.Punitive)
	p.offend(at, c.Offence, c.Severity)
	p.mark(at, uint64(c.Offence.Points()))
	p.Faults++
	s.lost(c.Prover, v.Asset, total)
	s.pay(e.Reporter, v.Asset, e.Shares.Reporter)
	s.keep(v.Asset, e.Shares.Insurance, e.Shares.Burn)
	s.noteSlashed(at, v.Asset, total)
}

// caseDue is when a case is carried out, as things stand: once it can no longer be vetoed, in the first hour in which so
// little was slashed in the day before that the breaker lets it through, or when it must be.
func (s *State) caseDue(c *Case) vadium.Time {
	due, n := c.VetoUntil.Add(vadium.Millisecond), s.market.network()
	for due.Before(c.ExecuteBy) && n.tripped(risk.EpochAt(due)) {
		due = vadium.Time(risk.EpochAt(due)+1) * vadium.Time(risk.EpochLength)
	}
	return due.Earliest(c.ExecuteBy)
}

func (d *draft) declareIncident(b DeclareIncident) error {
	if err := checkReason(b.Reason); err != nil {
		return err
	}
	if b.Until.Before(d.now) || b.Until.After(d.now.Add(MaxIncident)) {
		return fmt.Errorf("until %d, now is %d: %w", b.Until, d.now, ErrIncidentTooLong)
	}
	d.emit(&IncidentDeclared{b.Reason, b.Until})
	return nil
}

func (e *IncidentDeclared) apply(s *State, _ vadium.Time, _ uint64) {
	n := s.editNetwork()
	n.Incident, n.IncidentUntil = e.Reason, e.Until
}

// postponeCases moves what a pause or an outage has cost of the time for vetoes, and of an incident that went on then.
func (s *State) postponeCases(at vadium.Time, by vadium.Duration) {
	n := s.market.Network
	if n == nil {
		return
	}
	if n.IncidentUntil != 0 && !at.Add(-by).After(n.IncidentUntil) {
		n = s.editNetwork()
		n.IncidentUntil = n.IncidentUntil.Add(by)
	}
	docket := &s.docket
	if s.base != nil {
		docket = &s.base.docket
	}
	for _, id := range docket.cases {
		c := s.cases.edit(id)
		c.VetoUntil, c.ExecuteBy = c.VetoUntil.Add(by), c.ExecuteBy.Add(by)
	}
}
