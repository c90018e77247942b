package rpc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"vadium"
)

// kindsIn returns the kinds a Go file declares, as vadium.Kind("...") or as a constant of that type.
func kindsIn(t *testing.T, path string) (kinds []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	isKind := func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.SelectorExpr:
			pkg, ok := e.X.(*ast.Ident)
			return ok && pkg.Name == "vadium" && e.Sel.Name == "Kind"
		case *ast.Ident:
			return e.Name == "Kind" && file.Name.Name == "vadium"
		}
		return false
	}
	text := func(e ast.Expr) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			kind, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, kind)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if isKind(n.Fun) && len(n.Args) == 1 {
				text(n.Args[0])
			}
		case *ast.ValueSpec:
			if n.Type != nil && isKind(n.Type) {
				for _, value := range n.Values {
					text(value)
				}
			}
		}
		return true
	})
	return kinds
}

// A new refusal anywhere must say how it travels on the day it exists.
func TestEveryKindHasARow(t *testing.T) {
	declared := map[string]string{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "tools" || name == "testdata" || name == "third_party" || strings.HasSuffix(name, "test")) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			for _, kind := range kindsIn(t, path) {
				declared[kind] = path
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(declared) < 50 {
		t.Fatalf("found only %d kinds: the scan is broken", len(declared))
	}
	for kind, path := range declared {
		if _, ok := table[vadium.Kind(kind)]; !ok {
			t.Errorf("%s declares the kind %q, which has no row in table.go", path, kind)
		}
	}
	for kind, row := range table {
		if declared[string(kind)] == "" {
			t.Errorf("table.go has a row for %q, which nothing declares", kind)
		}
		if row.code == 0 || row.hint == "" || row.code == connect.CodeInternal {
			t.Errorf("row of %q = %v %q, want a code that is not internal, and a hint", kind, row.code, row.hint)
		}
	}
}
