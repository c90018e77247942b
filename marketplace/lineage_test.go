package marketplace_test

import (
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// Two journals that part have different lineages from where they part on, and the same before.
func TestARestoredMarketHasAnotherLineageFromWhereItGoesOn(t *testing.T) {
	resume := func(w *marketplacetest.World, lineage byte) uint64 {
		w.Must(w.Send(marketplace.Command{Body: marketplace.ResumeCommand{Lineage: vadium.Salt{lineage}}}))
		return w.State.NextSeq() - 1
	}
	at := func(w *marketplacetest.World, position uint64) byte {
		t.Helper()
		id, known := marketplace.LineageAt(w.State.Market().Lineages, position)
		if !known {
			t.Fatalf("the lineage at %d is not known", position)
		}
		return id[0]
	}
	lost := marketplacetest.Ready(t, 1)
	first := resume(lost, 1)
	lost.Run("fund alice 1")
	backup := lost.Fork()
	lost.Run("fund alice 2", "fund alice 3")
	began := resume(backup, 2)
	backup.Run("fund alice 4")
	for _, c := range []struct {
		w        *marketplacetest.World
		position uint64
		want     byte
	}{
		{lost, 0, 0}, {lost, first - 1, 0}, {lost, first, 1}, {lost, began - 1, 1}, {lost, began, 1}, {lost, lost.State.NextSeq() - 1, 1},
		{backup, first - 1, 0}, {backup, began - 1, 1}, {backup, began, 2}, {backup, backup.State.NextSeq() - 1, 2},
	} {
		if got := at(c.w, c.position); got != c.want {
			t.Errorf("the lineage at %d is %d, want %d", c.position, got, c.want)
		}
	}
	before := lost.State.Market().Lineages
	lost.Run("pause", "wait 1m", "unpause")
	if got := lost.State.Market().Lineages; len(got) != len(before) {
		t.Errorf("a pause's end began a lineage: %v after %v", got, before)
	}
	lost.Run("pause")
	if during := resume(lost, 3); at(lost, during) != 3 {
		t.Error("a start during a pause began no lineage")
	}
	lost.CheckReplay()
}

// The state remembers the last 64 and says of older positions that it does not know.
func TestTheStateRemembersABoundedNumberOfLineages(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	var began []uint64
	for n := range 65 {
		if n == 63 {
			if _, known := marketplace.LineageAt(w.State.Market().Lineages, 1); !known {
				t.Error("with 63 lineages the one before the first is not known")
			}
		}
		w.Must(w.Send(marketplace.Command{Body: marketplace.ResumeCommand{Lineage: vadium.Salt{1 + byte(n)}}}))
		began = append(began, w.State.NextSeq()-1)
	}
	lineages := w.State.Market().Lineages
	if len(lineages) != 64 {
		t.Fatalf("%d lineages, want 64", len(lineages))
	}
	if _, known := marketplace.LineageAt(lineages, began[1]-1); known {
		t.Error("a lineage is known of a position before the oldest one remembered")
	}
	if id, known := marketplace.LineageAt(lineages, began[1]); !known || id[0] != 2 {
		t.Errorf("the oldest lineage remembered is %v, %t; want the second", id, known)
	}
	w.CheckReplay()
}
