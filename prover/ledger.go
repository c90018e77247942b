package prover

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/durable"
	"vadium/vaults/slashing"
)

// Profit is what one program has brought and cost the prover: its own money, not its delegators'.
type Profit struct {
	Program vadium.ProgramID `json:"program"`
	Name    string           `json:"name"`
	// Earned is the prover's part of fees: commission, and what its junior stake got of the rest.
	Earned vadium.Amount `json:"earned"`
	// StandDown is what it got as a backup that was not needed; SolvingFees, for inputs that did not satisfy; Rescues, of
	// the punitive part of others' slashes.
	StandDown   vadium.Amount `json:"standDown"`
	SolvingFees vadium.Amount `json:"solvingFees"`
	Rescues     vadium.Amount `json:"rescues"`
	// Penalties are what junior stake lost: damages, punitive parts, and what backups cost.
	Penalties vadium.Amount `json:"penalties"`
	// CPU is what the proofs took, and Cost that at the price per CPU-second when each was made, rounded up.
	CPU  vadium.Duration `json:"cpuMs"`
	Cost vadium.Amount   `json:"cost"`
	// Made counts valid proofs, late ones included; Failed, faults other than being late.
	Made   uint64 `json:"made"`
	Late   uint64 `json:"late"`
	Failed uint64 `json:"failed"`
	// Delegators' part of fees, and of losses.
	DelegatorsEarned vadium.Amount `json:"delegatorsEarned"`
	DelegatorsLost   vadium.Amount `json:"delegatorsLost"`
	// Net is what came in less what went out, costs included.
	Net Signed `json:"net"`
}

// In returns what came in, Out what went out at the market; costs are the prover's own affair.
func (p Profit) In() vadium.Amount {
	return vadium.Sum(p.Earned, p.StandDown, p.SolvingFees, p.Rescues)
}

// Out returns what was lost at the market.
func (p Profit) Out() vadium.Amount { return p.Penalties }

// plus adds two lines up; identity and Net are the caller's.
func (p Profit) plus(q Profit) Profit {
	return Profit{
		Earned: p.Earned.MustAdd(q.Earned), StandDown: p.StandDown.MustAdd(q.StandDown), SolvingFees: p.SolvingFees.MustAdd(q.SolvingFees),
		Rescues: p.Rescues.MustAdd(q.Rescues), Penalties: p.Penalties.MustAdd(q.Penalties), CPU: p.CPU + q.CPU, Cost: p.Cost.MustAdd(q.Cost),
		Made: p.Made + q.Made, Late: p.Late + q.Late, Failed: p.Failed + q.Failed,
		DelegatorsEarned: p.DelegatorsEarned.MustAdd(q.DelegatorsEarned), DelegatorsLost: p.DelegatorsLost.MustAdd(q.DelegatorsLost),
	}
}

// Total adds lines up.
func Total(lines []Profit) Profit {
	var sum Profit
	for _, p := range lines {
		sum = sum.plus(p)
	}
	return sum.netted()
}

func (p Profit) netted() Profit {
	p.Net = Difference(p.In(), p.Out().MustAdd(p.Cost))
	return p
}

// Signed is an amount that may be a loss.
type Signed struct {
	Amount vadium.Amount
	Loss   bool
}

// Difference returns in - out.
func Difference(in, out vadium.Amount) Signed {
	if d, ok := in.Sub(out); ok {
		return Signed{Amount: d}
	}
	return Signed{out.MustSub(in), true}
}

// String returns tokens, with a minus for a loss.
func (s Signed) String() string {
	if s.Loss {
		return "-" + s.Amount.Tokens()
	}
	return s.Amount.Tokens()
}

// MarshalText writes the units, with a minus for a loss.
func (s Signed) MarshalText() ([]byte, error) {
	text, err := s.Amount.MarshalText()
	if err == nil && s.Loss {
		text = append([]byte("-"), text...)
	}
	return text, err
}

// UnmarshalText reads what MarshalText wrote.
func (s *Signed) UnmarshalText(text []byte) error {
	text, s.Loss = bytes.CutPrefix(text, []byte("-"))
	return s.Amount.UnmarshalText(text)
}

// ledger keeps profit and loss per program. What the market moved it reads from the market's events, with a cursor of its
// own in the same file as the sums: so every event counts once, whatever happens to the agent. What proofs cost, which
// the market does not know, is noted once for each assignment before its intent is forgotten.
type ledger struct {
	path string

	mu    sync.Mutex // guards file
	file  ledgerFile
	dirty bool
}

// ledgerFile is what is on disk.
type ledgerFile struct {
	Format     string       `json:"format"`
	Deployment vadium.Salt  `json:"deployment"`
	Cursor     uint64       `json:"cursor"`            // of the last event counted
	Lineage    *vadium.Salt `json:"lineage,omitempty"` // of that event; a file of an earlier build has none
	// Settling is whose reward comes next: a fee's division follows it without naming the request.
	Settling vadium.ProgramID                     `json:"settling,omitzero"`
	Programs map[vadium.ProgramID]Profit          `json:"programs"`
	Noted    map[vadium.RequestID]vadium.Duration `json:"noted,omitempty"` // costs of assignments whose intents may still be there
}

// ledgerFormat marks a ledger and its version.
const ledgerFormat = "vadium/ledger/v1"

// openLedger reads the ledger of a market. One that is unreadable, another market's, or of a history that a market does
// not have any more since it was restored from a backup, is begun anew: the market's part of it is read again from the
// first event.
func openLedger(path string, m client.Market) (*ledger, error) {
	l := &ledger{path: path}
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	if err != nil || json.Unmarshal(content, &l.file) != nil || l.file.Format != ledgerFormat ||
		l.file.Deployment != m.Deployment || !m.Continues(l.file.Cursor, l.file.Lineage) {
		l.file = ledgerFile{Format: ledgerFormat, Deployment: m.Deployment}
	}
	if l.file.Lineage == nil {
		l.file.Lineage = m.LineageAt(l.file.Cursor)
	}
	if l.file.Programs == nil {
		l.file.Programs = map[vadium.ProgramID]Profit{}
	}
	if l.file.Noted == nil {
		l.file.Noted = map[vadium.RequestID]vadium.Duration{}
	}
	return l, nil
}

// save writes the ledger if it has changed. Called with mu held.
func (l *ledger) save() error {
	if !l.dirty {
		return nil
	}
	content, err := json.Marshal(l.file)
	if err == nil {
		err = durable.Write(l.path, append(content, '\n'))
	}
	if err == nil {
		l.dirty = false
	}
	return err
}

// spent notes what the proofs of an assignment cost, once.
func (l *ledger) spent(id vadium.RequestID, program vadium.ProgramID, cpu vadium.Duration, perSecond vadium.Amount) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, noted := l.file.Noted[id]; noted || cpu == 0 {
		return nil
	}
	cost, ok := perSecond.MulDivUp(vadium.NewAmount(uint64(cpu)), vadium.NewAmount(uint64(vadium.Second)))
	if !ok {
		return fmt.Errorf("the cost of %d ms overflows", cpu)
	}
	l.file.Noted[id] = cpu
	l.edit(program, func(p *Profit) { p.CPU, p.Cost = p.CPU+cpu, p.Cost.MustAdd(cost) })
	return l.save()
}

// forget drops what [ledger.spent] remembers of an assignment that is done. On disk it goes with the next change.
func (l *ledger) forget(id vadium.RequestID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.file.Noted, id)
}

// forgetDone does that for what was done in an earlier life.
func (l *ledger) forgetDone(i *intents) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.file.Noted {
		if _, open := i.of(id); !open {
			delete(l.file.Noted, id)
		}
	}
}

// edit changes a program's line. Called with mu held.
func (l *ledger) edit(program vadium.ProgramID, change func(p *Profit)) {
	p := l.file.Programs[program]
	change(&p)
	l.file.Programs[program] = p
	l.dirty = true
}

// lines returns profit and loss by program, the best first, with the names that name knows.
func (l *ledger) lines(name func(vadium.ProgramID) string) []Profit {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make([]Profit, 0, len(l.file.Programs))
	for id, p := range l.file.Programs {
		p.Program, p.Name = id, name(id)
		lines = append(lines, p.netted())
	}
	slices.SortFunc(lines, func(x, y Profit) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), bytes.Compare(x.Program[:], y.Program[:]))
	})
	return lines
}

// who is whose books are kept.
type who struct {
	account vadium.Account
	vault   vadium.VaultID
}

// about returns the request whose program an event's money belongs to, and whether the event is about the prover's
// money or record at all.
func (w who) about(e marketplace.Event) (vadium.RequestID, bool) {
	switch e := e.(type) {
	case *marketplace.FeeSettled:
		return e.Request, e.Vault == w.vault
	case *marketplace.SolvingFeePaid:
		return e.Request, e.Prover == w.account
	case *marketplace.Slashed:
		return e.Request, e.Vault == w.vault || e.Rescuer == w.account && !e.Shares.Rescuer.IsZero()
	case *marketplace.ActivationCharged:
		return e.Request, e.Vault == w.vault || e.To == w.account
	case *marketplace.HedgePaid:
		return e.Request, e.Prover == w.account
	case *marketplace.FaultRecorded:
		return e.Request, e.Vault == w.vault
	case *marketplace.DeliveryAccepted:
		return e.Request, true // whose it is, the request says
	}
	return vadium.RequestID{}, false
}

// count folds an event in. delivered says whose delivery a DeliveryAccepted is. Called with mu held.
func (l *ledger) count(w who, e marketplace.Event, program vadium.ProgramID, delivered vadium.Account) {
	switch e := e.(type) {
	case *marketplace.FeeSettled:
		l.file.Settling, l.dirty = program, true
	case *marketplace.SolvingFeePaid:
		l.edit(program, func(p *Profit) { p.SolvingFees = p.SolvingFees.MustAdd(e.Amount) })
	case *marketplace.Slashed:
		l.edit(program, func(p *Profit) {
			if e.Vault == w.vault {
				p.Penalties = vadium.Sum(p.Penalties, e.Damages.JuniorTotal(), e.Punitive.JuniorTotal())
				p.DelegatorsLost = vadium.Sum(p.DelegatorsLost, e.Damages.SeniorTotal(), e.Punitive.SeniorTotal())
			}
			if e.Rescuer == w.account {
				p.Rescues = p.Rescues.MustAdd(e.Shares.Rescuer)
			}
		})
	case *marketplace.ActivationCharged:
		l.edit(program, func(p *Profit) {
			if e.Vault == w.vault {
				p.Penalties, p.DelegatorsLost = p.Penalties.MustAdd(e.Loss.JuniorTotal()), p.DelegatorsLost.MustAdd(e.Loss.SeniorTotal())
			}
			if e.To == w.account {
				p.StandDown = p.StandDown.MustAdd(e.Loss.Total())
			}
		})
	case *marketplace.HedgePaid:
		l.edit(program, func(p *Profit) { p.StandDown = p.StandDown.MustAdd(e.Fee) })
	case *marketplace.FaultRecorded:
		l.edit(program, func(p *Profit) {
			if e.Offence == slashing.Late {
				p.Late++
			} else {
				p.Failed++
			}
		})
	case *marketplace.DeliveryAccepted:
		if delivered == w.account {
			l.edit(program, func(p *Profit) { p.Made++ })
		}
	}
}

// saveLedgerEvery bounds how often the ledger is written. Events since then are counted again after a crash, from the
// sums of then.
const saveLedgerEvery = time.Second

// keepBooks counts the market's events into the ledger, from the ledger's own cursor on. It is no reason to stop: a
// prover whose books lag still proves.
func (a *Agent) keepBooks(ctx context.Context) {
	l := a.ledger
	l.mu.Lock()
	from, lineage := l.file.Cursor+1, l.file.Lineage
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if err := l.save(); err != nil {
			a.log.Warn("the ledger is not saved", "error", err)
		}
	}()
	saved := time.Now()
	for r, err := range a.market.Watch(ctx, from, client.EventFilter{Account: a.account, Lineage: lineage}) {
		if err == nil {
			err = a.book(ctx, r)
		}
		if err != nil {
			if ctx.Err() == nil {
				a.log.Error("the books are not kept any more until the agent is started again", "from", from, "error", err)
			}
			return
		}
		if time.Since(saved) >= saveLedgerEvery {
			l.mu.Lock()
			err := l.save()
			l.mu.Unlock()
			if err != nil {
				a.log.Warn("the ledger is not saved", "error", err)
			}
			saved = time.Now()
		}
	}
}

// book counts one event.
func (a *Agent) book(ctx context.Context, r marketplace.Record) error {
	w := who{a.account, a.vaultID()}
	var program vadium.ProgramID
	var delivered vadium.Account
	id, mine := w.about(r.Event)
	if mine {
		request, err := insist(ctx, a.log, "read a request", func(ctx context.Context) (marketplace.Request, error) {
			return a.market.Request(ctx, id)
		})
		if _, refused := refusal(err); err != nil && !refused {
			return err
		}
		program = request.Program // zero when the market has forgotten the request: the money still counts
		if e, ok := r.Event.(*marketplace.DeliveryAccepted); ok && int(e.Attempt) < len(request.Attempts) {
			delivered = request.Attempts[e.Attempt].Prover
		}
	}
	l := a.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Seq <= l.file.Cursor {
		return nil
	}
	if mine {
		l.count(w, r.Event, program, delivered)
	} else if e, ok := r.Event.(*marketplace.RewardsAccrued); ok && e.Vault == w.vault {
		l.edit(l.file.Settling, func(p *Profit) {
			p.Earned = vadium.Sum(p.Earned, e.Reward.Commission, e.Reward.Junior)
			p.DelegatorsEarned = p.DelegatorsEarned.MustAdd(e.Reward.Senior)
		})
	}
	l.file.Cursor, l.file.Lineage, l.dirty = r.Seq, client.LineageOf(r, l.file.Lineage), true
	return nil
}
