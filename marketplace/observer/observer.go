// Package observer turns the journal into metrics: it follows the records like every other reader, with a cursor of its
// own, and counts what the market does.
//
//	watching := observer.New(observer.Config{Market: market}, registry)
//	go watching.Run(ctx)
//
// Counters begin with the process, as Prometheus expects; what stands open and what there is of money is looked up once at
// the start and kept up to date from the records. Money is shown in tokens as a float, for people to look at; nothing
// decides by it. Labels have as many values as the rules have names: phases, offences, verdicts, states, never accounts,
// assets or requests.
//
// The observer also adds the books up, the whole of them, now and then: vadium_books_imbalance_tokens is 0, or somebody
// has to get up.
package observer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/sequencer"
)

// Config says what is observed.
type Config struct {
	Market *sequencer.Market
	// AuditEvery is how often the books are added up; default 1 min. An audit that takes long is repeated less often: at
	// most a thousandth of the time is spent on it, because the market waits meanwhile.
	AuditEvery time.Duration
	// Log receives an imbalance (error); default nothing.
	Log *slog.Logger
}

// auditShare: what an audit may take of the time.
const auditShare = 1000

// Observer counts. Make one with New and run it with Run.
type Observer struct {
	Config
	metrics *metrics

	mu     sync.Mutex // guards what follows
	open   map[vadium.RequestID]marketplace.Phase
	cursor uint64 // of the last record counted
}

// New returns an observer and registers its metrics. Register one per registry.
func New(c Config, registry prometheus.Registerer) *Observer {
	if c.AuditEvery == 0 {
		c.AuditEvery = time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	o := &Observer{Config: c, metrics: newMetrics(registry), open: map[vadium.RequestID]marketplace.Phase{}}
	registry.MustRegister(standing{o}, security{o})
	return o
}

// Run counts until ctx or the market ends, and returns nil then.
func (o *Observer) Run(ctx context.Context) error {
	follower, err := o.begin()
	if err != nil {
		return fmt.Errorf("observe the market: %w", err)
	}
	audit := o.audit()
	for {
		waiting, cancel := context.WithDeadline(ctx, audit)
		records, err := follower.Next(waiting)
		cancel()
		switch {
		case ctx.Err() != nil, errors.Is(err, sequencer.ErrStopped):
			return nil //nolint:nilerr // the end that was asked for
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("observe the market: %w", err)
		}
		o.count(records)
		if !time.Now().Before(audit) {
			audit = o.audit()
		}
	}
}

// begin looks at what stands open now, and follows from there.
func (o *Observer) begin() (*sequencer.Follower[marketplace.Record], error) {
	var next uint64
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Market.View(func(s *marketplace.State) {
		next = s.NextSeq()
		for id, r := range s.Requests() {
			if !r.Phase.Final() {
				o.open[id] = r.Phase
			}
		}
	})
	o.cursor = next - 1
	return o.Market.Follow(next)
}

// count takes records into account. A request's phase is read from the state, which is at least as new as the record.
func (o *Observer) count(records []marketplace.Record) {
	if len(records) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Market.View(func(s *marketplace.State) {
		for _, r := range records {
			o.metrics.count(r.Event)
			o.metrics.countClearing(r.Event, s)
			id, ok := marketplace.RequestOf(r.Event)
			if !ok {
				continue
			}
			if at := s.Request(id); at != nil && !at.Phase.Final() {
				o.open[id] = at.Phase
			} else {
				delete(o.open, id)
			}
		}
	})
	o.cursor = records[len(records)-1].Seq
}

// audit adds the books up and returns when to do so again.
func (o *Observer) audit() (next time.Time) {
	began := time.Now()
	var totals marketplace.Totals
	o.Market.View(func(s *marketplace.State) { totals = s.Totals() })
	took := time.Since(began)
	o.metrics.showTotals(totals)
	o.metrics.audited.SetToCurrentTime()
	o.metrics.audit.Observe(took.Seconds())
	if in, out := totals.In, totals.Accounted(); in.Cmp(out) != 0 {
		o.Log.Error("the books do not balance", "in", in.Tokens(), "accounted", out.Tokens())
	}
	return time.Now().Add(max(o.AuditEvery, auditShare*took))
}

// tokens is an amount for display.
func tokens(a vadium.Amount) float64 {
	f, _ := new(big.Rat).SetFrac(a.Uint256().ToBig(), vadium.Tokens(1).Uint256().ToBig()).Float64()
	return f
}
