package prover

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"vadium"
	"vadium/auction"
	"vadium/prover/durable"
)

// Status is how an agent stands, for people.
type Status struct {
	Prover      vadium.Account     `json:"prover"`
	Vault       vadium.VaultID     `json:"vault"`
	Behaviour   Behaviour          `json:"behaviour"`
	Cursor      uint64             `json:"cursor"`   // of the last event handled
	Free        vadium.Amount      `json:"free"`     // stake that no lock needs
	Provers     int                `json:"provers"`  // proofs it can make at once now
	Capacity    int                `json:"capacity"` // assignments, waiting ones included
	Proving     int                `json:"proving"`
	At          vadium.Time        `json:"at"`
	Breaker     BreakerStatus      `json:"breaker"`
	Programs    []ProgramStatus    `json:"programs"`
	Asks        []AskStatus        `json:"asks"`
	Assignments []AssignmentStatus `json:"assignments"`
	// Pursuits are requests that it comes to by itself, and Outcomes how many of those it got and did not get since it was started.
	Pursuits []PursuitStatus `json:"pursuits"`
	Outcomes []OutcomeStatus `json:"outcomes"`
	// Profit is what each program has brought and cost since the vault was opened, and Total all of them together.
	Profit []Profit    `json:"profit"`
	Total  Profit      `json:"total"`
	Events []Happening `json:"events"`
}

// BreakerStatus is whether the agent asks for anything after failures in a row.
type BreakerStatus struct {
	Phase    string      `json:"phase"` // closed, open or trial
	Failures int         `json:"failures"`
	Until    vadium.Time `json:"until,omitempty"` // of the rest
	Reason   string      `json:"reason,omitempty"`
}

// ProgramStatus is a program the agent serves.
type ProgramStatus struct {
	Program   vadium.ProgramID `json:"program"`
	Name      string           `json:"name"`
	Benchmark vadium.Duration  `json:"benchmarkMs"` // as the market was told; 0: not yet
	Measured  bool             `json:"measured"`    // false: estimated from its size
}

// AskStatus is an ask the agent has placed.
type AskStatus struct {
	Product auction.Product `json:"product"`
	Price   vadium.Amount   `json:"price"`
	Slots   uint32          `json:"slots"`
	ETA     vadium.Duration `json:"etaMs"`
	Until   vadium.Time     `json:"until"`
}

// AssignmentStatus is a request under way.
type AssignmentStatus struct {
	Request  vadium.RequestID `json:"request"`
	Stage    string           `json:"stage"`
	Deadline vadium.Time      `json:"deadline"`
	Progress vadium.Bps       `json:"progressBps"`
}

// PursuitStatus is a request that the agent comes to by itself.
type PursuitStatus struct {
	Request   vadium.RequestID  `json:"request"`
	Mechanism auction.Mechanism `json:"mechanism"`
	Stage     string            `json:"stage"`
	Price     vadium.Amount     `json:"price"` // from which on it is worth it, or the bid
}

// OutcomeStatus is how pursuits by one mechanism ended that the market was told of.
type OutcomeStatus struct {
	Mechanism auction.Mechanism `json:"mechanism"`
	Won       uint64            `json:"won"`
	Lost      uint64            `json:"lost"`
}

// Status returns how the agent stands now. It may be called at any time, also before [Agent.Run].
func (a *Agent) Status() Status {
	s := Status{Prover: a.account, Behaviour: a.settings().Behaviour, Provers: a.provers(), Capacity: a.capacity(), At: a.now(), Events: a.events.all()}
	_, s.Proving = a.queue.counts()
	b := a.breaker.snapshot()
	s.Breaker = BreakerStatus{Phase: string(b.Phase), Failures: b.InARow, Reason: b.Reason}
	if b.Phase == breakerOpen {
		s.Breaker.Until = b.Until
	}
	if a.opened.Load() {
		s.Profit = a.ledger.lines(a.programName)
	}
	s.Total = Total(s.Profit)
	for _, m := range []auction.Mechanism{auction.Climbing, auction.Revealing} {
		s.Outcomes = append(s.Outcomes, OutcomeStatus{m, a.outcomes.of(m, won), a.outcomes.of(m, lost)})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Vault, s.Cursor, s.Free = a.vault, a.cursor, a.stake.Free
	for _, p := range a.programs {
		_, measured := a.bench.of(p.listing.Program)
		s.Programs = append(s.Programs, ProgramStatus{p.listing.ID, p.listing.Program.Name, p.served, measured})
	}
	for product, stands := range a.asks {
		s.Asks = append(s.Asks, AskStatus{product, stands.ask.Price, stands.ask.Slots, stands.ask.ETA, stands.until})
	}
	for id, under := range a.assignments {
		progress := under.progress()
		under.mu.Lock()
		s.Assignments = append(s.Assignments, AssignmentStatus{id, under.stage, under.deadline, progress})
		under.mu.Unlock()
	}
	for id, p := range a.pursuits {
		if p.stage != "" {
			s.Pursuits = append(s.Pursuits, PursuitStatus{id, p.mechanism, p.stage, p.price})
		}
	}
	slices.SortFunc(s.Pursuits, func(x, y PursuitStatus) int { return bytes.Compare(x.Request[:], y.Request[:]) })
	slices.SortFunc(s.Programs, func(x, y ProgramStatus) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), bytes.Compare(x.Program[:], y.Program[:]))
	})
	slices.SortFunc(s.Asks, func(x, y AskStatus) int { return cmp.Compare(x.Product.String(), y.Product.String()) })
	slices.SortFunc(s.Assignments, func(x, y AssignmentStatus) int {
		return cmp.Or(cmp.Compare(x.Deadline, y.Deadline), bytes.Compare(x.Request[:], y.Request[:]))
	})
	return s
}

// programName returns what people call a program, as far as the agent knows.
func (a *Agent) programName(id vadium.ProgramID) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.programs[id]; p != nil {
		return p.listing.Program.Name
	}
	return id.Short()
}

// StatusFile is where a running agent writes its [Status], below its folder.
const StatusFile = "status.json"

// statusEvery is how often it does.
const statusEvery = 2 * time.Second

func (a *Agent) keepStatus(ctx context.Context) {
	for {
		a.saveStatus()
		if !sleep(ctx, statusEvery) {
			return
		}
	}
}

func (a *Agent) saveStatus() {
	content, err := json.Marshal(a.Status())
	if err == nil {
		err = durable.Replace(filepath.Join(a.settings().Dir, StatusFile), append(content, '\n'))
	}
	if err != nil {
		a.log.Warn("the status is not written", "error", err)
	}
}

// ReadStatus returns the status that an agent last wrote into its folder, and whether one works there now.
func ReadStatus(dir string) (s Status, running bool, err error) {
	content, err := os.ReadFile(filepath.Join(dir, StatusFile))
	if err != nil {
		return s, false, fmt.Errorf("read status: %w", err)
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return s, false, fmt.Errorf("read status: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	free, err := lock.TryRLock()
	if err != nil {
		return s, false, fmt.Errorf("read status: %w", err)
	}
	if free {
		_ = lock.Unlock()
	}
	return s, !free, nil
}

// recallEvents reads what happened in an earlier life.
func (a *Agent) recallEvents() {
	content, err := os.ReadFile(filepath.Join(a.settings().Dir, StatusFile))
	var s Status
	if err != nil || json.Unmarshal(content, &s) != nil {
		return // it is for people, and begins anew
	}
	a.events.mu.Lock()
	defer a.events.mu.Unlock()
	a.events.list = append(s.Events, a.events.list...)
}
