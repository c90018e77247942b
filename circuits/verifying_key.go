package circuits

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"

	"vadium"
)

// ErrMalformedKey refuses a verifying key that gnark did not write, that is not in canonical serialisation, or that
// nobody should verify under.
const ErrMalformedKey vadium.Kind = "verifying-key-malformed"

// Limits of a verifying key. They bound what admission reads and what one verification costs.
const (
	// MaxVerifyingKeyBytes bounds a serialised key; a BLS12-381 PLONK key holds 48 kB of pairing lines.
	MaxVerifyingKeyBytes = 1 << 20
	// MaxPublicInputs bounds a circuit's public inputs: each costs every verification one scalar multiplication.
	MaxPublicInputs = 1024
	// MaxCommitments bounds the BSB22 commitments of a circuit (gnark uses one for all lookups and range checks).
	MaxCommitments = 8
	// MaxDomain bounds the rows of a PLONK circuit, 2^26: far above what a machine proves.
	MaxDomain = 1 << 26
)

// VerifyingKey is a program's parsed verifying key. It is immutable and safe for concurrent use.
type VerifyingKey struct {
	form
	system      vadium.ProofSystem
	curve       vadium.Curve
	publics     int // public inputs of the circuit, binding included
	commitments int // BSB22 commitments
	key         gnarkKey
}

// gnarkKey is what gnark's Groth16 and PLONK keys share.
type gnarkKey interface {
	io.WriterTo
	io.ReaderFrom
}

// AdmitVerifyingKey parses a verifying key as gnark wrote it, compressed or raw, checks it, and returns its canonical
// serialisation (gnark's compressed form, pairing lines recomputed), whose digest names it from then on. All points
// must be on the curve, in their subgroup and, where that would make checks vacuous, not infinity. Every error is an
// [ErrMalformedKey].
func AdmitVerifyingKey(system vadium.ProofSystem, curve vadium.Curve, blob []byte) ([]byte, error) {
	vk, err := parseVerifyingKey(system, curve, blob, true)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedKey, err)
	}
	canonical, err := serialise(vk.key)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedKey, err)
	}
	// Raw points were not held against the infinity rules, nor against the curve equation where gnark skips it.
	// The compressed form is: whatever passes here is what every verifier will load.
	if _, err := parseVerifyingKey(system, curve, canonical, false); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedKey, err)
	}
	return canonical, nil
}

// LoadVerifyingKey parses the canonical key blob of p. The blob's digest and its number of public inputs must be the
// manifest's. KZG pairing lines are recomputed, never taken from the blob: zeroed lines accept any proof. Every error
// is an [ErrMalformedKey].
func LoadVerifyingKey(p vadium.Program, blob []byte) (*VerifyingKey, error) {
	if got := vadium.DigestOf(blob); got != p.VerifyingKey {
		return nil, fmt.Errorf("verifying key of program %s has digest %s, the manifest says %s: %w",
			p.Name, got, p.VerifyingKey, ErrMalformedKey)
	}
	vk, err := parseVerifyingKey(p.System, p.Curve, blob, false)
	if err != nil {
		return nil, fmt.Errorf("verifying key of program %s: %w: %v", p.Name, ErrMalformedKey, err)
	}
	if vk.publics != circuitPublics(p) {
		return nil, fmt.Errorf("verifying key of program %s takes %d public inputs, the manifest says %d: %w",
			p.Name, vk.publics, circuitPublics(p), ErrMalformedKey)
	}
	return vk, nil
}

// parseVerifyingKey guards, parses and checks a key. Unless foreign, the blob must be canonical.
func parseVerifyingKey(system vadium.ProofSystem, curve vadium.Curve, blob []byte, foreign bool) (*VerifyingKey, error) {
	f, err := formOf(curve)
	if err != nil {
		return nil, err
	}
	if len(blob) > MaxVerifyingKeyBytes {
		return nil, fmt.Errorf("it has %d bytes, at most %d are allowed", len(blob), MaxVerifyingKeyBytes)
	}
	vk := &VerifyingKey{form: f, system: system, curve: curve}
	w := walk{form: f, rest: blob, allowRaw: foreign}
	switch system {
	case vadium.Groth16:
		vk.publics, vk.commitments = w.groth16Key()
	case vadium.PLONK:
		vk.publics, vk.commitments = w.plonkKey()
	default:
		return nil, fmt.Errorf("%s is not supported", system)
	}
	if err := w.end(); err != nil {
		return nil, err
	}
	if err := vk.decode(blob); err != nil {
		return nil, err
	}
	if foreign {
		return vk, nil
	}
	if again, err := serialise(vk.key); err != nil || !bytes.Equal(again, blob) {
		return nil, errors.New("it is not in canonical serialisation (register the program again)")
	}
	return vk, nil
}

// decode hands guarded bytes to gnark, whose readers check curve and subgroup, and then recomputes what must not be
// believed.
func (vk *VerifyingKey) decode(blob []byte) (err error) {
	defer recovered("parse verifying key", &err)
	id, err := curveID(vk.curve)
	if err != nil {
		return err
	}
	if vk.system == vadium.Groth16 {
		vk.key = groth16.NewVerifyingKey(id)
	} else {
		vk.key = plonk.NewVerifyingKey(id)
	}
	n, err := vk.key.ReadFrom(bytes.NewReader(blob))
	if err != nil {
		return err
	}
	if n != int64(len(blob)) {
		return fmt.Errorf("gnark read %d bytes of %d", n, len(blob))
	}
	if vk.system == vadium.PLONK {
		return restorePLONKKey(vk.key)
	}
	return nil
}

// groth16Key follows (*groth16.VerifyingKey).WriteTo and returns the numbers of public inputs and of commitments.
func (w *walk) groth16Key() (publics, commitments int) {
	w.point("alpha", w.g1(), neverInfinity)
	w.point("beta", w.g1(), neverInfinity)
	w.point("beta", w.g2(), neverInfinity)
	w.point("gamma", w.g2(), neverInfinity)
	w.point("delta", w.g1(), neverInfinity)
	w.point("delta", w.g2(), neverInfinity)
	k := w.countUpTo("public inputs", MaxPublicInputs+MaxCommitments+1)
	if k == 0 {
		w.fail("public inputs: the constant wire is missing")
	}
	for i := range k {
		rule := neverInfinity // an input whose point is infinity is in no constraint: any value of it verifies
		if i == 0 {
			rule = maybeInfinity
		}
		w.point(fmt.Sprintf("public input %d (0 is the constant) must be constrained", i), w.g1(), rule)
	}
	commitments = w.countUpTo("commitments", MaxCommitments)
	publics = k - 1 - commitments
	if publics < 0 {
		w.fail("public inputs: %d points for %d commitments", k, commitments)
	}
	for i := range commitments {
		// Commitment i may hash public inputs (from 1) and earlier commitments. gnark's verifier indexes with these.
		for range w.countUpTo("committed inputs", k) {
			if n := w.number("committed input", uint64(publics+i)); n == 0 {
				w.fail("committed input: index 0 is the constant")
			}
		}
	}
	w.count("commitment keys", commitments)
	for range commitments {
		w.point("commitment key", w.g2(), neverInfinity)
		w.point("commitment key", w.g2(), neverInfinity)
	}
	return publics, commitments
}

// plonkKey follows (*plonk.VerifyingKey).WriteTo, key version 1, and returns the numbers of public inputs and of
// commitments. Selector commitments may be infinity: a circuit without constants has a zero selector polynomial.
func (w *walk) plonkKey() (publics, commitments int) {
	if version := [2]uint64{w.number("version marker", math.MaxUint64), w.number("version", math.MaxUint64)}; version != [2]uint64{0, 1} {
		w.fail("unsupported serialisation version (write the key again with gnark 0.16)")
	}
	size := w.number("domain", MaxDomain)
	w.scalar("inverse of the domain")
	w.scalar("generator")
	publics = int(w.number("public inputs", MaxPublicInputs))
	if uint64(publics) > size {
		w.fail("public inputs: %d do not fit a domain of %d", publics, size)
	}
	w.scalar("coset shift")
	for _, name := range []string{"S1", "S2", "S3", "Ql", "Qr", "Qm", "Qo", "Qk"} {
		w.point(name, w.g1(), maybeInfinity)
	}
	commitments = w.countUpTo("commitments", MaxCommitments)
	for range commitments {
		w.point("Qcp", w.g1(), maybeInfinity)
	}
	w.point("KZG G1", w.g1(), neverInfinity)
	w.point("KZG G2", w.g2(), neverInfinity)
	w.point("KZG tau G2", w.g2(), neverInfinity)
	w.take("pairing lines", w.lines)
	w.count("commitment rows", commitments)
	for range commitments {
		if row := w.number("commitment row", MaxDomain); row+uint64(publics) >= size {
			w.fail("commitment row %d is outside the domain", row)
		}
	}
	return publics, commitments
}

func serialise(from io.WriterTo) ([]byte, error) {
	var b bytes.Buffer
	if _, err := from.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// recovered turns a panic inside gnark into an error. It cannot help against allocations without bound: the guards do.
func recovered(doing string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: panic: %v", doing, r)
	}
}
