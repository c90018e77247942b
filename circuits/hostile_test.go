package circuits

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	bls12381fp "github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	bn254fp "github.com/consensys/gnark-crypto/ecc/bn254/fp"

	"vadium"
)

// hostile is a way to change an artefact, and what the refusal has to say.
type hostile struct {
	name   string
	change func(b []byte) []byte
	says   string
}

// huge is what a length prefix says that stands for some 100 GB: 2^32-1 points or scalars, 2^40 rows.
var huge = []byte{0xff, 0xff, 0xff, 0xff}

func put(at int, field ...byte) func([]byte) []byte {
	return func(b []byte) []byte { copy(b[at:], field); return b }
}

// mostRefused bounds what a refusal may allocate, in bytes. Parsing what the guards let pass takes some hundred kB; what gnark
// allocates for the first of these prefixes is 274 GB.
const mostRefused = 4 << 20

// refusedCheaply asserts that each hostile change is refused for its own reason, without taking its word for a length.
func refusedCheaply(t *testing.T, artefact []byte, kind vadium.Kind, cases []hostile, take func(b []byte) error) {
	t.Helper()
	if err := take(bytes.Clone(artefact)); err != nil {
		t.Fatalf("the honest artefact is refused: %v", err)
	}
	for _, c := range cases {
		b := c.change(bytes.Clone(artefact))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := take(b)
		runtime.ReadMemStats(&after)
		wantKind(t, err, kind, c.name)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.name, err, c.says)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > mostRefused {
			t.Errorf("%s: refusing it allocates %d bytes, at most %d are expected", c.name, used, mostRefused)
		}
	}
}

// hostilePoints are changes of the point of G1 at g1 and that of G2 at g2.
func hostilePoints(t *testing.T, f *fixture, g1, g2 int) []hostile {
	t.Helper()
	k := f.key
	infinity := func(length int) []byte { return append([]byte{k.infinity}, make([]byte, length-1)...) }
	modulus := bn254fp.Modulus()
	if f.program.Curve == vadium.BLS12381 {
		modulus = bls12381fp.Modulus()
	}
	aliased := func(length int) []byte { // the coordinate's least alias: the modulus itself, which is 0 when reduced
		b := modulus.FillBytes(make([]byte, length))
		b[0] |= k.smallest
		return b
	}
	cases := []hostile{
		{"a point of G1 with the flags of an uncompressed one", func(b []byte) []byte { b[g1] &^= k.mask; return b }, ""},
		{"a point of G1 at infinity", put(g1, infinity(k.g1())...), "infinity is not allowed"},
		{"a point of G2 at infinity", put(g2, infinity(k.g2())...), "infinity is not allowed"},
		{"an infinity that is not zero", put(g1, append(infinity(k.g1())[:k.g1()-1], 1)...), "infinity is not allowed"},
		{"a coordinate in G1 that is not below the modulus", put(g1, aliased(k.g1())...), "invalid fp.Element encoding"},
		{"a point of G2 outside its subgroup", put(g2, strayInG2(t, f.program.Curve)...), "subgroup"},
		{"a trailing byte", func(b []byte) []byte { return append(b, 0) }, ""},
		{"a byte short", func(b []byte) []byte { return b[:len(b)-1] }, ""},
		{"nothing", func([]byte) []byte { return nil }, ""},
	}
	if f.program.Curve == vadium.BLS12381 {
		// (0, 2) is on the curve and of order 3. BN254's G1 has no such points: its order is prime.
		cases = append(cases, hostile{"a point of G1 outside its subgroup", put(g1, append([]byte{k.smallest}, make([]byte, k.g1()-1)...)...), "subgroup"})
	}
	return cases
}

// strayInG2 returns a compressed point on the twist that is not in G2.
func strayInG2(t *testing.T, curve vadium.Curve) []byte {
	t.Helper()
	if curve == vadium.BN254 {
		point := strayG2(t)
		stray := point.Bytes()
		return stray[:]
	}
	for x := byte(1); x < 100; x++ {
		var p bls12381.G2Affine
		var compressed [96]byte
		compressed[95], compressed[0] = x, 0x80
		d := bls12381.NewDecoder(bytes.NewReader(compressed[:]), bls12381.NoSubgroupChecks())
		if d.Decode(&p) == nil && p.IsOnCurve() && !p.IsInSubGroup() {
			return compressed[:]
		}
	}
	t.Fatal("no stray point found")
	return nil
}

func TestHostileGroth16ProofsAreRefusedCheaply(t *testing.T) {
	for _, v := range groth16Variants {
		t.Run(v.String(), func(t *testing.T) {
			f := fixtureOf(t, v)
			g1, g2 := f.key.g1(), f.key.g2()
			cases := append(hostilePoints(t, f, 0, g1),
				hostile{"2^32-1 commitments", put(2*g1+g2, huge...), "commitments: count is 4294967295, at most"},
				hostile{"a commitment too many", put(2*g1+g2, 0, 0, 0, byte(f.key.commitments+1)), "commitments: count is"},
				hostile{"A uncompressed", func(b []byte) []byte { b[0] &^= f.key.mask; return b }, "A: flag bits"},
				hostile{"a megabyte", func(b []byte) []byte { return make([]byte, 1<<20) }, "proof has 1048576 bytes, want"},
			)
			refusedCheaply(t, f.proof, ErrMalformedProof, cases, func(b []byte) error { return f.key.Verify(f.publics, b) })
			refusedCheaply(t, f.proof, ErrMalformedProof, cases, func(b []byte) error {
				return f.key.VerifyBatch(nil, []Claim{{f.publics, f.proof}, {f.publics, b}, {f.publics, f.proof}})[1]
			})
		})
	}
}

func TestHostilePLONKProofsAreRefusedCheaply(t *testing.T) {
	for _, v := range variants {
		if v.system != vadium.PLONK {
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			f := fixtureOf(t, v)
			counts := countOffsets(f)
			atOrder := f.key.order.FillBytes(make([]byte, 32))
			var points []hostile
			for _, h := range hostilePoints(t, f, 0, 0) {
				if !strings.Contains(h.name, "G2") { // a PLONK proof has none
					points = append(points, h)
				}
			}
			refusedCheaply(t, f.proof, ErrMalformedProof, append(points,
				hostile{"2^32-1 claimed values", put(counts[0], huge...), "claimed values: count is 4294967295, at most"},
				hostile{"2^32-1 commitments", put(counts[1], huge...), "commitments: count is 4294967295, at most"},
				hostile{"a claimed value at the order", put(counts[0]+4, atOrder...), "claimed value: not below the order"},
				hostile{"a shifted claimed value of 2^256-1", put(counts[1]-32, bytes.Repeat([]byte{0xff}, 32)...), "shifted claimed value: not below the order"},
			), func(b []byte) error { return f.key.Verify(f.publics, b) })
		})
	}
}

// gnark's own form of public inputs begins with three lengths that it allocates by. Ours has none: there is nothing to lie with
// but the length of the message itself.
func TestHostilePublicInputsAreRefusedCheaply(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		header := bytes.Repeat(huge, 3)
		refusedCheaply(t, f.publics, ErrMalformedInput, []hostile{
			{"gnark's header of 2^32-1 scalars", func(b []byte) []byte { return slices.Concat(header, b) }, "has 108 bytes, the program takes 3 scalars of 32 bytes"},
			{"an input at the order", put(32, f.key.order.FillBytes(make([]byte, 32))...), "scalar 1 of the list of public inputs is not below the order"},
			{"an input of 2^256-1", put(64, bytes.Repeat([]byte{0xff}, 32)...), "scalar 2 of the list of public inputs is not below the order"},
			{"a trailing byte", func(b []byte) []byte { return append(b, 0) }, "has 97 bytes"},
			{"a scalar more", func(b []byte) []byte { return append(b, make([]byte, 32)...) }, "has 128 bytes"},
			{"nothing", func([]byte) []byte { return nil }, "has 0 bytes"},
		}, func(b []byte) error { return f.key.Verify(b, f.proof) })
	})
}

func TestHostileGroth16KeysAreRefusedCheaply(t *testing.T) {
	for _, v := range groth16Variants {
		t.Run(v.String(), func(t *testing.T) {
			f := fixtureOf(t, v)
			g1, g2 := f.key.g1(), f.key.g2()
			k := 3*g1 + 3*g2
			commitments := k + 4 + (1+f.key.publics+f.key.commitments)*g1
			keys := len(f.vk) - 4 - f.key.commitments*2*g2
			cases := append(hostilePoints(t, f, 0, 2*g1),
				hostile{"2^32-1 public inputs", put(k, huge...), "public inputs: count is 4294967295, at most 1033"},
				hostile{"no public inputs", put(k, 0, 0, 0, 0), "public inputs"},
				hostile{"2^32-1 commitments", put(commitments, huge...), "commitments: count is 4294967295, at most 8"},
				hostile{"2^32-1 commitment keys", put(keys, huge...), "commitment keys: count is 4294967295, at most"},
				hostile{"a public input in no constraint", put(k+4+g1, append([]byte{f.key.infinity}, make([]byte, g1-1)...)...), "must be constrained"},
				hostile{"larger than any key", func([]byte) []byte { return make([]byte, MaxVerifyingKeyBytes+1) }, "at most 1048576 are allowed"},
			)
			if v.committed {
				cases = append(cases, hostile{"2^32-1 committed inputs", put(commitments+4, huge...), "committed inputs: count is 4294967295, at most"})
			}
			refusedCheaply(t, f.vk, ErrMalformedKey, cases, func(b []byte) error {
				_, err := AdmitVerifyingKey(v.system, v.curve, b)
				return err
			})
		})
	}
}

func TestHostilePLONKKeysAreRefusedCheaply(t *testing.T) {
	for _, v := range variants {
		if v.system != vadium.PLONK {
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			f := fixtureOf(t, v)
			g1 := f.key.g1()
			const selectors = 16 + 8 + 32 + 32 + 8 + 32 // versions, domain, its inverse, generator, publics, coset shift
			qcp := selectors + 8*g1
			kzg := qcp + 4 + f.key.commitments*g1
			rows := len(f.vk) - 4 - 8*f.key.commitments
			number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
			cases := append(hostilePoints(t, f, kzg, kzg+g1),
				hostile{"2^32-1 commitments", put(qcp, huge...), "commitments: count is 4294967295, at most 8"},
				hostile{"2^32-1 commitment rows", put(rows, huge...), "commitment rows: count is 4294967295, at most"},
				hostile{"2^40 rows", put(16, number(1<<40)...), "domain: 1099511627776 is above 67108864"},
				hostile{"2^40 public inputs", put(88, number(1<<40)...), "public inputs: 1099511627776 is above 1024"},
				hostile{"an inverse at the order", put(24, f.key.order.FillBytes(make([]byte, 32))...), "inverse of the domain: not below the order"},
				hostile{"another generator", func(b []byte) []byte { b[87] ^= 1; return b }, "not gnark's"},
				hostile{"another version", put(8, number(2)...), "unsupported serialisation version"},
			)
			if v.committed {
				cases = append(cases, hostile{"a commitment outside the domain", put(rows+4, number(MaxDomain)...), "outside the domain"})
			}
			admit := func(b []byte) error {
				_, err := AdmitVerifyingKey(v.system, v.curve, b)
				return err
			}
			refusedCheaply(t, f.vk, ErrMalformedKey, cases, admit)
			// Zeroed pairing lines are not refused at admission but never believed: see TestZeroedPairingLinesAreNeverBelieved.
			zeroed := bytes.Clone(f.vk)
			clear(zeroed[rows-f.key.lines : rows])
			refusedCheaply(t, f.vk, ErrMalformedKey, []hostile{{"zeroed lines under a manifest", func([]byte) []byte { return zeroed }, "not in canonical serialisation"}},
				func(b []byte) error {
					p := f.program
					p.VerifyingKey = vadium.DigestOf(b)
					_, err := LoadVerifyingKey(p, b)
					return err
				})
		})
	}
}

// FuzzVerifyBatch changes one of three proofs and wants every verdict to be what it is alone. The change is relative to the
// proof, because every process that fuzzes makes keys of its own.
func FuzzVerifyBatch(f *testing.F) {
	for i := range groth16Variants {
		f.Add(uint8(i), uint8(1), uint16(0), []byte{0x40})
		f.Add(uint8(i), uint8(0), uint16(128), huge)
		f.Add(uint8(i), uint8(2), uint16(195), []byte{})
	}
	f.Fuzz(func(t *testing.T, i, at uint8, offset uint16, change []byte) {
		v := groth16Variants[int(i)%len(groth16Variants)]
		fx := fixtureOf(t, v)
		claims := []Claim{{fx.publics, fx.proof}, {fx.publics, fx.proof}, {fx.publics, fx.proof}}
		changed := bytes.Clone(fx.proof)
		for n, x := range change {
			if p := int(offset) + n; p < len(changed) {
				changed[p] ^= x
			}
		}
		claims[int(at)%3].Proof = changed
		for n, got := range fx.key.VerifyBatch(nil, claims) {
			want := fx.key.Verify(claims[n].PublicInputs, claims[n].Proof)
			if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
				t.Fatalf("proof %d: in the batch %v, alone %v", n, got, want)
			}
			if got == nil && !bytes.Equal(claims[n].Proof, fx.proof) {
				t.Fatalf("%x verifies and is not the honest proof", claims[n].Proof)
			}
		}
	})
}
