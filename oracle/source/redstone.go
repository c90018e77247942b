package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
	"vadium/oracle"
)

// RedStone's binary payload (redstone-oracles-monorepo, packages/protocol), which is read from its end:
//
//	package*  count(2)  metadata  size of metadata(3)  marker(9)
//	package = point{1,} time in ms(6)  size of a value(4)  number of points(3)  signature(65)
//	point   = feed(32)  value(size of a value)
//
// What is signed is keccak256 of a package without its signature.
const (
	redStoneMarker = "\x00\x00\x02\xed\x57\x01\x1e\x00\x00"

	redStoneTailBytes   = 3 + 4 + 6 // number of points, size of a value, time
	redStoneMaxValue    = 32        // bytes: the size that every production feed has
	redStoneMaxPackages = 1024      // a gateway serves five for each feed
	redStoneMaxPoints   = 1024

	// RedStoneDecimals is how many decimals values have, unless a package says otherwise.
	RedStoneDecimals = 8
	// MaxPayload bounds a binary payload: some four hundred packages.
	MaxPayload = 64 << 10
)

// Package is what one RedStone node signed: values of one or more feeds at one time.
type Package struct {
	Points    []Point // in the order they are signed in: by feed
	At        vadium.Time
	signed    []byte
	signature signature
	claim     *common.Address // whom the JSON names as its signer
	flaw      error           // what in the JSON contradicts what is signed
}

// Point is a value of one feed.
type Point struct {
	Feed  [32]byte
	Value Value
}

// Signer returns who signed the package.
func (p Package) Signer() (common.Address, error) {
	if p.flaw != nil {
		return common.Address{}, p.flaw
	}
	signer, err := p.signature.signer(keccak(p.signed))
	if err != nil {
		return common.Address{}, err
	}
	if p.claim != nil && *p.claim != signer {
		return common.Address{}, fmt.Errorf("it names %s as its signer, but %s signed it: %w", p.claim, signer, ErrSigners)
	}
	return signer, nil
}

// of returns the value of a feed, if the package has it once.
func (p Package) of(feed [32]byte) (Value, bool) {
	for _, point := range p.Points {
		if point.Feed == feed {
			return point.Value, true
		}
	}
	return Value{}, false
}

// ParsePayload reads a binary payload, strictly: nothing before its first package, and nothing in its unsigned metadata,
// which nobody vouches for, is looked at.
func ParsePayload(raw []byte) ([]Package, error) {
	if len(raw) > MaxPayload {
		return nil, fmt.Errorf("a payload of %d bytes: %w", len(raw), ErrTooLarge)
	}
	rest, ok := bytes.CutSuffix(raw, []byte(redStoneMarker))
	if !ok {
		return nil, fmt.Errorf("it does not end with RedStone's marker: %w", ErrMalformed)
	}
	b := backwards{rest: rest}
	b.take(b.number(3))
	count := b.number(2)
	if b.short || count == 0 || count > redStoneMaxPackages {
		return nil, fmt.Errorf("a payload of %d packages: %w", count, ErrMalformed)
	}
	var packages []Package
	for range count {
		p, err := b.redStonePackage()
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	if len(b.rest) != 0 {
		return nil, fmt.Errorf("%d bytes stand before the first package: %w", len(b.rest), ErrMalformed)
	}
	for i, j := 0, len(packages)-1; i < j; i, j = i+1, j-1 { // they were read from the last on
		packages[i], packages[j] = packages[j], packages[i]
	}
	return packages, nil
}

func (b *backwards) redStonePackage() (Package, error) {
	raw := b.take(signatureBytes)
	end := b.rest
	points, size, at := b.number(3), b.number(4), b.number(6)
	switch {
	case b.short:
		return Package{}, fmt.Errorf("a payload ends within a package: %w", ErrMalformed)
	case points == 0, points > redStoneMaxPoints, size == 0, size > redStoneMaxValue:
		return Package{}, fmt.Errorf("a package of %d values, %d bytes each: %w", points, size, ErrMalformed)
	case at > maxTime:
		return Package{}, fmt.Errorf("a package at %d ms: %w", at, ErrMalformed)
	}
	body := b.take(points * (32 + size))
	if b.short {
		return Package{}, fmt.Errorf("a payload ends within a package: %w", ErrMalformed)
	}
	p := Package{At: vadium.Time(at), signed: end[len(end)-len(body)-redStoneTailBytes:]}
	for ; len(body) > 0; body = body[32+size:] {
		p.Points = append(p.Points, Point{[32]byte(body), Value{new(big.Int).SetBytes(body[32 : 32+size]), RedStoneDecimals}})
	}
	for i := 1; i < len(p.Points); i++ {
		if bytes.Compare(p.Points[i-1].Feed[:], p.Points[i].Feed[:]) >= 0 {
			return Package{}, fmt.Errorf("a package whose feeds are not in order, or one twice: %w", ErrMalformed)
		}
	}
	var err error
	p.signature, err = redStoneSignature(raw)
	return p, err
}

// redStoneSignature reads r, s and v, which is 27 or 28.
func redStoneSignature(raw []byte) (signature, error) {
	if len(raw) != signatureBytes || raw[64] < 27 {
		return signature{}, ErrSignature
	}
	return newSignature(raw[:32], raw[32:64], raw[64]-27)
}

// AppendPayload writes packages as a binary payload: the short form of what a gateway serves, and what evidence carries.
func AppendPayload(to []byte, packages []Package) []byte {
	for _, p := range packages {
		to = append(to, p.signed...)
		to = append(to, p.signature[:64]...)
		to = append(to, p.signature[64]+27)
	}
	to = binary.BigEndian.AppendUint16(to, uint16(len(packages)))
	to = append(to, 0, 0, 0) // no metadata
	return append(to, redStoneMarker...)
}

// seal writes what is signed: the points must be in order and their values have size bytes.
func (p *Package) seal(size int) error {
	p.signed = nil
	for _, point := range p.Points {
		if point.Value.Units.Sign() < 0 || point.Value.Units.BitLen() > 8*size {
			return fmt.Errorf("%s does not fit %d bytes without a sign: %w", point.Value, size, ErrMalformed)
		}
		p.signed = append(p.signed, point.Feed[:]...)
		p.signed = append(p.signed, point.Value.Units.FillBytes(make([]byte, size))...)
	}
	p.signed = append(p.signed, binary.BigEndian.AppendUint64(nil, uint64(p.At))[2:]...)
	p.signed = binary.BigEndian.AppendUint32(p.signed, uint32(size))
	p.signed = append(p.signed, binary.BigEndian.AppendUint32(nil, uint32(len(p.Points)))[1:]...)
	return nil
}

// FeedName returns RedStone's 32 bytes for the name of a feed: the name with zeros behind it or, of one of more than 31
// characters, its keccak256 (of the bytes it stands for, if it is hexadecimal).
func FeedName(name string) (feed [32]byte) {
	if len(name) <= 31 {
		copy(feed[:], name)
		return feed
	}
	if raw, ok := unhex(name); ok && name[:2] == "0x" {
		return keccak(raw)
	}
	return keccak([]byte(name))
}

// backwards reads bytes from their end. What it cannot read makes it short, and empty from then on.
type backwards struct {
	rest  []byte
	short bool
}

func (b *backwards) take(n int) []byte {
	if b.short || n > len(b.rest) {
		b.short, b.rest = true, nil
		return nil
	}
	taken := b.rest[len(b.rest)-n:]
	b.rest = b.rest[:len(b.rest)-n]
	return taken
}

// number reads an unsigned number of at most 6 bytes.
func (b *backwards) number(n int) int {
	number := 0
	for _, digit := range b.take(n) {
		number = number<<8 | int(digit)
	}
	return number
}

// maxTime is the last instant that a circuit can carry.
const maxTime = 1<<oracle.MaxTimeBits - 1
