package risk

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAssetsAndFeedsAreReadAsTheyAreWritten(t *testing.T) {
	want := Collateral{Asset: Asset{0xab, 19: 1}, Haircut: 2_000, Feed: FeedID{0xcd, 31: 2}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"0xab00000000000000000000000000000000000001"`) {
		t.Errorf("Marshal = %s, want the asset in hex", text)
	}
	var got Collateral
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("Unmarshal(%s) = %+v, %v, want %+v", text, got, err, want)
	}
	for _, wrong := range []string{"", "0x", "0xab", "0x" + strings.Repeat("g", 40), "0x" + strings.Repeat("0", 42)} {
		if a, err := ParseAsset(wrong); err == nil {
			t.Errorf("ParseAsset(%q) = %v, want an error", wrong, a)
		}
	}
	if a, err := ParseAsset(want.Asset.String()[2:]); err != nil || a != want.Asset {
		t.Errorf("ParseAsset without 0x = %v, %v, want %v", a, err, want.Asset)
	}
}

func TestLevelsAndStagesAreWrittenAsWords(t *testing.T) {
	text, err := json.Marshal(map[string]any{"level": Amber, "stage": Suspended})
	if want := `{"level":"amber","stage":"suspended"}`; err != nil || string(text) != want {
		t.Errorf("Marshal = %s, %v, want %s", text, err, want)
	}
}
