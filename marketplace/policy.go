package marketplace

import "vadium/vaults/slashing"

// policies are the slashing policies this program has the code of, by id. Decide alone asks them: what they said is in the
// events, so that a journal is replayed without them.
var policies = map[slashing.PolicyID]slashing.Policy{slashing.Default().ID(): slashing.Default()}

// policyInForce returns the index of the policy that assignments and cases are made under now.
func (s *State) policyInForce() uint32 {
	if n := s.market.Network; n != nil && len(n.Policies) > 0 {
		return uint32(len(n.Policies) - 1)
	}
	return 0
}

// policy returns a policy by its index among those that were ever in force; nil if this program does not have it, and then
// the default judges in its place, visibly. While no other was ever in force, the first is the default.
func (s *State) policy(index uint32) slashing.Policy {
	n := s.market.Network
	if n == nil || len(n.Policies) == 0 {
		return slashing.Default()
	}
	if int(index) >= len(n.Policies) {
		return nil
	}
	return policies[n.Policies[index]]
}
