package main

import (
	"context"
	"errors"
	"fmt"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/client"
)

// Where prices are never opened a proof of each clearing takes the openings' place. It is due when the ask epoch after that of the
// clearing ends: by then everybody sees what an opened batch would show.

// proofDue says whether the proof of a clearing is overdue, and if it is not, when it will be.
func proofDue(seq, epoch, told uint64) (overdue bool, when string) {
	if told >= epoch+2 {
		return true, fmt.Sprintf("the market opens no prices of clearing %d, and has not proven it: that was due when ask epoch %d ended", seq, epoch+1)
	}
	return false, fmt.Sprintf("clearing %d, whose prices are never opened, is not proven yet: that is due when ask epoch %d ends", seq, epoch+1)
}

// proveRechecked verifies the proofs of those batches of which prices are never shown.
func proveRechecked(ctx context.Context, c *console, market *client.Client, clearings []rechecked) error {
	for i := range clearings {
		r := &clearings[i]
		if r.Batch == nil || !r.Batch.Unopened || !r.Right {
			continue
		}
		shown, err := gatherClearing(ctx, c, market, r.Seq)
		if errors.Is(err, errUnproven) {
			m, err := market.Market(ctx)
			if err != nil {
				return err
			}
			closed, err := closeAfter(ctx, market, r.Seq)
			if err != nil {
				return err
			}
			if overdue, when := proofDue(r.Seq, closed.Epoch, m.Epoch); overdue {
				r.Right, r.Wrong = false, when
			} else {
				r.Unproven = when
			}
			continue
		}
		if err != nil {
			return err
		}
		checked, err := shown.verify()
		if err != nil {
			return err
		}
		if r.Proven = checked.Proven; !checked.Valid {
			r.Right, r.Wrong = false, "the proof of the clearing does not hold: "+checked.broken()
		}
	}
	return nil
}

// unopened follows the clearings of a product whose prices are never shown through the public records, with what proves them.
type unopened struct {
	clearings []unopenedClearing
	proofs    map[uint64]marketplace.Record // by the clearing that each is of
	seeds     map[uint64][32]byte           // of ask epochs
}

type unopenedClearing struct {
	record marketplace.Record
	epoch  uint64
}

// follow notes a record that is public whole. The clearings are those that it is told of.
func (u *unopened) follow(record marketplace.Record) {
	if u.proofs == nil {
		u.proofs, u.seeds = map[uint64]marketplace.Record{}, map[uint64][32]byte{}
	}
	switch e := record.Event.(type) {
	case *marketplace.ClearingProven:
		u.proofs[e.Clearing] = record
	case *marketplace.AskEpochClosed:
		u.seeds[e.Epoch] = e.Seed
	}
}

// checkUnopened verifies the proof of each clearing of the ask's product while it stood whose prices are never shown. A clearing
// without one is against the rule when the proof is overdue.
func (a *hearing) checkUnopened(ctx context.Context) error {
	programs := map[vadium.ProgramID]shownClearing{}
	proven, waits := 0, ""
	for i, cleared := range a.unopened.clearings {
		a.bar("verifying proofs of clearings", int64(i), int64(len(a.unopened.clearings)))
		seq := cleared.record.Seq
		proof, known := a.unopened.proofs[seq]
		if !known {
			overdue, when := proofDue(seq, cleared.epoch, a.told.Epoch)
			if overdue {
				return wrongf("%s", when)
			}
			waits = when
			continue
		}
		id := proof.Event.(*marketplace.ClearingProven).Program
		by, fetched := programs[id]
		if !fetched {
			if err := by.fetchProgram(ctx, a.market, id, int(proof.Event.(*marketplace.ClearingProven).Size)); err != nil {
				return err
			}
			by.deployment, by.operator = a.told.Deployment, a.told.Operator
			programs[id] = by
		}
		seed := a.unopened.seeds[cleared.epoch]
		by.cleared, by.proven, by.seed = cleared.record, proof, &seed
		if err := by.holds(); err != nil {
			return wrongf("the proof of clearing %d, whose prices are never opened, does not hold: %v", seq, err)
		}
		proven++
	}
	if proven > 0 {
		a.proven("%d of them are of prices that are never opened, and each is proven to be by the rule, from what the asks were committed to when they were placed", proven)
	}
	if waits != "" {
		a.Open = append(a.Open, waits)
	}
	return nil
}

// holds returns what does not hold of a clearing by itself, once its ask epoch has ended, whose seed has been checked.
func (s shownClearing) holds() error {
	e, proof := s.cleared.Event.(*marketplace.BatchCleared), s.proven.Event.(*marketplace.ClearingProven)
	for _, check := range []func() error{
		func() error { return s.checkProgram(proof) }, s.checkCircuit, func() error { return s.checkProof(e, proof) },
		func() error { return clearingproof.CheckDeal(e) }, func() error { return clearingproof.CheckRanks(e, *s.seed) },
		func() error {
			return clearingproof.CheckBook(s.deployment, s.cleared.Seq, e, *s.seed, int(proof.Size), proof.Book)
		},
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// programs is where programs and their keys are fetched from.
type programs interface {
	Program(ctx context.Context, id vadium.ProgramID) (client.Listing, error)
	GetBytes(ctx context.Context, from client.Source, digest vadium.Digest) ([]byte, error)
}

// fetchProgram gets the program of a proof, its verifying key, and what this binary compiles under its name.
func (s *shownClearing) fetchProgram(ctx context.Context, market programs, id vadium.ProgramID, size int) (err error) {
	if s.listing, err = market.Program(ctx, id); err != nil {
		return err
	}
	if size := s.listing.Program.VerifyingKeyBytes; size > circuits.MaxVerifyingKeyBytes {
		return fmt.Errorf("the verifying key of %s has %d bytes, at most %d are read", s.listing.Program.Name, size, circuits.MaxVerifyingKeyBytes)
	}
	if s.key, err = market.GetBytes(ctx, client.OfProgram(id), s.listing.Program.VerifyingKey); err != nil {
		return fmt.Errorf("verifying key of %s: %w", s.listing.Program.Name, err)
	}
	if s.uncompiled = clearingproof.CheckProgram(s.listing.Program, size); s.uncompiled == nil { // else there is nothing to compile
		s.compiled, s.uncompiled = compiledCircuit(s.listing.Program.Name)
	}
	return nil
}
