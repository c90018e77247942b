package sequence_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/sequence"
)

// Package vaults follows the vectors with this package, in TestTheVaultFollowsTheSequenceOfTheVectors, and the command
// line does in cmd/vadium. What is here is what the vectors do not say.

func parse(t testing.TB, line string) sequence.Op {
	t.Helper()
	op, found, err := sequence.Parse(line)
	if err != nil || !found {
		t.Fatalf("Parse(%q) = %v, %v", line, found, err)
	}
	return op
}

// play plays lines that must not be refused.
func play(t testing.TB, lines ...string) *sequence.Player {
	t.Helper()
	p := sequence.NewPlayer()
	for _, line := range lines {
		if _, err := p.Do(parse(t, line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return p
}

func TestOperationsAreReadAsTheyAreWritten(t *testing.T) {
	tokens := vadium.Tokens
	for line, want := range map[string]sequence.Op{
		"self_stake 1000e18":                  {Verb: sequence.SelfStake, Amount: tokens(1_000)},
		"deposit alice 1.5e18":                {Verb: sequence.Deposit, Owner: "alice", Amount: vadium.NewAmount(1_500_000_000_000_000_000)},
		"  deposit\talice   10  ":             {Verb: sequence.Deposit, Owner: "alice", Amount: vadium.NewAmount(10)},
		"deposit A-1_b 1.50e1":                {Verb: sequence.Deposit, Owner: "A-1_b", Amount: vadium.NewAmount(15)},
		"reward 120e18 commission 10%":        {Verb: sequence.Reward, Amount: tokens(120), Commission: 1_000},
		"reward 0 commission 95%":             {Verb: sequence.Reward, Commission: 9_500},
		"reward 0 commission 7.25%":           {Verb: sequence.Reward, Commission: 725},
		"reward 0 commission 0.5%":            {Verb: sequence.Reward, Commission: 50},
		"advance 84h (half window)":           {Verb: sequence.Advance, Wait: 84 * vadium.Hour},
		"advance (two weeks) 14d":             {Verb: sequence.Advance, Wait: 14 * vadium.Day},
		"advance 1000000h":                    {Verb: sequence.Advance, Wait: 1_000_000 * vadium.Hour},
		"advance 41666d":                      {Verb: sequence.Advance, Wait: 41_666 * vadium.Day},
		"request_redeem bob all":              {Verb: sequence.RequestRedeem, Owner: "bob", All: true},
		"request_redeem bob 5e24 # a comment": {Verb: sequence.RequestRedeem, Owner: "bob", Amount: parseNumber(t, "5000000000000000000000000")},
		"slash 1e30":                          {Verb: sequence.Slash, Amount: tokens(1_000_000_000_000)},
		"claim bob":                           {Verb: sequence.Claim, Owner: "bob"},
	} {
		want.Text = strings.TrimSpace(strings.Split(line, "#")[0])
		if got := parse(t, line); got != want {
			t.Errorf("Parse(%q) = %+v, want %+v", line, got, want)
		}
	}
	for _, line := range []string{"", "   ", "# deposit alice 1e18", "(only a remark)", "\t#"} {
		if op, found, err := sequence.Parse(line); found || err != nil {
			t.Errorf("Parse(%q) = %+v, %v, %v, want nothing", line, op, found, err)
		}
	}
}

func parseNumber(t testing.TB, word string) vadium.Amount {
	t.Helper()
	n, err := sequence.ParseNumber(word)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every error names the word that is wrong.
func TestWhatIsNoOperationIsRefusedWithTheWord(t *testing.T) {
	for line, want := range map[string]string{
		"stake 5":                              `"stake" is not an operation`,
		"Deposit alice 5":                      `"Deposit" is not an operation`,
		"deposit":                              `after "deposit" comes OWNER`,
		"deposit alice":                        `after "alice" comes AMOUNT`,
		"deposit alice 5 please":               `"please" is a word too many`,
		"deposit 5 alice":                      `"5" is not an owner`,
		"deposit all 5":                        `"all" is not an owner`,
		"deposit al:ce 5":                      `"al:ce" is not an owner`,
		"deposit -a 5":                         `"-a" is not an owner`,
		"deposit " + strings.Repeat("a", 33):   `is not an owner`,
		"self_stake -5":                        `"-5" is not a number`,
		"self_stake 0x5":                       `"0x5" is not a number`,
		"self_stake e18":                       `"e18" is not a number`,
		"self_stake 5e":                        `"5e" is not a number`,
		"self_stake .5e18":                     `".5e18" is not a number`,
		"self_stake 5.e18":                     `"5.e18" is not a number`,
		"self_stake 1e-2":                      `"1e-2" is not a number`,
		"self_stake 1E18":                      `"1E18" is not a number`,
		"self_stake 1.5":                       `"1.5" is not a whole number`,
		"self_stake 1.25e1":                    `"1.25e1" is not a whole number`,
		"self_stake 1e39":                      `"1e39" is too large`,
		"self_stake 4e38":                      `"4e38" is too large`,
		"self_stake 9e99999999999999999999999": `is too large`,
		"self_stake 340282366920938463463374607431768211456": `is too large`, // 2^128
		"reward 5":                      `after "5" comes commission`,
		"reward 5 comission 10%":        `"comission" stands where "commission" belongs`,
		"reward 5 commission 10":        `"10" is not a commission`,
		"reward 5 commission -1%":       `"-1%" is not a commission`,
		"reward 5 commission 1.234%":    `"1.234%" is not a commission`,
		"reward 5 commission 95.01%":    `"95.01%" is above 95%`,
		"advance 84":                    `"84" is not a time`,
		"advance 84m":                   `"84m" is not a time`,
		"advance h":                     `"h" is not a time`,
		"advance -1h":                   `"-1h" is not a time`,
		"advance 1.5h":                  `"1.5h" is not a time`,
		"advance 1000001h":              `"1000001h" is too long`,
		"advance 41667d":                `"41667d" is too long`,
		"request_redeem bob":            `after "bob" comes all or SHARES`,
		"request_redeem bob everything": `"everything" is not a number`,
		"claim":                         `after "claim" comes OWNER`,
		"advance 84h (half":             `"(half" opens a remark`,
		"advance 84h half)":             `closes a remark`,
	} {
		_, _, err := sequence.Parse(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want …%s…", line, err, want)
		}
	}
	if n := parseNumber(t, "340282366920938463463374607431768211455"); n.BitLen() != 128 {
		t.Errorf("2^128-1 is read as %v", n)
	}
}

// A refusal is the vault's own and changes nothing; the state is that of before, without a result.
func TestWhatTheVaultRefusesChangesNothing(t *testing.T) {
	begin := []string{"self_stake 10e18", "deposit alice 10e18"}
	for _, c := range []struct {
		before []string
		op     string
		want   error
		says   string
	}{
		{nil, "deposit alice 10e18", vaults.ErrNoJunior, ""},
		{begin, "deposit bob 999999999999999999", vaults.ErrDepositTooSmall, "least is 1"},
		{begin, "deposit bob 0", vaults.ErrDepositTooSmall, ""},
		{begin, "deposit bob 340282366920938463463374607431768211455", vaults.ErrDepositTooLarge, "2^128"},
		{begin, "request_redeem bob all", vaults.ErrNotEnoughShares, "bob never deposited (alice did)"},
		{nil, "claim bob", vaults.ErrNoRedemption, "bob never deposited (nobody has)"},
		{begin, "request_redeem alice 10000000000000000000000001", vaults.ErrNotEnoughShares, "alice holds 10000000000000000000000000 shares, not 10000000000000000000000001"},
		{begin, "request_redeem alice 0", vaults.ErrRedemptionTooSmall, ""},
		{begin, "claim alice", vaults.ErrNoRedemption, "alice is leaving with nothing"},
		{append(begin, "request_redeem alice all", "advance 335h"), "claim alice", vaults.ErrRedemptionPending, "from hour 336 on, and this is hour 335"},
		{append(begin, "slash 1e30"), "deposit bob 1e18", vaults.ErrVaultClosed, ""},
	} {
		p := play(t, c.before...)
		before, err := p.Do(parse(t, "advance 0h"))
		if err != nil {
			t.Fatal(err)
		}
		after, err := p.Do(parse(t, c.op))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s after %v: %v, want %v with %q", c.op, c.before, err, c.want, c.says)
		}
		if after.Result != nil || after.Op != c.op {
			t.Errorf("%s: state of %q with result %v, want none", c.op, after.Op, after.Result)
		}
		after.Op, after.Result = before.Op, before.Result
		if got, want := fmt.Sprint(after), fmt.Sprint(before); got != want {
			t.Errorf("%s was refused and left %s, want %s", c.op, got, want)
		}
	}
}

// Redemptions mature one by one; a claim pays those that have.
func TestAClaimPaysAllThatHasMatured(t *testing.T) {
	p := play(t, "self_stake 10e18", "deposit alice 10e18", "request_redeem alice 4e24", "advance 1d",
		"request_redeem alice 3e24", "advance 1d", "request_redeem alice 2e24", "advance 13d")
	s, err := p.Do(parse(t, "claim alice"))
	if err != nil || len(s.Result) != 1 || s.Result[0] != vadium.Tokens(7) || s.UA != vadium.Tokens(2) {
		t.Errorf("claim alice = %v, %v, leaving %v, want 7 tokens, leaving 2", s.Result, err, s.UA)
	}
	if _, err := p.Do(parse(t, "claim alice")); !errors.Is(err, vaults.ErrRedemptionPending) {
		t.Errorf("a claim of what is left: %v, want %v", err, vaults.ErrRedemptionPending)
	}
}

func TestASequenceEnds(t *testing.T) {
	p := sequence.NewPlayer()
	op := parse(t, "advance 1h")
	for range sequence.MaxOps {
		if _, err := p.Do(op); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Do(op); err == nil {
		t.Error("a sequence went on beyond the most that it may have")
	}
}

func TestAResultIsReadBackAsItIsWritten(t *testing.T) {
	for _, text := range []string{`null`, `"0"`, `"12000000000000000000"`, `["1018","482"]`} {
		var r sequence.Result
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if back, err := json.Marshal(r); err != nil || string(back) != text {
			t.Errorf("%s is written back as %s, %v", text, back, err)
		}
	}
	var r sequence.Result
	for _, text := range []string{`["x"]`, `"-1"`, `{}`, `true`} {
		if err := json.Unmarshal([]byte(text), &r); err == nil {
			t.Errorf("%s is read as %v", text, r)
		}
	}
}

// Whatever is written, the vault stays whole and its books balance.
func checkPlay(t interface{ Fatalf(string, ...any) }, text string) {
	p := sequence.NewPlayer()
	for line := range strings.SplitSeq(text, "\n") {
		op, found, err := sequence.Parse(line)
		if err != nil || !found {
			continue
		}
		if s, err := p.Do(op); (err != nil) != (s.Result == nil) {
			t.Fatalf("%s yields %v and %v", op.Text, s.Result, err)
		}
		if err := p.Vault.Check(p.Now); err != nil {
			t.Fatalf("after %s: %v", op.Text, err)
		}
		if out := vadium.Sum(p.Vault.Held(p.Now), p.Claimed, p.Slashed); out != p.Paid {
			t.Fatalf("after %s: %v came in, %v is held or went out", op.Text, p.Paid, out)
		}
		for _, r := range p.Vault.Redemptions {
			_ = p.Worth(r)
		}
	}
}

func TestSequencesKeepTheVaultWhole(t *testing.T) {
	number := rapid.SampledFrom([]string{"0", "1", "999999", "1e18", "2.5e18", "1000e18", "7e24", "1e30", "3e38"})
	owner := rapid.SampledFrom([]string{"alice", "bob", "carol"})
	rapid.Check(t, func(t *rapid.T) {
		lines := []string{"self_stake 1000e18"}
		for range rapid.IntRange(1, 40).Draw(t, "operations") {
			n, who := number.Draw(t, "number"), owner.Draw(t, "owner")
			lines = append(lines, rapid.SampledFrom([]string{
				"self_stake " + n, "deposit " + who + " " + n, "deposit " + who + " " + n, "reward " + n + " commission 12.5%",
				"advance 5d", "advance 84h", "request_redeem " + who + " all", "request_redeem " + who + " " + n, "slash " + n, "claim " + who,
			}).Draw(t, "operation"))
		}
		checkPlay(t, strings.Join(lines, "\n"))
	})
}

func FuzzPlay(f *testing.F) {
	f.Add("self_stake 1000e18\ndeposit alice 4000e18\nreward 120e18 commission 10%\nadvance 84h (half)\nrequest_redeem alice all")
	f.Add("self_stake 1\nslash 1e30\nclaim x # nothing\n\nadvance 14d")
	f.Fuzz(func(t *testing.T, text string) { checkPlay(t, text) })
}
