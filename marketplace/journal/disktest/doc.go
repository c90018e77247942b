package disktest

import (
	"os"
	"strconv"
	"testing"
)

// Rounds reads how many rounds a test is to run from the environment, and says so. A test of power cuts or full disks
// needs a machine that lends it a disk, so it runs only where the rounds are asked for: by `make powercut`, which asks
// after having found out.
func Rounds(t *testing.T, variable string, fallback int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		t.Logf("%s is not set: %d rounds", variable, fallback)
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, want a number of rounds", variable, text)
	}
	return n
}
