package auction_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"vadium"
	"vadium/auction"
)

// vectors reads the cases of a mechanism from testdata/auction.json, a copy of the shared vectors.
func vectors(t *testing.T, mechanism string, want int) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/auction.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	cases := slices.DeleteFunc(file.Cases, func(v vector) bool { return v.Mechanism != mechanism })
	if len(cases) != want {
		t.Fatalf("testdata/auction.json has %d cases of %s, want %d", len(cases), mechanism, want)
	}
	t.Logf("group %s: %d cases", mechanism, len(cases))
	return cases
}

type vector struct {
	ID, Mechanism   string
	Input, Expected json.RawMessage
}

func (v vector) read(t *testing.T, input, expected any) {
	t.Helper()
	for _, part := range []struct {
		raw  json.RawMessage
		into any
	}{{v.Input, input}, {v.Expected, expected}} {
		if err := json.Unmarshal(part.raw, part.into); err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
	}
}

func requestOf(name string) (id vadium.RequestID) { copy(id[:], name); return id }

func TestBatchReproducesTheVectors(t *testing.T) {
	for _, v := range vectors(t, "multi_unit_vickrey_procurement", 5) {
		t.Run(v.ID, func(t *testing.T) {
			var in struct {
				Jobs map[string]uint64
				Asks map[string]struct {
					PricePerSlot uint64
					Slots        uint32
				}
			}
			var want struct {
				Served          []string
				SlotsWon        map[string]uint32
				Thresholds      map[string][]uint64
				ProverPayment   map[string]uint64
				RequesterCharge map[string]uint64
				Compare         struct{ UniformPrice *uint64 }
			}
			v.read(t, &in, &want)
			var orders []auction.Order
			var offers []auction.Offer
			for name, value := range in.Jobs {
				orders = append(orders, auction.Order{Request: requestOf(name), Value: amount(value)})
			}
			for name, ask := range in.Asks {
				offers = append(offers, auction.Offer{Prover: account(name[0]), Price: amount(ask.PricePerSlot), Slots: ask.Slots})
			}
			var b auction.Batch
			b.Clear(orders, offers)

			var served []string
			charges := map[string]uint64{}
			for _, m := range b.Matches {
				id := orders[m.Order].Request
				name := string(id[:2])
				served = append(served, name)
				charges[name] = units(m.Charge)
			}
			won, paid, thresholds := map[string]uint32{}, map[string]uint64{}, map[string][]uint64{}
			for i, w := range b.Wins {
				name := nameOf(offers[w.Offer].Prover)
				won[name], paid[name] = w.Slots, units(w.Payment)
				for _, part := range b.Thresholds(i) {
					thresholds[name] = append(thresholds[name], units(part))
				}
			}
			if !slices.Equal(served, want.Served) {
				t.Errorf("served = %v, want %v", served, want.Served)
			}
			if !maps.Equal(won, want.SlotsWon) || !maps.Equal(paid, want.ProverPayment) || !maps.EqualFunc(thresholds, want.Thresholds, slices.Equal) {
				t.Errorf("won %v for %v by %v, want %v for %v by %v", won, paid, thresholds, want.SlotsWon, want.ProverPayment, want.Thresholds)
			}
			if price, ok := b.Uniform(offers); ok != (want.Compare.UniformPrice != nil) || ok && units(price) != *want.Compare.UniformPrice {
				t.Errorf("Uniform = %v, %v, want %v", price, ok, want.Compare.UniformPrice)
			}
			if !maps.Equal(charges, want.RequesterCharge) {
				t.Errorf("charges = %v, want %v", charges, want.RequesterCharge)
			}
		})
	}
}

func units(a vadium.Amount) uint64 { return a.Uint256().Uint64() }

func nameOf(a vadium.Account) string {
	for c := byte('A'); c <= 'Z'; c++ {
		if account(c) == a {
			return string(c)
		}
	}
	return a.String()
}

func TestFillReproducesTheVector(t *testing.T) {
	for _, v := range vectors(t, "charge_waterfill", 1) {
		var in struct {
			Caps  map[string]uint64
			Total uint64
		}
		want := map[string]uint64{}
		v.read(t, &in, &want)
		names := slices.Sorted(maps.Keys(in.Caps))
		var caps []vadium.Amount
		for _, name := range names {
			caps = append(caps, amount(in.Caps[name]))
		}
		parts, rest := auction.Fill(amount(in.Total), caps)
		got := map[string]uint64{}
		for i, name := range names {
			got[name] = units(parts[i])
		}
		if !maps.Equal(got, want) || !rest.IsZero() {
			t.Errorf("Fill(%d, %v) = %v, %v left, want %v", in.Total, in.Caps, got, rest, want)
		}
	}
}

// book is a small random book, in plain numbers.
type book struct {
	values []uint64
	asks   []askOf
}

type askOf struct {
	cost  uint64
	slots uint32
}

func smallBook(r *rand.Rand) book {
	var b book
	for range 1 + r.IntN(5) {
		b.values = append(b.values, uint64(r.IntN(12)))
	}
	for range 1 + r.IntN(4) {
		b.asks = append(b.asks, askOf{uint64(r.IntN(12)), uint32(1 + r.IntN(3))})
	}
	return b
}

// clear clears the book with random ranks, which must not matter to what anybody gains.
func (b book) clear(r *rand.Rand, into *auction.Batch) (orders []auction.Order, offers []auction.Offer) {
	for i, value := range b.values {
		orders = append(orders, auction.Order{Request: vadium.RequestID{byte(i)}, Value: amount(value), Rank: [32]byte{byte(r.IntN(256))}})
	}
	for i, ask := range b.asks {
		offers = append(offers, auction.Offer{Prover: vadium.Account{byte(i)}, Price: amount(ask.cost), Slots: ask.slots, Rank: [32]byte{byte(r.IntN(256))}})
	}
	r.Shuffle(len(orders), func(i, j int) { orders[i], orders[j] = orders[j], orders[i] })
	into.Clear(orders, offers)
	return orders, offers
}

// profit returns what provers from on gain together, at costs of their own.
func (b book) profit(r *rand.Rand, into *auction.Batch, mine func(prover int) (cost uint64, ok bool)) int {
	_, offers := b.clear(r, into)
	gain := 0
	for _, w := range into.Wins {
		if cost, ok := mine(int(offers[w.Offer].Prover[0])); ok {
			gain += int(units(w.Payment)) - int(cost)*int(w.Slots)
		}
	}
	return gain
}

// welfare is the most that can be gained from a book without one prover (-1: with all), by trying every set of requests with every set
// of slots of the same size.
func (b book) welfare(without int) int {
	var slots []int
	for i, ask := range b.asks {
		if i != without {
			for range ask.slots {
				slots = append(slots, int(ask.cost))
			}
		}
	}
	sums := func(of func(i int) int, n int) (bySize map[int][]int) {
		bySize = map[int][]int{}
		for set := range 1 << n {
			sum := 0
			for i := range n {
				if set>>i&1 == 1 {
					sum += of(i)
				}
			}
			size := bits.OnesCount(uint(set))
			bySize[size] = append(bySize[size], sum)
		}
		return bySize
	}
	gains := sums(func(i int) int { return int(b.values[i]) }, len(b.values))
	costs := sums(func(i int) int { return slots[i] }, len(slots))
	best := 0
	for size, values := range gains {
		if costs[size] != nil {
			best = max(best, slices.Max(values)-slices.Min(costs[size]))
		}
	}
	return best
}

func trials(t *testing.T) (n int, r *rand.Rand) {
	seed := rand.Uint64()
	if text := os.Getenv("VADIUM_AUCTION_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("VADIUM_AUCTION_SEED=%d", seed)
	return 20_000, rand.New(rand.NewPCG(seed, 0))
}

// The payments are those of Vickrey, Clarke and Groves, found by trying everything; and everybody is better off.
func TestBatchPaysWhatBruteForceDoes(t *testing.T) {
	n, r := trials(t)
	var b auction.Batch
	for range n {
		book := smallBook(r)
		orders, offers := book.clear(r, &b)
		gained := 0
		charged := map[int]vadium.Amount{}
		dealt := map[int]uint32{}
		for _, m := range b.Matches {
			gained += int(units(orders[m.Order].Value))
			charged[m.Offer] = charged[m.Offer].MustAdd(m.Charge)
			dealt[m.Offer]++
			if orders[m.Order].Value.Less(m.Charge) {
				t.Fatalf("%+v: a request of %v is charged %v", book, orders[m.Order].Value, m.Charge)
			}
		}
		for _, w := range b.Wins {
			cost := int(units(offers[w.Offer].Price)) * int(w.Slots)
			gained -= cost
			prover := int(offers[w.Offer].Prover[0])
			want := cost + book.welfare(-1) - book.welfare(prover)
			if got := int(units(w.Payment)); got != want {
				t.Fatalf("%+v: prover %d is paid %d for %d, brute force says %d", book, prover, got, w.Slots, want)
			}
			if charged[w.Offer] != w.Payment || dealt[w.Offer] != w.Slots {
				t.Fatalf("%+v: prover %d is paid %v for %d, %v is charged for %d", book, prover, w.Payment, w.Slots, charged[w.Offer], dealt[w.Offer])
			}
			var sum vadium.Amount
			for _, part := range b.Thresholds(slices.Index(b.Wins, w)) {
				sum = sum.MustAdd(part)
			}
			if sum != w.Payment {
				t.Fatalf("%+v: the thresholds of prover %d sum to %v, it is paid %v", book, prover, sum, w.Payment)
			}
		}
		if want := book.welfare(-1); gained != want {
			t.Fatalf("%+v: welfare %d, the best is %d", book, gained, want)
		}
	}
}

// No prover gains by another price, by hiding slots, or by appearing as two.
func TestBatchRewardsNoLie(t *testing.T) {
	n, r := trials(t)
	var b auction.Batch
	for range n {
		book := smallBook(r)
		liar := r.IntN(len(book.asks))
		truth := book.asks[liar]
		own := func(prover int) (uint64, bool) { return truth.cost, prover == liar || prover >= len(book.asks) }
		honest := book.profit(r, &b, own)
		if honest < 0 {
			t.Fatalf("%+v: prover %d loses %d by the truth", book, liar, -honest)
		}

		lie := book
		lie.asks = slices.Clone(book.asks)
		lie.asks[liar] = askOf{uint64(r.IntN(14)), uint32(r.IntN(int(truth.slots) + 1))}
		if got := lie.profit(r, &b, own); got > honest {
			t.Fatalf("%+v: prover %d gains %d by asking %+v, %d by the truth", book, liar, got, lie.asks[liar], honest)
		}

		split := book
		mine := uint32(r.IntN(int(truth.slots) + 1))
		split.asks = append(slices.Clone(book.asks), askOf{uint64(r.IntN(14)), uint32(r.IntN(int(truth.slots-mine) + 1))})
		split.asks[liar] = askOf{uint64(r.IntN(14)), mine}
		if got := split.profit(r, &b, own); got > honest {
			t.Fatalf("%+v: prover %d gains %d as %+v, %d by the truth", book, liar, got, split.asks, honest)
		}
	}
}

// What the shared vectors say of uniform prices does not hold of these: hiding a slot does not pay.
func TestWithholdingDoesNotPay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	market := book{values: []uint64{20, 20, 20, 20}, asks: []askOf{{5, 3}, {6, 2}, {15, 2}}}
	var b auction.Batch
	own := func(prover int) (uint64, bool) { return 5, prover == 0 }
	if got := market.profit(r, &b, own); got != 21 {
		t.Errorf("the truth gains %d, want 21", got)
	}
	uniform := func(wantPrice, wantProfit int) {
		t.Helper()
		_, offers := market.clear(r, &b)
		price, _ := b.Uniform(offers)
		profit := 0
		for _, w := range b.Wins {
			if offers[w.Offer].Prover == (vadium.Account{}) {
				profit = int(w.Slots) * (int(units(price)) - 5)
			}
		}
		if int(units(price)) != wantPrice || profit != wantProfit {
			t.Errorf("at a uniform price of %v it gains %d, want %d at %d", price, profit, wantProfit, wantPrice)
		}
	}
	uniform(6, 3)
	market.asks[0].slots = 2
	uniform(15, 20)
	if got := market.profit(r, &b, own); got != 20 {
		t.Errorf("hiding a slot gains %d, want 20", got)
	}
}

// Values beyond 64 bits, and those that differ only in their last bits, stand in order.
func TestBatchOrdersLargeAndCloseAmounts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var b auction.Batch
	for range 500 {
		base := new(big.Int).Lsh(big.NewInt(1+r.Int64N(1000)), uint(r.IntN(118)))
		at := func() vadium.Amount {
			a, err := vadium.ParseAmount(new(big.Int).Add(base, big.NewInt(r.Int64N(4))).String())
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		var orders []auction.Order
		var offers []auction.Offer
		for i := range 8 {
			orders = append(orders, auction.Order{Request: vadium.RequestID{byte(i)}, Value: at()})
			offers = append(offers, auction.Offer{Prover: vadium.Account{byte(i)}, Price: at(), Slots: 1})
		}
		b.Clear(orders, offers)
		for i, m := range b.Matches {
			if i > 0 && orders[b.Matches[i-1].Order].Value.Less(orders[m.Order].Value) {
				t.Fatalf("request %d is served behind one of less value", i)
			}
		}
		for i, w := range b.Wins {
			if i > 0 && offers[w.Offer].Price.Less(offers[b.Wins[i-1].Offer].Price) {
				t.Fatalf("offer %d serves behind a dearer one", i)
			}
		}
		lowest := slices.MinFunc(offers, func(x, y auction.Offer) int { return x.Price.Cmp(y.Price) }).Price
		highest := slices.MaxFunc(orders, func(x, y auction.Order) int { return x.Value.Cmp(y.Value) }).Value
		if served := len(b.Matches) > 0; served == highest.Less(lowest) {
			t.Fatalf("highest value %v, lowest price %v: served %v", highest, lowest, served)
		}
	}
}

// A second book needs no memory of its own.
func TestBatchAllocatesNothingTwice(t *testing.T) {
	orders, offers := largeBook(500, 700)
	var b auction.Batch
	b.Clear(orders, offers)
	if got := testing.AllocsPerRun(5, func() { b.Clear(orders, offers) }); got != 0 {
		t.Errorf("a clearing allocates %v times, want never", got)
	}
	if len(b.Matches) == 0 {
		t.Error("nothing was cleared")
	}
}

// largeBook is a thick market: so many requests, and so many slots of provers with four each.
func largeBook(requests, slots int) (orders []auction.Order, offers []auction.Offer) {
	r := rand.New(rand.NewPCG(42, 42))
	token := vadium.Tokens(1)
	price := func(most uint64) vadium.Amount {
		a, _ := token.MulDivDown(vadium.NewAmount(1+r.Uint64N(most)), vadium.NewAmount(1_000_000))
		return a
	}
	rank := func() (rank [32]byte) {
		for i := range rank {
			rank[i] = byte(r.Uint32())
		}
		return rank
	}
	for i := range requests {
		o := auction.Order{Value: price(3_000_000), Deadline: vadium.Time(r.Int64N(1_000_000)), Rank: rank()}
		copy(o.Request[:], fmt.Sprint(i))
		orders = append(orders, o)
	}
	for i := 0; i < slots; i += 4 {
		o := auction.Offer{Price: price(2_000_000), Slots: uint32(min(4, slots-i)), Rank: rank()}
		copy(o.Prover[:], fmt.Sprint(i))
		offers = append(offers, o)
	}
	return orders, offers
}

// BenchmarkBatch clears books; its reference is sorting the same requests and slots by value and price alone, as plain structs.
func BenchmarkBatch(b *testing.B) {
	for _, size := range []struct{ requests, slots int }{{4_096, 4_096}, {50_000, 64_000}} {
		orders, offers := largeBook(size.requests, size.slots)
		var slots []auction.Offer
		for _, o := range offers {
			for range o.Slots {
				slots = append(slots, o)
			}
		}
		b.Run(fmt.Sprintf("clear/requests=%d/slots=%d", size.requests, size.slots), func(b *testing.B) {
			b.ReportAllocs()
			var batch auction.Batch
			for b.Loop() {
				batch.Clear(orders, offers)
			}
		})
		b.Run(fmt.Sprintf("sort/requests=%d/slots=%d", size.requests, size.slots), func(b *testing.B) {
			o, s := slices.Clone(orders), slices.Clone(slots)
			for b.Loop() {
				copy(o, orders)
				copy(s, slots)
				slices.SortFunc(o, func(x, y auction.Order) int {
					return cmp.Or(y.Value.Cmp(x.Value), cmp.Compare(x.Deadline, y.Deadline))
				})
				slices.SortFunc(s, func(x, y auction.Offer) int { return x.Price.Cmp(y.Price) })
			}
		})
	}
}
