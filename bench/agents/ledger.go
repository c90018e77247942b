package main

import (
	"fmt"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// party is who owns some accounts together: money it gives to itself is no gain.
type party struct {
	name, kind string
	accounts   []vadium.Account

	in, out           vadium.Amount // of the market, in its own token
	inOther, outOther vadium.Amount // and in the other asset
	fees              vadium.Amount // for valid proofs, from others: commission and the junior's part
	aid, aidOther     vadium.Amount // paid to it for the faults of others: damages, bounties, premiums, rewards
	lost, lostOther   vadium.Amount // of its junior stake, to slashes and charges
	// rewards are what shares of its could have earned at most: all that dripped or was to drip into vaults it held shares of.
	rewards vadium.Amount
	costs   float64 // of proving, outside the market, in tokens at the price of the moment

	proofs, broken int // delivered; accepted and given up or never delivered
}

// has reports whether an account is the party's.
func (p *party) has(r *run, a vadium.Account) bool { return r.owner[a] == p }

// enrol brings a party into the run.
func (r *run) enrol(name, kind string) *party {
	p := &party{name: name, kind: kind}
	r.parties = append(r.parties, p)
	return p
}

// admit gives a party one more account.
func (r *run) admit(p *party, a vadium.Account) vadium.Account {
	p.accounts = append(p.accounts, a)
	r.owner[a] = p
	return a
}

// fund brings tokens of a party to one of its accounts.
func (r *run) fund(p *party, to vadium.Account, amount vadium.Amount) {
	r.do(r.operator, marketplace.CreditDeposit{Account: to, Amount: amount, Reference: r.salt()})
}

func (r *run) fundOther(p *party, to vadium.Account, amount vadium.Amount) {
	r.do(r.operator, marketplace.CreditCollateral{Account: to, Asset: otherAsset, Amount: amount, Reference: r.salt()})
}

// held returns what a party has in the market, in an asset: balances, escrow, stake of its own on either side of
// unbonding, commission, and what its shares would pay.
func (r *run) held(p *party, asset risk.Asset) vadium.Amount {
	var sum vadium.Amount
	for _, a := range p.accounts {
		sum = sum.MustAdd(r.state.BalanceIn(a, asset))
	}
	if asset == (risk.Asset{}) {
		sum = sum.MustAdd(r.escrowOf(p))
	}
	for _, v := range r.state.Vaults() {
		own := p.has(r, v.Prover)
		if own && asset == (risk.Asset{}) {
			sum = sum.MustAdd(v.CommissionDue)
		}
		if v.Asset != asset {
			continue
		}
		if own {
			sum = vadium.Sum(sum, v.Junior, v.JuniorUnbonding.Assets)
		}
		for _, a := range p.accounts {
			sum = vadium.Sum(sum, v.Rate(r.now).AssetsDown(v.SharesOf(a)), leaving(v, a))
		}
	}
	return sum
}

func (r *run) escrowOf(p *party) (sum vadium.Amount) {
	open := false
	for _, a := range p.accounts {
		open = open || r.state.OpenRequests(a) > 0
	}
	if open {
		for _, q := range r.state.Requests() {
			if p.has(r, q.Requester) {
				sum = sum.MustAdd(q.Escrow)
			}
		}
	}
	return sum
}

// leaving returns what an owner's senior redemptions would pay.
func leaving(v *vaults.Vault, owner vadium.Account) (sum vadium.Amount) {
	pool := v.SeniorUnbonding
	for _, redemption := range v.Redemptions {
		if redemption.Owner == owner && !redemption.Junior && redemption.Generation == pool.Generation {
			part, _ := redemption.PoolShares.MulDivDown(pool.Assets, pool.Shares)
			sum = sum.MustAdd(part)
		}
	}
	return sum
}

// gain returns what a party has made of what it put in, in tokens, the cost of proving deducted; what it has of the other
// asset counts at the price of the moment.
func (r *run) gain(p *party) float64 {
	other := inTokens(r.held(p, otherAsset).MustAdd(p.outOther)) - inTokens(p.inOther)
	return inTokens(r.held(p, risk.Asset{}).MustAdd(p.out)) - inTokens(p.in) - p.costs + other*r.weather.otherAt(r.now)/r.weather.tokenAt(r.now)
}

// ledger follows every record and holds it against the rules that no deviation may break.
type ledger struct {
	request vadium.RequestID // of the fee whose division comes next
	// found is what is against the rules, in words.
	found []string
	// seniorLost is what delegators lost, by vault, and seniorAllowed what the rules let them lose.
	seniorLost map[vadium.VaultID]vadium.Amount
	slashes    int
	// direction the entry minimum moved in last, flips how often it turned, steps how often it moved, worst the largest step.
	factor    vadium.Bps
	direction int
	flips     int
	steps     int
	worst     vadium.Bps
	levels    [4]int // hours at each level of the breaker
	most      vadium.Bps
}

func newLedger() *ledger { return &ledger{seniorLost: map[vadium.VaultID]vadium.Amount{}} }

func (l *ledger) breach(format string, args ...any) {
	if len(l.found) < 20 {
		l.found = append(l.found, fmt.Sprintf(format, args...))
	}
}

// before looks at a record on the state that it will change.
func (l *ledger) before(r *run, record marketplace.Record) {
	switch e := record.Event.(type) {
	case *marketplace.Slashed:
		v := r.state.Vault(e.Vault)
		lock, _ := r.state.LockOf(e.Request, e.Attempt)
		all := e.Damages.Total().MustAdd(e.Punitive.Total())
		if lock.Amount.Less(all) {
			l.breach("record %d: a slash of %s tokens exceeds its lock of %s", record.Seq, all.Tokens(), lock.Amount.Tokens())
		}
		if senior := e.Damages.SeniorTotal(); !senior.IsZero() {
			l.breach("record %d: delegators pay %s tokens of damages", record.Seq, senior.Tokens())
		}
		if d := e.Shares; e.Damages.JuniorTotal().MustAdd(e.Punitive.JuniorTotal()).Less(vadium.Sum(d.Requester, d.Reporter, d.Rescuer)) {
			l.breach("record %d: requester, reporter and rescuer get more than the junior paid: %+v", record.Seq, d)
		}
		if senior := e.Punitive.SeniorTotal(); !senior.IsZero() {
			left := v.Junior.MustAdd(v.JuniorUnbonding.Assets).SubFloor(e.Damages.JuniorTotal().MustAdd(e.Punitive.JuniorTotal()))
			if v.DamageCaps().Less(left) {
				l.breach("record %d: delegators pay %s tokens while the junior keeps %s, of which damage caps need %s", record.Seq, senior.Tokens(),
					left.Tokens(), v.DamageCaps().Tokens())
			}
		}
		l.lose(e.Vault, e.Punitive)
	case *marketplace.DeferredSlashed:
		l.lose(e.Vault, e.Punitive)
	case *marketplace.VaultSlashed:
		v := r.state.Vault(e.Vault)
		senior := vadium.Sum(v.Senior, v.Dripping.Locked, v.SeniorUnbonding.Assets)
		if e.Penalty.Severity < 100 && senior.BpsUp(5_000).MustAdd(vadium.NewAmount(1)).Less(e.Punitive.SeniorTotal()) {
			l.breach("record %d: delegators lose %s of %s tokens in one case", record.Seq, e.Punitive.SeniorTotal().Tokens(), senior.Tokens())
		}
		if d := e.Shares; e.Punitive.JuniorTotal().BpsUp(1_000).Less(vadium.Sum(d.Requester, d.Reporter, d.Rescuer)) {
			l.breach("record %d: the reporter gets more than a tenth of what the junior paid: %+v", record.Seq, d)
		}
		l.lose(e.Vault, e.Punitive)
	}
}

func (l *ledger) lose(vault vadium.VaultID, punitive vaults.Loss) {
	l.slashes++
	l.seniorLost[vault] = l.seniorLost[vault].MustAdd(punitive.SeniorTotal())
}

// after books a record.
func (l *ledger) after(r *run, record marketplace.Record) {
	add := func(to *vadium.Amount, amounts ...vadium.Amount) { *to = to.MustAdd(vadium.Sum(amounts...)) }
	switch e := record.Event.(type) {
	case *marketplace.Deposited:
		add(&r.owner[e.Account].in, e.Amount)
	case *marketplace.Withdrawn:
		add(&r.owner[e.Account].out, e.Amount)
	case *marketplace.CollateralDeposited:
		add(&r.owner[e.Account].inOther, e.Amount)
	case *marketplace.CollateralWithdrawn:
		add(&r.owner[e.Account].outOther, e.Amount)
	case *marketplace.FeeSettled:
		l.request = e.Request
	case *marketplace.RewardsAccrued: // follows its FeeSettled
		v := r.state.Vault(e.Vault)
		earner := r.owner[v.Prover]
		if !earner.has(r, r.state.Request(l.request).Requester) {
			add(&earner.fees, e.Reward.Commission, e.Reward.Junior)
		}
		for _, s := range r.stakers {
			if !v.SharesOf(s.account).IsZero() {
				add(&s.party.rewards, e.Reward.Senior)
			}
		}
	case *marketplace.DeliveryAccepted:
		r.owner[r.state.Request(e.Request).Attempts[e.Attempt].Prover].proofs++
	case *marketplace.Slashed:
		l.help(r, e.Vault, e.Damages.JuniorTotal().MustAdd(e.Punitive.JuniorTotal()), r.state.Request(e.Request).Requester, e.Shares.Requester)
		l.help(r, e.Vault, vadium.Amount{}, e.Rescuer, e.Shares.Rescuer)
	case *marketplace.DeferredSlashed:
		l.help(r, e.Vault, e.Punitive.JuniorTotal(), e.Rescuer, e.Shares.Rescuer)
	case *marketplace.VaultSlashed:
		l.help(r, e.Vault, e.Punitive.JuniorTotal(), e.Reporter, e.Shares.Reporter)
	case *marketplace.ActivationCharged:
		l.help(r, e.Vault, e.Loss.JuniorTotal(), e.To, e.Loss.JuniorTotal())
	case *marketplace.FaultRecorded:
		r.owner[e.Prover].broken++
	case *marketplace.EpochMarked:
		if !record.At.After(r.end()) { // then nobody asks for anything any more
			l.mark(e.Network)
		}
	}
}

// help books what a vault's prover lost of its junior stake, and what somebody else got of it.
func (l *ledger) help(r *run, vault vadium.VaultID, lost vadium.Amount, to vadium.Account, amount vadium.Amount) {
	v := r.state.Vault(vault)
	offender, p := r.owner[v.Prover], r.owner[to]
	if v.Asset == otherAsset {
		offender.lostOther = offender.lostOther.MustAdd(lost)
		if p != nil && p != offender {
			p.aidOther = p.aidOther.MustAdd(amount)
		}
		return
	}
	offender.lost = offender.lost.MustAdd(lost)
	if p != nil && p != offender {
		p.aid = p.aid.MustAdd(amount)
	}
}

// mark follows the entry minimum and the breaker.
func (l *ledger) mark(m marketplace.Measures) {
	l.levels[min(int(m.Breaker.Level), 3)]++
	next, last := m.Entry.Factor, l.factor
	l.factor = next
	l.most = max(l.most, next)
	if last == 0 || next == last {
		return
	}
	direction := 1
	if next < last {
		direction = -1
	}
	if l.direction == -direction {
		l.flips++
	}
	l.direction = direction
	l.steps++
	l.worst = max(l.worst, vadium.Bps(uint64(max(next, last)-min(next, last))*10_000/uint64(last)))
}
