package prover

import (
	"context"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/verifier"
	"vadium/prover/engine"
)

// runUntilEnd runs something until the test ends, and expects it to end without an error.
func runUntilEnd(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v, want nil", err)
		}
	})
}

// A market over real HTTP, the SDK's client, a worker process, and a proof the requester can check. Then every
// connection breaks, and the next request is proven all the same.
func TestTheAgentWorksOverTheRealWire(t *testing.T) {
	const requesterKey, proverKey = 10, 11
	m, program := rpctest.Start(t, rpctest.Config{}), rpctest.NewProgram(t)
	m.List(t, rpctest.OperatorKey, program)
	m.Fund(t, requesterKey, 100)
	m.Fund(t, proverKey, 1_000)
	runUntilEnd(t, verifier.New(verifier.Config{Market: m.Sequencer, Blobs: m.Blobs, Checker: verifier.NewInProcess()}).Run)
	if _, err := m.Client(t, proverKey).OpenVault(t.Context(), marketplace.OpenVault{Junior: vadium.Tokens(1_000), Commission: 8_000}); err != nil {
		t.Fatal(err)
	}
	e := engine.NewWorkers(engine.Limits{MemoryBytes: 1 << 30})
	t.Cleanup(func() { _ = e.Close() })
	agent, err := New(Config{Dir: t.TempDir(), Programs: []string{"*"}}, Connect(m.Client(t, proverKey)), e)
	if err != nil {
		t.Fatal(err)
	}
	runUntilEnd(t, agent.Run)

	requester := m.Client(t, requesterKey)
	patience := time.After(30 * time.Second)
	for look := time.Tick(20 * time.Millisecond); len(agent.Status().Asks) == 0; {
		select {
		case <-look:
		case <-patience:
			t.Fatal("no ask within 30 s")
		}
	}
	for _, x := range []int64{3, 4} {
		id := m.Submit(t, requesterKey, program, x).Request.ID
		m.DropConnections()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		r, proof, err := requester.WaitProof(ctx, id)
		cancel()
		if err != nil || len(proof) == 0 {
			t.Fatalf("WaitProof = %d bytes, %v (%v: %s), want a proof", len(proof), err, r.Phase, r.Reason)
		}
		if at := r.Attempts[0]; at.Prover != rpctest.Key(t, proverKey).Account() || at.Deliveries != 1 {
			t.Errorf("attempt = %+v, want one delivery of the agent's", at)
		}
	}
	me, err := requester.Prover(t.Context(), rpctest.Key(t, proverKey).Account())
	if err != nil || me.Proved != 2 || me.Faults != 0 {
		t.Errorf("prover = %+v, %v, want two proofs and no fault", me, err)
	}
}

// The client is what Connect takes; this fails to compile when its methods change.
var _ Market = Connect((*client.Client)(nil))
