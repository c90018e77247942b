package source

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/holiman/uint256"

	"vadium"
	"vadium/oracle"
)

// Value is a number as its source signed it: Units × 10^-Decimals, of any sign. It is never negative zero, an infinity or
// nothing at all.
//
// RedStone's gateways serve values as JSON numbers, which their signers' JavaScript holds in 53 bits: what was signed is
// the digits' nearest such number, rounded to the feed's decimals. [fromNumber] does exactly that, with integers.
type Value struct {
	Units    *big.Int
	Decimals int
}

// ErrOutOfRange: a value is negative, or has more bits than circuits carry.
var ErrOutOfRange = errors.New("the value is not within what a feed can hold")

// maxDecimals bounds decimals, so that no exponent makes a number that fills the memory.
const maxDecimals = 64

// maxDigits bounds how long the digits of a number are.
const maxDigits = 128

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// String writes the value in decimal, without zeros at the end.
func (v Value) String() string {
	if v.Decimals <= 0 {
		return new(big.Int).Mul(v.Units, pow10(-v.Decimals)).String()
	}
	whole, part := new(big.Int).QuoRem(new(big.Int).Abs(v.Units), pow10(v.Decimals), new(big.Int))
	text := whole.String()
	if part.Sign() != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%0*s", v.Decimals, part), "0")
	}
	if v.Units.Sign() < 0 {
		text = "-" + text
	}
	return text
}

// Cmp compares two values, whatever their decimals.
func (v Value) Cmp(w Value) int {
	most := max(v.Decimals, w.Decimals)
	return v.rescaled(most).Cmp(w.rescaled(most))
}

// rescaled returns the value's units with other decimals, rounded to nearest, halves away from zero.
func (v Value) rescaled(decimals int) *big.Int {
	if decimals >= v.Decimals {
		return new(big.Int).Mul(v.Units, pow10(decimals-v.Decimals))
	}
	units := divideRounding(new(big.Int).Abs(v.Units), pow10(v.Decimals-decimals))
	if v.Units.Sign() < 0 {
		units.Neg(units)
	}
	return units
}

// divideRounding returns numerator/denominator to nearest, halves up. Neither is negative.
func divideRounding(numerator, denominator *big.Int) *big.Int {
	twice := new(big.Int).Lsh(numerator, 1)
	twice.Add(twice, denominator)
	return twice.Quo(twice, new(big.Int).Lsh(denominator, 1))
}

// Amount returns the value with a feed's decimals, rounded to nearest: feeds' values are not negative and have at most
// [oracle.MaxValueBits] bits.
func (v Value) Amount(decimals uint8) (vadium.Amount, error) {
	if decimals > maxDecimals {
		return vadium.Amount{}, fmt.Errorf("%d decimals: %w", decimals, ErrOutOfRange)
	}
	units := v.rescaled(int(decimals))
	if units.Sign() < 0 || units.BitLen() > oracle.MaxValueBits {
		return vadium.Amount{}, fmt.Errorf("%s: %w", v, ErrOutOfRange)
	}
	raw, _ := uint256.FromBig(units) // 96 bits
	return vadium.AmountFromUint256(raw), nil
}

// fromDigits reads a decimal number exactly, such as "-12.5e-3", and rounds it to the decimals, halves away from zero:
// what RedStone's signers sign for a value that is a string.
func fromDigits(text string, decimals int) (Value, error) {
	exact, err := parseDigits(text)
	if err != nil {
		return Value{}, err
	}
	return Value{exact.rescaled(decimals), decimals}, nil
}

// parseDigits reads a number as JSON writes it (RFC 8259, section 6).
func parseDigits(text string) (Value, error) {
	malformed := func() (Value, error) {
		if len(text) > maxDigits {
			text = text[:maxDigits] + "..."
		}
		return Value{}, fmt.Errorf("%q is no decimal number: %w", text, ErrMalformed)
	}
	if len(text) > maxDigits {
		return malformed()
	}
	rest, negative := strings.CutPrefix(text, "-")
	mantissa, exponent := rest, 0
	if at := strings.IndexAny(rest, "eE"); at >= 0 {
		mantissa = rest[:at]
		power := rest[at+1:]
		sign := 1
		if trimmed, ok := strings.CutPrefix(power, "+"); ok {
			power = trimmed
		} else if trimmed, ok := strings.CutPrefix(power, "-"); ok {
			power, sign = trimmed, -1
		}
		if !digits(power) || len(power) > 3 {
			return malformed()
		}
		for _, d := range power {
			exponent = 10*exponent + int(d-'0')
		}
		exponent *= sign
	}
	whole, part, pointed := strings.Cut(mantissa, ".")
	if !digits(whole) || (len(whole) > 1 && whole[0] == '0') || (pointed && !digits(part)) {
		return malformed()
	}
	units, _ := new(big.Int).SetString(whole+part, 10)
	if negative {
		units.Neg(units)
	}
	v := Value{units, len(part) - exponent}
	switch {
	case v.Decimals < 0: // an integer with zeros at its end
		return Value{units.Mul(units, pow10(-v.Decimals)), 0}, nil
	case v.Decimals > 3*maxDigits: // far below anything that is signed
		return malformed()
	}
	return v, nil
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// mantissaBits is how many bits of a number JavaScript keeps (IEEE 754, binary64).
const mantissaBits = 53

// fromNumber reads a JSON number as JavaScript's Number(text).toFixed(decimals) does: the nearest number of 53 bits, ties
// to even (ECMA-262, 7.1.4.1.1), then to the decimals, ties up (21.1.3.3).
func fromNumber(text string, decimals int) (Value, error) {
	exact, err := parseDigits(text)
	if err != nil {
		return Value{}, err
	}
	if exact.Units.Sign() < 0 {
		return Value{}, fmt.Errorf("%s: no negative number is signed: %w", text, ErrMalformed)
	}
	if exact.Cmp(Value{pow10(21), 0}) >= 0 { // toFixed writes no digits from there on
		return Value{}, fmt.Errorf("%s: a number of 10^21 or more has no exact digits: %w", text, ErrMalformed)
	}
	mantissa, shift := nearest(exact.Units, pow10(exact.Decimals))
	// mantissa × 2^-shift × 10^decimals
	scaled := mantissa.Mul(mantissa, pow10(decimals))
	if shift <= 0 {
		return Value{scaled.Lsh(scaled, uint(-shift)), decimals}, nil
	}
	return Value{divideRounding(scaled, new(big.Int).Lsh(big.NewInt(1), uint(shift))), decimals}, nil
}

// nearest returns the number m×2^-shift of 53 bits that is nearest to numerator/denominator, ties to even. Numbers so
// small that JavaScript has fewer bits for them are zero in any decimals here.
func nearest(numerator, denominator *big.Int) (m *big.Int, shift int) {
	if numerator.Sign() == 0 {
		return new(big.Int), 0
	}
	// The quotient is between 2^(k-1) and 2^(k+1), so shifted by this it has 53 or 54 bits.
	shift = mantissaBits - (numerator.BitLen() - denominator.BitLen())
	quotient, rest, over := shifted(numerator, denominator, shift)
	if quotient.BitLen() > mantissaBits {
		shift--
		quotient, rest, over = shifted(numerator, denominator, shift)
	}
	switch c := rest.Lsh(rest, 1).Cmp(over); {
	case c > 0, c == 0 && quotient.Bit(0) == 1:
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient, shift
}

// shifted divides numerator×2^shift by denominator; over is what the rest is of.
func shifted(numerator, denominator *big.Int, shift int) (quotient, rest, over *big.Int) {
	n, d := numerator, denominator
	if shift >= 0 {
		n = new(big.Int).Lsh(numerator, uint(shift))
	} else {
		d = new(big.Int).Lsh(denominator, uint(-shift))
	}
	quotient, rest = new(big.Int).QuoRem(n, d, new(big.Int))
	return quotient, rest, d
}

// median returns the middle of values with the same decimals; of an even number, the mean of the two in the middle, rounded down, as
// RedStone's consumers take it (NumericArrayLib.pickMedian). sorted are in order and not empty.
func median(sorted []Value) Value {
	middle := sorted[len(sorted)/2]
	if len(sorted)%2 == 1 {
		return middle
	}
	sum := new(big.Int).Add(sorted[len(sorted)/2-1].Units, middle.Units)
	return Value{sum.Rsh(sum, 1), middle.Decimals} // Rsh rounds down, also below zero
}
