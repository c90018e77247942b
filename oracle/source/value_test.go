package source

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func units(t testing.TB, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return n
}

func TestValuesAreWrittenExactly(t *testing.T) {
	for _, c := range []struct {
		units    string
		decimals int
		want     string
	}{
		{"0", 8, "0"}, {"1", 8, "0.00000001"}, {"-1", 8, "-0.00000001"}, {"6359797253291", 8, "63597.97253291"},
		{"150000000", 8, "1.5"}, {"-150000000", 8, "-1.5"}, {"100", 0, "100"}, {"7", -3, "7000"}, {"-7", -1, "-70"},
		{"79228162514264337593543950335", 8, "792281625142643375935.43950335"}, {"79228162514264337593543950335", 0, "79228162514264337593543950335"},
	} {
		if got := (Value{units(t, c.units), c.decimals}).String(); got != c.want {
			t.Errorf("%s with %d decimals = %s, want %s", c.units, c.decimals, got, c.want)
		}
	}
}

// A feed's values are unsigned and of 96 bits: the largest survives, to the last unit.
func TestAmountKeeps96BitsAndRefusesWhatAFeedCannotHold(t *testing.T) {
	largest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 96), big.NewInt(1))
	for _, c := range []struct {
		value    Value
		decimals uint8
		want     string
	}{
		{Value{largest, 8}, 8, "79228162514264337593543950335"},
		{Value{new(big.Int).Add(largest, big.NewInt(1)), 8}, 8, ""},
		{Value{new(big.Int).Mul(largest, big.NewInt(10)), 9}, 8, "79228162514264337593543950335"},
		{Value{largest, 8}, 9, ""},
		{Value{big.NewInt(0), 8}, 8, "0"},
		{Value{big.NewInt(-1), 8}, 8, ""},
		{Value{big.NewInt(-4), 1}, 0, "0"}, // -0.4 is nearest to nothing
		{Value{big.NewInt(-5), 1}, 0, ""},
		{Value{big.NewInt(149), 2}, 0, "1"}, {Value{big.NewInt(150), 2}, 0, "2"}, {Value{big.NewInt(250), 2}, 0, "3"},
		{Value{big.NewInt(7), -3}, 2, "700000"},
		{Value{big.NewInt(1), 0}, 255, ""},
	} {
		got, err := c.value.Amount(c.decimals)
		if c.want == "" {
			if !errors.Is(err, ErrOutOfRange) {
				t.Errorf("%s with %d decimals = %s, %v, want %v", c.value, c.decimals, got, err, ErrOutOfRange)
			}
			continue
		}
		if err != nil || got.String() != c.want {
			t.Errorf("%s with %d decimals = %s, %v, want %s", c.value, c.decimals, got, err, c.want)
		}
	}
}

func TestDigitsAreReadExactly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"0", "0"}, {"-0.5", "-0.5"}, {"63597.972532907195", "63597.972532907195"}, {"1e3", "1000"}, {"1.25E+2", "125"},
		{"12.5e-3", "0.0125"}, {"1e-7", "0.0000001"}, {"0.10", "0.1"},
		{"79228162514264337593543950335", "79228162514264337593543950335"},
		{"-79228162514264337593543950335.12345678", "-79228162514264337593543950335.12345678"},
	} {
		got, err := parseDigits(c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%s is read as %s, %v, want %s", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{
		"", "-", ".", "1.", ".5", "01", "+1", "1e", "1e+", "--1", "1 ", " 1", "0x10", "1_000", "NaN", "Infinity", "1e1e1", "1.2.3", "½",
		"1e-1000", "1e9999", strings.Repeat("9", maxDigits+1),
	} {
		if got, err := parseDigits(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q is read as %s, %v, want %v", text, got, err, ErrMalformed)
		}
	}
}

// What JavaScript signs for a number. The values were computed with Node.js: Number(text).toFixed(8).
func TestNumbersAreReadAsTheirSignersHoldThem(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"63597.972532907195", "63597.97253291"}, {"3486.79", "3486.79"}, {"0", "0"}, {"1e-7", "0.0000001"}, {"4e-9", "0"}, {"1.45", "1.45"},
		{"0.000000015", "0.00000001"},                 // the nearest number is a little less
		{"0.000000035", "0.00000004"},                 // a little more
		{"0.001953125", "0.00195313"},                 // exactly 2^-9: a tie goes up, which strconv's 'f' does not do
		{"1.5e-8", "0.00000001"},                      // the same, written otherwise
		{"1234567890123.1", "1234567890123.10009766"}, // 53 bits are not enough for eight decimals
		{"792281625142643.37593543", "792281625142643.375"},
		{"999999999999999900000", "999999999999999868928"},
		{"9007199254740993", "9007199254740992"}, // a tie goes to the even one
		{"9007199254740995", "9007199254740996"},
		{"0.5", "0.5"}, {"1e-100", "0"},
	} {
		got, err := fromNumber(c.text, RedStoneDecimals)
		if err != nil || got.String() != c.want {
			t.Errorf("%s is read as %s, %v, want %s", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"-1", "-0.5", "1e21", "1000000000000000000000", "9e99"} {
		if got, err := fromNumber(text, RedStoneDecimals); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is read as %s, %v, want %v", text, got, err, ErrMalformed)
		}
	}
}

// The reference is the machine's own binary64 and its exact expansion.
func TestNumbersAreReadAsBinary64(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := math.Abs(rapid.Float64Range(0, 1e20).Draw(t, "number"))
		if rapid.Bool().Draw(t, "small") {
			number = math.Mod(number, 1e5)
		}
		text := strconv.FormatFloat(number, 'g', -1, 64)
		if extra := rapid.StringMatching(`[0-9]{0,6}`).Draw(t, "extra"); strings.Contains(text, ".") && !strings.Contains(text, "e") {
			text += extra // digits that no printer writes
		}
		parsed, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat)
		exact.SetFloat64(parsed)
		exact.Mul(exact, new(big.Rat).SetInt(pow10(RedStoneDecimals)))
		exact.Add(exact, big.NewRat(1, 2)) // and down: to nearest, halves up
		want := new(big.Int).Quo(exact.Num(), exact.Denom())
		got, err := fromNumber(text, RedStoneDecimals)
		if err != nil || got.Units.Cmp(want) != 0 {
			t.Fatalf("%s is read as %s, %v, want %s units", text, got.Units, err, want)
		}
	})
}

// A value that a gateway serves as a string was signed as it is written, to the decimals.
func TestStringsAreReadExactly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"792281625142643.37593543", "792281625142643.37593543"}, {"0.000000015", "0.00000002"}, {"1234567890123.1", "1234567890123.1"},
		{"-0.000000015", "-0.00000002"}, {"792281625142643375935.43950335", "792281625142643375935.43950335"},
	} {
		got, err := fromDigits(c.text, RedStoneDecimals)
		if err != nil || got.String() != c.want {
			t.Errorf("%s is read as %s, %v, want %s", c.text, got, err, c.want)
		}
	}
}

// As RedStone's consumers take it: of an even number, the mean of the two in the middle, rounded down.
func TestMedianOfSignersIsThatOfRedStonesConsumers(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   int64
	}{
		{[]int64{7}, 7}, {[]int64{1, 2}, 1}, {[]int64{1, 3}, 2}, {[]int64{1, 2, 9}, 2}, {[]int64{1, 4, 9, 10}, 6}, {[]int64{-4, -1}, -3}, {[]int64{1, 2, 3, 4, 5}, 3},
	} {
		var values []Value
		for _, v := range c.values {
			values = append(values, Value{big.NewInt(v), 8})
		}
		if got := median(values); got.Units.Int64() != c.want {
			t.Errorf("the median of %v = %s, want %d", c.values, got.Units, c.want)
		}
	}
}
