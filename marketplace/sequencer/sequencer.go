// Package sequencer turns a decider into a market that runs: it is the one writer.
//
// [Sequencer.Run] takes commands one at a time, stamps each with the market's time, asks the core to decide, makes the
// events durable in the journal, and only then tells anyone: the caller, the readers of [Sequencer.View], and the
// followers of [Sequencer.Follow]. Commands that queue up while one batch is being synced go into the next together
// (group commit). It also plays the market's clock: when the core's next deadline has come, it sends a tick.
//
//	market, err := sequencer.Open(ctx, core, sequencer.Config{Journal: j, Blobs: blobs})   // replays
//	go market.Run(ctx)
//	result, err := market.Do(ctx, command)   // durable when err is nil; a refusal when the core says so
//
// Starting is replaying, from the latest snapshot; there is no other recovery. If the journal cannot say whether a batch
// is durable, Run ends and nobody is told anything but that: restart, and ask again with the same command id.
//
// The package knows nothing of markets: it is generic over the core, which [Core] describes.
package sequencer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
)

// Limits. A test beside each shows what happens at it.
const (
	// MaxBatchCommands bounds a group commit: at 2,048 the cost of a sync is spread so thin that more would only make the
	// first command of the batch wait longer.
	MaxBatchCommands = 2048
	// MaxBatchBytes bounds the encoded records of a group commit to what the journal takes in one operation.
	MaxBatchBytes = journal.MaxPayload
	// QueueLimit bounds the commands that wait: two full batches. A longer queue would not make the market faster, only
	// its answers later; whoever comes then is told at once.
	QueueLimit = 2 * MaxBatchCommands
	// MaxTogether bounds the commands of one DoAll to a batch, so that a caller with many cannot keep the others waiting
	// longer than one batch takes.
	MaxTogether = MaxBatchCommands
	// worthStoring is how many commands make a batch that does not wait for more when the journal has nothing to do: the rest
	// of the queue is decided while it is being synced. Fewer would make syncs of next to nothing.
	worthStoring = 128
	// maxSleep bounds how long Run sleeps when nothing happens, because the wall clock may be stepped forward meanwhile.
	maxSleep = time.Second
)

// What a caller of Do or Run may get besides a refusal of the core; compare with errors.Is.
var (
	// ErrBusy: QueueLimit commands are waiting already. The command was not carried out.
	ErrBusy = errors.New("the market has too many commands waiting: try again shortly")
	// ErrStopped: the sequencer has stopped. The command was not carried out.
	ErrStopped = errors.New("the market is stopping: the command was not carried out")
	// ErrUnknown: nobody knows whether the command was carried out.
	ErrUnknown = errors.New("outcome unknown: ask again with the same command id")
	// ErrTooLarge: the command's events do not fit into a batch. It was not carried out.
	ErrTooLarge = errors.New("the command's events exceed the limit of a batch")
	// ErrDurabilityUnknown ends Run: the journal failed, so restart and replay.
	ErrDurabilityUnknown = errors.New("durability unknown: restart to replay the journal")
	// ErrDiverged ends Run or a replay: the state is not the one that the journal recorded.
	ErrDiverged = errors.New("state differs from the one the journal recorded")
	// ErrAhead: a cursor beyond the end of the journal, as after restoring an old backup.
	ErrAhead = errors.New("cursor is ahead of the journal")
)

// State is what the sequencer asks of the core: C are its commands, E its events, and R its records, which are events
// with position and time. A state is used by one goroutine at a time. Records encode and decode with RLP.
type State[C, E, R any] interface {
	// Decide looks and answers with events, or refuses.
	Decide(now vadium.Time, command C) ([]E, error)
	// Apply folds a record in.
	Apply(record R)
	// NextDeadline is when a tick is due; vadium.Forever if never. A tick that is due leads to at least one event.
	NextDeadline() vadium.Time
	// Behind reports a silence before now that has to be reported by a resume first.
	Behind(now vadium.Time) bool
	// NextSeq is the position of the next record, from 1.
	NextSeq() uint64
	// Now is the time of the last record.
	Now() vadium.Time
	// Snapshot encodes the state.
	Snapshot() []byte
	// Freeze returns a function that encodes the state as it is now. It is called once, by another goroutine, while the
	// state goes on.
	Freeze() func() []byte
	// Digest identifies the state.
	Digest() vadium.Digest
	// PrepareDigest does a share of the work of the Digest that will be taken after so many calls of this.
	PrepareDigest(calls int)
}

// Core is how the sequencer makes the core's values.
type Core[S State[C, E, R], C, E, R any] struct {
	// New returns the state before the first record.
	New func() S
	// Restore reads what Snapshot wrote.
	Restore func(snapshot []byte) (S, error)
	// Record gives an event its position and time.
	Record func(seq uint64, at vadium.Time, event E) R
	// Tick returns the command that lets one due thing happen.
	Tick func(seed [32]byte) C
	// Resume returns the command that reports the time since the last record as an outage.
	Resume func() C
}

// Config says where the sequencer keeps things and how often it does what.
type Config struct {
	// Journal is where records become durable. Whoever opened it closes it, after Run.
	Journal journal.Journal
	// Blobs is where snapshots and archived segments go: the store the journal reads its archive from.
	Blobs blob.Store
	// Clock returns the time of day; default the system's. The market's time never goes back, even if the clock does.
	Clock func() vadium.Time
	// Seed returns fresh randomness; default the system's.
	Seed func() [32]byte
	// Linger is how long a batch waits for company when the queue is empty; default 0: a lone command is not delayed,
	// and commands that arrive during a sync travel together anyway.
	Linger time.Duration
	// DigestEvery is the number of batches between two state digests in the journal; default 256. A digest costs time in
	// proportion to what has changed since the last, twice; every batch does its share of it.
	DigestEvery uint64
	// SnapshotEvery is the number of batches between two snapshots; default 4,096. More make restarts faster.
	SnapshotEvery uint64
	// KeepBatches is how many batches before a snapshot stay in the journal at least; default 4,096. Older ones are read
	// from the archive, which is slower to begin with.
	KeepBatches uint64
	// TruncateEvery is the bytes of records between two truncations of a journal that is written to; default 1 GiB. They
	// make everybody wait for some tenths of a second, whatever they give back, so they are put off. Open truncates too,
	// when nobody waits yet.
	TruncateEvery uint64
	// Metrics measures; default nothing.
	Metrics *Metrics
	// Log receives what an operator should know; default nothing.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = func() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }
	}
	if c.Seed == nil {
		c.Seed = func() (seed [32]byte) {
			rand.Read(seed[:]) // never fails: crypto/rand ends the process instead
			return seed
		}
	}
	if c.DigestEvery == 0 {
		c.DigestEvery = 256
	}
	if c.SnapshotEvery == 0 {
		c.SnapshotEvery = 4096
	}
	if c.KeepBatches == 0 {
		c.KeepBatches = 4096
	}
	if c.TruncateEvery == 0 {
		c.TruncateEvery = 1 << 30
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Result says where a command's events stand in the journal.
type Result struct {
	// FirstSeq and LastSeq are the positions of its records; both are 0 when it changed nothing.
	FirstSeq, LastSeq uint64
	// At is the time it was stamped with.
	At vadium.Time
}

// Sequencer is the one writer of a market. Do, DoAll, View and Follow may be called by anyone at any time after Open.
type Sequencer[S State[C, E, R], C, E, R any] struct {
	core Core[S, C, E, R]
	cfg  Config

	intake  chan *proposal[C] // callers send, Run receives; never full, because queued is limited first
	queued  atomic.Int64      // commands in intake, at most QueueLimit
	stopped chan struct{}     // closed when Run has ended
	stopErr error             // what waiting callers are told; written before stopped is closed

	// owned by the deciding goroutine
	working     S            // ahead of the journal by the batch that is being stored and the one in the making
	slot        uint64       // of the last batch that was sealed
	last        vadium.Time  // the latest stamp
	held        *proposal[C] // the rest of it did not fit into the last batch
	snapshotted uint64       // slot of the latest snapshot
	records     []R          // of the command that is being decided
	encoder     rlp.EncoderBuffer

	// owned by the storing goroutine
	head  journal.Head
	epoch uint64

	snapshots sync.WaitGroup
	saving    atomic.Bool   // a snapshot is being stored in the background
	grown     atomic.Uint64 // bytes of records appended since the last truncation

	mu        sync.RWMutex
	published S // durable; guarded by mu

	tail tail[R]
}

// proposal is what one caller asks for, and where the answers go.
type proposal[C any] struct {
	commands []C
	outcomes []Outcome // one for each command that was carried out or refused; Run's until answered
	answered chan struct{}
}

// Outcome is what became of one command: a result, or why it was refused.
type Outcome struct {
	Result Result
	Err    error
}

// Open takes over the journal and replays it. From here no other sequencer can write. The caller then calls Run.
func Open[S State[C, E, R], C, E, R any](ctx context.Context, core Core[S, C, E, R], cfg Config) (*Sequencer[S, C, E, R], error) {
	s := &Sequencer[S, C, E, R]{
		core: core, cfg: cfg.withDefaults(),
		intake: make(chan *proposal[C], QueueLimit), stopped: make(chan struct{}),
	}
	if err := s.open(ctx); err != nil {
		return nil, fmt.Errorf("open market: %w", err)
	}
	return s, nil
}

func (s *Sequencer[S, C, E, R]) open(ctx context.Context) (err error) {
	if s.epoch, err = s.cfg.Journal.TakeOver(ctx); err != nil {
		return err
	}
	if s.head, err = s.cfg.Journal.Head(ctx); err != nil {
		return err
	}
	s.cfg.Metrics.replays()
	if s.working, s.snapshotted, err = s.replay(ctx); err != nil {
		return err
	}
	s.cfg.Metrics.replayDone(s.head.Slot-s.snapshotted, s.working.NextSeq()-1)
	s.cfg.Metrics.watch(func() float64 { return float64(s.queued.Load()) })
	if err := s.truncate(ctx); err != nil {
		return err
	}
	// The published state is a copy by way of a snapshot, so that a snapshot that does not restore is found now.
	if s.published, err = s.core.Restore(s.working.Snapshot()); err != nil {
		return fmt.Errorf("copy the state: %w", err)
	}
	if got, want := s.published.Digest(), s.working.Digest(); got != want {
		return fmt.Errorf("%w: restoring the snapshot of state %s gives state %s", ErrDiverged, want, got)
	}
	s.last, s.slot = s.working.Now(), s.head.Slot
	s.encoder = rlp.NewEncoderBuffer(nil)
	s.tail.start(s.working.NextSeq())
	return nil
}

// Do carries out a command. When it returns nil the command's events are durable and visible to View. Any other error
// than those of this package is a refusal of the core: nothing changed, and what the refusal was based on is durable.
// When ctx ends while the command waits, the answer is ErrUnknown.
func (s *Sequencer[S, C, E, R]) Do(ctx context.Context, command C) (Result, error) {
	lone := &struct { // one allocation
		proposal[C]
		command [1]C
		outcome [1]Outcome
	}{command: [1]C{command}}
	lone.commands, lone.outcomes = lone.command[:], lone.outcome[:0]
	outcomes, err := s.ask(ctx, &lone.proposal)
	if err != nil {
		return Result{}, err
	}
	return outcomes[0].Result, outcomes[0].Err
}

// DoAll carries out many commands, one after the other and with no other caller's between them, and waits once. There is
// an outcome for each command, in order: each is decided on the state that the ones before it left, and one that is
// refused does not keep the next from being carried out. When DoAll returns nil, every outcome is durable, as for
// [Sequencer.Do].
//
// An error concerns all of them: ErrBusy and ErrStopped say that none was carried out, ErrUnknown that some may have
// been. It panics on more than MaxTogether commands, and returns at once when there are none.
func (s *Sequencer[S, C, E, R]) DoAll(ctx context.Context, commands []C) ([]Outcome, error) {
	switch n := len(commands); {
	case n == 0:
		return nil, nil
	case n > MaxTogether:
		panic(fmt.Sprintf("invariant: at most %d commands are asked for together, yet these are %d", MaxTogether, n))
	}
	return s.ask(ctx, &proposal[C]{commands: commands, outcomes: make([]Outcome, 0, len(commands))})
}

func (s *Sequencer[S, C, E, R]) ask(ctx context.Context, p *proposal[C]) ([]Outcome, error) {
	select {
	case <-s.stopped:
		return nil, ErrStopped
	default:
	}
	n := int64(len(p.commands))
	if s.queued.Add(n) > QueueLimit {
		s.queued.Add(-n)
		return nil, ErrBusy
	}
	p.answered = make(chan struct{})
	s.intake <- p
	select {
	case <-p.answered:
		return p.outcomes, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	case <-s.stopped:
	}
	select {
	case <-p.answered: // just before
		return p.outcomes, nil
	default:
		return nil, s.stopErr
	}
}

// View calls read with the published state: everything in it is durable. read must not change it, keep it, or take long:
// the market waits.
func (s *Sequencer[S, C, E, R]) View(read func(state S)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	read(s.published)
}

// Stopped is closed when Run has ended.
func (s *Sequencer[S, C, E, R]) Stopped() <-chan struct{} { return s.stopped }
