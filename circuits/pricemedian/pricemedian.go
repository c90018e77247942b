// Package pricemedian proves the median of a committee's signed observations, and makes and checks the signatures.
//
// Reporters sign observations (oracle.Observation) with a [PrivateKey]: EdDSA over the twisted Edwards curve that lies in
// BN254's scalar field, with Poseidon2, which a circuit checks for about 7,000 constraints where an Ethereum signature
// takes 283,000. When a quorum has signed, anyone makes the round's report from it and proves that:
//
//	key, err := pricemedian.GenerateKey(rand.Reader)
//	signed, err := key.Sign(oracle.Observation{Scope: scope, Round: 7, Value: value, At: now})
//	report, input, err := pricemedian.Build(feed.Slots, keys, feed.Quorum, feed.Outlier, all)
//
// The report's [Statement] are the public inputs of the program called [ProgramName]; [Circuit] says what a proof of it
// proves, and what it leaves to whoever reads it.
package pricemedian

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"

	"vadium"
	"vadium/circuits/poseidon"
	"vadium/oracle"
)

// Scalars of a report, and of each slot beside it.
const (
	// StatementScalars is how many public scalars a report has.
	StatementScalars = 10
	secretsPerSlot   = 7
)

// sizes are how many seats the circuits of the catalogue have slots for.
var sizes = []int{7, 16, 31}

// ProgramName returns the name in the catalogue of the program whose circuit has so many slots.
func ProgramName(slots int) string { return fmt.Sprintf("price-median-%d", slots) }

var (
	tagCommittee = poseidon.Tag("oracle/committee")
	// timeShift is what a time is multiplied with to stand above a value.
	timeShift = *new(fr.Element).SetBigInt(new(big.Int).Lsh(big.NewInt(1), oracle.MaxValueBits))
)

// Committee returns the digest of a committee for circuits with so many slots: its keys in slot order. It refuses keys
// that [CheckKey] refuses, a key that has two seats, and more keys than slots: a proof about the digest takes all of that
// for granted.
func Committee(slots int, keys []oracle.Key) ([32]byte, error) {
	seats, err := seatsOf(slots, keys)
	if err != nil {
		return [32]byte{}, err
	}
	digest := committeeOf(seats)
	return digest.Bytes(), nil
}

// seatsOf returns every slot's point; an empty slot's is (0, 0), which is not on the curve.
func seatsOf(slots int, keys []oracle.Key) ([]twistededwards.PointAffine, error) {
	if !slices.Contains(sizes, slots) {
		return nil, fmt.Errorf("no circuit has %d slots (there are %v)", slots, sizes)
	}
	if len(keys) == 0 || len(keys) > slots {
		return nil, fmt.Errorf("a committee of %d does not fit %d slots (1 to %d seats do)", len(keys), slots, slots)
	}
	seats := make([]twistededwards.PointAffine, slots)
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			return nil, fmt.Errorf("seat %d has the key of seat %d: %w", i, slices.Index(keys, key), ErrKey)
		}
		var err error
		if seats[i], err = pointOf(key); err != nil {
			return nil, fmt.Errorf("seat %d: %w", i, err)
		}
	}
	return seats, nil
}

// committeeOf is a chain over the number of slots and every slot's point. The number comes first, so that no chain
// continues another.
func committeeOf(seats []twistededwards.PointAffine) fr.Element {
	digest := poseidon.Compress(tagCommittee, fr.NewElement(uint64(len(seats))))
	for _, seat := range seats {
		digest = poseidon.Compress(poseidon.Compress(digest, seat.X), seat.Y)
	}
	return digest
}

// Statement returns the public scalars of a report, in the order of its fields. It does not look whether they make
// sense: no proof exists of a report that does not.
func Statement(r oracle.Report) []byte {
	b := make([]byte, 0, StatementScalars*fr.Bytes)
	number := func(n uint64) {
		scalar := vadium.NewAmount(n).Bytes32()
		b = append(b, scalar[:]...)
	}
	b = append(b, r.Scope[:]...)
	number(r.Round)
	b = append(b, r.Committee[:]...)
	median := r.Median.Bytes32()
	b = append(b, median[:]...)
	number(uint64(r.Oldest)) // a negative time becomes one of 64 bits, which no proof is about
	number(uint64(r.Newest))
	number(uint64(r.Present))
	number(uint64(r.Quorum))
	number(uint64(r.Outlier))
	number(uint64(r.Flags))
	return b
}

// Build returns the report of the observations in signed, which keys of the committee made for one round in any order, and
// the input that proves it: the statement and the secrets. It refuses observations of several scopes or rounds, of
// strangers and of one seat twice, fewer than the quorum, and whatever [Verify] refuses.
func Build(slots int, keys []oracle.Key, quorum uint8, outlier vadium.Bps, signed []oracle.Signed) (oracle.Report, []byte, error) {
	seats, err := seatsOf(slots, keys)
	if err != nil {
		return oracle.Report{}, nil, err
	}
	if quorum == 0 || len(signed) < int(quorum) {
		return oracle.Report{}, nil, fmt.Errorf("%d observations, a quorum is %d and at least one", len(signed), quorum)
	}
	committee := committeeOf(seats)
	b := builder{slots: make([]*oracle.Signed, slots), seats: seats, report: oracle.Report{
		Scope: signed[0].Observation.Scope, Round: signed[0].Observation.Round, Committee: committee.Bytes(),
		Quorum: quorum, Outlier: outlier,
	}}
	for _, s := range signed {
		if err := b.take(slices.Index(keys, s.Key), s); err != nil {
			return oracle.Report{}, nil, err
		}
	}
	b.summarise()
	return b.report, append(Statement(b.report), b.secrets()...), nil
}

// builder makes a report.
type builder struct {
	slots  []*oracle.Signed // nil where a seat is absent or empty
	seats  []twistededwards.PointAffine
	report oracle.Report
}

func (b *builder) take(slot int, s oracle.Signed) error {
	o := s.Observation
	switch {
	case slot < 0:
		return fmt.Errorf("key 0x%x has no seat in the committee", s.Key[:])
	case b.slots[slot] != nil:
		return fmt.Errorf("two observations of seat %d", slot)
	case o.Scope != b.report.Scope || o.Round != b.report.Round:
		return fmt.Errorf("seat %d: the observation is not for the others' feed and round", slot)
	}
	if err := Verify(s); err != nil {
		return fmt.Errorf("seat %d: %w", slot, err)
	}
	b.slots[slot] = &s
	return nil
}

// summarise fills in the report what the observations say.
func (b *builder) summarise() {
	r := &b.report
	var values []vadium.Amount
	for slot, s := range b.slots {
		if s == nil {
			continue
		}
		at := s.Observation.At
		if values == nil {
			r.Oldest, r.Newest = at, at
		}
		r.Oldest, r.Newest = min(r.Oldest, at), max(r.Newest, at)
		r.Present |= 1 << slot
		values = append(values, s.Observation.Value)
	}
	r.Median = medianOf(values)
	for slot, s := range b.slots {
		if s != nil && deviates(s.Observation.Value, r.Median, r.Outlier) {
			r.Flags |= 1 << slot
		}
	}
}

// medianOf returns the value in the middle, the upper of two (the rule of Chainlink's OCR).
func medianOf(values []vadium.Amount) vadium.Amount {
	sorted := slices.SortedFunc(slices.Values(values), vadium.Amount.Cmp)
	return sorted[len(sorted)/2]
}

// deviates reports whether |value - median| · 10,000 > outlier · median, exactly: neither side has 129 bits.
func deviates(value, median vadium.Amount, outlier vadium.Bps) bool {
	distance := vadium.Max(value, median).MustSub(vadium.Min(value, median))
	scaled, ok := distance.Mul(vadium.NewAmount(uint64(vadium.BpsOne)))
	limit, fits := median.Mul(vadium.NewAmount(uint64(outlier)))
	if !ok || !fits {
		panic("invariant: values have 96 bits")
	}
	return limit.Less(scaled)
}

// secrets returns the secret scalars in the order of [Circuit]'s fields: of every slot its key, R, S, value and time.
func (b *builder) secrets() []byte {
	var secrets []byte
	for slot, seat := range b.seats {
		r, s, value, at := identity(), fr.Element{}, fr.Element{}, fr.Element{}
		if signed := b.slots[slot]; signed != nil {
			if _, err := r.SetBytes(signed.Signature[:fr.Bytes]); err != nil {
				panic(fmt.Sprintf("invariant: signatures were verified, yet: %v", err))
			}
			s.SetBytes(signed.Signature[fr.Bytes:])
			value, at = amountOf(signed.Observation.Value), fr.NewElement(uint64(signed.Observation.At))
		}
		for _, e := range []fr.Element{seat.X, seat.Y, r.X, r.Y, s, value, at} {
			scalar := e.Bytes()
			secrets = append(secrets, scalar[:]...)
		}
	}
	return secrets
}

// identity is the R of a slot that nobody signed in.
func identity() twistededwards.PointAffine {
	return twistededwards.NewPointAffine(fr.Element{}, fr.One())
}

func amountOf(a vadium.Amount) (e fr.Element) {
	units := a.Bytes32()
	e.SetBytes(units[:])
	return e
}
