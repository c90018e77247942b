package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium/examples"
)

// secrets returns what may never stand in a log or in what a command prints: passwords, private keys of every account of
// the stage, the key that signs receipts, and what the example identities keep to themselves.
func (s *stage) secrets() (map[string]string, error) {
	all := map[string]string{"the password": stagePassword}
	keyFiles, err := filepath.Glob(filepath.Join(s.dir, "accounts", "*", "keystore", "UTC--*"))
	if err != nil {
		return nil, err
	}
	for _, file := range keyFiles {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		key, err := keystore.DecryptKey(raw, stagePassword)
		if err != nil {
			return nil, err
		}
		all["the private key of "+filepath.Base(filepath.Dir(filepath.Dir(file)))] = hex.EncodeToString(crypto.FromECDSA(key.PrivateKey))
	}
	receipts, err := os.ReadFile(s.market().receiptKey())
	if err != nil {
		return nil, err
	}
	all["the key of receipts"] = strings.TrimSpace(string(receipts))
	sealing, err := os.ReadFile(s.market().sealingKey())
	if err != nil {
		return nil, err
	}
	all["the key that opens asks"] = strings.TrimSpace(string(sealing))
	identities, err := fs.Glob(examples.Files, "identities/*.json")
	if err != nil {
		return nil, err
	}
	for _, file := range identities {
		raw, err := examples.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var identity struct {
			Secret string `json:"secret"`
		}
		if err := json.Unmarshal(raw, &identity); err != nil {
			return nil, err
		}
		all["the secret of "+file] = strings.TrimPrefix(identity.Secret, "0x")
	}
	if len(keyFiles) == 0 || len(identities) == 0 {
		return nil, errors.New("found no keys or no identities: this check looks in the wrong place")
	}
	return all, nil
}

// secretsTold returns an error if a log of the stage's processes, or one of the texts, holds a secret: as it is written,
// or as bytes, or as Go prints bytes.
func (s *stage) secretsTold(texts ...string) error {
	secrets, err := s.secrets()
	if err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(s.dir, "*.log"))
	if err != nil || len(logs) == 0 {
		return errors.Join(err, errors.New("no logs to look through"))
	}
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		texts = append(texts, filepath.Base(log)+"\n"+string(content))
	}
	for _, text := range texts {
		for what, secret := range secrets {
			if holds([]byte(text), secret) {
				where, _, _ := strings.Cut(text, "\n")
				return fmt.Errorf("%s stands in %q", what, where)
			}
		}
	}
	return nil
}

func holds(text []byte, secret string) bool {
	if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(secret))) {
		return true
	}
	raw, err := hex.DecodeString(secret)
	if err != nil {
		return false
	}
	listed := strings.Trim(fmt.Sprintf("%d", raw), "[]") // as Go prints a slice of bytes
	return bytes.Contains(text, raw) || bytes.Contains(text, []byte(listed))
}
