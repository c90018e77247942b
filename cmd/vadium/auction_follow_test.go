package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"vadium"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

// Somebody who runs no market follows one: as soon as an ask epoch has ended, it proves what was cleared in it from what everybody is
// shown, and publishes the proof. Whoever audits the market's journal later verifies it again, against the journal's own book.
func TestWhoFollowsAMarketProvesItsClearingsAndTheAuditVerifiesThem(t *testing.T) {
	t.Parallel()
	params := marketplace.DemoParams()
	params.StandardTick, params.AskEpoch = vadium.Second, 4*vadium.Second
	m := rpctest.Start(t, rpctest.Config{Params: params})
	cube := rpctest.NewProgram(t)
	m.Fund(t, rpctest.OperatorKey, 1)
	m.List(t, rpctest.OperatorKey, cube)
	if _, err := registerCatalogue(t.Context(), silent(), m.Client(t, rpctest.OperatorKey), sharedKeys, clearing.ProgramName(64)); err != nil {
		t.Fatal(err)
	}
	const stranger = 70
	m.Fund(t, stranger, 1)
	workers := engine.NewWorkers(engine.Limits{LoadTime: 10 * time.Minute, SolveTime: 10 * time.Minute})
	defer workers.Close()
	p := &clearingProver{
		c: silent(), market: m.Client(t, stranger), deployment: m.Domain.Deployment, engine: workers, failed: map[uint64]error{},
		circuits: map[int]vadium.Digest{}, folder: keys.Folder{Dir: t.TempDir(), Most: maxClearingKeys, KeysOnly: true},
	}
	following, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.follow(following) }()
	batch := m.Clear(t, 40, cube, 2) // after it has begun to follow, or just before: either way it is found
	var proven *marketplace.ClearingProven
	var last uint64
	for r, err := range m.Client(t, 60).Watch(t.Context(), batch.Seq, client.EventFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e, is := r.Event.(*marketplace.ClearingProven); is {
			proven, last = e, r.Seq
			break
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("following ends with %v", err)
	}
	if proven.Clearing != batch.Seq || proven.By != m.Client(t, stranger).Account() {
		t.Errorf("clearing %d is proven as %+v", batch.Seq, proven)
	}

	follower, err := m.Sequencer.Follow(1)
	if err != nil {
		t.Fatal(err)
	}
	var records []marketplace.Record
	for len(records) == 0 || records[len(records)-1].Seq < last {
		more, err := follower.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, more...)
	}
	audited := func(change func(*marketplace.ClearingProven)) (int, error) {
		a := newAuditor(t.Context(), m.Blobs)
		for _, r := range records[:last] {
			if r.Seq == last {
				e := *proven
				e.Proof = bytes.Clone(e.Proof)
				change(&e)
				r.Event = &e
			}
			if err := a.record(r); err != nil {
				return a.audit.Proven, err
			}
		}
		return a.audit.Proven, nil
	}
	if n, err := audited(func(*marketplace.ClearingProven) {}); n != 1 || err != nil {
		t.Errorf("the audit verifies %d proofs (%v), want 1", n, err)
	}
	for what, change := range map[string]func(*marketplace.ClearingProven){
		"another book":   func(e *marketplace.ClearingProven) { e.Book[31] ^= 1 },
		"a broken proof": func(e *marketplace.ClearingProven) { e.Proof[40] ^= 1 },
		"another size":   func(e *marketplace.ClearingProven) { e.Size = 256 },
		"another batch":  func(e *marketplace.ClearingProven) { e.Clearing-- },
	} {
		if _, err := audited(change); err == nil {
			t.Errorf("the audit takes %s", what)
		}
	}
}
