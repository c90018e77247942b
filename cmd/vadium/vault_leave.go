package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults"
)

// vaultID reads a vault's number.
func vaultID(text string) (vadium.VaultID, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || id == 0 {
		return 0, withHint(fmt.Errorf("vault %q is not a number", text), "vadium vault list")
	}
	return vadium.VaultID(id), nil
}

// sharesOf reads how many shares of a vault are meant: a number of the smallest units, as vault show prints them, or all
// that an owner has.
func sharesOf(ctx context.Context, market *client.Client, vault vadium.VaultID, owner vadium.Account, text string) (vadium.Amount, error) {
	if text != "all" {
		shares, err := vadium.ParseAmount(text)
		if err != nil {
			return shares, withHint(fmt.Errorf("shares %q: %w", text, err), fmt.Sprintf("name shares as vadium vault show %d prints them, or all", vault))
		}
		return shares, nil
	}
	v, err := market.Vault(ctx, vault)
	if err != nil {
		return vadium.Amount{}, err
	}
	for _, holding := range v.Holdings {
		if holding.Owner == owner {
			return holding.Shares, nil
		}
	}
	return vadium.Amount{}, withHint(fmt.Errorf("%v holds no shares of vault %d", owner, vault), fmt.Sprintf("vadium vault show %d lists the holders", vault))
}

func vaultTransferCommand(c *console, h *home) *cobra.Command {
	var to, from string
	cmd := &cobra.Command{
		Use:   "transfer VAULT SHARES",
		Short: "Give shares of a vault to another account",
		Long: `Give shares of a vault to another account.

SHARES is a number as vadium vault show prints it, or all. With --from, another's shares are given within what that account
has allowed yours (vadium vault approve).`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			vault, err := vaultID(args[0])
			if err != nil {
				return err
			}
			receiver, err := vadium.ParseAccount(to)
			if err != nil {
				return withHint(err, "say who gets them: --to ACCOUNT")
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			giver := market.Account()
			if from != "" {
				if giver, err = vadium.ParseAccount(from); err != nil {
					return err
				}
			}
			shares, err := sharesOf(cmd.Context(), market, vault, giver, args[1])
			if err != nil {
				return err
			}
			var accepted client.Accepted
			if from == "" {
				accepted, err = market.TransferShares(cmd.Context(), marketplace.TransferShares{Vault: vault, To: receiver, Shares: shares})
			} else {
				accepted, err = market.TransferSharesFrom(cmd.Context(), marketplace.TransferSharesFrom{Vault: vault, From: giver, To: receiver, Shares: shares})
			}
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("gave %v shares of vault %d to %v", shares, vault, receiver) })
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "account that gets them")
	cmd.Flags().StringVar(&from, "from", "", "account whose shares they are, if not yours")
	return cmd
}

func vaultApproveCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "approve VAULT ACCOUNT SHARES",
		Short: "Let another account transfer so many of your shares; 0 takes it back",
		Long: `Let another account transfer so many of your shares; 0 takes it back.

SHARES is a number as vadium vault show prints it, all, or unlimited, which transfers do not lower. It replaces what was
allowed before, and whoever sees a lower allowance coming can still use the old one first.`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			vault, err := vaultID(args[0])
			if err != nil {
				return err
			}
			spender, err := vadium.ParseAccount(args[1])
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			shares := vaults.Unlimited
			if args[2] != "unlimited" {
				if shares, err = sharesOf(cmd.Context(), market, vault, market.Account(), args[2]); err != nil {
					return err
				}
			}
			accepted, err := market.ApproveShares(cmd.Context(), marketplace.ApproveShares{Vault: vault, Spender: spender, Shares: shares})
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("%v may transfer %s of your shares of vault %d", spender, allowance(shares), vault) })
		},
	}
}

func allowance(shares vadium.Amount) string {
	if shares == vaults.Unlimited {
		return "all"
	}
	return shares.String()
}

func vaultAllowancesCommand(c *console, h *home) *cobra.Command {
	var owner string
	cmd := &cobra.Command{
		Use:   "allowances VAULT",
		Short: "List who may transfer whose shares of a vault",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			vault, err := vaultID(args[0])
			if err != nil {
				return err
			}
			var of vadium.Account
			if owner != "" {
				if of, err = vadium.ParseAccount(owner); err != nil {
					return err
				}
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows [][]string
			for a, err := range market.Allowances(cmd.Context(), vault, of) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(a); err != nil {
						return err
					}
				}
				rows = append(rows, []string{a.Owner.String(), a.Spender.String(), allowance(a.Shares)})
			}
			if !c.json {
				c.table([]string{"owner", "may be transferred by", "shares"}, rows)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&owner, "owner", "", "only this owner's")
	return cmd
}

func vaultRedeemCommand(c *console, h *home) *cobra.Command {
	var junior string
	var all bool
	cmd := &cobra.Command{
		Use:   "redeem VAULT SHARES | VAULT --all | --junior TOKENS",
		Short: "Take stake out of a vault; it can be claimed when it has matured",
		Long: `Take stake out of a vault; it can be claimed when it has matured.

  vadium vault redeem 3 1000000000000000000000000    so many of your shares of vault 3
  vadium vault redeem 3 --all                        all of them
  vadium vault redeem --junior 50                    50 tokens of your own stake in your own vault

What is redeemed earns nothing more, and pays for faults until it is claimed (vadium vault claim). An account has at most 16
redemptions open in a vault.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			const usage = "usage: vadium vault redeem VAULT SHARES, or VAULT --all, or --junior TOKENS"
			byShares := !all && junior == "" && len(args) == 2
			wholly := all && junior == "" && len(args) == 1
			own := !all && junior != "" && len(args) == 0
			if !byShares && !wholly && !own {
				return withHint(errors.New("it is not clear what is to be redeemed"), usage)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			began, err := redeem(cmd.Context(), market, junior, args)
			if err != nil {
				return err
			}
			return c.show(began, func() {
				c.say("redemption %d/%d: %s tokens leave, to be claimed from %s on", began.Vault, began.ID, coins(began.Assets), when(began.Matures))
			})
		},
	}
	cmd.Flags().StringVar(&junior, "junior", "", "so many tokens of your own stake in your own vault")
	cmd.Flags().BoolVar(&all, "all", false, "all your shares of the vault")
	return cmd
}

// redeem begins the redemption that is named: tokens of the junior, or shares of a vault, all without a number.
func redeem(ctx context.Context, market *client.Client, junior string, args []string) (client.Redemption, error) {
	if junior != "" {
		amount, err := vadium.ParseTokens(junior)
		if err != nil {
			return client.Redemption{}, err
		}
		return market.RedeemJunior(ctx, amount)
	}
	vault, err := vaultID(args[0])
	if err != nil {
		return client.Redemption{}, err
	}
	shares, err := sharesOf(ctx, market, vault, market.Account(), append(args, "all")[1])
	if err != nil {
		return client.Redemption{}, err
	}
	return market.RedeemShares(ctx, marketplace.RedeemShares{Vault: vault, Shares: shares})
}

func vaultRedemptionsCommand(c *console, h *home) *cobra.Command {
	var vault uint64
	cmd := &cobra.Command{
		Use:   "redemptions [ACCOUNT]",
		Short: "List an account's stake on its way out (default: your own), with the time left",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			owner, err := h.Account()
			if len(args) == 1 {
				owner, err = vadium.ParseAccount(args[0])
			}
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			var all []client.Redemption
			for r, err := range market.Redemptions(cmd.Context(), owner, vadium.VaultID(vault)) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(r); err != nil {
						return err
					}
				}
				all = append(all, r)
			}
			if !c.json {
				c.table(redemptionHeader, redemptionRows(all))
			}
			return nil
		},
	}
	cmd.Flags().Uint64Var(&vault, "vault", 0, "only from this vault")
	return cmd
}

var redemptionHeader = []string{"redemption", "owner", "of", "worth", "began with", "can be claimed"}

func redemptionRows(all []client.Redemption) (rows [][]string) {
	for _, r := range all {
		of := "shares"
		if r.Junior {
			of = "own stake"
		}
		rows = append(rows, []string{fmt.Sprintf("%d/%d", r.Vault, r.ID), r.Owner.String(), of, coins(r.Worth), coins(r.Assets), when(r.Matures)})
	}
	return rows
}

func vaultClaimCommand(c *console, h *home) *cobra.Command {
	var redemption string
	var all bool
	cmd := &cobra.Command{
		Use:   "claim TOKENS | --redemption VAULT/ID | --all",
		Short: "Move what has been earned, or has matured, to your balance",
		Long: `Move what has been earned, or has matured, to your balance.

  vadium vault claim 2.5                 2.5 tokens of the commission that your vault has earned
  vadium vault claim --redemption 3/7    redemption 7 from vault 3, once it has matured
  vadium vault claim --all               every redemption of yours that has matured, whatever vault it is from`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			commission := !all && redemption == "" && len(args) == 1
			one := !all && redemption != "" && len(args) == 0
			every := all && redemption == "" && len(args) == 0
			if !commission && !one && !every {
				return withHint(errors.New("it is not clear what is to be claimed"), "usage: vadium vault claim TOKENS, or --redemption VAULT/ID, or --all")
			}
			var amount vadium.Amount
			if commission {
				var err error
				if amount, err = vadium.ParseTokens(args[0]); err != nil {
					return err
				}
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			switch {
			case one:
				return claimOne(cmd.Context(), c, market, redemption)
			case every:
				return claimMatured(cmd.Context(), c, market)
			}
			accepted, err := market.ClaimCommission(cmd.Context(), amount)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("claimed %s tokens", coins(amount)) })
		},
	}
	cmd.Flags().StringVar(&redemption, "redemption", "", "this redemption (vadium vault redemptions)")
	cmd.Flags().BoolVar(&all, "all", false, "every redemption that has matured")
	return cmd
}

// claimed is a redemption that was paid.
type claimed struct {
	Vault      vadium.VaultID `json:"vault"`
	Redemption uint64         `json:"redemption"`
	Assets     vadium.Amount  `json:"assets"`
}

func claim(ctx context.Context, c *console, market *client.Client, vault vadium.VaultID, id uint64) error {
	assets, err := market.ClaimRedemption(ctx, marketplace.ClaimRedemption{Vault: vault, Redemption: id})
	if err != nil {
		return fmt.Errorf("redemption %d/%d: %w", vault, id, err)
	}
	return c.show(claimed{vault, id, assets}, func() { c.say("claimed %s tokens of redemption %d/%d", coins(assets), vault, id) })
}

func claimOne(ctx context.Context, c *console, market *client.Client, name string) error {
	of, number, _ := strings.Cut(name, "/")
	vault, errVault := strconv.ParseUint(of, 10, 64)
	id, errID := strconv.ParseUint(number, 10, 64)
	if errVault != nil || errID != nil || vault == 0 || id == 0 {
		return withHint(fmt.Errorf("redemption %q is not VAULT/ID", name), "vadium vault redemptions lists yours")
	}
	return claim(ctx, c, market, vadium.VaultID(vault), id)
}

// claimMatured claims what can be. What cannot for another reason than time is an error after the others were claimed.
func claimMatured(ctx context.Context, c *console, market *client.Client) error {
	now, next := vadium.Time(time.Now().UnixMilli()), vadium.Time(math.MaxInt64)
	var matured []client.Redemption
	for r, err := range market.Redemptions(ctx, market.Account(), 0) {
		if err != nil {
			return err
		}
		if r.Matures.After(now) {
			next = next.Earliest(r.Matures)
		} else {
			matured = append(matured, r)
		}
	}
	var failed error
	for _, r := range matured {
		failed = errors.Join(failed, claim(ctx, c, market, r.Vault, r.ID))
	}
	switch {
	case failed != nil || len(matured) > 0:
		return failed
	case next < math.MaxInt64:
		return withHint(errors.New("nothing has matured yet"), "the next can be claimed "+when(next))
	}
	return withHint(fmt.Errorf("%v has no redemption", market.Account()), "begin one: vadium vault redeem")
}

func vaultCommissionCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "commission BPS",
		Short: "Change your vault's commission: a fall at once, a rise by little and later",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			commission, err := strconv.ParseUint(args[0], 10, 32)
			if err != nil {
				return withHint(fmt.Errorf("commission %q is not a number of basis points", args[0]), "8000 is 80 %")
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			effective, err := market.SetCommission(cmd.Context(), vadium.Bps(commission))
			if err != nil {
				return err
			}
			return c.show(map[string]any{"commissionBps": commission, "effective": effective}, func() {
				c.say("assignments are made at %d bps from %s on; those that are made keep theirs", commission, when(effective))
			})
		},
	}
}

func vaultExitCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "exit",
		Short: "Leave the market as a prover: nothing more is assigned to you",
		Long: `Leave the market as a prover: nothing more is assigned to you.

What is assigned goes on: deliver it. Then redeem your own stake (vadium vault redeem --junior) and claim it when it has
matured. You may open another vault when this one holds none of your stake.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.ExitMarket(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(accepted, func() {
				c.say("nothing more is assigned to %v; redeem your stake next: vadium vault redeem --junior TOKENS", market.Account())
			})
		},
	}
}
