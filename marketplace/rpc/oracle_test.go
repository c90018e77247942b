package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	"vadium/marketplace/verifier"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

const publisher = 50

// newFeed returns a market with a feed, and whoever publishes its rounds.
func newFeed(t *testing.T, serve func(*rpc.Config), change func(*oracle.Feed)) (*rpctest.Market, *rpctest.Feed, *client.Client) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{Serve: serve})
	f := m.NewFeed(t, change)
	m.Fund(t, publisher, 10)
	return m, f, m.Client(t, publisher)
}

func TestRoundsArePublishedListedAndFound(t *testing.T) {
	m, f, c := newFeed(t, nil, nil)
	if _, err := c.Round(t.Context(), f.ID, 0); !errors.Is(err, wire.ErrRoundUnknown) {
		t.Errorf("the last round before there is one: %v, want ErrRoundUnknown", err)
	}
	var want []client.Round
	for i, round := range []uint64{1, 2, 5} { // numbers may be skipped
		want = slices.Insert(want, 0, f.Publish(t, publisher, round, 200_000_000_000+uint64(i), 200_000_000_000, 200_000_000_001, 200_000_000_002))
	}
	var got []client.Round
	for round, err := range c.Rounds(t.Context(), f.ID) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, round)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(got) != 3 || got[0].Previous != got[1].Seq || got[2].Previous != 0 {
		t.Errorf("Rounds = %+v\nwant %+v", got, want)
	}
	if found, err := c.Round(t.Context(), f.ID, 2); err != nil || fmt.Sprint(found) != fmt.Sprint(want[1]) {
		t.Errorf("Round 2 = %+v, %v; want %+v", found, err, want[1])
	}
	for _, skipped := range []uint64{3, 4, 6, 1 << 60} {
		if _, err := c.Round(t.Context(), f.ID, skipped); !errors.Is(err, wire.ErrRoundUnknown) {
			t.Errorf("round %d, which there is not: %v, want ErrRoundUnknown", skipped, err)
		}
	}
	seen, err := c.Feed(t.Context(), f.ID)
	if err != nil || seen.LastSeq != want[0].Seq || seen.Last == nil || *seen.Last != want[0].Report || seen.Next != nil || seen.Average.IsZero() {
		t.Errorf("Feed = %+v, %v; want its last round", seen, err)
	}
	for listed, err := range c.Feeds(t.Context()) {
		if err != nil || listed.Feed.ID != f.ID {
			t.Errorf("Feeds yields %+v, %v", listed, err)
		}
	}
	// The feed prices the market's own asset, so the operator does not.
	risk, err := c.Risk(t.Context())
	if err != nil || len(risk.Prices) != 1 || risk.Prices[0].Spot != 2_000_000_000 {
		t.Errorf("Prices = %+v, %v; want 2,000 from the feed", risk.Prices, err)
	}
	_, err = m.Client(t, rpctest.OperatorKey).PublishPrice(t.Context(), marketplace.PublishPrice{Spot: 1, Average: 1, At: want[0].Published, Quorum: true})
	if !errors.Is(err, marketplace.ErrAssetPriced) {
		t.Errorf("the operator's price: %v, want ErrAssetPriced", err)
	}
	if _, err := c.Feed(t.Context(), oracle.FeedID{'X'}); !errors.Is(err, marketplace.ErrFeedUnknown) {
		t.Errorf("a feed that there is not: %v, want ErrFeedUnknown", err)
	}
}

// A round that lies far back is the caller's to look for, a page at a time: one call reads few records for one round, whoever asks.
func TestOldRoundsAreFoundAPageAtATime(t *testing.T) {
	m, f, c := newFeed(t, nil, nil)
	began, last := now(m).Add(-30*vadium.Second), uint64(rpc.MaxLookedBack)+5
	for round := uint64(1); round <= last; round++ {
		if round == 3 {
			continue
		}
		var signed []oracle.Signed
		for seat := range 3 {
			signed = append(signed, f.SignAt(t, seat, round, 200_000_000_000, began.Add(vadium.Duration(round))))
		}
		body := marketplace.PublishRound{Feed: f.ID, Report: f.Summarise(signed), Prover: c.Account(), Valid: true, Program: f.Program.Program.ID()}
		if _, err := m.Sequencer.Do(t.Context(), marketplace.Command{ID: vadium.CommandID{1, byte(round)}, Author: c.Account(), ValidUntil: now(m).Add(vadium.Minute), Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(round uint64) (int, string) {
		status, answer := post(t, m, "/vadium.marketplace.v1.OracleService/GetRound", fmt.Sprintf(`{"feed": "%v", "round": "%d"}`, f.ID, round))
		message, _ := answer["message"].(string)
		return status, message
	}
	if status, message := ask(last - 63); status != http.StatusOK {
		t.Errorf("the 64th round from the last: %d %s, want it", status, message)
	}
	if status, message := ask(last - 64); status != http.StatusBadRequest || !strings.Contains(message, string(wire.ErrRoundFar)) {
		t.Errorf("the one before: %d %s, want ErrRoundFar", status, message)
	}
	for _, round := range []uint64{1, 2, last - 64, last} {
		if found, err := c.Round(t.Context(), f.ID, round); err != nil || found.Report.Round != round {
			t.Errorf("Round %d = %+v, %v", round, found.Report, err)
		}
	}
	if _, err := c.Round(t.Context(), f.ID, 3); !errors.Is(err, wire.ErrRoundUnknown) {
		t.Errorf("an old round that was skipped: %v, want ErrRoundUnknown", err)
	}
}

// Only a proof of exactly the report counts, bound to whom it says.
func TestRoundWithoutAProofOfItIsRefused(t *testing.T) {
	_, f, c := newFeed(t, nil, nil)
	honest := f.Round(t, c.Account(), 1, 200_000_000_000, 200_000_000_001, 200_000_000_002, 200_000_000_003)
	for name, spoil := range map[string]func(*marketplace.PublishRound){
		"another median":      func(b *marketplace.PublishRound) { b.Report.Median = vadium.NewAmount(200_000_000_004) },
		"another time":        func(b *marketplace.PublishRound) { b.Report.Newest++ },
		"another round":       func(b *marketplace.PublishRound) { b.Report.Round++ },
		"other flags":         func(b *marketplace.PublishRound) { b.Report.Flags = 1 },
		"fewer present":       func(b *marketplace.PublishRound) { b.Report.Present = 0b0111 },
		"another's proof":     func(b *marketplace.PublishRound) { b.Prover = vadium.Account{1} },
		"a proof that is not": func(b *marketplace.PublishRound) { b.Proof = []byte{1, 2, 3} },
		"a broken proof": func(b *marketplace.PublishRound) {
			b.Proof = bytes.Clone(b.Proof)
			b.Proof[40] ^= 1
		},
	} {
		spoilt := honest
		spoil(&spoilt)
		if _, err := c.PublishRound(t.Context(), spoilt); !errors.Is(err, marketplace.ErrRoundUnproven) {
			t.Errorf("%s: %v, want ErrRoundUnproven", name, err)
		}
	}
	if _, err := c.PublishRound(t.Context(), honest); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PublishRound(t.Context(), honest); !errors.Is(err, oracle.ErrRoundNumber) {
		t.Errorf("the round again, under another id: %v, want ErrRoundNumber", err)
	}
}

// programs is a verifier whose children die when told to, and that counts what it is asked.
type programs struct {
	verifier.Checker
	asked atomic.Int64
	died  error
}

func (p *programs) Check(ctx context.Context, program vadium.Program, key []byte, claims []circuits.Claim) []error {
	p.asked.Add(1)
	if p.died != nil {
		return []error{p.died}
	}
	return p.Checker.Check(ctx, program, key, claims)
}

func TestProofsOfRoundsNobodyWantsAreNotLookedAt(t *testing.T) {
	p := &programs{Checker: verifier.NewInProcess()}
	m, f, c := newFeed(t, func(c *rpc.Config) { c.Programs, c.Limits.RoundRate, c.Limits.RoundBurst = p, 0.001, 2 }, nil)
	honest := f.Round(t, c.Account(), 1, 200_000_000_000, 200_000_000_001, 200_000_000_002)
	poor := m.Client(t, stranger)
	if _, err := poor.PublishRound(t.Context(), honest); !errors.Is(err, marketplace.ErrUnfunded) {
		t.Errorf("from an account without money: %v, want ErrUnfunded", err)
	}
	old := honest
	old.Report.Round = 0
	if _, err := c.PublishRound(t.Context(), old); !errors.Is(err, oracle.ErrRoundNumber) {
		t.Errorf("round 0: %v, want ErrRoundNumber", err)
	}
	if n := p.asked.Load(); n != 0 {
		t.Errorf("%d proofs were looked at, want none", n)
	}
	spoilt := honest
	spoilt.Report.Newest++
	for range 2 {
		if _, err := c.PublishRound(t.Context(), spoilt); !errors.Is(err, marketplace.ErrRoundUnproven) {
			t.Errorf("a proof of another report: %v, want ErrRoundUnproven", err)
		}
	}
	impatient := client.New(m.URL, client.Options{Key: rpctest.Key(t, publisher), Patience: 1})
	if _, err := impatient.PublishRound(t.Context(), honest); !errors.Is(err, wire.ErrRateLimited) || p.asked.Load() != 2 {
		t.Errorf("a third round at once: %v after %d proofs, want ErrRateLimited after 2", err, p.asked.Load())
	}
}

// A verifier that cannot say is nobody's fault: it says try again, and the same round is taken when it can.
func TestRoundWhoseProofCannotBeLookedAtIsTriedAgain(t *testing.T) {
	p := &programs{Checker: verifier.NewInProcess(), died: verifier.ErrUndecided}
	m, f, _ := newFeed(t, func(c *rpc.Config) { c.Programs = p }, nil)
	impatient := client.New(m.URL, client.Options{Key: rpctest.Key(t, publisher), Patience: 1})
	honest := f.Round(t, impatient.Account(), 1, 200_000_000_000, 200_000_000_001, 200_000_000_002)
	_, err := impatient.PublishRound(t.Context(), honest)
	if refused, is := errors.AsType[*client.Error](err); !errors.Is(err, wire.ErrRoundUndecided) || !is || !refused.Unreachable() {
		t.Errorf("while children die: %v, want ErrRoundUndecided, which is worth repeating", err)
	}
	p.died = nil
	if _, err := impatient.PublishRound(t.Context(), honest); err != nil {
		t.Errorf("when they live again: %v", err)
	}
	// Two children that saw nothing else died of it: nobody looks at what that account sends for a while.
	p.died = fmt.Errorf("%w: %w", verifier.ErrUndecided, verifier.ErrKills)
	killer := f.Round(t, impatient.Account(), 2, 200_000_000_000, 200_000_000_001, 200_000_000_002)
	if _, err := impatient.PublishRound(t.Context(), killer); !errors.Is(err, verifier.ErrUndecided) {
		t.Errorf("a proof that kills: %v, want ErrUndecided", err)
	}
	asked := p.asked.Load()
	if _, err := impatient.PublishRound(t.Context(), killer); !errors.Is(err, wire.ErrRateLimited) || p.asked.Load() != asked {
		t.Errorf("the next from that account: %v, want ErrRateLimited and nobody who looks", err)
	}
}

func TestReportersAndFeedsAreLookedAtByTheShell(t *testing.T) {
	m, f, _ := newFeed(t, nil, nil)
	reporter := m.Client(t, rpctest.FirstReporter)
	fresh, err := pricemedian.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]marketplace.RegisterReporter{
		"possession by another account":   {Key: fresh.Key(), Possession: fresh.Possess(m.Domain.Deployment, vadium.Account{1})},
		"possession in another market":    {Key: fresh.Key(), Possession: fresh.Possess(vadium.Salt{1}, reporter.Account())},
		"a key that is no point":          {Key: oracle.Key{31: 0x7f}, Possession: fresh.Possess(m.Domain.Deployment, reporter.Account())},
		"the identity":                    {Key: oracle.Key{1}, Possession: fresh.Possess(m.Domain.Deployment, reporter.Account())},
		"another key, another possession": {Key: f.Keys[1].Key(), Possession: fresh.Possess(m.Domain.Deployment, reporter.Account())},
	} {
		if _, err := reporter.RegisterReporter(t.Context(), body); !errors.Is(err, marketplace.ErrKeyInvalid) {
			t.Errorf("%s: %v, want ErrKeyInvalid", name, err)
		}
	}
	operator := m.Client(t, rpctest.OperatorKey)
	broken := f.Feed
	broken.Seats = slices.Clone(f.Seats)
	broken.Seats[2].Key = oracle.Key{31: 0x7f}
	if _, err := operator.SetFeed(t.Context(), broken); !errors.Is(err, oracle.ErrFeedKeys) {
		t.Errorf("a committee with a key that is none: %v, want ErrFeedKeys", err)
	}
	misfit := f.Feed
	misfit.Slots = 16
	if _, err := operator.SetFeed(t.Context(), misfit); !errors.Is(err, marketplace.ErrProgramUnfit) {
		t.Errorf("sixteen slots with the program for seven: %v, want ErrProgramUnfit", err)
	}
	announced := f.Feed
	announced.Heartbeat *= 2
	if _, err := operator.SetFeed(t.Context(), announced); err != nil {
		t.Fatal(err)
	}
	if seen, err := operator.Feed(t.Context(), f.ID); err != nil || seen.Next == nil || seen.Next.Heartbeat != announced.Heartbeat || seen.NextFrom == 0 || seen.Feed.Heartbeat != f.Heartbeat {
		t.Errorf("Feed = %+v, %v; want the announcement beside what is in force", seen, err)
	}
	if _, err := operator.RetireFeed(t.Context(), marketplace.RetireFeed{Feed: f.ID, Reason: "it is over"}); err != nil {
		t.Fatal(err)
	}
	if err := operator.Observe(t.Context(), f.ID, f.Sign(t, 0, 1, 5)); !errors.Is(err, marketplace.ErrFeedRetired) {
		t.Errorf("an observation of a feed that has ended: %v, want ErrFeedRetired", err)
	}
}

func TestObservationsReachWhoeverWatches(t *testing.T) {
	m, f, c := newFeed(t, nil, nil)
	first := f.Sign(t, 0, 1, 200_000_000_000)
	if err := c.Observe(t.Context(), f.ID, first); err != nil {
		t.Fatal(err)
	}
	if err := c.Observe(t.Context(), f.ID, first); err != nil {
		t.Errorf("once more: %v, want the answer of the first time", err)
	}
	later, equivocation := f.Sign(t, 1, 1, 200_000_000_001), f.Sign(t, 0, 1, 200_000_000_009)
	want := []oracle.Signed{first, later, equivocation}
	for seen, err := range m.Client(t, stranger).WatchObservations(t.Context(), f.ID) {
		if err != nil || seen != want[0] {
			t.Fatalf("watched %+v, %v; want %+v", seen, err, want[0])
		}
		if want = want[1:]; len(want) == 0 {
			break
		}
		if err := c.Observe(t.Context(), f.ID, want[0]); err != nil {
			t.Fatal(err)
		}
	}
	forged := f.Sign(t, 2, 1, 200_000_000_000)
	forged.Observation.Value = vadium.NewAmount(1)
	foreign := f.Sign(t, 2, 1, 200_000_000_000)
	foreign.Key = oracle.Key{1}
	elsewhere := f.Sign(t, 2, 1, 200_000_000_000)
	elsewhere.Observation.Scope[31] ^= 1
	for name, row := range map[string]struct {
		sent oracle.Signed
		want vadium.Kind
	}{
		"a value that was not signed": {forged, wire.ErrObservationUnsigned},
		"a key without a seat":        {foreign, wire.ErrObservationForeign},
		"another market's":            {elsewhere, wire.ErrObservationForeign},
		"a third of one round":        {f.Sign(t, 0, 1, 5), wire.ErrObservationSurplus},
	} {
		if err := c.Observe(t.Context(), f.ID, row.sent); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	if _, err := c.PublishRound(t.Context(), f.Round(t, c.Account(), 9, 200_000_000_000, 200_000_000_001, 200_000_000_002)); err != nil {
		t.Fatal(err)
	}
	if err := c.Observe(t.Context(), f.ID, f.Sign(t, 3, 5, 5)); !errors.Is(err, wire.ErrObservationOld) {
		t.Errorf("a round long over: %v, want ErrObservationOld", err)
	}
}

// commit commits to evidence, and waits until it is old enough to be shown.
func commit(t *testing.T, m *rpctest.Market, c *client.Client, all ...marketplace.RevealEvidence) {
	t.Helper()
	for _, body := range all {
		if _, err := c.CommitEvidence(t.Context(), marketplace.EvidenceCommitment(c.Account(), body)); err != nil {
			t.Fatal(err)
		}
	}
	waitUntil(t, m, now(m).Add(marketplace.CommitmentAge+1))
}

// A deviation takes what independent signers said at the time, and what they said is read by whoever knows their format.
func TestDeviationRestsOnWhatIndependentSignersSaid(t *testing.T) {
	upstream := func(s oracle.Source, decimals uint8, content []byte) (q oracle.Quote, err error) {
		var value uint64
		_, err = fmt.Sscanf(string(content), "%d at %d", &value, &q.At)
		if s.ID != [32]byte{7} || decimals != 8 {
			err = fmt.Errorf("asked for %x with %d decimals", s.ID, decimals)
		}
		q.Value = vadium.NewAmount(value)
		return q, err
	}
	m, f, c := newFeed(t, func(c *rpc.Config) { c.Upstream = upstream }, func(f *oracle.Feed) {
		f.Lasting = vadium.Second
		f.Sources = []oracle.Source{{Kind: oracle.RedStone, ID: [32]byte{7}, Signers: [][20]byte{{1}}, Threshold: 1, Decimals: 8}}
	})
	began := now(m)
	var off []oracle.Signed
	var said []signing.Upstream
	for i, at := range []vadium.Time{began.Add(-3 * vadium.Second), began.Add(-vadium.Second)} {
		var signed []oracle.Signed
		for seat, value := range []uint64{200_000_000_000, 200_000_000_001, 200_000_000_002, 220_000_000_000} {
			signed = append(signed, f.SignAt(t, seat, uint64(i+1), value, at))
		}
		if _, err := c.PublishRound(t.Context(), f.Prove(t, c.Account(), f.Summarise(signed))); err != nil {
			t.Fatal(err)
		}
		off, said = append(off, signed[3]), append(said, signing.Upstream{Content: fmt.Appendf(nil, "200000000000 at %d", at)})
	}
	report := func(said ...signing.Upstream) marketplace.RevealEvidence {
		evidence, err := signing.OracleEvidenceOf(f.ID, off, said...).Encode()
		if err != nil {
			t.Fatal(err)
		}
		return marketplace.RevealEvidence{Offender: f.Seats[3].Reporter, Offence: slashing.OracleDeviation, Evidence: evidence, Salt: client.NewSalt()}
	}
	good := report(said...)
	doubtful := map[string]marketplace.RevealEvidence{
		"without upstreams":            report(),
		"bytes that nobody can read":   report(said[0], signing.Upstream{Content: []byte("nothing")}),
		"a source that the feed lacks": report(said[0], signing.Upstream{Source: 1, Content: said[1].Content}),
	}
	commit(t, m, c, append(slices.Collect(maps.Values(doubtful)), good)...)
	for name, body := range doubtful {
		if _, err := c.RevealEvidence(t.Context(), body); !errors.Is(err, marketplace.ErrEvidenceInvalid) {
			t.Errorf("%s: %v, want ErrEvidenceInvalid", name, err)
		}
	}
	opened, err := c.RevealEvidence(t.Context(), good)
	if err != nil || opened.Offence != slashing.OracleDeviation || opened.First != 1 || opened.Last != 2 || opened.Prover != f.Seats[3].Reporter {
		t.Errorf("the case is %+v, %v; want one of rounds 1 and 2", opened, err)
	}
}

// Reading what upstreams signed takes milliseconds: nobody does for evidence that opens no case, whatever is signed in it.
func TestEvidenceThatOpensNoCaseIsNotLookedAt(t *testing.T) {
	var asked atomic.Int64
	upstream := func(oracle.Source, uint8, []byte) (oracle.Quote, error) {
		asked.Add(1)
		return oracle.Quote{}, errors.New("nobody signed it")
	}
	m, f, c := newFeed(t, func(c *rpc.Config) { c.Upstream = upstream }, func(f *oracle.Feed) {
		f.Sources = []oracle.Source{{Kind: oracle.RedStone, ID: [32]byte{7}, Signers: [][20]byte{{1}}, Threshold: 1, Decimals: 8}}
	})
	unregistered, err := pricemedian.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	mine := f.Sign(t, 0, 1, 200_000_000_000)
	foreign, err := unregistered.Sign(mine.Observation)
	if err != nil {
		t.Fatal(err)
	}
	report := func(offender vadium.Account, offence slashing.Offence, signed oracle.Signed) marketplace.RevealEvidence {
		evidence, err := signing.OracleEvidenceOf(f.ID, []oracle.Signed{signed}, signing.Upstream{}).Encode()
		if err != nil {
			t.Fatal(err)
		}
		return marketplace.RevealEvidence{Offender: offender, Offence: offence, Evidence: evidence, Salt: client.NewSalt()}
	}
	reporter := f.Seats[0].Reporter
	uncommitted, good := report(reporter, slashing.OracleDeviation, mine), report(reporter, slashing.OracleDeviation, mine)
	others, strangers := report(f.Seats[1].Reporter, slashing.OracleDeviation, mine), report(reporter, slashing.OracleDeviation, foreign)
	nobody, unreportable := report(vadium.Account{1}, slashing.OracleDeviation, mine), report(reporter, slashing.NoShow, mine)
	elsewhere := good
	elsewhere.Salt = client.NewSalt()
	if elsewhere.Evidence, err = (signing.OracleEvidence{Feed: oracle.FeedID{'X'}, Signed: []oracle.Signed{mine}, Upstream: []signing.Upstream{{}}}).Encode(); err != nil {
		t.Fatal(err)
	}
	commit(t, m, c, good, others, strangers, nobody, unreportable, elsewhere)
	early := report(reporter, slashing.OracleDeviation, mine)
	if _, err := c.CommitEvidence(t.Context(), marketplace.EvidenceCommitment(c.Account(), early)); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		shown marketplace.RevealEvidence
		want  vadium.Kind
	}{
		"that nobody committed to":         {uncommitted, marketplace.ErrNotCommitted},
		"at once":                          {early, marketplace.ErrRevealTooSoon},
		"against another than the key's":   {others, marketplace.ErrReporterUnknown},
		"of a key that nobody registered":  {strangers, marketplace.ErrReporterUnknown},
		"against somebody without a vault": {nobody, marketplace.ErrBeyondReach},
		"of what the market sees itself":   {unreportable, marketplace.ErrNotReportable},
		"of a feed that there is not":      {elsewhere, marketplace.ErrFeedUnknown},
	} {
		if _, err := c.RevealEvidence(t.Context(), row.shown); !errors.Is(err, row.want) {
			t.Errorf("evidence %s: %v, want %v", name, err, row.want)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("upstreams were read %d times, want none", n)
	}
	if _, err := c.RevealEvidence(t.Context(), good); !errors.Is(err, marketplace.ErrEvidenceInvalid) || asked.Load() != 1 {
		t.Errorf("evidence that may open one: %v after %d upstreams, want ErrEvidenceInvalid after one", err, asked.Load())
	}
}

// A commitment lives for minutes, and what proves nothing can be shown again all the while: it is looked at only so often.
func TestEvidenceThatProvesNothingIsLookedAtOnlySoOften(t *testing.T) {
	m, f, c := newFeed(t, nil, nil)
	evidence, err := signing.OracleEvidenceOf(f.ID, []oracle.Signed{f.Sign(t, 0, 1, 200_000_000_000)}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	idle := marketplace.RevealEvidence{Offender: f.Seats[0].Reporter, Offence: slashing.ReportEquivocation, Evidence: evidence, Salt: client.NewSalt()}
	commit(t, m, c, idle)
	impatient := client.New(m.URL, client.Options{Key: rpctest.Key(t, publisher), Patience: 1})
	for i := 0; ; i++ {
		_, err := impatient.RevealEvidence(t.Context(), idle)
		if errors.Is(err, wire.ErrRateLimited) && i >= rpc.EvidenceBurst {
			break
		}
		if !errors.Is(err, marketplace.ErrEvidenceInvalid) || i > 100*rpc.EvidenceBurst {
			t.Fatalf("time %d: %v, want it refused for what it is at first, and for the rate then", i, err)
		}
	}
}

func TestFeedsAreMeasured(t *testing.T) {
	registry := prometheus.NewRegistry()
	_, f, c := newFeed(t, func(c *rpc.Config) { c.Metrics = rpc.NewMetrics(registry) }, nil)
	for seat := range 3 {
		if err := c.Observe(t.Context(), f.ID, f.Sign(t, seat, 1, 200_000_000_000)); err != nil {
			t.Fatal(err)
		}
	}
	unproven := f.Round(t, c.Account(), 1, 200_000_000_000, 200_000_000_001, 200_000_000_002)
	unproven.Report.Newest++
	if _, err := c.PublishRound(t.Context(), unproven); !errors.Is(err, marketplace.ErrRoundUnproven) {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.Metric {
			name := family.GetName()
			for _, label := range metric.Label {
				name += " " + label.GetValue()
			}
			got[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{"vadium_feed_seats": 4, "vadium_feed_observers": 3, "vadium_feed_rounds_refused_total round-unproven": 1} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
}

// Two observations of one round are proof enough, whoever shows them.
func TestEquivocationOfAReporterOpensACase(t *testing.T) {
	m, f, c := newFeed(t, nil, nil)
	two := []oracle.Signed{f.Sign(t, 0, 1, 200_000_000_000), f.Sign(t, 0, 1, 200_000_000_001)}
	evidence, err := signing.OracleEvidenceOf(f.ID, two).Encode()
	if err != nil {
		t.Fatal(err)
	}
	report := marketplace.RevealEvidence{Offender: f.Seats[0].Reporter, Offence: slashing.ReportEquivocation, Evidence: evidence, Salt: client.NewSalt()}
	forged := report
	forged.Evidence = bytes.Clone(evidence)
	forged.Evidence[len(evidence)-2] ^= 1 // the end of the second signature
	forged.Salt = client.NewSalt()
	commit(t, m, c, forged, report)
	if _, err := c.RevealEvidence(t.Context(), forged); !errors.Is(err, marketplace.ErrEvidenceInvalid) || !strings.Contains(err.Error(), "signature") {
		t.Errorf("evidence with a broken signature: %v, want ErrEvidenceInvalid and what is wrong", err)
	}
	opened, err := c.RevealEvidence(t.Context(), report)
	if err != nil || opened.Offence != slashing.ReportEquivocation || opened.Feed != f.ID || opened.Key != f.Keys[0].Key() || opened.First != 1 || opened.Last != 1 {
		t.Errorf("the case is %+v, %v; want one of round 1 of the feed", opened, err)
	}
}

// FuzzObserve: whatever is sent as an observation is held only if a seat signed it.
func FuzzObserve(f *testing.F) {
	m := rpctest.Start(f, rpctest.Config{Serve: func(c *rpc.Config) { c.Limits = rpc.Limits{SignerRate: -1, SignerBurst: -1} }})
	feed := m.NewFeed(f, nil)
	c := m.Client(f, stranger)
	genuine := feed.SignAt(f, 0, 1, 200_000_000_000, 1_700_000_000_000)
	o := genuine.Observation
	f.Add(o.Scope[:], o.Round, uint64(200_000_000_000), uint64(o.At), genuine.Key[:], genuine.Signature[:])
	f.Add(o.Scope[:], o.Round+1, uint64(1), uint64(1)<<62, genuine.Key[:], genuine.Signature[:])
	f.Add(o.Scope[:], uint64(1)<<63, uint64(0), uint64(1), feed.Seats[1].Key[:], make([]byte, 64))
	f.Fuzz(func(t *testing.T, scope []byte, round, value, at uint64, key, signature []byte) {
		var s oracle.Signed
		copy(s.Observation.Scope[:], scope)
		s.Observation.Round, s.Observation.Value, s.Observation.At = round, vadium.NewAmount(value), vadium.Time(at>>1)
		copy(s.Key[:], key)
		copy(s.Signature[:], signature)
		err := c.Observe(t.Context(), feed.ID, s)
		if err == nil && s.Observation != genuine.Observation {
			t.Errorf("%+v was taken, and no seat signed it", s)
		}
		if refused, is := errors.AsType[*client.Error](err); err != nil && (!is || refused.Kind == "") {
			t.Errorf("%+v: %v, want a refusal with its kind", s, err)
		}
	})
}
