package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
	"vadium/oracle/reporter"
)

// misbehaviour is a way in which a reporter fails or lies, for demonstrations.
type misbehaviour string

// Ways to misbehave.
const (
	misbehaveNot        misbehaviour = "honest"
	misbehaveSilent     misbehaviour = "silent"     // says nothing to anybody
	misbehaveSlow       misbehaviour = "slow"       // says everything when its round is nearly over
	misbehaveStale      misbehaviour = "stale"      // signs what is long past
	misbehaveOff        misbehaviour = "off"        // reports a tenth more
	misbehaveEquivocate misbehaviour = "equivocate" // signs two values for each round
)

var misbehaviours = []misbehaviour{misbehaveNot, misbehaveSilent, misbehaveSlow, misbehaveStale, misbehaveOff, misbehaveEquivocate}

// misbehaveFlag names the hidden flag of oracle run.
const misbehaveFlag = "demo-misbehave-file"

// demoChain is the chain id that no real market has.
const demoChain = 31337

// pretence makes a reporter misbehave in the way that a file says. It is between the reporter, which is honest, and what it
// sees and says.
type pretence struct {
	script string
	key    pricemedian.PrivateKey
	now    atomic.Value // of misbehaviour
}

// newPretence refuses a market that is not for demonstrations: there it would cost somebody money.
func newPretence(ctx context.Context, market *client.Client, script string, key pricemedian.PrivateKey) (*pretence, error) {
	m, err := market.Market(ctx)
	if err != nil {
		return nil, err
	}
	if m.ChainID != demoChain || m.Params.OracleVeto >= vadium.Minute {
		return nil, withHint(fmt.Errorf("--%s is for demonstrations, and this market is none (chain %d, a veto of %s)", misbehaveFlag, m.ChainID, span(m.Params.OracleVeto)), "leave it out")
	}
	c := &pretence{script: script, key: key}
	return c, c.load()
}

// load reads the file.
func (c *pretence) load() error {
	text, err := os.ReadFile(c.script)
	if err != nil {
		return err
	}
	way := misbehaviour(strings.TrimSpace(string(text)))
	if !slices.Contains(misbehaviours, way) {
		return fmt.Errorf("%s names no way to behave: %q (of %v)", c.script, way, misbehaviours)
	}
	c.now.Store(way)
	return nil
}

// read is load on a signal.
func (c *pretence) read(log *slog.Logger) {
	if err := c.load(); err != nil {
		log.Error("the pretence stays what it was", "error", err)
		return
	}
	log.Warn("the reporter behaves as in a demonstration", "behaviour", string(c.way()))
}

func (c *pretence) way() misbehaviour { return c.now.Load().(misbehaviour) } //nolint:forcetypeassert // newPretence stores one

// sources returns what the reporter sees.
func (c *pretence) sources(of reporter.Source) reporter.Source { return bentSource{of, c} }

type bentSource struct {
	reporter.Source
	c *pretence
}

// Observe implements reporter.Source.
func (b bentSource) Observe(ctx context.Context) (reporter.Reading, error) {
	reading, err := b.Source.Observe(ctx)
	if err == nil && b.c.way() == misbehaveOff {
		reading.Value = reading.Value.MustAdd(reading.Value.BpsDown(1_000))
	}
	return reading, err
}

// market returns what the reporter speaks to.
func (c *pretence) market(of *client.Client, feed oracle.Feed) reporter.Market {
	return bentMarket{of, c, feed}
}

type bentMarket struct {
	*client.Client
	c    *pretence
	feed oracle.Feed
}

// staleBy is how long past an observation of a stale reporter is, beyond the feed's window: more than a round or two take.
const staleBy = 8 * time.Second

// Observe implements reporter.Market.
func (b bentMarket) Observe(ctx context.Context, id oracle.FeedID, signed oracle.Signed) error {
	switch o := signed.Observation; b.c.way() {
	case misbehaveSilent:
		return nil
	case misbehaveSlow:
		pause(ctx, b.late())
	case misbehaveStale:
		o.At = o.At.Add(-b.feed.Window - vadium.Duration(staleBy.Milliseconds()))
		old, err := b.c.key.Sign(o)
		if err != nil {
			return err
		}
		signed = old
	case misbehaveEquivocate:
		o.Value = o.Value.MustAdd(vadium.NewAmount(1))
		other, err := b.c.key.Sign(o)
		if err == nil {
			err = b.Client.Observe(ctx, id, other)
		}
		if err != nil {
			return err
		}
	case misbehaveNot, misbehaveOff:
	}
	return b.Client.Observe(ctx, id, signed)
}

// PublishRound implements reporter.Market.
func (b bentMarket) PublishRound(ctx context.Context, body marketplace.PublishRound) (client.Accepted, error) {
	switch b.c.way() {
	case misbehaveSilent:
		<-ctx.Done()
		return client.Accepted{}, ctx.Err()
	case misbehaveSlow:
		pause(ctx, b.late())
	case misbehaveNot, misbehaveStale, misbehaveOff, misbehaveEquivocate:
	}
	return b.Client.PublishRound(ctx, body)
}

// late is nearly as long as a round has: what comes then is not waited for.
func (b bentMarket) late() time.Duration {
	return time.Duration(b.feed.Timeout-b.feed.Timeout/8) * time.Millisecond
}

// prover returns what proves for the reporter.
func (c *pretence) prover(of reporter.Prover) reporter.Prover { return bentProver{of, c} }

type bentProver struct {
	reporter.Prover
	c *pretence
}

// Prove implements reporter.Prover.
func (b bentProver) Prove(ctx context.Context, w reporter.Work) (reporter.Proof, error) {
	if b.c.way() == misbehaveSilent { // nobody would see the proof
		<-ctx.Done()
		return reporter.Proof{}, ctx.Err()
	}
	return b.Prover.Prove(ctx, w)
}
