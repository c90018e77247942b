package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

func sessionCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "session", Short: "Let keys act for an account within limits, and end them"}
	cmd.AddCommand(sessionOpenCommand(c, h), sessionListCommand(c, h), sessionRevokeCommand(c, h))
	return cmd
}

// sessionFile is a session on disk: its secret encrypted under the keystore's password, as account keys are.
type sessionFile struct {
	Owner   vadium.Account      `json:"owner"`
	Session vadium.SessionKey   `json:"session"`
	Crypto  keystore.CryptoJSON `json:"crypto"`
}

func sessionOpenCommand(c *console, h *home) *cobra.Command {
	var out, limit, label string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use:   "open SCOPE",
		Short: "Make a key that may act for the account, and write it to a new file",
		Long: `Make a key that may act for the account, and write it to a new file, encrypted under the keystore's password.

SCOPE says what it may do: request (submit requests within --limit, and cancel them), prove (ask and answer), ask (place
asks, serve programs), answer (accept, prove, deliver), or several joined by +. It never touches balance, stake or other
sessions. It ends by itself after --for, or with: vadium session revoke`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := marketplace.OpenSession{Label: label}
			if err := body.Scope.UnmarshalText([]byte(args[0])); err != nil {
				return err
			}
			if limit != "" {
				var err error
				if body.Limit, err = vadium.ParseTokens(limit); err != nil {
					return err
				}
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			session := signing.NewSession(market.Account())
			body.Session = session.Key()
			password, err := h.password(c, fmt.Sprintf("password for %s: ", out), "again: ")
			if err != nil {
				return err
			}
			if password == "" {
				return withHint(errors.New("the password is empty"), "the session can spend: choose a password and keep it")
			}
			if err := writeSession(out, session, password); err != nil { // first, because the key cannot be made again
				return err
			}
			body.Expires = vadium.Time(time.Now().Add(lasts).UnixMilli()) // now, however long the password took
			if _, err := market.OpenSession(cmd.Context(), body); err != nil {
				return notOpened(err, session.Key(), out)
			}
			return c.show(map[string]any{"owner": session.Owner, "session": session.Key(), "file": out, "expires": body.Expires}, func() {
				c.facts("session", session.Key().String(), "acts for", session.Owner.String(), "scope", body.Scope.String(), "secret in", out)
			})
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "session.json", "new file for the session, its secret encrypted")
	cmd.Flags().StringVar(&limit, "limit", "", "tokens of maximal fees it may give out, refunded or not; for requests")
	cmd.Flags().DurationVar(&lasts, "for", 24*time.Hour, "how long it lives, at most 720h")
	cmd.Flags().StringVar(&label, "label", "", "for people, at most 64 bytes; everyone sees it")
	return cmd
}

// notOpened says what became of a session's file after its opening failed. It goes only when the market has refused: a
// session that was opened and whose answer was lost is worth nothing without its key, and is open all the same. An expired
// command may have been carried out before it expired.
func notOpened(err error, key vadium.SessionKey, file string) error {
	refused, answered := errors.AsType[*client.Error](err)
	if answered && refused.Kind != "" && !refused.Unreachable() && !errors.Is(err, marketplace.ErrExpired) {
		return errors.Join(err, os.Remove(file))
	}
	return withHint(fmt.Errorf("whether session %v was opened is not known, %s keeps its key: %w", key, file, err),
		"vadium session list shows it if it was; if it does not within 10 minutes, remove the file and open another")
}

func writeSession(path string, session signing.Session, password string) error {
	seed := session.Seed()
	crypto, err := keystore.EncryptDataV3(seed[:], []byte(password), keystore.StandardScryptN, keystore.StandardScryptP)
	if err != nil {
		return err
	}
	encoded, err := json.MarshalIndent(sessionFile{session.Owner, session.Key(), crypto}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return withHint(err, "a session is never overwritten: choose another file with --out")
	}
	_, err = f.Write(append(encoded, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// sessionPath returns the file of the session to sign with, if one is named.
func (h *home) sessionPath() string { return firstSet(h.session, os.Getenv("VADIUM_SESSION")) }

// maxSessionFile bounds a session's file, in bytes; one is about 600.
const maxSessionFile = 4096

// readSessionFile reads what is public in a session's file.
func readSessionFile(path string) (sessionFile, error) {
	var file sessionFile
	err := reading(path, func(r io.Reader) error {
		raw, err := io.ReadAll(io.LimitReader(r, maxSessionFile))
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &file)
	})
	if err != nil {
		return file, withHint(fmt.Errorf("read session %s: %w", path, err), "make one: vadium session open SCOPE")
	}
	return file, nil
}

// readSession unlocks a session's file.
func (h *home) readSession(c *console, path string) (signing.Session, error) {
	var none signing.Session
	file, err := readSessionFile(path)
	if err != nil {
		return none, err
	}
	password, err := h.password(c, fmt.Sprintf("password of %s: ", path))
	if err != nil {
		return none, err
	}
	seed, err := keystore.DecryptDataV3(file.Crypto, password)
	if err != nil {
		return none, withHint(fmt.Errorf("unlock %s: %w", path, err), "is this its password? (--password-file FILE)")
	}
	if len(seed) != ed25519.SeedSize {
		return none, withHint(fmt.Errorf("%s holds a secret of %d bytes, want %d", path, len(seed), ed25519.SeedSize), "open a new session")
	}
	session := signing.SessionFromSeed(file.Owner, [ed25519.SeedSize]byte(seed))
	if session.Key() != file.Session {
		return none, withHint(fmt.Errorf("%s holds the key of another session than it names", path), "open a new session")
	}
	return session, nil
}

// SessionClient connects to the market with a session alone.
func (h *home) SessionClient(c *console, path string) (*client.Client, error) {
	url, err := h.Market()
	if err != nil {
		return nil, err
	}
	options, err := h.options()
	if err != nil {
		return nil, err
	}
	session, err := h.readSession(c, path)
	options.Session = &session
	return client.New(url, options), err
}

func sessionListCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "list [ACCOUNT]",
		Short: "List an account's live sessions",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			owner, err := h.named(args)
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			sessions, err := market.Sessions(cmd.Context(), owner)
			if err != nil {
				return err
			}
			if c.json {
				for _, s := range sessions {
					if err := c.object(s); err != nil {
						return err
					}
				}
				return nil
			}
			var rows [][]string
			for _, s := range sessions {
				expires := time.UnixMilli(int64(s.Expires)).UTC().Format(time.DateTime)
				rows = append(rows, []string{s.Key.String(), s.Scope.String(), s.Spent.Tokens(), s.Limit.Tokens(), expires, s.Label})
			}
			c.table([]string{"session", "scope", "spent", "limit", "expires (UTC)", "label"}, rows)
			return nil
		},
	}
}

// named returns the account an argument names, or the one to act as.
func (h *home) named(args []string) (vadium.Account, error) {
	if len(args) > 0 {
		return vadium.ParseAccount(args[0])
	}
	return h.Account()
}

func sessionRevokeCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke [SESSION]",
		Short: "End a session: with the account's key, or with the session's own (--session FILE)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := h.namedSession(args)
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.RevokeSession(cmd.Context(), key)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.facts("revoked", key.String()) })
		},
	}
}

// namedSession returns the session that an argument names, or the one that signs.
func (h *home) namedSession(args []string) (vadium.SessionKey, error) {
	switch path := h.sessionPath(); {
	case len(args) == 1:
		return vadium.ParseSessionKey(args[0])
	case path != "":
		file, err := readSessionFile(path)
		return file.Session, err
	}
	return vadium.SessionKey{}, withHint(errors.New("which session?"), "name it (vadium session list), or its file: --session FILE")
}
