package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

// backupDir is a folder that holds a backup of a market: a copy of its journal from genesis, the blobs that the journal
// needs, and a manifest, which is written last. It is read as it is by fsck, replay and export.
type backupDir string

func (d backupDir) copy() string     { return filepath.Join(string(d), "journal") }
func (d backupDir) blobs() string    { return filepath.Join(string(d), "blobs") }
func (d backupDir) manifest() string { return filepath.Join(string(d), "backup.json") }

// isBackup reports whether a folder holds a whole backup.
func isBackup(path string) bool {
	_, err := os.Stat(backupDir(path).manifest())
	return err == nil
}

// backupVersion is the manifest's first field. Numbers are never reused.
const backupVersion = 1

// maxBackupBlob bounds a blob in a backup: more than any market takes.
const maxBackupBlob blob.Limit = 1 << 40

// manifest says what a backup is.
type manifest struct {
	Version int `json:"version"`
	// Slot and Records are where the journal's copy ends, Head is the hash of its last batch.
	Slot    uint64 `json:"slot"`
	Records uint64 `json:"records"`
	Head    string `json:"head"`
	// At is the market's time of the last record.
	At vadium.Time `json:"atMs"`
	// Deployment identifies the market.
	Deployment vadium.Salt `json:"deployment"`
	// Digest is the digest of the state that replaying the copy leads to.
	Digest vadium.Digest `json:"digest"`
	// Blobs is how many the backup holds.
	Blobs int `json:"blobs"`
	// Without is what whoever restores it has to bring.
	Without []string `json:"without"`
}

// without is what no backup holds.
var without = []string{
	"receipts.key, which signs receipts: keep a copy apart from the backups, and give it to restore with --receipt-key",
	"the operator's account (its keystore and password)",
	"inputs of requests that have ended, unfinished uploads, and the marks of who uploaded what: uploading again makes them",
}

// needs collects the blobs that a journal needs, record by record.
type needs struct {
	blobs  []vadium.Digest // in order of appearance
	known  map[vadium.Digest]bool
	inputs map[vadium.RequestID]vadium.Digest // of requests that have not ended
}

func newNeeds() *needs {
	return &needs{known: map[vadium.Digest]bool{}, inputs: map[vadium.RequestID]vadium.Digest{}}
}

func (n *needs) add(digests ...vadium.Digest) {
	for _, d := range digests {
		if d != (vadium.Digest{}) && !n.known[d] {
			n.known[d] = true
			n.blobs = append(n.blobs, d)
		}
	}
}

func (n *needs) record(r marketplace.Record) {
	switch e := r.Event.(type) {
	case *marketplace.ProgramListed:
		p := e.Program
		n.add(p.ConstraintSystem, p.ProvingKey, p.VerifyingKey, p.Sample)
	case *marketplace.RequestSubmitted:
		n.inputs[e.Request.ID] = e.Request.Input
	case *marketplace.DeliveryReceived:
		n.add(e.Proof)
	case *marketplace.RequestClosed:
		delete(n.inputs, e.Request)
	}
}

// all returns every blob that is needed.
func (n *needs) all() []vadium.Digest {
	for _, input := range n.inputs {
		n.add(input)
	}
	return n.blobs
}

// survey replays a history and returns where it ends, the state there, and what blobs it needs.
func survey(ctx context.Context, from sequencer.History) (journal.Head, *marketplace.State, *needs, error) {
	head, needed := journal.Head{}, newNeeds()
	state, err := sequencer.Replay(ctx, sequencer.MarketCore(), from, func(b journal.Batch, records []marketplace.Record, _ *marketplace.State) error {
		head = journal.After(b)
		for _, r := range records {
			needed.record(r)
		}
		return nil
	})
	return head, state, needed, err
}

// backup makes a backup of a market in a new folder. It works beside it, in a folder that another attempt continues, and
// gives it its name when everything is there, is what it should be, and is on the disk.
func backup(ctx context.Context, c *console, from origin, to string) (_ manifest, err error) {
	if _, err := os.Lstat(to); err == nil {
		return manifest{}, withHint(fmt.Errorf("%s exists", to), "choose a name that does not exist yet")
	}
	work := backupDir(to + ".partial")
	if err := os.MkdirAll(string(work), 0o700); err != nil {
		return manifest{}, err
	}
	if err := copyBatches(ctx, from, work); err != nil {
		return manifest{}, withHint(err, "the same command continues where this one ended")
	}
	copied, err := journal.OpenCopy(work.copy())
	if err != nil {
		return manifest{}, err
	}
	head, state, needed, err := survey(ctx, copied)
	if err != nil {
		return manifest{}, err
	}
	blobs, err := blob.OpenDir(work.blobs())
	if err != nil {
		return manifest{}, err
	}
	wanted := needed.all()
	for i, digest := range wanted {
		c.bar("copying blobs", int64(i+1), int64(len(wanted)))
		if err := copyBlob(ctx, from, blobs, digest); err != nil {
			return manifest{}, withHint(fmt.Errorf("blob %s: %w", digest, err), "re-verify the market: vadium journal fsck; the same command continues where this one ended")
		}
	}
	m := manifest{
		Version: backupVersion, Slot: head.Slot, Records: head.LastSeq, Head: fmt.Sprintf("%x", head.Hash), At: head.At,
		Deployment: state.Market().Deployment, Digest: state.Digest(), Blobs: len(wanted), Without: without,
	}
	if err := writeDurably(work.manifest(), m); err != nil {
		return manifest{}, err
	}
	return m, publishFolder(string(work), to)
}

// copyBatches appends to the copy what it does not have yet.
func copyBatches(ctx context.Context, from origin, to backupDir) (err error) {
	f, err := os.OpenFile(to.copy(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	copied, err := journal.OpenCopy(to.copy())
	if err != nil {
		return err
	}
	have, err := copied.Mend(ctx) // what an earlier attempt left
	if err != nil {
		return err
	}
	batches, upTo, err := from.batches(ctx, have.Slot+1)
	if err != nil {
		return err
	}
	defer batches.Close()
	if _, err := io.Copy(f, batches); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	head, err := copied.Head(ctx)
	if err != nil {
		return withHint(err, "remove "+string(to)+" and begin anew; if it happens again, re-verify the market: vadium journal fsck")
	}
	if head.Slot < upTo {
		return fmt.Errorf("the copy ends with slot %d, the journal had %d when it began", head.Slot, upTo)
	}
	return nil
}

// copyBlob copies a blob that is not there yet, checking it on the way.
func copyBlob(ctx context.Context, from origin, to *blob.Dir, digest vadium.Digest) error {
	if held, err := to.Has(ctx, digest); held || err != nil {
		return err
	}
	content, err := from.blob(ctx, digest)
	if err != nil {
		return err
	}
	defer content.Close()
	return to.PutExpect(ctx, digest, content, maxBackupBlob)
}

// writeDurably writes a small file of JSON and syncs it.
func writeDurably(path string, v any) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(f)
	encoder.SetIndent("", "  ")
	return errors.Join(encoder.Encode(v), f.Sync(), f.Close())
}

// publishFolder gives a finished folder its name, durably.
func publishFolder(work, name string) error {
	for _, step := range []func() error{
		func() error { return syncFolder(work) },
		func() error { return os.Rename(work, name) },
		func() error { return syncFolder(filepath.Dir(name)) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// open reads a backup's manifest and holds the copy against it.
func (d backupDir) open(ctx context.Context) (*journal.Copy, *blob.Dir, manifest, error) {
	var m manifest
	content, err := os.ReadFile(d.manifest())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, m, withHint(fmt.Errorf("%s is not a backup, or an unfinished one: it has no backup.json", string(d)), "make one: vadium journal backup DIR "+string(d))
	}
	if err == nil {
		err = json.Unmarshal(content, &m)
	}
	if err == nil && m.Version != backupVersion {
		err = fmt.Errorf("its version is %d, this program reads %d", m.Version, backupVersion)
	}
	if err != nil {
		return nil, nil, m, fmt.Errorf("backup %s: %w", string(d), err)
	}
	copied, err := journal.OpenCopy(d.copy())
	if err != nil {
		return nil, nil, m, err
	}
	head, err := copied.Head(ctx)
	if err != nil {
		return nil, nil, m, err
	}
	if got := fmt.Sprintf("%x", head.Hash); head.Slot != m.Slot || got != m.Head {
		return nil, nil, m, fmt.Errorf("%w: the backup's journal ends with slot %d and hash %s, its manifest says %d and %s", journal.ErrCorrupt, head.Slot, got, m.Slot, m.Head)
	}
	blobs, err := blob.OpenDir(d.blobs())
	return copied, blobs, m, err
}

// restoring says what to restore where.
type restoring struct {
	from       backupDir
	to         marketDir
	receiptKey string // file; empty for a new key
}

// restored is what restore reports.
type restored struct {
	manifest
	// Signer is the account that signs receipts from now on.
	Signer vadium.Account `json:"signer"`
	// NewKey says that it is another one than before.
	NewKey bool `json:"newReceiptKey"`
}

// run makes a market of a backup. Like the backup it works beside the folder, which is there as a whole or not at all.
func (r restoring) run(ctx context.Context, c *console) (done restored, err error) {
	if err := empty(string(r.to)); err != nil {
		return done, err
	}
	copied, kept, m, err := r.from.open(ctx)
	if err != nil {
		return done, err
	}
	head, state, needed, err := survey(ctx, copied)
	if err != nil {
		return done, err
	}
	if got := state.Digest(); got != m.Digest {
		return done, fmt.Errorf("%w: the backup replays to state %s, its manifest says %s", sequencer.ErrDiverged, got, m.Digest)
	}
	work := marketDir(string(r.to) + ".partial")
	if err := os.RemoveAll(string(work)); err != nil {
		return done, err
	}
	for _, folder := range []string{string(work), work.spool()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return done, err
		}
	}
	blobs, err := blob.OpenDir(work.blobs())
	if err != nil {
		return done, err
	}
	wanted := needed.all()
	for i, digest := range wanted {
		c.bar("restoring blobs", int64(i+1), int64(len(wanted)))
		content, err := kept.Get(ctx, digest)
		if err != nil {
			return done, err
		}
		err = errors.Join(blobs.PutExpect(ctx, digest, content, maxBackupBlob), content.Close())
		if err != nil {
			return done, err
		}
	}
	// With a snapshot of its end the restored market starts as fast as the lost one did.
	snapshot, err := snapshotOf(ctx, blobs, head, state)
	if err != nil {
		return done, err
	}
	if _, err := journal.Restore(ctx, work.journal(), copied, snapshot); err != nil {
		return done, err
	}
	done = restored{manifest: m, NewKey: r.receiptKey == ""}
	if done.Signer, err = r.placeReceiptKey(work); err != nil {
		return done, err
	}
	if err := os.Remove(string(r.to)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return done, err
	}
	return done, publishFolder(string(work), string(r.to))
}

// empty refuses a folder that holds something.
func empty(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		err = withHint(fmt.Errorf("%s is not empty: it holds %s", path, entries[0].Name()), "restore into a folder that is empty or does not exist, and move the damaged one away")
	}
	return err
}

func snapshotOf(ctx context.Context, blobs blob.Store, head journal.Head, state *marketplace.State) (*journal.Snapshot, error) {
	digest, _, err := blobs.Put(ctx, bytes.NewReader(state.Snapshot()), maxBackupBlob)
	if err != nil {
		return nil, err
	}
	return &journal.Snapshot{Slot: head.Slot, Blob: digest, State: state.Digest()}, nil
}

func (r restoring) placeReceiptKey(into marketDir) (vadium.Account, error) {
	key, err := crypto.GenerateKey()
	if r.receiptKey != "" {
		if key, err = crypto.LoadECDSA(r.receiptKey); err != nil {
			err = fmt.Errorf("receipt key %s: %w", r.receiptKey, err)
		}
	}
	if err != nil {
		return vadium.Account{}, err
	}
	return crypto.PubkeyToAddress(key.PublicKey), into.writeReceiptKey(key)
}

func journalBackupCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIR BACKUP",
		Short: "Copy a market's journal and blobs into a new folder, also while it is being served",
		Long: `Copy a market's journal and blobs into a new folder, also while it is being served.

Everything acknowledged before the command began is in the backup. It is verified before it gets its name; interrupted,
the same command continues in BACKUP.partial. "vadium journal fsck BACKUP" re-verifies it at any time.

It does not hold receipts.key nor the operator's account: keep copies of both, apart from the backups.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			from, err := marketDir(args[0]).origin(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, from.Close()) }()
			m, err := backup(cmd.Context(), c, from, filepath.Clean(args[1]))
			if err != nil {
				return err
			}
			return c.show(m, func() {
				c.facts("batches", fmt.Sprint(m.Slot), "records", fmt.Sprint(m.Records), "last", clockTime(m.At), "blobs", fmt.Sprint(m.Blobs), "state digest", m.Digest.String())
				c.say("%s  keep with it, apart from it:", good.Render("backed up"))
				for _, missing := range m.Without {
					c.say("  - %s", missing)
				}
			})
		},
	}
}

func journalRestoreCommand(c *console) *cobra.Command {
	var receiptKey string
	cmd := &cobra.Command{
		Use:   "restore BACKUP DIR",
		Short: "Make a market of a backup, in a folder that is empty or does not exist",
		Long: `Make a market of a backup, in a folder that is empty or does not exist.

Every batch, the chain they form, every blob and the digest of the state are checked on the way. What was acknowledged
after the backup is not in it: clients with a later cursor are told so, and open deadlines move by the time since.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			done, err := restoring{backupDir(args[0]), marketDir(filepath.Clean(args[1])), receiptKey}.run(cmd.Context(), c)
			if err != nil {
				return withHint(err, "try an older backup; nothing was restored")
			}
			return c.show(done, func() {
				c.facts("batches", fmt.Sprint(done.Slot), "records", fmt.Sprint(done.Records), "last", clockTime(done.At), "state digest", done.Digest.String(), "signs receipts", done.Signer.String())
				if done.NewKey {
					c.say("%s  receipts are signed with a new key; those of the old one are checked against the account that signed them", warn.Render("note"))
				}
				c.say("serve it:  vadium market serve %s", args[1])
			})
		},
	}
	cmd.Flags().StringVar(&receiptKey, "receipt-key", "", "file with the lost market's receipts.key (default: a new key)")
	return cmd
}
