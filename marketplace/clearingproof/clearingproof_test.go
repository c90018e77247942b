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

// committed gives each offer a salt and the commitment to its price, as the market does when an ask is placed.
func committed(e *marketplace.BatchCleared) {
	for i := range e.Offers {
		o := &e.Offers[i]
		o.Salt = vadium.Salt{byte(i), 0x5a}
		o.PriceCommitment = clearingproof.Committed(o.Prover, marketplace.PlaceAsk{Product: product, Price: o.Price, Salt: o.Salt}).PriceCommitment
	}
}

// clear fills in what the market would say of the record's orders and offers.
func clear(e *marketplace.BatchCleared) {
	committed(e)
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

// withheld returns what everybody sees of a record in the end, if prices are never opened.
func withheld(e *marketplace.BatchCleared) *marketplace.BatchCleared {
	shown := *e
	shown.Unopened = true
	shown.Offers = slices.Clone(e.Offers)
	for i := range shown.Offers {
		shown.Offers[i].Price, shown.Offers[i].Salt = vadium.Amount{}, vadium.Salt{9}
	}
	return &shown
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
			"book":                clearingproof.CheckBook(deployment, at, e, seed, 64, work.Book),
			"book without prices": clearingproof.CheckBook(deployment, at, withheld(e), seed, 64, work.Book),
		} {
			if err != nil {
				t.Errorf("round %d: %s: %v", round, what, err)
			}
		}
	}
}

// Two clearings never share a name, an order's blinding or a book, even of the same orders and offers: nobody can show the proof of
// one for the other. An ask's blinding stays: its commitment is public from the moment it is placed.
func TestBooksOfEqualContentAreUnlike(t *testing.T) {
	e := cleared(rand.New(rand.NewPCG(1, 1)), 5, 3)
	base, err := clearingproof.BookOf(deployment, at, e, seed)
	if err != nil {
		t.Fatal(err)
	}
	book, err := clearing.Commit(64, base)
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
		digest, err := clearing.Commit(64, other)
		if err != nil || digest == book {
			t.Errorf("%s has the same book, 0x%x (%v)", what, digest, err)
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
		e.Offers = append(e.Offers, marketplace.BatchOffer{Prover: vadium.Account{1}, Price: vadium.NewAmount(1), Slots: 9})
		committed(e)
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
	if err := clearingproof.CheckRule(tied(), seed); err != nil {
		t.Error(err)
	}
	for name, forge := range forgeries {
		e := tied()
		forge(e)
		if _, err := clearingproof.Build(deployment, at, e, seed, 64); !errors.Is(err, clearingproof.ErrAgainstRule) {
			t.Errorf("%s: Build = %v, want %v", name, err, clearingproof.ErrAgainstRule)
		}
		if err := clearingproof.CheckRule(e, seed); !errors.Is(err, clearingproof.ErrAgainstRule) {
			t.Errorf("%s: CheckRule = %v, want %v", name, err, clearingproof.ErrAgainstRule)
		}
		stated, err := clearingproof.Statement(deployment, at, e, honest.Book)
		book := clearingproof.CheckBook(deployment, at, e, seed, 64, honest.Book)
		if same := slices.Equal(stated.Bytes(), honest.Input[:len(stated.Bytes())]); err != nil || same && !errors.Is(book, clearingproof.ErrOtherBook) {
			t.Errorf("%s: neither the statement nor the book is another (%v, %v)", name, err, book)
		}
	}
}

// Whose price is never shown is held to it all the same: the book is that of the commitments, so neither another commitment nor
// another number of slots gives the book that a proof is about, and an opened price has to be the one that was committed to.
func TestABookIsMadeOfWhatWasCommittedTo(t *testing.T) {
	work, err := clearingproof.Build(deployment, at, tied(), seed, 64)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		change func(e *marketplace.BatchCleared)
		want   error
	}{
		"as it was":             {func(*marketplace.BatchCleared) {}, nil},
		"in another order":      {func(e *marketplace.BatchCleared) { slices.Reverse(e.Offers) }, nil},
		"another commitment":    {func(e *marketplace.BatchCleared) { e.Offers[1].PriceCommitment = e.Offers[0].PriceCommitment }, clearingproof.ErrOtherBook},
		"one slot more":         {func(e *marketplace.BatchCleared) { e.Offers[2].Slots++ }, clearingproof.ErrOtherBook},
		"an offer left out":     {func(e *marketplace.BatchCleared) { e.Offers = e.Offers[:2] }, clearingproof.ErrOtherBook},
		"another prover":        {func(e *marketplace.BatchCleared) { e.Offers[2].Prover[3] ^= 1 }, clearingproof.ErrOtherBook},
		"another order's value": {func(e *marketplace.BatchCleared) { e.Orders[3].Value = vadium.NewAmount(91) }, clearingproof.ErrOtherBook},
		"no commitment":         {func(e *marketplace.BatchCleared) { e.Offers[0].PriceCommitment = vadium.Digest{} }, clearingproof.ErrUncommitted},
	} {
		e := withheld(tied())
		c.change(e)
		if err := clearingproof.CheckBook(deployment, at, e, seed, 64, work.Book); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}

	for what, c := range map[string]struct {
		change func(e *marketplace.BatchCleared)
		want   bool
	}{
		"an old batch": {func(e *marketplace.BatchCleared) {
			for i := range e.Offers {
				e.Offers[i].PriceCommitment, e.Offers[i].Salt = vadium.Digest{}, vadium.Salt{}
			}
		}, true},
		"one with a new ask": {func(e *marketplace.BatchCleared) { e.Offers[0].PriceCommitment = vadium.Digest{} }, false},
		"a new batch":        {func(*marketplace.BatchCleared) {}, false},
		"one whose prices are not opened": {func(e *marketplace.BatchCleared) {
			e.Unopened = true
			for i := range e.Offers {
				e.Offers[i].PriceCommitment = vadium.Digest{}
			}
		}, false},
	} {
		e := tied()
		if c.change(e); clearingproof.Earlier(e) != c.want {
			t.Errorf("%s is taken for one from before, or not: %v", what, !c.want)
		}
	}

	lied := tied()
	lied.Offers[2].Price = vadium.NewAmount(151) // opened as one more than it was
	if err := clearingproof.CheckBook(deployment, at, lied, seed, 64, work.Book); !errors.Is(err, clearingproof.ErrAgainstRule) {
		t.Errorf("an opened price that was not committed to: %v", err)
	}
	if _, err := clearingproof.BookOf(deployment, at, withheld(tied()), seed); !errors.Is(err, clearingproof.ErrUnopened) {
		t.Errorf("the book of a batch without prices: %v", err)
	}
}

// That a batch serves nobody is proven like anything else that it does.
func TestABatchThatServesNobodyIsProven(t *testing.T) {
	e := tied()
	for i := range e.Orders {
		e.Orders[i].Value = vadium.NewAmount(99) // less than anybody asks
	}
	e.Unopened = true
	clear(e)
	work, err := clearingproof.Build(deployment, at, e, seed, 64)
	if err != nil || work.Served != 0 || !work.Paid.IsZero() {
		t.Fatalf("built as %+v (%v)", work, err)
	}
	for what, err := range map[string]error{
		"deal": clearingproof.CheckDeal(e), "ranks": clearingproof.CheckRanks(e, seed), "rule": clearingproof.CheckRule(e, seed),
		"book": clearingproof.CheckBook(deployment, at, withheld(e), seed, 64, work.Book),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	lied := *e
	lied.Orders = slices.Clone(e.Orders)
	lied.Orders[0].Value = vadium.NewAmount(100) // as much as the cheapest asks
	if _, err := clearingproof.Build(deployment, at, &lied, seed, 64); !errors.Is(err, clearingproof.ErrAgainstRule) {
		t.Errorf("a batch that does not serve whom it could: %v", err)
	}
}

// A commitment is made where it may be needed, hides what it is of, and binds to it.
func TestAsksOfBatchTiersAreCommittedTo(t *testing.T) {
	ask := marketplace.PlaceAsk{Product: product, Price: vadium.NewAmount(7), Salt: vadium.Salt{1}}
	by, none := vadium.Account{1}, vadium.Digest{}
	of := func(by vadium.Account, change func(a *marketplace.PlaceAsk)) vadium.Digest {
		a := ask
		change(&a)
		return clearingproof.Committed(by, a).PriceCommitment
	}
	base := of(by, func(*marketplace.PlaceAsk) {})
	others := []vadium.Digest{
		of(vadium.Account{2}, func(*marketplace.PlaceAsk) {}), of(by, func(a *marketplace.PlaceAsk) { a.Price = vadium.NewAmount(8) }),
		of(by, func(a *marketplace.PlaceAsk) { a.Salt[31]++ }),
	}
	if base == none || slices.Contains(others, base) || slices.Contains(others, none) {
		t.Errorf("commitments %v and %v", base, others)
	}
	if same := of(by, func(a *marketplace.PlaceAsk) { a.PriceCommitment, a.Slots = vadium.Digest{5}, 3 }); same != base {
		t.Errorf("what came with the ask is taken for its commitment, %v", same)
	}
	for what, got := range map[string]vadium.Digest{
		"the immediate tier": of(by, func(a *marketplace.PlaceAsk) { a.Product.Tier = auction.Immediate }),
		"a price of 97 bits": of(by, func(a *marketplace.PlaceAsk) { a.Price, _ = vadium.NewAmount(1 << 48).Mul(vadium.NewAmount(1 << 48)) }),
	} {
		if got != none {
			t.Errorf("%s has a commitment, %v", what, got)
		}
	}
}

// What the market takes for provable is what the circuits are.
func TestTheMarketKnowsWhatCircuitsCarry(t *testing.T) {
	sizes := clearing.Sizes()
	if largest := sizes[len(sizes)-1]; marketplace.MaxProven != largest/2 || marketplace.MaxProvenSlots != clearing.MaxSlots || marketplace.MaxProvenBits != clearing.MaxBits {
		t.Errorf("the market says %d places, %d slots and %d bits, the circuits %d, %d and %d",
			marketplace.MaxProven, marketplace.MaxProvenSlots, marketplace.MaxProvenBits, largest/2, clearing.MaxSlots, clearing.MaxBits)
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
