package circuits

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"

	"vadium"
)

func eachVariant(t *testing.T, test func(t *testing.T, f *fixture)) {
	for _, v := range variants {
		t.Run(v.String(), func(t *testing.T) { test(t, fixtureOf(t, v)) })
	}
}

func wantKind(t *testing.T, err error, want vadium.Kind, what string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

func TestProofVerifiesForItsRequestAndProverOnly(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		if err := f.key.Verify(f.publics, f.proof); err != nil {
			t.Fatalf("Verify of an honest proof = %v, want nil", err)
		}
		otherRequest, otherProver := toyRequest, toyProver
		otherRequest[31]++
		otherProver[19]++
		replays := map[string][]byte{
			"another request":   PublicInputs(f.program, f.statement, otherRequest, toyProver),
			"another prover":    PublicInputs(f.program, f.statement, toyRequest, otherProver),
			"another statement": PublicInputs(f.program, scalars(36), toyRequest, toyProver),
		}
		for name, publics := range replays {
			wantKind(t, f.key.Verify(publics, f.proof), ErrInvalidProof, name)
		}
	})
}

func TestPublicInputsMustBeCanonicalAndComplete(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		id, err := curveID(f.program.Curve)
		must(t, err)
		alias := new(big.Int).Add(id.ScalarField(), big.NewInt(35)).FillBytes(make([]byte, 32))
		copied := append(alias, f.publics[32:]...)
		wantKind(t, f.key.Verify(copied, f.proof), ErrMalformedInput, "35 + r instead of 35")
		wantKind(t, CheckStatement(f.program, alias), ErrMalformedInput, "statement 35 + r")
		last := new(big.Int).Sub(id.ScalarField(), big.NewInt(1)).FillBytes(make([]byte, 32))
		if err := CheckStatement(f.program, last); err != nil {
			t.Errorf("CheckStatement(r-1) = %v, want nil", err)
		}
		wantKind(t, CheckStatement(f.program, id.ScalarField().FillBytes(make([]byte, 32))), ErrMalformedInput, "statement r")
		wantKind(t, f.key.Verify(f.publics[:64], f.proof), ErrMalformedInput, "one public input short")
		wantKind(t, f.key.Verify(append(f.publics[:96:96], 0), f.proof), ErrMalformedInput, "one byte more")
		wantKind(t, CheckInput(f.program, f.statement), ErrMalformedInput, "statement as input")
		if err := CheckInput(f.program, f.input); err != nil {
			t.Errorf("CheckInput of the honest input = %v, want nil", err)
		}
	})
}

func TestBindingClearsThreeBitsAndFitsBothFields(t *testing.T) {
	all := vadium.RequestID(bytes.Repeat([]byte{0xff}, 32))
	b := BindingInputs(all, vadium.Account(bytes.Repeat([]byte{0xee}, 20)))
	if b[0] != 0x1f || b[1] != 0xff || b[31] != 0xff {
		t.Errorf("BindingInputs request = %x, want 1fff..ff", b[:32])
	}
	if !allZero(b[32:44]) || b[44] != 0xee || b[63] != 0xee {
		t.Errorf("BindingInputs prover = %x, want 12 zero bytes and the address", b[32:])
	}
	for _, c := range []vadium.Curve{vadium.BN254, vadium.BLS12381} {
		if err := checkScalars(c, b[:], 2, "binding"); err != nil {
			t.Errorf("binding over %s: %v, want canonical", c, err)
		}
	}
}

// Every prefix, every extension, every changed flag bit or count must be stopped by our own guard, before gnark.
func TestGuardStopsWhatIsNotAProof(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		if got, want := f.key.ProofBytes(), len(f.proof); got != want {
			t.Fatalf("ProofBytes = %d, an honest proof has %d", got, want)
		}
		for n := range len(f.proof) {
			if f.key.guardProof(f.proof[:n]) == nil {
				t.Fatalf("the first %d of %d bytes pass the guard", n, len(f.proof))
			}
		}
		if f.key.guardProof(append(bytes.Clone(f.proof), 0)) == nil {
			t.Error("a trailing byte passes the guard")
		}
		flipped := func(offset int, mask byte) []byte {
			b := bytes.Clone(f.proof)
			b[offset] ^= mask
			return b
		}
		if f.key.guardProof(flipped(0, 0x80)) == nil {
			t.Error("an uncompressed first point passes the guard")
		}
		for _, offset := range countOffsets(f) {
			for i := range 4 {
				if f.key.guardProof(flipped(offset+i, 0xff)) == nil {
					t.Errorf("a changed count byte at %d passes the guard", offset+i)
				}
			}
		}
		infinity := bytes.Clone(f.proof)
		clear(infinity[:f.key.g1()])
		infinity[0] = f.key.infinity
		wantKind(t, f.key.Verify(f.publics, infinity), ErrMalformedProof, "first point at infinity")
	})
}

// countOffsets locates the 32-bit counts of a proof.
func countOffsets(f *fixture) []int {
	if f.program.System == vadium.Groth16 {
		return []int{2*f.key.g1() + f.key.g2()}
	}
	return []int{8 * f.key.g1(), len(f.proof) - 4 - f.key.commitments*f.key.g1()}
}

// Four bytes at offset 128 of a BN254 Groth16 proof are the number of commitments. gnark allocates that many points
// before it reads one: 2^32-1 of them end the process, and no recover helps.
func TestCommitmentCountThatKillsGnarkIsStoppedByTheGuard(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	killer := bytes.Clone(f.proof)
	binary.BigEndian.PutUint32(killer[128:], 0xffffffff)
	wantKind(t, f.key.Verify(f.publics, killer), ErrMalformedProof, "killer")
}

func TestScalarAtOrAboveTheOrderInAProofIsMalformed(t *testing.T) {
	for _, c := range []vadium.Curve{vadium.BN254, vadium.BLS12381} {
		f := fixtureOf(t, variant{vadium.PLONK, c, false})
		offset := 8*f.key.g1() + 4
		claimed := new(big.Int).SetBytes(f.proof[offset : offset+32])
		alias := claimed.Add(claimed, f.key.order)
		if alias.BitLen() > 256 {
			continue // this claimed value has no 256-bit alias
		}
		b := bytes.Clone(f.proof)
		alias.FillBytes(b[offset : offset+32])
		wantKind(t, f.key.Verify(f.publics, b), ErrMalformedProof, "claimed value + r over "+c.String())
	}
}

// A point of the twist outside the order-r subgroup must not reach the pairing.
func TestPointOfB_OutsideItsSubgroupIsMalformed(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	point := strayG2(t)
	stray := point.Bytes()
	b := bytes.Clone(f.proof)
	copy(b[32:96], stray[:])
	if err := f.key.guardProof(b); err != nil {
		t.Fatalf("the guard looks at form only, yet: %v", err)
	}
	wantKind(t, f.key.Verify(f.publics, b), ErrMalformedProof, "stray B")
}

// strayG2 returns a point on BN254's twist that is not in G2.
func strayG2(t *testing.T) bn254.G2Affine {
	t.Helper()
	for x := uint64(1); x < 100; x++ {
		var p bn254.G2Affine
		var compressed [64]byte
		compressed[63], compressed[0] = byte(x), 0x80
		d := bn254.NewDecoder(bytes.NewReader(compressed[:]), bn254.NoSubgroupChecks())
		if d.Decode(&p) == nil && p.IsOnCurve() && !p.IsInSubGroup() {
			return p
		}
	}
	t.Fatal("no stray point found")
	return bn254.G2Affine{}
}

// Uniqueness is never keyed on proof bytes: (A/r, rB, C) are other bytes that prove the same statement. This test
// documents it; if it ever fails, gnark has changed and the note in the package comment should too.
func TestMalleatedGroth16ProofVerifiesSoBytesAreNoKey(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	var p groth16bn254.Proof
	_, err := p.ReadFrom(bytes.NewReader(f.proof))
	must(t, err)
	var r, rInv fr.Element
	r.SetUint64(12345)
	rInv.Inverse(&r)
	p.Ar.ScalarMultiplication(&p.Ar, rInv.BigInt(new(big.Int)))
	p.Bs.ScalarMultiplication(&p.Bs, r.BigInt(new(big.Int)))
	other, err := serialise(&p)
	must(t, err)
	if bytes.Equal(other, f.proof) {
		t.Fatal("the malleated proof has the same bytes")
	}
	if err := f.key.Verify(f.publics, other); err != nil {
		t.Errorf("Verify of the malleated proof = %v, want nil", err)
	}
}

// FuzzVerify looks for bytes that pass as a proof without being the honest one, and for panics and runaway
// allocations. The seeds include the count that kills gnark's reader.
func FuzzVerify(f *testing.F) {
	for i, v := range variants {
		fx := fixtureOf(f, v)
		f.Add(uint8(i), fx.proof)
		for _, offset := range countOffsets(fx) {
			killer := bytes.Clone(fx.proof)
			binary.BigEndian.PutUint32(killer[offset:], 0xffffffff)
			f.Add(uint8(i), killer)
		}
		f.Add(uint8(i), fx.proof[:len(fx.proof)-1])
		f.Add(uint8(i), make([]byte, len(fx.proof)))
	}
	f.Fuzz(func(t *testing.T, i uint8, proof []byte) {
		fx := fixtureOf(t, variants[int(i)%len(variants)])
		err := fx.key.Verify(fx.publics, proof)
		if err == nil && !bytes.Equal(proof, fx.proof) {
			t.Fatalf("%x verifies and is not the honest proof", proof)
		}
		if err != nil && !errors.Is(err, ErrMalformedProof) && !errors.Is(err, ErrInvalidProof) {
			t.Fatalf("Verify = %v, want one of the two kinds", err)
		}
	})
}

// The fuzzer's little sister runs in every test run: random mutants, none accepted.
func TestMutatedProofsAreRefused(t *testing.T) {
	const seed, mutants = 7, 200
	rng := rand.New(rand.NewPCG(seed, seed))
	eachVariant(t, func(t *testing.T, f *fixture) {
		for n := range mutants {
			b := bytes.Clone(f.proof)
			for range 1 + rng.IntN(3) {
				b[rng.IntN(len(b))] ^= byte(1 + rng.IntN(255))
			}
			if err := f.key.Verify(f.publics, b); err == nil && !bytes.Equal(b, f.proof) {
				t.Fatalf("seed %d: mutant %d verifies: %x", seed, n, b)
			}
		}
	})
}
