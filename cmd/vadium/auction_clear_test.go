package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Every vector of the mechanisms that the command knows, field by field; compare and example... are beside the point.
func TestAuctionClearReproducesTheVectors(t *testing.T) {
	raw, err := os.ReadFile("../../auction/testdata/auction.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	known := map[string]int{}
	for _, m := range mechanisms() {
		known[m.name] = 0
	}
	for _, c := range file.Cases {
		var v struct {
			ID, Mechanism   string
			Input, Expected json.RawMessage
		}
		if err := json.Unmarshal(c, &v); err != nil {
			t.Fatal(err)
		}
		if _, ok := known[v.Mechanism]; !ok {
			continue
		}
		known[v.Mechanism]++
		line := fmt.Sprintf(`{"mechanism":%q,"input":%s}`, v.Mechanism, compact(t, v.Input))
		stdout, stderr, status := typed(t, line, "auction", "clear", "--json")
		if status != 0 {
			t.Errorf("%s: exit status %d: %s", v.ID, status, stderr)
			continue
		}
		var got, want any
		for _, part := range []struct {
			text []byte
			into *any
		}{{[]byte(stdout), &got}, {v.Expected, &want}} {
			if err := json.Unmarshal(part.text, part.into); err != nil {
				t.Fatalf("%s: %v", v.ID, err)
			}
			if fields, ok := (*part.into).(map[string]any); ok {
				delete(fields, "compare")
				delete(fields, "exampleAssignment")
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %s", v.ID, stdout, v.Expected)
		}
		if people, _, status := typed(t, line, "auction", "clear"); status != 0 || !strings.HasPrefix(people, "line 1: "+v.Mechanism) {
			t.Errorf("%s: people read %q", v.ID, people)
		}
	}
	for name, n := range known {
		if t.Logf("group %s: %d cases", name, n); n == 0 {
			t.Errorf("no case of %s", name)
		}
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(again)
}

// What is no auction is named with its line, and how one is written.
func TestAuctionClearNamesWhatIsWrong(t *testing.T) {
	batch := `{"mechanism":"multi_unit_vickrey_procurement","input":{"jobs":{"j":1},"asks":{"A":%s}}}`
	for _, c := range []struct{ line, want string }{
		{``, "there is no auction to clear"},
		{`[1]`, "line 1: json: cannot unmarshal array"},
		{`{"mechanism":"lottery","input":{}}`, `line 1: mechanism "lottery" is unknown`},
		{`{"mechanism":"vickrey_single"}`, "line 1: the input is missing"},
		{`{"mechanism":"vickrey_single","input":{"bids":{"A":1}}}`, "a maxFee is missing"},
		{`{"mechanism":"vickrey_single","input":{"maxFee":5,"bid":{"A":1}}}`, `unknown field "bid"`},
		{`{"mechanism":"vickrey_single","input":{"maxFee":5,"bids":{"A":1}}} {}`, "something follows the object"},
		{`{"mechanism":"vickrey_single","input":{"maxFee":-5,"bids":{"A":1}}}`, "-5"},
		{`{"mechanism":"vickrey_single","input":{"maxFee":1.5,"bids":{"A":1}}}`, "1.5"},
		{`{"mechanism":"vickrey_single","input":{"maxFee":"680564733841876926926749214863536422912","bids":{}}}`, "more than 128 bits"},
		{`{"mechanism":"quality_weighted_vickrey","input":{"cap":5,"bids":{"A":1},"multBps":{"A":9999}}}`, `multBps of "A" is 9999`},
		{fmt.Sprintf(batch, `{"slots":1}`), `ask "A" needs a pricePerSlot`},
		{fmt.Sprintf(batch, `{"pricePerSlot":1,"slots":0}`), "at least one of slots"},
		{fmt.Sprintf(batch, `{"pricePerSlot":1,"slots":4294967296}`), "cannot unmarshal number"},
		{`{"mechanism":"charge_waterfill","input":{"caps":{"a":1},"total":3}}`, "the caps hold 2 less than the total"},
		{`{"mechanism":"charge_waterfill","input":{"caps":{"a":1}}}`, "the total is missing"},
		{`{"mechanism":"boundless_reverse_dutch","input":{"minPrice":2,"maxPrice":1,"lockTimeout":5,"at":[1]}}`, "ramp-out-of-order"},
		{`{"mechanism":"boundless_reverse_dutch","input":{"minPrice":1,"maxPrice":2,"rampUpPeriod":5,"prices":[3]}}`, "price-beyond-ramp"},
		{`{"mechanism":"boundless_reverse_dutch","input":{"minPrice":1,"maxPrice":2,"at":[3]}}`, "need a lockTimeout"},
		{`{"mechanism":"brevis_sealed_second_price","input":{"maxFee":5,"reveals":[[1,2]]}}`, "reveal 1"},
		{`{"mechanism":"brevis_sealed_second_price","input":{"payment":5}}`, "a maxFee and reveals are needed"},
		{`{"mechanism":"brevis_sealed_second_price","input":{"payment":5,"protocolFeeBps":10001}}`, "protocolFeeBps is 10001"},
	} {
		stdout, stderr, status := typed(t, c.line, "auction", "clear")
		if status == 0 || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: status %d, %q, %q, want it refused: %s", c.line, status, stdout, stderr, c.want)
		}
	}
}

// On generated markets the batch rule rewards no lie, and the others do; a plot says so too.
func TestAuctionSimulateComparesTheRules(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "rules.svg")
	stdout, stderr, status := typed(t, "", "auction", "simulate", "--json", "--provers", "3,8", "--markets", "40", "--svg", svg)
	if status != 0 {
		t.Fatal(stderr)
	}
	results := 0
	for line := range strings.Lines(stdout) {
		var r simulatedRule
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Welfare != 1 || r.PayOver < 1 {
			t.Errorf("%+v: the honest gain all there is, and are paid their costs", r)
		}
		if rewarded := r.Rewarding > 0; rewarded != (r.Rule != "muv") {
			t.Errorf("%+v: only muv rewards no lie", r)
		}
		results++
	}
	if results != 6 {
		t.Errorf("%d results, want three rules at two sizes", results)
	}
	if drawn, err := os.ReadFile(svg); err != nil || !strings.Contains(string(drawn), "<svg") || !strings.Contains(string(drawn), "pay-as-bid") {
		t.Errorf("the plot is %.60q, %v", drawn, err)
	}

	book := filepath.Join(t.TempDir(), "book")
	market := `{"mechanism":"multi_unit_vickrey_procurement","input":{"jobs":{"a":20,"b":20,"c":20,"d":20},"asks":{"A":{"pricePerSlot":5,"slots":3},"B":{"pricePerSlot":6,"slots":2},"C":{"pricePerSlot":15,"slots":2}}}}`
	if err := os.WriteFile(book, []byte(market), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status = typed(t, "", "auction", "simulate", "--book", book)
	if status != 0 || !strings.Contains(stdout, "as given") {
		t.Errorf("a market of one's own: status %d, %q, %q", status, stdout, stderr)
	}
	for _, args := range [][]string{{"--provers", "0"}, {"--markets", "0"}, {"--load", "0"}, {"--book", filepath.Join(t.TempDir(), "none")}} {
		if _, stderr, status := typed(t, "", append([]string{"auction", "simulate"}, args...)...); status == 0 || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%v: status %d, %q, want it refused with a hint", args, status, stderr)
		}
	}
}
