package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"vadium/circuits/membership"
)

func identityCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{Use: "identity", Short: "Make and show identities for the membership program"}
	cmd.AddCommand(identityNewCommand(c), identityShowCommand(c))
	return cmd
}

func identityNewCommand(c *console) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Draw a secret identity and write it to a new file; its commitment goes on the list",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			identity, err := membership.NewIdentity(rand.Reader)
			if err != nil {
				return err
			}
			encoded, err := json.MarshalIndent(identity, "", "  ")
			if err != nil {
				return err
			}
			f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return withHint(err, "an identity is never overwritten: choose another file with --out")
			}
			if _, err := f.Write(append(encoded, '\n')); err != nil {
				f.Close()
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			return c.showIdentity(identity, out)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "identity.json", "new file for the identity, secret included")
	return cmd
}

func identityShowCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE",
		Short: "Print the commitment of an identity file",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			identity, err := readIdentity(args[0])
			if err != nil {
				return err
			}
			return c.showIdentity(identity, args[0])
		},
	}
}

func (c *console) showIdentity(identity membership.Identity, file string) error {
	return c.show(map[string]string{"commitment": identity.Commitment(), "file": file}, func() {
		c.facts("commitment", identity.Commitment(), "secret in", file)
	})
}

func readIdentity(path string) (identity membership.Identity, err error) {
	err = reading(path, func(r io.Reader) error {
		raw, err := io.ReadAll(io.LimitReader(r, 4096))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &identity); err != nil {
			return withHint(fmt.Errorf("not an identity file: %w", err), "make one: vadium identity new")
		}
		return nil
	})
	return identity, err
}
