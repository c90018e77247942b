package prover

import (
	"bytes"
	"cmp"
	"slices"

	"vadium"
	"vadium/auction"
)

// Status is how an agent stands, for people.
type Status struct {
	Prover      vadium.Account     `json:"prover"`
	Vault       vadium.VaultID     `json:"vault"`
	Behaviour   Behaviour          `json:"behaviour"`
	Cursor      uint64             `json:"cursor"` // of the last event handled
	Free        vadium.Amount      `json:"free"`   // stake that no lock needs
	Provers     int                `json:"provers"`
	Proving     int                `json:"proving"`
	RestsUntil  vadium.Time        `json:"restsUntil,omitempty"` // after failures in a row
	Programs    []ProgramStatus    `json:"programs"`
	Asks        []AskStatus        `json:"asks"`
	Assignments []AssignmentStatus `json:"assignments"`
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

// Status returns how the agent stands now. It may be called at any time, also before [Agent.Run].
func (a *Agent) Status() Status {
	s := Status{Prover: a.account, Behaviour: a.config.Behaviour, Provers: a.config.Provers}
	_, s.Proving = a.queue.counts()
	if until, open := a.breaker.openUntil(); open {
		s.RestsUntil = until
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
	slices.SortFunc(s.Programs, func(x, y ProgramStatus) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), bytes.Compare(x.Program[:], y.Program[:]))
	})
	slices.SortFunc(s.Asks, func(x, y AskStatus) int { return cmp.Compare(x.Product.String(), y.Product.String()) })
	slices.SortFunc(s.Assignments, func(x, y AssignmentStatus) int {
		return cmp.Or(cmp.Compare(x.Deadline, y.Deadline), bytes.Compare(x.Request[:], y.Request[:]))
	})
	return s
}
