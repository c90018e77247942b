package risk_test

import (
	"math/rand/v2"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

// crash is a market of a hundred provers over 180 days: the price loses 45 % over the five days from day 30 and then
// wanders. Provers that fall below the minimum top up within two days if they can, or leave; small ones panic and leave
// as soon as they are below. What is at risk stays what it was. (economics.md §4.4, the simulation of item 3.)
type crash struct {
	random  *rand.Rand
	price   risk.Price
	prices  []risk.Price // of the last 30 days
	juniors []vadium.Amount
	wallets []vadium.Amount
}

func newCrash(seed uint64) *crash {
	c := &crash{random: rand.New(rand.NewPCG(seed, 1)), price: 2_000_000}
	for range 100 {
		c.join(10_000 + vadium.Bps(c.random.IntN(20_000)))
	}
	for range 30 {
		c.prices = append(c.prices, c.price)
	}
	return c
}

func (c *crash) join(size vadium.Bps) {
	c.juniors = append(c.juniors, controls.Base.BpsUp(size))
	c.wallets = append(c.wallets, controls.Base.BpsUp(vadium.Bps(c.random.IntN(30_000))))
}

func (c *crash) staked() vadium.Amount { return vadium.Sum(c.juniors...) }

func (c *crash) day(day int) {
	change := c.random.IntN(40_001) - 20_000 // 2 % either way, in ppm
	if day >= 30 && day < 35 {
		change -= 110_000 // five times: 0.89^5 is 0.56
	}
	c.price = risk.Price(uint64(c.price) * uint64(1_000_000+change) / 1_000_000)
	c.prices = append(c.prices[1:], c.price)
}

func (c *crash) average() risk.Price {
	var sum risk.Price
	for _, p := range c.prices {
		sum += p
	}
	return sum / risk.Price(len(c.prices))
}

// answer is what the provers do about a minimum, and returns how many left.
func (c *crash) answer(minimum vadium.Amount) (left int) {
	kept := 0
	for i, junior := range c.juniors {
		missing := minimum.SubFloor(junior)
		switch {
		case missing.IsZero():
		case missing.Less(c.wallets[i]) && c.random.IntN(4) > 0:
			junior, c.wallets[i] = minimum, c.wallets[i].MustSub(missing)
		case c.random.IntN(2) == 0:
			left++
			continue
		}
		c.juniors[kept], c.wallets[kept] = junior, c.wallets[i]
		kept++
	}
	c.juniors, c.wallets = c.juniors[:kept], c.wallets[:kept]
	if c.random.IntN(3) == 0 { // somebody new, with twice what is asked
		c.juniors = append(c.juniors, minimum.MustAdd(minimum))
		c.wallets = append(c.wallets, minimum)
	}
	return left
}

// run lets a rule move the factor once a day, and counts how often it turned round and its largest step.
func (c *crash) run(rule func(factor vadium.Bps, staked, target vadium.Amount, juniors []vadium.Amount) vadium.Bps) (flips int, largest vadium.Bps) {
	exposure, _ := c.price.Worth(c.staked().BpsDown(2_900)) // stake is a little more than three times what is at risk
	factor, rising := vadium.BpsOne, 0
	for day := range 180 {
		c.day(day)
		target, _ := controls.Target(risk.Network{Exposure: exposure, Average: c.average()})
		next := rule(factor, c.staked(), target, c.juniors)
		if step := max(next, factor) - min(next, factor); step > 0 {
			largest = max(largest, vadium.Bps(uint64(step)*10_000/uint64(factor)))
			direction := 1
			if next < factor {
				direction = -1
			}
			if rising == -direction {
				flips++
			}
			rising = direction
		}
		factor = next
		c.answer(controls.Minimum(factor))
	}
	return flips, largest
}

func controlled(factor vadium.Bps, staked, target vadium.Amount, juniors []vadium.Amount) vadium.Bps {
	posted := make([]risk.Cover, len(juniors))
	for i, j := range juniors {
		posted[i] = risk.Cover{Stake: j, Junior: j}
	}
	would := controls.Step(factor, staked, target, 0)
	return controls.Step(factor, staked, target, risk.Below(controls.Minimum(would), posted))
}

func TestTheControllerDoesNotOscillateInACrash(t *testing.T) {
	const seeds = 20
	var jumps int
	for seed := range uint64(seeds) {
		flips, largest := newCrash(seed).run(controlled)
		t.Logf("seed %d: the controller turns %d times, by %d bps at most", seed, flips, largest)
		if flips > 2 {
			t.Errorf("seed %d: the controller turns %d times, want at most 2", seed, flips)
		}
		if largest > 501 { // 5 %, and a unit of rounding
			t.Errorf("seed %d: a step of %d bps, want at most 5 %%", seed, largest)
		}
		n, _ := newCrash(seed).run(func(_ vadium.Bps, staked, target vadium.Amount, _ []vadium.Amount) vadium.Bps {
			return controls.OneShot(staked, target)
		})
		jumps += n
	}
	t.Logf("one-shot, the factor turns %d times a run on average", jumps/seeds)
	if jumps/seeds <= 10 {
		t.Errorf("one-shot it turns only %d times on average: the simulation shows nothing", jumps/seeds)
	}
}
