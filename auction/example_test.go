package auction_test

import (
	"fmt"

	"vadium"
	"vadium/auction"
)

// Three provers ask. Ada asks least but delivers late too often, so her asks count 1.2 times; Ben wins and is paid what
// he could have asked at most.
func ExampleClear() {
	provers := map[vadium.Account]string{{1}: "Ada", {2}: "Ben", {3}: "Cho"}
	seed := [32]byte{42} // committed before the ask epoch
	rank := func(p vadium.Account) [32]byte { return auction.Rank(seed, 1_234, p) }

	clearing, cleared := auction.Clear(vadium.NewAmount(100), []auction.Candidate{
		{Prover: vadium.Account{1}, Price: vadium.NewAmount(40), Multiplier: 12_000, Rank: rank(vadium.Account{1})},
		{Prover: vadium.Account{2}, Price: vadium.NewAmount(42), Multiplier: 10_000, Rank: rank(vadium.Account{2})},
		{Prover: vadium.Account{3}, Price: vadium.NewAmount(71), Multiplier: 10_000, Rank: rank(vadium.Account{3})},
	}, 2)
	fmt.Println(cleared, provers[clearing.Winner.Prover], "is paid", clearing.Winner.Payment)
	for _, backup := range clearing.Backups {
		fmt.Println(provers[backup.Prover], "would be paid", backup.Payment)
	}
	// Output:
	// true Ben is paid 47
	// Ada would be paid 59
	// Cho would be paid 100
}

func ExampleIndex_Reserve() {
	var index auction.Index
	for i, price := range []uint64{50, 52, 49, 51, 90} {
		index = index.Add(auction.Sample{Price: vadium.NewAmount(price), Winner: vadium.VaultID(i + 1), At: vadium.Time(i)})
	}
	params := auction.IndexParams{MaxAge: vadium.Day, Slack: 12_000}
	fmt.Println(index.Reserve(vadium.NewAmount(500), 5, params))
	fmt.Println(index.Reserve(vadium.NewAmount(60), 5, params))
	// Output:
	// 108
	// 60
}
