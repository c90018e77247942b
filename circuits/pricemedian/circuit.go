package pricemedian

import (
	"math/big"

	curveid "github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/algebra/native/twistededwards"
	hash "github.com/consensys/gnark/std/hash/poseidon2"
	"github.com/consensys/gnark/std/math/bits"
	"github.com/consensys/gnark/std/signature/eddsa"

	"vadium"
	"vadium/circuits/binding"
	"vadium/circuits/poseidon"
	"vadium/oracle"
)

// Circuit states: for this scope and round, each seat that is present signed one observation with its key of this
// committee; they are at least a quorum; the oldest and the newest of their times are these; the median of their values,
// the upper of two, is this; and those flagged, and no others, are off the median by more than this many basis points.
//
// Public inputs: Scope, Round, Committee, Median, Oldest, Newest, Present, Quorum, Outlier, Flags, then request and
// prover. Present and Flags are bitmaps, slot 0 lowest.
//
// Not constrained here, and so left to whoever reads a report:
//
//   - that Committee is the digest of the right keys: distinct points of the prime-order subgroup ([Committee] sees to
//     it), each of whose owners showed that it has the private half ([CheckPossession]);
//   - that Quorum and Outlier are the feed's, that Round and Oldest are above the last round's, that Oldest and Newest are
//     near the present, that Median is within the feed's bounds;
//   - that a seat signed nothing else for the round: a leader may choose among observations, of more than a quorum or of
//     one that equivocates;
//   - what an absent seat would have said, and whatever stands in the secrets of a slot that is absent;
//   - that R of a signature is in the prime-order subgroup: its owner can make eight of one ([Verify] takes one of them).
//
// The median is found by counting (values below it, and values not above it), which needs no witness, no order of the
// values and no lookups, and so no commitment; that it is one of the values follows. With the bounds of the values it takes
// 1,411, 3,202 and 6,187 constraints for 7, 16 and 31 of them. The alternatives, as measured on a prototype whose counting
// took 1,490, 3,263 and 6,218: a bit per value for its side of the median 1,397, 3,188, 6,173; sorting by a matrix of bits
// 1,381, 3,568, 7,933; sorting by a grand product 1,276, 3,040, 5,980 and a commitment, which costs verifiers a pairing
// more. All are a fortieth of the circuit, whose bulk are the signatures.
//
// Signatures are checked in gnark's complete arithmetic, which takes no hints: do not pass it WithIncompleteArithmetic.
// It is complete for points of the curve only, and divides zero by zero beside it, where the quotient is the prover's to
// choose. So both points of every signature are held to the curve.
type Circuit struct {
	Scope     frontend.Variable `gnark:",public"`
	Round     frontend.Variable `gnark:",public"`
	Committee frontend.Variable `gnark:",public"`
	Median    frontend.Variable `gnark:",public"`
	Oldest    frontend.Variable `gnark:",public"`
	Newest    frontend.Variable `gnark:",public"`
	Present   frontend.Variable `gnark:",public"`
	Quorum    frontend.Variable `gnark:",public"`
	Outlier   frontend.Variable `gnark:",public"`
	Flags     frontend.Variable `gnark:",public"`
	Binding   binding.Inputs

	Slots []Slot
}

// Slot is one place of a committee. Where nobody sits, the key is (0, 0); where nobody is present, R is the identity and
// S, value and time are zero, though nothing depends on it.
type Slot struct {
	Key   twistededwards.Point
	R     twistededwards.Point
	S     frontend.Variable
	Value frontend.Variable
	At    frontend.Variable
}

// New returns the circuit for committees of at most so many seats, 31 or fewer.
func New(slots int) *Circuit { return &Circuit{Slots: make([]Slot, slots)} }

// Bounds of what the circuit compares, in bits.
const (
	countBits   = 5 // counts of seats, of which there are at most 31
	outlierBits = 32
	// deviationBits bound both sides of |value - median| · 10,000 > outlier · median, and so their difference.
	deviationBits = oracle.MaxValueBits + outlierBits
)

// rule is one thing that constraints are for. Each is named before its constraints, so that a test can leave out any one
// and show which forgery then passes.
type rule string

const (
	committeeIsStated   rule = "the digest of the slots' keys is the committee's"
	presentIsStated     rule = "the seats that are present are those of the bitmap"
	keysAreOnTheCurve   rule = "the key of a present seat is on the curve, so its slot is not empty"
	rIsOnTheCurve       rule = "R of every signature is on the curve"
	sIsCanonical        rule = "S of every signature is below the order of the curve"
	presentSeatsSigned  rule = "a present seat signed its observation"
	valuesAreAmounts    rule = "every value has 96 bits"
	oldestIsATime       rule = "the oldest time has 44 bits"
	newestIsATime       rule = "the newest time has 44 bits"
	noneIsOlder         rule = "no present seat's time is before the oldest"
	noneIsNewer         rule = "no present seat's time is after the newest"
	oldestIsOneOfThem   rule = "the oldest time is a present seat's"
	newestIsOneOfThem   rule = "the newest time is a present seat's"
	quorumIsPositive    rule = "the quorum is at least one"
	quorumIsPresent     rule = "as many as the quorum are present"
	valuesAreCompared   rule = "a value is on the side of the median where it is"
	countIsHalved       rule = "half is half of those present, rounded down"
	atMostHalfAreBelow  rule = "at most half are below the median"
	halfAreNotAbove     rule = "more than half are not above the median"
	outlierIsBounded    rule = "the outlier bound has 32 bits"
	deviationIsCompared rule = "a deviation is on the side of the bound where it is"
	flagsAreExact       rule = "flagged are those that deviate, and no others"
)

// forRule says which rule the constraints that follow are for. It does nothing except in tests, whose API listens.
func forRule(api frontend.API, name rule) {
	if listening, ok := api.(interface{ forRule(name rule) }); ok {
		listening.forRule(name)
	}
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	h, err := poseidon.New(api)
	if err != nil {
		return err
	}
	c.Binding.Bind(api, c.Scope, c.Round, c.Committee, c.Median, c.Oldest, c.Newest, c.Present, c.Quorum, c.Outlier, c.Flags)

	forRule(api, committeeIsStated)
	digest := h.Compress(poseidon.Constant(tagCommittee), len(c.Slots))
	for _, slot := range c.Slots {
		digest = h.Compress(h.Compress(digest, slot.Key.X), slot.Key.Y)
	}
	api.AssertIsEqual(c.Committee, digest)

	forRule(api, presentIsStated)
	present := bits.ToBinary(api, c.Present, bits.WithNbDigits(len(c.Slots)))
	count := sum(api, present)

	if err := c.checkSignatures(api, h, present); err != nil {
		return err
	}
	c.checkTimes(api, present)

	forRule(api, quorumIsPositive)
	assertNotNegative(api, api.Sub(c.Quorum, 1), countBits)
	forRule(api, quorumIsPresent)
	assertNotNegative(api, api.Sub(count, c.Quorum), countBits)

	values := make([]frontend.Variable, len(c.Slots))
	for i, slot := range c.Slots {
		values[i] = slot.Value
	}
	reached := checkMedian(api, c.Median, values, present, count)
	c.checkFlags(api, present, reached)
	return nil
}

// checkSignatures constrains that every seat that is present signed its slot's observation. An absent one is replaced by
// a signature that anyone can make: of the identity.
func (c *Circuit) checkSignatures(api frontend.API, h poseidon.Hasher, present []frontend.Variable) error {
	curve, err := twistededwards.NewEdCurve(api, curveid.BN254)
	if err != nil {
		return err
	}
	hasher, err := hash.New(api)
	if err != nil {
		return err
	}
	round := h.Compress(h.Compress(poseidon.Constant(tagObservation), c.Scope), c.Round)
	shift := poseidon.Constant(timeShift)
	for i, slot := range c.Slots {
		forRule(api, keysAreOnTheCurve)
		key := twistededwards.Point{
			X: api.Mul(present[i], slot.Key.X),
			Y: api.Add(1, api.Mul(present[i], api.Sub(slot.Key.Y, 1))),
		}
		curve.AssertIsOnCurve(key)
		forRule(api, rIsOnTheCurve)
		curve.AssertIsOnCurve(slot.R)

		forRule(api, sIsCanonical)
		message := h.Compress(round, api.Add(slot.Value, api.Mul(slot.At, shift)))
		hasher.Reset()
		signature := eddsa.Signature{R: slot.R, S: slot.S}
		valid, err := eddsa.IsValid(curve, signature, message, eddsa.PublicKey{A: key}, hasher)
		if err != nil {
			return err
		}
		forRule(api, presentSeatsSigned)
		api.AssertIsEqual(api.Mul(present[i], api.Sub(1, valid)), 0)
	}
	return nil
}

// checkTimes constrains Oldest and Newest, which bounds all times between them to 44 bits. With values of 96 bits, a
// message is then one observation's: value + time · 2^96 is far from the field's order.
func (c *Circuit) checkTimes(api frontend.API, present []frontend.Variable) {
	forRule(api, oldestIsATime)
	assertNotNegative(api, c.Oldest, oracle.MaxTimeBits)
	forRule(api, newestIsATime)
	assertNotNegative(api, c.Newest, oracle.MaxTimeBits)

	// A product is zero when one of its factors is: that of a seat that is present at the very time.
	atOldest, atNewest := frontend.Variable(1), frontend.Variable(1)
	for i, slot := range c.Slots {
		absent := api.Sub(1, present[i])
		forRule(api, noneIsOlder)
		since := api.Mul(present[i], api.Sub(slot.At, c.Oldest))
		assertNotNegative(api, since, oracle.MaxTimeBits)
		atOldest = api.Mul(atOldest, api.Add(since, absent))
		forRule(api, noneIsNewer)
		until := api.Mul(present[i], api.Sub(c.Newest, slot.At))
		assertNotNegative(api, until, oracle.MaxTimeBits)
		atNewest = api.Mul(atNewest, api.Add(until, absent))
	}
	forRule(api, oldestIsOneOfThem)
	api.AssertIsEqual(atOldest, 0)
	forRule(api, newestIsOneOfThem)
	api.AssertIsEqual(atNewest, 0)
}

// checkMedian constrains that the median is values[count/2] of the sorted values of those present, and returns for every
// slot whether its value is at least the median. The median needs no bound of its own: more values are not above it than
// are below it, so it is one of them.
func checkMedian(api frontend.API, median frontend.Variable, values, present []frontend.Variable, count frontend.Variable) []frontend.Variable {
	reached := make([]frontend.Variable, len(values))
	below, notAbove := frontend.Variable(0), frontend.Variable(0)
	for i, value := range values {
		forRule(api, valuesAreAmounts)
		assertNotNegative(api, value, oracle.MaxValueBits)
		forRule(api, valuesAreCompared)
		reached[i] = atLeast(api, value, median, oracle.MaxValueBits)
		isBelow := api.Mul(present[i], api.Sub(1, reached[i]))
		isEqual := api.Mul(present[i], api.IsZero(api.Sub(value, median)))
		below = api.Add(below, isBelow)
		notAbove = api.Add(notAbove, isBelow, isEqual)
	}
	forRule(api, countIsHalved)
	half := bits.FromBinary(api, bits.ToBinary(api, count, bits.WithNbDigits(countBits))[1:])
	forRule(api, atMostHalfAreBelow)
	assertNotNegative(api, api.Sub(half, below), countBits)
	forRule(api, halfAreNotAbove)
	assertNotNegative(api, api.Sub(notAbove, half, 1), countBits)
	return reached
}

// checkFlags constrains Flags; reached says of every slot whether its value is at least the median.
func (c *Circuit) checkFlags(api frontend.API, present, reached []frontend.Variable) {
	forRule(api, outlierIsBounded)
	assertNotNegative(api, c.Outlier, outlierBits)
	limit := api.Mul(c.Outlier, c.Median)
	flags := frontend.Variable(0)
	for i, slot := range c.Slots {
		forRule(api, deviationIsCompared)
		distance := api.Mul(api.Sub(api.Mul(2, reached[i]), 1), api.Sub(slot.Value, c.Median))
		within := atLeast(api, limit, api.Mul(distance, int(vadium.BpsOne)), deviationBits)
		flag := api.Mul(present[i], api.Sub(1, within))
		flags = api.Add(flags, api.Mul(flag, new(big.Int).Lsh(big.NewInt(1), uint(i))))
	}
	forRule(api, flagsAreExact)
	api.AssertIsEqual(c.Flags, flags)
}

// assertNotNegative constrains that 0 <= v < 2^width: a negative v is far above that in the field.
func assertNotNegative(api frontend.API, v frontend.Variable, width int) {
	bits.ToBinary(api, v, bits.WithNbDigits(width))
}

// atLeast returns 1 when a >= b, else 0, and constrains that they differ by at most 2^width.
func atLeast(api frontend.API, a, b frontend.Variable, width int) frontend.Variable {
	offset := new(big.Int).Lsh(big.NewInt(1), uint(width))
	return bits.ToBinary(api, api.Add(api.Sub(a, b), offset), bits.WithNbDigits(width+1))[width]
}

func sum(api frontend.API, of []frontend.Variable) frontend.Variable {
	total := frontend.Variable(0)
	for _, v := range of {
		total = api.Add(total, v)
	}
	return total
}
