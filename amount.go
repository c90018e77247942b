package vadium

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
)

// Decimals is the number of decimal places of a token: one token is 10^18 base units.
const Decimals = 18

// Amount is money or shares in base units. The zero value is nothing. It is wrapped in a struct so that `+` does not
// compile: overflow and underflow are results, never surprises.
type Amount struct{ raw uint256.Int }

var oneToken = *uint256.NewInt(1_000_000_000_000_000_000)

// NewAmount returns units base units.
func NewAmount(units uint64) Amount { return Amount{*uint256.NewInt(units)} }

// Tokens returns n whole tokens. It cannot overflow: 2^64 tokens need 124 bits.
func Tokens(n uint64) Amount {
	var a Amount
	a.raw.Mul(uint256.NewInt(n), &oneToken)
	return a
}

// AmountFromUint256 returns the amount of v base units.
func AmountFromUint256(v *uint256.Int) Amount { return Amount{*v} }

// AmountFromBytes reads a big-endian amount of at most 32 bytes.
func AmountFromBytes(b []byte) (Amount, error) {
	if len(b) > 32 {
		return Amount{}, fmt.Errorf("an amount has at most 32 bytes, this has %d", len(b))
	}
	var a Amount
	a.raw.SetBytes(b)
	return a, nil
}

// ParseAmount reads a decimal number of base units, such as "1500000000000000000".
func ParseAmount(s string) (Amount, error) {
	if s == "" || strings.TrimLeft(s, "0123456789") != "" {
		return Amount{}, fmt.Errorf("amount %q is not a whole number of base units (digits only)", s)
	}
	var a Amount
	if err := a.raw.SetFromDecimal(s); err != nil {
		return Amount{}, fmt.Errorf("amount %q does not fit 256 bits", s)
	}
	return a, nil
}

// ParseTokens reads a decimal number of tokens, such as "12.5", exactly: more than 18 decimal places are refused
// rather than rounded.
func ParseTokens(s string) (Amount, error) {
	whole, frac, hasPoint := strings.Cut(s, ".")
	if whole == "" || (hasPoint && frac == "") || strings.TrimLeft(whole+frac, "0123456789") != "" {
		return Amount{}, fmt.Errorf("amount %q is not a number of tokens (write it like 12.5)", s)
	}
	if len(frac) > Decimals {
		return Amount{}, fmt.Errorf("amount %q has %d decimal places, a token has %d", s, len(frac), Decimals)
	}
	return ParseAmount(whole + frac + strings.Repeat("0", Decimals-len(frac)))
}

// Add returns a+b and whether it fits.
func (a Amount) Add(b Amount) (Amount, bool) {
	_, overflow := a.raw.AddOverflow(&a.raw, &b.raw)
	return a, !overflow
}

// Sub returns a-b and whether a covers b; when it does not, the first result is meaningless.
func (a Amount) Sub(b Amount) (Amount, bool) {
	_, underflow := a.raw.SubOverflow(&a.raw, &b.raw)
	return a, !underflow
}

// MustAdd returns a+b. It panics on overflow: call it where an invariant (total supply below 2^128) rules that out.
func (a Amount) MustAdd(b Amount) (sum Amount) {
	if _, overflow := sum.raw.AddOverflow(&a.raw, &b.raw); overflow {
		panic(fmt.Sprintf("invariant: total supply fits 256 bits, yet %v + %v overflows", a, b))
	}
	return sum
}

// MustSub returns a-b. It panics when b exceeds a: call it where a check has already ruled that out.
func (a Amount) MustSub(b Amount) (rest Amount) {
	if _, underflow := rest.raw.SubOverflow(&a.raw, &b.raw); underflow {
		panic(fmt.Sprintf("invariant: what is taken was there, yet %v - %v is negative", a, b))
	}
	return rest
}

// SubFloor returns a-b, or zero when b exceeds a.
func (a Amount) SubFloor(b Amount) Amount {
	rest, ok := a.Sub(b)
	if !ok {
		return Amount{}
	}
	return rest
}

// Mul returns a*b, exactly, and whether it fits.
func (a Amount) Mul(b Amount) (Amount, bool) {
	_, overflow := a.raw.MulOverflow(&a.raw, &b.raw)
	return a, !overflow
}

// MulDivDown returns floor(a*mul/div) over a 512-bit product, and whether it fits and div is not zero.
// Rounding down favours whoever keeps the remainder.
func (a Amount) MulDivDown(mul, div Amount) (Amount, bool) {
	if div.raw.IsZero() {
		return Amount{}, false
	}
	var q Amount
	_, overflow := q.raw.MulDivOverflow(&a.raw, &mul.raw, &div.raw)
	return q, !overflow
}

// MulDivUp returns ceil(a*mul/div) over a 512-bit product, and whether it fits and div is not zero.
// Rounding up favours whoever receives the result.
func (a Amount) MulDivUp(mul, div Amount) (Amount, bool) {
	q, ok := a.MulDivDown(mul, div)
	if !ok {
		return Amount{}, false
	}
	// The remainder is below div, so it is the same modulo 2^256 as in full.
	var product, whole uint256.Int
	if product.Mul(&a.raw, &mul.raw).Eq(whole.Mul(&q.raw, &div.raw)) {
		return q, true
	}
	return q.Add(NewAmount(1))
}

func (a Amount) fraction(numerator, denominator uint64, up bool) Amount {
	mulDiv := Amount.MulDivDown
	if up {
		mulDiv = Amount.MulDivUp
	}
	q, ok := mulDiv(a, NewAmount(numerator), NewAmount(denominator))
	if !ok {
		panic(fmt.Sprintf("invariant: amounts stay below 2^128, yet %v * %d / %d overflows", a, numerator, denominator))
	}
	return q
}

// BpsDown returns floor(a*b/10^4).
func (a Amount) BpsDown(b Bps) Amount { return a.fraction(uint64(b), uint64(BpsOne), false) }

// BpsUp returns ceil(a*b/10^4).
func (a Amount) BpsUp(b Bps) Amount { return a.fraction(uint64(b), uint64(BpsOne), true) }

// PpmDown returns floor(a*p/10^6).
func (a Amount) PpmDown(p Ppm) Amount { return a.fraction(uint64(p), uint64(PpmOne), false) }

// PpmUp returns ceil(a*p/10^6).
func (a Amount) PpmUp(p Ppm) Amount { return a.fraction(uint64(p), uint64(PpmOne), true) }

// Cmp returns -1, 0 or 1 as a is below, equal to or above b.
func (a Amount) Cmp(b Amount) int { return a.raw.Cmp(&b.raw) }

// Less reports whether a < b.
func (a Amount) Less(b Amount) bool { return a.raw.Lt(&b.raw) }

// IsZero reports whether a is nothing.
func (a Amount) IsZero() bool { return a.raw.IsZero() }

// BitLen returns the number of bits a needs.
func (a Amount) BitLen() int { return a.raw.BitLen() }

// Uint256 returns a copy of the number of base units.
func (a Amount) Uint256() *uint256.Int { return a.raw.Clone() }

// AmountFromBytes32 reads what [Amount.Bytes32] wrote.
func AmountFromBytes32(units [32]byte) Amount {
	var a Amount
	a.raw.SetBytes32(units[:])
	return a
}

// Bytes32 returns the number of base units as 32 big-endian bytes.
func (a Amount) Bytes32() [32]byte { return a.raw.Bytes32() }

// Min returns the smaller of a and b.
func Min(a, b Amount) Amount {
	if b.Less(a) {
		return b
	}
	return a
}

// Max returns the larger of a and b.
func Max(a, b Amount) Amount {
	if a.Less(b) {
		return b
	}
	return a
}

// Sum adds amounts up; it panics on overflow like [Amount.MustAdd]. It adds in place: copying a sum that was just written
// costs several times as much as the addition.
func Sum(amounts ...Amount) (total Amount) {
	for i := range amounts {
		if _, overflow := total.raw.AddOverflow(&total.raw, &amounts[i].raw); overflow {
			panic("invariant: total supply fits 256 bits, yet a sum overflows")
		}
	}
	return total
}

// String returns the number of base units in decimal; [ParseAmount] reads it back.
func (a Amount) String() string { return a.raw.Dec() }

// Tokens returns the amount in tokens, exactly and without trailing zeros, such as "12.5"; [ParseTokens] reads it back.
func (a Amount) Tokens() string {
	digits := a.raw.Dec()
	if pad := Decimals + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, frac := digits[:len(digits)-Decimals], strings.TrimRight(digits[len(digits)-Decimals:], "0")
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// MarshalText writes base units in decimal, so that no JSON reader can squeeze an amount through a float.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what [Amount.MarshalText] wrote.
func (a *Amount) UnmarshalText(text []byte) error {
	parsed, err := ParseAmount(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// EncodeRLP writes the canonical encoding used by the journal and the state digest.
func (a Amount) EncodeRLP(w io.Writer) error { return rlp.Encode(w, &a.raw) }

var errAmountRLP = errors.New("not a canonical amount")

// DecodeRLP reads what [Amount.EncodeRLP] wrote.
func (a *Amount) DecodeRLP(s *rlp.Stream) error {
	switch err := s.ReadUint256(&a.raw); {
	case errors.Is(err, rlp.EOL):
		return rlp.EOL // as it is, so that a list may end before an optional amount
	case err != nil:
		return fmt.Errorf("%w: %v", errAmountRLP, err)
	}
	return nil
}
