package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
)

func proofCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{Use: "proof", Short: "Check proofs"}
	cmd.AddCommand(proofVerifyCommand(c))
	return cmd
}

func proofVerifyCommand(c *console) *cobra.Command {
	var program, statement string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check a proof file, without the market",
		Long: `Check a proof file, without the market.

The file holds program, key, statement, request, prover and proof; the program's id covers the rest of what it holds of
the program. Say which program and statement you expect (--program, --statement), or compare the ones that are printed:
a proof that verifies is a proof of what it says there and of nothing else.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var f proofFile
			err := reading(args[0], func(r io.Reader) error {
				raw, err := io.ReadAll(io.LimitReader(r, 8<<20))
				if err != nil {
					return err
				}
				return json.Unmarshal(raw, &f)
			})
			if err != nil {
				return withHint(err, "a proof file comes from: vadium request submit --out FILE, or request get ID --out FILE")
			}
			if f.Statement, err = normalHex(f.Statement); err != nil { // it is shown below: as it is checked
				return fmt.Errorf("%s: statement: %w", args[0], err)
			}
			if err := f.verify(); err != nil {
				return withHint(fmt.Errorf("%s does not verify: %w", args[0], err), "it was changed, or is for another request or prover")
			}
			if program != "" {
				want, err := vadium.ParseProgramID(program)
				if err != nil {
					return err
				}
				if want != f.ProgramID {
					return fmt.Errorf("the proof is valid, but of program %s", f.ProgramID)
				}
			}
			if want, err := normalHex(statement); err != nil {
				return fmt.Errorf("--statement: %w", err)
			} else if statement != "" && want != f.Statement {
				return fmt.Errorf("the proof is valid, but of the statement %s", f.Statement)
			}
			return c.show(map[string]any{
				"valid": true, "program": f.ProgramID, "name": f.Program.Name, "request": f.Request, "prover": f.Prover, "statement": f.Statement,
			}, func() {
				c.say("%s", good.Render("valid"))
				facts := []string{
					"program", fmt.Sprintf("%s (%v over %v, %d constraints)", f.Program.Name, f.Program.System, f.Program.Curve, f.Program.Constraints),
					"program id", f.ProgramID.String(), "request", f.Request.String(), "prover", f.Prover.String(),
				}
				for i := 2; i+2*vadium.ScalarBytes <= len(f.Statement); i += 2 * vadium.ScalarBytes {
					facts = append(facts, fmt.Sprintf("public %d", (i-2)/(2*vadium.ScalarBytes)), "0x"+f.Statement[i:i+2*vadium.ScalarBytes])
				}
				if f.Says != "" { // a stranger's words: they get no say over the terminal
					facts = append(facts, "its maker says", strconv.Quote(f.Says))
				}
				c.facts(facts...)
			})
		},
	}
	cmd.Flags().StringVar(&program, "program", "", "the program's id you expect")
	cmd.Flags().StringVar(&statement, "statement", "", "the statement you expect, in hex")
	return cmd
}

// normalHex writes bytes the one way, 0x and lower-case digits, however they were written.
func normalHex(text string) (string, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		return "", fmt.Errorf("not hex: %w", err)
	}
	return "0x" + hex.EncodeToString(raw), nil
}
