package risk

import (
	"fmt"

	"vadium"
)

// Refusals of concentration.
const (
	// ErrVaultConcentrated: the vault would have too much of its stake locked for one product.
	ErrVaultConcentrated = vadium.Kind("vault-too-concentrated")
	// ErrProductConcentrated: the prover would hold too much of what is assigned of one product.
	ErrProductConcentrated = vadium.Kind("product-too-concentrated")
)

const (
	// VaultShare is the most of a vault's effective stake that locks of one product may take: when one verifier or one
	// circuit turns out wrong, the rest of the stake still stands (economics.md §1, D12).
	VaultShare vadium.Bps = 4_000
	// ProductShare is the most of a product's assigned value that one prover may hold (I4).
	ProductShare vadium.Bps = 3_300
	// EnoughProvers is from how many provers of a product on ProductShare can be kept at all: a third of the value is
	// more than 3,300, so three could never be assigned anything.
	EnoughProvers = 4
)

// CheckVaultShare refuses with [ErrVaultConcentrated] one more lock of a product of which so much is locked already. The
// limit rounds down, in favour of the vault's other products.
func CheckVaultShare(effective, locked, lock vadium.Amount) error {
	limit := effective.BpsDown(VaultShare)
	if with, ok := locked.Add(lock); !ok || limit.Less(with) {
		return fmt.Errorf("the product has %s tokens of the vault locked, the limit is %s, %s more are needed: %w",
			locked.Tokens(), limit.Tokens(), lock.Tokens(), ErrVaultConcentrated)
	}
	return nil
}

// ProductLoad is what is assigned of one product across assets.
type ProductLoad struct {
	// Provers is how many could be assigned it.
	Provers uint32
	// All is the assigned value, and Own the part of it with the prover in question.
	All, Own Value
	// Free is what a prover may hold whatever its share is: the first assignment of a product is all there is of it.
	Free Value
}

// Check refuses with [ErrProductConcentrated] one more assignment of so much: with it, the prover would hold more than
// [ProductShare] of all, itself included, and more than is free. Where fewer than [EnoughProvers] serve the product,
// nothing is refused. The limit rounds down, in favour of the product's other provers.
func (l ProductLoad) Check(more Value) error {
	own, fits := l.Own.Add(more)
	all, allFits := l.All.Add(more)
	if !fits || !allFits {
		return ErrValue
	}
	if l.Provers < EnoughProvers || own <= l.Free {
		return nil
	}
	if limit := mulDivDown(uint64(all), uint64(ProductShare), uint64(vadium.BpsOne)); uint64(own) > limit {
		return fmt.Errorf("the prover would hold %d of %d of the product: %w", own, all, ErrProductConcentrated)
	}
	return nil
}
