package marketplace_test

import (
	"testing"

	"vadium"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
)

// Walking away when proving becomes dearer is an option, and a longer one is worth more (economics.md §4.2, D9): never delivering
// costs a tenth of the price up to about two days, and from there on what one move of the cost in a hundred exceeds.
func TestNeverDeliveringCostsMoreTheLongerThereIsToDeliver(t *testing.T) {
	for _, c := range []struct {
		name, deadline string
		volatility     vadium.Ppm
		floor          vadium.Bps // 0: a tenth
	}{
		{"an hour", "1h", 6_411, 0},
		{"a day and a half", "38h", 6_411, 0},
		{"three days", "72h", 6_411, 1_343},
		{"a week", "168h", 6_411, 2_034},
		{"a week, of costs that do not move", "168h", 0, 0},
	} {
		w := mt.Ready(t, 1)
		params := mt.ScenarioParams()
		params.CostVolatility = c.volatility
		if _, err := w.Do("operator", marketplace.SetParams{Params: params}); err != nil {
			t.Fatal(err)
		}
		w.Run("ask prover1 high 6 slots=9", "at epoch-end", "submit alice r fee=10 cap=1 in="+c.deadline, "accept prover1 r")
		a := w.Request("r").Attempts[0]
		if a.Floor != c.floor {
			t.Errorf("%s: the floor is %d bps of the price, want %d", c.name, a.Floor, c.floor)
		}
		w.Run("at r.grace-end+1ms")
		a = w.Request("r").Attempts[0]
		punitive := a.Slashed.MustSub(vadium.Tokens(1))
		share := max(c.floor, 1_000)
		least, most := a.Price.BpsUp(share), a.Price.BpsUp(2*share) // the context: at most a little of impact
		if punitive.Less(least) || most.Less(punitive) {
			t.Errorf("%s: never delivering costs %s tokens beside the damages, of a price of %s", c.name, punitive.Tokens(), a.Price.Tokens())
		}
	}
}
