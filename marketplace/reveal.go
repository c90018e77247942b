package marketplace

import (
	"fmt"

	"vadium"
	"vadium/oracle"
)

// CheckReveal says why [State.Decide] would refuse evidence, whatever it says; nil if it may take it. It is for the shell, which
// should not look at evidence that opens no case: whoever passes has committed to exactly this before, which took money in the
// market.
func (s *State) CheckReveal(now vadium.Time, by vadium.Account, b RevealEvidence) error {
	if !s.market.Opened {
		return ErrNotOpen
	}
	if err := s.checkReveal(max(now, s.market.At), by, b); err != nil {
		return err
	}
	return s.checkReach(b.Offender)
}

// checkReveal refuses a report that is nobody's to make, and evidence that its author has not committed to in time.
func (s *State) checkReveal(now vadium.Time, by vadium.Account, b RevealEvidence) error {
	switch {
	case !reportable(b.Offence):
		return fmt.Errorf("%v: %w", b.Offence, ErrNotReportable)
	case by == b.Offender:
		return ErrOwnOffence
	case by == s.market.Operator:
		// It sees every ask that is sent in, and whatever it notices earns it nothing.
		return fmt.Errorf("the operator reports nobody: %w", ErrNotReportable)
	case len(b.Evidence) > MaxEvidence:
		return fmt.Errorf("%d bytes, at most %d are allowed: %w", len(b.Evidence), MaxEvidence, ErrEvidenceInvalid)
	}
	c := s.evidence.get(commitmentKey(by, EvidenceCommitment(by, b)))
	switch {
	case c == nil || c.expired(now):
		return ErrNotCommitted
	case now.Before(c.At.Add(CommitmentAge)):
		return fmt.Errorf("it is %d ms old, it must be %d: %w", now.Sub(c.At), CommitmentAge, ErrRevealTooSoon)
	}
	return nil
}

// CheckAccused says why [State.Decide] would refuse evidence against a reporter, whatever is signed in it: there is no such feed,
// or the key is not the offender's.
func (s *State) CheckAccused(offender vadium.Account, feed oracle.FeedID, key oracle.Key) error {
	switch of := s.Reporter(key); {
	case s.ProvenFeed(feed) == nil:
		return fmt.Errorf("feed %s: %w", oracle.NameOf(feed), ErrFeedUnknown)
	case of == nil || of.Account != offender:
		return fmt.Errorf("the key is not %v's: %w", offender, ErrReporterUnknown)
	}
	return nil
}

// checkReach refuses reports of whoever no case can cost anything.
func (s *State) checkReach(offender vadium.Account) error {
	if s.VaultOf(offender) == nil || s.Prover(offender).State() == StateTombstoned {
		return fmt.Errorf("prover %v: %w", offender, ErrBeyondReach)
	}
	return nil
}
