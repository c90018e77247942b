package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

var callerCounts = []int{1, 64, 1_024}

// Commands made durable one by one or together: each caller sends a small command, waits until it is on disk, and sends
// the next. The sequencer runs with its defaults: state digests and snapshots are in the figure.
//
// Beside it the same commands with one sync each, as a market without group commit would do it; and the same bytes from
// as many callers appended to a bare file, or put into bare Badger under one key a batch, synced together, with no rules,
// no state and no journal around them.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range callerCounts {
		b.Run(fmt.Sprintf("callers=%d/by=vadium", callers), func(b *testing.B) { commitThroughSequencer(b, callers) })
		if callers <= 64 { // more callers only wait longer for the same disk
			b.Run(fmt.Sprintf("callers=%d/by=one-sync-each", callers), func(b *testing.B) { commitOneByOne(b, callers) })
		}
		b.Run(fmt.Sprintf("callers=%d/by=file", callers), func(b *testing.B) { commitToFile(b, callers) })
		b.Run(fmt.Sprintf("callers=%d/by=badger", callers), func(b *testing.B) { commitToBadger(b, callers) })
	}
}

func commitThroughSequencer(b *testing.B, callers int) {
	j, blobs := openJournal(b)
	market, err := sequencer.Open(b.Context(), sequencer.MarketCore(), sequencer.Config{Journal: j, Blobs: blobs})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- market.Run(ctx) }()
	if _, err := market.Do(ctx, marketplace.Command{Body: opening()}); err != nil {
		b.Fatal(err)
	}
	done := closedLoop(b, callers, func(n uint64) error {
		_, err := market.Do(ctx, durableDeposit(n))
		return err
	})
	var got vadium.Amount
	market.View(func(s *marketplace.State) { got = s.Market().Deposited })
	if want := vadium.Tokens(done); got != want {
		b.Errorf("%s tokens are deposited, want %s", got.Tokens(), want.Tokens())
	}
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// durableDeposit is the smallest command that moves money. Its time is the real one, because the sequencer stamps it.
func durableDeposit(n uint64) marketplace.Command {
	return marketplace.Command{
		Author: operator, ID: commandID(n + 1), ValidUntil: vadium.Time(time.Now().UnixMilli()).Add(5 * vadium.Minute),
		Body: deposit(alice, 1, n+1),
	}
}

func openJournal(b *testing.B) (*journal.Embedded, blob.Store) {
	b.Helper()
	dir := b.TempDir()
	blobs, err := blob.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		b.Fatal(err)
	}
	j, err := journal.OpenBadger(filepath.Join(dir, "journal"), journal.Options{Blobs: blobs})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
	return j, blobs
}

// commitOneByOne decides, appends to the same kind of journal and applies, one command at a time.
func commitOneByOne(b *testing.B, callers int) {
	j, _ := openJournal(b)
	epoch, err := j.TakeOver(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var head journal.Head
	state := marketplace.NewState()
	commit := func(c marketplace.Command) error {
		mu.Lock()
		defer mu.Unlock()
		now := max(vadium.Time(time.Now().UnixMilli()), state.Now())
		events, err := state.Decide(now, c)
		if err != nil {
			return err
		}
		records, payload := recordsOf(state.NextSeq(), now, events)
		batch := head.Next(epoch, journal.Records{Count: uint64(len(records)), At: now, Payload: payload})
		if err := j.Append(b.Context(), batch); err != nil {
			return err
		}
		head = journal.After(batch)
		for _, r := range records {
			state.Apply(r)
		}
		return nil
	}
	if err := commit(marketplace.Command{Body: opening()}); err != nil {
		b.Fatal(err)
	}
	done := closedLoop(b, callers, func(n uint64) error { return commit(durableDeposit(n)) })
	if got, want := state.Market().Deposited, vadium.Tokens(done); got != want {
		b.Errorf("%s tokens are deposited, want %s", got.Tokens(), want.Tokens())
	}
}

// recordsOf returns events as records from position first on, and their encoding.
func recordsOf(first uint64, at vadium.Time, events []marketplace.Event) (records []marketplace.Record, payload []byte) {
	for i, event := range events {
		records = append(records, marketplace.Record{Seq: first + uint64(i), At: at, Event: event})
		one, err := rlp.EncodeToBytes(&records[i])
		if err != nil {
			panic(fmt.Sprintf("invariant: records always encode: %v", err))
		}
		payload = append(payload, one...)
	}
	return records, payload
}

// commitToFile is group commit reduced to nothing: one goroutine appends what has queued up, syncs, and answers.
func commitToFile(b *testing.B, callers int) {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	payload := recordsOfDeposits(b, 1).Payload
	done := commitTogether(b, callers, func(commands int) error {
		_, err := f.Write(slices.Repeat(payload, commands))
		return errors.Join(err, f.Sync())
	})
	info, err := f.Stat()
	if err != nil || info.Size() != int64(done)*int64(len(payload)) {
		b.Errorf("the file has %d bytes (%v), want %d commands of %d", info.Size(), err, done, len(payload))
	}
}

// commitToBadger is the same with Badger in place of the file: one key, one synced transaction for what has queued up.
func commitToBadger(b *testing.B, callers int) {
	db := openBareBadger(b)
	payload := recordsOfDeposits(b, 1).Payload
	var slot, put uint64
	done := commitTogether(b, callers, func(commands int) error {
		slot, put = slot+1, put+uint64(commands)
		return db.Update(func(txn *badger.Txn) error { return txn.Set(slotKey(slot), slices.Repeat(payload, commands)) })
	})
	if put != done {
		b.Errorf("%d commands were put, want %d", put, done)
	}
}

// commitTogether lets one goroutine make durable what has queued up, and answer.
func commitTogether(b *testing.B, callers int, durable func(commands int) error) uint64 {
	b.Helper()
	intake := make(chan chan error, sequencer.QueueLimit)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for first := range intake {
			waiting := queued(first, intake)
			err := durable(len(waiting))
			for _, w := range waiting {
				w <- err
			}
		}
	}()
	done := closedLoop(b, callers, func(uint64) error {
		answer := make(chan error, 1)
		intake <- answer
		return <-answer
	})
	close(intake)
	<-ended
	return done
}

// queued returns first and whatever else waits, as many as the sequencer would take.
func queued(first chan error, intake <-chan chan error) []chan error {
	waiting := []chan error{first}
	for len(waiting) < sequencer.MaxBatchCommands {
		select {
		case next, ok := <-intake:
			if !ok {
				return waiting
			}
			waiting = append(waiting, next)
		default:
			return waiting
		}
	}
	return waiting
}

// closedLoop lets callers call do, each the next time as soon as it is answered, numbering the calls from 0, and reports
// time per call, calls a second and how long one took. It returns how often do was called, the calls included that were
// still under way when the measurement ended.
func closedLoop(b *testing.B, callers int, do func(n uint64) error) uint64 {
	b.Helper()
	var calls atomic.Uint64
	var enough atomic.Bool
	answered := make(chan time.Duration, callers)
	failed := make([]error, callers)
	var group sync.WaitGroup
	for c := range callers {
		group.Go(func() {
			for !enough.Load() && failed[c] == nil {
				n, begun := calls.Add(1)-1, time.Now()
				if err := do(n); err != nil {
					failed[c] = fmt.Errorf("command %d: %w", n, err)
				}
				answered <- time.Since(begun)
			}
		})
	}
	go func() {
		group.Wait()
		close(answered)
	}()
	var took []time.Duration
	for b.Loop() {
		took = append(took, <-answered)
	}
	perSecond(b, 1, "commands")
	enough.Store(true)
	for range answered { // until the last caller has gone
	}
	if err := errors.Join(failed...); err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	return calls.Load()
}
