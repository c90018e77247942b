package source

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"vadium/oracle"
)

// What a reporter does before it signs, and the market for each quote in evidence: nearly all of it is recovering signers.
func BenchmarkCheck(b *testing.B) {
	known := Production()
	whole, _ := payloadPackages(b)
	pythBTC := [32]byte(common.FromHex("0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"))
	for name, c := range map[string]struct {
		source oracle.Source
		raw    []byte
	}{
		"redstone/signers=5":  {productionSource(oracle.RedStone, btc, known.RedStone[RedStoneAvalanche], 5, 8), whole},
		"pyth/signers=13":     {productionSource(oracle.Pyth, pythBTC, known.Guardians[4], 13, 8), hermesUpdates(b)["HERMES_UPDATE_1_PRICE_FEED"]},
		"chainlink/signers=6": {productionSource(oracle.Chainlink, known.Chainlink[0].Feed, known.Chainlink[0].Signers, 6, 18), chainlinkReports(b)[0]},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Check(c.source, 8, c.raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
