package prover

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
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

// A program that explodes is as easily registered as any other. An agent that was told to serve it and another finds out, and serves
// the other; its workers die, it does not.
func TestAnAgentServesOthersBesideAProgramThatExplodes(t *testing.T) {
	m := newTestMarket(t, testParams())
	m.verify = func(vadium.Program, []byte, []byte) bool { return true }
	m.openVault(alice, 1_000)
	exploding, good := m.list(enginetest.ExplodingSolver(t)), m.list(enginetest.Groth16(t))
	var deaths atomic.Int64
	e := witnessed{engine.NewWorkers(engine.Limits{MemoryBytes: 1 << 30}), &deaths}
	t.Cleanup(func() { _ = e.Close() })
	a, err := New(Config{Dir: t.TempDir(), KeyDir: t.TempDir(), Programs: []string{exploding.String(), good.String()}}, seat{m, alice, nil}, e)
	if err != nil {
		t.Fatal(err)
	}
	runUntilEnd(t, a.Run)
	m.awaitAsks(alice)
	for n := range 2 {
		id := m.submit(good, enginetest.Input(3), 20*vadium.Second)
		m.awaitPhase(id, marketplace.PhaseSettled, 30*time.Second)
		if n == 0 { // the second request comes after the explosion
			m.await("the explosion", time.Minute, func(*marketplace.State) bool { return deaths.Load() > 0 })
		}
	}
	m.await("nothing", time.Second, func(s *marketplace.State) bool {
		if servers := s.Listing(exploding).Servers; len(servers) > 0 {
			t.Errorf("what explodes is served by %v", servers)
		}
		return true
	})
}

// witnessed counts the workers that die.
type witnessed struct {
	engine.Engine
	deaths *atomic.Int64
}

func (w witnessed) note(err error) {
	if errors.Is(err, engine.ErrWorkerDied) {
		w.deaths.Add(1)
	}
}

func (w witnessed) Solve(ctx context.Context, work engine.Work) error {
	err := w.Engine.Solve(ctx, work)
	w.note(err)
	return err
}

func (w witnessed) Prove(ctx context.Context, work engine.Work) (engine.Proof, error) {
	proof, err := w.Engine.Prove(ctx, work)
	w.note(err)
	return proof, err
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
