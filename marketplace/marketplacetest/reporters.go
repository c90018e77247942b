package marketplacetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

// Reporters is a simulation of a market with a feed of seven reporters, of whom two lie: off by a lot, signing twice, or stale. The
// rest are honest, and absent now and then. People report what liars signed, and what the honest did, too.
type Reporters struct {
	*Simulation
	// Rounds is how many were published, Cases how many reports of liars were taken.
	Rounds, Cases int

	feed     oracle.FeedID
	names    []string
	liars    map[string]bool
	truth    uint64
	attempts uint64 // at the next round
	signings []signing
}

// signing is what a reporter signed, and what was true then.
type signing struct {
	by     string
	signed oracle.Observation
	truth  vadium.Amount
}

// NewReporters returns one with its people in place.
func NewReporters(t testing.TB, seed uint64, cast ...Habit) *Reporters {
	t.Helper()
	s := NewSimulation(t, seed, cast...)
	r := &Reporters{Simulation: s, feed: FeedID("OWN/USD"), liars: map[string]bool{}, truth: 2_000_000_000}
	params := s.State.Params()
	params.FeedNotice, params.OracleVeto = 5*vadium.Minute, vadium.Minute
	s.Must(s.do("operator", marketplace.SetParams{Params: params}))
	s.Must(s.do("operator", marketplace.RegisterProgram{Program: Program("price-median-7"), SampleVerified: true, Class: vadium.KeysOperator}))
	for i := range 8 {
		name := fmt.Sprint("reporter", i+1)
		r.names = append(r.names, name)
		s.fund(name, 300)
		s.Must(s.do(name, marketplace.OpenVault{Junior: vadium.Tokens(200 + s.Random.Uint64N(100)), Commission: 5_000}))
		s.Must(s.do(name, marketplace.RegisterReporter{Key: s.World.names.key(name), Held: true}))
	}
	r.liars[r.names[0]], r.liars[r.names[1]] = true, true
	f := Feed("OWN/USD", r.names[:7]...)
	f.Prices, f.Depth = true, 1_000_000_000
	s.Must(s.do("operator", SetFeed(f)))
	s.more = []func(){r.publish, r.publish, r.publish, r.publish, r.accuse, r.accuse, r.reform}
	return r
}

// sees is what a reporter signs for a round now; nothing if it is absent. Nobody honest signs twice for one.
func (r *Reporters) sees(name string, round uint64) (oracle.Observation, bool) {
	honest := !r.liars[name]
	before := r.signed[signedFor{r.feed, Key(name), round}]
	if honest && len(before) > 0 {
		return before[0], true
	}
	value, at := r.truth-2_000_000+r.Random.Uint64N(4_000_000), r.Now.Add(-r.within(0, 4*vadium.Second))
	switch {
	case honest && r.chance(12):
		return oracle.Observation{}, false
	case name == r.names[0]:
		value += value / 10
	case name == r.names[1] && r.chance(2):
		value += value / 100
	}
	o := oracle.Observation{Scope: r.State.ScopeOf(r.feed), Round: round, Value: vadium.NewAmount(value), At: at}
	r.Observed(r.feed, Key(name), o)
	r.signings = append(r.signings, signing{name, o, vadium.NewAmount(r.truth)})
	return o, true
}

// publish lets some seconds pass and somebody publish a round, or something that is none.
func (r *Reporters) publish() {
	r.advance(r.Now.Add(r.within(2*vadium.Second, 40*vadium.Second)))
	r.truth += r.truth / 200 * r.Random.Uint64N(3)
	r.truth -= r.truth / 200
	row := r.State.ProvenFeed(r.feed)
	in := r.State.InForce(row, r.Now)
	number := row.Last.Report.Round + 1 + r.attempts
	var signed []oracle.Signed
	var honest []vadium.Amount
	for _, seat := range in.Seats {
		name := r.who[seat.Reporter]
		if o, present := r.sees(name, number); present {
			signed = append(signed, oracle.Signed{Observation: o, Key: seat.Key})
			if !r.liars[name] {
				honest = append(honest, o.Value)
			}
		}
	}
	if len(signed) == 0 {
		return
	}
	body := marketplace.PublishRound{Feed: r.feed, Report: in.Summarise(signed), Proof: []byte("a proof"), Valid: true, Program: in.Program}
	by := pick(r.Simulation, append(r.people, r.names...))
	if r.chance(8) {
		spoilt := body
		switch r.Random.IntN(5) {
		case 0:
			spoilt.Valid = false
		case 1:
			spoilt.Report.Round = row.Last.Report.Round
		case 2:
			spoilt.Report.Committee[0]++
		case 3:
			spoilt.Report.Quorum--
		case 4:
			spoilt.Report.Newest = r.Now.Add(oracle.MaxSkew + 1)
		}
		if _, err := r.do(by, spoilt); err == nil {
			r.t.Fatalf("a round was taken that is none: %+v", spoilt.Report)
		}
	}
	if _, err := r.do(by, body); err != nil {
		r.attempts++
		return
	}
	r.attempts = 0
	r.Rounds++
	if m := body.Report.Median; m.Less(slices.MinFunc(honest, vadium.Amount.Cmp)) || slices.MaxFunc(honest, vadium.Amount.Cmp).Less(m) {
		r.t.Fatalf("the median of round %d is %v, the honest saw %v", body.Report.Round, m, honest)
	}
}

// accuse lets somebody report something that somebody signed, whatever it proves, with what was true as the independent word.
func (r *Reporters) accuse() {
	if len(r.signings) < 20 {
		return
	}
	recent := r.signings[max(0, len(r.signings)-150):]
	last := pick(r.Simulation, recent)
	for range r.Random.IntN(6) {
		if !r.liars[last.by] {
			last = pick(r.Simulation, recent) // mostly of those who seem to lie
		}
	}
	b := marketplace.RevealEvidence{Offender: Account(last.by), Salt: Salt(fmt.Sprint(r.commands)), Holds: true, Evidence: fmt.Append(nil, "signed by ", last.by, r.commands)}
	b.Finding = oracle.Finding{Feed: r.feed, Key: Key(last.by)}
	quote := func(s signing) oracle.Quote { return oracle.Quote{Value: s.truth, At: s.signed.At} }
	switch r.Random.IntN(3) {
	case 0:
		b.Offence = slashing.ReportEquivocation
		b.Finding.Signed = r.signed[signedFor{r.feed, Key(last.by), last.signed.Round}]
	case 1:
		b.Offence = slashing.StaleOracle
		b.Finding.Signed = []oracle.Observation{last.signed}
	case 2:
		b.Offence = slashing.OracleDeviation
		for _, first := range recent {
			if first.by == last.by && last.signed.At.Sub(first.signed.At) >= vadium.Minute {
				b.Finding.Signed = []oracle.Observation{first.signed, last.signed}
				b.Finding.Upstream = []oracle.Quote{quote(first), quote(last)}
				break
			}
		}
	}
	by := pick(r.Simulation, r.people)
	if _, err := r.do(by, marketplace.CommitEvidence{Commitment: marketplace.EvidenceCommitment(Account(by), b)}); err != nil {
		return
	}
	r.plan(r.Now.Add(r.within(vadium.Second, vadium.Minute)), func() {
		if _, err := r.do(by, b); err == nil {
			r.Cases++
			if !r.liars[last.by] {
				r.t.Fatalf("%s is honest, and its %v was reported", last.by, b.Offence)
			}
		}
	})
}

// reform changes who sits on the committee, lets a reporter move stake, or the operator veto something or try to price the asset.
func (r *Reporters) reform() {
	switch r.Random.IntN(4) {
	case 0:
		f := Feed("OWN/USD", append(slices.Clone(r.names[:6]), pick(r.Simulation, r.names[6:]))...)
		f.Prices, f.Depth = true, 1_000_000_000
		_, _ = r.do("operator", SetFeed(f))
	case 1:
		name := pick(r.Simulation, r.names)
		_, _ = r.do(name, marketplace.RedeemJunior{Amount: vadium.Tokens(r.Random.Uint64N(30))})
	case 2:
		_, _ = r.do("operator", marketplace.VetoCase{Case: marketplace.CaseID(1 + r.Random.IntN(r.Cases+1)), Reason: "simulated"})
	case 3:
		if _, err := r.do("operator", marketplace.PublishPrice{Spot: 1, Average: 1, At: r.Now, Quorum: true}); err == nil {
			r.t.Fatal("the operator priced what a feed prices")
		}
	}
}

// Run lets n things happen and then everything end: no honest reporter has lost anything.
func (r *Reporters) Run(n int) {
	r.t.Helper()
	for range n {
		pick(r.Simulation, r.more)()
		if r.chance(3) {
			r.happen()
		}
	}
	r.finish()
	for _, name := range r.names {
		if p := r.State.Prover(Account(name)); !r.liars[name] && (p.Faults > 0 || !p.Lost.IsZero()) {
			r.t.Errorf("%s was honest and lost %s tokens for %d faults", strings.ToUpper(name), p.Lost.Tokens(), p.Faults)
		}
	}
}
