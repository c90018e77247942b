package slashing_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// group reads the cases of one group of the shared vectors into cases.
func group(t *testing.T, name string, cases any) {
	t.Helper()
	groupIn(t, "testdata/slashing.json", name, cases)
}

func groupIn(t *testing.T, path, name string, cases any) {
	t.Helper()
	var file struct {
		Groups []struct {
			Group string
			Cases json.RawMessage
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		if g.Group == name {
			if err := json.Unmarshal(g.Cases, cases); err != nil {
				t.Fatalf("group %s: %v", name, err)
			}
			t.Logf("group %s: %d cases", name, reflect.ValueOf(cases).Elem().Len())
			return
		}
	}
	t.Fatalf("%s has no group %s", path, name)
}

func TestBaseAgreesWithTheVectors(t *testing.T) {
	var cases []struct {
		S   slashing.Severity
		PPM vadium.Ppm
	}
	group(t, "base_ppm", &cases)
	for _, c := range cases {
		if got := slashing.BasePpm(c.S); got != c.PPM {
			t.Errorf("BasePpm(%d) = %d, want %d", c.S, got, c.PPM)
		}
	}
}

func TestLatenessCurvesAgreeWithTheVectors(t *testing.T) {
	var cases []struct {
		L        vadium.Bps
		LD       vadium.Bps `json:"ld_bps"`
		Fee      vadium.Bps `json:"fee_bps"`
		Severity slashing.Severity
	}
	group(t, "lateness_curves", &cases)
	for _, c := range cases {
		if got := slashing.LateDamagesBps(c.L); got != c.LD {
			t.Errorf("LateDamagesBps(%d) = %d, want %d", c.L, got, c.LD)
		}
		if got := slashing.LateFeeBps(c.L); got != c.Fee {
			t.Errorf("LateFeeBps(%d) = %d, want %d", c.L, got, c.Fee)
		}
		if got := slashing.LateSeverity(c.L); got != c.Severity {
			t.Errorf("LateSeverity(%d) = %d, want %d", c.L, got, c.Severity)
		}
	}
}

func TestHistoryDecayAgreesWithTheVectors(t *testing.T) {
	var cases []struct {
		MP       slashing.MilliPoints
		Epochs   uint64
		Expected slashing.MilliPoints
	}
	group(t, "history_decay", &cases)
	for _, c := range cases {
		if got := slashing.DecayHistory(c.MP, c.Epochs); got != c.Expected {
			t.Errorf("DecayHistory(%d, %d) = %d, want %d", c.MP, c.Epochs, got, c.Expected)
		}
	}
}

// worked is a row of adaptive_slash_worked, in micro-tokens.
type worked struct {
	Name     string
	Scope    string
	Fee      uint64
	Severity slashing.Severity
	Kind     string
	Args     struct {
		Impact, Corr, Corr0 vadium.Bps
		HistMP              slashing.MilliPoints `json:"hist_mp"`
		Uptime, Health      *vadium.Bps
		Pref, Pnow          uint64
		Systemic            bool
	}
	Lateness  *vadium.Bps `json:"lateness_bps"`
	NoShow    bool
	Lock      uint64
	DamageCap uint64 `json:"damage_cap"`
	Junior    uint64
	Senior    uint64
	Rescued   bool

	LDBps      vadium.Bps `json:"ld_bps"`
	SlashPpm   vadium.Ppm `json:"slash_ppm"`
	Liquidated uint64
	Punitive   uint64
	OutJunior  uint64 `json:"out_junior"`
	OutSenior  uint64 `json:"out_senior"`
	Requester  uint64 `json:"out_requester"`
	Reporter   uint64 `json:"out_reporter"`
	Rescuer    uint64 `json:"out_rescuer"`
	Insurance  uint64 `json:"out_insurance"`
	Burn       uint64 `json:"out_burn"`
}

func (w worked) inputs() slashing.Inputs {
	in := slashing.Neutral()
	in.Severity, in.Class = w.Severity, slashing.Liveness
	if w.Kind == "malice" {
		in.Class = slashing.Malice
	}
	in.Impact, in.Correlation, in.Baseline = w.Args.Impact, w.Args.Corr, w.Args.Corr0
	in.History, in.Systemic = w.Args.HistMP, w.Args.Systemic
	if w.Args.Uptime != nil {
		in.Uptime = *w.Args.Uptime
	}
	if w.Args.Health != nil {
		in.Health = *w.Args.Health
	}
	if w.Args.Pnow != 0 {
		in.PriceReference, in.PriceNow = w.Args.Pref, w.Args.Pnow
	}
	return in
}

func (w worked) damages() vadium.Bps {
	switch {
	case w.NoShow:
		return vadium.BpsOne
	case w.Lateness != nil:
		return slashing.LateDamagesBps(*w.Lateness)
	}
	return 0
}

func (w worked) penalty() (slashing.Penalty, error) {
	if w.Scope == "stake" {
		return slashing.VaultPenalty(w.inputs(), slashing.Stake{Junior: vadium.NewAmount(w.Junior), Senior: vadium.NewAmount(w.Senior)})
	}
	terms := slashing.Terms{Lock: vadium.NewAmount(w.Lock), DamageCap: vadium.NewAmount(w.DamageCap), Fee: vadium.NewAmount(w.Fee)}
	return slashing.RequestPenalty(w.inputs(), terms, w.damages(), w.NoShow)
}

// settle takes the penalty from a vault with the row's stake and divides it. The vault holds a million units more of
// senior stake, which a slash always leaves.
func (w worked) settle(p slashing.Penalty) (damages, punitive vaults.Loss, d slashing.Distribution) {
	v := vaults.New(1, vadium.Account{1}, 0, 0)
	v.DepositJunior(vadium.NewAmount(w.Junior))
	v.DepositSenior(0, vadium.Account{2}, vadium.NewAmount(w.Senior+1_000_000), vadium.NewAmount(w.Senior+1_000_000))
	damages, punitive = v.PlanPenaltyWithin(0, p.Damages, p.Punitive, vadium.Amount{}, slashing.Stake{Senior: vadium.NewAmount(w.Senior)}.MostOfSenior(p.Severity))
	v.ApplyLoss(0, damages)
	v.ApplyLoss(0, punitive)
	return damages, punitive, slashing.Divide(slashing.Taken{
		Damages:        damages.JuniorTotal(),
		PunitiveJunior: punitive.JuniorTotal(),
		PunitiveSenior: punitive.SeniorTotal(),
		Severity:       p.Severity,
		Reported:       true,
		Rescued:        w.Rescued,
	})
}

func (w worked) check(t *testing.T) {
	t.Helper()
	p, err := w.penalty()
	if err != nil {
		t.Fatal(err)
	}
	if w.damages() != w.LDBps {
		t.Errorf("damages = %d bps, want %d", w.damages(), w.LDBps)
	}
	if p.Fraction != w.SlashPpm {
		t.Errorf("fraction = %d ppm, want %d", p.Fraction, w.SlashPpm)
	}
	damages, punitive, d := w.settle(p)
	for _, c := range []struct {
		name string
		got  vadium.Amount
		want uint64
	}{
		{"damages", p.Damages, w.Liquidated},
		{"punitive", p.Punitive, w.Punitive},
		{"junior pays", damages.JuniorTotal().MustAdd(punitive.JuniorTotal()), w.OutJunior},
		{"senior pays", damages.SeniorTotal().MustAdd(punitive.SeniorTotal()), w.OutSenior},
		{"requester", d.Requester, w.Requester},
		{"reporter", d.Reporter, w.Reporter},
		{"rescuer", d.Rescuer, w.Rescuer},
		{"insurance", d.Insurance, w.Insurance},
		{"burn", d.Burn, w.Burn},
	} {
		if c.got != vadium.NewAmount(c.want) {
			t.Errorf("%s = %v micro-tokens, want %d", c.name, c.got, c.want)
		}
	}
}

func TestPenaltiesAgreeWithTheWorkedExamples(t *testing.T) {
	var cases []worked
	group(t, "adaptive_slash_worked", &cases)
	if len(cases) != 20 {
		t.Fatalf("%d worked examples, want 20", len(cases))
	}
	for _, w := range cases {
		t.Run(w.Name, w.check)
	}
}

// The rows of economics.md §6.4 for which the vectors hold no case. The page gives three decimals of a token; each of
// these amounts is a whole number of micro-tokens except the capped floor, which is rounded up to one.
func TestPenaltiesAgreeWithTheRestOfTheTable(t *testing.T) {
	var cases []worked
	groupIn(t, "testdata/table.json", "adaptive_slash_rest", &cases)
	if len(cases) != 10 {
		t.Fatalf("%d worked examples, want 10", len(cases))
	}
	for _, w := range cases {
		t.Run(w.Name, w.check)
	}
}
