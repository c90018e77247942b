// Package source reads signed prices that exist in the world, and believes none that it has not verified.
//
// Three networks sign prices with secp256k1 over keccak256, each in its own form:
//
//	RedStone   packages of feeds, each signed by one node; served as JSON by gateways, carried as binary payloads
//	Pyth       a Merkle root that Wormhole's guardians signed, and leaves under it; served by Hermes
//	Chainlink  a report that a Data Streams committee signed (OCR2)
//
// The words: a [Value] is a number as it was signed, of any sign. A [Testimony] is what verified bytes say of one feed at
// one time, and by whom they are signed. The known signers of a network are [Trust]. An answer is the median of what
// several [Upstream]s say, each asked over HTTP by a [Set].
//
//	quote, err := source.Check(feed.Sources[0], feed.Decimals, bytes) // does this prove what the value was?
//
// Bytes come from strangers: their size is looked at before anything else, no length that they claim is allocated, and
// there is one way to write each thing. Numbers stay integers from the digits on: nothing is a machine's binary fraction
// on its way (see [Value]).
//
// The package also makes prices up: [Server] serves RedStone's JSON, signed by keys of its own, for demonstrations
// and tests. It does not know what a market does with a quote; the rules are package oracle's.
package source
