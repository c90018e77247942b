package marketplacetest_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"vadium/marketplace/marketplacetest"
)

// How many seeds, which, and how many crashes in each. `make sim` and `make soak` ask for more by the environment.
var (
	seeds   = flag.Uint64("sim.seeds", fromEnvironment("VADIUM_SIM_SEEDS", 40), "how many simulations to run")
	first   = flag.Uint64("sim.seed", fromEnvironment("VADIUM_SIM_SEED", 1), "the seed to begin with; with -sim.seeds=1 a failed simulation runs again alone")
	crashes = flag.Int("sim.crashes", int(fromEnvironment("VADIUM_SIM_CRASHES", everyAppend)), "how many times a simulated machine crashes; by default at every append")
)

// everyAppend is more crashes than any simulation has appends.
const everyAppend = 1 << 20

func fromEnvironment(name string, fallback uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil { // a soak that ran forty seeds instead of the twenty thousand asked for would be believed
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return n
}

// eachSeed runs one simulation per seed, as many at a time as there are processors. A failure names its seed.
func eachSeed(t *testing.T, run func(t *testing.T, seed uint64)) {
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			run(t, seed)
		})
	}
}

// A market of honest, slow, vanishing, cheating, declining and slandering provers: all invariants hold after every
// event, nothing is carried out twice, honest provers lose nothing, every request ends, and what it cost its requester
// follows from how it ended.
func TestSimulatedMarket(t *testing.T) {
	var locked, rescued, sealed, forfeited, proven, refused atomic.Int64
	t.Cleanup(func() {
		if t.Failed() || *seeds < 10 {
			return
		}
		t.Logf("%d seeds locked %d ramps and rescued %d, cleared %d auctions of sealed bids and kept %d bonds", *seeds, locked.Load(), rescued.Load(), sealed.Load(), forfeited.Load())
		if locked.Load() < int64(*seeds)/2 || rescued.Load() < int64(*seeds)/20 || sealed.Load() < int64(*seeds)/2 || forfeited.Load() < int64(*seeds)/4 {
			t.Error("that says little of ramps and sealed bids")
		}
		t.Logf("%d proofs of clearings were published and %d refused", proven.Load(), refused.Load())
		if proven.Load() < int64(*seeds)/4 || refused.Load() < int64(*seeds)/4 {
			t.Errorf("%d proofs of clearings published and %d refused say little", proven.Load(), refused.Load())
		}
	})
	eachSeed(t, func(t *testing.T, seed uint64) {
		cast := []marketplacetest.Habit{
			marketplacetest.Honest, marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing, marketplacetest.Cheating,
			marketplacetest.Declining, marketplacetest.Silent, marketplacetest.Slandering, marketplacetest.Resigning, marketplacetest.Erratic,
		}
		s := marketplacetest.NewSimulation(t, seed, cast...)
		s.Random.Shuffle(len(cast), func(i, j int) { cast[i], cast[j] = cast[j], cast[i] })
		s.Run(250)
		l, r, b, f := s.CountModes()
		locked.Add(int64(l))
		rescued.Add(int64(r))
		sealed.Add(int64(b))
		forfeited.Add(int64(f))
		published, turned := s.CountProofs()
		proven.Add(int64(published))
		refused.Add(int64(turned))
	})
}

// A market in which provers equivocate and people report them, honestly or by copying, over days: all invariants hold, every
// case and every penalty that is held back ends in time, and who copies earns nothing.
func TestSimulatedReports(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		marketplacetest.NewReporting(t, seed, marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing, marketplacetest.Cheating,
			marketplacetest.Resigning, marketplacetest.Erratic).Run(4, 60)
	})
}

// No coalition of a requester, provers and their backups takes out more than it put in, except what it earns from
// others with valid proofs: not from the stake of those who delegate to it, not from damages, premiums, rescues,
// stand-down fees or solving fees paid among themselves.
func TestSimulatedCoalitionGainsNothing(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		s := marketplacetest.NewCoalition(t, seed)
		s.Run(250)
		s.CheckCoalition()
	})
}

// A market whose provers stake three assets, at prices that walk, crash, soar and are missing for a while: the books balance
// of each asset after every event, every lock is backed when it is made, an honest prover loses nothing whatever its stake is
// worth, and requesters get their damage cap in the asset of the stake.
func TestSimulatedMarketWithStakeInOtherAssets(t *testing.T) {
	var assigned, punished atomic.Int64
	t.Cleanup(func() {
		if t.Failed() || *seeds < 10 {
			return
		}
		t.Logf("%d seeds made %d assignments across assets and punished %d", *seeds, assigned.Load(), punished.Load())
		if assigned.Load() < 5*int64(*seeds) || punished.Load() < int64(*seeds) {
			t.Errorf("%d seeds made %d assignments across assets and punished %d, which says little", *seeds, assigned.Load(), punished.Load())
		}
	})
	eachSeed(t, func(t *testing.T, seed uint64) {
		cast := []marketplacetest.Habit{
			marketplacetest.Honest, marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing, marketplacetest.Cheating,
			marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Slandering, marketplacetest.Resigning, marketplacetest.Erratic,
		}
		s := marketplacetest.NewStakingSimulation(t, seed, cast...)
		s.Run(250)
		a, p := s.CountAcross()
		assigned.Add(int64(a))
		punished.Add(int64(p))
	})
}

// A market whose requests have copies, hedges, reservations and schedules, now and then: every clearing of its journal is right
// when it is run again from the state before it.
func TestSimulatedClearingsAreRightWhenTheyAreRunAgain(t *testing.T) {
	var copies, hedges, reservations, raises, batches, unopened atomic.Int64
	t.Cleanup(func() {
		if t.Failed() || *seeds < 10 {
			return
		}
		t.Logf("%d seeds assigned %d copies and %d hedges, ended %d reservations and took %d steps of schedules", *seeds, copies.Load(), hedges.Load(), reservations.Load(), raises.Load())
		t.Logf("of %d batches that everybody can run again %d have prices that are never shown", batches.Load(), unopened.Load())
		if n := int64(*seeds); batches.Load() < n || unopened.Load() < n/2 {
			t.Errorf("%d batches, %d of them with prices that are never shown, of %d seeds say little", batches.Load(), unopened.Load(), *seeds)
		}
		if n := int64(*seeds); copies.Load() < 5*n || hedges.Load() < n || reservations.Load() < n/2 || raises.Load() < 2*n {
			t.Errorf("%d seeds assigned %d copies and %d hedges, ended %d reservations and took %d steps of schedules, which says little", *seeds,
				copies.Load(), hedges.Load(), reservations.Load(), raises.Load())
		}
	})
	eachSeed(t, func(t *testing.T, seed uint64) {
		s := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing,
			marketplacetest.Cheating, marketplacetest.Declining, marketplacetest.Erratic)
		s.Punctual = true
		s.Run(200)
		c, h, ended, steps := s.Recheck()
		copies.Add(int64(c))
		hedges.Add(int64(h))
		reservations.Add(int64(ended))
		raises.Add(int64(steps))
		all, withheld := s.RecheckPublic()
		batches.Add(int64(all))
		unopened.Add(int64(withheld))
	})
}

// Whatever has happened to a market, everybody gets out: all shares and all junior stake are redeemed and claimed, of vaults
// whose prover has left as well, the last claim like the first, and only roundings stay behind.
func TestSimulatedMarketCanBeLeftByEverybody(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		s := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing, marketplacetest.Cheating, marketplacetest.Erratic)
		s.Run(150)
		if left := s.EverybodyLeaves(); left.BitLen() > 24 {
			t.Errorf("%v units of stake stay behind, want roundings", left)
		}
		s.CheckReplay()
	})
}

// Nor does a coalition with a reporter in it: what its own provers lose to it is less than what they lose.
func TestSimulatedCoalitionGainsNothingByReportingItself(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		r := marketplacetest.NewReportingCoalition(t, seed)
		r.Run(3, 60)
		r.CheckCoalition()
	})
}

// A market whose own asset is priced by a feed of seven reporters, two of whom lie: every round's median lies within what the honest
// saw, no round is taken that is none, nobody honest is found guilty of anything, and liars are.
func TestSimulatedReporters(t *testing.T) {
	var rounds, cases atomic.Int64
	t.Cleanup(func() {
		if t.Failed() || *seeds < 10 {
			return
		}
		t.Logf("%d seeds published %d rounds and found liars %d times", *seeds, rounds.Load(), cases.Load())
		if rounds.Load() < 5*int64(*seeds) || cases.Load() < int64(*seeds)/4 {
			t.Errorf("%d seeds published %d rounds and found liars %d times, which says little", *seeds, rounds.Load(), cases.Load())
		}
	})
	eachSeed(t, func(t *testing.T, seed uint64) {
		r := marketplacetest.NewReporters(t, seed, marketplacetest.Honest, marketplacetest.Slow, marketplacetest.Vanishing)
		r.Run(120)
		rounds.Add(int64(r.Rounds))
		cases.Add(int64(r.Cases))
	})
}
