// Package contracttest runs the vault's contract on go-ethereum's simulated chain, as a machine of package vaultstest.
//
//	chain := contracttest.NewChain(t)
//	vault := chain.NewVault()
//	shares, err := vault.Do(alice, vaultstest.Deposit{Assets: assets, Receiver: alice})
//
// A chain keeps running between the vaults of a test; each has a token of its own. Blocks are seconds apart and begin in the
// year 2100, so no machine's clock plays a part. The contracts beside it (src) are for tests: a token that misbehaves on
// demand, a lens that reads all there is in one call, and the vault's conversions alone.
package contracttest
