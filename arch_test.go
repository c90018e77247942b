package vadium_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The dependency rules of ARCHITECTURE.md, as a test. Every file is read, whatever its build constraints say, so a rule
// holds on every platform and under every tag.
//
//	pure      the core decides: no clock, randomness, disk, network or goroutine, no floating point
//	domains   shells of different domains meet only in cmd
//	leaves    nothing imports cmd, bench or a test kit; only cmd and bench import examples, to show them
//	tree      top-level folders are fixed, and no folder is called util

const module = "vadium"

// corePackages are the packages that decide. They are plain functions over plain values.
var corePackages = []string{
	"", "auction", "vaults", "vaults/slashing", "vaults/risk", "vaults/sequence", "oracle", "prover/pricing", "marketplace",
}

// coreMayImport is all that the core knows besides itself and the pure part of the standard library.
var coreMayImport = []string{
	"github.com/holiman/uint256",
	"github.com/ethereum/go-ethereum/common",
	"github.com/ethereum/go-ethereum/rlp",
	"github.com/ethereum/go-ethereum/crypto/keccak",
	"golang.org/x/crypto/sha3",
}

// outsideWorld are the parts of the standard library a decision must not depend on: the first row by the rule itself,
// the second because it leads to the same places by another door.
var outsideWorld = []string{
	"time", "context", "os", "net", "sync", "log", "math/rand", "crypto/rand",
	"runtime", "syscall", "unsafe", "plugin", "database", "testing", "io/fs", "io/ioutil", "path/filepath", "C",
}

// topFolders are the folders that may hold Go packages. Those in meetingPlaces may import every domain.
var (
	domains       = []string{"marketplace", "prover", "circuits", "vaults", "auction", "oracle"}
	meetingPlaces = []string{"cmd", "bench", "examples"}
)

// openToAll are the shells that every domain may use: the client, the wire types it speaks, and the circuits, which are
// a library.
func openToAll(pkg string) bool {
	domain, rest, _ := strings.Cut(pkg, "/")
	return domain == "circuits" || under(pkg, "marketplace/client") || under(rest, "v1")
}

// foreignKits are the test kits of others.
var foreignKits = []string{
	"testing", "net/http/httptest", "pgregory.net/rapid", "github.com/consensys/gnark/test",
	"github.com/ethereum/go-ethereum/ethclient/simulated",
}

// nobodysDoor are folder names that say nothing about what is inside.
var nobodysDoor = []string{"util", "utils", "common", "helper", "helpers", "manager", "types", "base", "misc"}

// violation is one place where the tree breaks a rule, and what to do about it.
type violation struct {
	at   token.Position
	rule string
	what string
	todo string
}

func (v violation) String() string {
	return fmt.Sprintf("%s: %s\n\trule %q: %s", v.at, v.what, v.rule, v.todo)
}

func TestTreeKeepsTheDependencyRules(t *testing.T) {
	files := readTree(t, os.DirFS("."))
	if !slices.ContainsFunc(files, func(f file) bool { return f.pkg == "" && !f.test }) {
		t.Fatalf("read %d files, none of the root package: is the test run in the root folder?", len(files))
	}
	for _, v := range check(files) {
		t.Error(v)
	}
}

// file is one parsed Go file. pkg is its folder, "" for the root. test says that it is compiled into tests only: it
// ends in _test.go or belongs to a test kit.
type file struct {
	pkg    string
	test   bool
	fset   *token.FileSet
	syntax *ast.File
}

func (f file) core() bool { return !f.test && slices.Contains(corePackages, f.pkg) }

func readTree(t *testing.T, tree fs.FS) []file {
	t.Helper()
	var files []file
	fset := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && notOurs(tree, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(path.Dir(name), ".")
		files = append(files, file{
			pkg: pkg, test: strings.HasSuffix(name, "_test.go") || isKit(pkg), fset: fset, syntax: syntax,
		})
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	return files
}

// notOurs reports whether the go command, started in the root, would skip the folder.
func notOurs(tree fs.FS, folder string) bool {
	base := path.Base(folder)
	if base == "testdata" || base == "vendor" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(tree, path.Join(folder, "go.mod"))
	return err == nil
}

func isKit(pkg string) bool { return strings.HasSuffix(path.Base(pkg), "test") }

// under reports whether pkg is folder or lies in it.
func under(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func underAny(pkg string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return under(pkg, folder) })
}

func check(files []file) []violation {
	var all []violation
	for _, f := range files {
		all = append(all, checkPlace(f)...)
		for _, spec := range f.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				panic(fmt.Sprintf("invariant: the parser accepts only quoted imports, yet this is %s", spec.Path.Value))
			}
			at := f.fset.Position(spec.Pos())
			if v, broken := checkImport(f, imported); broken {
				v.at, v.what = at, fmt.Sprintf("%s imports %s", f.name(), imported)
				all = append(all, v)
			}
		}
		if f.core() {
			all = append(all, checkBody(f)...)
		}
	}
	slices.SortFunc(all, func(a, b violation) int {
		return cmp.Or(cmp.Compare(a.at.Filename, b.at.Filename), cmp.Compare(a.at.Offset, b.at.Offset))
	})
	return all
}

func (f file) name() string {
	if f.pkg == "" {
		return "the root package"
	}
	return f.pkg
}

// checkPlace is the rule "tree".
func checkPlace(f file) []violation {
	var found []violation
	at := f.fset.Position(f.syntax.Package)
	top, _, _ := strings.Cut(f.pkg, "/")
	if f.pkg != "" && !slices.Contains(domains, top) && !slices.Contains(meetingPlaces, top) {
		found = append(found, violation{at, "tree", fmt.Sprintf("package in the unknown top-level folder %s", top),
			"put it in the domain it belongs to: " + strings.Join(slices.Concat(domains, meetingPlaces), ", ")})
	}
	if base := path.Base(f.pkg); slices.Contains(nobodysDoor, base) {
		found = append(found, violation{at, "tree", fmt.Sprintf("a package called %s", base),
			"ask what it is about, and call it that"})
	}
	return found
}

// checkImport returns the first rule that f breaks by importing a package; where and what are filled in by the caller.
func checkImport(f file, imported string) (violation, bool) {
	target, ours := strings.CutPrefix(imported, module+"/")
	if imported == module {
		target, ours = "", true
	}
	if v, broken := checkLeaves(f, imported, target, ours); broken {
		return v, true
	}
	switch {
	case f.test:
		return violation{}, false
	case f.core():
		return checkPure(imported, target, ours)
	case ours:
		return checkDomains(f.pkg, target)
	}
	return violation{}, false
}

func checkLeaves(f file, imported, target string, ours bool) (violation, bool) {
	top, _, _ := strings.Cut(target, "/")
	shown := top == "examples" && (under(f.pkg, "cmd") || under(f.pkg, "bench"))
	switch {
	case ours && slices.Contains(meetingPlaces, top) && !sameProgram(f.pkg, target) && !shown:
		return violation{rule: "leaves", todo: "nothing imports cmd, bench or examples: move what both need into the " +
			"domain it belongs to"}, true
	case f.test:
		return violation{}, false
	case ours && isKit(target):
		return violation{rule: "leaves", todo: "only tests and test kits import a test kit: move what production needs " +
			"out of the kit"}, true
	case underAny(imported, foreignKits):
		return violation{rule: "leaves", todo: "only _test.go files and packages named ...test import test kits: what " +
			"is convenient in tests (fixed keys, toxic setups) is dangerous in a product"}, true
	}
	return violation{}, false
}

// sameProgram reports whether both packages belong to one program, such as cmd/vadium.
func sameProgram(a, b string) bool {
	first := func(pkg string) string {
		top, rest, _ := strings.Cut(pkg, "/")
		program, _, _ := strings.Cut(rest, "/")
		return top + "/" + program
	}
	return first(a) == first(b)
}

func checkPure(imported, target string, ours bool) (violation, bool) {
	switch {
	case ours && slices.Contains(corePackages, target), slices.Contains(coreMayImport, imported):
		return violation{}, false
	case ours:
		return violation{rule: "pure", todo: "the core imports no shell: let the shell call the core, and hand it what " +
			"it needs as an argument"}, true
	case underAny(imported, outsideWorld) || slices.Contains(strings.Split(imported, "/"), "rand"):
		return violation{rule: "pure", todo: "the core has no clock, randomness, disk, network or goroutine: take the " +
			"time, the seed, the bytes or the verdict as an argument; if it seems to need a clock, it needs an event"}, true
	case strings.Contains(strings.Split(imported, "/")[0], "."):
		return violation{rule: "pure", todo: "the core imports only " + strings.Join(coreMayImport, ", ") +
			" and the pure part of the standard library: do this in a shell"}, true
	}
	return violation{}, false
}

func checkDomains(from, target string) (violation, bool) {
	fromDomain, _, _ := strings.Cut(from, "/")
	targetDomain, _, _ := strings.Cut(target, "/")
	switch {
	case slices.Contains(meetingPlaces, fromDomain), fromDomain == targetDomain,
		slices.Contains(corePackages, target), openToAll(target):
		return violation{}, false
	}
	return violation{rule: "domains", todo: "shells of different domains meet only in cmd: declare an interface where " +
		"it is used and let cmd plug the two together, or go through marketplace/client"}, true
}

// noFloat is what to do about floating point in the core.
const noFloat = "no float decides anything: use vadium.Amount, Bps or Ppm, integers, or a fraction of two integers"

// checkBody is the part of the rule "pure" that imports cannot show: goroutines, clocks under another name and floating
// point. Parsing alone cannot see every float (a literal may be one by inference), so every way to write or make one
// is refused, 1e6 for 1_000_000 included.
func checkBody(f file) []violation {
	var found []violation
	report := func(n ast.Node, what, todo string) {
		found = append(found, violation{f.fset.Position(n.Pos()), "pure", f.name() + " " + what, todo})
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			report(n, "starts a goroutine", "the core has no goroutines: return the work as an event and let a shell do it")
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				report(n, "writes the float "+n.Value, noFloat)
			}
		case *ast.Ident:
			if slices.Contains([]string{"float32", "float64", "complex64", "complex128"}, n.Name) {
				report(n, "uses "+n.Name, noFloat)
			}
		case *ast.SelectorExpr:
			if from, ok := n.X.(*ast.Ident); ok {
				checkSelector(report, n, from.Name, n.Sel.Name)
			}
		}
		return true
	})
	return found
}

func checkSelector(report func(ast.Node, string, string), n ast.Node, from, name string) {
	integerBound := strings.HasPrefix(name, "MaxInt") || strings.HasPrefix(name, "MinInt") || strings.HasPrefix(name, "MaxUint")
	switch {
	case from == "time" && name == "Now":
		report(n, "reads a clock", "take `now vadium.Time` as an argument")
	case from == "math" && !integerBound, strings.Contains(name, "Float"):
		report(n, fmt.Sprintf("calls %s.%s", from, name), noFloat)
	}
}
