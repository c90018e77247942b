package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// writeResults writes the run as a page of Markdown: where and when, then a table and a caveat for each benchmark.
func writeResults(to io.Writer, m *measured) error {
	var page strings.Builder
	page.WriteString("# Measured\n\nWritten by `make bench` from `baseline.txt`; do not edit. [README.md](README.md) says how to read it.\n\n")
	for _, key := range []string{"cpu", "cores", "memory", "disk", "disk-sync", "load-before", "load-after", "go", "commit", "date"} {
		if value := m.about[key]; value != "" {
			fmt.Fprintf(&page, "* %s: %s\n", key, value)
		}
	}
	page.WriteString("\nFigures are medians over the passes of a table. A ratio says how many times as long Vadium takes as the reference did in " +
		"the same pass, in brackets the lowest and the highest; below 1 Vadium is faster. The middle ratio and the middle times " +
		"may be of different passes.\n")
	writeTargets(&page, m)
	for _, what := range m.benchmarks() {
		about, known := explanations[what]
		if !known {
			return fmt.Errorf("bench/report has no explanation of Benchmark%s (write one in about.go)", what)
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s. Passes: %d.", what, about.title, m.passes(what))
		if when := m.apart[what]; when != "" {
			fmt.Fprintf(&page, " Measured apart from the rest: %s.", when)
		}
		page.WriteString("\n\n")
		if err := writeTable(&page, m, what, about); err != nil {
			return err
		}
		fmt.Fprintf(&page, "\nCaveat: %s\n", about.caveat)
		for _, p := range plots {
			if p.beside == what && p.drawn(m) {
				fmt.Fprintf(&page, "\n![%s](plots/%s)\n", p.title, p.file)
			}
		}
	}
	_, err := io.WriteString(to, page.String())
	return err
}

// benchmarks returns the names there are, in the order they were measured.
func (m *measured) benchmarks() []string {
	var names []string
	for _, s := range m.series {
		if !slices.Contains(names, s.what) {
			names = append(names, s.what)
		}
	}
	return names
}

// passes returns how often a benchmark was timed, by the series that was timed least.
func (m *measured) passes(what string) int {
	least := 0
	for _, s := range m.series {
		if n := len(s.times()); s.what == what && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

func writeTable(page *strings.Builder, m *measured, what string, about explanation) error {
	page.WriteString("| size | by | per op | | reference | per op | ratio |\n|---|---|---:|---|---|---:|---:|\n")
	used := map[string]bool{}
	for _, s := range m.series {
		if s.what != what || !s.ours() {
			continue
		}
		for _, reference := range m.references(s) {
			if about.reference[reference.by] == "" {
				return fmt.Errorf("bench/report does not say what by=%s of Benchmark%s is (write it in about.go)", reference.by, what)
			}
			used[reference.by] = true
			fmt.Fprintf(page, "| %s | %s | %s | %s | %s | %s | %s |\n", s.size, s.by, span(median(s.times())), rates(s),
				reference.by, span(median(reference.times()))+processor(reference), ratioOf(s, reference))
		}
	}
	page.WriteString("\n")
	for _, s := range m.series {
		if s.what == what && used[s.by] {
			fmt.Fprintf(page, "* *%s*: %s.\n", s.by, about.reference[s.by])
			used[s.by] = false
		}
	}
	return nil
}

// quantile begins the units of what is only plotted: how long so many percent of the calls took at most, in microseconds.
const quantile = "at-"

// rates returns what else was measured: a rate, how long callers waited.
func rates(s *series) string {
	var all []string
	for _, unit := range sortedUnits(s) {
		value := median(s.passes[unit])
		name, micro := strings.CutSuffix(unit, "-µs")
		switch {
		case unit == "ns/op", strings.HasPrefix(unit, quantile):
		case micro:
			all = append(all, name+" "+span(1_000*value))
		default:
			all = append(all, grouped(value)+" "+unit)
		}
	}
	return strings.Join(all, ", ")
}

// processor returns the processor time that a reference took, if it was measured: on a busy machine it says more than the
// time that went by.
func processor(s *series) string {
	var all strings.Builder
	for _, unit := range sortedUnits(s) {
		if strings.HasPrefix(unit, "cpu-") {
			fmt.Fprintf(&all, ", %s %s", grouped(median(s.passes[unit])), unit)
		}
	}
	return all.String()
}

func sortedUnits(s *series) []string {
	var units []string
	for unit := range s.passes {
		units = append(units, unit)
	}
	slices.Sort(units)
	return units
}

// String writes the ratio with its range.
func (r ratio) String() string {
	return fmt.Sprintf("**%s** (%s to %s)", digits(r.median), digits(r.lowest), digits(r.highest))
}

// span writes nanoseconds with three digits.
func span(nanoseconds float64) string {
	unit, name := time.Nanosecond, "ns"
	switch d := time.Duration(nanoseconds); {
	case d >= time.Second:
		unit, name = time.Second, "s"
	case d >= time.Millisecond:
		unit, name = time.Millisecond, "ms"
	case d >= time.Microsecond:
		unit, name = time.Microsecond, "µs"
	}
	return digits(nanoseconds/float64(unit)) + " " + name
}

// digits writes a number with three significant digits, never as a power of ten.
func digits(value float64) string {
	decimals := 0
	if value > 0 {
		decimals = max(0, 2-int(math.Floor(math.Log10(value))))
	}
	return strconv.FormatFloat(value, 'f', min(decimals, 4), 64)
}

// grouped writes a whole number with separators, and a small one with three digits.
func grouped(value float64) string {
	if value < 100 {
		return digits(value)
	}
	text := strconv.FormatFloat(value, 'f', 0, 64)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// writeComparison writes how the ratios of two runs differ. A difference counts only when the ranges of all passes do
// not overlap; nothing here is an error, because no machine is quiet enough to fail somebody's change on it.
func writeComparison(to io.Writer, before, after *measured) error {
	var page strings.Builder
	fmt.Fprintf(&page, "before: %s, %s\nafter:  %s, %s\n\nRatios to the reference of the same pass, median (lowest to highest).\n\n",
		before.about["commit"], before.about["date"], after.about["commit"], after.about["date"])
	page.WriteString("| what | size | reference | before | after | |\n|---|---|---|---:|---:|---|\n")
	for _, s := range after.series {
		if !s.ours() {
			continue
		}
		for _, reference := range after.references(s) {
			then, now := before.find(s), ratioOf(s, reference)
			old, verdict := "", "new"
			if thenReference := before.find(reference); then != nil && thenReference != nil {
				was := ratioOf(then, thenReference)
				old, verdict = was.String(), difference(was, now)
			}
			fmt.Fprintf(&page, "| %s by %s | %s | %s | %s | %s | %s |\n", s.what, s.by, s.size, reference.by, old, now, verdict)
		}
	}
	_, err := io.WriteString(to, page.String())
	return err
}

// find returns the series of the same name, or nil.
func (m *measured) find(like *series) *series {
	for _, s := range m.series {
		if s.what == like.what && s.size == like.size && s.by == like.by {
			return s
		}
	}
	return nil
}

func difference(before, after ratio) string {
	switch {
	case after.lowest > before.highest:
		return "slower"
	case after.highest < before.lowest:
		return "faster"
	}
	return "no difference seen"
}
