package wire

import (
	"vadium"
	"vadium/auction"
)

// Clearing is what the market keeps of a batch that was cleared.
type Clearing struct {
	Seq       uint64            `json:"seq"` // of the record that reports it
	Product   auction.Product   `json:"product"`
	Tick      vadium.Time       `json:"tick"`
	Mechanism auction.Mechanism `json:"mechanism"`
	Root      vadium.Digest     `json:"root"`
	Served    uint32            `json:"served"`
	Paid      vadium.Amount     `json:"paid"`
	Proven    uint64            `json:"proven"` // position of the record with the proof; 0: there is none
}
