package circuits

import (
	"bytes"
	"math/bits"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/fft"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"

	"vadium"
)

// Consecutive powers of one secret: with random weights w, e(sum w_i P_{i+1}, G2) = e(sum w_i P_i, tau G2). One wrong
// point among the 4096 makes the two differ.
func TestCeremonyPointsArePowersOfOneSecret(t *testing.T) {
	c, err := ethereum()
	must(t, err)
	_, _, g1, g2 := bls12381.Generators()
	if len(c.g1) != ethereumG1 || c.g1[0] != g1 || c.vk.G2[0] != g2 {
		t.Fatalf("%d points; the first ones are not the generators", len(c.g1))
	}
	holds := func(points []bls12381.G1Affine) bool {
		weights := make([]fr.Element, len(points)-1)
		for i := range weights {
			if _, err := weights[i].SetRandom(); err != nil {
				t.Fatal(err)
			}
		}
		var next, these bls12381.G1Affine
		_, err := next.MultiExp(points[1:], weights, ecc.MultiExpConfig{})
		must(t, err)
		_, err = these.MultiExp(points[:len(points)-1], weights, ecc.MultiExpConfig{})
		must(t, err)
		these.Neg(&these)
		ok, err := bls12381.PairingCheck([]bls12381.G1Affine{next, these}, []bls12381.G2Affine{c.vk.G2[0], c.vk.G2[1]})
		must(t, err)
		return ok
	}
	if !holds(c.g1) {
		t.Error("the points are not powers of the secret in G2")
	}
	wrong := append([]bls12381.G1Affine(nil), c.g1...)
	wrong[2000] = wrong[2001]
	if holds(wrong) {
		t.Error("the check does not see a wrong point")
	}
}

// The same polynomial, committed to by go-ethereum from its values and by our points from its coefficients: the two
// must agree, which ties the points to the ceremony Ethereum runs on.
func TestCeremonyIsTheOneEthereumCommitsUnder(t *testing.T) {
	c, err := ethereum()
	must(t, err)
	coefficients := make([]fr.Element, ethereumG1)
	for i := range coefficients {
		coefficients[i].SetUint64(uint64(i*i + 3))
	}
	values := append([]fr.Element(nil), coefficients...)
	fft.NewDomain(ethereumG1).FFT(values, fft.DIF) // leaves the values in bit-reversed order, as EIP-4844 has them
	var blob kzg4844.Blob
	for i, v := range values {
		b := v.Bytes()
		copy(blob[32*i:], b[:])
	}
	theirs, err := kzg4844.BlobToCommitment(&blob)
	must(t, err)
	var ours bls12381.G1Affine
	_, err = ours.MultiExp(c.g1, coefficients, ecc.MultiExpConfig{})
	must(t, err)
	if got := ours.Bytes(); !bytes.Equal(got[:], theirs[:]) {
		t.Errorf("our commitment %x, go-ethereum's %x", got, theirs)
	}
}

func TestSRSIsRefusedBeyondTheCeremony(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 3, 2047, 4096} {
		if _, _, err := EthereumSRS(size); err == nil {
			t.Errorf("EthereumSRS(%d) = nil error", size)
		}
	}
	for size := 2; size <= EthereumDomain; size *= 32 {
		if _, _, err := EthereumSRS(size); err != nil {
			t.Errorf("EthereumSRS(%d) = %v, want nil", size, err)
		}
	}
	if bits.OnesCount(EthereumDomain) != 1 || EthereumDomain+3 > ethereumG1 {
		t.Error("the largest domain does not fit the ceremony")
	}
}

// universalFixture is the toy program under universal keys.
func universalFixture(t *testing.T, committed bool) *fixture {
	t.Helper()
	v := variant{vadium.PLONK, vadium.BLS12381, committed}
	ccs := compileToy(t, v)
	pk, vk, err := SetupUniversal(ccs)
	must(t, err)
	var toCCS, toPK, toVK bytes.Buffer
	f := &fixture{statement: scalars(35), input: scalars(35, 3)}
	f.program, err = WriteProgram(Sinks{&toCCS, &toPK, &toVK},
		vadium.Program{Name: "toy", System: v.system, Curve: v.curve, Bound: true}, ccs, pk, vk)
	must(t, err)
	f.ccs, f.pk, f.vk = toCCS.Bytes(), toPK.Bytes(), toVK.Bytes()
	return f
}

func TestUniversalKeysAreRecognisedRecomputedAndProve(t *testing.T) {
	f := universalFixture(t, false)
	if got := KeyClassOf(f.program.System, f.program.Curve, f.vk); got != vadium.KeysUniversal {
		t.Fatalf("KeyClassOf = %s, want universal", got)
	}
	if err := CheckUniversal(f.program, f.ccs, f.vk); err != nil {
		t.Errorf("CheckUniversal of honest keys = %v, want nil", err)
	}
	if _, err := loadKeys(t, f).Prove(f.input, toyRequest, toyProver); err != nil {
		t.Errorf("Prove under universal keys: %v", err)
	}
	if again := universalFixture(t, false); again.program.ID() != f.program.ID() {
		t.Error("two registrants of one circuit get two programs under universal keys")
	}
}

// Proving draws the challenge of a commitment at random, while solving answers with a value that a registrant can
// predict: such a circuit can look satisfiable to a prover that then cannot prove it. Nobody may be liable for that.
func TestUniversalKeysWithCommitmentsAreOnlyTheirRegistrants(t *testing.T) {
	f := universalFixture(t, true)
	if got := KeyClassOf(f.program.System, f.program.Curve, f.vk); got != vadium.KeysRegistrant {
		t.Errorf("KeyClassOf = %s, want registrant", got)
	}
}

func TestKeysThatAreNotUniversalAreNotTakenForIt(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		if got := KeyClassOf(f.program.System, f.program.Curve, f.vk); got != vadium.KeysRegistrant {
			t.Errorf("KeyClassOf keys over a reference string of our own = %s, want registrant", got)
		}
		if CheckUniversal(f.program, f.ccs, f.vk) == nil {
			t.Error("CheckUniversal of such keys = nil")
		}
	})
	f := universalFixture(t, false)
	// A key over the ceremony that commits to another circuit: nobody can prove the constraint system it is listed with.
	other := universalFixture(t, false)
	otherCCS := compileToy(t, variant{vadium.PLONK, vadium.BLS12381, true})
	var blob bytes.Buffer
	must(t, WriteConstraintSystem(&blob, otherCCS))
	other.program.ConstraintSystem = vadium.DigestOf(blob.Bytes())
	if err := CheckUniversal(other.program, blob.Bytes(), f.vk); err == nil {
		t.Error("CheckUniversal of the keys of another circuit = nil")
	}
	damaged := f.program
	damaged.ProvingKey[0] ^= 1
	if err := CheckUniversal(damaged, f.ccs, f.vk); err == nil {
		t.Error("CheckUniversal of another proving key = nil")
	}
	if got := KeyClassOf(vadium.PLONK, vadium.BLS12381, f.vk[:len(f.vk)-1]); got != vadium.KeysRegistrant {
		t.Errorf("KeyClassOf a truncated key = %s, want registrant", got)
	}
}
