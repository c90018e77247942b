package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/rpc/rpctest"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

// A batch of a market that runs is proven with the real circuit while its asks are sealed, published, and verified from what
// everybody sees; and nothing that is changed in what the market shows goes unnoticed. One test, because the keys take their time.
func TestClearingIsProvenPublishedAndVerified(t *testing.T) {
	ctx := t.Context()
	params := marketplace.DemoParams()
	params.StandardTick, params.AskEpoch = vadium.Second, vadium.Hour
	m := rpctest.Start(t, rpctest.Config{Params: params})
	operator, quiet := m.Client(t, rpctest.OperatorKey), silent()
	m.Fund(t, rpctest.OperatorKey, 1)
	cube := rpctest.NewProgram(t)
	m.List(t, rpctest.OperatorKey, cube)
	listing, err := registerCatalogue(ctx, quiet, operator, sharedKeys, clearing.ProgramName(64))
	if err != nil {
		t.Fatal(err)
	}
	const loser, requester = 30, 40
	rival := m.Stake(t, loser, cube)
	dear := m.AskFor(cube)
	dear.Product.Tier, dear.Price, dear.Slots, dear.Capacity = auction.Standard, vadium.Tokens(2), 3, 3
	if _, _, err := rival.PlaceAsk(ctx, dear); err != nil {
		t.Fatal(err)
	}
	batch := m.Clear(t, requester, cube, 3)

	// Sealed, so only over the socket of the process that serves the market.
	dir := marketDir(t.TempDir())
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- serveControl(serving, dir, nil, m.Sequencer, slog.New(slog.DiscardHandler)) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	printing := newConsole(strings.NewReader(""), &out, io.Discard)
	printing.json = true
	workers := engine.NewWorkers(engine.Limits{LoadTime: 10 * time.Minute, SolveTime: 10 * time.Minute})
	defer workers.Close()
	p := &clearingProver{
		c: printing, market: operator, deployment: m.Domain.Deployment, engine: workers, failed: map[uint64]error{}, circuits: map[int]vadium.Digest{},
		folder: keys.Folder{Dir: t.TempDir(), Most: maxClearingKeys, KeysOnly: true},
	}
	if err := p.prove(ctx, batch.Seq); err == nil || hintOf(err) == "" {
		t.Errorf("without the market's folder: %v, want that the clearing is sealed and what to do", err)
	}
	p.sealed = dir.openedClearing
	if err := p.all(ctx, true); err != nil {
		t.Fatal(err)
	}
	var done provenClearing
	if err := json.Unmarshal(out.Bytes(), &done); err != nil || done.Clearing != batch.Seq || done.Served != 3 || done.Size != 64 || done.Program != listing.ID {
		t.Fatalf("printed %s (%v), want clearing %d", out.String(), err, batch.Seq)
	}
	if err := p.all(ctx, true); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("again: %v, printed %s", err, out.String())
	}

	shown, err := gatherClearing(ctx, quiet, m.Client(t, 60), batch.Seq)
	if err != nil {
		t.Fatal(err)
	}
	v, err := shown.verify()
	if err != nil || !v.Valid || v.Opened || len(v.Checks) != 5 || v.Proven != done.Seq || v.Book != done.Book {
		t.Fatalf("verified as %+v (%v)", v, err)
	}
	for name, forge := range forgedClearings(batch, m.Client(t, loser).Account()) {
		if v, err := forge(shown).verify(); err != nil || v.Valid {
			t.Errorf("%s, while sealed: holds as %+v (%v)", name, v, err)
		}
	}

	// When the ask epoch has ended everybody sees it whole.
	opened := shown
	opened.cleared, opened.seed, opened.commitment = batch.Record, &batch.Seed, auction.SeedCommitment(batch.Seed)
	if v, err := opened.verify(); err != nil || !v.Valid || !v.Opened || len(v.Checks) != 9 {
		t.Fatalf("opened, verified as %+v (%v)", v, err)
	}
	forgeries := forgedClearings(batch, m.Client(t, loser).Account())
	forgeries["a dropped ask"] = changed(func(e *marketplace.BatchCleared) { e.Offers = e.Offers[:1] })
	forgeries["an added ask"] = changed(func(e *marketplace.BatchCleared) {
		e.Offers = append(slices.Clone(e.Offers), marketplace.BatchOffer{Prover: vadium.Account{9}, Price: vadium.Tokens(5), Slots: 1})
	})
	forgeries["an ask at another price"] = changed(func(e *marketplace.BatchCleared) {
		e.Offers = slices.Clone(e.Offers)
		e.Offers[1].Price = e.Offers[1].Price.MustAdd(vadium.NewAmount(1))
	})
	forgeries["a dropped order"] = changed(func(e *marketplace.BatchCleared) { e.Orders = e.Orders[1:] })
	forgeries["the seed of another epoch"] = func(s shownClearing) shownClearing { s.seed = &[32]byte{9}; return s }
	forgeries["a seed that was not committed to"] = func(s shownClearing) shownClearing { s.commitment[0] ^= 1; return s }
	for name, forge := range forgeries {
		if v, err := forge(opened).verify(); err != nil || v.Valid {
			t.Errorf("%s, opened: holds as %+v (%v)", name, v, err)
		}
	}
	quiet.printClearing(v)
}

// changed returns a forgery of the record of a batch.
func changed(forge func(e *marketplace.BatchCleared)) func(shownClearing) shownClearing {
	return func(s shownClearing) shownClearing {
		e := *s.cleared.Event.(*marketplace.BatchCleared)
		e.Served, e.Wins = slices.Clone(e.Served), slices.Clone(e.Wins)
		forge(&e)
		s.cleared.Event = &e
		return s
	}
}

// forgedClearings are lies that are found out while the batch is sealed, too.
func forgedClearings(batch rpctest.Clearing, loser vadium.Account) map[string]func(shownClearing) shownClearing {
	one := vadium.NewAmount(1)
	reproven := func(change func(*marketplace.ClearingProven)) func(shownClearing) shownClearing {
		return func(s shownClearing) shownClearing {
			e := *s.proven.Event.(*marketplace.ClearingProven)
			change(&e)
			s.proven.Event = &e
			return s
		}
	}
	return map[string]func(shownClearing) shownClearing{
		"a wrong winner": changed(func(e *marketplace.BatchCleared) {
			e.Wins[0].Prover, e.Wins[0].Rank = loser, auction.OfferRank(batch.Seed, e.Tick, e.Product, loser)
			for i := range e.Served {
				e.Served[i].Prover = loser
			}
		}),
		"a payment one unit too high": changed(func(e *marketplace.BatchCleared) { e.Wins[0].Payment = e.Wins[0].Payment.MustAdd(one) }),
		"a payment one unit too low":  changed(func(e *marketplace.BatchCleared) { e.Wins[0].Payment = e.Wins[0].Payment.MustSub(one) }),
		"a tie reordered":             changed(func(e *marketplace.BatchCleared) { e.Served[0], e.Served[1] = e.Served[1], e.Served[0] }),
		"one served fewer":            changed(func(e *marketplace.BatchCleared) { e.Served = e.Served[:2] }),
		"a changed charge": changed(func(e *marketplace.BatchCleared) {
			e.Served[0].Charge, e.Served[1].Charge = e.Served[0].Charge.MustAdd(one), e.Served[1].Charge.MustSub(one)
		}),
		"a value that is another's": changed(func(e *marketplace.BatchCleared) { e.Served[0].Value = e.Served[0].Value.MustAdd(one) }),
		"another tick":              changed(func(e *marketplace.BatchCleared) { e.Tick++ }),
		"another rule":              changed(func(e *marketplace.BatchCleared) { e.Mechanism = auction.OnePrice }),
		"an assignment for another price": func(s shownClearing) shownClearing {
			after := followed{map[vadium.RequestID]marketplace.Attempt{}, nil}
			for id, a := range s.after.assigned {
				a.Price = a.Price.MustAdd(one)
				after.assigned[id] = a
			}
			s.after = after
			return s
		},
		"no assignments":              func(s shownClearing) shownClearing { s.after = followed{}; return s },
		"another record":              func(s shownClearing) shownClearing { s.cleared.Seq++; return s },
		"another market":              func(s shownClearing) shownClearing { s.deployment[0] ^= 1; return s },
		"keys of somebody else's":     func(s shownClearing) shownClearing { s.listing.Registrant = loser; return s },
		"a program that is not meant": func(s shownClearing) shownClearing { s.pinned = &vadium.ProgramID{1}; return s },
		"another circuit":             func(s shownClearing) shownClearing { s.compiled[0] ^= 1; return s },
		"another book":                reproven(func(e *marketplace.ClearingProven) { e.Book[31] ^= 1 }),
		"a broken proof":              reproven(func(e *marketplace.ClearingProven) { e.Proof = bytes.Clone(e.Proof); e.Proof[40] ^= 1 }),
		"another size":                reproven(func(e *marketplace.ClearingProven) { e.Size = 256 }),
	}
}

// Whose seed decides is found from the end of each epoch, and is what was committed to before it.
func TestSeedsAreHeldAgainstTheirCommitments(t *testing.T) {
	w := history(t)
	w.Run("at epoch-end", "at epoch-end", "at epoch-end")
	e := tell(t, w)
	epochs := 0
	for _, r := range e.shown {
		closed, is := r.Event.(*marketplace.AskEpochClosed)
		if !is {
			continue
		}
		epochs++
		found, err := closeAfter(t.Context(), e, closed.From)
		if err != nil || found.Epoch != closed.Epoch {
			t.Fatalf("epoch %d: found the end of %+v (%v)", closed.Epoch, found, err)
		}
		commitment, err := commitmentTo(t.Context(), e, closed)
		if err != nil {
			t.Fatalf("epoch %d: %v", closed.Epoch, err)
		}
		if err := (shownClearing{seed: &closed.Seed, commitment: commitment}).checkSeed(); err != nil {
			t.Errorf("epoch %d: %v", closed.Epoch, err)
		}
		if err := (shownClearing{seed: &[32]byte{9}, commitment: commitment}).checkSeed(); err == nil {
			t.Errorf("epoch %d: another seed is taken for the one committed to", closed.Epoch)
		}
		if closed.Epoch > 2 {
			moved := *closed
			moved.From--
			if _, err := commitmentTo(t.Context(), e, &moved); err == nil {
				t.Errorf("epoch %d: a commitment was found where there is none", closed.Epoch)
			}
		}
	}
	if epochs < 4 {
		t.Errorf("%d epochs have ended, want 4", epochs)
	}
}
