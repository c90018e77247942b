package clearing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
)

// Whoever sees the lists alone comes to what the market comes to with the whole book, and the charges add up to what is paid.
func TestDealIsTheMarketsRule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		book := drawBook(rt, rapid.SampledFrom([]int{4, 16, 32}).Draw(rt, "places"))
		orders, offers := book.parts()
		cleared, err := clear(book, [32]byte{})
		if err != nil {
			rt.Fatal(err)
		}
		got, err := Deal(cleared.Requests, cleared.Winners)
		if err != nil {
			rt.Fatal(err)
		}
		var batch auction.Batch
		batch.Clear(orders, offers)
		var want []Match
		for _, m := range batch.Matches {
			want = append(want, Match{orders[m.Order].Request, offers[m.Offer].Prover, m.Charge})
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("Deal = %v, want %v", got, want)
		}
		var charged vadium.Amount
		for _, m := range got {
			charged = charged.MustAdd(m.Charge)
		}
		if charged != cleared.Statement.Paid {
			rt.Fatalf("%s is charged, %s paid", charged, cleared.Statement.Paid)
		}
	})
}

func TestListsThatNoClearingHasAreNotDealt(t *testing.T) {
	requests := []auction.Order{{Value: vadium.NewAmount(9)}, {Request: vadium.RequestID{1}, Value: vadium.NewAmount(7)}}
	for name, winners := range map[string][]Winner{
		"a slot too few":    {{Slots: 1, Payment: vadium.NewAmount(5)}},
		"a slot too many":   {{Slots: 1}, {Slots: 2}},
		"more than a value": {{Slots: 2, Payment: vadium.NewAmount(17)}},
	} {
		if got, err := Deal(requests, winners); err == nil {
			t.Errorf("%s: Deal = %v", name, got)
		}
	}
	if _, err := Deal(requests, []Winner{{Slots: 2, Payment: vadium.NewAmount(16)}}); err != nil {
		t.Errorf("all that they are worth: %v", err)
	}
}
