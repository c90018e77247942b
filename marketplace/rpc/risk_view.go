package rpc

import (
	"slices"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// maxShownCalls bounds the calls in one answer about the whole market; each vault's own are in the vault.
const maxShownCalls = 200

var outcomes = map[marketplace.Outcome]string{
	marketplace.OutcomeOpen: "open", marketplace.OutcomeSlashed: "slashed", marketplace.OutcomeVetoed: "vetoed",
}

func caseView(c *marketplace.Case) wire.Case {
	return wire.Case{
		ID: c.ID, Vault: c.Vault, Prover: c.Prover, Offence: c.Offence, Severity: c.Severity, Reporter: c.Reporter, Evidence: c.Evidence,
		Opened: c.Opened, VetoUntil: c.VetoUntil, ExecuteBy: c.ExecuteBy, Outcome: outcomes[c.Outcome],
		Feed: c.Feed, Key: c.Key, First: c.First, Last: c.Last,
	}
}

// stateOf returns where a vault's prover stands with this vault.
func stateOf(s *marketplace.State, v *vaults.Vault) marketplace.ProverState {
	if p := s.Prover(v.Prover); p != nil && p.Vault == v.ID {
		return p.State()
	}
	return marketplace.StateNull
}

func redemptionView(v *vaults.Vault, r vaults.Redemption) wire.Redemption {
	return wire.Redemption{
		Vault: v.ID, ID: r.ID, Owner: r.Owner, Junior: r.Junior, Shares: r.Shares, Assets: r.Assets, Worth: v.Worth(r), Matures: r.Matures, Asset: v.Asset,
	}
}

func vaultRiskView(s *marketplace.State, id vadium.VaultID) wire.VaultRisk {
	r, _ := s.RiskOf(id)
	view := wire.VaultRisk{
		Coverage: r.Coverage, Free: r.Free, Posted: r.Posted, Maintenance: r.Maintenance, Initial: r.Initial, Held: r.Held, Known: r.Known,
		EntryMinimum: r.EntryMinimum, MayTake: r.MayTake,
	}
	for _, c := range r.Calls {
		view.Calls = append(view.Calls, wire.Call{
			Why: c.For, Stage: c.Stage, Opened: c.Opened, Deadline: orNever(c.Deadline), Required: c.Required, Full: c.To, Missing: c.Missing,
		})
	}
	if b := s.Backing(id); b != nil {
		for _, d := range b.Deferred {
			view.Deferred = view.Deferred.MustAdd(d.Amount)
		}
	}
	return view
}

// orNever writes an instant that never comes as 0.
func orNever(at vadium.Time) vadium.Time {
	if at == vadium.Forever {
		return 0
	}
	return at
}

func riskView(s *marketplace.State) wire.Risk {
	r := s.NetworkRisk()
	view := wire.Risk{
		At: s.Now(), Stake: r.Stake, Effective: r.Effective, Locked: r.Locked, Coverage: r.Coverage,
		Cost: r.Cost, Profit: r.Profit, Corruption: r.Corruption, Sound: r.Sound,
		Level: r.Level, Calm: r.Calm, Secured: r.Secured, Exposure: r.Exposure, LSR: r.LSR,
		EntryMinimum: r.EntryMinimum, EntryFactor: r.EntryFactor, Utilisation: r.Utilisation, Health: r.Health, UsualLiveness: r.Usual[0], UsualMalice: r.Usual[1],
		Marked: vadium.Time(r.Epoch) * vadium.Time(risk.EpochLength), Incident: r.Incident, IncidentUntil: r.IncidentUntil,
		Alert: r.Alert, AlertReason: r.AlertReason, AlertUntil: r.AlertUntil,
	}
	staked := map[risk.Asset]vadium.Amount{}
	for id, v := range s.Vaults() {
		staked[v.Asset] = staked[v.Asset].MustAdd(v.Slashable())
		if b := s.Backing(id); b == nil || b.Calls.Stage() == risk.Met {
			continue
		}
		called, _ := s.RiskOf(id)
		for _, c := range called.Calls {
			if view.CallsOpen++; view.CallsOpen <= maxShownCalls {
				view.Calls = append(view.Calls, wire.VaultCall{
					Vault: id, Prover: v.Prover, Why: c.For, Stage: c.Stage, Deadline: orNever(c.Deadline),
					RequiredStake: c.Required.Stake, RequiredJunior: c.Required.Junior,
				})
			}
		}
	}
	view.Prices = priceViews(s, r.Prices, staked)
	var standing [marketplace.StateTombstoned + 1]uint64
	for _, p := range s.Provers() {
		standing[p.State()]++
	}
	for state, provers := range standing {
		view.Provers = append(view.Provers, wire.StateCount{State: marketplace.ProverState(state), Provers: provers})
	}
	for _, c := range s.Cases() {
		if c.Outcome == marketplace.OutcomeOpen {
			view.CasesOpen++
		}
	}
	return view
}

// priceViews returns the assets that vaults may hold, and the market's own if it ever had a price.
func priceViews(s *marketplace.State, known []marketplace.PriceRisk, staked map[risk.Asset]vadium.Amount) (views []wire.AssetPrice) {
	add := func(c risk.Collateral) {
		view := wire.AssetPrice{Asset: c.Asset, Haircut: c.Haircut, Cap: c.Cap, Feed: c.Feed, Staked: staked[c.Asset]}
		if f := s.Feed(c.Asset); f != nil {
			q := f.Gauge.Quote
			view.Spot, view.Average, view.Confidence, view.At, view.Quorum, view.Depth = q.Spot, q.Average, q.Confidence, q.At, q.Quorum, f.Depth
		}
		if i := slices.IndexFunc(known, func(p marketplace.PriceRisk) bool { return p.Asset == c.Asset }); i >= 0 {
			p := known[i]
			view.Fresh, view.Now, view.Held, view.Month, view.Sigma = p.Fresh, p.Now, p.Held, p.Average, p.Sigma
		}
		views = append(views, view)
	}
	if s.Feed(risk.Asset{}) != nil {
		add(risk.Collateral{})
	}
	for _, c := range s.Network().Collateral {
		add(c)
	}
	return views
}
