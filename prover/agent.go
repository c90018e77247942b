package prover

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/durable"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

// Agent is a prover at work. Make one with [New] and run it once.
type Agent struct {
	config atomic.Pointer[Config] // replaced as a whole by Reload
	market Market
	engine engine.Engine
	log    *slog.Logger
	now    func() vadium.Time

	account  vadium.Account
	intents  *intents // set before anything runs
	bids     *intents // the log of bids; likewise
	bench    *bench
	keys     keys.Folder
	queue    *queue
	breaker  *breaker
	ledger   *ledger // set before anything runs
	events   events
	outcomes outcomes
	clock    clock
	opened   atomic.Bool   // the three above marked so are set
	kick     chan struct{} // asks want to be looked at
	relist   chan struct{} // programs want to be listed
	reopen   chan struct{} // open requests want to be listed
	fail     context.CancelCauseFunc

	work sync.WaitGroup // assignments; Run waits

	mu          sync.Mutex // guards what follows
	vault       vadium.VaultID
	deployment  vadium.Salt
	cursor      uint64       // of the last record handled
	lineage     *vadium.Salt // of that record; nil when it is not known
	begun       uint64       // the market's position at the start: records up to it are of before
	cursorSaved vadium.Time  // when it was last written
	programs    map[vadium.ProgramID]*program
	assignments map[vadium.RequestID]*assignment
	pursuits    map[vadium.RequestID]*pursuit
	passed      bool        // requests to come to were passed over since the last look for them, which began at listed
	listed      vadium.Time // by the agent's clock
	asks        map[auction.Product]standing
	stake       client.Vault
	seen        *view // of the last look at the asks; nil before the first
}

// ErrNoVault: the account has no vault, so it cannot serve.
var ErrNoVault = errors.New("the prover has no vault (open one first: vadium vault open TOKENS)")

// errLocked: another process holds the folder.
var errLocked = errors.New("it is locked")

// errOtherMarket: the folder's cursor and intents belong to another market.
var errOtherMarket = errors.New("the folder belongs to another market (use another folder)")

// New returns an agent. The engine makes as many proofs at once as the config says; its owner closes it after Run.
func New(c Config, m Market, e engine.Engine) (*Agent, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &Agent{
		market: m, engine: e, log: c.Log.With("prover", m.Account()), account: m.Account(),
		now:  func() vadium.Time { return vadium.Time(time.Now().UnixMilli()) },
		keys: keys.Folder{Dir: c.KeyDir, Most: c.MaxKeyBytes}, kick: make(chan struct{}, 1), relist: make(chan struct{}, 1), reopen: make(chan struct{}, 1),
		programs: map[vadium.ProgramID]*program{}, assignments: map[vadium.RequestID]*assignment{}, asks: map[auction.Product]standing{},
		pursuits: map[vadium.RequestID]*pursuit{},
	}
	a.config.Store(&c)
	a.queue = newQueue(a.provers(), a.now)
	a.queue.room = a.room
	a.breaker = newBreaker(filepath.Join(c.Dir, "breaker.json"), a.now)
	a.breaker.set(c.BreakAfter, c.BreakFor)
	a.breaker.tell = a.tellBreaker
	return a, nil
}

// settings returns the configuration in force. Whoever needs two of its fields to agree takes it once.
func (a *Agent) settings() *Config { return a.config.Load() }

// Run works until ctx ends, and returns nil then. Any other end is an error: the folder is in use or damaged, there is
// no vault, or the market refuses the agent's cursor. Whatever was under way is taken up by the next Run.
func (a *Agent) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a.fail = cancel
	if err := os.MkdirAll(filepath.Join(a.settings().Dir, "proofs"), 0o700); err != nil {
		return fmt.Errorf("prover folder: %w", err)
	}
	lock := flock.New(filepath.Join(a.settings().Dir, "lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return fmt.Errorf("another prover works in %s (stop it, or use another folder): %w", a.settings().Dir, cmp.Or(err, errLocked))
	}
	defer func() { _ = lock.Unlock() }()
	for _, dir := range []string{a.settings().KeyDir, a.settings().Dir, filepath.Join(a.settings().Dir, "proofs")} {
		keys.Sweep(dir, a.log)
	}
	if err := a.open(ctx); err != nil {
		return cause(ctx, err)
	}
	defer func() { _, _ = a.intents.close(), a.bids.close() }() // every entry was synced when it was appended

	var tasks sync.WaitGroup
	tasks.Go(func() { a.follow(ctx) })
	tasks.Go(func() { a.prepare(ctx) })
	tasks.Go(func() { a.quote(ctx) })
	tasks.Go(func() { a.pursueAgain(ctx) })
	tasks.Go(func() { a.followEngine(ctx) })
	tasks.Go(func() { a.mend(ctx) })
	tasks.Go(func() { a.keepBooks(ctx) })
	tasks.Go(func() { a.keepStatus(ctx) })
	<-ctx.Done()
	tasks.Wait()
	a.work.Wait()
	a.saveCursor()
	a.saveStatus()
	return cause(ctx, nil)
}

// cause returns why ctx ended: nil when its owner ended it, else the failure.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && !errors.Is(c, context.Canceled) && !errors.Is(c, context.DeadlineExceeded) {
		return c
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // its owner ended it: no failure
	}
	return err
}

// open reads the folder, asks the market how things stand, and takes up what was under way.
func (a *Agent) open(ctx context.Context) error {
	var err error
	if a.intents, err = openIntents(filepath.Join(a.settings().Dir, "intents.log")); err != nil {
		return err
	}
	if a.bids, err = openIntents(filepath.Join(a.settings().Dir, "bids.log")); err != nil {
		return err
	}
	if a.bench, err = openBench(a.settings().BenchFile, a.settings().Provers); err != nil {
		return err
	}
	if err := a.breaker.open(); err != nil {
		return err
	}
	a.recallEvents()
	market, err := insist(ctx, a.log, "read the market", a.market.Market)
	if err != nil {
		return err
	}
	me, err := insist(ctx, a.log, "read the prover", func(ctx context.Context) (client.Prover, error) {
		p, err := a.market.Prover(ctx, a.account)
		if _, refused := refusal(err); refused {
			return client.Prover{}, nil // unknown to the market: no vault yet
		}
		return p, err
	})
	if err != nil {
		return err
	}
	if me.Vault == 0 {
		return fmt.Errorf("%v: %w", a.account, ErrNoVault)
	}
	fresh, err := a.openCursor(market)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.vault = me.Vault
	a.mu.Unlock()
	if a.ledger, err = openLedger(filepath.Join(a.settings().Dir, "ledger.json"), market); err != nil {
		return err
	}
	a.ledger.forgetDone(a.intents)
	a.opened.Store(true)
	a.sweepProofs()
	if err := a.recall(ctx); err != nil {
		return err
	}
	noted := make(chan struct{})
	close(noted)
	for _, id := range a.intents.unfinished() {
		a.take(ctx, id, noted)
	}
	if err := a.pursueOpen(ctx); err != nil || !fresh {
		return err
	}
	// A new folder: what is assigned already has no intents, and the events that said so lie before the cursor.
	for r, err := range a.market.Requests(ctx, client.RequestFilter{Prover: a.account}) {
		if err != nil {
			return fmt.Errorf("list assignments: %w", err)
		}
		if index, mine := r.ServedBy(a.account); mine {
			if err := a.assigned(ctx, r.ID, index); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweepProofs removes proofs that no intent names: a crash came between storing one and noting it.
func (a *Agent) sweepProofs() {
	named := map[string]bool{}
	for _, id := range a.intents.unfinished() {
		i, _ := a.intents.of(id)
		named[i.Proof.String()[2:]] = true
	}
	dir := filepath.Join(a.settings().Dir, "proofs")
	files, err := os.ReadDir(dir)
	if err != nil {
		a.log.Warn("proofs cannot be listed", "error", err)
	}
	for _, f := range files {
		if !named[f.Name()] {
			_ = os.Remove(filepath.Join(dir, f.Name())) // a leftover costs a few hundred bytes
		}
	}
}

// insist repeats a call until it answers, is refused, or ctx ends.
func insist[T any](ctx context.Context, log *slog.Logger, what string, call func(context.Context) (T, error)) (T, error) {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		answer, err := call(ctx)
		if err == nil {
			return answer, nil
		}
		if _, refused := refusal(err); refused || ctx.Err() != nil {
			return answer, fmt.Errorf("%s: %w", what, err)
		}
		log.Warn("the market does not answer", "call", what, "error", err)
		if !sleep(ctx, pause) {
			return answer, ctx.Err()
		}
	}
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// cursorFile is the position of the last record handled, and of which market and which of its histories. A file of an
// earlier build has no lineage.
type cursorFile struct {
	Deployment vadium.Salt  `json:"deployment"`
	Cursor     uint64       `json:"cursor"`
	Lineage    *vadium.Salt `json:"lineage,omitempty"`
}

func (a *Agent) cursorPath() string { return filepath.Join(a.settings().Dir, "cursor.json") }

// openCursor reads the cursor, or begins at the market's position. fresh says that there was none.
func (a *Agent) openCursor(m client.Market) (fresh bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deployment, a.begun = m.Deployment, m.Seq
	defer func() {
		if a.lineage == nil {
			a.lineage = m.LineageAt(a.cursor)
		}
	}()
	content, err := os.ReadFile(a.cursorPath())
	if errors.Is(err, fs.ErrNotExist) {
		a.cursor = m.Seq
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read cursor: %w", err)
	}
	var f cursorFile
	if err := json.Unmarshal(content, &f); err != nil {
		// A cursor is only a shortcut; what it would have skipped is listed instead.
		a.log.Warn("the cursor is unreadable and is set anew", "error", err)
		a.cursor = m.Seq
		return true, nil
	}
	if f.Deployment != m.Deployment {
		return false, fmt.Errorf("%s: %w", a.settings().Dir, errOtherMarket)
	}
	if !m.Continues(f.Cursor, f.Lineage) {
		// What happened after the backup happened no more: what is ours now is listed, and the intents of the rest end as
		// those of requests that the market does not know.
		a.log.Warn("the market was restored from a backup older than this prover's cursor", "cursor", f.Cursor, "seq", m.Seq, "lineage", f.Lineage)
		a.cursor = m.Seq
		return true, nil
	}
	a.cursor, a.lineage = f.Cursor, f.Lineage
	return false, nil
}

// cursorEvery bounds how often the cursor is written. Events since then are handled again after a crash, to no effect.
const cursorEvery = 500 * vadium.Millisecond

func (a *Agent) handled(r marketplace.Record) {
	a.mu.Lock()
	a.cursor, a.lineage = r.Seq, client.LineageOf(r, a.lineage)
	due := a.now().Sub(a.cursorSaved) >= cursorEvery
	a.mu.Unlock()
	if due {
		a.saveCursor()
	}
}

func (a *Agent) saveCursor() {
	a.mu.Lock()
	f := cursorFile{a.deployment, a.cursor, a.lineage}
	a.cursorSaved = a.now()
	a.mu.Unlock()
	content, err := json.Marshal(f)
	if err == nil {
		err = durable.Replace(a.cursorPath(), append(content, '\n'))
	}
	if err != nil {
		a.log.Warn("the cursor was not saved; events will be seen again", "error", err)
	}
}

// follow handles every event about the account, from the cursor on.
func (a *Agent) follow(ctx context.Context) {
	a.mu.Lock()
	from, lineage, begun := a.cursor+1, a.lineage, a.begun
	a.mu.Unlock()
	for r, err := range a.market.Watch(ctx, from, client.EventFilter{Account: a.account, ForTakers: true, Lineage: lineage}) {
		if err != nil {
			a.fail(fmt.Errorf("follow the market from %d: %w", from, err))
			return
		}
		a.hear(r.At, r.Seq > begun)
		if err := a.observe(ctx, r); err != nil {
			a.fail(err)
			return
		}
		a.handled(r)
	}
	if ctx.Err() == nil {
		a.fail(errors.New("the market's event stream ended"))
	}
}

// observe acts on one event. Seeing an event again changes nothing.
func (a *Agent) observe(ctx context.Context, r marketplace.Record) error {
	switch e := r.Event.(type) {
	case *marketplace.RequestAssigned:
		if e.Attempt.Prover == a.account {
			return a.assigned(ctx, e.Request, e.Index)
		}
	case *marketplace.BackupActivated:
		if e.Attempt.Prover == a.account {
			return a.assigned(ctx, e.Request, e.Index)
		}
	case *marketplace.FaultRecorded:
		if e.Prover == a.account {
			a.log.Warn("fault recorded", "request", e.Request, "seq", r.Seq, "offence", e.Offence, "penalty", e.Penalty.Total().Tokens())
		}
	case *marketplace.FeeSettled:
		if e.Vault == a.vaultID() {
			a.log.Info("fee settled", "request", e.Request, "seq", r.Seq, "fee", e.Fee.Tokens())
		}
	case *marketplace.RequestSubmitted:
		if e.Request.ForTakers() {
			a.pursueNew(ctx, e.Request)
		}
	case *marketplace.AssignmentEnded:
		a.pursue(ctx, e.Request) // it may be free again
	case *marketplace.GraceStarted:
		a.pursue(ctx, e.Request) // it may want a rescuer
	case *marketplace.Resumed:
		a.wakeAll() // every deadline has moved
	}
	if id, about := marketplace.RequestOf(r.Event); about {
		a.wake(id)
	}
	if changesAsks(r.Event) {
		a.lookAtAsks()
	}
	return nil
}

// changesAsks reports whether an event may have changed free stake, load, or the rules.
func changesAsks(e marketplace.Event) bool {
	switch e.(type) {
	case *marketplace.StakeLocked, *marketplace.StakeReleased, *marketplace.Slashed, *marketplace.ActivationCharged,
		*marketplace.JuniorDeposited, *marketplace.SeniorDeposited, *marketplace.AssignmentEnded, *marketplace.DeliveryAccepted,
		*marketplace.ProgramServed, *marketplace.ParamsSet, *marketplace.MarketPaused, *marketplace.Resumed:
		return true
	}
	return false
}

func (a *Agent) vaultID() vadium.VaultID {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.vault
}

// assigned notes an assignment and starts on it, side by side: whatever the market may hear of comes after the note.
func (a *Agent) assigned(ctx context.Context, id vadium.RequestID, attempt uint32) error {
	a.mu.Lock()
	_, running := a.assignments[id]
	a.mu.Unlock()
	if running {
		a.wake(id)
		return nil
	}
	seen := make(chan struct{})
	defer close(seen)
	_, known := a.intents.of(id)
	a.take(ctx, id, seen)
	if known {
		return nil
	}
	return a.intents.append(entry{At: a.now(), Request: id, Step: stepSeen, Attempt: attempt})
}

// take starts a goroutine that sees an assignment through. It notes nothing before seen is closed.
func (a *Agent) take(ctx context.Context, id vadium.RequestID, seen <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.assignments[id] != nil || ctx.Err() != nil {
		return
	}
	s := &assignment{Agent: a, id: id, seen: seen, changed: make(chan struct{}, 1), log: a.log.With("request", id)}
	a.assignments[id] = s
	a.work.Go(func() {
		err := s.run(ctx)
		a.mu.Lock()
		delete(a.assignments, id)
		a.mu.Unlock()
		a.lookAtAsks()
		if err != nil && ctx.Err() == nil {
			a.fail(err) // the log of intents cannot be written: nothing may be acted upon
		}
	})
}

func (a *Agent) wake(id vadium.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.assignments[id]; s != nil {
		s.wake()
	}
	if s := a.pursuits[id]; s != nil {
		signal(s.changed)
	}
}

func (a *Agent) wakeAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.assignments {
		s.wake()
	}
	for _, s := range a.pursuits {
		signal(s.changed)
	}
}

func (a *Agent) lookAtAsks() { signal(a.kick) }

// signal leaves one reminder in a channel of capacity 1.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
