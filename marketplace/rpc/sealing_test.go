package rpc_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// overheard is a transport that keeps what is sent.
type overheard struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

func (o *overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		o.mu.Lock()
		o.sent.Write(body)
		o.mu.Unlock()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// shows reports whether a price can be read in text, however it is written.
func shows(text []byte, price vadium.Amount) bool {
	word := price.Bytes32()
	return bytes.Contains(text, word[20:]) || bytes.Contains(text, []byte(price.String())) || bytes.Contains(text, []byte(price.Tokens()))
}

// Between the prover and the market, and in the market's log, nobody reads what a prover asks: neither in a call of its own
// nor in a batch.
func TestNobodyOnTheWayReadsAnAsk(t *testing.T) {
	var logged bytes.Buffer
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) {
		c.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	session := m.Session(t, prover, marketplace.ScopeAsk, vadium.Amount{})
	price := vadium.NewAmount(1_234_567_891_234_567_891)
	ask := m.AskFor(p)
	ask.Price = price

	wire := new(overheard)
	owner := client.New(m.URL, client.Options{Key: rpctest.Key(t, prover), HTTP: &http.Client{Transport: wire}})
	_, receipt, err := owner.PlaceAsk(t.Context(), ask)
	if err != nil || receipt.Receipt.Prover != owner.Account() {
		t.Fatalf("a sealed ask: %+v, %v", receipt, err)
	}
	hot := client.New(m.URL, client.Options{Session: &session, HTTP: &http.Client{Transport: wire}})
	executed, err := hot.Execute(t.Context(), []client.Batched{{Body: ask}, {Body: marketplace.WithdrawAsk{Product: ask.Product}}, {Body: ask}})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range executed.Verdicts {
		if v.Err != nil {
			t.Errorf("command %d of a batch with sealed asks: %v", i, v.Err)
		}
	}
	var stands vadium.Amount
	m.Sequencer.View(func(s *marketplace.State) { stands = s.Book(ask.Product).Asks[0].Price })
	if stands != price {
		t.Errorf("the ask stands at %v, want %v", stands, price)
	}
	refused := ask
	refused.StandUntil = 1
	if _, _, err := owner.PlaceAsk(t.Context(), refused); err == nil {
		t.Error("an ask that has lapsed is taken")
	}
	if shows(wire.sent.Bytes(), price) {
		t.Errorf("the price can be read on the way: %q", wire.sent.String())
	}
	if !shows([]byte(price.String()), price) || !strings.Contains(logged.String(), "PlaceSealedAsk") {
		t.Errorf("the test would not notice; the log says %s", logged.String())
	}
	if shows(logged.Bytes(), price) {
		t.Errorf("the log shows the price: %s", logged.String())
	}
}

// sealedAsk returns an ask that key n signed and sealed, as change would have it.
func sealedAsk(t *testing.T, m *rpctest.Market, n byte, ask marketplace.Body, change func(key *signing.SealingKey, belongs *signing.Sealed)) *v1.PlaceSealedAskRequest {
	t.Helper()
	key := rpctest.Key(t, n)
	salt, until := client.NewSalt(), now(m).Add(vadium.Minute)
	_, signature, err := signing.Sign(m.Domain, key, ask, salt, until)
	if err != nil {
		t.Fatal(err)
	}
	message := &v1.PlaceSealedAskRequest{Auth: new(v1.Authorization)}
	wire.WriteCommand(message.Auth, wire.Authorization{Author: key.Account(), Salt: salt, ValidUntil: until, Signature: signature})
	a, err := sealing(m).GetSealingKey(t.Context(), connect.NewRequest(&v1.GetSealingKeyRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := wire.ReadBytes(a.Msg.GetKey())
	if err != nil {
		t.Fatal(err)
	}
	to, belongs := signing.SealingKey{Key: [32]byte(raw)}, signing.Sealed{Domain: m.Domain, Author: key.Account(), Salt: salt, ValidUntil: until}
	if change != nil {
		change(&to, &belongs)
	}
	encoded, err := signing.Encode(ask, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := signing.NewSealer(to, belongs)
	if err != nil {
		t.Fatal(err)
	}
	if message.Sealed, err = sealer.Seal(encoded); err != nil {
		t.Fatal(err)
	}
	return message
}

func sealing(m *rpctest.Market) marketplacev1connect.SealedServiceClient {
	return marketplacev1connect.NewSealedServiceClient(http.DefaultClient, m.URL)
}

// A sealed ask is taken from its author, in this market, for this call, and from nobody else: whoever copies it from the wire
// has nothing.
func TestASealedAskIsWorthNothingElsewhere(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	m.Stake(t, stranger, p)
	good := sealedAsk(t, m, prover, m.AskFor(p), nil)
	other, err := signing.NewOpening()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		message *v1.PlaceSealedAskRequest
		want    vadium.Kind
	}{
		"for another key": {sealedAsk(t, m, prover, m.AskFor(p), func(k *signing.SealingKey, _ *signing.Sealed) { *k = other.Public() }), signing.ErrSealed},
		"for another market": {sealedAsk(t, m, prover, m.AskFor(p), func(_ *signing.SealingKey, s *signing.Sealed) {
			s.Domain.Deployment[0]++
		}), signing.ErrSealed},
		"of another author":              {&v1.PlaceSealedAskRequest{Auth: sealedAsk(t, m, stranger, m.AskFor(p), nil).Auth, Sealed: good.Sealed}, signing.ErrSealed},
		"under another signature's salt": {&v1.PlaceSealedAskRequest{Auth: sealedAsk(t, m, prover, m.AskFor(p), nil).Auth, Sealed: good.Sealed}, signing.ErrSealed},
		"with its end cut off":           {&v1.PlaceSealedAskRequest{Auth: good.Auth, Sealed: good.Sealed[:len(good.Sealed)-1]}, signing.ErrSealed},
		"shorter than any":               {&v1.PlaceSealedAskRequest{Auth: good.Auth, Sealed: good.Sealed[:47]}, wire.ErrMalformed},
		"longer than any":                {&v1.PlaceSealedAskRequest{Auth: good.Auth, Sealed: make([]byte, signing.MaxSealed+49)}, wire.ErrMalformed},
		"that is something else":         {sealedAsk(t, m, prover, marketplace.WithdrawAsk{Product: m.AskFor(p).Product}, nil), wire.ErrMalformed},
		"that no ask may be":             {sealedAsk(t, m, prover, marketplace.PlaceAsk{Product: m.AskFor(p).Product}, nil), wire.ErrMalformed},
		"that its author did not sign":   {unsigned(t, m, p), signing.ErrWrongSigner},
	} {
		if _, err := sealing(m).PlaceSealedAsk(t.Context(), connect.NewRequest(c.message)); !errors.Is(kindOfAnswer(err), c.want) {
			t.Errorf("an ask %s: %v, want %v", name, err, c.want)
		}
	}
	first, err := sealing(m).PlaceSealedAsk(t.Context(), connect.NewRequest(good))
	if err != nil {
		t.Fatal(err)
	}
	// Sent again by whoever copied it, it is the same command, which has its answer.
	if second, err := sealing(m).PlaceSealedAsk(t.Context(), connect.NewRequest(good)); err != nil || second.Msg.String() != first.Msg.String() {
		t.Errorf("second answer = %v, %v, want %v", second, err, first)
	}
}

// unsigned is a sealed ask under the signature of another.
func unsigned(t *testing.T, m *rpctest.Market, p rpctest.Program) *v1.PlaceSealedAskRequest {
	t.Helper()
	message := sealedAsk(t, m, prover, m.AskFor(p), nil)
	message.Auth.Signature = sealedAsk(t, m, prover, m.AskFor(p), nil).Auth.Signature
	return message
}

// kindOfAnswer returns the kind of a refusal, or the error itself.
func kindOfAnswer(err error) error {
	var coded *connect.Error
	if !errors.As(err, &coded) {
		return err
	}
	for _, d := range coded.Details() {
		if value, err := d.Value(); err == nil {
			if detail, is := value.(*v1.ErrorDetail); is {
				return vadium.Kind(detail.GetKind())
			}
		}
	}
	return err
}

// A market that lost its key has another one; clients find out by themselves.
func TestAClientSealsToTheKeyInForce(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	url := m.URL
	c := m.Stake(t, prover, p)
	m.RestartAt(t, url) // the test market's key lives as long as its server
	if _, _, err := c.PlaceAsk(t.Context(), m.AskFor(p)); err != nil {
		t.Errorf("an ask sealed to a key that is gone: %v", err)
	}
}
