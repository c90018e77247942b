package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/setup"
	"vadium/marketplace/client"
)

func programCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "program", Short: "What can be proven: list programs, register your own"}
	cmd.AddCommand(programRegisterCommand(c, h), programListCommand(c, h), programShowCommand(c, h))
	return cmd
}

func programListCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the programs the market lists",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows [][]string
			for l, err := range market.Programs(cmd.Context()) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(l); err != nil {
						return err
					}
				}
				fastest := "-"
				if len(l.Servers) > 0 {
					fastest = span(l.MinProving)
				}
				rows = append(rows, []string{l.Program.Name, l.ID.Short(), fmt.Sprintf("%v/%v", l.Program.System, l.Program.Curve),
					fmt.Sprint(l.Program.Constraints), l.Class.String(), fmt.Sprint(len(l.Servers)), fastest})
			}
			if !c.json {
				c.table([]string{"program", "id", "system", "constraints", "keys by", "provers", "fastest"}, rows)
			}
			return nil
		},
	}
}

func programShowCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "show PROGRAM",
		Short: "Show a program: manifest, statement, who serves it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			l, err := findProgram(cmd.Context(), market, args[0])
			if err != nil {
				return err
			}
			return c.show(l, func() { c.printListing(l) })
		},
	}
}

// keyClassMeans explains a key class in a sentence.
func keyClassMeans(class vadium.KeyClass) string {
	switch class {
	case vadium.KeysOperator:
		return "operator: the market's operator made the keys and is trusted with them"
	case vadium.KeysUniversal:
		return "universal: over a public ceremony; every prover recomputes them"
	case vadium.KeysRegistrant:
		return "registrant: only who registered it vouches for the keys, so no damage cap and no penalties"
	}
	return class.String()
}

func (c *console) printListing(l client.Listing) {
	p := l.Program
	bound := "no: whoever has a proof can reuse it for the same statement"
	if p.Bound {
		bound = "to request and prover"
	}
	c.facts(
		"program", p.Name, "id", l.ID.String(), "system", fmt.Sprintf("%v over %v", p.System, p.Curve),
		"constraints", fmt.Sprint(p.Constraints), "statement", fmt.Sprintf("%d scalars", p.Public), "secrets", fmt.Sprintf("%d scalars", p.Secret),
		"bound", bound, "keys", keyClassMeans(l.Class), "registered by", fmt.Sprintf("%v, %s", l.Registrant, clockTime(l.ListedAt)),
	)
	if entry, err := circuits.Lookup(p.Name); err == nil && p.Bound {
		c.facts("says", entry.Says, "public inputs", strings.Join(entry.Statement, ", ")+", request, prover")
	}
	if len(l.Servers) > 0 {
		var rows [][]string
		for _, s := range l.Servers {
			rows = append(rows, []string{s.Prover.String(), span(s.Benchmark)})
		}
		c.say("")
		c.table([]string{"prover", "proves in"}, rows)
	}
}

func programRegisterCommand(c *console, h *home) *cobra.Command {
	var from circuits.Source
	var system, curve string
	cmd := &cobra.Command{
		Use:   "register NAME",
		Short: "Register a program: one of the catalogue (operator), or your own gnark circuit",
		Long: `Register a program: one of the catalogue (operator), or your own gnark circuit.

  vadium program register membership
  vadium program register sealedbid --ccs s.ccs --pk s.pk --vk s.vk --witness s.witness --system plonk --curve bls12-381

A catalogue program's keys are made once, on this machine, and cached in the home folder; this takes seconds to minutes.
For your own program, the sample witness is proven here, and everything is uploaded under its digest. The sample becomes
public: use one whose secrets do not matter. Keys that only you vouch for carry no damage cap; PLONK keys over the
Ethereum KZG ceremony (BLS12-381, up to 2,048 gates, no commitments) do.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			var l client.Listing
			if from.ConstraintSystem == "" {
				l, err = registerCatalogue(cmd.Context(), c, market, h.path("keys"), args[0])
			} else {
				if err := from.System.UnmarshalText([]byte(system)); err != nil {
					return err
				}
				if err := from.Curve.UnmarshalText([]byte(curve)); err != nil {
					return err
				}
				from.Name = args[0]
				l, err = registerOwn(cmd.Context(), c, market, from)
			}
			if err != nil {
				return err
			}
			return c.show(l, func() { c.printListing(l) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&from.ConstraintSystem, "ccs", "", "gnark constraint system")
	f.StringVar(&from.ProvingKey, "pk", "", "gnark proving key")
	f.StringVar(&from.VerifyingKey, "vk", "", "gnark verifying key")
	f.StringVar(&from.Sample, "witness", "", "sample witness (becomes public)")
	f.StringVar(&system, "system", "groth16", "proof system: groth16, plonk")
	f.StringVar(&curve, "curve", "bn254", "curve: bn254, bls12-381")
	cmd.MarkFlagsRequiredTogether("ccs", "pk", "vk", "witness")
	return cmd
}

// setupProgress turns the setup's reports into a bar.
func setupProgress(c *console) func(setup.Progress) {
	return func(p setup.Progress) {
		switch p.Stage {
		case setup.StageSetup:
			if p.Expected > 0 {
				c.bar(fmt.Sprintf("making keys for %s (%d constraints)", p.Program, p.Constraints), int64(min(p.Elapsed, p.Expected*99/100)), int64(p.Expected))
			}
		case setup.StageWaiting:
			c.tell("waiting for another process that makes the keys of %s", p.Program)
		case setup.StageReady:
			c.bar(fmt.Sprintf("keys of %s (%d constraints)", p.Program, p.Constraints), 1, 1)
		case setup.StageCompiling, setup.StageWriting, setup.StageChecking:
		}
	}
}

// registerCatalogue makes or finds a catalogue program's keys and lists it.
func registerCatalogue(ctx context.Context, c *console, market *client.Client, keyDir, name string) (client.Listing, error) {
	entry, err := circuits.Lookup(name)
	if err != nil {
		return client.Listing{}, withHint(err, "for a program of your own, name its files: --ccs --pk --vk --witness")
	}
	keys, err := setup.Ensure(ctx, keyDir, entry, setupProgress(c))
	if err != nil {
		return client.Listing{}, err
	}
	loaded, err := circuits.LoadProvingKeys(keys.Program, keys.ConstraintSystem, keys.ProvingKey, keys.VerifyingKey)
	if err != nil {
		return client.Listing{}, err
	}
	proof, err := loaded.Prove(keys.Sample, vadium.RequestID{}, vadium.Account{})
	if err != nil {
		return client.Listing{}, fmt.Errorf("prove the sample: %w", err)
	}
	for kind, path := range map[string]string{
		client.ConstraintSystem: keys.ConstraintSystem, client.ProvingKey: keys.ProvingKey, client.VerifyingKey: keys.VerifyingKey,
	} {
		if _, err := market.PutFile(ctx, kind, path, uploadProgress(c, name+" "+kind)); err != nil {
			return client.Listing{}, err
		}
	}
	return list(ctx, market, keys.Program, keys.Sample, proof)
}

// registerOwn lists a program of the user's own.
func registerOwn(ctx context.Context, c *console, market *client.Client, from circuits.Source) (client.Listing, error) {
	began := time.Now()
	imported, err := circuits.Import(from)
	if err != nil {
		return client.Listing{}, err
	}
	proof, err := imported.ProveSample()
	if err != nil {
		return client.Listing{}, err
	}
	c.tell("%s", faint.Render(fmt.Sprintf("proved the sample in %s", time.Since(began).Round(time.Millisecond))))
	temp, err := os.MkdirTemp("", "vadium-register-")
	if err != nil {
		return client.Listing{}, err
	}
	defer os.RemoveAll(temp)
	for kind, content := range map[string][]byte{
		client.ConstraintSystem: imported.ConstraintSystem, client.ProvingKey: imported.ProvingKey, client.VerifyingKey: imported.VerifyingKey,
	} {
		path := filepath.Join(temp, kind)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return client.Listing{}, err
		}
		if _, err := market.PutFile(ctx, kind, path, uploadProgress(c, from.Name+" "+kind)); err != nil {
			return client.Listing{}, err
		}
	}
	return list(ctx, market, imported.Program, imported.Sample, proof)
}

func list(ctx context.Context, market *client.Client, p vadium.Program, sample, proof []byte) (client.Listing, error) {
	if _, err := market.PutBytes(ctx, client.Sample, sample); err != nil {
		return client.Listing{}, err
	}
	_, l, err := market.RegisterProgram(ctx, p, proof)
	return l, err
}

func uploadProgress(c *console, what string) client.Progress {
	return func(done, total uint64) {
		if total >= 8<<20 { // small files are there before a bar could move
			c.bar("uploading "+what, int64(done), int64(total))
		}
	}
}
