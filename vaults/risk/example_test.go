package risk_test

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/vaults/risk"
)

// A vault of 500 tokens, 420 of them the prover's own, backs a promise of 500 of the numeraire for nine days, 400 of it
// the damage cap. Then its token loses a quarter, and the prover does nothing.
func Example() {
	p := risk.Default()
	gauge, _ := risk.Gauge{}.Publish(0, quoteAt(0, 2_000_000), p)
	exposure, err := risk.NewExposure(500_000_000, 400_000_000, 9*vadium.Day, p)
	if err != nil {
		fmt.Println(err)
		return
	}
	lock, _ := exposure.Lock(gauge.Now)
	fmt.Println("at a price of 2 it locks", lock.Tokens())

	posted := risk.Cover{Stake: vadium.Tokens(500), Junior: vadium.Tokens(420)}
	position, _ := risk.Position{}.With(exposure)
	var call risk.Call
	for _, hours := range []int{1, 25, 49, 50, 98, 200} {
		gauge, _ = gauge.Publish(hour(hours), quoteAt(hours, 1_500_000), p)
		call, _ = position.Mark(call, hour(hours), posted, gauge, p)
		short := posted.Shortfall(call.Glide.At(hour(hours)))
		fmt.Printf("hour %d: %v, %d bps short of what is required\n", hours, call.Stage, short)
	}
	// Output:
	// at a price of 2 it locks 332.86075
	// hour 1: called, 0 bps short of what is required
	// hour 25: called, 1218 bps short of what is required
	// hour 49: called, 2165 bps short of what is required
	// hour 50: reduced, 2159 bps short of what is required
	// hour 98: suspended, 2153 bps short of what is required
	// hour 200: excluded, 2147 bps short of what is required
}

func hour(n int) vadium.Time { return vadium.Time(n) * vadium.Time(vadium.Hour) }

func quoteAt(hours int, price risk.Price) risk.Quote {
	return risk.Quote{Spot: price, Average: price, At: hour(hours), Quorum: true}
}

func publish(t testing.TB, g risk.Gauge, q risk.Quote, p risk.Params) risk.Gauge {
	t.Helper()
	g, err := g.Publish(q.At, q, p)
	if err != nil {
		t.Fatalf("Publish(%+v): %v", q, err)
	}
	return g
}
