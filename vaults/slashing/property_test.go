package slashing_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// The properties P1 to P16 of economics.md §6.3, except P15, which compares with WASM modules that do not exist yet;
// TestFractionsOfAFixedSampleNeverChange is its half.

func bps(t *rapid.T, name string) vadium.Bps {
	return vadium.Bps(rapid.IntRange(0, 10_000).Draw(t, name))
}

func drawInputs(t *rapid.T) slashing.Inputs {
	return slashing.Inputs{
		Severity:       slashing.Severity(rapid.IntRange(0, 100).Draw(t, "severity")),
		Class:          rapid.SampledFrom([]slashing.Class{slashing.Liveness, slashing.Malice}).Draw(t, "class"),
		Impact:         bps(t, "impact"),
		History:        slashing.MilliPoints(rapid.IntRange(0, 30_000).Draw(t, "history")),
		Correlation:    bps(t, "correlation"),
		Baseline:       bps(t, "baseline"),
		Uptime:         bps(t, "uptime"),
		Health:         bps(t, "health"),
		PriceReference: rapid.Uint64().Draw(t, "reference price"),
		PriceNow:       rapid.Uint64Min(1).Draw(t, "price"),
		Systemic:       rapid.IntRange(0, 9).Draw(t, "systemic") == 0,
	}
}

func fraction(t interface{ Fatalf(string, ...any) }, in slashing.Inputs) vadium.Ppm {
	f, err := slashing.Fraction(in)
	if err != nil {
		t.Fatalf("Fraction(%+v): %v", in, err)
	}
	return f
}

// P1, P2: what is worse never costs less.
func TestFractionGrowsWithWhatIsWorseAndShrinksWithWhatIsBetter(t *testing.T) {
	worsen := map[string]func(in *slashing.Inputs, by uint64){
		"severity": func(in *slashing.Inputs, by uint64) {
			in.Severity = slashing.Severity(min(100, uint64(in.Severity)+by))
		},
		"impact":          func(in *slashing.Inputs, by uint64) { in.Impact = min(10_000, in.Impact+vadium.Bps(by)) },
		"history":         func(in *slashing.Inputs, by uint64) { in.History += slashing.MilliPoints(by) },
		"correlation":     func(in *slashing.Inputs, by uint64) { in.Correlation = min(10_000, in.Correlation+vadium.Bps(by)) },
		"reference price": func(in *slashing.Inputs, by uint64) { in.PriceReference = max(in.PriceReference, in.PriceReference+by) },
		"health":          func(in *slashing.Inputs, by uint64) { in.Health = min(10_000, in.Health+vadium.Bps(by)) },
		"uptime":          func(in *slashing.Inputs, by uint64) { in.Uptime -= min(in.Uptime, vadium.Bps(by)) },
		"baseline":        func(in *slashing.Inputs, by uint64) { in.Baseline -= min(in.Baseline, vadium.Bps(by)) },
		"price":           func(in *slashing.Inputs, by uint64) { in.PriceNow = max(1, in.PriceNow-min(in.PriceNow, by)) },
	}
	for name, worse := range worsen {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				in := drawInputs(t)
				before := fraction(t, in)
				worse(&in, rapid.Uint64Range(0, 10_000).Draw(t, "by"))
				if after := fraction(t, in); after < before {
					t.Fatalf("worse %s lowers the fraction from %d to %d", name, before, after)
				}
			})
		})
	}
}

// P3, P4: within floor and cap, and nothing for nothing.
func TestFractionStaysWithinTheFloorAndCapOfItsSeverity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		f := fraction(t, in)
		floor, most := slashing.Limits(in.Severity)
		excused := in.Systemic && in.Class == slashing.Liveness
		switch {
		case in.Severity == 0 || excused:
			if f != 0 {
				t.Fatalf("Fraction(%+v) = %d, want 0", in, f)
			}
		case f < floor || f > most:
			t.Fatalf("Fraction(%+v) = %d, want %d to %d", in, f, floor, most)
		}
	})
}

func TestLimitsChangeAtTheEdgesOfTheClasses(t *testing.T) {
	for _, c := range []struct {
		severity    slashing.Severity
		floor, most vadium.Ppm
	}{
		{0, 1_000, 50_000}, {20, 1_000, 50_000}, {21, 10_000, 200_000}, {60, 10_000, 200_000}, {61, 51_000, 500_000},
		{89, 51_000, 500_000}, {90, 200_000, 1_000_000}, {100, 200_000, 1_000_000},
	} {
		if floor, most := slashing.Limits(c.severity); floor != c.floor || most != c.most {
			t.Errorf("Limits(%d) = %d, %d, want %d, %d", c.severity, floor, most, c.floor, c.most)
		}
	}
}

func TestInputsThatMakeNoSenseAreRefused(t *testing.T) {
	good := slashing.Neutral()
	good.Severity, good.Class = 100, slashing.Malice
	if f := fraction(t, good); f != vadium.PpmOne {
		t.Errorf("severity 100 costs %d ppm, want all", f)
	}
	for _, c := range []struct {
		name  string
		spoil func(*slashing.Inputs)
		want  error
	}{
		{"severity 101", func(in *slashing.Inputs) { in.Severity = 101 }, slashing.ErrSeverity},
		{"severity 255", func(in *slashing.Inputs) { in.Severity = 255 }, slashing.ErrSeverity},
		{"no class", func(in *slashing.Inputs) { in.Class = 0 }, slashing.ErrContext},
		{"impact above one", func(in *slashing.Inputs) { in.Impact = 10_001 }, slashing.ErrContext},
		{"correlation above one", func(in *slashing.Inputs) { in.Correlation = 10_001 }, slashing.ErrContext},
		{"baseline above one", func(in *slashing.Inputs) { in.Baseline = 10_001 }, slashing.ErrContext},
		{"uptime above one", func(in *slashing.Inputs) { in.Uptime = 10_001 }, slashing.ErrContext},
		{"health above one", func(in *slashing.Inputs) { in.Health = 10_001 }, slashing.ErrContext},
		{"no price", func(in *slashing.Inputs) { in.PriceNow = 0 }, slashing.ErrContext},
	} {
		in := good
		c.spoil(&in)
		if f, err := slashing.Fraction(in); !errors.Is(err, c.want) || f != 0 {
			t.Errorf("%s: Fraction = %d, %v, want %v", c.name, f, err, c.want)
		}
	}
}

// P5.
func TestMaliceCostsAtLeastWhatLivenessDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		in.Class = slashing.Liveness
		liveness := fraction(t, in)
		in.Class = slashing.Malice
		if malice := fraction(t, in); malice < liveness {
			t.Fatalf("malice costs %d, liveness %d", malice, liveness)
		}
	})
}

// exactFraction is the product of economics.md §6.1 without any rounding, and capped where the formula is. With wholeBps,
// each factor is first rounded up to whole basis points, as the formula writes them.
func exactFraction(in slashing.Inputs, wholeBps bool) *big.Rat {
	ratio := func(a, b int64) *big.Rat { return big.NewRat(a, b) }
	smaller := func(a, b *big.Rat) *big.Rat {
		if a.Cmp(b) > 0 {
			return b
		}
		return a
	}
	larger := func(a, b *big.Rat) *big.Rat {
		if a.Cmp(b) < 0 {
			return b
		}
		return a
	}
	v := ratio(int64(slashing.BasePpm(in.Severity)), 1)
	times := func(factor *big.Rat) {
		if wholeBps {
			bps := new(big.Rat).Mul(factor, ratio(10_000, 1))
			up := new(big.Int).Sub(new(big.Int).Add(bps.Num(), bps.Denom()), big.NewInt(1))
			factor = new(big.Rat).SetFrac(up.Div(up, bps.Denom()), big.NewInt(10_000))
		}
		v = smaller(new(big.Rat).Mul(v, factor), ratio(1_000_000, 1))
	}
	if in.Class == slashing.Liveness {
		times(ratio(30_000+int64(in.Health), 40_000))
	}
	times(ratio(10_000+int64(in.Impact), 10_000))
	times(ratio(10_000+min(20_000, int64(in.History)), 10_000))
	times(ratio(10_000+min(20_000, 3*max(0, int64(in.Correlation)-int64(in.Baseline))), 10_000))
	times(ratio(18_000+max(0, 9_000-int64(in.Uptime)), 18_000))
	fallen := new(big.Rat).SetFrac(new(big.Int).SetUint64(in.PriceReference), new(big.Int).SetUint64(in.PriceNow))
	times(smaller(larger(fallen, ratio(1, 1)), ratio(3, 2)))
	floor, most := slashing.Limits(in.Severity)
	return smaller(larger(v, ratio(int64(floor), 1)), ratio(int64(most), 1))
}

// P6: no step favours the offender, and all steps together cost it less than mostExcess, 72.25 ppm.
func TestFractionIsTheExactProductRoundedUpALittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		in.Systemic = false
		in.Severity = max(in.Severity, 1)
		got := new(big.Rat).SetInt64(int64(fraction(t, in)))
		if exact := exactFraction(in, false); got.Cmp(exact) < 0 {
			t.Fatalf("Fraction(%+v) = %s, below the exact %s", in, got.FloatString(0), exact.FloatString(6))
		}
		exact := exactFraction(in, true)
		if excess := new(big.Rat).Sub(got, exact); excess.Sign() < 0 || excess.Cmp(mostExcess) >= 0 {
			t.Fatalf("Fraction(%+v) = %s, %s above the exact value", in, got.FloatString(0), excess.FloatString(3))
		}
	})
}

func drawTerms(t *rapid.T) slashing.Terms {
	terms := slashing.Terms{
		DamageCap: vadium.NewAmount(rapid.Uint64Range(0, 1<<60).Draw(t, "damage cap")),
		Fee:       vadium.NewAmount(rapid.Uint64Range(0, 1<<60).Draw(t, "fee")),
	}
	terms.Lock = vaults.LockFor(terms.DamageCap, terms.Fee)
	if rapid.Bool().Draw(t, "odd lock") { // earlier penalties may have taken a part
		terms.Lock = vadium.NewAmount(rapid.Uint64().Draw(t, "lock"))
	}
	return terms
}

// P7, P8.
func TestARequestNeverCostsMoreThanItsLockAndNeverRoundsToNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, terms := drawInputs(t), drawTerms(t)
		p, err := slashing.RequestPenalty(in, terms, bps(t, "damages"), rapid.Bool().Draw(t, "undelivered"))
		if err != nil {
			t.Fatal(err)
		}
		if terms.Lock.Less(p.Total()) {
			t.Fatalf("penalty %v of a lock of %v", p.Total(), terms.Lock)
		}
		if terms.DamageCap.Less(p.Damages) {
			t.Fatalf("damages %v of a cap of %v", p.Damages, terms.DamageCap)
		}
		if room := terms.Lock.MustSub(p.Damages); p.Fraction > 0 && !room.IsZero() && p.Punitive.IsZero() {
			t.Fatalf("a fraction of %d ppm of %v takes nothing", p.Fraction, terms.Lock)
		}
	})
}

func drawTaken(t *rapid.T) slashing.Taken {
	draw := func(name string) vadium.Amount { return vadium.NewAmount(rapid.Uint64().Draw(t, name)) }
	return slashing.Taken{
		Damages:        draw("damages"),
		PunitiveJunior: draw("punitive junior"),
		PunitiveSenior: draw("punitive senior"),
		Severity:       slashing.Severity(rapid.IntRange(0, 100).Draw(t, "severity")),
		Reported:       rapid.Bool().Draw(t, "reported"),
		Rescued:        rapid.Bool().Draw(t, "rescued"),
	}
}

// P9, P10, P11, Z22 and the constitution's 40 %.
func TestNobodyGainsFromDelegatorsOrFromAFaultOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		taken := drawTaken(t)
		d := slashing.Divide(taken)
		if got, want := d.Total(), vadium.Sum(taken.Damages, taken.PunitiveJunior, taken.PunitiveSenior); got != want {
			t.Fatalf("distributed %v of %v", got, want)
		}
		if d.Requester != taken.Damages {
			t.Fatalf("requester gets %v of damages of %v", d.Requester, taken.Damages)
		}
		own := d.Reporter.MustAdd(d.Rescuer) // were they the offender itself
		lost := taken.PunitiveJunior.SubFloor(own)
		if minimum := taken.PunitiveJunior.BpsDown(4_500); lost.Less(minimum) {
			t.Fatalf("a prover that reports and rescues itself loses %v of %v, want at least %v", lost, taken.PunitiveJunior, minimum)
		}
		if taken.PunitiveJunior.BpsUp(1_000).Less(d.Reporter) || !taken.Reported && !d.Reporter.IsZero() {
			t.Fatalf("the reporter gets %v of %v", d.Reporter, taken.PunitiveJunior)
		}
		punitive := taken.PunitiveJunior.MustAdd(taken.PunitiveSenior)
		if kept := d.Insurance.MustAdd(d.Burn); kept.Less(punitive.BpsDown(4_000)) {
			t.Fatalf("insurance and burn get %v of %v", kept, punitive)
		}
	})
}

func TestWithoutAReporterItsShareIsBurnt(t *testing.T) {
	taken := slashing.Taken{PunitiveJunior: vadium.NewAmount(10_000), Severity: 40, Reported: true}
	with := slashing.Divide(taken)
	taken.Reported = false
	without := slashing.Divide(taken)
	want := slashing.Distribution{Insurance: with.Insurance, Burn: with.Burn.MustAdd(with.Reporter)}
	if without != want || with.Reporter != vadium.NewAmount(520) {
		t.Errorf("Divide = %+v without and %+v with a reporter, want %+v and 520 for the reporter", without, with, want)
	}
}

// P12, for equal parts: a request split in n costs no less than the whole.
func TestSplittingARequestDoesNotLowerItsPenalty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		n := rapid.Uint64Range(1, 20).Draw(t, "parts")
		lateness, undelivered := bps(t, "lateness"), rapid.Bool().Draw(t, "undelivered")
		part := slashing.Terms{
			DamageCap: vadium.NewAmount(rapid.Uint64Range(0, 1<<50).Draw(t, "damage cap")),
			Fee:       vadium.NewAmount(rapid.Uint64Range(0, 1<<50).Draw(t, "fee")),
		}
		times := func(a vadium.Amount) vadium.Amount {
			m, _ := a.MulDivDown(vadium.NewAmount(n), vadium.NewAmount(1))
			return m
		}
		whole := slashing.Terms{DamageCap: times(part.DamageCap), Fee: times(part.Fee)}
		part.Lock, whole.Lock = vaults.LockFor(part.DamageCap, part.Fee), vaults.LockFor(whole.DamageCap, whole.Fee)
		damages := slashing.LateDamagesBps(lateness)
		one, err := slashing.RequestPenalty(in, part, damages, undelivered)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := slashing.RequestPenalty(in, whole, damages, undelivered)
		if times(one.Total()).Less(all.Total()) {
			t.Fatalf("%d parts cost %v each, the whole %v", n, one.Total(), all.Total())
		}
	})
}

// P13.
func TestDecayIsMonotoneAndNearlyComposes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mp := slashing.MilliPoints(rapid.Uint64Range(0, 1_000_000).Draw(t, "milli-points"))
		a, b := rapid.Uint64Range(0, 2_000).Draw(t, "a"), rapid.Uint64Range(0, 2_000).Draw(t, "b")
		once, twice := slashing.DecayHistory(mp, a+b), slashing.DecayHistory(slashing.DecayHistory(mp, a), b)
		if once > twice+2 || twice > once+2 {
			t.Fatalf("%d decays to %d in %d days, but to %d in %d and %d", mp, once, a+b, twice, a, b)
		}
		if more := slashing.DecayHistory(mp, a+b+1); more > once {
			t.Fatalf("%d decays to %d in %d days, but to %d in one more", mp, once, a+b, more)
		}
		if more := slashing.DecayHistory(mp+1, a); more < slashing.DecayHistory(mp, a) {
			t.Fatalf("a milli-point more leaves less after %d days: %d", a, more)
		}
	})
}

// P1 for lateness, and P14: at any moment, delivering now costs less than delivering later or never.
func TestDeliveringLateAlwaysBeatsNotDelivering(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		context := drawInputs(t)
		context.Systemic = false
		fee, damageCap := vadium.NewAmount(rapid.Uint64Range(1_000_000, 1<<60).Draw(t, "fee")), vadium.NewAmount(rapid.Uint64Range(0, 1<<60).Draw(t, "damage cap"))
		terms := slashing.Terms{Lock: vaults.LockFor(damageCap, fee), DamageCap: damageCap, Fee: fee}
		cost := func(c slashing.Case, paid vadium.Bps) vadium.Amount {
			c.Context, c.Terms = context, terms
			p, err := slashing.Assess(c)
			if err != nil {
				t.Fatal(err)
			}
			return p.Total().MustAdd(fee.MustSub(fee.BpsDown(paid)))
		}
		late := func(l vadium.Bps) vadium.Amount {
			return cost(slashing.Case{Offence: slashing.Late, Lateness: l}, slashing.LateFeeBps(l))
		}
		l := vadium.Bps(rapid.IntRange(0, 9_999).Draw(t, "lateness"))
		if now, later := late(l), late(l+1); later.Less(now) {
			t.Fatalf("late by %d costs %v, by %d only %v", l, now, l+1, later)
		}
		if last, never := late(10_000), cost(slashing.Case{Offence: slashing.NoShow}, 0); !last.Less(never) {
			t.Fatalf("late by all the grace costs %v, never delivering %v", last, never)
		}
	})
}

// P16.
func TestTheOrderOfCasesInASpanDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		penalties := rapid.SliceOfN(rapid.Uint64(), 1, 10).Draw(t, "penalties")
		charge := func(order []uint64) (total vadium.Amount) {
			var span slashing.Span
			for i, p := range order {
				var due vadium.Amount
				span = span.At(vadium.Time(1+i), 0)
				due, span = span.Charge(vadium.NewAmount(p))
				total = total.MustAdd(due)
			}
			return total
		}
		var worst uint64
		for _, p := range penalties {
			worst = max(worst, p)
		}
		if got := charge(rapid.Permutation(penalties).Draw(t, "order")); got != vadium.NewAmount(worst) {
			t.Fatalf("a span of %v charges %v, want the worst, %d", penalties, got, worst)
		}
	})
}

// P15's half: the same inputs give the same bytes on any machine and in any later version.
func TestFractionsOfAFixedSampleNeverChange(t *testing.T) {
	h := sha256.New()
	state := uint64(1)
	next := func(below uint64) uint64 { // Knuth's MMIX generator: fixed here, whatever the standard library does
		state = state*6_364_136_223_846_793_005 + 1_442_695_040_888_963_407
		return (state >> 33) % below
	}
	for range 10_000 {
		in := slashing.Inputs{
			Severity: slashing.Severity(next(101)), Class: slashing.Class(1 + next(2)), Impact: vadium.Bps(next(10_001)),
			History: slashing.MilliPoints(next(30_000)), Correlation: vadium.Bps(next(10_001)), Baseline: vadium.Bps(next(10_001)),
			Uptime: vadium.Bps(next(10_001)), Health: vadium.Bps(next(10_001)), PriceReference: next(1 << 30), PriceNow: 1 + next(1<<30),
			Systemic: next(10) == 0,
		}
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(fraction(t, in)))
		h.Write(b[:])
	}
	if got, want := fmt.Sprintf("%x", h.Sum(nil)), "65df97ee89a91e3e9519af6ae8c998eff9047c020a8c38d93959f643fe05f020"; got != want {
		t.Errorf("digest of 10,000 fractions = %s, want %s", got, want)
	}
}
