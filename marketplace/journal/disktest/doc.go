package disktest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Counted is the attribute of a test (see [testing.T.Attr]) that says what it counted. Attributes are reported of tests
// that pass too, so whoever reads that a test passed also reads how much it did, and that it did nothing.
const Counted = "counted"

// Count says what a test counted.
func Count(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Attr(Counted, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
}

// Rounds reads how many rounds a test is to run from the environment, and says so. A test of power cuts or full disks
// needs a machine that lends it a disk, so it runs only where the rounds are asked for: by `make powercut`, which asks
// after having found out. Elsewhere it counts as having run 0 rounds.
func Rounds(t *testing.T, variable string, fallback int) int {
	t.Helper()
	n := fallback
	if text := os.Getenv(variable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 0 {
			t.Fatalf("%s is %q, want a number of rounds", variable, text)
		}
	}
	if n == 0 {
		Count(t, "NOTHING: 0 rounds (%s asks for some)", variable)
	}
	return n
}
