package rpc_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"vadium"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/verifier"
)

// clearer is the number of the requester's key; its prover's follows it.
const clearer = 40

// newClearing starts a market in which two requests were cleared together.
func newClearing(t *testing.T, serve func(*rpc.Config)) (*rpctest.Market, rpctest.Clearing, rpctest.Program) {
	t.Helper()
	params := marketplace.DemoParams()
	params.StandardTick = vadium.Second
	m := rpctest.Start(t, rpctest.Config{Params: params, Serve: serve})
	m.Fund(t, rpctest.OperatorKey, 1)
	cube, p := rpctest.NewProgram(t), rpctest.NewClearingProgram(t)
	m.List(t, rpctest.OperatorKey, cube)
	m.List(t, rpctest.OperatorKey, p)
	return m, m.Clear(t, clearer, cube, 2), p
}

// Only a proof of exactly the clearing counts, of the journal's own book, and only one of it.
func TestProofOfAClearingIsTakenOnceAndOfItsBookOnly(t *testing.T) {
	m, batch, p := newClearing(t, nil)
	c := m.Client(t, clearer)
	honest := batch.Prove(t, p)
	forged := *batch.Cleared
	forged.Wins = append([]marketplace.BatchWin(nil), forged.Wins...)
	forged.Wins[0].Payment = forged.Wins[0].Payment.MustAdd(vadium.NewAmount(1))
	lie := batch
	lie.Cleared = &forged
	other := rpctest.NewProgram(t)
	for name, c := range map[string]struct {
		body marketplace.PublishClearing
		want error
	}{
		// It proves what it says: that some book clears like that. Whoever invents one must not keep the right one out.
		"a proof for another book":       {batch.ProveBook(t, p, vadium.Digest{31: 1}), marketplace.ErrClearingUnproven},
		"a proof of another payment":     {lie.ProveBook(t, p, honest.Book), marketplace.ErrClearingUnproven},
		"a proof that is not":            {with(honest, func(b *marketplace.PublishClearing) { b.Proof = []byte{1, 2, 3} }), marketplace.ErrClearingUnproven},
		"a broken proof":                 {with(honest, func(b *marketplace.PublishClearing) { b.Proof = bytes.Clone(b.Proof); b.Proof[40] ^= 1 }), marketplace.ErrClearingUnproven},
		"the size of another circuit":    {with(honest, func(b *marketplace.PublishClearing) { b.Size = 256 }), marketplace.ErrClearingUnproven},
		"a size that there is not":       {with(honest, func(b *marketplace.PublishClearing) { b.Size = 65 }), marketplace.ErrClearingUnproven},
		"a program of another statement": {with(honest, func(b *marketplace.PublishClearing) { b.Program = other.ID() }), marketplace.ErrClearingProgram},
		"a program that there is not":    {with(honest, func(b *marketplace.PublishClearing) { b.Program = vadium.ProgramID{1} }), marketplace.ErrProgramUnknown},
		"a record that is no batch":      {with(honest, func(b *marketplace.PublishClearing) { b.Clearing = 1 }), marketplace.ErrClearingUnknown},
		"a proof longer than any":        {with(honest, func(b *marketplace.PublishClearing) { b.Proof = make([]byte, 513) }), wire.ErrMalformed},
	} {
		if _, err := m.Client(t, clearer).PublishClearing(t.Context(), c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := c.PublishClearing(t.Context(), honest); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Client(t, rpctest.OperatorKey).PublishClearing(t.Context(), honest); !errors.Is(err, marketplace.ErrClearingProven) {
		t.Errorf("the proof again: %v, want ErrClearingProven", err)
	}

	record, proven, err := c.Clearing(t.Context(), batch.Seq)
	if err != nil || proven == nil {
		t.Fatalf("Clearing = %+v, %+v, %v", record, proven, err)
	}
	shown, proof := record.Event.(*marketplace.BatchCleared), proven.Event.(*marketplace.ClearingProven)
	if !shown.Sealed || len(shown.Orders) != 0 || len(shown.Offers) != 0 || len(shown.Served) != 2 {
		t.Errorf("before the epoch has ended everybody sees %+v", shown)
	}
	if !bytes.Equal(proof.Proof, honest.Proof) || proof.Book != honest.Book || proof.By != c.Account() || proof.Program != p.ID() || proof.Size != 64 {
		t.Errorf("the proof is shown as %+v", proof)
	}
	for _, seq := range []uint64{1, 1 << 60} {
		if _, _, err := c.Clearing(t.Context(), seq); !errors.Is(err, marketplace.ErrClearingUnknown) {
			t.Errorf("Clearing(%d): %v, want ErrClearingUnknown", seq, err)
		}
	}
}

// with returns a changed copy of a command.
func with(b marketplace.PublishClearing, change func(*marketplace.PublishClearing)) marketplace.PublishClearing {
	change(&b)
	return b
}

// The newest come first, and a page goes on where the one before ended, whatever has been cleared meanwhile.
func TestClearingsAreListedFromTheNewest(t *testing.T) {
	m, first, _ := newClearing(t, nil)
	second := m.Clear(t, clearer+2, rpctest.NewProgram(t), 1)
	var listed []client.Clearing
	for one, err := range m.Client(t, stranger).Clearings(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, one)
	}
	if len(listed) != 2 || listed[0].Seq != second.Seq || listed[1].Seq != first.Seq {
		t.Fatalf("listed %+v, want %d and %d", listed, second.Seq, first.Seq)
	}
	if l := listed[1]; l.Served != 2 || l.Paid.Cmp(first.Cleared.Wins[0].Payment) != 0 || l.Tick != first.Cleared.Tick || l.Product != first.Cleared.Product ||
		l.Root != first.Cleared.Root || l.Proven != 0 {
		t.Errorf("the first is listed as %+v, it is %+v", l, first.Cleared)
	}
	status, page := post(t, m, "/vadium.marketplace.v1.ClearingService/ListClearings", `{"page_size": 1}`)
	if token := page["nextPageToken"]; status != 200 || token != fmt.Sprint(first.Seq) {
		t.Fatalf("the first page: %d, %v", status, page)
	}
	status, page = post(t, m, "/vadium.marketplace.v1.ClearingService/ListClearings", fmt.Sprintf(`{"page_size": 1, "page_token": "%d"}`, first.Seq))
	if one := page["clearings"].([]any); status != 200 || len(one) != 1 || one[0].(map[string]any)["seq"] != fmt.Sprint(first.Seq) || page["nextPageToken"] != nil {
		t.Errorf("the second page: %d, %v", status, page)
	}
	if status, _ := post(t, m, "/vadium.marketplace.v1.ClearingService/ListClearings", `{"page_token": "x"}`); status != 400 {
		t.Errorf("a token of nobody's: %d", status)
	}
}

func TestProofsOfClearingsNobodyWantsAreNotLookedAt(t *testing.T) {
	p := &programs{Checker: verifier.NewInProcess()}
	m, batch, program := newClearing(t, func(c *rpc.Config) { c.Programs, c.Limits.RoundRate, c.Limits.RoundBurst = p, 0.001, 2 })
	honest := batch.Prove(t, program)
	if _, err := m.Client(t, stranger).PublishClearing(t.Context(), honest); !errors.Is(err, marketplace.ErrUnfunded) {
		t.Errorf("from an account without money: %v, want ErrUnfunded", err)
	}
	c := client.New(m.URL, client.Options{Key: rpctest.Key(t, clearer), Patience: 1})
	unknown := honest
	unknown.Clearing++
	if _, err := c.PublishClearing(t.Context(), unknown); !errors.Is(err, marketplace.ErrClearingUnknown) {
		t.Errorf("a record that is no batch: %v, want ErrClearingUnknown", err)
	}
	if n := p.asked.Load(); n != 0 {
		t.Errorf("%d proofs were looked at, want none", n)
	}
	spoilt := honest
	spoilt.Proof = bytes.Clone(spoilt.Proof)
	spoilt.Proof[40] ^= 1
	for range 2 {
		if _, err := c.PublishClearing(t.Context(), spoilt); !errors.Is(err, marketplace.ErrClearingUnproven) {
			t.Errorf("a broken proof: %v, want ErrClearingUnproven", err)
		}
	}
	asked := p.asked.Load()
	if _, err := c.PublishClearing(t.Context(), honest); !errors.Is(err, wire.ErrRateLimited) || p.asked.Load() != asked {
		t.Errorf("a third proof at once: %v after %d looks, want ErrRateLimited after %d", err, p.asked.Load(), asked)
	}
}

// A verifier that cannot say is nobody's fault: it says try again, and the same proof is taken when it can.
func TestProofOfAClearingThatCannotBeLookedAtIsTriedAgain(t *testing.T) {
	p := &programs{Checker: verifier.NewInProcess()}
	m, batch, program := newClearing(t, func(c *rpc.Config) { c.Programs = p })
	c := client.New(m.URL, client.Options{Key: rpctest.Key(t, clearer), Patience: 1})
	honest := batch.Prove(t, program)
	p.died = verifier.ErrUndecided
	_, err := c.PublishClearing(t.Context(), honest)
	if refused, is := errors.AsType[*client.Error](err); !errors.Is(err, wire.ErrClearingUndecided) || !is || !refused.Unreachable() {
		t.Errorf("while children die: %v, want ErrClearingUndecided, which is worth repeating", err)
	}
	// Two children that saw nothing else died of it: nobody looks at what that account sends for a while.
	p.died = fmt.Errorf("%w: %w", verifier.ErrUndecided, verifier.ErrKills)
	if _, err := c.PublishClearing(t.Context(), honest); !errors.Is(err, verifier.ErrUndecided) {
		t.Errorf("a proof that kills: %v, want ErrUndecided", err)
	}
	p.died = nil
	asked := p.asked.Load()
	if _, err := c.PublishClearing(t.Context(), honest); !errors.Is(err, wire.ErrRateLimited) || p.asked.Load() != asked {
		t.Errorf("the next from that account: %v, want ErrRateLimited and nobody who looks", err)
	}
	if _, err := m.Client(t, rpctest.OperatorKey).PublishClearing(t.Context(), honest); err != nil {
		t.Errorf("from another, when children live again: %v", err)
	}
	if name := clearing.ProgramName(64); program.Name != name {
		t.Errorf("the program is called %s, want %s", program.Name, name)
	}
}
