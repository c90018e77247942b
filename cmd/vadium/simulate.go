package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/sequence"
)

func vaultSimulateCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "simulate [FILE]",
		Short: "What would I hold after these operations? Needs no market",
		Long: `What would I hold after these operations? Reads one operation a line, from FILE or from what is piped in, carries it out on
a vault of its own, which begins empty at hour 0, and prints all of the vault's state after each. Needs no market.

  self_stake AMOUNT                 the prover adds junior stake, which loses first
  deposit OWNER AMOUNT              OWNER delegates senior stake, for shares
  reward AMOUNT commission PERCENT  the vault earns; PERCENT is the prover's, at most 95%
  advance HOURSh or DAYSd           time passes
  request_redeem OWNER all          OWNER begins to leave; instead of all, a number of shares
  slash AMOUNT                      a punitive slash: junior first, then senior
  claim OWNER                       OWNER takes what has been leaving for 14 days

AMOUNT counts base units: 1e18 is a token, 2.5e18 two and a half. Shares have six decimals more: a token buys 1e24 of them at
first. What stands in (parentheses) is a remark, what follows # a comment. A line has at most 64 KiB, and there are at most 100,000
operations. What the vault refuses changes nothing, and ends the command with the vault's reason.

The state, with the names of economics.md §3:

  J             the prover's junior stake      UA            senior stake that is leaving
  A             senior principal               US            shares of what is leaving
  locked        rewards, still to drip in      supply        shares of those who stay
  total_assets  what they are worth            price_e18     what 1e24 shares are worth

With --json each operation is answered by one object: op, result, t (hours) and the state. The result of a deposit is its
shares, of a reward the commission, of a slash what junior and senior paid, of a claim what was paid out, null of what was
refused.`,
		Example: `vadium vault simulate <<'END'
self_stake 1000e18
deposit alice 3000e18
deposit bob 1000e18
reward 100e18 commission 80%
advance 7d (the reward has dripped in)
request_redeem bob all
slash 1500e18 (what is leaving still pays)
advance 14d
claim bob
END`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			in := c.in
			if len(args) == 1 {
				f, err := os.Open(args[0])
				if err != nil {
					return withHint(err, "name a file with one operation a line, or pipe them in (vadium vault simulate --help)")
				}
				defer f.Close()
				in = f
			} else if isTerminal(in) {
				c.tell("one operation a line, then Ctrl-D (vadium vault simulate --help)")
			}
			return c.simulate(in)
		},
	}
}

func (c *console) simulate(in io.Reader) error {
	player := sequence.NewPlayer()
	before, err := player.Do(sequence.Op{Verb: sequence.Advance}) // the empty vault
	if err != nil {
		return err
	}
	steps := 0
	err = eachLine(in, func(number int, line string) error {
		op, found, err := sequence.Parse(line)
		if err != nil {
			return withHint(fmt.Errorf("line %d: %w", number, err), "one operation a line: "+sequence.Grammar)
		}
		if !found {
			return nil
		}
		steps++
		after, refusal := player.Do(op)
		if err := c.show(after, func() { c.printStep(number, op.Verb, before, after) }); err != nil {
			return err
		}
		before = after
		if refusal != nil {
			return withHint(fmt.Errorf("line %d: %s: %w", number, op.Text, refusal), whatToDoInstead(refusal))
		}
		return nil
	})
	if steps > 0 && !c.json {
		c.printHoldings(player)
	}
	if err == nil && steps == 0 {
		return withHint(errors.New("there is no operation to carry out"), "one operation a line: "+sequence.Grammar)
	}
	return err
}

// whatToDoInstead says what a sequence may do about a vault's refusal.
func whatToDoInstead(refusal error) string {
	for _, known := range []struct {
		kind vadium.Kind
		hint string
	}{
		{vaults.ErrNoJunior, "begin with self_stake AMOUNT: the prover's own stake comes before any delegation"},
		{vaults.ErrVaultClosed, "slashes left shares worth less than a billionth of their first price; nothing comes in any more, claims stay open"},
		{vaults.ErrDepositTooSmall, "a deposit is at least one token, 1e18"},
		{vaults.ErrDepositTooLarge, "a vault receives less than 2^128 base units in all"},
		{vaults.ErrNotEnoughShares, "redeem at most what is held (request_redeem OWNER all)"},
		{vaults.ErrRedemptionTooSmall, "redeem shares that are worth something"},
		{vaults.ErrTooManyRedemptions, fmt.Sprintf("an owner leaves in at most %d parts; claim what has matured first", vaults.MaxRedemptions)},
		{vaults.ErrNoRedemption, "begin to leave first (request_redeem OWNER all), and claim 14 days later"},
		{vaults.ErrRedemptionPending, "let time pass first (advance 14d): what is leaving can be slashed that long"},
	} {
		if errors.Is(refusal, known.kind) {
			return known.hint
		}
	}
	return "one operation a line: " + sequence.Grammar
}

// yields says what the result of an operation is.
var yields = map[sequence.Verb][]string{
	sequence.Deposit: {"shares"}, sequence.Reward: {"tokens of commission"}, sequence.Claim: {"tokens paid out"},
	sequence.Slash: {"tokens from junior", "from senior stake"},
}

// printStep prints an operation and the state after it; what has changed stands out.
func (c *console) printStep(number int, verb sequence.Verb, before, after sequence.State) {
	c.say("%s", bold.Render(fmt.Sprintf("line %d, hour %d: %s", number, after.Hours, after.Op)))
	switch {
	case after.Result == nil:
		c.say("%s", bad.Render("refused"))
	case yields[verb] != nil:
		var parts []string
		for i, what := range yields[verb] {
			amount := coins(after.Result[i])
			if verb == sequence.Deposit {
				amount = shareTokens(after.Result[i])
			}
			parts = append(parts, amount+" "+what)
		}
		c.say("%s", strings.Join(parts, ", "))
	}
	var rows [][]string
	for _, f := range []struct {
		name     string
		was, now vadium.Amount
		tokens   func(vadium.Amount) string
	}{
		{"J", before.J, after.J, coins},
		{"A", before.A, after.A, coins},
		{"locked", before.Locked, after.Locked, coins},
		{"UA", before.UA, after.UA, coins},
		{"US", before.US, after.US, coins},
		{"supply", before.Supply, after.Supply, shareTokens},
		{"total_assets", before.Assets, after.Assets, coins},
		{"price_e18", before.Price, after.Price, coins},
	} {
		row := []string{f.name, f.now.String(), f.tokens(f.now), difference(f.was, f.now, f.tokens)}
		if f.was != f.now {
			for i := range row {
				row[i] = accent.Render(row[i])
			}
		}
		rows = append(rows, row)
	}
	c.table([]string{"field", "base units", "tokens", "change"}, rows)
	c.say("")
}

// difference writes how an amount has changed, and nothing when it has not.
func difference(was, now vadium.Amount, tokens func(vadium.Amount) string) string {
	switch was.Cmp(now) {
	case -1:
		return "+" + tokens(now.MustSub(was))
	case 1:
		return "-" + tokens(was.MustSub(now))
	}
	return ""
}

// shareTokens writes shares for people as coins does amounts: a share token bought one token at first.
func shareTokens(shares vadium.Amount) string {
	million := vadium.NewAmount(1_000_000)
	whole, _ := shares.MulDivDown(vadium.NewAmount(1), million)
	text := coins(whole)
	if back, _ := whole.Mul(million); back != shares && !strings.HasSuffix(text, "…") {
		text += "…"
	}
	return text
}

// printHoldings prints who holds what, and what it is worth at the end.
func (c *console) printHoldings(p *sequence.Player) {
	rows := [][]string{{"prover", "junior stake", coins(p.Vault.Junior)}}
	if due := p.Vault.CommissionDue; !due.IsZero() {
		rows = append(rows, []string{"prover", "commission to claim", coins(due)})
	}
	rate := p.Vault.Rate(p.Now)
	for _, owner := range p.Owners {
		account, _ := p.Account(owner)
		if shares := p.Vault.SharesOf(account); !shares.IsZero() {
			rows = append(rows, []string{owner, shareTokens(shares) + " shares", coins(rate.AssetsDown(shares))})
		}
		for _, r := range p.Vault.Redemptions {
			if r.Owner == account {
				what := fmt.Sprintf("leaving, claimable from hour %d", int64(r.Matures)/int64(vadium.Hour))
				rows = append(rows, []string{owner, what, coins(p.Worth(r))})
			}
		}
	}
	c.table([]string{"who", "holds", "worth in tokens"}, rows)
	c.say("")
	c.say("came in %s = held %s + claimed %s + slashed %s", coins(p.Paid), coins(p.Vault.Held(p.Now)), coins(p.Claimed), coins(p.Slashed))
}
