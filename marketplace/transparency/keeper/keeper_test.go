package keeper_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/tlog"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
	"vadium/marketplace/transparency/keeper"
)

// counting signs and counts.
type counting struct {
	signing.Key
	signed *atomic.Int64
}

func (c counting) SignDigest(digest [32]byte) ([]byte, error) {
	c.signed.Add(1)
	return c.Key.SignDigest(digest)
}

// failing is a journal whose reader may fail.
type failing struct {
	journal.Journal
	fails *atomic.Bool
}

func (f failing) Find(ctx context.Context, seq uint64) (uint64, error) {
	if f.fails.Load() {
		return 0, errors.New("the disk fails")
	}
	return f.Journal.Find(ctx, seq)
}

// epoch is how long an ask epoch of the rig's market lasts.
const epoch = vadium.Minute

// epochs is a time in which so many of them end.
func epochs(n int) time.Duration {
	return time.Duration(n)*time.Duration(epoch)*time.Millisecond + time.Second
}

// rig is a market without a door, whose log is kept in a folder.
type rig struct {
	*testing.T
	blobs  blob.Store
	open   func(journal.Options) (*journal.Embedded, error)
	fails  atomic.Bool // the journal cannot be read
	dir    string
	key    counting
	domain signing.Domain

	market *sequencer.Market
	keeper *keeper.Keeper
	stop   func()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	private, err := crypto.ToECDSA(append(make([]byte, 31), 1))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{
		T: t, blobs: blobs, open: journal.NewMemory().Open, dir: t.TempDir(),
		key: counting{signing.NewKey(private), new(atomic.Int64)}, domain: signing.Domain{ChainID: 1, Deployment: vadium.Salt{7}},
	}
	r.run()
	params := marketplace.DefaultParams()
	params.AskEpoch = epoch
	_, err = r.market.Do(t.Context(), marketplace.Command{Body: marketplace.OpenMarket{
		Operator: vadium.Account{1}, ChainID: 1, Deployment: r.domain.Deployment, Params: params, Seeds: [2][32]byte{{1}, {2}},
	}})
	r.must(err)
	return r
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// run starts the market from its journal.
func (r *rig) run() {
	r.Helper()
	j, err := r.open(journal.Options{Blobs: r.blobs})
	r.must(err)
	// Small numbers, so that what the log is made from again is mostly in the archive.
	r.market, err = sequencer.Open(context.Background(), sequencer.MarketCore(), sequencer.Config{
		Journal: failing{j, &r.fails}, Blobs: r.blobs, DigestEvery: 2, SnapshotEvery: 8, KeepBatches: 4, TruncateEvery: 1,
	})
	r.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- r.market.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		r.Helper()
		cancel()
		if err := errors.Join(<-ended, j.Close()); err != nil {
			r.Error(err)
		}
	})
	r.Cleanup(r.stop) // also when the test ends early: a bubble ends when all of it has
}

// keep starts the keeper on the rig's folder. The function it returns ends it.
func (r *rig) keep() (end func()) {
	r.Helper()
	var err error
	r.keeper, err = keeper.Open(keeper.Config{Market: r.market, Dir: r.dir, Key: r.key})
	r.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- r.keeper.Run(ctx) }()
	end = sync.OnceFunc(func() {
		r.Helper()
		cancel()
		if err := <-ended; err != nil {
			r.Error(err)
		}
	})
	r.Cleanup(end)
	return end
}

func (r *rig) length() (seq, epoch uint64) {
	r.market.View(func(s *marketplace.State) { seq, epoch = s.NextSeq()-1, s.Market().Epoch })
	return seq, epoch
}

// head returns the head of all there is now.
func (r *rig) head() signing.SignedTreeHead {
	r.Helper()
	seq, _ := r.length()
	head, err := r.keeper.Head(r.Context(), seq)
	r.must(err)
	r.must(head.Check(r.domain, r.key.Account()))
	return head
}

// closes returns the heads of all epochs that have ended.
func (r *rig) closes() (heads []signing.SignedTreeHead) {
	r.Helper()
	_, open := r.length()
	for epoch := uint64(1); epoch < open; epoch++ {
		head, err := r.keeper.CloseHead(r.Context(), epoch)
		r.must(err)
		r.must(head.Check(r.domain, r.key.Account()))
		heads = append(heads, head)
	}
	return heads
}

// records returns all records.
func (r *rig) records() (all []marketplace.Record) {
	r.Helper()
	follower, err := r.market.Follow(1)
	r.must(err)
	for seq, _ := r.length(); uint64(len(all)) < seq; {
		more, err := follower.Next(r.Context())
		r.must(err)
		all = append(all, more...)
	}
	return all
}

// checkAgainstJournal compares head and closes with a tree of the journal's records, made anew.
func (r *rig) checkAgainstJournal() {
	r.Helper()
	heads, closes, tree := map[uint64]signing.TreeHead{}, r.closes(), new(transparency.Tree)
	last := r.head()
	for _, head := range append(closes, last) {
		heads[head.Size] = head.TreeHead
	}
	epoch := 0
	for _, record := range r.records() {
		r.must(tree.Add(record))
		if head, signed := heads[tree.Size()]; signed && (head.Root != tree.Root() || head.At != record.At) {
			r.Errorf("the head of %d records has the root %v at %d, the journal says %v at %d", head.Size, head.Root, head.At, tree.Root(), record.At)
		}
		if e, ends := record.Event.(*marketplace.AskEpochClosed); ends {
			if epoch++; int(e.Epoch) != epoch || closes[epoch-1].Size != record.Seq {
				r.Errorf("epoch %d ended with record %d, its head has %d records", e.Epoch, record.Seq, closes[epoch-1].Size)
			}
		}
	}
	for _, head := range closes {
		proof, err := r.keeper.Consistency(r.Context(), head.Size, last.Size)
		r.must(err)
		r.must(transparency.CheckConsistent(head.TreeHead, last.TreeHead, proof))
	}
}

func sameHeads(t *testing.T, what string, got, want []signing.SignedTreeHead) {
	t.Helper()
	for i, head := range want {
		if i >= len(got) || got[i].TreeHead != head.TreeHead || string(got[i].Signature) != string(head.Signature) {
			t.Errorf("%s, head %d of %d is not what it was", what, i, len(want))
			return
		}
	}
}

// A head follows from the journal alone: whatever became of the log's files, the market signs what it signed before, and
// so never contradicts itself.
func TestALostOrDamagedLogIsMadeAgainFromTheJournal(t *testing.T) {
	file := func(name string, change func(t *testing.T, path string)) func(*testing.T, string) {
		return func(t *testing.T, dir string) { change(t, filepath.Join(dir, name)) }
	}
	remove := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	flip := func(at func(size int) int) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			raw[at(len(raw))] ^= 1
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	shorten := func(t *testing.T, path string) {
		if err := os.Truncate(path, 100); err != nil {
			t.Fatal(err)
		}
	}
	longer := func(t *testing.T, path string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	for name, happens := range map[string]func(*testing.T, string){
		"nothing happened to it":         func(*testing.T, string) {},
		"all is gone":                    func(t *testing.T, dir string) { _ = os.RemoveAll(dir) },
		"the mark is gone":               file("mark", remove),
		"the mark is damaged":            file("mark", flip(func(n int) int { return n / 2 })),
		"the hashes are gone":            file("hashes", remove),
		"a header is another's":          file("hashes", flip(func(int) int { return 40 })),
		"a hash near the end is damaged": file("hashes", flip(func(n int) int { return n - 1 })),
		"hashes are missing":             file("hashes", shorten),
		"hashes of no record follow":     file("hashes", longer),
		"the closes are gone":            file("closes", remove),
		"the last close is damaged":      file("closes", flip(func(n int) int { return n - 5 })),
		"closes are missing":             file("closes", shorten),
		"closes of nothing follow":       file("closes", longer),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				end := r.keep()
				time.Sleep(epochs(5))
				before, closes := r.head(), r.closes()
				if len(closes) < 2 {
					t.Fatalf("%d epochs have ended, want some", len(closes))
				}
				end()
				happens(t, r.dir)
				time.Sleep(epochs(1))
				end = r.keep()
				r.checkAgainstJournal()
				sameHeads(t, name, r.closes(), closes)
				after := r.head()
				proof, err := r.keeper.Consistency(r.Context(), before.Size, after.Size)
				r.must(err)
				r.must(transparency.CheckConsistent(before.TreeHead, after.TreeHead, proof))
				end()
				r.stop()
			})
		})
	}
}

// A kill leaves files as they were last written, with a mark from before or none.
func TestAKilledLogGoesOnWhereItIsCertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		end := r.keep()
		time.Sleep(epochs(2))
		r.head()
		end() // the mark is here
		end = r.keep()
		time.Sleep(epochs(3))
		before, closes := r.head(), r.closes()
		copied := t.TempDir() // while it runs
		if err := os.CopyFS(copied, os.DirFS(r.dir)); err != nil {
			t.Fatal(err)
		}
		end()
		r.dir = copied
		r.stop()
		r.run()
		end = r.keep()
		synctest.Wait()
		r.checkAgainstJournal()
		sameHeads(t, "after a kill", r.closes(), closes)
		after := r.head()
		proof, err := r.keeper.Consistency(r.Context(), before.Size, after.Size)
		r.must(err)
		r.must(transparency.CheckConsistent(before.TreeHead, after.TreeHead, proof))
		r.stop() // and a market that ends ends its log
		end()
	})
}

// A market that was restored from a backup has another history, and its log says so: nothing of the lost one is left in it.
func TestTheLogOfALostHistoryIsNotContinued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		end := r.keep()
		time.Sleep(epochs(2))
		early := r.head()
		end()
		r.stop()
		var backup []journal.Batch
		j, err := r.open(journal.Options{Blobs: r.blobs})
		r.must(err)
		for b, err := range j.Read(t.Context(), 1) {
			r.must(err)
			backup = append(backup, b)
		}
		r.must(j.Close())
		r.run()
		end = r.keep()
		time.Sleep(epochs(2))
		lost := r.head()
		end()
		r.stop()

		memory := journal.NewMemory()
		j, err = memory.Open(journal.Options{Blobs: r.blobs})
		r.must(err)
		for writer := uint64(0); len(backup) > 0; {
			if writer < backup[0].Epoch {
				writer, err = j.TakeOver(t.Context())
				r.must(err)
				continue
			}
			r.must(j.Append(t.Context(), backup[0]))
			backup = backup[1:]
		}
		r.must(j.Close())
		r.open = memory.Open
		r.run()
		time.Sleep(epochs(5)) // longer than the lost one
		end = r.keep()
		r.checkAgainstJournal()
		now := r.head()
		if now.Size <= lost.Size || now.Lineage == lost.Lineage {
			t.Fatalf("the restored history has %d records of lineage %v, the lost one %d of %v", now.Size, now.Lineage, lost.Size, lost.Lineage)
		}
		for _, c := range []struct {
			name  string
			older signing.SignedTreeHead
			want  error
		}{{"from before the backup", early, nil}, {"of the lost history", lost, transparency.ErrInconsistent}} {
			proof, err := r.keeper.Consistency(r.Context(), c.older.Size, now.Size)
			r.must(err)
			if err := transparency.CheckConsistent(c.older.TreeHead, now.TreeHead, proof); !errors.Is(err, c.want) {
				t.Errorf("a head %s: %v, want %v", c.name, err, c.want)
			}
		}
		end()
		r.stop()
	})
}

// Whoever asks cannot make the market sign more often than it wants to, nor for records that it does not have.
func TestHeadsAreSignedNoMoreOftenThanNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		end := r.keep()
		synctest.Wait()
		first := r.head()
		signed := r.key.signed.Load()
		for range 100 {
			if again := r.head(); again.TreeHead != first.TreeHead {
				t.Fatalf("nothing happened, and the head is %+v, was %+v", again, first)
			}
		}
		if more := r.key.signed.Load() - signed; more != 0 {
			t.Errorf("nothing happened, and %d heads were signed", more)
		}
		began := time.Now()
		for range 10 {
			_, err := r.market.Do(t.Context(), marketplace.Command{Body: marketplace.ResumeCommand{Lineage: vadium.Salt{1}}})
			r.must(err)
			if any, err := r.keeper.Head(t.Context(), 0); err != nil || any.Size == 0 {
				t.Fatalf("any head: %+v, %v", any, err)
			}
			r.head() // of all there is: waits until it may be signed
		}
		if more, most := r.key.signed.Load()-signed, int64(time.Since(began)/(100*time.Millisecond))+1; more > most {
			t.Errorf("%d heads were signed in %v", more, time.Since(began))
		}
		seq, epoch := r.length()
		if _, err := r.keeper.Head(t.Context(), seq+1); !errors.Is(err, transparency.ErrShorter) {
			t.Errorf("a head of a record more than there are: %v, want %v", err, transparency.ErrShorter)
		}
		if _, err := r.keeper.CloseHead(r.Context(), epoch); !errors.Is(err, transparency.ErrEpochOpen) {
			t.Errorf("the head of the open epoch: %v, want %v", err, transparency.ErrEpochOpen)
		}
		for name, refused := range map[string]func() ([]vadium.Digest, error){
			"record 0":               func() ([]vadium.Digest, error) { return r.keeper.Inclusion(r.Context(), 0, seq) },
			"a record beyond a size": func() ([]vadium.Digest, error) { return r.keeper.Inclusion(r.Context(), 2, 1) },
			"a size beyond the log":  func() ([]vadium.Digest, error) { return r.keeper.Inclusion(r.Context(), 1, seq+1) },
			"from size 0":            func() ([]vadium.Digest, error) { return r.keeper.Consistency(r.Context(), 0, seq) },
			"backwards":              func() ([]vadium.Digest, error) { return r.keeper.Consistency(r.Context(), 2, 1) },
			"beyond the log":         func() ([]vadium.Digest, error) { return r.keeper.Consistency(r.Context(), 1, seq+1) },
			"beyond all":             func() ([]vadium.Digest, error) { return r.keeper.Inclusion(r.Context(), 1<<63, 1<<63+1) },
		} {
			if proof, err := refused(); !errors.Is(err, transparency.ErrShorter) {
				t.Errorf("%s: %v (%v), want %v", name, proof, err, transparency.ErrShorter)
			}
		}
		end()
		r.stop()
	})
}

// After a start without files, whoever asks waits until the log has what it asks for.
func TestWhoeverAsksForAHeadWaitsUntilTheLogHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var err error
		r.keeper, err = keeper.Open(keeper.Config{Market: r.market, Dir: r.dir, Key: r.key})
		r.must(err)
		seq, _ := r.length()
		answered := make(chan signing.SignedTreeHead)
		go func() {
			head, _ := r.keeper.Head(context.Background(), seq)
			answered <- head
		}()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.keeper.Head(impatient, seq); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody keeps the log, and a head is answered with %v", err)
		}
		if _, err := r.keeper.Inclusion(impatient, 1, seq); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody keeps the log, and a proof is answered with %v", err)
		}
		if _, err := r.keeper.Consistency(impatient, 1, seq); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody keeps the log, and that it has grown is answered with %v", err)
		}
		ended := make(chan error)
		go func() { ended <- r.keeper.Run(context.Background()) }()
		if head := <-answered; head.Size < seq {
			t.Errorf("asked for %d records, the head has %d", seq, head.Size)
		}
		r.stop()
		r.must(<-ended)
	})
}

// A hash that is damaged while the log is kept never accuses the market: there is no proof then, no head that contradicts an
// earlier one, and at the next start the log is whole again.
func TestADamagedHashAccusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		end := r.keep()
		time.Sleep(epochs(3))
		head, records := r.head(), r.records()
		records = records[:head.Size]
		heads, tree := make([]signing.TreeHead, head.Size+1), new(transparency.Tree)
		for _, record := range records {
			r.must(tree.Add(record))
			heads[tree.Size()] = signing.TreeHead{Size: tree.Size(), Root: tree.Root()}
		}
		newest := heads[head.Size]
		file, err := os.OpenFile(filepath.Join(r.dir, "hashes"), os.O_RDWR, 0)
		r.must(err)
		defer file.Close()
		refused := 0
		for i := range tlog.StoredHashCount(int64(head.Size)) {
			at, whole := 64+32*i, make([]byte, 1)
			_, err := file.ReadAt(whole, at)
			r.must(err)
			_, err = file.WriteAt([]byte{whole[0] ^ 1}, at)
			r.must(err)
			for n := uint64(1); n <= head.Size; n++ {
				included, err := r.keeper.Inclusion(r.Context(), n, head.Size)
				if errors.Is(err, transparency.ErrShorter) {
					t.Fatalf("hash %d is damaged, and record %d is answered with %v", i, n, err)
				} else if err != nil {
					refused++
				} else if err := transparency.CheckIncluded(newest, records[n-1], included); err != nil {
					t.Fatalf("hash %d is damaged, and the market is accused: %v", i, err)
				}
				grown, err := r.keeper.Consistency(r.Context(), n, head.Size)
				if errors.Is(err, transparency.ErrShorter) {
					t.Fatalf("hash %d is damaged, and %d records are answered with %v", i, n, err)
				} else if err != nil {
					refused++
				} else if err := transparency.CheckConsistent(heads[n], newest, grown); err != nil {
					t.Fatalf("hash %d is damaged, and the market is accused: %v", i, err)
				}
			}
			if i == 0 {
				continue // it stays so
			}
			_, err = file.WriteAt(whole, at)
			r.must(err)
		}
		if refused == 0 {
			t.Error("no proof needed a damaged hash")
		}
		end()
		if _, err := os.Stat(filepath.Join(r.dir, "mark")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the mark of a damaged log: %v, want none", err)
		}
		end = r.keep()
		r.checkAgainstJournal()
		end()
		r.stop()
	})
}

// A journal that cannot be read for a while stops the log for a while.
func TestTheLogGoesOnWhenTheJournalCanBeReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		time.Sleep(epochs(3))
		r.stop()
		r.run() // nothing of it is in memory
		r.fails.Store(true)
		end := r.keep()
		time.Sleep(5 * time.Second)
		r.fails.Store(false)
		r.checkAgainstJournal()
		end()
		r.stop()
	})
}
