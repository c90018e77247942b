package marketplace

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
)

// The digest of the state is that of a tree, so that taking it again costs what has changed since, and not what there is.
//
//	digest         = SHA-256("vadium/state/v2" ‖ SHA-256(RLP(market)) ‖ root of each table in the order of State.tables)
//	root of a set  = 32 zero bytes                                      when it is empty
//	                 SHA-256(0x00 ‖ row hashes in ascending order)      when it has at most 16 rows
//	                 SHA-256(0x01 ‖ root of part 0 ‖ ... ‖ part 15)     otherwise: the parts by the next four bits of path
//	row hash       = SHA-256(RLP([key, row]))
//	references     = not such a set but the digest of a sum: see referenceSet
//	seen commands  = likewise: see seenTable
//	path           = the first eight bytes of SHA-256(RLP(key)), its highest four bits first
//
// It does not depend on the order in which rows came or went. Rows that agree in all 64 bits of their path stay together
// at the end of it, in one node of any size.

const (
	digestDomain = "vadium/state/v2"
	leafRows     = 16
	pathSteps    = 16 // of four bits
)

// digestTree is the tree over one table's rows. The zero value is empty.
type digestTree struct{ root digestNode }

type digestNode struct {
	rows     []hashedRow     // of a node that is not divided
	children *[16]digestNode // of one that is
	count    int
	hash     [32]byte
	fresh    bool // hash is up to date
}

type hashedRow struct {
	path  uint64
	place int // in the table
	hash  [32]byte
}

func step(path uint64, depth int) uint64 { return path >> (60 - 4*depth) & 15 }

// put adds a row, or replaces its hash.
func (t *digestTree) put(r hashedRow) { t.root.put(r, 0) }

func (n *digestNode) put(r hashedRow, depth int) (added bool) {
	n.fresh = false
	if n.children != nil {
		if added = n.children[step(r.path, depth)].put(r, depth+1); added {
			n.count++
		}
		return added
	}
	for i := range n.rows {
		if n.rows[i].place == r.place {
			n.rows[i].hash = r.hash
			return false
		}
	}
	n.rows = append(n.rows, r)
	n.count++
	if n.count > leafRows && depth < pathSteps {
		rows := n.rows
		n.rows, n.children = nil, new([16]digestNode)
		for _, row := range rows {
			n.children[step(row.path, depth)].put(row, depth+1)
		}
	}
	return true
}

// drop takes a row out that is there.
func (t *digestTree) drop(path uint64, place int) { t.root.drop(path, place, 0) }

func (n *digestNode) drop(path uint64, place, depth int) {
	n.fresh = false
	n.count--
	if n.children == nil {
		i := slices.IndexFunc(n.rows, func(r hashedRow) bool { return r.place == place })
		must(i >= 0, "rows that leave the digest were in it")
		n.rows = slices.Delete(n.rows, i, i+1)
		return
	}
	n.children[step(path, depth)].drop(path, place, depth+1)
	if n.count <= leafRows {
		rows := make([]hashedRow, 0, leafRows+1)
		n.gather(&rows)
		n.rows, n.children = rows, nil
	}
}

func (n *digestNode) gather(rows *[]hashedRow) {
	*rows = append(*rows, n.rows...)
	if n.children != nil {
		for i := range n.children {
			n.children[i].gather(rows)
		}
	}
}

// move renames the place of a row that is there.
func (t *digestTree) move(path uint64, from, to int) {
	n := &t.root
	for depth := 0; n.children != nil; depth++ {
		n = &n.children[step(path, depth)]
	}
	for i := range n.rows {
		if n.rows[i].place == from {
			n.rows[i].place = to
			return
		}
	}
}

func (n *digestNode) sum() [32]byte {
	switch {
	case n.count == 0:
		return [32]byte{}
	case n.fresh:
		return n.hash
	}
	n.fresh = true
	var buffer [1 + 32*leafRows]byte
	if n.children == nil {
		slices.SortFunc(n.rows, func(a, b hashedRow) int { return bytes.Compare(a.hash[:], b.hash[:]) })
		content := buffer[:1]
		for i := range n.rows {
			content = append(content, n.rows[i].hash[:]...)
		}
		n.hash = sha256.Sum256(content)
		return n.hash
	}
	content := append(buffer[:0], 1)
	for i := range n.children {
		h := n.children[i].sum()
		content = append(content, h[:]...)
	}
	n.hash = sha256.Sum256(content)
	return n.hash
}

func hashOf(v any) [32]byte {
	encoded, err := rlp.EncodeToBytes(v)
	if err != nil {
		panic(fmt.Sprintf("invariant: the state always encodes: %v", err))
	}
	return sha256.Sum256(encoded)
}

func pathOf(key any) uint64 {
	h := hashOf(key)
	return binary.BigEndian.Uint64(h[:8])
}

// digest brings the tree up to date and returns its root.
func (t *table[K, V]) digest() [32]byte {
	for _, place := range t.dirty {
		i := place - t.first
		m, row := &t.marks[i], t.rows[i]
		m.dirty = false
		switch {
		case row == nil && m.hashed:
			t.tree.drop(m.path, place)
			m.hashed = false
		case row != nil:
			if !m.hashed {
				m.hashed, m.path = true, pathOf(t.keys[i])
			}
			t.tree.put(hashedRow{m.path, place, hashOf(&rowOf[K, *V]{t.keys[i], row})})
		}
	}
	t.dirty = t.dirty[:0]
	t.trim()
	return t.tree.root.sum()
}

// digestAnew returns what digest does, from nothing but the rows.
func (t *table[K, V]) digestAnew() [32]byte {
	var rows []hashedRow
	for key, row := range t.all() {
		rows = append(rows, hashedRow{path: pathOf(key), hash: hashOf(&rowOf[K, *V]{key, row})})
	}
	return rootOf(rows, 0)
}

func rootOf(rows []hashedRow, depth int) [32]byte {
	if len(rows) == 0 {
		return [32]byte{}
	}
	if len(rows) <= leafRows || depth == pathSteps {
		slices.SortFunc(rows, func(a, b hashedRow) int { return bytes.Compare(a.hash[:], b.hash[:]) })
		content := []byte{0}
		for _, r := range rows {
			content = append(content, r.hash[:]...)
		}
		return sha256.Sum256(content)
	}
	var parts [16][]hashedRow
	for _, r := range rows {
		parts[step(r.path, depth)] = append(parts[step(r.path, depth)], r)
	}
	content := []byte{1}
	for _, part := range parts {
		root := rootOf(part, depth+1)
		content = append(content, root[:]...)
	}
	return sha256.Sum256(content)
}

// digested is what the digest needs of a table.
type digested interface {
	digest() [32]byte
	digestAnew() [32]byte
}

// tables lists everything the digest covers besides the market's single values. The order is part of the digest: a new
// table goes to the end.
func (s *State) tables() []digested {
	return []digested{&s.accounts, &s.provers, &s.programs, &s.books, &s.vaults, &s.requests, &s.locks, s.references, s.seen, &s.sessions}
}

func (s *State) digestOf(root func(digested) [32]byte) vadium.Digest {
	market := hashOf(&s.market)
	content := append([]byte(digestDomain), market[:]...)
	for _, t := range s.tables() {
		r := root(t)
		content = append(content, r[:]...)
	}
	return sha256.Sum256(content)
}

// Digest identifies the state: two states with the same digest hold the same. It costs what has changed since it was last
// taken, and may not be called while somebody else reads or takes it.
func (s *State) Digest() vadium.Digest { return s.digestOf(digested.digest) }

// DigestAnew returns what [State.Digest] does, computed from the rows alone: slow, and the definition.
func (s *State) DigestAnew() vadium.Digest { return s.digestOf(digested.digestAnew) }
