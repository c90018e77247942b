package main

import (
	"math/big"
	"path/filepath"
	"strings"
	"testing"

	"vadium"
)

// The sample that RedStone published, as a requester would use it.
var published = filepath.Join("..", "..", "circuits", "provenance", "testdata", "redstone_json_BTC_ETH.json")

func TestPackagesOfAGatewayBecomeTheMaterialOfAProof(t *testing.T) {
	for name, want := range map[string]string{"provenance-1": "6359797253291", "provenance-3": "6359658226513"} {
		f := files{packages: published, feed: "BTC"}
		m, err := f.build(vadium.Program{Name: name, Bound: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := new(big.Int).SetBytes(m.statement[3*vadium.ScalarBytes : 4*vadium.ScalarBytes]).String(); got != want {
			t.Errorf("%s claims a value of %s, want %s", name, got, want)
		}
		if got, want := m.facts[3], "0x10299e354c3b50c1320449f71e0fc81256381bce91d109e3017da884c6bde1c9"; got != want {
			t.Errorf("%s is about the signers %s, want %s", name, got, want)
		}
	}
}

func TestPackagesThatCannotBeProvenSayWhy(t *testing.T) {
	const one = "0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202"
	for name, c := range map[string]struct {
		program string
		files   files
		want    string
	}{
		"no feed named":         {"provenance-1", files{packages: published}, "--feed"},
		"a feed it has not":     {"provenance-1", files{packages: published, feed: "XYZ"}, "by 0 of the 5 signers"},
		"a signer it has not":   {"provenance-1", files{packages: published, feed: "BTC", signers: []string{one, "0x" + strings.Repeat("1", 40)}}, "by 1 of the 2 signers"},
		"not an address":        {"provenance-1", files{packages: published, feed: "BTC", signers: []string{"redstone"}}, "not an address"},
		"three of one signer":   {"provenance-3", files{packages: published, feed: "BTC", signers: []string{one}}, "takes other packages than the 1"},
		"no such program":       {"provenance-9", files{packages: published, feed: "BTC"}, "takes other packages"},
		"a file that is not it": {"provenance-1", files{packages: "material_provenance_test.go", feed: "BTC"}, "material_provenance_test.go"},
	} {
		if _, err := c.files.build(vadium.Program{Name: c.program, Bound: true}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
