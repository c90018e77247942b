package signing

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"

	"vadium"
)

// An ask tells its prover's costs to whoever reads it on the way, and TLS ends where an operator lets it end. So commands
// are sealed to a key of the market's own, by HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What is
// sealed is the canonical encoding ([Encode]); what is signed stays what it was, so a sealed command proves as much as an open
// one. What surrounds it is bound to it: opened for another market, another author, session, salt or expiry it is nothing.

// SealingKey is the public key that commands are sealed to. The market signs it, so that nobody puts another in its place.
type SealingKey struct {
	Key [32]byte
}

// SignSealingKey returns the market's signature of a sealing key.
func SignSealingKey(d Domain, market Signer, k SealingKey) ([]byte, error) {
	return market.SignDigest(d.digest(hashOf(k)))
}

// Check returns nil if market signed the key, else [ErrMalformedSignature] or [ErrWrongSigner].
func (k SealingKey) Check(d Domain, market vadium.Account, signature []byte) error {
	return d.verify(market, hashOf(k), signature)
}

// ErrSealed: what is sealed was not sealed to this market's key for this author, session, salt and expiry, or not to this
// market.
const ErrSealed = vadium.Kind("sealed-unreadable")

const (
	sealedInfo = "vadium sealed command v1"
	// sealedOverhead is what sealing adds to the first message: the ephemeral key, and the tag.
	sealedOverhead = encBytes + tagBytes
	encBytes       = 32
	tagBytes       = 16
	// MaxSealed bounds what is sealed, in bytes: far more than any command that is worth sealing.
	MaxSealed = 1024
)

// Sealed says what a sealed command belongs to.
type Sealed struct {
	Domain     Domain
	Author     vadium.Account
	Session    vadium.SessionKey // zero: the author's own key signs
	Salt       vadium.Salt       // of the command, or of the batch
	ValidUntil vadium.Time
}

// info is what both sides have to agree on (RFC 9180, section 5.1).
func (s Sealed) info() []byte {
	info := make([]byte, 0, len(sealedInfo)+8+32+20+32+32+8)
	info = append(info, sealedInfo...)
	info = binary.BigEndian.AppendUint64(info, s.Domain.ChainID)
	info = append(info, s.Domain.Deployment[:]...)
	info = append(info, s.Author[:]...)
	info = append(info, s.Session[:]...)
	info = append(info, s.Salt[:]...)
	return binary.BigEndian.AppendUint64(info, uint64(s.ValidUntil))
}

// Sealer seals the commands of one call, in order. The first carries what opens them all, so that a batch costs both sides
// one key agreement.
type Sealer struct {
	enc    []byte
	sender *hpke.Sender
}

// NewSealer returns a sealer of commands that belong to s.
func NewSealer(to SealingKey, s Sealed) (*Sealer, error) {
	public, err := ecdh.X25519().NewPublicKey(to.Key[:])
	if err != nil {
		return nil, fmt.Errorf("seal to %x: %w", to.Key, err)
	}
	key, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("seal to %x: %w", to.Key, err)
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES256GCM(), s.info())
	if err != nil {
		return nil, fmt.Errorf("seal to %x: %w", to.Key, err)
	}
	return &Sealer{enc, sender}, nil
}

// Seal returns the next command sealed.
func (s *Sealer) Seal(encoded []byte) ([]byte, error) {
	if len(encoded) > MaxSealed {
		return nil, fmt.Errorf("seal %d bytes: at most %d are sealed", len(encoded), MaxSealed)
	}
	sealed, err := s.sender.Seal(nil, encoded)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed = slices.Concat(s.enc, sealed)
	s.enc = nil
	return sealed, nil
}

// Opening is the market's key to what is sealed. It is safe for concurrent use.
type Opening struct {
	private hpke.PrivateKey
	public  SealingKey
	secret  [32]byte
}

// NewOpening returns a fresh key.
func NewOpening() (Opening, error) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return Opening{}, err
	}
	return openingOf(private)
}

// OpeningOf returns the key with these 32 secret bytes.
func OpeningOf(secret []byte) (Opening, error) {
	private, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return Opening{}, fmt.Errorf("sealing key: %w", err)
	}
	return openingOf(private)
}

func openingOf(private *ecdh.PrivateKey) (o Opening, err error) {
	o.public.Key, o.secret = [32]byte(private.PublicKey().Bytes()), [32]byte(private.Bytes())
	o.private, err = hpke.NewDHKEMPrivateKey(private)
	return o, err
}

// IsZero reports whether there is no key.
func (o Opening) IsZero() bool { return o.private == nil }

// Secret returns the 32 bytes to keep.
func (o Opening) Secret() [32]byte { return o.secret }

// Public returns the key to seal to.
func (o Opening) Public() SealingKey { return o.public }

// Opener opens the commands of one call, in the order in which they were sealed. It belongs to one goroutine.
type Opener struct {
	of        Opening
	info      []byte
	agreed    bool            // a key was agreed on, or could not be
	recipient *hpke.Recipient // nil when there is none
}

// NewOpener returns an opener of commands that belong to s.
func (o Opening) NewOpener(s Sealed) *Opener { return &Opener{of: o, info: s.info()} }

// Open returns the next command, or [ErrSealed]. It costs one key agreement at most, however much it is given: what is too
// long is not looked at.
func (o *Opener) Open(sealed []byte) ([]byte, error) {
	if len(sealed) > MaxSealed+sealedOverhead {
		return nil, fmt.Errorf("%d bytes, at most %d are opened: %w", len(sealed), MaxSealed+sealedOverhead, ErrSealed)
	}
	if !o.agreed {
		if len(sealed) < sealedOverhead {
			return nil, fmt.Errorf("%d bytes are too few: %w", len(sealed), ErrSealed)
		}
		o.agreed = true
		recipient, err := hpke.NewRecipient(sealed[:encBytes], o.of.private, hpke.HKDFSHA256(), hpke.AES256GCM(), o.info)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", err, ErrSealed)
		}
		o.recipient, sealed = recipient, sealed[encBytes:]
	}
	if o.recipient == nil {
		return nil, fmt.Errorf("what opens it could not be read: %w", ErrSealed)
	}
	encoded, err := o.recipient.Open(nil, sealed)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", err, ErrSealed)
	}
	return encoded, nil
}

// kindSealed begins a sealed command in a batch: not a command of its own, but the wrapping of one. The numbers of commands
// (canonical.go) grow from 1.
const kindSealed = 255

// secret reports whether an encoded command is sealed where it can be: those that tell what a prover would work for.
func secret(encoded []byte) bool { return len(encoded) > 0 && encoded[0] == kindPlaceAsk }

// Secrets reports whether some of the encoded commands are to be sealed.
func Secrets(commands [][]byte) bool { return slices.ContainsFunc(commands, secret) }

// SealBatch returns the encoded commands of a batch with the secret ones sealed. The batch is signed as it is sent, sealed.
func SealBatch(to SealingKey, s Sealed, commands [][]byte) ([][]byte, error) {
	if !Secrets(commands) {
		return commands, nil
	}
	sealer, err := NewSealer(to, s)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(commands)
	for i, encoded := range all {
		if !secret(encoded) {
			continue
		}
		sealed, err := sealer.Seal(encoded)
		if err != nil {
			return nil, fmt.Errorf("command %d: %w", i, err)
		}
		all[i] = append([]byte{kindSealed}, sealed...)
	}
	return all, nil
}

// SealedSize is how many bytes an encoded command takes at most in a batch that seals the secret ones.
func SealedSize(encoded []byte) int {
	if secret(encoded) {
		return len(encoded) + 1 + sealedOverhead
	}
	return len(encoded)
}

// OpenSealed returns what a command of a batch says: itself, or what is sealed in it. In a batch, what was sealed first is
// opened first.
func (o *Opener) OpenSealed(command []byte) ([]byte, error) {
	if len(command) == 0 || command[0] != kindSealed {
		return command, nil
	}
	return o.Open(command[1:])
}
