package reporter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

// Config of a reporter.
type Config struct {
	// Feed is what it reports.
	Feed oracle.FeedID
	// Key signs observations. It has a seat on the feed's committee.
	Key pricemedian.PrivateKey
	// Dir is its folder, for one reporter at a time: what it has signed. Two reporters with one key and two folders would
	// equivocate, and lose their stake.
	Dir string
	// Poll is how often the sources are looked at. Default: a second; a view that is needed sooner is looked for at once.
	Poll time.Duration
	// Accuser is told what is found against others; nil: nobody is.
	Accuser Accuser
	// Log receives what it does; default nothing.
	Log *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("a reporter needs a folder (Config.Dir)")
	}
	if oracle.NameOf(c.Feed) == "" {
		return c, fmt.Errorf("feed %v: %w", c.Feed, oracle.ErrFeedID)
	}
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	if c.Poll < 0 {
		return c, fmt.Errorf("a poll every %v is none", c.Poll)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Market is what a reporter needs of a market; *client.Client is one. Calls may be made concurrently and return when the
// market has answered or could not be reached for some time. A refusal carries its [vadium.Kind].
type Market interface {
	// Account publishes rounds.
	Account() vadium.Account

	Market(ctx context.Context) (client.Market, error)
	Feed(ctx context.Context, id oracle.FeedID) (client.ProvenFeed, error)
	// Rounds yields the newest first.
	Rounds(ctx context.Context, id oracle.FeedID) iter.Seq2[client.Round, error]
	Prover(ctx context.Context, who vadium.Account) (client.Prover, error)
	Vault(ctx context.Context, id vadium.VaultID) (client.Vault, error)
	// Watch yields every record from a position on, in order, each once, over all reconnects, until ctx ends.
	Watch(ctx context.Context, from uint64, f client.EventFilter) iter.Seq2[marketplace.Record, error]

	Observe(ctx context.Context, id oracle.FeedID, signed oracle.Signed) error
	// WatchObservations yields what the market holds of a feed, then what comes in, over all reconnects, until ctx ends.
	WatchObservations(ctx context.Context, id oracle.FeedID) iter.Seq2[oracle.Signed, error]
	PublishRound(ctx context.Context, body marketplace.PublishRound) (client.Accepted, error)
}

// Source says what the feed's value is. It is called by one goroutine.
type Source interface {
	// Observe returns what the sources that answer agree on now. It takes no longer than ctx, and an error says that none
	// answers: the reporter then signs nothing.
	Observe(ctx context.Context) (Reading, error)
}

// Reading is what sources said.
type Reading struct {
	Value vadium.Amount // with the feed's decimals
	// Quotes are what independent signers said, by index in the feed's sources: evidence against those who say otherwise.
	Quotes []Quote
}

// Quote is a quote with the bytes that prove it.
type Quote struct {
	oracle.Quote

	Content []byte
}

// Accuser is told of misconduct that a reporter found, to report it to the market. Quotes are one for each of the
// observations of a deviation, and none otherwise. What it returns is logged; it is called by one goroutine.
type Accuser interface {
	Accuse(ctx context.Context, found oracle.Accuse, quotes []Quote) error
}
