package main

import (
	"fmt"

	"vadium"
	"vadium/vaults/risk"
)

// outcome is what a party had in the end, in tokens.
type outcome struct {
	in, has, fees, aid, costs float64
	gain                      float64 // has less in, less the cost of proving
	beyond                    float64 // has less in, less what was earned for valid proofs
	proofs, broken            int
}

// outcome returns what the party has in the end. Of stakers, fees are what their shares could have earned at most.
func (r *run) outcome(p *party) outcome {
	ratio := r.weather.otherAt(r.now) / r.weather.tokenAt(r.now)
	o := outcome{
		in: inTokens(p.in) + inTokens(p.inOther)*ratio, fees: inTokens(p.fees.MustAdd(p.rewards)), aid: inTokens(p.aid) + inTokens(p.aidOther)*ratio,
		costs: p.costs, gain: r.gain(p), proofs: p.proofs, broken: p.broken,
	}
	o.has = inTokens(r.held(p, risk.Asset{}).MustAdd(p.out)) + inTokens(r.held(p, otherAsset).MustAdd(p.outOther))*ratio
	o.beyond = o.has - o.in - o.fees
	return o
}

// judged returns the party whose gain a kind is judged by: that of its first crew, that crew's delegators, or dora.
func (r *run) judged(k kind) *party {
	name := r.cast[0].name
	switch k.judged {
	case "delegators":
		name = "delegators of " + name
	case "dora":
		name = "dora"
	}
	for _, p := range r.parties {
		if p.name == name {
			return p
		}
	}
	panic("invariant: every kind has somebody to be judged by")
}

// verdict is a run of one deviating kind beside the run of the same seed in which the same agents did not deviate.
type verdict struct {
	kind           kind
	seed           uint64
	deviant, loyal outcome
	lost           float64 // by the crew's delegators, to slashes
	found          []string
	gained         bool // more than without deviating
}

// compare judges a run of a kind by the run it is to be like.
func compare(deviant, loyal *run) verdict {
	k := deviant.cast[0]
	v := verdict{
		kind: k, seed: deviant.seed, deviant: deviant.outcome(deviant.judged(k)), loyal: loyal.outcome(loyal.judged(k)), found: deviant.audit(),
	}
	for _, vault := range deviant.state.Vaults() {
		if deviant.owner[vault.Prover].kind == k.name {
			v.lost += inTokens(deviant.ledger.seniorLost[vault.ID])
		}
	}
	most := v.loyal.gain
	if k.judged == "delegators" {
		most += 1e-9 // leaving changes nothing, and rounding a unit
	}
	v.gained = v.deviant.gain > most && k.excepted == ""
	return v
}

// moreRuns is in how many other seeds a kind is looked at that gained by deviating in one: enough for luck to even out.
const moreRuns = 10

// profitable returns the kinds that gain by deviating. One run may turn out well by luck: another request comes first, and all
// that follows is different. So who gains in one is run in more seeds, and must not gain in the average of all.
func (s setting) profitable(verdicts []verdict) (found []string) {
	last := uint64(0)
	lucky := map[string]bool{}
	for _, v := range verdicts {
		last = max(last, v.seed)
		lucky[v.kind.name] = lucky[v.kind.name] || v.gained
	}
	for _, k := range kinds {
		if !lucky[k.name] {
			continue
		}
		runs, more := 0, 0.0
		add := func(some []verdict) {
			for _, v := range some {
				if v.kind.name == k.name {
					runs, more = runs+1, more+v.deviant.gain-v.loyal.gain
				}
			}
		}
		add(verdicts)
		for i := range uint64(moreRuns) {
			s.seed = last + 1 + i
			add(s.compareAll(func(other kind) bool { return other.name == k.name }))
		}
		if more > 0 {
			found = append(found, fmt.Sprintf("%s: in %d runs it gains %.6f tokens more than without deviating, on average", k.name, runs, more/float64(runs)))
		}
	}
	return found
}

// untried returns the kinds that did the same as those they are beside in every run: nothing is shown of them.
func untried(verdicts []verdict) (found []string) {
	for _, a := range averages(verdicts) {
		if a.kind.excepted == "" && a.closest == 0 && a.widest == 0 {
			found = append(found, a.kind.name+" never deviated")
		}
	}
	return found
}

// audit returns what is wrong with a run: what the ledger found on the way, what does not add up in the end, and an entry
// minimum that oscillates.
func (r *run) audit() []string {
	found := r.ledger.found
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if r.broken != nil {
		report("%v", r.broken)
	}
	dust := vadium.NewAmount(1_000)
	for _, p := range r.parties {
		if most, has := vadium.Sum(p.in, p.fees, p.aid, p.rewards), r.held(p, risk.Asset{}).MustAdd(p.out); most.Less(has) {
			report("%s put in %s tokens, earned %s with valid proofs, was paid %s for others' faults, and has %s", p.name, p.in.Tokens(),
				p.fees.MustAdd(p.rewards).Tokens(), p.aid.Tokens(), has.Tokens())
		}
		if most, has := p.inOther.MustAdd(p.aidOther), r.held(p, otherAsset).MustAdd(p.outOther); most.Less(has) {
			report("%s put in %s tokens of the other asset and has %s", p.name, most.Tokens(), has.Tokens())
		}
	}
	for _, s := range r.stakers {
		lost := dust
		for _, p := range s.provers {
			for id, v := range r.state.Vaults() {
				if v.Prover == p.account {
					lost = lost.MustAdd(r.ledger.seniorLost[id])
				}
			}
		}
		if has := vadium.Sum(r.held(s.party, risk.Asset{}), s.party.out, lost); has.Less(s.party.in) {
			report("%s put in %s tokens and has %s, though slashes took %s at most from its vaults", s.party.name, s.party.in.Tokens(),
				has.MustSub(lost).Tokens(), lost.Tokens())
		}
	}
	if r.ledger.flips > 2 {
		report("the entry minimum turned %d times", r.ledger.flips)
	}
	if r.ledger.worst > 501 {
		report("the entry minimum moved by %d bps in a day", r.ledger.worst)
	}
	return found
}
