package vaults_test

import (
	"errors"
	"reflect"
	"testing"

	"vadium"
	"vadium/vaults"
)

func TestDepositsAreRefusedForTheRightReason(t *testing.T) {
	least := vaults.MinDeposit
	for _, c := range []struct {
		name   string
		spoil  func(*vaults.Vault)
		assets vadium.Amount
		want   error
	}{
		{"one token", func(*vaults.Vault) {}, least, nil},
		{"a unit less", func(*vaults.Vault) {}, least.MustSub(amount(1)), vaults.ErrDepositTooSmall},
		{"more than can exist", func(*vaults.Vault) {}, vadium.AmountFromUint256(power(128)), vaults.ErrDepositTooLarge},
		{"an open case", func(v *vaults.Vault) { v.OpenCase() }, least, vaults.ErrCaseOpen},
		{"a closed case", func(v *vaults.Vault) { v.OpenCase(); v.CloseCase() }, least, nil},
		{"junior slashed away while a request is open", func(v *vaults.Vault) { v.AddLock(lock(1, 1, 0)); slash(v, 0, vadium.Tokens(10)) }, least, vaults.ErrNoJunior},
		{"junior slashed away and nothing open", func(v *vaults.Vault) { slash(v, 0, vadium.Tokens(10)) }, least, nil},
		{"all slashed away", func(v *vaults.Vault) { slash(v, 0, vadium.Tokens(100)) }, least, vaults.ErrVaultClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := staked(t, 10, 90)
			c.spoil(v)
			if _, err := v.PreviewDeposit(0, c.assets); !errors.Is(err, c.want) {
				t.Errorf("PreviewDeposit = %v, want %v", err, c.want)
			}
		})
	}
	if _, err := vaults.New(1, prover, 0, 0).PreviewDeposit(0, least); !errors.Is(err, vaults.ErrNoJunior) {
		t.Errorf("PreviewDeposit into an empty vault = %v, want %v", err, vaults.ErrNoJunior)
	}
	panics(t, "closing a case that is not open", func() { staked(t, 1, 0).CloseCase() })
}

func TestADepositSettlesTheDripAndChangesNoPrice(t *testing.T) {
	v := staked(t, 1, 1)
	v.ApplyReward(0, vaults.Reward{Senior: vadium.Tokens(7)})
	now := vadium.Time(3 * vadium.Day)
	price := v.Price(now)
	deposit(t, v, now, bob, vadium.Tokens(8))
	if v.Senior != vadium.Tokens(12) || v.Dripping.Locked != vadium.Tokens(4) || v.Price(now) != price {
		t.Errorf("after the deposit: principal %s, dripping %s, price %v, want 12, 4, %v",
			v.Senior.Tokens(), v.Dripping.Locked.Tokens(), v.Price(now), price)
	}
}

func TestHoldersAreSortedAndLeaveWithTheirLastShare(t *testing.T) {
	v := staked(t, 10, 90)
	for _, owner := range []vadium.Account{dave, bob, carol} {
		deposit(t, v, 0, owner, vadium.Tokens(1))
	}
	redeem(t, v, 0, bob, v.SharesOf(bob))
	if got, want := v.Holders(), []vadium.Account{alice, carol, dave}; !reflect.DeepEqual(got, want) {
		t.Errorf("Holders = %v, want %v", got, want)
	}
	if got := v.SharesOf(bob); !got.IsZero() {
		t.Errorf("bob has %v shares left", got)
	}
}

func TestMintingCostsWhatTheSharesAreWorthRoundedUp(t *testing.T) {
	v := staked(t, 10, 90)
	slash(v, 0, vadium.Tokens(41)) // a price that does not divide
	shares := v.Rate(0).SharesDown(vadium.Tokens(7)).MustAdd(amount(1))
	cost, err := v.PreviewMint(0, shares)
	if err != nil {
		t.Fatal(err)
	}
	if want := v.Rate(0).AssetsUp(shares); cost != want || !vadium.Tokens(7).Less(cost) {
		t.Errorf("PreviewMint = %v, want %v, more than seven tokens", cost, want)
	}
	v.DepositSenior(0, bob, cost, shares)
	checked(t, v, 0)
	for _, c := range []struct {
		name   string
		shares vadium.Amount
		want   error
	}{
		{"no shares", amount(0), vaults.ErrDepositTooSmall},
		{"shares of less than a token", v.Rate(0).SharesDown(vaults.MinDeposit).MustSub(amount(2_000_000)), vaults.ErrDepositTooSmall},
		{"more than fit", vaults.Unlimited, vaults.ErrDepositTooLarge},
		{"more than assets fit", vadium.AmountFromUint256(power(160)), vaults.ErrDepositTooLarge},
	} {
		if _, err := v.PreviewMint(0, c.shares); !errors.Is(err, c.want) {
			t.Errorf("PreviewMint of %s = %v, want %v", c.name, err, c.want)
		}
	}
	v.OpenCase()
	if _, err := v.PreviewMint(0, shares); !errors.Is(err, vaults.ErrCaseOpen) {
		t.Errorf("PreviewMint during a case = %v, want %v", err, vaults.ErrCaseOpen)
	}
}
