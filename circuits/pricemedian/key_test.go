package pricemedian

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"pgregory.net/rapid"

	"vadium"
	"vadium/oracle"
)

var scope = oracle.ScopeOf(vadium.Salt{1}, oracle.FeedID{'E', 'T', 'H'})

// keyOf returns the n-th of the tests' reporters, the same every time.
func keyOf(t testing.TB, n int) PrivateKey {
	t.Helper()
	seed := bytes.Repeat([]byte{byte(n + 1)}, seedBytes)
	key, err := GenerateKey(bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, key PrivateKey, o oracle.Observation) oracle.Signed {
	t.Helper()
	s, err := key.Sign(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func observation(value uint64) oracle.Observation {
	return oracle.Observation{Scope: scope, Round: 9, Value: vadium.NewAmount(value), At: 1_764_000_000_000}
}

func TestSignatureHoldsForItsObservationAndKeyOnly(t *testing.T) {
	honest := sign(t, keyOf(t, 0), observation(300_012_345_678))
	if err := Verify(honest); err != nil {
		t.Fatalf("an honest signature: %v", err)
	}
	if again := sign(t, keyOf(t, 0), honest.Observation); again != honest {
		t.Error("signing twice gives two signatures")
	}
	other := sign(t, keyOf(t, 0), observation(1))
	for name, change := range map[string]func(*oracle.Signed){
		"scope":       func(s *oracle.Signed) { s.Observation.Scope[31] ^= 1 },
		"round":       func(s *oracle.Signed) { s.Observation.Round++ },
		"value":       func(s *oracle.Signed) { s.Observation.Value = vadium.NewAmount(300_012_345_679) },
		"time":        func(s *oracle.Signed) { s.Observation.At++ },
		"another key": func(s *oracle.Signed) { s.Key = keyOf(t, 1).Key() },
		"R":           func(s *oracle.Signed) { copy(s.Signature[:32], other.Signature[:32]) },
		"S":           func(s *oracle.Signed) { s.Signature[63] ^= 1 },
		"a possession": func(s *oracle.Signed) {
			s.Signature = keyOf(t, 0).Possess(vadium.Salt{1}, vadium.Account{2})
		},
	} {
		s := honest
		change(&s)
		if err := Verify(s); !errors.Is(err, ErrSignature) {
			t.Errorf("another %s: %v, want ErrSignature", name, err)
		}
	}
}

// Every bit of a signature and of a key counts: no second encoding of either passes.
func TestEveryBitOfASignatureAndAKeyCounts(t *testing.T) {
	honest := sign(t, keyOf(t, 3), observation(5))
	for bit := range 8 * len(honest.Signature) {
		s := honest
		s.Signature[bit/8] ^= 1 << (bit % 8)
		if Verify(s) == nil {
			t.Errorf("bit %d of the signature may be flipped", bit)
		}
	}
	for bit := range 8 * len(honest.Key) {
		s := honest
		s.Key[bit/8] ^= 1 << (bit % 8)
		if Verify(s) == nil {
			t.Errorf("bit %d of the key may be flipped", bit)
		}
	}
}

// littleEndian is how a point's coordinate is written.
func littleEndian(n *big.Int) (key oracle.Key) {
	n.FillBytes(key[:])
	slices.Reverse(key[:])
	return key
}

// shifted returns the encoding with the field's order added to the coordinate, which gnark's reader takes for the same.
func shifted(t *testing.T, encoding oracle.Key) oracle.Key {
	t.Helper()
	sign := encoding[31] & 0x80
	encoding[31] &= 0x7f
	slices.Reverse(encoding[:])
	n := new(big.Int).SetBytes(encoding[:])
	if n.Add(n, fr.Modulus()).BitLen() > 255 {
		t.Fatal("the coordinate is too large to be shifted: choose another key")
	}
	key := littleEndian(n)
	key[31] |= sign
	return key
}

func TestNonCanonicalSignaturesAreRefused(t *testing.T) {
	honest := sign(t, keyOf(t, 0), observation(5))
	order := twistededwards.GetEdwardsCurve().Order
	s := new(big.Int).SetBytes(honest.Signature[32:])
	higher := honest
	new(big.Int).Add(s, &order).FillBytes(higher.Signature[32:])
	if err := Verify(higher); !errors.Is(err, ErrSignature) {
		t.Errorf("S plus the order: %v, want ErrSignature", err)
	}
	for n := 0; honest.Signature[31]&0x7f >= 0x40; n++ { // R's coordinate must leave room for the field's order
		honest = sign(t, keyOf(t, 0), observation(uint64(n)))
	}
	shiftedR := honest
	r := shifted(t, oracle.Key(honest.Signature[:32]))
	copy(shiftedR.Signature[:], r[:])
	if err := Verify(shiftedR); !errors.Is(err, ErrSignature) {
		t.Errorf("R plus the field's order: %v, want ErrSignature", err)
	}
}

// torsion returns the points whose order divides eight, the identity first: what the curve has beside the prime-order
// subgroup.
func torsion(t testing.TB) []twistededwards.PointAffine {
	t.Helper()
	t.Helper()
	order := twistededwards.GetEdwardsCurve().Order
	points := []twistededwards.PointAffine{identity()}
	for y := uint64(2); len(points) < 8; y++ {
		var p twistededwards.PointAffine
		encoding := littleEndian(new(big.Int).SetUint64(y))
		if _, err := p.SetBytes(encoding[:]); err != nil || !p.IsOnCurve() {
			continue
		}
		p.ScalarMultiplication(&p, &order)
		if !slices.ContainsFunc(points, func(q twistededwards.PointAffine) bool { return q.Equal(&p) }) {
			points = append(points, p)
		}
	}
	return points
}

func TestKeysAreCanonicalPointsOfThePrimeOrderSubgroup(t *testing.T) {
	honest := keyOf(t, 0)
	if err := CheckKey(honest.Key()); err != nil {
		t.Fatalf("an honest key: %v", err)
	}
	wrong := map[string]oracle.Key{
		"zeros":                                 {},
		"the largest encoding":                  oracle.Key(bytes.Repeat([]byte{0xff}, 32)),
		"the identity with the sign of minus 0": {0: 1, 31: 0x80},
		"the point (0, -1) with the sign of -0": littleEndian(new(big.Int).Sub(fr.Modulus(), big.NewInt(1))),
		"the field's order, which reduces to 0": littleEndian(fr.Modulus()),
		"the field's order and 1: the identity": littleEndian(new(big.Int).Add(fr.Modulus(), big.NewInt(1))),
		"a coordinate that no point has":        {},
		"an honest key plus the field's order":  {},
	}
	negative := wrong["the point (0, -1) with the sign of -0"]
	negative[31] |= 0x80
	wrong["the point (0, -1) with the sign of -0"] = negative
	for y := int64(2); ; y++ {
		encoding := littleEndian(big.NewInt(y))
		var p twistededwards.PointAffine
		if _, err := p.SetBytes(encoding[:]); err == nil && !p.IsOnCurve() {
			wrong["a coordinate that no point has"] = encoding
			break
		}
	}
	for n := 0; ; n++ { // a key whose coordinate leaves room for the field's order
		if key := keyOf(t, n).Key(); key[31]&0x7f < 0x40 {
			wrong["an honest key plus the field's order"] = shifted(t, key)
			break
		}
	}
	for i, p := range torsion(t) {
		wrong[fmt.Sprintf("torsion %d", i)] = p.Bytes()
		if i > 0 {
			var sum twistededwards.PointAffine
			sum.Add(&honest.key.PublicKey.A, &p)
			wrong[fmt.Sprintf("an honest key and torsion %d", i)] = sum.Bytes()
		}
	}
	for name, key := range wrong {
		if err := CheckKey(key); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v, want ErrKey", name, err)
		}
		s := sign(t, honest, observation(1))
		s.Key = key
		if err := Verify(s); !errors.Is(err, ErrKey) {
			t.Errorf("%s as a signature's key: %v, want ErrKey", name, err)
		}
	}
}

// An R beside the prime-order subgroup satisfies the cofactored equation, which the circuit checks. Natively such
// signatures are refused, so that one message has one.
func TestRBesideTheSubgroupIsRefused(t *testing.T) {
	honest := sign(t, keyOf(t, 0), observation(5))
	message, err := messageOf(honest.Observation)
	if err != nil {
		t.Fatal(err)
	}
	r, s := signBeside(t, keyOf(t, 0), message)
	point, scalar := r.Bytes(), s.Bytes()
	beside := honest
	beside.Signature = oracle.Signature(slices.Concat(point[:], scalar[:]))
	if err := Verify(beside); !errors.Is(err, ErrSignature) {
		t.Errorf("a signature whose owner chose R beside the subgroup: %v, want ErrSignature", err)
	}
}

func TestObservationsThatNoCircuitCarriesAreNeitherSignedNorVerified(t *testing.T) {
	limit, err := vadium.ParseAmount(new(big.Int).Lsh(big.NewInt(1), oracle.MaxValueBits).String())
	if err != nil {
		t.Fatal(err)
	}
	largest := observation(0)
	largest.Value, largest.At = limit.MustSub(vadium.NewAmount(1)), 1<<oracle.MaxTimeBits-1
	if err := Verify(sign(t, keyOf(t, 0), largest)); err != nil {
		t.Errorf("the largest value and time: %v", err)
	}
	for name, change := range map[string]func(*oracle.Observation){
		"a value of 97 bits":    func(o *oracle.Observation) { o.Value = limit },
		"a time of 45 bits":     func(o *oracle.Observation) { o.At = 1 << oracle.MaxTimeBits },
		"a time before 1970":    func(o *oracle.Observation) { o.At = -1 },
		"a scope off the field": func(o *oracle.Observation) { copy(o.Scope[:], fr.Modulus().Bytes()) },
	} {
		o := largest
		change(&o)
		if _, err := keyOf(t, 0).Sign(o); !errors.Is(err, ErrObservation) {
			t.Errorf("signing %s: %v, want ErrObservation", name, err)
		}
		s := sign(t, keyOf(t, 0), largest)
		s.Observation = o
		if err := Verify(s); !errors.Is(err, ErrObservation) {
			t.Errorf("verifying %s: %v, want ErrObservation", name, err)
		}
	}
}

// 2^96 more of a value and a millisecond less would be the same message, were it not for the bounds.
func TestOneMessageIsOneObservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) oracle.Observation {
			value, err := vadium.AmountFromBytes(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, name+" value"))
			if err != nil {
				t.Fatal(err)
			}
			return oracle.Observation{Scope: scope, Round: rapid.Uint64Max(3).Draw(t, name+" round"), Value: value,
				At: vadium.Time(rapid.Uint64Max(1<<oracle.MaxTimeBits-1).Draw(t, name+" at"))}
		}
		a, b := draw("a"), draw("b")
		first, err := messageOf(a)
		if err != nil {
			t.Fatal(err)
		}
		second, err := messageOf(b)
		if err != nil {
			t.Fatal(err)
		}
		if (first == second) != (a == b) {
			t.Fatalf("messages of %+v and %+v are equal: %v", a, b, first == second)
		}
	})
}

func TestPossessionIsOfOneKeyForOneAccountInOneMarket(t *testing.T) {
	deployment, account, key := vadium.Salt{7}, vadium.Account{9}, keyOf(t, 2)
	signature := key.Possess(deployment, account)
	if err := CheckPossession(deployment, account, key.Key(), signature); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another market":  CheckPossession(vadium.Salt{8}, account, key.Key(), signature),
		"another account": CheckPossession(deployment, vadium.Account{8}, key.Key(), signature),
		"another key":     CheckPossession(deployment, account, keyOf(t, 3).Key(), signature),
		"an observation":  CheckPossession(deployment, account, key.Key(), sign(t, key, observation(1)).Signature),
		"nothing":         CheckPossession(deployment, account, key.Key(), oracle.Signature{}),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, want ErrSignature", name, err)
		}
	}
	if err := CheckPossession(deployment, account, oracle.Key{}, signature); !errors.Is(err, ErrKey) {
		t.Errorf("no key: %v, want ErrKey", err)
	}
}

func TestPrivateKeysAreKeptWholeAndNotShown(t *testing.T) {
	key, err := GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParsePrivateKey(key.Bytes())
	if err != nil || read.Key() != key.Key() {
		t.Fatalf("ParsePrivateKey(Bytes()) = %v, %v", read, err)
	}
	if sign(t, read, observation(1)) != sign(t, key, observation(1)) {
		t.Error("a key that was read signs otherwise")
	}
	other := keyOf(t, 0).Bytes()
	for name, b := range map[string][]byte{
		"short":             key.Bytes()[1:],
		"long":              append(key.Bytes(), 0),
		"empty":             nil,
		"another public":    slices.Concat(other[:32], key.Bytes()[32:]),
		"another scalar":    slices.Concat(key.Bytes()[:32], other[32:64], key.Bytes()[64:]),
		"an unpruned byte":  slices.Concat(key.Bytes()[:63], []byte{key.Bytes()[63] | 1}, key.Bytes()[64:]),
		"zeros all through": make([]byte, privateBytes),
	} {
		if _, err := ParsePrivateKey(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	secret := fmt.Sprintf("%x", key.Bytes()[32:64])
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(format, key); strings.Contains(shown, secret[:16]) || !strings.Contains(shown, "reporter's key 0x") {
			t.Errorf("%s shows %s", format, shown)
		}
	}
	for name, source := range map[string][]byte{"short": make([]byte, seedBytes-1), "zeros": make([]byte, seedBytes)} {
		if _, err := GenerateKey(bytes.NewReader(source)); err == nil {
			t.Errorf("a source of randomness that is %s: accepted", name)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := sign(b, keyOf(b, 0), observation(1))
	for b.Loop() {
		if err := Verify(s); err != nil {
			b.Fatal(err)
		}
	}
}
