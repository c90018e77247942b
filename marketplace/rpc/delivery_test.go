package rpc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// held fails the test unless the market holds the proof, or does not.
func held(t *testing.T, m *rpctest.Market, proof []byte, want bool, what string) {
	t.Helper()
	if got, err := m.Blobs.Has(t.Context(), vadium.DigestOf(proof)); err != nil || got != want {
		t.Errorf("%s: the market holds the proof: %t (%v), want %t", what, got, err, want)
	}
}

func conclude(t *testing.T, m *rpctest.Market, id vadium.RequestID, proof []byte, verdict marketplace.Verdict) {
	t.Helper()
	body := marketplace.Conclude{Request: id, Proof: vadium.DigestOf(proof), Verdict: verdict}
	if _, err := m.Sequencer.Do(t.Context(), marketplace.Command{Body: body}); err != nil {
		t.Fatal(err)
	}
}

// A vault's holder could fill the disk with proofs of requests that are not its own. A proof is stored only for the prover
// whose delivery would be taken: assigned, accepted, nothing under verification, deliveries left.
func TestAProofIsStoredOnlyForWhoeverMayDeliverIt(t *testing.T) {
	m, p, _ := staked(t)
	m.Stake(t, stranger, p)
	id := m.Submit(t, requester, p, 3).Request.ID
	var assigned byte = prover
	m.Sequencer.View(func(s *marketplace.State) {
		if s.Request(id).Attempts[0].Prover == rpctest.Key(t, stranger).Account() {
			assigned = stranger
		}
	})
	other := prover + stranger - assigned
	mine, theirs := m.Client(t, assigned), m.Client(t, other)
	deliver := func(c *client.Client, proof string, want error) {
		t.Helper()
		if _, _, err := c.Deliver(t.Context(), id, []byte(proof)); !errors.Is(err, want) {
			t.Errorf("delivering %q = %v, want %v", proof, err, want)
		}
		held(t, m, []byte(proof), want == nil, proof)
	}
	deliver(theirs, "another prover's", marketplace.ErrNotAssigned)
	deliver(mine, "before accepting", marketplace.ErrNotAccepted)
	if _, err := mine.AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	deliver(theirs, "another prover's, later", marketplace.ErrNotAssigned)
	deliver(mine, "the first", nil)
	deliver(mine, "the second, too soon", marketplace.ErrDeliveryPending)
	conclude(t, m, id, []byte("the first"), marketplace.VerdictInvalid)
	deliver(mine, "the second", nil)
	conclude(t, m, id, []byte("the second"), marketplace.VerdictValid)
	deliver(mine, "after the end", marketplace.ErrNotAssigned)
	if _, _, err := mine.Deliver(t.Context(), vadium.RequestID{9}, []byte("no request")); !errors.Is(err, marketplace.ErrRequestUnknown) {
		t.Errorf("delivering for no request = %v, want %v", err, marketplace.ErrRequestUnknown)
	}
	held(t, m, []byte("no request"), false, "no request")
}

// What the command itself lacks is looked at before its proof is stored, too: an assigned prover could fill the disk with
// proofs under commands that have expired.
func TestAProofUnderACommandThatIsNotAdmittedIsNotStored(t *testing.T) {
	m, p, _ := staked(t)
	id := m.Submit(t, requester, p, 3).Request.ID
	if _, err := m.Client(t, prover).AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	key := rpctest.Key(t, prover)
	for what, c := range map[string]struct {
		until vadium.Time
		want  error
	}{
		"expired":               {now(m) - vadium.Time(vadium.Hour), marketplace.ErrExpired},
		"valid for a whole day": {now(m).Add(vadium.Day), marketplace.ErrExpiresTooLate},
	} {
		proof := []byte("the proof is " + what)
		old := client.New(m.URL, client.Options{Key: key, Clock: func() vadium.Time { return c.until }, Validity: vadium.Millisecond})
		if _, _, err := old.Deliver(t.Context(), id, proof); !errors.Is(err, c.want) {
			t.Errorf("a delivery that is %s = %v, want %v", what, err, c.want)
		}
		held(t, m, proof, false, what)
	}
	asking := m.SessionClient(m.Session(t, prover, marketplace.ScopeAsk, vadium.Amount{}))
	if _, _, err := asking.Deliver(t.Context(), id, []byte("out of scope")); !errors.Is(err, marketplace.ErrSessionScope) {
		t.Errorf("a delivery by a session that may only ask = %v, want %v", err, marketplace.ErrSessionScope)
	}
	held(t, m, []byte("out of scope"), false, "out of scope")
}

// A delivery sent again gets its first answer, whatever has become of the assignment, and stores nothing.
func TestADeliverySentAgainGetsItsFirstAnswerAfterTheVerdict(t *testing.T) {
	m, p, _ := staked(t)
	id := m.Submit(t, requester, p, 3).Request.ID
	c := m.Client(t, prover)
	if _, err := c.AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	provers := marketplacev1connect.NewProverServiceClient(http.DefaultClient, m.URL)
	proof, key, until := []byte("a proof"), rpctest.Key(t, prover), now(m).Add(vadium.Minute)
	body := marketplace.Deliver{Request: id, Proof: vadium.DigestOf(proof)}
	_, signature, err := signing.Sign(m.Domain, key, body, vadium.Salt{7}, until)
	if err != nil {
		t.Fatal(err)
	}
	message := &v1.DeliverRequest{Request: id.String(), Proof: proof, Auth: new(v1.Authorization)}
	wire.WriteCommand(message.Auth, wire.Authorization{Author: key.Account(), Salt: vadium.Salt{7}, ValidUntil: until, Signature: signature})
	first, err := provers.Deliver(t.Context(), connect.NewRequest(message))
	if err != nil {
		t.Fatal(err)
	}
	conclude(t, m, id, proof, marketplace.VerdictValid)
	again, err := provers.Deliver(t.Context(), connect.NewRequest(message))
	if err != nil || again.Msg.GetReceipt().GetSeq() != first.Msg.GetReceipt().GetSeq() {
		t.Errorf("sent again: %v, %v, want the first answer %v", again, err, first)
	}
}

// In a batch, too; where accepting and delivering may travel together, and each request has one delivery at a time.
func TestABatchStoresOnlyProofsThatMayBeDelivered(t *testing.T) {
	m, p, session := staked(t)
	hot := m.SessionClient(session)
	one, two := m.Submit(t, requester, p, 3).Request.ID, vadium.RequestID{9}
	proof := p.Prove(t, p.Input(3), one, session.Owner)
	commands := []client.Batched{
		{Body: marketplace.Deliver{Request: one}, Proof: []byte("before accepting")},
		{Body: marketplace.AcceptRequest{Request: one}},
		{Body: marketplace.Deliver{Request: two}, Proof: []byte("no request")},
		{Body: marketplace.Deliver{Request: one}, Proof: proof},
		{Body: marketplace.Deliver{Request: one}, Proof: []byte("one too many")},
	}
	executed, err := hot.Execute(t.Context(), commands)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range executed.Verdicts {
		kind := "done"
		if refused := (*client.Error)(nil); errors.As(v.Err, &refused) {
			kind = string(refused.Kind)
		}
		got = append(got, kind)
	}
	if got, want := strings.Join(got, " "), "not-accepted done request-unknown done delivery-pending"; got != want {
		t.Errorf("verdicts are %s, want %s", got, want)
	}
	for _, c := range commands {
		if c.Proof != nil {
			held(t, m, c.Proof, string(c.Proof) == string(proof), string(c.Proof[:4]))
		}
	}
}

// A batch with a delivery, sent again after the verdict, gets its first answers.
func TestABatchWithADeliverySentAgainGetsItsFirstAnswers(t *testing.T) {
	m, p, session := staked(t)
	id := m.Submit(t, requester, p, 3).Request.ID
	if _, err := m.SessionClient(session).AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	proof := []byte("a proof")
	encoded, err := signing.Encode(marketplace.Deliver{Request: id}, proof)
	if err != nil {
		t.Fatal(err)
	}
	message := travelling(m, session, signing.Batch{
		Author: session.Owner, Session: session.Key(), Salt: vadium.Salt{1}, ValidUntil: now(m).Add(vadium.Minute), Commands: [][]byte{encoded},
	})
	first, err := execute(t, m, message)
	if err != nil || first[0].GetKind() != "" {
		t.Fatalf("a delivery = %v, %v", first, err)
	}
	conclude(t, m, id, proof, marketplace.VerdictInvalid)
	again, err := execute(t, m, message)
	if err != nil || again[0].GetKind() != "" || again[0].GetFirstSeq() != first[0].GetFirstSeq() {
		t.Errorf("sent again = %v, %v, want the first answer %v", again, err, first)
	}
}
