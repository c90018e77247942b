package marketplacetest

import (
	"testing"

	"vadium"
	"vadium/marketplace"
)

// NewCoalition returns a simulation in which bob and all provers but prover1 are one: they know each other's plans and
// share what they have, which is little: their vaults live on others' stake. alice requests proofs, carol delegates to
// everyone's vaults, and prover1 is honest.
//
// Two provers of a coalition can still say together that an outsider's input does not satisfy, and share two solving
// fees; the market cannot tell (it holds no prover). That is bounded by the solving fee and left out here: they slander
// each other's requests only.
func NewCoalition(t testing.TB, seed uint64) *Simulation {
	t.Helper()
	s := newSimulation(t, seed)
	s.outsiders = map[string]bool{"alice": true, "carol": true, "prover1": true}
	s.enlistAll([]Habit{Honest, Erratic, Erratic, Erratic, Resigning, Slow, Cheating})
	return s
}

// mayDispute reports whether the provers of a coalition would slander a request.
func (s *Simulation) mayDispute(id vadium.RequestID) bool {
	return s.outsiders == nil || !s.outsiders[s.who[s.State.Request(id).Requester]]
}

// CheckCoalition fails the test if the coalition has more in the end than it put in and earned from outsiders with valid
// proofs.
func (s *Simulation) CheckCoalition() {
	s.t.Helper()
	var in, earned vadium.Amount
	theirs := func(account vadium.Account) bool {
		name := s.who[account]
		return name != "" && !s.outsiders[name]
	}
	var fee *marketplace.FeeSettled
	for _, record := range s.Journal() {
		switch e := record.Event.(type) {
		case *marketplace.Deposited:
			if theirs(e.Account) {
				in = in.MustAdd(e.Amount)
			}
		case *marketplace.FeeSettled:
			fee = e
		case *marketplace.HedgePaid: // for standing by, as an outsider ordered
			if theirs(e.Prover) && !theirs(s.State.Request(e.Request).Requester) {
				earned = earned.MustAdd(e.Fee)
			}
		case *marketplace.RewardsAccrued: // follows its FeeSettled; the delegators' part is carol's
			if theirs(s.State.Vault(e.Vault).Prover) && !theirs(s.State.Request(fee.Request).Requester) {
				earned = vadium.Sum(earned, e.Reward.Commission, e.Reward.Junior)
			}
		}
	}
	out := vadium.Amount{}
	for _, record := range s.Journal() {
		if e, ok := record.Event.(*marketplace.Withdrawn); ok && theirs(e.Account) {
			out = out.MustAdd(e.Amount)
		}
	}
	for account := range s.who {
		if !theirs(account) {
			continue
		}
		out = out.MustAdd(s.State.Balance(account))
		if v := s.State.VaultOf(account); v != nil {
			out = vadium.Sum(out, v.Junior, v.CommissionDue)
		}
	}
	for _, v := range s.State.Vaults() {
		for _, r := range v.Redemptions {
			if theirs(r.Owner) {
				out = out.MustAdd(v.Worth(r))
			}
		}
		for h := range v.Holdings.All() {
			if theirs(h.Owner) {
				s.t.Errorf("%s holds shares of vault %d: their yield would have to be told from what a coalition makes", s.who[h.Owner], v.ID)
			}
		}
	}
	if most := in.MustAdd(earned); most.Less(out) {
		s.t.Errorf("the coalition put in %s tokens, earned %s from others with valid proofs, and has %s: %s too many", in.Tokens(),
			earned.Tokens(), out.Tokens(), out.MustSub(most).Tokens())
	}
}
