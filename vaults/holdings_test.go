package vaults_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

// However many owners come and go: holdings are what a plain sorted list of them would be, encoded like it byte for byte, and
// a copy taken on the way stays what it was.
func TestHoldingsAreAPlainListHoweverTheyLie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := vaults.New(1, prover, 0, 0)
		want := map[vadium.Account]vadium.Amount{}
		type past struct {
			vault *vaults.Vault
			bytes []byte
		}
		var pasts []past
		owners := rapid.Uint64Range(1, 2_000).Draw(t, "owners")
		random := rapid.Uint64Range(0, 1<<40).Draw(t, "seed")
		next := func(n uint64) uint64 {
			random = random*6364136223846793005 + 1442695040888963407
			return (random >> 33) % n
		}
		for step := range rapid.IntRange(1, 1_500).Draw(t, "steps") {
			var owner vadium.Account
			owner[3], owner[9] = byte(next(owners)), byte(next(owners)>>8)
			switch had := v.SharesOf(owner); {
			case had != want[owner]:
				t.Fatalf("%v holds %v, want %v", owner, had, want[owner])
			case !had.IsZero() && next(2) == 0:
				v.Transfer(owner, prover, had)
				want[prover] = want[prover].MustAdd(had)
				delete(want, owner)
			default:
				v.DepositSenior(0, owner, amount(1), amount(7))
				want[owner] = want[owner].MustAdd(amount(7))
			}
			if step%97 == 0 {
				pasts = append(pasts, past{v.Clone(), encodedAs(t, v)})
			}
		}
		list := make([]vaults.Holding, 0, len(want))
		for owner, shares := range want {
			list = append(list, vaults.Holding{Owner: owner, Shares: shares})
		}
		slices.SortFunc(list, func(a, b vaults.Holding) int { return bytes.Compare(a.Owner[:], b.Owner[:]) })
		plain, err := rlp.EncodeToBytes(list)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := rlp.EncodeToBytes(v.Holdings); err != nil || !bytes.Equal(got, plain) || v.Holdings.Len() != len(list) {
			t.Fatalf("%d holdings encode to %x, want %d and %x (%v)", v.Holdings.Len(), got, len(list), plain, err)
		}
		if err := v.Check(0); err != nil {
			t.Fatal(err)
		}
		var read vaults.Vault
		if err := rlp.DecodeBytes(encodedAs(t, v), &read); err != nil || !bytes.Equal(encodedAs(t, &read), encodedAs(t, v)) || !slices.Equal(slices.Collect(read.Holdings.All()), list) {
			t.Fatalf("the vault reads back as %+v (%v)", read, err)
		}
		for _, p := range pasts {
			if !bytes.Equal(encodedAs(t, p.vault), p.bytes) {
				t.Fatal("a copy has changed with the vault that it was taken of")
			}
		}
	})
}

func encodedAs(t *rapid.T, v *vaults.Vault) []byte {
	b, err := rlp.EncodeToBytes(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
