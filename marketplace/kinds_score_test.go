package marketplace_test

import (
	"maps"

	"vadium"
	"vadium/marketplace"
)

func init() {
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrQuoteUnsigned: "submit alice r quote=8 quoted-by=bob",
		marketplace.ErrQuoteProduct:  "submit alice r quote=8 for=high",
		marketplace.ErrQuoteExpired:  "submit alice r quote=8 age=30.001s",
		marketplace.ErrQuoteAhead:    "submit alice r quote=8 position=later",
	})
}
