package main

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// What the public records say about a penalty of the past is what it was: judged again by it, a fault of an assignment without
// earlier ones comes to the same, and the parts are those that were paid.
func TestAPenaltyOfThePastIsWhatItWas(t *testing.T) {
	life := marketplacetest.NewSimulation(t, 3, marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Slow, marketplacetest.Vanishing, marketplacetest.Cheating)
	life.Unchecked = true
	life.Run(300)
	var records []marketplace.Record
	slashed := map[string]*marketplace.Slashed{} // the first of an assignment
	faults := map[string]int{}
	for _, encoded := range life.Records {
		var r marketplace.Record
		if err := rlp.DecodeBytes(encoded, &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
		switch e := r.Event.(type) {
		case *marketplace.Slashed:
			if key := assignmentKey(e.Request, e.Attempt); slashed[key] == nil {
				slashed[key] = e
			}
		case *marketplace.FaultRecorded:
			faults[assignmentKey(e.Request, e.Attempt)]++
		}
	}
	terms := func(id vadium.RequestID, attempt uint32, _ risk.Asset) (slashing.Terms, error) {
		a := life.State.Request(id).Attempts[attempt]
		return slashing.Terms{Lock: a.Lock, DamageCap: a.DamageCap, Fee: a.Price}, nil
	}
	checked := 0
	for _, r := range records {
		e, fault := r.Event.(*marketplace.FaultRecorded)
		if !fault || checked >= 20 {
			continue
		}
		checked++
		search := newPenaltySearch(r.Seq, e.Vault, terms)
		for _, one := range records {
			if err := search.look(one); errors.Is(err, errFound) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		got := search.found
		if got == nil || got.Seq != r.Seq || got.Penalty != e.Penalty || got.Case.Offence != e.Offence || got.Prover != e.Prover {
			t.Fatalf("record %d is found as %+v, want %+v", r.Seq, got, e)
		}
		key := assignmentKey(e.Request, e.Attempt)
		if faults[key] > 1 || e.Offence == slashing.InvalidProof { // what is left of the lock decides then, too
			continue
		}
		if again, err := slashing.Assess(got.Case); err != nil || again != e.Penalty && !e.Penalty.Total().IsZero() {
			t.Errorf("%v of record %d judged again = %+v, %v, want %+v", e.Offence, r.Seq, again, err, e.Penalty)
		}
		if slash := slashed[key]; slash != nil && (got.Shares != slash.Shares || got.Punitive != slash.Punitive || got.Damages != slash.Damages) {
			t.Errorf("record %d: shares %+v, want %+v", r.Seq, got.Shares, slash.Shares)
		}
	}
	if checked < 10 {
		t.Errorf("%d faults happened: the test says little", checked)
	}
}

// What a bucket held back of a case is of no request: it is found as the penalty of the case, as that was carried out.
func TestWhatWasHeldBackOfACaseIsFoundAsItsPenalty(t *testing.T) {
	const vault = 7
	stake := vadium.Tokens(1_000)
	neutral := slashing.Neutral()
	neutral.Severity, neutral.Class = 10, slashing.Liveness
	carriedOut := &marketplace.VaultSlashed{
		Case: 3, Vault: vault, Penalty: slashing.Penalty{Severity: 10, Punitive: vadium.Tokens(5)}, Punitive: vaults.Loss{Junior: vadium.Tokens(1)},
		Shares: slashing.Distribution{Reporter: vadium.Tokens(1)}, Reporter: vadium.Account{2}, Context: neutral, Deferred: vadium.Tokens(4), ReporterPart: 280,
	}
	later := *carriedOut
	later.Case, later.Deferred = 4, vadium.Tokens(3)
	events := []marketplace.Event{
		&marketplace.VaultOpened{Vault: vault, Prover: vadium.Account{1}, Junior: stake},
		&marketplace.CaseOpened{Case: marketplace.Case{ID: 3, Vault: vault, Prover: vadium.Account{1}, Offence: slashing.StaleOracle, Severity: 10}},
		&marketplace.CaseOpened{Case: marketplace.Case{ID: 4, Vault: vault, Prover: vadium.Account{1}, Offence: slashing.StaleOracle, Severity: 10}},
		carriedOut,
		&later,
		&marketplace.DeferredSlashed{Vault: vault, Punitive: vaults.Loss{Junior: vadium.Tokens(2)}, Rest: vadium.Tokens(2), Case: 3},
		&marketplace.DeferredSlashed{Vault: vault, Punitive: vaults.Loss{Junior: vadium.Tokens(2)}, Case: 3},
	}
	for _, wanted := range []uint64{4, 6, 7} {
		search := newPenaltySearch(wanted, vault, nil)
		var err error
		for i, event := range events {
			if err = search.look(marketplace.Record{Seq: uint64(i + 1), Event: event}); err != nil {
				break
			}
		}
		got := search.found
		if !errors.Is(err, errFound) || got == nil {
			t.Errorf("record %d is found as %+v, %v, want case 3", wanted, got, err)
			continue
		}
		if got.Seq != 4 || got.Request != nil || got.Penalty != carriedOut.Penalty || got.Deferred != carriedOut.Deferred || got.Reporter != carriedOut.Reporter ||
			got.Prover != (vadium.Account{1}) || got.Case.Offence != slashing.StaleOracle || got.Case.Stake.Junior != stake {
			t.Errorf("record %d is found as %+v, want case 3 as it was carried out", wanted, got)
		}
	}
}
