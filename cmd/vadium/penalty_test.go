package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/sequence"
)

// A case of the vectors, cut into what goes in and what comes out.
type workedCase struct {
	name     string
	in, want map[string]any
}

// workedCases are the vectors' and the rest of the table of economics.md §6.4: all of its thirty rows.
func workedCases(t *testing.T) (cases []workedCase) {
	t.Helper()
	vectors := vectorsOf(t, "../../vaults/slashing/testdata/slashing.json", "adaptive_slash_worked")
	rest := vectorsOf(t, "../../vaults/slashing/testdata/table.json", "adaptive_slash_rest")
	if len(vectors) != 20 || len(rest) != 10 {
		t.Fatalf("%d and %d worked examples, want 20 and 10", len(vectors), len(rest))
	}
	for _, raw := range slices.Concat(vectors, rest) {
		w := workedCase{in: object(t, raw), want: map[string]any{}}
		for field := range strings.FieldsSeq(results) {
			w.want[field] = w.in[field]
			delete(w.in, field)
		}
		w.name = w.in["name"].(string)
		cases = append(cases, w)
	}
	return cases
}

// explainAll runs the command over the cases, one object a line, and returns what it answers.
func explainAll(t *testing.T, cases []workedCase, args ...string) (answers []map[string]any) {
	t.Helper()
	var lines strings.Builder
	for _, w := range cases {
		encoded, err := json.Marshal(w.in)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%s\n", encoded)
	}
	stdout, stderr, status := typed(t, lines.String(), append([]string{"penalty", "explain", "--json"}, args...)...)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d with %q", status, stderr)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(stdout, "\n"), "\n") {
		answers = append(answers, object(t, []byte(line)))
	}
	if len(answers) != len(cases) {
		t.Fatalf("%d answers, want %d", len(answers), len(cases))
	}
	return answers
}

// Every field of every vector, through the command line.
func TestExplainedPenaltiesAreThoseOfTheVectors(t *testing.T) {
	t.Parallel()
	cases := workedCases(t)
	for i, got := range explainAll(t, cases) {
		if want := cases[i].want; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is\n%v, want\n%v", cases[i].name, got, want)
		}
	}
}

// The page itself: testdata/penalties.md is its table, with three decimals of a token.
func TestExplainedPenaltiesAreThoseOfThePage(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/penalties.md")
	if err != nil {
		t.Fatal(err)
	}
	page := map[string][]string{}
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) == 13 && cells[1] != "s" {
			page[cells[0]] = cells[1:]
		}
	}
	if len(page) != 30 {
		t.Fatalf("the table has %d rows, want 30", len(page))
	}
	cases := workedCases(t)
	for i, got := range explainAll(t, cases) {
		w := cases[i]
		row, there := page[w.name]
		if !there {
			t.Errorf("the page has no row %q", w.name)
			continue
		}
		if in := fmt.Sprintf("%v %s", w.in["severity"], strings.ToUpper(w.in["kind"].(string)[:1])); in != row[0]+" "+row[1] {
			t.Errorf("%s: severity and class = %s, want %s %s", w.name, in, row[0], row[1])
		}
		if fmt.Sprint(got["ld_bps"]) != row[2] {
			t.Errorf("%s: ld_bps = %v, want %s", w.name, got["ld_bps"], row[2])
		}
		check := func(field, cell string, units, off int64) {
			want, err := sequence.ParseNumber(cell + "e4") // the page has at most four decimals
			if err != nil {
				t.Fatal(err)
			}
			n, err := got[field].(json.Number).Int64()
			if err != nil {
				t.Fatal(err)
			}
			if diff := n - int64(want.Uint256().Uint64())*units; diff < -off || diff > off {
				t.Errorf("%s: %s = %d, want %s", w.name, field, n, cell)
			}
		}
		check("slash_ppm", strings.TrimSuffix(row[3], "%"), 1, 0)
		for c, field := range []string{"liquidated", "punitive", "out_requester", "out_reporter", "out_rescuer", "out_insurance", "out_burn", "out_senior"} {
			check(field, row[4+c], 100, 500) // rounded to a thousandth of a token
		}
	}
}

// What people get shows the numbers that programs get, whichever way the fault is written.
func TestWordsAndObjectsAreExplainedAlike(t *testing.T) {
	t.Parallel()
	cases := workedCases(t)
	var objects, words strings.Builder
	for _, w := range cases {
		delete(w.in, "name") // a word has no spaces
		encoded, err := json.Marshal(w.in)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&objects, "%s\n", encoded)
		args := w.in["args"].(map[string]any)
		delete(w.in, "args")
		for _, fields := range []map[string]any{w.in, args} {
			for name, value := range fields {
				if value == nil {
					value = "null"
				}
				fmt.Fprintf(&words, "%s=%v ", name, value)
			}
		}
		words.WriteString("\n\n# the next\n")
	}
	forObjects, stderr, status := typed(t, objects.String(), "penalty", "explain")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d with %q", status, stderr)
	}
	if forWords, _, _ := typed(t, words.String(), "penalty", "explain"); forWords != forObjects {
		t.Errorf("words are explained by\n%s, objects by\n%s", forWords, forObjects)
	}
	for _, w := range cases {
		paid, _ := sequence.ParseNumber(fmt.Sprint(w.want["out_junior"]))
		if line := "paid by   junior " + millionths(paid); !strings.Contains(forObjects, line) {
			t.Errorf("%s: nowhere %q", w.name, line)
		}
	}
}

func TestFactorsLeadToTheFraction(t *testing.T) {
	t.Parallel()
	cases := workedCases(t)
	for i, got := range explainAll(t, cases, "--factors") {
		shown := got["factors"].(map[string]any)
		list := shown["factors"].([]any)
		symbols := ""
		for _, f := range list {
			symbols += f.(map[string]any)["symbol"].(string)
		}
		last, _ := list[len(list)-1].(map[string]any)["after_ppm"].(json.Number).Int64()
		floor, _ := shown["floor_ppm"].(json.Number).Int64()
		most, _ := shown["cap_ppm"].(json.Number).Int64()
		fraction, _ := got["slash_ppm"].(json.Number).Int64()
		if shown["excused"] == true || fmt.Sprint(shown["base_ppm"]) == "0" {
			last, floor = 0, 0
		}
		if symbols != "NIRKUE" || min(max(last, floor), most) != fraction {
			t.Errorf("%s: factors %v lead to %d within %d and %d, the fraction is %d", cases[i].name, list, last, floor, most, fraction)
		}
	}
}

// Nothing is made of what is not there, out of range or not understood.
func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	const good = `"scope":"job","fee":500000000,"severity":40,"kind":"liveness","args":{},"lateness_bps":null,"noshow":true,` +
		`"lock":1000000000,"damage_cap":400000000,"junior":500000000,"senior":4500000000,"rescued":false`
	if _, err := readFault("{"+good+"}", false); err != nil {
		t.Fatal(err)
	}
	with := func(old, change string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s to change", old)
		}
		return "{" + strings.Replace(good, old, change, 1) + "}"
	}
	words := "scope=job fee=500e6 severity=40 kind=liveness lateness_bps=null noshow=true lock=1000e6 damage_cap=400e6 junior=500e6 senior=4500e6 rescued=false"
	if _, err := readFault(words, true); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		`{`:                "does not end on its line",
		`{"scope":"job"`:   "does not end on its line",
		`{"scope" "job"}`:  "not JSON",
		`{"scope":job}`:    "not JSON",
		`[]`:               "not a JSON object",
		`"scope"`:          "not a JSON object",
		`{` + good + `} 1`: "something stands behind",
		`{}`:               "missing: scope, fee, severity, kind, args, lateness_bps, noshow, lock, damage_cap, junior, senior, rescued",

		with(`"scope":"job",`, ""):                                      "missing: scope",
		with(`"args":{},`, ""):                                          "missing: args",
		with(`"lateness_bps":null,`, ""):                                "missing: lateness_bps",
		with(`"scope":"job"`, `"scope":"Job"`):                          `scope: "Job" is not job or stake`,
		with(`"scope":"job"`, `"scope":1`):                              `scope: 1 is not job or stake`,
		with(`"scope":"job"`, `"scope":"job","scope":"job"`):            "scope is there twice",
		with(`"scope":"job"`, `"scope":"job","sevrity":1`):              "sevrity: there is no such field",
		with(`"scope":"job"`, `"scope":"job","out_burn":1`):             "out_burn: is a result",
		with(`"scope":"job"`, `"scope":"job","impact":1`):               "impact: belongs into args",
		with(`"scope":"job"`, `"scope":"job","name":"a\u001b[2J"`):      "name: has more than 200 bytes, or some that cannot be printed",
		with(`"scope":"job"`, `"scope":"job","name":7`):                 "name: 7 is not a text",
		with(`"kind":"liveness"`, `"kind":"spite"`):                     `kind: "spite" is not liveness or malice`,
		with(`"severity":40`, `"severity":101`):                         "severity: 101 is above 100",
		with(`"severity":40`, `"severity":-1`):                          "severity: -1 is below zero",
		with(`"severity":40`, `"severity":40.5`):                        "is not a whole number",
		with(`"severity":40`, `"severity":null`):                        "severity: null is not a number",
		with(`"severity":40`, `"severity":99999999999999999999`):        "severity: 99999999999999999999 is above 100",
		with(`"fee":500000000`, `"fee":-5`):                             "fee: -5 is below zero",
		with(`"fee":500000000`, `"fee":"-5"`):                           `fee: "-5" is below zero`,
		with(`"fee":500000000`, `"fee":1e400`):                          "fee: \"1e400\" is too large",
		with(`"fee":500000000`, `"fee":true`):                           "fee: true is not a number",
		with(`"lock":1000000000`, `"lock":{"a":[]}`):                    `lock: {"a":[]} is not a number`,
		with(`"lateness_bps":null`, `"lateness_bps":5000`):              "lateness_bps: what was never delivered",
		with(`"lateness_bps":null`, `"lateness_bps":10001`):             "lateness_bps: 10001 is above 10000",
		with(`"noshow":true`, `"noshow":"true"`):                        `noshow: "true" is neither true nor false`,
		with(`"noshow":true`, `"noshow":1`):                             "noshow: 1 is neither true nor false",
		with(`"scope":"job"`, `"scope":"stake"`):                        "scope: lateness_bps and noshow are of one request",
		with(`"args":{}`, `"args":null`):                                "args is not a JSON object",
		with(`"args":{}`, `"args":[]`):                                  "args is not a JSON object",
		with(`"args":{}`, `"args":{"severity":1}`):                      "args.severity: there is no such field",
		with(`"args":{}`, `"args":{"impact":10001}`):                    "args.impact: 10001 is above 10000",
		with(`"args":{}`, `"args":{"impact":1,"impact":2}`):             "args.impact is there twice",
		with(`"args":{}`, `"args":{"hist_mp":18446744073709551616}`):    "args.hist_mp: 18446744073709551616 is above 18446744073709551615",
		with(`"args":{}`, `"args":{"pref":100}`):                        "one is there without the other",
		with(`"args":{}`, `"args":{"pnow":100}`):                        "one is there without the other",
		with(`"args":{}`, `"args":{"pref":100,"pnow":0}`):               "pnow: 0 is no price",
		with(`"args":{}`, `"args":{"uptime":10001}`):                    "args.uptime: 10001 is above 10000",
		with(`"args":{}`, `"args":{"systemic":0}`):                      "args.systemic: 0 is neither true nor false",
		with(`"args":{}`, `"args":{"args":{}}`):                         "args.args: there is no such field",
		strings.Replace(words, "scope=job", "scope", 1):                 `"scope" is not name=value`,
		strings.Replace(words, "scope=job", "=job", 1):                  `"=job" is not name=value`,
		strings.Replace(words, "scope=job ", "", 1):                     "missing: scope",
		strings.Replace(words, "severity=40", "severity=4.5", 1):        "is not a whole number",
		strings.Replace(words, "fee=500e6", "fee=500e39", 1):            `fee: "500e39" is too large`,
		strings.Replace(words, "noshow=true", "noshow=null", 1):         "noshow: null is neither",
		words + " args.impact=1":                                        "args: write what it holds as words of their own",
		words + " impact=1 impact=1":                                    "impact is there twice",
		words + " impact=x":                                             `impact: "x" is not a number`,
		"{" + strings.Replace(words, "scope=job", "scope=job", 1) + "}": "not JSON",
	} {
		if f, err := readFault(line, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tis read as %+v, %v, want …%s…", line, f, err, want)
		}
	}
	if _, err := readFault(words, false); err == nil {
		t.Error("words are read with --json")
	}
}

// Whatever is piped in, there is an answer or an error, and what is taken is what is received.
func checkFault(t interface{ Fatalf(string, ...any) }, line string) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	f, err := readFault(line, true)
	if err != nil {
		return
	}
	e, err := f.explained()
	if err != nil {
		t.Fatalf("%s is read as %+v, and cannot be explained: %v", line, f, err)
	}
	if got, want := e.shares.Total(), e.juniorPays().MustAdd(e.seniorPays()); got != want {
		t.Fatalf("%s: %v is paid and %v received", line, want, got)
	}
	c := newConsole(nil, &strings.Builder{}, &strings.Builder{})
	c.printPenalty(e, millionths)
	if _, err := json.Marshal(e.results(true)); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

func TestEveryFaultThatIsReadIsExplained(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) string {
			return rapid.SampledFrom([]string{"0", "1", "999999", "400e6", "1e20", "340282366920938463463374607431768211455"}).Draw(t, name)
		}
		share := func(name string) string { return fmt.Sprint(rapid.IntRange(0, int(vadium.BpsOne)).Draw(t, name)) }
		fate := rapid.SampledFrom([]string{
			"scope=stake noshow=false lateness_bps=null", "scope=job noshow=true lateness_bps=null", "scope=job noshow=false lateness_bps=" + share("late"),
		}).Draw(t, "fate")
		checkFault(t, fmt.Sprintf("%s kind=%s severity=%d rescued=%v fee=%s lock=%s damage_cap=%s junior=%s senior=%s impact=%s hist_mp=%d corr=%s corr0=%s uptime=%s health=%s pref=%d pnow=%d systemic=%v",
			fate, rapid.SampledFrom([]string{"liveness", "malice"}).Draw(t, "kind"), rapid.IntRange(0, 100).Draw(t, "severity"), rapid.Bool().Draw(t, "rescued"),
			n("fee"), n("lock"), n("damage cap"), n("junior"), n("senior"), share("impact"), rapid.Uint64().Draw(t, "history"), share("corr"), share("corr0"),
			share("uptime"), share("health"), rapid.Uint64().Draw(t, "pref"), rapid.Uint64Min(1).Draw(t, "pnow"), rapid.IntRange(0, 4).Draw(t, "systemic") == 0))
	})
}

// A line with bytes changed, cut out or doubled is read or refused; nothing ends the process.
func TestMangledFaultsAreReadOrRefused(t *testing.T) {
	t.Parallel()
	cases := workedCases(t)
	rapid.Check(t, func(t *rapid.T) {
		encoded, err := json.Marshal(rapid.SampledFrom(cases).Draw(t, "case").in)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "times") {
			from := rapid.IntRange(0, len(encoded)-1).Draw(t, "from")
			to := rapid.IntRange(from, min(len(encoded), from+8)).Draw(t, "to")
			in := rapid.SampledFrom([]string{"", `"`, "{", "}", "[", "]", ":", ",", "-", "1e9", "null", "true", "\x00", "\xff", `\u0000`, "99999999999999999999"}).Draw(t, "in")
			if rapid.Bool().Draw(t, "doubled") {
				in = string(encoded[from:to])
				to = from
			}
			if encoded = slices.Concat(encoded[:from], []byte(in), encoded[to:]); len(encoded) == 0 {
				return
			}
		}
		checkFault(t, string(encoded))
	})
}
