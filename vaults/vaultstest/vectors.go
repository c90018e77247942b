package vaultstest

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"vadium"
	"vadium/vaults"
)

// group reads the cases of one group of vectors.
func group(t *testing.T, path, name string, cases any) {
	t.Helper()
	var file struct {
		Groups []struct {
			Group string
			Cases json.RawMessage
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		if g.Group == name {
			if err := json.Unmarshal(g.Cases, cases); err != nil {
				t.Fatalf("group %s: %v", name, err)
			}
			return
		}
	}
	t.Fatalf("%s has no group %s", path, name)
}

// step is one step of vault_sequence. Times are hours.
type step struct {
	Op     string
	Result json.RawMessage
	T      uint64
	J, A   vadium.Amount
	Locked vadium.Amount
	UA, US vadium.Amount
	Supply vadium.Amount
	TA     vadium.Amount `json:"total_assets"`
	Price  vadium.Amount `json:"price_e18"`
}

// Sequence plays the group vault_sequence of the vectors in path: one life of a vault, every step with the whole state. Its
// hours count from the reward: nothing drips before, so a machine whose operations take time may use some.
func Sequence(t *testing.T, path string, m Machine, cast Cast) {
	t.Helper()
	var steps []step
	group(t, path, "vault_sequence", &steps)
	if len(steps) != 13 {
		t.Fatalf("%d steps, want 13", len(steps))
	}
	alice, bob, carol := cast.Stakers[0], cast.Stakers[1], cast.Stakers[2]
	payees := Slash{Requester: alice, Severity: 40}
	begin := m.Look().Time
	do := map[string]func() (vadium.Account, Op){
		"self_stake 1000e18":           func() (vadium.Account, Op) { return cast.Prover, StakeJunior{vadium.Tokens(1_000)} },
		"deposit alice 4000e18":        func() (vadium.Account, Op) { return alice, Deposit{Assets: vadium.Tokens(4_000), Receiver: alice} },
		"deposit bob 1000e18":          func() (vadium.Account, Op) { return bob, Deposit{Assets: vadium.Tokens(1_000), Receiver: bob} },
		"reward 120e18 commission 10%": func() (vadium.Account, Op) { return cast.Market, Reward{vadium.Tokens(120), 1_000} },
		"request_redeem bob all": func() (vadium.Account, Op) {
			return bob, RequestRedeem{m.Look().Accounts[bob].Shares, bob, bob}
		},
		"slash 1500e18": func() (vadium.Account, Op) {
			s := payees
			s.Punitive = vadium.Tokens(1_500)
			return cast.Market, s
		},
		"deposit carol 777e18": func() (vadium.Account, Op) {
			return carol, Deposit{Assets: vadium.Tokens(777), Receiver: carol}
		},
		"claim bob": func() (vadium.Account, Op) { return bob, Claim{1, bob} },
		"slash 1e30": func() (vadium.Account, Op) {
			s := payees
			s.Punitive = vadium.Tokens(1_000_000_000_000)
			return cast.Market, s
		},
		"deposit dave 1e18 (price floor: closed)": func() (vadium.Account, Op) {
			return carol, Deposit{Assets: vadium.Tokens(1), Receiver: carol}
		},
	}
	for i, s := range steps {
		var yield []vadium.Amount
		var err error
		due := begin.Add(vadium.Duration(s.T) * vadium.Hour)
		if op, known := do[s.Op]; known {
			yield, err = m.Do(op())
			if strings.HasPrefix(s.Op, "reward") {
				begin = m.Look().Time
			}
		} else if strings.HasPrefix(s.Op, "advance ") {
			m.Wait(due.Sub(m.Look().Time))
		} else {
			t.Fatalf("step %d: %q is not implemented", i, s.Op)
		}
		if closed := string(s.Result) == "null"; closed != (err != nil) {
			t.Errorf("step %d, %s: %v", i, s.Op, err)
		} else if err != nil && err.Error() != vaults.ErrVaultClosed.Error() {
			t.Errorf("step %d, %s: %v, want %v", i, s.Op, err, vaults.ErrVaultClosed)
		}
		s.check(t, i, yield, m.Look())
	}
}

func (s step) check(t *testing.T, i int, yield []vadium.Amount, v View) {
	t.Helper()
	want := map[string]any{}
	switch {
	case strings.HasPrefix(s.Op, "deposit") && len(yield) > 0, strings.HasPrefix(s.Op, "claim"):
		want[s.Op] = yield[0]
	case strings.HasPrefix(s.Op, "slash"):
		want[s.Op] = yield
	case strings.HasPrefix(s.Op, "reward"):
		want[s.Op] = yield[0] // the commission
	}
	for op, got := range want {
		if text, _ := json.Marshal(got); string(text) != strings.ReplaceAll(string(s.Result), " ", "") {
			t.Errorf("step %d, %s: result = %s, want %s", i, op, text, s.Result)
		}
	}
	for _, c := range []struct {
		name      string
		got, want vadium.Amount
	}{
		{"J", v.Junior, s.J}, {"A", v.Senior, s.A}, {"locked", v.Dripping.Locked, s.Locked},
		{"UA", v.SeniorUnbonding.Assets, s.UA}, {"US", v.SeniorUnbonding.Shares, s.US}, {"supply", v.Shares, s.Supply},
		{"total assets", v.TotalAssets, s.TA}, {"price", v.Price, s.Price},
	} {
		if c.got != c.want {
			t.Errorf("step %d, %s: %s = %v, want %v", i, s.Op, c.name, c.got, c.want)
		}
	}
}

// Converter converts x at a rate, in the four directions there are.
type Converter interface {
	Convert(x vadium.Amount, at vaults.Rate) Converted
}

// Converted is an amount, taken as assets or as shares, at a rate.
type Converted struct {
	SharesDown, SharesUp, AssetsDown, AssetsUp vadium.Amount
}

// Scenario plays OpenZeppelin's published scenario (group oz_erc4626_scenario): two holders, donations, all four entry
// points, no offset.
func Scenario(t *testing.T, path string, c Converter) {
	t.Helper()
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
	group(t, path, "oz_erc4626_scenario", &steps)
	if len(steps) != 10 {
		t.Fatalf("%d steps, want 10", len(steps))
	}
	b := &bank{Converter: c, shares: map[string]vadium.Amount{}}
	n := vadium.NewAmount
	for _, s := range steps {
		result := b.perform(t, s.Op)
		if s.Result != nil && result != n(*s.Result) {
			t.Errorf("%s = %v, want %d", s.Op, result, *s.Result)
		}
		got := [6]vadium.Amount{b.rate.Assets, b.rate.Shares, b.worth("alice"), b.worth("bruce"), b.shares["alice"], b.shares["bruce"]}
		if want := [6]vadium.Amount{n(s.TA), n(s.Supply), n(s.AliceA), n(s.BruceA), n(s.AliceS), n(s.BruceS)}; got != want {
			t.Errorf("after %s: assets, supply and holdings = %v, want %v", s.Op, got, want)
		}
	}
}

// perform reads "alice.mint(2000)" and "donate 3000".
func (b *bank) perform(t *testing.T, op string) (result vadium.Amount) {
	t.Helper()
	parse := func(text string) vadium.Amount {
		x, err := vadium.ParseAmount(text)
		if err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		return x
	}
	if text, found := strings.CutPrefix(op, "donate "); found {
		b.rate.Assets = b.rate.Assets.MustAdd(parse(text))
		return result
	}
	who, rest, _ := strings.Cut(op, ".")
	call, text, _ := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	switch call {
	case "mint":
		return b.mint(who, parse(text))
	case "deposit":
		return b.deposit(who, parse(text))
	case "redeem":
		return b.redeem(who, parse(text))
	case "withdraw":
		return b.withdraw(who, parse(text))
	}
	t.Fatalf("%q is not implemented", op)
	return result
}

// Inflation plays the group oz_inflation_attack: what a donation before the first deposit costs its giver and the victim.
func Inflation(t *testing.T, path string, c Converter) {
	t.Helper()
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
	group(t, path, "oz_inflation_attack", &cases)
	if len(cases) != 8 {
		t.Fatalf("%d cases, want 8", len(cases))
	}
	for i, s := range cases {
		b := &bank{Converter: c, rate: vaults.Rate{Offset: s.Offset}, shares: map[string]vadium.Amount{}}
		b.deposit("attacker", vadium.NewAmount(s.First))
		b.rate.Assets = b.rate.Assets.MustAdd(s.Donation)
		b.deposit("victim", s.Deposit)
		paid := s.Donation.MustAdd(vadium.NewAmount(s.First))
		net := new(big.Int).Sub(b.worth("attacker").Uint256().ToBig(), paid.Uint256().ToBig())
		if b.shares["victim"] != s.Shares || b.worth("victim") != s.Victim || b.worth("attacker") != s.Attacker || net.String() != s.Net {
			t.Errorf("case %d: victim %v shares worth %v, attacker %v, net %v; want %v worth %v, %v, %v",
				i, b.shares["victim"], b.worth("victim"), b.worth("attacker"), net, s.Shares, s.Victim, s.Attacker, s.Net)
		}
	}
}
