package marketplace

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/holiman/uint256"

	"vadium"
)

// expiry lists the ids of commands by the second in which they expire; derived. Ids of commands that have expired are
// dropped: sent again, the command would be refused as expired.
type expiry struct {
	seconds []expiring // in order
}

type expiring struct {
	second int64
	ids    []vadium.CommandID
}

// expiringSecond is the first full second in which a command valid until then is not valid any more.
func expiringSecond(validUntil vadium.Time) int64 { return int64(validUntil)/int64(vadium.Second) + 1 }

func (x *expiry) note(id vadium.CommandID, validUntil vadium.Time) {
	second := expiringSecond(validUntil)
	i, found := slices.BinarySearchFunc(x.seconds, second, func(e expiring, second int64) int { return cmp.Compare(e.second, second) })
	if !found {
		x.seconds = slices.Insert(x.seconds, i, expiring{second: second})
	}
	x.seconds[i].ids = append(x.seconds[i].ids, id)
}

// forgetAtOnce bounds how many ids one command makes the market forget: more than one, so that they go faster than they
// come, and few, so that no command waits while a busy second's ids go.
const forgetAtOnce = 4

// forget drops some ids of commands that have expired.
func (s *State) forget(at vadium.Time) {
	x := &s.expiry
	for range forgetAtOnce {
		if len(x.seconds) == 0 || x.seconds[0].second > int64(at)/int64(vadium.Second) {
			return
		}
		oldest := &x.seconds[0]
		last := len(oldest.ids) - 1
		s.seen.remove(oldest.ids[last])
		if oldest.ids = oldest.ids[:last]; last == 0 {
			x.seconds = x.seconds[1:]
		}
	}
}

// seenTable is the commands whose ids are remembered. Every command adds a row and time takes it away again, so hashing
// each into the tree of the digest would cost more than the command: what is digested is a sum over the rows, which
// anyone can add up. It finds every mistake; it does not withstand somebody who can choose the ids of many commands.
type seenTable struct {
	table[vadium.CommandID, seenCommand]
	sum uint256.Int
}

func newSeenTable() seenTable {
	t := seenTable{table: newTable[vadium.CommandID](cloneFlat[seenCommand])}
	t.untracked = true
	return t
}

// term returns what a row adds to the sum: its id as a number, XORed with the four numbers that go with it.
func (c *seenCommand) term() *uint256.Int {
	var with [32]byte
	binary.BigEndian.PutUint64(with[0:], uint64(c.ValidUntil))
	binary.BigEndian.PutUint64(with[8:], c.First)
	binary.BigEndian.PutUint64(with[16:], uint64(c.Events))
	binary.BigEndian.PutUint64(with[24:], uint64(c.At))
	for i := range with {
		with[i] ^= c.ID[i]
	}
	return new(uint256.Int).SetBytes32(with[:])
}

func (t *seenTable) insert(id vadium.CommandID, c *seenCommand) {
	t.table.insert(id, c)
	t.sum.Add(&t.sum, c.term())
}

func (t *seenTable) remove(id vadium.CommandID) {
	t.sum.Sub(&t.sum, t.get(id).term())
	t.table.remove(id)
}

// digest returns SHA-256(number of rows as eight bytes ‖ the sum of their terms modulo 2^256).
func (t *seenTable) digest() [32]byte {
	t.trim()
	return t.digestOf(&t.sum)
}

func (t *seenTable) digestAnew() [32]byte {
	var sum uint256.Int
	for _, c := range t.all() {
		sum.Add(&sum, c.term())
	}
	return t.digestOf(&sum)
}

func (t *seenTable) digestOf(sum *uint256.Int) [32]byte {
	content := binary.BigEndian.AppendUint64(nil, uint64(t.len()))
	terms := sum.Bytes32()
	return sha256.Sum256(append(content, terms[:]...))
}
