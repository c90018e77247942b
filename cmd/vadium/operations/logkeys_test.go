package operations

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of log keys into docs/operators.md")

const root = "../../.."

// logCalls are slog's methods, with where their keys and values begin.
var logCalls = map[string]int{
	"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "With": 0,
	"DebugContext": 2, "InfoContext": 2, "WarnContext": 2, "ErrorContext": 2,
}

// otherCalls are slog's methods whose keys are not written out as names and values, so that they would get around the list.
var otherCalls = map[string]bool{"Log": true, "LogAttrs": true, "WithGroup": true}

// isLogger reports whether an expression is a logger by its name: log, Log, logger, slog, s.log, c.Log.With(...).
func isLogger(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.EqualFold(e.Name, "log") || strings.EqualFold(e.Name, "logger") || e.Name == "slog"
	case *ast.SelectorExpr:
		return isLogger(e.Sel)
	case *ast.CallExpr:
		called, ok := e.Fun.(*ast.SelectorExpr)
		return ok && (called.Sel.Name == "With" || called.Sel.Name == "WithGroup" || called.Sel.Name == "Default") && isLogger(called.X)
	}
	return false
}

// keysOf returns the keys of one call, or what is wrong with it.
func keysOf(call *ast.CallExpr) (keys []string, wrong string) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil, ""
	}
	if otherCalls[method.Sel.Name] && isLogger(method.X) {
		return nil, "its keys are not written out"
	}
	first, known := logCalls[method.Sel.Name]
	if !known || !isLogger(method.X) {
		return nil, ""
	}
	if call.Ellipsis.IsValid() {
		return nil, "its keys are not written out"
	}
	for at := first; at < len(call.Args); at += 2 {
		key, constant := call.Args[at].(*ast.BasicLit)
		if !constant || key.Kind != token.STRING {
			return nil, "a key is not a constant"
		}
		text, err := strconv.Unquote(key.Value)
		if err != nil {
			return nil, err.Error()
		}
		keys = append(keys, text)
	}
	if len(call.Args) > first && (len(call.Args)-first)%2 != 0 {
		return nil, "a key has no value"
	}
	return keys, ""
}

// TestEveryLogKeyIsOnTheList reads the source: whoever searches logs finds every key described, and one word for one thing.
func TestEveryLogKeyIsOnTheList(t *testing.T) {
	used, calls := map[string]bool{}, 0
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			name := entry.Name()
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "third_party" || name == "tools" || name == "examples") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			keys, wrong := keysOf(call)
			if wrong != "" {
				t.Errorf("%v: %s", fset.Position(call.Pos()), wrong)
			}
			for _, key := range keys {
				calls++
				used[key] = true
				if !slices.ContainsFunc(LogKeys, func(k LogKey) bool { return k.Name == key }) {
					t.Errorf("%v: the key %q is not on the list (operations.LogKeys): use one that is there, or describe it there", fset.Position(call.Pos()), key)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 100 {
		t.Errorf("found %d keys in the source: is the tree read?", calls)
	}
	for _, k := range LogKeys {
		if !used[k.Name] {
			t.Errorf("nothing logs %q any more: take it off the list", k.Name)
		}
	}
	if !slices.IsSortedFunc(LogKeys, func(a, b LogKey) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the list is not in order")
	}
}

// TestWhatIsNoListedKeyIsFound holds the reader of the source to calls that must not pass.
func TestWhatIsNoListedKeyIsFound(t *testing.T) {
	for source, want := range map[string]string{
		`log.Info("x", "a", 1, "b", 2)`:           "[a b] ",
		`s.log.With("c", 1).Warn("x", "d", 1)`:    "[d] ",
		`c.Log.With("c", 1)`:                      "[c] ",
		`slog.ErrorContext(ctx, "x", "e", 1)`:     "[e] ",
		`log.Info("x", key, 1)`:                   "[] a key is not a constant",
		`log.Info("x", slog.Int("a", 1))`:         "[] a key is not a constant",
		`log.Info("x", args...)`:                  "[] its keys are not written out",
		`log.Info("x", "a")`:                      "[] a key has no value",
		`log.LogAttrs(ctx, 0, "x", a)`:            "[] its keys are not written out",
		`s.log.Log(ctx, 0, "x", "a", 1)`:          "[] its keys are not written out",
		`log.WithGroup("g")`:                      "[] its keys are not written out",
		`log.WithGroup("g").Info("x", "a", 1)`:    "[a] ",
		`slog.Default().Info("x", "a", 1)`:        "[a] ",
		`math.Log(x)`:                             "[] ",
		`http.Error(w, "x", 500)`:                 "[] ",
		`t.Error("x", key)`:                       "[] ",
		`p.logger.DebugContext(ctx, "x", "f", 1)`: "[f] ",
	} {
		e, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		keys, wrong := keysOf(e.(*ast.CallExpr))
		if got := fmt.Sprint(keys) + " " + wrong; got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}

// TestTheListIsInTheManual holds docs/operators.md to the list.
func TestTheListIsInTheManual(t *testing.T) {
	const begin, end = "<!-- log keys -->\n", "<!-- end of log keys -->\n"
	path := filepath.Join(root, "docs", "operators.md")
	manual, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(manual), begin)
	table, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the list, between %q and %q", path, begin, end)
	}
	var want strings.Builder
	want.WriteString("| key | what |\n|---|---|\n")
	for _, k := range LogKeys {
		fmt.Fprintf(&want, "| `%s` | %s |\n", k.Name, k.Meaning)
	}
	if table == want.String() {
		return
	}
	if !*update {
		t.Errorf("%s is not what the list says (go test ./cmd/vadium/operations -update)", path)
		return
	}
	if err := os.WriteFile(path, []byte(before+begin+want.String()+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
