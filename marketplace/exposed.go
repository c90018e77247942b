package marketplace

import (
	"bytes"
	"slices"

	"vadium"
	"vadium/vaults/risk"
)

// VaultRisk is what one vault holds, what its locks need, and what is called for, for people.
type VaultRisk struct {
	Vault  vadium.VaultID `json:"vault"`
	Prover vadium.Account `json:"prover"`
	Asset  risk.Asset     `json:"asset"`
	State  ProverState    `json:"state"`

	// Effective is the stake that may back assignments, Locked what they take, and Free what is left for new ones.
	Effective vadium.Amount `json:"effective"`
	Locked    vadium.Amount `json:"locked"`
	Free      vadium.Amount `json:"free"`
	// Coverage is Effective over Locked, and the largest there is when nothing is locked.
	Coverage vadium.Bps `json:"coverageBps"`

	// Posted is what is there. Maintenance must be there at the price of now, or the vault is called; Initial must be
	// there again once it was; Held is what no new lock may touch, at the price as it is held.
	Posted      risk.Cover `json:"posted"`
	Maintenance risk.Cover `json:"maintenance"`
	Initial     risk.Cover `json:"initial"`
	Held        risk.Cover `json:"held"`
	// Known says that these are known: locks across assets need a price.
	Known bool `json:"known"`

	// EntryMinimum is what the prover must stake of its own, in the vault's asset; zero when there is no price for it.
	EntryMinimum vadium.Amount `json:"entryMinimum"`
	// Calls are the calls that stand: for the vault's locks, and for the entry minimum.
	Calls []CallRisk `json:"calls,omitempty"`
	// MayTake says that no call keeps the prover from being assigned something new.
	MayTake bool `json:"mayTake"`
	// Price is that of the vault's asset, when its locks depend on one.
	Price *PriceRisk `json:"price,omitempty"`
}

// CallRisk is one call on a vault, for people.
type CallRisk struct {
	For    string      `json:"for"` // "locks" or "entry"
	Stage  risk.Stage  `json:"stage"`
	Opened vadium.Time `json:"opened"`
	// Deadline is the last instant before it climbs, at the next marking; [vadium.Forever] once it cannot.
	Deadline vadium.Time `json:"deadline"`
	// Required is what must be there by now, and To what must be there in the end. Missing is what posting would end
	// the call.
	Required risk.Cover `json:"required"`
	To       risk.Cover `json:"to"`
	Missing  risk.Cover `json:"missing"`
}

// PriceRisk is what is known of an asset's price, for people.
type PriceRisk struct {
	Asset risk.Asset `json:"asset"`
	// Now and Held are what stake counts at for calls and for new locks, in millionths of the numeraire a token.
	Now     risk.Price      `json:"now"`
	Held    risk.Price      `json:"held"`
	Average risk.Price      `json:"average"` // over 30 days, zero if there was none
	Sigma   vadium.Ppm      `json:"sigmaPpm"`
	At      vadium.Time     `json:"at"`
	Age     vadium.Duration `json:"ageMs"`
	Fresh   bool            `json:"fresh"`
}

// NetworkRisk is the market's security as a whole, for people. Amounts are in the market's own asset; vaults in others are
// converted at the prices of now where they are fresh, and left out where they are not.
type NetworkRisk struct {
	Epoch risk.Epoch `json:"epoch"` // last marked; 0: none yet

	Stake     vadium.Amount `json:"stake"` // everything a slash could reach
	Effective vadium.Amount `json:"effective"`
	Locked    vadium.Amount `json:"locked"`
	Coverage  vadium.Bps    `json:"coverageBps"`

	// Cost is what a slash could take of all provers (CoC), Profit what cheating in all open requests could gain (PfC).
	Cost       vadium.Amount `json:"cost"`
	Profit     vadium.Amount `json:"profit"`
	Corruption vadium.Bps    `json:"corruptionBps"` // Cost over Profit
	Sound      bool          `json:"sound"`         // Profit with a tenth is at most Cost

	// Secured is what stake in other assets would fetch, Exposure what it has promised, and LSR the one over the other.
	Secured  risk.Value  `json:"secured"`
	Exposure risk.Value  `json:"exposure"`
	LSR      vadium.Bps  `json:"lsrBps"`
	Level    risk.Level  `json:"level"`
	Calm     uint8       `json:"calmEpochs"`
	Prices   []PriceRisk `json:"prices,omitempty"`

	EntryMinimum vadium.Amount `json:"entryMinimum"`
	EntryFactor  vadium.Bps    `json:"entryFactorBps"`
	Utilisation  vadium.Bps    `json:"utilisationBps"`
	Health       vadium.Bps    `json:"healthBps"`
	Usual        [2]vadium.Bps `json:"usualCorrelationBps"` // liveness, malice

	Incident      string      `json:"incident,omitempty"`
	IncidentUntil vadium.Time `json:"incidentUntil,omitempty"`

	// Alert is the one that stands, AlertReason and AlertUntil the operator's.
	Alert       risk.Alert  `json:"alert,omitempty"`
	AlertReason string      `json:"alertReason,omitempty"`
	AlertUntil  vadium.Time `json:"alertUntil,omitempty"`
}

// RiskOf returns one vault's risk at the time of the last record, and whether there is such a vault.
func (s *State) RiskOf(id vadium.VaultID) (VaultRisk, bool) {
	v := s.Vault(id)
	if v == nil {
		return VaultRisk{}, false
	}
	now, b := s.market.At, s.Backing(id)
	p, gauge := positionOf(v, b), s.gaugeOf(v.Asset)
	r := VaultRisk{
		Vault: id, Prover: v.Prover, Asset: v.Asset, State: s.Prover(v.Prover).State(),
		Effective: v.Effective(now), Locked: v.Locked(), Posted: postedBy(v, now),
	}
	var ok bool
	if r.Maintenance, ok = p.Need(gauge.Now, risk.Maintenance); ok {
		r.Initial, _ = p.Need(gauge.Now, risk.Initial)
		r.Held, r.Known = p.Reserved(gauge)
		r.Free = r.Effective.SubFloor(r.Held.Stake)
	}
	r.Coverage = risk.Coverage(r.Effective, r.Locked)
	r.EntryMinimum, _ = s.entryMinimum(v.Asset, now)
	if b != nil {
		for _, c := range []struct {
			name string
			call risk.Call
		}{{"locks", b.Calls.Locks}, {"entry", b.Calls.Entry}} {
			posted := r.Posted
			if c.name == "locks" {
				posted = backedBy(v, now)
			}
			if c.call.Stage != risk.Met {
				r.Calls = append(r.Calls, callRisk(c.name, c.call, posted, now))
			}
		}
	}
	r.MayTake = s.mayTake(v, now)
	if v.Asset != ownAsset {
		price := s.priceRisk(v.Asset, now)
		r.Price = &price
	}
	return r, true
}

func callRisk(name string, c risk.Call, posted risk.Cover, now vadium.Time) CallRisk {
	return CallRisk{
		For: name, Stage: c.Stage, Opened: c.Opened, Deadline: c.Deadline(), Required: c.Glide.At(now), To: c.Glide.To,
		Missing: risk.Cover{Stake: c.Glide.To.Stake.SubFloor(posted.Stake), Junior: c.Glide.To.Junior.SubFloor(posted.Junior)},
	}
}

func (s *State) priceRisk(a risk.Asset, now vadium.Time) PriceRisk {
	f := s.Feed(a)
	if f == nil {
		return PriceRisk{Asset: a}
	}
	g := f.Gauge
	average, _ := f.Month.Average(now)
	return PriceRisk{
		Asset: a, Now: g.Now.Price, Held: g.Held.Price, Average: average, Sigma: g.Now.Sigma, At: g.Quote.At,
		Age: max(now.Sub(g.Quote.At), 0), Fresh: g.Fresh(now, s.RiskParams()),
	}
}

// NetworkRisk returns the market's security at the time of the last record. It looks at every vault.
func (s *State) NetworkRisk() NetworkRisk {
	now, n := s.market.At, s.market.network()
	t := s.tally(now)
	m := n.Measures.orNeutral()
	r := NetworkRisk{
		Epoch: m.Epoch, Stake: t.stake, Effective: t.effective, Locked: t.locked, Coverage: risk.Coverage(t.effective, t.locked),
		Cost: t.stake, Profit: t.promised, Corruption: risk.Coverage(t.stake, t.promised),
		Sound:   !t.stake.Less(t.promised.BpsUp(vadium.BpsOne + risk.Gamma)),
		Secured: t.secured, Exposure: t.exposure, LSR: risk.LSR(t.secured, t.exposure), Level: m.Breaker.Level, Calm: m.Breaker.Calm,
		EntryFactor: m.Entry.Factor, Utilisation: m.Utilisation, Health: m.Health, Usual: m.Usual,
	}
	r.EntryMinimum, _ = s.entryMinimum(ownAsset, now)
	if n.excuses(now) {
		r.Incident, r.IncidentUntil = n.Incident, n.IncidentUntil
	}
	if r.Alert = s.Alert(now); !now.After(n.AlertUntil) && n.Alert > 0 {
		r.AlertReason, r.AlertUntil = n.AlertReason, n.AlertUntil
	}
	for a := range s.feeds.all() {
		r.Prices = append(r.Prices, s.priceRisk(a, now))
	}
	slices.SortFunc(r.Prices, func(a, b PriceRisk) int { return bytes.Compare(a.Asset[:], b.Asset[:]) })
	return r
}
