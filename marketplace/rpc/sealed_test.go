package rpc_test

import (
	"slices"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
)

// What ranked backups would be paid tells what others ask. While the epoch is open, no answer shows it.
func TestRankedBackupsAreNotShownWhileAsksAreSealed(t *testing.T) {
	params := marketplace.DemoParams()
	params.AskEpoch = vadium.Hour // nothing is published during the test
	m := rpctest.Start(t, rpctest.Config{Params: params})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	var provers []vadium.Account
	for i, price := range []uint64{1, 2, 3, 4} {
		c := m.Stake(t, byte(20+i), p)
		provers = append(provers, c.Account())
		ask := m.AskFor(p)
		ask.Price = vadium.Tokens(price)
		if _, _, err := c.PlaceAsk(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
	}
	m.Fund(t, requester, 100)
	submitted := m.Submit(t, requester, p, 3)
	if ranked := submitted.Request.Ranked; len(ranked) > 0 {
		t.Errorf("SubmitRequest shows ranked backups %v", ranked)
	}
	var ranked int
	m.Sequencer.View(func(s *marketplace.State) { ranked = len(s.Request(submitted.Request.ID).Ranked) })
	if ranked == 0 {
		t.Fatal("no backup was ranked, so there is nothing to hide")
	}
	_, answer := post(t, m, "/vadium.marketplace.v1.MarketService/GetRequest", `{"request":"`+submitted.Request.ID.String()+`"}`)
	if shown := answer["request"].(map[string]any)["ranked"]; shown != nil {
		t.Errorf("GetRequest shows ranked backups %v", shown)
	}
	_, answer = post(t, m, "/vadium.marketplace.v1.MarketService/ListRequests", `{}`)
	for _, r := range answer["requests"].([]any) {
		if shown := r.(map[string]any)["ranked"]; shown != nil {
			t.Errorf("ListRequests shows ranked backups %v", shown)
		}
	}
	// Nor does asking for what concerns a prover: an event that names it only in what is hidden is not about it.
	for i, of := range provers {
		events, _, err := m.Client(t, stranger).Events(t.Context(), submitted.Request.Position, 100, client.EventFilter{Account: of})
		if err != nil {
			t.Fatal(err)
		}
		shown := slices.ContainsFunc(events, func(r marketplace.Record) bool {
			_, assigned := r.Event.(*marketplace.RequestAssigned)
			return assigned
		})
		if won := i == 0; shown != won {
			t.Errorf("the events of prover %d show the assignment: %v, want %v", i, shown, won)
		}
	}
}

// A batch's offers are sealed, and so is who was among them: only those concern it who serve.
func TestABatchConcernsOnlyWhoServesInIt(t *testing.T) {
	of := func(n byte) vadium.Account { return vadium.Account{n} }
	batch := &marketplace.BatchCleared{
		Offers: []marketplace.BatchOffer{{Prover: of(1)}, {Prover: of(2)}},
		Served: []marketplace.BatchServed{{Prover: of(1)}}, Wins: []marketplace.BatchWin{{Prover: of(1)}},
	}
	for n, want := range map[byte]bool{1: true, 2: false} {
		if got := rpc.Concerns(of(n), batch); got != want {
			t.Errorf("the batch concerns prover %d: %v, want %v", n, got, want)
		}
	}
	if len(batch.Offers) != 2 {
		t.Errorf("looking at the batch left %d offers in it, want 2", len(batch.Offers))
	}
}
