package oracle

import (
	"vadium"
	"vadium/vaults/risk"
)

// FeedID names a feed: printable ASCII, padded with zeros to 32 bytes.
type FeedID = risk.FeedID

// Scope is a feed in one market, as a scalar of BN254: observations are signed for it, so that they are worth nothing in
// another market.
type Scope [32]byte

// ScopeOf returns the scope of a feed in the market of a deployment.
func ScopeOf(deployment vadium.Salt, feed FeedID) Scope {
	scope := Scope(vadium.HashParts("vadium/feed/v1", deployment[:], feed[:]))
	scope[0] &= 0x1f
	return scope
}

// Key is a reporter's public key: a point of the twisted Edwards curve over BN254's scalar field, compressed
// (circuits/pricemedian checks it).
type Key [32]byte

// Signature is a reporter's EdDSA signature: R compressed, then S, as gnark-crypto writes it.
type Signature [64]byte

// Seat is one place of a committee.
type Seat struct {
	Reporter vadium.Account
	Key      Key
}

// SourceKind is a format of signed prices that exist in the world. The numbers are persisted and never reused.
type SourceKind uint8

// Kinds of sources.
const (
	RedStone  SourceKind = 1
	Pyth      SourceKind = 2
	Chainlink SourceKind = 3
)

// Source is where independent evidence of a feed's value comes from: signers that are not of the committee.
type Source struct {
	Kind SourceKind
	// ID is the source's own name of the value: a RedStone data feed id, a Pyth price id, a Chainlink feed id.
	ID [32]byte
	// Signers are the addresses that may sign, sorted; Threshold is how many distinct ones have to.
	Signers   [][20]byte
	Threshold uint8
	// Decimals of the values the source publishes.
	Decimals uint8
}

// Feed is the configuration of a feed.
type Feed struct {
	ID    FeedID
	Seats []Seat // in slot order
	// Committee is the digest of the seats' keys in slot order, which proofs are about. The shell computes it.
	Committee [32]byte
	// Program verifies the feed's proofs; Slots is how many seats its circuit has room for: 7, 16 or 31.
	Program vadium.ProgramID
	Slots   uint8
	Quorum  uint8
	// Decimals of the feed's values. Least and Most bound them.
	Decimals    uint8
	Least, Most vadium.Amount
	// Heartbeat is the longest time between rounds, Deviation the move of the value that begins one earlier.
	Heartbeat vadium.Duration
	Deviation vadium.Bps
	// Window is how old the oldest observation of a round may be when it is published.
	Window vadium.Duration
	// Timeout is when an unfinished round is given up for the next, which has another leader.
	Timeout vadium.Duration
	// Outlier is how far off the median an observation is flagged, and Lasting for how long its reporter may be off
	// before that is an offence.
	Outlier vadium.Bps
	Lasting vadium.Duration
	// Bond is the junior stake that a reporter needs to count.
	Bond vadium.Amount
	// Sources are what evidence of deviations may rest on.
	Sources []Source
	// Prices says that the feed prices Asset; the zero asset is the market's own. Depth is as in PublishPrice.
	Prices bool
	Asset  risk.Asset
	Depth  risk.Value
}
