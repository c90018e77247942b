package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
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

	mu      sync.Mutex
	acked   map[vadium.CommandID]client.Accepted // guarded by mu
	order   []vadium.CommandID                   // guarded by mu; as they were acknowledged
	refused map[vadium.Kind]int                  // guarded by mu
	failed  []error                              // guarded by mu; neither yes nor no

	running sync.WaitGroup
	stop    context.CancelFunc
	moved   chan struct{} // one token when something was acknowledged
}

// furnish gives a market what the load needs: a program with a prover of flesh that has asks for it.
func furnish(t *testing.T, s *stage) *load {
	t.Helper()
	l := &load{t: t, s: s, acked: map[vadium.CommandID]client.Accepted{}, refused: map[vadium.Kind]int{}, moved: make(chan struct{}, 1)}
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

// start lets clients send until finish. The operator credits deposits; each of the others withdraws, adds to its vault and
// submits and cancels requests.
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
		random := rand.New(rand.NewPCG(1, uint64(i)))
		c = client.New(l.s.url, client.Options{Key: signing.NewKey(key), Patience: patience})
		operatorKey, err := l.s.key("operator")
		l.must(nil, err)
		operator := client.New(l.s.url, client.Options{Key: signing.NewKey(operatorKey), Patience: patience})
		l.running.Go(func() {
			for ctx.Err() == nil {
				accepted, err := l.one(ctx, c, operator, random)
				var kind vadium.Kind
				if impatient && err != nil && !errors.As(err, &kind) { // perhaps it was carried out; nobody will know
					time.Sleep(20 * time.Millisecond)
					continue
				}
				l.note(ctx, accepted, err)
			}
		})
	}
}

// finish stops the clients and waits for them.
func (l *load) finish() {
	l.stop()
	l.running.Wait()
}

// one sends one command.
func (l *load) one(ctx context.Context, c, operator *client.Client, random *rand.Rand) (accepted client.Accepted, err error) {
	switch random.IntN(6) {
	case 0, 1:
		accepted, err = operator.CreditDeposit(ctx, marketplace.CreditDeposit{Account: c.Account(), Amount: vadium.Tokens(3), Reference: client.NewSalt()})
	case 2, 3:
		accepted, err = c.WithdrawBalance(ctx, vadium.NewAmount(1+random.Uint64N(1_000_000)))
	default:
		terms := l.terms
		terms.ClientID = client.NewSalt()
		terms.Deadline = vadium.Time(time.Now().Add(time.Hour).UnixMilli())
		var submitted client.Submitted
		submitted, err = c.SubmitRequest(ctx, terms)
		accepted = submitted.Accepted
	}
	return accepted, err
}

func (l *load) note(ctx context.Context, accepted client.Accepted, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kind vadium.Kind
	switch {
	case err == nil:
		if _, known := l.acked[accepted.Command]; known {
			l.failed = append(l.failed, fmt.Errorf("command %v was acknowledged to two callers", accepted.Command))
		}
		l.acked[accepted.Command] = accepted
		l.order = append(l.order, accepted.Command)
		select {
		case l.moved <- struct{}{}:
		default:
		}
	case ctx.Err() != nil: // the test is over
	case errors.As(err, &kind):
		l.refused[kind]++
	default:
		l.failed = append(l.failed, err)
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

// check holds a history against the first n acknowledgements, or all if n is negative: each is in it, where the client was
// told, and no command is in it twice. It returns the digest of the state it leads to.
func (l *load) check(history sequencer.History, n int) vadium.Digest {
	l.t.Helper()
	carried := map[vadium.CommandID][]uint64{}
	state, err := sequencer.Replay(l.t.Context(), sequencer.MarketCore(), history, func(_ journal.Batch, records []marketplace.Record, _ *marketplace.State) error {
		for _, r := range records {
			if e, ok := r.Event.(*marketplace.CommandAccepted); ok {
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
		if at := carried[id]; len(at) == 0 || at[0] != l.acked[id].FirstSeq {
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

// folderBytes is how much a folder holds.
func folderBytes(t *testing.T, dir string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}
