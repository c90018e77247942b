package risk_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

var registry = risk.Registry{
	{Asset: risk.Asset{1}, Haircut: 5_000, Cap: vadium.Tokens(1_000), Feed: risk.FeedID{1}},
	{Asset: risk.Asset{2}, Haircut: 2_000, Cap: vadium.Tokens(50), Feed: risk.FeedID{2}},
}

func TestTheRegistryIsSortedAndItsFeedsAreApart(t *testing.T) {
	if err := registry.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(r risk.Registry){
		"out of order":         func(r risk.Registry) { r[0].Asset, r[1].Asset = r[1].Asset, r[0].Asset },
		"twice":                func(r risk.Registry) { r[1].Asset = r[0].Asset },
		"a shared feed":        func(r risk.Registry) { r[1].Feed = r[0].Feed },
		"no haircut":           func(r risk.Registry) { r[1].Haircut = risk.LeastHaircut - 1 },
		"nothing but haircut":  func(r risk.Registry) { r[1].Haircut = 10_000 },
		"more than everything": func(r risk.Registry) { r[1].Haircut = 10_001 },
	} {
		spoilt := append(risk.Registry{}, registry...)
		if spoil(spoilt); !errors.Is(spoilt.Check(), risk.ErrRegistry) {
			t.Errorf("%s: %v, want %v", name, spoilt.Check(), risk.ErrRegistry)
		}
	}
	for name, spoilt := range map[string]risk.Registry{
		"the market's own asset": {{Haircut: 5_000, Cap: vadium.Tokens(1), Feed: risk.FeedID{1}}},
		"65 assets":              many(risk.MostCollateral + 1),
	} {
		if err := spoilt.Check(); !errors.Is(err, risk.ErrRegistry) {
			t.Errorf("%s: %v, want %v", name, err, risk.ErrRegistry)
		}
	}
	if err := many(risk.MostCollateral).Check(); err != nil {
		t.Errorf("as many assets as are allowed: %v", err)
	}
	edges := append(risk.Registry{}, registry...)
	edges[0].Haircut, edges[1].Haircut = risk.LeastHaircut, 9_999
	if err := edges.Check(); err != nil {
		t.Errorf("haircuts at both ends: %v", err)
	}
}

func many(n int) (r risk.Registry) {
	for i := range n {
		r = append(r, risk.Collateral{Asset: risk.Asset{byte(i + 1)}, Haircut: 5_000, Cap: vadium.Tokens(1), Feed: risk.FeedID{byte(i)}})
	}
	return r
}

func TestAnAssetIsFoundOrRefused(t *testing.T) {
	if got, err := registry.Find(risk.Asset{2}); err != nil || got.Haircut != 2_000 {
		t.Errorf("Find = %+v, %v", got, err)
	}
	if _, err := registry.Find(risk.Asset{3}); !errors.Is(err, risk.ErrCollateralUnknown) {
		t.Errorf("Find = %v, want %v", err, risk.ErrCollateralUnknown)
	}
}

func TestTheCapIsForAllVaultsTogether(t *testing.T) {
	c, held := registry[1], vadium.Tokens(40)
	if err := c.CheckDeposit(held, vadium.Tokens(10)); err != nil {
		t.Errorf("up to the cap: %v", err)
	}
	if err := c.CheckDeposit(held, vadium.Tokens(10).MustAdd(vadium.NewAmount(1))); !errors.Is(err, risk.ErrCollateralFull) {
		t.Errorf("a unit more: %v, want %v", err, risk.ErrCollateralFull)
	}
}

// D17, D10: half of it at most, no more than its market takes, no more than its cap.
func TestStakeSecuresWhatItWouldFetch(t *testing.T) {
	const price, deep = 2_000_000, 1 << 60
	for _, c := range []struct {
		name  string
		held  vadium.Amount
		depth risk.Value
		want  risk.Value
	}{
		{"half of 200", vadium.Tokens(100), deep, 100_000_000},
		{"as much as the market takes", vadium.Tokens(100), 99_999_999, 99_999_999},
		{"no more than the cap", vadium.Tokens(1_001), deep, 1_000_000_000},
		{"nothing", vadium.Amount{}, deep, 0},
		{"rounded down", vadium.NewAmount(1_500_000_000_000), deep, 1}, // worth 3, half is 1.5
	} {
		if got, ok := registry[0].Secures(c.held, price, c.depth); !ok || got != c.want {
			t.Errorf("%s: %d, %v, want %d", c.name, got, ok, c.want)
		}
	}
	unlimited := risk.Collateral{Cap: vadium.Tokens(1 << 63)}
	if _, ok := unlimited.Secures(vadium.Tokens(1<<63), 1<<63, deep); ok {
		t.Error("a value that does not fit goes unnoticed")
	}
}
