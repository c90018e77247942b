package membership

import (
	"github.com/consensys/gnark/frontend"

	"vadium/circuits/binding"
	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// Depth is the depth of the tree of members: a list has at most 2^20 of them.
const Depth = 20

var (
	tagCommitment = poseidon.Tag("membership/commitment")
	tagLeaf       = poseidon.Tag("membership/leaf")
	tagNullifier  = poseidon.Tag("membership/nullifier")
)

// Circuit states: one of the identity commitments in the list under Root is mine, and Nullifier is what my identity
// yields in Scope.
//
// Public inputs: Root, Scope, Nullifier, then request and prover.
//
// Not constrained here: that Root is the root of the list the reader has in mind (recompute it from the list), that
// the commitments in the list belong to different people, that a nullifier has not been seen before (whoever counts
// keeps the nullifiers of a scope), and that the commitment occurs only once in the list.
type Circuit struct {
	Root      frontend.Variable `gnark:",public"`
	Scope     frontend.Variable `gnark:",public"`
	Nullifier frontend.Variable `gnark:",public"`
	Binding   binding.Inputs

	Secret frontend.Variable
	Index  frontend.Variable
	Path   [Depth]frontend.Variable
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	h, err := poseidon.New(api)
	if err != nil {
		return err
	}
	c.Binding.Bind(api, c.Root, c.Scope, c.Nullifier)

	commitment := h.Compress(poseidon.Constant(tagCommitment), c.Secret)
	leaf := h.Compress(poseidon.Constant(tagLeaf), commitment)
	index := api.ToBinary(c.Index, Depth)
	api.AssertIsEqual(c.Root, merkle.ClimbIn(api, h, leaf, index, c.Path[:]))

	scope := h.Compress(poseidon.Constant(tagNullifier), c.Scope)
	api.AssertIsEqual(c.Nullifier, h.Compress(scope, c.Secret))
	return nil
}
