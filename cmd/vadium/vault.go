package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func vaultCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "vault", Short: "Stake: open a vault, add to it, delegate to one"}
	cmd.AddCommand(vaultOpenCommand(c, h), vaultDepositCommand(c, h), vaultShowCommand(c, h), vaultListCommand(c, h), vaultClaimCommand(c, h))
	cmd.AddCommand(vaultTransferCommand(c, h), vaultApproveCommand(c, h), vaultAllowancesCommand(c, h), vaultRedeemCommand(c, h), vaultRedemptionsCommand(c, h))
	cmd.AddCommand(vaultCommissionCommand(c, h), vaultExitCommand(c, h), vaultHistoryCommand(c, h), vaultSimulateCommand(c))
	return cmd
}

func vaultOpenCommand(c *console, h *home) *cobra.Command {
	var commission uint32
	var asset string
	cmd := &cobra.Command{
		Use:   "open TOKENS",
		Short: "Open your vault with your own first-loss stake",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			junior, err := vadium.ParseTokens(args[0])
			if err != nil {
				return err
			}
			in, err := parseAsset(asset)
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			id, err := market.OpenVault(cmd.Context(), marketplace.OpenVault{Junior: junior, Commission: vadium.Bps(commission), Asset: in})
			if err != nil {
				return err
			}
			return c.show(map[string]any{"vault": id}, func() { c.say("opened vault %d with %s tokens of junior stake", id, coins(junior)) })
		},
	}
	cmd.Flags().Uint32Var(&commission, "commission", 8_000, "your part of what the vault earns, in bps; the rest goes to stake")
	cmd.Flags().StringVar(&asset, "asset", "own", "what the stake is in, for good: own, or an asset of vadium market collateral list")
	return cmd
}

func vaultDepositCommand(c *console, h *home) *cobra.Command {
	var vault uint64
	var minShares string
	cmd := &cobra.Command{
		Use:   "deposit TOKENS",
		Short: "Add to your own vault's junior stake, or delegate to another's (--vault)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := vadium.ParseTokens(args[0])
			if err != nil {
				return err
			}
			least, err := vadium.ParseAmount(firstSet(minShares, "0"))
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			if vault == 0 {
				accepted, err := market.DepositJunior(cmd.Context(), amount)
				if err != nil {
					return err
				}
				return c.show(accepted, func() { c.say("added %s tokens of junior stake", coins(amount)) })
			}
			shares, err := market.DepositSenior(cmd.Context(), marketplace.DepositSenior{Vault: vadium.VaultID(vault), Assets: amount, MinShares: least})
			if err != nil {
				return err
			}
			return c.show(map[string]any{"vault": vault, "shares": shares}, func() {
				c.say("delegated %s tokens to vault %d for %v shares", coins(amount), vault, shares)
			})
		},
	}
	cmd.Flags().Uint64Var(&vault, "vault", 0, "delegate to this vault as senior stake")
	cmd.Flags().StringVar(&minShares, "min-shares", "", "refuse if the deposit buys fewer shares than this")
	return cmd
}

func vaultShowCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "show VAULT",
		Short: "Show a vault: stake, locks, holders, what leaves it and what is called for",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := vaultID(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			v, err := market.Vault(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.show(v, func() { c.printVault(v) })
		},
	}
}

func (c *console) printVault(v client.Vault) {
	commission := []string{fmt.Sprintf("%d bps (%s tokens to claim)", v.Commission, coins(v.CommissionDue))}
	for _, step := range v.CommissionSteps {
		commission = append(commission, fmt.Sprintf("%d bps from %s", step.Commission, when(step.Effective)))
	}
	c.facts(
		"vault", fmt.Sprint(v.ID), "prover", v.Prover.String(), "state", stateText(v), "opened", clockTime(v.Opened), "asset", assetText(v.Asset),
		"commission", strings.Join(commission, ", "), "a share", coins(v.SharePrice)+" (1 at par)",
		"junior", coins(v.Junior), "senior", fmt.Sprintf("%s (and %s dripping in)", coins(v.Senior), coins(v.Dripping)),
		"effective", coins(v.Effective), "locked", fmt.Sprintf("%s in %d assignments, damage caps %s", coins(v.Locked), len(v.Locks), coins(v.DamageCaps)),
		"free", coins(v.Risk.Free), "coverage", coverageText(v.Risk.Coverage),
	)
	var rows [][]string
	for _, holding := range v.Holdings {
		rows = append(rows, []string{holding.Owner.String(), holding.Shares.String(), coins(holding.Assets)})
	}
	c.section([]string{"holder", "shares", "worth"}, rows)
	c.section(redemptionHeader, redemptionRows(v.Redemptions))
	c.section(callHeader, callRows(v.Risk.Calls))
}

// stateText says where a vault's prover stands, and what keeps it from work.
func stateText(v client.Vault) string {
	switch {
	case v.State == marketplace.StateNull:
		return faint.Render("its prover has left it")
	case v.State != marketplace.StateActive:
		return warn.Render(v.State.String())
	case v.Cases > 0:
		return warn.Render("active, with an open case: nothing is assigned, deposited or claimed")
	case !v.Risk.MayTake:
		return warn.Render("active, but what is called for keeps it from new requests")
	}
	return good.Render("active")
}

// coverageText writes a coverage as people say it.
func coverageText(coverage vadium.Bps) string {
	if coverage == math.MaxUint32 {
		return "-"
	}
	return fmt.Sprintf("%d %%", coverage/100)
}

func vaultListCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the vaults",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows [][]string
			for v, err := range market.Vaults(cmd.Context()) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(v); err != nil {
						return err
					}
				}
				rows = append(rows, []string{
					fmt.Sprint(v.ID), v.Prover.String(), v.State.String(), assetText(v.Asset), coins(v.Junior), coins(v.Senior), coins(v.Risk.Free),
					coverageText(v.Risk.Coverage), fmt.Sprintf("%d bps", v.Commission),
				})
			}
			if !c.json {
				c.table([]string{"vault", "prover", "state", "asset", "junior", "senior", "free", "coverage", "commission"}, rows)
			}
			return nil
		},
	}
}
