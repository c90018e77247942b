package marketplace_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Keys cost nothing, so an account without money may not make the market keep anything: no row, and not even the id of a
// command, which lies in the journal for ever. Every signed command there is, in the form that comes furthest.
func TestAnAccountWithoutMoneyMakesTheMarketKeepNothing(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("fund alice 100", "submit alice taken", "accept prover1 taken", "submit alice open fee=2",
		"submit alice ramp mechanism=ramp least=2 lock=5m", "submit alice sealed mechanism=sealed bidding=1m revealing=1m bond=1")
	product := auction.Product{Size: 1, Tier: auction.Immediate, Stake: auction.StakeNone}
	program := marketplacetest.Program("membership").ID()
	one := vadium.Tokens(1)
	submission := w.Submission("new")
	var bodies []marketplace.Body
	for _, r := range []string{"open", "taken"} {
		id := w.Request(r).ID
		bodies = append(bodies,
			marketplace.CancelRequest{Request: id}, marketplace.AcceptRequest{Request: id}, marketplace.DeclineRequest{Request: id},
			marketplace.DisputeInput{Request: id}, marketplace.SendHeartbeat{Request: id}, marketplace.Resign{Request: id},
			marketplace.Deliver{Request: id, Proof: marketplacetest.Proof("p")},
		)
	}
	bodies = append(bodies,
		submission,
		marketplace.LockRequest{Request: w.Request("ramp").ID}, marketplace.CommitBid{Request: w.Request("sealed").ID}, marketplace.RevealBid{Request: w.Request("sealed").ID},
		marketplace.PlaceAsk{Product: product, Price: one, Slots: 1, Capacity: 1, ETA: vadium.Second, StandUntil: w.Now.Add(vadium.Day)},
		marketplace.WithdrawAsk{Product: product},
		marketplace.ServeProgram{Program: program, Benchmark: vadium.Second}, marketplace.DropProgram{Program: program},
		marketplace.OpenVault{Junior: vadium.Tokens(10)}, marketplace.DepositJunior{Amount: one},
		marketplace.DepositSenior{Vault: 1, Assets: one}, marketplace.ClaimCommission{Amount: one}, marketplace.WithdrawBalance{Amount: one},
		marketplace.RegisterProgram{Program: marketplacetest.Program("new"), SampleVerified: true, Class: vadium.KeysUniversal},
		marketplace.OpenSession{Session: vadium.SessionKey{1}, Scope: marketplace.ScopeAsk, Expires: w.Now.Add(vadium.Day)},
		marketplace.RevokeSession{Session: vadium.SessionKey{1}},
		marketplace.CreditDeposit{Account: marketplacetest.Account("stranger"), Amount: one}, marketplace.SetParams{Params: w.State.Params()},
		marketplace.Pause{}, marketplace.Unpause{},
		marketplace.WithdrawCollateral{Asset: risk.Asset{1}, Amount: one},
		marketplace.RedeemShares{Vault: 1, Shares: one}, marketplace.RedeemJunior{Amount: one}, marketplace.ClaimRedemption{Vault: 1, Redemption: 1},
		marketplace.TransferShares{Vault: 1, To: marketplacetest.Account("alice"), Shares: one},
		marketplace.ApproveShares{Vault: 1, Spender: marketplacetest.Account("alice"), Shares: one},
		marketplace.TransferSharesFrom{Vault: 1, From: marketplacetest.Account("alice"), To: marketplacetest.Account("stranger"), Shares: one},
		marketplace.SetCommission{Commission: 1}, marketplace.ExitMarket{},
		marketplace.CommitEvidence{Commitment: vadium.Digest{1}},
		marketplace.RevealEvidence{Offender: marketplacetest.Account("prover1"), Offence: slashing.BidEquivocation, Evidence: []byte{1}, Holds: true},
		marketplace.CreditCollateral{Account: marketplacetest.Account("stranger"), Asset: risk.Asset{1}, Amount: one},
		marketplace.SetCollateral{}, marketplace.PublishPrice{Spot: 1, Average: 1, At: w.Now, Quorum: true},
		marketplace.DeclareIncident{Reason: "none", Until: w.Now.Add(vadium.Hour)}, marketplace.VetoCase{Case: 1},
		marketplace.RaiseAlert{Alert: 1, Until: w.Now.Add(vadium.Hour), Reason: "none"},
		marketplace.ReleaseProver{Prover: marketplacetest.Account("prover1")},
		marketplace.RegisterReporter{Key: oracle.Key{1}, Held: true},
		marketplace.PublishRound{Feed: marketplacetest.FeedID("X/USD"), Valid: true},
		marketplace.SetFeed{Feed: oracle.Feed{ID: marketplacetest.FeedID("X/USD")}, Committee: [32]byte{1}},
		marketplace.RetireFeed{Feed: marketplacetest.FeedID("X/USD"), Reason: "none"},
		marketplace.PublishClearing{Clearing: 1, Program: program, Valid: true},
	)
	tried := map[string]bool{}
	for _, body := range bodies {
		tried[reflect.TypeOf(body).Name()] = true
		if _, err := w.Do("stranger", body); err == nil { // the world sees to it that a refusal changes nothing
			t.Errorf("%T of an account without money was carried out", body)
		}
	}
	for _, name := range signedCommands(t) {
		if !tried[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}

// signedCommands returns the types of commands that accounts sign.
func signedCommands(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "command.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, declared := range file.Decls {
		f, ok := declared.(*ast.FuncDecl)
		if !ok || f.Name.Name != "signed" {
			continue
		}
		result := f.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.Ident).Name
		if result == "true" {
			names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	if len(names) < 20 {
		t.Fatalf("found %d signed commands in the source, want all of them", len(names))
	}
	return names
}

// Money in the market is a balance, escrow of an open request, a vault, shares, or stake on its way out; and the operator needs none.
func TestSessionsAndProgramsAreForAccountsWithMoney(t *testing.T) {
	for _, c := range []struct {
		name, by string
		lines    []string
		want     error
	}{
		{"nothing", "dora", nil, marketplace.ErrUnfunded},
		{"one base unit", "dora", []string{"fund dora 0.000000000000000001"}, nil},
		{"money that has left", "dora", []string{"fund dora 1", "withdraw dora 1"}, marketplace.ErrUnfunded},
		{"all of it in escrow", "dora", []string{"fund dora 10", "submit dora r fee=10"}, nil},
		{"all of it back and gone", "dora", []string{"fund dora 5", "submit dora r fee=5", "cancel dora r", "withdraw dora 5"}, marketplace.ErrUnfunded},
		{"all of it in a vault", "dora", []string{"fund dora 10", "vault dora 10"}, nil},
		{"all of it in shares", "dora", []string{"fund dora 10", "delegate dora prover1 10"}, nil},
		{"shares that were given to it", "dora", []string{"fund bob 10", "delegate bob prover1 10", "transfer bob prover1 dora all"}, nil},
		{"shares that it gave away", "dora", []string{"fund dora 10", "delegate dora prover1 10", "transfer dora prover1 bob all"}, marketplace.ErrUnfunded},
		{"stake on its way out", "dora", []string{"fund dora 10", "delegate dora prover1 10", "redeem dora prover1 all"}, nil},
		{"stake that has left", "dora", []string{"fund dora 10", "delegate dora prover1 10", "redeem dora prover1 all", "skip 336h", "resume",
			"collect dora prover1 1", "withdraw dora 10"}, marketplace.ErrUnfunded},
		{"the operator", "operator", nil, nil},
	} {
		for _, last := range []string{"session %s s ask", "program new by=%s"} {
			w := marketplacetest.Ready(t, 1)
			w.Run(c.lines...)
			line := fmt.Sprintf(last, c.by)
			if err := w.Try(line); !errors.Is(err, c.want) {
				t.Errorf("%s: %q = %v, want %v", c.name, line, err, c.want)
			}
		}
	}
}

// A prover may drop what it does not serve: nothing happens, as before.
func TestDroppingAProgramThatIsNotServedChangesNothing(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("drop prover1 membership")
	records := w.Must(w.Do("prover1", marketplace.DropProgram{Program: marketplacetest.Program("membership").ID()}))
	if len(records) != 1 || !strings.HasPrefix(marketplace.KindOf(records[0].Event), "CommandAccepted") {
		t.Errorf("dropping it again gave %d records, want that the command was accepted", len(records))
	}
}
