package main

import "github.com/spf13/cobra"

func oracleCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "oracle",
		Short: "Prices with proofs: report them, watch and verify them; and signed prices of others",
		Long: `Prices with proofs: report them, watch and verify them; and signed prices of others.

A feed is a value that a committee of reporters signs round by round. A round comes with a proof that a quorum of them signed
observations and that the value is their median. docs/reporters.md and docs/feeds.md tell the two sides of it.

Try it:  vadium oracle demo`,
	}
	cmd.AddCommand(
		oracleFeedsCommand(c, h), oracleWatchCommand(c, h), oracleVerifyCommand(c, h),
		oracleRegisterCommand(c, h), oracleRunCommand(c, h), oracleReportCommand(c, h), oracleFeedCommand(c, h), oracleExportCommand(c, h),
		oracleSampleCommand(c), oracleSourceCommand(c), oracleDemoCommand(c),
	)
	return cmd
}
