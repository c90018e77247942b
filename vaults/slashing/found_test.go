package slashing_test

import (
	"math/big"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// What searches have found, each a case of its own.

// P12. A request that a backup proved in time owes no damages, and what was locked for them was there for the fee's floor: as a
// whole it cost up to 44 % more than in parts. Now the floor takes what the lock has for the punitive part.
//
// With damages due, P12 holds for equal parts, and for unequal ones as long as none of them loses its whole lock: a lock is the
// larger of two things beside the damage cap, and where it ends the penalty of one part, the whole could still pay. That is
// about 1 % of the penalty, and the last case.
func TestPartsCostLessThanTheWholeOnlyWhereOneLosesItsWholeLock(t *testing.T) {
	type part struct{ damageCap, fee uint64 }
	for _, c := range []struct {
		name    string
		offence slashing.Offence
		// replaced requests owe no damages.
		replaced bool
		history  slashing.MilliPoints
		impact   vadium.Bps
		alone    bool // or everybody else fails at the same time, too
		parts    []part
		// together and whole are what they cost, in hundredths of a token.
		together, whole uint64
	}{
		{"no part loses its lock", slashing.NoShow, false, 20_000, 0, true, []part{{200, 100}, {300, 500}}, 68_000, 68_000},
		{"a no-show that was replaced", slashing.NoShow, true, 20_000, 10_000, true, []part{{100, 0}, {0, 1_000}}, 51_980, 50_000},
		{"one that resigned and was replaced, at the worst", slashing.Resigned, true, 20_000, 10_000, false, []part{{500, 0}, {0, 1_000}}, 61_000, 50_000},
		{"a no-show", slashing.NoShow, false, 20_000, 5_000, true, []part{{3_240, 648}, {0, 372}}, 373_140, 374_625},
	} {
		context := slashing.Neutral()
		context.History, context.Impact = c.history, c.impact
		if !c.alone {
			context.Correlation = 10_000
		}
		cost := func(p part) (vadium.Amount, bool) {
			damageCap, fee := vadium.Tokens(p.damageCap), vadium.Tokens(p.fee)
			terms := slashing.Terms{DamageCap: damageCap, Fee: fee, Lock: vaults.LockFor(damageCap, fee)}
			total := assess(t, slashing.Case{Offence: c.offence, Replaced: c.replaced, Context: context, Terms: terms}).Total()
			return total, total == terms.Lock
		}
		var all part
		var together vadium.Amount
		spent := false
		for _, p := range c.parts {
			all.damageCap, all.fee = all.damageCap+p.damageCap, all.fee+p.fee
			total, of := cost(p)
			together, spent = together.MustAdd(total), spent || of
		}
		whole, _ := cost(all)
		t.Logf("%s: parts %s, whole %s, a lock is spent: %v", c.name, together.Tokens(), whole.Tokens(), spent)
		if together != vadium.Tokens(c.together).BpsDown(100) || whole != vadium.Tokens(c.whole).BpsDown(100) || together.Less(whole) != (spent && !c.replaced) {
			t.Errorf("%s: the parts cost %s, the whole %s, a lock is spent: %v; want %d and %d hundredths",
				c.name, together.Tokens(), whole.Tokens(), spent, c.together, c.whole)
		}
	}
}

// P6: six steps round up, each less than one ppm that the steps after it multiply. That is less than 40.5 + 20.25 + 6.75 +
// 2.25 + 1.5 + 1 = 72.25 ppm together; economics.md says 60, which this case exceeds.
func TestAFractionExceedsTheExactProductByLessThanItsStepsCanAdd(t *testing.T) {
	in := slashing.Inputs{
		Severity: 1, Class: slashing.Liveness, Impact: 9_954, History: 19_988, Correlation: 6_665, Uptime: 4, Health: 1_287,
		PriceReference: 14_984, PriceNow: 10_000,
	}
	excess := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(fraction(t, in))), exactFraction(in, true))
	if got := excess.FloatString(3); got != "60.786" || excess.Cmp(mostExcess) >= 0 {
		t.Errorf("the fraction is %s ppm above the exact product, want 60.786", got)
	}
}
