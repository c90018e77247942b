package prover

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

// flood submits as many requests as one account may have open here.
func (s *stage) flood(n int, change ...func(*marketplace.SubmitRequest)) {
	params := testParams()
	params.MaxOpenRequests = 10_000
	s.must(s.by(s.operator, marketplace.SetParams{Params: params}))
	for i := range 20 {
		s.must(s.by(s.operator, marketplace.CreditDeposit{Account: requester, Amount: vadium.Tokens(100_000), Reference: vadium.Salt{9, byte(i)}}))
	}
	for range n {
		s.submit(s.toy, enginetest.Input(3), 10*vadium.Minute, change...)
	}
}

// pursues returns how many requests an agent pursues, and whether one of them is id.
func pursues(a *Agent, id vadium.RequestID) (n int, it bool) {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.pursuits), a.pursuits[id] != nil
}

// holdsStake has alice work for a while, on something that locks most of her stake.
func (s *stage) holdsStake(t *testing.T, d time.Duration) {
	t.Helper()
	var begun atomic.Bool
	s.engine.Before = func(_ context.Context, what string, w engine.Work) error {
		if what == "prove" && !measures(w) && !begun.Swap(true) {
			time.Sleep(d)
		}
		return nil
	}
	busy := s.submit(s.toy, enginetest.Input(3), 10*vadium.Minute, func(b *marketplace.SubmitRequest) {
		b.MaxFee, b.DamageCap = vadium.Tokens(600), vadium.Tokens(599) // locks 899 of 1,000
	})
	s.awaitPhase(busy, marketplace.PhaseAccepted, time.Minute)
	time.Sleep(200 * time.Millisecond) // until she has looked at what is left
}

// Whoever floods provers with requests that they cannot take does not keep them from the one that they can.
func TestAFloodOfRequestsThatCannotBeTakenCrowdsOutNobody(t *testing.T) {
	for name, row := range map[string]struct {
		busy   bool
		change func(*marketplace.SubmitRequest)
		most   int // how many of them may have a place
	}{
		"too cheap": {change: func(b *marketplace.SubmitRequest) { b.MaxFee = vadium.Tokens(1).BpsUp(5_000) }},
		"more stake than there is": {change: func(b *marketplace.SubmitRequest) {
			b.MaxFee, b.DamageCap = vadium.Tokens(50), vadium.Tokens(1_500)
		}},
		"stake at work": {busy: true, most: maxPursuits, change: func(b *marketplace.SubmitRequest) {
			b.MaxFee, b.DamageCap = vadium.Tokens(200), vadium.Tokens(200)
		}},
		"later than others": {most: maxPursuits, change: func(b *marketplace.SubmitRequest) {
			climbs(7*vadium.Minute, 8*vadium.Minute)(b)
		}},
		"a bond that is too high": {change: func(b *marketplace.SubmitRequest) {
			takesBids(b)
			b.Arrangement.Sealed.Bond, b.Arrangement.Sealed.Bidding = vadium.Tokens(10), vadium.Minute
		}},
		"bids at the end": {change: func(b *marketplace.SubmitRequest) { // no time is left to prove
			takesBids(b)
			b.Arrangement.Sealed.Bidding, b.Arrangement.Sealed.Revealing = 9*vadium.Minute, 59*vadium.Second
		}},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.dear()
				s.openVault(bob, 5_000) // has stake for all of them
				s.must(s.by(bob, marketplace.ServeProgram{Program: s.toy, Benchmark: 500}))
				s.config.Provers, s.config.Capacity = 2, 4
				a := s.run(t)
				if row.busy {
					s.holdsStake(t, 5*time.Minute)
				}
				s.flood(5_000, climbs(0, 8*vadium.Minute), row.change)
				if n, _ := pursues(a, vadium.RequestID{}); n > row.most {
					t.Errorf("%d of them are pursued, want at most %d", n, row.most)
				}
				good := s.submit(s.toy, enginetest.Input(3), 10*vadium.Minute, climbs(5*vadium.Second, 20*vadium.Second))
				s.awaitPhase(good, marketplace.PhaseSettled, 15*time.Second)
				if n, _ := pursues(a, good); n > maxPursuits {
					t.Errorf("%d are pursued, want at most %d", n, maxPursuits)
				}
			})
		})
	}
}

// What had no place for a while is found again, and so is what has become possible.
func TestRequestsThatWerePassedOverAreFoundAgain(t *testing.T) {
	t.Run("there was no place", func(t *testing.T) {
		play(t, func(t *testing.T, s *stage) {
			s.dear()
			s.config.Capacity = 4
			a := s.run(t)
			s.holdsStake(t, 2*time.Minute)
			large := func(b *marketplace.SubmitRequest) { b.DamageCap = vadium.Tokens(200) } // not beside the other
			s.flood(maxPursuits, climbs(0, 20*vadium.Second), large, func(b *marketplace.SubmitRequest) { b.MaxFee = vadium.Tokens(200) })
			poor := s.submit(s.toy, enginetest.Input(3), 10*vadium.Minute, climbs(0, 8*vadium.Minute), large)
			if n, it := pursues(a, poor); n != maxPursuits || it {
				t.Errorf("%d are pursued and among them the least promising: %v, want %d and not", n, it, maxPursuits)
			}
			time.Sleep(90 * time.Second) // the flood is over after 20 s
			if n, it := pursues(a, poor); n != 1 || !it {
				t.Errorf("%d are pursued, want that one alone (%v)", n, it)
			}
			s.awaitPhase(poor, marketplace.PhaseSettled, time.Minute)
		})
	})
	t.Run("there was too little stake", func(t *testing.T) {
		play(t, func(t *testing.T, s *stage) {
			s.dear()
			s.openVault(bob, 5_000)
			s.must(s.by(bob, marketplace.ServeProgram{Program: s.toy, Benchmark: 500}))
			a := s.run(t)
			id := s.submit(s.toy, enginetest.Input(3), 10*vadium.Minute, climbs(0, 8*vadium.Minute), func(b *marketplace.SubmitRequest) {
				b.MaxFee, b.DamageCap = vadium.Tokens(50), vadium.Tokens(1_500)
			})
			if n, _ := pursues(a, id); n != 0 {
				t.Errorf("%d are pursued, want none", n)
			}
			s.fund(alice, 200)
			for i := range 5 {
				s.must(s.by(s.operator, marketplace.CreditDeposit{Account: alice, Amount: vadium.Tokens(200), Reference: vadium.Salt{8, byte(i)}}))
			}
			s.must(s.by(alice, marketplace.DepositJunior{Amount: vadium.Tokens(1_000)}))
			s.awaitPhase(id, marketplace.PhaseSettled, 2*time.Minute)
		})
	})
}

// An agent that starts in the middle of a flood looks at all of it.
func TestAFloodFromBeforeTheStartCrowdsOutNobody(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.dear()
		s.rival()
		s.flood(2_000, climbs(0, 8*vadium.Minute), func(b *marketplace.SubmitRequest) { b.MaxFee = vadium.Tokens(1) })
		good := s.submit(s.toy, enginetest.Input(3), 10*vadium.Minute, climbs(5*vadium.Second, 60*vadium.Second))
		a := s.run(t)
		s.awaitPhase(good, marketplace.PhaseSettled, 30*time.Second)
		if n, _ := pursues(a, good); n != 0 {
			t.Errorf("%d are pursued, want none", n)
		}
	})
}

func TestTheMorePromisingRequestIsTheOneThatIsNearer(t *testing.T) {
	best := []prospect{
		{at: 1, gain: vadium.Tokens(2)},
		{at: 1, gain: vadium.Tokens(1)},
		{at: 2, gain: vadium.Tokens(9)},
		{barred: true, at: 3, gain: vadium.Tokens(5)},
		{barred: true, at: 1, gain: vadium.Tokens(4)},
	}
	for i, p := range best {
		for j, q := range best {
			if got, want := p.better(q), i < j; got != want {
				t.Errorf("%+v before %+v: %v, want %v", p, q, got, want)
			}
		}
	}
}
