package vadium

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// Account is an Ethereum address: a requester, a prover, a staker or the operator, by the key that signs for them.
type Account = common.Address

// RequestID names a request. It is derived from the requester and a number of the requester's choosing
// (see [NewRequestID]), so nobody can take another's id.
type RequestID [32]byte

// ProgramID names a program: the SHA-256 of its manifest, so it commits to proof system, curve and keys.
type ProgramID [32]byte

// Digest is the SHA-256 of some bytes and names a blob.
type Digest [32]byte

// CommandID is the EIP-712 struct hash of a command.
type CommandID [32]byte

// Salt is a client's random number that tells two otherwise equal commands apart.
type Salt [32]byte

// SessionKey is the ed25519 public key of a session: whoever holds its private half acts for an account, within limits.
type SessionKey [32]byte

// VaultID numbers vaults in the order they were opened, from 1. A prover that starts again gets a new number.
type VaultID uint64

// NewRequestID derives the id of requester's request from the client id the requester chose:
// SHA-256("vadium/request/v1" || requester || clientID).
func NewRequestID(requester Account, clientID Salt) RequestID {
	content := append(make([]byte, 0, 128), "vadium/request/v1"...)
	content = append(content, requester[:]...)
	return sha256.Sum256(append(content, clientID[:]...))
}

// DigestOf returns the SHA-256 of content.
func DigestOf(content []byte) Digest { return sha256.Sum256(content) }

// HashParts returns the SHA-256 of the domain and the parts, each preceded by its length, so that no two lists of
// parts share an encoding.
func HashParts(domain string, parts ...[]byte) [32]byte {
	const usual = 256 // bytes: more than tie ranks and commitments take, so that these need no memory of their own
	content := binary.BigEndian.AppendUint64(make([]byte, 0, usual), uint64(len(domain)))
	content = append(content, domain...)
	for _, p := range parts {
		content = binary.BigEndian.AppendUint64(content, uint64(len(p)))
		content = append(content, p...)
	}
	return sha256.Sum256(content)
}

func parse32(what, s string) (b [32]byte, err error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(raw) != len(b) {
		return b, fmt.Errorf("%s %q is not 32 bytes of hex", what, s)
	}
	return [32]byte(raw), nil
}

func text32(b [32]byte) ([]byte, error) { return []byte(hexText(b)), nil }

func hexText(b [32]byte) string { return "0x" + hex.EncodeToString(b[:]) }

// ParseRequestID reads 64 hex digits with or without 0x.
func ParseRequestID(s string) (RequestID, error) { b, err := parse32("request", s); return b, err }

// ParseProgramID reads 64 hex digits with or without 0x.
func ParseProgramID(s string) (ProgramID, error) { b, err := parse32("program", s); return b, err }

// ParseDigest reads 64 hex digits with or without 0x.
func ParseDigest(s string) (Digest, error) { b, err := parse32("digest", s); return b, err }

// ParseSalt reads 64 hex digits with or without 0x.
func ParseSalt(s string) (Salt, error) { b, err := parse32("salt", s); return b, err }

// ParseSessionKey reads 64 hex digits with or without 0x.
func ParseSessionKey(s string) (SessionKey, error) { b, err := parse32("session", s); return b, err }

// ParseAccount reads a 20-byte address in hex with 0x.
func ParseAccount(s string) (Account, error) {
	if !common.IsHexAddress(s) {
		return Account{}, fmt.Errorf("account %q is not a 20-byte address in hex", s)
	}
	return common.HexToAddress(s), nil
}

// String returns 0x and 64 hex digits.
func (id RequestID) String() string { return hexText(id) }

// String returns 0x and 64 hex digits.
func (id ProgramID) String() string { return hexText(id) }

// String returns 0x and 64 hex digits.
func (d Digest) String() string { return hexText(d) }

// String returns 0x and 64 hex digits.
func (id CommandID) String() string { return hexText(id) }

// String returns 0x and 64 hex digits.
func (s Salt) String() string { return hexText(s) }

// String returns 0x and 64 hex digits.
func (k SessionKey) String() string { return hexText(k) }

// Short returns the first eight hex digits, for people's eyes only.
func (id RequestID) Short() string { return hexText(id)[2:10] }

// Short returns the first eight hex digits, for people's eyes only.
func (id ProgramID) Short() string { return hexText(id)[2:10] }

// MarshalText writes [RequestID.String].
func (id RequestID) MarshalText() ([]byte, error) { return text32(id) }

// MarshalText writes [ProgramID.String].
func (id ProgramID) MarshalText() ([]byte, error) { return text32(id) }

// MarshalText writes [Digest.String].
func (d Digest) MarshalText() ([]byte, error) { return text32(d) }

// MarshalText writes [CommandID.String].
func (id CommandID) MarshalText() ([]byte, error) { return text32(id) }

// MarshalText writes [Salt.String].
func (s Salt) MarshalText() ([]byte, error) { return text32(s) }

// MarshalText writes [SessionKey.String].
func (k SessionKey) MarshalText() ([]byte, error) { return text32(k) }

// UnmarshalText reads what MarshalText wrote.
func (k *SessionKey) UnmarshalText(t []byte) error { return unmarshal32("session", t, (*[32]byte)(k)) }

// UnmarshalText reads what MarshalText wrote.
func (id *RequestID) UnmarshalText(t []byte) error { return unmarshal32("request", t, (*[32]byte)(id)) }

// UnmarshalText reads what MarshalText wrote.
func (id *ProgramID) UnmarshalText(t []byte) error { return unmarshal32("program", t, (*[32]byte)(id)) }

// UnmarshalText reads what MarshalText wrote.
func (d *Digest) UnmarshalText(t []byte) error { return unmarshal32("digest", t, (*[32]byte)(d)) }

// UnmarshalText reads what MarshalText wrote.
func (id *CommandID) UnmarshalText(t []byte) error { return unmarshal32("command", t, (*[32]byte)(id)) }

// UnmarshalText reads what MarshalText wrote.
func (s *Salt) UnmarshalText(t []byte) error { return unmarshal32("salt", t, (*[32]byte)(s)) }

func unmarshal32(what string, text []byte, into *[32]byte) error {
	b, err := parse32(what, string(text))
	if err != nil {
		return err
	}
	*into = b
	return nil
}
