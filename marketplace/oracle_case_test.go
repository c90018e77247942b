package marketplace_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"vadium"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// deviates lets a reporter be off by a tenth and half a percent for a minute, and somebody report it.
func deviates(w *mt.World, reporter string) {
	w.Run("wait 10s", "round X 2000 "+reporter+"=2210", "wait 1m", "round X 2000 "+reporter+"=2210")
	last := w.State.ProvenFeed(mt.FeedID("X")).Last.Report.Round
	evidence := fmt.Sprintf("alice %s e offence=oracle-deviation feed=X rounds=%d,%d upstream=2000,2000", reporter, last-1, last)
	w.Run("commit "+evidence, "wait 1s", "reveal "+evidence)
}

// slashed returns the slashes of vaults in a world.
func slashed(w *mt.World) (all []*marketplace.VaultSlashed) {
	for _, record := range w.Journal() {
		if e, is := record.Event.(*marketplace.VaultSlashed); is {
			all = append(all, e)
		}
	}
	return all
}

// The vectors' rows about oracle reporters come out of the market: a reporter of 1,000 tokens that is off by what severity 35
// is loses what the rows say, alone and when a third of all stake was just found to have done the same.
func TestReportersLoseWhatTheVectorsSay(t *testing.T) {
	file, err := os.ReadFile("../vaults/slashing/testdata/table.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Groups []struct {
			Cases []struct {
				Name      string
				Severity  slashing.Severity
				Fraction  vadium.Ppm `json:"slash_ppm"`
				Args      struct{ Corr vadium.Bps }
				Punitive  uint64
				Reporter  uint64 `json:"out_reporter"`
				Insurance uint64 `json:"out_insurance"`
				Burn      uint64 `json:"out_burn"`
			}
		}
	}
	if err := json.Unmarshal(file, &table); err != nil {
		t.Fatal(err)
	}
	micro := func(n uint64) vadium.Amount {
		a, ok := vadium.Tokens(n).MulDivDown(vadium.NewAmount(1), vadium.NewAmount(1_000_000))
		if !ok {
			t.Fatal("a vector does not fit")
		}
		return a
	}
	found := 0
	for _, row := range table.Groups[0].Cases {
		if row.Name != "oracle reporter deviates 250 bps for 60 s" && row.Name != "oracle reporter, 1/3 of stake colluding" {
			continue
		}
		found++
		t.Run(row.Name, func(t *testing.T) {
			w := mt.Ready(t, 0)
			w.Run("params oracleVetoMs=1000", "reporters 6 bond=1000", "fund big 3334", "vault big 3334", "reporter big",
				"setfeed X rep1,rep2,rep3,rep4,rep5,rep6,big", "round X 2000")
			w.Measure(marketplace.Measures{Epoch: risk.EpochAt(w.Now), Stake: vadium.Tokens(10_000), Health: vadium.BpsOne, Entry: risk.Entry{Factor: vadium.BpsOne}})
			if row.Args.Corr > 0 {
				deviates(w, "big")
				w.Run("wait 2s")
			}
			deviates(w, "rep1")
			w.Run("wait 2s")
			cases := slashed(w)
			got := cases[len(cases)-1]
			if got.Penalty.Severity != row.Severity || got.Penalty.Fraction != row.Fraction || got.Context.Correlation != row.Args.Corr {
				t.Errorf("severity %d, fraction %d, correlation %d, want %d, %d and %d", got.Penalty.Severity, got.Penalty.Fraction,
					got.Context.Correlation, row.Severity, row.Fraction, row.Args.Corr)
			}
			want := slashing.Distribution{Reporter: micro(row.Reporter), Insurance: micro(row.Insurance), Burn: micro(row.Burn)}
			if got.Punitive.Total() != micro(row.Punitive) || got.Shares != want {
				t.Errorf("took %s tokens and divided them into %+v, want %s and %+v", got.Punitive.Total().Tokens(), got.Shares, micro(row.Punitive).Tokens(), want)
			}
			w.CheckReplay()
		})
	}
	if found != 2 {
		t.Errorf("the vectors have %d rows about reporters, want 2", found)
	}
}

// A case that can be vetoed for a second does not wait for one that was opened before it and can be vetoed for two days; and
// where the slash breaker holds them all, each is carried out when it must be.
func TestCasesOfUnlikeVetoTimesAreCarriedOutInTime(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("params oracleVetoMs=1000", "reporters 6 bond=1000", "reporter prover1", "setfeed X rep1,rep2,rep3,rep4,rep5,rep6,prover1",
		"commit alice prover2 e", "skip 1s", "reveal alice prover2 e", "round X 2000")
	deviates(w, "rep1")
	w.Run("wait 2s")
	if got := slashed(w); len(got) != 1 || got[0].Case != 2 {
		t.Errorf("%d cases were carried out, want the second, whose veto time is over", len(got))
	}
	if err := w.State.CheckDerived(); err != nil {
		t.Error(err)
	}
	// From here on the breaker is tripped whenever anybody looks.
	held := w.Fork()
	held.Measure(marketplace.Measures{Epoch: risk.EpochAt(held.Now), Stake: vadium.Tokens(1), Health: vadium.BpsOne, Entry: risk.Entry{Factor: vadium.BpsOne}})
	deviates(held, "rep2")
	due := held.State.NextDeadline()
	held.Until(held.Now.Add(2 * vadium.Second))
	if c := held.State.Case(3); c.Outcome != marketplace.OutcomeOpen || c.ExecuteBy.Sub(c.VetoUntil) != marketplace.MaxCase-marketplace.VetoTime {
		t.Errorf("with the breaker tripped case 3 is %v and is carried out by %d, %d after its veto time (next deadline %d)", c.Outcome, c.ExecuteBy,
			c.ExecuteBy.Sub(c.VetoUntil), due)
	}
}

// Evidence of rounds that another committee published is judged by the configuration that they were published under, and one of
// both kinds by neither.
func TestEvidenceIsJudgedByTheConfigurationOfItsRounds(t *testing.T) {
	w := mt.Ready(t, 0)
	w.Run("params feedNoticeMs=60000", "reporters 8", "setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep7", "round X 2000",
		"wait 10s", "round X 2000 rep1=2210", "setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep8 outlier=2000", "wait 59s", "round X 2000 rep1=2210",
		"commit alice rep1 old offence=oracle-deviation feed=X rounds=2,3 upstream=2000,2000",
		"wait 1m", "round X 2000 rep1=2210",
		"commit alice rep1 both offence=oracle-deviation feed=X rounds=2,4 upstream=2000,2000", "wait 1s")
	if got := w.Try("reveal alice rep1 old offence=oracle-deviation feed=X rounds=2,3 upstream=2000,2000"); !errors.Is(got, marketplace.ErrEvidenceInvalid) || !errors.Is(got, oracle.ErrNotLasting) {
		t.Errorf("59 s: %v, want %v", got, oracle.ErrNotLasting)
	}
	if got := w.Try("reveal alice rep1 both offence=oracle-deviation feed=X rounds=2,4 upstream=2000,2000"); !errors.Is(got, oracle.ErrFindingRound) {
		t.Errorf("rounds of two committees: %v, want %v", got, oracle.ErrFindingRound)
	}
	w = mt.Ready(t, 0)
	w.Run("params feedNoticeMs=120000", "reporters 8", "setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep7", "round X 2000",
		"wait 10s", "round X 2000 rep1=2210", "setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep8 outlier=2000", "wait 1m", "round X 2000 rep1=2210",
		"wait 1m", "round X 2000", "commit alice rep1 old offence=oracle-deviation feed=X rounds=2,3 upstream=2000,2000", "wait 1s",
		"reveal alice rep1 old offence=oracle-deviation feed=X rounds=2,3 upstream=2000,2000")
	if c := w.State.Case(1); c == nil || c.Severity != 35 || c.First != 2 || c.Last != 3 {
		t.Errorf("the case is %+v, want one of severity 35 about rounds 2 to 3", c)
	}
	w.CheckReplay()
}

// The market keeps the latest rounds, and no more.
func TestAFeedKeepsABoundedNumberOfRounds(t *testing.T) {
	w := mt.Ready(t, 0)
	w.Run("reporters 4", "setfeed X rep1,rep2,rep3,rep4")
	w.Unchecked, w.DigestEvery = true, 100
	for range marketplace.MaxRecent + 2 {
		w.Run("wait 1s", "round X 2000")
	}
	f := w.State.ProvenFeed(mt.FeedID("X"))
	if n := len(f.Recent); n != marketplace.MaxRecent || f.Recent[0].Report.Round != 3 || f.Last.Report.Round != marketplace.MaxRecent+2 {
		t.Errorf("%d rounds are kept, from %d to %d, want %d, the latest", n, f.Recent[0].Report.Round, f.Last.Report.Round, marketplace.MaxRecent)
	}
	if err := w.State.CheckInvariants(); err != nil {
		t.Error(err)
	}
	w.CheckReplay()
}

// A market without reporters and feeds has the digest that it had before there were any, and one with them another.
func TestTablesOfFeedsCountOnceThereAreAny(t *testing.T) {
	w := mt.Ready(t, 1)
	before := w.State.Digest()
	fork := w.Fork()
	fork.Run("reporter prover1")
	if fork.State.Digest() == before {
		t.Error("a reporter changes nothing about the digest")
	}
}
