package circuits

import (
	"bufio"
	"crypto/sha256"
	"io"
	"math/big"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend/cs"
)

// commitmentHint is how a circuit asks for a challenge that depends on a BSB22 commitment. Only gnark's prover has the
// key to commit with, so solving alone answers with a hash of the committed values: to the circuit either is a number
// it could not have known beforehand, and a satisfiable input satisfies it all the same.
var commitmentHint = solver.GetHintID(cs.Bsb22CommitmentComputePlaceholder)

func challengeInstead(order *big.Int, committed, challenge []*big.Int) error {
	h := sha256.New()
	h.Write([]byte("vadium/solve-challenge/v1"))
	var scalar [64]byte
	for _, c := range committed {
		h.Write(c.FillBytes(scalar[:]))
	}
	challenge[0].SetBytes(h.Sum(nil))
	challenge[0].Mod(challenge[0], order)
	return nil
}

// keepsSolverState reports whether a gadget of ccs keeps state between the steps of one solution.
func keepsSolverState(ccs constraint.ConstraintSystem) bool {
	s, err := systemOf(ccs)
	if err != nil {
		return true
	}
	for _, b := range s.Blueprints {
		if _, ok := b.(constraint.BlueprintStateful[constraint.U64]); ok {
			return true
		}
	}
	return false
}

// newBufferedReader keeps gnark's many small reads away from the file.
func newBufferedReader(r io.Reader) io.Reader { return bufio.NewReaderSize(r, 1<<20) }
