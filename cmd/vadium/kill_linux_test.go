package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// Processes that are killed while a request is on its way. Nothing is faked: the market, the prover and its workers are
// processes, and SIGKILL gives them no chance to tidy up. SIGSTOP holds the prover between Accept and Deliver for as long
// as the scene needs, so nothing here depends on who is faster.

// killing is a market with one prover, and a requester.
type killing struct {
	*testing.T
	s         *stage
	prover    part
	requester *client.Client
	listing   client.Listing
}

func startKilling(t *testing.T, params marketplace.Params) *killing {
	t.Helper()
	return play(t, openStage(t, params), part{name: "north", cost: "0.001", stake: 1_000, programs: "solvency-64"})
}

// play puts a prover and a requester on a stage.
func play(t *testing.T, s *stage, prover part) *killing {
	t.Helper()
	k := &killing{T: t, s: s, prover: prover}
	ids, err := k.s.list(t.Context(), "solvency-64")
	k.must(err)
	_, err = k.s.startProver(t.Context(), k.prover)
	k.must(err)
	k.must(k.s.servedBy(t.Context(), ids, 1))
	key, err := k.s.key("alice")
	k.must(err)
	k.requester = k.s.client(key)
	k.must(fund(t.Context(), k.s.operator, k.requester.Account(), 1_000))
	k.listing, err = k.requester.Program(t.Context(), ids[0])
	k.must(err)
	return k
}

func (k *killing) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// submit asks for a proof of the example shop's books.
func (k *killing) submit(within time.Duration) marketplace.Request {
	k.Helper()
	dir := k.TempDir()
	k.must(writeExamples(dir))
	f := files{balances: filepath.Join(dir, "small-shop.csv"), reserves: "500", decimals: 2}
	m, err := f.build(k.listing.Program)
	k.must(err)
	_, err = k.requester.PutBytes(k.Context(), client.Input, m.input)
	k.must(err)
	submitted, err := k.requester.SubmitRequest(k.Context(), marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: k.listing.ID, Statement: m.statement, Input: vadium.DigestOf(m.input),
		MaxFee: vadium.Tokens(2), DamageCap: vadium.Tokens(1), Deadline: vadium.Time(time.Now().Add(within).UnixMilli()),
		Tier: auction.Immediate, Redundancy: 1,
	})
	k.must(err)
	return submitted.Request
}

// held submits a request and stops the prover's processes after it accepted and before it delivered. A prover that was
// faster than the signal is asked again.
func (k *killing) held(within time.Duration) marketplace.Request {
	k.Helper()
	for range 20 {
		id := k.submit(within).ID
		waiting, cancel := context.WithTimeout(k.Context(), time.Minute)
		for r, err := range k.requester.Watch(waiting, 1, client.EventFilter{Request: id}) {
			k.must(err)
			if _, accepted := r.Event.(*marketplace.RequestAccepted); accepted {
				break
			}
		}
		cancel()
		k.signal("north", syscall.SIGSTOP)
		r, err := k.requester.Request(k.Context(), id)
		k.must(err)
		if r.Attempts[0].Stage == marketplace.StageAccepted && r.Attempts[0].Deliveries == 0 {
			return r
		}
		k.signal("north", syscall.SIGCONT)
	}
	k.Fatal("the prover always delivered before it could be stopped")
	return marketplace.Request{}
}

// signal signals one of the stage's processes and those it started.
func (k *killing) signal(name string, signal syscall.Signal) {
	k.Helper()
	k.must(syscall.Kill(-k.group(name), signal))
}

// group returns the process group of one of the stage's processes: a child of ours whose command line says its folder.
func (k *killing) group(name string) int {
	k.Helper()
	group, running := k.find(name)
	if !running {
		k.Fatalf("%s is not running", name)
	}
	return group
}

func (k *killing) find(name string) (group int, running bool) {
	k.Helper()
	folder := map[string]string{"market": string(k.s.market())}[name]
	if folder == "" {
		folder = filepath.Join(k.s.dir, "provers", name)
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	k.must(err)
	for _, line := range lines {
		arguments, err := os.ReadFile(line)
		if err != nil || !bytes.Contains(arguments, []byte("\x00"+folder+"\x00")) {
			continue // it has ended, or is another
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line)))
		k.must(err)
		return pid, true // stage.start made it the leader of its group
	}
	return 0, false
}

// kill ends a process and those it started, without notice, and waits until they are gone.
func (k *killing) kill(name string) {
	k.Helper()
	k.signal(name, syscall.SIGKILL)
	select {
	case err := <-k.s.failed:
		if !strings.Contains(err.Error(), name+" ended: signal: killed") {
			k.Fatalf("killing %s: %v", name, err)
		}
	case <-k.Context().Done():
		k.Fatalf("%s did not end", name)
	}
}

// killDead is kill for a process that may have ended by itself meanwhile.
func (k *killing) killDead(name string) {
	k.Helper()
	if group, running := k.find(name); running {
		_ = syscall.Kill(-group, syscall.SIGKILL) // or it ended just now
	}
	select {
	case err := <-k.s.failed:
		k.Logf("%s: %v", name, err)
	case <-k.Context().Done():
		k.Fatalf("%s did not end", name)
	}
}

// restartMarket serves the same folder at the same address.
func (k *killing) restartMarket() {
	k.Helper()
	k.must(k.s.startMarket(k.Context(), strings.TrimPrefix(k.s.url, "http://"), marketplace.Params{}))
}

func (k *killing) restartProver() {
	k.Helper()
	_, err := k.s.startProver(k.Context(), k.prover)
	k.must(err)
}

// outcome is what the journal says of a request, and of the market since the request was submitted.
type outcome struct {
	accepts, deliveries, rejected, faults, slashes int
	outage                                         vadium.Duration
}

// settled waits for the request's end, which has to be a proof that verifies here, delivered by a prover that nobody
// blames, and returns what happened on the way.
func (k *killing) settled(before marketplace.Request) (marketplace.Request, outcome) {
	k.Helper()
	waiting, cancel := context.WithTimeout(k.Context(), 2*time.Minute)
	defer cancel()
	r, err := k.requester.Wait(waiting, before.ID)
	if err != nil {
		k.Fatalf("wait for %s: %v", before.ID.Short(), err)
	}
	if r.Phase != marketplace.PhaseSettled || r.ProvedBy != 1 {
		k.Fatalf("request ended %v (%s), proved by attempt %d, want settled by the first", r.Phase, r.Reason, r.ProvedBy)
	}
	out := filepath.Join(k.TempDir(), "proof.json")
	k.must(silent().fetchProof(k.Context(), nil, k.requester, r.ID, out, ""))
	m, err := k.s.operator.Market(k.Context())
	k.must(err)
	var o outcome
	for from := before.Position; from <= m.Seq; {
		records, next, err := k.s.operator.Events(k.Context(), from, 500, client.EventFilter{})
		k.must(err)
		for _, record := range records {
			o.count(record, r.ID)
		}
		from = next
	}
	if o.accepts != 1 || o.rejected != 0 || o.faults != 0 || o.slashes != 0 {
		k.Errorf("outcome %+v, want one accept, nothing rejected, nobody blamed", o)
	}
	if want := before.Deadline.Add(o.outage); r.Deadline != want {
		k.Errorf("deadline %d, want %d: the %d ms the market was away", r.Deadline, want, o.outage)
	}
	p, err := k.s.operator.Prover(k.Context(), r.Attempts[0].Prover)
	k.must(err)
	if p.Faults != 0 || !p.Lost.IsZero() {
		k.Errorf("prover has %d faults and lost %s, want none", p.Faults, p.Lost.Tokens())
	}
	return r, o
}

func (o *outcome) count(r marketplace.Record, id vadium.RequestID) {
	if e, ok := r.Event.(*marketplace.Resumed); ok {
		o.outage += e.Gap
	}
	if about, ok := marketplace.RequestOf(r.Event); !ok || about != id {
		return
	}
	switch r.Event.(type) {
	case *marketplace.RequestAccepted:
		o.accepts++
	case *marketplace.DeliveryReceived:
		o.deliveries++
	case *marketplace.DeliveryRejected:
		o.rejected++
	case *marketplace.FaultRecorded:
		o.faults++
	case *marketplace.Slashed:
		o.slashes++
	}
}

// TestProcessesKilledMidRequest kills the market, the prover, and both, after the prover accepted and before it delivered.
// Whoever comes back carries on: the proof is delivered, once, and nobody is punished for what was nobody's fault.
func TestProcessesKilledMidRequest(t *testing.T) {
	t.Parallel()
	params := marketplace.DefaultParams()
	params.GraceShare, params.GraceMin = 1, vadium.Second
	k := startKilling(t, params)
	scenes := []struct {
		name           string
		within         time.Duration
		market, prover bool
		past           bool // the market stays away until the deadline and the grace window have passed
	}{
		{name: "market", within: 5 * time.Minute, market: true},
		{name: "prover", within: 5 * time.Minute, prover: true},
		{name: "both", within: 5 * time.Minute, market: true, prover: true},
		{name: "market, away past every deadline", within: 15 * time.Second, market: true, past: true},
	}
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			k := &killing{T: t, s: k.s, prover: k.prover, requester: k.requester, listing: k.listing}
			before := k.held(scene.within)
			log := memory(t.TempDir())
			_, _, err := log.look(t.Context(), k.s.operator, 0)
			k.must(err)
			if scene.market {
				k.kill("market")
			}
			if scene.prover {
				k.kill("north")
			}
			if scene.past {
				time.Sleep(time.Until(time.UnixMilli(int64(before.GraceEnd) + 500)))
			}
			if scene.market {
				k.restartMarket()
			}
			if scene.prover {
				k.restartProver()
			} else {
				k.signal("north", syscall.SIGCONT)
			}
			r, o := k.settled(before)
			now, last, err := log.look(t.Context(), k.s.operator, 0)
			if err != nil || last.Head.Size == 0 || now.Head.Size <= last.Head.Size {
				t.Errorf("the transparency log had %d records and has %d: %v", last.Head.Size, now.Head.Size, err)
			}
			if o.deliveries != 1 {
				t.Errorf("%d deliveries, want 1", o.deliveries)
			}
			if scene.market != (o.outage > 0) {
				t.Errorf("the journal knows of %d ms of outage, the market was killed: %t", o.outage, scene.market)
			}
			if scene.past && !before.GraceEnd.Before(r.Closed) {
				t.Errorf("closed at %d, want it after the old end of grace %d", r.Closed, before.GraceEnd)
			}
			if r.Paid.IsZero() || !r.Compensated.IsZero() {
				t.Errorf("requester paid %s and was compensated with %s, want a fee and nothing", r.Paid.Tokens(), r.Compensated.Tokens())
			}
		})
	}
	if t.Failed() {
		return
	}
	k.s.stop()
	a, err := fsck(context.WithoutCancel(t.Context()), silent(), k.s.market())
	if err != nil {
		t.Fatalf("fsck: %v", err)
	}
	if !a.Conserved || !a.Invariants || a.Requests < len(scenes) || a.Proofs != a.Requests || a.Rejected != 0 {
		t.Errorf("fsck found %+v, want balanced books, invariants that hold, and %d or more requests, all proved", a, len(scenes))
	}
	if err := k.s.secretsTold(); err != nil {
		t.Error(err)
	}
}
