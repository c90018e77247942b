package marketplace

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
)

// The table of seen commands is checked against a map, under everything that is done to it: ids that fold to the same,
// forged ids that come again, and snapshots written while it goes on.
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
			binary.BigEndian.PutUint64(id[8*random.IntN(4):], 1+random.Uint64N(3_000)) // the same number elsewhere folds to the same
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
		if len(rows) != table.n || len(listed(rows)) != table.n || len(table.index)+len(table.twins) != table.n {
			t.Fatalf("seed %d: %d rows, %d of them different, %d indexed, counted %d", seed, len(rows), len(listed(rows)), len(table.index)+len(table.twins), table.n)
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
		if table.sum.Sign() != 0 || len(table.index)+len(table.twins) != 0 || len(table.free) != len(table.chunks) {
			t.Fatalf("seed %d: all is forgotten, yet the sum is %v, %d ids are indexed, and %d of %d chunks are free",
				seed, &table.sum, len(table.index)+len(table.twins), len(table.free), len(table.chunks))
		}
	}
}

// Three ids fold to the same. The first, which the index has, expires; when the second comes again, the third takes the
// first's place in the index, and must not lose it to the second.
func TestIDThatComesAgainDoesNotHideItsTwin(t *testing.T) {
	var ids [3]vadium.CommandID
	for i := range ids {
		ids[i][8*i] = 1
	}
	table := newSeenTable()
	put := func(id vadium.CommandID, validUntil vadium.Time) {
		table.put(&seenCommand{ID: id, ValidUntil: validUntil})
	}
	put(ids[0], 1_000)
	put(ids[1], 9_000)
	put(ids[2], 9_000)
	table.forget(5_000)
	put(ids[1], 9_000)
	for i, id := range ids {
		if got, want := table.get(id) != nil, i > 0; got != want {
			t.Errorf("id %d is remembered = %v, want %v", i, got, want)
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
