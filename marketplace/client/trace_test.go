package client_test

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults"
)

// Whoever follows the records about one vault alone knows its stake and the price of its shares, whatever happens in a market:
// after each of them, and between them.
func TestATraceIsTheVaultItFollows(t *testing.T) {
	changes := map[string]int{}
	for seed := range uint64(3) {
		life := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Slow, marketplacetest.Vanishing)
		life.Unchecked = true
		life.Run(300)
		state := marketplace.NewState()
		traces := map[vadium.VaultID]*client.Trace{}
		for _, encoded := range life.Records {
			var record marketplace.Record
			if err := rlp.DecodeBytes(encoded, &record); err != nil {
				t.Fatal(err)
			}
			state.Apply(record)
			if e, ok := record.Event.(*marketplace.VaultOpened); ok {
				traces[e.Vault] = client.NewTrace(e.Vault)
			}
			for id, trace := range traces {
				changed, err := trace.Apply(record)
				if err != nil {
					t.Fatalf("seed %d, %s: %v", seed, marketplace.KindOf(record.Event), err)
				}
				if changed {
					changes[marketplace.KindOf(record.Event)]++
				}
				later := record.At.Add(vadium.Day)
				if got, want := trace, state.Vault(id); got.Price(record.At) != want.Price(record.At) || got.Price(later) != want.Price(later) ||
					got.Junior() != want.Junior || got.Senior(later) != want.TotalAssets(later) || got.Asset() != want.Asset {
					t.Fatalf("seed %d: after record %d, %s, a share of vault %d is worth %v and the junior is %v, want %v and %v",
						seed, record.Seq, marketplace.KindOf(record.Event), id, got.Price(record.At), got.Junior(), want.Price(record.At), want.Junior)
				}
			}
		}
	}
	for _, kind := range []string{"VaultOpened", "JuniorDeposited", "SeniorDeposited", "RewardsAccrued", "Slashed"} {
		if changes[kind] == 0 {
			t.Errorf("%s never happened: the test says nothing about it", kind)
		}
	}
}

func TestATraceDoesNotTakeARecordThatCannotFollow(t *testing.T) {
	trace := client.NewTrace(1)
	apply := func(e marketplace.Event) error {
		_, err := trace.Apply(marketplace.Record{Seq: 9, At: 1_000, Event: e})
		return err
	}
	if changed, err := trace.Apply(marketplace.Record{Event: &marketplace.JuniorDeposited{Vault: 1, Amount: vadium.Tokens(1)}}); changed || err != nil || trace.Opened() {
		t.Errorf("a deposit before the vault = %v, %v, want it left out", changed, err)
	}
	if err := apply(&marketplace.VaultOpened{Vault: 1, Junior: vadium.Tokens(10)}); err != nil {
		t.Fatal(err)
	}
	if err := apply(&marketplace.Slashed{Vault: 2, Punitive: vaults.Loss{Junior: vadium.Tokens(1)}}); err != nil || trace.Junior() != vadium.Tokens(10) {
		t.Errorf("another vault's slash = %v and leaves %v, want nothing to happen", err, trace.Junior())
	}
	if err := apply(&marketplace.Slashed{Vault: 1, Punitive: vaults.Loss{Junior: vadium.Tokens(11)}}); err == nil || !strings.Contains(err.Error(), "record 9") {
		t.Errorf("a slash of more than there is = %v, want an error that names the record", err)
	}
}
