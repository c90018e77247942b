package slashing_test

import (
	"fmt"

	"vadium"
	"vadium/vaults/slashing"
)

// A prover with three points of history accepts a request for 500 tokens and never delivers. Nobody reported it: the
// market noticed.
func ExampleAssess() {
	context := slashing.Neutral()
	context.History = 3_000
	penalty, err := slashing.Assess(slashing.Case{
		Offence: slashing.NoShow,
		Context: context,
		Terms:   slashing.Terms{Lock: vadium.Tokens(1_000), DamageCap: vadium.Tokens(400), Fee: vadium.Tokens(500)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("damages", penalty.Damages.Tokens(), "punitive", penalty.Punitive.Tokens())

	// The vault's junior paid all of it.
	shares := slashing.Divide(slashing.Taken{
		Damages: penalty.Damages, PunitiveJunior: penalty.Punitive, Severity: penalty.Severity,
	})
	fmt.Println("requester", shares.Requester.Tokens(), "insurance", shares.Insurance.Tokens(), "burnt", shares.Burn.Tokens())
	// Output:
	// damages 400 punitive 65
	// requester 400 insurance 24.648 burnt 40.352
}
