package client_test

import (
	"context"
	"fmt"
	"log"

	"vadium"
	"vadium/marketplace/client"
	"vadium/oracle"
)

// A price is used only once this machine has verified its proof. Whoever knows the feed's program and committee pins them, and
// then the market cannot lie about the value at all.
func ExampleClient_Price() {
	market := client.New("http://127.0.0.1:8420", client.Options{})
	feed, err := oracle.ParseFeed("ETH/USD")
	if err != nil {
		log.Fatal(err)
	}
	price, err := market.Price(context.Background(), feed, client.MaxAge(2*vadium.Minute))
	if err != nil {
		log.Fatal(err) // nothing of it was believed
	}
	fmt.Printf("%v with %d decimal places, observed at %d or later, round %d\n", price.Value, price.Decimals, price.At, price.Round)
}
