// Command vadium is the whole of Vadium in one binary: the market, a prover, and everything a requester, a staker or an
// auditor needs.
//
//	vadium demo                    a market that runs once, with real proofs, and balances its books
//	vadium dev                     a market to try things on, with funded accounts and three provers
//	vadium request submit ...      ask for a proof
//	vadium prover run ...          earn with proofs
//	vadium vault simulate          what would I hold after these operations?
//	vadium penalty explain         what a fault costs, every factor of it
//	vadium auction recheck ID      re-run a clearing from public data
//	vadium oracle sample FILE      is that price signed by whom it says?
//	vadium journal fsck DIR        re-verify everything that ever happened
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"vadium/circuits/sandbox"
)

func main() {
	sandbox.Main() // does not return in a worker
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { // a second signal ends the process at once: restart is replay, so that is safe
		<-ctx.Done()
		stop()
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root, console := newRoot(stdin, stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	console.fail(err)
	return 1
}

func newRoot(stdin io.Reader, stdout, stderr io.Writer) (*cobra.Command, *console) {
	c := newConsole(stdin, stdout, stderr)
	h := &home{}
	root := &cobra.Command{
		Use:   "vadium",
		Short: "A marketplace for zero-knowledge proofs in which every bid is backed by stake",
		Long: `A marketplace for zero-knowledge proofs in which every bid is backed by stake.

Try it:  vadium demo
Or:      vadium dev      in one terminal, and in another
         vadium request submit membership --help`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withHint(err, cmd.CommandPath()+" --help")
	})
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print JSON, one object per line")
	h.flags(root)
	root.AddCommand(
		demoCommand(c), devCommand(c, h),
		marketCommand(c, h), proverCommand(c, h), workerCommand(c, h),
		requestCommand(c, h), proofCommand(c), programCommand(c, h), identityCommand(c),
		vaultCommand(c, h), riskCommand(c, h), caseCommand(c, h), penaltyCommand(c, h), accountCommand(c, h), sessionCommand(c, h), auctionCommand(c, h), oracleCommand(c, h),
		journalCommand(c), configCommand(c), versionCommand(c),
	)
	guide(root)
	return root, c
}

// guide makes every command say what to do about a misspelt subcommand or a missing argument. Cobra would print the
// help of `vadium request` for `vadium request sumbit` and call that a success.
func guide(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			return withHint(check(cmd, args), "usage: "+cmd.UseLine())
		}
	}
	if cmd.HasSubCommands() {
		cmd.Args, cmd.RunE, cmd.SuggestionsMinimumDistance = cobra.ArbitraryArgs, group, 2
	}
	for _, sub := range cmd.Commands() {
		guide(sub)
	}
}

// group runs a command that only holds others.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := cmd.CommandPath() + " --help"
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		hint = "did you mean " + cmd.CommandPath() + " " + strings.Join(meant, " or ") + "?"
	}
	return withHint(fmt.Errorf("unknown command %q of %q", args[0], cmd.CommandPath()), hint)
}
