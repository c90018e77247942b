package slashing_test

import (
	"encoding/json"
	"os"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// group reads the cases of one group of the shared vectors into cases.
func group(t *testing.T, name string, cases any) {
	t.Helper()
	var file struct {
		Groups []struct {
			Group string
			Cases json.RawMessage
		}
	}
	raw, err := os.ReadFile("testdata/slashing.json")
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
			return
		}
	}
	t.Fatalf("testdata/slashing.json has no group %s", name)
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
	damages, punitive = v.PlanPenalty(0, p.Damages, p.Punitive, vadium.Amount{})
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
	const k = 1_000 // micro-tokens per thousandth of a token
	at := func(b vadium.Bps) *vadium.Bps { return &b }
	noShow := worked{
		Severity: 40, NoShow: true, LDBps: 10_000, Liquidated: 400_000 * k, Requester: 400_000 * k,
	}
	row := func(name string, from worked, fill func(*worked)) worked {
		from.Name, from.Fee, from.Lock, from.Junior, from.Senior = name, 500_000*k, 1_000_000*k, 500_000*k, 4_500_000*k
		if from.DamageCap = 400_000 * k; from.Kind == "" {
			from.Kind = "liveness"
		}
		fill(&from)
		return from
	}
	rows := []worked{
		row("100% late, clean", worked{Severity: 20, Lateness: at(10_000), LDBps: 10_000}, func(w *worked) {
			w.SlashPpm, w.Liquidated, w.Punitive, w.OutJunior = 10_000, 400_000*k, 10_000*k, 410_000*k
			w.Requester, w.Reporter, w.Insurance, w.Burn = 400_000*k, 360*k, 3_856*k, 5_784*k
		}),
		row("no-show, network health 50%", noShow, func(w *worked) {
			w.Args.Health = at(5_000)
			w.SlashPpm, w.Punitive, w.OutJunior = 26_250, 43_750*k, 443_750*k
			w.Reporter, w.Insurance, w.Burn = 2_275*k, 16_590*k, 24_885*k
		}),
		row("no-show, everything bad", noShow, func(w *worked) {
			w.Args.Impact, w.Args.HistMP, w.Args.Corr, w.Args.Uptime, w.Args.Pref, w.Args.Pnow = 10_000, 20_000, 10_000, at(0), 2, 1
			w.SlashPpm, w.Punitive, w.OutJunior, w.OutSenior = 200_000, 333_333_334, 500_000*k, 233_333_334
			w.Reporter, w.Insurance, w.Burn = 5_200*k, 154_586_667, 173_546_667
		}),
		row("bid not revealed", worked{Severity: 5}, func(w *worked) {
			w.SlashPpm, w.Punitive, w.OutJunior = 2_500, 2_500*k, 2_500*k
			w.Reporter, w.Insurance, w.Burn = 60*k, 976*k, 1_464*k
		}),
		row("invalid proof, first time", worked{Severity: 30}, func(w *worked) {
			w.SlashPpm, w.Punitive, w.OutJunior = 20_000, 20_000*k, 20_000*k
			w.Reporter, w.Insurance, w.Burn = 880*k, 7_648*k, 11_472*k
		}),
		row("invalid proof, 6 pts", worked{Severity: 30}, func(w *worked) {
			w.Args.HistMP = 6_000
			w.SlashPpm, w.Punitive, w.OutJunior = 32_000, 32_000*k, 32_000*k
			w.Reporter, w.Insurance, w.Burn = 1_408*k, 12_236_800, 18_355_200
		}),
		row("oracle reporter deviates", worked{Severity: 35, Kind: "malice"}, func(w *worked) {
			w.SlashPpm, w.Punitive, w.OutJunior = 25_000, 25_000*k, 25_000*k
			w.Reporter, w.Insurance, w.Burn = 1_200*k, 9_520*k, 14_280*k
		}),
		row("oracle reporter, 1/3 of stake colluding", worked{Severity: 35, Kind: "malice"}, func(w *worked) {
			w.Args.Corr = 3_334
			w.SlashPpm, w.Punitive, w.OutJunior = 50_005, 50_005*k, 50_005*k
			w.Reporter, w.Insurance, w.Burn = 2_400_240, 19_041_904, 28_562_856
		}),
		row("bid equivocation (vault)", worked{Severity: 90, Kind: "malice", Scope: "stake"}, func(w *worked) {
			w.SlashPpm, w.Punitive, w.OutJunior, w.OutSenior = 200_000, 1_000_000*k, 500_000*k, 500_000*k
			w.Reporter, w.Insurance, w.Burn = 46_000*k, 431_600*k, 522_400*k
		}),
		row("no-show, junior exhausted (J=50)", noShow, func(w *worked) {
			w.Junior = 50_000 * k
			w.SlashPpm, w.Punitive, w.OutJunior, w.OutSenior = 30_000, 50_000*k, 50_000*k, 400_000*k
			w.Requester, w.Insurance, w.Burn = 50_000*k, 200_000*k, 200_000*k
		}),
	}
	for _, w := range rows {
		t.Run(w.Name, w.check)
	}
}
