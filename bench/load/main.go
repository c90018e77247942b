// Command load puts a real market under load, checks that it told its clients the truth, and only then says how fast it
// was.
//
//	go run ./bench/load                                  # the runs of `make bench`, in Go's benchmark format
//	go run ./bench/load -mix single -clients 64 -for 5s  # one closed loop
//	go run ./bench/load -mix assign -rate 1500           # one open loop
//	go run ./bench/load -mix single -market http://127.0.0.1:8420 -operator operator.key
//
// The market is a process of the binary people run, on a journal on disk, reached over HTTP; the load is another process.
// After the runs the market is stopped, started and stopped again, and its journal replayed: every command that a client
// was told is accepted must be in it once, where the client was told, with nothing else of the clients'; every one that was
// refused must not; every one sent again must have been answered the same; the books must balance; and the replay must meet
// every digest the market wrote of its own state and end where `vadium journal fsck` does. If any of this fails, the
// figures are not printed and the exit status is 1.
//
// Beside each run stands a reference that gets the same messages from the same clients in the same minute.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/ethereum/go-ethereum/crypto"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	mix      string
	clients  int
	rate     float64
	duration time.Duration
	passes   int
	market   string
	operator string
	binary   string
	profiles string
	empty    string
	quick    bool
	log      int
	pairs    int

	stdout, progress io.Writer
}

var mixes = map[string]string{
	"standard": "everything that `make bench` publishes",
	"single":   "requests, each signed by a wallet, one a message: a closed loop of -clients",
	"assign":   "the same at a fixed -rate, timed until the assignment is on the stream",
	"batch":    "many commands under a session's signature, and single requests at -rate beside half of that",
	"proof":    "proofs from end to end, by a real prover, in pairs with bare gnark",
	"life":     "whole requests, simulated provers answering: a closed loop of -clients",
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c := config{stdout: stdout, progress: stderr}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.mix, "mix", "standard", "what to send: "+strings.Join(mixNames(), ", "))
	flags.IntVar(&c.clients, "clients", 64, "clients at once, each with a connection of its own")
	flags.Float64Var(&c.rate, "rate", 200, "calls a second of an open loop")
	flags.DurationVar(&c.duration, "for", 3*time.Second, "how long one run takes")
	flags.IntVar(&c.passes, "passes", 3, "how often the standard runs are made, each time with a new market")
	flags.StringVar(&c.market, "market", "", "use the market at this URL instead of starting one; its journal cannot be replayed")
	flags.StringVar(&c.operator, "operator", "", "file with the private key of that market's operator, in hex, who funds the load")
	flags.StringVar(&c.binary, "binary", "", "measure this vadium instead of building one")
	flags.StringVar(&c.profiles, "profiles", "", "write profiles of the market's processor time to this folder, one for each closed loop")
	flags.StringVar(&c.empty, "empty", "", "be the reference process, configured by this file")
	flags.IntVar(&c.log, "log", 16, "proofs are of programs of just under 2^log constraints")
	flags.IntVar(&c.pairs, "pairs", 7, "how many pairs of proofs are timed")
	flags.BoolVar(&c.quick, "quick", false, "short runs, one pass: to see that it works")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag (see -help)", flags.Arg(0))
	case c.empty != "":
		return serveEmpty(ctx, c.empty, stdout)
	case mixes[c.mix] == "":
		return fmt.Errorf("there is no mix %q (there are %s)", c.mix, strings.Join(mixNames(), ", "))
	case c.clients < 1 || c.rate <= 0 || c.duration <= 0 || c.passes < 1 || c.pairs < 1:
		return errors.New("-clients, -rate, -for, -passes and -pairs must be above zero")
	case (c.market == "") != (c.operator == ""):
		return errors.New("-market needs -operator, the key that funds the load, and the other way round")
	case c.market != "" && (c.mix == "standard" || c.mix == "proof"):
		return fmt.Errorf("mix %s needs a market of its own (choose another -mix)", c.mix)
	}
	if c.quick {
		c.duration, c.passes, c.log, c.pairs = min(c.duration, time.Second), 1, min(c.log, 12), min(c.pairs, 2)
	}
	return c.run(ctx)
}

func mixNames() []string {
	var names []string
	for name := range mixes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c config) tell(format string, args ...any) {
	fmt.Fprintf(c.progress, "load: "+format+"\n", args...)
}

func (c config) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "vadium-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if c.market != "" {
		m, err := c.foreignMarket(ctx)
		if err != nil {
			return err
		}
		return c.trial(ctx, m, dir, c.single)
	}
	binary := c.binary
	if binary == "" {
		if binary, err = buildVadium(ctx, dir); err != nil {
			return err
		}
	}
	runs := c.single
	if c.mix == "standard" {
		runs = c.standard
	} else {
		c.passes = 1
	}
	for pass := range c.passes {
		folder, err := os.MkdirTemp(dir, "pass-")
		if err != nil {
			return err
		}
		m, err := startMarket(ctx, binary, folder, c.profiles)
		if err != nil {
			return err
		}
		if err := c.trial(ctx, m, folder, runs); err != nil {
			return fmt.Errorf("pass %d of %d: %w", pass+1, c.passes, err)
		}
	}
	return nil
}

// foreignMarket takes part in a market that is somebody else's.
func (c config) foreignMarket(ctx context.Context) (*market, error) {
	key, err := crypto.LoadECDSA(c.operator)
	if err != nil {
		return nil, fmt.Errorf("the operator's key: %w", err)
	}
	m := &market{url: strings.TrimSuffix(c.market, "/")}
	return m, m.populate(ctx, key)
}

// trial makes runs on a market, checks the market, and prints what the runs measured if it was honest.
func (c config) trial(ctx context.Context, m *market, dir string, runs func(context.Context, *trial, string) ([]string, error)) error {
	t := newTrial(m, c.tell)
	lines, err := runs(ctx, t, dir)
	if err == nil {
		err = t.allAssigned(ctx)
	}
	if err != nil {
		return errors.Join(err, m.stop())
	}
	found, err := t.verify(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("the market is not to be believed, so there are no figures: %w", err), m.stop())
	}
	c.tell("%s", found)
	for _, line := range lines {
		fmt.Fprintln(c.stdout, line)
	}
	return nil
}

// single makes the one run that the flags describe.
func (c config) single(ctx context.Context, t *trial, dir string) ([]string, error) {
	switch c.mix {
	case "assign":
		return c.assign(ctx, t, dir, c.clients, c.rate)
	case "life":
		return c.wholeLives(ctx, t, c.clients)
	case "proof":
		return c.proofs(ctx, t, dir)
	case "batch":
		h, err := t.heat(ctx)
		if err != nil {
			return nil, err
		}
		return c.batched(ctx, t, h, dir)
	}
	return c.serve(ctx, t, dir, []int{c.clients})
}

// standard makes the runs that are published. Those that fill the provers' slots come last.
func (c config) standard(ctx context.Context, t *trial, dir string) ([]string, error) {
	h, err := t.heat(ctx)
	if err != nil {
		return nil, err
	}
	batched, err := c.batched(ctx, t, h, dir)
	if err != nil {
		return nil, err
	}
	lived, err := c.wholeLives(ctx, t, c.clients)
	if err != nil {
		return nil, err
	}
	served, err := c.serve(ctx, t, dir, []int{1, 64, 1_024})
	return slices.Concat(served, batched, lived), err
}

// batched runs session-signed batches, and times assignments beside them.
func (c config) batched(ctx context.Context, t *trial, h *hot, dir string) (lines []string, err error) {
	reference, err := t.startReference(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reference.stop()) }()
	lines, best, err := c.batches(ctx, t, h, reference)
	if err != nil {
		return nil, err
	}
	assigned, err := c.assignmentsBeside(ctx, t, h, reference, c.rate, best)
	return append(lines, assigned...), err
}

// guess is more calls a second than one machine of today answers, so that a closed loop does not run out of them.
func guess(clients int) float64 {
	if clients == 1 {
		return 6_000
	}
	return 12_000
}

// serve runs closed loops of single requests: the market, then the empty handler, with the same messages.
func (c config) serve(ctx context.Context, t *trial, dir string, clientCounts []int) (lines []string, err error) {
	reference, err := t.startReference(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reference.stop()) }()
	for _, clients := range clientCounts {
		calls, err := t.market.submissions(int(guess(clients) * (c.duration + warmUp).Seconds()))
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("Serve/mix=single/clients=%d", clients)
		ours, err := t.closed(ctx, name, clients, calls, c.duration)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line(name, "vadium", ours.perCommand(), ours.latency, ours))
		theirs, err := measureReference(ctx, reference, clients, calls, c.duration)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line(name, "empty-handler", theirs.perCommand(), theirs.latency, theirs))
		c.tell("single, %d clients: %.0f commands/s, the empty handler %.0f", clients, ours.rate(), theirs.rate())
	}
	return lines, nil
}

func (t *trial) startReference(ctx context.Context, dir string) (*process, error) {
	response, err := t.aResponse(ctx)
	if err != nil {
		return nil, err
	}
	return startEmpty(ctx, dir, t.market.domain, response)
}

func measureReference(ctx context.Context, reference *process, clients int, calls []*call, duration time.Duration) (figures, error) {
	d := openDoor(reference.url, clients, reference)
	defer d.close()
	if _, _, err := closedLoop(ctx, d, clients, calls, warmUp); err != nil {
		return figures{}, err
	}
	f, _, err := closedLoop(ctx, d, clients, calls, duration)
	if err == nil {
		err = f.measured(reference.name, len(calls))
	}
	return f, err
}

// assign runs an open loop: the market, timed until the assignment is on the stream, then the empty handler at the same
// rate, timed until it answers.
func (c config) assign(ctx context.Context, t *trial, dir string, clients int, perSecond float64) (lines []string, err error) {
	reference, err := t.startReference(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reference.stop()) }()
	name := fmt.Sprintf("Assignment/mix=single/rate=%.0f", perSecond)
	f, assigned, calls, err := t.assignments(ctx, clients, perSecond, c.duration)
	if err != nil {
		return nil, err
	}
	lines = append(lines, line(name, "vadium", p99(assigned), assigned, f))
	d := openDoor(reference.url, clients, reference)
	defer d.close()
	theirs, _, err := openLoop(ctx, d, clients, calls, perSecond)
	if err != nil {
		return nil, err
	}
	c.tell("assignments at %.0f a second: p99 %v, the empty handler's answer %v", perSecond, p99(assigned), p99(theirs.latency))
	return append(lines, line(name, "empty-handler", p99(theirs.latency), theirs.latency, theirs)), nil
}

// wholeLives runs whole requests in a closed loop; beside it the verification of as many proofs, on all cores.
func (c config) wholeLives(ctx context.Context, t *trial, clients int) ([]string, error) {
	f, _, err := t.lives(ctx, clients, c.duration)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("Lives/clients=%d", clients)
	verified, err := t.market.program.verifyFor(min(c.duration, time.Second))
	if err != nil {
		return nil, err
	}
	c.tell("whole requests, %d clients: %.0f a second, a verification alone %.0f", clients, f.rate(), verified.rate())
	return []string{
		line(name, "vadium", f.perCommand(), f.latency, f),
		line(name, "verify", verified.perCommand(), nil, verified),
	}, nil
}

func (f figures) rate() float64 { return float64(f.commands) / f.elapsed.Seconds() }

func (f figures) perCommand() time.Duration { return f.elapsed / time.Duration(max(f.commands, 1)) }

func p99(h *hdrhistogram.Histogram) time.Duration {
	return time.Duration(h.ValueAtQuantile(99)) * time.Microsecond
}

// quantiles are what is plotted.
var quantiles = []float64{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9, 99.99, 100}

// line writes figures in Go's benchmark format. op is what a ratio compares.
func line(name, by string, op time.Duration, latency *hdrhistogram.Histogram, f figures) string {
	var l strings.Builder
	fmt.Fprintf(&l, "Benchmark%s/by=%s \t%d\t%d ns/op\t%.0f commands/s", name, by, f.commands, op.Nanoseconds(), f.rate())
	if f.serverCPU > 0 && f.commands > 0 {
		fmt.Fprintf(&l, "\t%.1f server-cpu-µs", float64(f.serverCPU.Microseconds())/float64(f.commands))
	}
	if f.busy > 0 {
		fmt.Fprintf(&l, "\t%d busy", f.busy)
	}
	if latency != nil {
		for _, q := range []float64{50, 99, 99.9} {
			fmt.Fprintf(&l, "\t%d p%v-µs", latency.ValueAtQuantile(q), q)
		}
		for _, q := range quantiles {
			fmt.Fprintf(&l, "\t%d at-%v", latency.ValueAtQuantile(q), q)
		}
	}
	return l.String()
}
