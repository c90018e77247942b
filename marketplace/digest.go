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
//	                 (of those after the tenth, again of those after the fourteenth, and of those after the sixteenth, only
//	                 if not all of them are empty)
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
type digestTree struct {
	root digestNode
	// stale is about how many undivided nodes have to be hashed again; those that came about by dividing are not counted.
	stale int
	begin int // part of the root where freshen looks first, so that none is left to the end each time
}

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
func (t *digestTree) put(r hashedRow) { t.root.put(t, r, 0) }

func (n *digestNode) put(t *digestTree, r hashedRow, depth int) (added bool) {
	if n.children != nil {
		n.fresh = false
		if added = n.children[step(r.path, depth)].put(t, r, depth+1); added {
			n.count++
		}
		return added
	}
	n.spoil(t)
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
			n.children[step(row.path, depth)].put(t, row, depth+1)
		}
	}
	return true
}

// spoil notes that an undivided node has to be hashed again.
func (n *digestNode) spoil(t *digestTree) {
	if n.fresh {
		n.fresh = false
		t.stale++
	}
}

// drop takes a row out that is there.
func (t *digestTree) drop(path uint64, place int) { t.root.drop(t, path, place, 0) }

func (n *digestNode) drop(t *digestTree, path uint64, place, depth int) {
	n.count--
	if n.children == nil {
		n.spoil(t)
		i := slices.IndexFunc(n.rows, func(r hashedRow) bool { return r.place == place })
		must(i >= 0, "rows that leave the digest were in it")
		n.rows = slices.Delete(n.rows, i, i+1)
		return
	}
	n.fresh = false
	n.children[step(path, depth)].drop(t, path, place, depth+1)
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

// freshen hashes up to so many undivided nodes again, and divided ones that have become complete by it.
func (t *digestTree) freshen(nodes int) {
	left := nodes
	if t.root.children == nil {
		t.root.freshen(&left)
	} else {
		for i := 0; i < len(t.root.children) && left > 0; i++ {
			t.root.children[t.begin].freshen(&left)
			if left > 0 {
				t.begin = (t.begin + 1) % len(t.root.children)
			}
		}
	}
	t.stale = max(t.stale-(nodes-left), 0)
}

func (n *digestNode) freshen(left *int) (complete bool) {
	switch {
	case n.fresh || n.count == 0:
		return true
	case *left == 0:
		return false
	case n.children == nil:
		*left--
	default:
		for i := range n.children {
			if !n.children[i].freshen(left) {
				return false
			}
		}
	}
	n.sum()
	return true
}

// hash returns the root's hash.
func (t *digestTree) hash() [32]byte {
	t.stale = 0
	return t.root.sum()
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
	t.rehash(len(t.dirty))
	t.trim()
	return t.tree.hash()
}

// prepare does a share of what digest would have to do: twice what it would take in each of so many calls, so that in the
// end there is little more to do than the last call's own, however much comes in between.
func (t *table[K, V]) prepare(calls int) {
	t.rehash(min(len(t.dirty), 2*len(t.dirty)/calls)) // down: a row that changes all the time, and is large, waits for the end
	t.tree.freshen(min(t.tree.stale, (2*t.tree.stale+calls-1)/calls))
}

// rehash enters the next changed rows into the tree, the first to have changed first.
func (t *table[K, V]) rehash(rows int) {
	for _, place := range t.dirty[:rows] {
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
	if t.dirty = t.dirty[rows:]; len(t.dirty) == 0 {
		t.dirty = nil // what was in front is not given back otherwise
	}
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
	prepare(calls int)
	digest() [32]byte
	digestAnew() [32]byte
}

// tables lists everything the digest covers besides the market's single values. The order is part of the digest: a new
// table goes to the end.
func (s *State) tables() []digested {
	all := []digested{&s.accounts, &s.provers, &s.programs, &s.books, &s.vaults, &s.requests, &s.locks, s.references, s.seen, &s.sessions}
	all = append(all, &s.backings, &s.feeds, &s.cases, &s.evidence)
	all = append(all, &s.reporters, &s.proven)
	return append(all, &s.bids, &s.scores, &s.cleared)
}

// tablesEver is how many of the first tables count even while they are empty. Those that came later count only together
// with those that came when they did: not at all while all of these are empty, so that a state of before they came has the
// digest that it had then. tablesAt says where each such group begins.
const tablesEver = 10

var tablesAt = [...]int{tablesEver, 14, 16}

func (s *State) digestOf(root func(digested) [32]byte) vadium.Digest {
	market := hashOf(&s.market)
	content := append([]byte(digestDomain), market[:]...)
	tables := s.tables()
	for _, t := range tables[:tablesEver] {
		r := root(t)
		content = append(content, r[:]...)
	}
	for i, from := range tablesAt {
		to := len(tables)
		if i+1 < len(tablesAt) {
			to = tablesAt[i+1]
		}
		before, filled := len(content), false
		for _, t := range tables[from:to] {
			r := root(t)
			content, filled = append(content, r[:]...), filled || r != [32]byte{}
		}
		if !filled {
			content = content[:before]
		}
	}
	return sha256.Sum256(content)
}

// Digest identifies the state: two states with the same digest hold the same. It costs what has changed since it was last
// taken, and may not be called while somebody else reads the state or takes it.
func (s *State) Digest() vadium.Digest { return s.digestOf(digested.digest) }

// PrepareDigest does a share of the work of a [State.Digest] that is going to be taken after so many calls of this, this
// one included: so that nobody has to wait for all of it at once. The digest does not depend on it.
func (s *State) PrepareDigest(calls int) {
	for _, t := range s.tables() {
		t.prepare(max(calls, 1))
	}
}

// DigestAnew returns what [State.Digest] does, computed from the rows alone: slow, and the definition.
func (s *State) DigestAnew() vadium.Digest { return s.digestOf(digested.digestAnew) }
