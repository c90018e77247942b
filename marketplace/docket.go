package marketplace

import (
	"cmp"
	"fmt"
	"slices"

	"vadium"
)

// docket is derived from cases, backings and commitments: what of them comes due, and what has to be found by something
// else than its key. There is mostly nothing in it.
type docket struct {
	cases    []CaseID                 // open, by VetoUntil, then number
	subjects map[vadium.Digest]CaseID // of every case there ever was
	// deviations are the cases of deviations by the key and feed that they are about.
	deviations map[reportedFeed][]CaseID
	// held are the vaults whose buckets hold something back, by when they are looked at next, which heldAt says too.
	held        []heldVault
	heldAt      map[vadium.VaultID]vadium.Time
	commitments map[vadium.Account][]vadium.Digest // keys of those not forgotten, by who made them, oldest first
}

type heldVault struct {
	at    vadium.Time
	vault vadium.VaultID
}

func compareHeld(a, b heldVault) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.vault, b.vault))
}

func newDocket() docket {
	return docket{
		subjects: map[vadium.Digest]CaseID{}, deviations: map[reportedFeed][]CaseID{}, heldAt: map[vadium.VaultID]vadium.Time{},
		commitments: map[vadium.Account][]vadium.Digest{},
	}
}

// open lists a case.
func (d *docket) open(s *State, c *Case) {
	d.note(s, c)
	if c.Outcome == OutcomeOpen {
		i, _ := slices.BinarySearchFunc(d.cases, c, func(id CaseID, c *Case) int {
			return cmp.Or(cmp.Compare(s.cases.get(id).VetoUntil, c.VetoUntil), cmp.Compare(id, c.ID))
		})
		d.cases = slices.Insert(d.cases, i, c.ID)
	}
}

func (d *docket) close(id CaseID) {
	d.cases = slices.DeleteFunc(d.cases, func(open CaseID) bool { return open == id })
}

func (d *docket) commit(by vadium.Account, key vadium.Digest) {
	d.uncommit(by, key) // an expired one, made again
	d.commitments[by] = append(d.commitments[by], key)
}

func (d *docket) uncommit(by vadium.Account, key vadium.Digest) {
	keys := slices.DeleteFunc(d.commitments[by], func(k vadium.Digest) bool { return k == key })
	if d.commitments[by] = keys; len(keys) == 0 {
		delete(d.commitments, by)
	}
}

// live counts an account's commitments that have not expired.
func (d *docket) live(s *State, by vadium.Account, now vadium.Time) int {
	n := 0
	for _, key := range d.commitments[by] {
		if !s.evidence.get(key).expired(now) {
			n++
		}
	}
	return n
}

// noteHeld notes when a vault's bucket is looked at next. Called after every change of what it holds back.
func (s *State) noteHeld(vault vadium.VaultID) {
	if s.base != nil {
		return
	}
	d, b := &s.docket, s.backings.get(vault)
	at, listed := d.heldAt[vault]
	if listed {
		i, _ := slices.BinarySearchFunc(d.held, heldVault{at, vault}, compareHeld)
		d.held = slices.Delete(d.held, i, i+1)
		delete(d.heldAt, vault)
	}
	if len(b.Deferred) > 0 {
		entry := heldVault{drainAt(b), vault}
		i, _ := slices.BinarySearchFunc(d.held, entry, compareHeld)
		d.held = slices.Insert(d.held, i, entry)
		d.heldAt[vault] = entry.at
	}
}

// docketDue is when the first case or bucket comes due.
func (s *State) docketDue() vadium.Time {
	due := vadium.Forever
	if len(s.docket.cases) > 0 {
		_, due = s.nextCase()
	}
	if len(s.docket.held) > 0 {
		due = due.Earliest(s.docket.held[0].at)
	}
	return due
}

// nextCase returns the open case that is carried out next, and when, as things stand. While the breaker holds cases, which is
// seldom, a later one may have to be carried out before an earlier one.
func (s *State) nextCase() (next CaseID, due vadium.Time) {
	due = vadium.Forever
	for _, id := range s.docket.cases {
		c := s.cases.get(id)
		if next != 0 && due <= c.VetoUntil {
			break // it can be vetoed for longer than the one found waits
		}
		if at := s.caseDue(c); at < due {
			next, due = id, at
		}
	}
	return next, due
}

// work does what is due of cases and buckets, one of them.
func (d *draft) work() {
	base := d.State.base
	if len(base.docket.cases) > 0 {
		if id, due := base.nextCase(); !due.After(d.now) {
			d.executeCase(id)
			return
		}
	}
	d.drainDue()
}

// drainDue goes on with the vault whose bucket is due first.
func (d *draft) drainDue() {
	if held := d.State.base.docket.held; len(held) > 0 && !held[0].at.After(d.now) {
		d.drainDeferred(held[0].vault)
	}
}

// deriveDocket builds it from the rows.
func (s *State) deriveDocket() {
	for _, c := range s.cases.all() {
		s.docket.open(s, c)
	}
	for vault := range s.backings.all() {
		s.noteHeld(vault)
	}
	for key, c := range s.evidence.all() {
		s.docket.commit(c.Reporter, key)
	}
}

// check returns an error when the docket is not what another one, built anew, is.
func (d *docket) check(anew *docket) error {
	if got, want := fmt.Sprint(*d), fmt.Sprint(*anew); got != want {
		return fmt.Errorf("the docket is %s, it should be %s", got, want)
	}
	return nil
}

// checkCases: of every vault the open cases are counted, and what is held back of an assignment stays within its lock.
func (s *State) checkCases() error {
	open := map[vadium.VaultID]uint32{}
	for _, c := range s.cases.all() {
		if c.Outcome == OutcomeOpen {
			open[c.Vault]++
		}
	}
	for vault, b := range s.backings.all() {
		if len(b.Deferred) > 0 {
			open[vault]++
		}
		for _, f := range b.Deferred {
			if f.Case != 0 {
				continue // what a case came to was taken from the vault, and no lock bounds it
			}
			a := s.requests.get(f.Request).Attempts[f.Attempt]
			if held := b.heldOf(f.Request, f.Attempt); a.Lock.Less(a.Slashed.MustAdd(held)) {
				return fmt.Errorf("invariant 8: assignment %v/%d lost %v, and %v are held back, of a lock of %v", f.Request, f.Attempt, a.Slashed, held, a.Lock)
			}
		}
	}
	for id, v := range s.vaults.all() {
		if v.Cases != open[id] {
			return fmt.Errorf("vault %d counts %d open cases, there are %d", id, v.Cases, open[id])
		}
	}
	return nil
}
