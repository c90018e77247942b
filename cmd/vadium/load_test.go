package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
)

// load is what tests of kills, power cuts, full disks and backups put on a market: clients that send commands as fast as
// they are answered, repeat those that were not, as the SDK does, and write down every acknowledgement.
type load struct {
	t       *testing.T
	s       *stage
	program client.Listing
	input   []byte
	terms   marketplace.SubmitRequest // of every request but for its client id

	mu       sync.Mutex
	acked    map[vadium.CommandID]acknowledged // guarded by mu
	order    []vadium.CommandID                // guarded by mu; as they were acknowledged
	sessions int                               // guarded by mu; how many of them sessions signed
	batches  int                               // guarded by mu; how many batches were answered
	refused  map[vadium.Kind]int               // guarded by mu
	failed   []error                           // guarded by mu; neither yes nor no
	powerOff []blackout                        // guarded by mu; see disregard
	doubtful map[vadium.CommandID]bool         // guarded by mu; acknowledged by a machine without power, and lost

	running sync.WaitGroup
	stop    context.CancelFunc
	moved   chan struct{} // one token when something was acknowledged
}

// acknowledged is an acknowledgement and when it was heard.
type acknowledged struct {
	client.Accepted
	heard time.Time
}

// blackout is a time without power.
type blackout struct{ from, to time.Time }

// furnish gives a market what the load needs: a program with a prover of flesh that has asks for it.
func furnish(t *testing.T, s *stage) *load {
	t.Helper()
	l := &load{t: t, s: s, acked: map[vadium.CommandID]acknowledged{}, refused: map[vadium.Kind]int{}, doubtful: map[vadium.CommandID]bool{}, moved: make(chan struct{}, 1)}
	ctx := t.Context()
	l.must(s.list(ctx, "solvency-64"))
	for listing, err := range s.operator.Programs(ctx) {
		l.must(nil, err)
		l.program = listing
	}
	key, err := s.key("flesh")
	l.must(nil, err)
	prover := s.client(key)
	l.must(nil, fund(ctx, s.operator, prover.Account(), 1_000))
	_, err = prover.OpenVault(ctx, marketplace.OpenVault{Junior: vadium.Tokens(900), Commission: 8_000})
	l.must(nil, err)
	l.must(nil, serve(ctx, prover, l.program, vadium.Tokens(1)))
	dir := t.TempDir()
	l.must(nil, writeExamples(dir))
	f := files{balances: filepath.Join(dir, "small-shop.csv"), reserves: "500", decimals: 2}
	m, err := f.build(l.program.Program)
	l.must(nil, err)
	l.input = m.input
	l.terms = marketplace.SubmitRequest{
		Program: l.program.ID, Statement: m.statement, Input: vadium.DigestOf(m.input), MaxFee: vadium.Tokens(2), Tier: auction.Immediate, Redundancy: 1,
	}
	return l
}

func (l *load) must(_ any, err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// start lets clients send until finish. The operator credits deposits; each of the others withdraws and submits requests,
// and a session of its own submits and cancels requests, one by one and in batches.
func (l *load) start(clients int) {
	l.t.Helper()
	ctx, stop := context.WithCancel(l.t.Context())
	l.stop = stop
	l.t.Cleanup(l.finish)
	for i := range clients {
		patience := 4 * time.Minute
		impatient := i%2 == 1 // gives up at once: the market is under load as soon as it is back, while the others pause
		if impatient {
			patience = time.Nanosecond
		}
		key, err := l.s.key(fmt.Sprintf("client%d", i))
		l.must(nil, err)
		c := client.New(l.s.url, client.Options{Key: signing.NewKey(key), Patience: 4 * time.Minute})
		l.must(nil, fund(ctx, l.s.operator, c.Account(), 1_000))
		_, err = c.PutBytes(ctx, client.Input, l.input)
		l.must(nil, err)
		session := signing.NewSession(c.Account())
		_, err = c.OpenSession(ctx, marketplace.OpenSession{
			Session: session.Key(), Scope: marketplace.ScopeRequest, Limit: vadium.Tokens(1_000_000),
			Expires: vadium.Time(time.Now().Add(24 * time.Hour).UnixMilli()),
		})
		l.must(nil, err)
		operatorKey, err := l.s.key("operator")
		l.must(nil, err)
		u := &user{
			load: l, random: rand.New(rand.NewPCG(1, uint64(i))), patient: !impatient,
			account:  client.New(l.s.url, client.Options{Key: signing.NewKey(key), Patience: patience}),
			session:  client.New(l.s.url, client.Options{Session: &session, Patience: patience}),
			operator: client.New(l.s.url, client.Options{Key: signing.NewKey(operatorKey), Patience: patience}),
		}
		l.running.Go(func() {
			for ctx.Err() == nil {
				if u.one(ctx); u.unanswered { // perhaps it was carried out; nobody will know
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
}

// finish stops the clients and waits for them.
func (l *load) finish() {
	l.stop()
	l.running.Wait()
}

// user is one client of the load: an account, a session of it, and the operator who gives it money.
type user struct {
	*load
	account, session, operator *client.Client
	random                     *rand.Rand
	patient                    bool // never gives up, so it must get an answer
	unanswered                 bool // what was sent last
}

// one sends one command, or one batch of them.
func (u *user) one(ctx context.Context) {
	switch u.random.IntN(8) {
	case 0, 1:
		u.note(ctx, false)(u.operator.CreditDeposit(ctx, marketplace.CreditDeposit{Account: u.account.Account(), Amount: vadium.Tokens(3), Reference: client.NewSalt()}))
	case 2, 3:
		u.note(ctx, false)(u.account.WithdrawBalance(ctx, vadium.NewAmount(1+u.random.Uint64N(1_000_000))))
	case 4, 5:
		submitted, err := u.account.SubmitRequest(ctx, u.request())
		u.note(ctx, false)(submitted.Accepted, err)
	case 6:
		submitted, err := u.session.SubmitRequest(ctx, u.request())
		u.note(ctx, true)(submitted.Accepted, err)
	default:
		u.batch(ctx)
	}
}

// request is a new one like the others.
func (u *user) request() marketplace.SubmitRequest {
	terms := u.terms
	terms.ClientID = client.NewSalt()
	terms.Deadline = vadium.Time(time.Now().Add(time.Hour).UnixMilli())
	return terms
}

// batch submits a few requests together, cancels the first, and once more, which is refused.
func (u *user) batch(ctx context.Context) {
	var commands []client.Batched
	for range 1 + u.random.IntN(6) {
		commands = append(commands, client.Batched{Body: u.request()})
	}
	first := vadium.NewRequestID(u.account.Account(), commands[0].Body.(marketplace.SubmitRequest).ClientID)
	cancel := client.Batched{Body: marketplace.CancelRequest{Request: first}}
	commands = append(commands, cancel, cancel)
	executed, err := u.session.Execute(ctx, commands)
	if err != nil {
		u.note(ctx, true)(client.Accepted{}, err)
		return
	}
	for _, verdict := range executed.Verdicts {
		u.note(ctx, true)(verdict.Accepted, verdict.Err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.batches++
}

// note returns a function that writes down what a client was told.
func (u *user) note(ctx context.Context, bySession bool) func(client.Accepted, error) {
	return func(accepted client.Accepted, err error) {
		u.mu.Lock()
		defer u.mu.Unlock()
		var kind vadium.Kind
		u.unanswered = err != nil && !errors.As(err, &kind)
		switch {
		case err == nil:
			if _, known := u.acked[accepted.Command]; known {
				u.failed = append(u.failed, fmt.Errorf("command %v was acknowledged to two callers", accepted.Command))
			}
			u.acked[accepted.Command] = acknowledged{accepted, time.Now()}
			u.order = append(u.order, accepted.Command)
			if bySession {
				u.sessions++
			}
			select {
			case u.moved <- struct{}{}:
			default:
			}
		case ctx.Err() != nil: // the test is over
		case !u.unanswered:
			u.refused[kind]++
		case u.patient:
			u.failed = append(u.failed, err)
		}
	}
}

// progress waits for so many acknowledgements more.
func (l *load) progress(n int) {
	l.t.Helper()
	for range n {
		select {
		case <-l.moved:
		case <-time.After(time.Minute):
			l.t.Fatalf("nothing was acknowledged in a minute; refused %v, failed %v\n%s", l.refused, l.failed, l.s.logs())
		}
	}
}

// known returns how many commands were acknowledged so far.
func (l *load) known() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

// disregard forgives the loss of what was acknowledged between the time a power cut began and now, when the market is dead:
// a machine without power acknowledges nothing. See disktest.
func (l *load) disregard(began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.powerOff = append(l.powerOff, blackout{began, time.Now()})
}

// withoutPower reports whether an acknowledgement is disregarded. The caller holds mu.
func (l *load) withoutPower(a acknowledged) bool {
	for _, off := range l.powerOff {
		if !a.heard.Before(off.from) && a.heard.Before(off.to) {
			return true
		}
	}
	return false
}

// summary says what the load amounted to, when check has found nothing wrong with it.
func (l *load) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := fmt.Sprintf("%d commands acknowledged, %d of them signed by sessions, in %d batches and singly; 0 lost, 0 carried out twice", len(l.order), l.sessions, l.batches)
	if len(l.powerOff) > 0 {
		said += fmt.Sprintf(" (%d acknowledged while the power went, and lost, do not count)", len(l.doubtful))
	}
	return said
}

// check holds a history against the first n acknowledgements, or all if n is negative: each is in it, where the client was
// told, and no command is in it twice. It returns the digest of the state it leads to.
func (l *load) check(history sequencer.History, n int) vadium.Digest {
	l.t.Helper()
	carried := map[vadium.CommandID][]uint64{}
	state, err := sequencer.Replay(l.t.Context(), sequencer.MarketCore(), history, func(_ journal.Batch, records []marketplace.Record, _ *marketplace.State) error {
		for _, r := range records {
			switch e := r.Event.(type) {
			case *marketplace.CommandAccepted:
				carried[e.ID] = append(carried[e.ID], r.Seq)
			case *marketplace.SessionCommandAccepted:
				carried[e.ID] = append(carried[e.ID], r.Seq)
			}
		}
		return nil
	})
	if err != nil {
		l.t.Fatalf("replay: %v", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 {
		n = len(l.order)
	}
	lost := 0
	for _, id := range l.order[:n] {
		at := carried[id]
		if len(at) == 0 && l.withoutPower(l.acked[id]) {
			l.doubtful[id] = true
			continue
		}
		if len(at) == 0 || at[0] != l.acked[id].FirstSeq {
			if lost++; lost <= 3 {
				l.t.Errorf("command %v was acknowledged at record %d, the journal carries it out at %v", id, l.acked[id].FirstSeq, at)
			}
		}
	}
	for id, at := range carried {
		if len(at) > 1 {
			l.t.Errorf("command %v was carried out %d times, at %v", id, len(at), at)
		}
	}
	if lost > 0 {
		l.t.Fatalf("%d of %d acknowledged commands are lost", lost, n)
	}
	if len(l.failed) > 0 {
		l.t.Fatalf("clients were told neither yes nor no: %v", l.failed[0])
	}
	if err := state.CheckInvariants(); err != nil {
		l.t.Fatal(err)
	}
	return state.Digest()
}

// checkFolder is check on a market's folder that nobody serves; what was acknowledged by now has to be there.
func (l *load) checkFolder(dir marketDir) vadium.Digest {
	l.t.Helper()
	n := l.known()
	st, err := dir.open(nil)
	if err != nil {
		l.t.Fatalf("open the market: %v", err)
	}
	digest := l.check(st.journal, n)
	if err := st.journal.Close(); err != nil {
		l.t.Fatal(err)
	}
	return digest
}

// fscked re-verifies everything and expects the digest that the test found.
func (l *load) fscked(dir marketDir, want vadium.Digest) audit {
	l.t.Helper()
	a, err := fsck(context.WithoutCancel(l.t.Context()), silent(), dir)
	if err != nil {
		l.t.Fatalf("fsck: %v", err)
	}
	if a.Digest != want || !a.Conserved || !a.Invariants {
		l.t.Fatalf("fsck finds state %s (books balance: %t, invariants hold: %t), want %s", a.Digest, a.Conserved, a.Invariants, want)
	}
	return a
}
