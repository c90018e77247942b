package contract_test

import (
	"testing"

	"pgregory.net/rapid"

	"vadium/vaults/contract/contracttest"
	"vadium/vaults/vaultstest"
)

// A block takes milliseconds, so the lives are short: a hundred of thirty steps are some 4,000 operations, and a third of a
// minute. What a longer life finds in the vault in Go is in package vaultstest.
func TestLivesOfTheContractAreThoseOfTheVault(t *testing.T) {
	chain := contracttest.NewChain(t)
	rapid.Check(t, func(t *rapid.T) {
		vaultstest.Life(t, vaultstest.NewPair(t, chain.NewVault(), chain.Cast), chain.Cast, 30)
	})
}

const vectors = "../testdata/vault.json"

func TestTheContractFollowsTheVectors(t *testing.T) {
	chain := contracttest.NewChain(t)
	t.Run("vault_sequence", func(t *testing.T) {
		vaultstest.Sequence(t, vectors, vaultstest.NewPair(t, chain.NewVault(), chain.Cast), chain.Cast)
	})
	t.Run("oz_erc4626_scenario", func(t *testing.T) { vaultstest.Scenario(t, vectors, chain) })
	t.Run("oz_inflation_attack", func(t *testing.T) { vaultstest.Inflation(t, vectors, chain) })
}

func TestTheContractConvertsByTheLists(t *testing.T) {
	vaultstest.Conversions(t, contracttest.NewChain(t))
}

// beside makes vaults on a chain, each beside a book.
func beside(chain *contracttest.Chain) vaultstest.Make {
	return func(t vaultstest.TB) vaultstest.Machine { return vaultstest.NewPair(t, chain.NewVault(), chain.Cast) }
}

func TestTheContractKeepsTheStandards(t *testing.T) {
	chain := contracttest.NewChain(t)
	vaultstest.Standards(t, beside(chain), chain.Cast)
}

func TestTheContractKeepsItsPromises(t *testing.T) {
	chain := contracttest.NewChain(t)
	vaultstest.Promises(t, beside(chain), chain.Cast)
}
