package slashing_test

import (
	"math/rand/v2"
	"testing"

	"vadium"
	"vadium/vaults/slashing"
	"vadium/vaults/vaultstest"
)

// mutants are formulas that are wrong in one way each, with what that would mean in money. The property named must notice.
var mutants = []struct {
	name, money, property string
	plant                 func(f *formulas)
}{
	{"worse history is no worse", "who fails every day pays what the first failure costs", "P15", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) { in.History = 0 })
	}},
	{"a bad network aggravates", "when everybody suffers, everybody pays up to a third more", "P1", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) { in.Health = vadium.BpsOne - in.Health })
	}},
	{"the price is read upside down", "a penalty loses a third of its bite when the price falls by a third", "P1", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) {
			in.PriceReference, in.PriceNow = in.PriceNow, max(1, in.PriceReference)
		})
	}},
	{"uptime is what is missing", "the reliable pay half more, and the absent do not", "P2", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) { in.Uptime = vadium.BpsOne - in.Uptime })
	}},
	{"the baseline aggravates", "provers pay three times for failures that are usual", "P2", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) { in.Correlation, in.Baseline = in.Baseline, in.Correlation })
	}},
	{"minor faults have no floor", "being a second late costs half of what it should", "P3", func(f *formulas) {
		f.fraction = func(in slashing.Inputs) (vadium.Ppm, error) {
			v, err := slashing.Fraction(in)
			if floor, _ := slashing.Limits(min(in.Severity, 100)); v == floor {
				v = min(v, slashing.BasePpm(in.Severity))
			}
			return v, err
		}
	}},
	{"faults have no cap", "a late delivery of an unlucky prover costs a fifth of its lock instead of a twentieth", "P3", func(f *formulas) {
		f.fraction = func(in slashing.Inputs) (vadium.Ppm, error) {
			v, err := slashing.Fraction(in)
			if _, most := slashing.Limits(min(in.Severity, 100)); v == most {
				v *= 2
			}
			return v, err
		}
	}},
	{"what is out of range costs nothing", "a severity of 101, by whatever mistake, lets the worst attack go free (ZERA, bug 10)", "P4", func(f *formulas) {
		f.fraction = func(in slashing.Inputs) (vadium.Ppm, error) {
			if in.Severity > slashing.Total {
				return 0, nil
			}
			return slashing.Fraction(in)
		}
	}},
	{"no offence costs the floor", "a punctual delivery costs a thousandth of the lock (ZERA, bug 11)", "P4", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) { in.Severity = max(in.Severity, 1) })
	}},
	{"an incident is no excuse", "provers pay for the market's own outage", "P4", func(f *formulas) {
		f.request = func(in slashing.Inputs, t slashing.Terms, damages vadium.Bps, undelivered bool) (slashing.Penalty, error) {
			in.Systemic = false
			return slashing.RequestPenalty(in, t, damages, undelivered)
		}
	}},
	{"an incident excuses malice", "whoever waits for an outage forges for free", "P5", func(f *formulas) {
		f.fraction = func(in slashing.Inputs) (vadium.Ppm, error) {
			if in.Systemic {
				return 0, nil
			}
			return slashing.Fraction(in)
		}
	}},
	{"fractions round down", "up to 60 ppm of every lock are forgiven", "P6", func(f *formulas) {
		f.fraction = func(in slashing.Inputs) (vadium.Ppm, error) {
			v, err := slashing.Fraction(in)
			if floor, most := slashing.Limits(min(in.Severity, 100)); v > floor && v < most {
				v -= v % 10
			}
			return v, err
		}
	}},
	{"one step rounds otherwise", "two machines disagree by a ppm, and a journal does not replay", "P15", func(f *formulas) {
		f.fraction = func(in slashing.Inputs) (vadium.Ppm, error) {
			v, err := slashing.Fraction(in)
			if floor, most := slashing.Limits(min(in.Severity, 100)); v > floor && v < most && in.Impact%7 == 3 {
				v++
			}
			return v, err
		}
	}},
	{"prices are read as 32 bits", "a price above 4,295 in millionths is taken for another", "P15", func(f *formulas) {
		f.fraction = changed(func(in *slashing.Inputs) {
			in.PriceReference, in.PriceNow = uint64(uint32(in.PriceReference)), max(1, uint64(uint32(in.PriceNow)))
		})
	}},
	{"the punitive part rounds down", "faults on small locks are free, however many there are", "P8", func(f *formulas) {
		f.request = func(in slashing.Inputs, t slashing.Terms, damages vadium.Bps, undelivered bool) (slashing.Penalty, error) {
			p, err := slashing.RequestPenalty(in, t, damages, undelivered)
			if down := t.Lock.PpmDown(p.Fraction); down.MustAdd(vadium.NewAmount(1)) == p.Punitive {
				p.Punitive = down
			}
			return p, err
		}
	}},
	{"fractions are whole basis points", "up to a hundredth of a percent of every lock is forgiven; of a large vault, a slash of 100 tokens (Brevis)", "P7", func(f *formulas) {
		f.request = func(in slashing.Inputs, t slashing.Terms, damages vadium.Bps, undelivered bool) (slashing.Penalty, error) {
			p, err := slashing.RequestPenalty(in, t, damages, undelivered)
			if p.Punitive == t.Lock.PpmUp(p.Fraction) {
				p.Punitive = t.Lock.BpsDown(vadium.Bps(p.Fraction / 100))
			}
			return p, err
		}
	}},
	{"damages come on top of the lock", "a late delivery costs stake that backs other requests", "P7", func(f *formulas) {
		f.request = func(in slashing.Inputs, t slashing.Terms, damages vadium.Bps, undelivered bool) (slashing.Penalty, error) {
			p, err := slashing.RequestPenalty(in, t, damages, undelivered)
			if !p.Damages.IsZero() {
				p.Punitive = t.Lock.PpmUp(p.Fraction)
			}
			return p, err
		}
	}},
	{"damages round down", "a requester is covered to a unit less than it was promised", "P7", func(f *formulas) {
		f.request = func(in slashing.Inputs, t slashing.Terms, damages vadium.Bps, undelivered bool) (slashing.Penalty, error) {
			p, err := slashing.RequestPenalty(in, t, damages, undelivered)
			p.Damages = vadium.Min(p.Damages, t.DamageCap.BpsDown(damages))
			return p, err
		}
	}},
	{"never delivering has no floor", "where damages are small, not delivering costs a fiftieth of the fee: a cheap option", "P7", func(f *formulas) {
		f.request = func(in slashing.Inputs, t slashing.Terms, damages vadium.Bps, _ bool) (slashing.Penalty, error) {
			return slashing.RequestPenalty(in, t, damages, false)
		}
	}},
	{"the requester gets the dust", "a requester that makes its own prover fail gains a unit a time", "P9", func(f *formulas) {
		f.divide = func(t slashing.Taken) slashing.Distribution {
			d := slashing.Divide(t)
			if t.PunitiveJunior.BitLen() > 20 {
				d.Requester, d.Burn = d.Requester.MustAdd(vadium.NewAmount(1)), d.Burn.SubFloor(vadium.NewAmount(1))
			}
			return d
		}
	}},
	{"insurance rounds up", "insurance books a unit that nobody paid", "P9", func(f *formulas) {
		f.divide = func(t slashing.Taken) slashing.Distribution {
			d := slashing.Divide(t)
			d.Insurance = d.Insurance.MustAdd(vadium.NewAmount(1))
			return d
		}
	}},
	{"without a reporter its part is paid", "the operator that noticed by itself is paid for a fault", "P9", func(f *formulas) {
		f.divide = func(t slashing.Taken) slashing.Distribution {
			t.Reported = true
			return slashing.Divide(t)
		}
	}},
	{"the reporter is paid of what delegators lost, too", "a prover with little junior reports itself and takes a tenth of its delegators' loss", "P10", func(f *formulas) {
		f.divide = func(t slashing.Taken) slashing.Distribution {
			d := slashing.Divide(t)
			if more := t.PunitiveSenior.BpsDown(slashing.ReporterBps(t.Severity)); t.Reported && !d.Burn.Less(more) {
				d.Reporter, d.Burn = d.Reporter.MustAdd(more), d.Burn.MustSub(more)
			}
			return d
		}
	}},
	{"the requester is paid what the junior could not", "a prover makes requests of its own, defaults, and takes its delegators' stake", "P10", func(f *formulas) {
		f.divide = func(t slashing.Taken) slashing.Distribution {
			d := slashing.Divide(t)
			if t.PunitiveJunior.IsZero() {
				d.Requester, d.Burn = d.Requester.MustAdd(d.Burn), vadium.Amount{}
			}
			return d
		}
	}},
	{"a rescuer gets what would be burnt", "a prover that fails and rescues itself loses 13 % of what it is punished with", "P11", func(f *formulas) {
		f.divide = func(t slashing.Taken) slashing.Distribution {
			d := slashing.Divide(t)
			if t.Rescued && t.PunitiveSenior.IsZero() {
				d.Rescuer, d.Burn = d.Rescuer.MustAdd(d.Burn), vadium.Amount{}
			}
			return d
		}
	}},
	{"penalties below a token are forgiven", "whoever cuts requests small enough fails for free", "P12", func(f *formulas) {
		f.assess = func(c slashing.Case) (slashing.Penalty, error) {
			p, err := slashing.Assess(c)
			if p.Punitive.Less(vadium.Tokens(1)) {
				p.Punitive = vadium.Amount{}
			}
			return p, err
		}
	}},
	{"records are kept for a year", "who failed two years ago pays for it as if it were one", "P13", func(f *formulas) {
		f.decay = func(mp slashing.MilliPoints, days uint64) slashing.MilliPoints {
			return slashing.DecayHistory(mp, min(days, 365))
		}
	}},
	{"a half-life is 29 days", "records are forgotten early, by a point in forty after a month", "P13", func(f *formulas) {
		f.decay = func(mp slashing.MilliPoints, days uint64) slashing.MilliPoints {
			return slashing.DecayHistory(mp, days+days/29)
		}
	}},
	{"never delivering owes no damages", "a prover with a better offer drops the request and pays a twentieth of the damage", "P14", func(f *formulas) {
		f.assess = func(c slashing.Case) (slashing.Penalty, error) {
			c.Replaced = c.Replaced || c.Offence == slashing.NoShow
			return slashing.Assess(c)
		}
	}},
	{"a span charges the sum", "one cause found ten times costs ten times", "P16", func(f *formulas) {
		f.charge = func(s slashing.Span, penalty vadium.Amount) (vadium.Amount, slashing.Span) {
			_, s = s.Charge(penalty)
			return penalty, s
		}
	}},
	{"a span remembers the last, not the worst", "10, 1, 10 costs 19", "P16", func(f *formulas) {
		f.charge = func(s slashing.Span, penalty vadium.Amount) (vadium.Amount, slashing.Span) {
			due, s := s.Charge(penalty)
			s.Worst = penalty
			return due, s
		}
	}},
	{"a span ends a millisecond early", "what is found at the end of a day is charged a second time", "P16", func(f *formulas) {
		f.at = func(s slashing.Span, now vadium.Time, history slashing.MilliPoints) slashing.Span {
			next := s.At(now+1, history)
			if next.Start == now+1 {
				next.Start = now
			}
			return next
		}
	}},
	{"a span goes on with the record of now", "faults of one outage make each other dearer", "P16", func(f *formulas) {
		f.at = func(s slashing.Span, now vadium.Time, history slashing.MilliPoints) slashing.Span {
			s = s.At(now, history)
			s.History = history
			return s
		}
	}},
	{"delegators lose more than half below severity 100", "one equivocation of a prover takes all its delegators have", "a whole vault", func(f *formulas) {
		f.vault = func(in slashing.Inputs, s slashing.Stake) (slashing.Penalty, error) {
			p, err := slashing.VaultPenalty(in, s)
			p.Punitive = s.Junior.MustAdd(s.Senior).PpmUp(p.Fraction)
			return p, err
		}
	}},
	{"lateness rounds down", "the first milliseconds after the deadline are punctual", "curves", func(f *formulas) {
		f.lateness = func(deadline, arrived vadium.Time, grace vadium.Duration) vadium.Bps {
			l := slashing.Lateness(deadline, arrived, grace)
			return l - min(l, 1)
		}
	}},
	{"the deadline itself is late", "a punctual delivery loses a third of its fee", "curves", func(f *formulas) {
		f.lateness = func(deadline, arrived vadium.Time, grace vadium.Duration) vadium.Bps {
			return slashing.Lateness(deadline, arrived+1, grace)
		}
	}},
	{"a late fee rounds up", "a requester pays a ten-thousandth of the fee too much", "curves", func(f *formulas) {
		f.fee = func(l vadium.Bps) vadium.Bps {
			if l == 0 || l >= vadium.BpsOne {
				return slashing.LateFeeBps(l)
			}
			return slashing.LateFeeBps(l) + 1
		}
	}},
	{"damages grow evenly", "half the grace late costs 52.5 % of the cap instead of 28.75 %", "curves", func(f *formulas) {
		f.damages = func(l vadium.Bps) vadium.Bps {
			if l == 0 || l >= vadium.BpsOne {
				return slashing.LateDamagesBps(l)
			}
			return 500 + 9_500*l/vadium.BpsOne
		}
	}},
	{"a deviation counts from nothing", "an oracle within what is allowed pays for 20 to 24 instead of 20", "curves", func(f *formulas) {
		f.deviates = func(off vadium.Bps) slashing.Severity { return slashing.DeviationSeverity(min(off, 2_500) + 250) }
	}},
	{"the base has steps", "severity 21 costs as much as 60 (ZERA, bug 13)", "curves", func(f *formulas) {
		f.base = func(s slashing.Severity) vadium.Ppm {
			if s > 20 && s < 60 {
				s = 60
			}
			return slashing.BasePpm(s)
		}
	}},
}

// changed is the fraction of other inputs than those it is asked about.
func changed(change func(*slashing.Inputs)) func(slashing.Inputs) (vadium.Ppm, error) {
	return func(in slashing.Inputs) (vadium.Ppm, error) {
		change(&in)
		return slashing.Fraction(in)
	}
}

func TestEveryMutantIsCaught(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Logf("it would mean: %s", m.money)
			f := ours()
			m.plant(&f)
			for _, p := range properties {
				if p.name == m.property {
					vaultstest.Catch(t, func(random *rand.Rand) (int, error) { return p.round(f, random) })
					return
				}
			}
			t.Fatalf("there is no property %q", m.property)
		})
	}
	t.Logf("%d mutants", len(mutants))
}
