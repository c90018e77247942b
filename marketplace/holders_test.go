package marketplace_test

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// What a vault's delegators cost: commands that change its list of holders put another list in its place, all others must
// not notice how long it is. decide and apply are measured
// together, except for redemptions, of which an owner can have few; the digest of the one vault that changed by itself.
func BenchmarkHolders(b *testing.B) {
	for _, holders := range []int{10, 1_000, 9_990} {
		w := marketplacetest.Ready(b, 1)
		w.Unchecked, w.DigestEvery = true, 0
		carol := marketplacetest.Account("carol")
		w.Run("fund carol 100000000", "fund prover1 1", "delegate carol prover1 20000")
		for i := range holders {
			w.Record(&marketplace.SharesTransferred{Vault: 1, From: carol, To: marketplacetest.Account(fmt.Sprint("holder", i)), Shares: vadium.Tokens(1_000_000)})
		}
		holder := marketplacetest.Account("holder3")
		run := func(b *testing.B, by string, body func() marketplace.Body) {
			b.Helper()
			b.ReportAllocs()
			for b.Loop() {
				events, err := w.State.Decide(w.Now, w.Command(by, body()))
				if err != nil {
					b.Fatal(err)
				}
				for _, event := range events {
					w.State.Apply(marketplace.Record{Seq: w.State.NextSeq(), At: w.Now, Event: event})
				}
			}
		}
		for _, op := range []struct {
			name, by string
			body     func() marketplace.Body
		}{
			{"deposit", "carol", func() marketplace.Body { return marketplace.DepositSenior{Vault: 1, Assets: vadium.Tokens(1)} }},
			{"transfer", "carol", func() marketplace.Body {
				return marketplace.TransferShares{Vault: 1, To: holder, Shares: vadium.NewAmount(1)}
			}},
			{"junior", "prover1", func() marketplace.Body { return marketplace.DepositJunior{Amount: vadium.NewAmount(1)} }},
		} {
			b.Run(fmt.Sprintf("holders=%d/%s", holders, op.name), func(b *testing.B) { run(b, op.by, op.body) })
		}
		decideRedemption := func(b *testing.B) {
			b.ReportAllocs()
			c := w.Command("carol", marketplace.RedeemShares{Vault: 1, Shares: vadium.Tokens(1_000_000)})
			for b.Loop() {
				if _, err := w.State.Decide(w.Now, c); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.Run(fmt.Sprintf("holders=%d/decide-redemption", holders), decideRedemption)
		b.Run(fmt.Sprintf("holders=%d/digest", holders), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.State.Apply(marketplace.Record{Seq: w.State.NextSeq(), At: w.Now, Event: &marketplace.JuniorDeposited{Vault: 1}})
				w.State.Digest()
			}
		})
		for i := range holders - 5 {
			owner := marketplacetest.Account(fmt.Sprint("holder", i))
			planned, err := w.State.Vault(1).PlanRedemption(w.Now, owner, vadium.Tokens(1_000_000), w.Now)
			if err != nil {
				b.Fatal(err)
			}
			w.Record(&marketplace.RedemptionRequested{Vault: 1, Redemption: planned})
		}
		b.Run(fmt.Sprintf("leaving=%d/decide-redemption", holders-5), decideRedemption)
	}
}
