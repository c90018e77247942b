package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// brief is a setting that a test has time for; `make agents` runs 180 days of more seeds.
func brief(seed uint64) setting {
	return setting{seed: seed, days: 75, perDay: 100, crash: 15}
}

// Nobody gains by breaking a promise, by paying itself out of its own or its delegators' stake, by reporting itself, or by
// running away, compared with the same people in the same market who do as they should. What each of them does is in
// deviations.go, and every run is audited: no party has more than it put in and earned with valid proofs, delegators pay
// what the rules say, the entry minimum does not oscillate.
func TestNoDeviationPays(t *testing.T) {
	var verdicts []verdict
	for seed := uint64(1); seed <= 2; seed++ {
		verdicts = append(verdicts, brief(seed).compareAll(func(kind) bool { return true })...)
	}
	for _, v := range verdicts {
		for _, f := range v.found {
			t.Errorf("seed %d, %s: %s", v.seed, v.kind.name, f)
		}
	}
	for _, f := range brief(0).profitable(verdicts) {
		t.Error(f)
	}
	for _, f := range untried(verdicts) {
		t.Errorf("%s, so the test shows nothing of it", f)
	}
	var table strings.Builder
	writeTable(&table, verdicts)
	t.Logf("averages of two seeds, 75 days:\n%s", table.String())
}

// All kinds in one market, which they make worse for each other: the books balance, and the rules hold.
func TestKindsTogetherBreakNoRule(t *testing.T) {
	r := brief(3).mixed()
	for _, f := range r.audit() {
		t.Errorf("seed %d: %s", r.seed, f)
	}
	svg, err := r.draw()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range r.cast {
		if !strings.Contains(string(svg), ">"+k.name+"<") {
			t.Errorf("the plot does not name %q", k.name)
		}
	}
	if got, want := len(r.series), r.days+settleDays; got != want {
		t.Errorf("the plot has %d days, want %d", got, want)
	}
}

// A run is its seed's: everything can be looked at again.
func TestSameSeedSameRun(t *testing.T) {
	honest, _ := kindOfName("self-requester")
	digest := func(seed uint64) vadium.Digest {
		return simulate(setting{seed: seed, days: 10, perDay: 20, crash: 3, cast: []kind{honest}}).state.Digest()
	}
	if a, b := digest(1), digest(1); a != b {
		t.Errorf("seed 1 ends in %v and in %v", a, b)
	}
	if a, b := digest(1), digest(2); a == b {
		t.Error("seeds 1 and 2 end in the same state")
	}
}

// The counterfactual of a run has the same prices, costs and requests: only then is the difference what the agents made.
func TestCounterfactualHasTheSameLuck(t *testing.T) {
	s := setting{seed: 5, days: 10, perDay: 20, crash: 3}
	asked := func(name string) (ids []vadium.RequestID) {
		k, _ := kindOfName(name)
		s.cast = []kind{k}
		r := simulate(s)
		for id, q := range r.state.Requests() {
			if r.owner[q.Requester].kind == "requester" {
				ids = append(ids, id)
			}
		}
		return ids
	}
	if a, b := fmt.Sprint(asked("honest")), fmt.Sprint(asked("ring")); a != b {
		t.Errorf("beside honest agents people request\n%s\nbeside a ring\n%s", a, b)
	}
}

// The crash is the one of economics.md §4.4: 45 % in five days, beside the noise of those days.
func TestPricesCrash(t *testing.T) {
	for seed := range uint64(20) {
		w := newWeather(setting{seed: seed, days: 60, perDay: 1, crash: 20})
		before, after := 20*stepsADay-1, 25*stepsADay-1
		for name, path := range map[string][]float64{"token": w.token, "other": w.other} {
			if left := path[after] / path[before]; math.Abs(math.Log(left/crashTo)) > 4*dailyMove*math.Sqrt(crashDays) {
				t.Errorf("seed %d: of the price of %s %.2f is left, want about %.2f", seed, name, left, crashTo)
			}
		}
	}
}

// From which rise of its cost on a promise is worth breaking for who thinks of nothing else: what results.md says of the
// parting defaulter. An ask is 1.2 times the cost, and breaking it costs a tenth of the fee and the damage cap.
func TestBreakingAPromiseCostsATenthOfTheFeeAndTheDamageCap(t *testing.T) {
	fee := vadium.Tokens(100)
	entry, _ := slashing.Resigned.Entry()
	in := slashing.Neutral()
	in.Severity, in.Class = entry.Least, entry.Class
	for _, damageCap := range []vadium.Amount{{}, vadium.Tokens(50), vadium.Tokens(200)} {
		terms := slashing.Terms{Lock: vaults.LockFor(damageCap, fee), DamageCap: damageCap, Fee: fee}
		penalty, err := slashing.RequestPenalty(in, terms, vadium.BpsOne, entry.Undelivered)
		if err != nil {
			t.Fatal(err)
		}
		if got, least := penalty.Total(), fee.BpsDown(1_000).MustAdd(damageCap); got.Less(least) {
			t.Errorf("breaking a promise of a damage cap of %s tokens costs %s, want %s at least", damageCap.Tokens(), got.Tokens(), least.Tokens())
		}
	}
}

// The ledger is believed, so it has to find what it looks for.
func TestLedgerFindsWhatIsAgainstTheRules(t *testing.T) {
	honest, _ := kindOfName("honest")
	r := newRun(setting{seed: 1, days: 10, perDay: 40, crash: 3, cast: []kind{honest}})
	r.live(start.Add(3 * vadium.Day))
	if found := r.audit(); len(found) > 0 {
		t.Fatalf("in an honest market it finds %q", found)
	}
	var id vadium.RequestID
	var vault vadium.VaultID
	for requested, q := range r.state.Requests() {
		if q.Phase == marketplace.PhaseAccepted {
			id, vault = requested, q.Attempts[0].Vault
			break
		}
	}
	one := vadium.Tokens(1)
	lock, locked := r.state.LockOf(id, 0)
	if !locked {
		t.Fatal("no request is under way")
	}
	for name, e := range map[string]marketplace.Event{
		"damages": &marketplace.Slashed{Request: id, Vault: vault, Damages: vaults.Loss{Senior: vadium.NewAmount(1)}},
		"exceeds": &marketplace.Slashed{Request: id, Vault: vault, Punitive: vaults.Loss{Junior: lock.Amount.MustAdd(one)}},
		"get more than": &marketplace.Slashed{
			Request: id, Vault: vault, Punitive: vaults.Loss{Junior: vadium.NewAmount(5)}, Shares: slashing.Distribution{Rescuer: vadium.NewAmount(6)},
		},
		"while the junior keeps": &marketplace.Slashed{Request: id, Vault: vault, Punitive: vaults.Loss{Senior: vadium.NewAmount(1)}},
		"in one case":            &marketplace.VaultSlashed{Vault: vault, Punitive: vaults.Loss{Senior: r.state.Vault(vault).Senior}},
		"more than a tenth": &marketplace.VaultSlashed{
			Vault: vault, Punitive: vaults.Loss{Junior: vadium.NewAmount(100)}, Shares: slashing.Distribution{Reporter: vadium.NewAmount(11)},
		},
	} {
		l := newLedger()
		l.before(r, marketplace.Record{Event: e})
		if len(l.found) != 1 || !strings.Contains(l.found[0], name) {
			t.Errorf("of a slash that is wrong the ledger says %q, want that of %q", l.found, name)
		}
	}

	crew := r.owner[account("crew 12")]
	for name, spoil := range map[string]func(){
		"honest put in":        func() { crew.in = crew.in.MustSub(one) },
		"delegators of honest": func() { r.stakers[0].party.in = r.stakers[0].party.in.MustAdd(one) },
		"turned 3 times":       func() { r.ledger.flips = 3 },
		"502 bps":              func() { r.ledger.worst = 502 },
	} {
		held := *crew
		staker := *r.stakers[0].party
		ledger := *r.ledger
		spoil()
		if found := r.audit(); len(found) == 0 || !strings.Contains(strings.Join(found, "\n"), name) {
			t.Errorf("the audit finds %q, want that of %q", found, name)
		}
		*crew, *r.stakers[0].party, *r.ledger = held, staker, ledger
	}
}

// Turning is counted by what moves: a minimum that holds between two rises has not turned.
func TestLedgerCountsTurns(t *testing.T) {
	l := newLedger()
	for _, factor := range []vadium.Bps{10_000, 10_500, 10_500, 11_025, 11_025, 10_915, 10_915, 10_806, 11_346} {
		l.mark(marketplace.Measures{Entry: risk.Entry{Factor: factor}})
	}
	if l.flips != 2 || l.steps != 5 || l.worst != 500 || l.most != 11_346 {
		t.Errorf("%d turns in %d steps, by %d bps at most, up to %d; want 2, 5, 500 and 11346", l.flips, l.steps, l.worst, l.most)
	}
}

func TestMainRefusesWhatMeansNothing(t *testing.T) {
	for _, args := range [][]string{{"-days", "20"}, {"-crash", "0"}, {"-kind", "saint"}, {"more"}, {"-requests", "0"}} {
		var out strings.Builder
		if err := runMain(args, &out, &out); err == nil {
			t.Errorf("agents %s runs", strings.Join(args, " "))
		}
	}
}
