package prover

import (
	"fmt"
	"slices"

	"vadium"
)

// Behaviour is how the agent treats requests it has accepted. All but [Honest] exist to show what the market does about
// them, and lose stake.
type Behaviour string

// Behaviours.
const (
	// Honest delivers as soon as it can.
	Honest Behaviour = "honest"
	// Slow delivers in the first quarter of the grace window: the fee shrinks and damages are due.
	Slow Behaviour = "slow"
	// Corrupt delivers a well-formed proof that does not verify: an invalid proof, each time.
	Corrupt Behaviour = "corrupt"
	// Vanish accepts and is never heard of again: a no-show, and a backup at its expense.
	Vanish Behaviour = "vanish"
)

func (b Behaviour) check() error {
	switch b {
	case "", Honest, Slow, Corrupt, Vanish:
		return nil
	}
	return fmt.Errorf("behaviour %q is unknown (known: %s, %s, %s, %s)", b, Honest, Slow, Corrupt, Vanish)
}

// notBefore is when the behaviour lets a proof leave.
func (b Behaviour) notBefore(deadline, graceEnd vadium.Time) vadium.Time {
	if b != Slow {
		return 0
	}
	return deadline.Add(max(graceEnd.Sub(deadline)/4, vadium.Millisecond))
}

// pointBytes is the length of a compressed point of the curve's first group.
var pointBytes = map[vadium.Curve]int{vadium.BN254: 32, vadium.BLS12381: 48}

// corrupted returns a proof with two of its points exchanged: every byte is still well-formed, and the proof is wrong. A
// Groth16 proof begins with a point of the first group and one of the second, twice as long, and goes on with another
// of the first; a PLONK proof begins with three of the first.
func corrupted(p vadium.Program, proof []byte) []byte {
	n := pointBytes[p.Curve]
	at := n
	if p.System == vadium.Groth16 {
		at = 3 * n
	}
	if n == 0 || len(proof) < at+n {
		return proof
	}
	wrong := slices.Clone(proof)
	copy(wrong[:n], proof[at:at+n])
	copy(wrong[at:at+n], proof[:n])
	return wrong
}
