package main

import (
	"errors"
	"fmt"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// pastPenalty is a penalty of the past, with everything that the market's public records say decided it.
type pastPenalty struct {
	Seq     uint64            `json:"seq"`
	At      vadium.Time       `json:"at"`
	Prover  vadium.Account    `json:"prover"`
	Vault   vadium.VaultID    `json:"vault"`
	Asset   risk.Asset        `json:"asset,omitzero"`
	Request *vadium.RequestID `json:"request,omitempty"` // nil: a case against the whole vault
	Attempt uint32            `json:"attempt"`

	// Case is what it was judged by: with Stake as it was before. Penalty is what the market made of it.
	Case    slashing.Case    `json:"case"`
	Penalty slashing.Penalty `json:"penalty"`
	// Damages and Punitive are what was taken at once, Deferred what was held back.
	Damages  vaults.Loss           `json:"damages"`
	Punitive vaults.Loss           `json:"punitive"`
	Deferred vadium.Amount         `json:"deferred"`
	Shares   slashing.Distribution `json:"shares"`
	Rescuer  vadium.Account        `json:"rescuer,omitzero"`
	Reporter vadium.Account        `json:"reporter,omitzero"`
}

// termsOf returns the terms of an assignment, which never change, in the asset of its vault.
type termsOf func(request vadium.RequestID, attempt uint32, asset risk.Asset) (slashing.Terms, error)

// vaultOfPenalty returns the vault that a penalty's record is about; 0: it is none.
func vaultOfPenalty(e marketplace.Event) vadium.VaultID {
	switch e := e.(type) {
	case *marketplace.FaultRecorded:
		return e.Vault
	case *marketplace.Slashed:
		return e.Vault
	case *marketplace.DeferredSlashed:
		return e.Vault
	case *marketplace.VaultSlashed:
		return e.Vault
	}
	return 0
}

// errFound ends a search.
var errFound = errors.New("found")

// penaltySearch goes through the records about a vault until it knows all about the penalty that one of them is of.
type penaltySearch struct {
	wanted uint64
	vault  vadium.VaultID
	terms  termsOf
	trace  *client.Trace
	faults map[string]*pastPenalty             // the latest of each assignment
	cases  map[marketplace.CaseID]*pastPenalty // as they were opened, or carried out
	found  *pastPenalty
}

func newPenaltySearch(seq uint64, vault vadium.VaultID, terms termsOf) *penaltySearch {
	return &penaltySearch{
		wanted: seq, vault: vault, terms: terms, trace: client.NewTrace(vault),
		faults: map[string]*pastPenalty{}, cases: map[marketplace.CaseID]*pastPenalty{},
	}
}

// look takes a record into account. It returns errFound when there is nothing more to find out.
func (s *penaltySearch) look(r marketplace.Record) error {
	if vaultOfPenalty(r.Event) == s.vault {
		if err := s.penalty(r); err != nil {
			return err
		}
	} else if e, opened := r.Event.(*marketplace.CaseOpened); opened && e.Case.Vault == s.vault {
		s.cases[e.Case.ID] = &pastPenalty{Prover: e.Case.Prover, Case: slashing.Case{Offence: e.Case.Offence, Severity: e.Case.Severity}}
	}
	_, err := s.trace.Apply(r)
	return err
}

func (s *penaltySearch) penalty(r marketplace.Record) error {
	switch e := r.Event.(type) {
	case *marketplace.FaultRecorded:
		p := &pastPenalty{
			Seq: r.Seq, At: r.At, Prover: e.Prover, Vault: e.Vault, Asset: s.trace.Asset(), Request: &e.Request, Attempt: e.Attempt,
			Penalty: e.Penalty, Deferred: e.Deferred, Case: caseOfFault(e, s.trace.Stake()),
		}
		s.faults[assignmentKey(e.Request, e.Attempt)] = p
		if r.Seq != s.wanted {
			return nil
		}
		s.found = p
		if err := s.addTerms(p); err != nil || e.Penalty.Total().SubFloor(e.Deferred).IsZero() {
			return errors.Join(err, errFound) // nothing was taken, so no slash follows
		}
	case *marketplace.Slashed:
		p := s.faults[assignmentKey(e.Request, e.Attempt)]
		if p == nil {
			return fmt.Errorf("record %d is a slash without a fault", r.Seq)
		}
		p.Damages, p.Punitive, p.Shares, p.Rescuer = e.Damages, e.Punitive, e.Shares, e.Rescuer
		if r.Seq == s.wanted {
			s.found = p
			return errors.Join(s.addTerms(p), errFound)
		}
		if s.found == p {
			return errFound
		}
	case *marketplace.DeferredSlashed:
		if r.Seq != s.wanted {
			return nil
		}
		if e.Case != 0 {
			s.found = s.cases[e.Case]
			return errFound
		}
		if s.found = s.faults[assignmentKey(e.Request, e.Attempt)]; s.found != nil {
			return errors.Join(s.addTerms(s.found), errFound)
		}
	case *marketplace.VaultSlashed:
		p := s.ofCase(r, e)
		s.cases[e.Case] = p
		if r.Seq == s.wanted {
			s.found = p
			return errFound
		}
	}
	return nil
}

func (s *penaltySearch) addTerms(p *pastPenalty) (err error) {
	p.Case.Terms, err = s.terms(*p.Request, p.Attempt, p.Asset)
	return err
}

// caseOfFault returns what a fault was judged by, but for the terms.
func caseOfFault(e *marketplace.FaultRecorded, stake slashing.Stake) slashing.Case {
	entry, _ := e.Offence.Entry()
	return slashing.Case{
		Offence: e.Offence, Severity: e.Penalty.Severity, Context: contextOf(e.Context, e.Penalty.Severity, entry.Class), Lateness: e.Lateness,
		Replaced: e.Lateness == 0 && entry.Undelivered, Stake: stake,
	}
}

// contextOf returns a recorded context. Journals from before there was any have none, which is a neutral one.
func contextOf(recorded slashing.Inputs, severity slashing.Severity, class slashing.Class) slashing.Inputs {
	if recorded == (slashing.Inputs{}) {
		recorded = slashing.Neutral()
	}
	recorded.Severity, recorded.Class = severity, class
	return recorded
}

// ofCase returns the penalty of a case that was carried out.
func (s *penaltySearch) ofCase(r marketplace.Record, e *marketplace.VaultSlashed) *pastPenalty {
	p := &pastPenalty{}
	if opened := s.cases[e.Case]; opened != nil {
		*p = *opened
	}
	p.Seq, p.At, p.Vault, p.Asset, p.Penalty, p.Punitive, p.Shares, p.Reporter = r.Seq, r.At, e.Vault, s.trace.Asset(), e.Penalty, e.Punitive, e.Shares, e.Reporter
	p.Deferred = e.Deferred
	entry, _ := p.Case.Offence.Entry()
	p.Case.Stake, p.Case.Severity = s.trace.Stake(), e.Penalty.Severity
	p.Case.Context = contextOf(e.Context, e.Penalty.Severity, entry.Class)
	return p
}
