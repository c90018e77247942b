package bench

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/journal"
)

// What the journal costs beside the database it stands on. Each batch holds the records of so many small commands (credit
// a deposit), and is durable before the next begins.
//
// Beside it Badger with the journal's own options, given the same encoded batches, one key each, one synced transaction
// each: no hash chain, no checksum of ours, no fencing, no note of what was acknowledged.
func BenchmarkJournal(b *testing.B) {
	for _, commands := range []int{1, 64, 1_024} {
		records := recordsOfDeposits(b, commands)
		b.Run(fmt.Sprintf("commands=%d/by=vadium", commands), func(b *testing.B) {
			j, _ := openJournal(b)
			epoch, err := j.TakeOver(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			var head journal.Head
			var made uint64
			for b.Loop() {
				batch := head.Next(epoch, records)
				if err := j.Append(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				if head, err = j.Head(b.Context()); err != nil {
					b.Fatal(err)
				}
				made++
			}
			perSecond(b, commands, "commands")
			b.StopTimer()
			if got, err := j.Head(b.Context()); err != nil || got.Slot != made {
				b.Fatalf("the journal's head is slot %d (%v), want %d", got.Slot, err, made)
			}
		})
		b.Run(fmt.Sprintf("commands=%d/by=badger", commands), func(b *testing.B) {
			db := openBareBadger(b)
			var head journal.Head
			batch := head.Next(1, records)
			value := batch.Encode() // a real batch of the same size; encoding it anew is the journal's cost, not Badger's
			var made uint64
			for b.Loop() {
				made++
				if err := db.Update(func(txn *badger.Txn) error { return txn.Set(slotKey(made), value) }); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b, commands, "commands")
			b.StopTimer()
			if err := db.View(func(txn *badger.Txn) error { _, err := txn.Get(slotKey(made)); return err }); err != nil {
				b.Fatalf("the last batch: %v", err)
			}
		})
	}
}

// recordsOfDeposits returns the records of so many deposits, as one batch would hold them.
func recordsOfDeposits(b *testing.B, commands int) journal.Records {
	b.Helper()
	state := marketplace.NewState()
	m := &market{state: state}
	m.do(b, vadium.Account{}, opening())
	all := journal.Records{At: start}
	for n := range uint64(commands) {
		events, err := state.Decide(start, marketplace.Command{
			Author: operator, ID: commandID(n + 1), ValidUntil: start.Add(vadium.Minute), Body: deposit(alice, 1, n+1),
		})
		if err != nil {
			b.Fatal(err)
		}
		made, payload := recordsOf(state.NextSeq(), start, events)
		all.Count, all.Payload = all.Count+uint64(len(made)), append(all.Payload, payload...)
		for _, r := range made {
			state.Apply(r)
		}
	}
	return all
}

// openBareBadger opens Badger as journal.OpenBadger does.
func openBareBadger(b *testing.B) *badger.DB {
	b.Helper()
	db, err := badger.Open(badger.DefaultOptions(b.TempDir()).WithSyncWrites(true).WithDetectConflicts(false).WithNumVersionsToKeep(1).
		WithCompression(options.None).WithBlockCacheSize(0).WithMemTableSize(32 << 20).WithValueLogFileSize(128 << 20).
		WithNumCompactors(2).WithMetricsEnabled(false).WithLogger(nil))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}

func slotKey(slot uint64) []byte { return binary.BigEndian.AppendUint64([]byte("j"), slot) }
