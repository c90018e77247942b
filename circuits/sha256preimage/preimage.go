// Package sha256preimage proves that I know the bytes behind a SHA-256, without showing them.
//
//	statement, input, err := sha256preimage.Build(message)
//
// The digest is public as two halves of 128 bits, because a field element holds 253.
package sha256preimage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Build returns the statement "I know the bytes behind this digest" for SHA-256(message) and the input that proves it.
// A message has at most [MaxBytes] bytes.
func Build(message []byte) (statement, input []byte, err error) {
	if len(message) > MaxBytes {
		return nil, nil, fmt.Errorf("the message has %d bytes, the program takes at most %d (prove a digest of its digest, "+
			"or a shorter secret)", len(message), MaxBytes)
	}
	statement = Statement(sha256.Sum256(message))
	scalars := make([]fr.Element, 1+MaxBytes)
	scalars[0].SetUint64(uint64(len(message)))
	for i, b := range message {
		scalars[1+i].SetUint64(uint64(b))
	}
	input = slices.Clip(statement)
	for _, s := range scalars {
		b := s.Bytes()
		input = append(input, b[:]...)
	}
	return statement, input, nil
}

// Statement returns the public scalars for a digest.
func Statement(digest [sha256.Size]byte) []byte {
	statement := make([]byte, 2*fr.Bytes)
	copy(statement[fr.Bytes/2:], digest[:16])
	copy(statement[fr.Bytes+fr.Bytes/2:], digest[16:])
	return statement
}

// ParseDigest reads 64 hex digits, as sha256sum prints them.
func ParseDigest(s string) (digest [sha256.Size]byte, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != sha256.Size {
		return digest, fmt.Errorf("%q is not a SHA-256 (64 hex digits)", s)
	}
	return [sha256.Size]byte(b), nil
}
