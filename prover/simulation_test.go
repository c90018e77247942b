package prover

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/prover/engine/enginetest"
)

// fromEnvironment reads how much to simulate; the market's simulations read the same variables.
func fromEnvironment(t *testing.T, name string, fallback int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, want a number", name, text)
	}
	return n
}

// A prover with a few requests at once is killed again and again, at random points and on the way back too, and is given
// nothing of its former lives but its folder as it was at the moment of death. Every request is accepted once, delivered
// once and settled, and nobody is blamed. TestACrashBetweenAnyTwoActionsAcceptsOnceAndDeliversOnce tries every single point
// with one request; this tries what comes of several deaths.
func TestSimulatedProverDiesAgainAndAgain(t *testing.T) {
	first, seeds := fromEnvironment(t, "VADIUM_SIM_SEED", 1), fromEnvironment(t, "VADIUM_SIM_SEEDS", 20)
	deaths := fromEnvironment(t, "VADIUM_SIM_CRASHES", 3)
	died := 0
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) { died += s.liveAndDie(t, uint64(seed), deaths) })
		})
	}
	t.Attr("counted", fmt.Sprintf("%d seeds, %d crashes of a prover; anything accepted or delivered twice, or not at all, would have failed the test", seeds, died))
	if died == 0 && seeds > 0 && deaths > 0 {
		t.Error("no prover died: nothing was tested")
	}
}

// liveAndDie is the simulation of one seed. It returns how many times the prover died.
func (s *stage) liveAndDie(t *testing.T, seed uint64, deaths int) (died int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	within := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
	var last string
	var ids []vadium.RequestID
	wanted := 1 + random.IntN(3)
	for life := 0; life <= deaths; life++ {
		var f *faults // the last life is not disturbed
		dead := t.TempDir()
		if life < deaths {
			f = &faults{at: 1 + random.IntN(4*wanted), dying: func() { copyFolder(t, s.config.Dir, dead) }}
		}
		_, stop := s.start(t, alice, f)
		if life == 0 {
			s.awaitAsks(alice)
		}
		for len(ids) < wanted {
			ids = append(ids, s.submit(s.toy, enginetest.Input(3), 2*vadium.Minute))
			time.Sleep(within(500 * time.Millisecond))
		}
		if f != nil {
			time.Sleep(within(3 * time.Second))
		} else {
			for _, id := range ids {
				s.awaitPhase(id, marketplace.PhaseSettled, 2*time.Minute)
			}
		}
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatalf("seed %d: Run = %v, want nil", seed, err)
		}
		if f != nil && f.isDead() {
			died++
			s.config.Dir, last = dead, f.names[len(f.names)-1]
		}
	}
	for what, got := range map[string]int{
		"accepted":  countKind[*marketplace.RequestAccepted](s.testMarket),
		"delivered": countKind[*marketplace.DeliveryReceived](s.testMarket),
	} {
		if got != wanted {
			t.Errorf("seed %d, %d deaths, the last %s: %d requests were %s %d times", seed, died, last, wanted, what, got)
		}
	}
	if got := countKind[*marketplace.FaultRecorded](s.testMarket); got != 0 {
		t.Errorf("seed %d: %d faults, want none", seed, got)
	}
	return died
}
