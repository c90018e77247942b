// Package provenance proves that independent signers of the world said a price: one to three data packages of RedStone,
// signed with secp256k1 over keccak256, checked inside the proof.
//
// What a proof says: so many packages for this feed carry valid signatures of as many different signers of a set that is
// named by its digest; this value is the median of theirs, and their times are within these bounds. Whoever knows
// RedStone's signers needs to trust no committee and no reporter for that.
//
// What it does not say: that the packages are the newest, that all signers agree, or that they are right. A prover picks
// which packages it proves: with one package it picks the signer. And as with every program, whoever made the keys could
// forge proofs.
//
//	key, err := provenance.Recover(feed, p)                        // for each package; compare key.Address()
//	claim, input, err := provenance.Build(feed, known, packages)   // to prove
//	statement := provenance.Statement(claim)                       // to verify
//
// It is off the hot path: a proof takes nine times the processor time of one of a round of seven (circuits/pricemedian), and
// its keys take minutes to make, so they are made only where somebody asks for provenance-1 or provenance-3 by name. Parsing what RedStone's
// gateways serve is not done here ([ParsePackage] reads one package in its binary form).
package provenance

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/circuits/poseidon"
)

// Reasons for which nothing can be proven.
var (
	// ErrSigner refuses a package whose signer is not of the set, has signed another of them, or cannot be recovered.
	ErrSigner = errors.New("not signed by another known signer")
	// ErrPackage refuses a package that the circuit has no room for: too many of them, too large a value or time.
	ErrPackage = errors.New("the circuit has no room for it")
	// ErrSigners refuses a set of signers: empty, too large, or with one of them twice or none.
	ErrSigners = errors.New("no set of signers")
)

// suffix ends the signed bytes of a package of one data point: the value's size and the number of points.
var suffix = append(binaryOf(valueBytes, sizeBytes), binaryOf(1, countBytes)...)

var (
	shift64    = new(big.Int).Lsh(big.NewInt(1), 64)
	shiftValue = new(big.Int).Lsh(big.NewInt(1), ValueBits)
)

func binaryOf(v uint64, size int) []byte {
	return new(big.Int).SetUint64(v).FillBytes(make([]byte, size))
}

// FeedID is RedStone's name of a value in 32 bytes: its text, padded with zeros.
type FeedID [feedBytes]byte

// Package is a data package of one data point, but for its feed.
type Package struct {
	Value vadium.Amount // with eight decimals
	At    vadium.Time
	// Signature is r, s and v, which is 0, 1, 27 or 28.
	Signature [65]byte
}

// packageBytes is the length of a package of one data point in RedStone's binary form: what is signed, and the signature.
const packageBytes = feedBytes + valueBytes + timeBytes + sizeBytes + countBytes + 65

// ParsePackage reads a package in RedStone's binary form. Of those there are, a proof can be about packages of one data
// point with a value of 32 bytes.
func ParsePackage(raw []byte) (feed FeedID, p Package, err error) {
	if len(raw) != packageBytes || !bytes.Equal(raw[packageBytes-65-len(suffix):packageBytes-65], suffix) {
		return feed, p, fmt.Errorf("%d bytes are not a package of one value of %d bytes: %w", len(raw), valueBytes, ErrPackage)
	}
	feed = FeedID(raw)
	rest := raw[feedBytes:]
	p.Value = vadium.AmountFromBytes32([32]byte(rest[:valueBytes]))
	p.At = vadium.Time(new(big.Int).SetBytes(rest[valueBytes : valueBytes+timeBytes]).Int64())
	p.Signature = [65]byte(raw[packageBytes-65:])
	_, err = p.message(feed)
	return feed, p, err
}

// message returns the bytes that the package's signer signs.
func (p Package) message(feed FeedID) ([]byte, error) {
	if p.Value.BitLen() > ValueBits {
		return nil, fmt.Errorf("value %s has more than %d bits: %w", p.Value, ValueBits, ErrPackage)
	}
	if p.At < 0 || p.At >= 1<<TimeBits {
		return nil, fmt.Errorf("time %d is not below 2^%d: %w", p.At, TimeBits, ErrPackage)
	}
	value := p.Value.Bytes32()
	return slices.Concat(feed[:], value[:], binaryOf(uint64(p.At), timeBytes), suffix), nil
}

// Key is a signer's public key: a point of secp256k1, x and y.
type Key [64]byte

// KeyOf returns the public key of a signer.
func KeyOf(signer *ecdsa.PrivateKey) Key { return Key(crypto.FromECDSAPub(&signer.PublicKey)[1:]) }

// Address returns the address that the signer is known by.
func (k Key) Address() [20]byte { return [20]byte(crypto.Keccak256(k[:])[12:]) }

// check returns nil if the key is a point of the curve with canonical coordinates.
func (k Key) check() error {
	if _, err := crypto.UnmarshalPubkey(append([]byte{4}, k[:]...)); err != nil {
		return fmt.Errorf("key %x: %v: %w", k[:8], err, ErrSigners)
	}
	return nil
}

// identity is what stands for the key in a set.
func (k Key) identity() fr.Element {
	id := tagKey
	for half := range slices.Chunk(k[:], 16) {
		var e fr.Element
		e.SetBytes(half)
		id = poseidon.Compress(id, e)
	}
	return id
}

// Recover returns the key that signed a package. Every well-formed signature is somebody's, so the key says nothing
// before it is compared.
func Recover(feed FeedID, p Package) (Key, error) {
	message, err := p.message(feed)
	if err != nil {
		return Key{}, err
	}
	signature := p.Signature
	if signature[64] >= 27 {
		signature[64] -= 27
	}
	public, err := crypto.Ecrecover(crypto.Keccak256(message), signature[:])
	if err != nil {
		return Key{}, fmt.Errorf("recover the signer: %v: %w", err, ErrSigner)
	}
	return Key(public[1:]), nil
}

// Sign returns a package as a signer of RedStone's publishes it. The signature is deterministic (RFC 6979), its s low.
func Sign(signer *ecdsa.PrivateKey, feed FeedID, value vadium.Amount, at vadium.Time) (Package, error) {
	p := Package{Value: value, At: at}
	message, err := p.message(feed)
	if err != nil {
		return Package{}, err
	}
	signature, err := crypto.Sign(crypto.Keccak256(message), signer)
	if err != nil {
		return Package{}, fmt.Errorf("sign a package: %w", err)
	}
	p.Signature = [65]byte(signature)
	return p, nil
}

// Signers returns the digest of a set of signers, which does not depend on their order.
func Signers(keys []Key) ([32]byte, error) {
	set, err := setOf(keys)
	if err != nil {
		return [32]byte{}, err
	}
	digest := tagSigners
	for _, id := range set {
		digest = poseidon.Compress(digest, id)
	}
	return digest.Bytes(), nil
}

// setOf returns the identities of keys in the order of the keys, then zeros.
func setOf(keys []Key) (set [Slots]fr.Element, err error) {
	if len(keys) == 0 || len(keys) > Slots {
		return set, fmt.Errorf("a set has 1 to %d signers, not %d: %w", Slots, len(keys), ErrSigners)
	}
	sorted := slices.SortedFunc(slices.Values(keys), func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
	for i, key := range sorted {
		if err := key.check(); err != nil {
			return set, err
		}
		if i > 0 && key == sorted[i-1] {
			return set, fmt.Errorf("signer %x is in the set twice: %w", key.Address(), ErrSigners)
		}
		set[i] = key.identity()
	}
	return set, nil
}

// Claim is what a proof states.
type Claim struct {
	Feed    FeedID
	Signers [32]byte // the set's digest
	Value   vadium.Amount
	// Oldest and Newest bound the times of the packages.
	Oldest, Newest vadium.Time
}

// Statement returns the public scalars of a claim.
func Statement(c Claim) []byte {
	half := make([]byte, vadium.ScalarBytes-feedBytes/2)
	value := c.Value.Bytes32()
	return slices.Concat(half, c.Feed[:feedBytes/2], half, c.Feed[feedBytes/2:], c.Signers[:], value[:],
		binaryOf(uint64(c.Oldest), vadium.ScalarBytes), binaryOf(uint64(c.Newest), vadium.ScalarBytes))
}

// ProgramPrefix begins the names of the programs; the number of packages follows.
const ProgramPrefix = "provenance-"

// ProgramName returns what the catalogue calls the program for so many packages.
func ProgramName(packages int) string { return ProgramPrefix + strconv.Itoa(packages) }

// Build returns what packages of one feed prove about it, their signers being of the known ones, and the input that
// proves it: one package for provenance-1, three for provenance-3.
func Build(feed FeedID, known []Key, packages []Package) (Claim, []byte, error) {
	if n := len(packages); n < 1 || n > MaxPackages {
		return Claim{}, nil, fmt.Errorf("%d packages, a proof is about 1 to %d: %w", n, MaxPackages, ErrPackage)
	}
	digest, err := Signers(known)
	if err != nil {
		return Claim{}, nil, err
	}
	keys := make([]Key, len(packages))
	for i, p := range packages {
		if keys[i], err = Recover(feed, p); err != nil {
			return Claim{}, nil, err
		}
		if !slices.Contains(known, keys[i]) {
			return Claim{}, nil, fmt.Errorf("signer %x is not of the set: %w", keys[i].Address(), ErrSigner)
		}
		if slices.Contains(keys[:i], keys[i]) {
			return Claim{}, nil, fmt.Errorf("signer %x has signed two of the packages: %w", keys[i].Address(), ErrSigner)
		}
	}
	claim := claimOf(feed, packages)
	claim.Signers = digest
	input, err := inputOf(claim, known, keys, packages)
	return claim, input, err
}

// claimOf aggregates: the median, sorted[n/2], and the tightest bounds.
func claimOf(feed FeedID, packages []Package) Claim {
	claim := Claim{Feed: feed, Oldest: packages[0].At, Newest: packages[0].At}
	values := make([]vadium.Amount, len(packages))
	for i, p := range packages {
		values[i] = p.Value
		claim.Oldest, claim.Newest = min(claim.Oldest, p.At), max(claim.Newest, p.At)
	}
	slices.SortFunc(values, vadium.Amount.Cmp)
	claim.Value = values[len(values)/2]
	return claim
}

// inputOf writes a claim and its secrets in the circuit's order.
func inputOf(claim Claim, known, keys []Key, packages []Package) ([]byte, error) {
	set, err := setOf(known)
	if err != nil {
		return nil, err
	}
	input := Statement(claim)
	for _, id := range set {
		b := id.Bytes()
		input = append(input, b[:]...)
	}
	for i, p := range packages {
		value := p.Value.Bytes32()
		input = append(append(input, value[:]...), binaryOf(uint64(p.At), vadium.ScalarBytes)...)
		for _, number := range [][]byte{keys[i][:32], keys[i][32:], p.Signature[:32], p.Signature[32:64]} {
			input = append(input, limbs(number)...)
		}
	}
	return input, nil
}

// limbs returns a number of 32 bytes as four scalars of 64 bits, the lowest first.
func limbs(number []byte) []byte {
	var scalars []byte
	for at := 24; at >= 0; at -= 8 {
		scalars = append(scalars, make([]byte, vadium.ScalarBytes-8)...)
		scalars = append(scalars, number[at:at+8]...)
	}
	return scalars
}
