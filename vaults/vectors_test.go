package vaults_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/sequence"
)

// group reads the cases of one group of the vectors into cases, and says how many there are: who reads them reproduces them.
func group(t *testing.T, name string, cases any) {
	t.Helper()
	for _, path := range []string{"testdata/vault.json", "testdata/others.json"} { // ours, and what other systems publish
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Groups []struct {
				Group string
				Cases []json.RawMessage
			}
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, g := range file.Groups {
			if g.Group != name {
				continue
			}
			list, _ := json.Marshal(g.Cases)
			if err := json.Unmarshal(list, cases); err != nil {
				t.Fatalf("group %s: %v", name, err)
			}
			t.Logf("group %s: %d cases", name, len(g.Cases))
			return
		}
	}
	t.Fatalf("there is no group %s in testdata", name)
}

var (
	prover = vadium.Account{0xff}
	alice  = vadium.Account{1}
	bob    = vadium.Account{2}
	carol  = vadium.Account{3}
	dave   = vadium.Account{4}
)

func amount(n uint64) vadium.Amount { return vadium.NewAmount(n) }

func parse(t *testing.T, s string) vadium.Amount {
	t.Helper()
	a, err := vadium.ParseAmount(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// deposit is a senior deposit that must not be refused.
func deposit(t testing.TB, v *vaults.Vault, now vadium.Time, owner vadium.Account, assets vadium.Amount) vadium.Amount {
	t.Helper()
	shares, err := v.PreviewDeposit(now, assets)
	if err != nil {
		t.Fatalf("PreviewDeposit(%s tokens): %v", assets.Tokens(), err)
	}
	v.DepositSenior(now, owner, assets, shares)
	return shares
}

// redeem is a redemption that must not be refused.
func redeem(t testing.TB, v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount) vaults.Redemption {
	t.Helper()
	r, err := v.PlanRedemption(now, owner, shares, now.Add(vaults.Unbonding))
	if err != nil {
		t.Fatalf("PlanRedemption(%v shares): %v", shares, err)
	}
	v.ApplyRedemption(now, r)
	return r
}

// claim is a claim that must not be refused.
func claim(t testing.TB, v *vaults.Vault, now vadium.Time, id uint64) vadium.Amount {
	t.Helper()
	assets, err := v.PlanClaim(now, id)
	if err != nil {
		t.Fatalf("PlanClaim(%d): %v", id, err)
	}
	v.ApplyClaim(id, assets)
	return assets
}

func checked(t testing.TB, v *vaults.Vault, now vadium.Time) {
	t.Helper()
	if err := v.Check(now); err != nil {
		t.Fatal(err)
	}
}

// One life of a vault, every step with the whole state. Times in the vectors are hours.
func TestTheVaultFollowsTheSequenceOfTheVectors(t *testing.T) {
	var steps []json.RawMessage
	group(t, "vault_sequence", &steps)
	if len(steps) != 13 {
		t.Fatalf("%d steps, want 13", len(steps))
	}
	p := sequence.NewPlayer()
	for i, step := range steps {
		var want sequence.State
		decoder := json.NewDecoder(bytes.NewReader(step))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		op, found, err := sequence.Parse(want.Op)
		if err != nil || !found {
			t.Fatalf("step %d, %q: %v", i, want.Op, err)
		}
		got, err := p.Do(op)
		if closed := want.Result == nil; closed != errors.Is(err, vaults.ErrVaultClosed) || !closed && err != nil {
			t.Errorf("step %d, %s: %v", i, want.Op, err)
		}
		checked(t, p.Vault, p.Now)
		if got, want := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); got != want {
			t.Errorf("step %d: the state is\n%s, want\n%s", i, got, want)
		}
	}
}

// slash takes a punitive amount with nothing reserved, and returns what junior and senior paid.
func slash(v *vaults.Vault, now vadium.Time, x vadium.Amount) [2]vadium.Amount {
	loss := v.PlanPunitive(now, x, vadium.Amount{})
	v.ApplyLoss(now, loss)
	return [2]vadium.Amount{loss.JuniorTotal(), loss.SeniorTotal()}
}

// OpenZeppelin's published scenario: two holders, donations (here: gains), all four entry points, no offset.
func TestConversionsFollowOpenZeppelinsScenario(t *testing.T) {
	var steps []struct {
		Op     string
		Result *uint64
		TA     uint64 `json:"total_assets"`
		Supply uint64 `json:"total_supply"`
		AliceA uint64 `json:"alice_assets"`
		BruceA uint64 `json:"bruce_assets"`
		AliceS uint64 `json:"alice_shares"`
		BruceS uint64 `json:"bruce_shares"`
	}
	group(t, "oz_erc4626_scenario", &steps)
	if len(steps) != 10 {
		t.Fatalf("%d steps, want 10", len(steps))
	}
	var rate vaults.Rate
	held := map[string]vadium.Amount{}
	for _, s := range steps {
		who, call, x := parseOp(t, s.Op)
		var result vadium.Amount
		switch call {
		case "donate":
			rate.Assets = rate.Assets.MustAdd(x)
		case "mint":
			result = rate.AssetsUp(x)
			held[who], rate = held[who].MustAdd(x), vaults.Rate{Assets: rate.Assets.MustAdd(result), Shares: rate.Shares.MustAdd(x)}
		case "deposit":
			result = rate.SharesDown(x)
			held[who], rate = held[who].MustAdd(result), vaults.Rate{Assets: rate.Assets.MustAdd(x), Shares: rate.Shares.MustAdd(result)}
		case "redeem":
			result = rate.AssetsDown(x)
			held[who], rate = held[who].MustSub(x), vaults.Rate{Assets: rate.Assets.MustSub(result), Shares: rate.Shares.MustSub(x)}
		case "withdraw":
			result = rate.SharesUp(x)
			held[who], rate = held[who].MustSub(result), vaults.Rate{Assets: rate.Assets.MustSub(x), Shares: rate.Shares.MustSub(result)}
		default:
			t.Fatalf("%q is not implemented", s.Op)
		}
		if s.Result != nil && result != amount(*s.Result) {
			t.Errorf("%s = %v, want %d", s.Op, result, *s.Result)
		}
		got := fmt.Sprint(rate.Assets, rate.Shares, rate.AssetsDown(held["alice"]), rate.AssetsDown(held["bruce"]), held["alice"], held["bruce"])
		want := fmt.Sprint(s.TA, s.Supply, s.AliceA, s.BruceA, s.AliceS, s.BruceS)
		if got != want {
			t.Errorf("after %s: assets, supply and holdings = %s, want %s", s.Op, got, want)
		}
	}
}

// parseOp reads "alice.mint(2000)" and "donate 3000".
func parseOp(t *testing.T, op string) (who, call string, x vadium.Amount) {
	t.Helper()
	if n, found := strings.CutPrefix(op, "donate "); found {
		return "", "donate", parse(t, n)
	}
	who, rest, _ := strings.Cut(op, ".")
	call, n, _ := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	return who, call, parse(t, n)
}

// What a donation before the first deposit costs its giver and the victim. Vaults have no donations, since they count
// what they were told they received; the rate alone would already make the attack a loss.
func TestInflationAttackLosesMoreThanItTakes(t *testing.T) {
	var cases []struct {
		Offset   uint8
		First    uint64        `json:"attacker_first_deposit"`
		Donation vadium.Amount `json:"donation"`
		Deposit  vadium.Amount `json:"victim_deposit"`
		Shares   vadium.Amount `json:"victim_shares"`
		Victim   vadium.Amount `json:"victim_redeemable"`
		Attacker vadium.Amount `json:"attacker_redeemable"`
		Net      string        `json:"attacker_net"`
	}
	group(t, "oz_inflation_attack", &cases)
	if len(cases) != 8 {
		t.Fatalf("%d cases, want 8", len(cases))
	}
	for _, c := range cases {
		rate := vaults.Rate{Offset: c.Offset}
		first := rate.SharesDown(amount(c.First))
		rate.Assets = amount(c.First).MustAdd(c.Donation)
		rate.Shares = first
		shares := rate.SharesDown(c.Deposit)
		rate.Assets, rate.Shares = rate.Assets.MustAdd(c.Deposit), rate.Shares.MustAdd(shares)
		attacker := rate.AssetsDown(first)
		net := new(big.Int).Sub(attacker.Uint256().ToBig(), c.Donation.MustAdd(amount(c.First)).Uint256().ToBig())
		if shares != c.Shares || rate.AssetsDown(shares) != c.Victim || attacker != c.Attacker || net.String() != c.Net {
			t.Errorf("offset %d, first %d, donation %v: victim %v shares worth %v, attacker %v, net %v; want %v worth %v, %v, %v",
				c.Offset, c.First, c.Donation, shares, rate.AssetsDown(shares), attacker, net, c.Shares, c.Victim, c.Attacker, c.Net)
		}
	}
}

// The Graph's waterfall, in tokens: stake that is leaving pays the same percentage. We leave a million base units of the
// senior tranche, and our verifier's cut is another (package slashing).
func TestFirstLossFollowsTheGraph(t *testing.T) {
	var cases []struct {
		Provider          uint64
		ProviderThawing   uint64 `json:"provider_thawing"`
		Delegation        uint64
		DelegationThawing uint64 `json:"delegation_thawing"`
		Amount            uint64
		Expected          struct {
			Slashed           uint64  `json:"provider_slashed"`
			After             uint64  `json:"provider_after"`
			Thawing           uint64  `json:"provider_thawing_after"`
			DelegationSlashed uint64  `json:"delegation_slashed"`
			DelegationThawing *uint64 `json:"delegation_thawing_after"`
		}
	}
	group(t, "thegraph_first_loss", &cases)
	for _, c := range cases {
		v := vaults.New(1, prover, 0, 0)
		v.DepositJunior(vadium.Tokens(c.Provider))
		r, err := v.PlanJuniorRedemption(vadium.Tokens(c.ProviderThawing), 1)
		if err != nil {
			t.Fatal(err)
		}
		v.ApplyRedemption(0, r)
		shares := deposit(t, v, 0, alice, vadium.Tokens(c.Delegation))
		leaving, _ := shares.MulDivDown(amount(c.DelegationThawing), amount(c.Delegation))
		redeem(t, v, 0, alice, leaving)

		loss := v.PlanPunitive(0, vadium.Tokens(c.Amount), vadium.Amount{})
		v.ApplyLoss(0, loss)
		checked(t, v, 0)
		wantSenior := vadium.Tokens(c.Expected.DelegationSlashed)
		wantLeaving := vadium.Tokens(c.DelegationThawing)
		if c.Expected.DelegationThawing != nil {
			wantLeaving = vadium.Tokens(*c.Expected.DelegationThawing)
		}
		if c.Expected.DelegationSlashed == c.Delegation {
			wantSenior = wantSenior.MustSub(amount(1_000_000))
			wantLeaving = amount(100_000) // its tenth of what is left
		}
		for _, x := range []struct {
			name      string
			got, want vadium.Amount
		}{
			{"junior slashed", loss.JuniorTotal(), vadium.Tokens(c.Expected.Slashed)},
			{"junior left", v.Junior.MustAdd(v.JuniorUnbonding.Assets), vadium.Tokens(c.Expected.After)},
			{"junior leaving", v.JuniorUnbonding.Assets, vadium.Tokens(c.Expected.Thawing)},
			{"senior slashed", loss.SeniorTotal(), wantSenior},
			{"senior leaving", v.SeniorUnbonding.Assets, wantLeaving},
		} {
			if x.got != x.want {
				t.Errorf("slash of %d: %s = %v, want %v", c.Amount, x.name, x.got, x.want)
			}
		}
	}
}
