package wire

import (
	"encoding"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"strings"

	"google.golang.org/protobuf/proto"
)

// Read fills the struct that into points to from the message fields it has. Empty strings are zero values. The error
// names the field.
func Read(from proto.Message, into any) error {
	return fields(structOf(from), reflect.ValueOf(into).Elem(), readField)
}

func readField(m, v reflect.Value) error {
	switch {
	case m.Kind() == reflect.Slice:
		return readList(m, v)
	case message(m.Type()):
		if v.Kind() == reflect.Pointer { // what may be absent
			if m.IsNil() {
				v.SetZero()
				return nil
			}
			v.Set(reflect.New(v.Type().Elem()))
			v = v.Elem()
		}
		if m.IsNil() {
			v.SetZero()
			return nil
		}
		return fields(m.Elem(), v, readField)
	}
	return readScalar(m, v)
}

func readList(m, v reflect.Value) error {
	n := m.Len()
	if n == 0 {
		v.SetZero()
		return nil
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		if err := readField(m.Index(i), v.Index(i)); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	return nil
}

func readScalar(m, v reflect.Value) error {
	switch m.Kind() {
	case reflect.String:
		return readText(m.String(), v)
	case reflect.Int64:
		if m.Int() < 0 {
			return fmt.Errorf("%d is negative", m.Int())
		}
		v.SetInt(m.Int())
	case reflect.Uint64, reflect.Uint32:
		if v.OverflowUint(m.Uint()) {
			return fmt.Errorf("%d does not fit %v", m.Uint(), v.Type())
		}
		v.SetUint(m.Uint())
	case reflect.Bool:
		v.SetBool(m.Bool())
	default:
		return fmt.Errorf("%v cannot be read from %v", v.Type(), m.Kind())
	}
	return nil
}

// readText reads what textOf wrote.
func readText(text string, v reflect.Value) error {
	if text == "" {
		v.SetZero()
		return nil
	}
	if v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8 && unhex(v.Bytes(), text) {
		return nil // as these nouns read themselves, without the copies; what is no hex they refuse in their own words
	}
	if noun, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		return noun.UnmarshalText([]byte(text))
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Uint8:
		return readName(text, v)
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	switch {
	case err != nil:
		return fmt.Errorf("%q is not 0x and hex digits", text)
	case v.Kind() == reflect.Slice:
		v.SetBytes(raw)
		return nil
	case v.Kind() == reflect.Array && len(raw) == v.Len():
		reflect.Copy(v, reflect.ValueOf(raw))
		return nil
	}
	return fmt.Errorf("%q has %d bytes, want %d", text, len(raw), v.Len())
}

// readName reads a name of a fixed set whose type writes its members but does not read them (phases, stages, states).
func readName(text string, v reflect.Value) error {
	candidate := reflect.New(v.Type()).Elem()
	for n := uint64(0); n <= math.MaxUint8; n++ {
		candidate.SetUint(n)
		if name, err := textOf(candidate); err == nil && name == text {
			v.Set(candidate)
			return nil
		}
	}
	return fmt.Errorf("%q is unknown", text)
}

// ReadBytes reads 0x and hex digits.
func ReadBytes(text string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		return nil, fmt.Errorf("%q is not 0x and hex digits", text)
	}
	return raw, nil
}

// unhex fills bytes from 0x and as many hex digits as it takes, or reports false and leaves anything in them.
func unhex(into []byte, text string) bool {
	if len(text) != 2+2*len(into) || text[:2] != "0x" {
		return false
	}
	for i := range into {
		high, low := nibbles[text[2+2*i]], nibbles[text[3+2*i]]
		if high|low > 0xf {
			return false
		}
		into[i] = high<<4 | low
	}
	return true
}

// nibbles are the values of hex digits; 0xff: it is none.
var nibbles = func() (values [256]byte) {
	for i := range values {
		values[i] = 0xff
	}
	for i, digit := range "0123456789abcdef" {
		values[digit] = byte(i)
	}
	for i, digit := range "ABCDEF" {
		values[digit] = byte(10 + i)
	}
	return values
}()

// Hex writes bytes as 0x and hex digits.
func Hex(raw []byte) string {
	const shortEnough = 65 // what is signed and named is no longer, and gets by without a copy
	if len(raw) > shortEnough {
		return "0x" + hex.EncodeToString(raw)
	}
	var text [2 + 2*shortEnough]byte
	copy(text[:], "0x")
	return string(text[:2+hex.Encode(text[2:], raw)])
}
