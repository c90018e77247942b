package main

import (
	"errors"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// Whoever re-runs the clearing of a request that was served in a batch sees the whole batch, then the assignment; and while the
// ask epoch is open, nothing.
func TestRecheckOfARequestRunsItsBatchAgain(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("ask prover1 none 6 tier=2 slots=2", "ask prover2 none 7 tier=2 slots=2", "ask prover3 none 9 tier=2", "at epoch-end",
		"submit alice a fee=20 tier=2", "submit alice b fee=12 tier=2", "submit alice c fee=10 tier=2", "wait 2s")
	id := w.Request("c").ID
	if _, err := replay(t, w, id, nil); !errors.Is(err, errSealed) {
		t.Errorf("while the epoch is open: %v, want %v", err, errSealed)
	}
	w.Run("prove a b c", "at epoch-end")
	found, err := replay(t, w, id, nil)
	if err != nil || len(found) != 2 {
		t.Fatalf("%d clearings, %v, want the batch and the assignment", len(found), err)
	}
	batch, assigned := found[0], found[1]
	if !batch.Right || !assigned.Right || batch.Batch == nil || len(batch.Batch.Orders) != 3 || len(batch.Standings) != 3 {
		t.Errorf("the batch is %+v, the assignment %+v, want both right and three orders and asks", batch, assigned)
	}
	if batch.Price != assigned.Price || batch.Winner != assigned.Winner || batch.Price != vadium.Tokens(9) {
		t.Errorf("the batch says %v at %s, the assignment %v at %s, want the same at 9", batch.Winner, batch.Price.Tokens(), assigned.Winner, assigned.Price.Tokens())
	}
	found, err = replay(t, w, id, func(e *marketplace.BatchCleared) { e.Wins[0].Payment = vadium.Tokens(15) })
	if err != nil || len(found) == 0 || found[0].Right || found[0].Wrong == "" {
		t.Errorf("a batch that pays less than the rule: %+v, %v, want it found wrong", found, err)
	}
	if _, err = replay(t, w, id, func(e *marketplace.BatchCleared) { e.Sealed = true }); err == nil || errors.Is(err, errSealed) {
		t.Errorf("a batch of an epoch that has ended, sealed still: %v, want that the market hides it", err)
	}
}

// replay does what recheck does with the public records of a market, as changed.
func replay(t *testing.T, w *marketplacetest.World, id vadium.RequestID, change func(*marketplace.BatchCleared)) (all []*rechecked, err error) {
	t.Helper()
	state, rechecker := marketplace.NewState(), new(marketplace.Rechecker)
	for _, record := range w.Journal() {
		record = marketplace.Public(record, w.State)
		if e, ok := record.Event.(*marketplace.BatchCleared); ok && change != nil {
			change(e)
		}
		found, err := step(state, rechecker, record, id, w.State.Market().Epoch)
		if err != nil {
			return all, err
		}
		if found != nil {
			all = append(all, found)
		}
	}
	return all, nil
}
