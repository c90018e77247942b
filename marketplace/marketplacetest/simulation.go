package marketplacetest

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// SimulationParams make a market whose requests end within minutes, so that a simulation sees many of them end.
func SimulationParams() marketplace.Params {
	p := marketplace.DefaultParams()
	p.AskEpoch, p.MaxDuration, p.GraceMax, p.GraceMin = 10*vadium.Minute, vadium.Hour, 10*vadium.Minute, 20*vadium.Second
	p.MarketHeartbeat, p.OutageAfter, p.MaxOpenRequests = vadium.Minute, 3*vadium.Minute, 12
	p.FeeFloor, p.AcceptWindow, p.HeartbeatWithin = vadium.Tokens(1), 10*vadium.Second, 20*vadium.Second
	return p
}

// Habit is how a prover behaves once it is assigned a request.
type Habit int

// Habits.
const (
	Honest    Habit = iota // answers, is heard of and delivers in time, sometimes in the last instant
	Slow                   // delivers within grace or after
	Vanishing              // accepts and is never heard of again
	Cheating               // delivers proofs that do not verify
	Declining
	Silent
	Slandering // says that inputs do not satisfy which do
	Resigning
	Erratic // anything, anytime
	habits
)

// Simulation is a market of random people under a virtual clock, from a seed.
type Simulation struct {
	*World
	Random *rand.Rand
	// Habits of the provers, by name.
	Habits map[string]Habit
	// Bad requests have inputs that nobody can prove.
	Bad map[vadium.RequestID]bool
	// Sent is everything that was sent, with its time, in order.
	Sent []Sending
	// Punctual says that the market does all that is due before it takes a command, as its one writer sees to. Otherwise it is late
	// now and then.
	Punctual bool

	sessions sessions
	arranges *rand.Rand
	proves   *rand.Rand // draws of its own, as sessions have
	unproven int        // proofs of clearings that were refused
	agenda   agenda
	planned  uint64
	people   []string // requesters and stakers
	provers  []string
	programs []string
	requests []vadium.RequestID
	who      map[vadium.Account]string
	valid    map[vadium.Digest]bool
	carried  map[vadium.CommandID]bool // commands that were carried out
	proofs   int
	wishes   int // how many requests people thought of
	// more is what else may happen, in simulations of more.
	more []func()
	// excused are the requests of which a fault fell into an incident: nothing is owed for it.
	excused map[vadium.RequestID]bool
	// rich says that requests are worth a good part of the vaults that back them.
	rich bool
	// outsiders do not belong to the coalition, in simulations of one.
	outsiders map[string]bool
}

// Sending is a message at the time it was sent: one command, or the commands of a batch, which a session signed together
// and which nothing comes between.
type Sending struct {
	At       vadium.Time
	Commands []marketplace.Command
}

// plan is something that somebody will do.
type plan struct {
	at    vadium.Time
	order uint64
	do    func()
}

type agenda []plan

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(plan)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// NewSimulation returns a market with its people in place. The same seed and habits give the same simulation.
func NewSimulation(t testing.TB, seed uint64, cast ...Habit) *Simulation {
	t.Helper()
	s := newSimulation(t, seed)
	s.enlistAll(cast)
	return s
}

func (s *Simulation) enlistAll(cast []Habit) {
	s.t.Helper()
	for i, habit := range cast {
		s.enlist(fmt.Sprintf("prover%d", i+1), habit)
	}
}

// newSimulation returns a market without provers.
func newSimulation(t testing.TB, seed uint64) *Simulation {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	params := SimulationParams()
	params.MaxDeliveries = 1 + random.Uint32N(16)
	params.Backups = random.Uint32N(3)
	params.MaxUndecided = 1 + uint32(seed%3)
	params.UnopenedTiers = [...]uint32{0, 3, 1, 0, 2}[seed%5]
	s := &Simulation{
		World: Open(t, params), Random: random, sessions: newSessions(seed), arranges: rand.New(rand.NewPCG(seed, 6)), proves: rand.New(rand.NewPCG(seed, 7)), Habits: map[string]Habit{}, Bad: map[vadium.RequestID]bool{},
		who: map[vadium.Account]string{}, valid: map[vadium.Digest]bool{}, excused: map[vadium.RequestID]bool{}, carried: map[vadium.CommandID]bool{},
		people: []string{"alice", "bob", "carol"}, programs: []string{"small", "large", "homemade"},
	}
	s.DigestEvery = 61
	s.Sent = []Sending{{s.Now, []marketplace.Command{s.Last}}} // the opening of the market
	for _, name := range s.people {
		s.fund(name, 2_000)
	}
	for i, name := range s.programs {
		class := []vadium.KeyClass{vadium.KeysOperator, vadium.KeysUniversal, vadium.KeysRegistrant}[i]
		s.names.program(name)
		s.Must(s.do("alice", marketplace.RegisterProgram{Program: Program(name), SampleVerified: true, Class: class}))
	}
	s.Must(s.do("operator", marketplace.RegisterProgram{Program: Program("clearing-64"), SampleVerified: true, Class: vadium.KeysOperator}))
	return s
}

func (s *Simulation) fund(name string, tokens uint64) {
	s.who[s.names.account(name)] = name
	reference := Salt(fmt.Sprint("funds ", s.commands))
	s.Must(s.do("operator", marketplace.CreditDeposit{Account: Account(name), Amount: vadium.Tokens(tokens), Reference: reference}))
}

// enlist gives a prover a vault, delegators, programs and asks.
func (s *Simulation) enlist(name string, habit Habit) {
	s.provers = append(s.provers, name)
	s.Habits[name] = habit
	s.fund(name, 300)
	junior, senior := 20+s.Random.Uint64N(200), 1+s.Random.Uint64N(100)
	commission := vadium.Bps(s.Random.Uint32N(9_501))
	thin := s.outsiders != nil && !s.outsiders[name]
	if thin {
		commission = 9_500
	}
	if thin = thin || s.chance(3); thin { // a vault that lives on others' stake
		junior, senior = 10+s.Random.Uint64N(10), 150
	}
	stake := vadium.Max(vadium.Tokens(junior), s.State.NetworkRisk().EntryMinimum) // which the operator may have raised
	s.Must(s.do(name, marketplace.OpenVault{Junior: stake, Commission: commission}))
	if thin || s.chance(2) {
		s.Must(s.do("carol", marketplace.DepositSenior{Vault: s.State.VaultOf(Account(name)).ID, Assets: vadium.Tokens(senior)}))
	}
	for _, program := range s.programs {
		s.Must(s.do(name, marketplace.ServeProgram{Program: Program(program).ID(), Benchmark: s.within(vadium.Second, 20*vadium.Second)}))
	}
	for _, program := range s.programs {
		for _, tier := range []auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh} {
			s.placeAsk(name, program, tier)
		}
	}
	s.askInBatches(name)
}

func (s *Simulation) placeAsk(name, program string, tier auction.StakeTier) {
	if ask, ok := s.askOf(program, tier); ok {
		_, _ = s.do(name, ask)
	}
}

// askOf is an ask somebody may place for a program, if anyone serves it.
func (s *Simulation) askOf(program string, tier auction.StakeTier) (marketplace.PlaceAsk, bool) {
	product, served := s.State.Listing(Program(program).ID()).Product(auction.Immediate, vadium.Amount{}, vadium.Amount{})
	if !served {
		return marketplace.PlaceAsk{}, false
	}
	product.Stake = tier
	slots := 1 + s.Random.Uint32N(3)
	return marketplace.PlaceAsk{
		Product: product, Price: s.tokens(1, 12), Slots: slots, Capacity: slots + s.Random.Uint32N(3),
		ETA: s.within(vadium.Second, 40*vadium.Second), StandUntil: s.Now.Add(s.within(vadium.Minute, 5*vadium.Hour)),
	}, true
}

// chance is true once in n times.
func (s *Simulation) chance(n int) bool { return s.Random.IntN(n) == 0 }

func (s *Simulation) within(low, high vadium.Duration) vadium.Duration {
	return low + vadium.Duration(s.Random.Int64N(int64(high-low)+1))
}

// instant is a time up to last, and last itself one time in three.
func (s *Simulation) instant(last vadium.Time) vadium.Time {
	if s.chance(3) || !last.After(s.Now) {
		return max(last, s.Now)
	}
	return s.Now.Add(s.within(0, last.Sub(s.Now)))
}

// tokens is an amount from low to high tokens with an odd number of base units.
func (s *Simulation) tokens(low, high uint64) vadium.Amount {
	return vadium.Tokens(low + s.Random.Uint64N(high-low)).MustAdd(vadium.NewAmount(s.Random.Uint64N(1_000_000_000_000_000_000)))
}

func pick[T any](s *Simulation, from []T) T { return from[s.Random.IntN(len(from))] }

// do sends a fresh command now.
func (s *Simulation) do(by string, body marketplace.Body) ([]marketplace.Record, error) {
	c := s.Command(by, body)
	if s.sign(by, &c) {
		records, err := s.send(c)
		if err == nil || !refusedToSession(err) {
			return records, err
		}
		c.Session = vadium.SessionKey{} // what a session may not do its owner signs
	}
	return s.send(c)
}

// send sends a command, checks that nothing is carried out twice, and lets everyone react to what happened.
func (s *Simulation) send(c marketplace.Command) ([]marketplace.Record, error) {
	s.t.Helper()
	s.Sent = append(s.Sent, Sending{s.Now, []marketplace.Command{c}})
	return s.carryOut(c)
}

// sendBatch sends commands together.
func (s *Simulation) sendBatch(commands []marketplace.Command) {
	s.t.Helper()
	s.Sent = append(s.Sent, Sending{s.Now, commands})
	for _, c := range commands {
		_, _ = s.carryOut(c)
	}
}

func (s *Simulation) carryOut(c marketplace.Command) ([]marketplace.Record, error) {
	s.t.Helper()
	if _, resumes := c.Body.(marketplace.ResumeCommand); s.Punctual && !resumes {
		s.observe(s.Until(s.Now))
	}
	records, err := s.World.Send(c)
	if s.carried[c.ID] {
		var repeated *marketplace.Repeated
		if !errors.As(err, &repeated) && !errors.Is(err, marketplace.ErrExpired) {
			s.t.Fatalf("%T was carried out before and is answered with %d records, %v", c.Body, len(records), err)
		}
	}
	if err == nil && c.ID != (vadium.CommandID{}) {
		s.carried[c.ID] = true
	}
	s.observe(records)
	s.checkVaults()
	if len(records) > 0 {
		s.checkWaiting()
	}
	return records, err
}

// checkVaults: junior stake, unbonding included, covers every damage cap that is open, whatever was slashed or redeemed.
func (s *Simulation) checkVaults() {
	s.t.Helper()
	for id, v := range s.State.Vaults() {
		if junior := v.Junior.MustAdd(v.JuniorUnbonding.Assets); junior.Less(v.DamageCaps()) {
			s.t.Fatalf("vault %d has %s tokens of junior stake for damage caps of %s", id, junior.Tokens(), v.DamageCaps().Tokens())
		}
	}
}

// checkWaiting: nobody waits for a prover that could be assigned now. Rewards that drip in may free stake between two
// events; they are looked at with the next heartbeat of the market, and here a minute later.
func (s *Simulation) checkWaiting() {
	s.t.Helper()
	if s.State.Market().Paused || len(s.State.WaitingRequests()) > 64 {
		return
	}
	for _, id := range s.State.WaitingRequests() {
		r := s.State.Request(id)
		for _, st := range s.State.Standings(r, s.State.Now(), r.Phase != marketplace.PhaseOpen) {
			if st.Bar == marketplace.BarNone {
				s.t.Fatalf("%s waits (%v), and %s could be assigned to it", s.names.of(id), r.Phase, s.names.of(st.Ask.Prover))
			}
		}
	}
}

// plan lets do happen at an instant.
func (s *Simulation) plan(at vadium.Time, do func()) {
	s.planned++
	heap.Push(&s.agenda, plan{max(at, s.Now), s.planned, do})
}

// advance lets time pass up to an instant, one step of the market at a time, so that people react to each at once. It
// stops early when somebody has something to do before. Now and then the market is late with its own business, which
// must make no difference to those who are punctual.
func (s *Simulation) advance(to vadium.Time) {
	s.t.Helper()
	late := s.chance(4) && !s.Punctual
	for {
		if len(s.agenda) > 0 && s.agenda[0].at.Before(to) {
			to = max(s.Now, s.agenda[0].at)
		}
		next := s.State.NextDeadline()
		if late || next.After(to) {
			break
		}
		s.Now = max(s.Now, next)
		s.observe(s.Tick())
		s.checkVaults()
	}
	s.Now = max(s.Now, to)
}

// Run lets n things happen and then everything end.
func (s *Simulation) Run(n int) {
	s.t.Helper()
	for range n {
		s.happen()
	}
	s.finish()
}

// happen does the next thing on the agenda, or something new.
func (s *Simulation) happen() {
	if len(s.agenda) > 0 && !s.chance(4) {
		s.next()
		return
	}
	if len(s.more) > 0 && s.chance(3) {
		pick(s, s.more)()
		return
	}
	if s.chance(4) {
		s.restake()
		return
	}
	switch s.Random.IntN(13) {
	case 0, 1, 2, 3, 4:
		s.submit()
	case 5:
		s.meddle()
	case 6:
		s.repeat()
	case 7:
		s.invest()
	case 8:
		s.placeAsk(pick(s, s.provers), pick(s, s.programs), auction.StakeTier(s.Random.IntN(3)))
		if s.chance(2) {
			s.askInBatches(pick(s, s.provers))
		}
	case 9:
		s.advance(s.Now.Add(s.within(0, 2*vadium.Minute)))
	case 10:
		s.outage()
	case 11:
		s.operate()
	case 12:
		s.batch()
	}
}

// next does what is planned next, after what the market has to do before.
func (s *Simulation) next() {
	for at := s.agenda[0].at; at.After(s.Now); at = s.agenda[0].at {
		s.advance(at)
	}
	heap.Pop(&s.agenda).(plan).do()
}

// finish lets every plan and every deadline come to its end.
func (s *Simulation) finish() {
	s.t.Helper()
	for len(s.agenda) > 0 {
		s.next()
	}
	for end := s.Now.Add(3 * vadium.Hour); s.Now.Before(end); {
		s.advance(end)
		for len(s.agenda) > 0 {
			s.next()
		}
	}
	s.observe(s.Until(s.Now))
	for _, id := range s.requests {
		s.checkEnd(s.State.Request(id))
	}
	for id, v := range s.State.Vaults() {
		if v.LockCount > 0 {
			s.t.Errorf("in the end vault %d still has locks: %+v", id, s.State.LocksOf(id))
		}
	}
	for _, asset := range s.State.Assets() {
		if totals := s.State.TotalsIn(asset); !totals.Escrow.IsZero() || !totals.Bonds.IsZero() || totals.In != totals.Accounted() {
			s.t.Errorf("in the end the books of asset %v say %+v", asset, totals)
		}
	}
	for _, name := range s.provers {
		if p := s.State.Prover(Account(name)); s.Habits[name] == Honest && (p.Faults > 0 || !p.Lost.IsZero() || p.Marks > 0) {
			s.t.Errorf("%s was honest and has %d faults, %d marks and lost %s tokens", name, p.Faults, p.Marks, p.Lost.Tokens())
		}
	}
	s.checkHonestStake()
	s.CheckReplay()
}

// checkEnd: every request is over, and what it cost follows from how it ended.
func (s *Simulation) checkEnd(r *marketplace.Request) {
	s.t.Helper()
	name := s.names.of(r.ID)
	switch r.Phase {
	case marketplace.PhaseSettled:
		if s.Bad[r.ID] {
			s.t.Errorf("%s was proven, and nobody could prove it", name)
		}
	case marketplace.PhaseFailed:
		owed := r.DamageCap
		for _, a := range r.Attempts {
			if a.Behind == 0 && a.Stage == marketplace.StageExcused {
				owed = vadium.Amount{} // whoever owed it failed by our fault
			}
			if a.Behind == 0 && a.Stage == marketplace.StageFaulted && s.State.Vault(a.Vault).Asset != (risk.Asset{}) {
				owed = vadium.Amount{} // in the asset of its stake instead
				if a.Compensated.Cmp(a.DamageCap) != 0 {
					s.t.Errorf("%s failed: its requester got %s tokens of the prover's asset, want its damage cap of %s", name, a.Compensated.Tokens(), a.DamageCap.Tokens())
				}
			}
		}
		if s.excused[r.ID] && r.Compensated.Less(owed) {
			owed = r.Compensated
		}
		if !r.Paid.IsZero() || r.Compensated.Cmp(owed) != 0 {
			s.t.Errorf("%s failed: its requester paid %s tokens and got %s, want nothing and its damage cap of %s", name, r.Paid.Tokens(),
				r.Compensated.Tokens(), owed.Tokens())
		}
	case marketplace.PhaseCancelled, marketplace.PhaseUnserved:
		if !r.Paid.IsZero() || !r.Compensated.IsZero() {
			s.t.Errorf("%s is %v: its requester paid %s tokens and got %s, want nothing", name, r.Phase, r.Paid.Tokens(), r.Compensated.Tokens())
		}
	case marketplace.PhaseUnsatisfiable:
		if !r.Compensated.IsZero() || r.Reserve.BpsUp(2_000).Less(r.Paid) {
			s.t.Errorf("%s is unsatisfiable: its requester paid %s tokens and got %s", name, r.Paid.Tokens(), r.Compensated.Tokens())
		}
	default:
		s.t.Errorf("in the end %s is still %v: %+v", name, r.Phase, r)
	}
}
