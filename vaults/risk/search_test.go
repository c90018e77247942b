package risk_test

import (
	"math/rand/v2"
	"testing"

	"vadium/vaults/vaultstest"
)

// property is a check as one that a search holds: a round is a sample.
func (c check) property(f formulas) vaultstest.Property {
	return func(random *rand.Rand) (int, error) { return samples, c.run(f, random) }
}

// The references of TestFormulasAgreeWithTheirReferences, over as many cases as `make search` asks for.
func TestSearch(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) { vaultstest.Search(t, c.property(ours())) })
	}
}
