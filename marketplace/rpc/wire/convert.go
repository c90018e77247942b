package wire

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// suffixes are the units that names on the wire end in.
var suffixes = map[reflect.Type]string{
	reflect.TypeFor[vadium.Time]():     "ms",
	reflect.TypeFor[vadium.Duration](): "ms",
	reflect.TypeFor[vadium.Bps]():      "bps",
	reflect.TypeFor[vadium.Ppm]():      "ppm",
}

// nameOnWire returns the words of a field's name, its unit last.
func nameOnWire(owner reflect.Type, f reflect.StructField) []string {
	words := signing.FieldName(owner, f)
	if unit, ok := suffixes[f.Type]; ok {
		words = append(words, unit)
	}
	return words
}

// place is where a field of a struct travels in a message. Messages are the structs that protoc-gen-go makes, and are read
// and written as such: by protobuf's own reflection, which any message has, it took three times as long.
type place struct {
	index int    // of the field in the struct
	name  string // on the wire
	in    int    // index of the field in the message
}

// places are worked out once for each struct and message, because joining every field's name in every call was a tenth of
// what the market did for a request.
var places sync.Map // pair -> []place

type pair struct{ of, in reflect.Type }

func placesOf(of, in reflect.Type) []place {
	if known, ok := places.Load(pair{of, in}); ok {
		return known.([]place)
	}
	fields := map[string]int{}
	for i := range in.NumField() {
		fields[ProtoName(in.Field(i))] = i
	}
	var all []place
	for i := range of.NumField() {
		f := of.Field(i)
		if !f.IsExported() || !signing.Signed(f) {
			continue
		}
		name := strings.Join(nameOnWire(of, f), "_")
		at, known := fields[name]
		if !known {
			panic(fmt.Sprintf("invariant: every field has its place on the wire, yet %v has no %s for %v.%s", in, name, of, f.Name))
		}
		all = append(all, place{i, name, at})
	}
	places.Store(pair{of, in}, all)
	return all
}

// ProtoName returns the name in the proto of a field of a message's struct, or nothing for what is none.
func ProtoName(f reflect.StructField) string {
	for part := range strings.SplitSeq(f.Tag.Get("protobuf"), ",") {
		if name, ok := strings.CutPrefix(part, "name="); ok {
			return name
		}
	}
	return ""
}

// structOf returns the struct of a message; an empty one for nil.
func structOf(m proto.Message) reflect.Value {
	v := reflect.ValueOf(m)
	if v.IsNil() {
		return reflect.Zero(v.Type().Elem())
	}
	return v.Elem()
}

// fields calls do for every Go field that travels, with the message's field of its name.
func fields(m, v reflect.Value, do func(m, v reflect.Value) error) error {
	for _, p := range placesOf(v.Type(), m.Type()) {
		if err := do(m.Field(p.in), v.Field(p.index)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// message reports whether a message's field holds a message.
func message(field reflect.Type) bool { return field.Kind() == reflect.Pointer }

// Write fills the message fields that the struct has. Ids, digests, accounts and products that are zero are left empty.
func Write(into proto.Message, from any) { writeStruct(into, from, false) }

// WriteCommand is like [Write] but writes zeros out: what is signed is sent as it is. Only a part that is zero altogether is
// left out.
func WriteCommand(into proto.Message, from any) { writeStruct(into, from, true) }

// WriteSubmission is [WriteCommand] for a request: with it goes the market's signature of its quote, which is not signed again.
func WriteSubmission(into *v1.SubmitRequestRequest, from *marketplace.SubmitRequest) {
	WriteCommand(into, from)
	if len(from.QuoteSignature) > 0 {
		into.QuoteSignature = Hex(from.QuoteSignature)
	}
}

func writeStruct(into proto.Message, from any, zeros bool) {
	v := reflect.ValueOf(from)
	if v.Kind() != reflect.Pointer { // fields are written without being copied, which takes something to point at
		v = reflect.New(v.Type())
		v.Elem().Set(reflect.ValueOf(from))
	}
	if err := writer(zeros).message(structOf(into), v.Elem()); err != nil {
		panic(fmt.Sprintf("invariant: what the core holds can be written, yet %T: %v", from, err))
	}
}

// writer says whether to write zeros out.
type writer bool

func (w writer) message(m, v reflect.Value) error {
	return fields(m, v, w.field)
}

func (w writer) field(m, v reflect.Value) error {
	switch {
	case m.Kind() == reflect.Slice:
		return w.list(m, v)
	case message(m.Type()):
		if v.Kind() == reflect.Pointer { // what may be absent
			if v.IsNil() {
				m.SetZero()
				return nil
			}
			v = v.Elem()
		}
		if bool(w) && v.IsZero() { // a part of a command that says nothing: it is read as it was signed
			m.SetZero()
			return nil
		}
		if m.IsNil() {
			m.Set(reflect.New(m.Type().Elem()))
		}
		return w.message(m.Elem(), v)
	}
	return w.scalar(m, v)
}

func (w writer) list(m, v reflect.Value) error {
	n := v.Len()
	if n == 0 {
		m.SetZero()
		return nil
	}
	list := reflect.MakeSlice(m.Type(), n, n)
	for i := range n {
		if err := w.field(list.Index(i), v.Index(i)); err != nil {
			return err
		}
	}
	m.Set(list)
	return nil
}

func (w writer) scalar(m, v reflect.Value) error {
	switch m.Kind() {
	case reflect.String:
		if !bool(w) && v.IsZero() && (v.Kind() == reflect.Array || v.Kind() == reflect.Struct && !isAmount(v)) {
			m.SetString("")
			return nil
		}
		text, err := textOf(v)
		m.SetString(text)
		return err
	case reflect.Int64:
		m.SetInt(v.Int())
	case reflect.Uint64, reflect.Uint32:
		m.SetUint(v.Uint())
	case reflect.Bool:
		m.SetBool(v.Bool())
	default:
		return fmt.Errorf("%v cannot be written as %v", v.Type(), m.Kind())
	}
	return nil
}

var amountType = reflect.TypeFor[vadium.Amount]()

func isAmount(v reflect.Value) bool { return v.Type() == amountType }

// textOf returns a noun as it is written on the wire.
func textOf(v reflect.Value) (string, error) {
	if v.CanAddr() && (v.Kind() == reflect.Array || v.Kind() == reflect.Slice) && v.Type().Elem().Kind() == reflect.Uint8 {
		return Hex(v.Bytes()), nil // as these nouns write themselves, without the copies
	}
	if amount, ok := reflect.TypeAssert[vadium.Amount](v); ok {
		return amount.String(), nil
	}
	if noun, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
		text, err := noun.MarshalText()
		return string(text), err
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return Hex(v.Bytes()), nil
	case v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8:
		raw := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(raw), v)
		return Hex(raw), nil
	}
	return "", fmt.Errorf("%v has no text form", v.Type())
}
