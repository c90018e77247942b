package signing

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/risk"
)

// shape is the EIP-712 type of a Go struct.
type shape struct {
	name   string
	fields []field
	hash   [32]byte // typeHash
	text   string   // encodeType
}

// field is one member: its Solidity type and how its value becomes one word.
type field struct {
	name  string
	typ   string
	index int
	word  func(reflect.Value) [32]byte
	inner *shape // for nested structs
}

// leaves are the Solidity types of the nouns. A struct without a row here is a nested type.
var leaves = map[reflect.Type]string{
	reflect.TypeFor[vadium.Account]():    "address",
	reflect.TypeFor[vadium.RequestID]():  "bytes32",
	reflect.TypeFor[vadium.SessionKey](): "bytes32",
	reflect.TypeFor[vadium.ProgramID]():  "bytes32",
	reflect.TypeFor[vadium.Digest]():     "bytes32",
	reflect.TypeFor[vadium.Salt]():       "bytes32",
	reflect.TypeFor[[32]byte]():          "bytes32",
	reflect.TypeFor[vadium.Amount]():     "uint256",
	reflect.TypeFor[risk.Asset]():        "address",
	reflect.TypeFor[risk.FeedID]():       "bytes32",
	reflect.TypeFor[oracle.Scope]():      "bytes32",
	reflect.TypeFor[oracle.Key]():        "bytes32",
	reflect.TypeFor[[20]byte]():          "address",
	reflect.TypeFor[vadium.Program]():    "bytes32", // a program is signed as its id
}

// renamed gives fields another name than their Go name: a command's own salt would clash with that of its terms.
var renamed = map[string]string{"PlaceAsk.Salt": "Blinding", "RevealEvidence.Salt": "Blinding", "RevealBid.Salt": "Blinding"}

// FieldName returns the words of a struct field's name in EIP-712 and on the wire, in small letters: ETA is eta,
// ClientID is client and id.
func FieldName(owner reflect.Type, f reflect.StructField) []string {
	name := f.Name
	if other, ok := renamed[owner.Name()+"."+f.Name]; ok {
		name = other
	}
	var words []string
	start := 0
	for i := 1; i <= len(name); i++ {
		if i == len(name) || upper(name[i]) && (!upper(name[i-1]) || i+1 < len(name) && !upper(name[i+1])) {
			words = append(words, strings.ToLower(name[start:i]))
			start = i
		}
	}
	return words
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }

// camel joins words the way Solidity and JSON write members.
func camel(words []string) string {
	var name strings.Builder
	for i, w := range words {
		if i > 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		name.WriteString(w)
	}
	return name.String()
}

// Signed reports whether a field of a command is signed. What is not is the shell's finding and never comes from outside.
func Signed(f reflect.StructField) bool { return f.Tag.Get("eip712") != "-" }

var shapes sync.Map // reflect.Type + extra members -> *shape

type shapeKey struct {
	of      reflect.Type
	command bool
}

// shapeOf derives the EIP-712 type of a struct. A command's type begins with its author and ends with salt and expiry.
func shapeOf(of reflect.Type, command bool) *shape {
	key := shapeKey{of, command}
	if s, ok := shapes.Load(key); ok {
		return s.(*shape)
	}
	s := &shape{name: of.Name()}
	if command {
		s.fields = append(s.fields, field{name: "author", typ: "address", index: -1})
	}
	for i := range of.NumField() {
		if f := of.Field(i); Signed(f) {
			s.fields = append(s.fields, fieldOf(camel(FieldName(of, f)), f.Type, i))
		}
	}
	if command {
		s.fields = append(s.fields, field{name: "salt", typ: "bytes32", index: -1}, field{name: "validUntil", typ: "uint64", index: -1})
	}
	s.text = s.encodeType()
	s.hash = keccak([]byte(s.text))
	shapes.Store(key, s)
	return s
}

func fieldOf(name string, of reflect.Type, index int) field {
	f := field{name: name, index: index}
	if solidity, ok := leaves[of]; ok {
		f.typ, f.word = solidity, leafWord
		return f
	}
	switch of.Kind() {
	case reflect.Bool:
		f.typ, f.word = "bool", boolWord
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		f.typ, f.word = fmt.Sprintf("uint%d", of.Bits()), func(v reflect.Value) [32]byte { return uintWord(v.Uint()) }
	case reflect.Int64: // times and lengths of time, which are never negative in a command
		f.typ, f.word = "uint64", func(v reflect.Value) [32]byte { return uintWord(uint64(v.Int())) }
	case reflect.String:
		f.typ, f.word = "string", func(v reflect.Value) [32]byte { return keccak([]byte(v.String())) }
	case reflect.Struct:
		f.inner = shapeOf(of, false)
		f.typ, f.word = f.inner.name, func(v reflect.Value) [32]byte { return f.inner.hashStruct(v, nil) }
	case reflect.Array: // a signature
		if of.Elem().Kind() != reflect.Uint8 {
			panic(fmt.Sprintf("invariant: what is signed has an EIP-712 type, yet %v has none", of))
		}
		f.typ, f.word = "bytes", func(v reflect.Value) [32]byte { return keccak(bytesOf(v)) }
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			f.typ, f.word = "bytes", func(v reflect.Value) [32]byte { return keccak(v.Bytes()) }
			return f
		}
		item := fieldOf("", of.Elem(), 0)
		f.typ, f.word, f.inner = item.typ+"[]", listWord(item.word), item.inner
	default:
		panic(fmt.Sprintf("invariant: what is signed has an EIP-712 type, yet %v has none", of))
	}
	return f
}

func leafWord(v reflect.Value) (word [32]byte) {
	switch leaf := v.Interface().(type) {
	case vadium.Amount:
		return leaf.Bytes32()
	case vadium.Program:
		return leaf.ID()
	case vadium.Account:
		copy(word[12:], leaf[:])
	case risk.Asset:
		copy(word[12:], leaf[:])
	case [20]byte:
		copy(word[12:], leaf[:])
	default:
		reflect.Copy(reflect.ValueOf(word[:]), v)
	}
	return word
}

// bytesOf returns the bytes of an array, whether or not it can be addressed.
func bytesOf(array reflect.Value) []byte {
	raw := make([]byte, array.Len())
	reflect.Copy(reflect.ValueOf(raw), array)
	return raw
}

func boolWord(v reflect.Value) [32]byte {
	if v.Bool() {
		return uintWord(1)
	}
	return [32]byte{}
}

func uintWord(u uint64) (word [32]byte) {
	binary.BigEndian.PutUint64(word[24:], u)
	return word
}

func listWord(item func(reflect.Value) [32]byte) func(reflect.Value) [32]byte {
	return func(v reflect.Value) [32]byte {
		var words []byte
		for i := range v.Len() {
			word := item(v.Index(i))
			words = append(words, word[:]...)
		}
		return keccak(words)
	}
}

// encodeType writes the type, then the types it refers to, sorted by name (EIP-712, "Definition of encodeType").
func (s *shape) encodeType() string {
	var inner []*shape
	var text strings.Builder
	text.WriteString(s.member())
	s.collect(&inner)
	slices.SortFunc(inner, func(a, b *shape) int { return strings.Compare(a.name, b.name) })
	for _, t := range slices.CompactFunc(inner, func(a, b *shape) bool { return a.name == b.name }) {
		text.WriteString(t.member())
	}
	return text.String()
}

func (s *shape) member() string {
	members := make([]string, len(s.fields))
	for i, f := range s.fields {
		members[i] = f.typ + " " + f.name
	}
	return s.name + "(" + strings.Join(members, ",") + ")"
}

func (s *shape) collect(into *[]*shape) {
	for _, f := range s.fields {
		if f.inner != nil {
			*into = append(*into, f.inner)
			f.inner.collect(into)
		}
	}
}

// hashStruct is keccak256(typeHash || encodeData). The words of members that are not Go fields stand in extra, in order.
func (s *shape) hashStruct(v reflect.Value, extra [][32]byte) [32]byte {
	data := make([]byte, 0, 32*(1+len(s.fields)))
	data = append(data, s.hash[:]...)
	for _, f := range s.fields {
		var word [32]byte
		if f.index < 0 {
			word, extra = extra[0], extra[1:]
		} else {
			word = f.word(v.Field(f.index))
		}
		data = append(data, word[:]...)
	}
	return keccak(data)
}

func keccak(b []byte) [32]byte { return crypto.Keccak256Hash(b) }
