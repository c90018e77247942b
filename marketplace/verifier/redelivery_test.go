package verifier_test

import (
	"bytes"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/rpctest"
)

// The same bytes delivered again the moment they were refused are another delivery and get a verdict of their own: a
// verifier that took them for the one in hand would leave the request waiting for ever.
func TestTheSameBytesDeliveredAgainAreVerifiedAgain(t *testing.T) {
	params := marketplace.DemoParams()
	params.MaxDeliveries = 16
	params.OutageAfter = vadium.Minute
	m := rpctest.Start(t, rpctest.Config{Params: params})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	proving := m.Stake(t, prover, p)
	verify(t, m)
	account := rpctest.Key(t, prover).Account()
	id := m.Submit(t, requester, p, 3).Request.ID
	if _, err := proving.AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	bad := p.Prove(t, p.Input(3), id, rpctest.Key(t, rival).Account())
	if err := m.Blobs.PutExpect(t.Context(), vadium.DigestOf(bad), bytes.NewReader(bad), 1<<20); err != nil {
		t.Fatal(err)
	}
	failed := func() (over bool) {
		m.Sequencer.View(func(s *marketplace.State) {
			over = s.Request(id).Attempts[0].Stage != marketplace.StageAccepted
		})
		return over
	}
	var connections sync.WaitGroup
	for range 4 { // one prover, four connections, always the same bytes, until the last delivery is used up
		connections.Go(func() {
			for give := time.Now().Add(20 * time.Second); !failed() && time.Now().Before(give); {
				command := marketplace.Command{Author: account, Body: marketplace.Deliver{Request: id, Proof: vadium.DigestOf(bad)}}
				rand.Read(command.ID[:])
				m.Sequencer.View(func(s *marketplace.State) { command.ValidUntil = s.Now().Add(vadium.Minute) })
				_, _ = m.Sequencer.Do(t.Context(), command) // most are refused: one is under verification
			}
		})
	}
	connections.Wait()
	m.Sequencer.View(func(s *marketplace.State) {
		if a := s.Request(id).Attempts[0]; a.Deliveries != params.MaxDeliveries || len(a.Pending) > 0 {
			t.Errorf("%d of %d deliveries, %d without a verdict", a.Deliveries, params.MaxDeliveries, len(a.Pending))
		}
	})
}
