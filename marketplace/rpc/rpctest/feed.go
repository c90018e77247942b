package rpctest

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/oracle"
	"vadium/vaults/risk"
)

// report has the public inputs of a median's circuit and believes everything: tests of what surrounds a proof need no more, and
// its keys take a moment. What the real circuit proves is tested with it (circuits/pricemedian).
type report struct {
	Statement [pricemedian.StatementScalars]frontend.Variable `gnark:",public"`
	Request   frontend.Variable                               `gnark:",public"`
	Prover    frontend.Variable                               `gnark:",public"`
	Secret    frontend.Variable
}

// Define implements frontend.Circuit.
func (r *report) Define(api frontend.API) error {
	for _, scalar := range append(r.Statement[:], r.Request, r.Prover) {
		api.Mul(scalar, r.Secret)
	}
	return nil
}

var feedProgram = sync.OnceValues(func() (Program, error) {
	return makeProgram(pricemedian.ProgramName(7), &report{}, make([]byte, (pricemedian.StatementScalars+1)*vadium.ScalarBytes))
})

// NewFeedProgram returns a program whose proofs state reports, and prove nothing of them; its keys are made once per test binary.
func NewFeedProgram(t testing.TB) Program {
	t.Helper()
	p, err := feedProgram()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Feed is a feed of a test market with its reporters' keys.
type Feed struct {
	oracle.Feed
	Keys    []pricemedian.PrivateKey
	Program Program
	market  *Market
}

// FirstReporter is the number of the key of a feed's first reporter; the others follow it.
const FirstReporter = 100

// NewFeed registers a feed of four reporters with a vault each, as change would have it.
func (m *Market) NewFeed(t testing.TB, change func(*oracle.Feed)) *Feed {
	t.Helper()
	f := &Feed{Program: NewFeedProgram(t), market: m}
	m.Fund(t, OperatorKey, 1)
	m.List(t, OperatorKey, f.Program)
	id, err := oracle.ParseFeed("ETH/USD")
	if err != nil {
		t.Fatal(err)
	}
	f.Feed = oracle.Feed{
		ID: id, Program: f.Program.ID(), Slots: 7, Quorum: 3, Decimals: 8, Least: vadium.NewAmount(1_000_000), Most: vadium.NewAmount(1_000_000_000_000_000),
		Heartbeat: vadium.Minute, Deviation: 50, Window: vadium.Minute, Timeout: 10 * vadium.Second, Outlier: 250, Lasting: vadium.Minute,
		Bond: vadium.Tokens(100), Prices: true, Asset: risk.Asset{},
	}
	for i := range byte(4) {
		key, err := pricemedian.GenerateKey(rand.NewChaCha8([32]byte{i + 1}))
		if err != nil {
			t.Fatal(err)
		}
		reporter := m.Client(t, FirstReporter+i)
		m.Fund(t, FirstReporter+i, 1_000)
		if _, err := reporter.OpenVault(t.Context(), marketplace.OpenVault{Junior: vadium.Tokens(500), Commission: 8_000}); err != nil {
			t.Fatal(err)
		}
		if _, err := reporter.RegisterReporter(t.Context(), marketplace.RegisterReporter{
			Key: key.Key(), Possession: key.Possess(m.Domain.Deployment, reporter.Account()),
		}); err != nil {
			t.Fatal(err)
		}
		f.Keys = append(f.Keys, key)
		f.Seats = append(f.Seats, oracle.Seat{Reporter: reporter.Account(), Key: key.Key()})
	}
	if change != nil {
		change(&f.Feed)
	}
	if _, err := m.Client(t, OperatorKey).SetFeed(t.Context(), f.Feed); err != nil {
		t.Fatal(err)
	}
	m.Sequencer.View(func(s *marketplace.State) { f.Committee = s.ProvenFeed(id).Feed.Committee })
	return f
}

// Sign returns a seat's observation of a round, at the market's time.
func (f *Feed) Sign(t testing.TB, seat int, round, value uint64) oracle.Signed {
	t.Helper()
	var now vadium.Time
	f.market.Sequencer.View(func(s *marketplace.State) { now = s.Now() })
	return f.SignAt(t, seat, round, value, now)
}

// SignAt returns a seat's observation of a round at a time.
func (f *Feed) SignAt(t testing.TB, seat int, round, value uint64, at vadium.Time) oracle.Signed {
	t.Helper()
	s, err := f.Keys[seat].Sign(oracle.Observation{
		Scope: oracle.ScopeOf(f.market.Domain.Deployment, f.ID), Round: round, Value: vadium.NewAmount(value), At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Round returns a round of all seats' observations of values, proven for an account that publishes it.
func (f *Feed) Round(t testing.TB, by vadium.Account, round uint64, values ...uint64) marketplace.PublishRound {
	t.Helper()
	var signed []oracle.Signed
	for seat, value := range values {
		signed = append(signed, f.Sign(t, seat, round, value))
	}
	return f.Prove(t, by, f.Summarise(signed))
}

// Prove returns a report with a proof that is bound to an account.
func (f *Feed) Prove(t testing.TB, by vadium.Account, r oracle.Report) marketplace.PublishRound {
	t.Helper()
	input := append(pricemedian.Statement(r), make([]byte, vadium.ScalarBytes)...)
	return marketplace.PublishRound{Feed: f.ID, Report: r, Prover: by, Proof: f.Program.Prove(t, input, vadium.RequestID{}, by)}
}

// Publish publishes a round as key n and returns it as it was published.
func (f *Feed) Publish(t testing.TB, n byte, round uint64, values ...uint64) wire.Round {
	t.Helper()
	c := f.market.Client(t, n)
	if _, err := c.PublishRound(t.Context(), f.Round(t, c.Account(), round, values...)); err != nil {
		t.Fatal(err)
	}
	published, err := c.Round(t.Context(), f.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	return published
}
