// Command agents lets people who want money play against the market's rules, for half a year of simulated time in which
// the price of their stake crashes, and says who gained.
//
//	go run ./bench/agents                       # three seeds, 180 days: prints the table
//	go run ./bench/agents -write                # and writes results.md and one plot a seed into bench/agents
//	go run ./bench/agents -seed 7 -seeds 1 -kind ring
//
// The market is the real core: commands are decided and events applied as in production, under a virtual clock. Everything
// around it is simulated from a seed: prices, the cost of proving, what people request, and what agents do about it.
//
// A *kind* of agents is one way to behave: one owner with two provers, a requester and a reporter, or a staker. Each kind
// that deviates is run beside the kind that has the same stake and costs, and does as it should, in the same market with
// the same luck: what it gains less is what the rules take from it. A *ledger* follows every record, and holds it against
// what no deviation may change: what delegators pay, and what each *party* may have in the end.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

func main() {
	if err := runMain(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "agents:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	setting
	seeds uint64
	kind  string
	write bool
	dir   string
}

func runMain(args []string, stdout, stderr io.Writer) error {
	var c config
	flags := flag.NewFlagSet("agents", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Uint64Var(&c.seed, "seed", 1, "the seed to begin with")
	flags.Uint64Var(&c.seeds, "seeds", 3, "how many seeds")
	flags.IntVar(&c.days, "days", 180, "how many days, 60 at least")
	flags.IntVar(&c.perDay, "requests", 100, "requests a day, in a market of 14 provers")
	flags.IntVar(&c.crash, "crash", 30, "the day on which prices begin to fall, for five days")
	flags.StringVar(&c.kind, "kind", "", "run this kind only, beside the one it is compared with")
	flags.BoolVar(&c.write, "write", false, "write results.md and the plots")
	flags.StringVar(&c.dir, "dir", "bench/agents", "where to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || c.days < 60 || c.perDay < 1 || c.crash < 1 || c.crash+30 > c.days {
		return errors.New("usage: agents [-seed n] [-seeds n] [-days n] [-requests n] [-crash day] [-kind name] [-write] (a crash needs 30 days after it)")
	}
	if _, known := kindOfName(c.kind); c.kind != "" && !known {
		return fmt.Errorf("there is no kind %q (see kinds in deviations.go)", c.kind)
	}
	var results bytes.Buffer
	found, err := c.play(io.MultiWriter(stdout, &results), stderr)
	if err != nil {
		return err
	}
	if c.write {
		if err := os.WriteFile(filepath.Join(c.dir, "results.md"), c.head(results.Bytes()), 0o644); err != nil { //nolint:gosec // for everyone to read
			return err
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("%d findings against the rules:\n%s", len(found), strings.Join(found, "\n"))
	}
	return nil
}

// play runs everything, and returns what is against the rules.
func (c config) play(stdout, stderr io.Writer) (found []string, err error) {
	var verdicts []verdict
	var lines bytes.Buffer
	for seed := c.seed; seed < c.seed+c.seeds; seed++ {
		s := c.setting
		s.seed = seed
		fmt.Fprintf(stderr, "seed %d ...\n", seed)
		some := s.compareAll(func(k kind) bool { return c.kind == "" || k.name == c.kind })
		verdicts = append(verdicts, some...)
		for _, v := range some {
			for _, f := range v.found {
				found = append(found, fmt.Sprintf("seed %d, %s: %s", seed, v.kind.name, f))
			}
		}
		if c.kind != "" {
			continue
		}
		r := s.mixed()
		for _, f := range r.audit() {
			found = append(found, fmt.Sprintf("seed %d, all kinds together: %s", seed, f))
		}
		writeRun(&lines, r)
		if c.write {
			svg, err := r.draw()
			if err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(c.dir, fmt.Sprintf("seed-%d.svg", seed)), svg, 0o644); err != nil { //nolint:gosec // for everyone to read
				return nil, err
			}
		}
	}
	found = append(found, c.profitable(verdicts)...)
	found = append(found, untried(verdicts)...)
	writeTable(stdout, verdicts)
	fmt.Fprintln(stdout)
	writeKinds(stdout, kinds)
	fmt.Fprintln(stdout)
	for line := range strings.Lines(lines.String()) {
		fmt.Fprintf(stdout, "* %s", line)
	}
	return found, nil
}

// compareAll runs every kind that is wanted beside the one it is compared with, which runs once.
func (s setting) compareAll(wanted func(kind) bool) []verdict {
	var deviating, loyal []kind
	for _, k := range kinds {
		if k.like == "" || !wanted(k) {
			continue
		}
		deviating = append(deviating, k)
		if like, _ := kindOfName(k.like); !slices.ContainsFunc(loyal, func(l kind) bool { return l.name == k.like }) {
			loyal = append(loyal, like)
		}
	}
	alone := func(k kind) *run {
		s := s
		s.cast = []kind{k}
		return simulate(s)
	}
	beside := inParallel(loyal, alone)
	return inParallel(deviating, func(k kind) verdict {
		i := slices.IndexFunc(loyal, func(l kind) bool { return l.name == k.like })
		return compare(alone(k), beside[i])
	})
}

// inParallel returns what of makes of each, in order, as many at a time as there are processors.
func inParallel[T any](of []kind, do func(kind) T) []T {
	results := make([]T, len(of))
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, k := range of {
		work.Go(func() error {
			results[i] = do(k)
			return nil
		})
	}
	_ = work.Wait() // nothing fails
	return results
}

// mixed runs crews of all kinds in one market, with as many more requests as there are more provers.
func (s setting) mixed() *run {
	s.cast = slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.judged != "" })
	s.perDay = s.perDay * (strangers + 2*len(s.cast)) / (strangers + 2)
	return simulate(s)
}
