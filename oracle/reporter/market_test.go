package reporter

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

var deployment = vadium.Salt{7}

// field is a market in memory for one feed: it accepts rounds as the core does, and takes every proof.
type field struct {
	t     *testing.T
	scope oracle.Scope

	mu       sync.Mutex // guards what follows
	feed     oracle.Feed
	next     *oracle.Feed
	nextFrom vadium.Time
	records  []marketplace.Record
	rounds   []client.Round
	board    []oracle.Signed
	poor     map[vadium.Account]bool // has no stake
	down     bool                    // refuses every call
	paused   vadium.Time             // since when it takes no rounds, or 0
	changed  chan struct{}           // closed when anything changes
}

var errDown = errors.New("the market is away")

func keyOf(t testing.TB, n byte) pricemedian.PrivateKey {
	t.Helper()
	key, err := pricemedian.GenerateKey(constant(n))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// constant is a source of "random" bytes that differ by their number alone.
type constant byte

func (c constant) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c) + byte(i)
	}
	return len(b), nil
}

func accountOf(n byte) vadium.Account { return vadium.Account{0xaa, n} }

// feedOf is a feed of so many seats, whose keys are those of keyOf(1) and so on.
func feedOf(t testing.TB, n int) oracle.Feed {
	t.Helper()
	f := oracle.Feed{
		Slots: 7, Quorum: uint8(oracle.LeastQuorum(n)), Program: vadium.ProgramID{1}, Decimals: 8,
		Least: vadium.NewAmount(1), Most: vadium.Tokens(1), Heartbeat: 10 * vadium.Second, Deviation: 50, Window: 8 * vadium.Second,
		Timeout: 2 * vadium.Second, Outlier: 250, Lasting: 20 * vadium.Second, Bond: vadium.Tokens(10),
		Sources: []oracle.Source{{Kind: oracle.RedStone, ID: [32]byte{1}, Signers: [][20]byte{{1}}, Threshold: 1, Decimals: 8}},
	}
	f.ID, _ = oracle.ParseFeed("ETH/USD")
	var keys []oracle.Key
	for i := range n {
		key := keyOf(t, byte(i+1)).Key()
		keys = append(keys, key)
		f.Seats = append(f.Seats, oracle.Seat{Reporter: accountOf(byte(i + 1)), Key: key})
	}
	var err error
	if f.Committee, err = pricemedian.Committee(7, keys); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	return f
}

func newField(t *testing.T, n int) *field {
	f := feedOf(t, n)
	return &field{t: t, feed: f, scope: oracle.ScopeOf(deployment, f.ID), poor: map[vadium.Account]bool{}, changed: make(chan struct{})}
}

func now() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

// change changes the market and wakes who follows it.
func (m *field) change(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *field) record(e marketplace.Event) {
	m.records = append(m.records, marketplace.Record{Seq: uint64(len(m.records) + 1), At: now(), Event: e})
}

func (m *field) last() (r oracle.Round) {
	if n := len(m.rounds); n > 0 {
		r = oracle.Round{Report: m.rounds[n-1].Report, Published: m.rounds[n-1].Published}
	}
	return r
}

// published returns the rounds so far.
func (m *field) published() []client.Round {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.rounds)
}

// seat is the market as one account sees it.
type seat struct {
	*field
	account vadium.Account
}

func (s seat) Account() vadium.Account { return s.account }

// answer returns errDown while the market is away.
func (m *field) answer() error {
	if m.down {
		return errDown
	}
	return nil
}

func (s seat) Market(context.Context) (client.Market, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return client.Market{Deployment: deployment, Seq: uint64(len(s.records)), Paused: s.paused != 0}, s.answer()
}

func (s seat) Feed(context.Context, oracle.FeedID) (client.ProvenFeed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return client.ProvenFeed{Feed: s.feed, Next: s.next, NextFrom: s.nextFrom}, s.answer()
}

func (s seat) Rounds(context.Context, oracle.FeedID) iter.Seq2[client.Round, error] {
	rounds := s.published()
	return func(yield func(client.Round, error) bool) {
		for _, r := range slices.Backward(rounds) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (s seat) Prover(_ context.Context, who vadium.Account) (client.Prover, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return client.Prover{Vault: vadium.VaultID(binary.BigEndian.Uint16(who[:2])), State: marketplace.StateActive}, s.answer()
}

func (s seat) Vault(_ context.Context, id vadium.VaultID) (client.Vault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poor[vadium.Account{byte(id >> 8), byte(id)}] {
		return client.Vault{Junior: vadium.Tokens(9)}, s.answer()
	}
	return client.Vault{Junior: vadium.Tokens(10)}, s.answer()
}

func (s seat) Watch(ctx context.Context, from uint64, _ client.EventFilter) iter.Seq2[marketplace.Record, error] {
	return follow(ctx, s.field, int(from)-1, func() []marketplace.Record { return s.records })
}

func (s seat) WatchObservations(ctx context.Context, _ oracle.FeedID) iter.Seq2[oracle.Signed, error] {
	return follow(ctx, s.field, 0, func() []oracle.Signed { return s.board })
}

// follow yields what a list of the market has from a place on, and what is added.
func follow[T any](ctx context.Context, m *field, from int, list func() []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for {
			m.mu.Lock()
			err, changed := m.answer(), m.changed
			added := slices.Clone(list()[from:])
			m.mu.Unlock()
			if err != nil {
				yield(none, err)
				return
			}
			for _, x := range added {
				if from++; !yield(x, nil) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(none, ctx.Err())
				return
			}
		}
	}
}

func (s seat) Observe(_ context.Context, _ oracle.FeedID, signed oracle.Signed) (err error) {
	s.change(func() {
		if err = s.answer(); err == nil && !slices.Contains(s.board, signed) {
			s.board = append(s.board, signed)
		}
	})
	return err
}

func (s seat) PublishRound(_ context.Context, b marketplace.PublishRound) (_ client.Accepted, err error) {
	s.change(func() {
		if err = s.answer(); err != nil {
			return
		}
		if s.paused != 0 {
			err = marketplace.ErrPaused
			return
		}
		backed := oracle.Present(0)
		for slot, seat := range s.feed.Seats {
			if !s.poor[seat.Reporter] {
				backed = backed.With(slot)
			}
		}
		if err = s.feed.Accept(s.scope, backed, s.last(), now(), b.Report); err != nil {
			return
		}
		s.rounds = append(s.rounds, client.Round{
			Feed: b.Feed, Published: now(), By: s.account, Report: b.Report, Request: b.Request, Prover: b.Prover, Program: s.feed.Program, Proof: b.Proof,
		})
		s.record(&marketplace.RoundPublished{Feed: b.Feed, Report: b.Report, By: s.account})
	})
	return client.Accepted{}, err
}

// announce sets the configuration that comes into force in some time.
func (m *field) announce(next oracle.Feed, in vadium.Duration) {
	m.change(func() {
		m.next, m.nextFrom = &next, now().Add(in)
		m.record(&marketplace.FeedSet{Feed: next, From: m.nextFrom})
	})
}

// pause pauses the market.
func (m *field) pause() {
	m.change(func() {
		m.paused = now()
		m.record(&marketplace.MarketPaused{Reason: "a look"})
	})
}

// unpause ends a pause. What is announced comes later by as long as it took.
func (m *field) unpause() {
	m.change(func() {
		gap := now().Sub(m.paused)
		if m.nextFrom.After(m.paused) {
			m.nextFrom = m.nextFrom.Add(gap)
		}
		m.paused = 0
		m.record(&marketplace.Resumed{Gap: gap, Unpaused: true})
	})
}

// constantSource says one value until it is told another, or nothing.
type constantSource struct {
	mu    sync.Mutex
	value uint64 // 0: it is down
	age   vadium.Duration
	asked int
}

func (s *constantSource) Observe(ctx context.Context) (Reading, error) {
	s.mu.Lock()
	value, at := s.value, now().Add(-s.age)
	s.asked++
	s.mu.Unlock()
	if value == 0 {
		<-ctx.Done() // slow to fail, like a host that does not answer
		return Reading{}, ctx.Err()
	}
	return Reading{Value: vadium.NewAmount(value), Quotes: []Quote{{oracle.Quote{Value: vadium.NewAmount(usual), At: at}, []byte("signed upstream")}}}, nil
}

func (s *constantSource) say(value uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = value
}

// lag makes it say what was so some time ago.
func (s *constantSource) lag(age vadium.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.age = age
}

const usual = 3000_00000000

// quick makes "proofs" in half a second, or fails.
type quick struct {
	mu     sync.Mutex
	broken bool
	made   int
}

func (q *quick) fail() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.broken = true
}

func (q *quick) Prove(ctx context.Context, w Work) (Proof, error) {
	select {
	case <-time.After(500 * time.Millisecond):
	case <-ctx.Done():
		return Proof{}, ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken {
		return Proof{}, errors.New("no proof today")
	}
	q.made++
	return Proof{Bytes: []byte("proof"), Prover: w.Account}, nil
}
