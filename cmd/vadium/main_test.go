package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vadium/circuits/sandbox"
)

// TestMain lets the test binary stand in for vadium. A stage's processes are this binary again with a
// command line of vadium's, and so are workers, by another door; transcripts find it on their PATH under its name.
func TestMain(m *testing.M) {
	sandbox.Main()
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		main()
	}
	testscript.Main(suite{m}, map[string]func(){"vadium": main})
}

// suite is the tests with the one thing they share: a folder of programs' keys, so that each setup runs once.
type suite struct{ *testing.M }

// sharedKeys is set before the first test and read-only afterwards.
var sharedKeys string

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "vadium-test-keys-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	sharedKeys = dir
	return s.M.Run()
}
