package main

import (
	"bytes"
	"fmt"
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

func TestWhatIsMeasuredApartReplacesItselfOnly(t *testing.T) {
	old := "date: 2026-11-21\ncommit: abc\ncpu: A\n" +
		"BenchmarkClear/asks=10/by=vadium-2 1 30 ns/op\nBenchmarkClear/asks=10/by=scan-2 1 10 ns/op\n" +
		"apart: Round 2026-11-22, at commit def, load 1 before and 2 after\n" +
		"BenchmarkRound/by=vadium-2 1 40 ns/op\nBenchmarkRound/by=gnark-2 1 10 ns/op\n" +
		"BenchmarkRoundProve/by=vadium-2 1 50 ns/op\nBenchmarkRoundProve/by=gnark-2 1 10 ns/op\nload-after: 3\n"
	fresh := "date: 2026-11-23\ncommit: 123\nload-before: 4\ncommand: go test\ncpu: B\n" +
		"BenchmarkRound/by=vadium-2 1 60 ns/op\nBenchmarkRound/by=gnark-2 1 20 ns/op\nPASS\nload-after: 5\n"
	combined, err := combine([]byte(old), []byte(fresh))
	if err != nil {
		t.Fatal(err)
	}
	m := mustParse(t, string(combined))
	for _, c := range []struct {
		what string
		want float64
	}{{"Clear", 3}, {"Round", 3}, {"RoundProve", 5}} {
		ours := m.of(c.what)
		if len(ours) != 1 || len(ours[0].times()) != 1 || ratioOf(ours[0], m.references(ours[0])[0]).median != c.want {
			t.Errorf("%s is not %v in\n%s", c.what, c.want, combined)
		}
	}
	if got, want := m.apart["Round"], "2026-11-23, at commit 123, load 4 before and 5 after (the machine was busy: read processor times, not times and their ratios)"; got != want || len(m.apart) != 1 {
		t.Errorf("apart = %v, want Round %q", m.apart, want)
	}
	if m.about["date"] != "2026-11-21" || m.about["commit"] != "abc" || m.about["cpu"] != "A" || m.about["load-after"] != "3" {
		t.Errorf("the rest was measured otherwise than before: %v", m.about)
	}
}

func TestAFullRunKeepsWhatItLeavesOut(t *testing.T) {
	const kept = "apart: Provenance 2026-11-22\nBenchmarkProvenance/prove/by=vadium-2 1 40 ns/op\nBenchmarkProvenance/prove/by=gnark-2 1 10 ns/op\n"
	got := string(carry([]byte(twoPasses+kept), []byte("date: now\n")))
	if want := "date: now\n" + kept; got != want {
		t.Errorf("carry = %q, want %q", got, want)
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
	drawn, err := drawPlots(baseline)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range drawn {
		got, err := os.ReadFile(filepath.Join("..", "plots", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("plots/%s is not what baseline.txt says (%v) (run: go run ./bench/report -render)", name, err)
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "plots", "*.svg"))
	if err != nil || len(files) != len(drawn) {
		t.Errorf("there are %d plots (%v), want the %d that there is data for", len(files), err, len(drawn))
	}
}

// Nothing fails when a promise about speed is missed. But whoever publishes that it was missed says why.
func TestMissedPromisesHaveAReason(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "baseline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	baseline := mustParse(t, string(raw))
	for _, promise := range targets {
		if figure, kept, ok := promise.measure(baseline); ok && !kept && promise.reason == "" {
			t.Errorf("%s: measured %s, and no reason is given (profile it, and write down what you find in targets.go)", promise.promise, figure)
		}
	}
}

func TestPromisesAreKeptOrMissedByTheirFigures(t *testing.T) {
	const before = `BenchmarkDecide/command=life/by=vadium 1 2000 ns/op %s commands/s
BenchmarkDecide/command=life/by=apply 1 1000 ns/op
BenchmarkSubmit/asks=10/by=vadium 1 %s ns/op
BenchmarkSubmit/asks=10/by=clear 1 1000 ns/op
`
	for _, c := range []struct {
		name, rate string
		want       string
	}{
		{"kept", "500000", "| life 500,000/s | kept |"},
		{"missed", "499999", "| life 499,999/s | **missed**"},
	} {
		m := mustParse(t, fmt.Sprintf(before, c.rate, "1000"))
		var page strings.Builder
		writeTargets(&page, m)
		if !strings.Contains(page.String(), c.want) {
			t.Errorf("%s: the table is\n%s\nwant %s", c.name, page.String(), c.want)
		}
		if !strings.Contains(page.String(), "not measured") {
			t.Errorf("%s: what was not measured does not say so:\n%s", c.name, page.String())
		}
	}
}

// A market gets commands of all kinds, so the promise is missed when their mix is slower than promised, and says how fast
// each is.
func TestPromiseOfTheCoreIsAboutTheMixToo(t *testing.T) {
	for mix, want := range map[string]string{
		"500000": "heartbeat 900,000/s; mixed as requests live, by how many are open: 1000 500,000/s | kept |",
		"499999": "heartbeat 900,000/s; mixed as requests live, by how many are open: 1000 499,999/s | **missed**",
	} {
		m := mustParse(t, `BenchmarkDecide/command=heartbeat/by=vadium 1 1111 ns/op 900000 commands/s
BenchmarkDecide/command=heartbeat/by=apply 1 400 ns/op
BenchmarkMix/open=1000/by=vadium 1 26000000 ns/op `+mix+` commands/s
BenchmarkMix/open=1000/by=apply 1 9000000 ns/op
`)
		var page strings.Builder
		if writeTargets(&page, m); !strings.Contains(page.String(), want) {
			t.Errorf("the table is\n%s\nwant %s", page.String(), want)
		}
	}
}

func TestShareIsOfTheReferencesRate(t *testing.T) {
	m := mustParse(t, `BenchmarkServe/mix=single/clients=64/by=vadium 1 125 ns/op
BenchmarkServe/mix=single/clients=64/by=empty-handler 1 100 ns/op
`)
	if figure, kept, ok := m.eachShare("Serve", "clients", "empty-handler", 0.8); !ok || !kept || figure != "0.800 at 64 clients" {
		t.Errorf("eachShare = %q, %t, %t, want 0.800 at 64 clients, kept", figure, kept, ok)
	}
	if _, kept, _ := m.eachShare("Serve", "clients", "empty-handler", 0.81); kept {
		t.Error("a share of 0.8 keeps a promise of 0.81")
	}
}

func TestGrowthIsMissedWhenACommandGetsDearer(t *testing.T) {
	for large, want := range map[string]bool{"4000": true, "4100": false} {
		m := mustParse(t, `BenchmarkGrowth/command=life/open=1000/by=vadium 1 1000 ns/op
BenchmarkGrowth/command=life/open=1000/by=map 1 10 ns/op
BenchmarkGrowth/command=life/open=1000000/by=vadium 1 `+large+` ns/op
BenchmarkGrowth/command=life/open=1000000/by=map 1 10 ns/op
`)
		if figure, kept, ok := m.growth(); !ok || kept != want {
			t.Errorf("growth from 1000 to %s ns = %q, %t, %t, want kept %t", large, figure, kept, ok, want)
		}
	}
}

// A plot is read on dark pages too, so it has its own ground; and what it shows is on it.
func TestPlotsStandOnTheirOwnGroundAndSayWhatTheyShow(t *testing.T) {
	m := mustParse(t, `BenchmarkServe/mix=single/clients=1/by=vadium 1 10 ns/op 900 commands/s
BenchmarkServe/mix=single/clients=1/by=empty-handler 1 10 ns/op 1000 commands/s
BenchmarkServe/mix=single/clients=64/by=vadium 1 10 ns/op 5000 commands/s
BenchmarkServe/mix=single/clients=64/by=empty-handler 1 10 ns/op 9000 commands/s
`)
	files, err := drawPlots(m)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Fatalf("%d plots, want the one there is data for", len(files))
	}
	svg := string(files["throughput.svg"])
	for _, want := range []string{"fill:#FFFFFF", "clients", "commands a second", "single, vadium", "single, empty-handler"} {
		if !strings.Contains(svg, want) {
			t.Errorf("throughput.svg does not contain %q", want)
		}
	}
	again, err := drawPlots(m)
	if err != nil || !bytes.Equal(again["throughput.svg"], files["throughput.svg"]) {
		t.Errorf("drawn twice, the plot differs (%v)", err)
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
	for _, args := range [][]string{{"-bench=Clear"}, {"-passes=0"}, {"-render", "-compare=x"}, {"-quick", "-render"}, {"extra"}} {
		if err := run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("run(%q) = nil, want an error", args)
		}
	}
}
