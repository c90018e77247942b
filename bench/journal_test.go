package bench

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

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
//
// One append of each in turn, and the second line reports what was measured for the first: what else a disk has to do, left
// over from a moment ago or at the same time, changes by more than there is to see, and so it falls on both.
func BenchmarkJournal(b *testing.B) {
	for _, commands := range []int{1, 64, 1_024} {
		records := recordsOfDeposits(b, commands)
		var bare time.Duration // of one append; the last measurement counts, as for the line above it
		b.Run(fmt.Sprintf("commands=%d/by=vadium", commands), func(b *testing.B) {
			var ours time.Duration
			ours, bare = journalBesideBadger(b, records)
			appendRate(b, commands, ours)
		})
		b.Run(fmt.Sprintf("commands=%d/by=badger", commands), func(b *testing.B) {
			if bare == 0 { // asked for alone
				_, bare = journalBesideBadger(b, records)
			}
			appendRate(b, commands, bare)
		})
	}
}

// journalBesideBadger appends the same records to a journal and to bare Badger, in turn, and returns how long one append of
// each took.
func journalBesideBadger(b *testing.B, records journal.Records) (ours, bare time.Duration) {
	b.Helper()
	j, _ := openJournal(b)
	epoch, err := j.TakeOver(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	db := openBareBadger(b)
	var head journal.Head
	// A real batch of the same size; encoding it anew is the journal's cost, not Badger's.
	value := head.Next(epoch, records).Encode()
	var made uint64
	for b.Loop() {
		begun := time.Now()
		if err := j.Append(b.Context(), head.Next(epoch, records)); err != nil {
			b.Fatal(err)
		}
		if head, err = j.Head(b.Context()); err != nil {
			b.Fatal(err)
		}
		made++
		between := time.Now()
		if err := db.Update(func(txn *badger.Txn) error { return txn.Set(slotKey(made), value) }); err != nil {
			b.Fatal(err)
		}
		ours, bare = ours+between.Sub(begun), bare+time.Since(between)
	}
	b.StopTimer()
	if got, err := j.Head(b.Context()); err != nil || got.Slot != made {
		b.Fatalf("the journal's head is slot %d (%v), want %d", got.Slot, err, made)
	}
	if err := db.View(func(txn *badger.Txn) error { _, err := txn.Get(slotKey(made)); return err }); err != nil {
		b.Fatalf("the last batch: %v", err)
	}
	return ours / time.Duration(made), bare / time.Duration(made)
}

// appendRate reports the time of one append, in place of the loop's, and commands a second.
func appendRate(b *testing.B, commands int, took time.Duration) {
	b.Helper()
	b.ReportMetric(float64(took.Nanoseconds()), "ns/op")
	b.ReportMetric(float64(commands)/took.Seconds(), "commands/s")
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
