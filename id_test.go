package vadium_test

import (
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"pgregory.net/rapid"

	"vadium"
)

const hex32 = "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

var bytes32 = func() (b [32]byte) {
	for i := range b {
		b[i] = byte(i)
	}
	return b
}()

func TestIdentifiersAreWrittenAndReadAsHex(t *testing.T) {
	type identifier interface {
		encoding.TextMarshaler
		fmt.Stringer
	}
	var request vadium.RequestID
	var program vadium.ProgramID
	var digest vadium.Digest
	var command vadium.CommandID
	var salt vadium.Salt
	for _, row := range []struct {
		name string
		id   identifier
		read encoding.TextUnmarshaler
		is   func() bool
	}{
		{"request", vadium.RequestID(bytes32), &request, func() bool { return request == bytes32 }},
		{"program", vadium.ProgramID(bytes32), &program, func() bool { return program == bytes32 }},
		{"digest", vadium.Digest(bytes32), &digest, func() bool { return digest == bytes32 }},
		{"command", vadium.CommandID(bytes32), &command, func() bool { return command == bytes32 }},
		{"salt", vadium.Salt(bytes32), &salt, func() bool { return salt == bytes32 }},
	} {
		t.Run(row.name, func(t *testing.T) {
			text, err := row.id.MarshalText()
			if err != nil || string(text) != hex32 || row.id.String() != hex32 {
				t.Errorf("written as %s (%v) and %s, want %s", text, err, row.id, hex32)
			}
			for _, bad := range []string{"", "0x", hex32[:64], hex32 + "00", strings.Replace(hex32, "1f", "1g", 1)} {
				if err := row.read.UnmarshalText([]byte(bad)); err == nil || !strings.Contains(err.Error(), row.name) {
					t.Errorf("UnmarshalText(%q) = %v, want an error about a %s", bad, err, row.name)
				}
			}
			if row.is() {
				t.Error("a refused text changed the identifier")
			}
			if err := row.read.UnmarshalText(text); err != nil || !row.is() {
				t.Errorf("UnmarshalText(%s) = %v and another identifier, want the same one", text, err)
			}
		})
	}
}

func TestParsingIdentifiers(t *testing.T) {
	for _, s := range []string{hex32, hex32[2:], strings.ToUpper(hex32[2:])} {
		if got, err := vadium.ParseRequestID(s); err != nil || got != bytes32 {
			t.Errorf("ParseRequestID(%s) = %v, %v, want %s", s, got, err, hex32)
		}
		if got, err := vadium.ParseProgramID(s); err != nil || got != bytes32 {
			t.Errorf("ParseProgramID(%s) = %v, %v, want %s", s, got, err, hex32)
		}
		if got, err := vadium.ParseDigest(s); err != nil || got != bytes32 {
			t.Errorf("ParseDigest(%s) = %v, %v, want %s", s, got, err, hex32)
		}
	}
	if got := vadium.RequestID(bytes32).Short() + vadium.ProgramID(bytes32).Short(); got != "0001020300010203" {
		t.Errorf("short forms = %s, want 00010203 twice", got)
	}
}

func TestParsingAccounts(t *testing.T) {
	const text = "0x00112233445566778899AaBbCcDdEeFf00112233"
	if got, err := vadium.ParseAccount(text); err != nil || got != common.HexToAddress(text) {
		t.Errorf("ParseAccount(%s) = %v, %v, want the same address", text, got, err)
	}
	for _, bad := range []string{"", text[:40], text + "00", "0x" + strings.Repeat("zz", 20)} {
		if got, err := vadium.ParseAccount(bad); err == nil {
			t.Errorf("ParseAccount(%q) = %v, want an error", bad, got)
		}
	}
}

// Ids are in journals and in clients: these bytes may not change.
func TestRequestIDIsTheHashOfRequesterAndClientID(t *testing.T) {
	requester := common.HexToAddress("0x00112233445566778899aabbccddeeff00112233")
	want := sha256.Sum256([]byte("vadium/request/v1" + string(requester[:]) + string(bytes32[:])))
	got := vadium.NewRequestID(requester, bytes32)
	if got != want {
		t.Errorf("NewRequestID = %v, want %x", got, want)
	}
	const golden = "0x761432c2a2000ebce913d54476109ebc14df7ba1703a2b897d3fae66a6810e02"
	if got.String() != golden {
		t.Errorf("NewRequestID = %v, want the golden %s", got, golden)
	}
}

// A client id is only the requester's own: the same one in other hands names another request.
func TestNobodyCanTakeAnothersRequestID(t *testing.T) {
	salt := vadium.Salt{1}
	if vadium.NewRequestID(common.Address{1}, salt) == vadium.NewRequestID(common.Address{2}, salt) {
		t.Error("two requesters share a request id, want different ones")
	}
	if vadium.NewRequestID(common.Address{1}, salt) == vadium.NewRequestID(common.Address{1}, vadium.Salt{2}) {
		t.Error("two client ids share a request id, want different ones")
	}
}

func TestDigestIsSHA256(t *testing.T) {
	const empty = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := vadium.DigestOf(nil).String(); got != empty {
		t.Errorf("DigestOf(nothing) = %s, want %s", got, empty)
	}
}

// Moving a byte from one part to its neighbour, or from the domain to the first part, must give another hash.
func TestPartsOfAHashDoNotRunTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "whole")
		i := rapid.IntRange(0, len(whole)).Draw(t, "i")
		j := rapid.IntRange(0, len(whole)).Draw(t, "j")
		same := vadium.HashParts("d", whole[:i], whole[i:]) == vadium.HashParts("d", whole[:j], whole[j:])
		if same != (i == j) {
			t.Fatalf("parts of %x cut at %d and %d: equal = %v, want %v", whole, i, j, same, i == j)
		}
		domain := vadium.HashParts(string(whole[:i]), whole[i:]) == vadium.HashParts(string(whole[:j]), whole[j:])
		if domain != (i == j) {
			t.Fatalf("domain and part of %x cut at %d and %d: equal = %v, want %v", whole, i, j, domain, i == j)
		}
	})
	if vadium.HashParts("d") == vadium.HashParts("d", nil) {
		t.Error("no part and an empty part hash alike, want different hashes")
	}
}

func TestKindsAreErrorsThatPrintTheirName(t *testing.T) {
	const refused vadium.Kind = "ErrRefused"
	wrapped := fmt.Errorf("prover 7 needs 5 free, has 3: %w", refused)
	if !errors.Is(wrapped, refused) || errors.Is(wrapped, vadium.Kind("ErrOther")) {
		t.Errorf("errors.Is(%v) does not find the kind, and only the kind", wrapped)
	}
	if refused.Error() != "ErrRefused" {
		t.Errorf("Error() = %q, want ErrRefused", refused.Error())
	}
}
