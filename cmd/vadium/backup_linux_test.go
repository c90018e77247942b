package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/client"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

// cli runs a command line in this process.
func cli(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out, said strings.Builder
	if status := run(context.WithoutCancel(t.Context()), args, nil, &out, &said); status != 0 {
		return out.String(), errors.New(said.String())
	}
	return out.String(), nil
}

// TestBackupUnderLoadIsRestoredAndGoesOn takes a backup while clients load the market, loses the market, restores it and
// goes on. Everything that was acknowledged before the backup began is in it.
func TestBackupUnderLoadIsRestoredAndGoesOn(t *testing.T) {
	t.Parallel()
	k := &killing{T: t, s: openStage(t, marketplace.DefaultParams())}
	l := furnish(t, k.s)
	l.start(4)
	l.progress(20)
	at := filepath.Join(t.TempDir(), "backup")

	// A first attempt that ended in the middle of a batch is continued.
	k.must(os.MkdirAll(at+".partial", 0o700))
	from, err := k.s.market().origin(t.Context())
	k.must(err)
	k.must(copyBatches(t.Context(), from, backupDir(at+".partial")))
	half := backupDir(at + ".partial").copy()
	info, err := os.Stat(half)
	k.must(err)
	k.must(os.Truncate(half, info.Size()/2))
	k.must(from.Close())

	l.progress(20)
	before := l.known()
	if said, err := cli(t, "journal", "backup", string(k.s.market()), at); err != nil || !strings.Contains(said, "receipts.key") {
		t.Fatalf("backup of a market under load: %v\n%s", err, said)
	}
	copied, _, made, err := backupDir(at).open(t.Context())
	k.must(err)
	if digest := l.check(copied, before); digest != made.Digest {
		t.Errorf("the backup replays to %s, its manifest says %s", digest, made.Digest)
	}
	l.fscked(marketDir(at), made.Digest)
	if _, err := cli(t, "journal", "backup", string(k.s.market()), at); err == nil {
		t.Error("a backup overwrote another")
	}

	// A backup with a damaged blob is found out, and not restored.
	bad := filepath.Join(t.TempDir(), "bad")
	k.must(os.CopyFS(bad, os.DirFS(at)))
	damagedBlob := largest(t, bad, "blobs/*/*[0-9a-f]")
	content, err := os.ReadFile(damagedBlob)
	k.must(err)
	content[len(content)/2] ^= 1
	k.must(os.WriteFile(damagedBlob, content, 0o600))
	nowhere := filepath.Join(t.TempDir(), "market")
	for _, args := range [][]string{{"fsck", bad}, {"restore", bad, nowhere}} {
		if _, err := cli(t, append([]string{"journal"}, args...)...); err == nil || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%v with a damaged blob = %v, want an error that says what to do", args, err)
		}
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a damaged backup was restored")
	}

	// The machine is lost.
	l.finish()
	k.kill("market")
	key := filepath.Join(t.TempDir(), "receipts.key")
	content, err = os.ReadFile(k.s.market().receiptKey())
	k.must(err)
	k.must(os.WriteFile(key, content, 0o600))
	if _, err := cli(t, "journal", "restore", at, string(k.s.market()), "--receipt-key", key); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restoring over a market = %v, want a refusal", err)
	}
	epoch := k.epoch()
	k.must(os.RemoveAll(string(k.s.market())))
	if said, err := cli(t, "journal", "restore", at, string(k.s.market()), "--receipt-key", key); err != nil {
		t.Fatalf("restore: %v\n%s", err, said)
	}
	if digest := l.fscked(k.s.market(), made.Digest); digest.Records != made.Records {
		t.Errorf("restored %d records, the backup has %d", digest.Records, made.Records)
	}
	k.restartMarket()
	m, err := k.s.operator.Market(t.Context())
	k.must(err)
	if signer, err := crypto.LoadECDSA(key); err != nil || m.Signer != crypto.PubkeyToAddress(signer.PublicKey) {
		t.Errorf("the restored market signs as %v, %v", m.Signer, err)
	}
	k.must(fund(t.Context(), k.s.operator, k.s.operator.Account(), 1)) // it goes on
	if _, _, err := k.s.operator.Events(t.Context(), made.Records+1_000_000, 1, client.EventFilter{}); err == nil {
		t.Error("a cursor from the lost market's future was served")
	}
	k.s.stop()
	if after := k.epoch(); after <= 1 || epoch == 0 {
		t.Errorf("the restored market writes in epoch %d, the lost one wrote in %d", after, epoch)
	}
	k.fencedOff(made)
}

// epoch returns the epoch of the last batch of a market that nobody serves.
func (k *killing) epoch() uint64 {
	k.Helper()
	st, err := k.s.market().open(nil)
	k.must(err)
	head, err := st.journal.Head(k.Context())
	k.must(errors.Join(err, st.journal.Close()))
	return head.Epoch
}

// fencedOff: what the restored market wrote is of a later epoch than anything in the backup.
func (k *killing) fencedOff(made manifest) {
	k.Helper()
	st, err := k.s.market().open(nil)
	k.must(err)
	defer st.journal.Close()
	var last uint64
	for b, err := range st.journal.Read(context.WithoutCancel(k.Context()), 1) {
		k.must(err)
		if b.Slot > made.Slot && b.Epoch <= last {
			k.Errorf("slot %d, written after the restore, is of epoch %d, the backup ends with %d", b.Slot, b.Epoch, last)
		}
		if b.Slot <= made.Slot {
			last = b.Epoch
		}
	}
}

// damage changes a file in a way that a disk or a person does.
type damage struct {
	name   string
	change func([]byte) []byte
}

var damages = []damage{
	{"a flipped bit", func(b []byte) []byte { b[len(b)/2] ^= 0x20; return b }},
	{"truncated", func(b []byte) []byte { return b[:len(b)*2/3] }},
	{"emptied", func([]byte) []byte { return []byte{} }},
}

// leastContent is more than an engine writes into a file that holds nothing yet: a header that nothing depends on.
const leastContent = 64

// written returns the part of a file that has ever been written, so that damage hits something: engines size files ahead.
func written(b []byte) []byte { return []byte(strings.TrimRight(string(b), "\x00")) }

// TestDamageToAnyFileIsFound damages every kind of file a market or a backup consists of. fsck, or opening, finds it and says
// that a backup has to be restored; and the market that is served from the damaged folder either does not start, or serves
// nothing of the damaged part.
func TestDamageToAnyFileIsFound(t *testing.T) {
	t.Parallel()
	dir := marketDir(filepath.Join(t.TempDir(), "market"))
	crashed := filepath.Join(t.TempDir(), "crashed") // its latest batches are in the engine's log only
	longHistory(t, dir, func() {
		if err := os.CopyFS(crashed, os.DirFS(string(dir))); err != nil {
			t.Fatal(err)
		}
	})
	kept := filepath.Join(t.TempDir(), "backup")
	if _, err := cli(t, "journal", "backup", string(dir), kept); err != nil {
		t.Fatal(err)
	}
	if a, err := fsck(t.Context(), silent(), dir); err != nil || !a.Invariants {
		t.Fatalf("before the damage fsck = %+v, %v", a, err)
	}
	snapshot, segment := artefacts(t, dir)
	for _, file := range []struct {
		kind, in, pattern string
	}{
		// Not the value log: batches are smaller than what Badger files there, so nothing is lost with it.
		{"write-ahead log", crashed, "journal/badger/*.mem"},
		{"table", string(dir), "journal/badger/*.sst"},
		{"engine's manifest", string(dir), "journal/badger/MANIFEST"},
		{"snapshot", string(dir), "blobs/*/" + snapshot},
		{"archived segment", string(dir), "blobs/*/" + segment},
		{"any blob", string(dir), "blobs/*/*[0-9a-f]"},
		{"backup's journal", kept, "journal"},
		{"backup's manifest", kept, "backup.json"},
	} {
		for _, d := range damages {
			t.Run(file.kind+"/"+d.name, func(t *testing.T) {
				damaged := filepath.Join(t.TempDir(), "copy")
				if err := os.CopyFS(damaged, os.DirFS(file.in)); err != nil {
					t.Fatal(err)
				}
				path := largest(t, damaged, file.pattern)
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				content = written(content)
				if len(content) < leastContent {
					t.Fatalf("%s has %d bytes: nothing of the market is in it, so damaging it says nothing", filepath.Base(path), len(content))
				}
				if err := os.WriteFile(path, d.change(content), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err = cli(t, "journal", "fsck", damaged)
				if err == nil {
					t.Fatalf("fsck finds nothing wrong with %s", filepath.Base(path))
				}
				if !strings.Contains(err.Error(), "backup") {
					t.Errorf("fsck says %q, want what to do", err)
				}
			})
		}
	}
}

// largest returns the largest file that matches.
func largest(t *testing.T, dir, pattern string) (path string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("there is no %s in %s: %v", pattern, dir, err)
	}
	size := int64(-1)
	for _, candidate := range paths {
		content, err := os.ReadFile(candidate)
		if err != nil {
			t.Fatal(err)
		}
		if n := int64(len(written(content))); n > size {
			path, size = candidate, n
		}
	}
	return path
}

// longHistory makes a market with snapshots, an archive and tables of the engine's: what only a market of some age has. Its
// latest batches come after all that, so they are in the engine's log only when last is called, just before it is closed.
//
// It stores snapshots and truncates by itself, between two lives of the market. A market that runs does so in the
// background, before its last batch or after: truncating moves everything from the engine's log into tables.
func longHistory(t *testing.T, dir marketDir, last func()) {
	t.Helper()
	ctx := t.Context()
	operator := vadium.Account{1}
	if err := dir.create(ctx, marketTerms{operator: operator, chainID: 1, params: marketplace.DefaultParams()}); err != nil {
		t.Fatal(err)
	}
	const laps = 3 // what a generation holds is given back only when the next is there
	for lap := range laps {
		st, err := dir.open(nil)
		if err != nil {
			t.Fatal(err)
		}
		market, err := sequencer.Open(ctx, sequencer.MarketCore(), sequencer.Config{Journal: st.journal, Blobs: st.blobs, DigestEvery: 7})
		if err != nil {
			t.Fatal(err)
		}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- market.Run(running) }()
		for range 70 {
			salt := client.NewSalt()
			if _, err := market.Do(ctx, marketplace.Command{
				Author: operator, ID: vadium.CommandID(salt), ValidUntil: vadium.Time(time.Now().Add(time.Minute).UnixMilli()),
				Body: marketplace.CreditDeposit{Account: vadium.Account{2}, Amount: vadium.Tokens(1), Reference: salt},
			}); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		err = <-ended
		if lap < laps-1 {
			err = errors.Join(err, archiveAtRest(ctx, market, st))
		} else {
			last()
		}
		if err := errors.Join(err, st.journal.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// archiveAtRest does what a running market does now and then: store a snapshot, archive all but the latest batches, and
// truncate.
func archiveAtRest(ctx context.Context, market *sequencer.Market, st *store) error {
	if err := market.SnapshotAtRest(ctx); err != nil {
		return err
	}
	head, err := st.journal.Head(ctx)
	if err != nil {
		return err
	}
	const keep = 30
	if err := journal.Archive(ctx, st.journal, st.blobs, head.Slot-keep); err != nil {
		return err
	}
	return st.journal.Truncate(ctx, head.Slot-keep)
}

// artefacts returns the names of the blobs of a market's latest snapshot and of a segment of its archive.
func artefacts(t *testing.T, dir marketDir) (snapshot, segment string) {
	t.Helper()
	st, err := dir.open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.journal.Close()
	latest, found, err := st.journal.LatestSnapshot(t.Context())
	if err != nil || !found {
		t.Fatalf("there is no snapshot: %v", err)
	}
	segments, err := st.journal.Segments(t.Context())
	if err != nil || len(segments) == 0 {
		t.Fatalf("there is no archive: %v", err)
	}
	name := func(d vadium.Digest) string { return strings.TrimPrefix(d.String(), "0x") }
	return name(latest.Blob), name(segments[0].Blob)
}

// A damaged archive is not served to those who read old records, and nor is a damaged blob.
func TestDamagedArchiveIsNeverServed(t *testing.T) {
	t.Parallel()
	dir := marketDir(filepath.Join(t.TempDir(), "market"))
	longHistory(t, dir, func() {})
	_, segment := artefacts(t, dir)
	path := largest(t, string(dir), "blobs/*/"+segment)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := dir.open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.journal.Close()
	for b, err := range st.journal.Read(t.Context(), 1) {
		if err == nil {
			t.Errorf("slot %d was served from a damaged segment", b.Slot)
		} else if !errors.Is(err, journal.ErrCorrupt) && !errors.Is(err, blob.ErrCorrupt) {
			t.Errorf("reading = %v, want ErrCorrupt", err)
		}
		break
	}
}
