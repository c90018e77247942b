package rpctest

import (
	"sync"
	"testing"

	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/auction"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/client"
)

// cleared has the public inputs of a clearing's circuit and believes everything, as report does.
type cleared struct {
	Statement [clearing.StatementScalars]frontend.Variable `gnark:",public"`
	Request   frontend.Variable                            `gnark:",public"`
	Prover    frontend.Variable                            `gnark:",public"`
	Secret    frontend.Variable
}

// Define implements frontend.Circuit.
func (c *cleared) Define(api frontend.API) error {
	for _, scalar := range append(c.Statement[:], c.Request, c.Prover) {
		api.Mul(scalar, c.Secret)
	}
	return nil
}

var clearingProgram = sync.OnceValues(func() (Program, error) {
	return makeProgram(clearing.ProgramName(64), &cleared{}, make([]byte, (clearing.StatementScalars+1)*vadium.ScalarBytes))
})

// NewClearingProgram returns a program whose proofs state clearings, and prove nothing of them; its keys are made once per test
// binary.
func NewClearingProgram(t testing.TB) Program {
	t.Helper()
	p, err := clearingProgram()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Clearing is a batch of a test market that was cleared.
type Clearing struct {
	marketplace.Record
	Cleared    *marketplace.BatchCleared
	Deployment vadium.Salt
	// Seed is the tie seed of its ask epoch, which nobody knows yet.
	Seed [32]byte
}

// Clear lets so many requests of key n be cleared together, of the program and in the standard tier, and returns when they are:
// at the next tick, or, if a tick has come between them, at one of the next with as many others. Key n+1 asks one token for each.
func (m *Market) Clear(t testing.TB, n byte, p Program, requests int) Clearing {
	t.Helper()
	const tries = 4
	prover := m.Stake(t, n+1, p)
	ask := m.AskFor(p)
	ask.Product.Tier = auction.Standard
	ask.Slots, ask.Capacity = uint32(tries*requests), uint32(tries*requests)
	if _, _, err := prover.PlaceAsk(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	c := m.Client(t, n)
	for try := range tries {
		m.Fund(t, n, 100)
		var from uint64
		m.Sequencer.View(func(s *marketplace.State) { from = s.NextSeq() })
		var bodies []marketplace.SubmitRequest
		for i := range requests {
			x := int64(try*requests + i)
			if _, err := c.PutBytes(t.Context(), client.Input, p.Input(x)); err != nil {
				t.Fatal(err)
			}
			body := m.RequestFor(p, x)
			body.Tier = auction.Standard
			bodies = append(bodies, body)
		}
		for _, body := range bodies {
			if _, err := c.SubmitRequest(t.Context(), body); err != nil {
				t.Fatal(err)
			}
		}
		if seq, together := batchOf(t, c, from, requests); together {
			return m.cleared(t, seq)
		}
	}
	t.Fatalf("a tick came between %d requests %d times", requests, tries)
	return Clearing{}
}

// batchOf waits until so many requests have been cleared from a record on, and returns whether they were together, and where.
func batchOf(t testing.TB, c *client.Client, from uint64, requests int) (seq uint64, together bool) {
	t.Helper()
	cleared := 0
	for r, err := range c.Watch(t.Context(), from, client.EventFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e, is := r.Event.(*marketplace.BatchCleared); is { // how many orders it has is sealed
			if cleared += len(e.Served); cleared >= requests {
				return r.Seq, len(e.Served) == requests
			}
		}
	}
	panic("unreachable: a watch ends with an error")
}

// cleared reads a batch from the journal, with what is sealed for others.
func (m *Market) cleared(t testing.TB, seq uint64) Clearing {
	t.Helper()
	follower, err := m.Sequencer.Follow(seq)
	if err != nil {
		t.Fatal(err)
	}
	records, err := follower.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := Clearing{Record: records[0], Cleared: records[0].Event.(*marketplace.BatchCleared), Deployment: m.Domain.Deployment}
	m.Sequencer.View(func(s *marketplace.State) { found.Seed = s.Cleared(seq).Seed })
	return found
}

// Prove returns the honest proof of the clearing by the program that believes everything.
func (c Clearing) Prove(t testing.TB, p Program) marketplace.PublishClearing {
	t.Helper()
	work, err := clearingproof.Build(c.Deployment, c.Seq, c.Cleared, c.Seed, 64)
	if err != nil {
		t.Fatal(err)
	}
	return c.ProveBook(t, p, work.Book)
}

// ProveBook returns a proof that the clearing is that of a book, whatever that is.
func (c Clearing) ProveBook(t testing.TB, p Program, book vadium.Digest) marketplace.PublishClearing {
	t.Helper()
	stated, err := clearingproof.Statement(c.Deployment, c.Seq, c.Cleared, book)
	if err != nil {
		t.Fatal(err)
	}
	input := append(stated.Bytes(), make([]byte, vadium.ScalarBytes)...)
	return marketplace.PublishClearing{
		Clearing: c.Seq, Program: p.ID(), Size: 64, Book: book, Proof: p.Prove(t, input, stated.Clearing, vadium.Account{}),
	}
}
