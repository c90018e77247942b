package marketplace_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
	"vadium/oracle"
)

// ofSeven returns a market whose asset is priced by a feed of seven, which has published a round.
func ofSeven(t *testing.T) *mt.World {
	w := mt.Ready(t, 0)
	w.Run("params oracleVetoMs=3600000", "fund alice 100", "fund bob 100", "reporters 7 bond=1000",
		"setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep7 prices=own", "round X 2000")
	return w
}

// observed returns the round of what all seven see just now.
func observed(w *mt.World) marketplace.PublishRound {
	values, at := make([]vadium.Amount, 7), make([]vadium.Time, 7)
	for i := range values {
		values[i], at[i] = vadium.NewAmount(2_000_000_000), w.Now
	}
	return w.Round(mt.FeedID("X"), values, at)
}

// What reporters signed before a change would be read in the units of after it, so units don't change.
func TestUnitsOfAFeedStay(t *testing.T) {
	w := ofSeven(t)
	for name, change := range map[string]func(*oracle.Feed){
		"decimals": func(f *oracle.Feed) {
			f.Decimals, f.Least, f.Most = 8, vadium.NewAmount(1_000_000), vadium.NewAmount(100_000_000_000_000)
		},
		"prices nothing": func(f *oracle.Feed) { f.Prices, f.Depth = false, 0 },
		"another asset":  func(f *oracle.Feed) { f.Asset[0]++ },
	} {
		f := w.State.ProvenFeed(mt.FeedID("X")).Feed
		change(&f)
		if _, err := w.Do("operator", mt.SetFeed(f)); !errors.Is(err, marketplace.ErrFeedUnits) {
			t.Errorf("%s: %v, want %v", name, err, marketplace.ErrFeedUnits)
		}
	}
	w.Wait(5 * vadium.Second)
	w.Must(w.Do("rep1", observed(w)))
}

// An observation that was in time by the window in force when it was made stays so when the window becomes narrower, and one that was
// not stays stale only for as long as what it broke is in force.
func TestNobodyIsStaleByAWindowOfLater(t *testing.T) {
	w := ofSeven(t)
	evidence := "alice rep5 s offence=stale-oracle feed=X rounds=4"
	// rep5 takes over after a time-out, and round 2 comes 20 s later, within the window of 30 s.
	w.Run("wait 60s", "sign rep5 X 4 2000", "wait 20s", "round X 2000 ago=21s absent=rep5",
		"setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep7 prices=own window=10s", "wait 24h", "commit "+evidence, "wait 1s")
	before := w.Fork()
	for _, publishes := range []bool{false, true} {
		w := before.Fork()
		if publishes {
			w.Run("round X 2000 number=5")
		}
		if err := w.Try("reveal " + evidence); !errors.Is(err, oracle.ErrFindingRound) {
			t.Errorf("the next round was published %v: %v, want %v", publishes, err, oracle.ErrFindingRound)
		}
	}
}

// Rounds from before the former configuration are judged by none, since what they were published under is not kept.
func TestRoundsOfForgottenConfigurationsAreNoEvidence(t *testing.T) {
	w := ofSeven(t)
	seats := "setfeed X rep1,rep2,rep3,rep4,rep5,rep6,rep7 prices=own"
	w.Run("params feedNoticeMs=120000", "wait 10s", "round X 2000 rep7=2210", "wait 1m", "round X 2000 rep7=2210",
		seats+" outlier=2000", "wait 2m", "round X 2000", seats+" outlier=300")
	evidence := "alice rep7 d offence=oracle-deviation feed=X rounds=2,3 upstream=2000,2000"
	w.Run("commit "+evidence, "wait 1s")
	former := w.Fork()
	former.Run("reveal " + evidence)
	if c := former.State.Case(1); c == nil || c.Severity != 35 {
		t.Errorf("under the former configuration the case is %+v, want one of severity 35", c)
	}
	w.Run("wait 2m", "round X 2000")
	if err := w.Try("reveal " + evidence); !errors.Is(err, oracle.ErrFindingRound) {
		t.Errorf("under the one before: %v, want %v", err, oracle.ErrFindingRound)
	}
}

// A proof counts under the program that it was verified under: one that was verified just before another program takes its place is
// none under that.
func TestAProofCountsUnderTheProgramItWasVerifiedUnder(t *testing.T) {
	w := ofSeven(t)
	w.Run("program price-median-7b")
	f := w.State.ProvenFeed(mt.FeedID("X")).Feed
	f.Program = mt.Program("price-median-7b").ID()
	w.Must(w.Do("operator", mt.SetFeed(f)))
	w.Wait(w.State.ProvenFeed(f.ID).NextFrom.Sub(w.Now) - 1)
	before := observed(w)
	w.Wait(2)
	if _, err := w.Do("rep1", before); !errors.Is(err, marketplace.ErrRoundUnproven) {
		t.Errorf("verified under the program of before: %v, want %v", err, marketplace.ErrRoundUnproven)
	}
	for _, record := range w.Must(w.Do("rep1", observed(w))) {
		if e, is := record.Event.(*marketplace.RoundPublished); is && e.Program != f.Program {
			t.Errorf("the round is of program %v, want %v", e.Program, f.Program)
		}
	}
}

// A price that is stale before the feed has to publish the next is one that nobody can rely on.
func TestAFeedThatPricesPublishesBeforeItsPriceIsStale(t *testing.T) {
	for _, c := range []struct {
		feed string
		want error
	}{
		{"prices=own window=839999ms", nil}, {"prices=own window=14m", marketplace.ErrFeedSlow}, {"window=14m", nil},
	} {
		w := mt.Ready(t, 0)
		w.Run("reporters 4")
		if err := w.Try("setfeed X rep1,rep2,rep3,rep4 " + c.feed); !errors.Is(err, c.want) {
			t.Errorf("a heartbeat of a minute, %s: %v, want %v", c.feed, err, c.want)
		}
	}
}
