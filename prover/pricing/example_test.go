package pricing_test

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/prover/pricing"
)

// A proof takes two processor seconds at a thousandth of a token each. The prover wants a fifth on top, keeps four fifths
// as commission and owns a tenth of the stake, and has failed once in 800 requests: (0.002 + 0.00003) * 1.2 / 0.8118.
func ExampleQuote() {
	cost, _ := vadium.ParseTokens("0.001")
	reserve, _ := vadium.ParseTokens("0.01")
	lock, damageCap := pricing.Typical(auction.StakeStandard, reserve, 4)
	ask, backed := pricing.Quote(pricing.Inputs{
		Measurement: pricing.Measurement{Median: 1_000, Slowest: 1_200, CPU: 2_000},
		Costs:       pricing.Costs{PerCPUSecond: cost, Margin: 2_000, Safety: 15_000},
		Split:       pricing.Split{ProtocolFee: 100, Commission: 8_000, Junior: vadium.Tokens(100), Senior: vadium.Tokens(900)},
		Load:        pricing.Load{Provers: 2, Capacity: 4},
		Stake:       pricing.Stake{Free: vadium.Tokens(1_000), Damages: vadium.Tokens(100), Lock: lock, DamageCap: damageCap},
		History:     pricing.History{Proved: 799, Faults: 1},
		MostSlots:   4,
	})
	fmt.Println(backed, ask.Price.Tokens(), ask.Slots, ask.ETA)
	// Output: true 0.003000739098300077 4 1800
}
