package oracle

// Misconduct is what a reporter can be found to have done.
type Misconduct uint8

// Kinds of misconduct.
const (
	Equivocated Misconduct = 1 // signed two different observations of one round
	Deviated    Misconduct = 2 // was off the median and off independent quotes for too long
	WasStale    Misconduct = 3 // signed an observation that it knew was old
)

// String returns the word.
func (m Misconduct) String() string {
	switch m {
	case Equivocated:
		return "equivocated"
	case Deviated:
		return "deviated"
	case WasStale:
		return "was stale"
	}
	return "unknown"
}

// watch is how a node looks after the others: it accuses each of one thing once a round.
type watch struct {
	feed  Feed
	scope Scope
	slot  int // of the node itself, which it does not accuse
	seats []watched
}

// watched is what a node remembers of a seat. The numbers are of the latest rounds that it was accused for.
type watched struct {
	equivocated, stale uint64
	// first is the first of the observations in a row that were off, of round 0 if the latest was not.
	first Signed
}

func newWatch(feed Feed, scope Scope, slot int) watch {
	return watch{feed, scope, slot, make([]watched, len(feed.Seats))}
}

func (w *watch) accuse(of Misconduct, signed ...Signed) []Action {
	found := Finding{Feed: w.feed.ID, Key: signed[0].Key}
	for _, s := range signed {
		found.Signed = append(found.Signed, s.Observation)
	}
	return []Action{Accuse{of, found, signed}}
}

func (w *watch) equivocation(slot int, a, b Signed) []Action {
	seat, round := &w.seats[slot], a.Observation.Round
	if slot == w.slot || seat.equivocated >= round {
		return nil
	}
	seat.equivocated = round
	return w.accuse(Equivocated, a, b)
}

func (w *watch) stale(slot int, recent []Round, s Signed) []Action {
	seat := &w.seats[slot]
	found := Finding{Feed: w.feed.ID, Key: s.Key, Signed: []Observation{s.Observation}}
	if slot == w.slot || seat.stale >= s.Observation.Round || w.feed.JudgeStale(w.scope, recent, found) != nil {
		return nil
	}
	seat.stale = s.Observation.Round
	return w.accuse(WasStale, s)
}

// published looks at what the seats have signed for a round, which says whether a deviation goes on.
func (w *watch) published(r Round, of func(slot int, round uint64) (Signed, bool)) (actions []Action) {
	for slot := range w.seats {
		seat := &w.seats[slot]
		s, heard := of(slot, r.Report.Round)
		flagged := r.Report.Flags.Has(slot)
		switch {
		case slot == w.slot || r.Report.Committee != w.feed.Committee:
		case r.Report.Present.Has(slot) && !flagged:
			seat.first = Signed{}
		case !heard:
		case !Off(s.Observation.Value, r.Report.Median, w.feed.Outlier):
			seat.first = Signed{}
		case seat.first.Observation.Round == 0:
			seat.first = s
		case s.Observation.At.Sub(seat.first.Observation.At) >= w.feed.Lasting:
			actions = append(actions, w.accuse(Deviated, seat.first, s)...)
			seat.first = Signed{}
		}
	}
	return actions
}
