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
	// EnoughProducts is from how many products of one vault on [VaultShare] is kept: two at two fifths each would leave a
	// fifth of the stake to nobody, and one three fifths.
	EnoughProducts = 3
)

// WithinVaultShare reports whether one more lock of a product keeps within [VaultShare] of a vault's effective stake, when
// so much of it is locked for the product already. The limit rounds down, in favour of the vault's other products.
func WithinVaultShare(effective, locked, lock vadium.Amount) bool {
	with, ok := locked.Add(lock)
	return ok && !effective.BpsDown(VaultShare).Less(with)
}

// CheckVaultShare refuses with [ErrVaultConcentrated] what is not [WithinVaultShare].
func CheckVaultShare(effective, locked, lock vadium.Amount) error {
	if !WithinVaultShare(effective, locked, lock) {
		return fmt.Errorf("the product has %s tokens of the vault locked, the limit is %s, %s more are needed: %w",
			locked.Tokens(), effective.BpsDown(VaultShare).Tokens(), lock.Tokens(), ErrVaultConcentrated)
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
