// Package journaltest is the contract of [journal.Journal] as a test suite, which every engine runs.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
)

// Engine is a place where one journal is kept, with the blob store it archives to.
type Engine struct {
	// Open opens the journal; after Close it may be opened again and holds what it held.
	Open func() (journal.Journal, error)
	// Blobs is where Archive puts segments.
	Blobs blob.Store
}

// Test runs the contract against engines made by newEngine, each empty.
func Test(t *testing.T, newEngine func(t *testing.T) Engine) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"batches come back in order and unchanged", testOrder},
		{"what was appended survives closing", testReopen},
		{"a batch that does not follow the head is refused", testMisplaced},
		{"appending the same batch again changes nothing", testIdempotence},
		{"an older epoch is refused after a take-over", testFencing},
		{"of many racing writers each slot has one winner", testRacingWriters},
		{"a follower starts anywhere, waits, and misses nothing", testFollow},
		{"every record is found in its batch", testFind},
		{"a snapshot is remembered and never goes back", testSnapshot},
		{"nothing is truncated before it is archived and in a snapshot", testTruncateRefuses},
		{"after truncation everything is still read", testTruncate},
		{"archiving goes on where it stopped", testArchiveResumes},
		{"a batch at the size limit is stored and one byte more is refused", testSizeLimit},
		{"a closed journal says so", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{T: t, Engine: newEngine(t)}
			f.open()
			c.test(t, f)
		})
	}
}

// fixture is one engine, its open journal, and what was appended so far.
type fixture struct {
	*testing.T
	Engine
	journal.Journal
	epoch    uint64
	head     journal.Head
	appended []journal.Batch
}

func (f *fixture) open() {
	f.Helper()
	j, err := f.Open()
	if err != nil {
		f.Fatal(err)
	}
	f.Journal = j
	f.Cleanup(func() { j.Close() })
	f.takeOver()
}

func (f *fixture) takeOver() {
	f.Helper()
	epoch, err := f.TakeOver(f.Context())
	if err != nil {
		f.Fatalf("TakeOver: %v", err)
	}
	if epoch <= f.epoch {
		f.Fatalf("TakeOver = %d after epoch %d, want a greater one", epoch, f.epoch)
	}
	f.epoch = epoch
}

func (f *fixture) reopen() {
	f.Helper()
	if err := f.Close(); err != nil {
		f.Fatalf("Close: %v", err)
	}
	f.open()
}

// records makes content that differs from slot to slot.
func (f *fixture) records(size int) journal.Records {
	slot := f.head.Slot + 1
	r := journal.Records{
		Count: 1 + slot%5, At: f.head.At + vadium.Time(slot%3),
		Payload: bytes.Repeat([]byte{byte(slot)}, size),
	}
	if slot%4 == 0 {
		r.StateDigest = vadium.DigestOf([]byte{byte(slot)})
	}
	return r
}

func (f *fixture) append(n, size int) {
	f.Helper()
	for range n {
		b := f.head.Next(f.epoch, f.records(size))
		if err := f.Append(f.Context(), b); err != nil {
			f.Fatalf("Append: %v", err)
		}
		f.appended = append(f.appended, b)
		f.head = journal.After(b)
	}
}

// same fails unless got is want.
func (f *fixture) same(got, want journal.Batch) {
	f.Helper()
	if got.Hash() != want.Hash() || !bytes.Equal(got.Encode(), want.Encode()) {
		f.Fatalf("got %s, want %s", describe(got), describe(want))
	}
}

func describe(b journal.Batch) string {
	return fmt.Sprintf("slot %d of epoch %d with records %d to %d and %d bytes", b.Slot, b.Epoch, b.FirstSeq, b.LastSeq(), len(b.Payload))
}

// readAll fails unless reading from each slot gives exactly what was appended.
func (f *fixture) readAll() {
	f.Helper()
	if head, err := f.Head(f.Context()); err != nil || head != f.head {
		f.Fatalf("Head = %+v, %v; want %+v", head, err, f.head)
	}
	for from := 1; from <= len(f.appended)+2; from += max(1, len(f.appended)/3) {
		next := from
		for b, err := range f.Read(f.Context(), uint64(from)) {
			if err != nil {
				f.Fatalf("Read from %d: %v", from, err)
			}
			if next > len(f.appended) {
				f.Fatalf("Read from %d returned %s beyond the head", from, describe(b))
			}
			f.same(b, f.appended[next-1])
			next++
		}
		if want := max(from, len(f.appended)+1); next != want {
			f.Fatalf("Read from %d ended before slot %d, want %d", from, next, want)
		}
	}
}

func testOrder(t *testing.T, f *fixture) {
	f.readAll()
	f.append(10, 100)
	f.readAll()
	seq := uint64(1)
	for b, err := range f.Read(t.Context(), 1) {
		if err != nil || b.FirstSeq != seq {
			t.Fatalf("slot %d begins with record %d, %v; want %d", b.Slot, b.FirstSeq, err, seq)
		}
		seq += b.Count
	}
	for b, err := range f.Read(t.Context(), 3) { // leaving the loop early is allowed
		if err != nil {
			t.Fatal(err)
		}
		f.same(b, f.appended[2])
		break
	}
	for _, err := range f.Read(t.Context(), 0) {
		if err == nil {
			t.Error("Read from slot 0 succeeded, want an error: slots begin with 1")
		}
	}
}

func testReopen(_ *testing.T, f *fixture) {
	for range 3 {
		f.append(5, 1000)
		f.reopen()
		f.readAll()
	}
	f.append(1, 0)
	f.readAll()
}

func testMisplaced(t *testing.T, f *fixture) {
	f.append(2, 10)
	good := f.head.Next(f.epoch, f.records(10))
	for name, change := range map[string]func(*journal.Batch){
		"skips a slot":          func(b *journal.Batch) { b.Slot++ },
		"repeats a slot":        func(b *journal.Batch) { b.Slot-- },
		"slot 0":                func(b *journal.Batch) { b.Slot = 0 },
		"wrong previous hash":   func(b *journal.Batch) { b.Prev[0] ^= 1 },
		"skips a record":        func(b *journal.Batch) { b.FirstSeq++ },
		"repeats a record":      func(b *journal.Batch) { b.FirstSeq-- },
		"no records":            func(b *journal.Batch) { b.Count = 0 },
		"time goes back":        func(b *journal.Batch) { b.At = f.head.At - 1 },
		"epoch never taken":     func(b *journal.Batch) { b.Epoch++ },
		"records overflow":      func(b *journal.Batch) { b.Count = 1<<64 - 1 },
		"other batch at a slot": func(b *journal.Batch) { *b = f.appended[1]; b.Payload = []byte("other") },
	} {
		bad := good
		change(&bad)
		if err := f.Append(t.Context(), bad); !errors.Is(err, journal.ErrMisplaced) {
			t.Errorf("Append of a batch that %s = %v, want ErrMisplaced", name, err)
		}
	}
	f.readAll()
	f.append(1, 10) // a refusal breaks nothing
	f.readAll()
}

func testIdempotence(t *testing.T, f *fixture) {
	f.append(3, 10)
	for _, b := range f.appended {
		if err := f.Append(t.Context(), b); err != nil {
			t.Errorf("appending slot %d again = %v, want nil", b.Slot, err)
		}
	}
	f.readAll()
}

func testFencing(t *testing.T, f *fixture) {
	f.append(2, 10)
	old := f.epoch
	f.takeOver()
	if err := f.Append(t.Context(), f.head.Next(old, f.records(10))); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("Append of the older epoch = %v, want ErrFenced", err)
	}
	if err := f.Append(t.Context(), f.appended[1]); err != nil {
		t.Errorf("the older writer asks about its stored batch: %v, want nil, because it is durable", err)
	}
	f.readAll()
	f.append(2, 10)
	if err := f.Append(t.Context(), f.head.Next(old, f.records(10))); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("Append of the older epoch after the newer wrote = %v, want ErrFenced", err)
	}
	f.reopen()
	f.readAll()
}

func testRacingWriters(t *testing.T, f *fixture) {
	const writers, each = 4, 25
	accepted := make([][]journal.Batch, writers)
	var racing sync.WaitGroup
	for w := range writers {
		racing.Go(func() {
			for range each {
				epoch, err := f.TakeOver(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				head, err := f.Journal.Head(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				b := head.Next(epoch, journal.Records{Count: 1, Payload: []byte{byte(w)}})
				switch err := f.Append(t.Context(), b); {
				case err == nil:
					accepted[w] = append(accepted[w], b)
				case !errors.Is(err, journal.ErrFenced) && !errors.Is(err, journal.ErrMisplaced):
					t.Errorf("Append while racing = %v, want ErrFenced or ErrMisplaced", err)
				}
			}
		})
	}
	racing.Wait()
	bySlot := map[uint64]journal.Batch{}
	for b, err := range f.Read(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		bySlot[b.Slot] = b
	}
	count := 0
	for _, batches := range accepted {
		for _, b := range batches {
			count++
			f.same(bySlot[b.Slot], b)
		}
	}
	if count != len(bySlot) || count == 0 {
		t.Errorf("%d appends were accepted, the journal holds %d batches; want the same number, not zero", count, len(bySlot))
	}
}

func testFollow(t *testing.T, f *fixture) {
	const total = 60
	f.append(20, 10)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	starts := []uint64{1, 10, 20, 21, 35}
	got := make([][]journal.Batch, len(starts))
	var followers sync.WaitGroup
	for i, from := range starts {
		followers.Go(func() {
			for b, err := range f.Follow(ctx, from) {
				if err != nil {
					t.Errorf("Follow from %d: %v", from, err)
					return
				}
				if got[i] = append(got[i], b); b.Slot == total {
					return
				}
			}
		})
	}
	f.append(total-20, 10)
	followers.Wait()
	for i, from := range starts {
		if len(got[i]) != total-int(from)+1 {
			t.Fatalf("follower from %d got %d batches, want %d", from, len(got[i]), total-int(from)+1)
		}
		for k, b := range got[i] {
			f.same(b, f.appended[int(from)+k-1])
		}
	}
	waiting, stop := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, stop)
	for b, err := range f.Follow(waiting, total+1) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a follower at the head that is cancelled got %s, %v; want context.Canceled", describe(b), err)
		}
	}
}

func testFind(t *testing.T, f *fixture) {
	check := func() {
		t.Helper()
		for _, b := range f.appended {
			for seq := b.FirstSeq; seq <= b.LastSeq(); seq++ {
				if slot, err := f.Find(t.Context(), seq); err != nil || slot != b.Slot {
					t.Fatalf("Find(%d) = %d, %v; want %d", seq, slot, err, b.Slot)
				}
			}
		}
		if slot, err := f.Find(t.Context(), f.head.LastSeq+1); err != nil || slot != f.head.Slot+1 {
			t.Fatalf("Find beyond the head = %d, %v; want %d", slot, err, f.head.Slot+1)
		}
	}
	check()
	f.append(12, 10)
	check()
	f.archive(5)
	f.snapshot(12)
	f.archive(12)
	f.append(7, 10)
	if err := f.Truncate(t.Context(), 12); err != nil {
		t.Fatal(err)
	}
	check()
}

// snapshot saves a snapshot of the state after slot, with a blob that exists.
func (f *fixture) snapshot(slot uint64) journal.Snapshot {
	f.Helper()
	digest, _, err := f.Blobs.Put(f.Context(), bytes.NewReader(fmt.Appendf(nil, "state after %d", slot)), 100)
	if err != nil {
		f.Fatal(err)
	}
	s := journal.Snapshot{Slot: slot, Blob: digest, State: vadium.Digest{byte(slot)}}
	if err := f.SaveSnapshot(f.Context(), s); err != nil {
		f.Fatalf("SaveSnapshot: %v", err)
	}
	return s
}

func (f *fixture) archive(upTo uint64) {
	f.Helper()
	if err := journal.Archive(f.Context(), f.Journal, f.Blobs, upTo); err != nil {
		f.Fatalf("Archive: %v", err)
	}
}

func testSnapshot(t *testing.T, f *fixture) {
	latest := func(want journal.Snapshot, wantFound bool) {
		t.Helper()
		if got, found, err := f.LatestSnapshot(t.Context()); got != want || found != wantFound || err != nil {
			t.Fatalf("LatestSnapshot = %+v, %t, %v; want %+v, %t", got, found, err, want, wantFound)
		}
	}
	latest(journal.Snapshot{}, false)
	f.append(5, 10)
	first := f.snapshot(3)
	latest(first, true)
	second := f.snapshot(5)
	latest(second, true)
	if err := f.SaveSnapshot(t.Context(), first); err != nil {
		t.Errorf("saving an older snapshot = %v, want nil", err)
	}
	latest(second, true)
	if err := f.SaveSnapshot(t.Context(), journal.Snapshot{Slot: 6}); err == nil {
		t.Error("a snapshot beyond the head was saved")
	}
	f.reopen()
	latest(second, true)
	f.append(2, 10)
	f.readAll()
}

func testTruncateRefuses(t *testing.T, f *fixture) {
	f.append(5, 10)
	refused := func(to uint64, why string) {
		t.Helper()
		if err := f.Truncate(t.Context(), to); !errors.Is(err, journal.ErrNotArchived) {
			t.Errorf("Truncate(%d) %s = %v, want ErrNotArchived", to, why, err)
		}
	}
	refused(5, "with neither archive nor snapshot")
	f.archive(5)
	refused(5, "without a snapshot")
	s := f.snapshot(5)
	f.append(3, 10)
	f.snapshot(8)
	refused(6, "beyond the archive")
	segments, err := f.Segments(t.Context())
	if err != nil || len(segments) != 1 {
		t.Fatalf("Segments = %v, %v; want one", segments, err)
	}
	content, err := blob.ReadAll(t.Context(), f.Blobs, segments[0].Blob, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Blobs.Delete(t.Context(), segments[0].Blob); err != nil {
		t.Fatal(err)
	}
	refused(5, "with the segment's blob missing")
	if err := f.Blobs.PutExpect(t.Context(), segments[0].Blob, bytes.NewReader(content), 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(t.Context(), s.Slot); err != nil {
		t.Errorf("Truncate of what is archived and in a snapshot: %v", err)
	}
	f.readAll()
}

func testTruncate(t *testing.T, f *fixture) {
	for range 4 {
		f.append(6, 2000)
		f.snapshot(f.head.Slot)
		f.append(1, 2000)
		f.archive(f.head.Slot - 1)
		for range 2 {
			if err := f.Truncate(t.Context(), f.head.Slot-1); err != nil {
				t.Fatalf("Truncate: %v", err)
			}
		}
		f.readAll()
		f.reopen()
		f.readAll()
	}
	f.snapshot(f.head.Slot)
	f.archive(f.head.Slot)
	if err := f.Truncate(t.Context(), f.head.Slot); err != nil {
		t.Fatalf("Truncate to the head: %v", err)
	}
	f.reopen()
	f.append(1, 10)
	f.readAll()
}

func testArchiveResumes(t *testing.T, f *fixture) {
	f.append(9, 10)
	for _, upTo := range []uint64{4, 4, 2, 9} {
		f.archive(upTo)
	}
	segments, err := f.Segments(t.Context())
	if err != nil || len(segments) != 2 {
		t.Fatalf("Segments = %+v, %v; want slots 1 to 4 and 5 to 9", segments, err)
	}
	for i, want := range [][2]int{{1, 4}, {5, 9}} {
		first, last := f.appended[want[0]-1], f.appended[want[1]-1]
		s := segments[i]
		if s.First != first.Slot || s.Last != last.Slot || s.FirstSeq != first.FirstSeq || s.LastSeq != last.LastSeq() || s.LastHash != last.Hash() {
			t.Errorf("segment %d = %+v, want slots %d to %d", i, s, want[0], want[1])
		}
		if err := f.AddSegment(t.Context(), s); err != nil {
			t.Errorf("adding a segment again = %v, want nil", err)
		}
	}
	if err := f.AddSegment(t.Context(), journal.Segment{First: 11, Last: 12}); err == nil {
		t.Error("a segment that leaves a gap was added")
	}
	if err := journal.Archive(t.Context(), f.Journal, f.Blobs, 10); err == nil {
		t.Error("archiving beyond the head succeeded")
	}
}

func testSizeLimit(t *testing.T, f *fixture) {
	f.append(1, journal.MaxPayload)
	f.readAll()
	if err := f.Append(t.Context(), f.head.Next(f.epoch, f.records(journal.MaxPayload+1))); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("Append of a payload beyond the limit = %v, want ErrTooLarge", err)
	}
	f.append(1, 1)
	f.reopen()
	f.readAll()
}

func testClosed(t *testing.T, f *fixture) {
	f.append(2, 10)
	ended := make(chan error, 1)
	go func() {
		var last error
		for _, last = range f.Follow(t.Context(), 1) {
		}
		ended <- last
	}()
	time.Sleep(time.Millisecond)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, journal.ErrClosed) {
		t.Errorf("a follower of a journal that closes ended with %v, want ErrClosed", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("closing twice = %v, want nil", err)
	}
	_, takeOver := f.TakeOver(t.Context())
	_, head := f.Journal.Head(t.Context())
	_, _, latest := f.LatestSnapshot(t.Context())
	_, segments := f.Segments(t.Context())
	var read error
	for _, read = range f.Read(t.Context(), 1) {
	}
	for call, err := range map[string]error{
		"TakeOver": takeOver, "Head": head, "LatestSnapshot": latest, "Segments": segments, "Read": read,
		"Append":       f.Append(t.Context(), f.head.Next(f.epoch, f.records(1))),
		"SaveSnapshot": f.SaveSnapshot(t.Context(), journal.Snapshot{}),
		"AddSegment":   f.AddSegment(t.Context(), journal.Segment{}),
		"Truncate":     f.Truncate(t.Context(), 1),
	} {
		if !errors.Is(err, journal.ErrClosed) {
			t.Errorf("%s after Close = %v, want ErrClosed", call, err)
		}
	}
}
