package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect"
	"github.com/charmbracelet/x/term"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/cmd/vadium/config"
	"vadium/cmd/vadium/operations"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

// DefaultMarket is where `vadium dev` and `vadium market serve` listen.
const DefaultMarket = "http://127.0.0.1:8420"

// home is the folder of one user: keys, defaults, cached setups. Flags override the environment, which overrides
// config.json in the folder.
type home struct {
	dir, market, account, passwordFile, ca, session string

	around []connect.Interceptor // of every call, such as a tracer's
}

// settings is config.json: the defaults of a home.
type settings struct {
	Market       string `json:"market,omitempty"`
	Account      string `json:"account,omitempty"`
	PasswordFile string `json:"passwordFile,omitempty"` // a file that holds the keystore's password, mode 0600
	CA           string `json:"ca,omitempty"`           // PEM file with the certificates to trust for an https market
}

func (h *home) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&h.dir, "home", "", "folder with keys, defaults and cached setups (VADIUM_HOME, default ~/.vadium)")
	f.StringVar(&h.market, "market", "", "address of the market (VADIUM_MARKET, default "+DefaultMarket+")")
	f.StringVar(&h.account, "account", "", "account to sign with (VADIUM_ACCOUNT)")
	f.StringVar(&h.passwordFile, "password-file", "", "file with the keystore's password (VADIUM_PASSWORD_FILE); else it is asked for")
	f.StringVar(&h.session, "session", "", "file of a session to sign with instead of the account's key (VADIUM_SESSION; vadium session open)")
	f.StringVar(&h.ca, "ca", "", "PEM file with the certificates to trust for an https market (VADIUM_CA, default the system's)")
}

// Dir returns the home folder.
func (h *home) Dir() string {
	if h.dir != "" {
		return h.dir
	}
	if dir := os.Getenv("VADIUM_HOME"); dir != "" {
		return dir
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return ".vadium"
	}
	return filepath.Join(user, ".vadium")
}

func (h *home) path(elements ...string) string {
	return filepath.Join(append([]string{h.Dir()}, elements...)...)
}

func (h *home) settings() (settings, error) {
	raw, err := os.ReadFile(h.path("config.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return settings{}, nil
	}
	if err != nil {
		return settings{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var s settings
	if err := decoder.Decode(&s); err != nil {
		return settings{}, withHint(fmt.Errorf("%s: %w", h.path("config.json"), err), "it may set market, account, passwordFile and ca")
	}
	return s, nil
}

func (h *home) saveSettings(s settings) error {
	encoded, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(h.Dir(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(h.path("config.json"), append(encoded, '\n'), 0o600)
}

func firstSet(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// Market returns the market's address.
func (h *home) Market() (string, error) {
	s, err := h.settings()
	return firstSet(h.market, os.Getenv("VADIUM_MARKET"), s.Market, DefaultMarket), err
}

// keys opens the folder of encrypted keys. Weak key stretching (light) is for accounts that hold play money.
func (h *home) keys(light bool) *keystore.KeyStore {
	if light {
		return keystore.NewKeyStore(h.path("keystore"), keystore.LightScryptN, keystore.LightScryptP)
	}
	return keystore.NewKeyStore(h.path("keystore"), keystore.StandardScryptN, keystore.StandardScryptP)
}

// Account returns the account to act as: a session's owner, else named, or the only one there is.
func (h *home) Account() (vadium.Account, error) {
	if path := h.sessionPath(); path != "" {
		file, err := readSessionFile(path)
		return file.Owner, err
	}
	s, err := h.settings()
	if err != nil {
		return vadium.Account{}, err
	}
	if name := firstSet(h.account, os.Getenv("VADIUM_ACCOUNT"), s.Account); name != "" {
		return vadium.ParseAccount(name)
	}
	accounts := h.keys(false).Accounts()
	switch len(accounts) {
	case 0:
		return vadium.Account{}, withHint(fmt.Errorf("no account in %s", h.path("keystore")), "make one: vadium account new")
	case 1:
		return accounts[0].Address, nil
	}
	return vadium.Account{}, withHint(fmt.Errorf("%d accounts in %s", len(accounts), h.path("keystore")), "say which: --account 0x...")
}

// password returns the keystore's password from its file, or asks for it, with each prompt: a new password is typed twice,
// because nobody can recover a key whose password has a slip in it.
func (h *home) password(c *console, prompts ...string) (password string, err error) {
	s, err := h.settings()
	if err != nil {
		return "", err
	}
	if file := firstSet(h.passwordFile, os.Getenv("VADIUM_PASSWORD_FILE"), s.PasswordFile); file != "" {
		secret, err := config.SecretFile(file).Read()
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		return string(secret), nil
	}
	f, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) {
		return "", withHint(errors.New("there is no terminal to ask for the password"), "name a file that holds it: --password-file FILE")
	}
	for i, prompt := range prompts {
		fmt.Fprint(c.err, prompt)
		raw, err := term.ReadPassword(f.Fd())
		fmt.Fprintln(c.err)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		if i > 0 && string(raw) != password {
			return "", errors.New("the passwords differ")
		}
		password = string(raw)
	}
	return password, nil
}

// Signer unlocks the account to sign with.
func (h *home) Signer(c *console) (signing.Signer, error) {
	account, err := h.Account()
	if err != nil {
		return nil, err
	}
	return h.signerOf(c, account)
}

func (h *home) signerOf(c *console, account vadium.Account) (signing.Signer, error) {
	for _, a := range h.keys(false).Accounts() {
		if a.Address != account {
			continue
		}
		password, err := h.password(c, fmt.Sprintf("password of %v: ", account))
		if err != nil {
			return nil, err
		}
		raw, err := os.ReadFile(a.URL.Path)
		if err != nil {
			return nil, err
		}
		key, err := keystore.DecryptKey(raw, password)
		if err != nil {
			return nil, withHint(fmt.Errorf("unlock %v: %w", account, err), "is this its password? (--password-file FILE)")
		}
		return signing.NewKey(key.PrivateKey), nil
	}
	return nil, withHint(fmt.Errorf("%s holds no key of %v", h.path("keystore"), account), "vadium account show lists the accounts there are")
}

// options says how this home talks to a market.
func (h *home) options() (client.Options, error) {
	s, err := h.settings()
	if err != nil {
		return client.Options{}, err
	}
	file := firstSet(h.ca, os.Getenv("VADIUM_CA"), s.CA)
	if file == "" {
		return client.Options{Interceptors: h.around}, nil
	}
	roots, err := operations.ReadRoots(file)
	if err != nil {
		return client.Options{}, withHint(err, "name the PEM file of whoever signed the market's certificate: --ca FILE")
	}
	return client.Options{Interceptors: h.around, HTTP: client.NewHTTP(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})}, nil
}

// Client connects to the market, to read.
func (h *home) Client() (*client.Client, error) {
	url, err := h.Market()
	if err != nil {
		return nil, err
	}
	options, err := h.options()
	if err != nil {
		return nil, err
	}
	return client.New(url, options), present(url, options)
}

// SigningClient connects to the market with an account that can sign.
func (h *home) SigningClient(c *console) (*client.Client, error) {
	if _, err := h.Account(); err != nil {
		return nil, err
	}
	if _, err := h.Client(); err != nil { // before a password is asked for
		return nil, err
	}
	return h.PatientClient(c)
}

// PatientClient is a SigningClient that does not mind if the market is not there yet: for what runs beside it.
func (h *home) PatientClient(c *console) (*client.Client, error) {
	if path := h.sessionPath(); path != "" {
		return h.SessionClient(c, path)
	}
	url, err := h.Market()
	if err != nil {
		return nil, err
	}
	signer, err := h.Signer(c)
	if err != nil {
		return nil, err
	}
	options, err := h.options()
	options.Key = signer
	return client.New(url, options), err
}

// presence is how long a command goes on trying an address where nobody listens, and slowness how long it waits for a
// market that is there and busy. Once it has answered, the client's own patience bridges restarts; without this a mistyped
// address would look like a hang for as long.
const (
	presence = 3 * time.Second
	slowness = 20 * time.Second
)

// present returns an error unless a market answers at the address.
func present(url string, options client.Options) error {
	ctx, cancel := context.WithTimeout(context.Background(), slowness)
	defer cancel()
	options.Patience = presence
	_, err := client.New(url, options).Market(ctx)
	switch _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); {
	case untrusted:
		return withHint(fmt.Errorf("the market at %s shows a certificate that is not trusted here: %w", url, err), "name the PEM file of whoever signed it: --ca FILE")
	case err != nil:
		return withHint(fmt.Errorf("no market answers at %s: %w", url, err),
			"is it running? (vadium dev, or vadium market serve DIR; --market says where it is)")
	}
	return nil
}
