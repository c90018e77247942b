package reporter

import (
	"slices"

	"vadium"
	"vadium/oracle"
)

// evidence is what independent signers have said lately, by source: owned by loop.
type evidence struct {
	feed   oracle.Feed
	quotes []Quote // in the order they came; at most mostQuotes
}

const (
	// mostQuotes bounds what is kept: some hours of a heartbeat a minute, and at most some megabytes.
	mostQuotes = 512
	// quotesApart is how far the quotes of one source are apart that are kept: a third of how far one may be from an
	// observation.
	quotesApart = oracle.MaxQuoteAge / 6
)

// FreshFor returns how old a quote may be that a reporter of a feed signs the value of. An observation's time is when the
// sources answered, and rounds are published while that is within the window, so a value may be older than its round says
// by this: a quarter of the window, at least a second and at most as old as a quote that is evidence.
func FreshFor(feed oracle.Feed) vadium.Duration {
	return min(max(feed.Window/4, vadium.Second), oracle.MaxQuoteAge)
}

// restsOnFresh reports whether a value that is the median of quotes is one of now: most of them are fresh, so that it is
// no less than one of these and no more than another. A source that shows no quotes is believed.
func restsOnFresh(feed oracle.Feed, quotes []Quote, now vadium.Time) bool {
	fresh := 0
	for _, q := range quotes {
		if now.Sub(q.At) <= FreshFor(feed) {
			fresh++
		}
	}
	return len(quotes) == 0 || 2*fresh > len(quotes)
}

func newEvidence(feed oracle.Feed) evidence { return evidence{feed: feed} }

// add keeps quotes that are young enough beside those of the same source.
func (e *evidence) add(quotes []Quote) {
	for _, q := range quotes {
		near := func(k Quote) bool { return k.Source == q.Source && q.At.Sub(k.At) < quotesApart }
		if int(q.Source) >= len(e.feed.Sources) || slices.ContainsFunc(e.quotes, near) {
			continue
		}
		if len(e.quotes) == mostQuotes {
			e.quotes = slices.Delete(e.quotes, 0, 1)
		}
		e.quotes = append(e.quotes, q)
	}
}

// against returns an accusation of a deviation with a quote for each observation, if the market would take it.
func (e *evidence) against(scope oracle.Scope, recent []oracle.Round, a oracle.Accuse) (accusation, bool) {
	found := accusation{found: a}
	found.found.Finding.Upstream = nil
	for _, o := range a.Finding.Signed {
		round, _ := oracle.Find(recent, o.Round)
		q, ok := e.nearest(o, round.Report.Median)
		if !ok {
			return accusation{}, false
		}
		found.quotes = append(found.quotes, q)
		found.found.Finding.Upstream = append(found.found.Finding.Upstream, q.Quote)
	}
	_, err := e.feed.JudgeDeviation(scope, recent, found.found.Finding)
	return found, err == nil
}

// nearest returns the quote nearest in time to an observation that agrees with a median.
func (e *evidence) nearest(o oracle.Observation, median vadium.Amount) (nearest Quote, ok bool) {
	least := oracle.MaxQuoteAge + 1
	for _, q := range e.quotes {
		distance := q.At.Sub(o.At)
		if distance = max(distance, -distance); distance < least && !oracle.Off(q.Value, median, e.feed.Outlier) {
			nearest, least, ok = q, distance, true
		}
	}
	return nearest, ok
}
