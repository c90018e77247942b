package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/cmd/vadium/config"
	"vadium/examples"
	"vadium/marketplace"
)

func devCommand(c *console, h *home) *cobra.Command {
	var listen string
	var watched config.Operations
	var programs []string
	var fresh bool
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "A market to try things on: three provers, a funded account, until Ctrl-C",
		Long: `A market to try things on: three provers, a funded account, until Ctrl-C.

Everything is under the home folder and stays for the next time (--fresh starts anew). The account it makes becomes this
home's default, so commands in another terminal work without flags. All money is play money.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := watched.Check(); err != nil {
				return err
			}
			if fresh {
				if err := os.RemoveAll(h.path("dev")); err != nil {
					return err
				}
			}
			s, err := newStage(ctx, c, h.path("dev"), h.path("keys"))
			if err != nil {
				return err
			}
			defer s.stop()
			s.operations = watched.Listen
			params := marketplace.DefaultParams()
			params.AskEpoch = 5 * vadium.Second
			params.GraceMin = 10 * vadium.Second
			if err := s.startMarket(ctx, listen, params); err != nil {
				return err
			}
			var ids []vadium.ProgramID
			for _, name := range programs {
				l, err := ensureListed(ctx, s, name)
				if err != nil {
					return err
				}
				ids = append(ids, l)
			}
			cast := []part{
				{name: "north", cost: "0.045", stake: 1_000, capacity: 4}, {name: "south", cost: "0.05", stake: 1_000, capacity: 4},
				{name: "east", cost: "0.055", stake: 1_000, capacity: 4},
			}
			for _, p := range cast {
				if _, err := s.startProver(ctx, p); err != nil {
					return err
				}
			}
			account, err := devAccount(h, s)
			if err != nil {
				return err
			}
			if a, err := s.operator.AccountOf(ctx, account); err != nil {
				return err
			} else if a.Balance.Less(vadium.Tokens(100)) {
				if err := fund(ctx, s.operator, account, 1_000); err != nil {
					return err
				}
			}
			files := filepath.Join(s.dir, "examples")
			if err := writeExamples(files); err != nil {
				return err
			}
			if err := s.servedBy(ctx, ids, len(cast)); err != nil {
				return err
			}
			if err := c.show(map[string]any{"market": s.url, "account": account, "examples": files}, func() {
				c.say("%s %s", bold.Render("the market answers at"), s.url)
				c.say("your account is %v, with play money; now, in another terminal:", account)
				c.say("")
				c.say("  vadium request submit solvency-64 --balances %s --reserves 500 --out proof.json", filepath.Join(files, "small-shop.csv"))
				c.say("  vadium proof verify proof.json")
				c.say("")
				c.say("%s", faint.Render("logs are in "+s.dir+"; stop with Ctrl-C"))
			}); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				c.tell("stopping")
				return nil
			case err := <-s.failed:
				return err
			}
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8420", "address to listen on")
	cmd.Flags().StringVar(&watched.Listen, "operations-listen", "", "address of the market's metrics and health, such as 127.0.0.1:9420 (default none)")
	cmd.Flags().StringSliceVar(&programs, "programs", []string{"membership", "solvency-64", "sha256-preimage"}, "catalogue programs to list")
	cmd.Flags().BoolVar(&fresh, "fresh", false, "forget the market of last time")
	return cmd
}

// devAccount returns this home's account, making one that needs no password typed if there is none.
func devAccount(h *home, s *stage) (vadium.Account, error) {
	if account, err := h.Account(); err == nil {
		return account, nil
	}
	password := h.path("dev", "password")
	keys := keystore.NewKeyStore(h.path("keystore"), keystore.LightScryptN, keystore.LightScryptP)
	if len(keys.Accounts()) > 0 {
		return vadium.Account{}, withHint(errors.New("this home has several accounts and no default"), "say which: --account 0x...")
	}
	account, err := keys.NewAccount(stagePassword)
	if err != nil {
		return vadium.Account{}, err
	}
	defaults, err := h.settings()
	if err != nil {
		return vadium.Account{}, err
	}
	defaults.Account, defaults.PasswordFile = account.Address.String(), password
	if defaults.Market == "" && s.url != DefaultMarket {
		defaults.Market = s.url
	}
	return account.Address, h.saveSettings(defaults)
}

// writeExamples writes the example files to a folder.
func writeExamples(dir string) error {
	return fs.WalkDir(examples.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		content, err := examples.Files.ReadFile(path)
		if err != nil {
			return fmt.Errorf("example %s: %w", path, err)
		}
		return os.WriteFile(to, content, 0o600)
	})
}
