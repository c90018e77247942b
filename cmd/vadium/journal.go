package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/clearing"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/journal"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
)

func journalCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Re-verify, replay, export, back up or restore everything that ever happened in a market",
		Long: `Re-verify, replay, export, back up or restore everything that ever happened in a market.

A market's folder is open for one process at a time: stop the market first, except for a backup. What reads a market
reads a backup as well.`,
	}
	cmd.AddCommand(journalFsckCommand(c), journalReplayCommand(c), journalExportCommand(c), journalBackupCommand(c), journalRestoreCommand(c))
	return cmd
}

// audit is what fsck counts.
type audit struct {
	Batches    uint64             `json:"batches"`
	Records    uint64             `json:"records"`
	Clearings  int                `json:"clearings"`
	Proofs     int                `json:"proofs"`
	Rejected   int                `json:"rejected"` // deliveries rejected as invalid, confirmed
	Rounds     int                `json:"rounds"`   // of feeds, their proofs verified
	Proven     int                `json:"proven"`   // batches whose proofs of clearing were verified, against the books of the journal
	Requests   int                `json:"requests"`
	Blobs      int                `json:"blobs"` // read and found to be what their names say
	Totals     marketplace.Totals `json:"totals"`
	Conserved  bool               `json:"conserved"`
	Invariants bool               `json:"invariants"`
	Digest     vadium.Digest      `json:"digest"`
}

// auditor re-verifies a journal record by record.
type auditor struct {
	ctx   context.Context //nolint:containedctx // of the one command; replay calls back without one
	blobs blob.Store
	keys  map[vadium.ProgramID]*circuits.VerifyingKey
	audit audit
	watch *marketplace.Watcher
	// before is the state up to the record under examination. Replay hands batches, so it is kept beside Replay's own.
	before    *marketplace.State
	rechecker marketplace.Rechecker
	report    func(records uint64)

	needs   *needs
	digests map[uint64]vadium.Digest // of the states that batches record, by slot
	batches map[uint64]*marketplace.BatchCleared

	unchecked, requests int // records since the invariants were checked, and requests then
}

func newAuditor(ctx context.Context, blobs blob.Store) *auditor {
	return &auditor{
		ctx: ctx, blobs: blobs, keys: map[vadium.ProgramID]*circuits.VerifyingKey{}, watch: marketplace.NewWatcher(),
		before: marketplace.NewState(), report: func(uint64) {}, needs: newNeeds(), digests: map[uint64]vadium.Digest{},
		batches: map[uint64]*marketplace.BatchCleared{},
	}
}

// batch re-verifies the records of one batch.
func (a *auditor) batch(b journal.Batch, records []marketplace.Record, _ *marketplace.State) error {
	a.audit.Batches++
	for _, r := range records {
		if err := a.record(r); err != nil {
			return fmt.Errorf("batch %d, record %d (%s): %w", b.Slot, r.Seq, marketplace.KindOf(r.Event), err)
		}
	}
	if b.StateDigest != (vadium.Digest{}) && a.before.Digest() != b.StateDigest {
		return fmt.Errorf("batch %d records state %v, replay gives %v", b.Slot, b.StateDigest, a.before.Digest())
	}
	if b.StateDigest != (vadium.Digest{}) {
		a.digests[b.Slot] = b.StateDigest // found to be right just now
	}
	a.report(a.audit.Records)
	return nil
}

// snapshot returns the digest of the state after a slot, if the journal records it.
func (a *auditor) snapshot(slot uint64) (vadium.Digest, bool) {
	digest, known := a.digests[slot]
	return digest, known
}

func (a *auditor) record(r marketplace.Record) error {
	a.audit.Records++
	a.needs.record(r)
	if err := a.recheck(r); err != nil {
		return err
	}
	if err := a.rechecker.Check(a.before, r); err != nil {
		return err
	}
	if err := a.reverify(r); err != nil {
		return err
	}
	return a.apply(r)
}

// checkShare bounds what checking the whole state costs: with n requests it is checked every n/checkShare records.
const checkShare = 16

// apply folds the record in. Invariants look at the whole state, so on a large journal they are checked now and then and
// at the end, and on a small one after every record.
func (a *auditor) apply(r marketplace.Record) error {
	a.unchecked++
	if a.unchecked*checkShare < a.requests && !a.watch.Must(r) {
		a.before.Apply(r)
		return a.watch.Glance(a.before, r)
	}
	a.unchecked, a.requests = 0, a.before.CountRequests()
	a.watch.Before(a.before)
	a.before.Apply(r)
	if err := a.watch.After(a.before, r); err != nil {
		return err
	}
	return a.before.CheckInvariants()
}

// recheck re-runs the clearing a record reports.
func (a *auditor) recheck(r marketplace.Record) error {
	switch r.Event.(type) {
	case *marketplace.RequestAssigned, *marketplace.BackupActivated, *marketplace.BatchCleared:
		a.audit.Clearings++
		_, _, err := a.before.Recheck(r)
		return err
	}
	return nil
}

// reverify checks the proof that a verdict is about: an accepted one must verify, a rejected one must not.
func (a *auditor) reverify(r marketplace.Record) error {
	switch e := r.Event.(type) {
	case *marketplace.DeliveryAccepted:
		a.audit.Proofs++
		return a.verify(e.Request, e.Attempt, e.Proof)
	case *marketplace.DeliveryRejected:
		if e.Verdict != marketplace.VerdictInvalid {
			return nil
		}
		a.audit.Rejected++
		err := a.verify(e.Request, e.Attempt, e.Proof)
		if err == nil {
			return errors.New("the proof was rejected as invalid, yet it verifies")
		}
		if _, ok := errors.AsType[vadium.Kind](err); !ok {
			return err
		}
	case *marketplace.RoundPublished:
		a.audit.Rounds++
		return a.verifyRound(e)
	case *marketplace.BatchCleared:
		a.keepBatch(r.Seq, e)
	case *marketplace.ClearingProven:
		a.audit.Proven++
		return a.verifyClearing(e)
	}
	return nil
}

// keepBatch keeps a batch for as long as the market takes a proof of it, so that it is at hand when that comes; one that no circuit
// has places for is not proven.
func (a *auditor) keepBatch(seq uint64, e *marketplace.BatchCleared) {
	if sizes := clearing.Sizes(); len(e.Orders) > sizes[len(sizes)-1]/2 {
		return
	}
	if len(a.batches) >= maxBatchesKept {
		for at := range a.batches {
			if a.before.Cleared(at) == nil {
				delete(a.batches, at)
			}
		}
	}
	a.batches[seq] = e
}

// maxBatchesKept is when those are forgotten that the market keeps no longer.
const maxBatchesKept = 2_048

// verifyClearing checks the proof of a clearing, and that it is of the book that the journal has.
func (a *auditor) verifyClearing(e *marketplace.ClearingProven) error {
	cleared, row, listing := a.batches[e.Clearing], a.before.Cleared(e.Clearing), a.before.Listing(e.Program)
	if cleared == nil || row == nil || listing == nil {
		return fmt.Errorf("it names clearing %d and program %s, of which there is one at most", e.Clearing, e.Program.Short())
	}
	deployment, size := a.before.Market().Deployment, int(e.Size)
	if err := clearingproof.CheckProgram(listing.Program, size); err != nil {
		return err
	}
	if !clearingproof.Earlier(cleared) {
		if err := clearingproof.CheckBook(deployment, e.Clearing, cleared, row.Seed, size, e.Book); err != nil {
			return err
		}
	}
	statement, err := clearingproof.Statement(deployment, e.Clearing, cleared, e.Book)
	if err != nil {
		return err
	}
	key, err := a.key(listing.Program)
	if err != nil {
		return err
	}
	return key.Verify(clearingproof.PublicInputs(listing.Program, statement), e.Proof)
}

// verifyRound checks the proof of a round of a feed.
func (a *auditor) verifyRound(e *marketplace.RoundPublished) error {
	listing := a.before.Listing(e.Program)
	if listing == nil {
		return fmt.Errorf("round %d of %s names program %s, which is not listed", e.Report.Round, feedName(e.Feed), e.Program.Short())
	}
	key, err := a.key(listing.Program)
	if err != nil {
		return err
	}
	return key.Verify(circuits.PublicInputs(listing.Program, pricemedian.Statement(e.Report), e.Request, e.Prover), e.Proof)
}

func (a *auditor) verify(id vadium.RequestID, attempt uint32, proof vadium.Digest) error {
	request := a.before.Request(id)
	program := a.before.Listing(request.Program).Program
	key, err := a.key(program)
	if err != nil {
		return err
	}
	content, err := blob.ReadAll(a.ctx, a.blobs, proof, maxProof)
	if err != nil {
		return fmt.Errorf("proof %v: %w", proof, err)
	}
	public := circuits.PublicInputs(program, request.Statement, id, request.Attempts[attempt].Prover)
	return key.Verify(public, content)
}

const maxProof blob.Limit = 64 << 10

func (a *auditor) key(program vadium.Program) (*circuits.VerifyingKey, error) {
	if key, ok := a.keys[program.ID()]; ok {
		return key, nil
	}
	content, err := blob.ReadAll(a.ctx, a.blobs, program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("verifying key of %s: %w", program.Name, err)
	}
	key, err := circuits.LoadVerifyingKey(program, content)
	if err == nil {
		a.keys[program.ID()] = key
	}
	return key, err
}

// finish sums the books.
func (a *auditor) finish() audit {
	totals := a.before.Totals()
	for range a.before.Requests() {
		a.audit.Requests++
	}
	a.audit.Totals = totals
	a.audit.Conserved = totals.In.Cmp(totals.Accounted()) == 0
	a.audit.Invariants = a.before.CheckInvariants() == nil
	a.audit.Digest = a.before.Digest()
	return a.audit
}

// chronicle is a market's history for reading: of its folder, or of a backup.
type chronicle struct {
	batches sequencer.History
	blobs   *blob.Dir
	last    uint64 // slot
	// snapshot is the latest, if there is one; digest what a backup's manifest says of the state, if it is one.
	snapshot *journal.Snapshot
	segments []journal.Segment
	digest   vadium.Digest
	io.Closer
}

// openChronicle opens a market's folder or a backup.
func openChronicle(ctx context.Context, path string) (_ *chronicle, err error) {
	if isBackup(path) {
		copied, blobs, m, err := backupDir(path).open(ctx)
		return &chronicle{batches: copied, blobs: blobs, last: m.Slot, digest: m.Digest, Closer: io.NopCloser(nil)}, err
	}
	st, err := marketDir(path).open(nil)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.journal.Close())
		}
	}()
	head, err := st.journal.Head(ctx)
	if err != nil {
		return nil, err
	}
	h := &chronicle{batches: st.journal, blobs: st.blobs, last: head.Slot, Closer: st.journal}
	snapshot, found, err := st.journal.LatestSnapshot(ctx)
	if found {
		h.snapshot = &snapshot
	}
	if err == nil {
		h.segments, err = st.journal.Segments(ctx)
	}
	return h, err
}

// fsck re-verifies a market's folder, or a backup, from its first record.
func fsck(ctx context.Context, c *console, dir marketDir) (result audit, err error) {
	h, err := openChronicle(ctx, string(dir))
	if err != nil {
		return audit{}, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	a := newAuditor(ctx, h.blobs)
	a.report = func(uint64) { c.bar("re-verifying the journal", int64(a.audit.Batches), int64(h.last)) }
	if err := h.checkArchive(ctx); err != nil {
		return a.audit, err
	}
	state, err := sequencer.Replay(ctx, sequencer.MarketCore(), h.batches, a.batch)
	if err != nil {
		return a.audit, err
	}
	if got := state.Digest(); h.digest != (vadium.Digest{}) && got != h.digest {
		return a.audit, fmt.Errorf("%w: it replays to state %s, the backup's manifest says %s", sequencer.ErrDiverged, got, h.digest)
	}
	if err := h.checkSnapshot(ctx, a.snapshot); err != nil {
		return a.audit, err
	}
	if err := a.checkBlobs(h.blobs); err != nil {
		return a.audit, err
	}
	return a.finish(), nil
}

// checkArchive reads every archived segment, also those whose batches the journal still has: they are what it will have
// when it is truncated.
func (h *chronicle) checkArchive(ctx context.Context) error {
	for _, s := range h.segments {
		if err := journal.CheckSegment(ctx, h.blobs, s); err != nil {
			return err
		}
	}
	return nil
}

// checkSnapshot restores the latest snapshot and holds it against the state that replay gives after the same slot.
func (h *chronicle) checkSnapshot(ctx context.Context, replayed func(slot uint64) (vadium.Digest, bool)) error {
	if h.snapshot == nil {
		return nil
	}
	content, err := blob.ReadAll(ctx, h.blobs, h.snapshot.Blob, maxBackupBlob)
	if err != nil {
		return fmt.Errorf("snapshot after slot %d: %w", h.snapshot.Slot, err)
	}
	state, err := marketplace.Restore(content)
	if err != nil {
		return fmt.Errorf("snapshot after slot %d: %w", h.snapshot.Slot, err)
	}
	got := state.Digest()
	if want, known := replayed(h.snapshot.Slot); got != h.snapshot.State || known && want != got {
		return fmt.Errorf("%w: the snapshot after slot %d restores to state %s, the journal says %s and replay gives %s", sequencer.ErrDiverged, h.snapshot.Slot, got, h.snapshot.State, want)
	}
	return nil
}

// checkBlobs reads every blob there is, and looks for those that the journal needs.
func (a *auditor) checkBlobs(blobs *blob.Dir) error {
	for digest, err := range blobs.All() {
		if err != nil {
			return err
		}
		if err := a.readThrough(blobs, digest); err != nil {
			return err
		}
		a.audit.Blobs++
	}
	for _, digest := range a.needs.all() {
		if held, err := blobs.Has(a.ctx, digest); err != nil || !held {
			return errors.Join(fmt.Errorf("blob %s, which the journal names: %w", digest, blob.ErrNotFound), err)
		}
	}
	return nil
}

func (a *auditor) readThrough(blobs *blob.Dir, digest vadium.Digest) error {
	content, err := blobs.Get(a.ctx, digest)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, content)
	return errors.Join(err, content.Close())
}

func journalFsckCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "fsck DIR",
		Short: "Re-verify every batch, clearing, proof and sum of a market, from its first record",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := fsck(cmd.Context(), c, marketDir(args[0]))
			if err != nil {
				return withHint(err, "restore the folder from a backup taken before the damage (vadium journal restore BACKUP DIR); do not serve it as it is")
			}
			return c.show(a, func() { c.printAudit(a) })
		},
	}
}

func (c *console) printAudit(a audit) {
	t := a.Totals
	c.facts(
		"batches", fmt.Sprint(a.Batches), "records", fmt.Sprint(a.Records), "requests", fmt.Sprint(a.Requests),
		"clearings re-run", fmt.Sprint(a.Clearings), "proofs re-verified", fmt.Sprint(a.Proofs),
		"rejections confirmed", fmt.Sprint(a.Rejected), "rounds re-verified", fmt.Sprint(a.Rounds), "clearings proven", fmt.Sprint(a.Proven), "blobs", fmt.Sprint(a.Blobs),
		"books", fmt.Sprintf("in %s = balances %s + escrow %s + bonds %s + stake %s + commission %s + insurance %s + protocol %s + burnt %s + withdrawn %s",
			t.In.Tokens(), t.Balances.Tokens(), t.Escrow.Tokens(), t.Bonds.Tokens(), t.Stake.Tokens(), t.Commission.Tokens(), t.Insurance.Tokens(),
			t.Protocol.Tokens(), t.Burnt.Tokens(), t.Withdrawn.Tokens()),
		"state digest", a.Digest.String(),
	)
	c.say("%s", good.Render("everything holds"))
}

func journalReplayCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "replay DIR",
		Short: "Replay a market's journal and print the digest of the state it leads to",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			h, err := openChronicle(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, h.Close()) }()
			state, err := sequencer.Replay(cmd.Context(), sequencer.MarketCore(), h.batches, nil)
			if err != nil {
				return err
			}
			result := struct {
				Records uint64        `json:"records"`
				At      vadium.Time   `json:"at"`
				Digest  vadium.Digest `json:"digest"`
			}{state.NextSeq() - 1, state.Now(), state.Digest()}
			return c.show(result, func() {
				c.facts("records", fmt.Sprint(result.Records), "last", clockTime(result.At), "state digest", result.Digest.String())
			})
		},
	}
}

// exported is one line of `journal export`.
type exported struct {
	Seq    uint64         `json:"seq"`
	At     vadium.Time    `json:"atMs"`
	Kind   string         `json:"kind"`
	Event  map[string]any `json:"event"`
	Record string         `json:"record,omitempty"` // canonical RLP, hex
}

// exportRecord writes a record as the rest of the API does.
func exportRecord(r marketplace.Record) exported {
	return exported{Seq: r.Seq, At: r.At, Kind: marketplace.KindOf(r.Event), Event: wire.Detail(r.Event)}
}

func journalExportCommand(c *console) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Print every record as one JSON object per line",
		Long: `Print every record as one JSON object per line, with its canonical encoding.

The export is the operator's own copy: it holds asks and tie seeds of the epoch that has not ended.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			h, err := openChronicle(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, h.Close()) }()
			to := newConsole(c.in, c.out, c.err)
			if out != "" {
				f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				to.out = f
			}
			for batch, err := range h.batches.Read(cmd.Context(), 1) {
				if err != nil {
					return err
				}
				records, err := sequencer.DecodeRecords[marketplace.Record](batch)
				if err != nil {
					return err
				}
				for _, r := range records {
					encoded, err := rlp.EncodeToBytes(r)
					if err != nil {
						return err
					}
					line := exportRecord(r)
					line.Record = fmt.Sprintf("0x%x", encoded)
					if err := to.object(line); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to a new file instead of standard output")
	return cmd
}
