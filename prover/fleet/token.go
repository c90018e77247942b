package fleet

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// CreateToken returns the token in a file, making both if the file is not there. Whoever reads it can take leases, and
// sees the inputs of requests: the file is its owner's alone.
func CreateToken(path string) (string, error) {
	if token, err := ReadToken(path); !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	var secret [32]byte
	rand.Read(secret[:]) // never fails: crypto/rand ends the process instead
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("create token: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ReadToken(path) // another process was first
	}
	if err != nil {
		return "", fmt.Errorf("create token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("create token: %w", err)
	}
	return token, nil
}

// leastToken is shorter than any token made here: a file of one word was not made here.
const leastToken = 32

// ReadToken reads a token file. One that others may read is refused.
func ReadToken(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("read token: others may read %s, and inputs with it (chmod 600 %s)", path, path)
	}
	var content [1 << 10]byte
	n, err := f.Read(content[:])
	if err != nil {
		return "", fmt.Errorf("read token %s: %w", path, err)
	}
	token, err := ParseToken(string(content[:n]))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return token, nil
}

// errNoToken: the text is no token that CreateToken made.
var errNoToken = errors.New("there is no token in it (make one: vadium worker token)")

// ParseToken returns the token in what a file holds, for a caller that has read the file and looked at who else may.
func ParseToken(content string) (string, error) {
	token := strings.TrimSpace(content)
	if len(token) < leastToken || strings.ContainsAny(token, " \t\r\n") {
		return "", errNoToken
	}
	return token, nil
}
