package rpc_test

import (
	"bytes"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/signing"
)

// What the market signs of a quote is a reserve; nothing else that looks like it is.
func TestOnlyAQuoteThatTheMarketSignedIsAReserve(t *testing.T) {
	m, p, _ := staked(t)
	c := m.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	quote := func(maxFee vadium.Amount) (client.Quote, client.TierQuote) {
		t.Helper()
		q, err := c.Quote(t.Context(), client.QuoteFor{Program: p.ID(), MaxFee: maxFee})
		if err != nil || len(q.Tiers) != 3 {
			t.Fatalf("Quote = %+v, %v, want three tiers", q, err)
		}
		return q, q.Tiers[0]
	}
	q, three := quote(vadium.Tokens(3))
	for i, tier := range []auction.Tier{auction.Immediate, auction.Standard, auction.Bulk} {
		of := q.Tiers[i]
		if of.Quote.Product.Tier != tier || of.Quote.Reserve != vadium.Tokens(3) || of.Covered != (i == 0) || of.Asks != uint32(1-min(i, 1)) || of.Deliveries+of.Ended > 0 || of.ValueReserve != 0 {
			t.Errorf("tier %v = %+v, want a reserve of 3 tokens, and an ask in the first", tier, of)
		}
		if err := signing.CheckQuote(m.Domain, rpctest.Key(t, rpctest.MarketKey).Account(), of.Quote, of.Signature); err != nil {
			t.Errorf("the signature for %v: %v", tier, err)
		}
	}
	submit := func(q marketplace.Quote, signature []byte) (client.Submitted, error) {
		body := m.RequestFor(p, 3)
		body.Quote, body.QuoteSignature = q, signature
		return c.SubmitRequest(t.Context(), body)
	}
	dearer, older := three.Quote, three.Quote
	dearer.Reserve = vadium.Tokens(4)
	older.Position--
	ofStranger, err := signing.SignQuote(m.Domain, rpctest.Key(t, stranger), three.Quote)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := signing.SignQuote(signing.Domain{ChainID: 1}, rpctest.Key(t, rpctest.MarketKey), three.Quote)
	if err != nil {
		t.Fatal(err)
	}
	twisted := bytes.Clone(three.Signature)
	twisted[40]++
	for name, forged := range map[string]struct {
		quote     marketplace.Quote
		signature []byte
	}{
		"of another reserve": {dearer, three.Signature}, "of another record": {older, three.Signature}, "signed by a stranger": {three.Quote, ofStranger},
		"of another market": {three.Quote, elsewhere}, "with a twisted signature": {three.Quote, twisted}, "without one": {three.Quote, nil},
	} {
		_, err := submit(forged.quote, forged.signature)
		refusedWith(t, "a quote "+name, err, marketplace.ErrQuoteUnsigned)
	}
	if _, err := submit(three.Quote, three.Signature[:64]); err == nil {
		t.Error("half a signature passed")
	}
	first, err := submit(three.Quote, three.Signature)
	if err != nil || first.Request.Reserve != vadium.Tokens(3) || first.Request.Quote == nil || *first.Request.Quote != three.Quote || first.Receipt.Receipt.Reserve != vadium.Tokens(3) {
		t.Errorf("the market's quote = %+v, %v, want a reserve of 3 tokens", first.Request, err)
	}

	// In a batch, too, where many share one.
	session := m.Session(t, requester, marketplace.ScopeRequest, vadium.Tokens(60))
	_, two := quote(vadium.Tokens(2))
	bodies := make([]marketplace.Body, 3)
	for i := range bodies {
		body := m.RequestFor(p, 3)
		body.Quote, body.QuoteSignature = two.Quote, two.Signature
		if i == 1 {
			body.Quote.Reserve = vadium.Tokens(1)
		}
		bodies[i] = body
	}
	verdicts, err := execute(t, m, signedBatch(t, m, session, 1, bodies...))
	if got := kinds(verdicts); err != nil || got != ","+string(marketplace.ErrQuoteUnsigned)+"," {
		t.Errorf("a batch of quotes = %q, %v, want the second refused", got, err)
	}
}

// Scores come in pages, with the rule and the record that they are as of.
func TestScoresArePublishedWithTheirRule(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.Fund(t, rpctest.OperatorKey, 1)
	m.List(t, rpctest.OperatorKey, p)
	cheap, dear := m.Stake(t, prover, p), m.Stake(t, stranger, p)
	ask := m.AskFor(p)
	ask.Price = vadium.Tokens(2)
	if _, _, err := dear.PlaceAsk(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	read := func(of vadium.Account) (all client.Scores) {
		t.Helper()
		for page, err := range m.Client(t, registrant).Scores(t.Context(), of) {
			if err != nil {
				t.Fatal(err)
			}
			all = page
		}
		return all
	}
	if got := read(vadium.Account{}); len(got.Scores) > 0 || got.Rule.Version != marketplace.ScoringRule().Version || len(got.Rule.Says) == 0 || got.Seq == 0 {
		t.Errorf("Scores = %+v, want none and the rule", got)
	}
	s := m.Submit(t, requester, p, 4)
	if _, err := cheap.AcceptRequest(t.Context(), s.Request.ID); err != nil {
		t.Fatal(err)
	}
	proof := p.Prove(t, p.Input(4), s.Request.ID, cheap.Account())
	if _, _, err := cheap.Deliver(t.Context(), s.Request.ID, proof); err != nil {
		t.Fatal(err)
	}
	verdict := marketplace.Conclude{Request: s.Request.ID, Proof: vadium.DigestOf(proof), Verdict: marketplace.VerdictValid}
	if _, err := m.Sequencer.Do(t.Context(), marketplace.Command{Body: verdict}); err != nil {
		t.Fatal(err)
	}
	for _, of := range []vadium.Account{{}, cheap.Account()} {
		got := read(of)
		if len(got.Scores) != 1 {
			t.Fatalf("Scores of %v = %+v, want one", of, got)
		}
		one := got.Scores[0]
		if one.Prover != cheap.Account() || one.InTime != 1 || one.Counted != 1 || one.Success != vadium.PpmOne || one.WaitP50 == 0 || one.Multiplier != auction.BestMultiplier {
			t.Errorf("the score = %+v, want one proof in time", one)
		}
	}
	if got := read(dear.Account()); len(got.Scores) > 0 {
		t.Errorf("Scores of who proved nothing = %+v", got)
	}
	// And the quote knows by now how long proofs take.
	q, err := cheap.Quote(t.Context(), client.QuoteFor{Program: p.ID(), MaxFee: vadium.Tokens(5)})
	if err != nil || q.Tiers[0].Deliveries != 1 || q.Tiers[0].InTime != 1 || q.Tiers[0].Ended != 1 {
		t.Errorf("after a proof the quote is %+v, %v", q.Tiers, err)
	}
}
