package merkle

import (
	"fmt"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits/circuittest"
	"vadium/circuits/poseidon"
)

const depth = 3

func leavesUpTo(n int) []fr.Element {
	leaves := make([]fr.Element, n)
	for i := range leaves {
		leaves[i] = fr.NewElement(uint64(100 + i))
	}
	return leaves
}

func TestEveryLeafClimbsToTheRootAndOnlyFromItsPlace(t *testing.T) {
	for n := range 1<<depth + 1 {
		leaves := leavesUpTo(n)
		tree := New(depth, leaves)
		root := tree.Root()
		for i, leaf := range leaves {
			if got := Climb(leaf, uint64(i), tree.Path(i)); got != root {
				t.Errorf("%d leaves: leaf %d climbs to %v, want %v", n, i, got, root)
			}
			if got := Climb(leaf, uint64(i^1), tree.Path(i)); got == root {
				t.Errorf("%d leaves: leaf %d climbs to the root from its sibling's place", n, i)
			}
		}
	}
}

func TestRootDependsOnEveryLeafAndOnTheirOrder(t *testing.T) {
	seen := map[fr.Element]string{}
	see := func(name string, leaves []fr.Element) {
		tree := New(depth, leaves)
		if other, ok := seen[tree.Root()]; ok {
			t.Errorf("%s and %s have the same root", name, other)
		}
		seen[tree.Root()] = name
	}
	for n := range 1<<depth + 1 {
		see(fmt.Sprintf("%d leaves", n), leavesUpTo(n))
	}
	swapped := leavesUpTo(4)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	see("swapped", swapped)
}

type climb struct {
	Root  frontend.Variable `gnark:",public"`
	All   frontend.Variable `gnark:",public"`
	Leaf  frontend.Variable
	Index frontend.Variable
	Path  [depth]frontend.Variable
	Every [1 << depth]frontend.Variable
}

func (c *climb) Define(api frontend.API) error {
	h, err := poseidon.New(api)
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.Root, ClimbIn(api, h, c.Leaf, api.ToBinary(c.Index, depth), c.Path[:]))
	api.AssertIsEqual(c.All, RootIn(api, h, c.Every[:]))
	return nil
}

func TestCircuitAndNativeTreeAgree(t *testing.T) {
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, &climb{})
	leaves := leavesUpTo(1 << depth)
	tree := New(depth, leaves)
	for i, leaf := range leaves {
		wires := append([]fr.Element{tree.Root(), tree.Root(), leaf, fr.NewElement(uint64(i))}, tree.Path(i)...)
		var scalars []byte
		for _, e := range append(wires, leaves...) {
			b := e.Bytes()
			scalars = append(scalars, b[:]...)
		}
		c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, scalars)
		if accepted := c.AcceptedMutations(t, 0, len(c.Scalars)); accepted != nil {
			t.Errorf("leaf %d: another value of scalars %v is accepted", i, accepted)
		}
	}
}
