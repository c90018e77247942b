package marketplace_test

import (
	"flag"
	"testing"

	"vadium/marketplace/marketplacetest"
)

var update = flag.Bool("update", false, "rewrite golden files and the answers in scenario files")

// Every path of a request's life, in files that people read: what is sent, what the market says, at which instant.
func TestScenarios(t *testing.T) {
	marketplacetest.RunScenarios(t, "testdata/*.txt", *update)
}
