package circuittest

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"vadium"
)

func init() { solver.RegisterHint(splitHint) }

// loose splits Y into two summands with a hint and never says which: any split will do.
type loose struct {
	Y     frontend.Variable `gnark:",public"`
	X     frontend.Variable
	Tight bool `gnark:"-"`
}

func (c *loose) Define(api frontend.API) error {
	parts, err := api.Compiler().NewHint(splitHint, 2, c.Y)
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.Y, api.Add(api.Mul(parts[0], 1), parts[1]))
	api.AssertIsEqual(api.Mul(c.X, c.X), c.Y)
	if c.Tight {
		api.AssertIsEqual(api.Mul(parts[0], parts[0]), 4)
	}
	return nil
}

func splitHint(_ *big.Int, in, out []*big.Int) error {
	out[0].SetUint64(2)
	out[1].Sub(in[0], out[0])
	return nil
}

func scalars(values ...byte) []byte {
	b := make([]byte, 32*len(values))
	for i, v := range values {
		b[32*i+31] = v
	}
	return b
}

// The kit must see what it is there for, or circuits that pass it mean nothing.
func TestKitSeesAnUnderconstrainedHint(t *testing.T) {
	broken := New(vadium.Groth16, vadium.BN254, Compile(t, vadium.Groth16, vadium.BN254, &loose{}), scalars(9, 3))
	if got := broken.FreeWires(t); len(got) != 1 || got[0] != 2 {
		t.Errorf("FreeWires of a loose split = %v, want one set of two wires", got)
	}
	tight := New(vadium.Groth16, vadium.BN254, Compile(t, vadium.Groth16, vadium.BN254, &loose{Tight: true}), scalars(9, 3))
	if got := tight.FreeWires(t); got != nil {
		t.Errorf("FreeWires of a determined split = %v, want none", got)
	}
}

func TestKitSeesAScalarThatMayChange(t *testing.T) {
	c := New(vadium.Groth16, vadium.BN254, Compile(t, vadium.Groth16, vadium.BN254, &sloppy{}), scalars(9, 3, 5))
	if got := c.AcceptedMutations(t, 0, 3); len(got) != 1 || got[0] != 2 {
		t.Errorf("AcceptedMutations = %v, want scalar 2", got)
	}
}

// sloppy constrains Unused, but to nothing in particular.
type sloppy struct {
	Y      frontend.Variable `gnark:",public"`
	X      frontend.Variable
	Unused frontend.Variable
}

func (c *sloppy) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Mul(c.X, c.X))
	api.Mul(c.Unused, c.Unused)
	return nil
}
