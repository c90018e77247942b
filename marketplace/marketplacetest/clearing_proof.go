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

// proveClearing lets somebody publish a proof of a batch that was cleared, now and then: one that proves it or not, of that batch or of
// none, by the program for it or by another, and once or twice.
func (s *Simulation) proveClearing(clearing uint64) {
	draw := s.proves.IntN
	b := marketplace.PublishClearing{
		Clearing: clearing, Program: Program("clearing-64").ID(), Size: 64, Book: vadium.DigestOf([]byte("a book")), Proof: []byte("a proof"),
		Valid: draw(4) > 0,
	}
	switch draw(8) {
	case 0:
		b.Clearing--
	case 1:
		b.Program = vadium.ProgramID{1}
	case 2:
		b.Program = Program("small").ID()
	}
	for range 1 + draw(2) {
		by := s.people[draw(len(s.people))]
		s.plan(s.Now.Add(vadium.Duration(draw(int(vadium.Minute)))), func() {
			if _, err := s.do(by, b); err != nil {
				s.unproven++
			}
		})
	}
}

// CountProofs returns how many clearings were proven, and how many proofs of clearings were refused.
func (s *Simulation) CountProofs() (published, refused int) {
	for _, record := range s.Journal() {
		if _, is := record.Event.(*marketplace.ClearingProven); is {
			published++
		}
	}
	return published, s.unproven
}
