package bench

import (
	"encoding/binary"
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

var gold = risk.Asset{0: 0x90}

// What a mark and a price update take of the market's one writer: the whole decision, over 10,000 vaults that back 100,000
// open locks, all of them in one asset.
//
//	mark   the tick that ends a risk epoch; vaults in the market's own asset, and in another
//	price  the publication of the price of the other asset
func BenchmarkDecideMark(b *testing.B) {
	const provers, each = 10_000, 10
	for _, of := range []struct {
		asset string
		in    risk.Asset
	}{{"own", risk.Asset{}}, {"other", gold}} {
		m := openStaked(b, provers, each, of.in)
		name := fmt.Sprintf("vaults=%d/locks=%d/asset=%s", provers, provers*each, of.asset)
		if of.in != (risk.Asset{}) {
			price := marketplace.Command{Author: operator, ID: commandID(1 << 40), ValidUntil: m.now.Add(vadium.Minute), Body: quoteOf(gold, 1_800_000, m.now)}
			b.Run(name+"/command=price", func(b *testing.B) { decideAgain(b, m, price) })
		}
		b.Run(name+"/command=mark", func(b *testing.B) { decideAgain(b, m, marketplace.Tick([32]byte{})) })
	}
}

func decideAgain(b *testing.B, m *busyMarket, c marketplace.Command) {
	b.Helper()
	for b.Loop() {
		events, err := m.state.Decide(m.now, c)
		if err != nil || len(events) == 0 {
			b.Fatalf("%d events: %v", len(events), err)
		}
		for _, e := range events {
			if _, moved := e.(*marketplace.CallMoved); moved {
				b.Fatal("a call moved, and every vault has what it needs")
			}
		}
	}
}

func quoteOf(asset risk.Asset, price risk.Price, at vadium.Time) marketplace.PublishPrice {
	return marketplace.PublishPrice{Asset: asset, Spot: price, Average: price, At: at, Quorum: true, Depth: 1 << 50}
}

// openStaked returns a market whose next tick is a mark, of so many provers with so many accepted requests each.
func openStaked(b *testing.B, provers, each int, asset risk.Asset) *busyMarket {
	b.Helper()
	m := &busyMarket{state: marketplace.NewState(), now: start.Add(50 * vadium.Minute)}
	opened := opening()
	opened.Params.MaxOpenRequests = 100_000
	opened.Params.HeartbeatWithin = vadium.Hour
	m.do(b, "open", vadium.Account{}, opened)
	m.do(b, "list", operator, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysUniversal})
	for i := range uint64(1_000) {
		m.do(b, "deposit", operator, deposit(requesterOf(i), 1_000_000_000, i+1_000_000))
	}
	price := func() {
		if asset != (risk.Asset{}) {
			m.do(b, "price", operator, quoteOf(risk.Asset{}, 1_000_000, m.now))
			m.do(b, "price", operator, quoteOf(asset, 2_000_000, m.now))
		}
	}
	if asset != (risk.Asset{}) {
		m.do(b, "collateral", operator, marketplace.SetCollateral{Collateral: risk.Registry{
			{Asset: asset, Haircut: 2_000, Cap: vadium.Tokens(1_000_000_000), Feed: risk.FeedID{1}},
		}})
	}
	price()
	for i := range provers {
		p := proverAt(i)
		if asset == (risk.Asset{}) {
			m.do(b, "deposit", operator, deposit(p, 1_000, uint64(i)+1))
		} else {
			m.do(b, "deposit", operator, marketplace.CreditCollateral{Account: p, Asset: asset, Amount: vadium.Tokens(1_000), Reference: salt(uint64(i) + 1)})
		}
		m.do(b, "vault", p, marketplace.OpenVault{Junior: vadium.Tokens(1_000), Commission: 8_000, Asset: asset})
		m.do(b, "serve", p, marketplace.ServeProgram{Program: programID, Benchmark: provingTime})
		m.do(b, "ask", p, marketplace.PlaceAsk{
			Product: product, Price: vadium.Tokens(3), Slots: uint32(each), Capacity: uint32(each), ETA: 15 * vadium.Second, StandUntil: m.now.Add(vadium.Day),
		})
		for range each {
			id := m.submit(b)
			m.do(b, "accept", p, marketplace.AcceptRequest{Request: id})
		}
		m.do(b, "unask", p, marketplace.WithdrawAsk{Product: product})
		m.do(b, "drop", p, marketplace.DropProgram{Program: programID}) // no program has so many servers
	}
	until := func(end vadium.Time) {
		for m.state.NextDeadline() <= end {
			m.now = max(m.now, m.state.NextDeadline())
			m.carryOut(b, "tick", marketplace.Tick([32]byte{1}))
		}
	}
	hour := start.Add(vadium.Hour)
	until(hour - 1)
	price()
	if m.state.Network().Measures.Epoch == 0 {
		b.Fatal("the market was never marked")
	}
	m.now = hour
	for {
		events, err := m.state.Decide(m.now, marketplace.Tick([32]byte{1}))
		if err != nil || len(events) == 0 {
			b.Fatalf("%d events at the end of the hour: %v", len(events), err)
		}
		for _, e := range events {
			if _, marks := e.(*marketplace.EpochMarked); marks {
				return m
			}
		}
		m.carryOut(b, "tick", marketplace.Tick([32]byte{1}))
	}
}

// Deciding on a delegator's deposit and redemption in a vault of so many holders. Neither may grow with them.
func BenchmarkDelegate(b *testing.B) {
	for _, holders := range []int{10, 10_000} {
		for _, command := range []string{"deposit", "redeem"} {
			b.Run(fmt.Sprintf("command=%s/holders=%d", command, holders), func(b *testing.B) {
				m := openMarket(b, 1, nil)
				holder := func(n int) (a vadium.Account) {
					a[0] = 0xd0
					binary.BigEndian.PutUint64(a[12:], uint64(n)*0x9e3779b97f4a7c15)
					return a
				}
				const id vadium.VaultID = 1
				for i := range holders {
					m.do(b, operator, deposit(holder(i), 1_000, uint64(i)+1<<32))
					m.do(b, holder(i), marketplace.DepositSenior{Vault: id, Assets: vadium.Tokens(10)})
				}
				v := m.state.Vault(id)
				if got := len(v.Holders()); got != holders {
					b.Fatalf("the vault has %d holders, want %d", got, holders)
				}
				var body marketplace.Body = marketplace.DepositSenior{Vault: id, Assets: vadium.Tokens(1)}
				if command == "redeem" {
					body = marketplace.RedeemShares{Vault: id, Shares: v.SharesOf(holder(0)).BpsDown(5_000)}
				}
				n := 0
				decide := func() []marketplace.Event {
					n++
					events, err := m.state.Decide(start, marketplace.Command{
						Author: holder(n * 7 % holders), ID: commandID(1<<40 + uint64(n)), ValidUntil: start.Add(vadium.Minute), Body: body,
					})
					if err != nil {
						b.Fatal(err)
					}
					return events
				}
				for b.Loop() {
					decide()
				}
			})
		}
	}
}
