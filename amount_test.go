package vadium_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"vadium"
)

// limit is 2^256, the first number that is no amount.
var limit = new(big.Int).Lsh(big.NewInt(1), 256)

func bigOf(a vadium.Amount) *big.Int { return a.Uint256().ToBig() }

// amountOf returns n, which must fit, as an amount.
func amountOf(t testing.TB, n *big.Int) vadium.Amount {
	t.Helper()
	a, err := vadium.AmountFromBytes(n.Bytes())
	if err != nil {
		t.Fatalf("AmountFromBytes(%v) = %v, want no error", n, err)
	}
	return a
}

// maxAmount is the largest amount, 2^256-1.
func maxAmount(t testing.TB) vadium.Amount {
	t.Helper()
	return amountOf(t, new(big.Int).Sub(limit, big.NewInt(1)))
}

// amounts draws numbers of every length, and often the ones beside a power of two.
func amounts() *rapid.Generator[vadium.Amount] {
	return rapid.Custom(func(t *rapid.T) vadium.Amount {
		if rapid.Bool().Draw(t, "near a power of two") {
			n := new(big.Int).Lsh(big.NewInt(1), rapid.UintRange(0, 255).Draw(t, "bit"))
			n.Add(n, big.NewInt(rapid.Int64Range(-1, 1).Draw(t, "offset")))
			v, _ := uint256.FromBig(n)
			return vadium.AmountFromUint256(v)
		}
		raw := rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "bytes")
		return vadium.AmountFromUint256(new(uint256.Int).SetBytes(raw))
	})
}

// wants compares a result with the same computation on unbounded integers: the value where it fits, ok=false where not.
func wants(t *rapid.T, call string, got vadium.Amount, ok bool, want *big.Int) {
	t.Helper()
	fits := want != nil && want.Sign() >= 0 && want.Cmp(limit) < 0
	if ok != fits {
		t.Fatalf("%s: ok = %v, want %v (exact result %v)", call, ok, fits, want)
	}
	if ok && bigOf(got).Cmp(want) != 0 {
		t.Fatalf("%s = %v, want %v", call, got, want)
	}
}

func TestArithmeticAgreesWithUnboundedIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, div := amounts().Draw(t, "a"), amounts().Draw(t, "b"), amounts().Draw(t, "div")

		sum, ok := a.Add(b)
		wants(t, "Add", sum, ok, new(big.Int).Add(bigOf(a), bigOf(b)))

		difference, ok := a.Sub(b)
		wants(t, "Sub", difference, ok, new(big.Int).Sub(bigOf(a), bigOf(b)))

		product, ok := a.Mul(b)
		wants(t, "Mul", product, ok, new(big.Int).Mul(bigOf(a), bigOf(b)))

		var down, up *big.Int
		if !div.IsZero() {
			var rest big.Int
			exact := new(big.Int).Mul(bigOf(a), bigOf(b))
			down, _ = new(big.Int).QuoRem(exact, bigOf(div), &rest)
			up = new(big.Int).Add(down, big.NewInt(int64(rest.Sign())))
		}
		quotient, ok := a.MulDivDown(b, div)
		wants(t, "MulDivDown", quotient, ok, down)
		quotient, ok = a.MulDivUp(b, div)
		wants(t, "MulDivUp", quotient, ok, up)

		if got, want := a.Cmp(b), bigOf(a).Cmp(bigOf(b)); got != want || a.Less(b) != (want < 0) {
			t.Fatalf("%v.Cmp(%v) = %d and Less = %v, want %d", a, b, got, a.Less(b), want)
		}
	})
}

// Amounts in the market stay below 2^128, and there fractions never overflow.
func TestFractionsAgreeWithUnboundedIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "bytes")
		a := vadium.AmountFromUint256(new(uint256.Int).SetBytes(raw))
		part := rapid.Uint32().Draw(t, "part")

		for _, row := range []struct {
			name     string
			down, up vadium.Amount
			whole    int64
		}{
			{"Bps", a.BpsDown(vadium.Bps(part)), a.BpsUp(vadium.Bps(part)), int64(vadium.BpsOne)},
			{"Ppm", a.PpmDown(vadium.Ppm(part)), a.PpmUp(vadium.Ppm(part)), int64(vadium.PpmOne)},
		} {
			var rest big.Int
			down, _ := new(big.Int).QuoRem(new(big.Int).Mul(bigOf(a), big.NewInt(int64(part))), big.NewInt(row.whole), &rest)
			if bigOf(row.down).Cmp(down) != 0 {
				t.Fatalf("%v.%sDown(%d) = %v, want %v", a, row.name, part, row.down, down)
			}
			if up := down.Add(down, big.NewInt(int64(rest.Sign()))); bigOf(row.up).Cmp(up) != 0 {
				t.Fatalf("%v.%sUp(%d) = %v, want %v", a, row.name, part, row.up, up)
			}
		}
	})
}

func TestRoundingOnEachSideOfItsBoundary(t *testing.T) {
	for _, row := range []struct {
		a        uint64
		part     vadium.Bps
		down, up uint64
	}{
		{0, 1, 0, 0},
		{1, 0, 0, 0},
		{9_999, 1, 0, 1},
		{10_000, 1, 1, 1},
		{10_001, 1, 1, 2},
		{19_999, 1, 1, 2},
		{20_000, 1, 2, 2},
		{7, 10_000, 7, 7},
		{7, 9_999, 6, 7},
		{7, 10_001, 7, 8},
	} {
		a := vadium.NewAmount(row.a)
		if got := a.BpsDown(row.part); got != vadium.NewAmount(row.down) {
			t.Errorf("%d.BpsDown(%d) = %v, want %d", row.a, row.part, got, row.down)
		}
		if got := a.BpsUp(row.part); got != vadium.NewAmount(row.up) {
			t.Errorf("%d.BpsUp(%d) = %v, want %d", row.a, row.part, got, row.up)
		}
		// A basis point is a hundred parts per million.
		if got, want := a.PpmDown(vadium.Ppm(row.part)*100), a.BpsDown(row.part); got != want {
			t.Errorf("%d.PpmDown(%d) = %v, want %v", row.a, row.part*100, got, want)
		}
	}
}

func TestArithmeticAtTheEdgeOf256Bits(t *testing.T) {
	top, one, zero := maxAmount(t), vadium.NewAmount(1), vadium.Amount{}

	if got, ok := top.Add(zero); !ok || got != top {
		t.Errorf("max + 0 = %v, %v, want max, true", got, ok)
	}
	if _, ok := top.Add(one); ok {
		t.Error("max + 1 fits, want an overflow")
	}
	if got, ok := one.Sub(one); !ok || !got.IsZero() {
		t.Errorf("1 - 1 = %v, %v, want 0, true", got, ok)
	}
	if _, ok := zero.Sub(one); ok {
		t.Error("0 - 1 is covered, want an underflow")
	}
	if got, ok := top.MulDivDown(top, top); !ok || got != top {
		t.Errorf("max * max / max = %v, %v, want max, true", got, ok)
	}
	// 258 bits on the way and 256 at the end, exactly: rounding up has nothing to round.
	three := vadium.NewAmount(3)
	if got, ok := top.MulDivUp(three, three); !ok || got != top {
		t.Errorf("ceil(max * 3 / 3) = %v, %v, want max, true", got, ok)
	}
	if got, ok := top.MulDivDown(top, top.MustSub(one)); ok {
		t.Errorf("max * max / (max-1) = %v, want an overflow", got)
	}
	if _, ok := one.MulDivDown(one, zero); ok {
		t.Error("1 * 1 / 0 has a result, want none")
	}
	if _, ok := one.MulDivUp(one, zero); ok {
		t.Error("ceil(1 * 1 / 0) has a result, want none")
	}
}

// Rounding up overflows alone where the floor is 2^256-1 and something remains. 2^257-1 is twice 2^256-1 and one more,
// and 535006138814359 divides it.
func TestRoundingUpPastTheEdgeIsAnOverflow(t *testing.T) {
	product := new(big.Int).Sub(new(big.Int).Lsh(limit, 1), big.NewInt(1))
	factor := new(big.Int).SetUint64(535_006_138_814_359)
	quotient, rest := new(big.Int).QuoRem(product, factor, new(big.Int))
	if rest.Sign() != 0 {
		t.Fatalf("2^257-1 leaves %v when divided by %v, want 0", rest, factor)
	}
	a, mul, two := amountOf(t, quotient), amountOf(t, factor), vadium.NewAmount(2)
	if got, ok := a.MulDivDown(mul, two); !ok || got != maxAmount(t) {
		t.Errorf("floor((2^257-1) / 2) = %v, %v, want 2^256-1, true", got, ok)
	}
	if got, ok := a.MulDivUp(mul, two); ok {
		t.Errorf("ceil((2^257-1) / 2) = %v, want an overflow", got)
	}
}

func TestBrokenInvariantsPanicAndSayWhichOne(t *testing.T) {
	top, one := maxAmount(t), vadium.NewAmount(1)
	for _, row := range []struct {
		name string
		call func()
		want string
	}{
		{"MustAdd", func() { top.MustAdd(one) }, "total supply"},
		{"MustSub", func() { one.MustSub(vadium.NewAmount(2)) }, "what is taken was there"},
		{"Sum", func() { vadium.Sum(one, top) }, "total supply"},
		{"BpsDown", func() { top.BpsDown(vadium.BpsOne + 1) }, "below 2^128"},
		{"PpmUp", func() { top.PpmUp(vadium.PpmOne + 1) }, "below 2^128"},
	} {
		t.Run(row.name, func(t *testing.T) { wantPanic(t, row.want, row.call) })
	}
}

func wantPanic(t *testing.T, want string, call func()) {
	t.Helper()
	defer func() {
		t.Helper()
		message, _ := recover().(string)
		if !strings.HasPrefix(message, "invariant: ") || !strings.Contains(message, want) {
			t.Errorf("panic %q, want one that begins with invariant: and says %q", message, want)
		}
	}()
	call()
}

func TestSmallHelpersOnAmounts(t *testing.T) {
	one, two := vadium.NewAmount(1), vadium.NewAmount(2)
	for _, row := range []struct {
		name      string
		got, want vadium.Amount
	}{
		{"SubFloor covered", two.SubFloor(one), one},
		{"SubFloor exactly covered", two.SubFloor(two), vadium.Amount{}},
		{"SubFloor not covered", one.SubFloor(two), vadium.Amount{}},
		{"Min", vadium.Min(two, one), one},
		{"Min the other way", vadium.Min(one, two), one},
		{"Max", vadium.Max(one, two), two},
		{"Max the other way", vadium.Max(two, one), two},
		{"Sum of nothing", vadium.Sum(), vadium.Amount{}},
		{"Sum", vadium.Sum(one, two, two), vadium.NewAmount(5)},
		{"MustAdd", one.MustAdd(one), two},
		{"MustSub", two.MustSub(one), one},
	} {
		if row.got != row.want {
			t.Errorf("%s = %v, want %v", row.name, row.got, row.want)
		}
	}
}

// An amount is a value: what Uint256 hands out, and what AmountFromUint256 was given, can change without it.
func TestAmountSharesNoMemoryWithItsNumber(t *testing.T) {
	number := uint256.NewInt(7)
	a := vadium.AmountFromUint256(number)
	number.SetUint64(8)
	a.Uint256().SetUint64(9)
	if a != vadium.NewAmount(7) {
		t.Errorf("amount = %v after its numbers changed, want 7", a)
	}
}

func TestLargestTokenCountFits(t *testing.T) {
	want := new(big.Int).Mul(new(big.Int).SetUint64(math.MaxUint64), big.NewInt(1_000_000_000_000_000_000))
	if got := vadium.Tokens(math.MaxUint64); bigOf(got).Cmp(want) != 0 {
		t.Errorf("Tokens(2^64-1) = %v, want %v", got, want)
	}
}

// A list that ends before an optional amount leaves it at zero: that is how what was written before there was one is read.
func TestOptionalAmountsMayBeMissing(t *testing.T) {
	type row struct {
		Name   string
		Amount vadium.Amount `rlp:"optional"`
	}
	encoded, err := rlp.EncodeToBytes(row{Name: "older"})
	if err != nil {
		t.Fatal(err)
	}
	got := row{Amount: vadium.NewAmount(1)}
	if err := rlp.DecodeBytes(encoded, &got); err != nil || !got.Amount.IsZero() || got.Name != "older" {
		t.Errorf("%x reads as %+v, %v; want no amount", encoded, got, err)
	}
	var needed struct{ Name, Amount vadium.Amount }
	if err := rlp.DecodeBytes(encoded, &needed); err == nil {
		t.Errorf("%x reads as %+v although an amount that is not optional is missing", encoded, needed)
	}
}
