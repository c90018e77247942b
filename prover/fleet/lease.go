package fleet

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"vadium"
	"vadium/prover/engine"
)

// Agent is what a worker needs of the agent it works for. [Fleet] is one, and so is what [Dial] returns.
//
// Calls may be made concurrently. [ErrUnknownWorker] says to join again; [ErrUnauthorised] that the token is wrong; any
// other error that the call may be made again.
type Agent interface {
	// Join declares what the worker can do.
	Join(ctx context.Context, o Offer) (Joined, error)
	// Prepare says which programs' files the worker has, and returns those that are wanted of it besides.
	Prepare(ctx context.Context, w WorkerID, has []Possession) (wanted []vadium.Program, err error)
	// Pull waits up to wait for work. Without any it returns false.
	Pull(ctx context.Context, w WorkerID, wait time.Duration) (Lease, bool, error)
	// Renew prolongs leases, and returns those whose work is over.
	Renew(ctx context.Context, w WorkerID, held []Held) (lost []LeaseID, err error)
	// Complete hands in a proof, or the reason why there is none. used says whether it was still of use.
	Complete(ctx context.Context, w WorkerID, h Held, o Outcome) (used bool, err error)
	// Fetch writes a file of a leased program, or the input of a lease, to to. The zero lease is for files of programs that
	// the agent serves. The caller checks the digest.
	Fetch(ctx context.Context, w WorkerID, l LeaseID, digest vadium.Digest, to io.Writer) error
}

// Offer is what a worker can do.
type Offer struct {
	Name     string
	Backends []Backend
	KeyBytes uint64 // of keys it can keep in memory
	Slots    int    // proofs at once
}

// Backend is a proof system over a curve.
type Backend struct {
	System vadium.ProofSystem
	Curve  vadium.Curve
}

// String returns it as people write it, such as "groth16/bn254".
func (b Backend) String() string { return b.System.String() + "/" + b.Curve.String() }

// Backends returns everything this binary can prove.
func Backends() []Backend {
	var all []Backend
	for _, system := range []vadium.ProofSystem{vadium.Groth16, vadium.PLONK} {
		for _, curve := range []vadium.Curve{vadium.BN254, vadium.BLS12381} {
			all = append(all, Backend{system, curve})
		}
	}
	return all
}

// Joined is how the agent answers.
type Joined struct {
	Worker   WorkerID
	LeaseFor time.Duration // without a heartbeat
}

// Lease is work given to one worker.
type Lease struct {
	Held

	Program    vadium.Program
	Request    vadium.RequestID
	Prover     vadium.Account
	Input      vadium.Digest // of a secret
	InputBytes uint64
	TimeLeft   time.Duration // after which a proof is of no use
}

// Held names a lease and its work.
type Held struct {
	ID   LeaseID
	Work WorkID
}

// Outcome is a proof, or why there is none.
type Outcome struct {
	Proof engine.Proof
	// Failure is nil with a proof; engine.ErrKeysTooLarge, [ErrStopped], or anything else.
	Failure error
}

// Errors of an agent.
var (
	// ErrUnknownWorker: the agent has been started again, or has not heard of the worker for too long.
	ErrUnknownWorker = errors.New("the agent does not know this worker (any more)")
	// ErrUnauthorised: the token is not the agent's.
	ErrUnauthorised = errors.New("the agent refuses the token (copy the agent's token file: vadium worker token)")
	// ErrNotLeased: the worker asked for what no lease of its own names.
	ErrNotLeased = errors.New("no lease of this worker names that")
	// ErrTooManyWorkers: the fleet takes no more.
	ErrTooManyWorkers = errors.New("the fleet has too many workers")
	// ErrStopped: the worker stops and gives its work back.
	ErrStopped = errors.New("the worker stops")
)

// worker is a remote worker that was heard of lately. Guarded by the fleet's mu.
type worker struct {
	Offer

	id     WorkerID
	seen   time.Time
	gone   *time.Timer
	leases int
	parked []chan *lease // pulls that wait
	cannot map[vadium.ProgramID]bool
	ready  map[vadium.ProgramID]bool // it has the files, as far as this agent has seen
	// doubted are programs of which it was said that its files are others.
	doubted map[vadium.ProgramID]bool
}

// able reports whether the worker can prove a program.
func (w *worker) able(p vadium.Program) bool {
	files := p.ConstraintSystemBytes + p.ProvingKeyBytes + p.VerifyingKeyBytes // in memory they are no smaller
	return files <= w.KeyBytes && !w.cannot[p.ID()] && slices.Contains(w.Backends, Backend{p.System, p.Curve})
}

// counts reports whether the worker is capacity for a program.
func (w *worker) counts(p vadium.Program) bool { return w.ready[p.ID()] && w.able(p) }

// general reports whether the worker can prove what this binary can.
func (w *worker) general() bool {
	return !slices.ContainsFunc(Backends(), func(b Backend) bool { return !slices.Contains(w.Backends, b) })
}

// lease is in force until it expires, is given up, or its work is over.
type lease struct {
	id      LeaseID
	work    *work
	worker  *worker
	expires time.Time
	timer   *time.Timer
}

// Join implements [Agent].
func (f *Fleet) Join(_ context.Context, o Offer) (Joined, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return Joined{}, engine.ErrClosed
	}
	if len(f.workers) >= maxWorkers {
		return Joined{}, fmt.Errorf("%d, at most %d: %w", len(f.workers), maxWorkers, ErrTooManyWorkers)
	}
	w := &worker{
		Offer: o, seen: time.Now(),
		cannot: map[vadium.ProgramID]bool{}, ready: map[vadium.ProgramID]bool{}, doubted: map[vadium.ProgramID]bool{},
	}
	rand.Read(w.id[:]) // never fails: crypto/rand ends the process instead
	f.workers[w.id] = w
	f.watch(w)
	f.log.Info("a worker joined", "worker", o.Name, "slots", o.Slots, "backends", fmt.Sprint(o.Backends))
	f.change()
	return Joined{w.id, f.config.LeaseFor}, nil
}

// known returns a worker and notes that it was heard of. Called with mu held.
func (f *Fleet) known(id WorkerID) (*worker, error) {
	w := f.workers[id]
	if w == nil || f.closed {
		return nil, ErrUnknownWorker
	}
	w.seen = time.Now()
	return w, nil
}

// watch forgets a worker that is silent for as long as a lease lasts. Called with mu held.
func (f *Fleet) watch(w *worker) {
	w.gone = time.AfterFunc(f.config.LeaseFor, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		silent := time.Since(w.seen)
		switch {
		case f.workers[w.id] != w:
		case silent < f.config.LeaseFor || len(w.parked) > 0:
			w.gone.Reset(max(f.config.LeaseFor-silent, f.config.LeaseFor/3))
		default:
			f.log.Warn("a worker is gone", "worker", w.Name, "slots", w.Slots)
			f.forget(w)
			f.dispatch()
		}
	})
}

// forget takes a worker out; its leases lapse. Called with mu held.
func (f *Fleet) forget(w *worker) {
	w.gone.Stop()
	delete(f.workers, w.id)
	for _, wait := range w.parked {
		close(wait)
	}
	w.parked = nil
	for _, l := range f.leases {
		if l.worker == w {
			f.lapse(l)
		}
	}
	f.change()
}

// free returns a worker that waits for work it can do, the one with the fewest leases first. Called with mu held.
func (f *Fleet) free(o *work) *worker {
	var best *worker
	for _, w := range f.workers {
		if len(w.parked) == 0 || w.leases >= w.Slots || o.held[w.Name] > 0 || !f.wants(w, o) {
			continue
		}
		if best == nil || before(w, best, o.Keys.Program) {
			best = w
		}
	}
	return best
}

// before reports whether a is to be asked before b: those that have the files first, then those that can do less, then
// those with less to do; last the name decides, so that tests can.
func before(a, b *worker, p vadium.Program) bool {
	if a.counts(p) != b.counts(p) {
		return a.counts(p)
	}
	return cmp.Or(
		cmp.Compare(len(a.Backends), len(b.Backends)), cmp.Compare(a.leases, b.leases), cmp.Compare(a.Name, b.Name),
	) < 0
}

// grant gives work to a worker: to its longest pull, or, without any, to a lease that it says it holds. Called with mu
// held.
func (f *Fleet) grant(w *worker, o *work, id LeaseID) {
	l := &lease{id: id, work: o, worker: w, expires: time.Now().Add(f.config.LeaseFor)}
	l.timer = time.AfterFunc(f.config.LeaseFor, func() { f.expire(l) })
	f.leases[id] = l
	w.leases++
	o.held[w.Name]++
	if len(w.parked) > 0 {
		o.began[w.Name], o.loaded[w.Name] = time.Now(), 0
		w.parked[0] <- l // never blocks: it has room for one, and is taken out here
		w.parked = w.parked[1:]
	}
	f.log.Debug("work leased", "request", o.Request, "worker", w.Name)
}

// drop ends a lease. Called with mu held.
func (f *Fleet) drop(l *lease) {
	if f.leases[l.id] != l {
		return
	}
	l.timer.Stop()
	delete(f.leases, l.id)
	l.worker.leases--
	if l.work.held[l.worker.Name]--; l.work.held[l.worker.Name] == 0 {
		delete(l.work.held, l.worker.Name)
	}
}

// expire ends a lease whose time is over, unless it was renewed.
func (f *Fleet) expire(l *lease) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.leases[l.id] != l {
		return
	}
	if left := time.Until(l.expires); left > 0 {
		l.timer.Reset(left)
		return
	}
	f.lapse(l)
	f.dispatch()
}

// lapse ends a lease whose worker was not heard of: the work is free for another. Called with mu held.
func (f *Fleet) lapse(l *lease) {
	f.drop(l)
	o := l.work
	delete(o.began, l.worker.Name) // when it was away is no time that a proof takes
	if o.over {
		return
	}
	f.log.Warn("a lease expired", "request", o.Request, "worker", l.worker.Name)
	f.vanished(l.worker)
	if o.lapses++; o.lapses >= mostLapses && o.hands() == 0 {
		f.end(o, result{err: fmt.Errorf("%d leases expired: %w", o.lapses, engine.ErrWorkerDied)})
		return
	}
	f.watchTime(o)
}

// Pull implements [Agent].
func (f *Fleet) Pull(ctx context.Context, id WorkerID, wait time.Duration) (Lease, bool, error) {
	f.mu.Lock()
	w, err := f.known(id)
	if err != nil {
		f.mu.Unlock()
		return Lease{}, false, err
	}
	if len(w.parked) >= w.Slots {
		f.mu.Unlock()
		return Lease{}, false, nil // a client that repeats itself must not fill the agent's memory
	}
	turn := make(chan *lease, 1)
	w.parked = append(w.parked, turn)
	f.dispatch()
	f.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case l, ok := <-turn:
		if !ok {
			return Lease{}, false, ErrUnknownWorker
		}
		return l.describe(), true, nil
	case <-timer.C:
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	w.parked = slices.DeleteFunc(w.parked, func(c chan *lease) bool { return c == turn })
	select {
	case l, ok := <-turn: // granted just now
		switch {
		case !ok:
			return Lease{}, false, ErrUnknownWorker
		case ctx.Err() == nil:
			return l.describe(), true, nil
		}
		f.drop(l) // nobody listens: the work is free again
		f.dispatch()
	default:
	}
	return Lease{}, false, ctx.Err()
}

func (l *lease) describe() Lease {
	const long = 7 * 24 * time.Hour
	left := long
	if !l.work.until.IsZero() {
		left = min(max(time.Until(l.work.until), 0), long)
	}
	return Lease{
		Held: Held{l.id, l.work.id}, Program: l.work.Keys.Program, Request: l.work.Request, Prover: l.work.Prover,
		Input: l.work.input, InputBytes: uint64(len(l.work.Input)), TimeLeft: left,
	}
}

// Renew implements [Agent]. A lease that is not known belongs to an earlier life of the agent, or has expired: the worker
// goes on with its work, unless as many as may have taken it up meanwhile.
func (f *Fleet) Renew(_ context.Context, id WorkerID, held []Held) (lost []LeaseID, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.known(id)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		l := f.leases[h.ID]
		if l != nil && l.worker == w {
			l.expires = time.Now().Add(f.config.LeaseFor)
			continue
		}
		o := f.workOf(h.Work)
		switch {
		case o == nil:
			lost = append(lost, h.ID)
		case l != nil: // another's
		case o.hands() < mostHands && w.leases < w.Slots && !o.refused[w.Name]:
			f.adopt(w, o, h.ID)
		default:
			lost = append(lost, h.ID)
		}
	}
	return lost, nil
}

// adopt is grant without a pull. Called with mu held.
func (f *Fleet) adopt(w *worker, o *work, id LeaseID) {
	parked := w.parked
	w.parked = nil
	f.grant(w, o, id)
	w.parked = parked
	f.log.Info("a worker goes on with its work", "request", o.Request, "worker", w.Name)
}

// workOf returns open work by its name, the oldest. Called with mu held.
func (f *Fleet) workOf(id WorkID) *work {
	if at := slices.IndexFunc(f.open, func(o *work) bool { return o.id == id }); at >= 0 {
		return f.open[at]
	}
	return nil
}

// Complete implements [Agent].
func (f *Fleet) Complete(_ context.Context, id WorkerID, h Held, o Outcome) (used bool, err error) {
	arrived := time.Now()
	f.mu.Lock()
	w, err := f.known(id)
	if err != nil {
		f.mu.Unlock()
		return false, err
	}
	defer f.dispatchUnlocked()
	l := f.leases[h.ID]
	if l != nil && (l.worker != w || l.work.id != h.Work) {
		l = nil // somebody else's
	}
	target := f.workOf(h.Work)
	if l != nil {
		target = l.work // of several alike, the one that was leased
	}
	if target == nil {
		f.mu.Unlock()
		return false, nil // its time is over, or another was first
	}
	if o.Failure != nil {
		defer f.mu.Unlock()
		return f.gaveUp(w, l, o.Failure), nil
	}
	f.mu.Unlock()

	invalid := f.config.Verify(target.Work, o.Proof.Bytes) // without the lock: it takes milliseconds

	f.mu.Lock()
	defer f.mu.Unlock()
	if invalid != nil {
		f.strike(w, fmt.Errorf("%w: %v", engine.ErrFailed, invalid))
		if l != nil {
			f.drop(l)
			f.failed(target, w.Name, fmt.Errorf("%w: the worker's proof does not verify", engine.ErrFailed))
		}
		return false, nil
	}
	f.redeemed(w)
	if program := target.Keys.Program; !w.counts(program) && w.able(program) { // what it proves it has
		w.ready[program.ID()] = true
		f.change()
	}
	cost := target.cost(w.Name, arrived, o.Proof.Cost)
	if cost.Wall > 0 {
		f.learn(target.Keys.Program, cost.Load+cost.Wall)
	}
	if target.over {
		return false, nil
	}
	f.end(target, result{proof: engine.Proof{Bytes: o.Proof.Bytes, Cost: cost}})
	return true, nil
}

// mostCores bounds what a worker may say about processor time: a proof did not take more than these all the while.
const mostCores = 64

// cost is what a worker's proof took, by this agent's clock: from the moment the worker had what it needs until its proof
// arrived. Wall is 0 when the agent does not know, because it was started again or the lease ran out in between. Processor
// time and memory nobody else can know; they are the worker's word, within what is possible.
func (o *work) cost(name string, arrived time.Time, said engine.Cost) engine.Cost {
	cost := engine.Cost{CPU: said.CPU, Peak: said.Peak}
	if began, known := o.began[name]; known {
		cost.Wall, cost.Load = max(arrived.Sub(began), 1), o.loaded[name]
		cost.CPU = min(cost.CPU, mostCores*cost.Wall)
	}
	return cost
}

func (f *Fleet) dispatchUnlocked() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dispatch()
}

// gaveUp notes that a worker made no proof. Without a lease in force it says nothing. Called with mu held.
func (f *Fleet) gaveUp(w *worker, l *lease, why error) bool {
	if l == nil || f.leases[l.id] != l {
		return false
	}
	f.drop(l)
	switch {
	case errors.Is(why, ErrStopped): // the work goes to another
	case errors.Is(why, engine.ErrKeysTooLarge):
		w.cannot[l.work.Keys.Program.ID()] = true
		f.change()
		f.failed(l.work, w.Name, why)
	default:
		f.strike(w, why)
		f.failed(l.work, w.Name, why)
	}
	return true
}

// Fetch implements [Agent].
func (f *Fleet) Fetch(ctx context.Context, id WorkerID, lease LeaseID, digest vadium.Digest, to io.Writer) error {
	f.mu.Lock()
	w, err := f.known(id)
	if err != nil {
		f.mu.Unlock()
		return err
	}
	if lease == (LeaseID{}) {
		path := f.servedFile(digest)
		f.mu.Unlock()
		return send(ctx, path, to)
	}
	l := f.leases[lease]
	if l == nil || l.worker != w {
		f.mu.Unlock()
		return ErrNotLeased
	}
	k, input := l.work.Keys, l.work.Input
	secret := digest == l.work.input
	f.mu.Unlock()
	if secret {
		_, err := to.Write(input)
		return err
	}
	if err := send(ctx, fileOf(k, digest), to); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if began, known := l.work.began[w.Name]; known { // it begins to prove when it has all its files
		now := time.Now()
		l.work.loaded[w.Name] += now.Sub(began)
		l.work.began[w.Name] = now
	}
	return nil
}

// fileOf returns the path of a program's file by its digest, or "".
func fileOf(k engine.Keys, digest vadium.Digest) string {
	return map[vadium.Digest]string{
		k.Program.ConstraintSystem: k.ConstraintSystem, k.Program.ProvingKey: k.ProvingKey, k.Program.VerifyingKey: k.VerifyingKey,
	}[digest]
}

// send copies a file until ctx ends.
func send(ctx context.Context, path string, to io.Writer) error {
	if path == "" {
		return ErrNotLeased
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(to, readerUntil{ctx, file})
	return err
}

// readerUntil stops reading when a context ends.
type readerUntil struct {
	ctx context.Context //nolint:containedctx // of one copy
	io.Reader
}

// Read implements [io.Reader].
func (r readerUntil) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}
