package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/cmd/vadium/config"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
	"vadium/oracle/reporter"
	"vadium/oracle/source"
	"vadium/prover/engine"
	"vadium/prover/keys"
	"vadium/vaults/slashing"
)

func oracleRunCommand(c *console, h *home) *cobra.Command {
	schema := config.Of(config.DefaultReporter())
	var script string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Report feeds: observe, sign, prove and publish, until interrupted",
		Long: `Report feeds: observe, sign, prove and publish, until interrupted.

The account needs a vault (vadium vault open), its key a registration (vadium oracle register) and a seat of the feed, which the
operator gives. Values come from --sources and count only if enough of the signers that the feed names have signed them. What the
node signs is on disk before anybody sees it: stop or kill it at any point and run it again with the same folder. Never run two
with one key, or one with a copy of the folder: two values signed for one round cost a fifth of the vault, and the seat.

Proofs of the rounds it leads are made here, in a process that may compute and nothing else, or bought on the market (--buy).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hangups := catchHangups()
			defer hangups.release()
			loaded, err := loadConfig(schema, cmd)
			if err != nil {
				return err
			}
			r := &reporting{c: c, h: h, loaded: loaded, hangups: hangups, script: script}
			err = r.run(cmd.Context())
			return inOrder(cmd.Context(), err, r.log)
		},
	}
	schema.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&script, misbehaveFlag, "", "file with the way to misbehave, read again on SIGHUP; for demonstrations: loses stake")
	if err := cmd.Flags().MarkHidden(misbehaveFlag); err != nil {
		panic(err) // invariant: the flag was defined just now
	}
	return cmd
}

// reporting is a reporter's process: a reporter for each of its feeds, and what a signal changes.
type reporting struct {
	c       *console
	h       *home
	loaded  *config.Loaded[config.Reporter]
	hangups hangups
	log     *slog.Logger
	level   *slog.LevelVar
	// script is the file that says how to misbehave; empty but in demonstrations.
	script   string
	pretence *pretence
}

func (r *reporting) run(ctx context.Context) (err error) {
	s := r.loaded.Value
	if r.log, r.level, err = r.c.leveledLogger(s.Log); err != nil {
		return err
	}
	watch, err := newWatch(ctx, watched{service: "vadium-reporter", operations: s.Operations, trace: s.Trace, log: r.log, hangups: r.hangups})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, watch.close()) }()
	defer context.AfterFunc(ctx, watch.health.Drain)()
	r.h.around = watch.tracer.Interceptors()
	key, err := readReporterKey(firstSet(string(s.KeyFile), r.h.path(reporterKeyFile)))
	if err != nil {
		return err
	}
	market, err := r.h.PatientClient(r.c)
	if err != nil {
		return err
	}
	if r.script != "" {
		if r.pretence, err = newPretence(ctx, market, r.script, key); err != nil {
			return err
		}
	}
	watch.onHangup(func() { r.reload() })
	feeds, err := r.feeds(ctx, market, key.Key())
	if err != nil {
		return err
	}
	dir := firstSet(s.Dir, r.h.path("reporter"))
	watch.addDisk(map[string]string{"reporter": dir})
	prover, end, err := r.prover(market, dir, watch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	var all []*reporter.Reporter
	for _, feed := range feeds {
		set, err := r.upstreams(feed)
		if err != nil {
			return err
		}
		defer set.Close()
		one, err := r.reporter(feed, key, dir, market, set, prover)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	status := func() (doing []reporter.Status) {
		for _, one := range all {
			doing = append(doing, one.Status())
		}
		return doing
	}
	watch.registry.MustRegister(reporter.Metrics{Status: status})
	watch.health.Ready("feeds", func() error {
		var late []error
		for _, s := range status() {
			if s.Late {
				late = append(late, fmt.Errorf("%s has fallen silent", s.Feed))
			}
		}
		return errors.Join(late...)
	})
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range all {
		group.Go(func() error {
			if err := one.Run(ctx); err != nil || ctx.Err() != nil {
				return wrapped(one.Status().Feed, err)
			}
			return fmt.Errorf("the reporter of %s ended", one.Status().Feed)
		})
	}
	return group.Wait()
}

// reload takes over what may change while a reporter runs.
func (r *reporting) reload() {
	reload(r.loaded, r.log, func(s config.Reporter) { setLevel(r.level, s.Log) })
	if r.pretence != nil {
		r.pretence.read(r.log)
	}
}

// feeds returns the feeds to report: those that are named, or all that the key has a seat of.
func (r *reporting) feeds(ctx context.Context, market *client.Client, key oracle.Key) ([]oracle.Feed, error) {
	s := r.loaded.Value
	all := slices.Contains(s.Feeds, "*")
	var feeds []oracle.Feed
	var named []string
	for standing, err := range market.Feeds(ctx) {
		if err != nil {
			return nil, err
		}
		name := feedName(standing.Feed.ID)
		feed := standing.Feed
		_, seated := feed.Slot(key)
		if !seated && standing.Next != nil { // announced
			feed = *standing.Next
			_, seated = feed.Slot(key)
		}
		wanted := slices.Contains(s.Feeds, name)
		switch {
		case standing.Retired || !all && !wanted:
			continue
		case !seated && wanted:
			return nil, withHint(fmt.Errorf("the key 0x%x has no seat of %s", key, name), "the operator gives one: vadium oracle feed set FILE")
		case seated:
			feeds = append(feeds, feed)
			named = append(named, name)
		}
	}
	for _, name := range s.Feeds {
		if name != "*" && !slices.Contains(named, name) {
			return nil, withHint(fmt.Errorf("the market has no feed %s", name), "vadium oracle feeds lists them")
		}
	}
	if len(feeds) == 0 {
		return nil, withHint(fmt.Errorf("the key 0x%x has no seat of any feed", key), "give the operator your account and the key, for a seat (vadium oracle register prints both)")
	}
	r.log.Info("feeds to report", "feeds", strings.Join(named, ", "))
	return feeds, nil
}

// upstreams returns where a feed's value is looked up.
func (r *reporting) upstreams(feed oracle.Feed) (*upstreamSet, error) {
	configured, err := r.loaded.Value.Upstreams()
	if err != nil {
		return nil, err
	}
	return newUpstreamSet(feed, configured, source.Options{Timeout: r.loaded.Value.SourceTimeout})
}

// reporter prepares one feed's reporter.
func (r *reporting) reporter(feed oracle.Feed, key pricemedian.PrivateKey, dir string, market *client.Client, set *upstreamSet, prover reporter.Prover) (*reporter.Reporter, error) {
	s := r.loaded.Value
	settings := reporter.Config{
		Feed: feed.ID, Key: key, Dir: filepath.Join(dir, strings.ReplaceAll(feedName(feed.ID), "/", "_")), Poll: s.Poll, Log: r.log,
	}
	if s.Accuse {
		settings.Accuser = accuser{c: r.c, market: market, feed: feed}
	}
	seen, of := reporter.Source(sources{set: set, log: r.log.With("feed", feedName(feed.ID))}), reporter.Market(market)
	if r.pretence != nil {
		seen, of, prover = r.pretence.sources(seen), r.pretence.market(market, feed), r.pretence.prover(prover)
	}
	return reporter.New(settings, of, seen, prover)
}

// prover returns what proves the rounds, and what ends it.
func (r *reporting) prover(market *client.Client, dir string, watch *watch) (reporter.Prover, func() error, error) {
	s := r.loaded.Value
	if s.Buy {
		fee, err := vadium.ParseTokens(string(s.BuyFee))
		return reporter.Bought{Market: market, MaxFee: fee, Within: s.BuyWithin}, func() error { return nil }, err
	}
	folder := keys.Folder{Dir: firstSet(s.KeyDir, filepath.Join(dir, "keys")), Most: uint64(s.KeyMemory), KeysOnly: true}
	keys.Sweep(folder.Dir, r.log)
	workers := engine.NewWorkers(engine.Limits{
		Provers: 1, KeyBytes: int64(s.KeyMemory), MemoryBytes: uint64(s.WorkerMemory), Require: layersOf(s.Confine), Confined: watch.confined.Saw, Log: r.log,
	})
	return ownProver{market: market, folder: folder, engine: workers}, workers.Close, nil
}

// ownProver makes proofs on this machine, in a process that may compute and nothing else.
type ownProver struct {
	market *client.Client
	folder keys.Folder
	engine engine.Engine
}

// Prove implements reporter.Prover.
func (o ownProver) Prove(ctx context.Context, w reporter.Work) (reporter.Proof, error) {
	l, err := o.market.Program(ctx, w.Program)
	if err != nil {
		return reporter.Proof{}, err
	}
	k, err := o.folder.Fetch(ctx, o.market, w.Program, l.Program)
	if err != nil {
		return reporter.Proof{}, err
	}
	proof, err := o.engine.Prove(ctx, engine.Work{Keys: k, Input: w.Input, Prover: w.Account})
	return reporter.Proof{Bytes: proof.Bytes, Prover: w.Account}, err
}

// sources says what the upstreams of a feed agree on.
type sources struct {
	set *upstreamSet
	log *slog.Logger
}

// Observe implements reporter.Source.
func (s sources) Observe(ctx context.Context) (reporter.Reading, error) {
	answer, err := s.set.Observe(ctx)
	for _, f := range answer.Failed {
		s.log.Warn("a source is left out", "url", f.URL, "error", f.Err)
	}
	if err != nil {
		return reporter.Reading{}, err
	}
	reading := reporter.Reading{Value: answer.Value}
	for _, u := range s.set.upstreams(answer) {
		reading.Quotes = append(reading.Quotes, reporter.Quote{Quote: u.quote, Content: u.raw})
	}
	return reading, nil
}

// accuser reports to the market what a reporter finds against others.
type accuser struct {
	c      *console
	market *client.Client
	feed   oracle.Feed
}

// accuseWithin bounds one report.
const accuseWithin = 30 * time.Second

// Accuse implements reporter.Accuser.
func (a accuser) Accuse(ctx context.Context, found oracle.Accuse, quotes []reporter.Quote) error {
	slot, seated := a.feed.Slot(found.Finding.Key)
	if !seated {
		return errors.New("its key has no seat any more")
	}
	made := accusation{Offender: a.feed.Seats[slot].Reporter, Key: found.Finding.Key, Signed: found.Signed}
	switch found.Of {
	case oracle.Equivocated:
		made.Offence = slashing.ReportEquivocation
	case oracle.Deviated:
		made.Offence = slashing.OracleDeviation
	case oracle.WasStale:
		made.Offence = slashing.StaleOracle
	}
	for _, q := range quotes {
		made.Upstream = append(made.Upstream, upstream{q.Quote, q.Content})
	}
	evidence, err := made.evidence(a.feed.ID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, accuseWithin)
	defer cancel()
	_, err = report(ctx, a.c, a.market, marketplace.RevealEvidence{Offender: made.Offender, Offence: made.Offence, Evidence: evidence, Salt: client.NewSalt()})
	return err
}
