package risk_test

import (
	"encoding/json"
	"os"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

// group reads the cases of one group of the shared vectors into cases.
func group(t testing.TB, name string, cases any) {
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
			if err := json.Unmarshal(g.Cases, cases); err != nil {
				t.Fatalf("group %s: %v", name, err)
			}
			return
		}
	}
	t.Fatalf("testdata/risk.json has no group %s", name)
}

func TestMarginsAndLocksAcrossAssetsFollowTheVectors(t *testing.T) {
	var cases []struct {
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
	group(t, "margin_lock", &cases)
	for i, c := range cases {
		exposure := risk.PriceRisk{Sigma: c.Sigma, Horizon: c.Horizon, Latency: c.Latency, ZMilli: c.Z, Confidence: c.Conf}
		margin := exposure.Margin()
		if margin != c.Margin {
			t.Errorf("case %d: Margin = %d, want %d", i, margin, c.Margin)
		}
		lock, err := risk.LockAcross(c.Value, margin, c.Price)
		if err != nil || lock != c.Lock {
			t.Errorf("case %d: LockAcross = %v, %v, want %v", i, lock, err, c.Lock)
		}
	}
}
