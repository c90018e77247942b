package vaultstest_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/vaultstest"
)

var cast = vaultstest.Cast{
	Market: vadium.Account{1}, Prover: vadium.Account{2}, Insurance: vadium.Account{3}, Burn: vadium.Account{4},
	Stakers: []vadium.Account{{5}, {6}, {7}},
}

func TestLivesOfTheVaultKeepItsPromises(t *testing.T) {
	for round := range 10 { // of a hundred lives each
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { vaultstest.Life(t, vaultstest.NewBook(cast, 0), cast, 60) })
		})
	}
}

// rate converts as package vaults does.
type rate struct{}

func (rate) Convert(x vadium.Amount, at vaults.Rate) vaultstest.Converted {
	return vaultstest.Converted{SharesDown: at.SharesDown(x), SharesUp: at.SharesUp(x), AssetsDown: at.AssetsDown(x), AssetsUp: at.AssetsUp(x)}
}

const vectors = "../testdata/vault.json"

func TestTheVaultFollowsTheVectors(t *testing.T) {
	t.Run("vault_sequence", func(t *testing.T) { vaultstest.Sequence(t, vectors, vaultstest.NewBook(cast, 0), cast) })
	t.Run("oz_erc4626_scenario", func(t *testing.T) { vaultstest.Scenario(t, vectors, rate{}) })
	t.Run("oz_inflation_attack", func(t *testing.T) { vaultstest.Inflation(t, vectors, rate{}) })
}

func TestTheVaultConvertsByTheLists(t *testing.T) { vaultstest.Conversions(t, rate{}) }

func book(vaultstest.TB) vaultstest.Machine { return vaultstest.NewBook(cast, 0) }

func TestTheVaultKeepsTheStandards(t *testing.T) { vaultstest.Standards(t, book, cast) }

func TestTheVaultKeepsItsPromises(t *testing.T) { vaultstest.Promises(t, book, cast) }
