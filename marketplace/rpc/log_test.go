package rpc_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/transparency"
)

// What the market receipts is in the history that it signs, from the moment of the receipt on.
func TestAReceiptedAskIsInTheLog(t *testing.T) {
	params := marketplace.DemoParams()
	params.AskEpoch = vadium.Hour
	m := rpctest.Start(t, rpctest.Config{Params: params})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	c := m.Stake(t, prover, p)
	before, err := c.TreeHead(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, receipt, err := c.PlaceAsk(t.Context(), m.AskFor(p))
	if err != nil {
		t.Fatal(err)
	}
	head, err := c.TreeHead(t.Context(), receipt.Receipt.Seq)
	if err != nil {
		t.Fatal(err)
	}
	events, _, err := c.Events(t.Context(), receipt.Receipt.Seq, 1, client.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	placed, is := events[0].Event.(*marketplace.AskPlaced)
	if !is || !placed.Sealed || placed.Ask.Commitment != receipt.Receipt.Commitment {
		t.Fatalf("record %d is %+v, want the ask, sealed", receipt.Receipt.Seq, events[0].Event)
	}
	included, err := c.InclusionProof(t.Context(), receipt.Receipt.Seq, head.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := transparency.CheckIncluded(head.TreeHead, events[0], included); err != nil {
		t.Error(err)
	}
	consistent, err := c.ConsistencyProof(t.Context(), before.Size, head.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := transparency.CheckConsistent(before.TreeHead, head.TreeHead, consistent); err != nil {
		t.Error(err)
	}
	if _, err := c.CloseHead(t.Context(), 1); !errors.Is(err, transparency.ErrEpochOpen) {
		t.Errorf("the head of the open epoch: %v, want %v", err, transparency.ErrEpochOpen)
	}
	if _, err := c.TreeHead(t.Context(), 1<<40); !errors.Is(err, transparency.ErrShorter) {
		t.Errorf("a head of more than there is: %v, want %v", err, transparency.ErrShorter)
	}
	if _, err := c.InclusionProof(t.Context(), head.Size+1, head.Size); !errors.Is(err, transparency.ErrShorter) {
		t.Errorf("a proof of what is not in it: %v, want %v", err, transparency.ErrShorter)
	}
	kept, err := c.Keep(t.Context(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Check(); err != nil {
		t.Errorf("a receipt that was kept: %v", err)
	}
	for name, change := range map[string]func(*client.Kept){
		"of another market": func(k *client.Kept) { k.Deployment[0]++ }, "by another key": func(k *client.Kept) { k.Signer[0]++ },
		"of another position": func(k *client.Kept) { k.Ask.Receipt.Seq++ }, "of nobody": func(k *client.Kept) { k.Signer = vadium.Account{} },
	} {
		changed := kept
		if change(&changed); changed.Check() == nil {
			t.Errorf("a receipt %s passes", name)
		}
	}
	// The same history after a restart, and the same heads.
	m.Restart(t)
	c = m.Client(t, prover)
	later, err := c.TreeHead(t.Context(), head.Size+1)
	if err != nil {
		t.Fatal(err)
	}
	if consistent, err = c.ConsistencyProof(t.Context(), head.Size, later.Size); err != nil {
		t.Fatal(err)
	}
	if err := transparency.CheckConsistent(head.TreeHead, later.TreeHead, consistent); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}
