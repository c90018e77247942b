package vadium_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
)

// The checker is only worth something if it fails: each row is one small tree and the rules it must be told about.
func TestCheckerFindsEachViolation(t *testing.T) {
	const shell, core = "marketplace/rpc/x.go", "auction/x.go"
	imports := func(imported string) string { return fmt.Sprintf("package x\n\nimport _ %q\n", imported) }
	for _, row := range []struct {
		name, path, source string
		want               []string
	}{
		{"core with a clock", core, imports("time"), []string{"pure"}},
		{"core with a clock for the tests of one platform", core, "//go:build plan9\n\n" + imports("time"), []string{"pure"}},
		{"root package with a clock", "x.go", imports("time"), []string{"pure"}},
		{"core with a subpackage of the network", core, imports("net/http"), []string{"pure"}},
		{"core with structured logging", "vaults/risk/x.go", imports("log/slog"), []string{"pure"}},
		{"core with atomics", core, imports("sync/atomic"), []string{"pure"}},
		{"core with math/rand", core, imports("math/rand"), []string{"pure"}},
		{"core with math/rand/v2", core, imports("math/rand/v2"), []string{"pure"}},
		{"core with crypto/rand", core, imports("crypto/rand"), []string{"pure"}},
		{"core with a database", "marketplace/x.go", imports("github.com/dgraph-io/badger/v4"), []string{"pure"}},
		{"core with all of geth", core, imports("github.com/ethereum/go-ethereum/common/hexutil"), []string{"pure"}},
		{"core with a shell of its own domain", "marketplace/x.go", imports("vadium/marketplace/journal"), []string{"pure"}},
		{"core with what it may import", core, "package x\n\nimport (\n_ \"crypto/sha256\"\n_ \"fmt\"\n_ \"io\"\n_ \"math/bits\"\n" +
			"_ \"vadium\"\n_ \"vadium/vaults/slashing\"\n_ \"github.com/holiman/uint256\"\n_ \"github.com/ethereum/go-ethereum/rlp\"\n)\n", nil},
		{"core whose tests use a clock", "auction/x_test.go", imports("time"), nil},
		{"shell with a clock", shell, imports("time"), nil},

		{"core with a goroutine", core, "package x\n\nfunc f() { go f() }\n", []string{"pure"}},
		{"core reading a clock by its old name", core, "package x\n\nvar n = time.Now()\n", []string{"pure"}},
		{"core with a float type", core, "package x\n\nfunc f(x float64) {}\n", []string{"pure"}},
		{"core with a float nobody named", core, "package x\n\nvar x = 0.5\n", []string{"pure"}},
		{"core with an exponent", core, "package x\n\nvar x = 1e6\n", []string{"pure"}},
		{"core with a square root", core, "package x\n\nvar x = math.Sqrt(2)\n", []string{"pure"}},
		{"core parsing a float", core, "package x\n\nvar x, _ = strconv.ParseFloat(s, n)\n", []string{"pure"}},
		{"core with an integer bound", core, "package x\n\nvar x uint64 = math.MaxUint64\n", nil},
		{"core whose tests use a float", "auction/x_test.go", "package x\n\nvar x = 0.5\n", nil},
		{"shell with a float", shell, "package x\n\nvar x = 0.5\n", nil},

		{"shell importing the shell of another domain", "prover/engine/x.go", imports("vadium/marketplace/journal"), []string{"domains"}},
		{"shell importing the engine of another domain", "oracle/reporter/x.go", imports("vadium/prover"), []string{"domains"}},
		{"shell importing a shell of its own domain", shell, imports("vadium/marketplace/sequencer"), nil},
		{"shell importing the core of another domain", shell, imports("vadium/vaults"), nil},
		{"shell importing the client", "prover/x.go", imports("vadium/marketplace/client"), nil},
		{"shell importing the wire types of another domain", shell, imports("vadium/vaults/v1/vaultsv1connect"), nil},
		{"shell importing a folder that begins like the wire types", shell, imports("vadium/vaults/v1beta"), []string{"domains"}},
		{"shell importing the circuits", shell, imports("vadium/circuits/setup"), nil},
		{"circuits importing a shell", "circuits/x.go", imports("vadium/prover/engine"), []string{"domains"}},
		{"shell whose tests import another domain", "prover/x_test.go", imports("vadium/marketplace/sequencer"), nil},
		{"cmd importing everything", "cmd/vadium/x.go", imports("vadium/prover/engine"), nil},
		{"bench importing everything", "bench/x.go", imports("vadium/prover/engine"), nil},

		{"shell importing cmd", shell, imports("vadium/cmd/vadium"), []string{"leaves"}},
		{"shell importing bench", shell, imports("vadium/bench"), []string{"leaves"}},
		{"test importing cmd", "prover/x_test.go", imports("vadium/cmd/vadium"), []string{"leaves"}},
		{"cmd importing bench", "cmd/vadium/x.go", imports("vadium/bench"), []string{"leaves"}},
		{"program importing its own part", "cmd/vadium/x.go", imports("vadium/cmd/vadium/demo"), nil},
		{"program importing a part of another", "cmd/vadium/x.go", imports("vadium/cmd/other/demo"), []string{"leaves"}},
		{"shell importing a test kit", shell, imports("vadium/marketplace/marketplacetest"), []string{"leaves"}},
		{"cmd importing a test kit", "cmd/vadium/x.go", imports("vadium/circuits/circuittest"), []string{"leaves"}},
		{"core importing a test kit", core, imports("vadium/vaults/vaultstest"), []string{"leaves"}},
		{"shell importing the testing package", shell, imports("testing"), []string{"leaves"}},
		{"shell importing a setup whose trapdoor is known", "circuits/setup/x.go", imports("github.com/consensys/gnark/test/unsafekzg"), []string{"leaves"}},
		{"test importing a test kit", "prover/x_test.go", imports("vadium/marketplace/marketplacetest"), nil},
		{"test kit importing a test kit", "prover/provertest/x.go", imports("vadium/marketplace/marketplacetest"), nil},
		{"test kit importing the testing package", "prover/provertest/x.go", imports("testing"), nil},

		{"unknown top-level folder", "pkg/x.go", "package x\n", []string{"tree"}},
		{"package named after nothing", "prover/util/x.go", "package util\n", []string{"tree"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			tree := fstest.MapFS{row.path: &fstest.MapFile{Data: []byte(row.source)}}
			var got []string
			for _, v := range check(readTree(t, tree)) {
				got = append(got, v.rule)
				if v.at.Filename != row.path || v.at.Line == 0 || v.what == "" || v.todo == "" {
					t.Errorf("violation %v says too little: want its place in %s, what is wrong and what to do", v, row.path)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("check(%s) = %v, want %v\n%s", row.path, got, row.want, row.source)
			}
		})
	}
}

// Code that the go command would not build is not judged.
func TestCheckerSkipsWhatIsNotOurs(t *testing.T) {
	broken := &fstest.MapFile{Data: []byte("package x\n\nimport _ \"vadium/cmd/vadium\"\n")}
	tree := fstest.MapFS{
		"tools/go.mod":                 &fstest.MapFile{Data: []byte("module vadium/tools\n")},
		"tools/x.go":                   broken,
		"prover/testdata/x.go":         broken,
		".vadium/x.go":                 broken,
		"_old/x.go":                    broken,
		"node_modules/somebodys/go.go": broken,
	}
	if files := readTree(t, tree); len(files) != 0 {
		t.Errorf("read %d files, want none", len(files))
	}
}
