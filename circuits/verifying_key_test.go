package circuits

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"vadium"
)

func TestAdmittedKeyIsTheSameWhateverFormItCameIn(t *testing.T) {
	for _, v := range variants {
		t.Run(v.String(), func(t *testing.T) {
			_, vk := setupToy(t, v, compileToy(t, v))
			compressed, err := serialise(vk)
			must(t, err)
			var raw bytes.Buffer
			must(t, WriteProvingKey(&raw, vk)) // any gnark key has a raw form
			fromCompressed, err := AdmitVerifyingKey(v.system, v.curve, compressed)
			must(t, err)
			fromRaw, err := AdmitVerifyingKey(v.system, v.curve, raw.Bytes())
			must(t, err)
			if !bytes.Equal(fromCompressed, fromRaw) {
				t.Error("raw and compressed serialisation are admitted under different bytes")
			}
			again, err := AdmitVerifyingKey(v.system, v.curve, fromCompressed)
			must(t, err)
			if !bytes.Equal(again, fromCompressed) {
				t.Error("admitting the canonical form changes it")
			}
		})
	}
}

func TestKeyIsRefusedUnderAnotherManifest(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		fewer, unbound, other := f.program, f.program, f.program
		fewer.Public = 0
		unbound.Bound = false
		other.VerifyingKey[0] ^= 1
		for name, p := range map[string]vadium.Program{"fewer publics": fewer, "not bound": unbound, "another digest": other} {
			_, err := LoadVerifyingKey(p, f.vk)
			wantKind(t, err, ErrMalformedKey, name)
		}
		sameSystemOtherCurve := f.program
		sameSystemOtherCurve.Curve = vadium.BN254 + vadium.BLS12381 - f.program.Curve
		_, err := LoadVerifyingKey(sameSystemOtherCurve, f.vk)
		wantKind(t, err, ErrMalformedKey, "another curve")
	})
}

// SP1's published PLONK key carries zeroed pairing lines; gnark reads it and then accepts every proof under it. So
// lines are recomputed at admission, and a manifest that names a key with other lines is refused.
func TestZeroedPairingLinesAreNeverBelieved(t *testing.T) {
	for _, c := range []vadium.Curve{vadium.BN254, vadium.BLS12381} {
		f := fixtureOf(t, variant{vadium.PLONK, c, false})
		zeroed := bytes.Clone(f.vk)
		lines := zeroed[len(zeroed)-4-f.key.lines : len(zeroed)-4]
		clear(lines)
		admitted, err := AdmitVerifyingKey(vadium.PLONK, c, zeroed)
		must(t, err)
		if !bytes.Equal(admitted, f.vk) {
			t.Errorf("%s: admission kept foreign pairing lines", c)
		}
		p := f.program
		p.VerifyingKey = vadium.DigestOf(zeroed)
		_, err = LoadVerifyingKey(p, zeroed)
		wantKind(t, err, ErrMalformedKey, c.String()+": zeroed lines in the blob store")

		// The damage they do is real: under the key as gnark reads it a proof with a garbage opening verifies.
		garbage := bytes.Clone(f.proof)
		copy(garbage[7*f.key.g1():8*f.key.g1()], garbage[:f.key.g1()])
		naive := &VerifyingKey{form: f.key.form, system: vadium.PLONK, curve: c, publics: f.key.publics}
		key := plonk.NewVerifyingKey(mustID(t, c))
		_, err = key.ReadFrom(bytes.NewReader(zeroed))
		must(t, err)
		naive.key = key
		if err := naive.Verify(f.publics, garbage); err != nil {
			t.Errorf("%s: gnark refuses a garbage opening under zeroed lines (%v): the guard may have become unnecessary", c, err)
		}
		wantKind(t, f.key.Verify(f.publics, garbage), ErrInvalidProof, c.String()+": garbage opening under restored lines")
	}
}

func TestKeyWithAnUnconstrainedPublicInputIsRefused(t *testing.T) {
	ccs, err := frontend.Compile(mustID(t, vadium.BN254).ScalarField(), r1cs.NewBuilder, &unbound{})
	must(t, err)
	_, vk, err := groth16.Setup(ccs)
	must(t, err)
	blob, err := serialise(vk)
	must(t, err)
	_, err = AdmitVerifyingKey(vadium.Groth16, vadium.BN254, blob)
	wantKind(t, err, ErrMalformedKey, "a public input in no constraint")
}

// unbound declares a prover it never constrains: a proof made for one prover verifies for every other.
type unbound struct {
	Y      frontend.Variable `gnark:",public"`
	Prover frontend.Variable `gnark:",public"`
	X      frontend.Variable
}

func (c *unbound) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Mul(c.X, c.X))
	return nil
}

func TestDegenerateKeysAreRefused(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	point := strayG2(t)
	stray := point.Bytes()
	mutants := map[string]func([]byte) []byte{
		"G2 beta outside its subgroup": func(b []byte) []byte { copy(b[64:], stray[:]); return b },
		"G1 alpha at infinity":         func(b []byte) []byte { clear(b[:32]); b[0] = 0x40; return b },
		"G2 beta at infinity":          func(b []byte) []byte { clear(b[64:128]); b[64] = 0x40; return b },
		"trailing byte":                func(b []byte) []byte { return append(b, 0) },
		"one byte short":               func(b []byte) []byte { return b[:len(b)-1] },
		"empty":                        func([]byte) []byte { return nil },
		"count of inputs 2^32-1":       func(b []byte) []byte { binary.BigEndian.PutUint32(b[288:], 0xffffffff); return b },
		"count of commitment keys":     func(b []byte) []byte { binary.BigEndian.PutUint32(b[len(b)-4:], 0xffffffff); return b },
		"too long":                     func([]byte) []byte { return make([]byte, MaxVerifyingKeyBytes+1) },
	}
	for name, mutate := range mutants {
		_, err := AdmitVerifyingKey(vadium.Groth16, vadium.BN254, mutate(bytes.Clone(f.vk)))
		wantKind(t, err, ErrMalformedKey, name)
	}
	universal := fixtureOf(t, variant{vadium.PLONK, vadium.BN254, false})
	foreignGenerator := bytes.Clone(universal.vk)
	foreignGenerator[8+8+8+32+31] ^= 1
	_, err := AdmitVerifyingKey(vadium.PLONK, vadium.BN254, foreignGenerator)
	wantKind(t, err, ErrMalformedKey, "PLONK key with another domain generator")
	kzg := len(universal.vk) - 4 - universal.key.lines - 2*64
	atInfinity := bytes.Clone(universal.vk)
	clear(atInfinity[kzg+64 : kzg+128])
	atInfinity[kzg+64] = 0x40
	_, err = AdmitVerifyingKey(vadium.PLONK, vadium.BN254, atInfinity)
	wantKind(t, err, ErrMalformedKey, "PLONK key with tau G2 at infinity")
	strayKZG := bytes.Clone(universal.vk)
	copy(strayKZG[kzg+64:], stray[:])
	_, err = AdmitVerifyingKey(vadium.PLONK, vadium.BN254, strayKZG)
	wantKind(t, err, ErrMalformedKey, "PLONK key with tau G2 outside its subgroup")
}

// FuzzAdmitVerifyingKey looks for panics and runaway allocations; what is admitted must be a fixed point.
func FuzzAdmitVerifyingKey(f *testing.F) {
	for i, v := range variants {
		f.Add(uint8(i), fixtureOf(f, v).vk)
	}
	f.Fuzz(func(t *testing.T, i uint8, blob []byte) {
		v := variants[int(i)%len(variants)]
		admitted, err := AdmitVerifyingKey(v.system, v.curve, blob)
		if err != nil {
			return
		}
		again, err := AdmitVerifyingKey(v.system, v.curve, admitted)
		if err != nil || !bytes.Equal(again, admitted) {
			t.Fatalf("admitting %x twice: %v", blob, err)
		}
	})
}

// Mutants of honest keys are admitted rarely (unused fields), loaded never: the digest pins the bytes.
func TestMutatedKeysDoNotPanic(t *testing.T) {
	const seed, mutants = 11, 60
	rng := rand.New(rand.NewPCG(seed, seed))
	eachVariant(t, func(t *testing.T, f *fixture) {
		for range mutants {
			b := bytes.Clone(f.vk)
			b[rng.IntN(min(len(b), 1200))] ^= byte(1 + rng.IntN(255))
			admitted, err := AdmitVerifyingKey(f.program.System, f.program.Curve, b)
			if err == nil && bytes.Equal(admitted, b) && bytes.Equal(b, f.vk) {
				t.Fatalf("seed %d: a mutant equals the key", seed)
			}
			if _, err := LoadVerifyingKey(f.program, b); err == nil {
				t.Fatalf("seed %d: a mutant loads under the key's digest", seed)
			}
		}
	})
}
