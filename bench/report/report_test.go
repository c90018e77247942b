package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twoPasses = `date: 2026-11-21 05:00 UTC
commit: 0123456789ab
goos: linux
cpu: A processor
BenchmarkClear/asks=10/by=vadium-2 	 100	 300 ns/op	 7 clearings/s
BenchmarkClear/asks=10/by=scan-2   	 100	 100 ns/op	 9 clearings/s
PASS
BenchmarkClear/asks=10/by=vadium-2 	 100	 400 ns/op	 5 clearings/s
BenchmarkClear/asks=10/by=scan-2   	 100	 200 ns/op	 9 clearings/s
PASS
`

func mustParse(t *testing.T, text string) *measured {
	t.Helper()
	m, err := parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRatiosAreThoseOfTheSamePass(t *testing.T) {
	m := mustParse(t, twoPasses)
	got, want := ratioOf(m.series[0], m.series[1]), ratio{lowest: 2, median: 2.5, highest: 3}
	if got != want {
		t.Errorf("ratio = %v, want %v", got, want)
	}
	if got := m.about["cpu"]; got != "A processor" {
		t.Errorf("cpu = %q, want %q", got, "A processor")
	}
}

func TestAFigureWithoutReferenceOrPassIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing measured":   "goos: linux\nPASS\n",
		"no reference":       "BenchmarkClear/asks=10/by=vadium-2 1 300 ns/op\n",
		"other size":         "BenchmarkClear/asks=10/by=vadium-2 1 300 ns/op\nBenchmarkClear/asks=11/by=scan-2 1 300 ns/op\n",
		"nobody did it":      "BenchmarkClear/asks=10-2 1 300 ns/op\n",
		"a pass is missing":  strings.Replace(twoPasses, "BenchmarkClear/asks=10/by=scan-2", "Removed", 1),
		"no time":            "BenchmarkClear/by=vadium-2 1 300 B/op\nBenchmarkClear/by=scan-2 1 300 B/op\n",
		"value without unit": "BenchmarkClear/asks=10/by=vadium-2 1 300 ns/op 5\n",
		"no number":          "BenchmarkClear/asks=10/by=vadium-2 1 many ns/op\n",
	} {
		if _, err := parse(strings.NewReader(text)); err == nil {
			t.Errorf("%s: parse = nil, want an error", name)
		}
	}
}

func TestDifferencesCountOnlyWhenNoPassOverlaps(t *testing.T) {
	before := ratio{2, 2.5, 3}
	for _, c := range []struct {
		after ratio
		want  string
	}{
		{ratio{3, 4, 5}, "no difference seen"},
		{ratio{3.01, 4, 5}, "slower"},
		{ratio{1, 1.5, 2}, "no difference seen"},
		{ratio{1, 1.5, 1.99}, "faster"},
	} {
		if got := difference(before, c.after); got != c.want {
			t.Errorf("difference(%v, %v) = %q, want %q", before, c.after, got, c.want)
		}
	}
}

func TestComparisonNamesWhatIsNew(t *testing.T) {
	after := twoPasses + `BenchmarkOpen/by=vadium-2 1 30 ns/op
BenchmarkOpen/by=ecrecover-2 1 20 ns/op
BenchmarkOpen/by=vadium-2 1 30 ns/op
BenchmarkOpen/by=ecrecover-2 1 20 ns/op
`
	var page bytes.Buffer
	if err := writeComparison(&page, mustParse(t, twoPasses), mustParse(t, after)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| Clear by vadium | asks=10 | scan | **2.50** (2.00 to 3.00) | **2.50** (2.00 to 3.00) | no difference seen |",
		"| Open by vadium |  | ecrecover |  | **1.50** (1.50 to 1.50) | new |",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the comparison is\n%s\nwant a line %s", page.String(), want)
		}
	}
}

func TestFiguresAreWrittenForPeople(t *testing.T) {
	for nanoseconds, want := range map[float64]string{
		65.72: "65.7 ns", 999: "999 ns", 1_000: "1.00 µs", 12_345: "12.3 µs", 293_304: "293 µs", 1_337_233: "1.34 ms", 2.5e9: "2.50 s",
	} {
		if got := span(nanoseconds); got != want {
			t.Errorf("span(%v) = %q, want %q", nanoseconds, got, want)
		}
	}
	for value, want := range map[float64]string{0: "0", 0.0479: "0.0479", 5.228: "5.23", 99.9: "99.9", 747.8: "748", 94_513: "94,513", 15_216_395: "15,216,395"} {
		if got := grouped(value); got != want {
			t.Errorf("grouped(%v) = %q, want %q", value, got, want)
		}
	}
}

// The committed page says what the committed measurement says, no more and no less, and explains all of it.
func TestResultsAreThoseOfTheBaseline(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "baseline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	baseline := mustParse(t, string(raw))
	var want bytes.Buffer
	if err := writeResults(&want, baseline); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "results.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("results.md is not what baseline.txt says (run: go run ./bench/report -render):\n%s", want.String())
	}
	for what := range explanations {
		if !strings.Contains(want.String(), "\n## "+what+"\n") {
			t.Errorf("Benchmark%s is explained and not in the baseline", what)
		}
	}
}

func TestWhatNobodyExplainedIsNotPublished(t *testing.T) {
	for name, text := range map[string]string{
		"benchmark": strings.ReplaceAll(twoPasses, "BenchmarkClear", "BenchmarkUnheard"),
		"reference": strings.ReplaceAll(twoPasses, "by=scan", "by=guess"),
	} {
		if err := writeResults(&bytes.Buffer{}, mustParse(t, text)); err == nil {
			t.Errorf("unexplained %s: writeResults = nil, want an error", name)
		}
	}
}

func TestFlagsThatWouldPublishHalfAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-bench=Clear"}, {"-passes=0"}, {"-render", "-compare=x"}, {"extra"}} {
		if err := run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("run(%q) = nil, want an error", args)
		}
	}
}
