package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vadium"
	"vadium/auction"
	"vadium/examples/sealedbid"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// The market of the transcripts and of the tests that kill it: processes of the test binary, on ports of their own.

func silent() *console { return newConsole(nil, io.Discard, io.Discard) }

// openStage starts a market in a folder of the test's own; it ends with the test, and when that fails its logs are
// shown.
func openStage(t *testing.T, params marketplace.Params) *stage {
	t.Helper()
	s, err := newStage(t.Context(), silent(), t.TempDir(), sharedKeys)
	if err != nil {
		t.Fatalf("stage: %v", err)
	}
	s.operations = "127.0.0.1:0"
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Log(s.logs())
		}
	})
	if err := s.startMarket(t.Context(), "127.0.0.1:0", params); err != nil {
		t.Fatalf("start the market: %v\n%s", err, s.logs())
	}
	return s
}

// logs returns what the stage's processes wrote, the last of it if it is much.
func (s *stage) logs() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(s.dir, "*.log"))
	for _, file := range files {
		content, _ := os.ReadFile(file)
		if over := len(content) - 20_000; over > 0 {
			content = content[over:]
		}
		fmt.Fprintf(&all, "--- %s\n%s", filepath.Base(file), content)
	}
	return all.String()
}

// list lists catalogue programs.
func (s *stage) list(ctx context.Context, names ...string) (ids []vadium.ProgramID, err error) {
	for _, name := range names {
		id, err := ensureListed(ctx, s, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// house is the market that transcripts share. It opens for the first of them.
type house struct {
	t      *testing.T
	once   sync.Once
	s      *stage
	prover vadium.Account
	err    error
}

// houseParams: an ask epoch short enough to wait for its end, and patience with a busy machine.
func houseParams() marketplace.Params {
	p := marketplace.DefaultParams()
	p.AskEpoch = 2 * vadium.Second
	return p
}

func (h *house) open() {
	if h.s, h.err = newStage(h.t.Context(), silent(), h.t.TempDir(), sharedKeys); h.err != nil {
		return
	}
	h.t.Cleanup(func() {
		h.s.stop()
		if h.t.Failed() {
			h.t.Log(h.s.logs())
		}
	})
	ctx := h.t.Context()
	if h.err = h.s.startMarket(ctx, "127.0.0.1:0", houseParams()); h.err != nil {
		return
	}
	var ids []vadium.ProgramID
	if ids, h.err = h.s.list(ctx, "membership", "solvency-64"); h.err != nil {
		return
	}
	if h.prover, h.err = h.s.startProver(ctx, part{name: "north", cost: "0.001", stake: 1_000, capacity: 4, programs: "membership,solvency-64"}); h.err != nil {
		return
	}
	h.err = h.s.servedBy(ctx, ids, 1)
}

// playedOn is the market a transcript plays on; also the key under which the transcript keeps it.
type playedOn struct{ s *stage }

func (h *house) enter(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 0, 0, "house")
	h.once.Do(h.open)
	ts.Check(h.err)
	enter(ts, h.s)
	ts.Setenv("PROVER", h.prover.String())
}

func enter(ts *testscript.TestScript, s *stage) {
	ts.Value(playedOn{}).(*playedOn).s = s
	ts.Setenv("VADIUM_MARKET", s.url)
}

func marketOf(ts *testscript.TestScript) *stage {
	s := ts.Value(playedOn{}).(*playedOn).s
	if s == nil {
		ts.Fatalf("this transcript has no market: begin with house or own-market")
	}
	return s
}

func ownMarket(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 0, 4, "own-market [PROGRAM...]")
	s, err := newStage(context.Background(), silent(), ts.MkAbs("."), sharedKeys)
	ts.Check(err)
	ts.Defer(s.stop)
	ts.Check(s.startMarket(s.running, "127.0.0.1:0", marketplace.DefaultParams()))
	if len(args) > 0 {
		_, err = s.list(s.running, args...)
		ts.Check(err)
	}
	enter(ts, s)
}

func stopMarket(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 0, 0, "stop-market")
	marketOf(ts).stop()
}

// standIn makes a prover of flesh: a vault, programs served, asks that stand, and nobody who would ever prove.
func standIn(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, 1, "standin NAME")
	s := marketOf(ts)
	key, err := s.key(args[0])
	ts.Check(err)
	prover := s.client(key)
	ts.Check(fund(s.running, s.operator, prover.Account(), 110))
	_, err = prover.OpenVault(s.running, marketplace.OpenVault{Junior: vadium.Tokens(100), Commission: 8_000})
	ts.Check(err)
	for l, err := range s.operator.Programs(s.running) {
		ts.Check(err)
		ts.Check(serve(s.running, prover, l, vadium.Tokens(1)))
	}
	ts.Setenv(args[0], prover.Account().String())
}

// serve offers proofs of a program at a price, to requests with any damage cap.
func serve(ctx context.Context, prover *client.Client, l client.Listing, price vadium.Amount) error {
	if _, err := prover.ServeProgram(ctx, l.ID, 100*vadium.Millisecond); err != nil {
		return err
	}
	m, err := prover.Market(ctx)
	if err != nil {
		return err
	}
	placed := map[auction.Product]bool{}
	for _, damageCap := range []uint64{0, 1, 10} {
		q, err := prover.Quote(ctx, client.QuoteFor{Program: l.ID, MaxFee: price, DamageCap: vadium.Tokens(damageCap), Deadline: m.At.Add(vadium.Hour)})
		if err != nil {
			return err
		}
		if placed[q.Product] {
			continue
		}
		placed[q.Product] = true
		if _, _, err = prover.PlaceAsk(ctx, marketplace.PlaceAsk{
			Product: q.Product, Price: price, Slots: 4, Capacity: 4, ETA: vadium.Second, StandUntil: m.EpochEnds.Add(vadium.Hour), Salt: client.NewSalt(),
		}); err != nil {
			return err
		}
	}
	return nil
}

// eventually gives what is shown later time to happen: it fails only after a minute.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, 64, "eventually REGEXP ARGS...")
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		err := ts.Exec("vadium", args[1:]...)
		if err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Since(began) > time.Minute {
			ts.Fatalf("vadium %s: %v; it printed nothing that matches %q", strings.Join(args[1:], " "), err, args[0])
		}
	}
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, 1, "freeport VAR")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	ts.Check(err)
	ts.Check(listener.Close())
	ts.Setenv(args[0], port)
}

func writeSealedBid(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, 1, "sealedbid DIR")
	ts.Check(sealedbid.Write(ts.MkAbs(args[0])))
}
