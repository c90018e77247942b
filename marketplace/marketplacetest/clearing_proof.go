package marketplacetest

import (
	"vadium"
	"vadium/marketplace"
)

func init() { words["prove-clearing"] = (*scenario).proveClearing }

// proveClearing publishes a proof of the last clearing, or of one that is named by the position of its record:
//
//	prove-clearing BY [clearing=N] [program=NAME] [proven=no]
func (s *scenario) proveClearing(c *call) error {
	by := c.word()
	var last uint64
	for seq := range s.State.ClearedBatches() {
		last = seq
	}
	if named := c.get("clearing", ""); named != "" {
		last = c.number(named)
	}
	return s.send(c, by, marketplace.PublishClearing{
		Clearing: last, Program: s.names.program(c.get("program", "clearing-64")), Size: 64, Book: vadium.DigestOf([]byte("a book")), Proof: []byte("a proof"),
		Valid: c.get("proven", "yes") == "yes",
	})
}

// describeClearingProof writes what proofs of clearings are told in.
func (w *World) describeClearingProof(l *line, event marketplace.Event) bool {
	e, is := event.(*marketplace.ClearingProven)
	if is {
		l.who(e.By).say("clearing=%d places=%d", e.Clearing, e.Size)
	}
	return is
}
