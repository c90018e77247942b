package marketplace

import (
	"slices"

	"vadium"
)

// A cursor is a position in a journal, and a market that is restored from a backup, or from a copy of its disk, has a
// journal that goes on differently from there. So positions alone do not say whether whoever comes back has missed
// nothing. Every time a market begins to write it draws a lineage and says so in [Resumed]: two journals that part have
// different ones from where they part on, and a cursor is of this journal if the record before it has the lineage it had.

// Lineage is a history that began at a position.
type Lineage struct {
	From uint64      `json:"from"` // position of the Resumed record that began it
	ID   vadium.Salt `json:"id"`
}

// maxLineages bounds how many the state remembers: a market's last 64 starts and returns from outages. Whoever comes back
// with an older cursor begins anew, which costs it time and nothing else.
const maxLineages = 64

func (m *Market) begin(position uint64, id vadium.Salt) {
	if id == (vadium.Salt{}) {
		return
	}
	kept := m.Lineages[max(len(m.Lineages)+1-maxLineages, 0):]
	m.Lineages = append(slices.Clone(kept), Lineage{position, id})
}

// LineageAt returns the lineage of the record at a position: zero before the first, as in journals from before there were
// any. It is not known of records that are older than what is remembered.
func LineageAt(lineages []Lineage, position uint64) (id vadium.Salt, known bool) {
	for _, l := range slices.Backward(lineages) {
		if l.From <= position {
			return l.ID, true
		}
	}
	return vadium.Salt{}, len(lineages) < maxLineages
}
