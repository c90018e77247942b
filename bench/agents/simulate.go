package main

import (
	"fmt"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// What there is besides the crews.
const (
	strangers      = 12 // provers, honest all of them
	strangersOther = 2  // of them have their stake in the other asset
	patients       = 8  // stakers
)

// newRun returns a market with its people in place.
func newRun(s setting) *run {
	r := &run{
		setting: s, state: marketplace.NewState(), now: start, weather: newWeather(s), ledger: newLedger(), operator: account("operator"),
		owner: map[vadium.Account]*party{}, prover: map[vadium.Account]*prover{}, forged: map[vadium.Digest]bool{}, refused: map[string]int{},
	}
	r.send(marketplace.Command{Body: marketplace.OpenMarket{
		Operator: r.operator, ChainID: 1, Params: params(), Seeds: [2][32]byte{r.seedOf(1), r.seedOf(2)},
	}})
	r.admit(r.enrol("operator", "operator"), r.operator)
	r.do(r.operator, marketplace.SetCollateral{Collateral: risk.Registry{{
		Asset: otherAsset, Haircut: 3_000, Cap: vadium.Tokens(1_000_000), Feed: risk.FeedID{1},
	}}})
	r.every(0, step, r.publish)
	for i := range works {
		r.do(r.operator, marketplace.RegisterProgram{Program: works[i].program, SampleVerified: true, Class: vadium.KeysOperator})
	}
	r.live(r.now)
	r.settleIn()
	r.demand()
	r.every(3*vadium.Hour, vadium.Day, r.measure)
	return r
}

// params are the defaults, with longer windows, since an agent that answers within seconds has nothing to think about, a
// larger minimum, and reserves that let prices double within a day, as the cost of proving does here.
func params() marketplace.Params {
	p := marketplace.DefaultParams()
	p.MarketHeartbeat, p.OutageAfter = vadium.Minute, 10*vadium.Minute
	p.MinJunior, p.ReserveSlack = vadium.Tokens(30), 30_000
	p.AcceptWindow, p.HeartbeatWithin = 10*vadium.Minute, vadium.Hour
	return p
}

// settleIn brings the strangers in, and the crews.
func (r *run) settleIn() {
	random := r.random("people")
	for i := range strangers {
		name := fmt.Sprint("stranger ", i)
		owner := r.enrol(name, "strangers")
		junior, thrift := 36+36*random.Float64(), 0.97+0.1*random.Float64()
		asset := risk.Asset{}
		if i >= strangers-strangersOther {
			asset = otherAsset
			junior *= 2.5 * tokenPrice / otherPrice
		}
		r.establish(owner, name, honest{}, asset, tokens(junior), thrift)
	}
	own := r.provers[:strangers-strangersOther]
	var dora conduct
	for _, k := range r.cast {
		r.engage(k)
		dora = max(dora, k.dora)
	}
	for i := range patients {
		r.delegate(r.enrol(fmt.Sprint("patient ", i), "patients"), fmt.Sprint("patient ", i), patient, 30, own[i], own[(i+1)%len(own)])
	}
	r.delegate(r.enrol("dora", "dora"), "dora", dora, 30, own[8], own[9])
}

// engage brings a crew in.
func (r *run) engage(k kind) {
	c := &crew{kind: k, owner: r.enrol(k.name, k.name), variant: map[vadium.RequestID]int{}}
	c.requester, c.reporter = r.admit(c.owner, account(k.name+" requester")), r.admit(c.owner, account(k.name+" reporter"))
	for i := range 2 {
		junior := k.junior
		if k.asset == otherAsset {
			junior *= tokenPrice / otherPrice
		}
		name := fmt.Sprint("crew ", len(r.provers)) // of the same account, whatever its kind: ties fall the same way
		c.provers = append(c.provers, r.establish(c.owner, name, k.manner(c, i), k.asset, tokens(junior), 0.98+0.004*float64(i)))
	}
	if k.asset == (risk.Asset{}) {
		r.delegate(r.enrol("delegators of "+k.name, "delegators"), "delegators of "+k.name, k.delegators, 30, c.provers...)
	}
	if k.begin != nil {
		k.begin(r, c)
	}
}

// sample is what the plot shows of a day.
type sample struct {
	day                float64
	token, other, cost float64
	stake, locked      float64 // all of it, in tokens
	factor, level      float64 // of the entry minimum, of the breaker
	gain               map[string]float64
}

// measure notes what the plot shows, once a day, and looks at the books.
func (r *run) measure() {
	n := r.state.Network().Measures
	s := sample{
		day: float64(r.now.Sub(start)) / float64(vadium.Day), token: r.weather.tokenAt(r.now), other: r.weather.otherAt(r.now), cost: r.weather.costAt(r.now),
		factor: float64(max(n.Entry.Factor, vadium.BpsOne)) / 10_000, level: float64(n.Breaker.Level), gain: map[string]float64{},
	}
	for _, v := range r.state.Vaults() {
		ratio := r.weather.priceOf(v.Asset, r.now) / s.token
		s.stake += inTokens(v.Junior.MustAdd(v.TotalAssets(r.now))) * ratio
		s.locked += inTokens(v.Locked()) * ratio
	}
	if len(r.series)%10 == 0 {
		if err := r.state.CheckInvariants(); err != nil {
			r.broken = err
		}
	}
	if len(r.cast) > 1 || len(r.series)%30 == 0 {
		for _, p := range r.parties {
			if _, crew := kindOfName(p.kind); crew {
				s.gain[p.kind] = r.gain(p)
			}
		}
	}
	r.series = append(r.series, s)
}

// simulate runs a setting to its end.
func simulate(s setting) *run {
	r := newRun(s)
	r.live(s.end().Add(settleDays * vadium.Day))
	if r.broken == nil {
		r.broken = r.state.CheckInvariants()
	}
	return r
}
