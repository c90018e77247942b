package pricemedian

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards/eddsa"

	"vadium"
	"vadium/circuits/poseidon"
	"vadium/oracle"
)

// Why keys and signatures are refused.
var (
	// ErrKey refuses a public key that is not the canonical encoding of a point of the prime-order subgroup other than
	// the identity.
	ErrKey = errors.New("not a reporter's public key")
	// ErrSignature refuses a signature that its key did not make over what it is said to sign, or whose bytes are not the
	// only ones that encode it.
	ErrSignature = errors.New("not the key's signature")
	// ErrObservation refuses an observation that a circuit cannot carry.
	ErrObservation = errors.New("not an observation that can be proven")
)

// privateBytes is the length of what [PrivateKey.Bytes] returns: public key, scalar, and the seed of nonces.
const privateBytes = 96

const seedBytes = 32

var (
	tagObservation = poseidon.Tag("oracle/observation")
	tagPossession  = poseidon.Tag("oracle/possession")
)

// PrivateKey signs a reporter's observations. Whoever has it can make the reporter lose its stake: store it with mode
// 0600. Signatures are deterministic, so signing twice gives nothing away.
type PrivateKey struct{ key *eddsa.PrivateKey }

// GenerateKey draws a key from random, which is crypto/rand.Reader everywhere but in tests.
func GenerateKey(random io.Reader) (PrivateKey, error) {
	var seed [seedBytes]byte // drawn here: gnark reads its seed once, and takes what a short read leaves
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return PrivateKey{}, fmt.Errorf("draw a reporter's key: %w", err)
	}
	if seed == [seedBytes]byte{} {
		return PrivateKey{}, errors.New("draw a reporter's key: the source of randomness returned zeros")
	}
	key, err := eddsa.GenerateKey(bytes.NewReader(seed[:]))
	if err != nil {
		return PrivateKey{}, fmt.Errorf("draw a reporter's key: %w", err)
	}
	return PrivateKey{key}, nil
}

// ParsePrivateKey reads what [PrivateKey.Bytes] wrote and checks that its public and private halves belong together.
func ParsePrivateKey(b []byte) (PrivateKey, error) {
	if len(b) != privateBytes {
		return PrivateKey{}, fmt.Errorf("a reporter's private key has %d bytes, this has %d", privateBytes, len(b))
	}
	key := new(eddsa.PrivateKey)
	if n, err := key.SetBytes(b); err != nil || n != privateBytes || !bytes.Equal(key.Bytes(), b) {
		return PrivateKey{}, errors.New("a reporter's private key is damaged: its halves do not belong together")
	}
	return PrivateKey{key}, nil
}

// Bytes returns the whole key, secrets included.
func (k PrivateKey) Bytes() []byte { return k.key.Bytes() }

// Key returns the public key, which seats name.
func (k PrivateKey) Key() oracle.Key { return oracle.Key(k.key.PublicKey.A.Bytes()) }

// String returns the public key, so that printing a private one by mistake does not give it away.
func (k PrivateKey) String() string {
	if k.key == nil {
		return "no reporter's key"
	}
	key := k.Key()
	return fmt.Sprintf("reporter's key 0x%x", key[:])
}

// GoString hides the secrets from %#v, too.
func (k PrivateKey) GoString() string { return k.String() }

// Sign signs an observation. It refuses one that no circuit can carry ([ErrObservation]); that a key signs one value for
// each round, and none out of its feed's bounds, is its owner's to see to.
func (k PrivateKey) Sign(o oracle.Observation) (oracle.Signed, error) {
	message, err := messageOf(o)
	if err != nil {
		return oracle.Signed{}, err
	}
	return oracle.Signed{Observation: o, Key: k.Key(), Signature: k.sign(message)}, nil
}

// Possess signs that the key belongs to account in the market of deployment: nobody registers another's key.
func (k PrivateKey) Possess(deployment vadium.Salt, account vadium.Account) oracle.Signature {
	return k.sign(possessionOf(deployment, account))
}

func (k PrivateKey) sign(message fr.Element) oracle.Signature {
	m := message.Bytes()
	signature, err := k.key.Sign(m[:], poseidon2.NewMerkleDamgardHasher())
	if err != nil {
		panic(fmt.Sprintf("invariant: a key signs every scalar, yet: %v", err))
	}
	return oracle.Signature(signature)
}

// CheckPossession returns nil when signature is what [PrivateKey.Possess] makes with key's private half, else an
// [ErrKey] or an [ErrSignature].
func CheckPossession(deployment vadium.Salt, account vadium.Account, key oracle.Key, signature oracle.Signature) error {
	return verify(key, possessionOf(deployment, account), signature)
}

// CheckKey returns nil when key is the canonical encoding of a point of the curve's prime-order subgroup that is not the
// identity, else an [ErrKey].
func CheckKey(key oracle.Key) error {
	_, err := pointOf(key)
	return err
}

// Verify returns nil when the observation can be proven and its signature is its key's, in the only encoding there is:
// else an [ErrObservation], an [ErrKey] or an [ErrSignature]. It is stricter than the circuit, which cannot see
// encodings and lets R be off the prime-order subgroup; so whatever passes here can be proven.
func Verify(s oracle.Signed) error {
	message, err := messageOf(s.Observation)
	if err != nil {
		return err
	}
	return verify(s.Key, message, s.Signature)
}

func verify(key oracle.Key, message fr.Element, signature oracle.Signature) error {
	a, err := pointOf(key)
	if err != nil {
		return err
	}
	// gnark bounds R's coordinate and S and looks at R's subgroup; the sign of a coordinate that is zero is left: that is
	// the identity's, which no honest nonce leads to.
	if _, err := pointOf(oracle.Key(signature[:fr.Bytes])); err != nil {
		return fmt.Errorf("%w: R is malformed", ErrSignature)
	}
	order := twistededwards.GetEdwardsCurve().Order
	if scalar := signature[fr.Bytes:]; bytes.Compare(scalar, order.FillBytes(make([]byte, fr.Bytes))) >= 0 {
		return fmt.Errorf("%w: S is not below the order of the curve", ErrSignature)
	}
	m := message.Bytes()
	public := eddsa.PublicKey{A: a}
	if ok, err := public.Verify(signature[:], m[:], poseidon2.NewMerkleDamgardHasher()); err != nil || !ok {
		return ErrSignature
	}
	return nil
}

// pointOf reads a compressed point. gnark's reader reduces a coordinate that is too large, takes one that is not on the
// curve, and either sign of zero; so everything is looked at again here.
func pointOf(key oracle.Key) (twistededwards.PointAffine, error) {
	var p twistededwards.PointAffine
	y := slices.Clone(key[:])
	slices.Reverse(y) // little-endian, with the sign of x in the highest bit
	y[0] &= 0x7f
	var coordinate fr.Element
	if err := coordinate.SetBytesCanonical(y); err != nil {
		return p, fmt.Errorf("%w: its coordinate is not below the order of bn254's scalar field", ErrKey)
	}
	if _, err := p.SetBytes(key[:]); err != nil {
		return p, fmt.Errorf("%w: %v", ErrKey, err)
	}
	switch {
	case p.Bytes() != key:
		return p, fmt.Errorf("%w: it is not in canonical encoding", ErrKey)
	case !p.IsOnCurve():
		return p, fmt.Errorf("%w: it is not on the curve", ErrKey)
	case p.IsZero():
		return p, fmt.Errorf("%w: it is the identity", ErrKey)
	case !p.IsInSubGroup():
		return p, fmt.Errorf("%w: it is not in the prime-order subgroup", ErrKey)
	}
	return p, nil
}

// messageOf returns what a signature of o is over: C(C(C(tag, scope), round), value + at·2^96). Value and time have 96
// and 44 bits, so the last scalar is either's alone.
func messageOf(o oracle.Observation) (fr.Element, error) {
	var scope fr.Element
	if err := scope.SetBytesCanonical(o.Scope[:]); err != nil {
		return fr.Element{}, fmt.Errorf("%w: its scope is not a scalar of bn254", ErrObservation)
	}
	if bits := o.Value.BitLen(); bits > oracle.MaxValueBits {
		return fr.Element{}, fmt.Errorf("%w: its value has %d bits, at most %d fit", ErrObservation, bits, oracle.MaxValueBits)
	}
	if o.At < 0 || o.At >= 1<<oracle.MaxTimeBits {
		return fr.Element{}, fmt.Errorf("%w: its time %d is not within 0 and 2^%d ms", ErrObservation, o.At, oracle.MaxTimeBits)
	}
	return compose(tagObservation, scope, fr.NewElement(o.Round), amountOf(o.Value), fr.NewElement(uint64(o.At))), nil
}

// compose is the hash that observations are signed under, of scalars whatever their size.
func compose(tag, scope, round, value, at fr.Element) fr.Element {
	at.Mul(&at, &timeShift)
	value.Add(&value, &at)
	return poseidon.Compress(poseidon.Compress(poseidon.Compress(tag, scope), round), value)
}

func possessionOf(deployment vadium.Salt, account vadium.Account) fr.Element {
	// Both have a fixed length, so the two cannot be shifted.
	who := poseidon.Digest("vadium/oracle/possession/v1", append(slices.Clone(deployment[:]), account[:]...))
	return poseidon.Compress(tagPossession, who)
}
