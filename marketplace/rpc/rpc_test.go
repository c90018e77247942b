package rpc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"
	"golang.org/x/sync/errgroup"

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

const (
	registrant = 10
	requester  = 11
	prover     = 12
	stranger   = 14
)

// post sends JSON as curl would, and returns the status and the answer.
func post(t *testing.T, m *rpctest.Market, procedure, body string) (int, map[string]any) {
	t.Helper()
	response, err := http.Post(m.URL+procedure, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]any{}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s answered %s: %v", procedure, text, err)
	}
	return response.StatusCode, answer
}

// withdrawal returns a signed command as JSON.
func withdrawal(t *testing.T, d signing.Domain, key signing.Signer, terms signing.Terms) string {
	t.Helper()
	_, signature, err := signing.Sign(d, key, marketplace.WithdrawBalance{Amount: vadium.Tokens(1)}, terms.Salt, terms.ValidUntil)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"auth": {"author": %q, "salt": %q, "validUntilMs": %d, "signature": "0x%x"}, "amount": %q}`,
		terms.Author.Hex(), terms.Salt, terms.ValidUntil, signature, vadium.Tokens(1))
}

const withdraw = "/vadium.marketplace.v1.AccountService/WithdrawBalance"

func now(m *rpctest.Market) (at vadium.Time) {
	m.Sequencer.View(func(s *marketplace.State) { at = s.Now() })
	return at
}

func TestPlainJSONOverHTTPWorks(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 3)
	status, answer := post(t, m, "/vadium.marketplace.v1.MarketService/GetMarket", "{}")
	market, _ := answer["market"].(map[string]any)
	if status != 200 || market["operator"] != strings.ToLower(rpctest.Key(t, rpctest.OperatorKey).Account().Hex()) || market["deposited"] != "3000000000000000000" {
		t.Errorf("GetMarket = %d %v", status, answer)
	}
	key := rpctest.Key(t, requester)
	body := withdrawal(t, m.Domain, key, signing.Terms{Author: key.Account(), Salt: vadium.Salt{1}, ValidUntil: now(m).Add(vadium.Minute)})
	if status, answer = post(t, m, withdraw, body); status != 200 {
		t.Fatalf("WithdrawBalance = %d %v", status, answer)
	}
	status, answer = post(t, m, "/vadium.marketplace.v1.MarketService/GetEvents", `{"account": "`+key.Account().Hex()+`"}`)
	events, _ := answer["events"].([]any)
	last, _ := events[len(events)-1].(map[string]any)
	detail, _ := last["detail"].(map[string]any)
	if status != 200 || last["kind"] != "Withdrawn" || detail["amount"] != "1000000000000000000" {
		t.Errorf("GetEvents = %d, last %v, want Withdrawn of one token", status, last)
	}
}

func TestACommandSentAgainGetsTheFirstAnswerAndHappensOnce(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 3)
	key := rpctest.Key(t, requester)
	body := withdrawal(t, m.Domain, key, signing.Terms{Author: key.Account(), Salt: vadium.Salt{1}, ValidUntil: now(m).Add(vadium.Minute)})
	_, first := post(t, m, withdraw, body)
	m.Fund(t, stranger, 1) // something else happens in between
	status, second := post(t, m, withdraw, body)
	if status != 200 || fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("second answer = %d %v, want the first: %v", status, second, first)
	}
	account, err := m.Client(t, requester).AccountOf(t.Context(), key.Account())
	if err != nil || account.Balance != vadium.Tokens(2) {
		t.Errorf("balance = %v, %v, want 2 tokens: the command happens once", account.Balance, err)
	}
}

func TestRepeatedAsksDeliveriesAndRequestsGetTheSameReceipt(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	key := rpctest.Key(t, prover)
	body := m.AskFor(p)
	until := now(m).Add(vadium.Minute)
	_, signature, err := signing.Sign(m.Domain, key, body, vadium.Salt{5}, until)
	if err != nil {
		t.Fatal(err)
	}
	message := &v1.PlaceAskRequest{Auth: new(v1.Authorization)}
	wire.WriteCommand(message, body)
	wire.WriteCommand(message.Auth, wire.Authorization{Author: key.Account(), Salt: vadium.Salt{5}, ValidUntil: until, Signature: signature})
	provers := marketplacev1connect.NewProverServiceClient(http.DefaultClient, m.URL)
	first, err := provers.PlaceAsk(t.Context(), connect.NewRequest(message))
	if err != nil {
		t.Fatal(err)
	}
	second, err := provers.PlaceAsk(t.Context(), connect.NewRequest(message))
	if err != nil || first.Msg.String() != second.Msg.String() {
		t.Errorf("second answer = %v, %v, want %v", second, err, first)
	}
}

// gatedKey signs when its gate opens, and says so before.
type gatedKey struct {
	signing.Signer
	asked, gate chan struct{}
}

// SignDigest implements [signing.Signer].
func (k gatedKey) SignDigest(digest [32]byte) ([]byte, error) {
	k.asked <- struct{}{}
	<-k.gate
	return k.Signer.SignDigest(digest)
}

// Receipts that wait for the market's key together are signed together, whatever they are about, and each client finds its
// own in order.
func TestReceiptsOfManyCallersAreSignedTogether(t *testing.T) {
	asked, gate := make(chan struct{}, 100), make(chan struct{})
	go func() { gate <- struct{}{} }() // for the key that asks are sealed to
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.Key = gatedKey{c.Key, asked, gate} }})
	<-asked
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	go func() { gate <- struct{}{} }() // for the ask of Stake
	m.Stake(t, prover, p)
	<-asked
	m.Fund(t, requester, 1_000)
	c := m.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	const callers = 9
	places := make(chan signing.Place, callers)
	var group errgroup.Group
	for i := range callers {
		group.Go(func() error {
			if i%2 == 0 {
				submitted, err := c.SubmitRequest(t.Context(), m.RequestFor(p, 3))
				places <- submitted.Receipt.Place
				return err
			}
			_, receipt, err := m.Client(t, prover).PlaceAsk(t.Context(), m.AskFor(p))
			places <- receipt.Place
			return err
		})
		if i == 0 {
			<-asked // the others come while the first is being signed for
		}
	}
	for m.Server.WaitingReceipts() < callers-1 {
		runtime.Gosched()
	}
	close(gate)
	if err := group.Wait(); err != nil {
		t.Fatal(err) // the client has checked the receipts
	}
	together := 0
	for range callers {
		if place := <-places; place.Of == callers-1 {
			together++
		}
	}
	if together != callers-1 {
		t.Errorf("%d receipts are on a sheet of %d, want them all but the one that was being signed", together, callers-1)
	}
}

func TestCommandsThatTheirAuthorDidNotSignForThisMarketNowAreRefused(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 3)
	key, at := rpctest.Key(t, requester), now(m)
	terms := signing.Terms{Author: key.Account(), Salt: vadium.Salt{1}, ValidUntil: at.Add(vadium.Minute)}
	with := func(change func(*signing.Terms)) signing.Terms { c := terms; change(&c); return c }
	for _, row := range []struct {
		name, body string
		status     int
		kind       vadium.Kind
	}{
		{"another domain", withdrawal(t, signing.Domain{ChainID: 1, Deployment: m.Domain.Deployment}, key, terms), 401, signing.ErrWrongSigner},
		{"another author", withdrawal(t, m.Domain, key, with(func(t *signing.Terms) { t.Author[0]++ })), 401, signing.ErrWrongSigner},
		{"another amount", strings.Replace(withdrawal(t, m.Domain, key, terms), `"amount": "1`, `"amount": "2`, 1), 401, signing.ErrWrongSigner},
		{"half a signature", strings.Replace(withdrawal(t, m.Domain, key, terms), `"signature": "0x`, `"signature": "0x00`, 1), 400, wire.ErrMalformed},
		{"expired", withdrawal(t, m.Domain, key, with(func(t *signing.Terms) { t.ValidUntil = at - 1 })), 400, marketplace.ErrExpired},
		{"valid for an hour", withdrawal(t, m.Domain, key, with(func(t *signing.Terms) { t.ValidUntil = at.Add(vadium.Hour) })), 400, marketplace.ErrExpiresTooLate},
		{"no authorization", `{"amount": "1"}`, 400, wire.ErrMalformed},
		{"a negative amount", strings.Replace(withdrawal(t, m.Domain, key, terms), `"amount": "`, `"amount": "-`, 1), 400, wire.ErrMalformed},
	} {
		status, answer := post(t, m, withdraw, row.body)
		text := fmt.Sprint(answer)
		if status != row.status || !strings.Contains(text, string(row.kind)) {
			t.Errorf("%s: %d %s, want %d with %s", row.name, status, text, row.status, row.kind)
		}
	}
	// An honest one still works: nothing of the above was remembered.
	if status, answer := post(t, m, withdraw, withdrawal(t, m.Domain, key, terms)); status != 200 {
		t.Errorf("honest command = %d %v", status, answer)
	}
}

func TestMessagesBeyondTheLimitAreRefusedBeforeTheyAreParsed(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	for _, row := range []struct {
		size, status int
	}{
		{rpc.MaxMessage, 400}, // within the limit, and refused for its content
		{rpc.MaxMessage + 1, 429},
		{2 * rpc.MaxMessage, 429},
	} {
		body := `{"request": "` + strings.Repeat("a", row.size-len(`{"request": ""}`)) + `"}`
		status, answer := post(t, m, "/vadium.marketplace.v1.MarketService/GetRequest", body)
		if status != row.status {
			t.Errorf("a message of %d bytes = %d %v, want %d", row.size, status, answer["code"], row.status)
		}
	}
}

func TestEveryRefusedFieldStatesItsLimit(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	for body, want := range map[string]string{
		`{"pageSize": 201}`:                                "200",
		`{"requester": "0x12"}`:                            "requester",
		`{"pageToken": "yesterday"}`:                       "page_token",
		`{"pageToken": "` + strings.Repeat("1", 21) + `"}`: "20",
	} {
		status, answer := post(t, m, "/vadium.marketplace.v1.MarketService/ListRequests", body)
		if text := fmt.Sprint(answer["message"]); status != 400 || !strings.Contains(text, want) {
			t.Errorf("ListRequests(%s) = %d %s, want 400 naming %s", body, status, text, want)
		}
	}
}

// h2c returns a client that speaks HTTP/2 without TLS, as gRPC clients do.
func h2c() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: protocols}}
}

// A balancer asks gRPC's health service: it has to hear what /readyz says, while calls in the notice are still answered.
func TestAMarketThatIsNotReadySaysSoToGRPCAndAnswers(t *testing.T) {
	var stopping atomic.Bool
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) {
		c.Ready = func() error {
			if stopping.Load() {
				return errors.New("the service is stopping")
			}
			return nil
		}
	}})
	for _, want := range []string{"SERVING_STATUS_SERVING", "SERVING_STATUS_NOT_SERVING"} {
		if status, answer := post(t, m, "/grpc.health.v1.Health/Check", "{}"); status != 200 || answer["status"] != want {
			t.Errorf("health = %d %v, want %s", status, answer, want)
		}
		if _, err := m.Client(t, requester).Market(t.Context()); err != nil {
			t.Errorf("a call when health is %s: %v", want, err)
		}
		stopping.Store(true)
	}
}

func TestGRPCClientsHealthAndReflectionWorkOnTheSamePort(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 3)
	c := client.New(m.URL, client.Options{Key: rpctest.Key(t, requester), HTTP: h2c(), GRPC: true})
	if _, err := c.WithdrawBalance(t.Context(), vadium.Tokens(1)); err != nil {
		t.Errorf("WithdrawBalance over gRPC = %v", err)
	}
	if _, err := c.WithdrawBalance(t.Context(), vadium.Tokens(9)); !errors.Is(err, marketplace.ErrBalanceTooLow) {
		t.Errorf("WithdrawBalance of too much over gRPC = %v, want %v", err, marketplace.ErrBalanceTooLow)
	}
	for record, err := range c.Watch(t.Context(), 1, client.EventFilter{}) {
		if _, opened := record.Event.(*marketplace.MarketOpened); err != nil || !opened {
			t.Errorf("first record over gRPC = %+v, %v, want MarketOpened", record, err)
		}
		break
	}
	for _, body := range []string{"{}", `{"service": "vadium.marketplace.v1.MarketService"}`} {
		if status, answer := post(t, m, "/grpc.health.v1.Health/Check", body); status != 200 || answer["status"] != "SERVING_STATUS_SERVING" {
			t.Errorf("health of %s = %d %v, want SERVING", body, status, answer)
		}
	}
	if _, answer := post(t, m, "/grpc.health.v1.Health/Check", `{"service": "vadium.Nobody"}`); answer["code"] != "not_found" {
		t.Errorf("health of a service that is not there = %v, want not_found", answer)
	}
	reflection := grpcreflect.NewClient(h2c(), m.URL, connect.WithGRPC()).NewStream(t.Context())
	defer reflection.Close()
	services, err := reflection.ListServices()
	if err != nil || !strings.Contains(fmt.Sprint(services), "vadium.vaults.v1.VaultService") {
		t.Errorf("reflection lists %v, %v, want the vault service among them", services, err)
	}
}
