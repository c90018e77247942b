// Package membership proves that one of the identity commitments in a list is mine, without saying which.
//
// An identity is a secret scalar; its commitment is a hash of it and goes on a public list. A proof names the root of
// the list's hash tree, a scope ("vote 2026-11", "one coupon each") and a nullifier: the same identity yields the same
// nullifier in the same scope and unlinkable ones in different scopes, so doubles are caught and nobody is known.
//
//	id, err := membership.NewIdentity(rand.Reader)
//	statement, input, err := membership.Build(list, id, "vote 2026-11")
package membership

import (
	"fmt"
	"io"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// Statement and input of the program, in scalars: what [Build] returns.
const (
	StatementScalars = 3
	InputScalars     = StatementScalars + 2 + Depth
)

func commitmentOf(secret fr.Element) fr.Element { return poseidon.Compress(tagCommitment, secret) }

func leafOf(commitment fr.Element) fr.Element { return poseidon.Compress(tagLeaf, commitment) }

func nullifierOf(secret, scope fr.Element) fr.Element {
	return poseidon.Compress(poseidon.Compress(tagNullifier, scope), secret)
}

func scopeOf(scope string) fr.Element {
	return poseidon.Digest("vadium/membership/scope/v1", []byte(scope))
}

// ErrNotAMember is returned by [Build] when the identity's commitment is not in the list: no proof exists.
var ErrNotAMember = fmt.Errorf("this identity is not in the list")

// Build reads a list of commitments (see [ReadList]) and returns the statement "a member of this list acts in scope"
// and the input that proves it is the identity's owner. The statement is root, scope and nullifier; the input adds the
// secret, the place in the list and the siblings on the way to the root.
func Build(list io.Reader, identity Identity, scope string) (statement, input []byte, err error) {
	members, err := ReadList(list)
	if err != nil {
		return nil, nil, err
	}
	index, ok := members.index(identity.commitment())
	if !ok {
		return nil, nil, fmt.Errorf("%w: its commitment is %s, the list has %d others (add it to the list, or use the "+
			"identity file that belongs to it)", ErrNotAMember, identity.Commitment(), members.Len())
	}
	tree := members.tree()
	external := scopeOf(scope)
	statement = encode(tree.Root(), external, nullifierOf(identity.secret, external))
	input = append(slices.Clip(statement), encode(identity.secret, fr.NewElement(uint64(index)))...)
	return statement, append(input, encode(tree.Path(index)...)...), nil
}

func (m *List) tree() *merkle.Tree {
	leaves := make([]fr.Element, len(m.commitments))
	for i, c := range m.commitments {
		leaves[i] = leafOf(c)
	}
	return merkle.New(Depth, leaves)
}

// Root returns the root of the list's tree as a canonical scalar: the first public input of a proof about this list.
func (m *List) Root() [fr.Bytes]byte {
	root := m.tree().Root()
	return root.Bytes()
}

func encode(elements ...fr.Element) []byte {
	b := make([]byte, 0, len(elements)*fr.Bytes)
	for _, e := range elements {
		scalar := e.Bytes()
		b = append(b, scalar[:]...)
	}
	return b
}
