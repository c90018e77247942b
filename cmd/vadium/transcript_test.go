package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what transcripts expect to what vadium prints")

// TestTranscripts runs testdata/script: what people type and what they read. Besides testscript's own commands a
// transcript has:
//
//	house                      the market of all transcripts, with one prover, in $VADIUM_MARKET and $PROVER
//	own-market [PROGRAM...]    a market of this transcript's own, without provers, one hour to its ask epoch
//	stop-market                stops it: what follows reads its folder, $WORK/market
//	jail-market NAME           one that is eight days old, in which the prover NAME was jailed on the first; $NAME is its account
//	equivocate NAME FILE       the evidence that NAME signed two asks where one is allowed, in FILE
//	account NAME [TOKENS]      a home with a funded account in $WORK/NAME, its address in $NAME
//	as NAME                    what follows is typed by NAME: an account, operator, or the house's prover north
//	standin NAME               NAME asks for requests to every program without a process behind
//	get VAR PATH [LINE]        $VAR from the JSON that was printed last; PATH like request.id or asks.0
//	change FILE PATH VALUE     edits a JSON file
//	replace FILE OLD NEW       edits a text file
//	masked                     writes what was printed last to the file masked, with ids and times made equal
//	jsonlines [FILE]           what was printed last is JSON objects, one a line, and nothing else
//	mode FILE OCTAL            a file's permissions
//	freeport VAR               a port nobody listens on
//	sealedbid DIR              the files of the example program
//	eventually REGEXP ARGS...  repeats vadium ARGS until it succeeds and prints a match
func TestTranscripts(t *testing.T) {
	t.Parallel()
	playing := &house{t: t}
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: setUpTranscript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"house": playing.enter, "own-market": ownMarket, "jail-market": jailMarket, "equivocate": equivocate, "stop-market": stopMarket,
			"account": makeAccount, "as": actAs, "standin": standIn,
			"get": getField, "change": changeField, "replace": replaceText, "masked": writeMasked, "jsonlines": checkJSONLines, "mode": checkMode,
			"eventually": eventually, "freeport": freePort, "sealedbid": writeSealedBid,
		},
	})
}

func setUpTranscript(env *testscript.Env) error {
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		return err
	}
	examples := filepath.Join(env.WorkDir, "examples")
	if err := writeExamples(examples); err != nil {
		return err
	}
	env.Values[playedOn{}] = new(playedOn)
	env.Setenv("TESTDATA", testdata)
	env.Setenv("VADIUM_HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("VADIUM_MARKET", "http://127.0.0.1:1") // nobody listens there
	return nil
}

// arguments ends a transcript whose command is misspelt.
func arguments(ts *testscript.TestScript, neg bool, args []string, least, most int, usage string) {
	if neg || len(args) < least || len(args) > most {
		ts.Fatalf("usage: %s", usage)
	}
}

// makeAccount makes a home. Its key is stretched little, so that a transcript does not wait a second for each signature.
func makeAccount(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, 2, "account NAME [TOKENS]")
	home := ts.MkAbs(args[0])
	keys := keystore.NewKeyStore(filepath.Join(home, "keystore"), keystore.LightScryptN, keystore.LightScryptP)
	account, err := keys.NewAccount(stagePassword)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(home, "password"), []byte(stagePassword), 0o600))
	ts.Check(os.Symlink(sharedKeys, filepath.Join(home, "keys")))
	ts.Setenv(args[0], account.Address.String())
	if len(args) == 2 {
		tokens, err := strconv.ParseUint(args[1], 10, 64)
		ts.Check(err)
		ts.Check(fund(marketOf(ts).running, marketOf(ts).operator, account.Address, tokens))
	}
	actAs(ts, false, args[:1])
}

func actAs(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, 1, "as NAME")
	home, password := ts.MkAbs(args[0]), filepath.Join(ts.MkAbs(args[0]), "password")
	if _, err := os.Stat(home); err != nil {
		s := marketOf(ts)
		home, password = filepath.Join(s.dir, "accounts", args[0]), s.passFile
	}
	ts.Setenv("VADIUM_HOME", home)
	ts.Setenv("VADIUM_PASSWORD_FILE", password)
}

// printed reads a line of the JSON that was printed last.
func printed(ts *testscript.TestScript, line int) any {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	var v any
	if line > len(lines) {
		ts.Fatalf("stdout has %d lines", len(lines))
	} else if err := json.Unmarshal([]byte(lines[line-1]), &v); err != nil {
		ts.Fatalf("line %d of stdout is not JSON: %v", line, err)
	}
	return v
}

// at follows a path of names and indices.
func at(v any, path string) (any, error) {
	for step := range strings.SplitSeq(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			next, ok := inner[step]
			if !ok {
				return nil, fmt.Errorf("no %q in %v", step, inner)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(inner) {
				return nil, fmt.Errorf("no %q among %d", step, len(inner))
			}
			v = inner[i]
		default:
			return nil, fmt.Errorf("nothing in %v, so no %q", v, step)
		}
	}
	return v, nil
}

func getField(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, 3, "get VAR PATH [LINE]")
	line, err := strconv.Atoi(append(args, "1")[2])
	ts.Check(err)
	value, err := at(printed(ts, line), args[1])
	ts.Check(err)
	if text, ok := value.(string); ok {
		ts.Setenv(args[0], text)
		return
	}
	encoded, err := json.Marshal(value)
	ts.Check(err)
	ts.Setenv(args[0], string(encoded))
}

func changeField(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3, 3, "change FILE PATH VALUE")
	file := ts.MkAbs(args[0])
	raw, err := os.ReadFile(file)
	ts.Check(err)
	var v map[string]any
	ts.Check(json.Unmarshal(raw, &v))
	holder, name := any(v), args[1]
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		holder, err = at(v, name[:i])
		ts.Check(err)
		name = name[i+1:]
	}
	fields, ok := holder.(map[string]any)
	if !ok || fields[name] == nil {
		ts.Fatalf("%s has no %s", args[0], args[1])
	}
	if _, number := fields[name].(float64); number {
		fields[name] = json.Number(args[2])
	} else {
		fields[name] = args[2]
	}
	raw, err = json.Marshal(v)
	ts.Check(err)
	ts.Check(os.WriteFile(file, raw, 0o600))
}

func replaceText(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3, 3, "replace FILE OLD NEW")
	text := strings.ReplaceAll(ts.ReadFile(args[0]), args[1], args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`0x[0-9a-fA-F]{8,}`), "0x~"},
	{regexp.MustCompile(`\b[0-9a-f]{8}\b`), "~"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`), "(a time)"},
	{regexp.MustCompile(`UTC--[0-9TZ.-]+--[0-9a-f]{40}`), "(a key file)"},
	{regexp.MustCompile(`\d+ records, the last`), "~ records, the last"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:~"},
}

func writeMasked(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 0, 0, "masked")
	text := strings.ReplaceAll(ts.ReadFile("stdout"), ts.Getenv("WORK"), "$WORK")
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	ts.Check(os.WriteFile(ts.MkAbs("masked"), []byte(text), 0o600))
}

func checkJSONLines(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 0, 1, "jsonlines [FILE]")
	ts.Check(jsonLines(ts.ReadFile(append(args, "stdout")[0])))
}

// jsonLines returns an error unless the text is JSON objects, one a line, and at least one.
func jsonLines(text string) error {
	if text == "" || !strings.HasSuffix(text, "\n") {
		return fmt.Errorf("no line of JSON in %q", text)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if !json.Valid([]byte(line)) || !strings.HasPrefix(line, "{") {
			return fmt.Errorf("not a JSON object: %q", line)
		}
	}
	return nil
}

func checkMode(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, 2, "mode FILE OCTAL")
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
