package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"vadium/circuits/pricemedian"
	"vadium/cmd/vadium/config"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
	"vadium/oracle"
	"vadium/oracle/source"
)

func oracleReportCommand(c *console, h *home) *cobra.Command {
	var follow bool
	var sources []string
	var lookFor time.Duration
	cmd := &cobra.Command{
		Use:   "report FEED",
		Short: "Report what the observations of a feed prove against their signers, and earn a part of the penalty",
		Long: `Report what the observations of a feed prove against their signers, and earn a part of the penalty.

It reads the observations that the market shows and the rounds that were published, for --for or, with --follow, until Ctrl-C.
Two different ones signed for one round are an equivocation, one that was old when the round before was published is stale, and
with --sources, as for vadium oracle run, one that is far off for as long as the feed says is a deviation: what the sources
served at those times is the evidence. Each is sent in from your account: first a commitment that only you can open, then the
evidence. Every report that the market took is printed, and with --json is a line.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseFeed(args[0])
			if err != nil {
				return err
			}
			configured, err := config.Reporter{Sources: sources}.Upstreams()
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if !follow {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, lookFor)
				defer cancel()
			}
			i := &informer{c: c, market: market, id: id, configured: configured}
			err = i.run(ctx)
			if ctx.Err() != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
				err = nil // as it was told
			}
			if err == nil && i.reported == 0 {
				c.tell("nothing to report")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "go on until interrupted")
	cmd.Flags().DurationVar(&lookFor, "for", 10*time.Second, "how long to look, without --follow")
	cmd.Flags().StringSliceVar(&sources, "sources", nil, "where independent values come from, FEED=KIND:URL each; without any, deviations go unnoticed")
	return cmd
}

// informer watches a feed and reports what it finds.
type informer struct {
	c          *console
	market     *client.Client
	id         oracle.FeedID
	configured []config.Upstream

	mu    sync.Mutex // guards look
	look  *lookout
	found chan accusation

	reported int
}

// maxFound bounds the accusations that wait to be reported: more than all seats of a feed at once, each for everything.
const maxFound = 128

// informerPoll is how often an informer looks at its sources.
const informerPoll = time.Second

func (i *informer) run(ctx context.Context) error {
	m, err := i.market.Market(ctx)
	if err != nil {
		return err
	}
	standing, err := i.market.Feed(ctx, i.id)
	if err != nil {
		return withHint(err, "vadium oracle feeds lists them")
	}
	i.found = make(chan accusation, maxFound)
	i.look = newLookout(oracle.ScopeOf(m.Deployment, i.id), standing.Feed)
	var set *upstreamSet
	if len(i.configured) > 0 {
		if set, err = newUpstreamSet(standing.Feed, i.configured, source.Options{}); err != nil {
			return err
		}
		defer set.Close()
	}
	if err := i.past(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	failed := make(chan error, 3)
	watch := func(follow func(context.Context) error) { watching.Go(func() { failed <- follow(ctx) }) }
	watch(func(ctx context.Context) error { return i.rounds(ctx, m.Seq+1) })
	watch(i.observations)
	if set != nil {
		watch(func(ctx context.Context) error { return i.listen(ctx, set) })
	}
	defer watching.Wait()
	defer stop()
	for {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case a := <-i.found:
			if err := i.report(ctx, a); err != nil {
				return err
			}
		}
	}
}

// past takes the rounds that evidence may still rest on.
func (i *informer) past(ctx context.Context) error {
	var rounds []oracle.Round
	for round, err := range i.market.Rounds(ctx, i.id) {
		if err != nil {
			return err
		}
		if rounds = append(rounds, roundOf(round)); len(rounds) == 64 {
			break
		}
	}
	for n := len(rounds); n > 0; n-- {
		i.take(func(l *lookout) []accusation { return l.published(rounds[n-1]) })
	}
	return nil
}

func roundOf(r client.Round) oracle.Round {
	return oracle.Round{Report: r.Report, Published: r.Published, By: r.By}
}

// take shows the lookout something, and keeps what it finds. What finds no place is found again with the next observation.
func (i *informer) take(show func(*lookout) []accusation) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, a := range show(i.look) {
		select {
		case i.found <- a:
		default:
		}
	}
}

func (i *informer) rounds(ctx context.Context, from uint64) error {
	for r, err := range i.market.Watch(ctx, from, client.EventFilter{}) {
		if err != nil {
			return err
		}
		switch e := r.Event.(type) {
		case *marketplace.RoundPublished:
			if e.Feed != i.id {
				continue
			}
			if err := i.follow(ctx, e.Report); err != nil {
				return err
			}
			i.take(func(l *lookout) []accusation {
				return l.published(oracle.Round{Report: e.Report, Published: r.At, By: e.By})
			})
		case *marketplace.FeedRetired:
			if e.Feed == i.id {
				return fmt.Errorf("%s is retired: %s", feedName(i.id), e.Reason)
			}
		}
	}
	return ctx.Err()
}

// follow begins anew when another configuration has come into force.
func (i *informer) follow(ctx context.Context, r oracle.Report) error {
	if r.Committee == i.look.feed.Committee && r.Outlier == i.look.feed.Outlier {
		return nil
	}
	standing, err := i.market.Feed(ctx, i.id)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	quotes := i.look.quotes
	i.look = newLookout(i.look.scope, standing.Feed)
	i.look.quotes = quotes
	return nil
}

func (i *informer) observations(ctx context.Context) error {
	for s, err := range i.market.WatchObservations(ctx, i.id) {
		if err != nil {
			return err
		}
		if pricemedian.Verify(s) != nil {
			continue // it would be no evidence
		}
		i.take(func(l *lookout) []accusation { return l.observed(s) })
	}
	return ctx.Err()
}

// listen keeps what independent signers say.
func (i *informer) listen(ctx context.Context, set *upstreamSet) error {
	for ctx.Err() == nil {
		if answer, err := set.Observe(ctx); err == nil {
			for _, u := range set.upstreams(answer) {
				i.take(func(l *lookout) []accusation { l.heard(u); return nil })
			}
		}
		pause(ctx, informerPoll)
	}
	return ctx.Err()
}

// evidence is an accusation as the market reads it.
func (a accusation) evidence(feed oracle.FeedID) ([]byte, error) {
	e := signing.OracleEvidence{Feed: feed, Signed: a.Signed}
	if len(a.Signed) == 2 && before(a.Signed[1].Observation, a.Signed[0].Observation) {
		e.Signed = []oracle.Signed{a.Signed[1], a.Signed[0]}
	}
	for _, u := range a.Upstream {
		e.Upstream = append(e.Upstream, signing.Upstream{Source: u.quote.Source, Content: u.raw})
	}
	return e.Encode()
}

// before orders observations by round, time and value, as evidence has them.
func before(a, b oracle.Observation) bool {
	if a.Round != b.Round {
		return a.Round < b.Round
	}
	if a.At != b.At {
		return a.At < b.At
	}
	return a.Value.Less(b.Value)
}

// report sends an accusation in. That somebody was faster is no error.
func (i *informer) report(ctx context.Context, a accusation) error {
	evidence, err := a.evidence(i.id)
	if err != nil {
		return err
	}
	opened, err := report(ctx, i.c, i.market, marketplace.RevealEvidence{Offender: a.Offender, Offence: a.Offence, Evidence: evidence, Salt: client.NewSalt()})
	if refused, is := errors.AsType[*client.Error](err); is && refused.Kind != "" && !refused.Unreachable() {
		i.c.tell("%v of %v is not taken: %s", a.Offence, a.Offender, refused.Message)
		return nil
	}
	if err != nil {
		return err
	}
	i.reported++
	return i.c.show(opened, func() { i.c.printCase(opened) })
}
