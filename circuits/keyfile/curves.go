package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unsafe"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	bls12381fr "github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	bls12381fft "github.com/consensys/gnark-crypto/ecc/bls12-381/fr/fft"
	bls12381pedersen "github.com/consensys/gnark-crypto/ecc/bls12-381/fr/pedersen"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	bn254fr "github.com/consensys/gnark-crypto/ecc/bn254/fr"
	bn254fft "github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	bn254pedersen "github.com/consensys/gnark-crypto/ecc/bn254/fr/pedersen"
	"github.com/consensys/gnark/backend/groth16"
	groth16bls12381 "github.com/consensys/gnark/backend/groth16/bls12-381"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"

	"vadium"
)

// curve is what the importer needs to know of one.
type curve[P1, P2, E any] struct {
	g1     func(raw []byte, p *P1) error
	g2     func(raw []byte, p *P2) error
	domain func(cardinality uint64) (io.WriterTo, error)
	tables func(domain io.WriterTo) (twiddles, inverse [][]E, coset, cosetInverse []E)
}

func (curve[P1, P2, E]) sizes() sizes {
	return sizes{uint64(unsafe.Sizeof(*new(P1))), uint64(unsafe.Sizeof(*new(P2))), uint64(unsafe.Sizeof(*new(E)))}
}

var errOffCurve = errors.New("a point is not on the curve")

// uncompressed is what the first three bits of a raw point may be: a point, or infinity. The flags are gnark-crypto's.
func uncompressed(raw []byte) error {
	if raw[0]&0x80 != 0 || raw[0]&0x60 == 0x60 {
		return errors.New("a point is compressed")
	}
	return nil
}

var onBN254 = curve[bn254.G1Affine, bn254.G2Affine, bn254fr.Element]{
	g1: func(raw []byte, p *bn254.G1Affine) error {
		return decoded(raw, p, bn254.NewDecoder(bytes.NewReader(raw), bn254.NoSubgroupChecks()).Decode, p.IsOnCurve, p.IsInfinity)
	},
	g2: func(raw []byte, p *bn254.G2Affine) error {
		return decoded(raw, p, bn254.NewDecoder(bytes.NewReader(raw), bn254.NoSubgroupChecks()).Decode, p.IsOnCurve, p.IsInfinity)
	},
	domain: func(n uint64) (io.WriterTo, error) {
		if _, err := bn254fft.Generator(n); err != nil {
			return nil, err
		}
		return bn254fft.NewDomain(n), nil
	},
	tables: func(domain io.WriterTo) (twiddles, inverse [][]bn254fr.Element, coset, cosetInverse []bn254fr.Element) {
		d := domain.(*bn254fft.Domain)
		return *field[[][]bn254fr.Element](d, "twiddles"), *field[[][]bn254fr.Element](d, "twiddlesInv"),
			*field[[]bn254fr.Element](d, "cosetTable"), *field[[]bn254fr.Element](d, "cosetTableInv")
	},
}

var onBLS12381 = curve[bls12381.G1Affine, bls12381.G2Affine, bls12381fr.Element]{
	g1: func(raw []byte, p *bls12381.G1Affine) error {
		return decoded(raw, p, bls12381.NewDecoder(bytes.NewReader(raw), bls12381.NoSubgroupChecks()).Decode, p.IsOnCurve, p.IsInfinity)
	},
	g2: func(raw []byte, p *bls12381.G2Affine) error {
		return decoded(raw, p, bls12381.NewDecoder(bytes.NewReader(raw), bls12381.NoSubgroupChecks()).Decode, p.IsOnCurve, p.IsInfinity)
	},
	domain: func(n uint64) (io.WriterTo, error) {
		if _, err := bls12381fft.Generator(n); err != nil {
			return nil, err
		}
		return bls12381fft.NewDomain(n), nil
	},
	tables: func(domain io.WriterTo) (twiddles, inverse [][]bls12381fr.Element, coset, cosetInverse []bls12381fr.Element) {
		d := domain.(*bls12381fft.Domain)
		return *field[[][]bls12381fr.Element](d, "twiddles"), *field[[][]bls12381fr.Element](d, "twiddlesInv"),
			*field[[]bls12381fr.Element](d, "cosetTable"), *field[[]bls12381fr.Element](d, "cosetTableInv")
	},
}

// decoded decodes one point, which takes all of raw.
func decoded(raw []byte, p any, decode func(any) error, onCurve, infinite func() bool) error {
	if err := uncompressed(raw); err != nil {
		return err
	}
	if err := decode(p); err != nil {
		return err
	}
	if !infinite() && !onCurve() {
		return errOffCurve
	}
	return nil
}

// field points to an unexported field of a gnark-crypto domain: its tables can be computed and not set. A version of
// gnark-crypto that names them otherwise, or gives them another type, panics here in every test.
func field[T any](domain any, name string) *T {
	f := reflect.ValueOf(domain).Elem().FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[T]() {
		panic(fmt.Sprintf("invariant: %T of gnark-crypto 0.21 has a field %s of type %v", domain, name, reflect.TypeFor[T]()))
	}
	return (*T)(unsafe.Pointer(f.UnsafeAddr())) //nolint:gosec // the field's own type, checked above
}

// convertFor converts for p's curve.
func convertFor(i *importer, p vadium.Program) (*header, sizes, error) {
	switch p.Curve {
	case vadium.BN254:
		h, err := convert(i, onBN254)
		return h, onBN254.sizes(), err
	case vadium.BLS12381:
		h, err := convert(i, onBLS12381)
		return h, onBLS12381.sizes(), err
	}
	return nil, sizes{}, fmt.Errorf("key files over %s are not supported", p.Curve)
}

func sizesFor(p vadium.Program) (sizes, error) {
	switch p.Curve {
	case vadium.BN254:
		return onBN254.sizes(), nil
	case vadium.BLS12381:
		return onBLS12381.sizes(), nil
	}
	return sizes{}, fmt.Errorf("key files over %s are not supported", p.Curve)
}

// view is a section as a slice of its elements. The section lies within the mapping and on a boundary of 64 bytes, and T
// holds no pointers.
func view[T any](mapping []byte, s section) []T {
	if uint64(unsafe.Sizeof(*new(T))) != s.element || s.offset%alignment != 0 || s.offset+s.bytes() > int64(len(mapping)) {
		panic(fmt.Sprintf("invariant: section %+v lies in a mapping of %d bytes and holds %T", s, len(mapping), *new(T)))
	}
	if s.count == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mapping[s.offset])), s.count) //nolint:gosec // checked above
}

// stages cuts a flat table of twiddles into its stages.
func stages[E any](flat []E, cardinality uint64) (cut [][]E) {
	for half := cardinality / 2; half > 0; half /= 2 {
		cut, flat = append(cut, flat[:1+half:1+half]), flat[1+half:]
	}
	return cut
}

// keyBN254 is a key over a mapping.
func keyBN254(m []byte, h *header, s []section) (groth16.ProvingKey, error) {
	pk := new(groth16bn254.ProvingKey)
	one, two := view[bn254.G1Affine](m, s[0]), view[bn254.G2Affine](m, s[5])
	pk.G1.Alpha, pk.G1.Beta, pk.G1.Delta, pk.G2.Beta, pk.G2.Delta = one[0], one[1], one[2], two[0], two[1]
	pk.G1.A, pk.G1.B = view[bn254.G1Affine](m, s[1]), view[bn254.G1Affine](m, s[2])
	pk.G1.Z, pk.G1.K = view[bn254.G1Affine](m, s[3]), view[bn254.G1Affine](m, s[4])
	pk.G2.B = view[bn254.G2Affine](m, s[6])
	pk.InfinityA, pk.InfinityB = view[bool](m, s[7]), view[bool](m, s[8])
	pk.NbInfinityA, pk.NbInfinityB = h.InfinityA, h.InfinityB
	for i := range h.Commitments {
		pk.CommitmentKeys = append(pk.CommitmentKeys, bn254pedersen.ProvingKey{
			Basis: view[bn254.G1Affine](m, s[13+2*i]), BasisExpSigma: view[bn254.G1Affine](m, s[14+2*i]),
		})
	}
	pk.Domain = *bn254fft.NewDomain(h.Cardinality, bn254fft.WithoutPrecompute())
	*field[[][]bn254fr.Element](&pk.Domain, "twiddles") = stages(view[bn254fr.Element](m, s[9]), h.Cardinality)
	*field[[][]bn254fr.Element](&pk.Domain, "twiddlesInv") = stages(view[bn254fr.Element](m, s[10]), h.Cardinality)
	*field[[]bn254fr.Element](&pk.Domain, "cosetTable") = view[bn254fr.Element](m, s[11])
	*field[[]bn254fr.Element](&pk.Domain, "cosetTableInv") = view[bn254fr.Element](m, s[12])
	*field[bool](&pk.Domain, "withPrecompute") = true
	return pk, nil
}

// keyBLS12381 is a key over a mapping.
func keyBLS12381(m []byte, h *header, s []section) (groth16.ProvingKey, error) {
	pk := new(groth16bls12381.ProvingKey)
	one, two := view[bls12381.G1Affine](m, s[0]), view[bls12381.G2Affine](m, s[5])
	pk.G1.Alpha, pk.G1.Beta, pk.G1.Delta, pk.G2.Beta, pk.G2.Delta = one[0], one[1], one[2], two[0], two[1]
	pk.G1.A, pk.G1.B = view[bls12381.G1Affine](m, s[1]), view[bls12381.G1Affine](m, s[2])
	pk.G1.Z, pk.G1.K = view[bls12381.G1Affine](m, s[3]), view[bls12381.G1Affine](m, s[4])
	pk.G2.B = view[bls12381.G2Affine](m, s[6])
	pk.InfinityA, pk.InfinityB = view[bool](m, s[7]), view[bool](m, s[8])
	pk.NbInfinityA, pk.NbInfinityB = h.InfinityA, h.InfinityB
	for i := range h.Commitments {
		pk.CommitmentKeys = append(pk.CommitmentKeys, bls12381pedersen.ProvingKey{
			Basis: view[bls12381.G1Affine](m, s[13+2*i]), BasisExpSigma: view[bls12381.G1Affine](m, s[14+2*i]),
		})
	}
	pk.Domain = *bls12381fft.NewDomain(h.Cardinality, bls12381fft.WithoutPrecompute())
	*field[[][]bls12381fr.Element](&pk.Domain, "twiddles") = stages(view[bls12381fr.Element](m, s[9]), h.Cardinality)
	*field[[][]bls12381fr.Element](&pk.Domain, "twiddlesInv") = stages(view[bls12381fr.Element](m, s[10]), h.Cardinality)
	*field[[]bls12381fr.Element](&pk.Domain, "cosetTable") = view[bls12381fr.Element](m, s[11])
	*field[[]bls12381fr.Element](&pk.Domain, "cosetTableInv") = view[bls12381fr.Element](m, s[12])
	*field[bool](&pk.Domain, "withPrecompute") = true
	return pk, nil
}
