package vaults_test

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// staked returns a vault with this junior and alice's senior stake, in tokens.
func staked(t testing.TB, junior, senior uint64) *vaults.Vault {
	t.Helper()
	v := vaults.New(1, prover, 1_000, 0)
	v.DepositJunior(vadium.Tokens(junior))
	if senior > 0 {
		deposit(t, v, 0, alice, vadium.Tokens(senior))
	}
	return v
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestCheckFindsBrokenBooks(t *testing.T) {
	for name, spoil := range map[string]func(*vaults.Vault){
		"shares without a holder": func(v *vaults.Vault) { v.Shares = v.Shares.MustAdd(amount(1)) },
		"an empty holding": func(v *vaults.Vault) {
			v.Holdings = vaults.NewHoldings(append(slices.Collect(v.Holdings.All()), vaults.Holding{Owner: dave}))
		},
		"a lock sum of no lock":         func(v *vaults.Vault) { v.LockTotal = amount(1) },
		"a cap that is not summed":      func(v *vaults.Vault) { v.DamageCapTotal = amount(1) },
		"a pool nobody owns":            func(v *vaults.Vault) { v.SeniorUnbonding.Shares = amount(1) },
		"money nobody owns":             func(v *vaults.Vault) { v.JuniorUnbonding.Assets = amount(1) },
		"a redemption out of order":     func(v *vaults.Vault) { v.Redemptions = append(v.Redemptions, vaults.Redemption{ID: 7}) },
		"an empty drip with dates":      func(v *vaults.Vault) { v.Dripping.Until = 7 },
		"an empty list that is not nil": func(v *vaults.Vault) { v.Frozen = []vaults.Holding{} },
		"an empty allowance":            func(v *vaults.Vault) { v.Allowances = []vaults.Allowance{{Owner: bob}} },
		"frozen shares out of order": func(v *vaults.Vault) {
			v.Frozen = []vaults.Holding{{Owner: dave, Shares: amount(1)}, {Owner: bob, Shares: amount(1)}}
		},
		"a drip that runs backward": func(v *vaults.Vault) { v.Dripping = vaults.Drip{Locked: amount(1), From: 8, Until: 7} },
	} {
		v := staked(t, 10, 90)
		checked(t, v, 0)
		spoil(v)
		if v.Check(0) == nil {
			t.Errorf("Check accepts %s", name)
		}
	}
}

func encoded(t interface{ Fatal(...any) }, v *vaults.Vault) []byte {
	raw, err := rlp.EncodeToBytes(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestACloneSharesNothing(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(2, 1, 1))
	redeem(t, v, 0, alice, vadium.Tokens(1))
	v.Approve(alice, bob, amount(7))
	v.Freeze(alice, amount(7))
	before := encoded(t, v)
	c := v.Clone()
	if !reflect.DeepEqual(c, v) {
		t.Fatalf("Clone = %+v, want %+v", c, v)
	}
	c.AddLock(lock(1, 1, 1))
	c.Release(lock(2, 1, 1))
	deposit(t, c, 0, bob, vadium.Tokens(1))
	deposit(t, c, 0, alice, vadium.Tokens(1))
	redeem(t, c, 0, alice, vadium.Tokens(1))
	claim(t, c, math.MaxInt64, 1)
	c.SpendAllowance(alice, bob, amount(1))
	c.Freeze(alice, amount(1))
	if !bytes.Equal(encoded(t, v), before) {
		t.Error("changing the clone changed the original")
	}
}

// Lists that have become empty take no byte: a vault that has lost its last allowance encodes as one that never had any.
func TestAVaultThatLostTheLastOfAListEncodesAsIfThereHadBeenNone(t *testing.T) {
	v, want := staked(t, 10, 90), encoded(t, staked(t, 10, 90))
	for name, do := range map[string]func(){
		"an allowance":   func() { v.Approve(alice, bob, amount(7)); v.Approve(alice, bob, amount(0)) },
		"all allowances": func() { v.Approve(alice, bob, amount(7)); v.Approve(alice, carol, amount(7)); v.Disallow(alice) },
		"frozen shares":  func() { v.Freeze(alice, amount(7)); v.Freeze(alice, amount(0)) },
		"a rise taken back": func() {
			v.ApplyCommission(0, vaults.Rise{Commission: v.Commission + 1, From: 9})
			v.ApplyCommission(1, vaults.Rise{Commission: v.Commission, From: 1})
		},
	} {
		if do(); !bytes.Equal(encoded(t, v), want) {
			t.Errorf("after %s the vault is %+v", name, v)
		}
	}
}

// A vault in another asset has its asset written behind lists that are mostly empty: those read back as they were.
func TestVaultInAnotherAssetReadsBackAsItWas(t *testing.T) {
	v := staked(t, 1, 0)
	v.Asset = risk.Asset{7}
	raw, err := rlp.EncodeToBytes(v)
	if err != nil {
		t.Fatal(err)
	}
	var back vaults.Vault
	if err := rlp.DecodeBytes(raw, &back); err != nil {
		t.Fatal(err)
	}
	if err := back.Check(0); err != nil || back.Asset != v.Asset || back.Allowances != nil || back.Frozen != nil {
		t.Errorf("it reads back as %+v (%v), want %+v", back, err, *v)
	}
}

// A vault that is read back while a rise is announced, and loses it then, encodes as one that never was written.
func TestAVaultReadBackWithARiseForgetsItTheSame(t *testing.T) {
	v, read := staked(t, 10, 90), new(vaults.Vault)
	v.ApplyCommission(0, vaults.Rise{Commission: v.Commission + 1, From: 9})
	if err := rlp.DecodeBytes(encoded(t, v), read); err != nil {
		t.Fatal(err)
	}
	fall := vaults.Rise{Commission: 0, From: 1}
	v.ApplyCommission(1, fall)
	read.ApplyCommission(1, fall)
	if !bytes.Equal(encoded(t, read), encoded(t, v)) {
		t.Errorf("read back it is %+v, want %+v", read, v)
	}
}
