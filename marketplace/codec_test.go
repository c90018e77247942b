package marketplace_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// What is journalled must read back for ever: the number of an event's type, the order and form of its fields. The
// golden file holds one record of each type in hexadecimal, every field filled with something different. A line may be
// added; a line that changes means that old journals no longer replay, unless all that is new is an optional field at the
// end (then the line as it was goes to older.golden).
func TestCanonicalEncodingOfEveryEventNeverChanges(t *testing.T) {
	var b strings.Builder
	numbers := map[uint64]string{}
	for number := range uint64(256) {
		event, known := marketplace.NewEvent(number)
		if !known {
			continue
		}
		if got := marketplace.Number(event); got != number {
			t.Errorf("%s has number %d when written and %d when read", marketplace.KindOf(event), got, number)
		}
		numbers[number] = marketplace.KindOf(event)
		next := byte(0)
		fill(t, reflect.ValueOf(event).Elem(), &next)
		encoded, err := rlp.EncodeToBytes(marketplace.Record{Seq: 1_000 + number, At: marketplacetest.Start, Event: event})
		if err != nil {
			t.Fatalf("encode %s: %v", marketplace.KindOf(event), err)
		}
		fmt.Fprintf(&b, "%d %s\n%s\n", number, marketplace.KindOf(event), wrap(encoded))

		var read marketplace.Record
		if err := rlp.DecodeBytes(encoded, &read); err != nil {
			t.Fatalf("decode %s: %v", marketplace.KindOf(event), err)
		}
		if !reflect.DeepEqual(read.Event, event) {
			t.Errorf("%s reads back as %+v, want %+v", marketplace.KindOf(event), read.Event, event)
		}
	}
	for _, name := range declaredEvents(t) {
		if !strings.Contains(fmt.Sprint(numbers), ":"+name) {
			t.Errorf("event %s has no number", name)
		}
	}
	compare(t, "testdata/records.golden", b.String())
}

// Fields that events have gained since are left out when they are zero. So what earlier builds wrote reads back, and is
// written again byte for byte: older.golden holds what records.golden held for these events before they grew.
func TestRecordsOfEarlierBuildsReadBackAndAreWrittenTheSame(t *testing.T) {
	file, err := os.ReadFile("testdata/older.golden")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?m)^\d+ (\w+)\n((?:  [0-9a-f]+\n)+)`).FindAllStringSubmatch(string(file), -1)
	if len(blocks) != 35 {
		t.Fatalf("older.golden has %d records, want 35", len(blocks))
	}
	for _, block := range blocks {
		encoded, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "").Replace(block[2]))
		if err != nil {
			t.Fatal(err)
		}
		var read marketplace.Record
		if err := rlp.DecodeBytes(encoded, &read); err != nil {
			t.Errorf("%s: %v", block[1], err)
			continue
		}
		if again, err := rlp.EncodeToBytes(read); err != nil || !bytes.Equal(again, encoded) {
			t.Errorf("%s is written again as\n%s\nwant\n%s (%v)", block[1], wrap(again), wrap(encoded), err)
		}
	}
}

func wrap(encoded []byte) string {
	digits, b := hex.EncodeToString(encoded), strings.Builder{}
	for len(digits) > 0 {
		n := min(len(digits), 118)
		b.WriteString("  " + digits[:n] + "\n")
		digits = digits[n:]
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fill gives every field below v another value.
func fill(t *testing.T, v reflect.Value, next *byte) {
	t.Helper()
	*next++
	switch v.Interface().(type) {
	case vadium.Amount:
		v.Set(reflect.ValueOf(vadium.Tokens(uint64(*next))))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if !field.IsExported() {
				continue
			}
			fill(t, value, next)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), next)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), next)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), next)
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*next))
	case reflect.Int64:
		v.SetInt(int64(*next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *next))
	default:
		t.Fatalf("%v cannot be filled", v.Type())
	}
}

// declaredEvents returns the types that have an apply method.
func declaredEvents(t *testing.T) []string {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), ".", nil, 0) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(packages["marketplace"], func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "apply" && f.Recv != nil {
			if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
				names = append(names, pointer.X.(*ast.Ident).Name)
			}
		}
		return true
	})
	if len(names) < 30 {
		t.Fatalf("found %d events in the source, want all of them", len(names))
	}
	return names
}

// life is a market in which something of everything has happened, and something is still going on.
func life(t *testing.T) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 3)
	w.Run("fund carol 100", "delegate carol prover1 50", "params protocolFeeBps=200",
		"submit alice done cap=4", "accept prover1 done", "deliver prover1 done", "verdict prover1 done valid",
		"submit alice late cap=4 in=1m", "accept prover1 late", "at late.deadline+1m", "deliver prover1 late", "verdict prover1 late valid",
		"submit alice wrong cap=4", "accept prover1 wrong", "deliver prover1 wrong bad", "verdict prover1 wrong invalid",
		"at wrong.heartbeat-by+1ms", "accept prover2 wrong", "deliver prover2 wrong",
		"submit alice offered deny=prover1", "submit alice open fee=2 allow=prover1", "withdraw carol 1",
	)
	return w
}

// The state's own encoding: what snapshots and digests are made of.
func TestSnapshotOfTheStateNeverChanges(t *testing.T) {
	w := life(t)
	snapshot := w.State.Snapshot()
	compare(t, "testdata/snapshot.golden", fmt.Sprintf("digest %v\n%s\n", w.State.Digest(), wrap(snapshot)))
	w.CheckReplay()
	restored, err := marketplace.Restore(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(restored.Snapshot(), snapshot) {
		t.Error("a restored state has another snapshot")
	}
}

// A snapshot that is cut short, or of another version, is refused and not half read.
func TestDamagedSnapshotIsRefused(t *testing.T) {
	snapshot := life(t).State.Snapshot()
	for cut := 0; cut < len(snapshot); cut += 97 {
		if _, err := marketplace.Restore(snapshot[:cut]); err == nil {
			t.Errorf("the first %d of %d bytes restore", cut, len(snapshot))
		}
	}
	var parts []rlp.RawValue
	if err := rlp.DecodeBytes(snapshot, &parts); err != nil {
		t.Fatal(err)
	}
	parts[0] = rlp.RawValue{99}
	later, err := rlp.EncodeToBytes(parts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := marketplace.Restore(later); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("a snapshot of version 99: %v, want a refusal that names it", err)
	}
	if _, err := marketplace.Restore(append(snapshot, 0)); err == nil {
		t.Error("a snapshot with a byte behind it restores")
	}
}

// An event type that this version does not know is refused by name.
func TestRecordOfALaterVersionIsRefused(t *testing.T) {
	encoded, err := rlp.EncodeToBytes([]any{uint64(7), uint64(1), uint64(250), []any{}})
	if err != nil {
		t.Fatal(err)
	}
	var record marketplace.Record
	if err := rlp.DecodeBytes(encoded, &record); err == nil || !strings.Contains(err.Error(), "event type 250") {
		t.Errorf("record of type 250 reads as %+v, %v; want a refusal that names it", record, err)
	}
}
