package vaultstest

import (
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/sequence"
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

// Sequence plays the group vault_sequence of the vectors in path: one life of a vault, every step with the whole state. Its
// hours count from the reward: nothing drips before, so a machine whose operations take time may use some.
func Sequence(t *testing.T, path string, m Machine, cast Cast) {
	t.Helper()
	var steps []sequence.State
	group(t, path, "vault_sequence", &steps)
	if len(steps) != 13 {
		t.Fatalf("%d steps, want 13", len(steps))
	}
	begin := m.Look().Time
	for i, s := range steps {
		op, found, err := sequence.Parse(s.Op)
		if err != nil || !found {
			t.Fatalf("step %d, %q: %v", i, s.Op, err)
		}
		var yield []vadium.Amount
		if op.Verb == sequence.Advance {
			m.Wait(begin.Add(vadium.Duration(s.Hours) * vadium.Hour).Sub(m.Look().Time))
		} else {
			yield, err = m.Do(cast.translate(t, op, m))
		}
		if op.Verb == sequence.Reward {
			begin = m.Look().Time
		}
		if closed := s.Result == nil; closed != (err != nil) {
			t.Errorf("step %d, %s: %v", i, s.Op, err)
		} else if err != nil && err.Error() != vaults.ErrVaultClosed.Error() {
			t.Errorf("step %d, %s: %v, want %v", i, s.Op, err, vaults.ErrVaultClosed)
		}
		checkStep(t, i, op.Verb, s, yield, m.Look())
	}
}

// translate returns an operation in the words of machines, and who carries it out. Whoever has no part plays dave, whose
// only deposit is refused.
func (c Cast) translate(t *testing.T, op sequence.Op, m Machine) (vadium.Account, Op) {
	t.Helper()
	players := map[string]vadium.Account{"alice": c.Stakers[0], "bob": c.Stakers[1], "carol": c.Stakers[2], "dave": c.Stakers[2]}
	who := players[op.Owner]
	switch op.Verb {
	case sequence.SelfStake:
		return c.Prover, StakeJunior{op.Amount}
	case sequence.Deposit:
		return who, Deposit{Assets: op.Amount, Receiver: who}
	case sequence.Reward:
		return c.Market, Reward{op.Amount, op.Commission}
	case sequence.RequestRedeem:
		if op.All {
			op.Amount = m.Look().Accounts[who].Shares
		}
		return who, RequestRedeem{op.Amount, who, who}
	case sequence.Slash:
		return c.Market, Slash{Requester: c.Stakers[0], Severity: 40, Punitive: op.Amount}
	case sequence.Claim:
		return who, Claim{1, who}
	case sequence.Advance:
	}
	t.Fatalf("%q is not implemented", op.Text)
	return who, nil
}

func checkStep(t *testing.T, i int, verb sequence.Verb, s sequence.State, yield []vadium.Amount, v View) {
	t.Helper()
	switch verb {
	case sequence.Deposit, sequence.Claim, sequence.Slash, sequence.Reward:
		if verb == sequence.Reward {
			yield = yield[:1] // the commission
		}
		if !slices.Equal(yield, s.Result) {
			t.Errorf("step %d, %s: result = %v, want %v", i, s.Op, yield, s.Result)
		}
	case sequence.SelfStake, sequence.Advance, sequence.RequestRedeem: // what these yield is the machines' own
	}
	for _, c := range []struct {
		name      string
		got, want vadium.Amount
	}{
		{"J", v.Junior, s.J}, {"A", v.Senior, s.A}, {"locked", v.Dripping.Locked, s.Locked},
		{"UA", v.SeniorUnbonding.Assets, s.UA}, {"US", v.SeniorUnbonding.Shares, s.US}, {"supply", v.Shares, s.Supply},
		{"total assets", v.TotalAssets, s.Assets}, {"price", v.Price, s.Price},
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
