package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// leftOut is the line that stands in a guide for lines which are not shown.
const leftOut = "…"

// pasted gives bash what a reader would paste, with vadium on its PATH, and returns what the terminal would show.
func pasted(t *testing.T, script string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "vadium")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash")
	cmd.Stdin = strings.NewReader(script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if len(out) == 0 && err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// shownBy reports whether shown is printed, but for what it leaves out.
func shownBy(printed, shown []string) error {
	anywhere := false
	for _, line := range shown {
		if line == leftOut {
			anywhere = true
			continue
		}
		at := 0
		if anywhere {
			at = slices.Index(printed, line)
		}
		if at < 0 || at >= len(printed) || printed[at] != line {
			return fmt.Errorf("the guide shows\n\t%s", line)
		}
		printed, anywhere = printed[at+1:], false
	}
	if len(printed) > 0 && !anywhere {
		return fmt.Errorf("the guide ends, vadium goes on with\n\t%s", printed[0])
	}
	return nil
}

// The guides' worked numbers: each block of commands that is followed by a block of text is run by bash, and what it prints
// is what stands there.
func TestGuidesShowWhatVadiumPrints(t *testing.T) {
	t.Parallel()
	for guide, blocks := range map[string]int{"stakers.md": 4, "provers.md": 4, "reporters.md": 3} {
		t.Run(guide, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("..", "..", "docs", guide)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text, ran := string(raw), 0
			const between = "```\n\n```text\n"
			for part := range strings.SplitSeq(text, "```sh\n") {
				script, rest, found := strings.Cut(part, between)
				if ran++; ran == 1 { // before the first block
					continue
				}
				shown, _, closed := strings.Cut(rest, "```\n")
				if !found || !closed {
					t.Fatalf("a block of commands is not followed by what they print:\n%s", part)
				}
				printed := pasted(t, script)
				if *update && !slices.Contains(strings.Split(shown, "\n"), leftOut) {
					text = strings.Replace(text, between+shown, between+printed, 1)
				} else if err := shownBy(lines(printed), lines(shown)); err != nil {
					t.Errorf("%v\nby\n%s\nand vadium prints\n%s", err, script, printed)
				}
			}
			if ran-1 != blocks {
				t.Errorf("%d blocks ran, want %d", ran-1, blocks)
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

func TestAGuideLeavesOutOnlyWhereItSaysSo(t *testing.T) {
	printed := []string{"a", "b", "c", "d"}
	for shown, want := range map[string]bool{
		"a b c d": true, "a … d": true, "… d": true, "a …": true, "… b … d": true, "…": true, "a … b c d": true,
		"a b c": false, "b c d": false, "a c d": false, "… c": false, "a … e": false, "a … c b …": false, "a b c d e": false,
	} {
		if err := shownBy(printed, strings.Fields(shown)); (err == nil) != want {
			t.Errorf("%q shows %v: %v, want %v", shown, printed, err, want)
		}
	}
}

// Examples in the help of commands that need no market work when they are pasted.
func TestExamplesInTheHelpWorkWhenPasted(t *testing.T) {
	t.Parallel()
	root, _ := newRoot(nil, io.Discard, io.Discard)
	for command, want := range map[string]string{
		"vault simulate":  "came in 5100 = held 2720 + claimed 880 + slashed 1500",
		"penalty explain": "together   465",
	} {
		cmd, _, err := root.Find(strings.Fields(command))
		if err != nil {
			t.Fatal(err)
		}
		checkExample(t, cmd, want)
	}
}

func checkExample(t *testing.T, cmd *cobra.Command, want string) {
	t.Helper()
	var help strings.Builder
	cmd.SetOut(&help)
	if err := cmd.Help(); err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(help.String(), "Examples:\n")
	example, _, found := strings.Cut(example, "\n\n")
	if !found {
		t.Fatalf("%s --help has no example:\n%s", cmd.CommandPath(), help.String())
	}
	if printed := pasted(t, example+"\n"); !slices.Contains(lines(printed), want) {
		t.Errorf("%s\nprints\n%s, want %q", example, printed, want)
	}
}
