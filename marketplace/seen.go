package marketplace

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/holiman/uint256"

	"vadium"
)

// seenTable is the commands whose ids are remembered. Ids of commands that have expired are dropped: sent again, the
// command would be refused as expired.
//
// Every command adds a row and time takes it away again, so this is no [table] but the rows themselves, by the second in
// which they expire, without a pointer for the garbage collector to follow; and hashing each into the tree of the digest
// would cost more than the command: what is digested is a sum over the rows, which anyone can add up. It finds every
// mistake; it does not withstand somebody who can choose the ids of many commands.
//
// An overlay shares its state's: nothing in the rest of a command asks whether the command has been seen.
type seenTable struct {
	seconds []expiring // in order
	latest  int        // where the last row went: the next one often goes there too
	// Rows have numbers: that of their chunk times seenChunk, plus their place in it.
	chunks [][]seenCommand
	free   []uint32 // numbers of chunks that are not in use
	index  idIndex
	n      int
	sum    uint256.Int
}

// expiring is the chunks of commands that expire in the same second; all but the last are full.
type expiring struct {
	second int64
	chunks []uint32
}

const seenChunk = 128

func newSeenTable() *seenTable {
	return &seenTable{index: newIDIndex()}
}

// expiringSecond is the first full second in which a command valid until then is not valid any more.
func expiringSecond(validUntil vadium.Time) int64 { return int64(validUntil)/int64(vadium.Second) + 1 }

func (t *seenTable) row(number uint32) *seenCommand {
	return &t.chunks[number/seenChunk][number%seenChunk]
}

// find returns the number of an id's row.
func (t *seenTable) find(id *vadium.CommandID, hash uint64) (number uint32, found bool) {
	return t.index.find(hash, func(number uint32) bool { return t.row(number).ID == *id })
}

// get returns the row for reading only, until the next change; or nil.
func (t *seenTable) get(id vadium.CommandID) *seenCommand {
	if number, found := t.find(&id, t.index.hash(&id)); found {
		return t.row(number)
	}
	return nil
}

// put adds a row, in place of another with its id if there is one.
func (t *seenTable) put(c *seenCommand) {
	hash := t.index.hash(&c.ID)
	if number, found := t.find(&c.ID, hash); found { // an expired command's; a real id covers the expiry, so this takes a forged one
		t.remove(number)
	}
	x := t.second(expiringSecond(c.ValidUntil))
	if n := len(x.chunks); n == 0 || len(t.chunks[x.chunks[n-1]]) == seenChunk {
		x.chunks = append(x.chunks, t.room(n > 0))
	}
	chunk := x.chunks[len(x.chunks)-1]
	t.index.add(hash, chunk*seenChunk+uint32(len(t.chunks[chunk])))
	t.chunks[chunk] = append(t.chunks[chunk], *c)
	t.n++
	term := c.term()
	t.sum.Add(&t.sum, &term)
}

// second returns the place of those that expire in a second.
func (t *seenTable) second(second int64) *expiring {
	if t.latest < len(t.seconds) && t.seconds[t.latest].second == second {
		return &t.seconds[t.latest]
	}
	i, found := slices.BinarySearchFunc(t.seconds, second, func(e expiring, second int64) int { return cmp.Compare(e.second, second) })
	if !found {
		t.seconds = slices.Insert(t.seconds, i, expiring{second: second})
	}
	t.latest = i
	return &t.seconds[i]
}

// room returns the number of an empty chunk. In a second that has filled one already it gets all its memory at once.
func (t *seenTable) room(busy bool) (chunk uint32) {
	if last := len(t.free) - 1; last >= 0 {
		chunk = t.free[last]
		t.free = t.free[:last]
	} else {
		t.chunks = append(t.chunks, nil)
		chunk = uint32(len(t.chunks) - 1)
	}
	if busy {
		t.chunks[chunk] = make([]seenCommand, 0, seenChunk)
	}
	return chunk
}

// remove takes out a row wherever it stands: the last of its second takes its place.
func (t *seenTable) remove(number uint32) {
	x := t.second(expiringSecond(t.row(number).ValidUntil))
	chunk := x.chunks[len(x.chunks)-1]
	last := chunk*seenChunk + uint32(len(t.chunks[chunk])-1)
	if number != last {
		gone, moved := *t.row(number), *t.row(last)
		ofGone, ofMoved := t.index.hash(&gone.ID), t.index.hash(&moved.ID)
		t.index.drop(ofGone, number)
		t.index.drop(ofMoved, last)
		// A snapshot that is being written reads the chunks as they were.
		t.chunks[number/seenChunk] = slices.Clone(t.chunks[number/seenChunk])
		t.chunks[chunk] = slices.Clone(t.chunks[chunk])
		*t.row(number), *t.row(last) = moved, gone
		t.index.add(ofMoved, number)
		t.index.add(ofGone, last)
	}
	t.pop(x)
}

// pop takes out the last row of a second.
func (t *seenTable) pop(x *expiring) {
	chunk := x.chunks[len(x.chunks)-1]
	rows := t.chunks[chunk]
	last := &rows[len(rows)-1]
	t.index.drop(t.index.hash(&last.ID), chunk*seenChunk+uint32(len(rows)-1))
	t.n--
	term := last.term()
	t.sum.Sub(&t.sum, &term)
	// Clipped, so that what is put here later does not overwrite what a snapshot reads.
	if t.chunks[chunk] = slices.Clip(rows[:len(rows)-1]); len(rows) == 1 {
		t.chunks[chunk] = nil
		t.free = append(t.free, chunk)
		x.chunks = x.chunks[:len(x.chunks)-1]
	}
}

// forgetAtOnce bounds how many ids one command makes the market forget: more than one, so that they go faster than they
// come, and few, so that no command waits while a busy second's ids go.
const forgetAtOnce = 4

// forget drops some ids of commands that have expired.
func (t *seenTable) forget(at vadium.Time) {
	for range forgetAtOnce {
		for len(t.seconds) > 0 && len(t.seconds[0].chunks) == 0 {
			t.seconds = t.seconds[1:]
			t.latest = max(t.latest-1, 0)
		}
		if len(t.seconds) == 0 || t.seconds[0].second > int64(at)/int64(vadium.Second) {
			return
		}
		t.pop(&t.seconds[0])
	}
}

// capture takes hold of the rows as they are now and returns a function that lists them, by second.
func (t *seenTable) capture() func() []seenCommand {
	held := make([][]seenCommand, 0, len(t.chunks))
	for _, x := range t.seconds {
		for _, chunk := range x.chunks {
			held = append(held, t.chunks[chunk])
		}
	}
	return func() []seenCommand { return slices.Concat(held...) }
}

// term returns what a row adds to the sum: its id as a number, XORed with the four numbers that go with it.
func (c *seenCommand) term() uint256.Int {
	word := func(i int) uint64 { return binary.BigEndian.Uint64(c.ID[8*i:]) }
	return uint256.Int{word(3) ^ uint64(c.At), word(2) ^ uint64(c.Events), word(1) ^ c.First, word(0) ^ uint64(c.ValidUntil)}
}

// prepare has nothing to do: the sum is always up to date.
func (t *seenTable) prepare(int) {}

// digest returns SHA-256(number of rows as eight bytes ‖ the sum of their terms modulo 2^256).
func (t *seenTable) digest() [32]byte { return digestOfSum(t.n, &t.sum) }

func (t *seenTable) digestAnew() [32]byte {
	var sum uint256.Int
	rows := t.capture()()
	for i := range rows {
		term := rows[i].term()
		sum.Add(&sum, &term)
	}
	return digestOfSum(len(rows), &sum)
}

func digestOfSum(n int, sum *uint256.Int) [32]byte {
	content := binary.BigEndian.AppendUint64(make([]byte, 0, 40), uint64(n))
	terms := sum.Bytes32()
	return sha256.Sum256(append(content, terms[:]...))
}
