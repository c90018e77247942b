package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults/risk"
)

func accountCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "Make accounts, see and move money"}
	cmd.AddCommand(accountNewCommand(c, h), accountShowCommand(c, h), accountDepositCommand(c, h), accountWithdrawCommand(c, h))
	return cmd
}

func accountNewCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "new",
		Short: "Make an account: a key in a password-protected keystore file",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			password, err := h.password(c, "password for the new account: ", "again: ")
			if err != nil {
				return err
			}
			if password == "" {
				return withHint(fmt.Errorf("the password is empty"), "the key holds money: choose a password and keep it")
			}
			account, err := h.keys(false).NewAccount(password)
			if err != nil {
				return err
			}
			if err := os.Chmod(account.URL.Path, 0o600); err != nil {
				return err
			}
			return c.show(map[string]any{"account": account.Address, "keystore": account.URL.Path}, func() {
				c.facts("account", account.Address.String(), "keystore", account.URL.Path)
			})
		},
	}
}

func accountShowCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "show [ACCOUNT]",
		Short: "Show an account's money, or the accounts of this home",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var accounts []vadium.Account
			if len(args) == 1 {
				account, err := vadium.ParseAccount(args[0])
				if err != nil {
					return err
				}
				accounts = append(accounts, account)
			} else {
				for _, a := range h.keys(false).Accounts() {
					accounts = append(accounts, a.Address)
				}
			}
			if len(accounts) == 0 {
				return withHint(fmt.Errorf("no account in %s", h.path("keystore")), "make one: vadium account new")
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows, others [][]string
			for _, account := range accounts {
				a, err := market.AccountOf(cmd.Context(), account)
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(a); err != nil {
						return err
					}
				}
				vault := "-"
				if a.Vault != 0 {
					vault = fmt.Sprint(a.Vault)
				}
				rows = append(rows, []string{account.String(), coins(a.Balance), fmt.Sprint(a.OpenRequests), vault})
				for _, other := range a.Other {
					others = append(others, []string{account.String(), other.Asset.String(), coins(other.Amount)})
				}
			}
			if !c.json {
				c.table([]string{"account", "tokens free", "open requests", "vault"}, rows)
				c.section([]string{"account", "asset", "tokens free"}, others)
			}
			return nil
		},
	}
}

func accountDepositCommand(c *console, h *home) *cobra.Command {
	var to, reference, asset string
	cmd := &cobra.Command{
		Use:   "deposit TOKENS",
		Short: "Credit money that arrived for an account (operator only)",
		Long: `Credit money that arrived for an account (operator only).

The reference says where the money came from (a transaction hash, say). Each reference is credited once, so crediting
again after a lost answer is safe. With --asset it is an asset of collateral that arrived.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := vadium.ParseTokens(args[0])
			if err != nil {
				return err
			}
			account, err := h.Account()
			if to != "" {
				account, err = vadium.ParseAccount(to)
			}
			if err != nil {
				return err
			}
			from := client.NewSalt()
			if reference != "" {
				if from, err = vadium.ParseSalt(reference); err != nil {
					return err
				}
			}
			in, err := parseAsset(asset)
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			var accepted client.Accepted
			if in == (risk.Asset{}) {
				accepted, err = market.CreditDeposit(cmd.Context(), marketplace.CreditDeposit{Account: account, Amount: amount, Reference: from})
			} else {
				accepted, err = market.CreditCollateral(cmd.Context(), marketplace.CreditCollateral{Account: account, Asset: in, Amount: amount, Reference: from})
			}
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("credited %s tokens%s to %v", coins(amount), ofAsset(in), account) })
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "account to credit (default: your own)")
	cmd.Flags().StringVar(&reference, "reference", "", "32 bytes of hex that name the payment (default: random)")
	cmd.Flags().StringVar(&asset, "asset", "own", "what it is in: own, or an asset of collateral")
	return cmd
}

// ofAsset names an asset behind an amount; nothing for the market's own.
func ofAsset(a risk.Asset) string {
	if a == (risk.Asset{}) {
		return ""
	}
	return " of " + a.String()
}

func accountWithdrawCommand(c *console, h *home) *cobra.Command {
	var asset string
	cmd := &cobra.Command{
		Use:   "withdraw TOKENS",
		Short: "Take free money out of the market; the operator pays it out",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := vadium.ParseTokens(args[0])
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
			var accepted client.Accepted
			if in == (risk.Asset{}) {
				accepted, err = market.WithdrawBalance(cmd.Context(), amount)
			} else {
				accepted, err = market.WithdrawCollateral(cmd.Context(), in, amount)
			}
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("withdrew %s tokens%s from %v", coins(amount), ofAsset(in), market.Account()) })
		},
	}
	cmd.Flags().StringVar(&asset, "asset", "own", "what it is in: own, or an asset of collateral")
	return cmd
}

// clockTime writes an instant for people.
func clockTime(t vadium.Time) string {
	return time.UnixMilli(int64(t)).Format("2006-01-02 15:04:05.000")
}

// span writes a length of time for people.
func span(d vadium.Duration) string {
	return (time.Duration(d) * time.Millisecond).String()
}

// fund credits play money: for `vadium dev` and the demo.
func fund(ctx context.Context, operator *client.Client, account vadium.Account, tokens uint64) error {
	_, err := operator.CreditDeposit(ctx, marketplace.CreditDeposit{Account: account, Amount: vadium.Tokens(tokens), Reference: client.NewSalt()})
	return err
}
