package rpc_test

import (
	"testing"

	"vadium"
	"vadium/marketplace"
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
	for i, price := range []uint64{1, 2, 3, 4} {
		c := m.Stake(t, byte(20+i), p)
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
}
