//go:build prover_checks

package sha256preimage

import (
	"testing"

	"vadium/circuits/circuittest"
)

// Real keys for 55,000 constraints take a while: with the tag only.
func TestProofHoldsForItsStatementRequestAndProverOnly(t *testing.T) {
	c := caseOf(t, []byte("the quick brown fox jumps over the lazy dog, and then it jumps once more"))
	circuittest.CheckReplay(t, c, circuittest.Setup(t, c.CCS))
}
