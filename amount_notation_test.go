package vadium_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"pgregory.net/rapid"

	"vadium"
)

func TestAmountsSurviveEveryNotation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		if got, err := vadium.ParseAmount(a.String()); err != nil || got != a {
			t.Fatalf("ParseAmount(%q) = %v, %v, want %v", a.String(), got, err, a)
		}
		if got, err := vadium.ParseTokens(a.Tokens()); err != nil || got != a {
			t.Fatalf("ParseTokens(%q) = %v, %v, want %v", a.Tokens(), got, err, a)
		}
		bytes32 := a.Bytes32()
		if got, err := vadium.AmountFromBytes(bytes32[:]); err != nil || got != a {
			t.Fatalf("AmountFromBytes(%x) = %v, %v, want %v", bytes32, got, err, a)
		}
		text, err := json.Marshal(a)
		if err != nil || string(text) != `"`+a.String()+`"` {
			t.Fatalf("json of %v = %s, %v, want its base units in quotes", a, text, err)
		}
		var fromJSON vadium.Amount
		if err := json.Unmarshal(text, &fromJSON); err != nil || fromJSON != a {
			t.Fatalf("json %s reads as %v, %v, want %v", text, fromJSON, err, a)
		}
		encoded, err := rlp.EncodeToBytes(a)
		if err != nil {
			t.Fatalf("encode %v: %v", a, err)
		}
		var decoded vadium.Amount
		if err := rlp.DecodeBytes(encoded, &decoded); err != nil || decoded != a {
			t.Fatalf("rlp %x reads as %v, %v, want %v", encoded, decoded, err, a)
		}
	})
}

func TestTokensAreWrittenExactlyAndWithoutTrailingZeros(t *testing.T) {
	for _, row := range []struct{ units, want string }{
		{"0", "0"},
		{"1", "0.000000000000000001"},
		{"10", "0.00000000000000001"},
		{"999999999999999999", "0.999999999999999999"},
		{"1000000000000000000", "1"},
		{"1000000000000000001", "1.000000000000000001"},
		{"12500000000000000000", "12.5"},
		{"100000000000000000000", "100"},
	} {
		a, err := vadium.ParseAmount(row.units)
		if err != nil {
			t.Fatalf("ParseAmount(%q) = %v, want no error", row.units, err)
		}
		if got := a.Tokens(); got != row.want {
			t.Errorf("%s base units are %q tokens, want %q", row.units, got, row.want)
		}
	}
}

func TestAmountsThatAreNotWrittenInDigitsAreRefused(t *testing.T) {
	top := maxAmount(t)
	if got, err := vadium.ParseAmount(top.String()); err != nil || got != top {
		t.Errorf("ParseAmount(2^256-1) = %v, %v, want no error", got, err)
	}
	for _, s := range []string{"", " ", "-1", "+1", "1.0", "1e3", "0x10", "1_000", " 1", "1 ", "١", limit.String()} {
		if got, err := vadium.ParseAmount(s); err == nil {
			t.Errorf("ParseAmount(%q) = %v, want an error", s, got)
		}
	}
	for _, s := range []string{"", ".", ".5", "5.", "1.2.3", "-1", "1e3", "1.0000000000000000001", limit.String()} {
		if got, err := vadium.ParseTokens(s); err == nil {
			t.Errorf("ParseTokens(%q) = %v, want an error", s, got)
		}
	}
	if got, err := vadium.AmountFromBytes(make([]byte, 33)); err == nil {
		t.Errorf("AmountFromBytes of 33 bytes = %v, want an error", got)
	}
}

func TestARefusedAmountLeavesTheOldOne(t *testing.T) {
	a := vadium.NewAmount(7)
	if err := a.UnmarshalText([]byte("seven")); err == nil || a != vadium.NewAmount(7) {
		t.Errorf("UnmarshalText(seven) = %v and left %v, want an error and 7", err, a)
	}
}

// These bytes are in journals. They may not change.
func TestAmountEncodingIsGolden(t *testing.T) {
	for _, row := range []struct{ units, want string }{
		{"0", "80"},
		{"1", "01"},
		{"127", "7f"},
		{"128", "8180"},
		{"1000000000000000000", "880de0b6b3a7640000"},
		{new(big.Int).Sub(limit, big.NewInt(1)).String(), "a0" + strings.Repeat("ff", 32)},
	} {
		a, err := vadium.ParseAmount(row.units)
		if err != nil {
			t.Fatalf("ParseAmount(%q) = %v, want no error", row.units, err)
		}
		encoded, err := rlp.EncodeToBytes(a)
		if err != nil || hex.EncodeToString(encoded) != row.want {
			t.Errorf("rlp of %s = %x, %v, want %s", row.units, encoded, err, row.want)
		}
	}
}

// Two encodings of one amount would give one state two digests.
func TestAmountEncodingsThatAreNotCanonicalAreRefused(t *testing.T) {
	for _, row := range []struct{ why, encoded string }{
		{"zero as a byte", "00"},
		{"a small number with a length", "8101"},
		{"a leading zero", "820001"},
		{"a long length for a short number", "b80101"},
		{"33 bytes", "a101" + strings.Repeat("00", 32)},
		{"a list", "c101"},
		{"nothing", ""},
		{"cut short", "8201"},
		{"something after it", "0101"},
	} {
		raw, err := hex.DecodeString(row.encoded)
		if err != nil {
			t.Fatalf("row %s: %v", row.why, err)
		}
		var a vadium.Amount
		if err := rlp.DecodeBytes(raw, &a); err == nil {
			t.Errorf("%s (%s) reads as %v, want an error", row.why, row.encoded, a)
		}
	}
}

// FuzzAmountRLP: whatever reads, writes back as the same bytes.
func FuzzAmountRLP(f *testing.F) {
	for _, seed := range []string{"80", "01", "8180", "8101", "820001", "c0"} {
		raw, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatalf("seed %s: %v", seed, err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var a vadium.Amount
		if rlp.DecodeBytes(encoded, &a) != nil {
			return
		}
		again, err := rlp.EncodeToBytes(a)
		if err != nil || !bytes.Equal(again, encoded) {
			t.Errorf("%x reads as %v, which writes as %x, %v", encoded, a, again, err)
		}
	})
}

// FuzzParseTokens: whatever parses is written back as the same number.
func FuzzParseTokens(f *testing.F) {
	for _, seed := range []string{"0", "12.5", "0.000000000000000001", "007", "1.", ".1", "1e3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := vadium.ParseTokens(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("ParseTokens(%q) = %v, want an error: no number is written like that", s, a)
		}
		want.Mul(want, new(big.Rat).SetInt64(1_000_000_000_000_000_000))
		if !want.IsInt() || want.Num().Cmp(bigOf(a)) != 0 {
			t.Errorf("ParseTokens(%q) = %v base units, want %v", s, a, want)
		}
		if again, err := vadium.ParseTokens(a.Tokens()); err != nil || again != a {
			t.Errorf("%q reads as %v, written %q, which reads as %v, %v", s, a, a.Tokens(), again, err)
		}
	})
}
