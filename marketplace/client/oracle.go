package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"connectrpc.com/connect"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/oracle"
)

// RegisterReporter names a key that the account's observations are signed with.
func (c *Client) RegisterReporter(ctx context.Context, body marketplace.RegisterReporter) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.oracles.RegisterReporter, body)
	return accepted, err
}

// SetFeed registers a feed, or announces another configuration of it. Operator only.
func (c *Client) SetFeed(ctx context.Context, feed oracle.Feed) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.oracles.SetFeed, marketplace.SetFeed{Feed: feed})
	return accepted, err
}

// RetireFeed ends a feed. Operator only.
func (c *Client) RetireFeed(ctx context.Context, body marketplace.RetireFeed) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.oracles.RetireFeed, body)
	return accepted, err
}

// PublishRound publishes a round with its proof. A proof that was not bought is bound to request zero and to the account.
func (c *Client) PublishRound(ctx context.Context, body marketplace.PublishRound) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.oracles.PublishRound, body)
	return accepted, err
}

// Observe puts a signed observation where whoever watches the feed finds it. It needs no key: the observation's own
// signature is all it takes.
func (c *Client) Observe(ctx context.Context, feed oracle.FeedID, signed oracle.Signed) error {
	message := &v1.ObserveRequest{Feed: feed.String(), Signed: new(v1.SignedObservation)}
	wire.WriteCommand(message.Signed, signed)
	_, err := call(ctx, c, c.oracles.Observe, message)
	return err
}

// WatchObservations yields the observations of a feed that the market holds, then those that come in. It reconnects for as
// long as ctx lasts; whatever is held then is yielded again. It ends with ctx's error, or with a refusal. Their signatures have
// been checked by the market alone: whoever relies on one checks it (pricemedian.Verify).
func (c *Client) WatchObservations(ctx context.Context, feed oracle.FeedID) iter.Seq2[oracle.Signed, error] {
	return func(yield func(oracle.Signed, error) bool) {
		w := board{client: c, feed: feed, yield: yield}
		wait := pauses()
		for !w.stopped {
			before := w.received
			err := w.connect(ctx)
			switch {
			case w.stopped:
				return
			case ctx.Err() != nil:
				yield(oracle.Signed{}, ctx.Err())
				return
			case err != nil && !resumable(err):
				yield(oracle.Signed{}, decode(err))
				return
			}
			c.options.Log.Debug("observation stream is resumed", "feed", feed, "error", err)
			if w.received > before {
				wait.Reset()
			}
			select {
			case <-time.After(wait.NextBackOff()):
			case <-ctx.Done():
			}
		}
	}
}

// board is one call of WatchObservations, over all its connections.
type board struct {
	client   *Client
	feed     oracle.FeedID
	yield    func(oracle.Signed, error) bool
	received uint64 // messages, to tell a connection that worked
	stopped  bool   // the caller wants no more
}

// connect follows one stream to its end.
func (b *board) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(b.client.options.Silence, func() { cancel(errSilent) })
	defer silence.Stop()
	stream, err := b.client.oracles.WatchObservations(ctx, connect.NewRequest(&v1.WatchObservationsRequest{Feed: b.feed.String()}))
	if err == nil {
		defer stream.Close()
		for stream.Receive() {
			silence.Stop() // handling an observation may take its time
			b.received++
			if err := b.take(stream.Msg()); err != nil || b.stopped {
				return err
			}
			silence.Reset(b.client.options.Silence)
		}
		err = stream.Err()
	}
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

func (b *board) take(message *v1.WatchObservationsResponse) error {
	if message.GetObserved() == nil {
		return nil // a heartbeat, or a newer market's item
	}
	signed, err := read[oracle.Signed](message.GetObserved())
	if err != nil {
		return connect.NewError(connect.CodeInternal, err)
	}
	b.stopped = !b.yield(signed, nil)
	return nil
}

// Feed returns a feed as it stands.
func (c *Client) Feed(ctx context.Context, id oracle.FeedID) (ProvenFeed, error) {
	a, err := call(ctx, c, c.oracles.GetFeed, &v1.GetFeedRequest{Feed: id.String()})
	if err != nil {
		return ProvenFeed{}, err
	}
	return read[ProvenFeed](a.GetFeed())
}

// Feeds yields all feeds, retired ones too. It stops after the first error.
func (c *Client) Feeds(ctx context.Context) iter.Seq2[ProvenFeed, error] {
	return pages[ProvenFeed](func(token string) ([]*v1.ProvenFeed, string, error) {
		a, err := call(ctx, c, c.oracles.ListFeeds, &v1.ListFeedsRequest{PageSize: pageSize, PageToken: token})
		return a.GetFeeds(), a.GetNextPageToken(), err
	})
}

// Rounds yields the rounds of a feed with their proofs, the newest first. It stops after the first error.
func (c *Client) Rounds(ctx context.Context, feed oracle.FeedID) iter.Seq2[Round, error] {
	return pages[Round](func(token string) ([]*v1.Round, string, error) {
		a, err := call(ctx, c, c.oracles.ListRounds, &v1.ListRoundsRequest{Feed: feed.String(), PageSize: roundsPerPage, PageToken: token})
		return a.GetRounds(), a.GetNextPageToken(), err
	})
}

const roundsPerPage = 100

// Round returns one round of a feed with its proof; 0: the last. One that the market does not look back for is found among those
// that it lists. Nothing of it has been verified: see [Client.VerifyRound].
func (c *Client) Round(ctx context.Context, feed oracle.FeedID, number uint64) (Round, error) {
	a, err := call(ctx, c, c.oracles.GetRound, &v1.GetRoundRequest{Feed: feed.String(), Round: number})
	if errors.Is(err, wire.ErrRoundFar) {
		return c.listedRound(ctx, feed, number)
	}
	if err != nil {
		return Round{}, err
	}
	return read[Round](a.GetRound())
}

func (c *Client) listedRound(ctx context.Context, feed oracle.FeedID, number uint64) (Round, error) {
	for round, err := range c.Rounds(ctx, feed) {
		if err != nil || round.Report.Round == number {
			return round, err
		}
		if round.Report.Round < number {
			break
		}
	}
	return Round{}, fmt.Errorf("round %d was skipped: %w", number, wire.ErrRoundUnknown)
}
