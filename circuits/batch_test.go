package circuits

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	bls12381 "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"

	"vadium"
)

var batchSeed = flag.Uint64("batch.seed", 1, "seed of the random batches")

var groth16Variants = slices.DeleteFunc(slices.Clone(variants), func(v variant) bool { return v.system != vadium.Groth16 })

var honestClaims sync.Map // variant -> func() []Claim

// claimsOf returns n proofs of different statements for different requests and provers, all valid. They must not be modified.
func claimsOf(t testing.TB, v variant, n int) []Claim {
	t.Helper()
	f := fixtureOf(t, v)
	once, _ := honestClaims.LoadOrStore(v, sync.OnceValue(func() []Claim {
		keys := loadKeys(t, f)
		claims := make([]Claim, MaxBatch+1)
		for i := range claims {
			x := int64(i + 2)
			request, prover := vadium.RequestID{31: byte(i)}, vadium.Account{19: byte(i / 2)}
			proof, err := keys.Prove(scalars(x*x*x+x+5, x), request, prover)
			must(t, err)
			claims[i] = Claim{PublicInputs(f.program, scalars(x*x*x+x+5), request, prover), proof}
		}
		return claims
	}))
	return slices.Clone(once.(func() []Claim)()[:n])
}

// spoilers make a claim at position i of a batch wrong, each in its own way.
var spoilers = []struct {
	name  string
	spoil func(rng *rand.Rand, f *fixture, claims []Claim, i int)
}{
	{"another statement", func(_ *rand.Rand, _ *fixture, claims []Claim, i int) {
		claims[i].PublicInputs = slices.Concat(scalars(36), claims[i].PublicInputs[32:])
	}},
	{"proofs of two items swapped", func(rng *rand.Rand, _ *fixture, claims []Claim, i int) {
		j := rng.IntN(len(claims))
		claims[i].Proof, claims[j].Proof = claims[j].Proof, claims[i].Proof
	}},
	{"A and C exchanged", func(_ *rand.Rand, f *fixture, claims []Claim, i int) {
		g1, g2 := f.key.g1(), f.key.g2()
		p := claims[i].Proof
		claims[i].Proof = slices.Concat(p[g1+g2:2*g1+g2], p[g1:g1+g2], p[:g1], p[2*g1+g2:])
	}},
	{"a bit flipped", func(rng *rand.Rand, _ *fixture, claims []Claim, i int) {
		claims[i].Proof = bytes.Clone(claims[i].Proof)
		claims[i].Proof[rng.IntN(len(claims[i].Proof))] ^= 1 << rng.IntN(8)
	}},
	{"a count that kills gnark", func(_ *rand.Rand, f *fixture, claims []Claim, i int) {
		claims[i].Proof = bytes.Clone(claims[i].Proof)
		binary.BigEndian.PutUint32(claims[i].Proof[countOffsets(f)[0]:], 0xffffffff)
	}},
	{"a trailing byte", func(_ *rand.Rand, _ *fixture, claims []Claim, i int) {
		claims[i].Proof = append(bytes.Clone(claims[i].Proof), 0)
	}},
	{"no proof", func(_ *rand.Rand, _ *fixture, claims []Claim, i int) { claims[i].Proof = nil }},
	{"an input at the order", func(_ *rand.Rand, f *fixture, claims []Claim, i int) {
		claims[i].PublicInputs = slices.Concat(f.key.order.FillBytes(make([]byte, 32)), claims[i].PublicInputs[32:])
	}},
}

// Whatever good and bad stand side by side, each item is told exactly what it would be told alone.
func TestBatchSaysOfEachProofWhatItWouldSayAlone(t *testing.T) {
	sizes := map[bool][]int{false: {0, 1, 2, 63, 64, 65}, true: {2, 9}}
	for n, v := range variants {
		t.Run(v.String(), func(t *testing.T) {
			f := fixtureOf(t, v)
			for _, size := range sizes[v.system == vadium.PLONK || n > 3] { // with commitments, proofs take long to make
				for _, bad := range []int{0, 1, size / 8, size} {
					seed := *batchSeed*1000 + uint64(100*size+bad)
					rng := rand.New(rand.NewPCG(seed, uint64(n)))
					claims := claimsOf(t, v, size)
					for _, i := range rng.Perm(size)[:min(bad, size)] {
						spoilers[rng.IntN(len(spoilers))].spoil(rng, f, claims, i)
					}
					agreesWithVerify(t, fmt.Sprintf("-batch.seed=%d, %d of %d spoilt", *batchSeed, bad, size), f.key, claims)
				}
			}
		})
	}
}

func agreesWithVerify(t *testing.T, what string, key *VerifyingKey, claims []Claim) {
	t.Helper()
	got := key.VerifyBatch(nil, claims)
	if len(got) != len(claims) {
		t.Fatalf("%s: %d verdicts on %d claims", what, len(got), len(claims))
	}
	for i, c := range claims {
		if want := key.Verify(c.PublicInputs, c.Proof); fmt.Sprint(got[i]) != fmt.Sprint(want) {
			t.Errorf("%s: item %d: in the batch %v, alone %v", what, i, got[i], want)
		}
	}
}

func TestEachWayToSpoilAProofIsFoundBesideGoodOnes(t *testing.T) {
	for _, v := range groth16Variants {
		for _, s := range spoilers {
			f, claims := fixtureOf(t, v), claimsOf(t, v, 8)
			s.spoil(rand.New(rand.NewPCG(*batchSeed, 3)), f, claims, 5)
			agreesWithVerify(t, v.String()+", "+s.name, f.key, claims)
		}
	}
}

// Two proofs can be made wrong so that their errors make up for each other: what is added to a point of one is taken from
// the other's. A check that gave both the same power would accept them, and the test shows that it would.
func TestErrorsThatWouldCancelAreFound(t *testing.T) {
	for _, v := range groth16Variants {
		t.Run(v.String(), func(t *testing.T) {
			f := fixtureOf(t, v)
			g1, g2 := f.key.g1(), f.key.g2()
			errorsIn := map[string]struct {
				offset int
				same   bool // of one proof sent twice: A is paired with its own B
			}{"A": {0, true}, "C": {g1 + g2, false}}
			if v.committed {
				errorsIn["the proof of knowledge"] = struct {
					offset int
					same   bool
				}{len(f.proof) - g1, false}
			}
			for where, at := range errorsIn {
				claims := claimsOf(t, v, 6)
				if at.same {
					claims[4] = claims[1]
				}
				claims[1].Proof = moved(t, v.curve, claims[1].Proof, at.offset, 1)
				claims[4].Proof = moved(t, v.curve, claims[4].Proof, at.offset, -1)
				for _, i := range []int{1, 4} {
					wantKind(t, f.key.Verify(claims[i].PublicInputs, claims[i].Proof), ErrInvalidProof, "error in "+where+", alone")
				}
				b := batch{key: f.key, random: equalPowers{}, folder: folderOf(f.key.key)}
				if holds, err := b.fold(openAll(t, f.key, claims)); err != nil || !holds {
					t.Errorf("errors in %s: refused with equal powers (%v), so they do not cancel and this test tests nothing", where, err)
				}
				agreesWithVerify(t, "errors in "+where, f.key, claims)
			}
		})
	}
}

// moved returns proof with the point of G1 at an offset moved by so many generators.
func moved(t *testing.T, curve vadium.Curve, proof []byte, offset, by int) []byte {
	t.Helper()
	changed := bytes.Clone(proof)
	if curve == vadium.BN254 {
		_, _, point, _ := bn254.Generators()
		var was bn254.G1Affine
		_, err := was.SetBytes(proof[offset : offset+32])
		must(t, err)
		if by < 0 {
			point.Neg(&point)
		}
		is := was.Add(&was, &point).Bytes()
		copy(changed[offset:], is[:])
		return changed
	}
	_, _, point, _ := bls12381.Generators()
	var was bls12381.G1Affine
	_, err := was.SetBytes(proof[offset : offset+48])
	must(t, err)
	if by < 0 {
		point.Neg(&point)
	}
	is := was.Add(&was, &point).Bytes()
	copy(changed[offset:], is[:])
	return changed
}

func openAll(t *testing.T, key *VerifyingKey, claims []Claim) (all []opened) {
	t.Helper()
	for _, c := range claims {
		proof, err := key.open(c.PublicInputs, c.Proof)
		must(t, err)
		all = append(all, opened{c.PublicInputs, proof, new(error)})
	}
	return all
}

// equalPowers is a source of randomness that draws one for ever.
type equalPowers struct{}

func (equalPowers) Read(b []byte) (int, error) {
	clear(b)
	b[len(b)-1] = 1
	return len(b), nil
}

type brokenSource struct{}

func (brokenSource) Read([]byte) (int, error) { return 0, errors.New("no randomness today") }

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// Without randomness nothing is accepted on the strength of a product.
func TestWithoutRandomnessProofsAreVerifiedOneByOne(t *testing.T) {
	v := groth16Variants[0]
	f := fixtureOf(t, v)
	for name, source := range map[string]io.Reader{"broken": brokenSource{}, "all zero": zeros{}} {
		claims := claimsOf(t, v, 4)
		claims[2].Proof = moved(t, v.curve, claims[2].Proof, 0, 1)
		b := batch{key: f.key, random: source, folder: folderOf(f.key.key)}
		if b.hold(openAll(t, f.key, claims[:2])) {
			t.Errorf("%s: two proofs hold together", name)
		}
		for i, err := range f.key.VerifyBatch(source, claims) {
			if (err != nil) != (i == 2) {
				t.Errorf("%s: item %d: %v", name, i, err)
			}
		}
	}
}

// counting counts the powers drawn, which is how many proofs were looked at together.
type counting struct {
	source *rand.ChaCha8
	drawn  int
}

func (c *counting) Read(b []byte) (int, error) {
	c.drawn++
	return c.source.Read(b)
}

// The work that bad proofs make is bounded, wherever they lie.
func TestBadProofsMakeABoundedAmountOfWork(t *testing.T) {
	v := groth16Variants[0]
	f := fixtureOf(t, v)
	for name, test := range map[string]struct {
		bad  []int
		most int
	}{
		"none":                    {nil, 64},
		"one, first":              {[]int{0}, 3 * 64},
		"one, last":               {[]int{63}, 3 * 64},
		"two in different halves": {[]int{0, 63}, 2 * 64},
		"every one":               {seq(64), 2 * 64},
		"several":                 {[]int{1, 3, 5, 7, 9, 31, 33, 35, 61}, 2 * 64},
	} {
		claims := claimsOf(t, v, 64)
		for _, i := range test.bad {
			claims[i].Proof = moved(t, v.curve, claims[i].Proof, 0, 1)
		}
		source := &counting{source: rand.NewChaCha8([32]byte{byte(*batchSeed)})}
		for i, err := range f.key.VerifyBatch(source, claims) {
			if (err != nil) != slices.Contains(test.bad, i) {
				t.Errorf("%s: item %d: %v", name, i, err)
			}
		}
		if source.drawn > test.most {
			t.Errorf("%s: %d proofs were checked together in all, at most %d are expected", name, source.drawn, test.most)
		}
	}
}

func seq(n int) (s []int) {
	for i := range n {
		s = append(s, i)
	}
	return s
}

// Keys whose commitment keys have different generators cannot be folded as gnark folds them: gnark refuses their proofs,
// and so does a batch.
func TestKeyWithForeignCommitmentGeneratorsIsNotFolded(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, true})
	key := *f.key.key.(*groth16bn254.VerifyingKey)
	key.CommitmentKeys = append(slices.Clone(key.CommitmentKeys), key.CommitmentKeys[0])
	if folderOf(&key) == nil {
		t.Error("a key with one generator is not folded")
	}
	key.CommitmentKeys[1].G.Neg(&key.CommitmentKeys[1].G)
	if folderOf(&key) != nil {
		t.Error("a key with two generators is folded")
	}
}
