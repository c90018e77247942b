// Testreport reads `go test -json` on standard input and prints what a person wants to read: one line per package,
// the full output of whatever failed, what tests counted (their attribute "counted", see testing.T.Attr), and at the end
// how many tests ran and which were skipped.
//
// It fails when a test or a package failed, when a test was skipped (a check that did not run proves nothing) and
// when no test ran at all (a -run pattern that matches nothing is a success to `go test`).
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := report(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "testreport: %v\n", err)
		os.Exit(1)
	}
}

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // set instead of Package on the output of a build
	Test       string
	Output     string
	Elapsed    float64 // seconds
	Key, Value string  // of an attribute
}

type testName struct{ pkg, test string }

// tally is what the events amount to.
type tally struct {
	output                  map[testName][]string // kept until the test passes
	passed, skipped, failed []testName
	counted                 []string
	brokenPackages          int
}

func report(in io.Reader, out io.Writer) error {
	t := tally{output: map[testName][]string{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			t.line(line, out)
		}
		if errors.Is(err, io.EOF) {
			return t.summary(out)
		}
		if err != nil {
			return fmt.Errorf("read test events: %w", err)
		}
	}
}

func (t *tally) line(line string, out io.Writer) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		fmt.Fprint(out, line) // the go command itself speaking, outside any test
		return
	}
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "output":
		t.output[name] = append(t.output[name], e.Output)
	case "attr":
		if e.Key == "counted" {
			t.counted = append(t.counted, e.Test+": "+e.Value)
		}
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "pass", "skip", "fail":
		if e.Test == "" {
			t.packageDone(e, out)
			return
		}
		t.testDone(name, e.Action, out)
	}
}

func (t *tally) testDone(name testName, action string, out io.Writer) {
	switch action {
	case "pass":
		t.passed = append(t.passed, name)
	case "skip":
		t.skipped = append(t.skipped, name)
	case "fail":
		t.failed = append(t.failed, name)
		fmt.Fprint(out, strings.Join(t.output[name], ""))
	}
	delete(t.output, name)
}

// packageDone prints the package's line. "skip" of a package means that it has no tests, which is no skipped check.
func (t *tally) packageDone(e event, out io.Writer) {
	name := testName{pkg: e.Package}
	if e.Action == "fail" {
		t.brokenPackages++
		for _, unfinished := range t.unfinished(e.Package) { // a panic or a timeout leaves tests without a verdict
			fmt.Fprint(out, strings.Join(t.output[unfinished], ""))
			delete(t.output, unfinished)
		}
		fmt.Fprint(out, strings.Join(t.output[name], ""))
	}
	delete(t.output, name)
	if e.Action != "skip" {
		fmt.Fprintf(out, "%-4s %-48s %8.1f s\n", e.Action, e.Package, e.Elapsed)
	}
}

func (t *tally) unfinished(pkg string) []testName {
	var names []testName
	for name := range t.output {
		if name.pkg == pkg && name.test != "" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b testName) int { return strings.Compare(a.test, b.test) })
	return names
}

func (t *tally) summary(out io.Writer) error {
	fmt.Fprintf(out, "%d tests passed, %d failed, %d skipped\n", len(t.passed), len(t.failed), len(t.skipped))
	for _, counted := range t.counted {
		fmt.Fprintf(out, "counted: %s\n", counted)
	}
	for _, name := range t.skipped {
		fmt.Fprintf(out, "skipped: %s %s\n", name.pkg, name.test)
	}
	switch {
	case len(t.failed) > 0 || t.brokenPackages > 0:
		return fmt.Errorf("%d tests failed, %d packages did not pass", len(t.failed), t.brokenPackages)
	case len(t.skipped) > 0:
		return fmt.Errorf("%d tests were skipped: a check that did not run proves nothing", len(t.skipped))
	case len(t.passed) == 0:
		return errors.New("no test ran: does the pattern name anything?")
	}
	return nil
}
