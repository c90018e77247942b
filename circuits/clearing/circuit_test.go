package clearing

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
	"vadium/circuits/circuittest"
)

// tiny is the size of most tests' circuit: places for four orders and four slots.
const tiny = 8

var compiled struct {
	sync.Mutex
	bySize map[int]constraint.ConstraintSystem
}

// circuitOf returns the circuit of a size, compiled once for all tests.
func circuitOf(t testing.TB, size int) constraint.ConstraintSystem {
	t.Helper()
	compiled.Lock()
	defer compiled.Unlock()
	if compiled.bySize == nil {
		compiled.bySize = map[int]constraint.ConstraintSystem{}
	}
	if compiled.bySize[size] == nil {
		compiled.bySize[size] = circuittest.Compile(t, vadium.Groth16, vadium.BN254, New(size))
	}
	return compiled.bySize[size]
}

// build is [Build] for any size.
func build(t testing.TB, size int, book Book) (Cleared, []byte) {
	t.Helper()
	p, err := fill(size, book)
	if err != nil {
		t.Fatal(err)
	}
	cleared, err := clear(book, p.commitment())
	if err != nil {
		t.Fatal(err)
	}
	return cleared, append(cleared.Statement.Bytes(), p.secrets()...)
}

func caseOf(t testing.TB, size int, cleared Cleared, input []byte) *circuittest.Case {
	t.Helper()
	return circuittest.New(vadium.Groth16, vadium.BN254, circuitOf(t, size), circuittest.Bound(cleared.Statement.Bytes(), input))
}

// bookOfNumbers returns a book of orders of these values and offers of these prices and numbers of slots, in this order.
func bookOfNumbers(values []uint64, offers ...[2]uint64) Book {
	b := Book{Clearing: [32]byte{1, 31: 2}}
	for i, value := range values {
		b.Orders = append(b.Orders, Order{
			Order: auction.Order{
				Request: vadium.RequestID{byte(i%31 + 1), byte(i / 31), 31: 1}, Value: vadium.NewAmount(value), Deadline: 1_764_000_000_000,
				Rank: [32]byte{byte(i + 1), 31: 9},
			},
			Blinding: Blinding{1, 31: byte(i)},
		})
	}
	for i, offer := range offers {
		b.Offers = append(b.Offers, Offer{
			Offer: auction.Offer{
				Prover: vadium.Account{byte(i + 1), 19: 1}, Price: vadium.NewAmount(offer[0]), Slots: uint32(offer[1]), Rank: [32]byte{byte(i + 1), 31: 7},
			},
			Blinding: Blinding{2, 31: byte(i)},
		})
	}
	return b
}

// committed returns what everybody knows of a book's offers.
func committed(t testing.TB, book Book) (public []CommittedOffer) {
	t.Helper()
	for _, o := range book.Offers {
		c, err := PriceCommitment(o.Prover, o.Price, o.Blinding)
		if err != nil {
			t.Fatal(err)
		}
		public = append(public, CommittedOffer{Prover: o.Prover, Commitment: c, Slots: o.Slots, Rank: o.Rank})
	}
	return public
}

func TestFullBooksSatisfyTheCircuitAndNoScalarMayChange(t *testing.T) {
	cleared, input := build(t, tiny, bookOfNumbers([]uint64{50, 90, 20, 70}, [2]uint64{30, 2}, [2]uint64{10, 1}, [2]uint64{40, 1}))
	if cleared.Statement.Served != 3 || len(cleared.Winners) != 2 {
		t.Fatalf("%d served by %d winners, want 3 by 2", cleared.Statement.Served, len(cleared.Winners))
	}
	circuittest.CheckBound(t, caseOf(t, tiny, cleared, input), StatementScalars)
}

func drawBook(rt *rapid.T, places int) Book {
	amounts := rapid.SampledFrom([]func(string) vadium.Amount{
		func(label string) vadium.Amount { return vadium.NewAmount(rapid.Uint64Max(5).Draw(rt, label)) },
		func(label string) vadium.Amount { return vadium.NewAmount(rapid.Uint64Max(1_000).Draw(rt, label)) },
		func(label string) vadium.Amount {
			top := vadium.AmountFromBytes32([32]byte(maxValue.FillBytes(make([]byte, 32))))
			return top.MustSub(vadium.NewAmount(rapid.Uint64Max(3).Draw(rt, label)))
		},
	}).Draw(rt, "amounts")
	rank := func() (rank [32]byte) {
		for i := range rank {
			rank[i] = rapid.Byte().Draw(rt, "rank")
		}
		return rank
	}
	b := Book{Clearing: [32]byte{31: 4}}
	for i := range rapid.IntRange(0, places).Draw(rt, "orders") {
		b.Orders = append(b.Orders, Order{auction.Order{
			Request: vadium.RequestID{byte(i), 31: 1}, Value: amounts("value"), Deadline: vadium.Time(rapid.IntRange(0, 2).Draw(rt, "deadline")),
			Rank: rank(),
		}, Blinding{31: byte(i)}})
	}
	free := rapid.IntRange(0, places).Draw(rt, "slots")
	for i := 0; free > 0; i++ {
		slots := rapid.IntRange(1, min(free, MaxSlots)).Draw(rt, "of one")
		free -= slots
		b.Offers = append(b.Offers, Offer{auction.Offer{
			Prover: vadium.Account{byte(i), 19: 1}, Price: amounts("price"), Slots: uint32(slots), Rank: rank(),
		}, Blinding{1, 31: byte(i)}})
	}
	return b
}

// Any book: what the market's rule says of it satisfies the circuit, and no statement that differs in one number does. Who has
// the commitments alone knows which book it is.
func TestTheMarketsRuleAndTheCircuitAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([]int{4, tiny, 16, 32}).Draw(rt, "size")
		book := drawBook(rt, size/2)
		cleared, input := build(t, size, book)
		public, err := commitPublic(size, book.Clearing, book.Orders, committed(t, book))
		if err != nil || public != cleared.Statement.Book {
			rt.Fatalf("commitPublic = %x, %v, the proof is of %x", public, err, cleared.Statement.Book)
		}
		c := caseOf(t, size, cleared, input)
		if err := c.Solve(t); err != nil {
			rt.Fatalf("%+v: %v", cleared, err)
		}
		index := rapid.IntRange(0, StatementScalars-1).Draw(rt, "change")
		changed := new(big.Int).Add(c.Scalars[index], big.NewInt(rapid.SampledFrom([]int64{1, -1}).Draw(rt, "by")))
		if c.With(index, changed.Mod(changed, circuittest.FieldOf(vadium.BN254).ScalarField())).Solve(t) == nil {
			rt.Fatalf("%+v: %v passes for scalar %d, too", cleared, changed, index)
		}
	})
}

// marketOf draws a book of so many orders and slots, with ties.
func marketOf(size int, random *rand.Rand) Book {
	values := make([]uint64, size/2)
	for i := range values {
		values[i] = 500 + random.Uint64N(1_000)/10*10
	}
	var offers [][2]uint64
	for free := size / 2; free > 0; {
		slots := 1 + random.IntN(min(free, MaxSlots))
		free -= slots
		offers = append(offers, [2]uint64{400 + random.Uint64N(900)/10*10, uint64(slots)})
	}
	return bookOfNumbers(values, offers...)
}

func TestMarketsOfTheSmallestCatalogueSizeSatisfyTheirCircuit(t *testing.T) {
	for seed := range uint64(4) {
		cleared, input := build(t, 64, marketOf(64, rand.New(rand.NewPCG(seed, 1))))
		c := caseOf(t, 64, cleared, input)
		if err := c.Solve(t); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for i := range StatementScalars {
			if c.With(i, new(big.Int).Add(c.Scalars[i], big.NewInt(1))).Solve(t) == nil {
				t.Errorf("seed %d: scalar %d may change", seed, i)
			}
		}
	}
}

// Full and with empty places, with several winners of several slots, with nobody served: nothing internal is left open.
func TestInputsDetermineEveryWire(t *testing.T) {
	for name, book := range map[string]Book{
		"full":           bookOfNumbers([]uint64{50, 90, 20, 70}, [2]uint64{30, 2}, [2]uint64{10, 1}, [2]uint64{40, 1}),
		"all served":     bookOfNumbers([]uint64{50, 90, 20, 70}, [2]uint64{10, 2}, [2]uint64{10, 2}),
		"empty places":   bookOfNumbers([]uint64{50, 50}, [2]uint64{30, 3}),
		"nobody served":  bookOfNumbers([]uint64{5, 7}, [2]uint64{30, 3}),
		"nothing at all": bookOfNumbers(nil),
	} {
		cleared, input := build(t, tiny, book)
		if sizes := caseOf(t, tiny, cleared, input).FreeWires(t); sizes != nil {
			t.Errorf("%s: sets of wires that may move together: %v", name, sizes)
		}
	}
	cleared, input := build(t, 32, marketOf(32, rand.New(rand.NewPCG(7, 1))))
	if sizes := caseOf(t, 32, cleared, input).FreeWires(t); sizes != nil {
		t.Errorf("a market: sets of wires that may move together: %v", sizes)
	}
}

// The largest size is an optional program: what the package circuits holds against those of its catalogue is here. A changed number
// is a changed circuit, hence a new program for everybody; circuits/README.md quotes it.
func TestTheLargestCircuitIsTheOneCommitted(t *testing.T) {
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, New(1024))
	c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, nil)
	if got, want := ccs.GetNbConstraints(), 1_467_640; got != want {
		t.Errorf("clearing-1024 has %d constraints, want %d", got, want)
	}
	if got, want := [2]int{c.Publics, ccs.GetNbSecretVariables()}, [2]int{8, 12_290}; got != want {
		t.Errorf("clearing-1024 has %d public and secret inputs, want %d", got, want)
	}
	if names := c.Unconstrained(); names != nil {
		t.Errorf("in no constraint: %v", names)
	}
	if len(ccs.GetCommitments().CommitmentIndexes()) != 0 {
		t.Error("it makes BSB22 commitments")
	}
}

// networkAlone is what the network takes of the circuit.
type networkAlone struct {
	In, Out, Switches []frontend.Variable
}

func (c *networkAlone) Define(api frontend.API) error {
	for _, s := range c.Switches {
		api.AssertIsBoolean(s)
	}
	out, rest := permute(api, c.In, c.Switches)
	if len(rest) != 0 {
		return fmt.Errorf("%d switches too many", len(rest))
	}
	for i := range out {
		api.AssertIsEqual(out[i], c.Out[i])
	}
	return nil
}

// The comment of Circuit quotes these numbers.
func TestTheNetworkCostsWhatItIsSaidTo(t *testing.T) {
	for leaves, want := range map[int]int{32: 258, 128: 1_538, 512: 8_194} {
		n := switchesFor(leaves)
		c := &networkAlone{
			In: make([]frontend.Variable, leaves), Out: make([]frontend.Variable, leaves), Switches: make([]frontend.Variable, n),
		}
		ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, c)
		if got := ccs.GetNbConstraints() - leaves; got != want {
			t.Errorf("permuting %d leaves takes %d constraints, want %d", leaves, got, want)
		}
	}
}

// Every permutation of few leaves, and some of many, is routed.
func TestTheNetworkRoutesEveryPermutation(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	try := func(from []int) {
		in := make([]int, len(from))
		for i := range in {
			in[i] = i
		}
		if got, rest := passed(in, routed(from)); !slices.Equal(got, from) || len(rest) != 0 {
			t.Fatalf("%v is routed as %v, with %d switches left", from, got, len(rest))
		}
	}
	for _, leaves := range []int{1, 2, 4} {
		permutations(make([]int, 0, leaves), leaves, try)
	}
	for _, leaves := range []int{8, 32, 512} {
		for range 50 {
			try(random.Perm(leaves))
		}
	}
}

func permutations(begun []int, n int, try func([]int)) {
	if len(begun) == n {
		try(begun)
		return
	}
	for next := range n {
		if !slices.Contains(begun, next) {
			permutations(append(begun, next), n, try)
		}
	}
}

// passed is what a network does to leaves, written down apart from it.
func passed(leaves []int, switches []bool) ([]int, []bool) {
	n := len(leaves)
	if n < 2 {
		return leaves, switches
	}
	pass := func(x, y int) (int, int) {
		crosses := switches[0]
		switches = switches[1:]
		if crosses {
			return y, x
		}
		return x, y
	}
	out := make([]int, n)
	if n == 2 {
		out[0], out[1] = pass(leaves[0], leaves[1])
		return out, switches
	}
	upper, lower := make([]int, n/2), make([]int, n/2)
	for i := range n / 2 {
		upper[i], lower[i] = pass(leaves[2*i], leaves[2*i+1])
	}
	upper, switches = passed(upper, switches)
	lower, switches = passed(lower, switches)
	for i := range n/2 - 1 {
		out[2*i], out[2*i+1] = pass(upper[i], lower[i])
	}
	out[n-2], out[n-1] = upper[n/2-1], lower[n/2-1]
	return out, switches
}

func BenchmarkSolve(b *testing.B) {
	for _, size := range []int{64, 256} {
		b.Run(fmt.Sprintf("orders=%d", size), func(b *testing.B) {
			cleared, input := build(b, size, marketOf(size, rand.New(rand.NewPCG(1, 1))))
			c := caseOf(b, size, cleared, input)
			for b.Loop() {
				if err := c.Solve(b); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
