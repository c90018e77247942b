package fleet

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/prover/engine"
)

// Config says what a fleet is made of. The zero value of an optional field is its default.
type Config struct {
	// Local solves every witness, and makes Slots proofs at once. With no slots all proofs are made by remote workers.
	// The fleet closes it.
	Local engine.Engine
	Slots int
	// LeaseFor is how long a lease lasts without a heartbeat. Default 10 s: a worker that vanishes costs that much, and
	// one with a busy network is not lost for a hiccup.
	LeaseFor time.Duration
	// Verify says whether a remote worker's proof is valid; nil when it is. Default: circuits, in this process, behind
	// its guards.
	Verify func(w engine.Work, proof []byte) error
	// Log receives facts; default nothing.
	Log *slog.Logger
}

// Limits of a fleet. Each bounds what a worker with the token can make the agent keep.
const (
	// maxWorkers is how many remote workers may be known at once.
	maxWorkers = 256
	// maxOpen is how much work may be open at once: as many requests as the market lets one prover ask for, twice.
	maxOpen = 2_048
	// mostLapses is how many leases of one work may expire: work that takes its workers with it must not take all.
	mostLapses = 4
	// mostTries is how many workers may fail at one work.
	mostTries = 3
	// mostHands is how many may prove one work at once: somebody, and somebody else in case that one vanishes too.
	mostHands = 2
)

// ErrFull: more work is open than the fleet keeps.
var ErrFull = errors.New("the fleet has too much open work")

// WorkID names work by what it is: the same for every lease of it, and after every restart.
type WorkID [32]byte

// LeaseID names a lease. Whoever knows it may fetch the input, so it cannot be guessed.
type LeaseID [16]byte

// WorkerID names a worker for as long as the fleet remembers it.
type WorkerID [16]byte

// Fleet is an [engine.Engine] of local and remote workers. It is safe for concurrent use.
type Fleet struct {
	config Config
	log    *slog.Logger

	mu      sync.Mutex // guards what follows
	closed  bool
	open    []*work // in order of arrival, also what is being proven
	busy    int     // local proofs under way
	workers map[WorkerID]*worker
	leases  map[LeaseID]*lease
	conduct map[string]*conduct // by the worker's name
	changed chan struct{}       // closed and replaced when capacity changes
	served  []engine.Keys       // of programs that workers should have the files of, the smallest first
	keys    map[vadium.ProgramID]*circuits.VerifyingKey
	took    map[vadium.ProgramID]time.Duration // what a proof takes here and there, lately the slowest
	running sync.WaitGroup                     // local proofs

	looking chan struct{} // holds a token for each worker whose evidence is looked at
}

// work is one proof somebody waits for.
type work struct {
	engine.Work
	id      WorkID
	input   vadium.Digest
	until   time.Time // when a proof is of no use any more; zero: never
	due     time.Time // when it is wanted; zero: there is no hurry
	done    chan result
	over    bool
	ahead   bool                 // nobody has solved it yet, so no worker elsewhere gets it
	local   context.CancelFunc   // set while the local engine works on it
	held    map[string]int       // leases in force, by the worker's name
	began   map[string]time.Time // when a worker had what it needs to prove it, by name
	loaded  map[string]time.Duration
	refused map[string]bool // workers that failed at it, by name; "" is the local engine
	lapses  int
	tries   int
	failure error       // the last one
	hurry   *time.Timer // looks again when time presses; nil while nothing has lapsed
}

// hands returns how many prove it now.
func (o *work) hands() int {
	hands := 0
	for _, leases := range o.held {
		hands += leases
	}
	if o.local != nil {
		hands++
	}
	return hands
}

type result struct {
	proof engine.Proof
	err   error
}

// New returns a fleet without remote workers.
func New(c Config) *Fleet {
	c.LeaseFor = cmp.Or(c.LeaseFor, 10*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &Fleet{
		config: c, log: c.Log, workers: map[WorkerID]*worker{}, leases: map[LeaseID]*lease{}, conduct: map[string]*conduct{},
		changed: make(chan struct{}), keys: map[vadium.ProgramID]*circuits.VerifyingKey{}, took: map[vadium.ProgramID]time.Duration{},
		looking: make(chan struct{}, mostLooks),
	}
	if f.config.Verify == nil {
		f.config.Verify = f.verify
	}
	return f
}

var _ engine.Engine = (*Fleet)(nil)

// Solve implements [engine.Engine]. Witnesses are solved here: the market wants an answer within seconds.
func (f *Fleet) Solve(ctx context.Context, w engine.Work) error { return f.config.Local.Solve(ctx, w) }

// CheckUniversal implements [engine.Engine].
func (f *Fleet) CheckUniversal(ctx context.Context, k engine.Keys) error {
	return f.config.Local.CheckUniversal(ctx, k)
}

// Prove implements [engine.Engine]. The proof comes from whoever of the fleet made it first.
func (f *Fleet) Prove(ctx context.Context, w engine.Work) (engine.Proof, error) {
	if err := circuits.CheckInput(w.Keys.Program, w.Input); err != nil {
		return engine.Proof{}, err
	}
	proof, err := f.prove(ctx, w)
	if errors.Is(err, engine.ErrFailed) {
		// A worker's word about an input is worth nothing: look here whether it is to blame.
		if solved := f.config.Local.Solve(ctx, w); errors.Is(solved, circuits.ErrUnsatisfied) {
			return engine.Proof{}, solved
		}
	}
	return proof, err
}

func (f *Fleet) prove(ctx context.Context, w engine.Work) (engine.Proof, error) {
	input := vadium.DigestOf(w.Input)
	program := w.Keys.Program.ID()
	o := &work{
		Work: w, input: input, ahead: w.Solved != nil, done: make(chan result, 1), due: w.Due,
		held: map[string]int{}, began: map[string]time.Time{}, loaded: map[string]time.Duration{}, refused: map[string]bool{},
		id: vadium.HashParts("fleet work", program[:], w.Request[:], w.Prover[:], input[:]),
	}
	o.until, _ = ctx.Deadline()
	f.mu.Lock()
	if err := cmp.Or(ctx.Err(), f.refuses()); err != nil {
		f.mu.Unlock()
		return engine.Proof{}, err
	}
	f.open = append(f.open, o)
	f.dispatch()
	f.mu.Unlock()
	select {
	case r := <-o.done:
		return r.proof, r.err
	case <-w.Solved:
		f.solved(o)
	case <-ctx.Done():
	}
	select {
	case r := <-o.done:
		return r.proof, r.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	f.end(o, result{err: ctx.Err()})
	f.dispatch()
	f.mu.Unlock()
	r := <-o.done // a proof may have come just now
	return r.proof, r.err
}

// solved lets workers elsewhere have work as well.
func (f *Fleet) solved(o *work) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o.ahead = false
	if o.failure != nil && !f.hope(o) { // the local engine could not, and there is nobody else
		f.end(o, result{err: o.failure})
	}
	f.dispatch()
}

// refuses returns why no work is taken now. Called with mu held.
func (f *Fleet) refuses() error {
	switch {
	case f.closed:
		return engine.ErrClosed
	case len(f.open) >= maxOpen:
		return fmt.Errorf("%d proofs, at most %d: %w", len(f.open), maxOpen, ErrFull)
	}
	return nil
}

// Close implements [engine.Engine]. Remote workers notice when they next call.
func (f *Fleet) Close() error {
	f.mu.Lock()
	f.closed = true
	for _, o := range slices.Clone(f.open) {
		f.end(o, result{err: engine.ErrClosed})
	}
	for _, w := range f.workers {
		f.forget(w)
	}
	f.mu.Unlock()
	f.running.Wait()
	return f.config.Local.Close()
}

// Provers returns how many proofs the fleet can make at once now. A worker counts when it has the files of some program.
func (f *Fleet) Provers() int {
	return f.provers(func(w *worker) bool { return len(w.ready) > 0 })
}

// Workers returns how many remote workers are known now, whatever they can do.
func (f *Fleet) Workers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.workers)
}

// ProversFor returns how many proofs of one program it can make at once now: here, and by workers that have its files.
func (f *Fleet) ProversFor(p vadium.Program) int {
	return f.provers(func(w *worker) bool { return w.counts(p) })
}

func (f *Fleet) provers(which func(*worker) bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.config.Slots
	for _, w := range f.workers {
		if !f.turnedAway(w.Name) && which(w) {
			n += w.Slots
		}
	}
	return n
}

// Changed returns a channel that is closed at the next change of what the two methods above return.
func (f *Fleet) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// change tells everyone that capacity is another. Called with mu held.
func (f *Fleet) change() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// end takes work out and says what became of it. Called with mu held; a second end says nothing.
func (f *Fleet) end(o *work, r result) {
	if o.over {
		return
	}
	o.over = true
	f.open = slices.DeleteFunc(f.open, func(other *work) bool { return other == o })
	for _, l := range f.leases {
		if l.work == o {
			f.drop(l)
		}
	}
	if o.local != nil {
		o.local()
	}
	if o.hurry != nil {
		o.hurry.Stop()
	}
	o.done <- r
}

// dispatch gives work that nobody does to those who are free, oldest first, and then a second time what time presses for.
// Called with mu held.
func (f *Fleet) dispatch() {
	for _, o := range slices.Clone(f.open) {
		if !o.over && o.hands() == 0 {
			f.give(o)
		}
	}
	for _, o := range slices.Clone(f.open) {
		if !o.over && o.hands() > 0 && o.hands() < mostHands && f.presses(o) {
			f.give(o)
		}
	}
}

// give gives work to somebody who is free, if anybody is. Called with mu held.
//
// The local engine takes what comes first, because its keys and the input are here; but what a worker that cannot do
// everything is able to do goes to that one, so that the local engine stays free for the rest. What a worker has let
// down goes to the local engine before all others: it cannot vanish.
func (f *Fleet) give(o *work) {
	local := f.busy < f.config.Slots && o.local == nil && !o.refused[""]
	w := f.free(o)
	switch {
	case w != nil && (!local || !w.general() && o.lapses == 0):
		f.grant(w, o, newLeaseID())
	case local:
		f.proveHere(o)
	}
}

// presses reports whether work that was let down once needs a second pair of hands: if whoever has it now vanished too,
// it would be noticed too late to begin again. Where not even a beginning now can end in time, nobody is asked in vain.
// Called with mu held.
func (f *Fleet) presses(o *work) bool {
	if o.lapses == 0 {
		return false
	}
	wanted := o.wanted()
	if wanted.IsZero() {
		return false
	}
	left, takes := time.Until(wanted), f.took[o.Keys.Program.ID()]
	return left <= f.reserve(o) && left >= takes
}

// reserve is the time that must be left for work to be safe in one pair of hands: until it is noticed that these are
// gone, and twice what a proof takes. Called with mu held.
func (f *Fleet) reserve(o *work) time.Duration {
	return f.config.LeaseFor + 2*f.took[o.Keys.Program.ID()]
}

// wanted returns when a proof is wanted: punctual if that is still ahead, and else while it is of use; zero: whenever.
func (o *work) wanted() time.Time {
	if o.due.IsZero() || time.Now().After(o.due) {
		return o.until
	}
	return o.due
}

// watchTime looks again when time begins to press for work that was let down. Called with mu held.
func (f *Fleet) watchTime(o *work) {
	if o.hurry != nil {
		o.hurry.Stop()
	}
	var at []time.Time
	for _, limit := range []time.Time{o.due, o.until} {
		if !limit.IsZero() {
			at = append(at, limit.Add(-f.reserve(o)), limit)
		}
	}
	for _, next := range at {
		if wait := time.Until(next); wait > 0 {
			o.hurry = time.AfterFunc(wait, func() {
				f.mu.Lock()
				defer f.mu.Unlock()
				if !o.over {
					f.watchTime(o)
					f.dispatch()
				}
			})
			return
		}
	}
}

// learn remembers what a proof took, the slowest of late. Called with mu held.
func (f *Fleet) learn(p vadium.Program, took time.Duration) {
	id := p.ID()
	f.took[id] = max(took, f.took[id]-f.took[id]/8)
}

// proveHere lets the local engine work. Called with mu held.
func (f *Fleet) proveHere(o *work) {
	ctx, cancel := context.WithCancel(context.Background())
	if !o.until.IsZero() {
		ctx, cancel = context.WithDeadline(context.Background(), o.until)
	}
	o.local = cancel
	f.busy++
	f.running.Go(func() {
		began := time.Now()
		proof, err := f.config.Local.Prove(ctx, o.Work)
		took := time.Since(began)
		cancel()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.busy--
		o.local = nil
		switch {
		case err == nil:
			f.learn(o.Keys.Program, took)
			f.end(o, result{proof: proof})
		case final(err):
			f.end(o, result{err: err})
		default:
			f.failed(o, "", err)
		}
		f.dispatch()
	})
}

// final reports whether another try elsewhere would say the same.
func final(err error) bool {
	return errors.Is(err, circuits.ErrUnsatisfied) || errors.Is(err, circuits.ErrMalformedInput) || errors.Is(err, engine.ErrClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// failed notes that somebody made no proof, and ends the work when there is nobody left to try. Called with mu held.
func (f *Fleet) failed(o *work, who string, err error) {
	if o.over {
		return
	}
	o.refused[who], o.failure = true, err
	if o.tries++; o.tries >= mostTries || !f.hope(o) {
		f.end(o, result{err: err})
	}
}

// hope reports whether somebody works on it or could. Called with mu held.
func (f *Fleet) hope(o *work) bool {
	if o.hands() > 0 || o.ahead || f.config.Slots > 0 && !o.refused[""] {
		return true
	}
	for _, w := range f.workers {
		if f.wants(w, o) {
			return true
		}
	}
	return false
}

// wants reports whether work could be given to a worker, if that were free. What has not been solved is not: an input without
// a solution makes every worker fail, and would have them turned away for what a requester did. Called with mu held.
func (f *Fleet) wants(w *worker, o *work) bool {
	return !o.ahead && !o.refused[w.Name] && !f.turnedAway(w.Name) && w.able(o.Keys.Program)
}

// verify checks a remote worker's proof.
func (f *Fleet) verify(w engine.Work, proof []byte) error {
	key, err := f.verifyingKey(w.Keys)
	if err != nil {
		return err
	}
	statement := w.Input[:w.Keys.Program.StatementBytes()]
	return key.Verify(circuits.PublicInputs(w.Keys.Program, statement, w.Request, w.Prover), proof)
}

// verifyingKey returns the program's parsed key. circuits guards every byte of it, so it may be read here.
func (f *Fleet) verifyingKey(k engine.Keys) (*circuits.VerifyingKey, error) {
	id := k.Program.ID()
	f.mu.Lock()
	key := f.keys[id]
	f.mu.Unlock()
	if key != nil {
		return key, nil
	}
	blob, err := os.ReadFile(k.VerifyingKey)
	if err != nil {
		return nil, err
	}
	if key, err = circuits.LoadVerifyingKey(k.Program, blob); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.keys[id] = key
	f.mu.Unlock()
	return key, nil
}

func newLeaseID() (id LeaseID) {
	rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return id
}
