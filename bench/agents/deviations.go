package main

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// crew is who deviates together: one owner with two provers, a requester and a reporter.
type crew struct {
	kind      kind
	owner     *party
	provers   []*prover
	requester vadium.Account
	reporter  vadium.Account
	n         int
	variant   map[vadium.RequestID]int
}

// kind is one way to behave, and what it is compared with.
type kind struct {
	name string
	says string // what its agents do, for the table
	// like names the kind whose agents have the same stake and costs and do as they should.
	like   string
	asset  risk.Asset
	junior float64 // tokens of each prover's stake of its own
	manner func(c *crew, prover int) manner
	begin  func(r *run, c *crew)
	// delegators is how the crew's own delegators and dora, who delegates to strangers, behave.
	delegators, dora conduct
	// judged is whose gain counts: the crew's by default.
	judged string
	// excepted says why a kind may gain a little, if it may.
	excepted string
}

const (
	juniorUsual = 50.0
	juniorLeast = 33.0 // a little more than a vault needs at first
	juniorOther = 60.0 // worth of the other asset
)

func always(m manner) func(*crew, int) manner { return func(*crew, int) manner { return m } }

// kinds are all there are. The first three do as they should, with stake of three sorts.
var kinds = []kind{
	{name: "honest", says: "delivers what it has accepted", junior: juniorUsual, manner: always(honest{})},
	{name: "honest, other asset", says: "the same, with stake in the other asset", junior: juniorOther, asset: otherAsset, manner: always(honest{})},
	{name: "honest, little stake", says: "the same, with a little more stake than a vault needs at first", junior: juniorLeast, manner: always(honest{})},

	{
		name: "defaulter", says: "gives a request up when proving it has come to cost more than the penalty", like: "honest",
		junior: juniorUsual, manner: always(strategic{}),
	},
	{
		name: "careful defaulter", says: "the same, but once in seven days at most", like: "honest",
		junior: juniorUsual, manner: always(strategic{strikes: 1}),
	},
	{
		name: "parting defaulter", says: "the same, but only in its last twenty days, when it has no name to lose", like: "honest",
		junior: juniorUsual, manner: always(strategic{last: leaves}),
		excepted: "who will never be asked again saves what a proof has come to cost beyond its fee and the penalty, which is a tenth of the fee and the damage cap",
	},
	{
		name: "defaulter, other asset", says: "the defaulter with stake in the other asset, which is worth less after the crash", like: "honest, other asset",
		junior: juniorOther, asset: otherAsset, manner: always(strategic{}),
	},
	{
		name: "defaulter, little stake", says: "the defaulter with so little of its own that a penalty may exceed it", like: "honest, little stake",
		junior: juniorLeast, manner: always(strategic{}),
	},
	{
		name: "leaver", says: "at the end of its life wins all it can, redeems its stake, exits and delivers nothing", like: "honest",
		junior: juniorUsual, manner: func(*crew, int) manner { return leaver{} }, begin: (*run).leave,
	},
	{
		name: "self-requester", says: "requests from itself with the largest damage cap, and fails, is late, or rescues itself", like: "honest",
		junior: juniorUsual, manner: func(c *crew, _ int) manner { return selfServing{c: c} }, begin: (*run).requestFromOneself,
	},
	{
		name: "ring", says: "wins cheaply and falls silent so that its own backup proves for its own price and the bounty", like: "honest",
		junior: juniorUsual, manner: func(c *crew, i int) manner { return ring{c: c, primary: i == 0} },
	},
	{
		name: "forger", says: "tries worthless proofs before it makes a real one", like: "honest",
		junior: juniorUsual, manner: always(forger{}),
	},
	{
		name: "deaf, little stake", says: "never posts what is called for", like: "honest, little stake",
		junior: juniorLeast, manner: always(deaf{}),
	},
	{
		name: "deaf, other asset", says: "never posts what is called for", like: "honest, other asset",
		junior: juniorOther, asset: otherAsset, manner: always(deaf{}),
	},
	{
		name: "equivocator", says: "signs two asks and reports itself, for the reporter's part of its delegators' stake", like: "honest",
		junior: juniorUsual, manner: always(honest{}), begin: (*run).reportOneself,
	},
	{
		name: "runner", says: "delegates to an equivocator, and redeems as soon as there is a case", like: "equivocator",
		junior: juniorUsual, manner: always(honest{}), begin: (*run).reportOneself, delegators: running, judged: "delegators",
	},
	{
		name: "panicker", says: "delegates to honest provers, and redeems when the price falls", like: "honest",
		junior: juniorUsual, manner: always(honest{}), dora: panicking, judged: "dora",
	},
	{
		name: "sniper", says: "delegates for a day at a time", like: "honest",
		junior: juniorUsual, manner: always(honest{}), dora: sniping, judged: "dora",
	},
}

// kindOfName returns a kind.
func kindOfName(name string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// worthOfBreaking returns what giving up a request costs a prover by the rules, in tokens: its own stake pays, as far as
// there is any, and what its delegators pay does not hurt it. The agent takes its record and the price into account and
// expects that nobody delivers in its place.
func worthOfBreaking(r *run, p *prover, a *marketplace.Attempt, offence slashing.Offence) float64 {
	entry, _ := offence.Entry()
	in := slashing.Neutral()
	in.Severity, in.Class = entry.Least, entry.Class
	in.History = r.state.Prover(p.account).Conduct.History
	fee, ratio := a.Price, 1.0
	if p.asset == otherAsset {
		ratio = r.weather.otherAt(r.now) / r.weather.tokenAt(r.now)
		fee = tokens(inTokens(fee) / ratio)
	}
	penalty, err := slashing.RequestPenalty(in, slashing.Terms{Lock: a.Lock.SubFloor(a.Slashed), DamageCap: a.DamageCap, Fee: fee}, vadium.BpsOne, entry.Undelivered)
	if err != nil {
		return 0
	}
	v := r.state.Vault(a.Vault)
	return -inTokens(vadium.Min(penalty.Total(), v.Junior.MustAdd(v.JuniorUnbonding.Assets))) * ratio
}

// strategic is honest until the last moment at which a promise can still be kept, and keeps it then only if breaking it
// costs more.
type strategic struct {
	honest
	strikes int             // it stays below so many in seven days; 0 is without a limit
	last    vadium.Duration // it begins so long before the end; 0 is from the beginning
}

func (s strategic) works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time) {
	a := &q.Attempts[i]
	do, until := s.honest.works(r, p, q, i)
	if s.last > 0 && r.now.Before(r.end().Add(-s.last)) || do != prove || p.proving(r, q, i) >= worthOfBreaking(r, p, a, slashing.Resigned) {
		return do, until
	}
	recent := 0
	for _, at := range r.state.Prover(p.account).Status.Strikes {
		if r.now.Sub(at) < 7*vadium.Day {
			recent++
		}
	}
	if s.strikes > 0 && recent >= s.strikes {
		return prove, 0
	}
	return giveUp, 0
}

// leaver is honest until its last weeks.
type leaver struct{ honest }

// leaves is how long before the end a leaver begins to take what it will not deliver, and redeems.
const (
	grabs  = leaves + 12*vadium.Hour // before the first of them is late
	leaves = 20 * vadium.Day
)

func (leaver) quotes(r *run, _ *prover) float64 {
	switch {
	case r.now.Before(r.end().Add(-grabs)):
		return 1
	case r.now.Before(r.end().Add(-leaves)):
		return 0.6
	}
	return 0
}

func (leaver) posts(r *run, _ *prover) bool { return r.now.Before(r.end().Add(-grabs)) }

func (leaver) takes(r *run, p *prover, q *marketplace.Request, a *marketplace.Attempt) bool {
	return !r.now.Before(r.end().Add(-grabs)) || honest{}.takes(r, p, q, a)
}

func (l leaver) works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time) {
	if r.now.Before(r.end().Add(-grabs)) {
		return l.honest.works(r, p, q, i)
	}
	return vanish, 0
}

// leave redeems a crew's stake a little before it stops delivering, ends its time as provers, and claims what is left.
func (r *run) leave(c *crew) {
	r.at(r.end().Add(-leaves), func() {
		for _, p := range c.provers {
			p.collect(r)
			if v := r.state.VaultOf(p.account); v != nil {
				r.do(p.account, marketplace.RedeemJunior{Amount: v.Junior})
			}
			r.do(p.account, marketplace.ExitMarket{})
			r.claimAll(p.account)
		}
	})
}

// claimAll claims an account's redemptions when they mature, and looks again the next day if it may not yet.
func (r *run) claimAll(a vadium.Account) {
	next := vadium.Forever
	for id, v := range r.state.Vaults() {
		for _, redemption := range slices.Clone(v.Redemptions) {
			switch {
			case redemption.Owner != a:
			case r.now.Before(redemption.Matures):
				next = next.Earliest(redemption.Matures)
			case !r.do(a, marketplace.ClaimRedemption{Vault: id, Redemption: redemption.ID}):
				next = next.Earliest(r.now.Add(vadium.Day))
			}
		}
	}
	if next != vadium.Forever {
		r.at(next, func() { r.claimAll(a) })
	}
}

// selfServing is honest with strangers, and does with its owner's own requests what they were made for.
type selfServing struct {
	honest
	c *crew
}

// What a crew does with a request of its own.
const (
	failing  = iota // nobody delivers: all damages
	rescuing        // the primary falls silent and the other prover delivers: a bounty
	delaying        // it comes late: most of the damages, and little else
	variants
)

func (s selfServing) takes(r *run, p *prover, q *marketplace.Request, a *marketplace.Attempt) bool {
	if q.Requester != s.c.requester {
		return s.honest.takes(r, p, q, a)
	}
	return a.Behind == 0 || s.c.variant[q.ID] == rescuing
}

func (s selfServing) works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time) {
	a := &q.Attempts[i]
	switch {
	case q.Requester != s.c.requester:
		return s.honest.works(r, p, q, i)
	case a.Behind > 0:
		return prove, 0
	case s.c.variant[q.ID] != delaying:
		return vanish, 0
	}
	last := a.Deadline.Add(a.GraceEnd.Sub(a.Deadline) * 9 / 10).Add(-workOf(q).takes)
	if r.now.Before(last) {
		return wait, last
	}
	return prove, 0
}

// requestFromOneself lets a crew request from itself, again and again: with all of its first prover's free stake as the
// damage cap, at a fee that only it asks.
func (r *run) requestFromOneself(c *crew) {
	const interval = 36 * vadium.Hour
	r.every(3*vadium.Day, interval, func() {
		p, w := c.provers[c.n/variants%len(c.provers)], &works[0]
		v := r.state.VaultOf(p.account)
		if v == nil || !r.now.Add(2*vadium.Day).Before(r.end()) {
			return
		}
		r.cashOut(c.requester)
		if missing := tokens(c.kind.junior).SubFloor(v.Junior); tokens(1).Less(missing) {
			r.fund(c.owner, p.account, missing)
			r.do(p.account, marketplace.DepositJunior{Amount: missing})
		}
		c.n++
		fee := tokens(p.cost(r, w) * margin / p.share(v, r.now) * 1.3)
		damageCap := vadium.Min(v.Junior.SubFloor(v.DamageCaps()), v.Effective(r.now).BpsDown(3_400))
		damageCap = vadium.Min(damageCap, v.Free(r.now).BpsDown(9_000))
		r.fund(c.owner, c.requester, fee)
		allow := []vadium.Account{p.account}
		if c.n%variants == rescuing {
			allow = []vadium.Account{c.provers[0].account, c.provers[1].account}
		}
		ask := request(c.n, w, fee, damageCap, r.now.Add(w.takes*3/2+2*vadium.Hour), allow...)
		c.variant[vadium.NewRequestID(c.requester, ask.ClientID)] = c.n % variants
		r.do(c.requester, ask)
	})
}

// ring is two provers of one owner: the first wins strangers' requests and falls silent, so that the second proves them.
type ring struct {
	honest
	c       *crew
	primary bool
}

func (g ring) quotes(*run, *prover) float64 {
	if g.primary {
		return 0.92
	}
	return 0.96
}

func (g ring) works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time) {
	a := &q.Attempts[i]
	if !g.primary || a.Behind > 0 || q.ID[1] >= 64 { // with every fourth request
		return g.honest.works(r, p, q, i)
	}
	for j := range q.Attempts {
		if b := &q.Attempts[j]; b.Behind == i+1 {
			if b.Prover == g.c.provers[1].account {
				return vanish, 0
			}
			return prove, 0 // a stranger's backup is no use
		}
	}
	if a.HeartbeatBy == vadium.Forever || q.Deadline.Add(-workOf(q).takes).Before(a.HeartbeatBy.Add(vadium.Hour)) {
		return prove, 0
	}
	return lurk, a.HeartbeatBy.Add(vadium.Minute)
}

// forger delivers worthless proofs first.
type forger struct{ honest }

func (f forger) works(r *run, p *prover, q *marketplace.Request, i uint32) (deed, vadium.Time) {
	if q.ID[1] < 16 && q.Attempts[i].Deliveries+1 < r.state.Params().MaxDeliveries {
		return forge, 0
	}
	return f.honest.works(r, p, q, i)
}

// deaf never posts what is called for, and takes out what it has earned all the same.
type deaf struct{ honest }

func (deaf) posts(*run, *prover) bool { return false }

// reportOneself lets a crew's reporter report its first prover, and later the second: two asks with one salt.
func (r *run) reportOneself(c *crew) {
	for i, p := range c.provers {
		when := vadium.Duration(r.crash+crashDays+5+10*i) * vadium.Day
		r.after(when, func() {
			r.fund(c.owner, c.reporter, vadium.Tokens(1))
			reveal := marketplace.RevealEvidence{
				Offender: p.account, Offence: slashing.BidEquivocation, Evidence: fmt.Append(nil, "two asks ", p.account), Salt: r.salt(), Holds: true,
				Subject: vadium.DigestOf(p.account[:]),
			}
			r.do(c.reporter, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(c.reporter, reveal)})
			r.after(2*vadium.Minute, func() { r.do(c.reporter, reveal) })
		})
	}
}
