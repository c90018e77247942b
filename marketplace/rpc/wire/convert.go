package wire

import (
	"encoding"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vadium"
	"vadium/marketplace/signing"
)

// suffixes are the units that names on the wire end in.
var suffixes = map[reflect.Type]string{
	reflect.TypeFor[vadium.Time]():     "ms",
	reflect.TypeFor[vadium.Duration](): "ms",
	reflect.TypeFor[vadium.Bps]():      "bps",
}

// nameOnWire returns the words of a field's name, its unit last.
func nameOnWire(owner reflect.Type, f reflect.StructField) []string {
	words := signing.FieldName(owner, f)
	if unit, ok := suffixes[f.Type]; ok {
		words = append(words, unit)
	}
	return words
}

// place is where a field of a struct travels in a message.
type place struct {
	index int
	name  string
	fd    protoreflect.FieldDescriptor
}

// places are worked out once for each struct and message, because joining every field's name in every call was a tenth of
// what the market did for a request.
var places sync.Map // pair -> []place

type pair struct {
	of reflect.Type
	in protoreflect.MessageDescriptor
}

func placesOf(of reflect.Type, in protoreflect.MessageDescriptor) []place {
	if known, ok := places.Load(pair{of, in}); ok {
		return known.([]place)
	}
	var all []place
	for i := range of.NumField() {
		f := of.Field(i)
		if !f.IsExported() || !signing.Signed(f) {
			continue
		}
		name := strings.Join(nameOnWire(of, f), "_")
		fd := in.Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			panic(fmt.Sprintf("invariant: every field has its place on the wire, yet %s has no %s for %v.%s", in.FullName(), name, of, f.Name))
		}
		all = append(all, place{i, name, fd})
	}
	places.Store(pair{of, in}, all)
	return all
}

// fields calls do for every Go field that travels, with the message field of its name.
func fields(m protoreflect.Message, v reflect.Value, do func(protoreflect.FieldDescriptor, reflect.Value) error) error {
	for _, p := range placesOf(v.Type(), m.Descriptor()) {
		if err := do(p.fd, v.Field(p.index)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// Write fills the message fields that the struct has. Ids, digests, accounts and products that are zero are left empty.
func Write(into proto.Message, from any) { writeStruct(into, from, false) }

// WriteCommand is like [Write] but writes zeros out: what is signed is sent as it is.
func WriteCommand(into proto.Message, from any) { writeStruct(into, from, true) }

func writeStruct(into proto.Message, from any, zeros bool) {
	if err := writer(zeros).message(into.ProtoReflect(), reflect.Indirect(reflect.ValueOf(from))); err != nil {
		panic(fmt.Sprintf("invariant: what the core holds can be written, yet %T: %v", from, err))
	}
}

// writer says whether to write zeros out.
type writer bool

func (w writer) message(m protoreflect.Message, v reflect.Value) error {
	return fields(m, v, func(fd protoreflect.FieldDescriptor, v reflect.Value) error {
		switch {
		case fd.IsList():
			list := m.Mutable(fd).List()
			list.Truncate(0)
			for i := range v.Len() {
				if fd.Message() != nil {
					if err := w.message(list.AppendMutable().Message(), v.Index(i)); err != nil {
						return err
					}
					continue
				}
				item, err := w.scalar(fd, v.Index(i))
				if err != nil {
					return err
				}
				list.Append(item)
			}
			return nil
		case fd.Message() != nil:
			return w.message(m.Mutable(fd).Message(), v)
		}
		value, err := w.scalar(fd, v)
		if err == nil {
			m.Set(fd, value)
		}
		return err
	})
}

func (w writer) scalar(fd protoreflect.FieldDescriptor, v reflect.Value) (protoreflect.Value, error) {
	switch fd.Kind() {
	case protoreflect.StringKind:
		if !bool(w) && v.IsZero() && (v.Kind() == reflect.Array || v.Kind() == reflect.Struct && !isAmount(v)) {
			return protoreflect.ValueOfString(""), nil
		}
		text, err := textOf(v)
		return protoreflect.ValueOfString(text), err
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(v.Int()), nil
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(v.Uint()), nil
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(v.Uint())), nil
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(v.Bool()), nil
	default:
		return protoreflect.Value{}, fmt.Errorf("%v cannot be written as %v", v.Type(), fd.Kind())
	}
}

func isAmount(v reflect.Value) bool { return v.Type() == reflect.TypeFor[vadium.Amount]() }

// textOf returns a noun as it is written on the wire.
func textOf(v reflect.Value) (string, error) {
	if noun, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
		text, err := noun.MarshalText()
		return string(text), err
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return "0x" + hex.EncodeToString(v.Bytes()), nil
	case v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8:
		raw := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(raw), v)
		return "0x" + hex.EncodeToString(raw), nil
	}
	return "", fmt.Errorf("%v has no text form", v.Type())
}
