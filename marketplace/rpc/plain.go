package rpc

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vadium/marketplace/rpc/wire"
)

// plain is a validator that first looks whether a message is plainly what the protos allow. That is so for nearly all, and
// protovalidate, which walks every field by reflection and every string by a regular expression, took a tenth of what the
// market did for a request. Whatever is not plainly allowed is protovalidate's to judge, with its reasons.
type plain struct{ protovalidate.Validator }

// Validate implements [protovalidate.Validator].
func (p plain) Validate(m proto.Message, options ...protovalidate.ValidationOption) error {
	if v := reflect.ValueOf(m); len(options) == 0 && v.Kind() == reflect.Pointer && !v.IsNil() && rulesOf(v.Type().Elem()).allow(v.Elem()) {
		return nil
	}
	return p.Validator.Validate(m, options...)
}

// rules are what the protos say about the fields of a message.
type rules struct {
	known bool // all of them: what has a rule that is not known here is not plainly allowed
	each  []rule
}

// rule is what a field has to satisfy.
type rule struct {
	field int // its index in the message's struct
	allow func(field reflect.Value) bool
}

func (r *rules) allow(message reflect.Value) bool {
	if !r.known {
		return false
	}
	for _, one := range r.each {
		if !one.allow(message.Field(one.field)) {
			return false
		}
	}
	return true
}

var rulesByMessage sync.Map // reflect.Type -> *rules

func rulesOf(message reflect.Type) *rules {
	if r, ok := rulesByMessage.Load(message); ok {
		return r.(*rules)
	}
	r := readRules(message)
	rulesByMessage.Store(message, r)
	return r
}

// readRules reads the rules of a message as protoc-gen-go makes them.
func readRules(message reflect.Type) *rules {
	m, ok := reflect.TypeAssert[proto.Message](reflect.New(message))
	if !ok {
		return &rules{}
	}
	d := m.ProtoReflect().Descriptor()
	if proto.HasExtension(d.Options(), validate.E_Message) || d.Oneofs().Len() > 0 {
		return &rules{}
	}
	found := &rules{known: true}
	for i := range message.NumField() {
		fd := d.Fields().ByName(protoreflect.Name(wire.ProtoName(message.Field(i))))
		if fd == nil {
			continue
		}
		stated, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
		allow, known := readRule(fd, stated)
		if !known {
			return &rules{}
		}
		if allow != nil {
			found.each = append(found.each, rule{i, allow})
		}
	}
	return found
}

type allowed = func(reflect.Value) bool

var kindsOfRules = []protoreflect.Name{"required", "string", "bytes", "int64", "uint32", "uint64", "repeated"}

// readRule returns what a field has to satisfy, nil for nothing; known is false when it has a rule of a kind that is not
// looked at here.
func readRule(fd protoreflect.FieldDescriptor, stated *validate.FieldRules) (allow allowed, known bool) {
	if fd.IsMap() || fd.HasPresence() != (fd.Message() != nil && !fd.IsList()) || !onlySets(stated, kindsOfRules...) {
		return nil, false
	}
	required := stated.GetRequired()
	switch {
	case fd.IsList():
		return readList(fd, stated.GetRepeated(), required)
	case fd.Message() != nil:
		return func(v reflect.Value) bool {
			if v.IsNil() {
				return !required
			}
			return rulesOf(v.Type().Elem()).allow(v.Elem())
		}, true
	}
	return readScalar(fd, stated)
}

func readList(fd protoreflect.FieldDescriptor, stated *validate.RepeatedRules, required bool) (allow allowed, known bool) {
	if !onlySets(stated, "min_items", "max_items", "items") {
		return nil, false
	}
	least, most := stated.GetMinItems(), uint64(math.MaxUint64)
	if stated.HasMaxItems() {
		most = stated.GetMaxItems()
	}
	if required {
		least = max(least, 1)
	}
	item, known := allowed(nil), true
	switch {
	case fd.Message() != nil:
		item, known = func(v reflect.Value) bool { return !v.IsNil() && rulesOf(v.Type().Elem()).allow(v.Elem()) }, stated.GetItems() == nil
	case stated.GetItems() != nil:
		item, known = readScalar(fd, stated.GetItems())
	}
	return func(v reflect.Value) bool {
		n := v.Len()
		if uint64(n) < least || uint64(n) > most {
			return false
		}
		for i := 0; item != nil && i < n; i++ {
			if !item(v.Index(i)) {
				return false
			}
		}
		return true
	}, known
}

func readScalar(fd protoreflect.FieldDescriptor, stated *validate.FieldRules) (allow allowed, known bool) {
	if !onlySets(stated, kindsOfRules...) {
		return nil, false
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		allow, known = readString(stated.GetString())
	case protoreflect.BytesKind:
		of := stated.GetBytes()
		allow, known = func(v reflect.Value) bool {
			n := uint64(v.Len())
			return n >= of.GetMinLen() && (!of.HasMaxLen() || n <= of.GetMaxLen())
		}, onlySets(of, "min_len", "max_len")
	case protoreflect.Int64Kind:
		of := stated.GetInt64()
		allow, known = func(v reflect.Value) bool {
			n := v.Int()
			return (!of.HasGt() || n > of.GetGt()) && (!of.HasGte() || n >= of.GetGte())
		}, onlySets(of, "gt", "gte")
	case protoreflect.Uint32Kind:
		of := stated.GetUint32()
		allow, known = func(v reflect.Value) bool {
			n := uint32(v.Uint())
			return (!of.HasGt() || n > of.GetGt()) && (!of.HasLte() || n <= of.GetLte())
		}, onlySets(of, "gt", "lte")
	case protoreflect.Uint64Kind:
		of := stated.GetUint64()
		allow, known = func(v reflect.Value) bool {
			n := v.Uint()
			return (!of.HasGt() || n > of.GetGt()) && (!of.HasLte() || n <= of.GetLte())
		}, onlySets(of, "gt", "lte")
	case protoreflect.BoolKind:
		return nil, stated == nil
	default:
		return nil, false
	}
	if stated == nil {
		return nil, known
	}
	if stated.GetRequired() {
		inner := allow
		allow = func(v reflect.Value) bool { return !v.IsZero() && inner(v) }
	}
	return allow, known
}

func readString(of *validate.StringRules) (allow allowed, known bool) {
	var all []func(string) bool
	if of.HasPattern() {
		all = append(all, matcher(of.GetPattern()))
	}
	if of.HasMinLen() {
		all = append(all, func(s string) bool { return uint64(utf8.RuneCountInString(s)) >= of.GetMinLen() })
	}
	if of.HasMaxLen() {
		all = append(all, func(s string) bool {
			return uint64(len(s)) <= of.GetMaxLen() || uint64(utf8.RuneCountInString(s)) <= of.GetMaxLen()
		})
	}
	if of.HasMaxBytes() {
		all = append(all, func(s string) bool { return uint64(len(s)) <= of.GetMaxBytes() })
	}
	if len(of.GetIn()) > 0 {
		all = append(all, func(s string) bool { return slices.Contains(of.GetIn(), s) })
	}
	return func(v reflect.Value) bool {
		s := v.String()
		for _, holds := range all {
			if !holds(s) {
				return false
			}
		}
		return true
	}, onlySets(of, "pattern", "min_len", "max_len", "max_bytes", "in")
}

// onlySets reports whether a message of rules sets no other fields than these.
func onlySets(m proto.Message, names ...protoreflect.Name) (only bool) {
	only = true
	r := m.ProtoReflect()
	r.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		only = slices.Contains(names, fd.Name())
		return only
	})
	return only && len(r.GetUnknown()) == 0
}

// matchers are what the patterns that nearly all fields have mean, by hand.
var matchers = map[string]func(string) bool{
	`^0x[0-9a-fA-F]{40}$`:                     func(s string) bool { return hexOf(s, 40) },
	`^0x[0-9a-fA-F]{64}$`:                     func(s string) bool { return hexOf(s, 64) },
	`^(0x[0-9a-fA-F]{40})?$`:                  func(s string) bool { return s == "" || hexOf(s, 40) },
	`^(0x[0-9a-fA-F]{64})?$`:                  func(s string) bool { return s == "" || hexOf(s, 64) },
	`^0x[0-9a-fA-F]{128}$`:                    func(s string) bool { return hexOf(s, 128) },
	`^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$`: func(s string) bool { return hexOf(s, 128) || hexOf(s, 130) },
	`^0x([0-9a-fA-F]{64})*$`:                  func(s string) bool { return len(s)%64 == 2 && hexOf(s, len(s)-2) },
	`^[0-9]{1,39}$`:                           func(s string) bool { return len(s) >= 1 && digitsOf(s, 39) },
	`^[0-9]{0,39}$`:                           func(s string) bool { return digitsOf(s, 39) },
	`^[0-9]{1,78}$`:                           func(s string) bool { return len(s) >= 1 && digitsOf(s, 78) },
	`^0x([0-9a-fA-F]{2})+$`:                   func(s string) bool { return len(s) > 2 && len(s)%2 == 0 && hexOf(s, len(s)-2) },
}

// matcher returns what a pattern means.
func matcher(pattern string) func(string) bool {
	if byHand, ok := matchers[pattern]; ok {
		return byHand
	}
	return regexp.MustCompile(pattern).MatchString
}

// hexOf reports whether s is 0x and so many hex digits.
func hexOf(s string, digits int) bool {
	if len(s) != 2+digits || s[:2] != "0x" {
		return false
	}
	for i := 2; i < len(s); i++ {
		if c := s[i]; ('0' > c || c > '9') && ('a' > c|0x20 || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// digitsOf reports whether s is digits, at most so many.
func digitsOf(s string, most int) bool {
	for i := range len(s) {
		if '0' > s[i] || s[i] > '9' {
			return false
		}
	}
	return len(s) <= most
}
