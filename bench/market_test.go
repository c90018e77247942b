package bench

import (
	"encoding/binary"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// The market every benchmark of the core runs: provers with stake to spare, each with one ask for the same product, all
// of them within the reserve, so that a clearing has to rank every one.
var (
	operator = vadium.Account{0: 0xee}
	alice    = vadium.Account{0: 0xa1}
	program  = vadium.Program{
		Name: "membership", System: vadium.PLONK, Curve: vadium.BN254, Constraints: 10_000, Public: 3, Secret: 22,
	}
	programID   = program.ID()
	input       = vadium.DigestOf(nil)
	provingTime = 10 * vadium.Second
	product     = auction.Product{Size: auction.SizeOf(provingTime), Tier: auction.Immediate, Stake: auction.StakeStandard}
	maxFee      = vadium.Tokens(10)
	damageCap   = vadium.Tokens(2)
)

const start vadium.Time = 1_767_225_600_000 // 2026-01-01 00:00 UTC

// market is a core with its clock standing still: what is measured is deciding, not waiting.
type market struct {
	state    *marketplace.State
	commands uint64
	keep     func([]marketplace.Record) // sees the records of every command; may be nil
}

// openMarket returns a market of n provers, each with an ask.
func openMarket(tb testing.TB, n int, keep func([]marketplace.Record)) *market {
	tb.Helper()
	m := &market{state: marketplace.NewState(), keep: keep}
	m.do(tb, vadium.Account{}, opening())
	m.do(tb, operator, deposit(alice, 1_000_000_000, 0))
	m.do(tb, operator, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysUniversal})
	for i := range n {
		p := proverAt(i)
		m.do(tb, operator, deposit(p, 1_000, uint64(i)+1))
		m.do(tb, p, marketplace.OpenVault{Junior: vadium.Tokens(1_000), Commission: 8_000})
		m.do(tb, p, marketplace.ServeProgram{Program: programID, Benchmark: provingTime})
		m.do(tb, p, marketplace.PlaceAsk{
			Product: product, Price: askPrice(i, n), Slots: 1, Capacity: 1, ETA: 15 * vadium.Second, StandUntil: start.Add(vadium.Day),
		})
	}
	return m
}

func opening() marketplace.OpenMarket {
	return marketplace.OpenMarket{Operator: operator, ChainID: 1, Params: marketplace.DefaultParams(), Seeds: [2][32]byte{{1}, {2}}}
}

func deposit(to vadium.Account, tokens, reference uint64) marketplace.CreditDeposit {
	return marketplace.CreditDeposit{Account: to, Amount: vadium.Tokens(tokens), Reference: salt(reference)}
}

// askPrice is what the i-th of n provers asks: from three tokens in small steps, to 3.5 for the dearest of a thousand. Books
// are sorted by prover, so prices are spread over it: nobody's asks come in order of price.
func askPrice(i, n int) vadium.Amount {
	return vadium.NewAmount(3_000_000_000_000_000_000 + uint64(dearness(i, n))*500_000_000_000_000)
}

// dearness is the place of the i-th of n provers when they stand in order of price; each place occurs once, because 617
// has no factor in common with a power of ten.
func dearness(i, n int) int { return (i*617 + 3) % n }

// cheapest returns which of n provers asks least.
func cheapest(n int) vadium.Account {
	i := 0
	for dearness(i, n) != 0 {
		i++
	}
	return proverAt(i)
}

func proverAt(i int) (a vadium.Account) {
	a[0] = 0xf0
	binary.BigEndian.PutUint64(a[12:], uint64(i))
	return a
}

func salt(n uint64) (s vadium.Salt) {
	binary.BigEndian.PutUint64(s[24:], n)
	return s
}

// do lets the market decide on a command and applies the answer. A refusal fails the benchmark.
func (m *market) do(tb testing.TB, by vadium.Account, body marketplace.Body) []marketplace.Record {
	m.commands++
	c := marketplace.Command{Author: by, Body: body}
	if by != (vadium.Account{}) {
		c.ID, c.ValidUntil = commandID(m.commands), start.Add(vadium.Minute)
	}
	events, err := m.state.Decide(start, c)
	if err != nil {
		tb.Fatalf("command %d, %T: %v", m.commands, body, err)
	}
	records := make([]marketplace.Record, len(events))
	for i, event := range events {
		records[i] = marketplace.Record{Seq: m.state.NextSeq(), At: start, Event: event}
		m.state.Apply(records[i])
	}
	if m.keep != nil {
		m.keep(records)
	}
	return records
}

func commandID(n uint64) (id vadium.CommandID) {
	binary.BigEndian.PutUint64(id[24:], n)
	return id
}

// submit asks for the n-th proof; the market clears at once.
func (m *market) submit(tb testing.TB, n uint64) vadium.RequestID {
	m.do(tb, alice, submission(n))
	return vadium.NewRequestID(alice, salt(n))
}

func submission(n uint64) marketplace.SubmitRequest {
	return marketplace.SubmitRequest{
		ClientID: salt(n), Program: programID, Statement: make([]byte, program.StatementBytes()), Input: input,
		MaxFee: maxFee, DamageCap: damageCap, Deadline: start.Add(10 * vadium.Minute), Tier: auction.Immediate, Redundancy: 1,
		InputHeld: true,
	}
}

// finish lets the winner accept and deliver, and the verifier find the proof valid.
func (m *market) finish(tb testing.TB, id vadium.RequestID) {
	r := m.state.Request(id)
	if r.Phase != marketplace.PhaseAssigned {
		tb.Fatalf("request %v is %v, want %v", id, r.Phase, marketplace.PhaseAssigned)
	}
	winner, proof := r.Attempts[0].Prover, vadium.Digest{1}
	m.do(tb, winner, marketplace.AcceptRequest{Request: id})
	m.do(tb, winner, marketplace.Deliver{Request: id, Proof: proof})
	m.do(tb, vadium.Account{}, marketplace.Conclude{Request: id, Proof: proof, Verdict: marketplace.VerdictValid})
	if r := m.state.Request(id); r.Phase != marketplace.PhaseSettled {
		tb.Fatalf("request %v is %v, want %v", id, r.Phase, marketplace.PhaseSettled)
	}
}

// check fails the benchmark when the books do not balance.
func (m *market) check(tb testing.TB) {
	tb.Helper()
	if err := m.state.CheckInvariants(); err != nil {
		tb.Fatal(err)
	}
}

// perSecond reports how many of unit a second the benchmark does, n of them in each iteration.
func perSecond(b *testing.B, n int, unit string) {
	b.Helper()
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), unit+"/s")
}
