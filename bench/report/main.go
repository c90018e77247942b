// Command report runs the benchmarks of package bench in several passes and writes what they say: results.md for people,
// baseline.txt as the go command printed it. With -compare it writes nothing and holds a fresh run against an earlier one.
//
//	go run ./bench/report                              # from the top folder
//	go run ./bench/report -render                      # after a change of words in about.go
//	go run ./bench/report -compare bench/baseline.txt
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
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c config
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&c.passes, "passes", 5, "how often everything is measured")
	flags.DurationVar(&c.duration, "time", 120*time.Millisecond, "how long one benchmark takes in one pass, about")
	flags.StringVar(&c.pattern, "bench", ".", "which benchmarks to run, as in go test -bench; only with -compare")
	flags.StringVar(&c.tags, "tags", "", "build tags")
	flags.StringVar(&c.dir, "dir", "bench", "folder of package bench, where results.md and baseline.txt go")
	flags.StringVar(&c.compare, "compare", "", "hold the run against this earlier baseline.txt and write nothing")
	flags.BoolVar(&c.render, "render", false, "measure nothing, write results.md from baseline.txt as it is")
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
	case c.pattern != "." && c.compare == "":
		return errors.New("-bench would leave benchmarks out of the results (use it with -compare)")
	}
	if c.compare != "" {
		return c.compareWith(ctx, stdout, stderr)
	}
	return c.write(ctx, stdout, stderr)
}

func (c config) write(ctx context.Context, stdout, stderr io.Writer) error {
	baseline := filepath.Join(c.dir, "baseline.txt")
	var output []byte
	var err error
	if c.render {
		output, err = os.ReadFile(baseline)
	} else {
		output, err = c.measure(ctx, stderr)
	}
	if err != nil {
		return err
	}
	run, err := parse(bytes.NewReader(output))
	if err != nil {
		return err
	}
	var results bytes.Buffer
	if err := writeResults(&results, run); err != nil {
		return err
	}
	for path, content := range map[string][]byte{baseline: output, filepath.Join(c.dir, "results.md"): results.Bytes()} {
		if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // meant to be read by everybody
			return err
		}
	}
	_, err = stdout.Write(results.Bytes())
	return err
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
	keys, err := os.MkdirTemp("", "vadium-bench-keys-") // the same keys in every pass
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(keys)
	var output bytes.Buffer
	describe(ctx, &output)
	begun := time.Now()
	for pass := range c.passes {
		for _, args := range c.commands() {
			cmd := exec.CommandContext(ctx, "go", args...)
			cmd.Env = append(os.Environ(), "VADIUM_BENCH_KEYS="+keys)
			cmd.Stderr = progress
			fmt.Fprintf(&output, "command: go %s\n", strings.Join(args, " "))
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("pass %d of %d: %w\n%s", pass+1, c.passes, err, out)
			}
			output.Write(out)
		}
		fmt.Fprintf(progress, "pass %d of %d done after %v\n", pass+1, c.passes, time.Since(begun).Round(time.Second))
	}
	fmt.Fprintf(&output, "load-after: %s\n", load())
	return output.Bytes(), nil
}

// slow are the benchmarks of which too few operations fit into the usual time: they get a fixed number of them.
const (
	slow     = "^BenchmarkProve$"
	slowRuns = "4x"
)

// commands returns what one pass runs.
func (c config) commands() [][]string {
	common := []string{"test", "-run=^$", "-count=1", "-timeout=20m"}
	if c.tags != "" {
		common = append(common, "-tags="+c.tags)
	}
	quick := []string{"-bench=" + c.pattern, "-skip=" + slow, "-benchtime=" + c.duration.String(), "vadium/bench"}
	long := []string{"-bench=" + slow, "-benchtime=" + slowRuns, "vadium/bench"}
	if c.pattern != "." {
		return [][]string{append(common, "-bench="+c.pattern, "-benchtime="+c.duration.String(), "vadium/bench")}
	}
	return [][]string{append(slices.Clone(common), quick...), append(slices.Clone(common), long...)}
}
