package reporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gofrs/flock"

	"vadium"
	"vadium/circuits/keyfile/unfinished"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
	"vadium/vaults/risk"
)

// Reporter is one seat at work. Make one with [New] and run it once.
type Reporter struct {
	config Config
	market Market
	source Source
	prover Prover
	log    *slog.Logger
	now    func() vadium.Time

	mu     sync.Mutex // guards status
	status Status
}

// Refusals of a reporter to go on.
var (
	// ErrNoSeat: the key is not on the feed's committee, nor on one that is announced.
	ErrNoSeat = errors.New("the key has no seat of the feed (its operator gives seats; vadium oracle feeds FEED shows who has one)")
	// ErrRetired: the feed has ended.
	ErrRetired = errors.New("the feed is retired")

	errLocked = errors.New("it is locked")
	// errAnew ends a life: the feed has changed, or the market's times have.
	errAnew = errors.New("the feed has changed, or the market was away or paused")
)

// New returns a reporter.
func New(c Config, m Market, s Source, p Prover) (*Reporter, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Reporter{
		config: c, market: m, source: s, prover: p, log: c.Log.With("feed", oracle.NameOf(c.Feed)),
		now:    func() vadium.Time { return vadium.Time(time.Now().UnixMilli()) },
		status: Status{Feed: oracle.NameOf(c.Feed)},
	}, nil
}

// Run works until ctx ends, and returns nil then. Any other end is an error that waiting does not mend: the folder is in
// use, damaged or another's, the disk does not take what is to be signed, the key has no seat, or the feed is retired.
func (r *Reporter) Run(ctx context.Context) error {
	if err := os.MkdirAll(r.config.Dir, 0o700); err != nil {
		return fmt.Errorf("reporter folder: %w", err)
	}
	lock := flock.New(filepath.Join(r.config.Dir, "lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return fmt.Errorf("another reporter works in %s (stop it, or use another folder): %w", r.config.Dir, cmp.Or(err, errLocked))
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := unfinished.Sweep(r.config.Dir); err != nil {
		r.log.Warn("files that a killed process left cannot be removed", "folder", r.config.Dir, "error", err)
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 30*time.Second
	for {
		began := time.Now()
		err := r.live(ctx)
		switch {
		case ctx.Err() != nil && !fatal(err):
			return nil
		case fatal(err):
			return err
		case errors.Is(err, errAnew):
			r.log.Info("begins anew", "reason", err)
			wait.Reset() // nothing is wrong
		default:
			r.log.Warn("cannot go on with the market, tries again", "error", err)
		}
		if time.Since(began) > wait.MaxInterval {
			wait.Reset()
		}
		select {
		case <-time.After(wait.NextBackOff()):
		case <-ctx.Done():
			return nil
		}
	}
}

// fatal reports whether waiting does not mend an error.
func fatal(err error) bool {
	return errors.Is(err, ErrNoSeat) || errors.Is(err, ErrRetired) || errors.Is(err, errSigning) || errors.Is(err, errIntents) || errors.Is(err, errOtherKey)
}

// errSigning: it is not known what is on disk, so nothing may be signed.
var errSigning = errors.New("nothing can be signed")

// opened is what a life begins with.
type opened struct {
	feed       oracle.Feed
	scope      oracle.Scope
	slot       int
	recent     []oracle.Round // oldest first
	from       uint64         // position of the first record to be followed
	changeover vadium.Time    // when the next configuration comes into force, or Forever
}

// live follows the market under one configuration of the feed.
func (r *Reporter) live(ctx context.Context) error {
	o, err := r.open(ctx)
	if err != nil {
		return err
	}
	intents, err := openIntents(r.config.Dir, r.config.Key.Key(), o.scope)
	if err != nil {
		return fmt.Errorf("reporter folder: %w", err)
	}
	defer func() { _ = intents.close() }() // every line was synced
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	l := newLife(r, o, intents, end)
	l.backed(ctx, r.backing(ctx, o.feed, 1<<len(o.feed.Seats)-1))
	r.log.Info("reports", "slot", o.slot, "seats", len(o.feed.Seats), "round", l.node.Last().Report.Round)

	var tasks sync.WaitGroup
	tasks.Go(func() { l.followRecords(ctx) })
	tasks.Go(func() { l.followObservations(ctx) })
	tasks.Go(func() { l.look(ctx) })
	tasks.Go(func() { l.gossip(ctx) })
	tasks.Go(func() { l.followBacking(ctx) })
	tasks.Go(func() { l.accuse(ctx) })
	err = l.loop(ctx)
	end(err)
	tasks.Wait()
	l.work.Wait()
	return err
}

// keptRounds is how many rounds a life begins with.
const keptRounds = 64

// open asks the market what stands. A seat that is only announced is waited for.
func (r *Reporter) open(ctx context.Context) (opened, error) {
	m, err := r.market.Market(ctx)
	if err != nil {
		return opened{}, fmt.Errorf("ask the market: %w", err)
	}
	standing, err := r.market.Feed(ctx, r.config.Feed)
	if err != nil {
		return opened{}, fmt.Errorf("ask for the feed: %w", err)
	}
	if standing.Retired {
		return opened{}, ErrRetired
	}
	o := opened{scope: oracle.ScopeOf(m.Deployment, r.config.Feed), from: m.Seq + 1}
	o.feed, o.changeover = inForce(standing, m.Paused, r.now())
	key := r.config.Key.Key()
	slot, seated := o.feed.Slot(key)
	if !seated {
		if standing.Next == nil {
			return opened{}, ErrNoSeat
		}
		if _, announced := standing.Next.Slot(key); !announced {
			return opened{}, ErrNoSeat
		}
		r.log.Info("waits for its seat", "from", standing.NextFrom)
		from := standing.NextFrom
		if m.Paused { // which moves it
			from = max(from, r.now().Add(pausedEvery))
		}
		return opened{}, r.sleepUntil(ctx, from)
	}
	o.slot = slot
	for round, err := range r.market.Rounds(ctx, r.config.Feed) {
		if err != nil {
			return opened{}, fmt.Errorf("ask for rounds: %w", err)
		}
		o.recent = append(o.recent, oracle.Round{Report: round.Report, Published: round.Published, By: round.By})
		if len(o.recent) == keptRounds {
			break
		}
	}
	slices.Reverse(o.recent)
	return o, nil
}

// inForce returns the configuration of a feed that rounds have to follow now, and when the next comes into force. While the
// market is paused nothing does: what is announced moves by the pause when it ends, which begins the reporter anew.
func inForce(standing client.ProvenFeed, paused bool, now vadium.Time) (oracle.Feed, vadium.Time) {
	switch {
	case standing.Next == nil:
		return standing.Feed, vadium.Forever
	case now.Before(standing.NextFrom):
		return standing.Feed, standing.NextFrom
	case paused:
		return standing.Feed, vadium.Forever
	default:
		return *standing.Next, vadium.Forever
	}
}

// pausedEvery is how often the market is asked whether a pause goes on, by who waits for a seat.
const pausedEvery = 5 * vadium.Second

func (r *Reporter) sleepUntil(ctx context.Context, t vadium.Time) error {
	select {
	case <-time.After(until(r.now(), t)):
		return errAnew
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until returns how long it is until a time, at most a day: whoever waits looks again then.
func until(now, t vadium.Time) time.Duration {
	return time.Duration(min(max(0, t.Sub(now)), vadium.Day)) * time.Millisecond
}

// backingWithin bounds a look at all seats' stake.
const backingWithin = 10 * time.Second

// backing returns which seats have the stake that the feed asks for. What the market does not say in time is as it was.
func (r *Reporter) backing(ctx context.Context, feed oracle.Feed, before oracle.Present) oracle.Present {
	ctx, cancel := context.WithTimeout(ctx, backingWithin)
	defer cancel()
	backed := before
	for slot, seat := range feed.Seats {
		has, err := r.hasStake(ctx, seat.Reporter, feed.Bond)
		switch {
		case err != nil:
			r.log.Debug("a seat's stake is not known", "slot", slot, "error", err)
		case has:
			backed = backed.With(slot)
		default:
			backed &^= 1 << slot
		}
	}
	return backed
}

func (r *Reporter) hasStake(ctx context.Context, who vadium.Account, bond vadium.Amount) (bool, error) {
	p, err := r.market.Prover(ctx, who)
	if err != nil {
		return false, err
	}
	if p.Vault == 0 || p.State == marketplace.StateTombstoned {
		return false, nil
	}
	v, err := r.market.Vault(ctx, p.Vault)
	if err != nil {
		return false, err
	}
	return v.Asset == risk.Asset{} && !v.Junior.Less(bond), nil // of another asset it does not count
}
