package marketplace

import (
	"vadium"
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
	Evidence vadium.Digest
	Opened   vadium.Time
	// VetoUntil is the last instant of a veto; from then on the case is due, and carried out by ExecuteBy at the latest.
	VetoUntil vadium.Time
	ExecuteBy vadium.Time
	Policy    uint32
	Outcome   Outcome
}

// Outcome is how a case ended. The numbers are persisted and never reused.
type Outcome uint8

// Outcomes.
const (
	OutcomeOpen    Outcome = 0
	OutcomeSlashed Outcome = 1
	OutcomeVetoed  Outcome = 2
)

// Case returns a case, or nil.
func (s *State) Case(id CaseID) *Case { return s.cases.get(id) }

// committed is who announced evidence, and when.
type committed struct {
	Reporter vadium.Account
	At       vadium.Time
	Seq      uint64
}

func (d *draft) commitEvidence(vadium.Account, vadium.Digest) error  { return ErrUnknownCommand }
func (d *draft) revealEvidence(vadium.Account, RevealEvidence) error { return ErrUnknownCommand }
func (d *draft) vetoCase(VetoCase) error                             { return ErrUnknownCommand }
func (d *draft) declareIncident(DeclareIncident) error               { return ErrUnknownCommand }

func (e *EvidenceCommitted) apply(*State, vadium.Time, uint64) {}
func (e *CaseOpened) apply(*State, vadium.Time, uint64)        {}
func (e *CaseVetoed) apply(*State, vadium.Time, uint64)        {}
func (e *VaultSlashed) apply(*State, vadium.Time, uint64)      {}
func (e *DeferredSlashed) apply(*State, vadium.Time, uint64)   {}
func (e *IncidentDeclared) apply(*State, vadium.Time, uint64)  {}
