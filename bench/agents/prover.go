package main

import (
	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// prover is one prover: an account with a vault, machines, and a manner.
type prover struct {
	owner   *party
	account vadium.Account
	manner  manner
	asset   risk.Asset
	// thrift is what a proof costs it, as a part of what it usually costs.
	thrift float64
	// begun are the requests whose proof it has paid for.
	begun map[vadium.RequestID]bool
	// stake is what it means to have in its vault.
	stake vadium.Amount
	// sure keeps it from changing its mind about a request it has given up.
	sure map[vadium.RequestID]bool
}

// manner is what a prover does where the rules leave it a choice.
type manner interface {
	// takes reports whether to accept an assignment, now that its witness is solved.
	takes(r *run, p *prover, q *marketplace.Request, a *marketplace.Attempt) bool
	// works says what to do now about a request it has accepted, and until when if that is to wait.
	works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time)
	// quotes returns what an ask is multiplied with; 0 is to ask for nothing any more.
	quotes(r *run, p *prover) float64
	// posts reports whether it posts stake that is called for.
	posts(r *run, p *prover) bool
}

// deed is what a prover can do about a request it has accepted.
type deed int

const (
	prove  deed = iota
	wait        // and say that one is at work
	lurk        // wait, and say nothing
	giveUp      // and say so
	vanish
	forge // deliver something that is no proof
)

// What a prover is like.
const (
	slots      = 10
	commission = vadium.Bps(9_500)
	margin     = 1.2 // of an ask over what the prover expects to pay and to share
)

// establish opens a prover's vault and its business.
func (r *run) establish(owner *party, name string, m manner, asset risk.Asset, junior vadium.Amount, thrift float64) *prover {
	p := &prover{
		owner: owner, account: r.admit(owner, account(name)), manner: m, asset: asset, thrift: thrift, stake: junior,
		begun: map[vadium.RequestID]bool{}, sure: map[vadium.RequestID]bool{},
	}
	if asset == otherAsset {
		r.fundOther(owner, p.account, junior)
		r.fund(owner, p.account, vadium.Tokens(1))
	} else {
		r.fund(owner, p.account, junior)
	}
	r.do(p.account, marketplace.OpenVault{Junior: junior, Commission: commission, Asset: asset})
	for i := range works {
		r.do(p.account, marketplace.ServeProgram{Program: works[i].program.ID(), Benchmark: works[i].takes})
	}
	offset := vadium.Duration(len(r.provers)) * 7 * vadium.Minute
	r.provers, r.prover[p.account] = append(r.provers, p), p
	r.every(offset, 6*vadium.Hour, func() { p.quote(r) })
	r.every(7*vadium.Day+offset, 7*vadium.Day, func() { p.collect(r) })
	return p
}

// share returns the part of a fee that is the prover's own.
func (p *prover) share(v *vaults.Vault, now vadium.Time) float64 {
	own := 1.0
	if v.Asset == (risk.Asset{}) {
		junior, senior := inTokens(v.Junior), inTokens(v.TotalAssets(now))
		c := float64(v.Commission) / 10_000
		if junior+senior > 0 {
			own = c + (1-c)*junior/(junior+senior)
		}
	}
	return 0.99 * own
}

// cost returns what a proof costs the prover if it begins now, in tokens.
func (p *prover) cost(r *run, w *work) float64 {
	return w.costs * p.thrift * r.weather.costAt(r.now) / r.weather.tokenAt(r.now)
}

// spareTime is what a prover leaves before a deadline when it waits.
const spareTime = 20 * vadium.Minute

// proving returns what it is worth to prove a request now, in tokens.
func (p *prover) proving(r *run, q *marketplace.Request, i uint32) float64 {
	a := &q.Attempts[i]
	return inTokens(a.Price)*p.share(r.state.Vault(a.Vault), r.now) - p.cost(r, workOf(q))*effort(q)
}

// quote places the prover's asks anew.
func (p *prover) quote(r *run) {
	v := r.state.VaultOf(p.account)
	times := p.manner.quotes(r, p)
	if v == nil || times == 0 {
		return
	}
	for i := range works {
		w := &works[i]
		product, served := r.state.Listing(w.program.ID()).Product(auction.Immediate, vadium.Amount{}, vadium.Amount{})
		if !served {
			continue
		}
		price := tokens(p.cost(r, w) * margin / p.share(v, r.now) * times)
		for _, stake := range []auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh} {
			product.Stake = stake
			r.do(p.account, marketplace.PlaceAsk{
				Product: product, Price: price, Slots: slots, Capacity: slots, ETA: w.takes + 20*vadium.Minute, StandUntil: r.now.Add(vadium.Day), Salt: r.salt(),
			})
		}
	}
}

// collect takes what the prover has earned out of the market, and what stake it has besides.
func (p *prover) collect(r *run) {
	if v := r.state.VaultOf(p.account); v != nil && len(v.Redemptions) < vaults.MaxRedemptions/2 {
		keeps := p.stake
		if p.manner.posts(r, p) {
			keeps = vadium.Max(keeps, r.minimum(p)).BpsUp(11_000)
		}
		if spare := v.Junior.SubFloor(keeps); spare.BitLen() > 60 { // a token, about
			if r.do(p.account, marketplace.RedeemJunior{Amount: spare}) {
				r.claimAll(p.account)
			}
		}
	}
	if v := r.state.VaultOf(p.account); v != nil && !v.CommissionDue.IsZero() {
		r.do(p.account, marketplace.ClaimCommission{Amount: v.CommissionDue})
	}
	r.cashOut(p.account)
}

// cashOut takes an account's balance out of the market.
func (r *run) cashOut(a vadium.Account) {
	if has := r.state.Balance(a); !has.IsZero() {
		r.do(a, marketplace.WithdrawBalance{Amount: has})
	}
	if has := r.state.BalanceIn(a, otherAsset); !has.IsZero() {
		r.do(a, marketplace.WithdrawCollateral{Asset: otherAsset, Amount: has})
	}
}

// answer says yes or no to an assignment.
func (p *prover) answer(r *run, id vadium.RequestID, i uint32) {
	q := r.state.Request(id)
	if a := &q.Attempts[i]; a.Stage == marketplace.StageOffered {
		if p.manner.takes(r, p, q, a) {
			r.do(p.account, marketplace.AcceptRequest{Request: id})
		} else {
			r.do(p.account, marketplace.DeclineRequest{Request: id})
		}
	}
}

// work does what is next about a request that the prover has accepted.
func (p *prover) work(r *run, id vadium.RequestID, i uint32) {
	q := r.state.Request(id)
	a := &q.Attempts[i]
	if a.Stage != marketplace.StageAccepted || len(a.Pending) > 0 || p.sure[id] {
		return
	}
	w := workOf(q)
	switch do, until := p.manner.works(r, p, q, i); do {
	case prove:
		if !p.begun[id] {
			p.begun[id] = true
			p.owner.costs += p.cost(r, w) * effort(q)
			p.heartbeats(r, id, i, r.now.Add(w.takes))
			r.after(w.takes, func() { p.deliver(r, id, i, false) })
		}
	case wait:
		if next := a.HeartbeatBy.Add(-vadium.Minute); next.Before(until) {
			until = next
		}
		r.at(until, func() {
			r.do(p.account, marketplace.SendHeartbeat{Request: id})
			p.work(r, id, i)
		})
	case lurk:
		r.at(until, func() { p.work(r, id, i) })
	case giveUp:
		p.sure[id] = true
		r.do(p.account, marketplace.Resign{Request: id})
	case vanish:
		p.sure[id] = true
	case forge:
		p.deliver(r, id, i, true)
	}
}

// heartbeats says that the prover is at work, until it is done.
func (p *prover) heartbeats(r *run, id vadium.RequestID, i uint32, done vadium.Time) {
	a := &r.state.Request(id).Attempts[i]
	next := a.HeartbeatBy.Add(-vadium.Minute)
	if a.Stage != marketplace.StageAccepted || !next.Before(done) {
		return
	}
	r.at(next, func() {
		if r.do(p.account, marketplace.SendHeartbeat{Request: id}) {
			p.heartbeats(r, id, i, done)
		}
	})
}

func (p *prover) deliver(r *run, id vadium.RequestID, i uint32, forged bool) {
	if r.state.Request(id).Attempts[i].Stage != marketplace.StageAccepted {
		return // somebody was faster
	}
	r.proofs++
	proof := vadium.DigestOf(id[:])
	proof[0], proof[1], proof[2], proof[3] = byte(r.proofs>>24), byte(r.proofs>>16), byte(r.proofs>>8), byte(r.proofs)
	r.forged[proof] = forged
	r.do(p.account, marketplace.Deliver{Request: id, Proof: proof})
}

// answerCall posts stake that is called for, as long as it is. Who has left, or must leave, posts nothing.
func (p *prover) answerCall(r *run) {
	v := r.state.VaultOf(p.account)
	if v == nil || r.state.Prover(p.account).State() >= marketplace.StateExcluded || !p.manner.posts(r, p) {
		return
	}
	b := r.state.Backing(v.ID)
	if b == nil || b.Calls.Stage() == risk.Met || b.Calls.Stage() == risk.Excluded {
		return
	}
	amount := vadium.Max(r.minimum(p).SubFloor(v.Junior), v.Junior.BpsUp(1_500))
	if v.Asset == otherAsset {
		r.fundOther(p.owner, p.account, amount)
	} else {
		r.fund(p.owner, p.account, amount)
	}
	r.do(p.account, marketplace.DepositJunior{Amount: amount})
	r.after(6*vadium.Hour, func() { p.answerCall(r) })
}

// minimum returns what a prover must have of its own to be assigned anything, in its asset, and a tenth more.
func (r *run) minimum(p *prover) vadium.Amount {
	least := r.state.Params().MinJunior.BpsUp(max(r.state.Network().Measures.Entry.Factor, vadium.BpsOne)).BpsUp(11_000)
	if p.asset == otherAsset {
		return tokens(inTokens(least) * r.weather.tokenAt(r.now) / r.weather.otherAt(r.now))
	}
	return least
}

// honest is the manner of a prover that keeps its promises: it declines what would cost more than it earns as long as
// that is free, and delivers what it has accepted, in time.
type honest struct{}

func (honest) takes(r *run, p *prover, q *marketplace.Request, a *marketplace.Attempt) bool {
	v := r.state.Vault(a.Vault)
	if p.cost(r, workOf(q))*effort(q) <= inTokens(a.Price)*p.share(v, r.now) {
		return true
	}
	who := r.state.Prover(p.account)
	today := uint64(r.now) / uint64(vadium.Day)
	return who.Day == today && who.Declines+1 >= r.state.Params().DeclineQuota
}

// works proves what pays and waits as long as it would not, but never too long.
func (honest) works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time) {
	a, w := &q.Attempts[i], workOf(q)
	if last := a.Deadline.Add(-w.takes - spareTime); p.proving(r, q, i) < 0 && r.now.Before(last) {
		return wait, last
	}
	return prove, 0
}

func (honest) quotes(*run, *prover) float64 { return 1 }
func (honest) posts(*run, *prover) bool     { return true }
