package contract_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/contract/contracttest"
	"vadium/vaults/vaultstest"
)

var update = flag.Bool("update", false, "write GAS.md from what was measured")

// stage is a vault on a chain with 1,000 tokens of junior and 4,000 of Alice's.
func stage(t *testing.T) (chain *contracttest.Chain, v *contracttest.Vault, alice vadium.Account) {
	t.Helper()
	chain = contracttest.NewChain(t)
	v, alice = chain.NewVault(), chain.Cast.Stakers[0]
	must(t, v, chain.Cast.Prover, vaultstest.StakeJunior{Assets: vadium.Tokens(1_000)})
	must(t, v, alice, vaultstest.Deposit{Assets: vadium.Tokens(4_000), Receiver: alice})
	return chain, v, alice
}

func must(t *testing.T, v *contracttest.Vault, by vadium.Account, op vaultstest.Op) []vadium.Amount {
	t.Helper()
	yield, err := v.Do(by, op)
	if err != nil {
		t.Fatalf("%T%+v: %v", op, op, err)
	}
	return yield
}

// The gas of each operation, on a vault that has seen it before where that makes a difference.
func TestGasOfEachOperationIsAsRecorded(t *testing.T) {
	chain := contracttest.NewChain(t)
	v := chain.NewVault()
	market, prover := chain.Cast.Market, chain.Cast.Prover
	alice, bob, carol := chain.Cast.Stakers[0], chain.Cast.Stakers[1], chain.Cast.Stakers[2]
	tokens := vadium.Tokens
	shares := func(n uint64) vadium.Amount { return v.Quote(alice, tokens(n)).ToShares }
	rows := []string{fmt.Sprintf("| deployment | %d |", v.Deployed)}
	for _, step := range []struct {
		name string
		wait vadium.Duration
		by   vadium.Account
		op   func() vaultstest.Op
	}{
		{"junior stake, the first", 0, prover, func() vaultstest.Op { return vaultstest.StakeJunior{Assets: tokens(1_000)} }},
		{"junior stake", 0, prover, func() vaultstest.Op { return vaultstest.StakeJunior{Assets: tokens(1)} }},
		{"deposit, the vault's first", 0, alice, func() vaultstest.Op { return vaultstest.Deposit{Assets: tokens(4_000), Receiver: alice} }},
		{"deposit, an account's first", 0, bob, func() vaultstest.Op { return vaultstest.Deposit{Assets: tokens(1_000), Receiver: bob} }},
		{"deposit", 0, bob, func() vaultstest.Op { return vaultstest.Deposit{Assets: tokens(10), Receiver: bob} }},
		{"mint", 0, bob, func() vaultstest.Op { return vaultstest.Mint{Shares: shares(10), Receiver: bob} }},
		{"transfer, to a new account", 0, alice, func() vaultstest.Op { return vaultstest.Transfer{To: carol, Shares: shares(10)} }},
		{"transfer", 0, alice, func() vaultstest.Op { return vaultstest.Transfer{To: carol, Shares: shares(10)} }},
		{"approve", 0, alice, func() vaultstest.Op { return vaultstest.Approve{Spender: carol, Shares: shares(10)} }},
		{"reward, the first", 0, market, func() vaultstest.Op { return vaultstest.Reward{Assets: tokens(120), Commission: 1_000} }},
		{"reward", vadium.Day, market, func() vaultstest.Op { return vaultstest.Reward{Assets: tokens(120), Commission: 1_000} }},
		{"lock, the first", 0, market, func() vaultstest.Op { return vaultstest.AddLock{ID: 1, Amount: tokens(100), DamageCap: tokens(10)} }},
		{"lock", 0, market, func() vaultstest.Op { return vaultstest.AddLock{ID: 2, Amount: tokens(100), DamageCap: tokens(10)} }},
		{"release", 0, market, func() vaultstest.Op { return vaultstest.Release{ID: 2} }},
		{"redemption request, the first", 0, bob, func() vaultstest.Op {
			return vaultstest.RequestRedeem{Shares: shares(100), Controller: bob, Owner: bob}
		}},
		{"redemption request", 0, bob, func() vaultstest.Op {
			return vaultstest.RequestRedeem{Shares: shares(100), Controller: bob, Owner: bob}
		}},
		{"junior redemption request", 0, prover, func() vaultstest.Op { return vaultstest.LeaveJunior{Assets: tokens(10)} }},
		{"slash that the junior pays, the first", 0, market, func() vaultstest.Op {
			return vaultstest.Slash{Damages: tokens(10), Punitive: tokens(5), Severity: 40, Requester: alice, Reporter: carol, Rescuer: bob}
		}},
		{"slash that the junior pays", 0, market, func() vaultstest.Op {
			return vaultstest.Slash{Damages: tokens(10), Punitive: tokens(5), Severity: 40, Requester: alice, Reporter: carol, Rescuer: bob}
		}},
		{"slash that both tranches pay", 0, market, func() vaultstest.Op {
			return vaultstest.Slash{Damages: tokens(10), Punitive: tokens(1_500), Severity: 90, Requester: alice}
		}},
		{"collect", 0, alice, func() vaultstest.Op { return vaultstest.Collect{Account: alice} }},
		{"claim of a whole redemption", vaults.Unbonding, bob, func() vaultstest.Op { return vaultstest.Claim{ID: 1, Receiver: bob} }},
		{"claim of shares, in part", 0, bob, func() vaultstest.Op {
			return vaultstest.Redeem{Shares: vadium.NewAmount(1_000_000_000), Receiver: bob, Controller: bob}
		}},
		{"claim of assets, in part", 0, bob, func() vaultstest.Op {
			return vaultstest.Withdraw{Assets: vadium.NewAmount(1_000_000_000), Receiver: bob, Controller: bob}
		}},
		{"claim of junior", 0, prover, func() vaultstest.Op { return vaultstest.Claim{ID: 3, Receiver: prover} }},
		{"claim of commission", 0, prover, func() vaultstest.Op { return vaultstest.ClaimCommission{Assets: tokens(1)} }},
		{"open a case", 0, market, func() vaultstest.Op { return vaultstest.OpenCase{} }},
		{"close a case", 0, market, func() vaultstest.Op { return vaultstest.CloseCase{} }},
		{"freeze", 0, market, func() vaultstest.Op { return vaultstest.Freeze{Owner: alice, Shares: shares(1)} }},
		{"set an operator", 0, alice, func() vaultstest.Op { return vaultstest.SetOperator{Operator: bob, Approved: true} }},
	} {
		v.Wait(step.wait)
		must(t, v, step.by, step.op())
		rows = append(rows, fmt.Sprintf("| %s | %d |", step.name, v.Gas))
	}
	// What a redemption costs must not depend on how many others there are; a claim reads its owner's, at most sixteen.
	for range vaults.MaxRedemptions - 1 {
		must(t, v, bob, vaultstest.RequestRedeem{Shares: shares(1), Controller: bob, Owner: bob})
	}
	rows = append(rows, fmt.Sprintf("| redemption request, the sixteenth | %d |", v.Gas))
	v.Wait(vaults.Unbonding)
	must(t, v, bob, vaultstest.Redeem{Shares: v.Look().Accounts[bob].MaxRedeem, Receiver: bob, Controller: bob})
	rows = append(rows, fmt.Sprintf("| claim of sixteen redemptions at once | %d |", v.Gas))

	got := gasHeader + strings.Join(rows, "\n") + "\n"
	if *update {
		if err := os.WriteFile("GAS.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("GAS.md")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("gas has changed (go test ./vaults/contract -run Gas -update, and say why):\n%s", got)
	}
}

const gasHeader = `# Gas of the vault's contract

What each operation costs on go-ethereum's simulated chain under the rules of Osaka: all of a transaction's gas, the 21,000
that every one pays and its data included. The token is OpenZeppelin's ERC-20. *The first* pays for storage that was empty.
` + "`go test -tags=prover_checks ./vaults/contract -run Gas -update` writes this file, and a test holds it." + `

| operation | gas |
|---|---:|
`

// A token that calls back in the middle of a deposit must find every door closed, and everything as it was after.
func TestNothingReenters(t *testing.T) {
	chain, v, alice := stage(t)
	before := v.Look()
	for name, data := range v.Doors(alice) {
		v.Hook(v.Address, data)
		if _, err := v.Do(alice, vaultstest.Deposit{Assets: vadium.Tokens(1), Receiver: alice}); err == nil || !strings.Contains(err.Error(), "ReentrancyGuardReentrantCall") {
			t.Errorf("%s from within a deposit: %v, want the guard's refusal", name, err)
		}
	}
	v.Hook(vadium.Account{}, nil)
	if after := v.Look(); after.Held != before.Held || after.Shares != before.Shares || after.Balance != before.Balance {
		t.Errorf("after all attempts the vault holds %v and %v shares, before %v and %v", after.Held, after.Shares, before.Held, before.Shares)
	}
	must(t, v, chain.Cast.Prover, vaultstest.StakeJunior{Assets: vadium.Tokens(1)})
}

// A token that keeps a part of what is transferred would leave less than the books say.
func TestATokenThatKeepsAFeeIsRefused(t *testing.T) {
	chain, v, alice := stage(t)
	v.Fee(1)
	for _, c := range []struct {
		by vadium.Account
		op vaultstest.Op
	}{
		{alice, vaultstest.Deposit{Assets: vadium.Tokens(1), Receiver: alice}},
		{chain.Cast.Prover, vaultstest.StakeJunior{Assets: vadium.Tokens(1)}},
		{chain.Cast.Market, vaultstest.Reward{Assets: vadium.Tokens(1)}},
	} {
		if _, err := v.Do(c.by, c.op); err == nil || !strings.Contains(err.Error(), "InexactTransfer") {
			t.Errorf("%T with a fee: %v, want InexactTransfer", c.op, err)
		}
	}
}

func TestWithoutAnAllowanceOfTheTokenNothingIsTaken(t *testing.T) {
	_, v, alice := stage(t)
	v.Disallow(alice)
	if _, err := v.Do(alice, vaultstest.Deposit{Assets: vadium.Tokens(1), Receiver: alice}); !errors.Is(err, vaults.ErrAllowanceTooLow) {
		t.Errorf("deposit = %v, want %v", err, vaults.ErrAllowanceTooLow)
	}
}

// What an ERC-7540 vault says of itself, and what its previews must not say.
func TestTheContractSaysWhatItIs(t *testing.T) {
	_, v, _ := stage(t)
	said := v.Says()
	want := contracttest.Says{
		Name: "Vault of a prover", Symbol: "vSTK", Decimals: 24, Share: v.Address, Asset: v.Token, // 034: decimals
		Supports:      map[string]bool{"01ffc9a7": true, "e3bc4e65": true, "620ee8e4": true, "2f0a18c5": true, "ffffffff": false, "ce3bbe50": false},
		PreviewRedeem: "AsynchronousRedemption", PreviewWithdraw: "AsynchronousRedemption",
	}
	if got, want := fmt.Sprintf("%+v", said), fmt.Sprintf("%+v", want); got != want {
		t.Errorf("the contract says\n%s, want\n%s", got, want)
	}
}

func TestSettingsThatMakeNoSenseAreNotDeployed(t *testing.T) {
	chain := contracttest.NewChain(t)
	v := chain.NewVault()
	for _, c := range []struct {
		name    string
		change  func(*contracttest.Settings)
		refused bool
	}{
		{"as they are", func(*contracttest.Settings) {}, false},
		{"no market", func(s *contracttest.Settings) { s.Market = vadium.Account{} }, true},
		{"no prover", func(s *contracttest.Settings) { s.Prover = vadium.Account{} }, true},
		{"no insurance", func(s *contracttest.Settings) { s.Insurance = vadium.Account{} }, true},
		{"no token", func(s *contracttest.Settings) { s.Asset = vadium.Account{} }, true},
		{"a token of other decimals", func(s *contracttest.Settings) { s.Asset = v.Address }, true},
		{"7 days", func(s *contracttest.Settings) { s.Unbonding = 7 * 24 * 3_600 }, false},
		{"a second less", func(s *contracttest.Settings) { s.Unbonding = 7*24*3_600 - 1 }, true},
		{"28 days", func(s *contracttest.Settings) { s.Unbonding = 28 * 24 * 3_600 }, false},
		{"a second more", func(s *contracttest.Settings) { s.Unbonding = 28*24*3_600 + 1 }, true},
	} {
		s := v.Settings()
		c.change(&s)
		if deployed := chain.Deploys(s); deployed == c.refused {
			t.Errorf("%s: deployed = %v", c.name, deployed)
		}
	}
}
