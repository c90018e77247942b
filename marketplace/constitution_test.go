package marketplace_test

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// What the code has as constants lies within the constitution, and so do the defaults. The numbers here are written out
// once more from economics.md §5.5: whoever widens a bound in the code has to widen it here too, and say why.
func TestConstitutionHolds(t *testing.T) {
	for name, p := range map[string]marketplace.Params{"default": marketplace.DefaultParams(), "demo": marketplace.DemoParams()} {
		for _, b := range marketplace.Constitution(p) {
			if !b.Within() {
				t.Errorf("%s: %s is %v, the bound is %v to %v", name, b.Name, b.Value, b.Least, b.Most)
			}
		}
	}
	const day = uint64(vadium.Day)
	written := map[string][2]uint64{
		"protocol fee": {0, 500}, "maximal commission": {0, 9_500}, "longest request": {uint64(vadium.Minute), 7 * day}, "unbonding time": {13 * day, 28 * day},
		"call grace": {day, 3 * day}, "leverage": {0, 9}, "drip window": {day, 14 * day}, "commission": {0, 9_500}, "overcommit": {10_000, 10_000},
		"largest entry factor": {10_000, 40_000}, "vault share of a class": {1, 4_000}, "prover's share of a class": {1, 3_300},
		"cost over profit": {1_000, 10_000}, "slashed in a day": {1, 1_000}, "reporter": {0, 1_000},
		"slash up to severity 20": {0, 50_000}, "slash up to severity 60": {0, 200_000}, "slash up to severity 89": {0, 500_000},
		"slash at severity 90 and more":  {0, 1_000_000},
		"burnt or insured of the junior": {4_000, 10_000}, "burnt or insured of the senior": {10_000, 10_000}, "senior's part of a fault": {0, 5_000},
		"penalties of a request": {0, 10_000}, "liveness bucket": {1, 3_000}, "strikes": {2, 10}, "jail term": {day, 28 * day},
		"rise of a commission": {0, 100}, "between two rises": {day, 28 * day}, "notice of a rise": {7 * day, 28 * day},
	}
	all := marketplace.Constitution(marketplace.DefaultParams())
	for _, b := range all {
		if want, listed := written[b.Name]; listed {
			delete(written, b.Name)
			if b.Least != vadium.NewAmount(want[0]) || b.Most != vadium.NewAmount(want[1]) {
				t.Errorf("%s is bound to %v to %v, want %d to %d", b.Name, b.Least, b.Most, want[0], want[1])
			}
		}
		if b.What == "" || b.Enforced == "" {
			t.Errorf("%s does not say what it bounds (%q), or where (%q)", b.Name, b.What, b.Enforced)
		}
	}
	for name, want := range map[string]uint64{
		"overcommit": 10_000, "reporter": 1_000, "burnt or insured of the junior": 4_500, "burnt or insured of the senior": 10_000,
		"senior's part of a fault": 5_000, "penalties of a request": 10_000,
	} {
		i := slices.IndexFunc(all, func(b marketplace.Bound) bool { return b.Name == name })
		if i < 0 || all[i].Value != vadium.NewAmount(want) {
			t.Errorf("%s is measured as %v, want %d", name, all[max(i, 0)].Value, want)
		}
	}
	for name := range written {
		t.Errorf("the constitution does not list %q", name)
	}
}

// What §5.5 demands of code and not of a number: at no severity does a slash divide otherwise.
func TestConstitutionOfSlashes(t *testing.T) {
	for s := slashing.Severity(1); s <= 100; s++ {
		for _, rescued := range []bool{false, true} {
			taken := slashing.Taken{
				Damages: vadium.Tokens(7), PunitiveJunior: vadium.Tokens(1_000), PunitiveSenior: vadium.Tokens(300), Severity: s, Rescued: rescued, Reported: true,
			}
			d := slashing.Divide(taken)
			if kept := d.Burn.MustAdd(d.Insurance); kept.Less(taken.PunitiveJunior.MustAdd(taken.PunitiveSenior).BpsUp(4_000)) {
				t.Errorf("severity %d: %s tokens are burnt or insure, less than two fifths", s, kept.Tokens())
			}
			if out := vadium.Sum(d.Reporter, d.Rescuer, d.Requester); taken.Damages.MustAdd(taken.PunitiveJunior).Less(out) {
				t.Errorf("severity %d: %s tokens go to people, more than the junior paid", s, out.Tokens())
			}
		}
		stake := slashing.Stake{Junior: vadium.Tokens(0), Senior: vadium.Tokens(1_000)}
		in := slashing.Neutral()
		in.Severity, in.Class, in.Impact, in.History = s, slashing.Malice, vadium.BpsOne, 20_000
		if s < 90 || s == 100 {
			continue
		}
		penalty, err := slashing.VaultPenalty(in, stake)
		if err != nil || vadium.Tokens(500).Less(penalty.Punitive) {
			t.Errorf("severity %d takes %v of 1000 tokens of senior stake (%v), at most half is allowed", s, penalty.Punitive, err)
		}
	}
	if vaults.Unbonding < 7*vadium.Day || risk.MinCallGrace != vadium.Day || risk.Maintenance > vadium.BpsOne {
		t.Error("constants left the constitution")
	}
}

// No configuration leaves the constitution: whatever parameters say, either they are refused or every bound holds.
func TestNoConfigurationLeavesTheConstitution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := marketplace.DefaultParams()
		v := reflect.ValueOf(&p).Elem()
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			i := rapid.IntRange(0, v.NumField()-1).Draw(t, "field")
			switch f := v.Field(i); f.Interface().(type) {
			case vadium.Amount:
				f.Set(reflect.ValueOf(vadium.NewAmount(rapid.Uint64().Draw(t, "amount"))))
			case vadium.Duration:
				f.SetInt(rapid.Int64Range(-1, 60*int64(vadium.Day)).Draw(t, "duration"))
			default:
				f.SetUint(uint64(rapid.Uint32Range(0, 120_000).Draw(t, "number")))
			}
		}
		err := p.Check()
		within := true
		for _, b := range marketplace.Constitution(p) {
			within = within && b.Within()
		}
		if within != (err == nil) || err != nil && !errors.Is(err, marketplace.ErrParamOutOfRange) {
			t.Fatalf("%+v: Check() = %v, and within every bound: %v", p, err, within)
		}
		if err != nil {
			return
		}
		if p.ProtocolFee > 500 || p.MaxCommission > 9_500 || p.MaxDuration > 7*vadium.Day || p.CallGrace < vadium.Day ||
			p.Unbonding < 7*vadium.Day || p.Unbonding > 28*vadium.Day || p.Unbonding < p.MaxDuration+p.GraceMax+5*vadium.Day {
			t.Fatalf("Check() takes %+v, which economics.md §5.5 does not", p)
		}
	})
}

// Every parameter has its bound: the fields of Params and the bounds that parameters enforce are as many.
func TestEveryParameterIsBounded(t *testing.T) {
	bounded := 0
	for _, b := range marketplace.Constitution(marketplace.DefaultParams()) {
		if b.Enforced == "parameters" {
			bounded++
		}
	}
	if fields := reflect.TypeFor[marketplace.Params]().NumField(); bounded != fields {
		t.Errorf("%d parameters have %d bounds", fields, bounded)
	}
}

// docs/parameters.md has a row for each parameter, by its name in JSON.
func TestParametersAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/parameters.md")
	if err != nil {
		t.Fatal(err)
	}
	for field := range reflect.TypeFor[marketplace.Params]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/parameters.md does not mention %s", name)
		}
	}
}
