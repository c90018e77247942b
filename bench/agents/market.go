package main

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"vadium"
	"vadium/marketplace"
)

// start is when every run begins: 2026-01-01 00:00 UTC.
const start vadium.Time = 1_767_225_600_000

// run is one simulated market: the real core under a virtual clock, and the people in it.
type run struct {
	setting
	state    *marketplace.State
	now      vadium.Time
	agenda   agenda
	commands uint64
	weather  *weather
	ledger   *ledger

	operator vadium.Account
	parties  []*party
	owner    map[vadium.Account]*party
	provers  []*prover
	prover   map[vadium.Account]*prover
	stakers  []*staker
	forged   map[vadium.Digest]bool
	proofs   uint64
	// refused counts what the market refused, by command and reason.
	refused map[string]int
	broken  error
	series  []sample
}

// setting is what a run depends on, besides the rules of the market.
type setting struct {
	seed   uint64
	days   int // until nothing new is asked for
	perDay int // requests
	crash  int // the day on which prices begin to fall, for five days
	cast   []kind
}

// settleDays is how long a run goes on after the last request, so that nothing is open in the end.
const settleDays = 3

func (s setting) end() vadium.Time { return start.Add(vadium.Duration(s.days) * vadium.Day) }

// random returns a stream of random numbers of its own for everything that draws any, so that what one agent does changes
// nobody else's luck: two runs of a seed differ only by what the agents of one kind decide.
func (s setting) random(name string) *rand.Rand {
	hash := vadium.HashParts("vadium/bench/agents", []byte(name))
	return rand.New(rand.NewPCG(s.seed, binary.BigEndian.Uint64(hash[:]))) //nolint:gosec // a simulation repeats
}

// plan is something that somebody will do.
type plan struct {
	at    vadium.Time
	order uint64
	do    func()
}

type agenda struct {
	plans   []plan
	planned uint64
}

func (a *agenda) Len() int { return len(a.plans) }
func (a *agenda) Less(i, j int) bool {
	return a.plans[i].at < a.plans[j].at || a.plans[i].at == a.plans[j].at && a.plans[i].order < a.plans[j].order
}
func (a *agenda) Swap(i, j int) { a.plans[i], a.plans[j] = a.plans[j], a.plans[i] }
func (a *agenda) Push(x any)    { a.plans = append(a.plans, x.(plan)) }
func (a *agenda) Pop() any {
	last := a.plans[len(a.plans)-1]
	a.plans = a.plans[:len(a.plans)-1]
	return last
}

// at plans something for an instant, or for now if that is over.
func (r *run) at(when vadium.Time, do func()) {
	r.agenda.planned++
	heap.Push(&r.agenda, plan{max(when, r.now), r.agenda.planned, do})
}

func (r *run) after(d vadium.Duration, do func()) { r.at(r.now.Add(d), do) }

// every plans something for now and for ever after.
func (r *run) every(first, interval vadium.Duration, do func()) {
	r.after(first, func() {
		do()
		r.every(interval, interval, do)
	})
}

// live lets time pass until an instant: people do what they have planned, the market what is due.
func (r *run) live(until vadium.Time) {
	for r.broken == nil {
		next := r.state.NextDeadline()
		if len(r.agenda.plans) > 0 && r.agenda.plans[0].at <= next {
			p := r.agenda.plans[0]
			if p.at.After(until) {
				break
			}
			heap.Pop(&r.agenda)
			r.now = max(r.now, p.at)
			p.do()
			continue
		}
		if next.After(until) {
			break
		}
		r.now = max(r.now, next)
		r.send(marketplace.Tick(r.seedOf(r.state.NextSeq())))
	}
	r.now = max(r.now, until)
}

func (r *run) seedOf(n uint64) [32]byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], r.seed)
	binary.BigEndian.PutUint64(b[8:], n)
	return vadium.HashParts("vadium/bench/agents/tick", b[:])
}

// do sends a command of an account, and reports whether the market took it.
func (r *run) do(by vadium.Account, body marketplace.Body) bool {
	r.commands++
	c := marketplace.Command{Author: by, ValidUntil: r.now.Add(5 * vadium.Minute), Body: body}
	binary.BigEndian.PutUint64(c.ID[:8], r.commands)
	return r.send(c)
}

// send lets the market decide and applies the answer. A refusal is a datum.
func (r *run) send(c marketplace.Command) bool {
	events, err := r.state.Decide(r.now, c)
	if err != nil {
		name, _ := strings.CutPrefix(fmt.Sprintf("%T", c.Body), "marketplace.")
		r.refused[name+": "+kindOf(err)]++
		return false
	}
	at := max(r.now, r.state.Now())
	for _, e := range events {
		record := marketplace.Record{Seq: r.state.NextSeq(), At: at, Event: e}
		r.ledger.before(r, record)
		r.state.Apply(record)
		r.ledger.after(r, record)
		r.observe(record)
	}
	return true
}

// kindOf returns the name of a refusal, without its numbers.
func kindOf(err error) string {
	if kind, ok := errors.AsType[vadium.Kind](err); ok {
		return string(kind)
	}
	return err.Error()
}

// observe tells people what they read in the journal and will answer.
func (r *run) observe(record marketplace.Record) {
	switch e := record.Event.(type) {
	case *marketplace.RequestAssigned:
		r.offered(e.Request, e.Index, e.Attempt)
	case *marketplace.BackupActivated:
		r.offered(e.Request, e.Index, e.Attempt)
	case *marketplace.RequestAccepted:
		id, i := e.Request, e.Attempt
		p := r.prover[r.state.Request(id).Attempts[i].Prover]
		r.after(0, func() { p.work(r, id, i) })
	case *marketplace.DeliveryReceived:
		verdict := marketplace.VerdictValid
		if r.forged[e.Proof] {
			verdict = marketplace.VerdictInvalid
		}
		conclude := marketplace.Conclude{Request: e.Request, Attempt: e.Attempt, Proof: e.Proof, Verdict: verdict}
		r.after(vadium.Minute, func() { r.send(marketplace.Command{Body: conclude}) })
	case *marketplace.DeliveryRejected:
		if e.Exhausted {
			return
		}
		id, i := e.Request, e.Attempt
		p := r.prover[r.state.Request(id).Attempts[i].Prover]
		r.after(0, func() { p.work(r, id, i) })
	case *marketplace.CallMoved:
		p := r.prover[r.state.Vault(e.Vault).Prover]
		r.after(6*vadium.Hour, func() { p.answerCall(r) })
	case *marketplace.ProverMoved:
		if e.To == marketplace.StateJailed {
			release := marketplace.ReleaseProver{Prover: e.Prover, Reason: "its term is over"}
			r.at(e.Until.Add(vadium.Minute), func() { r.do(r.operator, release) })
		}
	case *marketplace.CaseOpened:
		for _, s := range r.stakers {
			s.sees(r, e.Case.Vault)
		}
	}
}

func (r *run) offered(id vadium.RequestID, i uint32, a marketplace.Attempt) {
	p := r.prover[a.Prover]
	r.after(vadium.Minute, func() { p.answer(r, id, i) })
}

// account returns the account of a name.
func account(name string) (a vadium.Account) {
	hash := vadium.HashParts("vadium/bench/agents/account", []byte(name))
	copy(a[:], hash[:])
	return a
}

// salt returns a salt nobody has used.
func (r *run) salt() (s vadium.Salt) {
	r.commands++
	binary.BigEndian.PutUint64(s[:8], r.commands)
	s[8] = 1
	return s
}

// microtoken is the smallest amount an agent thinks in: a millionth of a token.
var microtoken = vadium.NewAmount(1_000_000_000_000)

// tokens returns an amount of so many tokens, to a millionth.
func tokens(n float64) vadium.Amount {
	if n <= 0 || math.IsNaN(n) {
		return vadium.Amount{}
	}
	amount, _ := vadium.NewAmount(uint64(n * 1e6)).Mul(microtoken)
	return amount
}

// inTokens returns an amount in tokens, for agents that weigh it and for people who read it.
func inTokens(a vadium.Amount) float64 {
	f, _ := a.Uint256().ToBig().Float64()
	return f / 1e18
}
