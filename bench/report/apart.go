package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// apart is the configuration line of a benchmark that was not measured together with the others: its name, then where and
// when.
const apart = "apart"

var resultLine = regexp.MustCompile(`^Benchmark([^/\s-]+)`)

// about reports whether a line of a baseline is a result of one of the benchmarks, or says when it was measured apart.
func about(line string, names []string) bool {
	if found := resultLine.FindStringSubmatch(line); found != nil {
		return slices.Contains(names, found[1])
	}
	rest, found := strings.CutPrefix(line, apart+": ")
	name, _, _ := strings.Cut(rest, " ")
	return found && slices.Contains(names, name)
}

// split parts a baseline's lines into those about some benchmarks and the rest.
func split(baseline []byte, names []string) (some, rest []byte) {
	for line := range bytes.Lines(baseline) {
		if about(string(line), names) {
			some = append(some, line...)
		} else {
			rest = append(rest, line...)
		}
	}
	return some, rest
}

// combine puts a run of some benchmarks beside what a baseline has of the others, and says of each that it was measured apart.
func combine(baseline, fresh []byte) ([]byte, error) {
	m, err := parse(bytes.NewReader(fresh))
	if err != nil {
		return nil, err
	}
	names := m.benchmarks()
	_, combined := split(baseline, names)
	for _, name := range names {
		combined = fmt.Appendf(combined, "%s: %s %s, at commit %s, load %s before and %s after%s\n", apart, name,
			m.about["date"], m.about["commit"], m.about["load-before"], m.about["load-after"], m.busy())
	}
	for line := range bytes.Lines(fresh) {
		if bytes.HasPrefix(line, []byte("command: ")) || bytes.HasPrefix(line, []byte("Benchmark")) {
			combined = append(combined, line...)
		}
	}
	return combined, nil
}

// busy warns of a run beside other work: then times say how long one waited for a processor, and so do their ratios.
func (m *measured) busy() string {
	before, err := strconv.ParseFloat(m.about["load-before"], 64)
	if err != nil || before <= busyLoad {
		return ""
	}
	return " (the machine was busy: read processor times, not times and their ratios)"
}

// busyLoad is when others take a third of two processors while gnark wants both.
const busyLoad = 1.0

// carry adds to a full run what it leaves out and an earlier baseline has.
func carry(baseline, fresh []byte) []byte {
	var names []string
	for name, e := range explanations {
		if e.apart {
			names = append(names, name)
		}
	}
	kept, _ := split(baseline, names)
	return append(fresh, kept...)
}
