package verifier_test

import (
	"context"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/verifier"
)

const (
	registrant = 10
	requester  = 11
	prover     = 12
	rival      = 13
)

// verify runs the verifier until the test ends.
func verify(t *testing.T, m *rpctest.Market) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- verifier.New(verifier.Config{Market: m.Sequencer, Blobs: m.Blobs, Checker: verifier.NewInProcess()}).Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the verifier ended: %v", err)
		}
	})
}

// accepted returns a market in which a prover has accepted a request.
func accepted(t *testing.T) (*rpctest.Market, rpctest.Program, *client.Client, vadium.RequestID) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	proving := m.Stake(t, prover, p)
	id := m.Submit(t, requester, p, 3).Request.ID
	if _, err := proving.AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return m, p, proving, id
}

// rejection waits for the request's first rejected delivery.
func rejection(t *testing.T, m *rpctest.Market, id vadium.RequestID) *marketplace.DeliveryRejected {
	t.Helper()
	for record, err := range m.Client(t, requester).Watch(t.Context(), 1, client.EventFilter{Request: id}) {
		if err != nil {
			t.Fatal(err)
		}
		if rejected, ok := record.Event.(*marketplace.DeliveryRejected); ok {
			return rejected
		}
	}
	return nil
}

func TestAnInvalidProofIsTheProversFault(t *testing.T) {
	m, p, proving, id := accepted(t)
	verify(t, m)
	// A real proof, of the right statement, bound to another prover: replay.
	stolen := p.Prove(t, p.Input(3), id, rpctest.Key(t, rival).Account())
	if _, _, err := proving.Deliver(t.Context(), id, stolen); err != nil {
		t.Fatal(err)
	}
	if rejected := rejection(t, m, id); rejected.Verdict != marketplace.VerdictInvalid {
		t.Errorf("verdict = %v, want invalid", rejected.Verdict)
	}
}

// A verifier that was down finds what arrived meanwhile; one that is started twice does no harm.
func TestAVerifierCatchesUpOnWhatIsPending(t *testing.T) {
	m, p, proving, id := accepted(t)
	if _, _, err := proving.Deliver(t.Context(), id, p.Prove(t, p.Input(3), id, proving.Account())); err != nil {
		t.Fatal(err)
	}
	verify(t, m)
	verify(t, m)
	r, err := m.Client(t, requester).Wait(t.Context(), id)
	if err != nil || r.Phase != marketplace.PhaseSettled {
		t.Fatalf("Wait = %v, %v, want settled", r.Phase, err)
	}
}

// If our own copy of a proof is gone, that is not the prover's fault.
func TestAProofWeLostPunishesNobody(t *testing.T) {
	m, p, proving, id := accepted(t)
	proof := p.Prove(t, p.Input(3), id, proving.Account())
	if _, _, err := proving.Deliver(t.Context(), id, proof); err != nil {
		t.Fatal(err)
	}
	if err := m.Blobs.Delete(t.Context(), vadium.DigestOf(proof)); err != nil {
		t.Fatal(err)
	}
	verify(t, m)
	if rejected := rejection(t, m, id); rejected.Verdict != marketplace.VerdictUndecided {
		t.Errorf("verdict = %v, want undecided", rejected.Verdict)
	}
}
