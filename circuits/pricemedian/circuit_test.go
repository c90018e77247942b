package pricemedian

import (
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"vadium"
	"vadium/circuits/circuittest"
	"vadium/oracle"
)

var once struct {
	sync.Once
	ccs constraint.ConstraintSystem
}

// seven returns the smallest circuit of the catalogue, compiled once for all tests.
func seven(t testing.TB) constraint.ConstraintSystem {
	t.Helper()
	once.Do(func() { once.ccs = compiled(t, 7) })
	return once.ccs
}

func compiled(t testing.TB, slots int) constraint.ConstraintSystem {
	t.Helper()
	return circuittest.Compile(t, vadium.Groth16, vadium.BN254, New(slots))
}

func caseOf(ccs constraint.ConstraintSystem, report oracle.Report, input []byte) *circuittest.Case {
	return circuittest.New(vadium.Groth16, vadium.BN254, ccs, circuittest.Bound(Statement(report), input))
}

// reported builds the report of observations of the values (a negative one is an absent seat's) by a committee of n.
func reported(t testing.TB, slots, n int, quorum uint8, values ...int64) (oracle.Report, []byte) {
	t.Helper()
	report, input, err := Build(slots, committee(t, n), quorum, 250, signedBy(t, values...))
	if err != nil {
		t.Fatal(err)
	}
	return report, input
}

// Positions in a statement.
const (
	atMedian, atOldest, atNewest, atPresent, atQuorum, atOutlier, atFlags = 3, 4, 5, 6, 7, 8, 9
)

func TestFullRoundsSatisfyTheCircuitAndNoScalarMayChange(t *testing.T) {
	report, input := reported(t, 7, 7, 7, 100, 101, 102, 103, 104, 105, 300)
	// Quorum and bound are the feed's to choose: fewer may be asked for, and the bound may move where nobody is near it.
	circuittest.CheckBound(t, caseOf(seven(t), report, input), StatementScalars, atQuorum, atOutlier)
}

// The larger sizes: full, and with as few as the market takes.
func TestRoundsOfEverySizeSatisfyTheirCircuit(t *testing.T) {
	for _, slots := range []int{16, 31} {
		ccs := compiled(t, slots)
		for _, n := range []int{slots, slots - 1} {
			values := make([]int64, n)
			for i := range values {
				values[i] = int64(1_000_000 + 7_919*(i*i%slots))
				if i%4 == 3 && n < slots {
					values[i] = -1
				}
			}
			report, input := reported(t, slots, n, uint8(n-(n-1)/3), values...)
			if err := caseOf(ccs, report, input).Solve(t); err != nil {
				t.Errorf("%d of %d slots: %v", n, slots, err)
			}
		}
	}
}

// Any committee, any observations: what is built satisfies the circuit, and a report that differs anywhere does not,
// except that a seat may be left out where that changes nothing else.
func TestNativeReportsAndTheCircuitAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(rt, "seats")
		outlier := vadium.Bps(rapid.SampledFrom([]uint32{0, 1, 250, 10_000, 1<<32 - 1}).Draw(rt, "outlier"))
		round := rapid.Uint64().Draw(rt, "round")
		around := rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(rt, "around")
		var signed []oracle.Signed
		var values []*big.Int
		for i, seat := range rapid.Permutation(seats(n)).Draw(rt, "order") {
			if i > 0 && rapid.IntRange(0, 3).Draw(rt, "absent") == 0 {
				continue
			}
			value := drawValue(rt, around)
			amount, err := vadium.AmountFromBytes(value.Bytes())
			if err != nil {
				rt.Fatal(err)
			}
			signed = append(signed, sign(t, keyOf(t, seat), oracle.Observation{Scope: scope, Round: round, Value: amount,
				At: vadium.Time(rapid.Uint64Max(1<<oracle.MaxTimeBits-1).Draw(rt, "at"))}))
			values = append(values, value)
		}
		quorum := rapid.IntRange(1, len(signed)).Draw(rt, "quorum")
		report, input, err := Build(7, committee(t, n), uint8(quorum), outlier, signed)
		if err != nil {
			rt.Fatal(err)
		}
		slices.SortFunc(values, (*big.Int).Cmp)
		if want := values[len(values)/2]; report.Median.String() != want.String() {
			rt.Fatalf("the median of %v is said to be %s", values, report.Median)
		}
		c := caseOf(seven(t), report, input)
		if err := c.Solve(t); err != nil {
			rt.Fatalf("%+v: %v", report, err)
		}
		index := rapid.SampledFrom([]int{0, 1, 2, atMedian, atOldest, atNewest, atPresent, atQuorum, atFlags}).Draw(rt, "change")
		changed := new(big.Int).Add(c.Scalars[index], big.NewInt(rapid.SampledFrom([]int64{1, -1}).Draw(rt, "by")))
		switch bit := rapid.IntRange(0, 6).Draw(rt, "slot"); index {
		case atQuorum:
			changed.SetInt64(int64(len(signed) + 1))
		case atPresent:
			changed.SetBit(c.Scalars[index], bit, 1)
		case atFlags:
			changed.Xor(c.Scalars[index], big.NewInt(1<<bit))
		}
		changed.Mod(changed, circuittest.FieldOf(vadium.BN254).ScalarField())
		if same := changed.Cmp(c.Scalars[index]) == 0; !same && c.With(index, changed).Solve(t) == nil {
			rt.Fatalf("%+v: %v passes for scalar %d, too", report, changed, index)
		}
	})
}

func seats(n int) []int {
	seats := make([]int, n)
	for i := range seats {
		seats[i] = i
	}
	return seats
}

// drawValue draws values of 96 bits: small, at the ends, and close to one another.
func drawValue(rt *rapid.T, around []byte) *big.Int {
	limit := new(big.Int).Lsh(big.NewInt(1), oracle.MaxValueBits)
	value := new(big.Int)
	switch rapid.IntRange(0, 3).Draw(rt, "kind") {
	case 0:
		value.SetUint64(rapid.Uint64Max(3).Draw(rt, "small"))
	case 1:
		value.Sub(limit, big.NewInt(int64(1+rapid.IntRange(0, 2).Draw(rt, "from the top"))))
	default:
		value.SetBytes(around)
		value.Mul(value, big.NewInt(int64(9_700+rapid.IntRange(0, 600).Draw(rt, "bps")))).Div(value, big.NewInt(10_000))
	}
	return value.Mod(value, limit)
}

// With seats absent and slots empty, with all values equal, with flags: nothing internal is left open.
func TestInputsDetermineEveryWire(t *testing.T) {
	full, input := reported(t, 7, 7, 5, 100, 101, 102, 103, 104, 105, 300)
	if sizes := caseOf(seven(t), full, input).FreeWires(t); sizes != nil {
		t.Errorf("a full round: sets of wires that may move together: %v", sizes)
	}
	partial, input := reported(t, 7, 5, 2, 0, -1, 7, 7, -1)
	if sizes := caseOf(seven(t), partial, input).FreeWires(t); sizes != nil {
		t.Errorf("a round with absent seats and empty slots: sets of wires that may move together: %v", sizes)
	}
}

// The addition law has no exceptions on the curve because d is no square and a is one: gnark's complete arithmetic relies
// on it.
func TestTheAdditionLawIsComplete(t *testing.T) {
	curve := twistededwards.GetEdwardsCurve()
	if curve.A.Legendre() != 1 || curve.D.Legendre() != -1 {
		t.Errorf("a is a square: %d, d is: %d, want 1 and -1", curve.A.Legendre(), curve.D.Legendre())
	}
}

// medianAlone is what the median takes of the circuit.
type medianAlone struct {
	Median          frontend.Variable `gnark:",public"`
	Count           frontend.Variable
	Values, Present []frontend.Variable
}

func (c *medianAlone) Define(api frontend.API) error {
	checkMedian(api, c.Median, c.Values, c.Present, c.Count)
	return nil
}

// The comment of Circuit quotes these numbers.
func TestMedianCostsWhatItIsSaidTo(t *testing.T) {
	for n, want := range map[int]int{7: 1_411, 16: 3_202, 31: 6_187} {
		c := &medianAlone{Values: make([]frontend.Variable, n), Present: make([]frontend.Variable, n)}
		if got := circuittest.Compile(t, vadium.Groth16, vadium.BN254, c).GetNbConstraints(); got != want {
			t.Errorf("the median of %d takes %d constraints, want %d", n, got, want)
		}
	}
}

func BenchmarkSolve(b *testing.B) {
	for _, slots := range sizes {
		b.Run(fmt.Sprintf("slots=%d", slots), func(b *testing.B) {
			report, input := reported(b, slots, slots, 1, make([]int64, slots)...)
			c := caseOf(compiled(b, slots), report, input)
			for b.Loop() {
				if err := c.Solve(b); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
