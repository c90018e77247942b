package marketplace_test

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// crowd returns a market with n provers that ask for the same product.
func crowd(b *testing.B, n int) *marketplacetest.World {
	b.Helper()
	w := marketplacetest.Ready(b, 1)
	w.Unchecked, w.DigestEvery = true, 0
	for i := range n - 1 {
		name := fmt.Sprint("extra", i)
		w.Run("fund "+name+" 100", "vault "+name+" 100", "serve "+name+" membership 10s", fmt.Sprintf("ask %s none %d.%03d", name, 6+i%3, i))
	}
	w.Run("at epoch-end")
	return w
}

// What deciding on one submission costs, clearing included.
func BenchmarkDecideSubmit(b *testing.B) {
	for _, asks := range []int{10, 100, 1_000} {
		b.Run(fmt.Sprintf("asks=%d", asks), func(b *testing.B) {
			w := crowd(b, asks)
			c := w.Command("alice", w.Submission("r"))
			for b.Loop() {
				if _, err := w.State.Decide(w.Now, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Something frees supply while many requests wait that nobody takes: the usual case in a busy market.
func BenchmarkDecideWhileRequestsWait(b *testing.B) {
	w := crowd(b, 1_000)
	for i := range 100 {
		cheap := w.Submission(fmt.Sprint("cheap", i))
		cheap.MaxFee = vadium.Tokens(1)
		w.Run("fund alice 1")
		w.Must(w.Do("alice", cheap))
	}
	c := w.Command("prover1", marketplace.ServeProgram{Program: marketplacetest.Program("membership").ID(), Benchmark: vadium.Second})
	for b.Loop() {
		if _, err := w.State.Decide(w.Now, c); err != nil {
			b.Fatal(err)
		}
	}
}

// What deciding on a fault costs: a proof that does not verify, its context, policy and money included.
func BenchmarkDecideFault(b *testing.B) {
	w := marketplacetest.Ready(b, 1)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run("submit alice r fee=10 cap=4", "accept prover1 r", "deliver prover1 r")
	c := marketplace.Command{Body: marketplace.Conclude{
		Request: w.Request("r").ID, Proof: w.Request("r").Attempts[0].Pending[0].Proof, Verdict: marketplace.VerdictInvalid,
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.State.Decide(w.Now, c); err != nil {
			b.Fatal(err)
		}
	}
}

// What a mark costs: the whole decision of the tick that ends a risk epoch, over so many vaults with delegated stake. Called
// has a tenth of them fall short of a raised minimum at once.
func BenchmarkDecideMark(b *testing.B) {
	const vaults = 10_000
	w := marketplacetest.Ready(b, 0)
	w.Unchecked, w.DigestEvery = true, 0
	w.Run(fmt.Sprintf("fund carol %d", 5*vaults))
	for i := range vaults {
		name := fmt.Sprint("prover", i)
		junior := 100
		if i%10 == 0 {
			junior = 10
		}
		w.Run(fmt.Sprintf("fund %s %d", name, junior), fmt.Sprintf("vault %s %d", name, junior), "delegate carol "+name+" 5")
	}
	w.Run("wait 2m")
	end := (w.Now/vadium.Time(vadium.Hour) + 1) * vadium.Time(vadium.Hour)
	w.Until(end - 1)
	w.Now = end
	for _, called := range []int{0, vaults / 10} {
		b.Run(fmt.Sprintf("vaults=%d/called=%d", vaults, called), func(b *testing.B) {
			w := w.Fork()
			if called > 0 {
				w.Run("params minJunior=11")
			}
			for b.Loop() {
				events, err := w.State.Decide(w.Now, marketplace.Tick([32]byte{}))
				if moved := len(events) - 1; err != nil || moved != called {
					b.Fatalf("%d calls moved, want %d: %v", moved, called, err)
				}
			}
		})
	}
}

// What a tick costs that clears so many waiting requests over the asks of a thousand provers: the whole decision, assignments
// included.
func BenchmarkDecideTick(b *testing.B) {
	for _, requests := range []int{256, marketplace.MaxBatch} {
		b.Run(fmt.Sprintf("requests=%d", requests), func(b *testing.B) {
			w := batchMarket(b, 1_000, requests)
			w.Until(w.State.Request(w.State.PooledRequests()[0]).Tick - 1)
			w.Now++
			b.ReportAllocs()
			for b.Loop() {
				events, err := w.State.Decide(w.Now, marketplace.Tick([32]byte{}))
				if err != nil || len(events) != 1+2*requests {
					b.Fatalf("%d events, %v, want all requests assigned", len(events), err)
				}
			}
		})
	}
}
