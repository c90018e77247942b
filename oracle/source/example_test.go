package source_test

import (
	"fmt"
	"os"

	"vadium/oracle"
	"vadium/oracle/source"
)

// What a RedStone gateway served proves what bitcoin cost, if three of five nodes that we know signed it.
func ExampleCheck() {
	served, err := os.ReadFile("testdata/redstone_json_BTC_ETH.json")
	if err != nil {
		panic(err)
	}
	bitcoin := oracle.Source{Kind: oracle.RedStone, ID: source.FeedName("BTC"), Threshold: 3, Decimals: source.RedStoneDecimals}
	for _, node := range source.Production().RedStone[source.RedStonePrimary] {
		bitcoin.Signers = append(bitcoin.Signers, node)
	}
	quote, err := source.Check(bitcoin, 2, served)
	fmt.Println(quote.Value, quote.At, err)
	// Output: 6359780 1719856900000 <nil>
}

// Every signature in a file is verified, whatever network it is of.
func ExampleExamine() {
	file, err := os.ReadFile("testdata/chainlink_datastreams_reports.json")
	if err != nil {
		panic(err)
	}
	for _, s := range source.Examine(file, source.Production()) {
		fmt.Println(s.Format, s.Testimony[0].Value, len(s.Signers), s.Err)
	}
	// Output:
	// chainlink-report 0.6954102420437865 6 <nil>
	// chainlink-report 2697.647538506276 2 <nil>
	// chainlink-report 1.01440935624875 2 <nil>
}
