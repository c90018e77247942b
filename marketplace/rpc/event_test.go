package rpc_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

func TestAsksAreSealedForTheirEpochAndPublishedAfterIt(t *testing.T) {
	params := marketplace.DemoParams()
	params.AskEpoch = vadium.Hour
	m := rpctest.Start(t, rpctest.Config{Params: params})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	proving := m.Stake(t, prover, p)
	reading := m.Client(t, stranger)
	books, err := reading.Books(t.Context())
	if err != nil || len(books) != 1 || len(books[0].Asks) != 1 {
		t.Fatalf("Books = %+v, %v, want one ask", books, err)
	}
	if ask := books[0].Asks[0]; !ask.Sealed || !ask.Price.IsZero() || ask.Salt != (vadium.Salt{}) || ask.Commitment == [32]byte{} {
		t.Errorf("ask = %+v, want nothing but its commitment", ask)
	}
	seen, err := reading.Prover(t.Context(), proving.Account())
	if err != nil || len(seen.Asks) != 1 || !seen.Asks[0].Price.IsZero() {
		t.Errorf("Prover = %+v, %v, want its ask sealed", seen.Asks, err)
	}
	records, _, err := reading.Events(t.Context(), 1, 500, client.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		switch e := record.Event.(type) {
		case *marketplace.AskPlaced:
			if !e.Sealed || !e.Ask.Price.IsZero() {
				t.Errorf("streamed ask = %+v, want it sealed", e)
			}
		case *marketplace.MarketOpened:
			if e.Seed != [32]byte{} || e.NextSeed != [32]byte{} {
				t.Errorf("tie seeds are published while their epochs last")
			}
		}
	}
	quote, err := reading.Quote(t.Context(), client.QuoteFor{Program: p.ID(), MaxFee: vadium.Tokens(5)})
	if err != nil || !quote.CheapestAsk.IsZero() || !quote.Servable || quote.Provers != 1 || quote.Asks != 1 || quote.Reserve != vadium.Tokens(5) {
		t.Errorf("Quote = %+v, %v, want it servable without telling the sealed price", quote, err)
	}
}

func TestEventsCanBeFilteredByRequestAndAccount(t *testing.T) {
	m, p, s := assigned(t)
	other := m.Submit(t, requester, p, 5)
	c := m.Client(t, stranger)
	records, _, err := c.Events(t.Context(), 1, 500, client.EventFilter{Request: s.Request.ID})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, r := range records {
		kinds[marketplace.KindOf(r.Event)]++
		if about, ok := marketplace.RequestOf(r.Event); ok && about != s.Request.ID {
			t.Errorf("event %d is about request %v", r.Seq, about)
		}
	}
	if kinds["RequestSubmitted"] != 1 || kinds["RequestAssigned"] != 1 || kinds["Deposited"] != 0 || kinds["MarketOpened"] != 1 {
		t.Errorf("events of the request = %v", kinds)
	}
	records, _, err = c.Events(t.Context(), 1, 500, client.EventFilter{Account: rpctest.Key(t, prover).Account()})
	if err != nil {
		t.Fatal(err)
	}
	clear(kinds)
	for _, r := range records {
		kinds[marketplace.KindOf(r.Event)]++
	}
	if kinds["RequestAssigned"] != 2 || kinds["VaultOpened"] != 1 || kinds["ProgramListed"] != 0 {
		t.Errorf("events of the prover = %v, want both of its assignments, also %v", kinds, other.Request.ID)
	}
	// A prover that comes to requests by itself hears of those that it may come to, and of no others.
	climbing := m.RequestFor(p, 6)
	climbing.Arrangement = marketplace.Arrangement{Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Least: vadium.NewAmount(1), Rise: 10_000, Lock: 20_000}}
	asking := m.Client(t, requester)
	if _, err := asking.PutBytes(t.Context(), client.Input, p.Input(6)); err != nil {
		t.Fatal(err)
	}
	open, err := asking.SubmitRequest(t.Context(), climbing)
	if err != nil {
		t.Fatal(err)
	}
	for _, forTakers := range []bool{false, true} {
		records, _, err = c.Events(t.Context(), 1, 500, client.EventFilter{Account: c.Account(), ForTakers: forTakers})
		if err != nil {
			t.Fatal(err)
		}
		heard := map[vadium.RequestID]int{}
		for _, r := range records {
			if about, ok := marketplace.RequestOf(r.Event); ok {
				heard[about]++
			}
		}
		want := 0
		if forTakers {
			want = 1 // submitted; what happens to its escrow is nobody else's business
		}
		if heard[open.Request.ID] != want || len(heard) != want {
			t.Errorf("with takers %v a stranger hears of %v, want %d event of %v alone", forTakers, heard, want, open.Request.ID)
		}
	}
	var listed []vadium.RequestID
	for r, err := range c.Requests(t.Context(), client.RequestFilter{ForTakers: true}) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, r.ID)
	}
	if len(listed) != 1 || listed[0] != open.Request.ID {
		t.Errorf("requests for takers = %v, want %v", listed, open.Request.ID)
	}
	// Small pages add up to the same.
	var paged []uint64
	for next := uint64(1); ; {
		page, following, err := c.Events(t.Context(), next, 2, client.EventFilter{Account: rpctest.Key(t, prover).Account()})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			paged = append(paged, r.Seq)
		}
		if len(page) == 0 {
			break
		}
		next = following
	}
	if len(paged) < len(records) {
		t.Errorf("pages of 2 hold %d events, want at least %d", len(paged), len(records))
	}
}

func TestACursorBeyondTheJournalIsRefusedNotWaitedFor(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	for _, err := range m.Client(t, stranger).Watch(t.Context(), 1_000_000, client.EventFilter{}) {
		if !errors.Is(err, wire.ErrBeyondJournal) {
			t.Errorf("Watch from beyond = %v, want %v", err, wire.ErrBeyondJournal)
		}
	}
}

func TestStreamsBeyondTheLimitAreToldToTryAgain(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.MaxStreams = 1 }})
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	first, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{}))
	if err != nil || !first.Receive() {
		t.Fatalf("first stream: %v", err)
	}
	second, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{}))
	if err == nil {
		for second.Receive() {
		}
		err = second.Err()
	}
	if connect.CodeOf(err) != connect.CodeUnavailable {
		t.Errorf("second stream = %v, want unavailable", err)
	}
	first.Close()
}

// A filter that lets nothing pass must not hide whether the stream is alive, nor where it is.
func TestASilentStreamSaysThatItIsAliveAndWhereItIs(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.Heartbeat = 20 * time.Millisecond }})
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	stream, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{
		From: 2, Account: rpctest.Key(t, stranger).Account().Hex(),
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	m.Fund(t, requester, 1)
	var end uint64
	m.Sequencer.View(func(s *marketplace.State) { end = s.NextSeq() })
	for stream.Receive() {
		beat := stream.Msg().GetHeartbeat()
		if beat == nil {
			t.Fatalf("got %v, want heartbeats only", stream.Msg())
		}
		if beat.GetCursor() >= end {
			return
		}
	}
	t.Errorf("the stream ended: %v", stream.Err())
}
