package prover

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/engine/enginetest"
)

// testMarket is the real core behind calls in memory: what it decides about an agent is what a market would.
type testMarket struct {
	t        *testing.T
	operator vadium.Account
	// verify says whether a proof is valid; verifying takes verifyTime.
	verify     func(p vadium.Program, publics, proof []byte) bool
	verifyTime time.Duration

	mu      sync.Mutex // guards what follows
	state   *marketplace.State
	records []marketplace.Record
	more    chan struct{} // closed and replaced when there are new records
	blobs   map[vadium.Digest][]byte
	inputs  map[vadium.RequestID][]byte // what GetBytes serves for a request
	proofs  map[vadium.Digest][]byte
	salt    uint64
	done    context.Context //nolint:containedctx // of the test
	tasks   sync.WaitGroup
	watches []uint64                 // the positions agents began to watch from
	down    bool                     // calls fail without an answer
	slow    map[string]time.Duration // how long commands of a name take to arrive
}

var (
	requester = vadium.Account{0: 0x11}
	alice     = vadium.Account{0: 0xaa}
	bob       = vadium.Account{0: 0xbb}
)

func testParams() marketplace.Params {
	p := marketplace.DefaultParams()
	p.AskEpoch = 10 * vadium.Second
	p.AcceptWindow = 10 * vadium.Second
	p.HeartbeatWithin = 6 * vadium.Second
	p.GraceMin, p.GraceMax = 20*vadium.Second, 20*vadium.Second
	return p
}

func newTestMarket(t *testing.T, params marketplace.Params) *testMarket {
	ctx, cancel := context.WithCancel(context.Background())
	m := &testMarket{
		t: t, operator: vadium.Account{0: 1}, state: marketplace.NewState(), more: make(chan struct{}), done: ctx,
		blobs: map[vadium.Digest][]byte{}, inputs: map[vadium.RequestID][]byte{}, proofs: map[vadium.Digest][]byte{},
		verifyTime: 50 * time.Millisecond,
	}
	m.verify = func(_ vadium.Program, publics, proof []byte) bool {
		want := vadium.HashParts("pretend proof", publics)
		return bytes.Equal(proof, want[:])
	}
	m.must(m.decide(marketplace.Command{Body: marketplace.OpenMarket{Operator: m.operator, Deployment: vadium.Salt{7}, ChainID: 1, Params: params}}))
	m.fund(requester, 10_000)
	m.tasks.Go(m.tick)
	t.Cleanup(func() {
		cancel()
		m.signal()
		m.tasks.Wait()
	})
	return m
}

func now() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

func (m *testMarket) must(_ client.Accepted, err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// decide carries a command out.
func (m *testMarket) decide(c marketplace.Command) (client.Accepted, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	events, err := m.state.Decide(now(), c)
	if err != nil {
		return client.Accepted{}, err
	}
	first := m.state.NextSeq()
	for _, e := range events {
		r := marketplace.Record{Seq: m.state.NextSeq(), At: max(now(), m.state.Now()), Event: e}
		m.state.Apply(r)
		m.records = append(m.records, r)
		if e, ok := e.(*marketplace.DeliveryReceived); ok {
			m.tasks.Go(func() { m.conclude(*e) })
		}
	}
	close(m.more)
	m.more = make(chan struct{})
	return client.Accepted{FirstSeq: first, LastSeq: m.state.NextSeq() - 1}, nil
}

func (m *testMarket) signal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.more)
	m.more = make(chan struct{})
}

// by carries out a signed command.
func (m *testMarket) by(author vadium.Account, body marketplace.Body) (client.Accepted, error) {
	m.mu.Lock()
	m.salt++
	id := vadium.CommandID{0: 1, 24: byte(m.salt >> 16), 25: byte(m.salt >> 8), 26: byte(m.salt)}
	m.mu.Unlock()
	return m.decide(marketplace.Command{Author: author, ID: id, ValidUntil: now().Add(vadium.Minute), Body: body})
}

func (m *testMarket) tick() {
	for m.done.Err() == nil {
		m.mu.Lock()
		due, more := m.state.NextDeadline(), m.more
		m.mu.Unlock()
		if wait := due.Sub(now()); wait > 0 {
			select {
			case <-time.After(time.Duration(wait) * time.Millisecond):
			case <-more:
			case <-m.done.Done():
			}
			continue
		}
		m.must(m.decide(marketplace.Tick([32]byte{1})))
	}
}

func (m *testMarket) conclude(e marketplace.DeliveryReceived) {
	if !sleep(m.done, m.verifyTime) {
		return
	}
	m.mu.Lock()
	r := m.state.Request(e.Request)
	program := m.state.Listing(r.Program).Program
	proof := m.proofs[e.Proof]
	statement := r.Statement
	m.mu.Unlock()
	verdict := marketplace.VerdictInvalid
	if m.verify(program, publicInputs(program, statement, e.Request, e.Prover), proof) {
		verdict = marketplace.VerdictValid
	}
	_, err := m.decide(marketplace.Command{Body: marketplace.Conclude{Request: e.Request, Attempt: e.Attempt, Proof: e.Proof, Verdict: verdict}})
	if err != nil {
		m.t.Errorf("conclude: %v", err)
	}
}

func (m *testMarket) fund(who vadium.Account, tokens uint64) {
	m.t.Helper()
	m.must(m.by(m.operator, marketplace.CreditDeposit{Account: who, Amount: vadium.Tokens(tokens), Reference: vadium.Salt{0: who[0], 1: byte(tokens)}}))
}

func (m *testMarket) openVault(who vadium.Account, tokens uint64) {
	m.t.Helper()
	m.fund(who, tokens)
	m.must(m.by(who, marketplace.OpenVault{Junior: vadium.Tokens(tokens), Commission: 8_000}))
}

// list registers a program and holds its files.
func (m *testMarket) list(b enginetest.Blobs) vadium.ProgramID {
	m.t.Helper()
	m.mu.Lock()
	for _, content := range [][]byte{b.ConstraintSystem, b.ProvingKey, b.VerifyingKey, b.Sample} {
		m.blobs[vadium.DigestOf(content)] = content
	}
	m.mu.Unlock()
	m.must(m.by(m.operator, marketplace.RegisterProgram{Program: b.Program, SampleVerified: true,
		Class: circuits.KeyClassOf(b.Program.System, b.Program.Curve, b.VerifyingKey)}))
	return b.Program.ID()
}

// submit asks for a proof of the toy's statement with this input.
func (m *testMarket) submit(program vadium.ProgramID, input []byte, deadline vadium.Duration, change ...func(*marketplace.SubmitRequest)) vadium.RequestID {
	m.t.Helper()
	m.mu.Lock()
	m.salt++
	clientID := vadium.Salt{0: 9, 30: byte(m.salt >> 8), 31: byte(m.salt)}
	m.mu.Unlock()
	body := marketplace.SubmitRequest{
		ClientID: clientID, Program: program, Statement: enginetest.Statement(), Input: vadium.DigestOf(input), MaxFee: vadium.Tokens(10),
		Deadline: now().Add(deadline), Tier: auction.Immediate, Redundancy: 1, InputHeld: true,
	}
	for _, c := range change {
		c(&body)
	}
	id := vadium.NewRequestID(requester, clientID)
	m.mu.Lock()
	m.inputs[id] = input
	m.mu.Unlock()
	m.must(m.by(requester, body))
	return id
}

func (m *testMarket) request(id vadium.RequestID) marketplace.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := *m.state.Request(id)
	r.Attempts = slices.Clone(r.Attempts)
	return r
}

// await waits until cond holds, and fails after limit.
func (m *testMarket) await(what string, limit time.Duration, cond func(s *marketplace.State) bool) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.done, limit)
	defer cancel()
	for {
		m.mu.Lock()
		ok, more := cond(m.state), m.more
		m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			m.t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

func (m *testMarket) awaitPhase(id vadium.RequestID, phase marketplace.Phase, limit time.Duration) {
	m.t.Helper()
	m.await(fmt.Sprintf("request %s %v (last %v)", id.Short(), phase, m.request(id).Phase), limit,
		func(s *marketplace.State) bool { return s.Request(id).Phase == phase })
}

// awaitAsks waits until a prover has asked for something of each stake tier.
func (m *testMarket) awaitAsks(who vadium.Account) {
	m.t.Helper()
	m.await("asks of all tiers", time.Minute, func(s *marketplace.State) bool {
		tiers := map[auction.StakeTier]bool{}
		for product, b := range s.Books() {
			if slices.ContainsFunc(b.Asks, func(a *marketplace.Ask) bool { return a.Prover == who }) {
				tiers[product.Stake] = true
			}
		}
		return len(tiers) == 3
	})
}

// count returns how many records about the request satisfy is.
func (m *testMarket) count(is func(e marketplace.Event) bool) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.records {
		if is(r.Event) {
			n++
		}
	}
	return n
}

func countKind[E marketplace.Event](m *testMarket) int {
	return m.count(func(e marketplace.Event) bool { _, ok := e.(E); return ok })
}

// seat is the market as one account sees it, and what goes wrong on the way.
type seat struct {
	*testMarket
	account vadium.Account
	faults  *faults
}

var _ Market = seat{}

// faults counts an agent's actions and kills it before or after one of them has taken effect.
type faults struct {
	mu    sync.Mutex
	at    int // the agent dies at this point; 0: never
	seen  int
	names []string
	dying func() // called when it dies, before anything else can happen in its goroutine
	kill  func()
	dead  bool
}

var errKilled = errors.New("killed")

// point is a place where the agent may die.
func (f *faults) point(name string) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return errKilled
	}
	f.seen++
	f.names = append(f.names, name)
	if f.seen == f.at {
		f.dead = true
		if f.dying != nil {
			f.dying()
		}
		f.kill()
		return errKilled
	}
	return nil
}

// act runs an action between two points.
func act[T any](s seat, name string, do func() (T, error)) (T, error) {
	var none T
	if err := s.available(); err != nil {
		return none, err
	}
	if err := s.faults.point("before " + name); err != nil {
		return none, err
	}
	answer, err := do()
	if err != nil {
		return none, err
	}
	return answer, s.faults.point("after " + name)
}

func (s seat) available() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("connection refused")
	}
	return nil
}

func (s seat) Account() vadium.Account { return s.account }

func (s seat) Market(context.Context) (client.Market, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.state.Market()
	return client.Market{
		Deployment: m.Deployment, Params: s.state.Params(), Epoch: m.Epoch, EpochEnds: m.EpochEnds, Paused: m.Paused, Seq: m.Seq, At: m.At,
		Lineages: m.Lineages,
	}, nil
}

func (s seat) Prover(_ context.Context, who vadium.Account) (client.Prover, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.Prover(who)
	if p == nil {
		return client.Prover{}, vadium.Kind("no-such-prover")
	}
	view := client.Prover{Account: who, Vault: p.Vault, Running: slices.Clone(p.Running), Proved: p.Proved, Late: p.Late, Faults: p.Faults, State: p.State()}
	for _, b := range s.state.Books() {
		for _, a := range b.Asks {
			if a.Prover == who {
				view.Asks = append(view.Asks, client.Ask{Prover: who, Product: a.Product, Sealed: true})
			}
		}
	}
	return view, nil
}

func (s seat) Vault(_ context.Context, id vadium.VaultID) (client.Vault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.state.Vault(id)
	return client.Vault{
		ID: id, Prover: v.Prover, Commission: v.Commission, Junior: v.Junior, Senior: v.TotalAssets(now()), Free: v.Free(now()),
		Effective: v.Effective(now()), DamageCaps: v.DamageCaps(), Locked: v.Locked(),
	}, nil
}

func (s seat) Books(context.Context) ([]client.Book, error) { return nil, nil }

func (s seat) Programs(context.Context) iter.Seq2[client.Listing, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []client.Listing
	for id, l := range s.state.Listings() {
		all = append(all, client.Listing{ID: id, Program: l.Program, Class: l.Class, Servers: slices.Clone(l.Servers), Size: l.Size})
	}
	return func(yield func(client.Listing, error) bool) {
		for _, l := range all {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func (s seat) Request(_ context.Context, id vadium.RequestID) (marketplace.Request, error) {
	if err := s.available(); err != nil {
		return marketplace.Request{}, err
	}
	return s.request(id), nil
}

func (s seat) Requests(_ context.Context, f client.RequestFilter) iter.Seq2[marketplace.Request, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []marketplace.Request
	for _, r := range s.state.Requests() {
		if f.ForTakers && r.ForTakers() && r.Phase == f.Phase {
			all = append(all, *r)
		}
		if slices.ContainsFunc(r.Attempts, func(a marketplace.Attempt) bool { return a.Prover == f.Prover }) {
			all = append(all, *r)
		}
	}
	return func(yield func(marketplace.Request, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (s seat) Watch(ctx context.Context, from uint64, _ client.EventFilter) iter.Seq2[marketplace.Record, error] {
	s.mu.Lock()
	s.watches = append(s.watches, from)
	s.mu.Unlock()
	return func(yield func(marketplace.Record, error) bool) {
		for next := from; ; {
			s.mu.Lock()
			records, more := s.records[min(next-1, uint64(len(s.records))):], s.more
			s.mu.Unlock()
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
				next = r.Seq + 1
			}
			select {
			case <-more:
			case <-ctx.Done():
				yield(marketplace.Record{}, ctx.Err())
				return
			}
		}
	}
}

func (s seat) Get(_ context.Context, _ client.Source, digest vadium.Digest, to io.Writer, _ client.Progress) error {
	s.mu.Lock()
	content, ok := s.blobs[digest]
	s.mu.Unlock()
	if !ok {
		return vadium.Kind("blob-unknown")
	}
	_, err := to.Write(content)
	return err
}

// GetBytes returns whatever the test says the market sends for the input.
func (s seat) GetBytes(_ context.Context, _ client.Source, digest vadium.Digest) ([]byte, error) {
	return act(s, "fetch", func() ([]byte, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for id, input := range s.inputs {
			if s.state.Request(id).Input == digest {
				return input, nil
			}
		}
		return nil, vadium.Kind("blob-unknown")
	})
}

func (s seat) ServeProgram(_ context.Context, program vadium.ProgramID, benchmark vadium.Duration) (client.Accepted, error) {
	return s.by(s.account, marketplace.ServeProgram{Program: program, Benchmark: benchmark})
}

func (s seat) DropProgram(_ context.Context, program vadium.ProgramID) (client.Accepted, error) {
	return s.by(s.account, marketplace.DropProgram{Program: program})
}

func (s seat) PlaceAsk(_ context.Context, ask marketplace.PlaceAsk) (receipt client.Kept, err error) {
	accepted, err := s.by(s.account, ask)
	receipt.Ask.Receipt.Seq, receipt.Ask.Receipt.Product = accepted.LastSeq, ask.Product
	return receipt, err
}

func (s seat) WithdrawAsk(_ context.Context, product auction.Product) (client.Accepted, error) {
	return s.by(s.account, marketplace.WithdrawAsk{Product: product})
}

func (s seat) command(name string, body marketplace.Body) (client.Accepted, error) {
	return act(s, name, func() (client.Accepted, error) {
		s.mu.Lock()
		takes := s.slow[name]
		s.mu.Unlock()
		if takes > 0 && !sleep(s.done, takes) {
			return client.Accepted{}, s.done.Err()
		}
		return s.by(s.account, body)
	})
}

func (s seat) LockRequest(_ context.Context, id vadium.RequestID, least vadium.Amount) (client.Accepted, error) {
	return s.command("lock", marketplace.LockRequest{Request: id, Least: least})
}

func (s seat) CommitBid(_ context.Context, id vadium.RequestID, commitment vadium.Digest) (client.Accepted, error) {
	return s.command("commit", marketplace.CommitBid{Request: id, Commitment: commitment})
}

func (s seat) RevealBid(_ context.Context, bid marketplace.RevealBid) (client.Accepted, error) {
	return s.command("reveal", bid)
}

func (s seat) AcceptRequest(_ context.Context, id vadium.RequestID) (client.Accepted, error) {
	return s.command("accept", marketplace.AcceptRequest{Request: id})
}

func (s seat) DeclineRequest(_ context.Context, id vadium.RequestID) (client.Accepted, error) {
	return s.command("decline", marketplace.DeclineRequest{Request: id})
}

func (s seat) DisputeInput(_ context.Context, id vadium.RequestID) (client.Accepted, error) {
	return s.command("dispute", marketplace.DisputeInput{Request: id})
}

func (s seat) SendHeartbeat(_ context.Context, id vadium.RequestID, progress vadium.Bps) (client.Accepted, error) {
	if err := s.available(); err != nil {
		return client.Accepted{}, err
	}
	if s.faults != nil && s.faults.isDead() {
		return client.Accepted{}, errKilled
	}
	return s.by(s.account, marketplace.SendHeartbeat{Request: id, Progress: progress})
}

func (f *faults) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

func (s seat) Resign(_ context.Context, id vadium.RequestID) (client.Accepted, error) {
	return s.command("resign", marketplace.Resign{Request: id})
}

func (s seat) Deliver(_ context.Context, id vadium.RequestID, proof []byte) (json.RawMessage, error) {
	digest := vadium.DigestOf(proof)
	s.mu.Lock()
	s.proofs[digest] = proof
	s.mu.Unlock()
	return act(s, "deliver", func() (json.RawMessage, error) {
		_, err := s.by(s.account, marketplace.Deliver{Request: id, Proof: digest})
		return json.RawMessage(`{"receipt":true}`), err
	})
}

// asksOf returns a prover's standing asks, by product.
func (m *testMarket) asksOf(who vadium.Account) []marketplace.Ask {
	m.mu.Lock()
	defer m.mu.Unlock()
	var asks []marketplace.Ask
	for _, b := range m.state.Books() {
		for _, a := range b.Asks {
			if a.Prover == who {
				asks = append(asks, *a)
			}
		}
	}
	slices.SortFunc(asks, func(x, y marketplace.Ask) int { return cmp.Compare(x.Product.String(), y.Product.String()) })
	return asks
}
