package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vadium/circuits/pricemedian"
	"vadium/cmd/vadium/config"
	"vadium/marketplace"
)

// reporterKeyFile is where a home keeps the key that observations are signed with.
const reporterKeyFile = "reporter.key"

func oracleRegisterCommand(c *console, h *home) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register a key that your observations are signed with, making it if it is not there",
		Long: `Register a key that your observations are signed with, making it if it is not there.

The file holds the secret key, mode 0600, and is never overwritten. Whoever has it can sign two values for one round in your
name, which costs a fifth of your vault and your seat: keep one copy, and run one node with it. The market learns the public
key, with a proof that the key is yours. Give the operator your account and the key for a seat.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			m, err := market.Market(cmd.Context())
			if err != nil {
				return err
			}
			path := firstSet(file, h.path(reporterKeyFile))
			key, made, err := ensureReporterKey(path)
			if err != nil {
				return err
			}
			accepted, err := market.RegisterReporter(cmd.Context(), marketplace.RegisterReporter{
				Key: key.Key(), Possession: key.Possess(m.Deployment, market.Account()),
			})
			if err != nil {
				return err
			}
			return c.show(map[string]any{"reporter": market.Account(), "key": keyText(key), "file": path, "made": made, "accepted": accepted}, func() {
				c.facts("reporter", market.Account().String(), "key", keyText(key), "secret", path)
			})
		},
	}
	cmd.Flags().StringVar(&file, "key-file", "", "file of the secret key (default HOME/"+reporterKeyFile+")")
	return cmd
}

// keyText writes a reporter's public key.
func keyText(key pricemedian.PrivateKey) string {
	public := key.Key()
	return "0x" + hex.EncodeToString(public[:])
}

// readReporterKey reads a secret key from a file that only its owner may read.
func readReporterKey(path string) (pricemedian.PrivateKey, error) {
	secret, err := config.SecretFile(path).Read()
	if err != nil {
		return pricemedian.PrivateKey{}, withHint(fmt.Errorf("read the reporter's key: %w", err), "make one: vadium oracle register")
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(string(secret), "0x"))
	if err != nil {
		return pricemedian.PrivateKey{}, withHint(fmt.Errorf("%s holds no reporter's key", path), "vadium oracle register makes one, in another file: --key-file")
	}
	key, err := pricemedian.ParsePrivateKey(raw)
	return key, withHint(wrapped("key "+path, err), "vadium oracle register makes one, in another file: --key-file")
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ensureReporterKey reads the key in a file, or makes one there.
func ensureReporterKey(path string) (key pricemedian.PrivateKey, made bool, err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		key, err := readReporterKey(path)
		return key, false, err
	}
	if key, err = pricemedian.GenerateKey(rand.Reader); err != nil {
		return key, false, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return key, false, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return key, false, err
	}
	_, err = fmt.Fprintf(f, "0x%x\n", key.Bytes())
	return key, true, errors.Join(err, f.Sync(), f.Close())
}
