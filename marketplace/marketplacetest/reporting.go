package marketplacetest

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// Reporting is a simulation in which provers also sign two asks where one is allowed, and people report them: the first to
// have found out, and thieves who copy what was shown. The operator vetoes and declares incidents now and then. Its clock
// is long: whole days pass, so that buckets fill, cases come due and records fade.
type Reporting struct {
	*Simulation
	cheats   map[vadium.Account]bool
	first    map[vadium.Digest]vadium.Account // who showed an offence first, by its subject
	subjects []vadium.Digest
	copied   int
}

// NewReporting returns one with its people in place.
func NewReporting(t testing.TB, seed uint64, cast ...Habit) *Reporting {
	t.Helper()
	s := NewSimulation(t, seed, cast...)
	s.DigestEvery, s.rich = 151, true
	return &Reporting{Simulation: s, cheats: map[vadium.Account]bool{}, first: map[vadium.Digest]vadium.Account{}}
}

// Run lets days pass, with n things happening in each, and then everything end.
func (r *Reporting) Run(days, n int) {
	r.t.Helper()
	for range days {
		r.measure()
		for range n {
			if r.chance(6) {
				r.meddleWithCases()
			} else {
				r.happen()
			}
		}
		r.settle()
		r.sleep(r.within(vadium.Hour, 40*vadium.Hour))
		for _, name := range r.provers {
			for _, program := range r.programs {
				r.placeAsk(name, program, 0)
			}
		}
	}
	r.finish()
	r.sleep(marketplace.MaxCase)
	r.sleep(2 * vadium.Hour)
	r.checkCases()
	r.CheckReplay()
}

// settle lets every plan and every request come to its end.
func (r *Reporting) settle() {
	for len(r.agenda) > 0 {
		r.next()
	}
	for end := r.Now.Add(90 * vadium.Minute); r.Now.Before(end); {
		r.advance(end)
		for len(r.agenda) > 0 {
			r.next()
		}
	}
}

// sleep lets time pass in which nobody does anything.
func (r *Reporting) sleep(d vadium.Duration) {
	r.Skip(d)
	r.observe(r.Until(r.Now))
}

// measure lets the market measure itself.
func (r *Reporting) measure() {
	m := marketplace.Measures{Epoch: risk.EpochAt(r.Now), Health: vadium.Bps(5_000 + r.Random.Uint32N(5_001))}
	m.Entry.Factor = vadium.BpsOne
	for _, v := range r.State.Vaults() {
		m.Stake = m.Stake.MustAdd(v.Slashable())
	}
	m.Usual[0] = vadium.Bps(r.Random.Uint32N(5_000))
	r.Measure(m)
}

func (r *Reporting) meddleWithCases() {
	switch r.Random.IntN(12) {
	default:
		r.equivocate()
	case 7, 8:
		r.lie()
	case 9, 10:
		id := marketplace.CaseID(1 + r.Random.IntN(max(1, len(r.subjects))))
		_, _ = r.do("operator", marketplace.VetoCase{Case: id, Reason: "simulated"})
	case 11:
		until := r.Now.Add(r.within(0, 20*vadium.Minute))
		_, _ = r.do("operator", marketplace.DeclareIncident{Until: until, Reason: "simulated"})
	}
}

// equivocate lets a prover sign two asks, somebody find out, and somebody else copy that.
func (r *Reporting) equivocate() {
	prover := pick(r.Simulation, r.provers)
	if r.Habits[prover] == Honest || r.chance(3) {
		return
	}
	r.cheats[Account(prover)] = true
	by, thief := pick(r.Simulation, r.people), pick(r.Simulation, append(r.provers, r.people...))
	name := fmt.Sprint("evidence ", len(r.subjects))
	evidence := Evidence(by, prover, name)
	r.subjects = append(r.subjects, evidence.Subject)
	if _, err := r.do(by, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(Account(by), evidence)}); err != nil {
		return
	}
	r.plan(r.Now.Add(r.within(900, 11*vadium.Minute)), func() {
		copied := Evidence(thief, prover, name)
		if _, err := r.do(by, evidence); err == nil {
			r.first[evidence.Subject] = Account(by)
		}
		_, _ = r.do(thief, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(Account(thief), copied)})
		r.plan(r.Now.Add(r.within(vadium.Second, vadium.Minute)), func() {
			_, err := r.do(thief, copied)
			switch first, shown := r.first[evidence.Subject]; {
			case err == nil && shown:
				r.t.Fatalf("%s showed %s, %s copied it and opened a case", r.names.of(first), name, thief)
			case err == nil:
				r.first[evidence.Subject] = Account(thief)
			default:
				r.copied++
			}
		})
	})
}

// lie shows evidence that proves nothing.
func (r *Reporting) lie() {
	by, prover := pick(r.Simulation, r.people), pick(r.Simulation, r.provers)
	lie := Evidence(by, prover, fmt.Sprint("lie ", r.commands))
	lie.Holds = false
	_, _ = r.do(by, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(Account(by), lie)})
	r.plan(r.Now.Add(2*vadium.Second), func() {
		if _, err := r.do(by, lie); err == nil {
			r.t.Fatalf("evidence that proves nothing opened a case against %s", prover)
		}
	})
}

// checkCases: every case has ended, none was against an honest prover, and only who showed it first was paid, at most a
// tenth of what the offender itself paid.
func (r *Reporting) checkCases() {
	r.t.Helper()
	for id := marketplace.CaseID(1); r.State.Case(id) != nil; id++ {
		if c := r.State.Case(id); c.Outcome == marketplace.OutcomeOpen || !r.cheats[c.Prover] || r.first[c.Subject] != c.Reporter {
			r.t.Errorf("in the end case %d of %s by %s is %+v", id, r.names.of(c.Prover), r.names.of(c.Reporter), c)
		}
	}
	for id, v := range r.State.Vaults() {
		if b := r.State.Backing(id); v.Cases > 0 || b != nil && len(b.Deferred) > 0 {
			r.t.Errorf("in the end vault %d has %d open cases, and %+v", id, v.Cases, b)
		}
	}
	for _, record := range r.Journal() {
		switch e := record.Event.(type) {
		case *marketplace.VaultSlashed:
			c := r.State.Case(e.Case)
			if e.Punitive.JuniorTotal().BpsDown(1_000).Less(e.Shares.Reporter) || !e.Shares.Requester.IsZero() || !e.Shares.Rescuer.IsZero() {
				r.t.Errorf("case %d took %+v and divided it into %+v", e.Case, e.Punitive, e.Shares)
			}
			if !record.At.After(c.VetoUntil) {
				r.t.Errorf("case %d, to be vetoed until %d, was carried out at %d", e.Case, c.VetoUntil, record.At)
			}
		case *marketplace.FaultRecorded:
			if e.Context.Systemic && !e.Penalty.Total().IsZero() && e.Context.Class == 1 {
				r.t.Errorf("record %d: an excused fault cost %+v", record.Seq, e.Penalty)
			}
		}
	}
}

// replace lets somebody else come in the place of a prover that is assigned nothing any more, so that there is always
// somebody who behaves like that.
func (s *Simulation) replace(e *marketplace.ProverMoved) {
	name := s.who[e.Prover]
	habit, known := s.Habits[name]
	if !known || e.To != marketplace.StateJailed && e.To != marketplace.StateTombstoned || e.From == marketplace.StateJailed || len(s.provers) > 24 {
		return
	}
	s.plan(s.Now, func() {
		if _, replaced := s.Habits[name+"'"]; replaced {
			return // it was let out of jail, and is in it again
		}
		if s.State.Balance(Account("carol")).Less(vadium.Tokens(300)) {
			s.fund("carol", 1_000)
		}
		s.enlist(name+"'", habit)
	})
}

// NewReportingCoalition is [NewCoalition] with reports: the coalition's provers equivocate, and its people, and others, report
// them.
func NewReportingCoalition(t testing.TB, seed uint64) *Reporting {
	t.Helper()
	return &Reporting{Simulation: NewCoalition(t, seed), cheats: map[vadium.Account]bool{}, first: map[vadium.Digest]vadium.Account{}}
}
