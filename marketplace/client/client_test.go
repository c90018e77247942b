package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/verifier"
)

const (
	registrant = 10
	requester  = 11
	prover     = 12
	rival      = 13
	stranger   = 14
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

func TestARequestTravelsFromInputToProof(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	verify(t, m)
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	proving := m.Stake(t, prover, p)
	requesting := m.Client(t, requester)

	submitted := m.Submit(t, requester, p, 3)
	id := submitted.Request.ID
	if submitted.Request.Phase != marketplace.PhaseAssigned || submitted.Request.Attempts[0].Prover != proving.Account() {
		t.Fatalf("request = %+v, want it assigned to %v", submitted.Request, proving.Account())
	}
	if got := submitted.Receipt.Receipt; got.Request != id || got.Seq < submitted.Accepted.FirstSeq || got.Seq > submitted.Accepted.LastSeq {
		t.Errorf("receipt = %+v, want one for %v within %+v", got, id, submitted.Accepted)
	}
	input, err := proving.GetBytes(t.Context(), client.OfRequest(id), submitted.Request.Input)
	if err != nil || !bytes.Equal(input, p.Input(3)) {
		t.Fatalf("the prover's input = %x, %v, want %x", input, err, p.Input(3))
	}
	if _, err := proving.AcceptRequest(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := proving.SendHeartbeat(t.Context(), id, 5_000); err != nil {
		t.Fatal(err)
	}
	proof := p.Prove(t, input, id, proving.Account())
	_, receipt, err := proving.Deliver(t.Context(), id, proof)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Receipt.Proof != vadium.DigestOf(proof) || receipt.Receipt.Prover != proving.Account() || receipt.Receipt.Arrived == 0 {
		t.Errorf("delivery receipt = %+v", receipt.Receipt)
	}
	_, got, err := requesting.WaitProof(t.Context(), id)
	if err != nil || !bytes.Equal(got, proof) {
		t.Fatalf("WaitProof = %x, %v, want %x", got, err, proof)
	}
	r, err := requesting.Wait(t.Context(), id)
	if err != nil || r.Phase != marketplace.PhaseSettled {
		t.Fatalf("Wait = %v, %v, want settled", r.Phase, err)
	}
	balance, err := requesting.AccountOf(t.Context(), requesting.Account())
	if err != nil {
		t.Fatal(err)
	}
	if want := vadium.Tokens(100).MustSub(r.Paid); balance.Balance != want {
		t.Errorf("balance = %v, want %v: 100 tokens less the fee", balance.Balance, want)
	}
	// The proof is everyone's now, the input is not the prover's any more.
	if got, err := m.Client(t, stranger).GetBytes(t.Context(), client.OfRequest(id), r.Proof); err != nil || !bytes.Equal(got, proof) {
		t.Errorf("a stranger's proof = %x, %v, want %x", got, err, proof)
	}
	if _, err := proving.GetBytes(t.Context(), client.OfRequest(id), r.Input); !errors.Is(err, wire.ErrBlobPrivate) {
		t.Errorf("the input after the assignment = %v, want %v", err, wire.ErrBlobPrivate)
	}
}

func TestRefusalsAreTheCoresAcrossTheWire(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	c := m.Client(t, requester)
	_, err := c.WithdrawBalance(t.Context(), vadium.Tokens(1))
	if !errors.Is(err, marketplace.ErrBalanceTooLow) {
		t.Fatalf("WithdrawBalance = %v, want %v", err, marketplace.ErrBalanceTooLow)
	}
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Hint == "" || refused.Unreachable() || refused.Code != "failed_precondition" {
		t.Errorf("refusal = %+v, want a hint and the code failed_precondition", refused)
	}
	if _, err := c.Pause(t.Context(), "because"); !errors.Is(err, marketplace.ErrNotOperator) {
		t.Errorf("Pause by a stranger = %v, want %v", err, marketplace.ErrNotOperator)
	}
	if _, err := client.New(m.URL, client.Options{}).Unpause(t.Context()); !errors.Is(err, client.ErrNoKey) {
		t.Errorf("Unpause without a key = %v, want %v", err, client.ErrNoKey)
	}
	unsigned := client.New("http://127.0.0.1:1", client.Options{Patience: time.Millisecond})
	if _, err := unsigned.Market(t.Context()); !errors.As(err, &refused) || !refused.Unreachable() {
		t.Errorf("Market of nobody = %v, want an unreachable error", err)
	}
}

// The market restarts its server and the network drops connections while events flow: the watcher sees each once.
func TestWatchMissesNothingAndRepeatsNothingAcrossBrokenConnections(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	operator := m.Client(t, rpctest.OperatorKey)
	const deposits = 40
	go func() {
		for range deposits {
			_, err := operator.CreditDeposit(ctx, marketplace.CreditDeposit{
				Account: operator.Account(), Amount: vadium.Tokens(1), Reference: client.NewSalt(),
			})
			if err != nil {
				t.Errorf("CreditDeposit: %v", err)
				cancel()
			}
		}
	}()
	address := m.URL[len("http://"):]
	seen, next := 0, uint64(1)
	for record, err := range m.Client(t, stranger).Watch(ctx, 1, client.EventFilter{}) {
		if err != nil {
			t.Fatalf("Watch after %d deposits: %v", seen, err)
		}
		if record.Seq != next {
			t.Fatalf("record %d after %d, want %d", record.Seq, next-1, next)
		}
		next++
		if _, ok := record.Event.(*marketplace.Deposited); !ok {
			continue
		}
		if seen++; seen == deposits {
			break
		}
		switch {
		case seen == 20:
			m.StopServing(t)
			m.Serve(t, address)
		case seen%5 == 0:
			m.DropConnections()
		}
	}
	balance, err := operator.AccountOf(ctx, operator.Account())
	if err != nil || balance.Balance != vadium.Tokens(deposits) {
		t.Errorf("balance = %v, %v, want %v: a repeated call is not a second deposit", balance.Balance, err, vadium.Tokens(deposits))
	}
}

// Whoever waits for a proof waits for the upload first: one call, where asking would make it two.
func TestASmallBlobTravelsInOneCall(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 1)
	c := m.Client(t, requester)
	for size, want := range map[int]int{1: 1, 64 << 10: 1, 64<<10 + 1: 2} {
		content := bytes.Repeat([]byte{byte(size)}, size)
		calls := 0
		upload := client.Upload{
			Kind: client.Input, Digest: vadium.DigestOf(content), Size: uint64(size), Content: bytes.NewReader(content),
			Progress: func(_, _ uint64) { calls++ },
		}
		if err := c.Put(t.Context(), upload); err != nil || calls != want {
			t.Errorf("%d bytes took %d calls, %v, want %d", size, calls, err, want)
		}
	}
}

func TestABlobTravelsInChunksAndIsSentOnce(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 1)
	c := m.Client(t, requester)
	content := bytes.Repeat([]byte("proving key "), 250_000) // 3 MB
	upload := client.Upload{Kind: client.ProvingKey, Digest: vadium.DigestOf(content), Size: uint64(len(content)), Content: bytes.NewReader(content)}
	var steps []uint64
	upload.Progress = func(done, total uint64) { steps = append(steps, done) }
	if err := c.Put(t.Context(), upload); err != nil {
		t.Fatal(err)
	}
	if len(steps) != 4 || steps[3] != upload.Size {
		t.Errorf("progress = %v, want 4 steps to %d", steps, upload.Size)
	}
	steps = nil
	if err := c.Put(t.Context(), upload); err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1 {
		t.Errorf("progress of the second upload = %v, want one step: it is there already", steps)
	}
	upload.Digest[0] ^= 1
	if err := c.Put(t.Context(), upload); !errors.Is(err, wire.ErrBlobMismatch) {
		t.Errorf("Put under another digest = %v, want %v", err, wire.ErrBlobMismatch)
	}
}

// flaky breaks all connections after the first write.
type flaky struct {
	bytes.Buffer
	m      *rpctest.Market
	broken bool
}

func (f *flaky) Write(p []byte) (int, error) {
	if !f.broken {
		f.broken = true
		f.m.DropConnections()
	}
	return f.Buffer.Write(p)
}

func TestADownloadGoesOnWhereTheConnectionBroke(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	to := &flaky{m: m}
	if err := m.Client(t, stranger).Get(t.Context(), client.OfProgram(p.ID()), p.ProvingKey, to, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(to.Bytes(), p.ProvingKeyFile) {
		t.Errorf("download has %d bytes, want the %d of the proving key", to.Len(), len(p.ProvingKeyFile))
	}
}

// A stream that says nothing is dead, whatever TCP thinks.
func TestWatchGivesASilentStreamUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	connections := make(chan struct{}, 100)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		connections <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body) // net/http notices that the client is gone only once the body is read
		<-r.Context().Done()
	}))
	defer silent.Close()
	watching := client.New(silent.URL, client.Options{Silence: 50 * time.Millisecond})
	go func() {
		for range 2 {
			<-connections
		}
		cancel()
	}()
	for _, err := range watching.Watch(ctx, 1, client.EventFilter{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Watch = %v, want it to go on until ctx ends", err)
		}
	}
	if ctx.Err() != context.Canceled {
		t.Error("Watch never connected a second time")
	}
}

func TestASubmissionWithoutClientIDTierAndRedundancyGetsTheUsualOnes(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	c := m.Client(t, requester)
	input, err := c.PutBytes(t.Context(), client.Input, p.Input(3))
	if err != nil {
		t.Fatal(err)
	}
	body := m.RequestFor(p, 3)
	body.ClientID, body.Tier, body.Redundancy, body.Input = vadium.Salt{}, 0, 0, input
	if _, err := c.SubmitRequest(t.Context(), body); err != nil {
		t.Errorf("SubmitRequest = %v", err)
	}
	if _, err := c.SubmitRequest(t.Context(), body); err != nil {
		t.Errorf("second SubmitRequest = %v, want another request", err)
	}
}
