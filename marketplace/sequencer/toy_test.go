package sequencer_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

// The toy core: accounts that move money between each other, and alarms. A transfer makes two events, so that half of
// one would show.

const accounts = 8

// startMoney is what every account has at the beginning.
const startMoney = 100

// toyOutage is the silence after which the toy wants to be resumed.
const toyOutage = 10 * vadium.Second

const errPoor = vadium.Kind("toy-poor")

type toyCommand struct {
	name     string // transfer, alarm, bulk, nothing, tick, resume
	id       uint64
	from, to int
	amount   uint64
	at       vadium.Time
	size     int
}

func transfer(id uint64, from, to int, amount uint64) toyCommand {
	return toyCommand{name: "transfer", id: id, from: from, to: to, amount: amount}
}
func alarm(at vadium.Time) toyCommand { return toyCommand{name: "alarm", at: at} }
func bulk(size int) toyCommand        { return toyCommand{name: "bulk", size: size} }

type toyEvent struct {
	Name    string
	ID      uint64
	Account uint64
	Amount  uint64
	At      vadium.Time
	Data    []byte
}

type toyRecord struct {
	Seq   uint64
	At    vadium.Time
	Event toyEvent
}

type toyState struct {
	Seq    uint64
	At     vadium.Time
	Money  []uint64
	Alarms []vadium.Time // sorted
	Moves  []uint64      // id of every half transfer, in order
	Rung   uint64
	Gaps   []vadium.Duration
	Bytes  uint64
}

func newToy() *toyState {
	s := &toyState{Money: make([]uint64, accounts)}
	for i := range s.Money {
		s.Money[i] = startMoney
	}
	return s
}

func (s *toyState) Decide(now vadium.Time, c toyCommand) ([]toyEvent, error) {
	switch c.name {
	case "transfer":
		if s.Money[c.from] < c.amount {
			return nil, fmt.Errorf("account %d has %d, needs %d: %w", c.from, s.Money[c.from], c.amount, errPoor)
		}
		return []toyEvent{
			{Name: "taken", ID: c.id, Account: uint64(c.from), Amount: c.amount},
			{Name: "given", ID: c.id, Account: uint64(c.to), Amount: c.amount},
		}, nil
	case "alarm":
		return []toyEvent{{Name: "set", At: c.at}}, nil
	case "bulk":
		return []toyEvent{{Name: "bulk", Data: make([]byte, c.size)}}, nil
	case "tick":
		return []toyEvent{{Name: "rung", At: s.Alarms[0]}}, nil
	case "resume":
		return []toyEvent{{Name: "resumed", At: vadium.Time(now.Sub(s.At))}}, nil
	}
	return nil, nil
}

func (s *toyState) Apply(r toyRecord) {
	if r.Seq != s.Seq+1 || r.At < s.At {
		panic(fmt.Sprintf("record %d at %d follows %d at %d", r.Seq, r.At, s.Seq, s.At))
	}
	s.Seq, s.At = r.Seq, r.At
	switch e := r.Event; e.Name {
	case "taken":
		s.Money[e.Account] -= e.Amount
		s.Moves = append(s.Moves, e.ID)
	case "given":
		s.Money[e.Account] += e.Amount
		s.Moves = append(s.Moves, e.ID)
	case "set":
		s.Alarms = append(s.Alarms, e.At)
		slices.Sort(s.Alarms)
	case "rung":
		s.Alarms = s.Alarms[1:]
		s.Rung++
	case "resumed":
		s.Gaps = append(s.Gaps, vadium.Duration(e.At))
	case "bulk":
		s.Bytes += uint64(len(e.Data))
	}
}

func (s *toyState) NextDeadline() vadium.Time {
	if len(s.Alarms) == 0 {
		return vadium.Forever
	}
	return s.Alarms[0]
}

func (s *toyState) Behind(now vadium.Time) bool {
	return len(s.Alarms) > 0 && now.Sub(s.At) > toyOutage
}
func (s *toyState) NextSeq() uint64  { return s.Seq + 1 }
func (s *toyState) Now() vadium.Time { return s.At }

func (s *toyState) Snapshot() []byte {
	encoded, err := rlp.EncodeToBytes(s)
	if err != nil {
		panic(err)
	}
	return encoded
}

func (s *toyState) PrepareDigest(int) {}

func (s *toyState) Freeze() func() []byte {
	encoded := s.Snapshot()
	return func() []byte { return encoded }
}

func (s *toyState) Digest() vadium.Digest { return vadium.DigestOf(s.Snapshot()) }

func restoreToy(snapshot []byte) (*toyState, error) {
	s := new(toyState)
	return s, rlp.DecodeBytes(snapshot, s)
}

func (s *toyState) total() (sum uint64) {
	for _, m := range s.Money {
		sum += m
	}
	return sum
}

// halves counts the events of each transfer: 0 or 2, never 1.
func (s *toyState) halves() map[uint64]int {
	count := map[uint64]int{}
	for _, id := range s.Moves {
		count[id]++
	}
	return count
}

type (
	toyCore      = sequencer.Core[*toyState, toyCommand, toyEvent, toyRecord]
	toySequencer = sequencer.Sequencer[*toyState, toyCommand, toyEvent, toyRecord]
)

func toy() toyCore {
	return toyCore{
		New: newToy, Restore: restoreToy,
		Record: func(seq uint64, at vadium.Time, e toyEvent) toyRecord { return toyRecord{seq, at, e} },
		Tick:   func([32]byte) toyCommand { return toyCommand{name: "tick"} },
		Resume: func() toyCommand { return toyCommand{name: "resume"} },
	}
}

// rig is a machine on which a toy market runs.
type rig struct {
	*testing.T
	machine *journal.Memory
	blobs   *blob.Dir
	cfg     sequencer.Config

	journal *journal.Embedded
	market  *toySequencer
	cancel  context.CancelFunc
	ended   chan error
}

func newRig(t *testing.T, cfg sequencer.Config) *rig {
	t.Helper()
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &rig{T: t, machine: journal.NewMemory(), blobs: blobs, cfg: cfg}
}

// open opens the journal and the market without running it.
func (r *rig) open() {
	r.Helper()
	var err error
	if r.journal, err = r.machine.Open(journal.Options{Blobs: r.blobs}); err != nil {
		r.Fatal(err)
	}
	if r.market, err = r.openOn(r.journal); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) openOn(j journal.Journal) (*toySequencer, error) {
	cfg := r.cfg
	cfg.Journal, cfg.Blobs = j, r.blobs
	cfg.Log = slog.New(slog.NewTextHandler(r.Output(), nil))
	return sequencer.Open(r.Context(), toy(), cfg)
}

func (r *rig) start() {
	r.Helper()
	r.open()
	r.run()
}

func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	market, ended := r.market, make(chan error, 1)
	r.cancel, r.ended = cancel, ended
	go func() { ended <- market.Run(ctx) }()
	r.Cleanup(cancel)
}

// stop ends the market cleanly and closes the journal.
func (r *rig) stop() {
	r.Helper()
	r.cancel()
	if err := <-r.ended; err != nil {
		r.Fatalf("Run = %v, want nil after a clean stop", err)
	}
	if err := r.journal.Close(); err != nil {
		r.Fatal(err)
	}
}

// crash cuts the power under the market.
func (r *rig) crash() {
	r.Helper()
	r.machine.Crash()
	r.cancel()
	if err := <-r.ended; err != nil && !errors.Is(err, journal.ErrCrashed) && !errors.Is(err, sequencer.ErrDurabilityUnknown) {
		r.Errorf("Run = %v after the power went", err)
	}
	_ = r.journal.Close() // the power is gone already
}

func (r *rig) do(c toyCommand) sequencer.Result {
	r.Helper()
	result, err := r.market.Do(r.Context(), c)
	if err != nil {
		r.Fatalf("Do(%+v): %v", c, err)
	}
	return result
}

// state returns a copy of the published state.
func (r *rig) state() *toyState {
	r.Helper()
	var encoded []byte
	r.market.View(func(s *toyState) { encoded = s.Snapshot() })
	s, err := restoreToy(encoded)
	if err != nil {
		r.Fatal(err)
	}
	return s
}

// replayed returns the state that the journal gives from genesis.
func (r *rig) replayed() *toyState {
	r.Helper()
	s, err := sequencer.Replay(r.Context(), toy(), r.journal, nil)
	if err != nil {
		r.Fatalf("Replay: %v", err)
	}
	return s
}

// clock is a wall clock that somebody sets.
type clock struct{ at atomic.Int64 }

func clockAt(t vadium.Time) *clock {
	c := new(clock)
	c.set(t)
	return c
}
func (c *clock) set(t vadium.Time) { c.at.Store(int64(t)) }
func (c *clock) now() vadium.Time  { return vadium.Time(c.at.Load()) }

func now() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

func isUnknown(err error) bool { return errors.Is(err, sequencer.ErrUnknown) }
