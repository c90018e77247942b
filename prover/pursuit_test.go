package prover

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
	"vadium/prover/pricing"
)

// dear makes a proof of a second cost about a token, so that prices between nothing and the ten tokens of a test's request tell.
func (s *stage) dear() {
	s.config.Costs = DefaultCosts()
	s.config.Costs.PerCPUSecond = vadium.Tokens(1)
}

// climbs makes a request's price climb from nothing to its maximal fee.
func climbs(rise, lock vadium.Duration) func(*marketplace.SubmitRequest) {
	return func(b *marketplace.SubmitRequest) {
		b.Arrangement = marketplace.Arrangement{Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Rise: rise, Lock: lock}}
	}
}

// takesBids makes a request take sealed bids for three seconds and show them for two.
func takesBids(b *marketplace.SubmitRequest) {
	b.Arrangement = marketplace.Arrangement{Mechanism: auction.Revealing, Sealed: marketplace.SealedTerms{
		Bidding: 3 * vadium.Second, Revealing: 2 * vadium.Second, Bond: vadium.Tokens(1),
	}}
}

// rival is bob, who serves the toy without an agent.
func (s *stage) rival() {
	s.openVault(bob, 1_000)
	s.fund(bob, 50)
	s.must(s.by(bob, marketplace.ServeProgram{Program: s.toy, Benchmark: 500}))
}

// pursued returns what an agent's status says of its only pursuit.
func pursued(t *testing.T, a *Agent) PursuitStatus {
	t.Helper()
	synctest.Wait()
	all := a.Status().Pursuits
	if len(all) != 1 {
		t.Fatalf("%d requests are pursued, want one: %+v", len(all), all)
	}
	return all[0]
}

func (m *testMarket) ramp(id vadium.RequestID) auction.Ramp {
	r := m.request(id)
	return r.Ramp()
}

// assignedAt returns when a request was first assigned to a prover.
func (m *testMarket) assignedAt(id vadium.RequestID, who vadium.Account) (at vadium.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if e, ok := r.Event.(*marketplace.RequestAssigned); ok && e.Request == id && e.Attempt.Prover == who {
			return r.At
		}
	}
	return 0
}

func outcomeOf(a *Agent, m auction.Mechanism) (won, lost uint64) {
	for _, o := range a.Status().Outcomes {
		if o.Mechanism == m {
			return o.Won, o.Lost
		}
	}
	return 0, 0
}

// A price is taken at the very first instant at which it is worth it, or as much later as the operator has patience.
func TestAClimbingPriceIsTakenWhenItIsWorthIt(t *testing.T) {
	for _, patience := range []vadium.Duration{0, 1_500, vadium.Minute} {
		t.Run(fmt.Sprintf("patience=%dms", patience), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.config.RampPatience = patience
				a := s.run(t)
				id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, climbs(10*vadium.Second, 12*vadium.Second))
				waits := pursued(t, a)
				if waits.Stage != "waiting for its price" || waits.Price.Less(vadium.Tokens(1)) || vadium.Tokens(3).Less(waits.Price) {
					t.Errorf("status = %+v, want it waiting for a price of one to three tokens", waits)
				}
				r := s.request(id)
				worth, err := r.Ramp().TimeAt(waits.Price)
				if err != nil {
					t.Fatal(err)
				}
				want := worth.Add(patience).Earliest(r.Submitted.Add(12 * vadium.Second)) // whatever the patience, while it can be taken
				s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
				if got := s.assignedAt(id, alice); got != want {
					t.Errorf("taken %d ms after the submission, want %d", got.Sub(r.Submitted), want.Sub(r.Submitted))
				}
				if at := s.request(id).Attempts[0]; at.Price != r.Ramp().PriceAt(want) || at.Price.Less(waits.Price) || at.Paid.IsZero() {
					t.Errorf("price %v, paid %v, want that of the ramp then", at.Price.Tokens(), at.Paid.Tokens())
				}
				synctest.Wait()
				if won, lost := outcomeOf(a, auction.Climbing); won != 1 || lost != 0 || len(a.Status().Pursuits) != 0 {
					t.Errorf("%d won, %d lost, pursued %+v, want one won and nothing pursued", won, lost, a.Status().Pursuits)
				}
			})
		})
	}
}

// loud collects what is logged at a level that concerns people.
type loud struct {
	slog.Handler
	mu    sync.Mutex
	lines []string
}

func (l *loud) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (l *loud) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *loud) WithGroup(string) slog.Handler                    { return l }

func (l *loud) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Message)
	return nil
}

// Another prover may be faster, before the price is worth it here or while the command is on the way. That concerns nobody, and
// when that prover declines the request is there again.
func TestALostRaceIsNobodysFault(t *testing.T) {
	for name, slow := range map[string]vadium.Duration{"before its price": 0, "on the way": 500} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				heard := new(loud)
				s.config.Log = slog.New(heard)
				s.rival()
				s.slow = map[string]time.Duration{"lock": time.Duration(slow) * time.Millisecond}
				s.config.LatencyTiers = []auction.Tier{auction.Immediate}
				a := s.run(t)
				id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, climbs(10*vadium.Second, 20*vadium.Second))
				worth, err := s.ramp(id).TimeAt(pursued(t, a).Price)
				if err != nil {
					t.Fatal(err)
				}
				before := vadium.Second
				if slow > 0 {
					before = -slow / 2
				}
				time.Sleep(time.Duration(worth.Sub(now())-before) * time.Millisecond)
				s.must(s.by(bob, marketplace.LockRequest{Request: id}))
				time.Sleep(time.Second)
				wantLost := uint64(0)
				if slow > 0 {
					wantLost = 1
				}
				if won, lost := outcomeOf(a, auction.Climbing); won != 0 || lost != wantLost || len(a.Status().Pursuits) != 0 {
					t.Errorf("%d won, %d lost, pursued %+v, want none won, %d lost, nothing pursued", won, lost, a.Status().Pursuits, wantLost)
				}
				s.slow = nil
				s.must(s.by(bob, marketplace.DeclineRequest{Request: id}))
				s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
				if got := s.request(id).Attempts; len(got) != 2 || got[1].Prover != alice {
					t.Errorf("attempts = %+v, want alice's after bob's", got)
				}
				if len(heard.lines) > 0 {
					t.Errorf("logged for people: %q, want nothing", heard.lines)
				}
			})
		})
	}
}

// The market's clock decides. An agent whose clock is ahead asks too early, and again, and takes nothing below its price.
func TestAnAgentWhoseClockIsAheadTakesNoLowerPrice(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		ctx, cancel := context.WithCancel(t.Context())
		a, err := New(s.config, seat{s.testMarket, alice, nil}, s.engine)
		if err != nil {
			t.Fatal(err)
		}
		a.now = func() vadium.Time { return now().Add(400) }
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, climbs(10*vadium.Second, 20*vadium.Second))
		price := pursued(t, a).Price
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		if at := s.request(id).Attempts[0]; at.Price.Less(price) || price.BpsUp(12_000).Less(at.Price) {
			t.Errorf("taken at %s, want at %s or soon after", at.Price.Tokens(), price.Tokens())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
}

// The lowest bid is paid the next: alone its own, which is what an ask would be and what the operator adds.
func TestASealedBidIsWhatAnAskWouldBe(t *testing.T) {
	for _, row := range []struct {
		name     string
		markup   vadium.Bps
		rival    uint64 // bid, in tokens; 0: none
		wins     bool
		paysThat bool // what the rival bid
	}{
		{"alone", 0, 0, true, false},
		{"alone with a markup", 2_500, 0, true, false},
		{"a higher bid", 0, 8, true, true},
		{"a lower bid", 0, 1, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.fund(alice, 20)
				s.rival()
				s.config.SealedMarkup = row.markup
				a := s.run(t)
				id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, takesBids)
				synctest.Wait()
				rivals, salt := vadium.Tokens(row.rival), vadium.Salt{5}
				if row.rival > 0 {
					s.must(s.by(bob, marketplace.CommitBid{Request: id, Commitment: marketplace.BidCommitment(id, bob, rivals, salt)}))
				}
				bids := pursued(t, a)
				if bids.Stage != "has bid" {
					t.Errorf("status = %+v, want that it has bid", bids)
				}
				time.Sleep(3100 * time.Millisecond)
				if row.rival > 0 {
					s.must(s.by(bob, marketplace.RevealBid{Request: id, Fee: rivals, Salt: salt}))
				}
				s.await("a winner", 5*time.Second, func(m *marketplace.State) bool { return len(m.Request(id).Attempts) > 0 })
				at := s.request(id).Attempts[0]
				switch {
				case (at.Prover == alice) != row.wins:
					t.Errorf("%v wins, want alice to: %v", at.Prover, row.wins)
				case row.paysThat && at.Price != rivals:
					t.Errorf("paid %s, want the rival's %s", at.Price.Tokens(), rivals.Tokens())
				case row.wins && row.rival == 0 && at.Price != bids.Price:
					t.Errorf("paid %s, want its own %s", at.Price.Tokens(), bids.Price.Tokens())
				}
				// An ask is for a request that locks what is usual, the bid for one that locks what this one does.
				if ask := s.firstAsk(alice).BpsUp(10_000 + row.markup); bids.Price.Less(ask.BpsDown(9_500)) || ask.BpsUp(10_500).Less(bids.Price) {
					t.Errorf("bid %s, with the markup an ask is %s", bids.Price.Tokens(), ask.Tokens())
				}
				time.Sleep(time.Second)
				if won, lost := outcomeOf(a, auction.Revealing); (won == 1) != row.wins || (lost == 1) == row.wins {
					t.Errorf("%d won and %d lost, want it won: %v", won, lost, row.wins)
				}
				if row.wins {
					s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
				}
				if n := countKind[*marketplace.BondForfeited](s.testMarket); n != 0 {
					t.Errorf("%d bonds were forfeited, want none", n)
				}
			})
		})
	}
}

// firstAsk is the price of a prover's first ask for requests without a damage cap.
func (s *stage) firstAsk(who vadium.Account) (price vadium.Amount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if e, ok := r.Event.(*marketplace.AskPlaced); ok && e.Ask.Prover == who && e.Ask.Product.Stake == auction.StakeNone {
			return e.Ask.Price
		}
	}
	return price
}

// The agent is killed before and after each thing it does about a request that it comes to by itself. It takes it once, bids
// once, shows the bid that it committed to, and loses no bond.
func TestACrashOnTheWayToARequestTakesItOnceAndShowsTheBid(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*marketplace.SubmitRequest)
		points int // lock, or commit and reveal; then fetch, solve, accept, prove, deliver
	}{"ramp": {climbs(10*vadium.Second, 30*vadium.Second), 12}, "sealed": {takesBids, 14}} {
		t.Run(name, func(t *testing.T) {
			for point := 1; ; point++ {
				crashed := false
				play(t, func(t *testing.T, s *stage) {
					s.dear()
					s.fund(alice, 20)
					dead := t.TempDir()
					f := &faults{at: point, dying: func() { copyFolder(t, s.config.Dir, dead) }}
					_, stop := s.start(t, alice, f)
					s.awaitAsks(alice)
					id := s.submit(s.toy, enginetest.Input(3), 50*vadium.Second, row.change)
					// Until it has died, or long enough for all of it.
					for range 100 {
						if time.Sleep(100 * time.Millisecond); f.isDead() {
							break
						}
					}
					if err := stop(); err != nil {
						t.Fatalf("Run = %v, want nil", err)
					}
					if crashed = f.isDead(); crashed {
						s.config.Dir = dead
					}
					died := f.names[len(f.names)-1]
					a, stop := s.start(t, alice, nil)
					s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
					synctest.Wait()
					for what, got := range map[string]int{
						"assigned":  countKind[*marketplace.RequestAssigned](s.testMarket),
						"accepted":  countKind[*marketplace.RequestAccepted](s.testMarket),
						"delivered": countKind[*marketplace.DeliveryReceived](s.testMarket),
					} {
						if got != 1 {
							t.Errorf("killed %s: %s %d times, want once", died, what, got)
						}
					}
					if name == "sealed" {
						committed, shown := countKind[*marketplace.BidCommitted](s.testMarket), countKind[*marketplace.BidRevealed](s.testMarket)
						if lost := countKind[*marketplace.BondForfeited](s.testMarket); committed != 1 || shown != 1 || lost != 0 {
							t.Errorf("killed %s: committed %d times, shown %d times, %d bonds lost, want once, once and none", died, committed, shown, lost)
						}
					}
					if left := a.bids.unfinished(); len(left) != 0 {
						t.Errorf("killed %s: the log of bids still knows %d, want none", died, len(left))
					}
					if err := stop(); err != nil {
						t.Fatalf("Run = %v, want nil", err)
					}
				})
				if !crashed {
					if point-1 != row.points {
						t.Errorf("the agent passed %d points, want %d", point-1, row.points)
					}
					return
				}
			}
		})
	}
}

// A bid that the market has is shown even when the agent would not bid any more: only that brings its bond back.
func TestABidIsShownWhateverHasHappenedSince(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.fund(alice, 20)
		a, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, takesBids)
		synctest.Wait()
		for range s.config.BreakAfter + 3 {
			a.breaker.failed(vadium.RequestID{byte(now())}, "test")
			time.Sleep(time.Millisecond)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		s.config.Mechanisms = []auction.Mechanism{} // and by now it would not even be looked at
		_, stop = s.start(t, alice, nil)
		time.Sleep(6 * time.Second)
		if shown, lost := countKind[*marketplace.BidRevealed](s.testMarket), countKind[*marketplace.BondForfeited](s.testMarket); shown != 1 || lost != 0 {
			t.Errorf("shown %d times and %d bonds lost, want once and none", shown, lost)
		}
		if got := s.request(id).Attempts; len(got) != 1 || got[0].Stage != marketplace.StageDeclined {
			t.Errorf("attempts = %+v, want it declined: the breaker is open", got)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNothingIsTakenWhileTheBreakerIsOpen(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.fund(alice, 20)
		s.config.BreakAfter, s.config.BreakFor = 1, 20*vadium.Second
		broken := true
		s.engine.Before = func(_ context.Context, what string, w engine.Work) error {
			if what == "prove" && broken && !measures(w) {
				return engine.ErrFailed
			}
			return nil
		}
		a := s.run(t)
		s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.await("the breaker", 20*time.Second, func(*marketplace.State) bool { return a.breaker.phase() == breakerOpen })
		broken = false
		climbing := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, climbs(5*vadium.Second, 50*vadium.Second))
		sealed := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, takesBids)
		time.Sleep(10 * time.Second)
		if n := len(s.request(climbing).Attempts) + countKind[*marketplace.BidCommitted](s.testMarket); n != 0 {
			t.Errorf("%d taken or bid for while the breaker is open, want none", n)
		}
		if got := s.request(sealed).Phase; got != marketplace.PhaseUnserved {
			t.Errorf("the sealed request is %v, want unserved", got)
		}
		s.awaitPhase(climbing, marketplace.PhaseSettled, time.Minute) // the rest is over, and the price still there
	})
}

// Two bids that the stake does not back together are one bid; and what a bid takes is not asked for besides.
func TestBidsNeverPromiseTheSameStakeTwice(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.fund(alice, 20)
		s.config.Capacity = 4
		a := s.run(t)
		large := func(b *marketplace.SubmitRequest) {
			takesBids(b)
			b.MaxFee, b.DamageCap = vadium.Tokens(300), vadium.Tokens(450)
		}
		first := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, large) // 600 of 1,000
		synctest.Wait()
		second := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, large)
		time.Sleep(time.Second)
		if n := countKind[*marketplace.BidCommitted](s.testMarket); n != 1 {
			t.Errorf("%d bids, want one", n)
		}
		a.mu.Lock()
		promised := a.promisedBy(func(*pursuit) bool { return true })
		a.mu.Unlock()
		if promised.slots != 1 || promised.lock != vadium.Tokens(600) || promised.damageCap != vadium.Tokens(450) {
			t.Errorf("promised = %+v, want a slot, 600 tokens and a damage cap of 450", promised)
		}
		for _, ask := range s.asksOf(alice) {
			if ask.Capacity != 4 {
				t.Errorf("%v has a capacity of %d beside a bid, want 4, of which the market holds one", ask.Product, ask.Capacity)
			}
		}
		s.awaitPhase(first, marketplace.PhaseSettled, time.Minute)
		if got := s.request(second).Phase; got != marketplace.PhaseUnserved {
			t.Errorf("the second request is %v, want unserved", got)
		}
		time.Sleep(time.Second)
		for _, ask := range s.asksOf(alice) {
			if ask.Capacity != 4 {
				t.Errorf("%v has a capacity of %d after the bid, want 4", ask.Product, ask.Capacity)
			}
		}
		if n := countKind[*marketplace.BondForfeited](s.testMarket); n != 0 {
			t.Errorf("%d bonds were forfeited, want none", n)
		}
	})
}

// With one slot, what is bid for takes it: the asks go on standing, so that they keep their place, and win nothing meanwhile.
func TestTheLastSlotIsKeptForABid(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.fund(alice, 20)
		s.run(t)
		bid := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, takesBids)
		time.Sleep(500 * time.Millisecond)
		if asks := s.asksOf(alice); len(asks) == 0 {
			t.Error("no ask stands beside a bid for the only slot")
		}
		other := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second)
		time.Sleep(500 * time.Millisecond)
		if n := len(s.request(other).Attempts); n != 0 {
			t.Errorf("an ask won what is held for a bid: %d assignments", n)
		}
		s.awaitPhase(bid, marketplace.PhaseSettled, time.Minute)
		s.awaitPhase(other, marketplace.PhaseSettled, time.Minute) // when the slot is free again
		if n := countKind[*marketplace.BondForfeited](s.testMarket); n != 0 {
			t.Errorf("%d bonds were forfeited, want none", n)
		}
	})
}

// Stake that is at work is waited for, as long as the price is there.
func TestAClimbingPriceWaitsForStake(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.config.Capacity = 4
		s.engine.ProveTime = 5 * time.Second
		a := s.run(t)
		busy := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, func(b *marketplace.SubmitRequest) {
			b.MaxFee, b.DamageCap = vadium.Tokens(600), vadium.Tokens(699)
		})
		s.awaitPhase(busy, marketplace.PhaseAccepted, time.Minute)
		time.Sleep(200 * time.Millisecond)
		id := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, climbs(vadium.Second, 40*vadium.Second))
		time.Sleep(2 * time.Second)
		if got := pursued(t, a); !strings.Contains(got.Stage, "elsewhere") {
			t.Errorf("status = %+v, want that stake is at work elsewhere", got)
		}
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		if at, done := s.assignedAt(id, alice), s.request(busy).Closed; at.Before(done) {
			t.Errorf("taken %d ms before the stake was free", done.Sub(at))
		}
	})
}

func TestAnOperatorSaysHowRequestsAreComeTo(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.fund(alice, 20)
		s.config.Mechanisms = []auction.Mechanism{}
		a := s.run(t)
		climbing := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, climbs(5*vadium.Second, 50*vadium.Second))
		sealed := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, takesBids)
		time.Sleep(7 * time.Second)
		if n := len(s.request(climbing).Attempts) + countKind[*marketplace.BidCommitted](s.testMarket); n != 0 {
			t.Errorf("%d taken or bid for, want none", n)
		}
		s.config.Mechanisms = []auction.Mechanism{auction.Climbing}
		if err := a.Reload(s.config); err != nil {
			t.Fatal(err)
		}
		s.awaitPhase(climbing, marketplace.PhaseSettled, 20*time.Second)
		if got := s.request(sealed).Phase; got != marketplace.PhaseUnserved {
			t.Errorf("the sealed request is %v, want unserved", got)
		}
		s.config.Mechanisms = []auction.Mechanism{auction.Vickrey}
		if err := a.Reload(s.config); err == nil {
			t.Error("an agent comes to requests that asks decide, want a refusal")
		}
	})
}

// What was submitted while nobody looked is found at the start.
func TestARequestFromBeforeTheStartIsTaken(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.rival() // somebody has to serve the program for a request to be taken in
		id := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, climbs(5*vadium.Second, 50*vadium.Second))
		time.Sleep(2 * time.Second)
		s.run(t)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
	})
}

// A request that its prover never delivers is worth rescuing when a part of what that prover loses pays for the proof.
func TestAnOverdueRequestIsRescuedWhenThatPays(t *testing.T) {
	for fee, rescued := range map[uint64]bool{10: false, 100: true} { // a twentieth of it, for a proof of one and a quarter
		t.Run(fmt.Sprintf("fee=%d", fee), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.rival()
				id := s.submit(s.toy, enginetest.Input(3), 20*vadium.Second, func(b *marketplace.SubmitRequest) {
					climbs(0, 15*vadium.Second)(b)
					b.MaxFee, b.Arrangement.Ramp.Least, b.DamageCap = vadium.Tokens(fee), vadium.Tokens(fee), vadium.Tokens(10)
				})
				s.must(s.by(bob, marketplace.LockRequest{Request: id}))
				s.must(s.by(bob, marketplace.AcceptRequest{Request: id}))
				a := s.run(t)
				s.await("an end", 2*time.Minute, func(m *marketplace.State) bool { return m.Request(id).Phase.Final() })
				r := s.request(id)
				if got := r.Phase == marketplace.PhaseSettled; got != rescued {
					t.Fatalf("it is %v, want it rescued: %v", r.Phase, rescued)
				}
				if rescued {
					time.Sleep(2 * time.Second)
					if got := Total(a.ledger.lines(a.programName)); got.Rescues.Less(vadium.Tokens(2)) {
						t.Errorf("the rescue earned %s, want some tokens", got.Rescues.Tokens())
					}
				}
			})
		})
	}
}

// What asks may win is what bids leave, which the market sees to; an ask of their product has room for them beside its own.
func TestAsksHaveRoomForWhatIsBidFor(t *testing.T) {
	ask := pricing.Ask{Price: vadium.Tokens(1), Slots: 4, Capacity: 8}
	for ofThis, slots := range []uint32{4, 5, 6, 7, 8, 8} {
		if got := besides(ask, uint32(ofThis)); got.Slots != slots || got.Capacity != 8 || got.Price != ask.Price {
			t.Errorf("beside %d bids: %d slots of %d, want %d of 8", ofThis, got.Slots, got.Capacity, slots)
		}
	}
}

func TestBidsAreReadBack(t *testing.T) {
	fee, salt := vadium.Tokens(3), vadium.Salt{1, 2}
	path := logWith(t,
		entry{Request: one, Step: stepCommit, Fee: fee, Salt: salt},
		entry{Request: two, Step: stepLock, Fee: fee},
		entry{Request: one, Step: stepReveal},
		entry{Request: two, Step: stepDone},
	)
	l, err := openIntents(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if got, ok := l.of(one); !ok || got.Bid != (bid{fee, salt}) || !got.Revealing {
		t.Errorf("intent = %+v, want the bid, about to be shown", got)
	}
	if ids := l.unfinished(); !slices.Equal(ids, []vadium.RequestID{one}) {
		t.Errorf("unfinished = %v, want the bid alone", ids)
	}
}

// Requests that nothing can be done about leave room for others; when the settings change they are looked for again.
func TestRequestsThatCannotBeServedAreNotKept(t *testing.T) {
	mallory := vadium.Account{0: 0xee}
	for name, change := range map[string]func(s *stage, b *marketplace.SubmitRequest){
		"mechanism": func(s *stage, _ *marketplace.SubmitRequest) { s.config.Mechanisms = []auction.Mechanism{} },
		"other mechanism": func(s *stage, _ *marketplace.SubmitRequest) {
			s.config.Mechanisms = []auction.Mechanism{auction.Revealing}
		},
		"allowed": func(_ *stage, b *marketplace.SubmitRequest) { b.Allow = []vadium.Account{mallory, bob} },
		"denied":  func(_ *stage, b *marketplace.SubmitRequest) { b.Deny = []vadium.Account{alice} },
		"tier":    func(s *stage, _ *marketplace.SubmitRequest) { s.config.Tiers = []auction.StakeTier{auction.StakeHigh} },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.rival()
				config := s.config
				var probe marketplace.SubmitRequest
				change(s, &probe)
				a, stop := s.start(t, alice, nil)
				time.Sleep(5 * time.Second)
				id := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second, climbs(5*vadium.Second, 50*vadium.Second), func(b *marketplace.SubmitRequest) {
					change(s, b)
				})
				time.Sleep(7 * time.Second)
				a.mu.Lock()
				n := len(a.pursuits)
				a.mu.Unlock()
				if taken := len(s.request(id).Attempts); n != 0 || taken != 0 {
					t.Errorf("%d requests are pursued and %d taken, want none", n, taken)
				}
				if probe.Allow == nil && probe.Deny == nil {
					config.Dir = s.config.Dir
					if err := a.Reload(config); err != nil {
						t.Fatal(err)
					}
					s.awaitPhase(id, marketplace.PhaseSettled, 30*time.Second)
				}
				if err := stop(); err != nil {
					t.Errorf("Run = %v, want nil", err)
				}
			})
		})
	}
}

// deaf is a seat at which the first answer to a lock is lost, so that the client sends it again.
type deaf struct {
	seat
	tries int
}

func (s *deaf) LockRequest(ctx context.Context, id vadium.RequestID, least vadium.Amount) (client.Accepted, error) {
	accepted, err := s.seat.LockRequest(ctx, id, least)
	if s.tries++; s.tries == 1 && err == nil {
		return s.LockRequest(ctx, id, least)
	}
	return accepted, err
}

// A lock whose answer was lost is refused when it is tried again: the request is taken, by ourselves.
func TestALockWhoseAnswerWasLostIsWon(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		d := &deaf{seat: seat{s.testMarket, alice, nil}}
		a, stop := s.runAs(t, d, 0)
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second, climbs(5*vadium.Second, 20*vadium.Second))
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		synctest.Wait()
		if won, lost := outcomeOf(a, auction.Climbing); d.tries != 2 || won != 1 || lost != 0 {
			t.Errorf("%d won, %d lost after %d tries, want one won after two", won, lost, d.tries)
		}
		stop()
	})
}
