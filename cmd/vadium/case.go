package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults/slashing"
)

func caseCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "case", Short: "Cases against whole vaults: report an offence, follow a case, veto it"}
	cmd.AddCommand(caseReportCommand(c, h), caseShowCommand(c, h), caseListCommand(c, h), caseVetoCommand(c, h))
	return cmd
}

func caseReportCommand(c *console, h *home) *cobra.Command {
	var offender, offence string
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: "Report an offence with the evidence in a file, and earn a part of the penalty",
		Long: `Report an offence with the evidence in a file, and earn a part of the penalty.

The file holds the evidence as it is, or as 0x and hex digits; - reads it from stdin. Evidence of a bid equivocation are two
asks for one product that the offender signed under one blinding (marketplace/signing.Equivocation).

Nobody can copy a report: first a commitment is sent that only you can open, then, a second later, the evidence. The case it
opens can be vetoed for two days, and is carried out then.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := marketplace.RevealEvidence{Salt: client.NewSalt()}
			var err error
			if body.Offender, err = vadium.ParseAccount(offender); err != nil {
				return withHint(err, "say who did it: --offender ACCOUNT")
			}
			if err := body.Offence.UnmarshalText([]byte(offence)); err != nil {
				return withHint(err, "one of: "+strings.Join(offenceNames(), ", "))
			}
			if body.Evidence, err = readEvidence(c, args[0]); err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			opened, err := report(cmd.Context(), c, market, body)
			if err != nil {
				return err
			}
			return c.show(opened, func() { c.printCase(opened) })
		},
	}
	cmd.Flags().StringVar(&offender, "offender", "", "account of the prover that did it")
	cmd.Flags().StringVar(&offence, "offence", slashing.BidEquivocation.String(), "what it did")
	return cmd
}

func offenceNames() (names []string) {
	for _, e := range slashing.Catalogue() {
		if e.Vault {
			names = append(names, e.Name)
		}
	}
	return names
}

// readEvidence reads a file of bytes, or of hex digits.
func readEvidence(c *console, name string) ([]byte, error) {
	from := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	evidence, err := io.ReadAll(io.LimitReader(from, 4*marketplace.MaxEvidence))
	if err != nil {
		return nil, err
	}
	if digits, found := bytes.CutPrefix(bytes.TrimSpace(evidence), []byte("0x")); found {
		if evidence, err = hex.AppendDecode(nil, digits); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	switch {
	case len(evidence) == 0:
		return nil, withHint(fmt.Errorf("%s is empty", name), "vadium case report --help says what evidence is")
	case len(evidence) > marketplace.MaxEvidence:
		return nil, withHint(fmt.Errorf("%s holds more than %d bytes", name, marketplace.MaxEvidence), "no evidence is that long")
	}
	return evidence, nil
}

// report commits to evidence, waits until it may be shown, and shows it.
func report(ctx context.Context, c *console, market *client.Client, body marketplace.RevealEvidence) (client.Case, error) {
	accepted, err := market.CommitEvidence(ctx, marketplace.EvidenceCommitment(market.Account(), body))
	if err != nil {
		return client.Case{}, err
	}
	c.tell("committed at record %d; the evidence follows", accepted.LastSeq)
	select {
	case <-time.After(time.Duration(marketplace.CommitmentAge+100) * time.Millisecond):
	case <-ctx.Done():
		return client.Case{}, ctx.Err()
	}
	return market.RevealEvidence(ctx, body)
}

func (c *console) printCase(of client.Case) {
	c.facts(
		"case", fmt.Sprint(of.ID), "against", fmt.Sprintf("vault %d of %v", of.Vault, of.Prover), "offence", fmt.Sprintf("%v, severity %d", of.Offence, of.Severity),
		"reported by", of.Reporter.String(), "evidence", of.Evidence.String(), "opened", when(of.Opened), "outcome", outcomeText(of.Outcome),
		"veto until", when(of.VetoUntil), "carried out by", when(of.ExecuteBy),
	)
}

func outcomeText(outcome string) string {
	switch outcome {
	case "slashed":
		return bad.Render(outcome)
	case "open":
		return warn.Render(outcome)
	}
	return outcome
}

func caseID(text string) (marketplace.CaseID, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || id == 0 {
		return 0, withHint(fmt.Errorf("case %q is not a number", text), "vadium case list")
	}
	return marketplace.CaseID(id), nil
}

func caseShowCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "show CASE",
		Short: "Show a case: the offence, who reported it, until when it can be vetoed",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := caseID(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			found, err := market.Case(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.show(found, func() { c.printCase(found) })
		},
	}
}

func caseListCommand(c *console, h *home) *cobra.Command {
	var vault uint64
	var open bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the cases",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows [][]string
			for found, err := range market.Cases(cmd.Context(), vadium.VaultID(vault), open) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(found); err != nil {
						return err
					}
				}
				rows = append(rows, []string{fmt.Sprint(found.ID), fmt.Sprint(found.Vault), found.Offence.String(), outcomeText(found.Outcome), when(found.Opened), when(found.VetoUntil)})
			}
			if !c.json {
				c.table([]string{"case", "vault", "offence", "outcome", "opened", "veto until"}, rows)
			}
			return nil
		},
	}
	cmd.Flags().Uint64Var(&vault, "vault", 0, "only against this vault")
	cmd.Flags().BoolVar(&open, "open", false, "only those that have not ended")
	return cmd
}

func caseVetoCommand(c *console, h *home) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "veto CASE",
		Short: "End a case without a slash, with a reason that everybody can read (operator only)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := caseID(args[0])
			if err != nil {
				return err
			}
			if reason == "" {
				return withHint(fmt.Errorf("a veto has a reason"), `say why: --reason "..."`)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.VetoCase(cmd.Context(), marketplace.VetoCase{Case: id, Reason: reason})
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("case %d has ended without a slash", id) })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what people are told")
	return cmd
}
