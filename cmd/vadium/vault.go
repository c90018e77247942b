package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func vaultCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "vault", Short: "Stake: open a vault, add to it, delegate to one"}
	cmd.AddCommand(vaultOpenCommand(c, h), vaultDepositCommand(c, h), vaultShowCommand(c, h), vaultListCommand(c, h), vaultClaimCommand(c, h), vaultSimulateCommand(c))
	return cmd
}

func vaultOpenCommand(c *console, h *home) *cobra.Command {
	var commission uint32
	cmd := &cobra.Command{
		Use:   "open TOKENS",
		Short: "Open your vault with your own first-loss stake",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			junior, err := vadium.ParseTokens(args[0])
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			id, err := market.OpenVault(cmd.Context(), marketplace.OpenVault{Junior: junior, Commission: vadium.Bps(commission)})
			if err != nil {
				return err
			}
			return c.show(map[string]any{"vault": id}, func() { c.say("opened vault %d with %s tokens of junior stake", id, coins(junior)) })
		},
	}
	cmd.Flags().Uint32Var(&commission, "commission", 8_000, "your part of what the vault earns, in bps; the rest goes to stake")
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
		Short: "Show a vault: stake, locks, holders",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return withHint(fmt.Errorf("vault %q is not a number", args[0]), "vadium vault list")
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			v, err := market.Vault(cmd.Context(), vadium.VaultID(id))
			if err != nil {
				return err
			}
			return c.show(v, func() { c.printVault(v) })
		},
	}
}

func (c *console) printVault(v client.Vault) {
	c.facts(
		"vault", fmt.Sprint(v.ID), "prover", v.Prover.String(), "opened", clockTime(v.Opened),
		"commission", fmt.Sprintf("%d bps (%s tokens to claim)", v.Commission, coins(v.CommissionDue)),
		"junior", coins(v.Junior), "senior", fmt.Sprintf("%s (and %s dripping in)", coins(v.Senior), coins(v.Dripping)),
		"effective", coins(v.Effective), "locked", fmt.Sprintf("%s in %d assignments, damage caps %s", coins(v.Locked), len(v.Locks), coins(v.DamageCaps)),
		"free", coins(v.Free),
	)
	if len(v.Holdings) > 0 {
		var rows [][]string
		for _, holding := range v.Holdings {
			rows = append(rows, []string{holding.Owner.String(), holding.Shares.String(), coins(holding.Assets)})
		}
		c.say("")
		c.table([]string{"holder", "shares", "worth"}, rows)
	}
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
				rows = append(rows, []string{fmt.Sprint(v.ID), v.Prover.String(), coins(v.Junior), coins(v.Senior), coins(v.Free), fmt.Sprintf("%d bps", v.Commission)})
			}
			if !c.json {
				c.table([]string{"vault", "prover", "junior", "senior", "free", "commission"}, rows)
			}
			return nil
		},
	}
}

func vaultClaimCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "claim TOKENS",
		Short: "Move earned commission from your vault to your balance",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := vadium.ParseTokens(args[0])
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.ClaimCommission(cmd.Context(), amount)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("claimed %s tokens", coins(amount)) })
		},
	}
}
