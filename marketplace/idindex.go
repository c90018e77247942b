package marketplace

import (
	"hash/maphash"

	"vadium"
)

// idIndex finds rows by the hash of an id. Every command looks for its id and enters it then, among millions in no order,
// so what it costs is how much memory that touches: here one word, where a Go map of the same touches several.
//
// A word holds the upper half of a hash, and one more than the number of a row. It stands at the place that its hash names,
// or at the first free one after it. The lower half says in which part, so that each can grow by itself and no command
// waits for all of them. Whether the row is the one, only who knows the rows can say.
type idIndex struct {
	seed  maphash.Seed // so that nobody can choose ids that crowd one place; no outcome depends on it
	parts [idParts]idPart
}

type idPart struct {
	words []uint64 // 0: free; as many as a power of two, or none
	n     int
}

const (
	idParts  = 256
	leastIDs = 8 // that a part has room for
)

func newIDIndex() idIndex { return idIndex{seed: maphash.MakeSeed()} }

func (x *idIndex) hash(id *vadium.CommandID) uint64 { return maphash.Bytes(x.seed, id[:]) }

func (x *idIndex) part(hash uint64) *idPart { return &x.parts[hash%idParts] }

func upper(word uint64) uint32 { return uint32(word >> 32) }

// find returns the number of the row with this hash that is the one.
func (x *idIndex) find(hash uint64, is func(number uint32) bool) (number uint32, found bool) {
	p := x.part(hash)
	if p.n == 0 {
		return 0, false
	}
	last := uint32(len(p.words) - 1)
	for i := upper(hash) & last; p.words[i] != 0; i = (i + 1) & last {
		if word := p.words[i]; upper(word) == upper(hash) && is(uint32(word)-1) {
			return uint32(word) - 1, true
		}
	}
	return 0, false
}

// add enters a row.
func (x *idIndex) add(hash uint64, number uint32) {
	p := x.part(hash)
	if 4*p.n >= 3*len(p.words) {
		p.grow()
	}
	p.put(hash&^(1<<32-1) | uint64(number+1))
	p.n++
}

func (p *idPart) put(word uint64) {
	last := uint32(len(p.words) - 1)
	i := upper(word) & last
	for p.words[i] != 0 {
		i = (i + 1) & last
	}
	p.words[i] = word
}

func (p *idPart) grow() {
	before := p.words
	p.words = make([]uint64, max(2*len(before), leastIDs))
	for _, word := range before {
		if word != 0 {
			p.put(word)
		}
	}
}

// drop takes out a row that is there. Words behind it that do not stand where their hash names move up, so that none of
// them is behind a free place when it is looked for.
func (x *idIndex) drop(hash uint64, number uint32) {
	p := x.part(hash)
	last := uint32(len(p.words) - 1)
	free := upper(hash) & last
	for p.words[free] != hash&^(1<<32-1)|uint64(number+1) {
		must(p.words[free] != 0, "ids that leave the index were in it")
		free = (free + 1) & last
	}
	for i := (free + 1) & last; p.words[i] != 0; i = (i + 1) & last {
		if named := upper(p.words[i]) & last; (i-named)&last >= (i-free)&last {
			p.words[free], free = p.words[i], i
		}
	}
	p.words[free] = 0
	p.n--
}

// len returns how many rows there are.
func (x *idIndex) len() (n int) {
	for i := range x.parts {
		n += x.parts[i].n
	}
	return n
}
