package marketplacetest

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// Ready returns the market of the word "ready" in scenarios: alice has 100 tokens and so has every prover in its
// vault; prover1, prover2, ... serve the program "membership", which takes them 10 s, and ask 6, 7, ... tokens with one
// slot. The asks have been public for an epoch.
func Ready(t testing.TB, provers int) *World {
	t.Helper()
	s := &scenario{World: NewWorld(t)}
	if err := s.execute(fmt.Sprintf("ready provers=%d", provers)); err != nil {
		t.Fatal(err)
	}
	return s.World
}

// Run carries out lines of the scenario language, none of which may be refused.
func (w *World) Run(lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		if err := w.Try(line); err != nil {
			w.t.Fatalf("%s: refused: %s", line, w.Say(err))
		}
	}
}

// Try carries out one line of the scenario language and returns the market's refusal, if it refuses.
func (w *World) Try(line string) error {
	w.t.Helper()
	s := &scenario{World: w}
	if err := s.execute(line); err != nil {
		w.t.Fatalf("%s: %v", line, err)
	}
	return s.refusal
}

// Request returns the request called name: the first of that name, or "alice:name".
func (w *World) Request(name string) *marketplace.Request {
	w.t.Helper()
	r, known := w.request(name)
	if !known {
		w.t.Fatalf("there is no request %q", name)
	}
	return r
}

// Submission returns a request for "membership" that nothing is wrong with: 10 tokens, ten minutes, no damage cap.
func (w *World) Submission(name string) marketplace.SubmitRequest {
	return marketplace.SubmitRequest{
		ClientID: Salt(name), Program: Program("membership").ID(), Statement: make([]byte, 32), Input: vadium.DigestOf([]byte(name)),
		MaxFee: vadium.Tokens(10), Deadline: w.Now.Add(10 * vadium.Minute), Tier: auction.Immediate, Redundancy: 1, InputHeld: true,
	}
}
