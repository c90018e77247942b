package risk_test

import (
	"encoding/json"
	"os"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

// group reads the cases of one group of the shared vectors into cases.
func group[Case any](t testing.TB, name string) (cases []Case) {
	t.Helper()
	raw, err := os.ReadFile("testdata/risk.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Group string
			Cases json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		if g.Group == name {
			if err := json.Unmarshal(g.Cases, &cases); err != nil {
				t.Fatalf("group %s: %v", name, err)
			}
			return cases
		}
	}
	t.Fatalf("testdata/risk.json has no group %s", name)
	return nil
}

// The groups of cases/staking.json that this package answers for, each reproduced exactly.
func TestVectors(t *testing.T) {
	for name, reproduce := range map[string]func(t *testing.T) (cases int){
		"ewma_path":                  ewmaPath,
		"margin_lock":                marginLock,
		"min_stake_controller":       minStakeController,
		"zera_corrected_target":      zeraCorrectedTarget,
		"zera_pseudocode_as_written": zeraAsWritten,
		"brevis_eligibility":         brevisEligibility,
	} {
		t.Run(name, func(t *testing.T) { t.Logf("group %s: %d cases", name, reproduce(t)) })
	}
}

func ewmaPath(t *testing.T) int {
	cases := group[struct {
		P0    risk.Price    `json:"p0"`
		P1    risk.Price    `json:"p1"`
		R     int64         `json:"r_ppm"`
		Var   vadium.Amount `json:"var"`
		Sigma vadium.Ppm    `json:"sigma_ppm"`
	}](t, "ewma_path")
	var v risk.Variance
	for i, c := range cases {
		r, ok := risk.Return(c.P0, c.P1)
		if !ok || r != c.R {
			t.Errorf("case %d: Return = %d, %v, want %d", i, r, ok, c.R)
		}
		if v = v.Next(r, 940_000); vadium.NewAmount(uint64(v)) != c.Var || v.Sigma() != c.Sigma {
			t.Errorf("case %d: variance %d, sigma %d, want %v, %d", i, v, v.Sigma(), c.Var, c.Sigma)
		}
	}
	return len(cases)
}

type marginCase struct {
	Sigma   vadium.Ppm    `json:"sigma_ppm"`
	Horizon uint64        `json:"horizon"`
	Z       uint64        `json:"z_milli"`
	Latency uint64        `json:"latency"`
	Conf    vadium.Ppm    `json:"conf_ppm"`
	Margin  vadium.Ppm    `json:"margin_ppm"`
	Value   risk.Value    `json:"value_micro"`
	Price   risk.Price    `json:"price_micro"`
	Lock    vadium.Amount `json:"lock"`
}

func (c marginCase) risk() risk.PriceRisk {
	return risk.PriceRisk{Sigma: c.Sigma, Horizon: c.Horizon, Latency: c.Latency, ZMilli: c.Z, Confidence: c.Conf}
}

func marginLock(t *testing.T) int {
	cases := group[marginCase](t, "margin_lock")
	for i, c := range cases {
		margin := c.risk().Margin()
		if margin != c.Margin {
			t.Errorf("case %d: Margin = %d, want %d", i, margin, c.Margin)
		}
		if lock, err := risk.LockAcross(c.Value, margin, c.Price); err != nil || lock != c.Lock {
			t.Errorf("case %d: LockAcross = %v, %v, want %v", i, lock, err, c.Lock)
		}
		// And through the exposure of an assignment, which is what the market keeps.
		exposure := risk.Exposure{Value: c.Value, Epochs: uint16(c.Horizon + c.Latency), ZMilli: uint16(c.Z)}
		reading := risk.Reading{Price: c.Price, Sigma: c.Sigma, Confidence: c.Conf}
		if lock, err := exposure.Lock(reading); err != nil || lock != c.Lock {
			t.Errorf("case %d: Exposure.Lock = %v, %v, want %v", i, lock, err, c.Lock)
		}
	}
	return len(cases)
}

type controllerCase struct {
	Mult         vadium.Bps `json:"mult"`
	Staked       uint64     `json:"staked"`
	Target       uint64     `json:"target"`
	NonCompliant vadium.Bps `json:"noncompliant_bps"`
	Next         vadium.Bps `json:"next"`
}

func minStakeController(t *testing.T) int {
	cases := group[controllerCase](t, "min_stake_controller")
	for i, c := range cases {
		got := controls.Step(c.Mult, vadium.NewAmount(c.Staked), vadium.NewAmount(c.Target), c.NonCompliant)
		if got != c.Next {
			t.Errorf("case %d: Step = %d, want %d", i, got, c.Next)
		}
	}
	return len(cases)
}

func zeraCorrectedTarget(t *testing.T) int {
	cases := group[struct {
		Total     vadium.Amount `json:"total"`
		Price     uint64        `json:"price_cents"`
		Threshold uint64        `json:"threshold_cents"`
		TPS       uint64        `json:"tps"`
		Expected  vadium.Amount `json:"expected"`
	}](t, "zera_corrected_target")
	const cent = 10_000 // millionths
	for i, c := range cases {
		factor := controls.Most // without a price
		if target, ok := risk.Price(c.Price * cent).Tokens(risk.Value(c.Threshold * cent)); ok {
			factor = controls.OneShot(c.Total, target)
		}
		got := vadium.Tokens(1).BpsUp(factor)
		if c.TPS > 2_000 {
			got = got.BpsUp(10_500)
		}
		if got != c.Expected {
			t.Errorf("case %d: the corrected target is %v, want %v", i, got, c.Expected)
		}
	}
	return len(cases)
}

// What ZERA published, bug by bug (economics.md §1.5: 2, 3, 4, 5, 7, 9), so that it is clear what is not done here. The
// cases that slash belong to vaults/slashing.
func zeraAsWritten(t *testing.T) int {
	cases := group[struct {
		Total     *string        `json:"total_units"`
		Price     uint64         `json:"price_cents"`
		Threshold uint64         `json:"threshold_cents"`
		TPS       uint64         `json:"tps"`
		MinStake  *vadium.Amount `json:"min_stake"`
		Result    string         `json:"result"`
	}](t, "zera_pseudocode_as_written")
	var staking int
	for i, c := range cases {
		if c.Total == nil {
			continue
		}
		staking++
		total := map[string]uint64{"1000e18": 1_000, "0": 0}[*c.Total]
		got, panicked := zeraMinStake(total, c.Price, c.Threshold, c.TPS)
		if panicked != (c.Result == "PANIC divide by zero") || !panicked && (c.MinStake == nil || got != *c.MinStake) {
			t.Errorf("case %d: as written it returns %v (panic %v), want %v%s", i, got, panicked, c.MinStake, c.Result)
		}
	}
	if staking != 4 {
		t.Errorf("%d cases are about staking, want 4", staking)
	}
	return staking
}

func zeraMinStake(total, priceCents, thresholdCents, tps uint64) (minimum vadium.Amount, panicked bool) {
	defer func() { panicked = recover() != nil }()
	required := thresholdCents / 100 / (priceCents / 100)
	minimum = vadium.Tokens(1)
	if total < required || total == 0 {
		minimum = vadium.Tokens(max(required/total, 1))
	}
	if tps > 2_000 {
		minimum = minimum.BpsDown(10_500)
	}
	return minimum, false
}

// Brevis lets 500 bps of what is assigned be backed; the same stake covers a fraction of it here.
func brevisEligibility(t *testing.T) int {
	cases := group[struct {
		MinStake   uint64     `json:"min_stake"`
		Assigned   uint64     `json:"assigned"`
		Overcommit vadium.Bps `json:"overcommit_bps"`
		Required   uint64     `json:"required"`
	}](t, "brevis_eligibility")
	coverage := []vadium.Bps{1<<32 - 1, 1_500, 11_000, 999}
	for i, c := range cases {
		assigned := vadium.NewAmount(c.Assigned)
		required := vadium.NewAmount(c.MinStake).MustAdd(assigned.BpsDown(c.Overcommit))
		if required != vadium.NewAmount(c.Required) {
			t.Errorf("case %d: Brevis requires %v, want %d", i, required, c.Required)
		}
		if got := risk.Coverage(required, assigned); got != coverage[i] {
			t.Errorf("case %d: that covers %d bps of what is assigned, want %d", i, got, coverage[i])
		}
	}
	return len(cases)
}

var controls = risk.Default().Entry
