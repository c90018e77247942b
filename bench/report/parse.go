package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// measured is everything a run measured, in the order in which it did.
type measured struct {
	// about holds the configuration lines.
	about map[string]string
	// apart says of benchmarks that were not measured with the others where and when they were.
	apart  map[string]string
	series []*series
}

// series is one benchmark over all passes.
type series struct {
	what string // the benchmark, such as Clear
	size string // the name without benchmark and by=, such as asks=1000
	by   string // vadium, or a reference
	// passes holds the values by unit, such as ns/op, one for each pass.
	passes map[string][]float64
}

// ours says that the code measured is Vadium's.
func (s *series) ours() bool { return strings.HasPrefix(s.by, "vadium") }

// times returns nanoseconds per operation, one for each pass.
func (s *series) times() []float64 { return s.passes["ns/op"] }

var (
	configurationLine = regexp.MustCompile(`^([a-z][a-z0-9-]*): (.*)$`)
	processors        = regexp.MustCompile(`-[0-9]+$`)
)

// parse reads Go's benchmark format (golang.org/design/14313-benchmark-format): configuration lines, and lines of a
// name, a count of iterations and pairs of value and unit. Lines that are neither are skipped.
func parse(from io.Reader) (*measured, error) {
	m := &measured{about: map[string]string{}, apart: map[string]string{}}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		line := lines.Text()
		if pair := configurationLine.FindStringSubmatch(line); pair != nil {
			if name, when, _ := strings.Cut(pair[2], " "); pair[1] == apart {
				m.apart[name] = when
			} else {
				m.about[pair[1]] = pair[2]
			}
		}
		if !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		if err := m.add(strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("%w: %s", err, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return m, m.check()
}

var errMalformed = errors.New("not a line of benchmark results")

func (m *measured) add(fields []string) error {
	if len(fields) < 4 || len(fields)%2 != 0 {
		return errMalformed
	}
	s, err := m.named(processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), ""))
	if err != nil {
		return err
	}
	for pair := range slices.Chunk(fields[2:], 2) {
		value, err := strconv.ParseFloat(pair[0], 64)
		if err != nil {
			return errMalformed
		}
		s.passes[pair[1]] = append(s.passes[pair[1]], value)
	}
	return nil
}

// named returns the series of a benchmark's name.
func (m *measured) named(name string) (*series, error) {
	parts := strings.Split(name, "/")
	s := &series{what: parts[0], passes: map[string][]float64{}}
	var sizes []string
	for _, part := range parts[1:] {
		if by, found := strings.CutPrefix(part, "by="); found {
			s.by = by
		} else {
			sizes = append(sizes, part)
		}
	}
	s.size = strings.Join(sizes, " ")
	if s.by == "" {
		return nil, errors.New("the name does not say by= whom")
	}
	for _, known := range m.series {
		if known.what == s.what && known.size == s.size && known.by == s.by {
			return known, nil
		}
	}
	m.series = append(m.series, s)
	return s, nil
}

// check holds what is compared against each other: whatever is Vadium's has a reference, timed in as many passes.
func (m *measured) check() error {
	if len(m.series) == 0 {
		return errors.New("no benchmark was measured (does the pattern name one?)")
	}
	for _, s := range m.series {
		if len(s.times()) == 0 {
			return fmt.Errorf("%s %s by %s was not timed", s.what, s.size, s.by)
		}
		if !s.ours() {
			continue
		}
		references := m.references(s)
		if len(references) == 0 {
			return fmt.Errorf("%s %s has no reference", s.what, s.size)
		}
		for _, r := range references {
			if len(s.times()) != len(r.times()) {
				return fmt.Errorf("%s %s by %s was timed in %d passes, by %s in %d", s.what, s.size, s.by, len(s.times()), r.by, len(r.times()))
			}
		}
	}
	return nil
}

// references returns what a series of ours is held against.
func (m *measured) references(s *series) []*series {
	var found []*series
	for _, other := range m.series {
		if other.what == s.what && other.size == s.size && !other.ours() {
			found = append(found, other)
		}
	}
	return found
}

// ratio compares Vadium with a reference: how many times as long it takes, in each pass.
type ratio struct{ lowest, median, highest float64 }

func ratioOf(ours, reference *series) ratio {
	each := make([]float64, len(ours.times()))
	for i := range each {
		each[i] = ours.times()[i] / reference.times()[i]
	}
	slices.Sort(each)
	return ratio{each[0], median(each), each[len(each)-1]}
}

// median returns the middle of the values, the mean of the two middle ones if their number is even.
func median(values []float64) float64 {
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare[float64])
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
