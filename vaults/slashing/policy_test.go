package slashing_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/slashing"
)

// judges is a policy for tests.
type judges struct {
	slashing.Judgement
	err error
}

func (judges) ID() slashing.PolicyID                              { return slashing.PolicyID{1} }
func (j judges) Judge(slashing.Facts) (slashing.Judgement, error) { return j.Judgement, j.err }

func factsOf(severity slashing.Severity, class slashing.Class, lateness vadium.Bps) slashing.Facts {
	f := slashing.Facts{Inputs: slashing.Neutral(), Lateness: lateness}
	f.Severity, f.Class = severity, class
	return f
}

// The default policy is the function that there was before there were policies.
func TestDefaultPolicyIsTheFunctionItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := slashing.Facts{Inputs: drawInputs(t), Lateness: bps(t, "lateness")}
		j, fellBack, err := slashing.Judge(slashing.Default(), f)
		if err != nil || fellBack {
			t.Fatalf("Judge(Default(), %+v): fell back %t, %v", f, fellBack, err)
		}
		want := slashing.Judgement{Fraction: fraction(t, f.Inputs), Damages: slashing.LateDamagesBps(f.Lateness), Reporter: slashing.ReporterBps(f.Severity)}
		if f.Systemic && f.Class == slashing.Liveness {
			want.Damages = 0
		}
		if j != want {
			t.Fatalf("Judge(Default(), %+v) = %+v, want %+v", f, j, want)
		}
	})
}

// Whatever a policy answers, the fraction stays within floor and cap, damages within what was agreed, the reporter within a
// tenth; and proofs that come late owe no more than those that never come.
func TestPolicyCannotLeaveItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := judges{Judgement: slashing.Judgement{
			Fraction: vadium.Ppm(rapid.Uint32().Draw(t, "fraction")), Damages: vadium.Bps(rapid.Uint32().Draw(t, "damages")),
			Reporter: vadium.Bps(rapid.Uint32().Draw(t, "reporter")),
		}}
		f := slashing.Facts{Inputs: drawInputs(t), Lateness: bps(t, "lateness")}
		j, fellBack, err := slashing.Judge(p, f)
		if err != nil {
			t.Fatal(err)
		}
		nonsense := p.Fraction > vadium.PpmOne || p.Damages > vadium.BpsOne || p.Reporter > vadium.BpsOne
		if fellBack != nonsense {
			t.Fatalf("%+v: fell back %t, want %t", p, fellBack, nonsense)
		}
		floor, most := slashing.Limits(f.Severity)
		excused := f.Severity == 0 || f.Systemic && f.Class == slashing.Liveness
		if excused && j.Fraction != 0 || !excused && (j.Fraction < floor || j.Fraction > most) {
			t.Fatalf("%+v of %+v: a fraction of %d, the limits are %d and %d", p, f, j.Fraction, floor, most)
		}
		if j.Damages > slashing.LateDamagesBps(f.Lateness) || j.Reporter > slashing.MaxReporter {
			t.Fatalf("%+v of %+v: %+v", p, f, j)
		}
		never := f
		never.Lateness = vadium.BpsOne
		if absent, _, _ := slashing.Judge(p, never); absent.Damages < j.Damages {
			t.Fatalf("%+v: damages of %d for a proof that was %d late, %d for none", p, j.Damages, f.Lateness, absent.Damages)
		}
	})
}

// A policy that fails, or that nobody has, is replaced by the default, and the penalty says so.
func TestPolicyThatFailsFallsBackVisibly(t *testing.T) {
	f := factsOf(40, slashing.Liveness, vadium.BpsOne)
	want, _, err := slashing.Judge(slashing.Default(), f)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]slashing.Policy{
		"no policy": nil, "one that fails": judges{slashing.Judgement{Fraction: 10_000}, errors.New("out of fuel")},
		"a fraction above one": judges{Judgement: slashing.Judgement{Fraction: vadium.PpmOne + 1}},
	} {
		got, fellBack, err := slashing.Judge(p, f)
		if got != want || !fellBack || err != nil {
			t.Errorf("%s: %+v, fell back %t, %v; want %+v, true", name, got, fellBack, err, want)
		}
	}
	harsh, fellBack, err := slashing.Judge(judges{Judgement: slashing.Judgement{Fraction: vadium.PpmOne, Damages: 1, Reporter: 5_000}}, f)
	if want := (slashing.Judgement{Fraction: 200_000, Damages: vadium.BpsOne, Reporter: 1_000}); harsh != want || fellBack || err != nil {
		t.Errorf("a harsh policy: %+v, fell back %t, %v; want %+v", harsh, fellBack, err, want)
	}
}

// Facts that make no sense are the caller's mistake, whatever the policy says.
func TestJudgeRefusesFactsOutOfRange(t *testing.T) {
	for severity, want := range map[slashing.Severity]error{100: nil, 101: slashing.ErrSeverity} {
		if _, _, err := slashing.Judge(judges{}, factsOf(severity, slashing.Malice, 0)); !errors.Is(err, want) {
			t.Errorf("severity %d: %v, want %v", severity, err, want)
		}
	}
}

// The catalogue's own impact counts, whatever the terms say: where funds are lost, twice the base.
func TestCatalogueKnowsTheImpactOfItsOffences(t *testing.T) {
	for _, e := range slashing.Catalogue() {
		want := vadium.Bps(0)
		if e.Offence == slashing.FalseStatement || e.Offence == slashing.KeyForgery {
			want = vadium.BpsOne
		}
		if e.Impact != want {
			t.Errorf("%v has an impact of %d bps, want %d", e.Offence, e.Impact, want)
		}
	}
}

// BenchmarkPenalty is a judgement and its money: the cost of a fault without its context.
func BenchmarkPenalty(b *testing.B) {
	f := factsOf(40, slashing.Liveness, vadium.BpsOne)
	f.Impact, f.History, f.Correlation, f.Baseline, f.Uptime, f.Health = 1_111, 3_000, 2_000, 1_000, 8_000, 9_500
	f.PriceReference, f.PriceNow = 1_000_000, 900_000
	t := slashing.Terms{Lock: vadium.Tokens(1_000), DamageCap: vadium.Tokens(400), Fee: vadium.Tokens(500)}
	b.ReportAllocs()
	for b.Loop() {
		j, _, err := slashing.Judge(slashing.Default(), f)
		if err != nil {
			b.Fatal(err)
		}
		p := j.OfRequest(f.Inputs, t, true)
		slashing.DivideAt(slashing.Taken{Damages: p.Damages, PunitiveJunior: p.Punitive, Severity: p.Severity, Rescued: true}, j.Reporter)
	}
}
