package main

import (
	"maps"
	"slices"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

// lookout finds offences in what the reporters of a feed sign: it proposes, and the market's own rules say whether it is
// one, so that nothing is reported that the market would refuse. It forgets what is too old to be evidence.
type lookout struct {
	feed  oracle.Feed
	scope oracle.Scope

	rounds []oracle.Round // published, oldest first
	signed map[signedFor]oracle.Signed
	quotes []upstream                 // of independent signers, oldest first
	off    map[oracle.Key][]suspicion // since when a key has been off without a break, oldest first
	told   map[told]bool              // what was found before
}

// told names what an observation was found to be.
type told struct {
	signedFor
	offence slashing.Offence
}

// signedFor names an observation: a key signs one for each round.
type signedFor struct {
	round uint64
	key   oracle.Key
}

// upstream is what independent signers said, with the bytes that prove it.
type upstream struct {
	quote oracle.Quote
	raw   []byte
}

// suspicion is an observation that was off, with what proves it.
type suspicion struct {
	signed   oracle.Signed
	upstream upstream
}

// accusation is an offence with everything that proves it.
type accusation struct {
	Offence  slashing.Offence
	Offender vadium.Account
	Key      oracle.Key
	Signed   []oracle.Signed
	Upstream []upstream
}

// Bounds of what a lookout keeps: an offence that lasts an hour, at a round and a quote a second.
const (
	keptRounds = 4_096
	keptQuotes = 4_096
)

func newLookout(scope oracle.Scope, feed oracle.Feed) *lookout {
	return &lookout{feed: feed, scope: scope, signed: map[signedFor]oracle.Signed{}, off: map[oracle.Key][]suspicion{}, told: map[told]bool{}}
}

// heard takes a quote of independent signers.
func (l *lookout) heard(u upstream) {
	l.quotes = append(l.quotes, u)
	l.quotes = l.quotes[max(0, len(l.quotes)-keptQuotes):]
}

// observed takes an observation whose signature has been checked.
func (l *lookout) observed(s oracle.Signed) (found []accusation) {
	if _, seated := l.feed.Slot(s.Key); !seated || s.Observation.Scope != l.scope {
		return nil
	}
	name := signedFor{s.Observation.Round, s.Key}
	before, known := l.signed[name]
	switch {
	case !known:
		l.signed[name] = s
	case before.Observation != s.Observation:
		found = append(found, l.accuse(slashing.ReportEquivocation, oracle.Finding{}, before, s)...)
	}
	found = append(found, l.accuse(slashing.StaleOracle, oracle.Finding{}, s)...)
	if round, published := oracle.Find(l.rounds, s.Observation.Round); published && !known {
		found = append(found, l.compare(round, s)...) // it came after its round
	}
	return found
}

// published takes a round.
func (l *lookout) published(r oracle.Round) (found []accusation) {
	if n := len(l.rounds); n > 0 && l.rounds[n-1].Report.Round >= r.Report.Round {
		return nil
	}
	l.rounds = append(l.rounds, r)
	l.forget()
	for slot, seat := range l.feed.Seats {
		if r.Report.Present.Has(slot) && !r.Report.Flags.Has(slot) {
			delete(l.off, seat.Key)
		}
		for name, s := range l.signed {
			if name.key == seat.Key && name.round > r.Report.Round {
				found = append(found, l.accuse(slashing.StaleOracle, oracle.Finding{}, s)...)
			}
		}
		if s, known := l.signed[signedFor{r.Report.Round, seat.Key}]; known {
			found = append(found, l.compare(r, s)...)
		}
	}
	return found
}

// forget drops what is too old.
func (l *lookout) forget() {
	if len(l.rounds) <= keptRounds {
		return
	}
	l.rounds = slices.Clone(l.rounds[len(l.rounds)-keptRounds/2:])
	old := func(name signedFor) bool { return name.round < l.rounds[0].Report.Round }
	maps.DeleteFunc(l.signed, func(name signedFor, _ oracle.Signed) bool { return old(name) })
	maps.DeleteFunc(l.told, func(t told, _ bool) bool { return old(t.signedFor) })
}

// compare looks at an observation of a round that was published: is it one more of a deviation that lasts?
func (l *lookout) compare(r oracle.Round, s oracle.Signed) []accusation {
	if !oracle.Off(s.Observation.Value, r.Report.Median, l.feed.Outlier) {
		return nil
	}
	nearest, known := l.nearest(s.Observation.At)
	if !known || !oracle.Off(s.Observation.Value, nearest.quote.Value, l.feed.Outlier) {
		return nil
	}
	run := append(l.off[s.Key], suspicion{s, nearest})
	slices.SortFunc(run, func(a, b suspicion) int { return int(a.signed.Observation.At - b.signed.Observation.At) })
	l.off[s.Key] = run
	first, last := run[0], run[len(run)-1]
	found := l.accuse(slashing.OracleDeviation, oracle.Finding{Upstream: []oracle.Quote{first.upstream.quote, last.upstream.quote}}, first.signed, last.signed)
	for i := range found {
		found[i].Upstream = []upstream{first.upstream, last.upstream}
		l.off[s.Key] = nil // what was reported counts once
	}
	return found
}

// nearest returns the quote closest in time.
func (l *lookout) nearest(at vadium.Time) (best upstream, known bool) {
	distance := func(u upstream) vadium.Duration {
		d := u.quote.At.Sub(at)
		return max(d, -d)
	}
	for _, u := range l.quotes {
		if !known || distance(u) < distance(best) {
			best, known = u, true
		}
	}
	return best, known && distance(best) <= oracle.MaxQuoteAge
}

// accuse returns an accusation if the market's rules say that the observations are the offence.
func (l *lookout) accuse(offence slashing.Offence, finding oracle.Finding, signed ...oracle.Signed) []accusation {
	finding.Feed, finding.Key = l.feed.ID, signed[0].Key
	for _, s := range signed {
		finding.Signed = append(finding.Signed, s.Observation)
	}
	var refused error
	switch offence {
	case slashing.ReportEquivocation:
		refused = l.feed.JudgeEquivocation(l.scope, finding)
	case slashing.StaleOracle:
		refused = l.feed.JudgeStale(l.scope, l.rounds, finding)
	default:
		_, refused = l.feed.JudgeDeviation(l.scope, l.rounds, finding)
	}
	slot, seated := l.feed.Slot(finding.Key)
	name := told{signedFor{signed[0].Observation.Round, finding.Key}, offence}
	if refused != nil || !seated || l.told[name] {
		return nil
	}
	l.told[name] = true
	return []accusation{{Offence: offence, Offender: l.feed.Seats[slot].Reporter, Key: finding.Key, Signed: signed}}
}
