package rpc_test

import (
	"encoding/json"
	"testing"

	"vadium"
	"vadium/marketplace/marketplacetest"
	"vadium/marketplace/rpc"
)

// A quote counted the asks that had not lapsed, sealed ones too, so that who asked again and again read until when they stand.
func TestAQuoteTellsNothingThatASealedAskSays(t *testing.T) {
	var first string
	for _, ask := range []string{"6 for=1s", "6 for=30d", "12 for=1s slots=9 eta=1m"} {
		w := marketplacetest.Ready(t, 2)
		w.Run("ask prover1 none "+ask, "skip 2s")
		var program vadium.ProgramID
		for id := range w.State.Listings() {
			program = id
		}
		q := rpc.QuoteOn(w.State, program, vadium.Tokens(10), w.Now)
		said, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(said)
		}
		if string(said) != first || q.Asks != 2 {
			t.Errorf("with an ask of %s the quote is\n\t%s\nof %d asks, want 2 and\n\t%s", ask, said, q.Asks, first)
		}
	}
}
