package vaults_test

import (
	"fmt"

	"vadium"
	"vadium/vaults"
)

// A prover stakes 1,000 tokens, a delegator adds 4,000, and the prover fails a request with a damage cap of 400.
func ExampleVault() {
	prover, delegator := vadium.Account{1}, vadium.Account{2}
	vault := vaults.New(1, prover, 8_000, 0)
	vault.DepositJunior(vadium.Tokens(1_000))

	shares, err := vault.PreviewDeposit(0, vadium.Tokens(4_000))
	if err != nil {
		fmt.Println(err)
		return
	}
	vault.DepositSenior(0, delegator, vadium.Tokens(4_000), shares)
	fmt.Println("backs locks of", vault.Effective(0).Tokens())

	lock := vaults.Lock{
		Request:   vadium.RequestID{7},
		Amount:    vaults.LockFor(vadium.Tokens(400), vadium.Tokens(500)),
		DamageCap: vadium.Tokens(400),
	}
	if err := vault.CheckLock(0, lock); err != nil {
		fmt.Println(err)
		return
	}
	vault.AddLock(lock)
	fmt.Println("locked", vault.Locked().Tokens(), "free", vault.Free(0).Tokens())

	damages, punitive := vault.PlanPenalty(0, vadium.Tokens(400), vadium.Tokens(50), vadium.Amount{})
	vault.Release(lock)
	vault.ApplyLoss(0, damages)
	vault.ApplyLoss(0, punitive)
	fmt.Println("the prover has", vault.Junior.Tokens(), "left, the delegator", vault.TotalAssets(0).Tokens())
	// Output:
	// backs locks of 5000
	// locked 650 free 4350
	// the prover has 550 left, the delegator 4000
}
