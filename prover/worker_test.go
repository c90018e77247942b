package prover

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/sandbox"
	"vadium/marketplace"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// Everything real but the network: gnark proofs from a worker process, verified as the market does.
func TestRealProofsFromAWorkerProcessArePaid(t *testing.T) {
	m := newTestMarket(t, testParams())
	m.verify = func(p vadium.Program, publics, proof []byte) bool {
		m.mu.Lock()
		blob := m.blobs[p.VerifyingKey]
		m.mu.Unlock()
		key, err := circuits.LoadVerifyingKey(p, blob)
		return err == nil && key.Verify(publics, proof) == nil
	}
	m.openVault(alice, 1_000)
	m.openVault(bob, 1_000)
	groth, universal := m.list(enginetest.Groth16(t)), m.list(enginetest.Universal(t))
	agent := func(who vadium.Account, b Behaviour, keys string) {
		e := engine.NewWorkers(engine.Limits{MemoryBytes: 1 << 30})
		a, err := New(Config{Dir: t.TempDir(), KeyDir: keys, Programs: []string{"*"}, Behaviour: b}, seat{m, who, nil}, e)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run = %v, want nil", err)
			}
			if err := e.Close(); err != nil {
				t.Errorf("Close = %v, want nil", err)
			}
		})
		m.awaitAsks(who)
	}
	keys := t.TempDir()
	agent(alice, Honest, keys)
	agent(bob, Corrupt, keys) // provers of one machine may share their keys
	m.await("both to serve both", time.Minute, func(s *marketplace.State) bool {
		return len(s.Listing(groth).Servers) == 2 && len(s.Listing(universal).Servers) == 2
	})
	if _, err := os.Stat(filepath.Join(keys, universal.String()[2:]+".universal")); err != nil {
		t.Errorf("keys that claim the ceremony are served without having been recomputed: %v", err)
	}
	only := func(who vadium.Account) func(*marketplace.SubmitRequest) {
		return func(b *marketplace.SubmitRequest) { b.Allow, b.DamageCap = []vadium.Account{who}, vadium.Tokens(1) }
	}
	for _, program := range []vadium.ProgramID{groth, universal} {
		id := m.submit(program, enginetest.Input(3), 20*vadium.Second, only(alice))
		m.awaitPhase(id, marketplace.PhaseSettled, 20*time.Second)
		if at := m.request(id).Attempts[0]; at.Paid.IsZero() || !at.Slashed.IsZero() {
			t.Errorf("alice's attempt = %+v, want it paid and not slashed", at)
		}
	}
	id := m.submit(groth, enginetest.Input(3), 20*vadium.Second, only(bob))
	m.await("bob's two invalid proofs", 20*time.Second, func(s *marketplace.State) bool {
		return s.Request(id).Attempts[0].Stage == marketplace.StageResigned
	})
	if got := countKind[*marketplace.DeliveryRejected](m); got != 2 {
		t.Errorf("%d deliveries rejected, want 2", got)
	}
}
