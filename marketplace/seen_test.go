package marketplace

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
)

// The table of seen commands is checked against a map, under everything that is done to it: forged ids that come again,
// and snapshots written while it goes on.
func TestSeenCommandsAreThoseOfAMap(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 1))
		table, model := newSeenTable(), map[vadium.CommandID]seenCommand{}
		type held struct {
			list func() []seenCommand
			want map[vadium.CommandID]seenCommand
		}
		var snapshots []held
		at := vadium.Time(1_000_000)
		for step := range 4_000 {
			at = at.Add(vadium.Duration(random.IntN(40)))
			var id vadium.CommandID
			binary.BigEndian.PutUint64(id[8*random.IntN(4):], 1+random.Uint64N(3_000))
			c := seenCommand{ID: id, ValidUntil: at.Add(vadium.Duration(random.IntN(20_000))), First: uint64(step), Events: 2, At: at}
			for id, old := range model {
				if step%50 != 0 {
					break // all of them take too long to look at each time
				}
				if table.get(id) == nil {
					if second := expiringSecond(old.ValidUntil); second > int64(at)/int64(vadium.Second) {
						t.Fatalf("seed %d, step %d: a command valid for %d s more is forgotten", seed, step, second-int64(at)/int64(vadium.Second))
					}
					delete(model, id)
				}
			}
			table.forget(at)
			table.put(&c)
			model[id] = c
			if random.IntN(500) == 0 {
				snapshots = append(snapshots, held{table.capture(), listed(table.capture()())})
			}
			if step%50 == 0 && table.digest() != table.digestAnew() {
				t.Fatalf("seed %d, step %d: digest %x, from the rows alone %x", seed, step, table.digest(), table.digestAnew())
			}
		}
		for id, want := range model {
			if got := table.get(id); got != nil && *got != want {
				t.Fatalf("seed %d: get(%v) = %+v, want %+v", seed, id, *got, want)
			}
		}
		rows := table.capture()()
		if len(rows) != table.n || len(listed(rows)) != table.n || table.index.len() != table.n {
			t.Fatalf("seed %d: %d rows, %d of them different, %d indexed, counted %d", seed, len(rows), len(listed(rows)), table.index.len(), table.n)
		}
		for _, s := range snapshots {
			if got := listed(s.list()); !maps.Equal(got, s.want) {
				t.Fatalf("seed %d: a snapshot lists %d rows after the table has changed, want the %d it had", seed, len(got), len(s.want))
			}
		}
		again := newSeenTable()
		for i := range rows {
			again.put(&rows[i])
		}
		if got := again.capture()(); !slices.Equal(got, rows) {
			t.Fatalf("seed %d: rows put into an empty table come back in another order", seed)
		}
		for table.n > 0 {
			table.forget(at.Add(vadium.Hour))
		}
		if table.sum.Sign() != 0 || table.index.len() != 0 || len(table.free) != len(table.chunks) {
			t.Fatalf("seed %d: all is forgotten, yet the sum is %v, %d ids are indexed, and %d of %d chunks are free",
				seed, &table.sum, table.index.len(), len(table.free), len(table.chunks))
		}
	}
}

// The index is checked against a map, with hashes of so few bits that rows collide in one half or in both, around the end
// of a part too, and leave in any order.
func TestIndexOfIDsFindsWhatIsThere(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 3))
		index, hashes := newIDIndex(), map[uint32]uint64{} // by number of the row
		next := uint32(0)
		for step := range 3_000 {
			if random.IntN(5) < 3 || len(hashes) == 0 {
				hash := uint64(random.Uint32N(1<<(1+seed))-1<<seed/2)<<32 | random.Uint64N(2)
				index.add(hash, next)
				hashes[next] = hash
				next++
			} else {
				for number, hash := range hashes {
					index.drop(hash, number)
					delete(hashes, number)
					if got, found := index.find(hash, func(n uint32) bool { return n == number }); found {
						t.Fatalf("seed %d, step %d: row %d is found after it has left, as %d", seed, step, number, got)
					}
					break
				}
			}
			if step%100 != 0 {
				continue
			}
			for number, hash := range hashes {
				if got, found := index.find(hash, func(n uint32) bool { return n == number }); !found || got != number {
					t.Fatalf("seed %d, step %d: row %d with hash %x is found as %d, %v", seed, step, number, hash, got, found)
				}
			}
			if index.len() != len(hashes) {
				t.Fatalf("seed %d, step %d: the index has %d rows, want %d", seed, step, index.len(), len(hashes))
			}
		}
	}
}

func listed(rows []seenCommand) map[vadium.CommandID]seenCommand {
	m := make(map[vadium.CommandID]seenCommand, len(rows))
	for _, c := range rows {
		m[c.ID] = c
	}
	return m
}
