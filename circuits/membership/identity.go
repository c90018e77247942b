package membership

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// identityFormat marks an identity file and its version.
const identityFormat = "vadium/identity/v1"

// Identity is a member's secret. Whoever has it can act as the member and link the member's nullifiers.
type Identity struct{ secret fr.Element }

// NewIdentity draws an identity from random, which is crypto/rand.Reader everywhere but in tests.
func NewIdentity(random io.Reader) (Identity, error) {
	var wide [48]byte // 128 bits more than the field has, so the reduction leaves no bias worth speaking of
	if _, err := io.ReadFull(random, wide[:]); err != nil {
		return Identity{}, fmt.Errorf("draw identity: %w", err)
	}
	var id Identity
	id.secret.SetBigInt(new(big.Int).SetBytes(wide[:]))
	if id.secret.IsZero() {
		return Identity{}, errors.New("draw identity: the source of randomness returned zeros")
	}
	return id, nil
}

func (id Identity) commitment() fr.Element { return commitmentOf(id.secret) }

// Commitment returns 0x and 64 hex digits: what goes on the list.
func (id Identity) Commitment() string { return hexScalar(id.commitment()) }

// String returns the commitment, so that printing an identity by mistake does not give the secret away.
func (id Identity) String() string { return "identity " + id.Commitment() }

type identityFile struct {
	Format     string `json:"format"`
	Commitment string `json:"commitment"`
	Secret     string `json:"secret"`
}

// MarshalJSON writes the identity file, secret included: store it with mode 0600.
func (id Identity) MarshalJSON() ([]byte, error) {
	return json.Marshal(identityFile{identityFormat, id.Commitment(), hexScalar(id.secret)})
}

// UnmarshalJSON reads an identity file and checks that commitment and secret belong together.
func (id *Identity) UnmarshalJSON(b []byte) error {
	var f identityFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return fmt.Errorf("identity file: %w", err)
	}
	if f.Format != identityFormat {
		return fmt.Errorf("identity file: format is %q, want %q", f.Format, identityFormat)
	}
	secret, err := parseScalar(f.Secret)
	if err != nil {
		return errors.New("identity file: the secret is not a scalar (32 bytes of hex below the order of bn254)")
	}
	read := Identity{secret}
	if secret.IsZero() || read.Commitment() != f.Commitment {
		return errors.New("identity file: secret and commitment do not belong together (the file is damaged)")
	}
	*id = read
	return nil
}

// String hides the value when the file's struct ends up in a message.
func (identityFile) String() string { return "identity file" }

func hexScalar(e fr.Element) string {
	b := e.Bytes()
	return "0x" + hex.EncodeToString(b[:])
}

func parseScalar(s string) (fr.Element, error) {
	var e fr.Element
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(b) != fr.Bytes {
		return e, fmt.Errorf("%q is not 32 bytes of hex", s)
	}
	if err := e.SetBytesCanonical(b); err != nil {
		return e, fmt.Errorf("%q is not below the order of bn254's scalar field", s)
	}
	return e, nil
}
