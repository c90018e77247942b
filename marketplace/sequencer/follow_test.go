package sequencer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vadium/marketplace/blob"
	"vadium/marketplace/sequencer"
)

func openBlobs(t *testing.T, root string) *blob.Dir {
	t.Helper()
	blobs, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	return blobs
}

// take reads records until the follower has seen position last, and fails on a gap or a repetition.
func take(t *testing.T, f *sequencer.Follower[toyRecord], last uint64) {
	t.Helper()
	for f.Cursor() <= last {
		want := f.Cursor()
		records, err := f.Next(t.Context())
		if err != nil || len(records) == 0 {
			t.Fatalf("Next at %d = %d records, %v", want, len(records), err)
		}
		for _, record := range records {
			if record.Seq != want {
				t.Fatalf("Next returned record %d, want %d", record.Seq, want)
			}
			want++
		}
	}
}

func follow(t *testing.T, market *toySequencer, from uint64) *sequencer.Follower[toyRecord] {
	t.Helper()
	f, err := market.Follow(from)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFollowerResumesAtItsCursorAndMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{SnapshotEvery: 4, KeepBatches: 2, TruncateEvery: 1})
		cursor := uint64(1)
		for life := range uint64(4) {
			r.start()
			f := follow(t, r.market, cursor)
			var last uint64
			for i := range uint64(10) {
				last = r.do(transfer(life*100+i, 0, 1, 0)).LastSeq
				synctest.Wait()
			}
			take(t, f, last-3) // the client goes away before it has seen everything
			cursor = f.Cursor()
			r.stop()
		}
		r.start()
		synctest.Wait()
		last := r.state().Seq
		take(t, follow(t, r.market, cursor), last)
		for from := uint64(1); from <= last; from += 7 { // from anywhere: archive, journal, memory
			take(t, follow(t, r.market, from), last)
			if got, err := r.market.At(t.Context(), from); err != nil || got.Seq != from {
				t.Errorf("At(%d) = record %d, %v", from, got.Seq, err)
			}
		}
		for _, beyond := range []uint64{0, last + 1, 1 << 60} {
			if got, err := r.market.At(t.Context(), beyond); !errors.Is(err, sequencer.ErrAhead) {
				t.Errorf("At(%d) after record %d = record %d, %v; want ErrAhead", beyond, last, got.Seq, err)
			}
		}
		r.stop()
	})
}

func TestFollowerWaitsForWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		f := follow(t, r.market, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if records, err := f.Next(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("Next with nothing to come = %v, %v after %v; want to wait until the context ends", records, err, time.Since(begin))
		}
		time.AfterFunc(time.Second, func() { r.do(transfer(1, 0, 1, 1)) })
		take(t, f, 2) // the same follower goes on after a heartbeat
	})
}

func TestCursorBeyondTheJournalIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		last := r.do(transfer(1, 0, 1, 1)).LastSeq
		follow(t, r.market, last+1)
		if _, err := r.market.Follow(last + 2); !errors.Is(err, sequencer.ErrAhead) {
			t.Errorf("Follow from %d after record %d = %v, want ErrAhead", last+2, last, err)
		}
		if _, err := r.market.Follow(0); err == nil {
			t.Error("Follow from 0 succeeded, want an error: records begin with 1")
		}
	})
}

// A follower that never reads must cost the market neither time nor memory; when it wakes, it misses nothing.
// A client reads the market's position and follows from the next one. A load found that it could be told it was ahead of the
// journal, because the state is published a moment before followers are served, and a digest may lie in between: here one
// does in every batch.
func TestWhatWasJustReadCanBeFollowed(t *testing.T) {
	r := newRig(t, sequencer.Config{DigestEvery: 1})
	r.start()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range uint64(1_000) {
			if _, err := r.market.Do(t.Context(), transfer(i, 0, 1, 0)); err != nil {
				t.Errorf("command %d: %v", i, err)
				return
			}
		}
	}()
	for followed := false; ; followed = true {
		var last uint64
		r.market.View(func(s *toyState) { last = s.Seq })
		if _, err := r.market.Follow(last + 1); err != nil {
			t.Fatalf("the state is at %d: %v", last, err)
		}
		if got, err := r.market.At(t.Context(), last); last > 0 && (err != nil || got.Seq != last) {
			t.Fatalf("the state is at %d, its record is %d, %v", last, got.Seq, err)
		}
		select {
		case <-done:
			if !followed {
				t.Error("the commands were over before anybody followed")
			}
			r.stop()
			return
		default:
		}
	}
}

func TestSlowFollowerStopsNobodyAndFallsBackToTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		slow := follow(t, r.market, 1)
		var last uint64
		for last <= 3*16_384 { // three times what is kept in memory
			done := make(chan sequencer.Result, 1000)
			for range 1000 {
				go func() { done <- r.do(transfer(1, 0, 1, 0)) }()
			}
			for range 1000 {
				last = max(last, (<-done).LastSeq)
			}
		}
		take(t, slow, last)
	})
}

// A stream that lags is not served batch by batch: what it missed comes together, as far as it is in memory.
func TestFollowerThatLagsGetsSeveralBatchesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		r.start()
		defer r.stop()
		last := r.do(transfer(100, 0, 1, 0)).LastSeq
		f := follow(t, r.market, 2) // in the middle of a batch
		for i := range uint64(100) {
			last = r.do(transfer(i, 0, 1, 0)).LastSeq
		}
		records, err := f.Next(t.Context())
		if err != nil || uint64(len(records)) != last-1 {
			t.Fatalf("Next = %d records, %v; want all %d that there are", len(records), err, last-1)
		}
		for i, record := range records {
			if want := uint64(2 + i); record.Seq != want {
				t.Fatalf("record %d stands where %d should", record.Seq, want)
			}
		}
		take(t, f, r.do(transfer(101, 0, 1, 0)).LastSeq)
	})
}

func TestFollowersAtDifferentPlacesSeeTheSameRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{SnapshotEvery: 8, KeepBatches: 2, TruncateEvery: 1})
		r.machine.SyncTime = time.Millisecond
		r.start()
		defer r.stop()
		const total = 200
		ended := make(chan struct{})
		for i := range 5 {
			go func() {
				defer func() { ended <- struct{}{} }()
				time.Sleep(time.Duration(i) * 9 * time.Millisecond)
				f := follow(t, r.market, uint64(1+i*3))
				for f.Cursor() <= total {
					want := f.Cursor()
					records, err := f.Next(t.Context())
					if err != nil || records[0].Seq != want {
						t.Errorf("follower %d: Next at %d = %d records, %v", i, want, len(records), err)
						return
					}
					time.Sleep(time.Duration(i) * time.Millisecond)
				}
			}()
		}
		for i := range uint64(total / 2) {
			r.do(transfer(i, 0, 1, 0))
		}
		for range 5 {
			<-ended
		}
	})
}
