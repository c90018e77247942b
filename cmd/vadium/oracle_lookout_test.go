package main

import (
	"testing"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

// watchedFeed has seven seats, of reporters and keys 1 to 7, and values around a thousand.
func watchedFeed() oracle.Feed {
	feed := oracle.Feed{
		ID: oracle.FeedID{'E', 'T', 'H'}, Committee: [32]byte{1}, Program: vadium.ProgramID{1}, Slots: 7, Quorum: 5,
		Least: vadium.NewAmount(1), Most: vadium.NewAmount(1_000_000), Heartbeat: vadium.Second, Deviation: 50,
		Window: 10 * vadium.Second, Timeout: 4 * vadium.Second, Outlier: 250, Lasting: 3 * vadium.Second, Bond: vadium.Tokens(1),
		Sources: []oracle.Source{{Kind: oracle.RedStone, ID: [32]byte{'E'}, Signers: [][20]byte{{1}}, Threshold: 1}},
	}
	for i := range byte(7) {
		feed.Seats = append(feed.Seats, oracle.Seat{Reporter: vadium.Account{i + 1}, Key: oracle.Key{i + 1}})
	}
	return feed
}

const beginning vadium.Time = 1_700_000_000_000

// atSecond is a second after the beginning.
func atSecond(second int) vadium.Time { return beginning.Add(vadium.Duration(second) * vadium.Second) }

func saw(seat byte, round uint64, value uint64, when vadium.Time) oracle.Signed {
	return oracle.Signed{Key: oracle.Key{seat}, Observation: oracle.Observation{Scope: oracle.Scope{9}, Round: round, Value: vadium.NewAmount(value), At: when}}
}

// came is a round with a median of a thousand.
func came(round uint64, published vadium.Time, flags oracle.Present) oracle.Round {
	return oracle.Round{Published: published, Report: oracle.Report{
		Scope: oracle.Scope{9}, Round: round, Committee: [32]byte{1}, Median: vadium.NewAmount(1_000), Oldest: published.Add(-500), Newest: published,
		Present: 0b1111111, Quorum: 5, Outlier: 250, Flags: flags,
	}}
}

func quoted(value uint64, when vadium.Time) upstream {
	return upstream{oracle.Quote{Value: vadium.NewAmount(value), At: when}, []byte{byte(value)}}
}

func TestALookoutAccusesWhoSignsTwoValuesForARound(t *testing.T) {
	l := newLookout(oracle.Scope{9}, watchedFeed())
	first, second := saw(3, 5, 1_000, atSecond(0)), saw(3, 5, 1_001, atSecond(0))
	for _, s := range []oracle.Signed{first, first, saw(4, 5, 1_001, atSecond(0)), saw(3, 6, 1_001, atSecond(1)), saw(9, 5, 1, atSecond(0))} {
		if found := l.observed(s); len(found) != 0 {
			t.Errorf("%+v leads to %+v, want nothing", s.Observation, found)
		}
	}
	found := l.observed(second)
	if len(found) != 1 || found[0].Offence != slashing.ReportEquivocation || found[0].Offender != (vadium.Account{3}) || len(found[0].Signed) != 2 {
		t.Fatalf("two values for a round lead to %+v, want an equivocation", found)
	}
	elsewhere := saw(3, 5, 1_002, atSecond(0))
	elsewhere.Observation.Scope = oracle.Scope{8}
	if found := l.observed(elsewhere); len(found) != 0 {
		t.Errorf("an observation for another market leads to %+v", found)
	}
}

// What was old is known to have been once the round before it is published, whichever the lookout hears of first.
func TestALookoutAccusesWhoSignsWhatWasOld(t *testing.T) {
	for _, early := range []bool{true, false} {
		for age, want := range map[vadium.Duration]int{11 * vadium.Second: 0, 11*vadium.Second + 1: 1} {
			l := newLookout(oracle.Scope{9}, watchedFeed())
			s := saw(3, 6, 1_000, atSecond(20).Add(-age))
			found := l.published(came(4, atSecond(0), 0)) // so that it could know
			if early {
				found = append(found, l.observed(s)...)
			}
			found = append(found, l.published(came(5, atSecond(20), 0))...)
			if !early {
				found = append(found, l.observed(s)...)
			}
			found = append(found, l.observed(s)...)
			if len(found) != want || want == 1 && found[0].Offence != slashing.StaleOracle {
				t.Errorf("%d ms old, heard of before the round: %v: %+v, want %d accusations", age, early, found, want)
			}
		}
	}
}

// A deviation is three seconds off the median and off what others sign, without a round in between that says otherwise.
func TestALookoutAccusesWhoIsOffForLongEnough(t *testing.T) {
	const flagged = oracle.Present(1 << 2) // seat 3
	for name, c := range map[string]struct {
		quote uint64 // of the independent signers
		value uint64
		last  int // second of the last round
		clean bool
		want  int
	}{
		"long enough":             {1_000, 1_100, 3, false, 1},
		"a second too short":      {1_000, 1_100, 2, false, 0},
		"within the outliers":     {1_000, 1_025, 3, false, 0},
		"others say the same":     {1_100, 1_100, 3, false, 0},
		"a round says otherwise":  {1_000, 1_100, 3, true, 0},
		"others say nothing much": {1_050, 1_100, 3, false, 0}, // themselves off the median
	} {
		l := newLookout(oracle.Scope{9}, watchedFeed())
		var found []accusation
		for second := range c.last + 1 {
			round := uint64(second + 1)
			l.heard(quoted(c.quote, atSecond(second)))
			found = append(found, l.observed(saw(3, round, c.value, atSecond(second)))...)
			flags := flagged
			if c.clean && second == 1 {
				flags = 0
			}
			found = append(found, l.published(came(round, atSecond(second).Add(500), flags))...)
		}
		if len(found) != c.want {
			t.Errorf("%s: %+v, want %d accusations", name, found, c.want)
			continue
		}
		if c.want == 1 && (found[0].Offence != slashing.OracleDeviation || len(found[0].Upstream) != 2 || found[0].Signed[0].Observation.Round != 1) {
			t.Errorf("%s: %+v, want a deviation from round 1 on with two quotes", name, found[0])
		}
	}
}

// An observation that comes after its round counts as well: its signer may have held it back.
func TestALookoutHearsLateObservations(t *testing.T) {
	l := newLookout(oracle.Scope{9}, watchedFeed())
	l.heard(quoted(1_000, atSecond(0)))
	l.heard(quoted(1_000, atSecond(3)))
	var found []accusation
	found = append(found, l.published(came(1, atSecond(0).Add(500), 0b100))...)
	found = append(found, l.published(came(2, atSecond(3).Add(500), 0b100))...)
	found = append(found, l.observed(saw(3, 2, 1_100, atSecond(3)))...)
	found = append(found, l.observed(saw(3, 1, 1_100, atSecond(0)))...)
	if len(found) != 1 || found[0].Offence != slashing.OracleDeviation || found[0].Signed[0].Observation.Round != 1 {
		t.Errorf("late observations lead to %+v, want a deviation from round 1 on", found)
	}
}

func TestALookoutForgetsWhatIsNoEvidenceAnyMore(t *testing.T) {
	l := newLookout(oracle.Scope{9}, watchedFeed())
	for i := range keptRounds + 10 {
		l.heard(quoted(1_000, atSecond(i)))
		l.observed(saw(1, uint64(i+1), 1_000, atSecond(i)))
		l.published(came(uint64(i+1), atSecond(i).Add(500), 0))
	}
	if len(l.rounds) > keptRounds || len(l.signed) > keptRounds || len(l.quotes) > keptQuotes {
		t.Errorf("a lookout keeps %d rounds, %d observations and %d quotes, at most %d and %d are allowed", len(l.rounds), len(l.signed), len(l.quotes), keptRounds, keptQuotes)
	}
}
