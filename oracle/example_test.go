package oracle_test

import (
	"fmt"

	"vadium"
	"vadium/oracle"
)

// Five of seven seats have signed, one of them far off. The median is what the honest say, and the liar is flagged.
func Example() {
	feed := feedOf(7)
	var signed []oracle.Signed
	for slot, dollars := range []uint64{3001, 3000, 2999, 4500, 3000} {
		signed = append(signed, oracle.Signed{Key: feed.Seats[slot].Key, Observation: oracle.Observation{
			Round: 1, Value: vadium.NewAmount(dollars * 1_00000000), At: 1_700_000_000_000,
		}})
	}
	report := feed.Summarise(signed)
	price, _ := feed.Price(report.Median)
	fmt.Printf("%s is %d.%06d, present %07b, flagged %07b\n", oracle.NameOf(feed.ID), price/1e6, price%1e6, report.Present, report.Flags)

	everybody := oracle.Present(0b1111111)
	err := feed.Accept(report.Scope, everybody, oracle.Round{}, 1_700_000_005_000, report)
	fmt.Println("five seconds later:", err)
	err = feed.Accept(report.Scope, everybody, oracle.Round{}, 1_700_000_020_000, report)
	fmt.Println("fifteen more:", err)
	// Output:
	// ETH/USD is 3000.000000, present 0011111, flagged 0001000
	// five seconds later: <nil>
	// fifteen more: the oldest observation is 20000 ms old, the window is 10000: round-stale
}
