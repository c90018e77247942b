package marketplace_test

import (
	"testing"

	"vadium"
	"vadium/marketplace"
)

// Whoever follows one request sees the batch that served it, and the ticks that did not.
func TestAnEventAboutSeveralRequestsConcernsEachOfThem(t *testing.T) {
	of := func(n byte) vadium.RequestID { return vadium.RequestID{n} }
	for _, e := range []marketplace.Event{
		&marketplace.BatchCleared{Orders: []marketplace.BatchOrder{{Request: of(3)}}, Served: []marketplace.BatchServed{{Request: of(1)}, {Request: of(2)}}},
		&marketplace.RequestsRolled{Requests: []vadium.RequestID{of(1), of(2)}},
	} {
		for n, want := range map[byte]bool{0: false, 1: true, 2: true, 3: false} {
			if got := marketplace.StreamedTo(e, of(n)); got != want {
				t.Errorf("%s concerns request %d: %v, want %v", marketplace.KindOf(e), n, got, want)
			}
		}
	}
}
