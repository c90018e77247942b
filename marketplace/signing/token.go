package signing

import (
	"fmt"

	"vadium"
)

// Tokens entitle whoever shows them until they expire. They change nothing in the market, so they may be shown often.
type (
	// ReadBlob asks to read a blob of a request.
	ReadBlob struct {
		Author     vadium.Account
		Digest     vadium.Digest
		Request    vadium.RequestID
		ValidUntil vadium.Time
	}
	// PutBlob asks to upload a blob.
	PutBlob struct {
		Author     vadium.Account
		Kind       string
		Digest     vadium.Digest
		Size       uint64 // bytes of the whole blob
		ValidUntil vadium.Time
	}
)

// TokenLifetime is how far ahead a token may expire.
const TokenLifetime = 10 * vadium.Minute

// ErrTokenExpired: a token's expiry has passed, or is further ahead than [TokenLifetime].
const ErrTokenExpired = vadium.Kind("token-expired")

// Token is one of the types above.
type Token interface {
	ReadBlob | PutBlob
	terms() (author vadium.Account, validUntil vadium.Time)
}

func (t ReadBlob) terms() (vadium.Account, vadium.Time) { return t.Author, t.ValidUntil }
func (t PutBlob) terms() (vadium.Account, vadium.Time)  { return t.Author, t.ValidUntil }

// SignToken returns the author's signature of a token.
func SignToken[T Token](d Domain, author Signer, t T) ([]byte, error) {
	return author.SignDigest(d.digest(hashOf(t)))
}

// CheckToken returns nil if the token's author signed it and it is in force at now, else [ErrTokenExpired],
// [ErrMalformedSignature] or [ErrWrongSigner].
func CheckToken[T Token](d Domain, now vadium.Time, t T, signature []byte) error {
	if err := checkLifetime(now, t); err != nil {
		return err
	}
	author, _ := t.terms()
	return d.verify(author, hashOf(t), signature)
}

func checkLifetime[T Token](now vadium.Time, t T) error {
	_, validUntil := t.terms()
	if validUntil.Before(now) || validUntil.After(now.Add(TokenLifetime)) {
		return fmt.Errorf("valid until %d, now is %d, at most %d ms ahead are allowed: %w", validUntil, now, TokenLifetime, ErrTokenExpired)
	}
	return nil
}
