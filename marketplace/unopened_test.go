package marketplace_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// Over which asks a failover is found follows from how the request was cleared, and the market does not choose it.
func TestRecheckNoticesAnAssignmentThatIsFalselyUnopened(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("params unopenedTiers=1", "fund alice 900", "ask prover1 none 5 tier=2", "ask prover2 none 7 tier=2", "ask prover3 none 9", "at epoch-end",
		"submit alice together fee=20 tier=2", "submit alice alone fee=20", "wait 2s", "at epoch-end")
	public, batches, alone := marketplace.NewState(), 0, 0
	for _, record := range w.Journal() {
		record = marketplace.Public(record, w.State)
		if e, is := record.Event.(*marketplace.RequestAssigned); is {
			if _, _, err := public.Recheck(record); err != nil {
				t.Errorf("%s: %v", w.Describe(record), err)
			}
			if e.Unopened {
				batches++
			} else {
				alone++
			}
			cheat := *e
			cheat.Unopened = !e.Unopened
			if _, _, err := public.Recheck(marketplace.Record{Seq: record.Seq, At: record.At, Event: &cheat}); err == nil {
				t.Errorf("%s: nobody notices that it says the opposite of whether the batch's prices are opened", w.Describe(record))
			}
		}
		public.Apply(record)
	}
	if batches == 0 || alone == 0 {
		t.Errorf("%d assignments are of unopened batches and %d are not, want some of both", batches, alone)
	}
}

// An ask whose price is never opened hides it behind its salt, so it has to have one; and a commitment, so that it can be proven.
func TestAnAskThatIsNeverOpenedCanBeHiddenAndProven(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("params unopenedTiers=2")
	ask := marketplace.PlaceAsk{
		Product: auction.Product{Size: 14, Tier: auction.Bulk}, Price: vadium.Tokens(3), Slots: 1, Capacity: 1, ETA: vadium.Second,
		StandUntil: w.Now.Add(vadium.Hour), Salt: vadium.Salt{1}, PriceCommitment: vadium.Digest{1},
	}
	for what, c := range map[string]struct {
		change func(a *marketplace.PlaceAsk)
		want   error
	}{
		"no salt":            {func(a *marketplace.PlaceAsk) { a.Salt = vadium.Salt{} }, marketplace.ErrAskMalformed},
		"no commitment":      {func(a *marketplace.PlaceAsk) { a.PriceCommitment = vadium.Digest{} }, marketplace.ErrAskMalformed},
		"both":               {func(*marketplace.PlaceAsk) {}, nil},
		"no salt, but shown": {func(a *marketplace.PlaceAsk) { a.Product.Tier, a.Salt = auction.Standard, vadium.Salt{} }, nil},
	} {
		body := ask
		c.change(&body)
		command := w.Command("prover1", ask)
		command.Body = body
		if _, err := w.Send(command); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

// A clearing of which nobody sees the prices can be proven until its proof is there, however many others come first: else whoever pays
// for many small batches makes the market look as if it had something to hide.
func TestUnopenedClearingsAreKeptUntilTheyAreProven(t *testing.T) {
	s := marketplace.NewState()
	for _, record := range marketplacetest.Ready(t, 0).Journal() {
		s.Apply(record)
	}
	apply := func(e marketplace.Event) uint64 {
		seq := s.NextSeq()
		s.Apply(marketplace.Record{Seq: seq, At: s.Now(), Event: e})
		return seq
	}
	batch := func(unopened bool) uint64 {
		return apply(&marketplace.BatchCleared{Product: auction.Product{Size: 14, Tier: auction.Standard}, Mechanism: auction.Vickrey, Unopened: unopened})
	}
	open, first, second := batch(false), batch(true), batch(true)
	apply(&marketplace.ClearingProven{Clearing: second})
	for range 2_000 {
		batch(false)
	}
	batch(true)
	for seq, kept := range map[uint64]bool{open: false, first: true, second: false} {
		if (s.Cleared(seq) != nil) != kept {
			t.Errorf("clearing %d is kept: %v, want %v", seq, !kept, kept)
		}
	}
	if err := s.CheckDerived(); err != nil {
		t.Error(err)
	}
	apply(&marketplace.ClearingProven{Clearing: first})
	batch(false)
	if s.Cleared(first) != nil {
		t.Error("it is kept although it is proven")
	}
	for range 9_000 {
		batch(true)
	}
	if n, _ := marketplace.CountCleared(s); n != 1_024+8_192 {
		t.Errorf("%d are kept, want 1,024 and, unproven, 8,192", n)
	}
}
