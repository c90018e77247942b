package rpc

import (
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/vaults"
)

// The functions below show the state as everyone may see it. They run while the market waits, so they copy and go.

func marketView(s *marketplace.State) wire.Market {
	m := s.Market()
	view := wire.Market{
		Operator: m.Operator, ChainID: m.ChainID, Deployment: m.Deployment, Params: s.Params(),
		Epoch: m.Epoch, EpochEnds: m.EpochEnds, SeedCommitments: []vadium.Digest{m.Commitments[0], m.Commitments[1]}, Paused: m.Paused, PauseReason: m.PauseReason,
		Seq: m.Seq, At: m.At, Lineages: m.Lineages,
		Deposited: m.Deposited, Withdrawn: m.Withdrawn, Protocol: m.Protocol, Insurance: m.Insurance, Burnt: m.Burnt,
	}
	for range s.Vaults() {
		view.Vaults++
	}
	view.OpenRequests = uint64(s.CountWaiting())
	return view
}

func askView(s *marketplace.State, ask marketplace.Ask) wire.Ask {
	a, published := s.PublicAsk(ask)
	return wire.Ask{
		Prover: a.Prover, Product: a.Product, Price: a.Price, Slots: a.Slots, Capacity: a.Capacity, ETA: a.ETA,
		StandUntil: a.StandUntil, Salt: a.Salt, Position: a.Position, Epoch: a.Epoch, Commitment: a.Commitment, Sealed: !published,
		PriceCommitment: a.PriceCommitment, Unopened: a.Unopened,
	}
}

func bookView(s *marketplace.State, product auction.Product, book *marketplace.Book) wire.Book {
	recent := book.Index.Recent(s.Now(), s.Params().IndexAge)
	view := wire.Book{Product: product, Samples: uint32(len(recent.Samples))}
	view.IndexP50, _ = recent.Quantile(5_000)
	view.IndexP90, _ = recent.Quantile(auction.ReserveQuantile)
	for _, ask := range book.Asks {
		view.Asks = append(view.Asks, askView(s, *ask))
	}
	return view
}

func listingView(id vadium.ProgramID, l *marketplace.Listing) wire.Listing {
	fastest, _, _ := l.MinProving()
	return wire.Listing{
		ID: id, Program: l.Program, Class: l.Class, Registrant: l.Registrant, ListedAt: l.ListedAt, Servers: slices.Clone(l.Servers), MinProving: fastest, Size: l.Size,
	}
}

func proverView(s *marketplace.State, account vadium.Account, p *marketplace.Prover) wire.Prover {
	view := wire.Prover{
		Account: account, Vault: p.Vault, Marks: p.Marks, MarksAt: p.MarksAt, Day: p.Day, Declines: p.Declines, Running: slices.Clone(p.Running),
		Proved: p.Proved, Late: p.Late, Faults: p.Faults, Earned: p.Earned, Lost: p.Lost,
		State: p.State(), Since: p.Status.Since, Until: p.Status.Until, History: p.Conduct.History, Strikes: uint32(len(p.Status.Strikes)),
		Uptime: p.Uptime(),
	}
	if p.Status.Moved != marketplace.StateNull {
		view.Cause = p.Status.Cause.String()
	}
	for _, book := range s.Books() {
		for _, ask := range book.Asks {
			if ask.Prover == account {
				view.Asks = append(view.Asks, askView(s, *ask))
			}
		}
	}
	for id, listing := range s.Listings() {
		for _, server := range listing.Servers {
			if server.Prover == account {
				view.Programs = append(view.Programs, wire.ServedProgram{Program: id, Benchmark: server.Benchmark})
			}
		}
	}
	return view
}

func accountView(s *marketplace.State, account vadium.Account) wire.Account {
	view := wire.Account{Account: account, Balance: s.Balance(account), OpenRequests: s.OpenRequests(account), Other: s.OtherBalances(account)}
	if v := s.VaultOf(account); v != nil {
		view.Vault = v.ID
	}
	return view
}

func vaultView(s *marketplace.State, v *vaults.Vault) wire.Vault {
	now := s.Now()
	commission, rises := commissionOf(v, now)
	view := wire.Vault{
		ID: v.ID, Prover: v.Prover, Opened: v.Opened, Commission: commission, CommissionDue: v.CommissionDue,
		Junior: v.Junior, JuniorUnbonding: v.JuniorUnbonding.Assets,
		Senior: v.TotalAssets(now), SeniorUnbonding: v.SeniorUnbonding.Assets, Shares: v.Shares,
		// What has dripped in by now is part of Senior above.
		Dripping:  v.Senior.MustAdd(v.Dripping.Locked).MustSub(v.TotalAssets(now)),
		Effective: v.Effective(now), Free: v.Free(now), Locked: v.Locked(), DamageCaps: v.DamageCaps(), Locks: s.LocksOf(v.ID), Cases: v.Cases,
		Asset: v.Asset, State: stateOf(s, v), SharePrice: v.Price(now), CommissionSteps: rises, Risk: vaultRiskView(s, v.ID),
	}
	for _, r := range v.Redemptions {
		view.Redemptions = append(view.Redemptions, redemptionView(v, r))
	}
	rate := v.Rate(now)
	for _, owner := range v.Holders() {
		shares := v.SharesOf(owner)
		view.Holdings = append(view.Holdings, wire.Holding{Owner: owner, Shares: shares, Assets: rate.AssetsDown(shares)})
	}
	return view
}

// commissionOf returns a vault's commission now and the rises that have been announced.
func commissionOf(v *vaults.Vault, now vadium.Time) (commission vadium.Bps, rises []wire.CommissionStep) {
	for _, rise := range v.Rises {
		if rise.From.After(now) {
			rises = append(rises, wire.CommissionStep{Commission: rise.Commission, Effective: rise.From})
		}
	}
	return v.CommissionAt(now), rises
}
