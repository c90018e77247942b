package marketplace_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// unopened returns the journal as everyone may see it now, without what an ask is committed to: that is the one thing in which asks of
// different terms differ before they are opened.
func unopened(t *testing.T, w *marketplacetest.World) (said []string, encoded [][]byte) {
	t.Helper()
	for _, record := range w.Journal() {
		record = marketplace.Public(record, w.State)
		if e, placed := record.Event.(*marketplace.AskPlaced); placed {
			hidden := *e
			hidden.Ask.Commitment, hidden.Ask.PriceCommitment = vadium.Digest{}, vadium.Digest{}
			record.Event = &hidden
		}
		raw, err := rlp.EncodeToBytes(record)
		if err != nil {
			t.Fatal(err)
		}
		said, encoded = append(said, w.Describe(record)), append(encoded, raw)
	}
	return said, encoded
}

// Why a request is not served was counted over sealed asks, too, so that cheap requests of many maximal fees told their prices,
// and others their slots, times and ends. Of two markets that differ in nothing but what a sealed ask says, the public records
// are the same as long as nobody is assigned on it.
func TestWhatSealedAsksSayIsInNoPublicRecordOfAnUnservedRequest(t *testing.T) {
	const (
		busy = "ask prover1 none 6 slots=2; ask prover1 standard 6; at epoch-end; submit alice first fee=10 in=1h; accept prover1 first; deliver prover1 first; "
		none = "ask prover1 none 6 slots=2; at epoch-end; "
	)
	for _, c := range []struct {
		name   string
		setup  string
		asks   []string // what prover1's sealed ask says
		submit string
		want   string // in the reason
	}{
		{
			"price, while the prover is busy", busy,
			[]string{"none 6", "none 9", "none 12", "none 500"},
			"submit alice r fee=10 in=1m", "sealed",
		},
		{
			"price, when there is too little time", none,
			[]string{"none 6 eta=50s", "none 12 eta=50s", "none 6 eta=45s", "none 12 eta=10s"},
			"submit alice r fee=10 in=40s", "sealed",
		},
		{
			"slots and capacity", busy,
			[]string{"none 6", "none 12 slots=9", "none 12 slots=2 capacity=7"},
			"submit alice r fee=10 in=1m", "sealed",
		},
		{
			"end", none,
			[]string{"none 6 for=1s", "none 12 for=30d", "none 12 for=1s"},
			"submit alice r fee=10 in=1m", "sealed",
		},
		{
			"price, where the stake is short whatever it is", none,
			[]string{"none 6", "none 120"},
			"submit alice r fee=99 cap=80 in=1m", "free stake does not back",
		},
		{
			"price and end, in a batch tier", none + "submit alice first fee=10 in=1h; accept prover1 first; deliver prover1 first; ",
			[]string{"none 6 tier=2", "none 12 tier=2", "none 12 tier=2 for=1s slots=9"},
			"submit prover1 r fee=10 in=2m tier=2", "cannot prove for itself",
		},
		{
			"end, in a batch tier", none + "ask prover1 none 50 tier=2; ",
			[]string{"none 50 tier=2 for=1s", "none 50 tier=2 for=30d", "none 70 tier=2 for=1s"},
			"submit alice r fee=10 in=2m tier=2", "longer than there is",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var first []string
			var firstEncoded [][]byte
			for i, ask := range c.asks {
				w := marketplacetest.Ready(t, 1)
				w.Run("fund alice 400", "fund prover1 50")
				w.Run(lines(c.setup)...)
				w.Run("ask prover1 "+ask, "skip 2s", c.submit)
				w.Run("at r.expires+1ms")
				if r := w.Request("r"); r.Phase != marketplace.PhaseUnserved || !strings.Contains(r.Reason, c.want) {
					t.Fatalf("an ask of %s: the request is %v: %q, want it unserved and %q", ask, r.Phase, r.Reason, c.want)
				}
				said, encoded := unopened(t, w)
				if i == 0 {
					first, firstEncoded = said, encoded
					continue
				}
				for n := range max(len(encoded), len(firstEncoded)) {
					if n >= len(encoded) || n >= len(firstEncoded) || !bytes.Equal(encoded[n], firstEncoded[n]) {
						t.Errorf("record %d tells an ask of %s from one of %s:\n\t%s\n\t%s", n+1, c.asks[0], ask, lineAt(first, n), lineAt(said, n))
						break
					}
				}
			}
		})
	}
}

func lineAt(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return "(none)"
}

// lines splits commands at their semicolons.
func lines(script string) (all []string) {
	for line := range strings.SplitSeq(script, ";") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// Of asks that were opened a requester still learns what kept them out, and of the others how many there are and when they are opened.
func TestReasonTellsOpenedAsksApartAndCountsSealedOnes(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("ask prover2 none 11 eta=1m", "submit alice r fee=5 in=40s")
	want := fmt.Sprintf("2 of 3: the ask is above the reserve; 1 of 3: the ask is sealed, until %d", w.State.Market().EpochEnds)
	if got, _ := w.State.Explain(w.Request("r"), w.Now); got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
	w.Run("at epoch-end") // the request ended long ago, and its reason stays what it was
	if got := w.Request("r").Reason; !strings.HasSuffix(got, want) {
		t.Errorf("it ended for %q, want %q", got, want)
	}
	w.Run("submit alice r2 fee=5 in=40s")
	if got, want := first(w.State.Explain(w.Request("r2"), w.Now)), "3 of 3: the ask is above the reserve"; got != want {
		t.Errorf("once it is opened the reason is %q, want %q", got, want)
	}
}

func first[A, B any](a A, _ B) A { return a }
