package main

import (
	"vadium"
	"vadium/marketplace"
)

// conduct is how a staker behaves.
type conduct int

const (
	patient   conduct = iota // delegates once, and stays
	panicking                // redeems everything when the price falls, and comes back when it has stopped
	sniping                  // is there for one day out of fifteen
	running                  // redeems as soon as there is a case against its vault
)

// staker is somebody who delegates to some vaults, the same amount to each.
type staker struct {
	party   *party
	account vadium.Account
	conduct conduct
	provers []*prover
	each    vadium.Amount
	gone    bool
}

func (r *run) delegate(owner *party, name string, how conduct, each float64, to ...*prover) {
	s := &staker{party: owner, account: r.admit(owner, account(name)), conduct: how, provers: to, each: tokens(each)}
	r.stakers = append(r.stakers, s)
	r.after(2*vadium.Hour, func() {
		r.fund(owner, s.account, vadium.Tokens(0).MustAdd(tokens(each*float64(len(to)))))
		s.deposit(r)
	})
	switch how {
	case panicking:
		r.every(8*vadium.Day, vadium.Day, func() { s.watch(r) })
	case sniping:
		r.every(vadium.Day, 15*vadium.Day, func() {
			s.deposit(r)
			r.after(vadium.Day, func() { s.leave(r) })
		})
		r.after(3*vadium.Hour, func() { s.leave(r) })
	case patient, running:
		r.every(30*vadium.Day, 30*vadium.Day, func() { s.spend(r) })
	}
}

// spend redeems what the staker's shares are worth beyond what it delegated.
func (s *staker) spend(r *run) {
	for id, v := range r.state.Vaults() {
		rate := v.Rate(r.now)
		shares := v.SharesOf(s.account)
		if spare := rate.AssetsDown(shares).SubFloor(s.each); spare.BitLen() > 58 {
			r.do(s.account, marketplace.RedeemShares{Vault: id, Shares: vadium.Min(shares, rate.SharesDown(spare))})
		}
	}
	r.claimAll(s.account)
}

// deposit delegates what the staker has, in equal parts.
func (s *staker) deposit(r *run) {
	part, _ := r.state.Balance(s.account).MulDivDown(vadium.NewAmount(1), vadium.NewAmount(uint64(len(s.provers))))
	for _, p := range s.provers {
		if v := r.state.VaultOf(p.account); v != nil {
			r.do(s.account, marketplace.DepositSenior{Vault: v.ID, Assets: part})
		}
	}
}

// leave redeems everything, and claims it when it can.
func (s *staker) leave(r *run) {
	for id, v := range r.state.Vaults() {
		if shares := v.SharesOf(s.account); !shares.IsZero() {
			r.do(s.account, marketplace.RedeemShares{Vault: id, Shares: shares})
		}
	}
	r.claimAll(s.account)
}

// watch lets a panicking staker look at the price once a day.
func (s *staker) watch(r *run) {
	now, week := r.weather.tokenAt(r.now), 0.0
	for day := range 7 {
		week = max(week, r.weather.tokenAt(r.now.Add(-vadium.Duration(day)*vadium.Day)))
	}
	switch {
	case !s.gone && now < 0.85*week:
		s.gone = true
		s.leave(r)
	case s.gone && now > 0.95*week && !r.state.Balance(s.account).IsZero():
		s.gone = false
		s.deposit(r)
	}
}

// sees lets a staker know of a case against a vault.
func (s *staker) sees(r *run, vault vadium.VaultID) {
	if shares := r.state.Vault(vault).SharesOf(s.account); s.conduct == running && !shares.IsZero() {
		r.after(0, func() {
			r.do(s.account, marketplace.RedeemShares{Vault: vault, Shares: shares})
			r.claimAll(s.account)
		})
	}
}
