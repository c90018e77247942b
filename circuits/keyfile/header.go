package keyfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"vadium"
)

// ErrForeign refuses a file that is not this program's key file, or not a whole one.
var ErrForeign = errors.New("not a key file of this program (remove it; it is made again from the proving key)")

const (
	// version counts layouts; it also changes when gnark-crypto's tables change.
	version = 1
	// headerBytes is a page, so that the sections begin on one.
	headerBytes = 4096
	// alignment of a section: a cache line, and more than any element needs.
	alignment = 64
	// maxCommitments bounds BSB22 commitments, as for verifying keys.
	maxCommitments = 8
	// maxCount bounds every count, 2^32: above any key that fits a machine, and no sum of sections overflows.
	maxCount = 1 << 32
	// wordOrder as another processor wrote it reads differently.
	wordOrder = 0x0102030405060708
)

var magic = [8]byte{'v', 'a', 'd', 'i', 'u', 'm', 'p', 'k'}

// header is the first page. Numbers are little-endian, whatever the processor.
type header struct {
	Magic       [8]byte
	Version     uint32
	Curve       uint32
	Order       [8]byte // wordOrder as this processor writes it
	Key         vadium.Digest
	KeyBytes    uint64
	Size        uint64 // of the file
	Cardinality uint64
	A, B, Z, K  uint64 // points of G1
	B2          uint64 // points of G2
	Wires       uint64
	InfinityA   uint64
	InfinityB   uint64
	Commitments uint64
	Basis       [maxCommitments]uint64
	Checksum    vadium.Digest // of all that follows the header
}

// nativeOrder is wordOrder in memory.
func nativeOrder() [8]byte {
	word := uint64(wordOrder)
	return *(*[8]byte)(unsafe.Pointer(&word)) //nolint:gosec // eight bytes, read as eight bytes
}

// section is a slice in the file.
type section struct {
	count, element uint64
	offset         int64
}

func (s section) bytes() int64 { return int64(s.count * s.element) }

// sizes of a curve's elements in memory, in bytes. The raw serialisation has the same.
type sizes struct{ g1, g2, fr uint64 }

// layout lists the sections in their order: single points of G1, A, B, Z, K, single points of G2, B2, two sets of flags,
// four tables, then two bases for each commitment.
func (h *header) layout(s sizes) (sections []section, size int64, err error) {
	counts := []uint64{h.A, h.B, h.Z, h.K, h.B2, h.Wires, h.Cardinality, h.Commitments * (maxCount / maxCommitments)}
	for _, n := range append(counts, h.Basis[:]...) {
		if n > maxCount {
			return nil, 0, fmt.Errorf("a count of %d, at most %d", n, uint64(maxCount))
		}
	}
	offset := int64(headerBytes)
	add := func(count, element uint64) {
		sections = append(sections, section{count, element, offset})
		offset += (int64(count*element) + alignment - 1) &^ (alignment - 1)
	}
	add(3, s.g1)
	for _, n := range []uint64{h.A, h.B, h.Z, h.K} {
		add(n, s.g1)
	}
	add(2, s.g2)
	add(h.B2, s.g2)
	add(h.Wires, 1)
	add(h.Wires, 1)
	twiddles := h.twiddles()
	for _, n := range []uint64{twiddles, twiddles, h.Cardinality, h.Cardinality} {
		add(n, s.fr)
	}
	for _, n := range h.Basis[:h.Commitments] {
		add(n, s.g1)
		add(n, s.g1)
	}
	return sections, offset, nil
}

// twiddles counts the factors of all stages: 1+2^k for each.
func (h *header) twiddles() uint64 {
	var n uint64
	for half := h.Cardinality / 2; half > 0; half /= 2 {
		n += 1 + half
	}
	return n
}

func (h *header) encode() []byte {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, h); err != nil {
		panic(fmt.Sprintf("invariant: a header has a fixed size: %v", err))
	}
	sum := sha256.Sum256(b.Bytes())
	b.Write(sum[:])
	return append(b.Bytes(), make([]byte, headerBytes-b.Len())...)
}

// readHeader reads and checks the header, and the file's size against it.
func readHeader(f *os.File, p vadium.Program, s sizes) (*header, []section, error) {
	page := make([]byte, headerBytes)
	if _, err := f.ReadAt(page, 0); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it is shorter than a header")
		}
		return nil, nil, fmt.Errorf("%w: %v", ErrForeign, err)
	}
	h := new(header)
	if _, err := binary.Decode(page, binary.LittleEndian, h); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrForeign, err)
	}
	refuse := func(format string, args ...any) (*header, []section, error) {
		return nil, nil, fmt.Errorf("%w: %s", ErrForeign, fmt.Sprintf(format, args...))
	}
	switch {
	case h.Magic != magic:
		return refuse("it does not begin as one")
	case h.Version != version:
		return refuse("its layout has version %d, this program reads %d", h.Version, version)
	case !bytes.Equal(page, h.encode()):
		return refuse("its header is damaged")
	case h.Order != nativeOrder():
		return refuse("it was made on another processor")
	case h.Key != p.ProvingKey || h.Curve != uint32(p.Curve) || h.KeyBytes != p.ProvingKeyBytes:
		return refuse("it holds key %s over %s", h.Key, vadium.Curve(h.Curve))
	}
	sections, size, err := h.layout(s)
	if err != nil {
		return refuse("%v", err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("key file: %w", err)
	case !info.Mode().IsRegular() || info.Size() != size || uint64(size) != h.Size:
		return refuse("it has %d bytes, its header makes %d", info.Size(), size)
	}
	return h, sections, nil
}
