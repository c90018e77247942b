package source

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
)

// A Data Streams report (data-streams-sdk; OCR2's on-chain verifiers), as ABI encodes
//
//	(bytes32[3] context, bytes report, bytes32[] rs, bytes32[] ss, bytes32 vs)
//
// What is signed is keccak256(keccak256(report) ‖ context). The context begins with the digest of the committee's
// configuration. vs has a byte, 0 or 1, for each signature.
//
// ABI allows the parts anywhere and with anything between; here they stand where every encoder puts them, so that one
// report has one encoding.
const (
	word = 32

	chainlinkHeadWords = 3 + 1 + 1 + 1 + 1
	chainlinkMaxSigner = 32 // vs has no more

	// ChainlinkDecimals is how many decimals prices have.
	ChainlinkDecimals = 18
	// MaxReport bounds a report: one of 32 signatures has 2.7 KB.
	MaxReport = 8 << 10
)

// chainlinkSchemas are the reports that are read, by their version: the first two bytes of the feed's id. A letter is a word:
// the feed; times (valid from, observed at, expiry) in seconds; two fees; the value; other numbers (bid and ask, or
// assets under management); a date; the ripcord.
var chainlinkSchemas = map[uint16]string{
	3: "fttuutvii",
	9: "fttuutvdir",
}

// wordBits is how many bits each kind of word has at most.
var wordBits = map[rune]int{'t': 32, 'u': 192, 'd': 64, 'r': 32}

// Report is what a Chainlink committee signed of one feed. Its times have whole seconds.
type Report struct {
	Config     [32]byte // digest of the committee's configuration
	Feed       [32]byte
	Value      Value // benchmark price, or net asset value per share
	At         vadium.Time
	ValidFrom  vadium.Time
	Expires    vadium.Time
	Ripcord    bool // of a fund: the value is not to be relied on
	digest     [32]byte
	signatures []signature
}

// ParseReport reads a report of version 3 or 9, strictly.
func ParseReport(raw []byte) (Report, error) {
	switch {
	case len(raw) > MaxReport:
		return Report{}, fmt.Errorf("a report of %d bytes: %w", len(raw), ErrTooLarge)
	case len(raw) < chainlinkHeadWords*word || len(raw)%word != 0:
		return Report{}, fmt.Errorf("%d bytes are no report: %w", len(raw), ErrMalformed)
	}
	a := abi{raw: raw, next: chainlinkHeadWords * word}
	report := a.bytes(3)
	rs := a.words(4)
	ss := a.words(5)
	vs := raw[6*word : 7*word]
	if a.broken || a.next != len(raw) || len(rs) != len(ss) || len(rs) == 0 || len(rs) > chainlinkMaxSigner*word {
		return Report{}, fmt.Errorf("its parts do not stand where they belong: %w", ErrMalformed)
	}
	r, err := parseSigned(report)
	if err != nil {
		return Report{}, err
	}
	r.Config = [32]byte(raw)
	inner := keccak(report)
	r.digest = keccak(inner[:], raw[:3*word])
	for i := range word {
		at := i * word
		if at >= len(rs) {
			if vs[i] != 0 {
				return Report{}, fmt.Errorf("it has a parity without a signature: %w", ErrMalformed)
			}
			continue
		}
		sig, err := newSignature(rs[at:at+word], ss[at:at+word], vs[i])
		if err != nil {
			return Report{}, fmt.Errorf("signature %d: %w", i, err)
		}
		r.signatures = append(r.signatures, sig)
	}
	return r, nil
}

// parseSigned reads the report proper.
func parseSigned(report []byte) (Report, error) {
	if len(report) < word {
		return Report{}, fmt.Errorf("a report of %d bytes: %w", len(report), ErrMalformed)
	}
	r := Report{Feed: [32]byte(report)}
	version := binary.BigEndian.Uint16(r.Feed[:2])
	schema, known := chainlinkSchemas[version]
	if !known || len(report) != len(schema)*word {
		return Report{}, fmt.Errorf("a report of version %d with %d bytes: %w", version, len(report), ErrMalformed)
	}
	times := []*vadium.Time{&r.ValidFrom, &r.At, &r.Expires}
	for i, kind := range schema {
		raw := report[i*word : (i+1)*word]
		number := new(big.Int).SetBytes(raw)
		if most, bounded := wordBits[kind]; bounded && number.BitLen() > most {
			return Report{}, fmt.Errorf("word %d has more than %d bits: %w", i, most, ErrMalformed)
		}
		switch kind {
		case 't':
			*times[0] = vadium.Time(number.Int64() * 1000)
			times = times[1:]
		case 'r':
			r.Ripcord = number.Sign() != 0
		case 'v', 'i':
			number, ok := int192(raw)
			if !ok {
				return Report{}, fmt.Errorf("word %d has more than 192 bits: %w", i, ErrMalformed)
			}
			if kind == 'v' {
				r.Value = Value{number, ChainlinkDecimals}
			}
		}
	}
	return r, nil
}

// int192 reads a number in two's complement of 192 bits, extended to a word.
func int192(word []byte) (*big.Int, bool) {
	number := new(big.Int).SetBytes(word)
	if word[0]&0x80 != 0 {
		number.Sub(number, new(big.Int).Lsh(big.NewInt(1), 256))
	}
	least := new(big.Int).Lsh(big.NewInt(-1), 191)
	return number, number.Cmp(least) >= 0 && number.Cmp(new(big.Int).Neg(least)) < 0
}

// Signers returns who signed the report. Each signs once.
func (r Report) Signers() ([]common.Address, error) {
	var signers []common.Address
	seen := make(map[common.Address]bool)
	for i, sig := range r.signatures {
		signer, err := sig.signer(r.digest)
		if err != nil {
			return nil, fmt.Errorf("signature %d: %w", i, err)
		}
		if seen[signer] {
			return nil, fmt.Errorf("%s signed twice: %w", signer, ErrSigners)
		}
		seen[signer] = true
		signers = append(signers, signer)
	}
	return signers, nil
}

// abi reads the parts that heads of an ABI encoding point to, in order and without gaps.
type abi struct {
	raw    []byte
	next   int // where the next part begins
	broken bool
}

// part returns a part's length and what stands behind it.
func (a *abi) part(head int) (length int, rest []byte) {
	if a.broken || small(a.raw[head*word:]) != a.next || a.next+word > len(a.raw) {
		a.broken = true
		return 0, nil
	}
	length = small(a.raw[a.next:])
	a.next += word
	rest = a.raw[a.next:]
	if length < 0 || length > len(rest) {
		a.broken = true
		return 0, nil
	}
	return length, rest
}

// bytes reads the part of head as bytes: whole words, as every report has, so that nothing pads them.
func (a *abi) bytes(head int) []byte {
	length, rest := a.part(head)
	if a.broken || length%word != 0 {
		a.broken = true
		return nil
	}
	a.next += length
	return rest[:length]
}

// words reads the part of head as words, one behind the other.
func (a *abi) words(head int) []byte {
	length, rest := a.part(head)
	if a.broken || length > len(rest)/word {
		a.broken = true
		return nil
	}
	a.next += length * word
	return rest[:length*word]
}

// small reads a word as a number that can be a length here, or -1.
func small(raw []byte) int {
	number := new(big.Int).SetBytes(raw[:word])
	if number.BitLen() > 24 {
		return -1
	}
	return int(number.Int64())
}
