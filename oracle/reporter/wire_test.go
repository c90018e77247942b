package reporter

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/circuits/sandbox"
	"vadium/circuits/setup"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/verifier"
	"vadium/oracle"
	"vadium/prover"
	"vadium/prover/engine"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

var _ Market = (*client.Client)(nil)

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

// The smallest of the catalogue's programs for feeds, listed by the operator.
func listMedian(t *testing.T, m *rpctest.Market) (setup.Keys, *circuits.ProvingKeys) {
	t.Helper()
	entry, err := circuits.Lookup(pricemedian.ProgramName(7))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := setup.Ensure(t.Context(), t.TempDir(), entry, nil)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := circuits.LoadProvingKeys(keys.Program, keys.ConstraintSystem, keys.ProvingKey, keys.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	operator := m.Client(t, rpctest.OperatorKey)
	for kind, path := range map[string]string{
		client.ConstraintSystem: keys.ConstraintSystem, client.ProvingKey: keys.ProvingKey, client.VerifyingKey: keys.VerifyingKey,
	} {
		if _, err := operator.PutFile(t.Context(), kind, path, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := operator.PutBytes(t.Context(), client.Sample, keys.Sample); err != nil {
		t.Fatal(err)
	}
	proof, err := loaded.Prove(keys.Sample, vadium.RequestID{}, vadium.Account{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := operator.RegisterProgram(t.Context(), keys.Program, proof); err != nil {
		t.Fatal(err)
	}
	return keys, loaded
}

// A market, a prover that serves it, and four reporters: three buy the proofs of the rounds that they lead on the market,
// one makes its own. Whoever consumes the feed verifies both.
func TestOracleIsACustomerOfTheMarket(t *testing.T) {
	const firstReporter, proverKey = 10, 30
	m := rpctest.Start(t, rpctest.Config{})
	runUntilEnd(t, verifier.New(verifier.Config{Market: m.Sequencer, Blobs: m.Blobs, Checker: verifier.NewInProcess()}).Run)
	keys, loaded := listMedian(t, m)

	// The prover.
	m.Fund(t, proverKey, 1_000)
	if _, err := m.Client(t, proverKey).OpenVault(t.Context(), marketplace.OpenVault{Junior: vadium.Tokens(1_000), Commission: 8_000}); err != nil {
		t.Fatal(err)
	}
	e := engine.NewWorkers(engine.Limits{MemoryBytes: 2 << 30})
	t.Cleanup(func() { _ = e.Close() })
	agent, err := prover.New(prover.Config{Dir: t.TempDir(), Programs: []string{"*"}}, prover.Connect(m.Client(t, proverKey)), e)
	if err != nil {
		t.Fatal(err)
	}
	runUntilEnd(t, agent.Run)

	// The feed and who has a seat.
	feed := feedOf(t, 4)
	feed.Program, feed.Heartbeat, feed.Timeout, feed.Window = keys.Program.ID(), vadium.Second, 90*vadium.Second, 180*vadium.Second
	feed.Committee = [32]byte{} // the market computes it
	for i := range feed.Seats {
		n := byte(firstReporter + i)
		account := rpctest.Key(t, n).Account()
		feed.Seats[i].Reporter = account
		m.Fund(t, n, 100)
		c := m.Client(t, n)
		if _, err := c.OpenVault(t.Context(), marketplace.OpenVault{Junior: vadium.Tokens(50), Commission: 8_000}); err != nil {
			t.Fatal(err)
		}
		key := keyOf(t, byte(i+1))
		if _, err := c.RegisterReporter(t.Context(), marketplace.RegisterReporter{Key: key.Key(), Possession: key.Possess(m.Domain.Deployment, account)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Client(t, rpctest.OperatorKey).SetFeed(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "an ask", func() bool { return len(agent.Status().Asks) > 0 })

	own := &Own{Keys: func(context.Context, vadium.ProgramID) (*circuits.ProvingKeys, error) { return loaded, nil }}
	var reporters []*Reporter
	for i := range feed.Seats {
		c := m.Client(t, byte(firstReporter+i))
		var p Prover = Bought{Market: c, MaxFee: vadium.Tokens(5), Within: time.Minute}
		if i == 2 {
			p = own
		}
		r, err := New(Config{Feed: feed.ID, Key: keyOf(t, byte(i+1)), Dir: t.TempDir(), Poll: 50 * time.Millisecond}, c, &constantSource{value: usual + uint64(i)}, p)
		if err != nil {
			t.Fatal(err)
		}
		reporters = append(reporters, r)
		runUntilEnd(t, r.Run)
	}
	consumer := m.Client(t, 60)
	waitFor(t, "two rounds", func() bool { return reporters[0].Status().Last >= 2 })

	bought, err := consumer.VerifyRound(t.Context(), feed.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	made, err := consumer.VerifyRound(t.Context(), feed.ID, 2)
	if err != nil {
		t.Fatal(err)
	}
	leader, seller := rpctest.Key(t, firstReporter+1).Account(), rpctest.Key(t, proverKey).Account()
	if r := bought.Round; r.By != leader || r.Prover != seller || r.Request == (vadium.RequestID{}) {
		t.Errorf("round 1 is by %v with a proof of %v's for request %v, want it bought by %v of %v", r.By, r.Prover, r.Request, leader, seller)
	}
	request, err := consumer.Request(t.Context(), bought.Round.Request)
	if err != nil || request.Requester != leader || request.ProvedBy == 0 || request.Attempts[request.ProvedBy-1].Paid.IsZero() {
		t.Errorf("the request of round 1 is %+v, %v, want it paid for", request, err)
	}
	if own := rpctest.Key(t, firstReporter+2).Account(); made.Round.By != own || made.Round.Prover != own || made.Round.Request != (vadium.RequestID{}) {
		t.Errorf("round 2 is by %v with a proof of %v's for request %v, want it made by %v", made.Round.By, made.Round.Prover, made.Round.Request, own)
	}
	price, err := consumer.Price(t.Context(), feed.ID)
	if err != nil || price.Value.Less(vadium.NewAmount(usual)) || vadium.NewAmount(usual+3).Less(price.Value) || price.Round < 2 {
		t.Errorf("Price = %+v, %v", price, err)
	}

	if balance := balanceOf(t, consumer, leader); !balance.Less(vadium.Tokens(50)) {
		t.Errorf("the leader of round 1 has %s tokens left, want it to have paid", balance.Tokens())
	}
}

func balanceOf(t *testing.T, c *client.Client, who vadium.Account) vadium.Amount {
	t.Helper()
	a, err := c.AccountOf(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return a.Balance
}

// waitFor looks until something is so, and gives up after two minutes.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	patience := time.After(2 * time.Minute)
	for look := time.Tick(20 * time.Millisecond); !so(); {
		select {
		case <-look:
		case <-patience:
			t.Fatalf("no %s within two minutes", what)
		}
	}
}

// shop sells proofs at once, and remembers what it was asked for.
type shop struct {
	mu       sync.Mutex
	asked    map[vadium.Salt]marketplace.SubmitRequest
	canceled []vadium.RequestID
	wait     bool // never proves
}

func (s *shop) Account() vadium.Account { return vadium.Account{5} }

func (s *shop) PutBytes(_ context.Context, _ string, content []byte) (vadium.Digest, error) {
	return vadium.DigestOf(content), nil
}

func (s *shop) SubmitRequest(_ context.Context, body marketplace.SubmitRequest) (client.Submitted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.asked[body.ClientID]; again {
		return client.Submitted{}, marketplace.ErrRequestExists
	}
	s.asked[body.ClientID] = body
	return client.Submitted{}, nil
}

func (s *shop) WaitProof(ctx context.Context, id vadium.RequestID) (marketplace.Request, []byte, error) {
	if s.wait {
		<-ctx.Done()
		return marketplace.Request{}, nil, ctx.Err()
	}
	return marketplace.Request{ID: id, ProvedBy: 2, Attempts: []marketplace.Attempt{{Prover: vadium.Account{1}}, {Prover: vadium.Account{2}}}}, []byte("proof"), nil
}

func (s *shop) CancelRequest(_ context.Context, id vadium.RequestID) (client.Accepted, error) {
	s.canceled = append(s.canceled, id)
	return client.Accepted{}, nil
}

// A restart in the middle of a round finds what was bought, and whoever proved it is who the proof is bound to.
func TestARoundIsBoughtOnce(t *testing.T) {
	s := &shop{asked: map[vadium.Salt]marketplace.SubmitRequest{}}
	b := Bought{Market: s, MaxFee: vadium.Tokens(3), Within: time.Minute}
	work := Work{Program: vadium.ProgramID{1}, Report: oracle.Report{Round: 7}, Input: []byte("input")}
	first, err := b.Prove(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.Prove(t.Context(), work)
	if err != nil || len(s.asked) != 1 || again.Request != first.Request || first.Prover != (vadium.Account{2}) {
		t.Errorf("asked for %d times, with %+v and %+v, %v", len(s.asked), first, again, err)
	}
	work.Report.Round = 8
	if other, err := b.Prove(t.Context(), work); err != nil || other.Request == first.Request {
		t.Errorf("another round: %+v, %v", other, err)
	}
	for _, body := range s.asked {
		if body.MaxFee != vadium.Tokens(3) || body.Program != work.Program || len(body.Statement) != 320 {
			t.Errorf("asked for %+v", body)
		}
	}
}

// A proof that is not needed any more is not waited for, and taken back if nobody makes it yet.
func TestWhatIsNotNeededIsTakenBack(t *testing.T) {
	s := &shop{asked: map[vadium.Salt]marketplace.SubmitRequest{}, wait: true}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Bought{Market: s, Within: time.Minute}).Prove(ctx, Work{}); err == nil || len(s.canceled) != 1 {
		t.Errorf("Prove = %v, and %d requests are taken back", err, len(s.canceled))
	}
}
