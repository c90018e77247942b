package wire

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/rlp"
	"google.golang.org/protobuf/types/known/structpb"

	"vadium"
	"vadium/marketplace"
	marketplacev1 "vadium/marketplace/v1"
)

// WriteEvent returns a record as it travels. The caller has made it public (marketplace.Public).
func WriteEvent(r marketplace.Record) *marketplacev1.Event {
	record, err := rlp.EncodeToBytes(r)
	if err != nil {
		panic(fmt.Sprintf("invariant: a record always encodes: %v", err))
	}
	return &marketplacev1.Event{
		Seq: r.Seq, AtMs: int64(r.At), Kind: marketplace.KindOf(r.Event), Record: record,
		Detail: detail(reflect.ValueOf(r.Event).Elem()),
	}
}

// ReadEvent returns the record inside an event.
func ReadEvent(e *marketplacev1.Event) (marketplace.Record, error) {
	var r marketplace.Record
	if err := rlp.DecodeBytes(e.GetRecord(), &r); err != nil {
		return r, fmt.Errorf("event %d: %w", e.GetSeq(), err)
	}
	if r.Seq != e.GetSeq() {
		return r, fmt.Errorf("event %d holds record %d", e.GetSeq(), r.Seq)
	}
	return r, nil
}

// Detail returns an event's fields as JSON has them, with the names the rest of the API uses.
func Detail(e marketplace.Event) map[string]any { return detail(reflect.ValueOf(e).Elem()).AsMap() }

// detail writes a struct as JSON with the names the rest of the API uses. Whatever is zero or never falls due is left
// out, but not an amount: nothing is an answer too.
func detail(v reflect.Value) *structpb.Struct {
	s := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || v.Field(i).IsZero() && !isAmount(v.Field(i)) {
			continue
		}
		if value := detailValue(v.Field(i)); value != nil {
			s.Fields[jsonName(nameOnWire(v.Type(), f))] = value
		}
	}
	return s
}

func jsonName(words []string) string {
	var name strings.Builder
	for i, w := range words {
		if i > 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		name.WriteString(w)
	}
	return name.String()
}

// maxExact is the largest integer that JSON readers hold exactly; larger ones are written as text.
const maxExact = 1 << 53

func detailValue(v reflect.Value) *structpb.Value {
	if at, ok := reflect.TypeAssert[vadium.Time](v); ok && at == vadium.Forever {
		return nil
	}
	if text, err := textOf(v); err == nil {
		return structpb.NewStringValue(text)
	}
	switch v.Kind() {
	case reflect.Bool:
		return structpb.NewBoolValue(v.Bool())
	case reflect.Int64:
		return number(uint64(v.Int()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return number(v.Uint())
	case reflect.Struct:
		return structpb.NewStructValue(detail(v))
	case reflect.Pointer: // what may be absent, and is not: what is zero is left out
		return detailValue(v.Elem())
	case reflect.Slice, reflect.Array:
		list := &structpb.ListValue{}
		for i := range v.Len() {
			list.Values = append(list.Values, detailValue(v.Index(i)))
		}
		return structpb.NewListValue(list)
	}
	panic(fmt.Sprintf("invariant: events hold nouns, numbers and lists, yet there is a %v", v.Type()))
}

func number(u uint64) *structpb.Value {
	if u > maxExact {
		return structpb.NewStringValue(fmt.Sprint(u))
	}
	return structpb.NewNumberValue(float64(u))
}
