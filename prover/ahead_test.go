package prover

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

// arrives returns when the first event of a kind was recorded.
func arrives[E marketplace.Event](t *testing.T, m *testMarket) vadium.Time {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if _, ok := r.Event.(E); ok {
			return r.At
		}
	}
	t.Fatal("it never happened")
	return 0
}

// Solving, answering and waiting for the answer to be durable take time that a free prover need not wait for.
func TestAProofIsMadeWhileTheRequestIsBeingAccepted(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.engine.ProveTime = 5 * time.Second
		s.slow = map[string]time.Duration{"accept": 2 * time.Second}
		s.run(t)
		begun := now()
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		if got := arrives[*marketplace.RequestAccepted](t, s.testMarket).Sub(begun); got != 2*vadium.Second {
			t.Errorf("accepted after %d ms, want 2000", got)
		}
		if got := arrives[*marketplace.DeliveryReceived](t, s.testMarket).Sub(begun); got != 5*vadium.Second {
			t.Errorf("delivered after %d ms, want 5000: the proof waited for something", got)
		}
	})
}

// However early the proof is there: nothing is delivered before the request is accepted.
func TestAProofThatIsMadeBeforeItsRequestIsAcceptedWaits(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.slow = map[string]time.Duration{"accept": 3 * time.Second}
		s.run(t)
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		accepted, delivered := arrives[*marketplace.RequestAccepted](t, s.testMarket), arrives[*marketplace.DeliveryReceived](t, s.testMarket)
		if delivered != accepted {
			t.Errorf("delivered %d ms after it was accepted, want 0", delivered.Sub(accepted))
		}
		made := 0
		for _, request := range s.engine.Proofs() {
			if request == id {
				made++
			}
		}
		if made != 1 {
			t.Errorf("the proof was made %d times, want once", made)
		}
	})
}

// What became of the proofs of one request: begun, and stopped in the middle.
type ends struct{ begun, stopped int }

// endless lets proofs of requests go on until they are stopped, and counts them.
func (s *stage) endless(what *ends) {
	s.engine.Before = func(ctx context.Context, task string, w engine.Work) error {
		if task != "prove" || measures(w) {
			return nil
		}
		what.begun++
		<-ctx.Done()
		what.stopped++
		return ctx.Err()
	}
}

// A request that is not ours after all takes no prover for longer than it takes to hear of it.
func TestAProofBegunAheadIsStoppedWhenItsRequestIsNotOurs(t *testing.T) {
	for name, row := range map[string]struct {
		secret  int64
		slow    time.Duration
		solving error
		want    marketplace.Stage
	}{
		"unsatisfiable":             {secret: 4, want: marketplace.StageDisputed},
		"solving fails":             {secret: 3, solving: engine.ErrWorkerDied, want: marketplace.StageDeclined},
		"the answer comes too late": {secret: 3, slow: 11 * time.Second, want: marketplace.StageSilent},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.slow = map[string]time.Duration{"accept": row.slow}
				a := s.run(t)
				var proofs ends
				s.endless(&proofs)
				proving := s.engine.Before
				s.engine.Before = func(ctx context.Context, task string, w engine.Work) error {
					if task == "solve" {
						time.Sleep(time.Millisecond) // the proof has begun by then, however goroutines take turns
						if row.solving != nil {
							return row.solving
						}
					}
					return proving(ctx, task, w)
				}
				id := s.submit(s.toy, enginetest.Input(row.secret), 60*vadium.Second)
				time.Sleep(15 * time.Second)
				synctest.Wait()
				if got := s.request(id).Attempts[0].Stage; got != row.want {
					t.Errorf("stage = %v, want %v", got, row.want)
				}
				if proofs.begun != 1 || proofs.stopped != 1 {
					t.Errorf("%d proofs were begun and %d stopped, want one and one", proofs.begun, proofs.stopped)
				}
				if taken, _ := a.queue.counts(); taken != 0 {
					t.Errorf("%d places are taken, want none", taken)
				}
				if got := countKind[*marketplace.FaultRecorded](s.testMarket); got != 0 {
					t.Errorf("%d faults, want none", got)
				}
			})
		})
	}
}

// A prover that has its hands full answers as it always did, and proves in turn.
func TestNoProofIsBegunAheadWithoutAFreeProver(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.config.Capacity = 4
		s.engine.ProveTime = 5 * time.Second
		s.run(t)
		underWay, most := 0, 0
		s.engine.Before = func(_ context.Context, task string, w engine.Work) error {
			if task == "prove" && !measures(w) {
				underWay++
				most = max(most, underWay)
				time.AfterFunc(5*time.Second, func() { underWay-- })
			}
			return nil
		}
		first := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second)
		s.awaitPhase(first, marketplace.PhaseAccepted, time.Minute)
		second := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second)
		s.awaitPhase(second, marketplace.PhaseAccepted, 4*time.Second)
		s.awaitPhase(second, marketplace.PhaseSettled, time.Minute)
		if most != 1 {
			t.Errorf("%d proofs at once, want 1", most)
		}
	})
}

// Stopping an agent is no crash, whatever it was doing: after many such stops it still proves.
func TestAnAgentThatIsStoppedWhileItAcceptsCountsNoCrash(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		_, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		s.slow = map[string]time.Duration{"accept": time.Second}
		s.engine.ProveTime = 2 * time.Second
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		for range mostStarts + 1 {
			time.Sleep(500 * time.Millisecond) // in the middle of accepting, then of proving
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			_, stop = s.start(t, alice, nil)
		}
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if got := countKind[*marketplace.RequestAccepted](s.testMarket); got != 1 {
			t.Errorf("accepted %d times, want once", got)
		}
	})
}

// A proof that is there before a heartbeat is due needs none.
func TestAFastProofSendsNoHeartbeat(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(t)
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		if got := countKind[*marketplace.HeartbeatReceived](s.testMarket); got != 0 {
			t.Errorf("%d heartbeats, want none in a second", got)
		}
	})
}
