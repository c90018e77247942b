package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
	"vadium/auction"
)

// A batch cleared: who serves what, what each prover is paid and each requester charged. Beside it the same requests and slots
// sorted by value and by price, ties left as they come: no clearing can do without.
func BenchmarkClearBatch(b *testing.B) {
	for _, size := range []struct{ requests, slots int }{{4_096, 4_096}, {50_000, 64_000}} {
		orders, offers, slots := thickBook(size.requests, size.slots)
		name := fmt.Sprintf("requests=%d/slots=%d", size.requests, size.slots)
		var want auction.Batch
		want.Clear(orders, offers)
		if len(want.Matches) == 0 || len(want.Matches) == size.requests {
			b.Fatalf("%d of %d requests are served, want some", len(want.Matches), size.requests)
		}
		b.Run(name+"/by=vadium", func(b *testing.B) {
			b.ReportAllocs()
			var batch auction.Batch
			batch.Clear(orders, offers) // a market's memory is there
			for b.Loop() {
				batch.Clear(orders, offers)
			}
			if !slices.Equal(batch.Matches, want.Matches) {
				b.Fatal("two clearings of one book differ")
			}
			perSecond(b, size.requests, "requests")
		})
		b.Run(name+"/by=sort", func(b *testing.B) {
			o, s := make([]auction.Order, len(orders)), make([]auction.Offer, len(slots))
			for b.Loop() {
				copy(o, orders)
				copy(s, slots)
				slices.SortFunc(o, func(x, y auction.Order) int { return y.Value.Cmp(x.Value) })
				slices.SortFunc(s, func(x, y auction.Offer) int { return x.Price.Cmp(y.Price) })
			}
			if k := len(want.Matches); o[k-1].Value.Less(s[k-1].Price) {
				b.Fatalf("sorted, request %d is worth less than its slot costs, yet it is served", k)
			}
			perSecond(b, size.requests, "requests")
		})
	}
}

// thickBook is a market of so many requests, and so many slots of provers with four each: as offers, and one by one.
func thickBook(requests, slots int) (orders []auction.Order, offers, each []auction.Offer) {
	r := rand.New(rand.NewPCG(42, 42))
	amount := func(most uint64) vadium.Amount { return vadium.NewAmount(1_000_000_000_000 * (1 + r.Uint64N(most))) }
	rank := func() (rank [32]byte) {
		for i := 0; i < len(rank); i += 8 {
			binary.BigEndian.PutUint64(rank[i:], r.Uint64())
		}
		return rank
	}
	for i := range requests {
		o := auction.Order{Value: amount(3_000_000), Deadline: vadium.Time(r.Int64N(1_000_000)), Rank: rank()}
		binary.BigEndian.PutUint32(o.Request[:], uint32(i))
		orders = append(orders, o)
	}
	for i := 0; i < slots; i += 4 {
		o := auction.Offer{Prover: proverAt(i), Price: amount(2_000_000), Slots: uint32(min(4, slots-i)), Rank: rank()}
		offers = append(offers, o)
		for range o.Slots {
			each = append(each, o)
		}
	}
	return orders, offers, each
}
