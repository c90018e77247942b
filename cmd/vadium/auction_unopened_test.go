package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

// A market that never opens prices in its standard tier: what everybody may know of a batch is checked when its epoch has ended, the
// rest is proven with the real circuit by the operator alone. Before that is due it is open, then it is the market's fault, and
// with the proof a losing prover that holds nothing but its receipt finds that its ask was in the book, at the price that it sent.
func TestClearingsOfPricesThatAreNeverOpenedAreProven(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	params := marketplace.DemoParams()
	params.StandardTick, params.AskEpoch, params.UnopenedTiers = vadium.Second, 5*vadium.Second, 1
	m := rpctest.Start(t, rpctest.Config{Params: params})
	operator, quiet := m.Client(t, rpctest.OperatorKey), silent()
	m.Fund(t, rpctest.OperatorKey, 1)
	cube := rpctest.NewProgram(t)
	m.List(t, rpctest.OperatorKey, cube)
	if _, err := registerCatalogue(ctx, quiet, operator, sharedKeys, clearing.ProgramName(64)); err != nil {
		t.Fatal(err)
	}
	const loser, requester = 30, 40
	rival := m.Stake(t, loser, cube)
	dear := m.AskFor(cube)
	dear.Product.Tier, dear.Price, dear.Slots, dear.Capacity = auction.Standard, vadium.Tokens(2), 3, 3
	_, receipt, err := rival.PlaceAsk(ctx, dear)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := rival.Keep(ctx, receipt)
	if err != nil {
		t.Fatal(err)
	}
	batch := m.Clear(t, requester, cube, 3)
	request := batch.Cleared.Served[0].Request
	everybody := m.Client(t, 60)
	epoch := closes(t, everybody, batch.Seq)

	// Everything but prices is public by now.
	public, _, err := everybody.Clearing(ctx, batch.Seq)
	if err != nil {
		t.Fatal(err)
	}
	shown := public.Event.(*marketplace.BatchCleared)
	if !shown.Unopened || shown.Sealed || len(shown.Offers) != 2 || slices.ContainsFunc(shown.Offers, func(o marketplace.BatchOffer) bool {
		return !o.Price.IsZero() || o.PriceCommitment == (vadium.Digest{})
	}) {
		t.Fatalf("the batch is shown as %+v", shown)
	}
	workers := engine.NewWorkers(engine.Limits{LoadTime: 10 * time.Minute, SolveTime: 10 * time.Minute})
	defer workers.Close()
	p := &clearingProver{
		c: quiet, market: operator, deployment: m.Domain.Deployment, engine: workers, failed: map[uint64]error{}, circuits: map[int]vadium.Digest{},
		folder: keys.Folder{Dir: t.TempDir(), Most: maxClearingKeys, KeysOnly: true},
	}
	if err := p.prove(ctx, batch.Seq); !errors.Is(err, clearingproof.ErrUnopened) || hintOf(err) == "" {
		t.Errorf("somebody without the prices proves the clearing: %v", err)
	}

	again := func() rechecked {
		found, err := recheck(ctx, quiet, everybody, request)
		if err == nil {
			err = proveRechecked(ctx, quiet, everybody, found)
		}
		if err != nil || len(found) == 0 || found[0].Batch == nil {
			t.Fatalf("rechecked as %+v (%v)", found, err)
		}
		return found[0]
	}
	held := func() receiptChecked {
		checked, err := checkReceipt(ctx, quiet, everybody, memory(t.TempDir()), kept)
		if err != nil {
			t.Fatal(err)
		}
		return checked
	}
	has := func(said []string, part string) bool {
		return slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, part) })
	}
	epochNow := func() (now uint64) {
		m.Sequencer.View(func(s *marketplace.State) { now = s.Market().Epoch })
		return now
	}
	if now := epochNow(); now == epoch+1 { // else this machine is too slow to see it
		if r, h := again(), held(); epochNow() == now && (!r.Right || r.Unproven == "" || h.Wrong != "" || !has(h.Open, "is not proven yet")) {
			t.Errorf("before the proof is due: %+v, and by the receipt %+v", r, h)
		}
	}
	for epochNow() < epoch+2 {
		market, err := everybody.Market(ctx)
		if err != nil {
			t.Fatal(err)
		}
		closes(t, everybody, market.Seq)
	}
	if r, h := again(), held(); r.Right || !strings.Contains(r.Wrong, "has not proven it") || !strings.Contains(h.Wrong, "has not proven it") {
		t.Errorf("when it is overdue: %+v, and by the receipt %+v", r, h)
	}

	// The operator proves it, over the socket of the process that serves the market.
	dir := marketDir(t.TempDir())
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		served <- serveControl(serving, dir, nil, m.Sequencer, slog.New(slog.DiscardHandler))
	}()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	p.sealed = dir.openedClearing
	p.circuits[64] = vadium.Digest{1}
	if err := p.prove(ctx, batch.Seq); err == nil || !strings.Contains(hintOf(err), "program register clearing-64") {
		t.Errorf("with a program of another circuit: %v", err)
	}
	delete(p.circuits, 64)
	if err := p.prove(ctx, batch.Seq); err != nil {
		t.Fatal(err)
	}
	if r := again(); !r.Right || r.Proven == 0 || r.Unproven != "" {
		t.Errorf("proven: %+v", r)
	}
	if h := held(); h.Wrong != "" || h.Clearings == 0 || !has(h.Proven, "each is proven to be by the rule") {
		t.Errorf("proven, by the receipt: %+v", h)
	}
	opened, err := gatherClearing(ctx, quiet, everybody, batch.Seq)
	if err != nil {
		t.Fatal(err)
	}
	v, err := opened.verify()
	if err != nil || !v.Valid || !v.Opened || !v.Unopened || len(v.Checks) != 8 {
		t.Fatalf("verified as %+v (%v)", v, err)
	}
	if err := opened.holds(); err != nil {
		t.Error(err)
	}
	forgeries := forgedClearings(batch, rival.Account())
	forgeries["a dropped ask"] = changed(func(e *marketplace.BatchCleared) { e.Offers = e.Offers[:1] })
	forgeries["an ask committed to another price"] = changed(func(e *marketplace.BatchCleared) {
		e.Offers = slices.Clone(e.Offers)
		e.Offers[0].PriceCommitment = e.Offers[1].PriceCommitment
	})
	forgeries["an ask with a slot more"] = changed(func(e *marketplace.BatchCleared) {
		e.Offers = slices.Clone(e.Offers)
		e.Offers[1].Slots++
	})
	forgeries["a dropped order"] = changed(func(e *marketplace.BatchCleared) { e.Orders = e.Orders[1:] })
	forgeries["a seed that was not committed to"] = func(s shownClearing) shownClearing { s.commitment[0] ^= 1; return s }
	for name, forge := range forgeries {
		if v, err := forge(opened).verify(); err != nil || v.Valid {
			t.Errorf("%s: holds as %+v (%v)", name, v, err)
		}
	}
	quiet.printClearing(v)
	quiet.printRecheck(again())
}

// closes returns the ask epoch of a record, as soon as it has ended.
func closes(t *testing.T, c *client.Client, seq uint64) uint64 {
	t.Helper()
	for r, err := range c.Watch(t.Context(), seq, client.EventFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e, ends := r.Event.(*marketplace.AskEpochClosed); ends {
			return e.Epoch
		}
	}
	panic("unreachable: a watch ends with an error")
}

// A client takes no receipt for another ask than the one that it sent: where prices are never opened it could not find out later.
func TestAReceiptIsOfTheAskThatWasSent(t *testing.T) {
	by, ask := vadium.Account{1}, marketplace.PlaceAsk{
		Product: auction.Product{Size: 3, Tier: auction.Standard}, Price: vadium.Tokens(2), Slots: 1, Capacity: 1, ETA: 5, StandUntil: 9, Salt: vadium.Salt{7},
	}
	sent := clearingproof.Committed(by, ask).Commitment(by, 5, 2)
	for what, change := range map[string]func(a *marketplace.PlaceAsk){
		"price": func(a *marketplace.PlaceAsk) { a.Price = vadium.Tokens(3) }, "slots": func(a *marketplace.PlaceAsk) { a.Slots++ },
		"capacity": func(a *marketplace.PlaceAsk) { a.Capacity++ }, "time": func(a *marketplace.PlaceAsk) { a.ETA++ },
		"end": func(a *marketplace.PlaceAsk) { a.StandUntil++ }, "product": func(a *marketplace.PlaceAsk) { a.Product.Size++ },
		"salt": func(a *marketplace.PlaceAsk) { a.Salt[3]++ },
	} {
		other := ask
		change(&other)
		if clearingproof.Committed(by, other).Commitment(by, 5, 2) == sent {
			t.Errorf("an ask with another %s has the same commitment", what)
		}
	}
	if committed := clearingproof.Committed(by, ask); committed.Commitment(by, 6, 2) == sent || committed.Commitment(by, 5, 3) == sent || committed.Commitment(vadium.Account{2}, 5, 2) == sent {
		t.Error("the same ask of somebody else, or elsewhere, has the same commitment")
	}
	uncommitted := ask
	if uncommitted.Commitment(by, 5, 2) == sent {
		t.Error("the commitment does not hold the one to the price")
	}
}
