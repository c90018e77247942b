package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

const (
	// memTableSize lets Badger take batches of MaxPayload (it refuses transactions above 15 % of it) while a market at
	// rest needs little memory.
	memTableSize = 32 << 20
	// valueLogFileSize keeps files small enough that dropping a generation gives most of its space back.
	valueLogFileSize = 128 << 20
	// discardRatio is the part of a value log file that must be garbage before it is rewritten.
	discardRatio = 0.5
	witnessFile  = "acknowledged"
)

// badgerDisk is a [disk] on Badger. Badger syncs once per transaction and does not join transactions, so whoever writes
// must put a whole group commit into one value: the sequencer does.
type badgerDisk struct {
	db      *badger.DB
	log     *slog.Logger
	noted   *os.File
	floor   uint64 // see Options
	warning sync.Once
}

// OpenBadger opens the journal in the folder dir and creates it when there is none. The folder is locked against other
// processes until Close.
func OpenBadger(dir string, o Options) (*Embedded, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d, err := openBadgerDisk(dir, o.Log, synced)
	if err == nil {
		d.floor = o.Floor
	}
	if err != nil {
		return nil, fmt.Errorf("open journal in %s: %w (%s)", dir, err, remedy(err))
	}
	e, err := open(d, o)
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return e, nil
}

// ErrLocked: another process has the journal open.
var ErrLocked = errors.New("a journal serves one process at a time")

// remedy says what to do about a disk that does not open.
func remedy(err error) string {
	switch {
	case errors.Is(err, ErrLocked):
		return "is another one running?"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: remove the ballast file, or make room otherwise"
	case errors.Is(err, fs.ErrPermission):
		return "is this the account that the market runs under?"
	}
	return "if the disk is in order, restore the journal from a backup: vadium journal restore"
}

// Restore makes a journal in the folder dir, which must not hold one, from the batches of a copy and, if there is one, a
// snapshot of the state they lead to. The next writer's epoch is greater than every epoch in the copy, so a writer of the
// journal the copy was made from is fenced off from this one, and a reader can tell the two apart.
func Restore(ctx context.Context, dir string, from *Copy, snapshot *Snapshot) (head Head, err error) {
	d, err := openBadgerDisk(dir, slog.New(slog.DiscardHandler), synced)
	if err != nil {
		return Head{}, fmt.Errorf("restore journal into %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, d.close()) }()
	for _, prefix := range []string{string(prefixBatch), keyEpoch} {
		if err := d.keys([]byte(prefix), func([]byte) error { return errInUse }); err != nil {
			return Head{}, fmt.Errorf("restore journal into %s: %w", dir, err)
		}
	}
	writes := d.db.NewWriteBatch() // many batches share a sync
	defer writes.Cancel()
	for b, err := range from.Read(ctx, 1) {
		if err != nil {
			return head, fmt.Errorf("restore journal: %w", err)
		}
		if err := writes.Set(batchKey(0, b.Slot), b.Encode()); err != nil {
			return head, fmt.Errorf("restore journal at slot %d: %w", b.Slot, err)
		}
		head = After(b)
	}
	if err := writes.Flush(); err != nil {
		return head, fmt.Errorf("restore journal: %w", err)
	}
	if snapshot != nil {
		if snapshot.Slot > head.Slot {
			return head, fmt.Errorf("restore journal: the snapshot is of slot %d, the copy ends with %d", snapshot.Slot, head.Slot)
		}
		if err := d.put([]byte(keySnapshot), seal(mustEncode(snapshot))); err != nil {
			return head, fmt.Errorf("restore journal: %w", err)
		}
	}
	// Last, so that a folder without it is known to be unfinished.
	if err := d.put([]byte(keyEpoch), seal(mustEncode(head.Epoch))); err != nil {
		return head, fmt.Errorf("restore journal: %w", err)
	}
	return head, nil
}

var errInUse = errors.New("it holds a journal already (restore into an empty folder)")

// synced says that a write is durable when it returns. Only a test that has to see loss leaves it out.
const synced = true

func openBadgerDisk(dir string, log *slog.Logger, synced bool) (*badgerDisk, error) {
	data := filepath.Join(dir, "badger")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	o := badger.DefaultOptions(data).
		WithSyncWrites(synced).
		WithDetectConflicts(false). // one writer, by lock and epoch
		WithNumVersionsToKeep(1).
		WithCompression(options.None). // batches are small or hashes; and then no block cache is needed
		WithBlockCacheSize(0).
		WithMemTableSize(memTableSize).
		WithValueLogFileSize(valueLogFileSize).
		WithNumCompactors(2).
		WithMetricsEnabled(false).
		WithLogger(badgerLog{log})
	if err := checkTables(o); err != nil {
		return nil, err
	}
	db, err := badger.Open(o)
	if err != nil && strings.Contains(err.Error(), "Cannot acquire directory lock") { // Badger has no error of its own for it
		return nil, fmt.Errorf("%w: %v", ErrLocked, err)
	}
	if err != nil {
		return nil, err
	}
	noted, err := os.OpenFile(filepath.Join(dir, witnessFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &badgerDisk{db: db, log: log, noted: noted}, nil
}

func (d *badgerDisk) get(key []byte) (value []byte, err error) {
	err = d.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err != nil {
			return err
		}
		value, err = item.ValueCopy(nil)
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, errNoKey
	}
	return value, err
}

func (d *badgerDisk) put(key, value []byte) error {
	if err := d.checkRoom(); err != nil {
		return err
	}
	return d.db.Update(func(txn *badger.Txn) error { return txn.Set(key, value) })
}

// checkRoom costs a microsecond; the write that follows waits for the disk.
func (d *badgerDisk) checkRoom() error {
	if d.floor == 0 {
		return nil
	}
	free, _, err := Room(d.noted.Name())
	if err == nil && free < d.floor {
		err = fmt.Errorf("%w: %d MiB are free, %d are needed", ErrNoRoom, free>>20, d.floor>>20)
	}
	return err
}

func (d *badgerDisk) keys(prefix []byte, each func(key []byte) error) error {
	return d.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := each(it.Item().Key()); err != nil {
				return err
			}
		}
		return nil
	})
}

// drop removes whole prefixes: Badger's value log collection alone gives nothing back after deletes by key.
func (d *badgerDisk) drop(prefixes ...[]byte) error {
	if err := d.db.DropPrefix(prefixes...); err != nil {
		return err
	}
	for {
		switch err := d.db.RunValueLogGC(discardRatio); {
		case errors.Is(err, badger.ErrNoRewrite):
			return nil
		case err != nil:
			return fmt.Errorf("collect value log: %w", err)
		}
	}
}

// testify writes without syncing: after kill -9 the note is exact, after a power cut it may be old, and it is never ahead
// of what is durable.
func (d *badgerDisk) testify(slot uint64) {
	note := seal(binary.BigEndian.AppendUint64(nil, slot))
	if _, err := d.noted.WriteAt(note, 0); err != nil {
		d.warning.Do(func() { d.log.Warn("cannot note the acknowledged slot; a lost tail would go unnoticed", "error", err) })
	}
}

func (d *badgerDisk) witness() (uint64, error) {
	note := make([]byte, 8+checksumSize)
	n, err := d.noted.ReadAt(note, 0)
	if n == 0 && errors.Is(err, io.EOF) {
		return 0, nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	content, err := unseal(note[:n])
	if err != nil || len(content) != 8 {
		d.log.Warn("the note of the acknowledged slot is unreadable, as a power cut may leave it", "file", d.noted.Name())
		return 0, nil //nolint:nilerr // the note is a help, not a truth: the journal itself says what is durable
	}
	return binary.BigEndian.Uint64(content), nil
}

func (d *badgerDisk) close() error { return errors.Join(d.db.Close(), d.noted.Close()) }

// badgerLog passes on what an operator should know and keeps Badger's own news for debugging.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(format string, args ...any) {
	l.log.Error("badger", "says", fmt.Sprintf(format, args...))
}
func (l badgerLog) Warningf(format string, args ...any) {
	l.log.Warn("badger", "says", fmt.Sprintf(format, args...))
}
func (l badgerLog) Infof(format string, args ...any) {
	l.log.Debug("badger", "says", fmt.Sprintf(format, args...))
}
func (l badgerLog) Debugf(string, ...any) {}
