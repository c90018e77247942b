package marketplacetest

import (
	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// Days lets so many days pass after everything that people have planned: an hour at a time, in which a few things happen,
// the market marks itself, the operator moves the minimum now and then, and some provers post what is called for. The
// market is late with its hours, and nobody has a deadline meanwhile.
func (s *Simulation) Days(days int) {
	s.t.Helper()
	deaf := s.chance(2) // nobody listens, and the operator is content
	if deaf {
		s.moveMinimum()
	}
	for range days * int(risk.EpochsPerDay) {
		for len(s.agenda) > 0 {
			s.next()
		}
		s.Skip(s.within(vadium.Minute, 2*vadium.Hour))
		s.observe(s.Until(s.Now))
		switch n := s.Random.IntN(12); {
		case n == 0 && !deaf:
			s.moveMinimum()
		case n < 3 && !deaf:
			s.answerCalls()
		case n == 3:
			for range 4 {
				s.happen()
			}
		}
	}
}

// moveMinimum is the operator changing its mind about what a prover must stake of its own.
func (s *Simulation) moveMinimum() {
	params := s.State.Params()
	params.MinJunior = vadium.Tokens(5 + s.Random.Uint64N(30))
	_, _ = s.do("operator", marketplace.SetParams{Params: params})
}

// answerCalls lets a prover post a part of what is called for, all of it, or more.
func (s *Simulation) answerCalls() {
	name := pick(s, s.provers)
	v := s.State.VaultOf(Account(name))
	r, known := s.State.RiskOf(v.ID)
	if !known || len(r.Calls) == 0 {
		return
	}
	missing := vadium.Max(r.Calls[0].Missing.Stake, r.Calls[0].Missing.Junior)
	posted := vadium.Min(missing.BpsUp(vadium.Bps(1+s.Random.Uint32N(15_000))), s.State.Balance(Account(name)))
	_, _ = s.do(name, marketplace.DepositJunior{Amount: posted})
}

// Walked is what calls did in a simulation.
type Walked struct {
	Marks, Cured int
	Stages       [risk.Excluded + 1]int // how often each was entered
}

// CheckCalls replays the journal and holds every mark, call and assignment against the rules: a call goes up the ladder by one
// stage at a time and after its deadline, and down to the bottom only by what is posted; whom a call keeps from taking
// anything takes nothing; and provers are suspended and excluded exactly when their calls say so.
func (s *Simulation) CheckCalls() (walked Walked) {
	s.t.Helper()
	state := marketplace.NewState()
	for _, record := range s.Journal() {
		switch e := record.Event.(type) {
		case *marketplace.EpochMarked:
			before := state.Network().Measures
			if e.Network.Epoch < before.Epoch || e.Network.Epoch != risk.EpochAt(record.At) && e.Network.From == 0 && before.From == 0 {
				s.t.Errorf("record %d marks epoch %d at %d, after %d", record.Seq, e.Network.Epoch, record.At, before.Epoch)
			}
			walked.Marks++
		case *marketplace.CallMoved:
			s.checkMove(state, record.At, e, &walked)
		case *marketplace.StakeLocked:
			if r, _ := state.RiskOf(e.Vault); !r.MayTake {
				s.t.Errorf("record %d assigns something to vault %d, whose calls are %+v", record.Seq, e.Vault, r.Calls)
			}
		}
		state.Apply(record)
	}
	for id, v := range state.Vaults() {
		if state.Prover(v.Prover).Vault != id {
			continue // its prover has left it, and stands where another vault puts it
		}
		r, _ := state.RiskOf(id)
		stage := risk.Met
		for _, c := range r.Calls {
			stage = max(stage, c.Stage)
		}
		want := map[risk.Stage]marketplace.ProverState{risk.Suspended: marketplace.StateSuspended, risk.Excluded: marketplace.StateExcluded}[stage]
		if want == marketplace.StateNull {
			want = marketplace.StateActive
		}
		switch r.State {
		case marketplace.StateJailed, marketplace.StateExiting, marketplace.StateTombstoned, marketplace.StateNull:
		case marketplace.StateActive, marketplace.StateSuspended, marketplace.StateExcluded:
			if b := state.Backing(id); r.State != want && (b == nil || len(b.Deferred) == 0) {
				s.t.Errorf("vault %d is %v and its prover %v", id, stage, r.State)
			}
		}
	}
	return walked
}

// checkMove holds one move of a vault's calls against the rules.
func (s *Simulation) checkMove(state *marketplace.State, at vadium.Time, e *marketplace.CallMoved, walked *Walked) {
	s.t.Helper()
	var before risk.Calls
	if b := state.Backing(e.Vault); b != nil {
		before = b.Calls
	}
	v := state.Vault(e.Vault)
	posted := risk.Cover{Stake: v.Effective(at), Junior: v.Junior}
	for _, c := range [][2]risk.Call{{before.Locks, e.Calls.Locks}, {before.Entry, e.Calls.Entry}} {
		was, is := c[0], c[1]
		switch {
		case was.Stage == is.Stage:
		case is.Stage == risk.Met:
			walked.Cured++
			if was.Stage == risk.Excluded {
				s.t.Errorf("vault %d is met again after it was excluded", e.Vault)
			}
		case is.Stage != was.Stage+1:
			s.t.Errorf("vault %d goes from %v to %v", e.Vault, was.Stage, is.Stage)
		case was.Stage != risk.Met && !at.After(was.Deadline()):
			s.t.Errorf("vault %d is %v at %d, and had until %d", e.Vault, is.Stage, at, was.Deadline())
		case posted.Meets(is.Glide.To):
			s.t.Errorf("vault %d is %v, yet it holds %+v of %+v", e.Vault, is.Stage, posted, is.Glide.To)
		default:
			walked.Stages[is.Stage]++
		}
	}
}
