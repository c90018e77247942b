package sequencer_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

func TestSnapshotAndTailGiveTheSameStateAsTheWholeJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{DigestEvery: 2, SnapshotEvery: 5, KeepBatches: 3})
		for start := range 6 {
			r.start()
			for i := range uint64(9) {
				r.do(transfer(uint64(start)*100+i, int(i)%accounts, int(i+1)%accounts, i))
				synctest.Wait() // lets snapshots finish, so that some are in the middle
			}
			live := r.state()
			r.stop()
			r.open()
			recovered := r.state()
			snapshot, found, err := r.journal.LatestSnapshot(t.Context())
			if err != nil || !found || snapshot.Slot == 0 {
				t.Fatalf("LatestSnapshot = %+v, %t, %v; want one", snapshot, found, err)
			}
			full := r.replayed()
			if live.Digest() != recovered.Digest() || recovered.Digest() != full.Digest() {
				t.Fatalf("live %s, from snapshot of slot %d %s, from genesis %s: want the same state", live.Digest(), snapshot.Slot, recovered.Digest(), full.Digest())
			}
			if err := r.journal.Close(); err != nil {
				t.Fatal(err)
			}
		}
		r.open()
		segments, err := r.journal.Segments(t.Context())
		if err != nil || len(segments) < 3 {
			t.Errorf("Segments = %+v, %v; want the journal archived behind the snapshots", segments, err)
		}
	})
}

// A snapshot only saves time. Losing it must not lose a market.
// Truncating makes everybody wait, and longer than any sync. A running market puts it off until it gives back a lot; one
// that starts makes up for it.
func TestARunningMarketRarelyTruncates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 1_000
		r := newRig(t, sequencer.Config{SnapshotEvery: 4, KeepBatches: 2, TruncateEvery: 20 * size})
		fill := func(batches int) {
			for range batches {
				r.do(bulk(size))
				synctest.Wait() // until the snapshot is stored
			}
		}
		r.start()
		fill(19)
		if n := r.machine.Batches(); n != 19 {
			t.Errorf("after 19 kB the disk holds %d batches, want all 19", n)
		}
		fill(8)
		if n := r.machine.Batches(); n > 15 {
			t.Errorf("after 27 kB the disk holds %d batches of 27, want no more than came since", n)
		}
		fill(10)
		before := r.machine.Batches()
		r.stop()
		r.start()
		synctest.Wait()
		if n := r.machine.Batches(); n >= before || n > 10 {
			t.Errorf("after a start the disk holds %d batches, had %d; want few", n, before)
		}
		r.stop()
	})
}

func TestUnusableSnapshotIsReplacedByTheJournal(t *testing.T) {
	damage := map[string]func(t *testing.T, path string){
		"missing": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"damaged": func(t *testing.T, path string) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			content[len(content)-1] ^= 1
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, spoil := range damage {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			r := newRig(t, sequencer.Config{SnapshotEvery: 2, KeepBatches: 1})
			r.blobs = openBlobs(t, root)
			r.start()
			for i := range uint64(7) {
				r.do(transfer(i, 0, 1, 1))
			}
			for { // snapshots are taken in the background
				if _, found, err := r.journal.LatestSnapshot(t.Context()); err != nil {
					t.Fatal(err)
				} else if found {
					break
				}
				time.Sleep(time.Millisecond)
			}
			want := r.state().Digest()
			r.stop()
			var err error
			if r.journal, err = r.machine.Open(journal.Options{Blobs: r.blobs}); err != nil {
				t.Fatal(err)
			}
			snapshot, found, err := r.journal.LatestSnapshot(t.Context())
			if err != nil || !found {
				t.Fatal("no snapshot was taken", err)
			}
			digest := snapshot.Blob.String()[2:]
			spoil(t, filepath.Join(root, digest[:2], digest))
			market, err := r.openOn(r.journal)
			if err != nil {
				t.Fatal(err)
			}
			market.View(func(s *toyState) {
				if got := s.Digest(); got != want {
					t.Errorf("without its snapshot the market has state %s, want %s", got, want)
				}
			})
		})
	}
}

// journalOf puts batches of the given records into a journal, as a sequencer with other rules might have.
func journalOf(t *testing.T, r *rig, digest vadium.Digest, payload []byte, count uint64) {
	t.Helper()
	j, err := r.machine.Open(journal.Options{Blobs: r.blobs})
	if err != nil {
		t.Fatal(err)
	}
	epoch, err := j.TakeOver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), journal.Head{}.Next(epoch, journal.Records{Count: count, Payload: payload, StateDigest: digest})); err != nil {
		t.Fatal(err)
	}
	r.journal = j
}

func TestReplayThatDivergesIsRefused(t *testing.T) {
	record := toyRecord{Seq: 1, Event: toyEvent{Name: "set", At: 7}}
	good, err := rlp.EncodeToBytes(&record)
	if err != nil {
		t.Fatal(err)
	}
	after := newToy()
	after.Apply(record)
	for _, c := range []struct {
		name    string
		digest  vadium.Digest
		payload []byte
		count   uint64
		wantErr bool
	}{
		{"as recorded", after.Digest(), good, 1, false},
		{"without a digest", vadium.Digest{}, good, 1, false},
		{"another state", vadium.DigestOf([]byte("other")), good, 1, true},
		{"a record that does not decode", vadium.Digest{}, good[:len(good)-1], 1, true},
		{"fewer records than it says", vadium.Digest{}, good, 2, true},
		{"more records than it says", vadium.Digest{}, append(bytes.Clone(good), good...), 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, sequencer.Config{})
			journalOf(t, r, c.digest, c.payload, c.count)
			_, err := r.openOn(r.journal)
			if (err != nil) != c.wantErr {
				t.Errorf("Open = %v, want an error: %t", err, c.wantErr)
			}
			if c.name == "another state" && !errors.Is(err, sequencer.ErrDiverged) {
				t.Errorf("Open = %v, want ErrDiverged", err)
			}
		})
	}
}

func TestReplayShowsEveryBatchWithTheStateAfterIt(t *testing.T) {
	r := newRig(t, sequencer.Config{})
	r.start()
	for i := range uint64(5) {
		r.do(transfer(i, 0, 1, 1))
	}
	slot := uint64(0)
	_, err := sequencer.Replay(t.Context(), toy(), r.journal, func(b journal.Batch, records []toyRecord, s *toyState) error {
		slot++
		if b.Slot != slot || len(records) != 2 || s.Seq != b.LastSeq() || records[0].Seq != b.FirstSeq {
			t.Errorf("slot %d came with records %+v and a state after record %d", b.Slot, records, s.Seq)
		}
		return nil
	})
	if err != nil || slot != 5 {
		t.Errorf("Replay showed %d batches, %v; want 5", slot, err)
	}
	enough := errors.New("enough")
	if _, err := sequencer.Replay(t.Context(), toy(), r.journal, func(journal.Batch, []toyRecord, *toyState) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("Replay = %v, want the error of its visitor", err)
	}
	r.stop()
}

// A state whose snapshot does not restore to itself would lose the market at the next restart; better to learn it now.
func TestStateThatDoesNotSurviveItsSnapshotIsRefusedAtOnce(t *testing.T) {
	r := newRig(t, sequencer.Config{})
	j, err := r.machine.Open(journal.Options{Blobs: r.blobs})
	if err != nil {
		t.Fatal(err)
	}
	core := toy()
	core.Restore = func(b []byte) (*toyState, error) {
		s, err := restoreToy(b)
		s.Money[0]++
		return s, err
	}
	if _, err := sequencer.Open(t.Context(), core, sequencer.Config{Journal: j, Blobs: r.blobs}); !errors.Is(err, sequencer.ErrDiverged) {
		t.Errorf("Open = %v, want ErrDiverged", err)
	}
}

// The published state is fed from the encoded records. If the core applied them differently than its own events, readers
// would see another market than the one that decides.
func TestPublishedStateThatDivergesEndsTheMarket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		j, err := r.machine.Open(journal.Options{Blobs: r.blobs})
		if err != nil {
			t.Fatal(err)
		}
		core := toy()
		record := core.Record
		core.Record = func(seq uint64, at vadium.Time, e toyEvent) toyRecord {
			e.ID = 7 // changes what is journalled
			return record(seq, at, e)
		}
		core.New = newToy
		market, err := sequencer.Open(t.Context(), core, sequencer.Config{Journal: j, Blobs: r.blobs, DigestEvery: 1})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- market.Run(t.Context()) }()
		if _, err := market.Do(t.Context(), transfer(1, 0, 1, 1)); err != nil {
			t.Errorf("Do with consistent records: %v", err)
		}
		market.View(func(s *toyState) { s.Money[3]++ }) // a reader that breaks the rules
		if _, err := market.Do(t.Context(), transfer(2, 0, 1, 1)); !isUnknown(err) {
			t.Errorf("Do after the states diverged = %v, want ErrUnknown", err)
		}
		if err := <-ended; !errors.Is(err, sequencer.ErrDiverged) {
			t.Errorf("Run = %v, want ErrDiverged", err)
		}
	})
}

func TestSnapshotFailureIsNotFatal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{SnapshotEvery: 2})
		root := t.TempDir()
		r.blobs = openBlobs(t, root)
		r.start()
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		for i := range uint64(9) {
			r.do(transfer(i, 0, 1, 1))
			time.Sleep(time.Millisecond)
		}
		want := r.state().Digest()
		r.stop()
		if err := os.MkdirAll(filepath.Join(root, "incoming"), 0o700); err != nil {
			t.Fatal(err)
		}
		r.open()
		if got := r.state().Digest(); got != want {
			t.Errorf("after failed snapshots a restart gives state %s, want %s", got, want)
		}
	})
}
