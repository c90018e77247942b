package clearingproof_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
)

const at = uint64(4_711) // the position of the record

var (
	deployment = vadium.Salt{0xde}
	seed       = [32]byte{0x5e}
	product    = auction.Product{Size: 11, Tier: auction.Standard, Stake: auction.StakeStandard}
)

// cleared returns the record of a batch of random orders and offers, among which many are equal.
func cleared(r *rand.Rand, orders, offers int) *marketplace.BatchCleared {
	e := &marketplace.BatchCleared{Product: product, Tick: 1_700_000_002_000}
	for i := range orders {
		e.Orders = append(e.Orders, marketplace.BatchOrder{
			Request: vadium.RequestID{0xff, byte(i)}, Value: vadium.NewAmount(100 + r.Uint64N(6)*50), Before: e.Tick.Add(vadium.Duration(r.IntN(2))), Position: uint64(100 + i),
		})
	}
	for i := range offers {
		e.Offers = append(e.Offers, marketplace.BatchOffer{
			Prover: vadium.Account{0xaa, byte(i)}, Price: vadium.NewAmount(50 + r.Uint64N(6)*50), Slots: 1 + r.Uint32N(4),
		})
	}
	clear(e)
	return e
}

// clear fills in what the market would say of the record's orders and offers.
func clear(e *marketplace.BatchCleared) {
	var orders []auction.Order
	var offers []auction.Offer
	for _, o := range e.Orders {
		orders = append(orders, auction.Order{Request: o.Request, Value: o.Value, Deadline: o.Before, Rank: auction.OrderRank(seed, o.Position)})
	}
	for _, o := range e.Offers {
		offers = append(offers, auction.Offer{Prover: o.Prover, Price: o.Price, Slots: o.Slots, Rank: auction.OfferRank(seed, e.Tick, e.Product, o.Prover)})
	}
	var b auction.Batch
	b.Clear(orders, offers)
	e.Served, e.Wins = nil, nil
	for _, m := range b.Matches {
		o := orders[m.Order]
		e.Served = append(e.Served, marketplace.BatchServed{
			Request: o.Request, Prover: offers[m.Offer].Prover, Charge: m.Charge, Value: o.Value, Before: o.Deadline, Rank: o.Rank,
		})
	}
	for _, w := range b.Wins {
		e.Wins = append(e.Wins, marketplace.BatchWin{Prover: offers[w.Offer].Prover, Slots: w.Slots, Payment: w.Payment, Rank: offers[w.Offer].Rank})
	}
}

// sealed returns what everybody sees of a record until its ask epoch has ended.
func sealed(e *marketplace.BatchCleared) *marketplace.BatchCleared {
	hidden := *e
	hidden.Orders, hidden.Offers, hidden.Sealed = nil, nil, true
	return &hidden
}

// What the operator proves from the whole record is what everybody verifies from the sealed one, and what everybody can make again
// from the opened one.
func TestWhatIsProvenIsWhatEverybodyReads(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	for round := range 40 {
		e := cleared(r, 1+r.IntN(32), 1+r.IntN(8))
		work, err := clearingproof.Build(deployment, at, e, seed, 64)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		stated, err := clearingproof.Statement(deployment, at, sealed(e), work.Book)
		if err != nil {
			t.Fatal(err)
		}
		if got := work.Input[:len(stated.Bytes())]; !slices.Equal(got, stated.Bytes()) {
			t.Errorf("round %d: the input states %x, whoever reads the record makes %x of it", round, got, stated.Bytes())
		}
		if work.Request != stated.Clearing || int(work.Served) != len(e.Served) {
			t.Errorf("round %d: bound to %v, %d served", round, work.Request, work.Served)
		}
		for what, err := range map[string]error{
			"deal": clearingproof.CheckDeal(sealed(e)), "ranks": clearingproof.CheckRanks(e, seed),
			"book": clearingproof.CheckBook(deployment, at, e, seed, 64, work.Book),
		} {
			if err != nil {
				t.Errorf("round %d: %s: %v", round, what, err)
			}
		}
	}
}

// Two clearings never share a name, a commitment or a blinding, even of the same orders and offers: nobody can show the proof of one
// for the other, or see that a losing ask is the one of the tick before.
func TestBooksOfEqualContentAreUnlike(t *testing.T) {
	e := cleared(rand.New(rand.NewPCG(1, 1)), 5, 3)
	base, err := clearingproof.BookOf(deployment, at, e, seed)
	if err != nil {
		t.Fatal(err)
	}
	for what, made := range map[string]func() (clearing.Book, error){
		"another record": func() (clearing.Book, error) { return clearingproof.BookOf(deployment, at+1, e, seed) },
		"another market": func() (clearing.Book, error) { return clearingproof.BookOf(vadium.Salt{1}, at, e, seed) },
		"another epoch":  func() (clearing.Book, error) { return clearingproof.BookOf(deployment, at, e, [32]byte{1}) },
		"another tick": func() (clearing.Book, error) {
			c := *e
			c.Tick++
			return clearingproof.BookOf(deployment, at, &c, seed)
		},
		"another product": func() (clearing.Book, error) {
			c := *e
			c.Product.Size++
			return clearingproof.BookOf(deployment, at, &c, seed)
		},
	} {
		other, err := made()
		if err != nil {
			t.Fatal(err)
		}
		if what != "another epoch" && other.Clearing == base.Clearing {
			t.Errorf("%s has the same name", what)
		}
		for i := range base.Orders {
			if base.Orders[i].Blinding == other.Orders[i].Blinding {
				t.Errorf("%s: order %d has the same blinding", what, i)
			}
		}
		for i := range base.Offers {
			if base.Offers[i].Blinding == other.Offers[i].Blinding {
				t.Errorf("%s: offer %d has the same blinding", what, i)
			}
		}
	}
}

// forgeries are lies about a clearing that the record itself gives away once it is open.
var forgeries = map[string]func(e *marketplace.BatchCleared){
	"wrong winner": func(e *marketplace.BatchCleared) {
		for _, o := range e.Offers {
			if !slices.ContainsFunc(e.Wins, func(w marketplace.BatchWin) bool { return w.Prover == o.Prover }) {
				e.Wins[0].Prover, e.Wins[0].Rank = o.Prover, auction.OfferRank(seed, e.Tick, e.Product, o.Prover)
				return
			}
		}
		panic("no loser")
	},
	"a payment one unit too high": func(e *marketplace.BatchCleared) {
		e.Wins[0].Payment = e.Wins[0].Payment.MustAdd(vadium.NewAmount(1))
	},
	"a payment one unit too low": func(e *marketplace.BatchCleared) {
		e.Wins[0].Payment = e.Wins[0].Payment.MustSub(vadium.NewAmount(1))
	},
	"a dropped ask": func(e *marketplace.BatchCleared) { e.Offers = e.Offers[1:] },
	"an added ask": func(e *marketplace.BatchCleared) {
		e.Offers = append(e.Offers, marketplace.BatchOffer{Prover: vadium.Account{1}, Slots: 9})
	},
	"a tie reordered": func(e *marketplace.BatchCleared) {
		e.Served[0], e.Served[1] = e.Served[1], e.Served[0]
	},
	"one request fewer": func(e *marketplace.BatchCleared) { e.Served = e.Served[:len(e.Served)-1] },
}

// tied returns a record whose two best orders are of one value, whose cheapest ask wins and whose dearest does not.
func tied() *marketplace.BatchCleared {
	e := &marketplace.BatchCleared{Product: product, Tick: 1_700_000_002_000}
	for i, value := range []uint64{300, 300, 200, 90} {
		e.Orders = append(e.Orders, marketplace.BatchOrder{Request: vadium.RequestID{byte(i + 1)}, Value: vadium.NewAmount(value), Before: 5, Position: uint64(10 + i)})
	}
	for i, price := range []uint64{100, 120, 150} {
		e.Offers = append(e.Offers, marketplace.BatchOffer{Prover: vadium.Account{byte(i + 10)}, Price: vadium.NewAmount(price), Slots: uint32(2 - i%2)})
	}
	clear(e)
	return e
}

func TestForgedRecordsAreNotProven(t *testing.T) {
	honest, err := clearingproof.Build(deployment, at, tied(), seed, 64)
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range forgeries {
		e := tied()
		forge(e)
		if _, err := clearingproof.Build(deployment, at, e, seed, 64); !errors.Is(err, clearingproof.ErrAgainstRule) {
			t.Errorf("%s: Build = %v, want %v", name, err, clearingproof.ErrAgainstRule)
		}
		stated, err := clearingproof.Statement(deployment, at, e, honest.Book)
		book := clearingproof.CheckBook(deployment, at, e, seed, 64, honest.Book)
		if same := slices.Equal(stated.Bytes(), honest.Input[:len(stated.Bytes())]); err != nil || same && !errors.Is(book, clearingproof.ErrOtherBook) {
			t.Errorf("%s: neither the statement nor the book is another (%v, %v)", name, err, book)
		}
	}
}

func TestChargesAndRanksThatAreNotTheRulesAreFound(t *testing.T) {
	for name, forge := range map[string]func(e *marketplace.BatchCleared) error{
		"a charge moved from one request to another": func(e *marketplace.BatchCleared) error {
			one := vadium.NewAmount(1)
			e.Served[0].Charge, e.Served[1].Charge = e.Served[0].Charge.MustAdd(one), e.Served[1].Charge.MustSub(one)
			return clearingproof.CheckDeal(e)
		},
		"a request dealt to another winner": func(e *marketplace.BatchCleared) error {
			for i := range e.Served {
				if e.Served[i].Prover != e.Wins[0].Prover {
					e.Served[i].Prover = e.Wins[0].Prover
					break
				}
			}
			return clearingproof.CheckDeal(e)
		},
		"a winner with more slots than requests": func(e *marketplace.BatchCleared) error {
			e.Wins[0].Slots = 1 << 31
			return clearingproof.CheckDeal(e)
		},
		"an order at a rank of its own": func(e *marketplace.BatchCleared) error {
			e.Served[0].Rank[31] ^= 1
			return clearingproof.CheckRanks(e, seed)
		},
		"an offer at a rank of its own": func(e *marketplace.BatchCleared) error {
			e.Wins[0].Rank[31] ^= 1
			return clearingproof.CheckRanks(e, seed)
		},
		"a request that took no part": func(e *marketplace.BatchCleared) error {
			e.Orders = e.Orders[1:]
			return clearingproof.CheckRanks(e, seed)
		},
	} {
		if err := forge(tied()); !errors.Is(err, clearingproof.ErrAgainstRule) {
			t.Errorf("%s: %v, want %v", name, err, clearingproof.ErrAgainstRule)
		}
	}
}

func TestWhatNoCircuitCarriesIsRefusedWithTheReason(t *testing.T) {
	book := func(orders, slots int) (b clearing.Book) {
		b.Orders = make([]clearing.Order, orders)
		for ; slots > 0; slots -= 16 {
			b.Offers = append(b.Offers, clearing.Offer{Offer: auction.Offer{Slots: uint32(min(slots, 16))}})
		}
		return b
	}
	for _, c := range []struct {
		orders, slots int
		among         []int
		want          int
	}{
		{1, 1, clearing.Sizes(), 64}, {32, 32, clearing.Sizes(), 64}, {33, 32, clearing.Sizes(), 256}, {32, 33, clearing.Sizes(), 256},
		{128, 129, clearing.Sizes(), 1024}, {512, 512, clearing.Sizes(), 1024}, {513, 1, clearing.Sizes(), 0}, {1, 513, clearing.Sizes(), 0},
		{1, 1, []int{1024, 256}, 256}, {32, 33, []int{64}, 0}, {1, 1, nil, 0},
	} {
		size, err := clearingproof.SizeOf(book(c.orders, c.slots), c.among)
		if size != c.want || errors.Is(err, clearingproof.ErrTooLarge) != (c.want == 0) {
			t.Errorf("SizeOf(%d orders, %d slots, among %v) = %d, %v, want %d", c.orders, c.slots, c.among, size, err, c.want)
		}
	}

	uniform := tied()
	uniform.Mechanism = auction.OnePrice
	if _, err := clearingproof.Build(deployment, at, uniform, seed, 64); !errors.Is(err, clearingproof.ErrOtherRule) {
		t.Errorf("a batch by the uniform price: %v", err)
	}
	if _, err := clearingproof.Statement(deployment, at, uniform, [32]byte{}); !errors.Is(err, clearingproof.ErrOtherRule) {
		t.Errorf("the statement of a batch by the uniform price: %v", err)
	}
	if _, err := clearingproof.Build(deployment, at, sealed(tied()), seed, 64); !errors.Is(err, clearingproof.ErrSealed) {
		t.Errorf("a sealed batch: %v", err)
	}
	many := tied()
	many.Offers[0].Slots = clearing.MaxSlots + 1
	clear(many)
	if _, err := clearingproof.Build(deployment, at, many, seed, 64); !errors.Is(err, clearing.ErrBook) {
		t.Errorf("an offer of %d slots: %v", many.Offers[0].Slots, err)
	}
}

func TestOnlyTheProgramOfTheSizeProvesAClearing(t *testing.T) {
	right := vadium.Program{Name: clearing.ProgramName(64), Public: clearing.StatementScalars, Bound: true}
	if err := clearingproof.CheckProgram(right, 64); err != nil {
		t.Error(err)
	}
	for i, p := range []vadium.Program{
		{Name: clearing.ProgramName(256), Public: clearing.StatementScalars, Bound: true}, {Name: right.Name, Public: 5, Bound: true},
		{Name: right.Name, Public: clearing.StatementScalars},
	} {
		if clearingproof.CheckProgram(p, 64) == nil {
			t.Errorf("program %d is taken for one that proves clearings of 64 places: %+v", i, p)
		}
	}
}

func Example() {
	e := tied()
	work, err := clearingproof.Build(deployment, at, e, seed, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d requests served for %v units, proven in the circuit of %d places\n", work.Served, work.Paid, work.Size)
	fmt.Println("charges follow:", clearingproof.CheckDeal(e) == nil)
	// Output:
	// 3 requests served for 450 units, proven in the circuit of 64 places
	// charges follow: true
}
