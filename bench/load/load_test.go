package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// A ledger that agrees with a journal, in which every test below changes one thing.
func agreeing() (*ledger, *remembered) {
	mine := vadium.Account{1}
	l := newLedger()
	l.authors[mine] = true
	r := &remembered{commands: map[vadium.CommandID][]place{}}
	for n := byte(1); n <= 3; n++ {
		id := vadium.CommandID{n}
		a := wire.Accepted{Command: id, FirstSeq: uint64(n) * 10, LastSeq: uint64(n)*10 + 2, At: 1_000}
		l.add([]said{{id, answer{accepted: a}}, {id, answer{accepted: a}}})
		r.commands[id] = []place{{mine, a.FirstSeq, a.LastSeq, a.At}}
	}
	l.add([]said{{vadium.CommandID{9}, answer{refusal: marketplace.ErrFeeTooLow}}})
	return l, r
}

func TestEveryLieOfAMarketIsFound(t *testing.T) {
	if l, r := agreeing(); l.check(r, 0) != nil {
		t.Fatalf("an honest market is accused: %v", l.check(r, 0))
	}
	id := vadium.CommandID{1}
	for _, lie := range []struct {
		name string
		tell func(*ledger, *remembered)
		want string
	}{
		{"acknowledged and lost", func(_ *ledger, r *remembered) { delete(r.commands, id) }, "is not in the journal"},
		{"carried out twice", func(_ *ledger, r *remembered) { r.commands[id] = append(r.commands[id], r.commands[id][0]) }, "2 times"},
		{"acknowledged elsewhere", func(_ *ledger, r *remembered) { r.commands[id][0].last++ }, "the journal has it as"},
		{"acknowledged at another time", func(_ *ledger, r *remembered) { r.commands[id][0].at++ }, "the journal has it as"},
		{"answered differently when sent again", func(l *ledger, _ *remembered) { l.answers[id][1].accepted.At++ }, "and then"},
		{"refused when sent again", func(l *ledger, _ *remembered) { l.answers[id][1] = answer{refusal: marketplace.ErrExpired} }, "and then"},
		{"refused and carried out", func(_ *ledger, r *remembered) { r.commands[vadium.CommandID{9}] = []place{{first: 70}} }, "was refused"},
		{"invented", func(_ *ledger, r *remembered) {
			r.commands[vadium.CommandID{8}] = []place{{author: vadium.Account{1}, first: 80}}
		}, "never sent it"},
	} {
		l, r := agreeing()
		lie.tell(l, r)
		if err := l.check(r, 0); err == nil || !strings.Contains(err.Error(), lie.want) {
			t.Errorf("%s: check = %v, want it to say %q", lie.name, err, lie.want)
		}
	}
}

func TestReplayThatDiffersFromTheAuditIsAProblem(t *testing.T) {
	r := &remembered{records: 5, digest: vadium.Digest{1}}
	good := audit{Records: 5, Conserved: true, Invariants: true, Digest: vadium.Digest{1}}
	if err := r.agree(good); err != nil {
		t.Fatalf("agree(%+v) = %v, want nil", good, err)
	}
	for name, change := range map[string]func(*audit){
		"money": func(a *audit) { a.Conserved = false }, "invariant": func(a *audit) { a.Invariants = false },
		"digest": func(a *audit) { a.Digest[0]++ }, "length": func(a *audit) { a.Records++ },
	} {
		a := good
		change(&a)
		if r.agree(a) == nil {
			t.Errorf("%s: agree(%+v) = nil, want an error", name, a)
		}
	}
}

// liar stands in front of a market and answers some submissions itself.
type liar struct {
	honest http.Handler
	lie    func(n uint64, id vadium.CommandID) *v1.Accepted // nil: pass it on
	asked  atomic.Uint64
}

// ServeHTTP implements http.Handler.
func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != marketplacev1connect.MarketServiceSubmitRequestProcedure {
		l.honest.ServeHTTP(w, r)
		return
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	var message v1.SubmitRequestRequest
	var body marketplace.SubmitRequest
	var a wire.Authorization
	if proto.Unmarshal(content, &message) != nil || wire.Read(&message, &body) != nil || wire.Read(message.GetAuth(), &a) != nil {
		l.honest.ServeHTTP(w, r)
		return
	}
	id, err := signing.ID(body, signing.Terms{Author: a.Author, Salt: a.Salt, ValidUntil: a.ValidUntil})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	accepted := l.lie(l.asked.Add(1), id)
	if accepted == nil {
		l.honest.ServeHTTP(w, r)
		return
	}
	answer, err := proto.Marshal(&v1.SubmitRequestResponse{Accepted: accepted})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/proto")
	_, _ = w.Write(answer)
}

// A load on a market behind a liar. The figures of a run may only be printed when its verification finds nothing, so what
// has to be shown is that it finds the lie, and that it finds nothing when there is none.
func TestMarketThatAcknowledgesWithoutJournallingIsFoundOut(t *testing.T) {
	write := func(message *v1.Accepted, a wire.Accepted) *v1.Accepted {
		wire.Write(message, a)
		return message
	}
	for _, c := range []struct {
		name string
		lie  func(n uint64, id vadium.CommandID) *v1.Accepted
		want string // empty: no lie
	}{
		{"honest", func(uint64, vadium.CommandID) *v1.Accepted { return nil }, ""},
		{"acknowledges without journalling", func(n uint64, id vadium.CommandID) *v1.Accepted {
			if n%20 != 0 {
				return nil
			}
			return write(new(v1.Accepted), wire.Accepted{Command: id, FirstSeq: 400 + n, LastSeq: 404 + n, At: now()})
		}, "acknowledged at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			real := rpctest.Start(t, rpctest.Config{Params: loadParams()})
			front := httptest.NewServer(&liar{honest: real.Server.Handler(), lie: c.lie})
			t.Cleanup(front.Close)
			m := &market{url: front.URL}
			if err := m.populate(t.Context(), operatorKey(t)); err != nil {
				t.Fatal(err)
			}
			calls, err := m.submissions(60)
			if err != nil {
				t.Fatal(err)
			}
			trial := newTrial(m, t.Logf)
			if _, err := trial.closed(t.Context(), c.name, 4, calls, time.Minute); err != nil {
				t.Fatal(err)
			}
			found, err := trial.verify(t.Context())
			switch {
			case c.want == "" && (err != nil || found.accepted < 60 || found.refused != 3 || found.again == 0):
				t.Errorf("verify = %v, %v, want 60 or more accepted, 3 refused, some sent again, and no problem", found, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("verify = %v, want an error that says %q", err, c.want)
			}
		})
	}
}

func TestRefusalThatIsNoneIsAFailure(t *testing.T) {
	if _, err := one(answer{}, connect.NewError(connect.CodeInternal, io.ErrUnexpectedEOF)); err == nil {
		t.Error("a market that failed to answer counts as one that refused")
	}
}

// A call of an open loop is timed from when it was due. Here the server stalls on the first call; those that were due
// meanwhile must be seen to have waited, though they were answered at once when they were sent. The bound is one from
// below, and a sleep never ends early, so this holds on any machine.
func TestOpenLoopCountsTheWaitForAStalledServer(t *testing.T) {
	const stall = 300 * time.Millisecond
	calls := make([]*call, 20)
	for n := range calls {
		calls[n] = stallingCall(n, stall)
	}
	f, _, err := openLoop(t.Context(), &door{}, 1, calls, 1_000)
	if err != nil {
		t.Fatal(err)
	}
	if half := time.Duration(f.latency.ValueAtQuantile(50)) * time.Microsecond; half < stall/2 {
		t.Errorf("half of the calls took less than %v, though all were due while the server stalled for %v", half, stall)
	}
}

// A market that is faster than was guessed used all calls up while the clients warmed up, and was published with 0 commands/s.
func TestWarmUpLeavesCallsToBeMeasured(t *testing.T) {
	for _, row := range []struct {
		calls    int
		measured uint64
	}{{130, 100}, {13, 10}, {1, 1}} {
		calls := make([]*call, row.calls)
		for n := range calls {
			calls[n] = stallingCall(n, 0)
		}
		f, err := newTrial(&market{}, t.Logf).closed(t.Context(), "fast", 1, calls, time.Second)
		if err != nil || f.commands != row.measured {
			t.Errorf("of %d calls, answered at once, %d are measured, %v, want %d", row.calls, f.commands, err, row.measured)
		}
	}
}

func TestARunThatMeasuredNothingIsAFailure(t *testing.T) {
	if f, err := newTrial(&market{}, t.Logf).closed(t.Context(), "idle", 1, nil, time.Millisecond); err == nil {
		t.Errorf("a run without calls = %+v, want an error", f)
	}
}

func operatorKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	return rpctest.Private(t, rpctest.OperatorKey)
}

func stallingCall(n int, stall time.Duration) *call {
	return &call{commands: []vadium.CommandID{{byte(n)}}, send: func(context.Context, *door) ([]answer, error) {
		if n == 0 {
			time.Sleep(stall)
		}
		return []answer{{}}, nil
	}}
}
