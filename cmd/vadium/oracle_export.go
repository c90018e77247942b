package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"vadium/marketplace/client"
	"vadium/oracle/contract"
)

func oracleExportCommand(c *console, h *home) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export FEED",
		Short: "Write the contract in Solidity that verifies a feed's proofs on a chain",
		Long: `Write the contract in Solidity that verifies a feed's proofs on a chain.

It is made here from the verifying key of the feed's program, which the program's id names, and is the same for all feeds of one
program. docs/feeds.md says what to deploy beside it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseFeed(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			feed, err := market.Feed(cmd.Context(), id)
			if err != nil {
				return withHint(err, "vadium oracle feeds lists them")
			}
			l, err := market.Program(cmd.Context(), feed.Feed.Program)
			if err != nil {
				return err
			}
			if l.Program.ID() != feed.Feed.Program {
				return fmt.Errorf("the market shows program %s for %s", l.Program.ID().Short(), feed.Feed.Program.Short())
			}
			key, err := market.GetBytes(cmd.Context(), client.OfProgram(l.ID), l.Program.VerifyingKey)
			if err != nil {
				return err
			}
			var source bytes.Buffer
			if err := contract.ExportVerifier(&source, l.Program, key); err != nil {
				return err
			}
			if err := newFile(out, source.Bytes()); err != nil {
				return withHint(err, "a file is never overwritten: choose another with --out")
			}
			return c.show(map[string]any{"feed": feedName(id), "program": l.ID, "file": out, "bytes": source.Len()}, func() {
				c.say("wrote %s: it verifies the proofs of %s (%s)", out, l.Program.Name, l.ID.Short())
			})
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "Verifier.sol", "new file to write")
	return cmd
}
