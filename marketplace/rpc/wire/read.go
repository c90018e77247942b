package wire

import (
	"encoding"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Read fills the struct that into points to from the message fields it has. Empty strings are zero values. The error
// names the field.
func Read(from proto.Message, into any) error {
	return readMessage(from.ProtoReflect(), reflect.ValueOf(into).Elem())
}

func readMessage(m protoreflect.Message, v reflect.Value) error {
	return fields(m, v, func(fd protoreflect.FieldDescriptor, v reflect.Value) error {
		switch {
		case fd.IsList():
			return readList(fd, m.Get(fd).List(), v)
		case fd.Message() != nil:
			return readMessage(m.Get(fd).Message(), v)
		}
		return readScalar(fd, m.Get(fd), v)
	})
}

func readList(fd protoreflect.FieldDescriptor, list protoreflect.List, v reflect.Value) error {
	if list.Len() == 0 {
		v.SetZero()
		return nil
	}
	v.Set(reflect.MakeSlice(v.Type(), list.Len(), list.Len()))
	for i := range list.Len() {
		var err error
		if fd.Message() != nil {
			err = readMessage(list.Get(i).Message(), v.Index(i))
		} else {
			err = readScalar(fd, list.Get(i), v.Index(i))
		}
		if err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	return nil
}

func readScalar(fd protoreflect.FieldDescriptor, value protoreflect.Value, v reflect.Value) error {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return readText(value.String(), v)
	case protoreflect.Int64Kind:
		if value.Int() < 0 {
			return fmt.Errorf("%d is negative", value.Int())
		}
		v.SetInt(value.Int())
	case protoreflect.Uint64Kind, protoreflect.Uint32Kind:
		if v.OverflowUint(value.Uint()) {
			return fmt.Errorf("%d does not fit %v", value.Uint(), v.Type())
		}
		v.SetUint(value.Uint())
	case protoreflect.BoolKind:
		v.SetBool(value.Bool())
	default:
		return fmt.Errorf("%v cannot be read from %v", v.Type(), fd.Kind())
	}
	return nil
}

// readText reads what textOf wrote.
func readText(text string, v reflect.Value) error {
	if text == "" {
		v.SetZero()
		return nil
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

// readName reads a name of a fixed set whose type writes its members but does not read them (phases, stages).
func readName(text string, v reflect.Value) error {
	candidate := reflect.New(v.Type()).Elem()
	for n := uint64(1); n <= math.MaxUint8; n++ {
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

// Hex writes bytes as 0x and hex digits.
func Hex(raw []byte) string { return "0x" + hex.EncodeToString(raw) }
