package auction

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"vadium"
)

// Product is what asks are quoted for: requests that cost a prover about the same.
type Product struct {
	// Size is the size class: proving takes the reference machine at most 2^Size milliseconds. See [SizeOf].
	Size  uint8
	Tier  Tier
	Stake StakeTier
}

// Tier says how soon a request is cleared. The numbers are persisted and never reused.
type Tier uint8

// Tiers. Requests of the batch tiers wait for the tick of theirs, and are cleared together with all that wait for it.
const (
	// Immediate requests are cleared the moment they arrive, over the asks in force: a tick of no length, also written "realtime".
	Immediate Tier = 1
	Standard  Tier = 2
	Bulk      Tier = 3
)

var tierNames = [...]string{Immediate: "immediate", Standard: "standard", Bulk: "bulk"}

// Batch reports whether requests of the tier are cleared at ticks.
func (t Tier) Batch() bool { return t == Standard || t == Bulk }

// Known reports whether there is such a tier.
func (t Tier) Known() bool { return t >= Immediate && t <= Bulk }

// StakeTier says how much stake a request locks, relative to its fee. The numbers are persisted and never reused.
type StakeTier uint8

// Stake tiers.
const (
	StakeNone     StakeTier = 0 // no damage cap
	StakeStandard StakeTier = 1 // a damage cap up to the max fee
	StakeHigh     StakeTier = 2 // a damage cap above the max fee
)

// SizeOf returns the size class of a program that takes the reference machine d to prove: ceil(log2(d in
// milliseconds)), and 0 for anything up to a millisecond.
func SizeOf(d vadium.Duration) uint8 {
	if d <= 1 {
		return 0
	}
	return uint8(bits.Len64(uint64(d) - 1))
}

// StakeTierOf returns the stake tier of a request with this damage cap and max fee.
func StakeTierOf(damageCap, maxFee vadium.Amount) StakeTier {
	switch {
	case damageCap.IsZero():
		return StakeNone
	case maxFee.Less(damageCap):
		return StakeHigh
	}
	return StakeStandard
}

// String returns the name as people write it.
func (t Tier) String() string {
	if t.Known() {
		return tierNames[t]
	}
	return fmt.Sprintf("tier %d", uint8(t))
}

// MarshalText writes the name; it refuses a tier that has none.
func (t Tier) MarshalText() ([]byte, error) {
	if !t.Known() {
		return nil, fmt.Errorf("tier %d is unknown", uint8(t))
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what MarshalText wrote, and "realtime" for the immediate tier.
func (t *Tier) UnmarshalText(text []byte) error {
	for known := Immediate; known <= Bulk; known++ {
		if string(text) == tierNames[known] || known == Immediate && string(text) == "realtime" {
			*t = known
			return nil
		}
	}
	return fmt.Errorf("tier %q is unknown (known: %s; realtime is immediate)", text, strings.Join(tierNames[Immediate:], ", "))
}

var stakeTiers = [...]string{StakeNone: "none", StakeStandard: "standard", StakeHigh: "high"}

// String returns the name as people write it.
func (s StakeTier) String() string {
	if int(s) < len(stakeTiers) {
		return stakeTiers[s]
	}
	return fmt.Sprintf("stake tier %d", uint8(s))
}

// MarshalText writes the name; it refuses a stake tier that has none.
func (s StakeTier) MarshalText() ([]byte, error) {
	if int(s) >= len(stakeTiers) {
		return nil, fmt.Errorf("stake tier %d is unknown", uint8(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *StakeTier) UnmarshalText(text []byte) error {
	for i, name := range stakeTiers {
		if name == string(text) {
			*s = StakeTier(i)
			return nil
		}
	}
	return fmt.Errorf("stake tier %q is unknown (known: %s)", text, strings.Join(stakeTiers[:], ", "))
}

// String returns the product as people write it, such as "2^11ms/immediate/standard"; [ParseProduct] reads it back.
func (p Product) String() string { return fmt.Sprintf("2^%dms/%v/%v", p.Size, p.Tier, p.Stake) }

// MaxSize is the largest size class: 2^40 ms are 35 years, so a larger one is a mistake.
const MaxSize = 40

// ParseProduct reads what [Product.String] wrote, and nothing else.
func ParseProduct(text string) (Product, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Product{}, fmt.Errorf("product %q is not written like 2^11ms/immediate/standard", text)
	}
	digits := strings.TrimSuffix(strings.TrimPrefix(parts[0], "2^"), "ms")
	size, err := strconv.ParseUint(digits, 10, 8)
	if err != nil || parts[0] != fmt.Sprintf("2^%dms", size) || size > MaxSize {
		return Product{}, fmt.Errorf("product %q: size %q is not 2^0ms to 2^%dms", text, parts[0], MaxSize)
	}
	p := Product{Size: uint8(size)}
	if err := p.Tier.UnmarshalText([]byte(parts[1])); err != nil {
		return Product{}, fmt.Errorf("product %q: %w", text, err)
	}
	if parts[1] != p.Tier.String() {
		return Product{}, fmt.Errorf("product %q: tier %q is written %v", text, parts[1], p.Tier)
	}
	if err := p.Stake.UnmarshalText([]byte(parts[2])); err != nil {
		return Product{}, fmt.Errorf("product %q: %w", text, err)
	}
	return p, nil
}

// MarshalText writes [Product.String], refusing a product that [ParseProduct] would not read back.
func (p Product) MarshalText() ([]byte, error) {
	text := p.String()
	if _, err := ParseProduct(text); err != nil {
		return nil, err
	}
	return []byte(text), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Product) UnmarshalText(text []byte) error {
	parsed, err := ParseProduct(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// Compare orders products by size, then tier, then stake tier: -1, 0 or 1.
func (p Product) Compare(q Product) int {
	for _, d := range [...]int{int(p.Size) - int(q.Size), int(p.Tier) - int(q.Tier), int(p.Stake) - int(q.Stake)} {
		if d != 0 {
			return d / max(d, -d)
		}
	}
	return 0
}
