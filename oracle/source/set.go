package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"vadium"
	"vadium/oracle"
)

// Set asks several upstreams for one feed's value and answers with the median of what is fresh and verified. One that is
// down, slow or wrong is left out, counted, and asked again later and later; nothing it does is the asker's failure.
type Set struct {
	options Options
	client  *http.Client

	mu        sync.Mutex // held while asking: guards upstreams
	upstreams []*asked
}

// Options of a [Set].
type Options struct {
	// Decimals are the feed's.
	Decimals uint8
	// Fresh is how old a value may be. Default: 30 seconds.
	Fresh vadium.Duration
	// Skew is how far ahead of this clock a value may be. Default: a second.
	Skew vadium.Duration
	// Tolerance is how far from the median a value still agrees with it. Default: 1 %.
	Tolerance vadium.Bps
	// Timeout is how long an upstream has to answer. Default: [FetchTimeout].
	Timeout time.Duration
}

// MaxUpstreams bounds a set: each is a connection at a time.
const MaxUpstreams = 16

// Answer is what a [Set] found.
type Answer struct {
	// Value is the median of the quotes: sorted[n/2], as everywhere in feeds. At is the oldest of their times.
	Value vadium.Amount
	At    vadium.Time
	// Quotes are what is fresh and verified; Agreed is how many of them are within the tolerance of the median.
	Quotes []Evidence
	Agreed int
	// Failed are the upstreams that were left out.
	Failed []Failure
}

// Evidence is a quote with the bytes that prove it (see [Check]).
type Evidence struct {
	oracle.Quote

	URL      string
	Upstream []byte
}

// Failure is why an upstream was left out: what went wrong when it was asked last, perhaps some time ago.
type Failure struct {
	URL string
	Err error
}

var (
	// ErrNothing: no upstream has a fresh value.
	ErrNothing = errors.New("no upstream has a fresh value that is signed as it has to be")
	// ErrStale: the upstream's value is too old, or from the future.
	ErrStale = errors.New("its value is not fresh")
)

// asked is an upstream with what is remembered of it.
type asked struct {
	Upstream
	index uint8
	pause *backoff.ExponentialBackOff
	until time.Time // not asked before: it failed
	why   error
	last  *Evidence // the newest that was verified
}

// NewSet returns a set of upstreams; each one's place among them is the source's index in its quotes. Upstreams of one
// source are ways to the same signers: they have one voice together, that of the newest.
func NewSet(upstreams []Upstream, options Options) (*Set, error) {
	if len(upstreams) == 0 || len(upstreams) > MaxUpstreams {
		return nil, fmt.Errorf("a set has 1 to %d upstreams, this has %d", MaxUpstreams, len(upstreams))
	}
	if options.Fresh == 0 {
		options.Fresh = 30 * vadium.Second
	}
	if options.Skew == 0 {
		options.Skew = vadium.Second
	}
	if options.Tolerance == 0 {
		options.Tolerance = 100
	}
	if options.Timeout == 0 {
		options.Timeout = FetchTimeout
	}
	s := &Set{options: options, client: newClient()}
	for i, u := range upstreams {
		if err := u.check(); err != nil {
			return nil, err
		}
		s.upstreams = append(s.upstreams, &asked{Upstream: u, index: uint8(i), pause: pauses()})
	}
	return s, nil
}

// pauses after failures grow from half a second to half a minute, each randomised by half, so that many who ask do not ask together.
func pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.RandomizationFactor, b.Multiplier = 500*time.Millisecond, 30*time.Second, 0.5, 2
	return b
}

// Observe asks every upstream that is not resting, all at once, and waits until each has answered or its time is over. The
// answer says what failed also when nothing was found.
func (s *Set) Observe(ctx context.Context) (Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := time.Now()
	var asking sync.WaitGroup
	for _, a := range s.upstreams {
		if start.Before(a.until) {
			continue
		}
		asking.Go(func() { s.ask(ctx, a) })
	}
	asking.Wait()
	if err := ctx.Err(); err != nil { // and not the upstreams' failure
		return Answer{}, err
	}
	return s.answer(now())
}

// Close drops the connections that are kept.
func (s *Set) Close() { s.client.CloseIdleConnections() }

// ask asks one upstream; nobody else uses it meanwhile.
func (s *Set) ask(ctx context.Context, a *asked) {
	try, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	testimony, evidence, err := a.fetch(try, s.client)
	if ctx.Err() != nil { // we gave up: that says nothing of the upstream
		return
	}
	var value vadium.Amount
	if err == nil {
		value, err = testimony.Value.Amount(s.options.Decimals)
	}
	if err != nil {
		a.why, a.until = err, time.Now().Add(a.pause.NextBackOff())
		return
	}
	a.pause.Reset()
	a.why, a.until = nil, time.Time{}
	if a.last == nil || testimony.At >= a.last.At || !s.fresh(*a.last, now()) { // what is served again from before is no news
		quote := oracle.Quote{Source: a.index, Value: value, At: testimony.At}
		a.last = &Evidence{Quote: quote, URL: a.URL, Upstream: evidence}
	}
}

func now() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

func (s *Set) fresh(e Evidence, now vadium.Time) bool {
	return e.At >= now.Add(-s.options.Fresh) && e.At <= now.Add(s.options.Skew)
}

// answer takes the median of what is fresh now. What an upstream said before it failed counts for as long as it is fresh.
func (s *Set) answer(now vadium.Time) (Answer, error) {
	var found Answer
	for _, a := range s.upstreams {
		switch {
		case a.last != nil && s.fresh(*a.last, now):
			s.voice(&found.Quotes, *a.last)
		case a.why != nil:
			found.Failed = append(found.Failed, Failure{a.URL, a.why})
		default:
			found.Failed = append(found.Failed, Failure{a.URL, ErrStale})
		}
	}
	if len(found.Quotes) == 0 {
		return found, ErrNothing
	}
	sorted := slices.Clone(found.Quotes)
	slices.SortFunc(sorted, func(a, b Evidence) int { return a.Value.Cmp(b.Value) })
	found.Value, found.At = sorted[len(sorted)/2].Value, vadium.Forever
	room := found.Value.BpsDown(s.options.Tolerance)
	for _, q := range sorted {
		found.At = found.At.Earliest(q.At)
		if off := vadium.Max(q.Value, found.Value).MustSub(vadium.Min(q.Value, found.Value)); !room.Less(off) {
			found.Agreed++
		}
	}
	return found, nil
}

// voice adds a quote, unless one of the same source is there: then the newer one stays.
func (s *Set) voice(quotes *[]Evidence, q Evidence) {
	for i, other := range *quotes {
		if !sameSource(s.upstreams[other.Source].Source, s.upstreams[q.Source].Source) {
			continue
		}
		if q.At > other.At {
			(*quotes)[i] = q
		}
		return
	}
	*quotes = append(*quotes, q)
}

func sameSource(a, b oracle.Source) bool {
	return a.Kind == b.Kind && a.ID == b.ID && slices.Equal(a.Signers, b.Signers)
}
