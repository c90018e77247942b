// Package keeper is the market's side of the transparency log: it follows the journal like every other reader, with a cursor
// of its own, appends a leaf for each record, and signs heads.
//
//	log, err := keeper.Open(keeper.Config{Market: market, Dir: dir, Key: key})
//	go log.Run(ctx)
//	head, err := log.Head(ctx, receipt.Seq)
//
// It sees a record only after the journal has made it durable, so no head is ever signed for what may be lost. All of a head
// follows from the journal up to its last record: the time and the lineage, too, are that record's. So a log that is lost, or
// is not this journal's, is made again from the journal, from its archive where the journal is truncated, and the heads in it
// are those that were signed before.
//
// Its files can be damaged while it runs, and a head or a proof made from a damaged hash would accuse the market of what it did
// not do. So every head is held against the one that was signed before, every proof against its head, before either is given
// away. What does not fit is answered with an error, and the files are made again at the next start.
//
// What it does not do: it decides nothing, and nobody waits for it. Whoever asks for a head of records that are not in the log
// yet waits until they are, which is a moment, or after a start without files as long as reading the journal takes.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
)

const (
	// signEvery is how often heads are signed at most, those at the ends of epochs aside: whoever asks in between gets the
	// last one, or waits for the next if it has to reach further.
	signEvery = 100 * time.Millisecond
	// syncEvery is how many records come between two syncs: what a power cut makes the next start do again.
	syncEvery = 1 << 16
	// retryAfter is how long it waits when the disk or the journal fails.
	retryAfter = time.Second
)

// Config says what is logged.
type Config struct {
	Market *sequencer.Market
	// Dir is the folder of the log's files.
	Dir string
	// Key signs heads; it is the one that signs receipts.
	Key signing.Signer
	// Metrics measures; default nothing.
	Metrics *Metrics
	// Log receives our own failures; default nothing.
	Log *slog.Logger
}

// Keeper keeps a market's transparency log. Make one with Open, run it with Run. The other methods may be called by anyone.
type Keeper struct {
	Config
	domain signing.Domain
	tree   *hashes
	closes *closes

	// owned by Run
	lineage vadium.Salt   // of the last record
	genesis vadium.Digest // hash of the first leaf
	marked  uint64        // records when the files were last synced

	mu       sync.Mutex
	size     uint64                 // guarded by mu: records in the log
	last     signing.TreeHead       // guarded by mu: of the last record, without its root
	signed   signing.SignedTreeHead // guarded by mu: the last one; none while its size is 0
	signedAt time.Time              // guarded by mu
	certain  signing.TreeHead       // guarded by mu: the last one signed, or marked, which any other has to fit
	grown    chan struct{}          // guarded by mu: closed and replaced when there are more records

	marking sync.Mutex
	damaged bool // guarded by marking: the files do not fit what was signed, no mark may say otherwise
}

// errDamaged: the files do not fit what was signed.
var errDamaged = errors.New("the files of the transparency log are damaged; they are made again from the journal when the market is started again")

// Open opens the log of an open market. Files that are missing, damaged or of another history are begun anew.
func Open(c Config) (*Keeper, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the transparency log: %w", err)
	}
	k := &Keeper{Config: c, grown: make(chan struct{})}
	var market marketplace.Market
	c.Market.View(func(s *marketplace.State) { market = s.Market() })
	if !market.Opened {
		return nil, errors.New("open the transparency log: the market's journal is empty (create it with: vadium market init)")
	}
	k.domain = signing.Domain{ChainID: market.ChainID, Deployment: market.Deployment}
	if m, found := readMark(c.Dir); found {
		err := k.resume(m, market)
		if err == nil {
			return k, nil
		}
		c.Log.Warn("the transparency log is made again from the journal", "reason", err.Error())
	}
	// From here the files say nothing; a start in between begins anew as well.
	if err := forget(c.Dir); err != nil {
		return nil, fmt.Errorf("open the transparency log: %w", err)
	}
	var err error
	if k.tree, err = openHashes(c.Dir, market.Deployment, 0); err != nil {
		return nil, fmt.Errorf("open the transparency log: %w", err)
	}
	if k.closes, err = openCloses(c.Dir, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("open the transparency log: %w", err), k.tree.file.Close())
	}
	return k, nil
}

// resume opens the files where the mark says, if they are of this journal.
func (k *Keeper) resume(m mark, market marketplace.Market) (err error) {
	lineage, known := marketplace.LineageAt(market.Lineages, m.Head.Size)
	switch {
	case m.Deployment != market.Deployment || m.ChainID != market.ChainID:
		return errors.New("it is another market's")
	case m.Signer != k.Key.Account():
		return errors.New("another key signed its heads")
	case m.Head.Size > market.Seq || !known || lineage != m.Head.Lineage:
		return errors.New("it is of another history")
	}
	if k.tree, err = openHashes(k.Dir, market.Deployment, m.Head.Size); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.tree.file.Close())
		}
	}()
	root, err := tlog.TreeHash(int64(m.Head.Size), k.tree.stored())
	if err != nil {
		return err
	}
	var first tlog.Hash
	if err := k.tree.read(0, &first); err != nil {
		return err
	}
	if vadium.Digest(root) != m.Head.Root || vadium.Digest(first) != m.Genesis {
		return errors.New("its file of hashes is damaged")
	}
	if k.closes, err = openCloses(k.Dir, m.Closes); err != nil {
		return err
	}
	k.size, k.marked, k.genesis, k.lineage, k.last = m.Head.Size, m.Head.Size, m.Genesis, m.Head.Lineage, m.Head
	k.certain = m.Head
	k.Metrics.reached(k.size)
	return nil
}

// Run keeps the log until ctx or the market ends, and returns nil then. What it cannot read or write it tries again.
func (k *Keeper) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, k.tree.file.Close(), k.closes.file.Close()) }()
	follower, err := k.Market.Follow(k.size + 1)
	if err != nil {
		return fmt.Errorf("keep the transparency log: %w", err)
	}
	for {
		records, err := follower.Next(ctx)
		switch {
		case ctx.Err() != nil, errors.Is(err, sequencer.ErrStopped), err != nil && k.stopped(): // a journal that is closed cannot be read
			if err := k.sync(); err != nil { // the next start does some of it again
				k.Log.Warn("the transparency log was not synced", "error", err)
			}
			return nil
		case err != nil:
			k.Log.Error("the journal cannot be read for the transparency log, it is tried again", "error", err)
			pause(ctx, retryAfter)
			continue
		}
		for len(records) > 0 && ctx.Err() == nil {
			n := untilClose(records)
			if err := k.take(records[:n]); err != nil {
				k.Log.Error("the transparency log cannot be written, it is tried again", "error", err)
				pause(ctx, retryAfter)
				continue
			}
			records = records[n:]
		}
		if k.size-k.marked >= syncEvery { // only Run changes the size
			if err := k.sync(); err != nil {
				k.Log.Error("the transparency log cannot be synced, it is tried again", "error", err)
			}
		}
	}
}

func (k *Keeper) stopped() bool {
	select {
	case <-k.Market.Stopped():
		return true
	default:
		return false
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// untilClose returns how many of the records come up to the end of an ask epoch, or all.
func untilClose(records []marketplace.Record) int {
	for i, r := range records {
		if _, ends := r.Event.(*marketplace.AskEpochClosed); ends {
			return i + 1
		}
	}
	return len(records)
}

// take appends records, and at the end of an epoch signs the head. After an error it may be called with the same records.
func (k *Keeper) take(records []marketplace.Record) error {
	for _, r := range records {
		if int64(r.Seq) <= k.tree.size {
			continue // added before something failed
		}
		leaf := marketplace.Leaf(r)
		if err := k.tree.add(leaf); err != nil {
			return err
		}
		if r.Seq == 1 {
			k.genesis = vadium.Digest(tlog.RecordHash(leaf))
		}
		if e, resumed := r.Event.(*marketplace.Resumed); resumed && e.Lineage != (vadium.Salt{}) {
			k.lineage = e.Lineage
		}
	}
	if err := k.tree.flush(); err != nil {
		return err
	}
	last := records[len(records)-1]
	head := signing.TreeHead{Size: last.Seq, Lineage: k.lineage, At: last.At}
	e, ends := last.Event.(*marketplace.AskEpochClosed)
	if ends {
		k.mu.Lock()
		signed, err := k.sign(head)
		k.mu.Unlock()
		if err != nil {
			return err
		}
		if err := k.closes.write(k.closes.n, closed{e.Epoch, signed}); err != nil { // only Run changes the number
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if ends {
		k.closes.n++
	}
	k.size, k.last = last.Seq, head
	close(k.grown)
	k.grown = make(chan struct{})
	k.Metrics.reached(k.size)
	return nil
}

// sign returns the signed head of records that are in the file. The caller holds mu.
func (k *Keeper) sign(head signing.TreeHead) (signing.SignedTreeHead, error) {
	root, err := k.root(head.Size, k.certain)
	if err != nil {
		return signing.SignedTreeHead{}, err
	}
	head.Root = vadium.Digest(root)
	k.Metrics.signed()
	signed, err := signing.SignTreeHead(k.domain, k.Key, head)
	if err == nil && head.Size > k.certain.Size {
		k.certain = head
	}
	return signed, err
}

// root returns the root of the tree of a size, after holding the file against a head that is certain; none: its size is 0.
func (k *Keeper) root(size uint64, certain signing.TreeHead) (tlog.Hash, error) {
	root, err := tlog.TreeHash(int64(size), k.tree.stored())
	if err != nil || certain.Size == 0 {
		return root, k.examined(err)
	}
	older, newer, from, to := root, tlog.Hash(certain.Root), int64(size), int64(certain.Size)
	if from > to {
		older, newer, from, to = newer, older, to, from
	}
	proof, err := tlog.ProveTree(to, from, k.tree.stored())
	if err != nil {
		return root, k.examined(err)
	}
	if tlog.CheckTree(proof, to, newer, from, older) != nil {
		return root, k.examined(fmt.Errorf("the tree of %d records does not fit the head of %d: %w", size, certain.Size, errDamaged))
	}
	return root, nil
}

// examined returns an error of the files, and sees to it that they are made again if they are damaged.
func (k *Keeper) examined(err error) error {
	if !errors.Is(err, errDamaged) && !errors.Is(err, io.EOF) { // a file ends only where it was cut off
		return err
	}
	k.marking.Lock()
	defer k.marking.Unlock()
	k.Log.Error("the transparency log is damaged: it is made again at the next start", "error", err)
	k.damaged = true
	return errors.Join(err, forget(k.Dir))
}

// sync makes sure of what there is, so that the next start goes on from here.
func (k *Keeper) sync() error {
	k.marking.Lock()
	defer k.marking.Unlock()
	if k.size == k.marked || k.damaged {
		return nil
	}
	if err := errors.Join(k.tree.file.Sync(), k.closes.file.Sync()); err != nil {
		return err
	}
	head := k.last
	root, err := tlog.TreeHash(int64(head.Size), k.tree.stored())
	if err != nil {
		return err
	}
	head.Root = vadium.Digest(root)
	m := mark{k.domain.Deployment, k.domain.ChainID, k.Key.Account(), k.genesis, head, k.closes.n}
	if err := m.write(k.Dir); err != nil {
		return err
	}
	k.marked = k.size
	return nil
}

// Head returns a signed head of at least so many records, the youngest there is but for [signEvery]. It waits until the log
// has them; more than the market has are [transparency.ErrShorter].
func (k *Keeper) Head(ctx context.Context, least uint64) (signing.SignedTreeHead, error) {
	least = max(least, 1)
	if err := k.reaches(least); err != nil {
		return signing.SignedTreeHead{}, err
	}
	for {
		head, grown, again, err := k.look(least)
		if err != nil || head.Size > 0 {
			return head, err
		}
		var due <-chan time.Time
		if again > 0 {
			timer := time.NewTimer(again)
			defer timer.Stop()
			due = timer.C
		}
		select {
		case <-grown:
		case <-due:
		case <-ctx.Done():
			return signing.SignedTreeHead{}, ctx.Err()
		}
	}
}

// look returns a head that is signed already, or signs one; else what to wait for.
func (k *Keeper) look(least uint64) (head signing.SignedTreeHead, grown <-chan struct{}, again time.Duration, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size < least {
		return head, k.grown, 0, nil
	}
	wait := signEvery - time.Since(k.signedAt)
	switch {
	case k.signed.Size > 0 && k.signed.Size >= least && (k.signed.Size == k.size || wait > 0):
		return k.signed, nil, 0, nil
	case wait > 0:
		return head, nil, wait, nil
	}
	if head, err = k.sign(k.last); err != nil {
		return signing.SignedTreeHead{}, nil, 0, err
	}
	k.signed, k.signedAt = head, time.Now()
	return head, nil, 0, nil
}

// CloseHead returns the head that was signed when an ask epoch ended, of the records up to that: whatever is shown later of
// the epoch's asks is in it under seal. It waits until the log has it; an epoch that has not ended, or that nobody opened, is
// [transparency.ErrEpochOpen].
func (k *Keeper) CloseHead(ctx context.Context, epoch uint64) (signing.SignedTreeHead, error) {
	var open uint64
	k.Market.View(func(s *marketplace.State) { open = s.Market().Epoch })
	if epoch == 0 || epoch >= open {
		return signing.SignedTreeHead{}, fmt.Errorf("epoch %d: %w", epoch, transparency.ErrEpochOpen)
	}
	for {
		k.mu.Lock()
		n, grown := k.closes.n, k.grown
		k.mu.Unlock()
		if e, found, err := k.closes.find(n, epoch); found || err != nil {
			return e.head, k.examined(err)
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return signing.SignedTreeHead{}, ctx.Err()
		}
	}
}

// Inclusion proves that the record at seq is in the tree of a size. It waits until the log has that.
func (k *Keeper) Inclusion(ctx context.Context, seq, size uint64) ([]vadium.Digest, error) {
	if seq == 0 || seq > size {
		return nil, fmt.Errorf("record %d of %d: %w", seq, size, transparency.ErrShorter)
	}
	certain, err := k.has(ctx, size)
	if err != nil {
		return nil, err
	}
	root, err := k.root(size, certain)
	if err != nil {
		return nil, err
	}
	var leaf tlog.Hash
	if err := k.tree.read(tlog.StoredHashIndex(0, int64(seq-1)), &leaf); err != nil {
		return nil, k.examined(err)
	}
	proof, err := tlog.ProveRecord(int64(size), int64(seq-1), k.tree.stored())
	if err != nil {
		return nil, k.examined(err)
	}
	if tlog.CheckRecord(proof, int64(size), root, int64(seq-1), leaf) != nil {
		return nil, k.examined(fmt.Errorf("record %d of %d cannot be proven: %w", seq, size, errDamaged))
	}
	return transparency.Digests(proof), nil
}

// Consistency proves that the tree of one size begins with that of another. It waits until the log has both.
func (k *Keeper) Consistency(ctx context.Context, from, to uint64) ([]vadium.Digest, error) {
	if from == 0 || from > to {
		return nil, fmt.Errorf("records %d of %d: %w", from, to, transparency.ErrShorter)
	}
	certain, err := k.has(ctx, to)
	if err != nil {
		return nil, err
	}
	newer, err := k.root(to, certain)
	if err != nil {
		return nil, err
	}
	older, err := k.root(from, certain)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveTree(int64(to), int64(from), k.tree.stored())
	if err != nil {
		return nil, k.examined(err)
	}
	if tlog.CheckTree(proof, int64(to), newer, int64(from), older) != nil {
		return nil, k.examined(fmt.Errorf("%d records do not continue %d: %w", to, from, errDamaged))
	}
	return transparency.Digests(proof), nil
}

// reaches returns nil if the market has so many records.
func (k *Keeper) reaches(size uint64) error {
	var end uint64
	k.Market.View(func(s *marketplace.State) { end = s.NextSeq() - 1 })
	if size > end {
		return fmt.Errorf("%d records are asked for, there are %d: %w", size, end, transparency.ErrShorter)
	}
	return nil
}

// has waits until the log has so many records, and returns the head that is certain then.
func (k *Keeper) has(ctx context.Context, size uint64) (certain signing.TreeHead, err error) {
	if err := k.reaches(size); err != nil {
		return certain, err
	}
	for {
		k.mu.Lock()
		reached, grown := k.size >= size, k.grown
		certain = k.certain
		k.mu.Unlock()
		if reached {
			return certain, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return certain, ctx.Err()
		}
	}
}
