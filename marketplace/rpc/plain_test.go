package rpc

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "vadium/marketplace/v1"
	vaultsv1 "vadium/vaults/v1"
)

// requests returns an empty message of every one that callers send.
func requests(t *testing.T) (all []proto.Message) {
	t.Helper()
	for _, file := range []protoreflect.FileDescriptor{
		v1.File_marketplace_v1_market_proto, v1.File_marketplace_v1_prover_proto, v1.File_marketplace_v1_program_proto,
		v1.File_marketplace_v1_account_proto, v1.File_marketplace_v1_session_proto, v1.File_marketplace_v1_blob_proto, v1.File_marketplace_v1_risk_proto,
		v1.File_marketplace_v1_oracle_proto,
		v1.File_marketplace_v1_log_proto, v1.File_marketplace_v1_sealed_proto,
		vaultsv1.File_vaults_v1_vault_proto,
	} {
		for s := range file.Services().Len() {
			methods := file.Services().Get(s).Methods()
			for m := range methods.Len() {
				all = append(all, empty(t, methods.Get(m).Input()))
			}
		}
	}
	return all
}

func empty(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	of, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return of.New().Interface()
}

func ruled(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	stated, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	return stated
}

// texts are what fields hold, and what only looks like it.
func texts(of *validate.StringRules) []string {
	all := []string{
		"", "0x", "0", "-1", "1.5", "+1", "1e3", "०", "١٢", "0x\n", "\x00", "immediate", "Immediate", "2^11ms/immediate/standard", "2^11ms/immediate/standard\n",
		"2^111ms/immediate/none", "name_1.-", strings.Repeat("n", 64), strings.Repeat("n", 65), "ask+answer", "input",
	}
	for _, digits := range []int{0, 1, 38, 39, 40} {
		all = append(all, strings.Repeat("9", digits), strings.Repeat("9", digits)+"\n")
	}
	for _, digits := range []int{39, 40, 41, 63, 64, 65, 127, 128, 129, 130, 131, 192, 512 * 64, 513 * 64} {
		for _, digit := range []string{"0", "9", "a", "f", "A", "F", "g", "G", "/", ":", "@", "`", "ａ"} {
			all = append(all, "0x"+strings.Repeat(digit, digits), "0x"+strings.Repeat("0", max(0, digits-1))+digit)
		}
		hex := strings.Repeat("b", digits)
		all = append(all, hex, "0X"+hex, " 0x"+hex, "0x"+hex+" ", "0x"+hex+"\n", "0x0x"+hex, "0x"+hex+"0x"+hex)
	}
	for _, most := range []uint64{of.GetMaxLen(), of.GetMaxBytes(), of.GetMinLen()} {
		for _, n := range []uint64{most - 1, most, most + 1} {
			if n < 1<<20 {
				all = append(all, strings.Repeat("x", int(n)), strings.Repeat("é", int(n)), strings.Repeat("e\u0301", int(n)))
			}
		}
	}
	return append(all, of.GetIn()...)
}

// candidates are values of a field on both sides of every limit it has. One of the first is allowed.
func candidates(t *testing.T, fd protoreflect.FieldDescriptor, stated *validate.FieldRules) (all []protoreflect.Value) {
	t.Helper()
	switch fd.Kind() {
	case protoreflect.StringKind:
		for _, text := range texts(stated.GetString()) {
			all = append(all, protoreflect.ValueOfString(text))
		}
	case protoreflect.BytesKind:
		for _, n := range []uint64{0, 1, 2, stated.GetBytes().GetMaxLen(), stated.GetBytes().GetMaxLen() + 1} {
			all = append(all, protoreflect.ValueOfBytes(make([]byte, n)))
		}
	case protoreflect.Int64Kind:
		for _, n := range []int64{0, 1, 2, -1, math.MaxInt64, math.MinInt64} {
			all = append(all, protoreflect.ValueOfInt64(n))
		}
	case protoreflect.Uint32Kind:
		for _, n := range []uint32{0, 1, stated.GetUint32().GetLte() - 1, stated.GetUint32().GetLte(), stated.GetUint32().GetLte() + 1, math.MaxUint32} {
			all = append(all, protoreflect.ValueOfUint32(n))
		}
	case protoreflect.Uint64Kind:
		for _, n := range []uint64{0, 1, stated.GetUint64().GetLte() - 1, stated.GetUint64().GetLte(), stated.GetUint64().GetLte() + 1, math.MaxUint64} {
			all = append(all, protoreflect.ValueOfUint64(n))
		}
	case protoreflect.BoolKind:
		all = append(all, protoreflect.ValueOfBool(false), protoreflect.ValueOfBool(true))
	case protoreflect.MessageKind:
		good := allowedMessage(t, fd.Message())
		all = append(all, protoreflect.ValueOfMessage(good.ProtoReflect()))
		each(t, good, func(bad proto.Message, _ string) {
			all = append(all, protoreflect.ValueOfMessage(proto.Clone(bad).ProtoReflect()))
		})
	default:
		t.Fatalf("%s is a %v: the test has no values of it", fd.FullName(), fd.Kind())
	}
	return all
}

// refuses reports whether protovalidate has something against a field of a message.
func refuses(m proto.Message, fd protoreflect.FieldDescriptor) bool {
	err := protovalidate.Validate(m)
	violated, _ := err.(*protovalidate.ValidationError) //nolint:errorlint // protovalidate returns it as it is
	return violated != nil && slices.ContainsFunc(violated.Violations, func(v *protovalidate.Violation) bool {
		return v.Proto.GetField().GetElements()[0].GetFieldName() == string(fd.Name())
	})
}

// allowedMessage returns a message that protovalidate allows.
func allowedMessage(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	m := empty(t, d)
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		if !refuses(m, fd) {
			continue
		}
		stated, set := ruled(fd), func(v protoreflect.Value) { m.ProtoReflect().Set(fd, v) }
		if fd.IsList() {
			stated, set = stated.GetRepeated().GetItems(), func(v protoreflect.Value) {
				list := m.ProtoReflect().NewField(fd).List()
				list.Append(v)
				m.ProtoReflect().Set(fd, protoreflect.ValueOfList(list))
			}
		}
		if !slices.ContainsFunc(candidates(t, fd, stated), func(v protoreflect.Value) bool {
			set(v)
			return !refuses(m, fd)
		}) {
			t.Fatalf("the test knows no value that %s may have", fd.FullName())
		}
	}
	if err := protovalidate.Validate(m); err != nil {
		t.Fatalf("the test's message is refused: %v", err)
	}
	return m
}

// each calls do with the message as it is but for one field, for each of the field's candidates.
func each(t *testing.T, m proto.Message, do func(m proto.Message, what string)) {
	t.Helper()
	fields := m.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		try := func(what string, change func(protoreflect.Message)) {
			changed := proto.Clone(m)
			change(changed.ProtoReflect())
			do(changed, fmt.Sprintf("%s = %.80q", fd.FullName(), what))
		}
		try("nothing", func(m protoreflect.Message) { m.Clear(fd) })
		stated := ruled(fd)
		if !fd.IsList() {
			for _, v := range candidates(t, fd, stated) {
				try(v.String(), func(m protoreflect.Message) { m.Set(fd, v) })
			}
			continue
		}
		values := candidates(t, fd, stated.GetRepeated().GetItems())
		most := int(stated.GetRepeated().GetMaxItems())
		for n, v := range values {
			lengths := []int{1, 2}
			if n < 60 {
				lengths = append(lengths, max(0, most-1), most, most+1)
			}
			for _, n := range lengths {
				try(fmt.Sprint(n, " of ", v), func(m protoreflect.Message) {
					list := m.Mutable(fd).List()
					for range n {
						list.Append(v)
					}
				})
			}
		}
	}
}

// What is plainly allowed must be allowed, or a limit would be gone; and what is allowed must plainly be, or this was for
// nothing. Each field of each message that callers send is tried on both sides of all that its proto says.
func TestAMessageIsPlainlyAllowedIfAndOnlyIfProtovalidateAllowsIt(t *testing.T) {
	tried, refused := 0, 0
	for _, m := range requests(t) {
		good := allowedMessage(t, m.ProtoReflect().Descriptor())
		compare := func(m proto.Message, what string) {
			v := reflect.ValueOf(m).Elem()
			err := protovalidate.Validate(m)
			if got, want := rulesOf(v.Type()).allow(v), err == nil; got != want {
				t.Errorf("%T with %s is plainly allowed = %v, want %v (%v)", m, what, got, want, err)
			}
			tried++
			if err != nil {
				refused++
			}
		}
		compare(good, "what it needs")
		compare(m, "nothing")
		each(t, good, compare)
	}
	if refused < 1_000 || tried-refused < 1_000 {
		t.Errorf("%d messages were tried and %d of them refused, want a thousand on each side", tried, refused)
	}
}

// A rule of a kind that nobody has read here would be ignored: then the message is protovalidate's.
func TestAMessageWithAnUnknownRuleIsNotPlainlyAllowed(t *testing.T) {
	m := new(v1.WatchEventsResponse) // it has a oneof, which no request has
	if rulesOf(reflect.TypeOf(m).Elem()).known {
		t.Errorf("%T has rules that are all known, want not: it has a oneof", m)
	}
	for name, stated := range map[string]*validate.FieldRules{
		"prefix": {Type: &validate.FieldRules_String_{String_: &validate.StringRules{Prefix: new("0x")}}},
		"cel":    {Cel: []*validate.Rule{{Id: new("x")}}},
		"ignore": {Ignore: validate.Ignore_IGNORE_IF_ZERO_VALUE.Enum()},
	} {
		fd := new(v1.Authorization).ProtoReflect().Descriptor().Fields().ByName("author")
		if _, known := readRule(fd, stated); known {
			t.Errorf("a rule of the kind %s is known, want not", name)
		}
	}
}
