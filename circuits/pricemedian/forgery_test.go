package pricemedian

import (
	"bytes"
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"

	"vadium/circuits/circuittest"
	"vadium/oracle"
)

// claim is a statement with the secrets that are to prove it, of scalars that obey no bounds: what a forger hands in.
// The forger's committee has four seats in six slots; what it knows of the honest seats are their signatures.
type claim struct {
	scope, round, committee, median, oldest, newest, present, quorum, outlier, flags fr.Element

	slots [forgedSlots]forgedSlot
	// lies are what the forger's solver says of numbers that it is asked to decompose into so many bits.
	lies map[lie][]uint8
}

type forgedSlot struct {
	key, r       twistededwards.PointAffine
	s, value, at fr.Element
}

type lie struct {
	digits int
	number string
}

const (
	forgedSlots = 6
	start       = 1_764_000_000_000
)

func number(n int64) (e fr.Element) { return *e.SetInt64(n) }

func big2(exponent uint) (e fr.Element) {
	return *e.SetBigInt(new(big.Int).Lsh(big.NewInt(1), exponent))
}

func plus(a, b fr.Element) fr.Element  { return *a.Add(&a, &b) }
func minus(a, b fr.Element) fr.Element { return *a.Sub(&a, &b) }
func times(a, b fr.Element) fr.Element { return *a.Mul(&a, &b) }

// honest returns the true claim of observations of the values, by the tests' reporters in order, 100 ms apart, with a
// quorum of all of them and a bound of 250 bps.
func honest(t testing.TB, values ...int64) *claim {
	t.Helper()
	c := &claim{
		round: number(9), oldest: number(start), newest: number(start + 100*int64(len(values)-1)),
		present: number(1<<len(values) - 1), quorum: number(int64(len(values))), outlier: number(250),
	}
	c.scope.SetBytes(scope[:])
	for i := range c.slots {
		c.slots[i].r = identity()
		if i < 4 {
			c.slots[i].key = keyOf(t, i).key.PublicKey.A
		}
	}
	for i, v := range values {
		c.sign(t, i, number(v), number(start+100*int64(i)))
	}
	c.restate()
	sorted := slices.Sorted(slices.Values(values))
	median := sorted[len(sorted)/2]
	c.median = number(median)
	flags := int64(0)
	for i, v := range values {
		if distance := max(v-median, median-v); distance*10_000 > 250*median {
			flags |= 1 << i
		}
	}
	c.flags = number(flags)
	return c
}

// restate puts the digest of the keys in the slots into the statement.
func (c *claim) restate() {
	var seats []twistededwards.PointAffine
	for _, slot := range c.slots {
		seats = append(seats, slot.key)
	}
	c.committee = committeeOf(seats)
}

// sign puts a signature of the slot's own key into the slot, whatever the value and the time.
func (c *claim) sign(t testing.TB, slot int, value, at fr.Element) {
	t.Helper()
	c.signFor(t, slot, c.scope, c.round, value, at)
}

func (c *claim) signFor(t testing.TB, slot int, scope, round, value, at fr.Element) {
	t.Helper()
	c.fill(t, slot, keyOf(t, slot).sign(compose(tagObservation, scope, round, value, at)), value, at)
}

func (c *claim) fill(t testing.TB, slot int, signature oracle.Signature, value, at fr.Element) {
	t.Helper()
	s := &c.slots[slot]
	if _, err := s.r.SetBytes(signature[:fr.Bytes]); err != nil {
		t.Fatal(err)
	}
	s.s.SetBytes(signature[fr.Bytes:])
	s.value, s.at = value, at
}

// lie makes the forger's solver answer with these bits, lowest first, when it decomposes n into so many.
func (c *claim) lie(n fr.Element, digits int, bits ...uint8) {
	if c.lies == nil {
		c.lies = map[lie][]uint8{}
	}
	c.lies[lie{digits, n.String()}] = bits
}

// scalars returns the claim as public and secret scalars, with a request and a prover.
func (c *claim) scalars() []byte {
	statement := encode(c.scope, c.round, c.committee, c.median, c.oldest, c.newest, c.present, c.quorum, c.outlier, c.flags)
	var secrets []byte
	for _, s := range c.slots {
		secrets = append(secrets, encode(s.key.X, s.key.Y, s.r.X, s.r.Y, s.s, s.value, s.at)...)
	}
	return circuittest.Bound(statement, slices.Concat(statement, secrets))
}

func encode(elements ...fr.Element) []byte {
	var b bytes.Buffer
	for _, e := range elements {
		scalar := e.Bytes()
		b.Write(scalar[:])
	}
	return b.Bytes()
}

// forgery is a claim that must not be provable. It names the rule that alone stands in its way.
type forgery struct {
	name  string
	stops rule
	claim func(t testing.TB) *claim
}

// even and odd are numbers of observations, with the median 1,020 and 1,010.
func even(t testing.TB) *claim { return honest(t, 1_000, 1_010, 1_020, 1_030) }
func odd(t testing.TB) *claim  { return honest(t, 1_000, 1_010, 1_020) }

// changed returns the forgeries' constructor: a true claim with one change.
func changed(from func(testing.TB) *claim, change func(t testing.TB, c *claim)) func(testing.TB) *claim {
	return func(t testing.TB) *claim {
		c := from(t)
		change(t, c)
		return c
	}
}

var forgeries = []forgery{
	{"one member signs in two slots", committeeIsStated, changed(odd, func(_ testing.TB, c *claim) {
		c.slots[3] = c.slots[2]
		c.present, c.quorum, c.median = number(0b1111), number(4), number(1_020)
	})},
	{"a stranger signs in a member's slot", committeeIsStated, changed(even, func(t testing.TB, c *claim) {
		c.slots[2].key = keyOf(t, 20).key.PublicKey.A
		c.fill(t, 2, keyOf(t, 20).sign(compose(tagObservation, c.scope, c.round, number(1_020), c.oldest)), number(1_020), c.oldest)
	})},
	{"a stranger signs in an empty slot", committeeIsStated, changed(even, func(t testing.TB, c *claim) {
		c.slots[4].key = keyOf(t, 4).key.PublicKey.A
		c.sign(t, 4, number(1_020), c.oldest)
		c.present = number(0b11111)
	})},
	{"the committee's keys in another order", committeeIsStated, changed(even, func(_ testing.TB, c *claim) {
		c.slots[0], c.slots[1] = c.slots[1], c.slots[0]
	})},

	// The solver can be told bits that are not the bitmap's.
	{"an absent seat is claimed present", presentIsStated, changed(odd, func(_ testing.TB, c *claim) {
		c.present = number(0b1111)
		c.lie(c.present, forgedSlots, 1, 1, 1)
	})},
	{"a present seat is claimed absent", presentIsStated, changed(even, func(_ testing.TB, c *claim) {
		c.present = number(0b0111)
		c.lie(c.present, forgedSlots, 1, 1, 1, 1)
	})},
	{"a seat beyond the slots is claimed present", presentIsStated, changed(even, func(_ testing.TB, c *claim) {
		c.present = number(0b1001111)
	})},

	{"nobody signs in an empty slot", keysAreOnTheCurve, changed(even, func(t testing.TB, c *claim) {
		c.present, c.quorum = number(0b11111), number(5)
		for at := c.newest; ; at = minus(at, number(1)) {
			if challengeIsEven(t, identity(), twistededwards.PointAffine{}, compose(tagObservation, c.scope, c.round, number(1_020), at)) {
				c.slots[4].value, c.slots[4].at = number(1_020), at
				return
			}
		}
	})},
	{"nobody signs for a member, with R off the curve", rIsOnTheCurve, changed(odd, func(_ testing.TB, c *claim) {
		c.present, c.quorum, c.median = number(0b1111), number(4), number(1_020)
		c.slots[3] = forgedSlot{key: c.slots[3].key, value: number(1_020), at: c.oldest}
	})},
	{"S has the order added", sIsCanonical, changed(even, func(_ testing.TB, c *claim) {
		order := twistededwards.GetEdwardsCurve().Order
		c.slots[1].s = plus(c.slots[1].s, *new(fr.Element).SetBigInt(&order))
	})},

	{"a value that was not signed", presentSeatsSigned, changed(even, func(_ testing.TB, c *claim) {
		c.slots[2].value, c.median = number(1_021), number(1_021)
	})},
	{"a time that was not signed", presentSeatsSigned, changed(even, func(_ testing.TB, c *claim) {
		c.slots[2].at = plus(c.slots[2].at, number(1))
	})},
	{"an observation of another feed", presentSeatsSigned, changed(even, func(t testing.TB, c *claim) {
		c.signFor(t, 2, plus(c.scope, number(1)), c.round, c.slots[2].value, c.slots[2].at)
	})},
	{"an observation of another round", presentSeatsSigned, changed(even, func(t testing.TB, c *claim) {
		c.signFor(t, 2, c.scope, number(8), c.slots[2].value, c.slots[2].at)
	})},
	{"a signature for another purpose", presentSeatsSigned, changed(even, func(t testing.TB, c *claim) {
		s := c.slots[2]
		c.fill(t, 2, keyOf(t, 2).sign(compose(tagPossession, c.scope, c.round, s.value, s.at)), s.value, s.at)
	})},
	{"another's signature", presentSeatsSigned, changed(even, func(_ testing.TB, c *claim) {
		c.slots[2].r, c.slots[2].s = c.slots[1].r, c.slots[1].s
	})},
	{"an absent seat with nothing signed", presentSeatsSigned, changed(odd, func(_ testing.TB, c *claim) {
		c.present, c.median = number(0b1111), number(1_020)
		c.slots[3].value, c.slots[3].at = number(1_020), c.oldest
	})},

	// 2^96 more of the value and a millisecond less are the same message.
	{"a value of 97 bits", valuesAreAmounts, changed(even, func(_ testing.TB, c *claim) {
		c.slots[1].value = plus(c.slots[1].value, big2(oracle.MaxValueBits))
		c.slots[1].at = minus(c.slots[1].at, number(1))
		c.median, c.flags = number(1_030), number(0b0011)
	})},
	{"a value below zero", valuesAreAmounts, changed(even, func(_ testing.TB, c *claim) {
		c.slots[2].value = minus(c.slots[2].value, big2(oracle.MaxValueBits))
		c.slots[2].at = plus(c.slots[2].at, number(1))
		c.median, c.flags = number(1_010), number(0b0100)
	})},

	{"times before 1970", oldestIsATime, changed(odd, func(t testing.TB, c *claim) {
		for i := range 3 {
			c.sign(t, i, c.slots[i].value, number(int64(i)-1))
		}
		c.oldest, c.newest = number(-1), number(1)
	})},
	{"times of 45 bits", newestIsATime, changed(odd, func(t testing.TB, c *claim) {
		for i := range 3 {
			c.sign(t, i, c.slots[i].value, plus(big2(oracle.MaxTimeBits), number(int64(i)-1)))
		}
		c.oldest, c.newest = c.slots[0].at, c.slots[2].at
	})},
	{"one observation is stale", noneIsOlder, changed(even, func(_ testing.TB, c *claim) { c.oldest = c.slots[1].at })},
	{"one observation is of the future", noneIsNewer, changed(even, func(_ testing.TB, c *claim) { c.newest = c.slots[2].at })},
	{"the oldest time is nobody's", oldestIsOneOfThem, changed(even, func(_ testing.TB, c *claim) { c.oldest = number(start - 1) })},
	{"the newest time is nobody's", newestIsOneOfThem, changed(even, func(_ testing.TB, c *claim) { c.newest = number(start + 301) })},
	{"the newest time is an absent seat's", newestIsOneOfThem, changed(odd, func(t testing.TB, c *claim) {
		c.sign(t, 3, number(1_020), number(start+300))
		c.newest = c.slots[3].at
	})},

	{"a quorum of none", quorumIsPositive, changed(even, func(_ testing.TB, c *claim) { c.quorum = number(0) })},
	{"one fewer than the quorum", quorumIsPresent, changed(odd, func(_ testing.TB, c *claim) { c.quorum = number(4) })},

	{"a value is said to be below a median that it is above", valuesAreCompared, changed(even, func(_ testing.TB, c *claim) {
		c.median = number(1_010)
		c.lie(plus(number(10), big2(oracle.MaxValueBits)), oracle.MaxValueBits+1, 0)
	})},
	{"four are halved to one", countIsHalved, changed(even, func(_ testing.TB, c *claim) {
		c.median, c.quorum = number(1_010), number(3)
		c.lie(number(4), countBits, 0, 1)
	})},
	{"the median of four is one more", atMostHalfAreBelow, changed(even, func(_ testing.TB, c *claim) { c.median = number(1_021) })},
	{"the median of four is one less", halfAreNotAbove, changed(even, func(_ testing.TB, c *claim) { c.median = number(1_019) })},
	{"the median of four is the lower one", halfAreNotAbove, changed(even, func(_ testing.TB, c *claim) { c.median = number(1_010) })},
	{"the median of four is the next value", atMostHalfAreBelow, changed(even, func(_ testing.TB, c *claim) {
		c.median, c.flags = number(1_030), number(0b0001)
	})},
	{"the median of three is one more", atMostHalfAreBelow, changed(odd, func(_ testing.TB, c *claim) { c.median = number(1_011) })},
	{"the median of three is one less", halfAreNotAbove, changed(odd, func(_ testing.TB, c *claim) { c.median = number(1_009) })},
	{"the median of three is an absent seat's", halfAreNotAbove, changed(odd, func(t testing.TB, c *claim) {
		c.sign(t, 3, number(1_009), c.oldest)
		c.median = number(1_009)
	})},
	{"the median of three is the empty slots'", halfAreNotAbove, changed(odd, func(_ testing.TB, c *claim) {
		c.median, c.flags = number(0), number(0b111)
	})},

	{"a bound that wraps around the field", outlierIsBounded, changed(
		func(t testing.TB) *claim { return honest(t, 1_000, 1_010, 5_000) }, func(_ testing.TB, c *claim) {
			c.outlier = times(big2(100), *new(fr.Element).Inverse(&c.median))
			c.flags = number(0)
		})},
	{"a deviation is said to be within the bound", deviationIsCompared, changed(atThreshold, func(_ testing.TB, c *claim) {
		// 9,749 is off 10,000 by 251: 250·10,000 - 251·10,000 is -10,000.
		c.lie(plus(big2(deviationBits), number(-10_000)), deviationBits+1, append(make([]uint8, deviationBits), 1)...)
		c.flags = number(0)
	})},
	{"at the bound and flagged", flagsAreExact, changed(atThreshold, func(_ testing.TB, c *claim) { c.flags = number(0b1001) })},
	{"at the bound below and flagged", flagsAreExact, changed(atThreshold, func(_ testing.TB, c *claim) { c.flags = number(0b1010) })},
	{"one beyond the bound below and not flagged", flagsAreExact, changed(atThreshold, func(_ testing.TB, c *claim) { c.flags = number(0) })},
	{"one beyond the bound above and not flagged", flagsAreExact, changed(
		func(t testing.TB) *claim { return honest(t, 10_251, 9_750, 10_000, 9_750) }, func(_ testing.TB, c *claim) {
			c.flags = number(0)
		})},
	{"a flag on an absent seat", flagsAreExact, changed(odd, func(_ testing.TB, c *claim) { c.flags = number(0b1000) })},
	{"a flag beyond the slots", flagsAreExact, changed(odd, func(_ testing.TB, c *claim) { c.flags = number(1 << forgedSlots) })},
}

// atThreshold is a claim with one value at the bound of 250 bps above, one at it below, and one just beyond it below.
func atThreshold(t testing.TB) *claim { return honest(t, 10_250, 9_750, 10_000, 9_749) }

// challengeIsEven reports whether EdDSA's challenge is even.
func challengeIsEven(t testing.TB, r, a twistededwards.PointAffine, message fr.Element) bool {
	t.Helper()
	return challenge(t, r, a, message).Bit(0) == 0
}

// challenge returns EdDSA's H(R, A, M).
func challenge(t testing.TB, r, a twistededwards.PointAffine, message fr.Element) *big.Int {
	t.Helper()
	h := poseidon2.NewMerkleDamgardHasher()
	if _, err := h.Write(encode(r.X, r.Y, a.X, a.Y, message)); err != nil {
		t.Fatal(err)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// signBeside signs as a key's owner can and honest ones do not: with an R that is not in the prime-order subgroup.
func signBeside(t testing.TB, key PrivateKey, message fr.Element) (r twistededwards.PointAffine, s fr.Element) {
	t.Helper()
	order, nonce := twistededwards.GetEdwardsCurve().Order, big.NewInt(1_234_567)
	r.ScalarMultiplicationBase(nonce)
	r.Add(&r, &torsion(t)[1])
	scalar := new(big.Int).SetBytes(key.Bytes()[fr.Bytes : 2*fr.Bytes])
	sum := scalar.Mul(scalar, challenge(t, r, key.key.PublicKey.A, message))
	s.SetBigInt(sum.Add(sum, nonce).Mod(sum, &order))
	return r, s
}
