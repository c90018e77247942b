package circuits

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"vadium"
)

// form describes how gnark writes the points and scalars of a curve: the length of a base-field coordinate, the order
// of the scalar field, and the flag bits in a point's first byte. BN254 keeps two flag bits, BLS12-381 three, as in
// the ZCash format (draft-irtf-cfrg-pairing-friendly-curves, appendix C).
type form struct {
	coordinate int
	order      *big.Int
	lines      int // bytes of a PLONK verifying key's precomputed pairing lines

	mask, smallest, largest, infinity, raw, rawInfinity byte
}

func formOf(c vadium.Curve) (form, error) {
	id, err := curveID(c)
	if err != nil {
		return form{}, err
	}
	if c == vadium.BN254 {
		return form{
			coordinate: 32, order: id.ScalarField(), lines: linesBytesBN254,
			mask: 0xc0, smallest: 0x80, largest: 0xc0, infinity: 0x40, raw: 0x00, rawInfinity: 0x00,
		}, nil
	}
	return form{
		coordinate: 48, order: id.ScalarField(), lines: linesBytesBLS12381,
		mask: 0xe0, smallest: 0x80, largest: 0xa0, infinity: 0xc0, raw: 0x00, rawInfinity: 0x40,
	}, nil
}

func (f form) g1() int { return f.coordinate }
func (f form) g2() int { return 2 * f.coordinate }

// walk steps over serialised fields without building anything from them, so that no length in the bytes is ever
// trusted. The first thing wrong sticks in err and every later step is a no-op.
type walk struct {
	form
	rest     []byte
	allowRaw bool // accept uncompressed points too: gnark's raw serialisation, at admission only
	err      error
}

func (w *walk) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func (w *walk) take(name string, n int) []byte {
	if w.err != nil {
		return nil
	}
	if len(w.rest) < n {
		w.fail("%s: %d bytes are left of %d", name, len(w.rest), n)
		return nil
	}
	field := w.rest[:n]
	w.rest = w.rest[n:]
	return field
}

// infinityRule says whether a point may be, or has to be, the point at infinity.
type infinityRule int

const (
	neverInfinity infinityRule = iota
	maybeInfinity
	alwaysInfinity
)

// point steps over a point of the given compressed length.
func (w *walk) point(name string, length int, rule infinityRule) {
	field := w.take(name, length)
	if field == nil {
		return
	}
	flags := field[0] & w.mask
	if w.allowRaw && (flags == w.raw || flags == w.rawInfinity) {
		w.take(name, length)
		return // the compressed form is walked again, with the rule, once gnark has parsed and rewritten the key
	}
	switch {
	case flags == w.infinity:
		w.atInfinity(name, field, rule)
	case flags != w.smallest && flags != w.largest:
		w.fail("%s: flag bits %#02x are not those of a compressed point", name, flags)
	case rule == alwaysInfinity:
		w.fail("%s: must be the point at infinity", name)
	}
}

func (w *walk) atInfinity(name string, field []byte, rule infinityRule) {
	if rule == neverInfinity {
		w.fail("%s: the point at infinity is not allowed here", name)
		return
	}
	if field[0] != w.infinity || !allZero(field[1:]) {
		w.fail("%s: malformed point at infinity", name)
	}
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

func (w *walk) scalar(name string) {
	if field := w.take(name, vadium.ScalarBytes); field != nil && !canonical(field, w.order) {
		w.fail("%s: not below the order of the scalar field", name)
	}
}

// count steps over a 32-bit length that must equal want.
func (w *walk) count(name string, want int) {
	if got := w.countUpTo(name, want); w.err == nil && got != want {
		w.fail("%s: count is %d, want %d", name, got, want)
	}
}

// countUpTo steps over a 32-bit length of at most limit and returns it.
func (w *walk) countUpTo(name string, limit int) int {
	field := w.take(name, 4)
	if field == nil {
		return 0
	}
	n := binary.BigEndian.Uint32(field)
	if uint64(n) > uint64(limit) {
		w.fail("%s: count is %d, at most %d are possible", name, n, limit)
		return 0
	}
	return int(n)
}

// number steps over a 64-bit number of at most limit and returns it.
func (w *walk) number(name string, limit uint64) uint64 {
	field := w.take(name, 8)
	if field == nil {
		return 0
	}
	n := binary.BigEndian.Uint64(field)
	if n > limit {
		w.fail("%s: %d is above %d", name, n, limit)
		return 0
	}
	return n
}

// end returns the first thing wrong, trailing bytes included.
func (w *walk) end() error {
	if w.err == nil && len(w.rest) > 0 {
		w.fail("%d bytes too many", len(w.rest))
	}
	return w.err
}
