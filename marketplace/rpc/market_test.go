package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

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
