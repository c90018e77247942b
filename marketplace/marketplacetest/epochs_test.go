package marketplacetest_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"vadium/marketplace/marketplacetest"
	"vadium/vaults/risk"
)

// Days pass: marks come, calls are made, answered and not, provers are suspended, excluded and cured, while the operator
// moves the minimum. Every step of every call follows the rules, and all else that holds of a market does.
func TestSimulatedDays(t *testing.T) {
	var all marketplacetest.Walked
	var lock sync.Mutex
	t.Cleanup(func() {
		t.Logf("%d marks, %d cures, stages entered: %v", all.Marks, all.Cured, all.Stages)
		if *seeds < 20 {
			return
		}
		for stage := risk.Called; stage <= risk.Excluded; stage++ {
			if all.Stages[stage] == 0 || all.Cured == 0 {
				t.Errorf("nobody became %v, or nobody was cured: it was not tested", stage)
			}
		}
	})
	eachSeed(t, func(t *testing.T, seed uint64) {
		cast := []marketplacetest.Habit{
			marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing, marketplacetest.Cheating, marketplacetest.Resigning, marketplacetest.Erratic,
		}
		s := marketplacetest.NewSimulation(t, seed, cast...)
		s.Run(40)
		s.Days(3)
		s.Run(20)
		s.Days(5 + int(seed%8))
		s.Run(0)
		walked := s.CheckCalls()
		lock.Lock()
		defer lock.Unlock()
		all.Marks, all.Cured = all.Marks+walked.Marks, all.Cured+walked.Cured
		for i := range walked.Stages {
			all.Stages[i] += walked.Stages[i]
		}
	})
}

// The same on a machine that crashes: the market replays its marks and calls, and goes on with them.
func TestSimulatedDaysCrash(t *testing.T) {
	sum := newTally(t)
	eachSeed(t, func(t *testing.T, seed uint64) {
		if seed%4 != 0 {
			return // each takes a while
		}
		s := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Vanishing)
		s.Run(20)
		s.Days(1)
		s.Run(0)
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t, seed, sum)
			m.start()
			due := crashPlan(m.random, len(s.Sent))
			for i, sending := range s.Sent {
				m.send(sending, due(i) > m.crashes)
			}
			m.stop()
			m.check()
		})
	})
}
