package risk_test

import (
	"errors"
	"math"
	"testing"

	"vadium/vaults/risk"
)

func TestAMarginThatDoesNotFitIsTheLargestThereIs(t *testing.T) {
	for _, r := range []risk.PriceRisk{
		{Sigma: math.MaxUint32, Horizon: math.MaxUint64, ZMilli: 3_000},
		{Sigma: 1, Horizon: math.MaxUint64, Latency: 1, ZMilli: 3_000},
		{Sigma: 1_000_000, Horizon: 1_000_000, ZMilli: math.MaxUint64},
		{Sigma: 1_000_000, Horizon: 1_000_000, ZMilli: 1_000_000_000},
	} {
		if got := r.Margin(); got != math.MaxUint32 {
			t.Errorf("%+v has margin %d, want the largest", r, got)
		}
	}
	if got := (risk.PriceRisk{}).Margin(); got != 0 {
		t.Errorf("no risk has margin %d, want 0", got)
	}
}

func TestALockAcrossAssetsNeedsAPrice(t *testing.T) {
	if _, err := risk.LockAcross(1, 0, 0); !errors.Is(err, risk.ErrNoPrice) {
		t.Errorf("LockAcross without a price: %v, want %v", err, risk.ErrNoPrice)
	}
	if _, err := risk.LockAcross(math.MaxUint64, math.MaxUint32, 1); err != nil {
		t.Errorf("the largest lock: %v", err)
	}
}
