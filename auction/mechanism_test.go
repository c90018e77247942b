package auction_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vadium"
	"vadium/auction"
)

// rules are all there are, with terms that hold the values of [drawBook].
func rules() map[string]auction.Rule {
	return map[string]auction.Rule{
		"batch": new(auction.Batch), "uniform": new(auction.Uniform), "weighted": auction.Weighted{}, "second price": auction.SecondPrice{},
		"ramp": auction.Ramp{Least: amount(5), Most: amount(60), From: 1_000, Rise: 500, Lock: 900},
	}
}

func drawBook(random *rand.Rand) (b auction.Book) {
	for i := range random.IntN(4) {
		b.Orders = append(b.Orders, auction.Order{Request: vadium.RequestID{byte(i)}, Value: amount(uint64(20 + random.IntN(60))), Rank: [32]byte{byte(random.IntN(256))}})
	}
	for i := range random.IntN(6) {
		b.Offers = append(b.Offers, auction.Offer{
			Prover: account('A' + byte(i)), Price: amount(uint64(random.IntN(80))), Slots: random.Uint32N(3), Rank: [32]byte{byte(random.IntN(256))},
			Multiplier: auction.BestMultiplier + vadium.Bps(random.Uint32N(5_001)),
		})
	}
	return b
}

// name is an outcome that does not depend on the order of the book.
func name(b auction.Book, o auction.Outcome) string {
	matched, won := map[vadium.RequestID]string{}, map[vadium.Account]string{}
	for _, m := range o.Matches {
		matched[b.Orders[m.Order].Request] = fmt.Sprint(b.Offers[m.Offer].Prover, m.Charge)
	}
	for _, w := range o.Wins {
		won[b.Offers[w.Offer].Prover] = fmt.Sprint(w.Slots, w.Payment)
	}
	return fmt.Sprint(matched, won)
}

// Whatever the rule: what is charged is what is paid, nobody is charged more than its value or paid less than it asks, nobody
// serves more than its slots, and the order of the book says nothing.
func TestEveryRuleKeepsWhatRulesPromise(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 0))
	served := map[string]int{}
	for round := range 3_000 {
		b := drawBook(random)
		for rule, r := range rules() {
			outcome := r.Run(b)
			var charged, paid vadium.Amount
			slots := map[int]uint32{}
			for _, m := range outcome.Matches {
				charged = charged.MustAdd(m.Charge)
				slots[m.Offer]++
				if b.Orders[m.Order].Value.Less(m.Charge) || m.Charge.Less(b.Offers[m.Offer].Price) && rule != "batch" {
					t.Fatalf("round %d: %s charges %v for a request worth %v that is proven for %v", round, rule, m.Charge, b.Orders[m.Order].Value, b.Offers[m.Offer].Price)
				}
			}
			for _, w := range outcome.Wins {
				paid = paid.MustAdd(w.Payment)
				offer := b.Offers[w.Offer]
				asked, _ := offer.Price.Mul(amount(uint64(w.Slots)))
				if w.Slots != slots[w.Offer] || w.Slots > offer.Slots || w.Payment.Less(asked) {
					t.Fatalf("round %d: %s pays %v for %d slots of %+v, which serves %d", round, rule, w.Payment, w.Slots, offer, slots[w.Offer])
				}
			}
			if charged != paid {
				t.Fatalf("round %d: %s charges %v and pays %v", round, rule, charged, paid)
			}
			served[rule] += len(outcome.Matches)
			want := name(b, outcome)
			random.Shuffle(len(b.Offers), func(i, j int) { b.Offers[i], b.Offers[j] = b.Offers[j], b.Offers[i] })
			if r.Run(b); rule == "batch" || rule == "uniform" { // a request by itself is the first
				random.Shuffle(len(b.Orders), func(i, j int) { b.Orders[i], b.Orders[j] = b.Orders[j], b.Orders[i] })
			}
			if got := name(b, r.Run(b)); got != want {
				t.Fatalf("round %d: %s gives %s, in another order %s", round, rule, want, got)
			}
		}
	}
	for rule := range rules() {
		if served[rule] < 1_000 {
			t.Errorf("%s served %d requests in 3,000 books, which says little", rule, served[rule])
		}
	}
}

// One book, by every rule.
func TestOneBookByEveryRule(t *testing.T) {
	b := auction.Book{
		Orders: []auction.Order{{Request: vadium.RequestID{1}, Value: amount(50)}},
		Offers: []auction.Offer{
			{Prover: account('A'), Price: amount(20), Slots: 1, Multiplier: 15_000}, {Prover: account('B'), Price: amount(27), Slots: 1},
			{Prover: account('C'), Price: amount(40), Slots: 0},
		},
	}
	for rule, want := range map[string]struct {
		winner byte
		pays   uint64
	}{
		"batch": {'A', 27}, "uniform": {'A', 27}, "second price": {'A', 27},
		"weighted": {'B', 29}, // A counts as if it asked 30, and wins ties
		"ramp":     {'A', 20}, // A waits until the price is its own
	} {
		got := rules()[rule].Run(b)
		if len(got.Wins) != 1 || b.Offers[got.Wins[0].Offer].Prover != account(want.winner) || got.Wins[0].Payment != amount(want.pays) {
			t.Errorf("%s: %+v, want %c at %d", rule, got, want.winner, want.pays)
		}
		if got := rules()[rule].Run(auction.Book{Offers: b.Offers}); len(got.Matches)+len(got.Wins) > 0 {
			t.Errorf("%s serves %+v of no requests", rule, got)
		}
		if got := rules()[rule].Run(auction.Book{Orders: b.Orders}); len(got.Matches)+len(got.Wins) > 0 {
			t.Errorf("%s serves %+v with no offers", rule, got)
		}
	}
}

// Backups of sealed bids are promised what they would be paid were everyone ahead of them not there.
func TestSealedBidsRankBackups(t *testing.T) {
	bids := []auction.Revealed{
		{Prover: account('A'), Fee: amount(30)}, {Prover: account('B'), Fee: amount(10)}, {Prover: account('C'), Fee: amount(20)},
		{Prover: account('B'), Fee: amount(25)}, {Prover: account('D'), Fee: amount(101)},
	}
	got, ok := auction.RankSealed(amount(100), bids, 8)
	if !ok || len(got.Backups) != 2 || got.Winner.Payment != amount(20) || got.Winner.PriceSetter != account('C') ||
		got.Backups[0] != (auction.Award{Prover: account('C'), Payment: amount(30), PriceSetter: account('A')}) ||
		got.Backups[1] != (auction.Award{Prover: account('A'), Payment: amount(30), Alone: true}) {
		t.Errorf("RankSealed = %+v, %v", got, ok)
	}
	for backups, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 2} {
		if got, _ := auction.RankSealed(amount(100), bids, backups); len(got.Backups) != want {
			t.Errorf("%d backups are asked for, %d come", backups, len(got.Backups))
		}
	}
}

// An offer without slots is none, wherever it stands: it set the price of others, because it was counted among those that serve.
func TestAnOfferWithoutSlotsChangesNothing(t *testing.T) {
	orders := []auction.Order{{Request: vadium.RequestID{1}, Value: amount(90)}, {Request: vadium.RequestID{2}, Value: amount(80)}}
	offers := []auction.Offer{{Prover: account('A'), Price: amount(10), Slots: 2}, {Prover: account('B'), Price: amount(30), Slots: 1}, {Prover: account('C'), Price: amount(50), Slots: 1}}
	for _, rule := range []auction.Rule{new(auction.Batch), new(auction.Uniform)} {
		want := rule.Run(auction.Book{Orders: orders, Offers: offers}).Wins[0].Payment
		with := append([]auction.Offer{{Prover: account('D'), Price: amount(5)}}, offers...)
		if got := rule.Run(auction.Book{Orders: orders, Offers: with}).Wins[0].Payment; got != want {
			t.Errorf("%T pays %v beside an offer without slots, %v without it", rule, got, want)
		}
	}
}
