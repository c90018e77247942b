package journal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrCrashed: the machine the memory journal runs on has lost its power.
var ErrCrashed = errors.New("the machine crashed")

var (
	errDiskFailed = errors.New("input/output error while syncing")
	errDiskFull   = errors.New("no space left on the machine's disk")
)

// Failure is what a failing append leaves behind. Both happen on real disks, and the caller cannot tell them apart.
type Failure uint8

// Failures.
const (
	// Lost: the batch is not on the disk.
	Lost Failure = 1
	// Kept: the batch is on the disk, yet the caller sees an error.
	Kept Failure = 2
)

// Memory is the disk of an imaginary machine that crashes on demand, for tests and simulations. Everything above it is
// the same code that runs on Badger.
type Memory struct {
	// SyncTime is how long a write takes to become durable. Set it before Open.
	SyncTime time.Duration

	mu sync.Mutex
	// guarded by mu
	durable map[string][]byte
	noted   uint64
	boot    int  // counts crashes; a handle of an earlier boot is dead
	locked  bool // by an open handle
	appends int  // since boot
	failAt  int  // fail the append with this number; 0: none
	failure Failure
	full    bool          // nothing is written
	slow    time.Duration // on top of SyncTime
}

// NewMemory returns a machine with an empty disk.
func NewMemory() *Memory { return &Memory{durable: map[string][]byte{}} }

// Open opens the journal on the machine's disk. Like a folder, the disk is locked until Close or Crash.
func (m *Memory) Open(o Options) (*Embedded, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	m.mu.Lock()
	if m.locked {
		m.mu.Unlock()
		return nil, errors.New("open journal in memory: it is open already (close it first)")
	}
	m.locked = true
	d := &memoryDisk{machine: m, boot: m.boot}
	m.mu.Unlock()
	e, err := open(d, o)
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return e, nil
}

// Crash cuts the power: what was not durable is gone, and every open handle is dead.
func (m *Memory) Crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boot++
	m.locked = false
	m.appends, m.failAt = 0, 0
}

// FailAppend makes the n-th append from now on (the next is 1) fail.
func (m *Memory) FailAppend(n int, f Failure) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failAt, m.failure = m.appends+n, f
}

// Fill makes the disk full, or gives it room again. A full disk refuses every write before anything of it is stored, as
// file systems that reserve space before they write do. It stays full through a crash.
func (m *Memory) Fill(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// Slow makes every write from now on take so much longer than SyncTime.
func (m *Memory) Slow(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slow = by
}

// Batches returns how many batches the disk holds: those that have been truncated are not among them.
func (m *Memory) Batches() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.durable {
		if key[0] == prefixBatch {
			n++
		}
	}
	return n
}

// Appends returns how many appends were tried since the last crash.
func (m *Memory) Appends() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.appends
}

// memoryDisk is a handle on a Memory, valid for one boot.
type memoryDisk struct {
	machine *Memory
	boot    int
}

// alive locks the machine for one operation.
func (d *memoryDisk) alive() (unlock func(), err error) {
	m := d.machine
	m.mu.Lock()
	if m.boot != d.boot {
		m.mu.Unlock()
		return nil, ErrCrashed
	}
	return m.mu.Unlock, nil
}

func (d *memoryDisk) get(key []byte) ([]byte, error) {
	unlock, err := d.alive()
	if err != nil {
		return nil, err
	}
	defer unlock()
	value, found := d.machine.durable[string(key)]
	if !found {
		return nil, errNoKey
	}
	return bytes.Clone(value), nil
}

func (d *memoryDisk) put(key, value []byte) error {
	fail, takes, err := d.begin(key)
	if err != nil {
		return err
	}
	if takes > 0 {
		time.Sleep(takes) // a crash meanwhile loses the write
	}
	unlock, err := d.alive()
	if err != nil {
		return err
	}
	defer unlock()
	if fail != Lost {
		d.machine.durable[string(key)] = bytes.Clone(value)
	}
	if fail != 0 {
		return errDiskFailed
	}
	return nil
}

// begin counts an append and says how it will fail, and how long that takes.
func (d *memoryDisk) begin(key []byte) (Failure, time.Duration, error) {
	unlock, err := d.alive()
	if err != nil {
		return 0, 0, err
	}
	defer unlock()
	m := d.machine
	takes := m.SyncTime + m.slow
	if m.full {
		return 0, 0, errDiskFull
	}
	if key[0] != prefixBatch {
		return 0, takes, nil
	}
	if m.appends++; m.appends == m.failAt {
		return m.failure, takes, nil
	}
	return 0, takes, nil
}

func (d *memoryDisk) keys(prefix []byte, each func(key []byte) error) error {
	unlock, err := d.alive()
	if err != nil {
		return err
	}
	all := slices.Sorted(maps.Keys(d.machine.durable))
	unlock()
	for _, key := range all {
		if strings.HasPrefix(key, string(prefix)) {
			if err := each([]byte(key)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *memoryDisk) drop(prefixes ...[]byte) error {
	unlock, err := d.alive()
	if err != nil {
		return err
	}
	defer unlock()
	for _, prefix := range prefixes {
		maps.DeleteFunc(d.machine.durable, func(key string, _ []byte) bool { return strings.HasPrefix(key, string(prefix)) })
	}
	return nil
}

func (d *memoryDisk) testify(slot uint64) {
	if unlock, err := d.alive(); err == nil {
		defer unlock()
		d.machine.noted = slot
	}
}

func (d *memoryDisk) witness() (uint64, error) {
	unlock, err := d.alive()
	if err != nil {
		return 0, fmt.Errorf("read the acknowledged slot: %w", err)
	}
	defer unlock()
	return d.machine.noted, nil
}

func (d *memoryDisk) close() error {
	unlock, err := d.alive()
	if err != nil {
		return nil // a crash closes everything
	}
	defer unlock()
	d.machine.locked = false
	return nil
}
