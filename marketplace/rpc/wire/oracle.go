package wire

import (
	"vadium"
	"vadium/oracle"
)

// ProvenFeed is a feed as it stands.
type ProvenFeed struct {
	// Feed is in force, until another is. The last round was published under it.
	Feed oracle.Feed `json:"feed"`
	// Next is in force from NextFrom on; nil: nothing was announced since the last round.
	Next     *oracle.Feed `json:"next,omitempty"`
	NextFrom vadium.Time  `json:"nextFrom,omitempty"`
	Retired  bool         `json:"retired"`
	// Last is what the last round states, and LastSeq its position in the journal; nil and 0: there is none yet.
	LastSeq       uint64         `json:"lastSeq"`
	LastPublished vadium.Time    `json:"lastPublished"`
	Last          *oracle.Report `json:"last,omitempty"`
	Average       vadium.Amount  `json:"average"` // of the last hour, weighted by time; 0: there is no round yet
}

// Round is a round that was published, with what anybody needs to verify it.
type Round struct {
	Feed      oracle.FeedID    `json:"feed"`
	Seq       uint64           `json:"seq"`
	Published vadium.Time      `json:"published"`
	By        vadium.Account   `json:"by"`
	Report    oracle.Report    `json:"report"`
	Request   vadium.RequestID `json:"request"` // zero: the proof was not bought
	Prover    vadium.Account   `json:"prover"`
	Program   vadium.ProgramID `json:"program"`
	Proof     []byte           `json:"proof"`
	Previous  uint64           `json:"previous"` // position of the round before; 0: there is none
}

// Observed is an observation that somebody sent in.
type Observed struct {
	Feed   oracle.FeedID `json:"feed"`
	Signed oracle.Signed `json:"signed"`
}
