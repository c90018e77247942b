package marketplace

import (
	"math/rand/v2"
	"testing"
)

// A digest is taken while the market waits, so most of its work has to be done before: in shares that are in proportion
// to what a batch changes, not to what has changed since the last digest or to what there is.
func TestDigestIsPreparedInSharesOfABatch(t *testing.T) {
	const rows, batches, changes = 20_000, 256, 50
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 2))
		table := newTable[uint64](copyFlat[uint64])
		next := uint64(0)
		grow := func() {
			row := random.Uint64()
			table.insert(next, &row)
			next++
		}
		for range rows {
			grow()
		}
		table.digest()
		mostRows, mostNodes := 0, 0
		for left := batches; left > 0; left-- {
			for range changes {
				switch key := random.Uint64N(next); {
				case random.IntN(4) == 0:
					grow()
				case table.get(key) == nil:
				case random.IntN(4) == 0:
					table.remove(key)
				default:
					*table.edit(key)++
				}
			}
			dirty, stale := len(table.dirty), table.tree.stale
			table.prepare(left)
			mostRows, mostNodes = max(mostRows, dirty-len(table.dirty)), max(mostNodes, stale-table.tree.stale)
		}
		if mostRows > 3*changes || mostNodes > 3*changes {
			t.Errorf("seed %d: one share hashed %d rows and %d nodes, want at most %d, three times what a batch changes", seed, mostRows, mostNodes, 3*changes)
		}
		if len(table.dirty) > 0 || table.tree.stale > 3*changes {
			t.Errorf("seed %d: %d rows and %d nodes are left to the digest", seed, len(table.dirty), table.tree.stale)
		}
		if got, want := table.digest(), table.digestAnew(); got != want {
			t.Errorf("seed %d: digest %x, computed anew %x", seed, got, want)
		}
	}
}
