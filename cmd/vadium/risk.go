package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults/risk"
)

func riskCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "risk", Short: "How stake compares with what it stands behind"}
	cmd.AddCommand(riskShowCommand(c, h))
	return cmd
}

func riskShowCommand(c *console, h *home) *cobra.Command {
	var vault uint64
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show coverage, the security breaker, prices and calls: of the market, or of a vault (--vault)",
		Long: `Show coverage, the security breaker, prices and calls: of the market, or of a vault (--vault).

With --vault, also a plot of the price of its shares since it was opened, and a table of its slashes: they are made from the
market's public records about the vault. Prices and values are in the numeraire.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			if vault != 0 {
				return showVaultRisk(cmd.Context(), c, market, vadium.VaultID(vault))
			}
			r, err := market.Risk(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(r, func() { c.printRisk(r) })
		},
	}
	cmd.Flags().Uint64Var(&vault, "vault", 0, "this vault's")
	return cmd
}

// levels colour the security breaker.
func levelText(l risk.Level) string {
	switch l {
	case risk.Green:
		return good.Render("green")
	case risk.Amber:
		return warn.Render("amber: new locks are a quarter larger")
	case risk.Red:
		return bad.Render("red: besides, no lock takes more than a hundredth of its vault")
	case risk.Halt:
		return bad.Render("halt: nothing new is assigned across assets")
	}
	return l.String()
}

func (c *console) printRisk(r client.Risk) {
	sound := good.Render("does not pay")
	if !r.Sound {
		sound = bad.Render("pays")
	}
	facts := []string{
		"breaker", levelText(r.Level),
		"coverage", fmt.Sprintf("%s: %s effective of %s staked, %s locked", coverageText(r.Coverage), coins(r.Effective), coins(r.Stake), coins(r.Locked)),
		"cheating", fmt.Sprintf("%s: it would cost %s and gain %s", sound, coins(r.Cost), coins(r.Profit)),
		"across assets", fmt.Sprintf("%s secured, %s at risk, ratio %s", worth(r.Secured), worth(r.Exposure), coverageText(r.LSR)),
		"entry minimum", fmt.Sprintf("%s of own stake (factor %s)", coins(r.EntryMinimum), inPercent(r.EntryFactor)),
		"utilisation", inPercent(r.Utilisation), "health", inPercent(r.Health),
		"usually failing", fmt.Sprintf("%s of stake by liveness, %s by malice", inPercent(r.UsualLiveness), inPercent(r.UsualMalice)),
		"provers", proversText(r.Provers), "open cases", fmt.Sprint(r.CasesOpen),
	}
	if r.Marked > 0 {
		facts = append(facts, "marked", when(r.Marked))
	}
	if r.Incident != "" {
		facts = append(facts, "incident", warn.Render(r.Incident)+", excuses liveness until "+when(r.IncidentUntil))
	}
	if r.Alert > 0 {
		why := "a tenth of all stake was slashed in a day"
		if r.AlertReason != "" {
			why = fmt.Sprintf("%s, until %s", r.AlertReason, when(r.AlertUntil))
		}
		facts = append(facts, "alert", fmt.Sprintf("%s: new locks are %s of what they usually are", warn.Render(why), inPercent(r.Alert.Factor())))
	}
	c.facts(facts...)
	var rows [][]string
	for _, p := range r.Prices {
		if p.Spot == 0 && !p.Quorum && p.At == 0 {
			rows = append(rows, []string{assetText(p.Asset), "none yet", "", "", "", "", haircutText(p), coins(p.Staked)})
			continue
		}
		age := when(p.At)
		if !p.Fresh {
			age = bad.Render("stale: ") + age
		}
		rows = append(rows, []string{
			assetText(p.Asset), worth(risk.Value(p.Spot)), worth(risk.Value(p.Now)), worth(risk.Value(p.Held)), worth(risk.Value(p.Month)), age, haircutText(p), coins(p.Staked),
		})
	}
	c.section([]string{"asset", "price", "in calls", "in locks", "30 days", "published", "haircut", "staked"}, rows)
	rows = nil
	for _, v := range r.Calls {
		rows = append(rows, []string{fmt.Sprint(v.Vault), v.Why, v.Stage.String(), coins(v.RequiredStake), coins(v.RequiredJunior), deadlineText(v.Deadline)})
	}
	c.section([]string{"vault", "called for", "stage", "stake now", "own stake now", "next stage"}, rows)
	if more := r.CallsOpen - uint64(len(r.Calls)); more > 0 {
		c.say("and %d calls more: vadium risk show --vault", more)
	}
}

func haircutText(p client.AssetPrice) string {
	if p.Asset == (risk.Asset{}) {
		return "-"
	}
	return inPercent(p.Haircut)
}

func proversText(counts []client.StateCount) string {
	var parts []string
	for _, s := range counts {
		if s.Provers > 0 && s.State != marketplace.StateNull {
			parts = append(parts, fmt.Sprintf("%d %v", s.Provers, s.State))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func inPercent(b vadium.Bps) string {
	if b%100 == 0 {
		return fmt.Sprintf("%d %%", b/100)
	}
	return fmt.Sprintf("%d.%02d %%", b/100, b%100)
}

// worth writes a value of the numeraire, whose unit is a millionth.
func worth(v risk.Value) string {
	text := fmt.Sprintf("%d.%06d", v/1_000_000, v%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func deadlineText(at vadium.Time) string {
	if at == 0 {
		return "-"
	}
	return when(at)
}

var callHeader = []string{"called for", "stage", "stake now", "own stake now", "in the end", "own in the end", "missing", "own missing", "next stage"}

func callRows(calls []client.Call) (rows [][]string) {
	for _, call := range calls {
		rows = append(rows, []string{
			call.Why, warn.Render(call.Stage.String()), coins(call.Required.Stake), coins(call.Required.Junior), coins(call.Full.Stake), coins(call.Full.Junior),
			coins(call.Missing.Stake), coins(call.Missing.Junior), deadlineText(call.Deadline),
		})
	}
	return rows
}

func showVaultRisk(ctx context.Context, c *console, market *client.Client, id vadium.VaultID) error {
	v, err := market.Vault(ctx, id)
	if err != nil {
		return err
	}
	if c.json {
		if err := c.object(v); err != nil {
			return err
		}
		return showHistory(ctx, c, market, v, 0)
	}
	facts := []string{
		"vault", fmt.Sprint(v.ID), "prover", v.Prover.String(), "state", stateText(v), "asset", assetText(v.Asset),
		"coverage", fmt.Sprintf("%s: %s effective, %s locked, %s free", coverageText(v.Risk.Coverage), coins(v.Effective), coins(v.Locked), coins(v.Risk.Free)),
		"posted", coverText(v.Risk.Posted),
	}
	if v.Risk.Known {
		facts = append(facts, "needed", coverText(v.Risk.Maintenance), "after a call", coverText(v.Risk.Initial))
	} else {
		facts = append(facts, "needed", "unknown without a price")
	}
	facts = append(facts, "entry minimum", coins(v.Risk.EntryMinimum)+" of own stake")
	if !v.Risk.Deferred.IsZero() {
		facts = append(facts, "held back", warn.Render(coins(v.Risk.Deferred))+" of a penalty, until the daily limit lets it through")
	}
	c.facts(facts...)
	c.section(callHeader, callRows(v.Risk.Calls))
	c.say("")
	return showHistory(ctx, c, market, v, 0)
}

func coverText(cover risk.Cover) string {
	return fmt.Sprintf("%s, of it %s own", coins(cover.Stake), coins(cover.Junior))
}

// assetText names an asset for people.
func assetText(a risk.Asset) string {
	if a == (risk.Asset{}) {
		return "own"
	}
	return a.String()
}

// parseAsset reads what people call an asset: own is the market's.
func parseAsset(text string) (risk.Asset, error) {
	if text == "own" || text == "" {
		return risk.Asset{}, nil
	}
	a, err := risk.ParseAsset(text)
	return a, withHint(err, "name it as vadium market collateral list does, or own")
}

// parseWorth reads a decimal number of the numeraire, to its millionth.
func parseWorth(text string) (uint64, error) {
	whole, part, _ := strings.Cut(text, ".")
	digits := whole + (part + "000000")[:6]
	var n uint64
	for _, d := range digits {
		if d < '0' || d > '9' || n > (math.MaxUint64-9)/10 {
			return 0, fmt.Errorf("%q is not a number with at most six decimal places", text)
		}
		n = 10*n + uint64(d-'0')
	}
	if whole == "" || len(part) > 6 {
		return 0, fmt.Errorf("%q is not a number with at most six decimal places", text)
	}
	return n, nil
}

// soon is an instant on the market's clock, or nearly so.
func soon(d time.Duration) vadium.Time { return vadium.Time(time.Now().Add(d).UnixMilli()) }
