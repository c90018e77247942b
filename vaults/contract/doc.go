// Package contract is one prover's vault as a contract in Solidity: the Go bindings of src/ProverVault.sol, made by
// `make contracts`.
//
// The contract is the vault of package vaults to the unit, with ERC-4626 senior shares and ERC-7540 redemption; package
// vaultstest holds both against one suite, and package contracttest runs the contract on a simulated chain. GAS.md lists
// what each operation costs. It is not audited, and the market does not deploy it: docs/decisions/the-vault-as-a-contract.md
// says what it is for.
//
//	vault := contract.NewProverVault()
//	data := vault.PackDeposit(assets, receiver) // for any transactor
package contract
