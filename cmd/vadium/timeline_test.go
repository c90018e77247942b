package main

import (
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/oracle"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

func TestTheTimelineTellsWhatHappensInWords(t *testing.T) {
	prover, dora, at := vadium.Account{1}, vadium.Account{2}, vadium.Time(1_700_000_000_000)
	who := names{prover: "east", dora: "dora"}
	product := auction.Product{Size: 11, Tier: auction.Standard}
	missing := risk.Call{Stage: risk.Called, Opened: at, Glide: risk.Glide{To: risk.Cover{Stake: vadium.Tokens(30), Junior: vadium.Tokens(20)}, Start: at, End: at}}
	for _, c := range []struct {
		event      marketplace.Event
		what, text string // part of it
	}{
		{&marketplace.ProverMoved{Prover: prover, Vault: 1, From: marketplace.StateActive, To: marketplace.StateJailed, Cause: marketplace.CauseStrikes, Until: at}, "jailed", "east was active: too many faults, until "},
		{&marketplace.ProverMoved{Prover: prover, Vault: 1, From: marketplace.StateJailed, To: marketplace.StateActive, Cause: marketplace.CauseReleased, Reason: "a good talk"}, "active", "east was jailed: released by the operator (a good talk)"},
		{&marketplace.RedemptionRequested{Vault: 1, Redemption: vaults.Redemption{ID: 1, Owner: dora, Assets: vadium.Tokens(4), Matures: at}}, "redeeming", "dora takes 4 out of vault 1, to be claimed from "},
		{&marketplace.RedemptionClaimed{Vault: 1, Redemption: 1, Owner: dora, Assets: vadium.Tokens(4)}, "redeemed", "4 from vault 1 to dora"},
		{&marketplace.SharesTransferred{Vault: 1, From: dora, To: prover, Shares: vadium.Tokens(1)}, "transferred", "shares of vault 1 from dora to east"},
		{&marketplace.SharesApproved{Vault: 1, Owner: dora, Spender: prover, Shares: vadium.Tokens(1)}, "approved", "east may transfer shares of vault 1 that dora holds"},
		{&marketplace.CommissionChanged{Vault: 1, Commission: 8_050, Effective: at}, "commission", "of vault 1 is 80.50 % from "},
		{&marketplace.CommissionDiverted{Vault: 1, Amount: vadium.Tokens(2)}, "diverted", "2 of commission become stake of vault 1"},
		{&marketplace.CaseOpened{Case: marketplace.Case{ID: 3, Vault: 1, Prover: prover, Offence: slashing.BidEquivocation, Reporter: dora, VetoUntil: at}}, "case", "3 against east: bid equivocation, reported by dora; veto until "},
		{&marketplace.CaseVetoed{Case: 3, Vault: 1, Reason: "no harm"}, "vetoed", "case 3 against vault 1: no harm"},
		{&marketplace.VaultSlashed{Case: 3, Vault: 1, Punitive: vaults.Loss{Junior: vadium.Tokens(9)}, Shares: slashing.Distribution{Reporter: vadium.Tokens(1), Burn: vadium.Tokens(8)}}, "slashed", "9 from vault 1 for case 3: 1 to a reporter, 8 burnt"},
		{&marketplace.DeferredSlashed{Vault: 1, Punitive: vaults.Loss{Junior: vadium.Tokens(2)}, Shares: slashing.Distribution{Burn: vadium.Tokens(2)}, Rest: vadium.Tokens(1)}, "slashed", "2 that were held back from vault 1: 2 burnt; 1 still are"},
		{&marketplace.CallMoved{Vault: 1, Calls: risk.Calls{Entry: missing}}, "called", "vault 1 lacks stake: for the entry minimum it needs 30, of it 20 own by "},
		{&marketplace.CallMoved{Vault: 1}, "call met", "vault 1 has all the stake it needs"},
		{&marketplace.PricePublished{Asset: risk.Asset{}, Quote: risk.Quote{Spot: 1_250_000, Average: 1_000_000}}, "price", "of own is 1.25, 1 on average"},
		{&marketplace.BreakerTightened{Breaker: risk.Breaker{Level: risk.Amber}}, "breaker", "amber"},
		{&marketplace.IncidentDeclared{Reason: "the network was down", Until: at}, "incident", "the network was down; liveness offences are excused until "},
		{&marketplace.AlertRaised{Alert: 2, Reason: "a bug is rumoured", Until: at}, "alert", "a bug is rumoured; locks of new requests are 125 % of what they usually are until "},
		{&marketplace.CollateralSet{Collateral: risk.Registry{{}, {}}}, "collateral", "2 assets beside the market's own"},
		{&marketplace.CollateralDeposited{Account: dora, Asset: risk.Asset{1}, Amount: vadium.Tokens(5)}, "credited", "5 of 0x0100000000000000000000000000000000000000 to dora"},
		{&marketplace.CollateralWithdrawn{Account: dora, Asset: risk.Asset{1}, Amount: vadium.Tokens(5)}, "withdrawn", "5 of 0x0100000000000000000000000000000000000000 by dora"},
		{&marketplace.ReporterRegistered{Reporter: prover, Key: oracle.Key{0xab, 0xcd}}, "reporter", "east signs observations with key 0xabcd0000…"},
		{&marketplace.FeedSet{Feed: oracle.Feed{ID: oracle.FeedID{'E', 'T', 'H'}, Seats: make([]oracle.Seat, 7), Quorum: 5}, From: at}, "feed", "ETH has 7 seats and a quorum of 5, from "},
		{&marketplace.FeedRetired{Feed: oracle.FeedID{'E', 'T', 'H'}, Reason: "nobody reads it"}, "retired", "ETH: nobody reads it"},
		{&marketplace.RoundPublished{Feed: oracle.FeedID{'E', 'T', 'H'}, By: prover, Report: oracle.Report{Round: 12, Present: 0b1011, Flags: 0b10}}, "round", "12 of ETH by east: 3 seats present, 1 far off"},
		{&marketplace.BatchCleared{Product: product, Tick: at, Sealed: true, Served: make([]marketplace.BatchServed, 3), Wins: []marketplace.BatchWin{{Payment: vadium.Tokens(2)}, {Payment: vadium.Tokens(3)}}}, "cleared", ": 3 requests to 2 provers, for 5 together"},
		{&marketplace.BatchCleared{Product: product, Tick: at, Mechanism: auction.OnePrice, Orders: make([]marketplace.BatchOrder, 4), Served: make([]marketplace.BatchServed, 1), Wins: make([]marketplace.BatchWin, 1)}, "cleared", ", by uniform: 1 of 4 requests to 1 prover, for 0 together"},
		{&marketplace.RequestsRolled{Product: product, Tick: at, Requests: make([]vadium.RequestID, 1)}, "rolled", " did not serve 1 request of 2^11ms/standard/none, which waits for the next"},
		{&marketplace.RequestsRolled{Product: auction.Product{Tier: auction.Immediate}, Tick: at, Requests: make([]vadium.RequestID, 2)}, "hastened", "too late for 2 requests: each is cleared by itself"},
		{&marketplace.RequestHastened{Product: product}, "hastened", "it is cleared by itself from now on"},
		{&marketplace.ReserveRaised{Step: 0, Reserve: vadium.Tokens(12)}, "raised", "by step 1 of its schedule, it is worth 12 now"},
		{&marketplace.ReservationEnded{}, "open to all", "any prover may now"},
		{&marketplace.BidCommitted{Prover: prover, Bond: vadium.Tokens(1)}, "bid", "by east, sealed; 1 are held for it"},
		{&marketplace.BidRevealed{Prover: prover, Fee: vadium.Tokens(7)}, "revealed", "east bids 7"},
		{&marketplace.BondForfeited{Prover: prover, Amount: vadium.Tokens(1)}, "forfeited", "1, the bond of east, to the insurance"},
		{&marketplace.BondReturned{Prover: prover, Amount: vadium.Tokens(1)}, "returned", "1, the bond of east"},
		{&marketplace.HedgePaid{Prover: prover, Fee: vadium.Tokens(2)}, "hedge paid", "2 to east, from escrow, for standing by"},
		{&marketplace.ClearingProven{Clearing: 77, By: dora}, "proven", "by dora: the clearing that record 77 reports kept to its rule"},
		{&marketplace.BackupActivated{Attempt: marketplace.Attempt{Prover: prover, Price: vadium.Tokens(3), Hedge: true}}, "hedge", "east runs beside the primary, at 3 of the requester's"},
	} {
		m, told := narrate(marketplace.Record{At: at, Event: c.event}, who)
		if !told || m.what != c.what || !strings.Contains(m.text, c.text) || strings.ContainsAny(m.text, "{}&") {
			t.Errorf("%s is told as %q %q, %v, want %q …%s…", marketplace.KindOf(c.event), m.what, m.text, told, c.what, c.text)
		}
	}
	if m, told := narrate(marketplace.Record{Event: &marketplace.MarketHeartbeat{}}, who); told {
		t.Errorf("a heartbeat is told as %+v", m)
	}
}
