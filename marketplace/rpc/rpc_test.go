package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"

	"vadium"
	"vadium/auction"
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
	reflection := grpcreflect.NewClient(h2c(), m.URL, connect.WithGRPC()).NewStream(t.Context())
	defer reflection.Close()
	services, err := reflection.ListServices()
	if err != nil || !strings.Contains(fmt.Sprint(services), "vadium.vaults.v1.VaultService") {
		t.Errorf("reflection lists %v, %v, want the vault service among them", services, err)
	}
}

// assigned returns a market with a request whose input one prover may read.
func assigned(t *testing.T) (*rpctest.Market, rpctest.Program, client.Submitted) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	return m, p, m.Submit(t, requester, p, 4)
}

func TestInputsAreServedToRequesterAndAssignedProverOnly(t *testing.T) {
	m, p, s := assigned(t)
	m.Fund(t, stranger, 1)
	for n, want := range map[byte]error{requester: nil, prover: nil, stranger: wire.ErrBlobPrivate, registrant: wire.ErrBlobPrivate, rpctest.OperatorKey: wire.ErrBlobPrivate} {
		content, err := m.Client(t, n).GetBytes(t.Context(), client.OfRequest(s.Request.ID), s.Request.Input)
		if !errors.Is(err, want) || want == nil && !bytes.Equal(content, p.Input(4)) {
			t.Errorf("input for key %d = %x, %v, want %v", n, content, err, want)
		}
	}
	anonymous := client.New(m.URL, client.Options{})
	if _, err := anonymous.GetBytes(t.Context(), client.OfRequest(s.Request.ID), s.Request.Input); !errors.Is(err, wire.ErrBlobPrivate) {
		t.Errorf("input without a token = %v, want %v", err, wire.ErrBlobPrivate)
	}
	if _, err := anonymous.GetBytes(t.Context(), client.OfProgram(p.ID()), s.Request.Input); !errors.Is(err, wire.ErrBlobUnknown) {
		t.Errorf("input as a file of the program = %v, want %v", err, wire.ErrBlobUnknown)
	}
}

// A token is for one blob of one request, of one author, for a time.
func TestAReadTokenIsWorthNothingForAnythingElse(t *testing.T) {
	m, _, s := assigned(t)
	key := rpctest.Key(t, prover)
	token := func(change func(*signing.ReadBlob)) *v1.ReadToken {
		r := signing.ReadBlob{Author: key.Account(), Digest: s.Request.Input, Request: s.Request.ID, ValidUntil: m.Server.Clock().Add(vadium.Minute)}
		change(&r)
		signature, err := signing.SignToken(m.Domain, key, r)
		if err != nil {
			t.Fatal(err)
		}
		return &v1.ReadToken{Author: r.Author.Hex(), ValidUntilMs: int64(r.ValidUntil), Signature: wire.Hex(signature)}
	}
	blobs := marketplacev1connect.NewBlobServiceClient(http.DefaultClient, m.URL)
	for name, row := range map[string]struct {
		token *v1.ReadToken
		code  connect.Code
	}{
		"as it should be": {token(func(*signing.ReadBlob) {}), 0},
		"other digest":    {token(func(r *signing.ReadBlob) { r.Digest[0]++ }), connect.CodeUnauthenticated},
		"other request":   {token(func(r *signing.ReadBlob) { r.Request[0]++ }), connect.CodeUnauthenticated},
		"other author":    {token(func(r *signing.ReadBlob) { r.Author = rpctest.Key(t, requester).Account() }), connect.CodeUnauthenticated},
		"expired":         {token(func(r *signing.ReadBlob) { r.ValidUntil -= vadium.Time(2 * vadium.Minute) }), connect.CodeUnauthenticated},
		"for an hour":     {token(func(r *signing.ReadBlob) { r.ValidUntil += vadium.Time(vadium.Hour) }), connect.CodeUnauthenticated},
	} {
		stream, err := blobs.GetBlob(t.Context(), connect.NewRequest(&v1.GetBlobRequest{
			Digest: s.Request.Input.String(), Request: s.Request.ID.String(), Token: row.token,
		}))
		if err != nil {
			t.Fatal(err)
		}
		for stream.Receive() {
		}
		if got := stream.Err(); got == nil && row.code != 0 || got != nil && connect.CodeOf(got) != row.code {
			t.Errorf("token %s = %v, want %v", name, got, row.code)
		}
		stream.Close()
	}
}

// Digests are public. Naming a victim's input in a request or program of one's own must not open it.
func TestNamingSomebodyElsesInputDoesNotOpenIt(t *testing.T) {
	m, p, s := assigned(t)
	m.Fund(t, stranger, 100)
	thief := m.Client(t, stranger)
	request := m.RequestFor(p, 4) // the victim's statement and the digest of its input
	if _, err := thief.SubmitRequest(t.Context(), request); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("a request with the victim's input = %v, want %v", err, marketplace.ErrInputMissing)
	}
	program := p.Program
	program.Name, program.Sample = "trap", s.Request.Input
	for kind, content := range map[string][]byte{
		client.ConstraintSystem: p.ConstraintSystemFile, client.ProvingKey: p.ProvingKeyFile, client.VerifyingKey: p.VerifyingKeyFile,
	} {
		if _, err := thief.PutBytes(t.Context(), kind, content); err != nil {
			t.Fatal(err)
		}
	}
	proof := p.Prove(t, p.Input(4), vadium.RequestID{}, vadium.Account{})
	if _, _, err := thief.RegisterProgram(t.Context(), program, proof); !errors.Is(err, wire.ErrBlobNotUploaded) {
		t.Errorf("a program with the victim's input = %v, want %v", err, wire.ErrBlobNotUploaded)
	}
	// What the victim itself uploaded as an input is not a file of a program either.
	if _, _, err := m.Client(t, requester).RegisterProgram(t.Context(), program, proof); !errors.Is(err, wire.ErrBlobNotUploaded) {
		t.Errorf("an input as a program's file = %v, want %v", err, wire.ErrBlobNotUploaded)
	}
}

func TestProofsStayHiddenUntilTheyAreAccepted(t *testing.T) {
	m, p, s := assigned(t) // no verifier runs, so the delivery stays under verification
	proving := m.Client(t, prover)
	if _, err := proving.AcceptRequest(t.Context(), s.Request.ID); err != nil {
		t.Fatal(err)
	}
	proof := p.Prove(t, p.Input(4), s.Request.ID, proving.Account())
	if _, _, err := proving.Deliver(t.Context(), s.Request.ID, proof); err != nil {
		t.Fatal(err)
	}
	for _, n := range []byte{requester, prover, stranger} {
		if _, err := m.Client(t, n).GetBytes(t.Context(), client.OfRequest(s.Request.ID), vadium.DigestOf(proof)); !errors.Is(err, wire.ErrBlobPrivate) {
			t.Errorf("the proof under verification for key %d = %v, want %v", n, err, wire.ErrBlobPrivate)
		}
	}
}

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

func TestAQuoteSaysWhyARequestCouldNotBeServed(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	c := m.Client(t, stranger)
	quote := func(q client.QuoteFor) (kind string) {
		t.Helper()
		q.Program = p.ID()
		if q.MaxFee.IsZero() {
			q.MaxFee = vadium.Tokens(5)
		}
		answer, err := c.Quote(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Servable != (answer.Reason == "") {
			t.Errorf("quote = %+v, want a reason exactly if it is not servable", answer)
		}
		return answer.Kind
	}
	check := func(got string, want vadium.Kind) {
		t.Helper()
		if got != string(want) {
			t.Errorf("quote = %q, want %q", got, want)
		}
	}
	check(quote(client.QuoteFor{}), marketplace.ErrProgramUnknown)
	m.List(t, registrant, p)
	check(quote(client.QuoteFor{}), marketplace.ErrProgramUnserved)
	m.Stake(t, prover, p)
	check(quote(client.QuoteFor{}), "")
	check(quote(client.QuoteFor{MaxFee: vadium.NewAmount(1)}), marketplace.ErrFeeTooLow)
	check(quote(client.QuoteFor{Deadline: 1}), marketplace.ErrDeadlineTooNear)
	check(quote(client.QuoteFor{Deadline: vadium.Forever}), marketplace.ErrDeadlineTooFar)
	check(quote(client.QuoteFor{DamageCap: vadium.Tokens(1)}), marketplace.ErrNoDamageCap)
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

func TestUploadsNeedMoneyAndStayWithinLimits(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.UploadBudget = 100 }})
	if _, err := m.Client(t, stranger).PutBytes(t.Context(), client.Input, []byte("x")); !errors.Is(err, wire.ErrUploadsExhausted) {
		t.Errorf("upload by nobody = %v, want %v", err, wire.ErrUploadsExhausted)
	}
	m.Fund(t, requester, 1)
	c := m.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, make([]byte, 100)); err != nil {
		t.Errorf("upload of the whole budget = %v", err)
	}
	if _, err := c.PutBytes(t.Context(), client.Input, []byte("one more")); !errors.Is(err, wire.ErrUploadsExhausted) {
		t.Errorf("upload beyond the budget = %v, want %v", err, wire.ErrUploadsExhausted)
	}
	tooLarge := client.Upload{Kind: client.VerifyingKey, Size: 1<<20 + 1, Content: bytes.NewReader(nil)}
	if err := c.Put(t.Context(), tooLarge); !errors.Is(err, wire.ErrBlobTooLarge) || !strings.Contains(err.Error(), "1048576") {
		t.Errorf("a verifying key of 1 MiB and a byte = %v, want %v naming the limit", err, wire.ErrBlobTooLarge)
	}
}

func TestAProgramWhoseSampleProofDoesNotVerifyIsNotListed(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	c := m.Client(t, registrant)
	for kind, content := range map[string][]byte{
		client.ConstraintSystem: p.ConstraintSystemFile, client.ProvingKey: p.ProvingKeyFile, client.VerifyingKey: p.VerifyingKeyFile, client.Sample: p.Input(3),
	} {
		if _, err := c.PutBytes(t.Context(), kind, content); err != nil {
			t.Fatal(err)
		}
	}
	ofAnother := p.Prove(t, p.Input(4), vadium.RequestID{}, vadium.Account{})
	if _, _, err := c.RegisterProgram(t.Context(), p.Program, ofAnother); !errors.Is(err, marketplace.ErrSampleUnverified) {
		t.Errorf("a proof of another statement = %v, want %v", err, marketplace.ErrSampleUnverified)
	}
	if _, _, err := c.RegisterProgram(t.Context(), p.Program, bytes.Repeat([]byte{0xff}, 200)); !errors.Is(err, marketplace.ErrSampleUnverified) {
		t.Errorf("bytes that are no proof = %v, want %v", err, marketplace.ErrSampleUnverified)
	}
	if _, err := c.Program(t.Context(), p.ID()); !errors.Is(err, marketplace.ErrProgramUnknown) {
		t.Errorf("Program = %v, want %v", err, marketplace.ErrProgramUnknown)
	}
}

func TestAScalarAboveTheOrderOfTheFieldIsRefused(t *testing.T) {
	m, p, _ := assigned(t)
	c := m.Client(t, requester)
	request := m.RequestFor(p, 4)
	request.Statement = bytes.Repeat([]byte{0xff}, vadium.ScalarBytes)
	if _, err := c.SubmitRequest(t.Context(), request); err == nil || !strings.Contains(err.Error(), "order") {
		t.Errorf("a statement above the order = %v, want a refusal that names it", err)
	}
}

// The requester trap of peers.md: a request whose input nobody holds would be assigned and then fail its prover.
func TestARequestWhoseInputIsMissingOrOfTheWrongSizeIsRefused(t *testing.T) {
	m, p, _ := assigned(t)
	c := m.Client(t, requester)
	request := m.RequestFor(p, 6)
	if _, err := c.SubmitRequest(t.Context(), request); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("a missing input = %v, want %v", err, marketplace.ErrInputMissing)
	}
	short := p.Input(6)[:vadium.ScalarBytes]
	var err error
	if request.Input, err = c.PutBytes(t.Context(), client.Input, short); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SubmitRequest(t.Context(), request); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("an input of one scalar = %v, want %v", err, marketplace.ErrInputMissing)
	}
}

func TestListsComeInPagesThatMissNothing(t *testing.T) {
	m, p, first := assigned(t)
	want := []vadium.RequestID{first.Request.ID, m.Submit(t, requester, p, 5).Request.ID, m.Submit(t, requester, p, 6).Request.ID}
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	var got []string
	for token := ""; ; {
		page, err := markets.ListRequests(context.Background(), connect.NewRequest(&v1.ListRequestsRequest{PageSize: 2, PageToken: token}))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Msg.GetRequests() {
			got = append(got, r.GetId())
		}
		if token = page.Msg.GetNextPageToken(); token == "" {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("pages of 2 = %v, want %v", got, want)
	}
	for r, err := range m.Client(t, stranger).Requests(t.Context(), client.RequestFilter{Requester: rpctest.Key(t, stranger).Account()}) {
		t.Errorf("requests of a stranger = %v, %v, want none", r.ID, err)
	}
}

func TestVaultsShowStakeAndShares(t *testing.T) {
	m, p, _ := assigned(t)
	m.Fund(t, stranger, 50)
	staking := m.Client(t, stranger)
	listing, err := staking.Prover(t.Context(), rpctest.Key(t, prover).Account())
	if err != nil {
		t.Fatal(err)
	}
	shares, err := staking.DepositSenior(t.Context(), marketplace.DepositSenior{Vault: listing.Vault, Assets: vadium.Tokens(50)})
	if err != nil || shares.IsZero() {
		t.Fatalf("DepositSenior = %v, %v", shares, err)
	}
	v, err := staking.Vault(t.Context(), listing.Vault)
	if err != nil || v.Junior != vadium.Tokens(1_000) || v.Senior != vadium.Tokens(50) || len(v.Holdings) != 1 || v.Holdings[0].Shares != shares {
		t.Errorf("Vault = %+v, %v", v, err)
	}
	if listing.Programs[0].Program != p.ID() || listing.Asks[0].Product.Tier != auction.Immediate {
		t.Errorf("Prover = %+v", listing)
	}
	if _, err := staking.Vault(t.Context(), 99); !errors.Is(err, marketplace.ErrNoVault) {
		t.Errorf("Vault(99) = %v, want %v", err, marketplace.ErrNoVault)
	}
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

func TestAnUploadIsOneAccountsAndOneKinds(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 1)
	key := rpctest.Key(t, requester)
	content, operator := []byte("an input"), rpctest.Key(t, rpctest.OperatorKey).Account().Hex()
	signed := signing.PutBlob{
		Author: key.Account(), Kind: wire.BlobInput, Digest: vadium.DigestOf(content), Size: uint64(len(content)),
		ValidUntil: m.Server.Clock().Add(vadium.Minute),
	}
	signature, err := signing.SignToken(m.Domain, key, signed)
	if err != nil {
		t.Fatal(err)
	}
	blobs := marketplacev1connect.NewBlobServiceClient(http.DefaultClient, m.URL)
	put := func(change func(*v1.UploadToken)) error {
		token := &v1.UploadToken{
			Author: signed.Author.Hex(), Kind: signed.Kind, Digest: signed.Digest.String(), Size: signed.Size,
			ValidUntilMs: int64(signed.ValidUntil), Signature: wire.Hex(signature),
		}
		change(token)
		_, err := blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Token: token, Chunk: content}))
		return err
	}
	for name, change := range map[string]func(*v1.UploadToken){
		"kind":   func(t *v1.UploadToken) { t.Kind = wire.BlobProvingKey },
		"size":   func(t *v1.UploadToken) { t.Size++ },
		"digest": func(t *v1.UploadToken) { t.Digest = vadium.DigestOf(nil).String() },
		"author": func(t *v1.UploadToken) { t.Author = operator },
		"expiry": func(t *v1.UploadToken) { t.ValidUntilMs++ },
	} {
		if err := put(change); connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("a token with another %s = %v, want unauthenticated", name, err)
		}
	}
	if err := put(func(*v1.UploadToken) {}); err != nil {
		t.Errorf("the token as signed = %v", err)
	}
}
