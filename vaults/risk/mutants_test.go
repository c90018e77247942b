package risk_test

import (
	"math"
	"testing"

	"vadium"
	"vadium/vaults/risk"
	"vadium/vaults/vaultstest"
)

// formulas are what a mutant may replace.
type formulas struct {
	returned func(from, to risk.Price) (int64, bool)
	average  func(risk.Variance, int64, vadium.Ppm) risk.Variance
	used     func(risk.Averages, risk.Volatility) vadium.Ppm
	margin   func(risk.PriceRisk) vadium.Ppm
	lock     func(risk.Value, vadium.Ppm, risk.Price) (vadium.Amount, error)
	need     func(risk.Sums, risk.Reading, vadium.Bps) (risk.Cover, bool)
	glide    func(risk.Glide, vadium.Time) risk.Cover
	step     func(c risk.Controls, factor vadium.Bps, staked, target vadium.Amount, nonCompliant vadium.Bps) vadium.Bps
	low      func(risk.Quote) risk.Price
	secures  func(c risk.Collateral, held vadium.Amount, p risk.Price, depth risk.Value) (risk.Value, bool)
	breaker  func(b risk.Breaker, lsr vadium.Bps, fresh bool) risk.Breaker
}

func ours() formulas {
	return formulas{
		returned: risk.Return,
		average:  risk.Variance.Next,
		used:     risk.Averages.Used,
		margin:   risk.PriceRisk.Margin,
		lock:     risk.LockAcross,
		need:     risk.Sums.Need,
		glide:    risk.Glide.At,
		step:     risk.Controls.Step,
		low:      risk.Quote.Low,
		secures:  risk.Collateral.Secures,
		breaker:  risk.Breaker.Next,
	}
}

// mutants are formulas that are wrong in one way each. The check named must notice.
var mutants = []struct {
	name, check string
	plant       func(f *formulas)
}{
	{"returns are measured from the new price", "return", func(f *formulas) {
		f.returned = func(from, to risk.Price) (int64, bool) {
			r, _ := risk.Return(max(to, 1), from)
			return -r, true
		}
	}},
	{"the weights of old and new are swapped", "average", func(f *formulas) {
		f.average = func(v risk.Variance, r int64, lambda vadium.Ppm) risk.Variance {
			return v.Next(r, vadium.PpmOne-lambda)
		}
	}},
	{"the average rounds twice", "average", func(f *formulas) {
		f.average = func(v risk.Variance, r int64, lambda vadium.Ppm) risk.Variance {
			return v.Next(0, lambda) + risk.Variance(0).Next(r, lambda)
		}
	}},
	{"the worst times have no weight", "volatility used", func(f *formulas) {
		f.used = func(s risk.Averages, v risk.Volatility) vadium.Ppm { return max(s.Floor, max(v.Fast, v.Slow).Sigma()) }
	}},
	{"the calmer average is used", "volatility used", func(f *formulas) {
		f.used = func(s risk.Averages, v risk.Volatility) vadium.Ppm {
			v.Fast = min(v.Fast, v.Slow)
			v.Slow = v.Fast
			return s.Used(v)
		}
	}},
	{"volatility has no floor", "volatility used", func(f *formulas) {
		f.used = func(s risk.Averages, v risk.Volatility) vadium.Ppm {
			s.Floor = 0
			return s.Used(v)
		}
	}},
	{"latency is forgotten", "margin", func(f *formulas) {
		f.margin = func(r risk.PriceRisk) vadium.Ppm {
			r.Latency = 0
			return r.Margin()
		}
	}},
	{"confidence is forgotten", "margin", func(f *formulas) {
		f.margin = func(r risk.PriceRisk) vadium.Ppm {
			r.Confidence = 0
			return r.Margin()
		}
	}},
	{"volatility grows with the horizon and not with its root", "margin", func(f *formulas) {
		f.margin = func(r risk.PriceRisk) vadium.Ppm {
			r.Horizon, r.Latency = (r.Horizon+r.Latency)*(r.Horizon+r.Latency), 0
			return r.Margin()
		}
	}},
	{"margins round down", "margin", func(f *formulas) {
		f.margin = func(r risk.PriceRisk) vadium.Ppm {
			one := r
			one.ZMilli, one.Confidence = 1_000, 0
			return vadium.Ppm(r.ZMilli*uint64(one.Margin())/1_000) + r.Confidence
		}
	}},
	{"locks round down", "lock", func(f *formulas) {
		f.lock = func(v risk.Value, margin vadium.Ppm, p risk.Price) (vadium.Amount, error) {
			lock, err := risk.LockAcross(v, margin, p)
			return lock.SubFloor(vadium.NewAmount(1)), err
		}
	}},
	{"the margin is of the price and not of the value", "lock", func(f *formulas) {
		f.lock = func(v risk.Value, margin vadium.Ppm, p risk.Price) (vadium.Amount, error) {
			lock, err := risk.LockAcross(v, 0, p)
			return lock.MustAdd(lock.PpmDown(margin)), err
		}
	}},
	{"maintenance is a part of the lock and not of its margin", "need", func(f *formulas) {
		f.need = func(b risk.Sums, m risk.Reading, share vadium.Bps) (risk.Cover, bool) {
			need, ok := b.Need(m, risk.Initial)
			return risk.Cover{Stake: need.Stake.BpsUp(share), Junior: need.Junior.BpsUp(share)}, ok
		}
	}},
	{"a tenth of the margins' volatility is missing", "need", func(f *formulas) {
		f.need = func(b risk.Sums, m risk.Reading, share vadium.Bps) (risk.Cover, bool) {
			m.Sigma -= m.Sigma / 10
			return b.Need(m, share)
		}
	}},
	{"the units that single locks round up by are missing", "need", func(f *formulas) {
		f.need = func(b risk.Sums, m risk.Reading, share vadium.Bps) (risk.Cover, bool) {
			need, ok := b.Need(m, share)
			locks := vadium.NewAmount(uint64(b.Locks))
			return risk.Cover{Stake: need.Stake.SubFloor(locks), Junior: need.Junior.SubFloor(locks)}, ok
		}
	}},
	{"a call is due at once", "glide", func(f *formulas) {
		f.glide = func(g risk.Glide, _ vadium.Time) risk.Cover { return g.To }
	}},
	{"nothing is due before the end", "glide", func(f *formulas) {
		f.glide = func(g risk.Glide, now vadium.Time) risk.Cover { return g.At(min(now, g.Start)) }
	}},
	{"the glide is a millisecond late", "glide", func(f *formulas) {
		f.glide = func(g risk.Glide, now vadium.Time) risk.Cover { return g.At(now - 1) }
	}},
	{"the band has no edge", "controller", func(f *formulas) {
		f.step = func(c risk.Controls, m vadium.Bps, staked, target vadium.Amount, n vadium.Bps) vadium.Bps {
			c.Band--
			return c.Step(m, staked, target, n)
		}
	}},
	{"the gain is one", "controller", func(f *formulas) {
		f.step = func(c risk.Controls, m vadium.Bps, staked, target vadium.Amount, n vadium.Bps) vadium.Bps {
			c.Gain = 1
			return c.Step(m, staked, target, n)
		}
	}},
	{"falls are as fast as rises", "controller", func(f *formulas) {
		f.step = func(c risk.Controls, m vadium.Bps, staked, target vadium.Amount, n vadium.Bps) vadium.Bps {
			c.Down = c.Up
			return c.Step(m, staked, target, n)
		}
	}},
	{"nobody guards against an exodus", "controller", func(f *formulas) {
		f.step = func(c risk.Controls, m vadium.Bps, staked, target vadium.Amount, _ vadium.Bps) vadium.Bps {
			return c.Step(m, staked, target, 0)
		}
	}},
	{"the exodus guard ends one early", "controller", func(f *formulas) {
		f.step = func(c risk.Controls, m vadium.Bps, staked, target vadium.Amount, n vadium.Bps) vadium.Bps {
			c.Exodus--
			return c.Step(m, staked, target, n)
		}
	}},
	{"the error is of the stake and not of the target", "controller", func(f *formulas) {
		f.step = func(c risk.Controls, m vadium.Bps, staked, target vadium.Amount, n vadium.Bps) vadium.Bps {
			if target.Less(staked) && !target.IsZero() {
				if mirrored, ok := target.MulDivUp(target, staked); ok {
					return 2*m - c.Step(m, mirrored, target, 0)
				}
			}
			return c.Step(m, staked, target, n)
		}
	}},
	{"the better of two prices counts", "price", func(f *formulas) {
		f.low = func(q risk.Quote) risk.Price {
			q.Spot, q.Average = max(q.Spot, q.Average), max(q.Spot, q.Average)
			return q.Low()
		}
	}},
	{"the price rounds up", "price", func(f *formulas) {
		f.low = func(q risk.Quote) risk.Price {
			if q.Confidence == 0 || q.Confidence >= vadium.PpmOne {
				return q.Low()
			}
			return q.Low() + 1
		}
	}},
	{"a market without depth is no limit", "collateral", func(f *formulas) {
		f.secures = func(c risk.Collateral, held vadium.Amount, p risk.Price, _ risk.Value) (risk.Value, bool) {
			return c.Secures(held, p, math.MaxUint64)
		}
	}},
	{"the haircut is what remains", "collateral", func(f *formulas) {
		f.secures = func(c risk.Collateral, held vadium.Amount, p risk.Price, depth risk.Value) (risk.Value, bool) {
			c.Haircut = vadium.BpsOne - c.Haircut
			return c.Secures(held, p, depth)
		}
	}},
	{"what is above the cap counts", "collateral", func(f *formulas) {
		f.secures = func(c risk.Collateral, held vadium.Amount, p risk.Price, depth risk.Value) (risk.Value, bool) {
			c.Cap = vadium.Max(c.Cap, held)
			return c.Secures(held, p, depth)
		}
	}},
	{"the breaker eases after eleven epochs", "breaker", func(f *formulas) {
		f.breaker = func(b risk.Breaker, lsr vadium.Bps, fresh bool) risk.Breaker {
			if n := b.Next(lsr, fresh); n.Calm != risk.CalmEpochs-1 {
				return n
			}
			return risk.Breaker{Level: b.Level - 1}
		}
	}},
	{"the breaker eases without a tenth to spare", "breaker", func(f *formulas) {
		f.breaker = func(b risk.Breaker, lsr vadium.Bps, fresh bool) risk.Breaker {
			if worse := b.Tighten(lsr); worse != b {
				return worse
			}
			return b.Next(lsr/10*11+11, fresh)
		}
	}},
	{"the breaker eases two levels", "breaker", func(f *formulas) {
		f.breaker = func(b risk.Breaker, lsr vadium.Bps, fresh bool) risk.Breaker {
			n := b.Next(lsr, fresh)
			if n.Level < b.Level && n.Level > risk.Green {
				n.Level--
			}
			return n
		}
	}},
	{"the breaker tightens one level at a time", "breaker", func(f *formulas) {
		f.breaker = func(b risk.Breaker, lsr vadium.Bps, fresh bool) risk.Breaker {
			n := b.Next(lsr, fresh)
			n.Level = min(n.Level, b.Level+1)
			return n
		}
	}},
	{"calm epochs need not follow each other", "breaker", func(f *formulas) {
		f.breaker = func(b risk.Breaker, lsr vadium.Bps, fresh bool) risk.Breaker {
			n := b.Next(lsr, fresh)
			if n.Level == b.Level {
				n.Calm = max(n.Calm, b.Calm)
			}
			return n
		}
	}},
	{"an epoch without a price is calm", "breaker", func(f *formulas) {
		f.breaker = func(b risk.Breaker, lsr vadium.Bps, _ bool) risk.Breaker { return b.Next(lsr, true) }
	}},
}

func TestEveryMutantIsCaught(t *testing.T) {
	byName := map[string]check{}
	for _, c := range checks {
		byName[c.name] = c
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			f := ours()
			m.plant(&f)
			vaultstest.Catch(t, byName[m.check].property(f))
		})
	}
}
