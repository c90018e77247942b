package sequencer

import (
	"crypto/rand"

	"vadium"
	"vadium/marketplace"
)

// Market is the sequencer of the market proper.
type Market = Sequencer[*marketplace.State, marketplace.Command, marketplace.Event, marketplace.Record]

// MarketCore returns the core of the market proper.
func MarketCore() Core[*marketplace.State, marketplace.Command, marketplace.Event, marketplace.Record] {
	return Core[*marketplace.State, marketplace.Command, marketplace.Event, marketplace.Record]{
		New:     marketplace.NewState,
		Restore: marketplace.Restore,
		Record: func(seq uint64, at vadium.Time, event marketplace.Event) marketplace.Record {
			return marketplace.Record{Seq: seq, At: at, Event: event}
		},
		Tick:   marketplace.Tick,
		Resume: resume,
	}
}

// resume begins a lineage of its own each time, so that a market that is restored from a copy is told from the copied.
func resume() marketplace.Command {
	var lineage vadium.Salt
	rand.Read(lineage[:])
	return marketplace.Command{Body: marketplace.ResumeCommand{Lineage: lineage}}
}
