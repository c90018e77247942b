package circuits

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// gnark/std registers all its hints and logs them. A process that imports this package instead must know them all: the
// test runs a program with each and compares what they know.
func TestEveryStandardHintIsKnownWithoutNoise(t *testing.T) {
	known := func(imported ...string) (hints int, output string) {
		dir := t.TempDir()
		source := `package main

import (
	"os"
	"strconv"

	_ "` + strings.Join(imported, "\"\n\t_ \"") + `"

	"github.com/consensys/gnark/constraint/solver"
)

func main() { os.Stderr.WriteString(strconv.Itoa(len(solver.GetRegisteredHints()))) }
`
		path := dir + "/main.go"
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, count bytes.Buffer
		cmd := exec.CommandContext(t.Context(), "go", "run", path)
		cmd.Stdout, cmd.Stderr = &out, &count
		if err := cmd.Run(); err != nil {
			t.Fatalf("go run with %v: %v: %s", imported, err, count.String())
		}
		for _, digit := range strings.TrimSpace(count.String()) {
			hints = 10*hints + int(digit-'0')
		}
		return hints, out.String()
	}
	with, _ := known("vadium/circuits", "github.com/consensys/gnark/std")
	alone, noise := known("vadium/circuits")
	if alone != with {
		t.Errorf("%d hints are known, gnark/std adds %d (a package is missing in hints.go)", alone, with-alone)
	}
	if noise != "" {
		t.Errorf("importing this package prints %q to standard output", noise)
	}
}
