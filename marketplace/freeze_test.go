package marketplace_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// A snapshot is encoded by another goroutine while the market goes on: it has to be the state as it was, and the race
// detector must find nothing (make race).
func TestFrozenStateIsTheOneItWasWhateverComesNext(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		lived := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Cheating, marketplacetest.Slow)
		lived.Unchecked = true
		lived.Run(400)
		state := marketplace.NewState()
		var writing sync.WaitGroup
		for i, encoded := range lived.Records {
			var record marketplace.Record
			if err := rlp.DecodeBytes(encoded, &record); err != nil {
				t.Fatal(err)
			}
			state.Apply(record)
			if i%3 == 0 {
				state.PrepareDigest(7)
			}
			if i%11 > 0 {
				continue
			}
			want, encode := state.Snapshot(), state.Freeze()
			writing.Go(func() {
				if !bytes.Equal(encode(), want) {
					t.Errorf("seed %d: the state frozen after record %d is encoded differently once the market has gone on", seed, i+1)
				}
			})
		}
		writing.Wait()
		if got, want := state.Digest(), state.DigestAnew(); got != want {
			t.Errorf("seed %d: after all those snapshots the digest is %v, computed anew %v", seed, got, want)
		}
	}
}
