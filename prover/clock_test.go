package prover

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/wire"
	"vadium/prover/engine/enginetest"
)

// A record is heard after its time, an old one long after; and a clock that was set is believed again after a while.
func TestTheMarketsClockIsTakenFromFreshRecords(t *testing.T) {
	const at = vadium.Time(1_000_000)
	for _, row := range []struct {
		name string
		hear func(c *clock)
		want vadium.Duration
	}{
		{"nothing", func(*clock) {}, 0},
		{"behind", func(c *clock) { c.hear(at.Add(2_000), at, true) }, 2_000},
		{"behind, of an old record", func(c *clock) { c.hear(at.Add(2_000), at, false) }, 2_000},
		{"an old record", func(c *clock) { c.hear(at.Add(-2_000), at, false) }, 0},
		{"ahead", func(c *clock) { c.hear(at.Add(-2_000), at, true) }, -2_000},
		{"ahead, and some records late", func(c *clock) { c.hear(at.Add(-2_000), at, true); c.hear(at.Add(-2_500), at, true) }, -2_000},
		{"on its way", func(c *clock) { c.hear(at.Add(-asInStep), at, true) }, 0},
		{"longer than on its way", func(c *clock) { c.hear(at.Add(-asInStep-1), at, true) }, -asInStep - 1},
		{"set forward just now", func(c *clock) {
			c.hear(at, at, true)
			c.hear(at, at.Add(5_000), true)
		}, 0},
		{"set forward a while ago", func(c *clock) {
			for i := range vadium.Duration(3) {
				c.hear(at.Add(i*clockPeriod-5_000*min(i, 1)), at.Add(i*clockPeriod), true)
			}
		}, -5_000},
	} {
		c := new(clock)
		row.hear(c)
		if got := c.by(at).Sub(at); got != row.want {
			t.Errorf("%s: the market's clock is %d ms later, want %d", row.name, got, row.want)
		}
	}
}

// runAs runs alice's agent at a seat and with a clock of the test's until the test ends.
func (s *stage) runAs(t *testing.T, m Market, skew vadium.Duration) (a *Agent, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	a, err := New(s.config, m, s.engine)
	if err != nil {
		t.Fatal(err)
	}
	a.now = func() vadium.Time { return now().Add(skew) }
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	}
}

// wantShown fails unless a bid was made and shown, and no bond lost.
func (s *stage) wantShown(t *testing.T) {
	t.Helper()
	committed, shown := countKind[*marketplace.BidCommitted](s.testMarket), countKind[*marketplace.BidRevealed](s.testMarket)
	if lost := countKind[*marketplace.BondForfeited](s.testMarket); committed != 1 || shown != 1 || lost != 0 {
		t.Errorf("committed %d times, shown %d times, %d bonds lost, want once, once and none", committed, shown, lost)
	}
}

// The market decides when bids are shown, and its clock when the agent shows one: a clock that is off by more than the window
// costs no bond.
func TestABidIsShownByTheMarketsClock(t *testing.T) {
	for _, skew := range []vadium.Duration{-60_000, -2_100, -1_500, 0, 1_500, 2_100, 5_000} {
		t.Run(fmt.Sprintf("skew=%dms", skew), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.fund(alice, 20)
				_, stop := s.runAs(t, seat{s.testMarket, alice, nil}, skew)
				s.awaitAsks(alice)
				s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, takesBids)
				time.Sleep(8 * time.Second)
				s.wantShown(t)
				stop()
			})
		})
	}
}

// refusing is a seat at which the market refuses some calls.
type refusing struct {
	seat
	kind    vadium.Kind
	reveals int        // how many, before one is taken
	reads   int        // of the request, from the first reveal on
	mu      sync.Mutex // guards what follows; others read requests too
	reading bool
}

func (s *refusing) RevealBid(ctx context.Context, b marketplace.RevealBid) (client.Accepted, error) {
	s.mu.Lock()
	s.reading = true
	refuse := s.reveals > 0
	s.mu.Unlock()
	if refuse {
		s.reveals--
		return client.Accepted{}, s.kind
	}
	return s.seat.RevealBid(ctx, b)
}

func (s *refusing) Request(ctx context.Context, id vadium.RequestID) (marketplace.Request, error) {
	s.mu.Lock()
	refuse := s.reading && s.reads > 0
	if refuse {
		s.reads--
	}
	s.mu.Unlock()
	if refuse {
		return marketplace.Request{}, s.kind
	}
	return s.seat.Request(ctx, id)
}

// A refusal that says nothing about the bid costs no bond, as long as the market takes a call within the window.
func TestABidIsShownAgainAfterARefusalForNow(t *testing.T) {
	for _, kind := range append([]vadium.Kind{marketplace.ErrOutsideWindow, "a-later-market's"}, notNow...) {
		t.Run(string(kind), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.fund(alice, 20)
				_, stop := s.runAs(t, &refusing{seat: seat{s.testMarket, alice, nil}, kind: kind, reveals: 8, reads: 8}, 0)
				s.awaitAsks(alice)
				s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, takesBids)
				time.Sleep(8 * time.Second)
				s.wantShown(t)
				stop()
			})
		})
	}
}

// A bid whose window is too short to try twice is not made.
func TestNoBidIsMadeThatCanHardlyBeShown(t *testing.T) {
	for window, want := range map[vadium.Duration]int{leastReveal - 1: 0, leastReveal: 1} {
		play(t, func(t *testing.T, s *stage) {
			s.dear()
			s.fund(alice, 20)
			_, stop := s.runAs(t, seat{s.testMarket, alice, nil}, 0)
			s.awaitAsks(alice)
			s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, func(b *marketplace.SubmitRequest) {
				takesBids(b)
				b.Arrangement.Sealed.Revealing = window
			})
			time.Sleep(8 * time.Second)
			if got := countKind[*marketplace.BidCommitted](s.testMarket); got != want {
				t.Errorf("%d bids for a window of %d ms, want %d", got, window, want)
			}
			stop()
		})
	}
}

// The kinds that are known by their names are those of the wire.
func TestRefusalsForNowAreTheWires(t *testing.T) {
	want := []vadium.Kind{
		marketplace.ErrPaused, wire.ErrBusy, wire.ErrRateLimited, wire.ErrTooManyCalls, wire.ErrDiskLow, wire.ErrFailed, wire.ErrStopping,
	}
	if !slices.Equal(notNow, want) {
		t.Errorf("not now: %v, want %v", notNow, want)
	}
}

// Asks are renewed by the market's clock. By the agent's own, one that is behind lets them lapse, and one that is ahead places them
// again and again.
func TestAsksAreRenewedByTheMarketsClock(t *testing.T) {
	for _, skew := range []vadium.Duration{-vadium.Hour, 0, vadium.Hour} {
		t.Run(fmt.Sprintf("skew=%dms", skew), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				heard := new(loud)
				s.config.Log = slog.New(heard)
				_, stop := s.runAs(t, seat{s.testMarket, alice, nil}, skew)
				s.awaitAsks(alice)
				time.Sleep(time.Second) // for all of them
				asked := len(s.asksOf(alice))
				placed := countKind[*marketplace.AskPlaced](s.testMarket)
				const epochs = 12
				for range 20 * epochs {
					time.Sleep(500 * time.Millisecond)
					if got := len(s.asksOf(alice)); got != asked {
						t.Fatalf("%d asks stand, want %d", got, asked)
					}
				}
				if got := countKind[*marketplace.AskPlaced](s.testMarket) - placed; got < asked*(epochs-1) || got > asked*(epochs+1) {
					t.Errorf("asks were placed %d times in %d epochs, want each of %d once an epoch", got, epochs, asked)
				}
				if len(heard.lines) > 0 {
					t.Errorf("logged for people: %q, want nothing", heard.lines)
				}
				stop()
			})
		})
	}
}
