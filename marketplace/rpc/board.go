package rpc

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/oracle"
)

// board is where reporters' observations hang for whoever watches: in memory only, because a round that needs them is made
// within seconds or made anew. What a seat has signed stays until the seat has signed for later rounds, whatever others do,
// so nobody makes the board forget what somebody else says.
type board struct {
	mu    sync.Mutex
	feeds map[oracle.FeedID]*column // guarded by mu
}

// Bounds of what is held of one seat: 8 observations of some 250 bytes.
const (
	// heldRounds is how many rounds: the one that is being made, the one before, and those that were given up between.
	heldRounds = 4
	// heldEach is how many observations of one round: two that differ are an equivocation, which everybody can report.
	heldEach = 2
)

// column is a feed's part of the board.
type column struct {
	seats   map[oracle.Key][]pinned
	changed chan struct{} // closed when something is added
	next    uint64        // number of what is added next
}

// pinned is an observation with the number under which it was added.
type pinned struct {
	signed oracle.Signed
	number uint64
}

func newBoard() *board { return &board{feeds: map[oracle.FeedID]*column{}} }

// column returns a feed's part; the caller holds mu and has seen that there is such a feed.
func (b *board) column(feed oracle.FeedID) *column {
	c := b.feeds[feed]
	if c == nil {
		c = &column{seats: map[oracle.Key][]pinned{}, changed: make(chan struct{})}
		b.feeds[feed] = c
	}
	return c
}

// look reports whether an observation hangs already, or refuses one that there is no place for.
func (b *board) look(feed oracle.FeedID, s oracle.Signed) (held bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.column(feed).look(s)
}

func (c *column) look(s oracle.Signed) (held bool, err error) {
	mine, round := c.seats[s.Key], s.Observation.Round
	ofRound := 0
	for _, p := range mine {
		if p.signed.Observation == s.Observation {
			return true, nil // under another signature it says nothing new
		}
		if p.signed.Observation.Round == round {
			ofRound++
		}
	}
	if ofRound >= heldEach {
		return false, fmt.Errorf("round %d: %w", round, wire.ErrObservationSurplus)
	}
	if drop, full := makeRoom(mine, round); full && round < drop {
		return false, fmt.Errorf("round %d, the seat has signed for %d later ones: %w", round, heldRounds, wire.ErrObservationOld)
	}
	return false, nil
}

// makeRoom returns which round of a seat goes when another is added, if one has to: the lowest, and an equivocation last, because
// whoever comes later is to see it.
func makeRoom(mine []pinned, fresh uint64) (drop uint64, full bool) {
	count := map[uint64]int{}
	for _, p := range mine {
		count[p.signed.Observation.Round]++
	}
	if len(count) < heldRounds || count[fresh] > 0 {
		return 0, false
	}
	rounds := slices.Sorted(maps.Keys(count))
	if i := slices.IndexFunc(rounds, func(round uint64) bool { return count[round] == 1 }); i >= 0 {
		return rounds[i], true
	}
	return rounds[0], true
}

// pin adds an observation whose signature has been checked, unless it hangs already, and reports whether it did. Of seated
// keys only something is held.
func (b *board) pin(feed oracle.FeedID, s oracle.Signed, seated func(oracle.Key) bool) (added bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.column(feed)
	held, err := c.look(s) // again: somebody may have been faster
	if held || err != nil {
		return false, err
	}
	for key := range c.seats {
		if !seated(key) {
			delete(c.seats, key)
		}
	}
	if drop, full := makeRoom(c.seats[s.Key], s.Observation.Round); full {
		c.seats[s.Key] = slices.DeleteFunc(c.seats[s.Key], func(p pinned) bool { return p.signed.Observation.Round == drop })
	}
	c.next++
	c.seats[s.Key] = append(c.seats[s.Key], pinned{s, c.next})
	close(c.changed)
	c.changed = make(chan struct{})
	return true, nil
}

// since returns what was added after a number, in order, the number to go on from, and what is closed when there is more.
func (b *board) since(feed oracle.FeedID, number uint64) (added []oracle.Signed, last uint64, more <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.column(feed)
	var found []pinned
	for _, mine := range c.seats {
		for _, p := range mine {
			if p.number > number {
				found = append(found, p)
			}
		}
	}
	slices.SortFunc(found, func(a, b pinned) int { return cmp.Compare(a.number, b.number) })
	for _, p := range found {
		added = append(added, p.signed)
	}
	return added, c.next, c.changed
}

// observing returns how many seats of a feed have observed it at a time or later.
func (b *board) observing(feed oracle.FeedID, since vadium.Time) (seats int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.feeds[feed]
	if c == nil {
		return 0
	}
	for _, mine := range c.seats {
		if slices.ContainsFunc(mine, func(p pinned) bool { return p.signed.Observation.At >= since }) {
			seats++
		}
	}
	return seats
}
