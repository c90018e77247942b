package circuittest

import (
	"fmt"

	"github.com/consensys/gnark/constraint"

	"vadium"
)

// Unconstrained names the public and secret inputs of the case's circuit that appear in no constraint with a
// coefficient other than zero. Whoever proves may set such an input to anything.
func (c *Case) Unconstrained() []string {
	publics, secrets := c.CCS.GetNbPublicVariables(), c.CCS.GetNbSecretVariables()
	seen := make([]bool, publics+secrets)
	mark := func(wire uint32, coefficients ...uint32) {
		for _, k := range coefficients {
			if int(wire) < len(seen) && k != constraint.CoeffIdZero {
				seen[wire] = true
			}
		}
	}
	first := 0
	if c.System == vadium.Groth16 {
		first = 1 // wire 0 is the constant one
		for _, row := range c.CCS.(constraint.R1CS[constraint.U64]).GetR1Cs() {
			for _, side := range []constraint.LinearExpression{row.L, row.R, row.O} {
				for _, term := range side {
					mark(term.VID, term.CID)
				}
			}
		}
	} else {
		for _, row := range c.CCS.(constraint.SparseR1CS[constraint.U64]).GetSparseR1Cs() {
			mark(row.XA, row.QL, row.QM)
			mark(row.XB, row.QR, row.QM)
			mark(row.XC, row.QO)
		}
	}
	var names []string
	for wire := first; wire < len(seen); wire++ {
		switch {
		case seen[wire]:
		case wire < publics:
			names = append(names, fmt.Sprintf("public input %d", wire-first))
		default:
			names = append(names, fmt.Sprintf("secret input %d", wire-publics))
		}
	}
	return names
}
