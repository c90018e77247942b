package keyfile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"unsafe"

	"vadium"
)

// ErrMalformed refuses a proving key that is not what gnark writes.
var ErrMalformed = errors.New("the proving key is malformed")

// importer reads a canonical blob and writes sections.
type importer struct {
	in   *bufio.Reader
	left uint64 // bytes of the blob that have not been read

	out    *bufio.Writer
	sum    hash.Hash
	offset int64
}

// take reads exactly len(b) bytes.
func (i *importer) take(b []byte) error {
	if uint64(len(b)) > i.left {
		return fmt.Errorf("%w: it ends too soon", ErrMalformed)
	}
	i.left -= uint64(len(b))
	if _, err := io.ReadFull(i.in, b); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return nil
}

// count reads a number of size bytes that counts elements of so many bytes, which must be there.
func (i *importer) count(size int, element uint64) (uint64, error) {
	var b [8]byte
	if err := i.take(b[8-size:]); err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint64(b[:])
	if n > i.left/element {
		return 0, fmt.Errorf("%w: it announces %d elements of %d bytes, and has %d bytes left", ErrMalformed, n, element, i.left)
	}
	return n, nil
}

func (i *importer) put(b []byte) error {
	i.offset += int64(len(b))
	i.sum.Write(b)
	_, err := i.out.Write(b)
	return err
}

// align ends a section.
func (i *importer) align() error {
	return i.put(make([]byte, -i.offset&(alignment-1)))
}

// memory is an element as it lies in memory. T holds no pointers: it is a point or a scalar.
func memory[T any](e *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(e)), unsafe.Sizeof(*e)) //nolint:gosec // its own bytes
}

// points converts n points and ends the section.
func points[P any](i *importer, n uint64, decode func(raw []byte, p *P) error) error {
	raw := make([]byte, unsafe.Sizeof(*new(P)))
	for range n {
		if err := i.take(raw); err != nil {
			return err
		}
		var p P
		if err := decode(raw, &p); err != nil {
			return fmt.Errorf("%w: %v", ErrMalformed, err)
		}
		if err := i.put(memory(&p)); err != nil {
			return err
		}
	}
	return i.align()
}

func table[E any](i *importer, tables ...[]E) error {
	for _, t := range tables {
		for j := range t {
			if err := i.put(memory(&t[j])); err != nil {
				return err
			}
		}
	}
	return i.align()
}

// flags copies n booleans and returns how many are true.
func (i *importer) flags(n uint64) (set uint64, err error) {
	chunk := make([]byte, 4096)
	for n > 0 {
		b := chunk[:min(n, uint64(len(chunk)))]
		if err := i.take(b); err != nil {
			return 0, err
		}
		for _, flag := range b {
			if flag > 1 {
				return 0, fmt.Errorf("%w: a flag is %d", ErrMalformed, flag)
			}
			set += uint64(flag)
		}
		if err := i.put(b); err != nil {
			return 0, err
		}
		n -= uint64(len(b))
	}
	return set, i.align()
}

// domain reads the evaluation domain, which must be gnark's own for its size.
func (i *importer) domain(own func(cardinality uint64) (io.WriterTo, error)) (uint64, error) {
	var b [8]byte
	if err := i.take(b[:]); err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint64(b[:])
	// A key has a point of Z for each row but one, so the blob is longer than this; it bounds what own allocates.
	if n < 2 || n&(n-1) != 0 || n > i.left/32 {
		return 0, fmt.Errorf("%w: a domain of %d", ErrMalformed, n)
	}
	d, err := own(n)
	if err != nil {
		return 0, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	var want bytes.Buffer
	if _, err := d.WriteTo(&want); err != nil {
		return 0, err
	}
	got := make([]byte, want.Len()-8)
	if err := i.take(got); err != nil {
		return 0, err
	}
	if !bytes.Equal(got, want.Bytes()[8:]) {
		return 0, fmt.Errorf("%w: the domain is not gnark's", ErrMalformed)
	}
	return n, nil
}

// convert reads the blob into out, all but the header, which it returns.
func convert[P1, P2, E any](i *importer, c curve[P1, P2, E]) (*header, error) {
	h, s := &header{Magic: magic, Version: version, Order: nativeOrder()}, c.sizes()
	var err error
	if h.Cardinality, err = i.domain(func(n uint64) (io.WriterTo, error) { return c.domain(n) }); err != nil {
		return nil, err
	}
	if err := points(i, 3, c.g1); err != nil {
		return nil, err
	}
	for _, n := range []*uint64{&h.A, &h.B, &h.Z, &h.K} {
		if *n, err = i.count(4, s.g1); err != nil {
			return nil, err
		}
		if err := points(i, *n, c.g1); err != nil {
			return nil, err
		}
	}
	if err := points(i, 2, c.g2); err != nil {
		return nil, err
	}
	if h.B2, err = i.count(4, s.g2); err != nil {
		return nil, err
	}
	if err := points(i, h.B2, c.g2); err != nil {
		return nil, err
	}
	if err := i.infinities(h); err != nil {
		return nil, err
	}
	d, err := c.domain(h.Cardinality)
	if err != nil {
		return nil, err
	}
	twiddles, inverse, coset, cosetInverse := c.tables(d)
	for _, t := range [][][]E{twiddles, inverse, {coset}, {cosetInverse}} {
		if err := table(i, t...); err != nil {
			return nil, err
		}
	}
	if err := commitments(i, h, c); err != nil {
		return nil, err
	}
	if i.left != 0 {
		return nil, fmt.Errorf("%w: %d bytes follow it", ErrMalformed, i.left)
	}
	return h, nil
}

func (i *importer) infinities(h *header) (err error) {
	if h.Wires, err = i.count(8, 2); err != nil {
		return err
	}
	for _, n := range []*uint64{&h.InfinityA, &h.InfinityB} {
		if *n, err = i.count(8, 1); err != nil {
			return err
		}
	}
	for _, want := range []uint64{h.InfinityA, h.InfinityB} {
		// gnark writes booleans without a count.
		got, err := i.flags(h.Wires)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%w: %d points at infinity, it says %d", ErrMalformed, got, want)
		}
	}
	// gnark's prover takes A and B to hold exactly the points that are not at infinity.
	if h.A != h.Wires-h.InfinityA || h.B != h.Wires-h.InfinityB || h.B2 != h.B {
		return fmt.Errorf("%w: its counts do not fit each other", ErrMalformed)
	}
	return nil
}

func commitments[P1, P2, E any](i *importer, h *header, c curve[P1, P2, E]) (err error) {
	if h.Commitments, err = i.count(4, 8); err != nil {
		return err
	}
	if h.Commitments > maxCommitments {
		return fmt.Errorf("%w: %d commitments, at most %d", ErrMalformed, h.Commitments, maxCommitments)
	}
	for k := range h.Commitments {
		for side := range 2 {
			n, err := i.count(4, c.sizes().g1)
			if err != nil {
				return err
			}
			if side == 1 && n != h.Basis[k] {
				return fmt.Errorf("%w: a commitment's bases differ in length", ErrMalformed)
			}
			h.Basis[k] = n
			if err := points(i, n, c.g1); err != nil {
				return err
			}
		}
	}
	return nil
}

// Import converts p's proving-key blob and returns the key file's header checksum. out is written from its start.
func importKey(ctx context.Context, blob, out *os.File, p vadium.Program) error {
	i := &importer{left: p.ProvingKeyBytes, sum: sha256.New(), offset: headerBytes, out: bufio.NewWriterSize(out, 1<<20)}
	digest := sha256.New()
	whole := io.NewSectionReader(blob, 0, int64(min(p.ProvingKeyBytes, 1<<62))+1)
	i.in = bufio.NewReaderSize(patient{ctx, io.TeeReader(whole, digest)}, 1<<20)
	if _, err := out.Seek(headerBytes, io.SeekStart); err != nil {
		return err
	}
	h, s, err := convertFor(i, p)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, i.in); err != nil { // there is nothing left but what should not be there
		return err
	}
	if got := vadium.Digest(digest.Sum(nil)); got != p.ProvingKey {
		return fmt.Errorf("%w: its digest is %s, the manifest says %s (fetch it again)", ErrMalformed, got, p.ProvingKey)
	}
	h.Curve, h.Key, h.KeyBytes = uint32(p.Curve), p.ProvingKey, p.ProvingKeyBytes
	h.Checksum = vadium.Digest(i.sum.Sum(nil))
	_, size, err := h.layout(s)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if size != i.offset {
		panic(fmt.Sprintf("invariant: what is written is what the layout says: %d bytes, %d", i.offset, size))
	}
	h.Size = uint64(size)
	if err := i.out.Flush(); err != nil {
		return err
	}
	_, err = out.WriteAt(h.encode(), 0)
	return err
}
