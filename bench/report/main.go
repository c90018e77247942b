// Command report runs the benchmarks of package bench and the load generator in several passes and writes what they say:
// results.md for people, plots/*.svg, and baseline.txt as they printed it. With -compare it writes nothing and holds a fresh
// run against an earlier one.
//
//	go run ./bench/report                              # from the top folder
//	go run ./bench/report -quick                       # two minutes, to see that everything works; writes nothing
//	go run ./bench/report -render                      # after a change of words in about.go
//	go run ./bench/report -compare bench/baseline.txt
//	go run ./bench/report -add -bench Round            # measures these alone and puts them beside what is there
//
// What is measured with -add is of another time and maybe another commit than the rest, and results.md says so.
//
// A pass measures everything once, Vadium and its references one right after the other, and gives one ratio for each
// pair. On a machine that does other things as well, times of different minutes can't be compared; such ratios can.
//
// baseline.txt is in Go's benchmark format, so benchstat reads it too (benchstat -col /by bench/baseline.txt).
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	passes   int
	duration time.Duration // of one benchmark in one pass
	pattern  string
	tags     string
	dir      string
	compare  string
	render   bool
	quick    bool
	add      bool
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c config
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&c.passes, "passes", 3, "how often the micro-benchmarks are measured")
	flags.DurationVar(&c.duration, "time", 120*time.Millisecond, "how long one benchmark takes in one pass, about")
	flags.StringVar(&c.pattern, "bench", ".", "which benchmarks to run, as in go test -bench; only with -compare and -add")
	flags.BoolVar(&c.add, "add", false, "measure only what -bench names and put it into baseline.txt beside what it has of the others")
	flags.StringVar(&c.tags, "tags", "", "build tags")
	flags.StringVar(&c.dir, "dir", "bench", "folder of package bench, where results.md and baseline.txt go")
	flags.StringVar(&c.compare, "compare", "", "hold the run against this earlier baseline.txt and write nothing")
	flags.BoolVar(&c.render, "render", false, "measure nothing, write results.md from baseline.txt as it is")
	flags.BoolVar(&c.quick, "quick", false, "measure everything once and briefly, print it and write nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag (see -help)", flags.Arg(0))
	case c.passes < 1:
		return errors.New("-passes must be at least 1")
	case c.render && c.compare != "":
		return errors.New("-render measures nothing that -compare could hold against something")
	case c.quick && (c.render || c.compare != ""):
		return errors.New("-quick is too brief to be compared or written down")
	case c.add && (c.pattern == "." || c.render || c.quick || c.compare != ""):
		return errors.New("-add takes the benchmarks that -bench names, and nothing else")
	case c.pattern != "." && c.compare == "" && !c.add:
		return errors.New("-bench would leave benchmarks out of the results (use it with -compare or -add)")
	}
	if c.quick {
		c.passes, c.duration = 1, 10*time.Millisecond
	}
	if c.compare != "" {
		return c.compareWith(ctx, stdout, stderr)
	}
	return c.write(ctx, stdout, stderr)
}

func (c config) write(ctx context.Context, stdout, stderr io.Writer) error {
	baseline := filepath.Join(c.dir, "baseline.txt")
	output, err := os.ReadFile(baseline)
	if err != nil && (c.render || c.add || !errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	if !c.render {
		fresh, err := c.measure(ctx, stderr)
		if err != nil {
			return err
		}
		if c.add {
			if output, err = combine(output, fresh); err != nil {
				return err
			}
		} else {
			output = carry(output, fresh)
		}
	}
	run, err := parse(bytes.NewReader(output))
	if err != nil {
		return err
	}
	if !c.render && !c.add {
		if err := run.complete(); err != nil {
			return err
		}
	}
	var results bytes.Buffer
	if err := writeResults(&results, run); err != nil {
		return err
	}
	plotted, err := drawPlots(run)
	if err != nil {
		return err
	}
	files := map[string][]byte{baseline: output, filepath.Join(c.dir, "results.md"): results.Bytes()}
	for name, content := range plotted {
		files[filepath.Join(c.dir, "plots", name)] = content
	}
	if c.quick {
		files = nil
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // meant to be read by everybody
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // meant to be read by everybody
			return err
		}
	}
	_, err = stdout.Write(results.Bytes())
	return err
}

// complete reports the first benchmark that is explained and was not measured.
func (m *measured) complete() error {
	known := m.benchmarks()
	for _, what := range slices.Sorted(maps.Keys(explanations)) {
		if !slices.Contains(known, what) && !explanations[what].apart {
			return fmt.Errorf("Benchmark%s is explained in about.go and was not measured", what)
		}
	}
	return nil
}

func (c config) compareWith(ctx context.Context, stdout, stderr io.Writer) error {
	earlier, err := os.Open(c.compare)
	if err != nil {
		return fmt.Errorf("%w (make it with: make bench)", err)
	}
	defer earlier.Close()
	before, err := parse(earlier)
	if err != nil {
		return fmt.Errorf("%s: %w", c.compare, err)
	}
	output, err := c.measure(ctx, stderr)
	if err != nil {
		return err
	}
	after, err := parse(bytes.NewReader(output))
	if err != nil {
		return err
	}
	return writeComparison(stdout, before, after)
}

// measure runs all passes and returns what the go command printed, after lines that say where and when.
func (c config) measure(ctx context.Context, progress io.Writer) ([]byte, error) {
	keys := os.Getenv("VADIUM_BENCH_KEYS") // the same keys in every pass
	if keys == "" {
		var err error
		if keys, err = os.MkdirTemp("", "vadium-bench-keys-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(keys)
	}
	var output bytes.Buffer
	describe(ctx, &output)
	begun := time.Now()
	run := func(args []string) error {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "VADIUM_BENCH_KEYS="+keys)
		if c.quick {
			cmd.Env = append(cmd.Env, "VADIUM_BENCH_QUICK=1")
		}
		cmd.Stderr = progress
		fmt.Fprintf(&output, "command: go %s\n", strings.Join(args, " "))
		out, err := cmd.Output()
		output.Write(out)
		if err != nil {
			return errors.Join(fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out), salvage(output.Bytes(), progress))
		}
		return nil
	}
	for pass := range c.passes {
		for _, args := range c.commands() {
			if err := run(args); err != nil {
				return nil, fmt.Errorf("pass %d of %d: %w", pass+1, c.passes, err)
			}
		}
		fmt.Fprintf(progress, "pass %d of %d done after %v\n", pass+1, c.passes, time.Since(begun).Round(time.Second))
	}
	for _, args := range c.once() {
		if err := run(args); err != nil {
			return nil, err
		}
		fmt.Fprintf(progress, "go %s done after %v\n", strings.Join(args, " "), time.Since(begun).Round(time.Second))
	}
	fmt.Fprintf(&output, "load-after: %s\n", load())
	return output.Bytes(), nil
}

// salvage keeps what was measured before something failed, for whoever has waited for it.
func salvage(output []byte, progress io.Writer) error {
	f, err := os.CreateTemp("", "vadium-bench-*.txt")
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "what was measured until then is in %s\n", f.Name())
	_, err = f.Write(output)
	return errors.Join(err, f.Close())
}

// slow are the benchmarks of which too few operations fit into the usual time: they get a fixed number of them. What is
// mixed needs the time in which the garbage of a large state is collected more than once. What is in large takes a minute to
// set up: it is measured once.
const (
	slow      = "^BenchmarkProve$"
	slowRuns  = "4x"
	mixed     = "^BenchmarkMix$"
	mixedTime = time.Second
	rounds    = "^BenchmarkRoundProve$"
	roundRuns = "2x"
	large     = "^BenchmarkGrowth$"
	byHand    = "^Benchmark(MixByKind|ProveLatency|Provenance|Clearing)$" // figures without a reference, and what takes minutes to set up
	largeTime = 300 * time.Millisecond
)

func (c config) test(args ...string) []string {
	common := []string{"test", "-run=^$", "-count=1", "-timeout=30m"}
	if c.tags != "" {
		common = append(common, "-tags="+c.tags)
	}
	return append(append(common, args...), "vadium/bench")
}

// commands returns what one pass runs.
func (c config) commands() [][]string {
	if c.pattern != "." {
		return [][]string{c.test("-bench="+c.pattern, "-benchtime="+c.duration.String())}
	}
	return [][]string{
		c.test("-bench=.", "-skip="+slow+"|"+mixed+"|"+rounds+"|"+large+"|"+byHand, "-benchtime="+c.duration.String()),
		c.test("-bench="+slow, "-benchtime="+slowRuns),
		c.test("-bench="+rounds, "-benchtime="+roundRuns),
		c.test("-bench="+mixed, "-benchtime="+min(mixedTime, 10*c.duration).String()),
	}
}

// once returns what runs once, because it makes passes of its own or is too large to be repeated.
func (c config) once() [][]string {
	if c.pattern != "." {
		return nil
	}
	load := func(args ...string) []string {
		command := []string{"run"}
		if c.tags != "" {
			command = append(command, "-tags="+c.tags)
		}
		if c.quick {
			args = append(args, "-quick")
		}
		return append(append(command, "vadium/bench/load"), args...)
	}
	return [][]string{
		c.test("-bench="+large, "-benchtime="+min(largeTime, 10*c.duration).String()),
		load("-mix=standard"),
		load("-mix=proof"),
	}
}
