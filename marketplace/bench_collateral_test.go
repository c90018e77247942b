package marketplace_test

import (
	"fmt"
	"testing"

	"vadium/marketplace/marketplacetest"
)

// What deciding on one submission costs when every prover stakes another asset than fees are in.
func BenchmarkDecideSubmitAcrossAssets(b *testing.B) {
	for _, asks := range []int{10, 1_000} {
		b.Run(fmt.Sprintf("asks=%d", asks), func(b *testing.B) {
			w := marketplacetest.Ready(b, 1)
			w.Unchecked, w.DigestEvery = true, 0
			w.Run("collateral gold cap=1000000", "quote own 1", "quote gold 2", "unask prover1 none")
			for i := range asks {
				name := fmt.Sprint("extra", i)
				w.Run("credit "+name+" gold 100", "vault "+name+" 100 asset=gold", "serve "+name+" membership 10s", fmt.Sprintf("ask %s none %d.%03d", name, 6+i%3, i))
			}
			w.Run("at epoch-end", "quote own 1", "quote gold 2")
			c := w.Command("alice", w.Submission("r"))
			if events, err := w.State.Decide(w.Now, c); err != nil || len(events) != 5 {
				b.Fatalf("%d events (%v), want that it is assigned at once", len(events), err)
			}
			for b.Loop() {
				if _, err := w.State.Decide(w.Now, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
