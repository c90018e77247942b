package main

import (
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults"
	"vadium/vaults/risk"
)

func TestOnlyNumbersOfRecordsAreSlashes(t *testing.T) {
	for _, wrong := range []string{"", "0", "-1", "one", "0x5"} {
		if seq, err := slashSeq(wrong); err == nil {
			t.Errorf("slashSeq(%q) = %d, want an error", wrong, seq)
		}
	}
	if seq, err := slashSeq("77"); err != nil || seq != 77 {
		t.Errorf("slashSeq(77) = %d, %v", seq, err)
	}
}

// A fee is explained in the asset of the stake that answers for it, at the ratio at which the lock was made.
func TestAPastFeeIsInTheAssetOfItsVault(t *testing.T) {
	r := marketplace.Request{Punishable: true, DamageCap: vadium.Tokens(6), Reserve: vadium.Tokens(4)}
	own := vaults.LockFor(r.DamageCap, r.Reserve)
	doubled, _ := own.Mul(vadium.NewAmount(2))
	a := marketplace.Attempt{Price: vadium.Tokens(3), Lock: doubled, DamageCap: vadium.Tokens(12)}
	for asset, want := range map[risk.Asset]vadium.Amount{{}: vadium.Tokens(3), {1}: vadium.Tokens(6)} {
		if terms, err := termsIn(asset, r, a); err != nil || terms.Fee != want || terms.Lock != a.Lock || terms.DamageCap != a.DamageCap {
			t.Errorf("terms in %v = %+v, %v, want a fee of %v", asset, terms, err, want)
		}
	}
	behind := a
	behind.Behind, behind.Lock = 1, vaults.LockFor(vadium.Amount{}, r.Reserve)
	if terms, err := termsIn(risk.Asset{1}, r, behind); err != nil || terms.Fee != vadium.Tokens(3) {
		t.Errorf("terms of a backup = %+v, %v, want a fee of 3: it answers for no damages", terms, err)
	}
}
