package pricing_test

import (
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
	"vadium/prover/pricing"
	"vadium/vaults"
)

// amounts up to 10^12 tokens, small ones included: rounding shows only there.
func amounts(t *rapid.T, label string) vadium.Amount {
	unit := rapid.SampledFrom([]vadium.Amount{vadium.NewAmount(1), vadium.NewAmount(1_000_003), vadium.Tokens(1)}).Draw(t, label+" unit")
	n := rapid.Uint64Range(0, 1_000_000_000_000).Draw(t, label)
	a, _ := unit.MulDivDown(vadium.NewAmount(n), vadium.NewAmount(1))
	return a
}

func splits(t *rapid.T) pricing.Split {
	s := pricing.Split{
		ProtocolFee: vadium.Bps(rapid.Uint32Range(0, 500).Draw(t, "protocol fee")),
		Commission:  vadium.Bps(rapid.Uint32Range(0, 9_500).Draw(t, "commission")),
		Junior:      vadium.Tokens(10).MustAdd(amounts(t, "junior")),
	}
	if rapid.Bool().Draw(t, "delegated") {
		s.Senior = vadium.Tokens(1).MustAdd(amounts(t, "senior"))
	}
	return s
}

// smallestFee searches for the least fee that leaves need.
func smallestFee(s pricing.Split, need, enough vadium.Amount) vadium.Amount {
	low, high := vadium.Amount{}, enough // need lies in Kept(low, high]
	for low.Less(high) {
		middle, _ := low.MustAdd(high).MulDivDown(vadium.NewAmount(1), vadium.NewAmount(2))
		if s.Kept(middle).Less(need) {
			low = middle.MustAdd(vadium.NewAmount(1))
		} else {
			high = middle
		}
	}
	return low
}

func TestWhatIsAskedLeavesWhatIsNeededAndLittleMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, need := splits(t), amounts(t, "need")
		fee, ok := s.Gross(need)
		if !ok {
			if s.Commission == 0 && s.Junior.IsZero() {
				return
			}
			t.Fatalf("Gross(%v) of %+v finds no fee", need, s)
		}
		if kept := s.Kept(fee); kept.Less(need) {
			t.Fatalf("Kept(Gross(%v)) = %v, less than needed, with %+v", need, kept, s)
		}
		least := smallestFee(s, need, fee)
		// Four units kept, grossed up once more, bound what roundings can add.
		slack, _ := s.Gross(vadium.NewAmount(4))
		if most := least.MustAdd(slack); most.Less(fee) {
			t.Errorf("Gross(%v) = %v, the search finds %v, with %+v", need, fee, least, s)
		}
	})
}

// The vault divides the real fee; pricing must not have an opinion of its own.
func TestKeptIsWhatTheVaultPays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, fee := splits(t), amounts(t, "fee")
		v := vaults.New(1, vadium.Account{1}, s.Commission, 0)
		v.Junior, v.Senior = s.Junior, s.Senior
		if !s.Senior.IsZero() {
			v.Shares = vadium.Tokens(1_000_000_000) // beyond the dust that earns nothing
		}
		r := v.PlanReward(0, fee.MustSub(fee.BpsDown(s.ProtocolFee)), s.Commission)
		if got, want := s.Kept(fee), r.Commission.MustAdd(r.Junior); got.Cmp(want) != 0 {
			t.Errorf("Kept(%v) = %v, the vault pays %v, with %+v", fee, got, want, s)
		}
	})
}

func TestNothingIsAskedForThatFreeStakeDoesNotBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		running := rapid.Uint32Range(0, 8).Draw(t, "running")
		most := rapid.Uint32Range(0, 8).Draw(t, "most")
		tier := rapid.SampledFrom([]auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh}).Draw(t, "tier")
		lock, damageCap := pricing.Typical(tier, amounts(t, "reserve").MustAdd(vadium.NewAmount(1)), 4)
		stake := pricing.Stake{Free: amounts(t, "free"), Damages: amounts(t, "damages"), Lock: lock, DamageCap: damageCap}
		slots := pricing.Slots(running, most, stake)
		if slots > most {
			t.Fatalf("Slots = %d, the operator wants at most %d", slots, most)
		}
		var locked, owed vadium.Amount
		for range slots - min(slots, running) { // one by one, as the market would lock
			locked, owed = locked.MustAdd(lock), owed.MustAdd(damageCap)
		}
		if stake.Free.Less(locked) || stake.Damages.Less(owed) {
			t.Fatalf("Slots(%d running) = %d locks %v of %v and promises %v of %v", running, slots, locked, stake.Free, owed, stake.Damages)
		}
		// And not fewer than it could.
		if slots < most && slots >= running {
			if !stake.Free.Less(locked.MustAdd(lock)) && !stake.Damages.Less(owed.MustAdd(damageCap)) {
				t.Errorf("Slots(%d running) = %d of %d, yet one more would be backed", running, slots, most)
			}
		}
	})
}

func inputs() pricing.Inputs {
	lock, damageCap := pricing.Typical(auction.StakeStandard, vadium.Tokens(1), 4)
	return pricing.Inputs{
		Measurement: pricing.Measurement{Median: 800, Slowest: 1_000, CPU: 1_500},
		Costs:       pricing.Costs{PerCPUSecond: vadium.NewAmount(1_000_000), Margin: 2_000, Safety: 15_000},
		Split:       pricing.Split{ProtocolFee: 100, Commission: 8_000, Junior: vadium.Tokens(100)},
		Load:        pricing.Load{Provers: 1, Capacity: 2},
		Stake:       pricing.Stake{Free: vadium.Tokens(100), Damages: vadium.Tokens(100), Lock: lock, DamageCap: damageCap},
		MostSlots:   2,
	}
}

func TestQuoteOfAWorkedExample(t *testing.T) {
	in := inputs()
	in.Stake.Lock, in.Stake.DamageCap = vadium.NewAmount(1_000_000), vadium.Amount{}
	in.History = pricing.History{Proved: 799, Faults: 1} // (1+1)/(800+200) = 0.2 %
	// compute 1.5 s * 1,000,000 = 1,500,000; risk 0.2 % of 1,000,000 = 2,000; plus 20 %: 1,802,400.
	if got, want := pricing.Need(in), vadium.NewAmount(1_802_400); got.Cmp(want) != 0 {
		t.Errorf("Need = %v, want %v", got, want)
	}
	got, backed := pricing.Quote(in)
	// Nobody delegates, so all but the protocol fee is the prover's: ceil(1,802,402 / 0.99).
	want := pricing.Ask{Price: vadium.NewAmount(1_820_609), Slots: 2, Capacity: 2, ETA: 1_500}
	if !backed || got != want {
		t.Errorf("Quote = %+v, %v, want %+v, true", got, backed, want)
	}
}

func TestDelegatedStakeMakesTheAskDearer(t *testing.T) {
	in := inputs()
	alone, _ := pricing.Quote(in)
	in.Split.Senior = vadium.Tokens(900)
	delegated, _ := pricing.Quote(in)
	// The prover keeps 80 % and a tenth of the other 20 %.
	low, high := alone.Price.BpsUp(12_190), alone.Price.BpsUp(12_200)
	if delegated.Price.Less(low) || high.Less(delegated.Price) {
		t.Errorf("price with nine tenths delegated = %v, want %v / 0.82", delegated.Price, alone.Price)
	}
}

func TestAPriceNeverFallsAsCostsRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := inputs()
		in.Measurement.CPU = vadium.Duration(rapid.Int64Range(1, 1<<40).Draw(t, "cpu"))
		in.Costs.PerCPUSecond = amounts(t, "per second")
		in.History.Faults = rapid.Uint64Range(0, 1_000).Draw(t, "faults")
		before, _ := pricing.Quote(in)
		switch rapid.IntRange(0, 3).Draw(t, "rise") {
		case 0:
			in.Measurement.CPU++
		case 1:
			in.Costs.PerCPUSecond = in.Costs.PerCPUSecond.MustAdd(vadium.NewAmount(1))
		case 2:
			in.History.Faults++
		case 3:
			in.Costs.Margin++
		}
		after, _ := pricing.Quote(in)
		if after.Price.Less(before.Price) {
			t.Errorf("price falls from %v to %v", before.Price, after.Price)
		}
	})
}

func TestAnUnbackedAskIsWithdrawnAtTheLastUnit(t *testing.T) {
	in := inputs()
	in.Stake.Free = in.Stake.Lock
	if ask, backed := pricing.Quote(in); !backed || ask.Slots != 1 {
		t.Errorf("Quote with stake for exactly one = %d slots, %v, want 1, true", ask.Slots, backed)
	}
	in.Stake.Free = in.Stake.Lock.MustSub(vadium.NewAmount(1))
	if ask, backed := pricing.Quote(in); backed {
		t.Errorf("Quote with one unit less than a lock = %+v, want none", ask)
	}
	in.Load.Running, in.Load.OfThis = 1, 1
	if ask, backed := pricing.Quote(in); !backed || ask.Slots != 1 {
		t.Errorf("Quote with all stake at work = %d slots, %v, want the 1 at work, true", ask.Slots, backed)
	}
}

func TestAMachineThatWasNotMeasuredAsksForNothing(t *testing.T) {
	in := inputs()
	in.Measurement = pricing.Measurement{}
	if ask, backed := pricing.Quote(in); backed {
		t.Errorf("Quote without a measurement = %+v, want none", ask)
	}
}

func TestETACountsTheRoundsOfProofsBefore(t *testing.T) {
	m := pricing.Measurement{Median: 500, Slowest: 1_001}
	for _, row := range []struct {
		provers, running, capacity uint32
		want                       vadium.Duration
	}{
		{1, 0, 8, 1_502}, {1, 1, 8, 3_004}, {2, 1, 8, 1_502}, {2, 2, 8, 3_004}, {2, 3, 8, 3_004}, {2, 4, 8, 4_506}, {0, 0, 0, 1_502},
		{1, 1, 1, 1_502}, {1, 2, 2, 3_004}, {2, 2, 2, 1_502}, // full: the next one comes when one has ended
	} {
		got := pricing.ETA(m, 15_000, pricing.Load{Provers: row.provers, Running: row.running, Capacity: row.capacity})
		if got != row.want {
			t.Errorf("ETA with %d provers, %d of %d running = %d, want %d", row.provers, row.running, row.capacity, got, row.want)
		}
	}
	if got := pricing.ETA(pricing.Measurement{Slowest: 1 << 62}, 60_000, pricing.Load{Running: 1 << 31}); got != 7*vadium.Day {
		t.Errorf("ETA of what never ends = %d, want the longest request, %d", got, 7*vadium.Day)
	}
}

func TestSmallChangesLeaveAnAskStanding(t *testing.T) {
	stands := pricing.Ask{Price: vadium.NewAmount(1_000), Slots: 2, Capacity: 2, ETA: 1_000}
	for _, row := range []struct {
		name   string
		change func(*pricing.Ask)
		want   bool
	}{
		{"nothing", func(*pricing.Ask) {}, false},
		{"a tenth cheaper", func(a *pricing.Ask) { a.Price = vadium.NewAmount(900) }, false},
		{"more than a tenth cheaper", func(a *pricing.Ask) { a.Price = vadium.NewAmount(899) }, true},
		{"a tenth of the new price dearer", func(a *pricing.Ask) { a.Price = vadium.NewAmount(1_111) }, false},
		{"more than that", func(a *pricing.Ask) { a.Price = vadium.NewAmount(1_112) }, true},
		{"a tenth faster", func(a *pricing.Ask) { a.ETA = 900 }, false},
		{"more than a tenth faster", func(a *pricing.Ask) { a.ETA = 899 }, true},
		{"fewer slots", func(a *pricing.Ask) { a.Slots = 1 }, true},
		{"less capacity", func(a *pricing.Ask) { a.Capacity = 3 }, true},
	} {
		wanted := stands
		row.change(&wanted)
		if got := pricing.Differs(stands, wanted, 1_000); got != row.want {
			t.Errorf("Differs, %s = %v, want %v", row.name, got, row.want)
		}
	}
}

// Requests of a batch tier may all be won at one tick: the last of them waits for the others, and the market holds the prover
// to what it said of each.
func TestWhatIsAssignedTogetherIsPromisedForTheLast(t *testing.T) {
	in := inputs()
	in.Load.Capacity, in.MostSlots = 8, 3
	one, _ := pricing.Quote(in)
	in.Together = true
	for _, row := range []struct {
		running, ofThis uint32
		rounds          vadium.Duration // proofs one after the other, the last slot's included
	}{{0, 0, 3}, {1, 0, 4}, {1, 1, 3}, {2, 2, 3}, {3, 3, 4}, {7, 0, 8}, {9, 0, 8}} { // 3 of 3: a fourth comes when one has ended
		in.Load.Running, in.Load.OfThis = row.running, row.ofThis
		together, backed := pricing.Quote(in)
		if !backed || together.ETA != row.rounds*one.ETA {
			t.Errorf("with %d under way, %d of them of the product, the ETA = %d (%v), want %d times %d", row.running, row.ofThis, together.ETA, backed, row.rounds, one.ETA)
		}
	}
	in.Load.Running, in.Load.OfThis = 0, 0
	if together, _ := pricing.Quote(in); together.Price != one.Price || together.Slots != one.Slots {
		t.Errorf("asked for together: %+v, want the price and the slots of %+v", together, one)
	}
}
