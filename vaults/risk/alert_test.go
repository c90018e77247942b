package risk_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

func TestAlertsEnlargeLocks(t *testing.T) {
	for alert, want := range map[risk.Alert]uint64{0: 1_001, 1: 1_102, 2: 1_252, 3: 1_502} {
		if got := alert.Enlarge(vadium.NewAmount(1_001)); got != vadium.NewAmount(want) || alert.Check() != nil {
			t.Errorf("alert %d makes %v of a lock of 1,001, want %d", alert, got, want)
		}
	}
	if err := (risk.MostAlert + 1).Check(); !errors.Is(err, risk.ErrAlert) {
		t.Errorf("Check(4) = %v, want %v", err, risk.ErrAlert)
	}
}
