package signing

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"vadium"
	"vadium/marketplace"
)

// SessionSignatureBytes is the length of a session's signature.
const SessionSignatureBytes = ed25519.SignatureSize

// sessionContext stands before every EIP-712 digest a session signs, so that its signatures are worth nothing elsewhere.
const sessionContext = "vadium/session/v1"

// ErrWeakSessionKey: the key is a point of small order, for which anybody can make signatures.
const ErrWeakSessionKey = vadium.Kind("session-key-weak")

// Session is the private half of a session's key, and the account it acts for.
type Session struct {
	Owner   vadium.Account
	private ed25519.PrivateKey
}

// NewSession makes a key that may act for owner once owner has opened a session with its public half.
func NewSession(owner vadium.Account) Session {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("invariant: crypto/rand never fails: " + err.Error())
	}
	return Session{owner, private}
}

// SessionFromSeed returns the session of a key that [Session.Seed] gave away.
func SessionFromSeed(owner vadium.Account, seed [ed25519.SeedSize]byte) Session {
	return Session{owner, ed25519.NewKeyFromSeed(seed[:])}
}

// Seed returns the secret 32 bytes that the key derives from. Keep them encrypted.
func (s Session) Seed() [ed25519.SeedSize]byte {
	return [ed25519.SeedSize]byte(s.private.Seed())
}

// Key returns the public half.
func (s Session) Key() vadium.SessionKey {
	return vadium.SessionKey(s.private[ed25519.SeedSize:])
}

func (s Session) signDigest(digest [32]byte) []byte {
	return ed25519.Sign(s.private, append([]byte(sessionContext), digest[:]...))
}

// verifySession reports whether a session's key signed the message. Whether the session lives, and reaches this far, is the
// core's to judge.
func (d Domain) verifySession(session vadium.SessionKey, structHash [32]byte, signature []byte) error {
	digest := d.digest(structHash)
	return checkSession(session, append([]byte(sessionContext), digest[:]...), signature)
}

func checkSession(session vadium.SessionKey, message, signature []byte) error {
	if len(signature) != SessionSignatureBytes {
		return ErrMalformedSignature
	}
	if !ed25519.Verify(session[:], message, signature) {
		return ErrWrongSigner
	}
	return nil
}

// weakKeys are the encodings of points of small order, without the sign bit: with one as public key, a signature need not
// come from anybody ("Taming the many EdDSAs", Chalkias, Garillot, Nikolaenko 2020, table 2).
var weakKeys = map[vadium.SessionKey]bool{
	{}:  true,
	{1}: true,
	{
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
	}: true,
	{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	}: true,
	almostP(0xec): true, almostP(0xed): true, almostP(0xee): true,
}

// almostP is the encoding of a number near p = 2^255 - 19, whose lowest byte is 0xed.
func almostP(lowest byte) (key vadium.SessionKey) {
	for i := range key {
		key[i] = 0xff
	}
	key[0], key[31] = lowest, 0x7f
	return key
}

// CheckSessionKey returns [ErrWeakSessionKey] for a key that would let anybody act for its owner.
func CheckSessionKey(key vadium.SessionKey) error {
	key[31] &= 0x7f
	if weakKeys[key] {
		return ErrWeakSessionKey
	}
	return nil
}

// SignBySession returns the command and the session's signature.
func SignBySession(d Domain, session Session, body marketplace.Body, salt vadium.Salt, validUntil vadium.Time) (marketplace.Command, []byte, error) {
	id, err := ID(body, Terms{session.Owner, salt, validUntil})
	if err != nil {
		return marketplace.Command{}, nil, err
	}
	command := marketplace.Command{Author: session.Owner, Session: session.Key(), ID: id, ValidUntil: validUntil, Body: body}
	return command, session.signDigest(d.digest(id)), nil
}

// OpenBySession returns the command if the session's key signed it for this market, else [ErrMalformedSignature] or
// [ErrWrongSigner]. Whether it is a session of the author's is the core's to judge.
func OpenBySession(d Domain, session vadium.SessionKey, body marketplace.Body, t Terms, signature []byte) (marketplace.Command, error) {
	id, err := ID(body, t)
	if err != nil {
		return marketplace.Command{}, err
	}
	if err := d.verifySession(session, id, signature); err != nil {
		return marketplace.Command{}, fmt.Errorf("session %v: %w", session, err)
	}
	return marketplace.Command{Author: t.Author, Session: session, ID: id, ValidUntil: t.ValidUntil, Body: body}, nil
}

// SignTokenBySession returns the session's signature of a token of its owner's.
func SignTokenBySession[T Token](d Domain, session Session, t T) []byte {
	return session.signDigest(d.digest(hashOf(t)))
}

// CheckTokenBySession is [CheckToken] for a session's signature. Whether it is a session of the author's that may show such
// a token is the caller's to judge.
func CheckTokenBySession[T Token](d Domain, now vadium.Time, session vadium.SessionKey, t T, signature []byte) error {
	if err := checkLifetime(now, t); err != nil {
		return err
	}
	return d.verifySession(session, hashOf(t), signature)
}
