package marketplacetest

import (
	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults"
)

// What the people of a simulation do with stake: they redeem and claim, hand shares on, and provers come and go.

// restake lets somebody move stake.
func (s *Simulation) restake() {
	s.t.Helper()
	switch s.Random.IntN(12) {
	case 0, 1, 2:
		s.redeem()
	case 3, 4:
		s.collect(s.Random.IntN(3) == 0)
	case 5, 6:
		s.handOn()
	case 7:
		s.redeemJunior(pick(s, s.provers))
	case 8:
		s.changeCommission(pick(s, s.provers))
	case 9:
		_, _ = s.do(pick(s, s.provers), marketplace.ExitMarket{})
	case 10:
		s.comeBack()
	case 11:
		s.monthOff()
	}
}

// aVault is any vault there ever was.
func (s *Simulation) aVault() *vaults.Vault {
	return s.State.Vault(vadium.VaultID(1 + s.Random.Uint64N(uint64(s.State.Market().NextVault-1))))
}

// some is a part of an amount, and all of it one time in three.
func (s *Simulation) some(all vadium.Amount) vadium.Amount {
	if s.chance(3) {
		return all
	}
	part, _ := all.MulDivDown(vadium.NewAmount(s.Random.Uint64N(1_000_001)), vadium.NewAmount(1_000_000))
	return part
}

// changeCommission lets a prover ask for another commission: near what it will be, or anything.
func (s *Simulation) changeCommission(prover string) {
	commission := vadium.Bps(s.Random.Uint32N(9_700))
	if v := s.State.VaultOf(Account(prover)); v != nil && !s.chance(4) {
		commission = v.CommissionAt(vadium.Forever)/100*100 + vadium.Bps(s.Random.Uint32N(3))*50
	}
	_, _ = s.do(prover, marketplace.SetCommission{Commission: commission})
}

// owner is somebody who holds shares, or anybody.
func (s *Simulation) owner(v *vaults.Vault) string {
	if holders := v.Holders(); len(holders) > 0 && !s.chance(5) {
		return s.who[pick(s, holders)]
	}
	return pick(s, s.people)
}

// heir is somebody who may be given shares: in simulations of a coalition, outsiders only.
func (s *Simulation) heir() string {
	if s.outsiders != nil {
		return pick(s, []string{"alice", "carol"})
	}
	if s.chance(3) {
		return pick(s, s.provers)
	}
	return pick(s, s.people)
}

func (s *Simulation) redeem() {
	v := s.aVault()
	by := s.owner(v)
	_, _ = s.do(by, marketplace.RedeemShares{Vault: v.ID, Shares: s.some(v.SharesOf(Account(by)))})
}

func (s *Simulation) redeemJunior(prover string) {
	if v := s.State.VaultOf(Account(prover)); v != nil {
		_, _ = s.do(prover, marketplace.RedeemJunior{Amount: s.some(v.Junior)})
	}
}

// collect claims redemptions of a vault, or what is somebody else's or not there.
func (s *Simulation) collect(others bool) {
	v := s.aVault()
	if len(v.Redemptions) == 0 || others {
		_, _ = s.do(pick(s, s.people), marketplace.ClaimRedemption{Vault: v.ID, Redemption: s.Random.Uint64N(v.LastRedemption + 2)})
		return
	}
	r := pick(s, v.Redemptions)
	_, _ = s.do(s.who[r.Owner], marketplace.ClaimRedemption{Vault: v.ID, Redemption: r.ID})
}

// handOn gives shares away, or lets somebody take them.
func (s *Simulation) handOn() {
	v := s.aVault()
	for range 4 {
		if !v.Shares.IsZero() {
			break
		}
		v = s.aVault()
	}
	from, to := s.owner(v), s.heir()
	shares := s.some(v.SharesOf(Account(from)))
	switch s.Random.IntN(3) {
	case 0:
		_, _ = s.do(from, marketplace.TransferShares{Vault: v.ID, To: Account(to), Shares: shares})
	case 1:
		if s.chance(4) {
			shares = vaults.Unlimited
		}
		_, _ = s.do(from, marketplace.ApproveShares{Vault: v.ID, Spender: Account(s.heir()), Shares: shares})
	case 2:
		by := s.heir()
		if len(v.Allowances) > 0 {
			a := pick(s, v.Allowances)
			from, by = s.who[a.Owner], s.who[a.Spender]
			shares = s.some(vadium.Min(a.Shares, v.SharesOf(a.Owner)))
		}
		_, _ = s.do(by, marketplace.TransferSharesFrom{Vault: v.ID, From: Account(from), To: Account(to), Shares: shares})
	}
}

// comeBack lets a prover that is leaving take its stake out and, once it can, open another vault; and the operator release
// one, whether or not that is to be released.
func (s *Simulation) comeBack() {
	for _, prover := range s.provers {
		switch s.State.Prover(Account(prover)).State() {
		case marketplace.StateExiting:
			s.reopen(prover)
		case marketplace.StateJailed, marketplace.StateTombstoned:
			_, _ = s.do("operator", marketplace.ReleaseProver{Prover: Account(prover), Reason: "simulated clemency"})
		case marketplace.StateNull:
			s.settleIn(prover)
		case marketplace.StateActive, marketplace.StateSuspended, marketplace.StateExcluded:
		}
	}
	_, _ = s.do(pick(s, []string{"operator", "alice"}), marketplace.ReleaseProver{Prover: Account(pick(s, s.provers))})
}

func (s *Simulation) reopen(prover string) {
	v := s.State.VaultOf(Account(prover))
	if !v.Junior.IsZero() {
		_, _ = s.do(prover, marketplace.RedeemJunior{Amount: v.Junior})
	}
	s.collectAll(prover, v.ID)
	s.settleIn(prover)
}

// settleIn opens a vault and asks.
func (s *Simulation) settleIn(prover string) {
	if _, err := s.do(prover, marketplace.OpenVault{Junior: vadium.Tokens(10 + s.Random.Uint64N(30)), Commission: vadium.Bps(s.Random.Uint32N(9_501))}); err == nil {
		for _, program := range s.programs {
			s.placeAsk(prover, program, auction.StakeTier(s.Random.IntN(3)))
		}
	}
}

func (s *Simulation) collectAll(owner string, vault vadium.VaultID) {
	for _, r := range s.State.Vault(vault).Redemptions {
		if r.Owner == Account(owner) {
			_, _ = s.do(owner, marketplace.ClaimRedemption{Vault: vault, Redemption: r.ID})
		}
	}
}

// monthOff is an outage so long that redemptions mature meanwhile, while deadlines are put off by it. Afterwards everybody
// asks anew.
func (s *Simulation) monthOff() {
	if !s.chance(2) {
		return
	}
	last := s.State.Now()
	s.Skip(vaults.Unbonding + s.within(0, vadium.Hour))
	s.postpone(s.Now.Sub(last))
	_, _ = s.send(marketplace.Resume())
	for _, prover := range s.provers {
		s.placeAsk(prover, pick(s, s.programs), auction.StakeTier(s.Random.IntN(3)))
	}
	for id, v := range s.State.Vaults() {
		if len(v.Redemptions) > 0 && !s.chance(3) {
			s.collectAll(s.who[pick(s, v.Redemptions).Owner], id)
		}
	}
	s.comeBack()
}

// underACase reports whether claims on any vault are frozen.
func (s *Simulation) underACase() bool {
	for _, v := range s.State.Vaults() {
		if v.Cases > 0 {
			return true
		}
	}
	return false
}

// EverybodyLeaves lets everybody redeem all there is, wait, and claim it, and reports what is left of stake that was
// somebody's: roundings. A reward that drips when the last delegator has left is nobody's, and stays.
func (s *Simulation) EverybodyLeaves() vadium.Amount {
	s.t.Helper()
	leave := func() {
		for _, v := range s.State.Vaults() {
			for _, r := range v.Redemptions {
				s.Must(s.do(s.who[r.Owner], marketplace.ClaimRedemption{Vault: v.ID, Redemption: r.ID}))
			}
		}
	}
	wait := func() {
		s.Skip(vaults.Unbonding)
		_, _ = s.send(marketplace.Resume())
		s.observe(s.Until(s.Now))
		for end := s.Now.Add(marketplace.MaxCase + vadium.Day); s.underACase() && s.Now.Before(end); {
			s.observe(s.Wait(vadium.Hour)) // claims wait for what is held back, and for cases, at most so long
		}
	}
	wait()
	leave() // so that nobody has too many open
	for id, v := range s.State.Vaults() {
		for h := range v.Holdings.All() {
			s.Must(s.do(s.who[h.Owner], marketplace.RedeemShares{Vault: id, Shares: h.Shares}))
		}
		if v := s.State.Vault(id); !v.Junior.IsZero() {
			s.Must(s.do(s.who[v.Prover], marketplace.RedeemJunior{Amount: v.Junior}))
		}
	}
	wait()
	leave()
	var left vadium.Amount
	for _, v := range s.State.Vaults() {
		if v.Holdings.Len()+len(v.Redemptions) > 0 || !v.Shares.IsZero() {
			s.t.Errorf("in the end vault %d still has %d holders and %d redemptions", v.ID, v.Holdings.Len(), len(v.Redemptions))
		}
		left = vadium.Sum(left, v.Junior, v.JuniorUnbonding.Assets, v.SeniorUnbonding.Assets)
	}
	return left
}
