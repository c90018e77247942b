package sequencer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

// The real core, opened, left alone for a while, and restarted after an outage: its heartbeats and ask epochs are
// journalled in time, and three ways to rebuild the state agree.
func TestMarketProperRunsOnTheSequencer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sequencer.Config{})
		open := func() (*sequencer.Market, *journal.Embedded, func()) {
			j, err := r.machine.Open(journal.Options{Blobs: r.blobs})
			if err != nil {
				t.Fatal(err)
			}
			market, err := sequencer.Open(t.Context(), sequencer.MarketCore(), sequencer.Config{
				Journal: j, Blobs: r.blobs, DigestEvery: 2, SnapshotEvery: 8, KeepBatches: 4, TruncateEvery: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- market.Run(ctx) }()
			return market, j, func() {
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("Run = %v", err)
				}
				if err := j.Close(); err != nil {
					t.Error(err)
				}
			}
		}
		market, _, stop := open()
		if _, err := market.Do(t.Context(), marketplace.Command{Body: marketplace.OpenMarket{
			Operator: vadium.Account{1}, ChainID: 1, Params: marketplace.DefaultParams(), Seeds: [2][32]byte{{1}, {2}},
		}}); err != nil {
			t.Fatal(err)
		}
		if _, err := market.Do(t.Context(), marketplace.Command{Body: marketplace.OpenMarket{}}); !errors.Is(err, marketplace.ErrNotOpen) {
			t.Errorf("opening the market twice = %v, want ErrNotOpen", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		behind := false
		market.View(func(s *marketplace.State) { behind = now().Sub(s.Now()) > s.Params().MarketHeartbeat })
		if behind {
			t.Error("an idle market does not record its heartbeats")
		}
		stop()
		time.Sleep(time.Hour)

		market, j, stop := open()
		defer stop()
		synctest.Wait()
		follower, err := market.Follow(1)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		var gap vadium.Duration
		var live vadium.Digest
		var last uint64
		market.View(func(s *marketplace.State) { live, last = s.Digest(), s.NextSeq()-1 })
		for follower.Cursor() <= last {
			records, err := follower.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, record := range records {
				counts[marketplace.KindOf(record.Event)]++
				if resumed, ok := record.Event.(*marketplace.Resumed); ok {
					gap = resumed.Gap
				}
			}
		}
		if counts["MarketOpened"] != 1 || counts["Resumed"] != 1 || counts["MarketHeartbeat"] < 100 || counts["AskEpochOpened"] == 0 {
			t.Errorf("the journal holds %v, want one opening, one resumption, heartbeats and ask epochs", counts)
		}
		if gap < vadium.Hour || gap > vadium.Hour+vadium.Minute {
			t.Errorf("the outage was resumed with a gap of %d ms, want about an hour", gap)
		}
		full, err := sequencer.Replay(t.Context(), sequencer.MarketCore(), j, nil)
		if err != nil || full.Digest() != live {
			t.Errorf("replay from genesis gives state %s, %v; want %s", full.Digest(), err, live)
		}
	})
}
