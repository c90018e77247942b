package risk_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

// A check holds formulas against their references on a fixed sample, and says what was wrong first.
type check struct {
	name string
	run  func(f formulas, random *rand.Rand) error
}

const samples = 2_000

func each(random *rand.Rand, one func() error) error {
	for i := range samples {
		if err := one(); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}

// wide returns numbers of every size below so many bits, so that small and large ones are both common.
func wide(random *rand.Rand, most int) uint64 { return random.Uint64() >> (64 - 1 - random.IntN(most)) }

func differ(what string, got any, want *big.Int) error {
	if fmt.Sprint(got) != want.String() {
		return fmt.Errorf("%s = %v, want %v", what, got, want)
	}
	return nil
}

func drawExposures(random *rand.Rand) []risk.Exposure {
	exposures := make([]risk.Exposure, 1+random.IntN(12))
	for i := range exposures {
		value := risk.Value(wide(random, 56))
		exposures[i] = risk.Exposure{
			Value: value, Cap: risk.Value(random.Uint64N(uint64(value) + 1)),
			Epochs: uint16(random.IntN(400)), ZMilli: uint16(2_326 + random.IntN(3_000)),
		}
	}
	return exposures
}

func drawReading(random *rand.Rand) risk.Reading {
	return risk.Reading{Price: risk.Price(1 + wide(random, 63)), Sigma: vadium.Ppm(wide(random, 20)), Confidence: vadium.Ppm(wide(random, 17))}
}

var checks = []check{
	{"return", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			from, to := risk.Price(1+wide(random, 40)), risk.Price(wide(random, 40))
			want := slowReturn(from, to)
			if want.Cmp(big64(math.MaxUint32)) > 0 {
				want = big64(math.MaxUint32)
			}
			got, _ := f.returned(from, to)
			return differ(fmt.Sprintf("Return(%d, %d)", from, to), got, want)
		})
	}},
	{"average", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			v, r, lambda := risk.Variance(wide(random, 64)), int64(wide(random, 32)), vadium.Ppm(random.IntN(1_000_001))
			if random.IntN(2) == 0 {
				r = -r
			}
			return differ(fmt.Sprintf("Variance(%d).Next(%d, %d)", v, r, lambda), f.average(v, r, lambda), slowEWMA(v, r, lambda))
		})
	}},
	{"volatility used", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			s := risk.Averages{Floor: vadium.Ppm(wide(random, 18)), Stressed: vadium.Ppm(wide(random, 20))}
			v := risk.Volatility{Fast: risk.Variance(wide(random, 40)), Slow: risk.Variance(wide(random, 40))}
			return differ(fmt.Sprintf("%+v.Used(%+v)", s, v), f.used(s, v), slowUsed(s, v))
		})
	}},
	{"margin", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			r := risk.PriceRisk{Sigma: vadium.Ppm(wide(random, 20)), Horizon: wide(random, 9), Latency: wide(random, 5),
				ZMilli: wide(random, 13), Confidence: vadium.Ppm(wide(random, 17))}
			return differ(fmt.Sprintf("%+v.Margin()", r), f.margin(r), slowMargin(r))
		})
	}},
	{"lock", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			v, margin, price := risk.Value(wide(random, 64)), vadium.Ppm(wide(random, 32)), risk.Price(1+wide(random, 63))
			got, err := f.lock(v, margin, price)
			if err != nil {
				return err
			}
			return differ(fmt.Sprintf("LockAcross(%d, %d, %d)", v, margin, price), got, slowLock(v, big64(uint64(margin)), price))
		})
	}},
	{"need", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			exposures, m, share := drawExposures(random), drawReading(random), vadium.Bps(random.IntN(10_001))
			var sums risk.Sums
			for _, t := range exposures {
				var ok bool
				if sums, ok = sums.Add(t); !ok {
					return errors.New("the exposures do not fit")
				}
			}
			got, ok := f.need(sums, m, share)
			if !ok {
				return errors.New("there is no price")
			}
			stake, junior := slowNeed(exposures, m, share)
			slack := needSlack(exposures, m)
			for _, c := range []struct {
				name      string
				got, want *big.Int
			}{{"stake", bigOf(got.Stake), stake}, {"junior", bigOf(got.Junior), junior}} {
				if over := new(big.Int).Sub(c.got, c.want); over.Sign() < 0 || over.Cmp(slack) > 0 {
					return fmt.Errorf("%s of %+v at %+v is %v, one by one it is %v, and at most %v more", c.name, exposures, m, c.got, c.want, slack)
				}
			}
			return nil
		})
	}},
	{"glide", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			from, to := vadium.NewAmount(wide(random, 64)), vadium.NewAmount(wide(random, 64))
			start := vadium.Time(random.IntN(1_000))
			end := start + vadium.Time(1+random.IntN(1_000))
			now := vadium.Time(random.IntN(2_500))
			g := risk.Glide{From: risk.Cover{Stake: from, Junior: to}, To: risk.Cover{Stake: to, Junior: from}, Start: start, End: end}
			got := f.glide(g, now)
			return errors.Join(
				differ(fmt.Sprintf("stake of %+v at %d", g, now), got.Stake, slowGlide(from, to, start, end, now)),
				differ(fmt.Sprintf("junior of %+v at %d", g, now), got.Junior, slowGlide(to, from, start, end, now)))
		})
	}},
	{"controller", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			m, target := vadium.Bps(10_000+random.IntN(30_001)), vadium.NewAmount(wide(random, 50))
			staked := vadium.NewAmount(wide(random, 50))
			if random.IntN(2) == 0 { // on and near the edges
				target = vadium.Tokens(1 + uint64(random.IntN(1_000)))
				edge := []vadium.Bps{8_999, 9_000, 9_001, 10_000, 10_999, 11_000, 11_001}[random.IntN(7)]
				staked = target.BpsDown(edge).MustAdd(vadium.NewAmount(uint64(random.IntN(2))))
			}
			nonCompliant := vadium.Bps(1_998 + random.IntN(5))
			return differ(fmt.Sprintf("Step(%d, %v, %v, %d)", m, staked, target, nonCompliant),
				f.step(controls, m, staked, target, nonCompliant), slowStep(controls, m, staked, target, nonCompliant))
		})
	}},
	{"price", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			q := risk.Quote{Spot: risk.Price(wide(random, 63)), Average: risk.Price(wide(random, 63)), Confidence: vadium.Ppm(random.IntN(1_200_000))}
			return differ(fmt.Sprintf("%+v.Low()", q), f.low(q), slowLow(q))
		})
	}},
	{"collateral", func(f formulas, random *rand.Rand) error {
		return each(random, func() error {
			c := risk.Collateral{Haircut: vadium.Bps(random.IntN(10_000)), Cap: vadium.NewAmount(wide(random, 64))}
			held, p, depth := vadium.NewAmount(wide(random, 64)), risk.Price(wide(random, 50)), risk.Value(wide(random, 50))
			got, ok := f.secures(c, held, p, depth)
			if !ok {
				return errors.New("it does not fit")
			}
			return differ(fmt.Sprintf("%+v.Secures(%v, %d, %d)", c, held, p, depth), got, slowSecures(c, held, p, depth))
		})
	}},
	{"breaker", func(f formulas, random *rand.Rand) error { return breakerFollowsItsHistory(f, random) }},
}

// breakerFollowsItsHistory holds a random walk of LSR against a breaker that reads the whole history each time.
func breakerFollowsItsHistory(f formulas, random *rand.Rand) error {
	type epoch struct {
		lsr   vadium.Bps
		fresh bool
	}
	levelOf := func(lsr vadium.Bps) risk.Level {
		switch {
		case lsr < 10_000:
			return risk.Halt
		case lsr < 12_000:
			return risk.Red
		case lsr < 15_000:
			return risk.Amber
		}
		return risk.Green
	}
	for walk := range 50 {
		var b risk.Breaker
		var history []epoch // since the level last changed
		want := risk.Green
		lsr := 16_000
		for step := range 300 {
			if random.IntN(8) == 0 { // often on an edge
				lsr = []int{9_999, 10_000, 10_999, 11_000, 11_999, 12_000, 13_199, 13_200, 14_999, 15_000, 16_499, 16_500}[random.IntN(12)]
			}
			e := epoch{vadium.Bps(lsr), random.IntN(60) > 0}
			b = f.breaker(b, e.lsr, e.fresh)
			history = append(history, e)
			if worse := levelOf(e.lsr); worse > want {
				want, history = worse, nil
			} else if want > risk.Green && len(history) >= 12 {
				calm := true
				need := map[risk.Level]vadium.Bps{risk.Halt: 11_000, risk.Red: 13_200, risk.Amber: 16_500}[want]
				for _, h := range history[len(history)-12:] {
					calm = calm && h.fresh && h.lsr >= need
				}
				if calm {
					want, history = want-1, nil
				}
			}
			if b.Level != want {
				return fmt.Errorf("walk %d, step %d: level %v at LSR %d, want %v", walk, step, b.Level, lsr, want)
			}
		}
	}
	return nil
}

func TestFormulasAgreeWithTheirReferences(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(ours(), rand.New(rand.NewPCG(1, 2))); err != nil {
				t.Error(err)
			}
		})
	}
}
