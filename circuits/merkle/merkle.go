// Package merkle is a binary hash tree of fixed depth over BN254's field, natively and inside a circuit.
//
// A node is Compress(left + tag, right). The depth is fixed and a leaf is itself a hash under another tag, so neither
// a node can pass for a leaf nor a leaf for a node. Leaves beyond the last are a constant nobody knows a preimage of,
// which makes a deep tree with few leaves cheap.
package merkle

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"vadium/circuits/poseidon"
)

var (
	tagNode   = poseidon.Tag("merkle/node")
	emptyLeaf = poseidon.Tag("merkle/empty leaf")
)

// EmptyLeaf returns the leaf that stands where there is none.
func EmptyLeaf() fr.Element { return emptyLeaf }

func node(left, right fr.Element) fr.Element {
	left.Add(&left, &tagNode)
	return poseidon.Compress(left, right)
}

// Tree is an immutable tree.
type Tree struct {
	levels [][]fr.Element // levels[0] are the leaves; only nodes with a leaf below them are held
	empty  []fr.Element   // the node at each level with no leaf below it
}

// New returns the tree of the given depth over leaves. It panics when they do not fit: check the count first.
func New(depth int, leaves []fr.Element) *Tree {
	if len(leaves) > 1<<depth {
		panic(fmt.Sprintf("invariant: %d leaves fit a tree of depth %d", len(leaves), depth))
	}
	t := &Tree{levels: [][]fr.Element{leaves}, empty: []fr.Element{emptyLeaf}}
	for level := range depth {
		below := t.levels[level]
		above := make([]fr.Element, (len(below)+1)/2)
		for i := range above {
			above[i] = node(t.at(level, 2*i), t.at(level, 2*i+1))
		}
		t.levels = append(t.levels, above)
		t.empty = append(t.empty, node(t.empty[level], t.empty[level]))
	}
	return t
}

func (t *Tree) at(level, i int) fr.Element {
	if i < len(t.levels[level]) {
		return t.levels[level][i]
	}
	return t.empty[level]
}

// Root returns the root.
func (t *Tree) Root() fr.Element { return t.at(len(t.levels)-1, 0) }

// Path returns the siblings on the way from leaf index to the root, lowest first.
func (t *Tree) Path(index int) []fr.Element {
	path := make([]fr.Element, len(t.levels)-1)
	for level := range path {
		path[level] = t.at(level, index^1)
		index >>= 1
	}
	return path
}

// Climb returns the root that leaf has at index, given its path.
func Climb(leaf fr.Element, index uint64, path []fr.Element) fr.Element {
	for _, sibling := range path {
		if index&1 == 0 {
			leaf = node(leaf, sibling)
		} else {
			leaf = node(sibling, leaf)
		}
		index >>= 1
	}
	return leaf
}

// ClimbIn is [Climb] as constraints; index comes as bits, lowest first, which the caller has constrained to be bits.
func ClimbIn(api frontend.API, h poseidon.Hasher, leaf frontend.Variable, index, path []frontend.Variable) frontend.Variable {
	for i, sibling := range path {
		swap := api.Mul(index[i], api.Sub(sibling, leaf))
		leaf = nodeIn(api, h, api.Add(leaf, swap), api.Sub(sibling, swap))
	}
	return leaf
}

// RootIn returns the root over leaves, whose number must be a power of two, as constraints.
func RootIn(api frontend.API, h poseidon.Hasher, leaves []frontend.Variable) frontend.Variable {
	for len(leaves) > 1 {
		above := make([]frontend.Variable, len(leaves)/2)
		for i := range above {
			above[i] = nodeIn(api, h, leaves[2*i], leaves[2*i+1])
		}
		leaves = above
	}
	return leaves[0]
}

func nodeIn(api frontend.API, h poseidon.Hasher, left, right frontend.Variable) frontend.Variable {
	return h.Compress(api.Add(left, poseidon.Constant(tagNode)), right)
}
