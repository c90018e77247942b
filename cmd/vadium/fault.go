package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"vadium"
	"vadium/vaults/sequence"
	"vadium/vaults/slashing"
)

// fault is what `vadium penalty explain` reads: a row of the vectors' group adaptive_slash_worked, without its results.
// Amounts are in millionths of a token, as there.
type fault struct {
	name    string
	vault   bool // scope "stake": the whole vault is concerned, not one request
	inputs  slashing.Inputs
	terms   slashing.Terms
	stake   slashing.Stake
	late    *vadium.Bps // of a late delivery
	noShow  bool
	rescued bool
}

// given is a field as somebody wrote it.
type given struct {
	name string
	// value is a JSON value, numbers as json.Number; a word is what name=value says, of any type.
	value any
	word  bool
}

// faultField is a field that a fault may have.
type faultField struct {
	name   string
	values string // what it may be, in a word
	about  string // and the rest, for people
	set    func(f *fault, v given) error
	in     place
}

// place says where a field stands.
type place uint8

const (
	required place = iota
	optional       // as a label is
	inArgs         // a word of its own among words; may be missing, as in the vectors
)

const (
	aShare  = "0..10000"
	anInt   = "0..2^64-1"
	aMoney  = "0..2^128-1"
	aTruth  = "true|false"
	ofToken = "millionths of a token"
)

// faultFields is every field there is, in the vectors' order.
var faultFields = []faultField{
	{"name", "text", "a label, may be missing", setName, optional},
	{"scope", "job|stake", "one request, or all of the vault's stake", oneOf("job or stake", map[string]func(*fault){
		"job": func(*fault) {}, "stake": func(f *fault) { f.vault = true }}), required},
	{"fee", aMoney, ofToken, amountOf(func(f *fault) *vadium.Amount { return &f.terms.Fee }), required},
	{"severity", "0..100", "", func(f *fault, v given) error {
		n, err := v.number(uint64(slashing.Total))
		f.inputs.Severity = slashing.Severity(n)
		return err
	}, required},
	{"kind", "liveness|malice", "", oneOf("liveness or malice", map[string]func(*fault){
		"liveness": func(f *fault) { f.inputs.Class = slashing.Liveness }, "malice": func(f *fault) { f.inputs.Class = slashing.Malice }}), required},
	{"args", "{...}", "the context, {} when nothing is known", func(*fault, given) error { return nil }, required},
	{"lateness_bps", aShare + "|null", "of the grace window; null when it is not a late delivery", setLateness, required},
	{"noshow", aTruth, "never delivered", truthOf(func(f *fault) *bool { return &f.noShow }), required},
	{"lock", aMoney, ofToken, amountOf(func(f *fault) *vadium.Amount { return &f.terms.Lock }), required},
	{"damage_cap", aMoney, ofToken, amountOf(func(f *fault) *vadium.Amount { return &f.terms.DamageCap }), required},
	{"junior", aMoney, ofToken + ", before the penalty", amountOf(func(f *fault) *vadium.Amount { return &f.stake.Junior }), required},
	{"senior", aMoney, ofToken + ", before the penalty", amountOf(func(f *fault) *vadium.Amount { return &f.stake.Senior }), required},
	{"rescued", aTruth, "another prover delivered", truthOf(func(f *fault) *bool { return &f.rescued }), required},

	{"impact", aShare, "harm beyond the request; if missing 0", shareOf(func(f *fault) *vadium.Bps { return &f.inputs.Impact }), inArgs},
	{"hist_mp", anInt, "the record, in thousandths of a point; if missing 0", func(f *fault, v given) error {
		n, err := v.number(1<<64 - 1)
		f.inputs.History = slashing.MilliPoints(n)
		return err
	}, inArgs},
	{"corr", aShare, "stake that fails in the same way; if missing 0", shareOf(func(f *fault) *vadium.Bps { return &f.inputs.Correlation }), inArgs},
	{"corr0", aShare, "what of it is usual; if missing 0", shareOf(func(f *fault) *vadium.Bps { return &f.inputs.Baseline }), inArgs},
	{"uptime", aShare, "the prover's; if missing 10000", shareOf(func(f *fault) *vadium.Bps { return &f.inputs.Uptime }), inArgs},
	{"health", aShare, "the network's; if missing 10000", shareOf(func(f *fault) *vadium.Bps { return &f.inputs.Health }), inArgs},
	{"pref", anInt, "the stake's average price of 30 days; with pnow, or both are missing and the price has not moved",
		priceOf(func(f *fault) *uint64 { return &f.inputs.PriceReference }), inArgs},
	{"pnow", "1..2^64-1", "its price now", priceOf(func(f *fault) *uint64 { return &f.inputs.PriceNow }), inArgs},
	{"systemic", aTruth, "an incident of the market's own; if missing false", truthOf(func(f *fault) *bool { return &f.inputs.Systemic }), inArgs},
}

// faultHint lists the fields in a line.
func faultHint() string {
	var fields, args []string
	for _, f := range faultFields {
		if text := f.name + " " + f.values; f.in == inArgs {
			args = append(args, text)
		} else if f.name != "args" {
			fields = append(fields, text)
		}
	}
	return "fields: " + strings.Join(fields, ", ") + ", args {" + strings.Join(args, ", ") + "} (vadium penalty explain --help)"
}

// faultManual is the table of fields for the command's help.
func faultManual() string {
	var text strings.Builder
	for _, f := range faultFields {
		name := f.name
		if f.in == inArgs {
			name = "  " + name
		}
		fmt.Fprintln(&text, strings.TrimRight(fmt.Sprintf("  %-13s %-15s  %s", name, f.values, f.about), " "))
	}
	return text.String()
}

// readFault reads a line: a JSON object, or words like name=value when words are allowed.
func readFault(line string, words bool) (fault, error) {
	var fields []given
	var err error
	seen := map[string]bool{}
	if words && !strings.ContainsRune(`{["`, rune(line[0])) {
		fields, err = splitWords(line)
		seen["args"] = true // its fields are words of their own
	} else {
		fields, err = splitObject(line)
	}
	if err != nil {
		return fault{}, err
	}
	f := fault{inputs: slashing.Neutral()}
	for _, g := range fields {
		if seen[g.name] {
			return fault{}, fmt.Errorf("%s is there twice", g.name)
		}
		seen[g.name] = true
		if err := f.set(g); err != nil {
			return fault{}, fmt.Errorf("%s: %w", g.name, err)
		}
	}
	return f, f.check(seen)
}

// results are the vectors' fields for what comes out.
const results = " ld_bps slash_ppm liquidated punitive out_junior out_senior out_requester out_reporter out_rescuer out_insurance out_burn "

func (f *fault) set(g given) error {
	for _, field := range faultFields {
		if name := field.name; name == g.name || field.in == inArgs && "args."+name == g.name {
			if !g.word && (field.in == inArgs) != strings.HasPrefix(g.name, "args.") {
				return errors.New("belongs into args")
			}
			return field.set(f, g)
		}
	}
	if strings.Contains(results, " "+g.name+" ") {
		return errors.New("is a result: leave it out, it is worked out anew")
	}
	return errors.New("there is no such field")
}

// check sees that nothing is missing and nothing contradicts itself.
func (f *fault) check(seen map[string]bool) error {
	var missing []string
	for _, field := range faultFields {
		if field.in == required && !seen[field.name] {
			missing = append(missing, field.name)
		}
	}
	has := func(name string) bool { return seen[name] || seen["args."+name] }
	switch {
	case len(missing) > 0:
		return fmt.Errorf("missing: %s", strings.Join(missing, ", "))
	case has("pref") != has("pnow"):
		return errors.New("pref, pnow: one is there without the other")
	case f.inputs.PriceNow == 0:
		return errors.New("pnow: 0 is no price")
	case f.noShow && f.late != nil:
		return errors.New("lateness_bps: what was never delivered (noshow) was not late either; write null")
	case f.vault && (f.noShow || f.late != nil):
		return errors.New("scope: lateness_bps and noshow are of one request (job), not of all stake")
	}
	return nil
}

// splitWords reads name=value words.
func splitWords(line string) (fields []given, err error) {
	for word := range strings.FieldsSeq(line) {
		name, value, ok := strings.Cut(word, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not name=value", word)
		}
		if strings.HasPrefix(name, "args") {
			return nil, errors.New("args: write what it holds as words of their own, such as impact=8000")
		}
		g := given{name, value, true}
		if value == "null" {
			g.value = nil
		}
		fields = append(fields, g)
	}
	return fields, nil
}

// splitObject reads a JSON object and the object args in it, whose fields it calls args.NAME. Unlike package json it keeps
// fields that are there twice, for the caller to refuse.
func splitObject(line string) ([]given, error) {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	fields, err := splitLevel(d, "")
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			return nil, errors.New("something stands behind the JSON object: write one a line")
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("the JSON object does not end on its line")
	}
	return fields, err
}

// splitLevel reads one level; within names the object it is, and a point.
func splitLevel(d *json.Decoder, within string) (fields []given, err error) {
	if open, err := d.Token(); err != nil {
		return nil, notJSON(err)
	} else if open != json.Delim('{') {
		return nil, fmt.Errorf("%s is not a JSON object", cmp.Or(strings.TrimSuffix(within, "."), "this"))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		g := given{name: within + fmt.Sprint(key)}
		var inner []given
		if g.name == "args" {
			inner, err = splitLevel(d, "args.")
		} else {
			err = notJSON(d.Decode(&g.value))
		}
		if err != nil {
			return nil, err
		}
		fields = append(append(fields, g), inner...)
	}
	_, err = d.Token()
	return fields, notJSON(err)
}

func notJSON(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fmt.Errorf("not JSON: %w", err)
}

// text returns a value that is written as a string.
func (g given) text() (string, error) {
	if text, ok := g.value.(string); ok {
		return text, nil
	}
	return "", fmt.Errorf("%s is not a text", g.shown())
}

// shown writes a value for an error.
func (g given) shown() string {
	encoded, err := json.Marshal(g.value)
	if err != nil || len(encoded) > 60 {
		return "this"
	}
	return string(encoded)
}

// amount reads a whole number: a JSON number, or digits in a string, which is how the vectors write what is beyond 2^53.
func (g given) amount() (vadium.Amount, error) {
	var text string
	switch value := g.value.(type) {
	case json.Number:
		text = value.String()
	case string:
		text = value
	default:
		return vadium.Amount{}, fmt.Errorf("%s is not a number", g.shown())
	}
	if strings.HasPrefix(text, "-") {
		return vadium.Amount{}, fmt.Errorf("%s is below zero", g.shown())
	}
	return sequence.ParseNumber(text)
}

// number reads a whole number that is at most most.
func (g given) number(most uint64) (uint64, error) {
	n, err := g.amount()
	if err != nil {
		return 0, err
	}
	if vadium.NewAmount(most).Less(n) {
		return 0, fmt.Errorf("%s is above %d", g.shown(), most)
	}
	return n.Uint256().Uint64(), nil
}

// maxFaultName bounds what a fault may be called.
const maxFaultName = 200

func setName(f *fault, g given) (err error) {
	f.name, err = g.text()
	if err == nil && (len(f.name) > maxFaultName || strings.ContainsFunc(f.name, func(r rune) bool { return !unicode.IsPrint(r) })) {
		return fmt.Errorf("has more than %d bytes, or some that cannot be printed", maxFaultName)
	}
	return err
}

func setLateness(f *fault, g given) error {
	if g.value == nil {
		return nil
	}
	n, err := g.number(uint64(vadium.BpsOne))
	late := vadium.Bps(n)
	f.late = &late
	return err
}

func oneOf(values string, choices map[string]func(*fault)) func(*fault, given) error {
	return func(f *fault, g given) error {
		text, err := g.text()
		choose, known := choices[text]
		if err != nil || !known {
			return fmt.Errorf("%s is not %s", g.shown(), values)
		}
		choose(f)
		return nil
	}
}

func amountOf(field func(*fault) *vadium.Amount) func(*fault, given) error {
	return func(f *fault, g given) (err error) {
		*field(f), err = g.amount()
		return err
	}
}

func shareOf(field func(*fault) *vadium.Bps) func(*fault, given) error {
	return func(f *fault, g given) error {
		n, err := g.number(uint64(vadium.BpsOne))
		*field(f) = vadium.Bps(n)
		return err
	}
}

func priceOf(field func(*fault) *uint64) func(*fault, given) error {
	return func(f *fault, g given) (err error) {
		*field(f), err = g.number(1<<64 - 1)
		return err
	}
}

func truthOf(field func(*fault) *bool) func(*fault, given) error {
	return func(f *fault, g given) error {
		switch {
		case g.value == true, g.word && g.value == "true":
			*field(f) = true
		case g.value == false, g.word && g.value == "false":
			*field(f) = false
		default:
			return fmt.Errorf("%s is neither true nor false", g.shown())
		}
		return nil
	}
}
