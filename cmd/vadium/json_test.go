package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// withoutJSON are the commands no transcript prints JSON of, and why.
var withoutJSON = map[string]string{
	"vadium demo":           "TestDemoShowsAWholeMarketAndBalancesItsBooks reads it",
	"vadium dev":            "runs until Ctrl-C; TestDevIsReadyForTwoCommands reads it",
	"vadium market serve":   "every stage reads the address it prints",
	"vadium prover run":     "prints nothing but its log",
	"vadium worker run":     "prints nothing but its log",
	"vadium prover worker":  "speaks to its parent",
	"vadium auction prove":  "TestClearingIsProvenPublishedAndVerified reads it",
	"vadium auction verify": "the same test reads what it shows",
	"vadium oracle source":  "runs until Ctrl-C; TestPriceServersAreReadLikeRealOnes reads it",
	"vadium oracle run":     "prints nothing but its log",
	"vadium oracle demo":    "TestOracleDemoShowsAFeedThatStaysRight reads it, and types the others of feeds at its market",
	"vadium oracle feeds":   "there",
	"vadium oracle verify":  "there",
	"vadium oracle watch":   "there",
	"vadium oracle export":  "there",
	"vadium oracle report":  "there",

	"vadium oracle feed set":    "there",
	"vadium oracle feed retire": "there",
	"vadium help":               "for people",
}

// TestEveryCommandThatPrintsDoesSoInJSON walks the commands: each has a transcript in which it is typed with --json and
// what it prints is checked to be JSON, one object a line.
func TestEveryCommandThatPrintsDoesSoInJSON(t *testing.T) {
	t.Parallel()
	root, _ := newRoot(nil, io.Discard, io.Discard)
	shown := typedWithJSON(t, root)
	var commands int
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		path := cmd.CommandPath()
		if cmd.HasSubCommands() || strings.HasPrefix(path, "vadium completion") {
			return
		}
		commands++
		if cmd.InheritedFlags().Lookup("json") == nil {
			t.Errorf("%s has no --json", path)
		}
		if withoutJSON[path] == "" && !shown[path] {
			t.Errorf("no transcript types %s with --json and checks it with jsonlines", path)
		}
	}
	walk(root)
	if commands < 30 {
		t.Errorf("walked %d commands, want all of them", commands)
	}
}

// typedWithJSON returns the commands whose JSON a transcript checks. An export is JSON without being asked.
func typedWithJSON(t *testing.T, root *cobra.Command) map[string]bool {
	t.Helper()
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, script := range scripts {
		raw, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for line := range strings.SplitSeq(string(raw), "\n") {
			typed, isCommand := strings.CutPrefix(line, "exec vadium ")
			switch {
			case isCommand:
				last = ""
				cmd, _, err := root.Find(strings.Fields(typed))
				if err == nil && (strings.Contains(typed, "--json") || cmd.CommandPath() == "vadium journal export") {
					last = cmd.CommandPath()
				}
			case line == "jsonlines" && last != "":
				shown[last] = true
			}
		}
	}
	return shown
}
